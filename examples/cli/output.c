/*
   Standard output. A command writes with stdio and asks output_stopped() in
   its loops; whether a pager reads, whether the disk is full and what the
   exit status is then, is known here alone.
*/
#include "output.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct output {
    bool terminal;
    size_t columns;
    bool no_pager;              /* it could not be run */
    bool broken;                /* nobody reads on */
    pid_t pager;                /* 0: none */
    int terminal_fd;            /* what stdout was before the pager */
    struct sigaction interrupt; /* what SIGINT did before the pager */
} output;

static output state;
static volatile sig_atomic_t interrupted;

static bool
is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

static bool
wants_colour(const call *call, bool terminal)
{
    const char *asked = call_value(call, "color");
    const char *forced = getenv("CLICOLOR_FORCE");
    const char *kind = getenv("TERM");
    if (asked != NULL && strcmp(asked, "auto") != 0) {
        return strcmp(asked, "always") == 0;
    }
    if (is_set("NO_COLOR")) {
        return false;
    }
    if (forced != NULL && forced[0] != '\0' && strcmp(forced, "0") != 0) {
        return true;
    }
    return terminal && kind != NULL && strcmp(kind, "dumb") != 0;
}

static size_t
find_columns(void)
{
    struct winsize size = {0};
    const char *told = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
        return size.ws_col;
    }
    const unsigned long columns = told != NULL ? strtoul(told, NULL, 10) : 0;
    return columns >= 10 && columns <= 10000 ? columns : 80;
}

static bool
in_path(const char *program)
{
    char file[4096];
    for (const char *at = getenv("PATH"); at != NULL && *at != '\0';) {
        const size_t size = strcspn(at, ":");
        snprintf(file, sizeof(file), "%.*s/%s", (int)size, at, program);
        if (access(file, X_OK) == 0) {
            return true;
        }
        at += size + (at[size] == ':');
    }
    return false;
}

/* What pages, or NULL. */
static const char *
find_pager(void)
{
    const char *const names[] = {"OMNI_PAGER", "PAGER"};
    for (size_t i = 0; i < 2; ++i) {
        const char *pager = getenv(names[i]);
        if (pager != NULL) {
            const bool none = pager[0] == '\0' || strcmp(pager, "cat") == 0;
            return none ? NULL : pager;
        }
    }
    return in_path("less") ? "less" : NULL;
}

/* Run a command of the shell that reads `from`; 0 if that failed. */
static pid_t
run_reader(const char *line, int from)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *words[] = {shell, option, strdup(line), NULL};
    pid_t child = 0;
    sigset_t defaults;
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigdefault(&how, &defaults);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
    if (words[2] == NULL ||
        posix_spawn(&child, "/bin/sh", &files, &how, words, environ) != 0) {
        child = 0;
    }
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    free(words[2]);
    return child;
}

/* Put a pager between stdout and the terminal; without one it stays. */
static void
start_pager(const char *pager)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    setenv("LESS", "FRX", 0);
    fflush(stdout);
    state.terminal_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    state.pager = state.terminal_fd >= 0 ? run_reader(pager, ends[0]) : 0;
    if (state.pager != 0) {
        /* An interrupt is for the pager; that it ends, ends the listing. */
        const struct sigaction ignore = {.sa_handler = SIG_IGN};
        sigaction(SIGINT, &ignore, &state.interrupt);
        dup2(ends[1], STDOUT_FILENO);
    } else if (state.terminal_fd >= 0) {
        close(state.terminal_fd);
    }
    close(ends[0]);
    close(ends[1]);
}

void
output_begin(const call *call)
{
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    interrupted = 0;
    state = (output){
        .terminal = terminal,
        .columns = terminal ? find_columns() : 0,
    };
    text_use_colour(wants_colour(call, terminal));
    if (terminal && call->command->pages && !call_flag(call, "no-pager") &&
        !call_flag(call, "help")) {
        const char *pager = find_pager();
        if (pager != NULL) {
            start_pager(pager);
        }
    }
}

