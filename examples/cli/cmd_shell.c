/*
   The command `shell`: one open store and the same commands without DB, typed
   at a prompt or read from a script.
*/
#include "cli.h"
#include "edit.h"
#include "output.h"
#include "split.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

typedef struct shell {
    const char *path;
    editor *editor; /* NULL for a script */
    FILE *script;
    size_t line_number;
    bool ended;
    int status;
} shell;

static void
interrupt(int signal)
{
    (void)signal;
    output_interrupt();
}

/* Run split words: a command of the table, with the store where DB stands. */
static int
run_words(shell *shell, words *typed)
{
    char **items = typed->items;
    size_t count = typed->count;
    if (strcmp(items[0], "omni") == 0 && count > 1) {
        ++items;
        --count;
    }
    const char *name = items[0] + (items[0][0] == '.' && items[0][1] != '\0');
    if (strcmp(name, "exit") == 0 || strcmp(name, "quit") == 0) {
        shell->ended = true;
        return DONE;
    }
    const command *command = command_find(name);
    if (command == NULL) {
        return unknown_command(name);
    }
    if (command->outside) {
        return wrong_usage("%s is not for a store that is open; leave the "
                           "shell first, with exit",
                           name);
    }
    char **words = calloc(count + 2, sizeof(*words));
    if (words == NULL) {
        return fault("out of memory");
    }
    const size_t store = operand_of_store(command);
    size_t made = 0;
    for (size_t i = 1; i <= count; ++i) {
        if (made == store) {
            words[made++] = (char *)shell->path;
        }
        if (i < count) {
            words[made++] = items[i];
        }
    }
    const int status = command_run(command, (int)made, words);
    free(words);
    return status;
}

/* Run a whole line; its output may go to a file or to another command. */
static int
run_line(shell *shell, split *split)
{
    if (split->words.count == 0) {
        return DONE;
    }
    if ((split->command != NULL && !output_to_command(split->command)) ||
        (split->file != NULL && !output_to_file(split->file, split->append))) {
        return fault("%s: %s",
                     split->file != NULL ? split->file : split->command,
                     strerror(errno));
    }
    const int status = run_words(shell, &split->words);
    return output_restore(status);
}

/* Add a line to what is there of a command. */
static bool
append_line(char **text, char *line)
{
    if (*text == NULL) {
        *text = line;
        return true;
    }
    char *both = NULL;
    if (asprintf(&both, "%s\n%s", *text, line) < 0) {
        both = NULL;
    }
    free(*text);
    free(line);
    *text = both;
    return both != NULL;
}

static edit_outcome
read_line(shell *shell, bool goes_on, char **line)
{
    ++shell->line_number;
    if (shell->editor != NULL) {
        char prompt[128];
        const char *name = strrchr(shell->path, '/');
        name = name != NULL && name[1] != '\0' ? name + 1 : shell->path;
        snprintf(prompt, sizeof(prompt), goes_on ? "%.*s... " : "%.*s> ", 100,
                 name);
        return editor_read(shell->editor, prompt, line);
    }
    char *text = NULL;
    size_t capacity = 0;
    const ssize_t size = getline(&text, &capacity, shell->script);
    if (size <= 0) {
        free(text);
        return EDIT_END;
    }
    text[size - (text[size - 1] == '\n')] = '\0';
    *line = text;
    return EDIT_LINE;
}

/* Read a command, over several lines while a quote is open, and run it. */
static edit_outcome
next_command(shell *shell)
{
    char *text = NULL;
    char *line = NULL;
    split split = {0};
    split_outcome outcome = SPLIT_MORE;
    edit_outcome read = EDIT_LINE;
    while (outcome == SPLIT_MORE) {
        read = read_line(shell, text != NULL, &line);
        if (read != EDIT_LINE || !append_line(&text, line)) {
            break;
        }
        outcome = split_line(text, &split);
    }
    if (read == EDIT_END && text != NULL) {
        shell->status = wrong_usage("a quote is not closed");
    } else if (read == EDIT_LINE && text != NULL) {
        if (shell->editor != NULL && text[0] != '\0' && text[0] != ' ') {
            editor_remember(shell->editor, text);
        }
        shell->status = outcome == SPLIT_WRONG ? wrong_usage("%s", split.why)
                                               : run_line(shell, &split);
    }
    split_free(&split);
    free(text);
    return read;
}

