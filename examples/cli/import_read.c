/* Files of an import, whatever their form, into batches. */
#include "import.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void
import_note(job *job, const char *format, ...)
{
    const size_t at = strlen(job->notes);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(job->notes + at, sizeof(job->notes) - at, format, arguments);
    va_end(arguments);
    if (strlen(job->notes) + 1 < sizeof(job->notes)) {
        strcat(job->notes, "\n");
    }
}

static bool
fail_reading(job *job, const char *why)
{
    snprintf(job->failure, sizeof(job->failure), "%s: %s", job->file, why);
    return false;
}

/* What a call that adds to the batch came back with. */
static bool
fail_adding(job *job, omni_status status)
{
    const omni_error *error = omni_batch_error(job->batch);
    return fail_reading(job, error->message[0] != '\0'
                                 ? error->message
                                 : omni_status_name(status));
}

/* Give the batch away if anything is in it, and have an empty one. False if
   there is to be no more. */
static bool
hand_over(job *job)
{
    if (job->show != NULL) {
        return true; /* nothing stays in it */
    }
    if (job->batch != NULL && omni_batch_count(job->batch) != 0) {
        queue_put_full(&job->queue, job->batch);
        job->batch = NULL;
    }
    if (job->batch == NULL) {
        job->batch = queue_empty(&job->queue);
    }
    return job->batch != NULL;
}

/* True if the reading should go on, after an outcome that is no reading. */
static bool
go_on(job *job, input_outcome outcome, const input *input)
{
    if (outcome == INPUT_STOPPED) {
        job->interrupted = true;
    } else if (outcome == INPUT_FAILED) {
        fail_reading(job, input->why);
    }
    return outcome == INPUT_PAUSE && hand_over(job);
}

/* Add lines to the batch, or to the next one if it has no room. */
static bool
add_lines(job *job, omni_import *import, omni_text lines)
{
    omni_status status =
        omni_batch_add_json(job->batch, import, lines.bytes, lines.size);
    if (status == OMNI_ERR_LIMIT && omni_batch_count(job->batch) != 0) {
        if (!hand_over(job)) {
            return false;
        }
        status =
            omni_batch_add_json(job->batch, import, lines.bytes, lines.size);
    }
    return status < 0 ? fail_adding(job, status) : status == OMNI_OK;
}

static uint64_t
count_lines(omni_text lines)
{
    uint64_t count = 0;
    for (size_t i = 0; i < lines.size; ++i) {
        count += lines.bytes[i] == '\n' || i + 1 == lines.size ? 1 : 0;
    }
    return count;
}

/* Read JSON lines to their end. False if there is to be no more reading. */
static bool
read_lines(job *job, input *input, omni_import *import)
{
    lines lines = {.input = input};
    bool more = true;
    bool ended = false;
    while (more && !ended && job->left != 0) {
        omni_text some = {0};
        size_t most = job->batch_records - omni_batch_count(job->batch);
        most = most < job->left ? most : (size_t)job->left;
        const input_outcome outcome = lines_next(&lines, most, &some);
        ended = outcome == INPUT_END;
        if (outcome == INPUT_READ) {
            const uint64_t count = count_lines(some);
            more = add_lines(job, import, some);
            job->line += count;
            job->left -= count < job->left ? count : job->left;
            atomic_store(&job->read_bytes, input->raw_bytes);
        } else if (!ended) {
            more = go_on(job, outcome, input);
        }
        if (more && omni_batch_count(job->batch) >= job->batch_records) {
            more = hand_over(job);
        }
    }
    lines_free(&lines);
    return more;
}

static bool
add_row(job *job, omni_import *import, const omni_row *row)
{
    omni_status status =
        omni_batch_add_row(job->batch, import, job->mapping, row);
    if (status == OMNI_ERR_LIMIT && omni_batch_count(job->batch) != 0) {
        if (!hand_over(job)) {
            return false;
        }
        status = omni_batch_add_row(job->batch, import, job->mapping, row);
    }
    --job->left;
    return status < 0 ? fail_adding(job, status) : status == OMNI_OK;
}

/* Say which columns are left out. */
static void
note_unused(job *job, const omni_row *header)
{
    char text[400] = "";
    size_t size = 0;
    for (size_t i = 0; i < header->field_count; ++i) {
        const omni_text name = header->fields[i];
        if (!omni_mapping_uses(job->mapping, i) &&
            size + name.size + 3 < sizeof(text)) {
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%.*s",
                                     size == 0 ? "" : ", ", (int)name.size,
                                     name.bytes);
        }
    }
    if (size != 0) {
        import_note(job, "%s: columns that the mapping leaves out: %s",
                    job->file, text);
    }
}

/* Bind the mapping to the first row; false with the failure set. */
static bool
bind(job *job, const omni_row *row, bool no_header)
{
    omni_error error = {0};
    if (row->fault != NULL) {
        return fail_reading(job, row->fault);
    }
    const omni_status status = omni_mapping_bind(
        job->mapping, no_header ? NULL : row->fields, row->field_count, &error);
    if (status == OMNI_OK && job->show != NULL && !no_header) {
        note_unused(job, row);
    }
    return status == OMNI_OK || fail_reading(job, error.message);
}

/* Tell what was found out about the table. */
static void
note_encoding(job *job, const rows *rows)
{
    if (rows->decoder.guessed) {
        import_note(job,
                    "%s: read as %s, for it is not UTF-8; --encoding says "
                    "otherwise",
                    job->file, rows->decoder.encoding);
    }
    if (rows->decoder.replaced != 0) {
        import_note(job, "%s: %" PRIu64 " bytes are not %s and were replaced",
                    job->file, rows->decoder.replaced, rows->decoder.encoding);
    }
}

