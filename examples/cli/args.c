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

#define WORD_MAX 32

/* Insertions, deletions and replacements between two short words. */
static size_t
word_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    const size_t a_size = strlen(a);
    const size_t b_size = strlen(b);
    if (a_size > WORD_MAX || b_size > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= b_size; ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; ++i) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; ++j) {
            const size_t replaced = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            const size_t moved =
                (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replaced < moved ? replaced : moved;
        }
    }
    return row[b_size];
}

const char *
nearest_word(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(word) < 4 ? 2 : 3;
    for (size_t i = 0; i < count; ++i) {
        const size_t distance = word_distance(word, candidates[i]);
        if (distance < least) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

static int
unknown_option(const command *command, const char *name)
{
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    while (count < OPTIONS_MAX && command->options[count].name != NULL) {
        names[count] = command->options[count].name;
        ++count;
    }
    const char *meant = nearest_word(name, names, count);
    if (meant != NULL) {
        return wrong_usage("%s has no option --%s; did you mean --%s?",
                           command->name, name, meant);
    }
    return wrong_usage("%s has no option --%s; see `omni help %s`",
                       command->name, name, command->name);
}

/* Take one option, and its value from the next word where it has one. */
static int
take_option(call *call, char *word, char **next, bool *took_next)
{
    const command *command = call->command;
    char *value = strchr(word, '=');
    if (value != NULL) {
        *value++ = '\0';
    }
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name; ++i) {
        if (strcmp(word, command->options[i].name) != 0) {
            continue;
        }
        if (command->options[i].value == NULL) {
            call->values[i] = "";
            return value == NULL
                       ? DONE
                       : wrong_usage("option --%s takes no value", word);
        }
        if (value == NULL && *next == NULL) {
            return wrong_usage("option --%s needs %s", word,
                               command->options[i].value);
        }
        *took_next = value == NULL;
        call->values[i] = value != NULL ? value : *next;
        return DONE;
    }
    return unknown_option(command, word);
}

int
call_parse(const command *command, int count, char **words, call *out)
{
    int status = DONE;
    size_t operands = 0;
    bool only_operands = false;
    *out = (call){.command = command, .operands = (const char **)words};
    for (int i = 0; i < count && status == DONE; ++i) {
        char *word = words[i];
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            words[operands++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (word[1] != '-') {
            status = wrong_usage("%s has no option %s", command->name, word);
        } else {
            bool took_next = false;
            char *next = i + 1 < count ? words[i + 1] : NULL;
            status = take_option(out, word + 2, &next, &took_next);
            i += took_next ? 1 : 0;
        }
    }
    if (status != DONE) {
        return status;
    }
    out->operand_count = operands;
    if (operands < command->least || operands > command->most) {
        return wrong_usage("usage: omni %s %s", command->name, command->usage);
    }
    words[operands < (size_t)count ? operands : (size_t)count] = NULL;
    return DONE;
}

const char *
call_value(const call *call, const char *option)
{
    for (size_t i = 0; i < OPTIONS_MAX; ++i) {
        const char *name = call->command->options[i].name;
        if (name != NULL && strcmp(name, option) == 0) {
            return call->values[i];
        }
    }
    return NULL;
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
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 ||
        number < least || number > most) {
        return wrong_usage("--%s needs a number from %llu to %llu, not \"%s\"",
                           option, (unsigned long long)least,
                           (unsigned long long)most, text);
    }
    *out = number;
    return DONE;
}

int
call_instant(const call *call, const char *option, bool *given, int64_t *out)
{
    const char *text = call_value(call, option);
    *given = text != NULL;
    if (text == NULL || instant_parse(text, out)) {
        return DONE;
    }
    return wrong_usage("--%s needs a time such as 2026-01-31T08:00:00Z or "
                       "2026-01-31, not \"%s\"",
                       option, text);
}
