/*
   Lines of Segment-spec JSON: an event each, or a wire batch, whose members
   take from it what they lack. Every line that is not blank ends in records
   or in a refusal.
*/
#include "formats/segment_json.h"

#include "formats/segment_json_record.h"
#include "omni/limits.h"

/* A batch lies two levels around its members. */
#define LINE_DEPTH (OMNI_LIMIT_JSON_DEPTH + 2)

typedef struct line_reader {
    omni__segment_reading reading;
    omni__refusal refusal;
    omni__record_fn callback;
    void *user;
} line_reader;

static omni_status
hand_refusal(line_reader *r, omni__slice text)
{
    const omni__record nothing = {.type = OMNI_EVENT_TRACK};
    return r->callback(r->user, &nothing, &r->refusal, text);
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static omni__slice
strip(omni__slice line)
{
    while (line.size != 0 && is_blank(line.data[line.size - 1])) {
        --line.size;
    }
    while (line.size != 0 && is_blank(line.data[0])) {
        ++line.data;
        --line.size;
    }
    return line;
}

/* What is left of the line after a byte order mark and white space. */
static omni__slice
content(omni__slice line)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (line.size >= sizeof(mark) &&
        memcmp(line.data, mark, sizeof(mark)) == 0) {
        line.data += sizeof(mark);
        line.size -= sizeof(mark);
    }
    return strip(line);
}

static omni_status
read_record(line_reader *r, const omni__json *object, omni__slice text)
{
    omni__record record;
    r->refusal = (omni__refusal){.code = OMNI_REFUSED_NONE};
    if (omni__segment_record(&r->reading, object, &record)) {
        return r->callback(r->user, &record, &r->refusal, text);
    }
    return r->reading.memory ? OMNI_ERR_NO_MEMORY : hand_refusal(r, text);
}

/* A member's own bytes; those of scalars are not kept, so canonical ones. */
static omni_status
member_text(omni__segment_reading *reading, const omni__json *member,
            omni__slice *out)
{
    if (member->height != 0) {
        *out = member->text;
        return OMNI_OK;
    }
    omni__buffer_clear(&reading->scratch);
    omni__json_write(member, &reading->scratch);
    if (reading->scratch.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    *out =
        omni__arena_copy(reading->arena, omni__buffer_bytes(&reading->scratch));
    return out->data != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static omni_status
read_batch(line_reader *r, const omni__json *root, const omni__json *batch)
{
    if (batch->type != OMNI__JSON_ARRAY) {
        omni__segment_refuse(&r->reading, OMNI_REFUSED_JSON,
                             "batch is not an array");
        return hand_refusal(r, root->text);
    }
    r->reading.in_batch = true;
    r->reading.envelope = (omni__segment_envelope){
        .context = omni__segment_member(root, "context"),
        .sent_at = omni__segment_member(root, "sentAt"),
        .received_at = omni__segment_member(root, "receivedAt"),
    };
    for (size_t i = 0; i < batch->count; ++i) {
        omni__slice text = {NULL, 0};
        omni_status st = member_text(&r->reading, &batch->items[i], &text);
        if (st == OMNI_OK) {
            st = read_record(r, &batch->items[i], text);
        }
        if (st != OMNI_OK) {
            return st;
        }
    }
    return OMNI_OK;
}

static omni_status
refuse_line(line_reader *r, const omni__json_fault *fault, size_t skipped,
            omni__slice text)
{
    if (fault->memory) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__segment_refuse(
        &r->reading, fault->limit ? OMNI_REFUSED_LIMIT : OMNI_REFUSED_JSON,
        "%s at byte %zu: %s", fault->limit ? "over a limit" : "bad JSON",
        fault->offset + skipped, fault->message);
    return hand_refusal(r, text);
}

static omni_status
read_root(line_reader *r, const omni__json *root, omni__slice text)
{
    if (root->type != OMNI__JSON_OBJECT) {
        omni__segment_refuse(&r->reading, OMNI_REFUSED_JSON,
                             "not a JSON object");
        return hand_refusal(r, text);
    }
    const omni__json *batch = omni__segment_member(root, "batch");
    if (batch == NULL || omni__segment_member(root, "type") != NULL) {
        return read_record(r, root, text);
    }
    return read_batch(r, root, batch);
}

static omni_status
read_content(line_reader *r, omni__slice text, size_t skipped)
{
    if (text.size > OMNI_LIMIT_LINE_BYTES) {
        omni__segment_bounded(&r->reading, text.size, "the line",
                              OMNI_LIMIT_LINE_BYTES);
        return hand_refusal(r, text);
    }
    omni__json_fault fault;
    const omni__json *root =
        omni__json_parse_within(text, (omni__json_rules){.depth = LINE_DEPTH},
                                r->reading.arena, &fault);
    if (root == NULL) {
        return refuse_line(r, &fault, skipped, text);
    }
    omni__buffer_reserve(&r->reading.scratch, text.size < OMNI_LIMIT_EVENT_BYTES
                                                  ? text.size
                                                  : OMNI_LIMIT_EVENT_BYTES);
    return read_root(r, root, text);
}

omni_status
omni__segment_read(omni__slice line, omni__arena *arena,
                   omni__record_fn callback, void *user)
{
    const omni__slice text = content(line);
    if (text.size == 0) {
        return OMNI_OK;
    }
    line_reader r = {.callback = callback, .user = user};
    r.reading.arena = arena;
    r.reading.refusal = &r.refusal;
    omni__buffer_init(&r.reading.scratch, arena->alloc);
    const omni_status st =
        read_content(&r, text, (size_t)(text.data - line.data));
    omni__buffer_free(&r.reading.scratch);
    return st;
}