/* Wait for a child; how it ended. */
static int
wait_for(pid_t child)
{
    int how = 0;
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    return how;
}

/* Give stdout back to the terminal. */
static void
end_pager(void)
{
    dup2(state.terminal_fd, STDOUT_FILENO); /* the pager reads the end */
    close(state.terminal_fd);
    const int how = wait_for(state.pager);
    sigaction(SIGINT, &state.interrupt, NULL);
    state.pager = 0;
    clearerr(stdout);
    state.no_pager = WIFEXITED(how) && WEXITSTATUS(how) >= 126;
}

/* Where the shell sends the output of a line. */
static struct {
    int stdout_fd; /* what stdout was; 0: it is that */
    pid_t command;
} redirect;

/* Have stdout go to `to`, which is closed. */
static bool
redirect_to(int to)
{
    fflush(stdout);
    redirect.stdout_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    const bool done = redirect.stdout_fd >= 0 && dup2(to, STDOUT_FILENO) >= 0;
    close(to);
    return done;
}

bool
output_to_file(const char *file, bool append)
{
    const int flags = append ? O_APPEND : O_TRUNC;
    const int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    return fd >= 0 && redirect_to(fd);
}

bool
output_to_command(const char *line)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    fflush(stdout);
    redirect.command = run_reader(line, ends[0]);
    close(ends[0]);
    if (redirect.command != 0) {
        return redirect_to(ends[1]);
    }
    close(ends[1]);
    return false;
}

int
output_restore(int status)
{
    if (redirect.stdout_fd == 0) {
        return status;
    }
    fflush(stdout);
    clearerr(stdout);
    dup2(redirect.stdout_fd, STDOUT_FILENO);
    close(redirect.stdout_fd);
    redirect.stdout_fd = 0;
    if (redirect.command != 0) {
        const int how = wait_for(redirect.command);
        redirect.command = 0;
        /* Who read no more than it needed, ended the listing rightly. */
        status = how == 0 && state.broken ? DONE : status;
        status = how != 0 && status == DONE ? FAULT : status;
    }
    return status;
}

void
output_pause(void)
{
    fflush(stdout);
    if (state.pager != 0) {
        end_pager();
    }
}

/* True if nobody reads stdout any more. */
static bool
is_broken_pipe(void)
{
    struct pollfd end = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&end, 1, 0) > 0 && (end.revents & POLLERR) != 0;
}

int
output_end(int status)
{
    const bool failed_before = ferror(stdout) != 0;
    errno = 0;
    const bool failed = fflush(stdout) != 0 || failed_before;
    const int system = errno;
    const bool paged = state.pager != 0;
    if (paged) {
        end_pager();
    }
    if (state.no_pager) {
        state.no_pager = false;
        return fault("the pager cannot be run; see PAGER, or use --no-pager");
    }
    if (paged) {
        return status;
    }
    if (failed) {
        clearerr(stdout);
        if (system == EPIPE || is_broken_pipe()) {
            state.broken = true;
            return status; /* who has read enough has all that it wanted */
        }
        return fault("standard output: %s",
                     system != 0 ? strerror(system) : "cannot be written");
    }
    if (interrupted) {
        interrupted = 0;
        return fault("interrupted");
    }
    return status;
}

bool
output_stopped(void)
{
    return interrupted || ferror(stdout) != 0;
}

bool
output_is_terminal(void)
{
    return state.terminal;
}

size_t
terminal_columns(void)
{
    return state.columns;
}

bool
terminal_is_utf8(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; ++i) {
        if (is_set(names[i])) {
            return strcasestr(getenv(names[i]), "utf-8") != NULL ||
                   strcasestr(getenv(names[i]), "utf8") != NULL;
        }
    }
    return false;
}

void
output_interrupt(void)
{
    interrupted = 1;
}
