/*
   Words of the command line: options may stand anywhere, as `--name VALUE`
   or `--name=VALUE`, until `--`. A single `-` is an operand.
*/
#include "cli.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct given {
    const option *option;
    const char *value; /* "" for a flag */
};

const option general_options[] = {
    {"color", "auto|always|never",
     "Colours: auto is on a terminal, unless NO_COLOR is set."},
    {"local", NULL,
     "Times in the local zone, shown and read; else they are UTC. JSON is "
     "always UTC."},
    {"no-pager", NULL, "Lists straight to the terminal, without a pager."},
    {"help", NULL, "This help; also -h."},
    {NULL, NULL, NULL},
};

/* What a value is, said to somebody who left it out. */
typedef struct value_kind {
    const char *name;
    const char *meaning;
} value_kind;

static const value_kind value_kinds[] = {
    {"N", "a number"},
    {"TIME", "a time such as 2026-01-31, 2026-01-31T08:00:00Z, 2h or 7d"},
    {"DURATION", "a length of time such as 30m, 12h, 7d or 2w"},
    {"FILE", "a file"},
    {"DIR", "a directory"},
    {"DB", "a store"},
    {"WHO", "namespace:value or a profile id"},
    {"NAME", "a name"},
    {"TEXT", "a text"},
    {"EXPR", "a condition in CEL, in quotes"},
    {"EVENT", "the name of an event, such as \"Order Completed\""},
    {"CHANNEL", "a channel, such as web or store"},
    {"LIST", "names, separated by commas"},
    {"WHERE", "start, now, or a position"},
    {"NAMESPACE", "a namespace, such as email"},
    {NULL, NULL},
};

static const char *
value_meaning(const char *value)
{
    const size_t size = strcspn(value, ".");
    for (size_t i = 0; value_kinds[i].name != NULL; ++i) {
        if (strncmp(value, value_kinds[i].name, size) == 0 &&
            value_kinds[i].name[size] == '\0') {
            return value_kinds[i].meaning;
        }
    }
    return value;
}

static bool
repeats(const option *option)
{
    return option->value != NULL && strstr(option->value, "...") != NULL;
}

bool
option_is_needed(const command *command, const option *option)
{
    return command->needed != NULL &&
           strcmp(command->needed, option->name) == 0;
}

static const option *
find_option(const command *command, const char *name)
{
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
        if (strcmp(name, command->options[i].name) == 0) {
            return &command->options[i];
        }
    }
    for (const option *at = general_options; at->name != NULL; ++at) {
        if (strcmp(name, at->name) == 0) {
            return at;
        }
    }
    return NULL;
}

static int
unknown_option(const command *command, const char *name)
{
    const char *names[OPTIONS_MAX + 8];
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
        names[count++] = command->options[i].name;
    }
    for (const option *at = general_options; at->name != NULL; ++at) {
        names[count++] = at->name;
    }
    const char *meant = nearest_word(name, names, count);
    return meant != NULL
               ? wrong_usage("%s has no option --%s; did you mean --%s?",
                             command->name, name, meant)
               : wrong_usage("%s has no option --%s", command->name, name);
}

