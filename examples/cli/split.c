/*
   Words as in sh, and no more than that: nothing is expanded, and what would
   mean something to sh and nothing here is said to be wrong.
*/
#include "split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words under construction. */
typedef struct taking {
    const char *at;
    char *text; /* of the word, room for the whole line */
    size_t size;
    bool open; /* a quote that is not closed, or a backslash at the end */
} taking;

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

/* Take what is in quotes, from the opening one on. */
static void
take_quoted(taking *taking)
{
    const char quote = *taking->at++;
    while (*taking->at != quote) {
        if (quote == '"' && taking->at[0] == '\\' && taking->at[1] != '\0' &&
            strchr("\"\\$`\n", taking->at[1]) != NULL) {
            ++taking->at;
            if (*taking->at == '\n') {
                ++taking->at;
                continue;
            }
        }
        if (*taking->at == '\0') {
            taking->open = true;
            return;
        }
        taking->text[taking->size++] = *taking->at++;
    }
    ++taking->at;
}

static void
take_escaped(taking *taking)
{
    const char next = *++taking->at;
    if (next == '\0') {
        taking->open = true;
    } else {
        ++taking->at;
        if (next != '\n') {
            taking->text[taking->size++] = next;
        }
    }
}

/* Take a word, up to a blank or an operator. */
static void
take_word(taking *taking)
{
    taking->size = 0;
    while (*taking->at != '\0' && !is_blank(*taking->at) &&
           strchr("|<>&;()", *taking->at) == NULL && !taking->open) {
        if (*taking->at == '\'' || *taking->at == '"') {
            take_quoted(taking);
        } else if (*taking->at == '\\') {
            take_escaped(taking);
        } else {
            taking->text[taking->size++] = *taking->at++;
        }
    }
}

/* Pass blanks and a comment. */
static void
skip_blanks(taking *taking)
{
    while (is_blank(*taking->at) ||
           (taking->at[0] == '\\' && taking->at[1] == '\n')) {
        taking->at += taking->at[0] == '\\' ? 2 : 1;
    }
    if (*taking->at == '#') {
        taking->at += strlen(taking->at);
    }
}

static split_outcome
wrong(split *split, const char *why)
{
    split->why = why;
    return SPLIT_WRONG;
}

/* Take `> file` and that nothing follows it. */
static split_outcome
take_file(taking *taking, split *out)
{
    ++taking->at;
    if (*taking->at == '>') {
        out->append = true;
        ++taking->at;
    }
    skip_blanks(taking);
    take_word(taking);
    out->file = strndup(taking->text, taking->size);
    skip_blanks(taking);
    if (taking->open) {
        return SPLIT_MORE;
    }
    if (taking->size == 0 || out->file == NULL) {
        return wrong(out, "a file is missing behind >");
    }
    return *taking->at == '\0' ? SPLIT_DONE
                               : wrong(out, "> file must come last");
}

static split_outcome
take_operator(taking *taking, split *out)
{
    switch (*taking->at) {
    case '|':
        out->command = taking->at + 1;
        if (out->command[strspn(out->command, " \t\n")] == '\0') {
            return wrong(out, "a command is missing behind |");
        }
        return out->words.count != 0
                   ? SPLIT_DONE
                   : wrong(out, "there is no command before |");
    case '>':
        return out->words.count != 0
                   ? take_file(taking, out)
                   : wrong(out, "there is no command before >");
    default:
        return wrong(out, "< & ; ( ) mean nothing here; in a word they need "
                          "quotes");
    }
}

static split_outcome
take_line(taking *taking, split *out)
{
    skip_blanks(taking);
    while (*taking->at != '\0') {
        if (strchr("|<>&;()", *taking->at) != NULL) {
            return take_operator(taking, out);
        }
        take_word(taking);
        if (taking->open) {
            return SPLIT_MORE;
        }
        if (!words_add(&out->words, taking->text, taking->size)) {
            return wrong(out, "out of memory");
        }
        skip_blanks(taking);
    }
    return SPLIT_DONE;
}

split_outcome
split_line(const char *line, split *out)
{
    *out = (split){0};
    taking taking = {.at = line, .text = malloc(strlen(line) + 1)};
    if (taking.text == NULL) {
        return wrong(out, "out of memory");
    }
    const split_outcome outcome = take_line(&taking, out);
    free(taking.text);
    if (outcome != SPLIT_DONE) {
        const char *why = out->why;
        split_free(out);
        out->why = why;
    }
    return outcome;
}

void
split_free(split *split)
{
    words_free(&split->words);
    free(split->file);
    *split = (struct split){0};
}

void
split_typed(const char *line, words *out, size_t *begin)
{
    *out = (words){0};
    *begin = strlen(line);
    taking taking = {.at = line, .text = malloc(strlen(line) + 1)};
    if (taking.text == NULL) {
        return;
    }
    while (true) {
        while (is_blank(*taking.at)) {
            ++taking.at;
        }
        *begin = (size_t)(taking.at - line);
        take_word(&taking);
        words_add(out, taking.text, taking.size);
        if (*taking.at == '\0') {
            break;
        }
        if (!is_blank(*taking.at)) {
            words_free(out); /* behind an operator nothing is known */
            break;
        }
    }
    free(taking.text);
}

char *
quote_word(const char *word)
{
    char *quoted = malloc(2 * strlen(word) + 1);
    size_t size = 0;
    for (const char *at = word; quoted != NULL && *at != '\0'; ++at) {
        if (strchr(" \t'\"\\|<>&;()#", *at) != NULL) {
            quoted[size++] = '\\';
        }
        quoted[size++] = *at;
    }
    if (quoted != NULL) {
        quoted[size] = '\0';
    }
    return quoted;
}