static bool
read_rows(job *job, rows *rows, omni_import *import)
{
    omni_table_form form = {.size = sizeof(form)};
    bool bound = false;
    omni_mapping_form(job->mapping, &form);
    while (job->left != 0) {
        omni_row row;
        const input_outcome outcome = rows_next(rows, &row);
        if (outcome == INPUT_END) {
            return true;
        }
        if (outcome != INPUT_READ) {
            if (!go_on(job, outcome, rows->input)) {
                return false;
            }
            continue;
        }
        const bool header = !bound && !form.no_header;
        if (!bound && !bind(job, &row, form.no_header)) {
            return false;
        }
        bound = true;
        if (!header && !add_row(job, import, &row)) {
            return false;
        }
        job->line = row.line;
        atomic_store(&job->read_bytes, rows->input->raw_bytes);
        if (omni_batch_count(job->batch) >= job->batch_records &&
            !hand_over(job)) {
            return false;
        }
    }
    return true;
}

/* What the command line and the mapping say of the table. */
static rows_form
form_of(const job *job, char encoding[64])
{
    omni_table_form said = {.size = sizeof(said)};
    rows_form form = job->form;
    omni_mapping_form(job->mapping, &said);
    form.delimiter = form.delimiter != 0 ? form.delimiter : said.delimiter;
    form.quote = form.quote != 0 ? form.quote : said.quote;
    if (form.encoding == NULL && said.encoding.size != 0) {
        snprintf(encoding, 64, "%.*s", (int)said.encoding.size,
                 said.encoding.bytes);
        form.encoding = encoding;
    }
    return form;
}

static bool
read_table(job *job, input *input, omni_import *import)
{
    rows rows;
    char encoding[64];
    if (job->mapping == NULL) {
        return fail_reading(job, "is a table: say what its columns are with "
                                 "--mapping or --map; `omni import "
                                 "--suggest-mapping FILE` proposes a mapping");
    }
    const rows_form form = form_of(job, encoding);
    const bool opened = rows_open(&rows, input, &form);
    const bool more =
        opened ? read_rows(job, &rows, import) : fail_reading(job, input->why);
    note_encoding(job, &rows);
    rows_close(&rows);
    return more;
}

/* True if a name ends so, maybe with that of a packing behind it. */
static bool
name_ends(const char *file, const char *end)
{
    size_t size = strlen(file);
    static const char *const packed[] = {".gz", ".zst"};
    for (size_t i = 0; i < 2; ++i) {
        const size_t more = strlen(packed[i]);
        if (size > more && strcasecmp(file + size - more, packed[i]) == 0) {
            size -= more;
            break;
        }
    }
    return size > strlen(end) &&
           strncasecmp(file + size - strlen(end), end, strlen(end)) == 0;
}

bool
is_table_name(const char *file)
{
    return name_ends(file, ".csv") || name_ends(file, ".tsv") ||
           name_ends(file, ".tab") || name_ends(file, ".psv");
}

/* By the name, else, where a mapping is given, by the first character. */
static bool
is_table(const job *job, const char *file, const input *input)
{
    if (job->format != FORMAT_AUTO) {
        return job->format == FORMAT_CSV;
    }
    if (is_table_name(file)) {
        return true;
    }
    if (job->mapping == NULL || name_ends(file, ".jsonl") ||
        name_ends(file, ".ndjson") || name_ends(file, ".json")) {
        return false;
    }
    size_t at =
        input->peeked_end >= 3 && memcmp(input->peeked, "\xef\xbb\xbf", 3) == 0
            ? 3
            : 0;
    while (at < input->peeked_end && strchr(" \t\r\n", input->peeked[at])) {
        ++at;
    }
    return at == input->peeked_end || input->peeked[at] != '{';
}

/* Begin the import of one file, and read it. */
static bool
read_input(job *job, const char *file, input *input)
{
    omni_import *import = NULL;
    omni_error error = {0};
    input_outcome outcome = input_peek(input);
    while (outcome == INPUT_PAUSE) {
        outcome = input_peek(input);
    }
    if (outcome != INPUT_READ && outcome != INPUT_END) {
        return go_on(job, outcome, input);
    }
    omni_status status =
        omni_import_new(job->store, job->source, &import, &error);
    if (status == OMNI_OK && job->show != NULL) {
        status = omni_import_rehearse(import, job->show, job, &error);
    }
    bool more = false;
    if (status != OMNI_OK) {
        fail_reading(job, error.message);
    } else if (is_table(job, file, input)) {
        more = read_table(job, input, import);
    } else {
        more = read_lines(job, input, import);
    }
    omni_import_summary rehearsed = {.size = sizeof(rehearsed)};
    if (import != NULL &&
        omni_import_rehearsed(import, &rehearsed) == OMNI_OK) {
        import_add(&job->summary, &rehearsed);
    }
    omni_import_free(import);
    return more;
}

static bool
read_file(job *job, const char *file)
{
    const bool is_stdin = strcmp(file, "-") == 0;
    input input = {.stop = job->stop};
    job->file = is_stdin ? "standard input" : file;
    job->line = 0;
    input.fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (input.fd < 0) {
        return fail_reading(job, strerror(errno));
    }
    const bool more = read_input(job, file, &input);
    if (!is_stdin) {
        close(input.fd);
    }
    input_free(&input);
    return more;
}

void
import_read(job *job)
{
    bool more = hand_over(job);
    for (size_t i = 0; more && job->files[i] != NULL; ++i) {
        more = read_file(job, job->files[i]);
    }
}
