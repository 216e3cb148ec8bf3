/*
   The `omni` command: unified customer profiles from the command line. A plain
   user of the public headers; finds the command that was typed and runs it.
*/
#include "cli.h"
#include "output.h"
#include "text.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

const command *const commands[] = {
    &init_command,   &stats_command,    &check_command,
    &digest_command, &import_command,   &refused_command,
    &find_command,   &profile_command,  &timeline_command,
    &group_command,  &changes_command,  &segment_command,
    &tick_command,   &funnel_command,   &merge_command,
    &split_command,  &retract_command,  &explain_command,
    &policy_command, &export_command,   &watch_command,
    &dump_command,   &cel_command,      &shell_command,
    &help_command,   &complete_command, NULL,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]) - 1)

const command *
command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; ++i) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

int
unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < COMMAND_COUNT; ++i) {
        if (commands[i]->group != GROUP_HIDDEN) {
            names[count++] = commands[i]->name;
        }
    }
    const char *meant = nearest_word(name, names, count);
    if (meant != NULL) {
        return wrong_usage("there is no command \"%s\"; did you mean \"%s\"?",
                           name, meant);
    }
    return wrong_usage("there is no command \"%s\"; see `omni help`", name);
}

/* Run a call whose words are in order. */
static int
run_call(const call *call)
{
    if (call_flag(call, "help")) {
        output_begin(call);
        help_command_print(call->command);
        return output_end(DONE);
    }
    instant_use_local(call_flag(call, "local"));
    output_begin(call);
    const int status = output_end(call->command->run(call));
    return status;
}

int
command_run(const command *command, int count, char **words)
{
    call call;
    int status = call_parse(command, count, words, &call);
    bool own = true; /* wrong usage of this command, not of one in a script */
    if (status == DONE) {
        status = run_call(&call);
        own = command != &shell_command;
    }
    if (status == WRONG_USAGE && own) {
        help_usage(command);
    }
    call_free(&call);
    return status;
}

int
command_line(int count, char **words)
{
    const char *name = words[0];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("omni %s\n", omni_version());
        return output_end(DONE);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        name = "help";
    }
    const command *command = command_find(name);
    if (command != NULL) {
        return command_run(command, count - 1, words + 1);
    }
    if (name[0] == '-') {
        return wrong_usage("options stand behind the command, and \"%s\" "
                           "before it; see `omni help`",
                           name);
    }
    return unknown_command(name);
}

int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8"); /* for the width of characters */
    if (argc < 2) {
        help_overview(stderr);
        return WRONG_USAGE;
    }
    return command_line(argc - 1, argv + 1);
}
