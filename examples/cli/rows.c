/*
   Decoded text is fed to the splitter line by line, so that it is known where
   a row begins and where a quote is wrong. A line with a bad quote is a row
   that cannot be read; the next line begins a new one.
*/
#include "rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY ((size_t)1 << 16) /* also what a delimiter is guessed from */
#define ROW_MAX ((size_t)1 << 20)  /* far more than an event may have */
#define GUESS_LINES 64

static input_outcome
fail(rows *rows, const char *why)
{
    snprintf(rows->input->why, sizeof(rows->input->why), "%s", why);
    return INPUT_FAILED;
}

/* Fields of each line by one delimiter; how good a guess it is. */
static unsigned
score_delimiter(const char *text, size_t size, char delimiter, char quote)
{
    unsigned first = 0;
    unsigned same = 0;
    unsigned lines = 0;
    unsigned fields = 1;
    bool quoted = false;
    for (size_t i = 0; i < size && lines < GUESS_LINES; ++i) {
        if (text[i] == quote) {
            quoted = !quoted;
        } else if (!quoted && text[i] == delimiter) {
            ++fields;
        } else if (!quoted && text[i] == '\n') {
            first = lines == 0 ? fields : first;
            same += fields == first ? 1 : 0;
            ++lines;
            fields = 1;
        }
    }
    if (lines == 0) {
        first = fields;
        same = lines = 1;
    }
    return first < 2 ? 0
                     : same * 1000 / lines * 100 + (first < 99 ? first : 99);
}

char
guess_delimiter(const char *text, size_t size, char quote)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    unsigned most = 0;
    for (size_t i = 0; i < sizeof(candidates); ++i) {
        const unsigned score =
            score_delimiter(text, size, candidates[i], quote);
        if (score > most) {
            most = score;
            best = candidates[i];
        }
    }
    return best;
}

/* Room and more text behind what is there. */
static input_outcome
fill(rows *rows)
{
    size_t size = 0;
    memmove(rows->bytes, rows->bytes + rows->begin, rows->end - rows->begin);
    rows->end -= rows->begin;
    rows->begin = 0;
    const input_outcome outcome = decoder_read(
        &rows->decoder, rows->bytes + rows->end, CAPACITY - rows->end, &size);
    rows->end += outcome == INPUT_READ ? size : 0;
    rows->ended = outcome == INPUT_END;
    return outcome == INPUT_END ? INPUT_READ : outcome;
}

bool
rows_open(rows *rows, input *input, const rows_form *form)
{
    *rows = (struct rows){.input = input,
                          .delimiter = form->delimiter,
                          .quote = form->quote != 0 ? form->quote : '"',
                          .line = 1,
                          .row_line = 1,
                          .column = 1};
    if (splitter_missing != NULL) {
        snprintf(input->why, sizeof(input->why),
                 "is a table, which this omni was built without (it needs %s)",
                 splitter_missing);
        return false;
    }
    if (!decoder_open(&rows->decoder, input, form->encoding)) {
        snprintf(input->why, sizeof(input->why), "there is no encoding \"%s\"",
                 form->encoding);
        return false;
    }
    rows->bytes = malloc(CAPACITY);
    if (rows->bytes == NULL) {
        fail(rows, strerror(ENOMEM));
        return false;
    }
    return true;
}

/* With the beginning of the text, or all of it: how its fields stand apart. */
static input_outcome
start(rows *rows)
{
    while (rows->delimiter == 0 && !rows->ended && rows->end < CAPACITY) {
        const input_outcome outcome = fill(rows);
        if (outcome == INPUT_PAUSE &&
            memchr(rows->bytes, '\n', rows->end) != NULL) {
            break;
        }
        if (outcome != INPUT_READ) {
            return outcome;
        }
    }
    if (rows->delimiter == 0) {
        rows->delimiter = guess_delimiter(rows->bytes, rows->end, rows->quote);
    }
    if (rows->delimiter == rows->quote) {
        return fail(rows, "the delimiter and the quote are the same");
    }
    rows->splitter = splitter_open(rows->delimiter, rows->quote);
    rows->opened = true;
    return rows->splitter != NULL ? INPUT_READ : fail(rows, strerror(ENOMEM));
}

