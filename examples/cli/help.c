/* Help, out of the table of commands and their options. */
#include "cli.h"
#include "output.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_COLUMNS 79
#define LEAST_COLUMNS 40

static const char *const groups[] = {
    [GROUP_STORES] = "Stores",
    [GROUP_INTAKE] = "Take in events",
    [GROUP_PEOPLE] = "Look at people",
    [GROUP_IDENTITY] = "Say who is who",
    [GROUP_OUTPUT] = "Pass on what is known",
    [GROUP_PROMPT] = "At the prompt",
};

static bool in_shell;

void
help_use_shell(bool on)
{
    in_shell = on;
}

static size_t
page_columns(void)
{
    const size_t columns = terminal_columns();
    if (columns == 0 || columns > PAGE_COLUMNS) {
        return PAGE_COLUMNS;
    }
    return columns > LEAST_COLUMNS ? columns : LEAST_COLUMNS;
}

/* Print words from column `at` on, in lines that begin at column `indent`. A
   paragraph ends with "\n\n". */
static void
put_wrapped(FILE *to, const char *text, size_t at, size_t indent)
{
    const size_t most = page_columns();
    bool first = true;
    while (*text != '\0') {
        if (strncmp(text, "\n\n", 2) == 0) {
            fprintf(to, "\n\n%*s", (int)indent, "");
            at = indent;
            first = true;
            text += 2;
            continue;
        }
        /* What is in brackets stays together. */
        const char *closed = *text == '[' ? strchr(text, ']') : NULL;
        const size_t size = strcspn(closed != NULL ? closed : text, " \n") +
                            (closed != NULL ? (size_t)(closed - text) : 0);
        const omni_text word = {.bytes = text, .size = size};
        const size_t width = text_columns(word);
        if (!first && at + 1 + width > most) {
            fprintf(to, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        fprintf(to, "%s%.*s", first ? "" : " ", (int)size, text);
        at += width + (first ? 0 : 1);
        first = false;
        text += size + (text[size] == ' ');
    }
    fputc('\n', to);
}

/* "[--last N]" */
static void
put_option(FILE *to, const option *option, bool needed)
{
    const char *value = option->value != NULL ? option->value : "";
    const size_t size = strcspn(value, ".");
    fprintf(to, " %s--%s%s%.*s%s%s", needed ? "" : "[", option->name,
            value[0] != '\0' ? " " : "", (int)size, value, needed ? "" : "]",
            value + size);
}

/* The whole usage in one string; the caller frees it. */
static char *
format_usage(const command *command, bool whole)
{
    char *text = NULL;
    size_t size = 0;
    bool cut = false;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        return NULL;
    }
    const size_t store =
        in_shell && !command->outside ? operand_of_store(command) : SIZE_MAX;
    size_t index = 0;
    fprintf(to, "%s%s", in_shell ? "" : "omni ", command->name);
    for (const char *at = command->operands; *at != '\0'; ++index) {
        const size_t size = strcspn(at, " ");
        if (index != store) {
            fprintf(to, " %.*s", (int)size, at);
        }
        at += size + (at[size] == ' ');
    }
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
        const option *option = &command->options[i];
        const bool needed = option_is_needed(command, option);
        if (whole || needed) {
            put_option(to, option, needed);
        } else {
            cut = true;
        }
    }
    if (cut) {
        fputs(" [OPTIONS]", to);
    }
    fclose(to);
    return text;
}

void
help_usage(const command *command)
{
    char *whole = format_usage(command, true);
    char *brief = format_usage(command, false);
    const size_t head = sizeof("usage: ") - 1;
    if (whole != NULL && brief != NULL) {
        const bool fits = strlen(whole) + head <= PAGE_COLUMNS;
        fprintf(stderr, "usage: %s\n", fits ? whole : brief);
    }
    free(whole);
    free(brief);
}

static void
put_heading(const char *heading)
{
    put_style(STYLE_HEADING);
    printf("%s:", heading);
    put_style(STYLE_PLAIN);
    putchar('\n');
}

static size_t
option_columns(const option *option)
{
    return strlen(option->name) + 2 +
           (option->value != NULL ? strlen(option->value) + 1 : 0);
}

static void
print_option(const option *option, bool needed, size_t indent)
{
    printf("  --%s%s%s", option->name, option->value != NULL ? " " : "",
           option->value != NULL ? option->value : "");
    const size_t at = option_columns(option) + 2;
    if (at + 2 > indent) {
        putchar('\n');
        printf("%*s", (int)indent, "");
    } else {
        printf("%*s", (int)(indent - at), "");
    }
    if (needed) {
        fputs("Needed. ", stdout);
    }
    put_wrapped(stdout, option->help, indent + (needed ? 8 : 0), indent);
}

#define OPTION_INDENT_MOST 22