static bool
make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return false;
        }
        *at = '/';
    }
    return true;
}

/* The file that lines are kept in, or NULL. */
static const char *
history_file(char path[PATH_BYTES])
{
    const char *given = getenv("OMNI_HISTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int size = 0;
    if (given != NULL) {
        return given[0] != '\0' ? given : NULL;
    }
    if (state != NULL && state[0] == '/') {
        size = snprintf(path, PATH_BYTES, "%s/omni/history", state);
    } else if (home != NULL && home[0] == '/') {
        size = snprintf(path, PATH_BYTES, "%s/.local/state/omni/history", home);
    }
    return size > 0 && size < PATH_BYTES && make_folders(path) ? path : NULL;
}

static int
run_prompt(shell *shell)
{
    char path[PATH_BYTES];
    const struct sigaction action = {.sa_handler = interrupt};
    struct sigaction before;
    shell->editor = editor_open(history_file(path), shell->path);
    if (shell->editor == NULL) {
        return fault("out of memory");
    }
    printf("omni %s, store %s; `help` lists the commands, Ctrl-D ends\n",
           omni_version(), shell->path);
    sigaction(SIGINT, &action, &before);
    while (!shell->ended && next_command(shell) != EDIT_END) {
    }
    sigaction(SIGINT, &before, NULL);
    editor_close(shell->editor);
    return DONE;
}

/* Run lines until one goes wrong. What they run does not read the script. */
static int
run_script(shell *shell)
{
    int result = DONE;
    const int copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    shell->script = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (shell->script == NULL || nothing < 0) {
        return fault("standard input: %s", strerror(errno));
    }
    dup2(nothing, STDIN_FILENO);
    close(nothing);
    while (!shell->ended && result != WRONG_USAGE && result != FAULT &&
           next_command(shell) != EDIT_END) {
        result = shell->status != DONE ? shell->status : result;
    }
    if (shell->status == WRONG_USAGE || shell->status == FAULT) {
        result = shell->status;
        remark("line %zu of the script: stopped there", shell->line_number);
    }
    fclose(shell->script);
    return result;
}

static int
run_shell(const call *call)
{
    omni_store *store = NULL;
    shell shell = {.path = call->operands[0]};
    int result = store_open(shell.path, &store);
    if (result != DONE) {
        return result;
    }
    store_share(shell.path, store);
    help_use_shell(true);
    result =
        isatty(STDIN_FILENO) == 1 ? run_prompt(&shell) : run_script(&shell);
    store_share(NULL, NULL);
    help_use_shell(false);
    return store_close(store, result);
}

const command shell_command = {
    .name = "shell",
    .group = GROUP_PROMPT,
    .operands = "DB",
    .summary = "Keep a store open and take commands at a prompt",
    .help =
        "The same commands, without DB: `profile email:anna@example.ch`. "
        "Words are quoted and escaped as in sh; nothing is expanded; # begins "
        "a comment. A line may end in `| COMMAND`, which sh runs, in `> FILE` "
        "or in `>> FILE`. `help` and `help COMMAND` help; exit, .quit or "
        "Ctrl-D leave. Ctrl-C drops the line, or ends the listing that "
        "runs.\n\n"
        "On a terminal, lines can be edited and are completed by Tab: "
        "commands, options, namespaces, names of events, files. They are kept "
        "in $XDG_STATE_HOME/omni/history, or in the file that OMNI_HISTORY "
        "names (none if that is empty); a line that begins with a blank is "
        "not.\n\n"
        "Else standard input is a script: no prompt, and it stops at the first "
        "command that is wrong or fails.",
    .examples = "omni shell shop.omni\n"
                "printf 'stats\\ndigest\\n' | omni shell shop.omni\n",
    .exits = "Of a script, that of the command it stopped at; else 1 if one "
             "answered no, else 0.",
    .outside = true,
    .run = run_shell,
};
