/*
   The `omni` command: unified customer profiles from the command line. A plain
   user of the public headers; finds the command, its help, and runs it.
*/
#include "cli.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

static const command *const commands[] = {
    &init_command,    &import_command,   &refused_command, &find_command,
    &profile_command, &timeline_command, &merge_command,   &split_command,
    &digest_command,  &dump_command,     &check_command,   &stats_command,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const command *
command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; ++i) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int
unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT + 1] = {"help"};
    for (size_t i = 0; i < COMMAND_COUNT; ++i) {
        names[i + 1] = commands[i]->name;
    }
    const char *meant = nearest_word(name, names, COMMAND_COUNT + 1);
    if (meant != NULL) {
        return wrong_usage("there is no command \"%s\"; did you mean \"%s\"?",
                           name, meant);
    }
    return wrong_usage("there is no command \"%s\"; see `omni help`", name);
}

static void
print_overview(FILE *to)
{
    fputs("omni - unified customer profiles in a local store\n\n"
          "Usage: omni COMMAND [OPERANDS] [OPTIONS]\n\n",
          to);
    for (size_t i = 0; i < COMMAND_COUNT; ++i) {
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("  help       Say how a command is used: omni help COMMAND\n\n"
          "DB is the directory of a store. WHO is namespace:value, such as\n"
          "email:anna@example.ch, or a profile id. Times are RFC 3339.\n"
          "Results go to stdout, everything else to stderr. With --json a\n"
          "command prints one JSON document, or JSON lines for lists.\n"
          "Exit status: 0 done, 1 not found or \"no\", 2 wrong usage, 3 a "
          "fault.\n",
          to);
}

static int
print_help(const command *command)
{
    printf("omni %s - %s\n\nUsage: omni %s %s\n\n%s", command->name,
           command->summary, command->name, command->usage, command->help);
    return DONE;
}

static int
help(int count, char **words)
{
    if (count == 0) {
        print_overview(stdout);
        return DONE;
    }
    if (strcmp(words[0], "help") == 0) {
        puts("Usage: omni help [COMMAND]");
        return DONE;
    }
    const command *command = command_find(words[0]);
    return command != NULL ? print_help(command) : unknown_command(words[0]);
}

/* True if help is asked for among a command's own words. */
static bool
wants_help(int count, char **words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; ++i) {
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static int
run(const char *name, int count, char **words)
{
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        return help(count, words);
    }
    if (strcmp(name, "--version") == 0) {
        printf("omni %s\n", omni_version());
        return DONE;
    }
    const command *command = command_find(name);
    if (command == NULL) {
        return unknown_command(name);
    }
    if (wants_help(count, words)) {
        return print_help(command);
    }
    call call;
    const int status = call_parse(command, count, words, &call);
    return status == DONE ? command->run(&call) : status;
}

int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8"); /* for the width of characters */
    if (argc < 2) {
        print_overview(stderr);
        return WRONG_USAGE;
    }
    return finish_output(run(argv[1], argc - 2, argv + 2));
}