/* Size of the next piece: to the end of a line, or all that is there. */
static size_t
piece_size(const rows *rows, bool *ends)
{
    const char *from = rows->bytes + rows->begin;
    const size_t size = rows->end - rows->begin;
    for (size_t i = 0; i < size; ++i) {
        if (from[i] == '\n' || from[i] == '\r') {
            *ends = true;
            return i + 1;
        }
    }
    *ends = false;
    return size;
}

/* Go past a piece and count its line. */
static void
pass(rows *rows, size_t size, bool ends)
{
    const char last = rows->bytes[rows->begin + size - 1];
    const bool second = rows->after_cr && size == 1 && last == '\n';
    rows->after_cr = ends && last == '\r';
    rows->begin += size;
    rows->column += size;
    if (ends) {
        rows->line += second ? 0 : 1;
        rows->column = 1;
    }
}

static void
begin_row(rows *rows)
{
    rows->row_line = rows->line;
    rows->row_bytes = 0;
}

static input_outcome
bad_row(rows *rows, size_t column, omni_row *out)
{
    snprintf(rows->fault, sizeof(rows->fault),
             "line %" PRIu64 ", column %zu: a quote where none may stand; a "
             "field with quotes is quoted, with each quote in it doubled",
             rows->line, column);
    *out = (omni_row){
        .size = sizeof(*out), .line = rows->row_line, .fault = rows->fault};
    return INPUT_READ;
}

static input_outcome
whole_row(rows *rows, omni_row *out)
{
    *out = (omni_row){.size = sizeof(*out), .line = rows->row_line};
    out->fields = splitter_fields(rows->splitter, &out->field_count);
    return INPUT_READ;
}

/* The end of the text: a last row without its newline, or nothing. */
static input_outcome
finish(rows *rows, omni_row *out)
{
    if (rows->finished) {
        return INPUT_END;
    }
    rows->finished = true;
    switch (splitter_end(rows->splitter)) {
    case SPLIT_MORE:
        return INPUT_END;
    case SPLIT_ROW:
        return whole_row(rows, out);
    case SPLIT_BAD:
        snprintf(rows->input->why, sizeof(rows->input->why),
                 "line %" PRIu64 ": a quote that is opened there, or in a line "
                 "behind it, is never closed",
                 rows->row_line);
        return INPUT_FAILED;
    default:
        return fail(rows, strerror(ENOMEM));
    }
}

/* Feed one piece. INPUT_READ with `*got` where a row came of it. */
static input_outcome
feed(rows *rows, omni_row *out, bool *got)
{
    bool ends = false;
    size_t at = 0;
    const size_t size = piece_size(rows, &ends);
    const char *piece = rows->bytes + rows->begin;
    if (rows->skipping) {
        rows->skipping = !ends;
        pass(rows, size, ends);
        begin_row(rows);
        return INPUT_READ;
    }
    rows->row_bytes += size;
    if (rows->row_bytes > ROW_MAX) {
        snprintf(rows->input->why, sizeof(rows->input->why),
                 "line %" PRIu64 ": a row of more than %zu bytes; is a quote "
                 "there never closed?",
                 rows->row_line, ROW_MAX);
        return INPUT_FAILED;
    }
    const split_outcome outcome =
        splitter_feed(rows->splitter, piece, size, &at);
    *got = outcome == SPLIT_ROW || outcome == SPLIT_BAD;
    const size_t column = rows->column + at;
    if (outcome == SPLIT_BAD) {
        bad_row(rows, column, out);
    } else if (outcome == SPLIT_ROW) {
        whole_row(rows, out);
    }
    rows->skipping = outcome == SPLIT_BAD && !ends;
    const bool blank = rows->row_bytes == size && size <= 2 && !*got;
    pass(rows, size, ends);
    if (*got || (blank && ends)) {
        begin_row(rows);
    }
    return outcome != SPLIT_FAILED ? INPUT_READ : fail(rows, strerror(ENOMEM));
}

input_outcome
rows_next(rows *rows, omni_row *out)
{
    bool got = false;
    input_outcome outcome = rows->opened ? INPUT_READ : start(rows);
    while (outcome == INPUT_READ && !got) {
        if (rows->begin < rows->end) {
            outcome = feed(rows, out, &got);
        } else if (rows->ended) {
            return finish(rows, out);
        } else {
            outcome = fill(rows);
        }
    }
    return outcome;
}

void
rows_close(rows *rows)
{
    splitter_close(rows->splitter);
    decoder_free(&rows->decoder);
    free(rows->bytes);
    rows->bytes = NULL;
    rows->splitter = NULL;
}