static void
print_options(const command *command)
{
    size_t indent = 0;
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
        const size_t columns = option_columns(&command->options[i]) + 4;
        indent = columns > indent && columns <= OPTION_INDENT_MOST ? columns
                                                                   : indent;
    }
    indent = indent != 0 ? indent : OPTION_INDENT_MOST;
    if (command->options[0].name != NULL) {
        put_heading("Options");
        for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
            const option *option = &command->options[i];
            print_option(option, option_is_needed(command, option), indent);
        }
        putchar('\n');
    }
}

/* Examples; for the shell without what it leaves out. */
static void
print_examples(const command *command)
{
    char begin[64];
    const char *at = command->examples;
    const int begin_size =
        snprintf(begin, sizeof(begin), "omni %s shop.omni", command->name);
    const bool cut = in_shell && !command->outside;
    while (*at != '\0') {
        if (cut && strncmp(at, begin, (size_t)begin_size) == 0) {
            printf("  %s", command->name);
            at += begin_size;
        } else {
            fputs("  ", stdout);
        }
        const size_t size = strcspn(at, "\n");
        printf("%.*s\n", (int)size, at);
        at += size + (at[size] == '\n');
    }
}

void
help_command_print(const command *command)
{
    char *usage = format_usage(command, true);
    char title[160];
    snprintf(title, sizeof(title), "omni %s - %s", command->name,
             command->summary);
    put_wrapped(stdout, title, 0, 0);
    putchar('\n');
    put_heading("Usage");
    fputs("  ", stdout);
    put_wrapped(stdout, usage != NULL ? usage : command->name, 2, 8);
    free(usage);
    putchar('\n');
    if (command->help != NULL) {
        put_wrapped(stdout, command->help, 0, 0);
        putchar('\n');
    }
    print_options(command);
    if (command->exits != NULL) {
        put_heading("Exit status");
        fputs("  ", stdout);
        put_wrapped(stdout, command->exits, 2, 2);
        putchar('\n');
    }
    put_heading("Examples");
    print_examples(command);
    putchar('\n');
    put_wrapped(stdout,
                "Every command also takes --color, --local, --no-pager and "
                "--help; see `omni help`.",
                0, 0);
}

static void
overview_group(FILE *to, group group)
{
    bool any = false;
    for (size_t i = 0; commands[i] != NULL; ++i) {
        if (commands[i]->group == group) {
            if (!any) {
                fprintf(to, "%s:\n", groups[group]);
                any = true;
            }
            fprintf(to, "  %-10s ", commands[i]->name);
            put_wrapped(to, commands[i]->summary, 13, 13);
        }
    }
    if (any) {
        fputc('\n', to);
    }
}

void
help_overview(FILE *to)
{
    put_wrapped(to, "omni - unified customer profiles in a local store", 0, 0);
    fputc('\n', to);
    put_wrapped(to, "Usage: omni COMMAND [OPERANDS] [OPTIONS]", 0, 0);
    fputc('\n', to);
    for (int group = 0; group < GROUP_HIDDEN; ++group) {
        overview_group(to, (enum group)group);
    }
    fputs("Options of every command:\n", to);
    for (const option *at = general_options; at->name != NULL; ++at) {
        fprintf(to, "  --%s%s%s%*s", at->name, at->value != NULL ? " " : "",
                at->value != NULL ? at->value : "",
                (int)(30 - 2 - option_columns(at)), "");
        put_wrapped(to, at->help, 30, 30);
    }
    fputc('\n', to);
    put_wrapped(
        to,
        "DB is the directory of a store. WHO is namespace:value, such as "
        "email:anna@example.ch, or a profile id. TIME is RFC 3339, such as "
        "2026-01-31T08:00:00Z; a date alone, for its midnight; now, today, "
        "yesterday; or how long ago: 30s, 15m, 2h, 7d, 2w.\n\n"
        "Results go to stdout, everything else to stderr. With --json a "
        "command prints one JSON document, or JSON lines for lists. Exit "
        "status: 0 done, 1 not found or \"no\", 2 wrong usage, 3 a fault.",
        0, 0);
    fputs("\nStart with:\n"
          "  omni init shop.omni\n"
          "  omni import shop.omni events.jsonl\n"
          "  omni help COMMAND\n",
          to);
}

static int
run_help(const call *call)
{
    if (call->operand_count == 0) {
        help_overview(stdout);
        return DONE;
    }
    const char *name = call->operands[0];
    const command *command = command_find(name);
    if (command != NULL) {
        help_command_print(command);
        return DONE;
    }
    return unknown_command(name);
}

const command help_command = {
    .name = "help",
    .group = GROUP_PROMPT,
    .operands = "[COMMAND]",
    .summary = "Say what the commands are, or how one is used",
    .examples = "omni help\n"
                "omni help import\n",
    .pages = true,
    .run = run_help,
};
