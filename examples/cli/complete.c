/*
   Completion, out of the table of commands. `omni complete -- WORD...` prints
   it for the scripts of bash, zsh and fish, which thereby know every command
   and option that there is.
*/
#include "complete.h"
#include "cli.h"
#include "sample.h"

#include <string.h>

/* A line to complete: its last word is still being typed. */
typedef struct line {
    const command *command;
    const char *const *words; /* behind the command */
    size_t count;             /* with the one being typed */
    const char *typed;        /* what is there of it */
    const char *before;       /* stays in front of what completes it */
    size_t before_size;
    const char *store; /* path, or NULL */
    bool in_shell;
    completion *out;
} line;

static void
offer(const line *line, const char *word, const char *meaning)
{
    char text[512];
    if (strncmp(word, line->typed, strlen(line->typed)) == 0) {
        const int size =
            snprintf(text, sizeof(text), "%.*s%s%s%s", (int)line->before_size,
                     line->before, word, meaning != NULL ? "\t" : "",
                     meaning != NULL ? meaning : "");
        if (size > 0 && (size_t)size < sizeof(text)) {
            words_add_once(&line->out->items, text, (size_t)size);
        }
    }
}

static void
offer_commands(const line *line)
{
    for (size_t i = 0; commands[i] != NULL; ++i) {
        if (commands[i]->group != GROUP_HIDDEN &&
            (!line->in_shell || !commands[i]->outside)) {
            offer(line, commands[i]->name, commands[i]->summary);
        }
    }
}

static bool
was_given(const line *line, const char *option)
{
    for (size_t i = 0; i + 1 < line->count; ++i) {
        const char *word = line->words[i];
        const size_t size = strcspn(word, "=");
        if (size == strlen(option) + 2 && strncmp(word, "--", 2) == 0 &&
            strncmp(word + 2, option, size - 2) == 0) {
            return true;
        }
    }
    return false;
}

static void
offer_option(const line *line, const option *option)
{
    char text[128];
    const bool again =
        option->value != NULL && strstr(option->value, "...") != NULL;
    if (again || !was_given(line, option->name)) {
        snprintf(text, sizeof(text), "--%s", option->name);
        offer(line, text, option->help);
    }
}

static void
offer_options(const line *line)
{
    for (size_t i = 0; i < OPTIONS_MAX && line->command->options[i].name; ++i) {
        offer_option(line, &line->command->options[i]);
    }
    for (const option *at = general_options; at->name != NULL; ++at) {
        offer_option(line, at);
    }
}

static void
offer_all(const line *line, const char *const *words, const char *behind)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; ++i) {
        char text[256];
        snprintf(text, sizeof(text), "%s%s", words[i], behind);
        offer(line, text, NULL);
    }
}

/* `a|b|c` */
static void
offer_choices(const line *line, const char *choices)
{
    while (*choices != '\0') {
        char text[64];
        const size_t size = strcspn(choices, "|.");
        snprintf(text, sizeof(text), "%.*s", (int)size, choices);
        offer(line, text, NULL);
        choices += size + strspn(choices + size, "|.");
    }
}

/* Words of the store, and the well-known ones. */
static void
offer_known(const line *line, const char *kind)
{
    static const char *const namespaces[] = {
        "user_id",   "loyalty_id",   "email", "phone",
        "device_id", "anonymous_id", NULL};
    static const char *const channels[] = {
        "web",  "app",    "store", "kiosk", "call_center", "email", "sms",
        "chat", "social", "push",  "mail",  "partner",     NULL};
    view view;
    sample sample = {0};
    const char *const *none = NULL;
    const bool who = strcmp(kind, "WHO") == 0;
    if (line->store != NULL && view_open_quietly(line->store, &view)) {
        sample_take(view.txn, &sample);
        view_close(&view, DONE);
    }
    if (who || strcmp(kind, "NAMESPACE") == 0) {
        offer_all(line, (const char *const *)sample.namespaces.items,
                  who ? ":" : "");
        offer_all(line, namespaces, who ? ":" : "");
    } else if (strcmp(kind, "EVENT") == 0) {
        offer_all(line, (const char *const *)sample.events.items, "");
    } else {
        offer_all(line, (const char *const *)sample.channels.items, "");
        offer_all(line, sample.channels.count == 0 ? channels : none, "");
    }
    sample_free(&sample);
}