/* True if `word` is one of `a|b|c`, or if `words` is no such list. */
static bool
is_choice(const char *words, const char *word)
{
    const size_t size = strlen(word);
    if (strchr(words, '|') == NULL) {
        return true;
    }
    for (const char *at = words; at != NULL; at = strchr(at, '|')) {
        at += *at == '|' ? 1 : 0;
        if (size != 0 && strncmp(at, word, size) == 0 &&
            (at[size] == '|' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Keep an option that was given. */
static int
keep(call *call, const option *option, const char *value)
{
    if (!repeats(option) && call_value(call, option->name) != NULL) {
        return wrong_usage("option --%s is given twice", option->name);
    }
    if (option->value != NULL && !is_choice(option->value, value)) {
        return wrong_usage("--%s is one of %s, not \"%s\"", option->name,
                           option->value, value);
    }
    call->given[call->given_count++] =
        (given){.option = option, .value = value};
    return DONE;
}

/* Take one option, and its value from the next word where it has one. */
static int
take_option(call *call, char *word, const char *next, bool *took_next)
{
    char *value = strchr(word, '=');
    if (value != NULL) {
        *value++ = '\0';
    }
    const option *option = find_option(call->command, word);
    if (option == NULL) {
        return unknown_option(call->command, word);
    }
    if (option->value == NULL) {
        return value == NULL ? keep(call, option, "")
                             : wrong_usage("option --%s takes no value", word);
    }
    if (value == NULL && next == NULL) {
        return wrong_usage("option --%s needs %s", word,
                           value_meaning(option->value));
    }
    *took_next = value == NULL;
    return keep(call, option, value != NULL ? value : next);
}

size_t
operands_least(const command *command)
{
    size_t count = 0;
    bool outside = true;
    for (const char *at = command->operands; *at != '\0'; ++at) {
        count += outside && *at != '[' && *at != ' ';
        outside = *at == ' ';
    }
    return count;
}

size_t
operands_most(const command *command)
{
    size_t count = command->operands[0] != '\0';
    for (const char *at = command->operands; *at != '\0'; ++at) {
        count += *at == ' ';
    }
    return strstr(command->operands, "...") != NULL ? SIZE_MAX : count;
}

size_t
operand_of_store(const command *command)
{
    size_t index = 0;
    for (const char *at = command->operands; at != NULL; ++index) {
        if (strncmp(at, "DB", 2) == 0) {
            return index;
        }
        at = strchr(at, ' ');
        if (at != NULL) {
            ++at;
        }
    }
    return SIZE_MAX;
}

/* Operand number `index` as the usage names it. */
static omni_text
operand_name(const command *command, size_t index)
{
    const char *at = command->operands;
    for (; index > 0; --index) {
        at = strchr(at, ' ') + 1;
    }
    return (omni_text){.bytes = at, .size = strcspn(at, " ")};
}

/* See that nothing is missing and nothing too much. */
static int
check_call(const call *call)
{
    const command *command = call->command;
    const size_t most = operands_most(command);
    const bool alone =
        command->alone != NULL && call_value(call, command->alone) != NULL;
    if (!alone && call->operand_count < operands_least(command)) {
        const omni_text missing = operand_name(command, call->operand_count);
        return wrong_usage("%s needs %.*s", command->name, (int)missing.size,
                           missing.bytes);
    }
    if (call->operand_count > most) {
        return wrong_usage("%s does not take \"%s\"", command->name,
                           call->operands[most]);
    }
    if (command->needed != NULL && call_value(call, command->needed) == NULL) {
        return wrong_usage("%s needs --%s %s", command->name, command->needed,
                           find_option(command, command->needed)->value);
    }
    return DONE;
}

static int
take_words(call *call, int count, char **words)
{
    int status = DONE;
    size_t operands = 0;
    bool only_operands = false;
    for (int i = 0; i < count && status == DONE; ++i) {
        char *word = words[i];
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            words[operands++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (strcmp(word, "-h") == 0) {
            status = keep(call, find_option(call->command, "help"), "");
        } else if (word[1] != '-') {
            status =
                wrong_usage("%s has no option %s", call->command->name, word);
        } else {
            bool took_next = false;
            const char *next = i + 1 < count ? words[i + 1] : NULL;
            status = take_option(call, word + 2, next, &took_next);
            i += took_next ? 1 : 0;
        }
    }
    call->operand_count = operands;
    if (operands < (size_t)count) {
        words[operands] = NULL;
    }
    return status;
}

int
call_parse(const command *command, int count, char **words, call *out)
{
    *out = (call){
        .command = command,
        .operands = (const char **)words,
        .given = calloc((size_t)count + 1, sizeof(given)),
    };
    if (out->given == NULL) {
        return fault("out of memory");
    }
    const int status = take_words(out, count, words);
    if (status != DONE || call_flag(out, "help")) {
        return status;
    }
    return check_call(out);
}

void
call_free(call *call)
{
    free(call->given);
    call->given = NULL;
}

const char *
call_repeated(const call *call, const char *option, size_t index)
{
    for (size_t i = 0; i < call->given_count; ++i) {
        if (strcmp(call->given[i].option->name, option) == 0 && index-- == 0) {
            return call->given[i].value;
        }
    }
    return NULL;
}

const char *
call_value(const call *call, const char *option)
{
    return call_repeated(call, option, 0);
}

int
call_number(const call *call, const char *option, uint64_t least, uint64_t most,
            uint64_t *out)
{
    const char *text = call_value(call, option);
    if (text == NULL) {
        return DONE;
    }
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 &&
        number >= least && number <= most) {
        *out = number;
        return DONE;
    }
    if (most == UINT64_MAX) {
        return wrong_usage("--%s needs a number from %llu on, not \"%s\"",
                           option, (unsigned long long)least, text);
    }
    return wrong_usage("--%s needs a number from %llu to %llu, not \"%s\"",
                       option, (unsigned long long)least,
                       (unsigned long long)most, text);
}

int
call_instant(const call *call, const char *option, bool *given, int64_t *out)
{
    const char *text = call_value(call, option);
    *given = text != NULL;
    if (text == NULL || instant_parse(text, out)) {
        return DONE;
    }
    return wrong_usage("--%s needs %s, not \"%s\"", option,
                       value_meaning("TIME"), text);
}

int
call_duration(const call *call, const char *option, int64_t *out)
{
    const char *text = call_value(call, option);
    return text == NULL || (duration_parse(text, out) && *out != 0)
               ? DONE
               : wrong_usage("--%s needs %s, not \"%s\"", option,
                             value_meaning("DURATION"), text);
}