static void
offer_value(const line *line, const char *kind)
{
    static const char *const times[] = {"now", "today", "yesterday", "1h",
                                        "1d",  "7d",    "30d",       NULL};
    static const char *const known[] = {"WHO", "NAMESPACE", "EVENT", "CHANNEL",
                                        NULL};
    char name[64];
    const size_t begin = strspn(kind, "[");
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(kind + begin, " .]"),
             kind + begin);
    for (size_t i = 0; known[i] != NULL; ++i) {
        if (strcmp(name, known[i]) == 0) {
            offer_known(line, name);
            return;
        }
    }
    if (strcmp(name, "TIME") == 0) {
        offer_all(line, times, "");
    } else if (strcmp(name, "COMMAND") == 0) {
        offer_commands(line);
    } else if (strcmp(name, "DB") == 0 || strcmp(name, "DIR") == 0) {
        line->out->directories = true;
    } else if (strstr(name, "FILE") != NULL) {
        line->out->files = true;
    } else if (strchr(name, '|') != NULL) {
        offer_choices(line, name);
    }
}

static const option *
option_of(const command *command, const char *word, size_t size)
{
    if (strncmp(word, "--", 2) != 0) {
        return NULL;
    }
    const option *const lists[] = {command->options, general_options};
    for (size_t list = 0; list < 2; ++list) {
        for (size_t i = 0; i < OPTIONS_MAX && lists[list][i].name; ++i) {
            const option *option = &lists[list][i];
            if (strlen(option->name) + 2 == size &&
                strncmp(option->name, word + 2, size - 2) == 0) {
                return option;
            }
        }
    }
    return NULL;
}

/* Count the operands before the word being typed, and note the store. */
static size_t
count_operands(line *line)
{
    const size_t store = operand_of_store(line->command);
    size_t operands = store == 0 && line->in_shell;
    for (size_t i = 0; i + 1 < line->count; ++i) {
        const char *word = line->words[i];
        const option *option =
            option_of(line->command, word, strcspn(word, "="));
        if (option != NULL) {
            i += option->value != NULL && strchr(word, '=') == NULL;
        } else if (word[0] != '-' || word[1] == '\0') {
            line->store = operands == store ? word : line->store;
            ++operands;
            operands += operands == store && line->in_shell;
        }
    }
    return operands;
}

static void
offer_operand(const line *line, size_t index)
{
    const char *at = line->command->operands;
    for (; index > 0 && *at != '\0'; --index) {
        const char *space = strchr(at, ' ');
        if (space == NULL) {
            at = strstr(at, "...") != NULL ? at : "";
            break;
        }
        at = space + 1;
    }
    offer_value(line, at);
}

static void
complete_line(line *line)
{
    const size_t operands = count_operands(line);
    const char *previous = line->count > 1 ? line->words[line->count - 2] : "";
    const char *equals = strchr(line->typed, '=');
    const option *option = option_of(line->command, previous, strlen(previous));
    if (option != NULL && option->value != NULL) {
        offer_value(line, option->value);
        return;
    }
    if (equals != NULL) {
        option = option_of(line->command, line->typed,
                           (size_t)(equals - line->typed));
        if (option != NULL && option->value != NULL) {
            line->before = line->typed;
            line->before_size = (size_t)(equals + 1 - line->typed);
            line->typed = equals + 1;
            offer_value(line, option->value);
        }
    } else if (line->typed[0] == '-') {
        offer_options(line);
    } else {
        offer_operand(line, operands);
    }
}

void
complete_words(const char *const *words, size_t count, const char *store,
               completion *out)
{
    *out = (completion){0};
    line line = {
        .typed = count > 0 ? words[count - 1] : "",
        .before = "",
        .store = store,
        .in_shell = store != NULL,
        .out = out,
    };
    if (count < 2) {
        offer_commands(&line);
        if (store != NULL) {
            offer(&line, "exit", "Leave the shell");
        } else {
            offer(&line, "--help", "What the commands are");
            offer(&line, "--version", "Version of the library");
        }
        return;
    }
    line.command = command_find(words[0]);
    line.words = words + 1;
    line.count = count - 1;
    if (line.command != NULL) {
        complete_line(&line);
    }
}

void
completion_free(completion *completion)
{
    words_free(&completion->items);
}

static int
run_complete(const call *call)
{
    completion completion;
    complete_words(call->operands, call->operand_count, NULL, &completion);
    if (completion.files || completion.directories) {
        puts(completion.files ? ":files" : ":directories");
    }
    for (size_t i = 0; i < completion.items.count; ++i) {
        puts(completion.items.items[i]);
    }
    completion_free(&completion);
    return DONE;
}

const command complete_command = {
    .name = "complete",
    .group = GROUP_HIDDEN,
    .operands = "[WORD...]",
    .summary = "Complete the last word of a command line",
    .help = "Prints what may stand there, a word a line, with what it means "
            "behind a tab; before them \":files\" or \":directories\" where "
            "names of these may stand there.",
    .examples = "omni complete -- timeline shop.omni em\n",
    .run = run_complete,
};
