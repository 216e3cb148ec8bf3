/*
   The tree is walked from the top to what decided; each part is evaluated by
   itself, which also tells until when it holds.
*/
#include "segments/explain_segment.h"

#include "cel/strings.h"
#include "codec/decimal.h"
#include "codec/json.h"
#include "codec/time.h"
#include "segments/functions.h"

/* What an explanation is written into. */
typedef struct writer {
    const omni__segment *segment;
    omni__evaluation evaluation;
    omni__cel_run run;
    omni__buffer *json;
    omni__buffer *text;
    bool some; /* of the array that is being written */
} writer;

static void
put_instant(omni__buffer *out, int64_t time_us)
{
    char text[OMNI__TIME_TEXT];
    omni__buffer_put(out, text, omni__time_format(time_us, text));
}

/* A bound of an interval, or null. */
static void
put_bound(omni__buffer *out, const char *name, int64_t time_us)
{
    omni__buffer_text(out, name);
    if (time_us == INT64_MIN || time_us == INT64_MAX) {
        omni__buffer_text(out, "null");
    } else {
        omni__buffer_byte(out, '"');
        put_instant(out, time_us);
        omni__buffer_byte(out, '"');
    }
}

static void
put_value(writer *w, omni__cel_value value, omni__buffer *out, unsigned depth);

static void
put_items(writer *w, omni__cel_value value, omni__buffer *out, unsigned depth)
{
    const bool map = value.kind == OMNI__CEL_MAP;
    const size_t count = map ? value.as.map->count : value.size;
    omni__buffer_byte(out, map ? '{' : '[');
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_text(out, i == 0 ? "" : ",");
        if (map) {
            omni__buffer text;
            omni__buffer_init(&text, w->run.arena->alloc);
            omni__cel_put_value(&text, value.as.map->entries[i].key);
            omni__json_write_text(omni__buffer_bytes(&text), out);
            out->failed |= text.failed;
            omni__buffer_free(&text);
            omni__buffer_byte(out, ':');
        }
        put_value(w, map ? value.as.map->entries[i].value : value.as.items[i],
                  out, depth - 1);
    }
    omni__buffer_byte(out, map ? '}' : ']');
}

/* A value as JSON: what JSON has no kind for is text. */
static void
put_value(writer *w, omni__cel_value value, omni__buffer *out, unsigned depth)
{
    omni__buffer text;
    switch (value.kind) {
    case OMNI__CEL_LIST:
    case OMNI__CEL_MAP:
        if (depth != 0) {
            put_items(w, value, out, depth);
            return;
        }
        break;
    case OMNI__CEL_NULL:
    case OMNI__CEL_BOOL:
    case OMNI__CEL_INT:
    case OMNI__CEL_UINT:
    case OMNI__CEL_DECIMAL:
        omni__cel_put_value(out, value);
        return;
    case OMNI__CEL_DOUBLE:
        if (value.as.real - value.as.real == 0) {
            omni__cel_put_value(out, value);
            return;
        }
        break;
    default:
        break;
    }
    omni__buffer_init(&text, w->run.arena->alloc);
    if (omni__cel_is_error(value)) {
        omni__buffer_text(&text, value.as.error->message);
    } else if (depth != 0) {
        omni__cel_put_value(&text, value);
    }
    omni__json_write_text(omni__buffer_bytes(&text), out);
    out->failed |= text.failed;
    omni__buffer_free(&text);
}

/* Evaluate a part; the run then tells how long it holds. */
static omni__cel_value
evaluate(writer *w, const omni__cel_node *node)
{
    w->run.since_us = INT64_MIN;
    w->run.until_us = INT64_MAX;
    w->run.steps = OMNI__SEGMENT_BUDGET;
    return omni__cel_evaluate(&w->run, node);
}

static omni__slice
source_of(const writer *w, const omni__cel_node *node)
{
    const omni__slice text = omni__segment_text(w->segment);
    return omni__slice_of(text.data + node->offset, node->end - node->offset);
}

/* The part's text, its value, and until when it is that. */
static void
put_part(writer *w, const omni__cel_node *node, omni__cel_value value,
         unsigned indent)
{
    const bool error = omni__cel_is_error(value);
    omni__buffer_text(w->json, w->some ? ",{\"clause\":" : "{\"clause\":");
    omni__json_write_text(source_of(w, node), w->json);
    w->some = true;
    if (error) {
        omni__buffer_text(w->json, ",\"error\":");
        put_value(w, value, w->json, 1);
    }
    for (unsigned i = 0; i < indent; ++i) {
        omni__buffer_text(w->text, "  ");
    }
    omni__buffer_slice(w->text, source_of(w, node));
    omni__buffer_text(w->text, error ? ": error: " : " is ");
    if (error) {
        omni__buffer_text(w->text, value.as.error->message);
    } else {
        put_value(w, value, w->text, OMNI__CEL_DEPTH);
    }
    if (w->run.until_us != INT64_MAX) {
        omni__buffer_text(w->text, " until ");
        put_instant(w->text, w->run.until_us);
    }
    omni__buffer_byte(w->text, '\n');
}

/* The rest of what put_part() began, but for its closing brace. */
static void
put_rest(writer *w, omni__cel_value value)
{
    put_bound(w->json, ",\"valid_since\":", w->run.since_us);
    put_bound(w->json, ",\"valid_until\":", w->run.until_us);
    if (!omni__cel_is_error(value)) {
        omni__buffer_text(w->json, ",\"value\":");
        put_value(w, value, w->json, OMNI__CEL_DEPTH);
    }
}

/* Whether a part has a value outside of a macro. */
static bool
is_free(const omni__cel_node *node)
{
    bool is = node->kind != OMNI__CEL_LOCAL;
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    for (unsigned i = 0; i < 3; ++i) {
        is = is && (parts[i] == NULL || is_free(parts[i]));
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        is = is && is_free(node->arguments[i]);
    }
    return is;
}

static void
put_reads(writer *w, const omni__cel_node *node);

static void
put_reads_within(writer *w, const omni__cel_node *node)
{
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    for (unsigned i = 0; i < 3; ++i) {
        if (parts[i] != NULL) {
            put_reads(w, parts[i]);
        }
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        put_reads(w, node->arguments[i]);
    }
}

/* What a part reads of the profile: variables and functions of the host. */
static void
put_reads(writer *w, const omni__cel_node *node)
{
    const bool reads =
        node->kind == OMNI__CEL_GLOBAL ||
        (node->kind == OMNI__CEL_CALL && node->overloads != NULL &&
         !omni__segment_constant(node->overloads) && is_free(node));
    if (reads) {
        const omni__cel_value value = evaluate(w, node);
        put_part(w, node, value, 2);
        put_rest(w, value);
        omni__buffer_byte(w->json, '}');
    } else if (node->kind != OMNI__CEL_LITERAL) {
        put_reads_within(w, node);
    }
}

static void
put_clause(writer *w, const omni__cel_node *node, omni__cel_value value)
{
    put_part(w, node, value, 1);
    const int64_t since_us = w->run.since_us;
    const int64_t until_us = w->run.until_us;
    omni__buffer_text(w->json, ",\"reads\":[");
    w->some = false;
    if (node->kind != OMNI__CEL_GLOBAL) {
        put_reads_within(w, node);
    }
    omni__buffer_byte(w->json, ']');
    w->some = true;
    w->run.since_us = since_us;
    w->run.until_us = until_us;
    put_rest(w, value);
    omni__buffer_byte(w->json, '}');
}

/* The parts that decided the value of a condition. */
static void
put_reasons(writer *w, const omni__cel_node *node)
{
    const omni__cel_value value = evaluate(w, node);
    if (node->kind == OMNI__CEL_NOT) {
        put_reasons(w, node->a);
    } else if (node->kind == OMNI__CEL_CHOICE) {
        const omni__cel_value condition = evaluate(w, node->a);
        put_reasons(w, node->a);
        if (condition.kind == OMNI__CEL_BOOL) {
            put_reasons(w, condition.as.truth ? node->b : node->c);
        }
    } else if (node->kind == OMNI__CEL_AND || node->kind == OMNI__CEL_OR) {
        for (uint32_t i = 0; i < node->count; ++i) {
            const omni__cel_value one = evaluate(w, node->arguments[i]);
            const bool same = value.kind == OMNI__CEL_BOOL
                                  ? omni__cel_is(one, value.as.truth)
                                  : one.kind != OMNI__CEL_BOOL;
            if (same) {
                put_reasons(w, node->arguments[i]);
            }
        }
    } else {
        put_clause(w, node, value);
    }
}

static void
put_head(writer *w, const omni__segment_answer *answer)
{
    static const char *const names[] = {"not member", "member", "error"};
    omni__buffer_byte(w->json, '{');
    omni__buffer_text(w->text, names[answer->membership]);
    if (answer->message != NULL) {
        omni__buffer_text(w->json, "\"error\":{\"begin\":");
        omni__cel_put_value(w->json, omni__cel_int(answer->offset));
        omni__buffer_text(w->json, ",\"end\":");
        omni__cel_put_value(w->json, omni__cel_int(answer->end));
        omni__buffer_text(w->json, ",\"message\":");
        omni__json_write_text(omni__slice_text(answer->message), w->json);
        omni__buffer_text(w->json, "},");
    }
    omni__buffer_text(w->json, "\"membership\":\"");
    omni__buffer_text(w->json, names[answer->membership]);
    put_bound(w->json, "\",\"valid_since\":", answer->since_us);
    put_bound(w->json, ",\"valid_until\":", answer->until_us);
    if (answer->until_us == INT64_MAX) {
        omni__buffer_text(w->text, ", for ever\n");
    } else {
        omni__buffer_text(w->text, " until ");
        put_instant(w->text, answer->until_us);
        omni__buffer_byte(w->text, '\n');
    }
}

omni_status
omni__segment_explain(const omni__segment *segment, omni__subject *subject,
                      int64_t now_us, omni__buffer *json, omni__buffer *text)
{
    omni__segment_answer answer;
    writer w = {.segment = segment,
                .evaluation = {.segment = segment, .subject = subject},
                .run = {.arena = subject->arena, .now_us = now_us},
                .json = json,
                .text = text};
    omni_status status =
        omni__segment_evaluate(segment, subject, now_us, &answer);
    if (status != OMNI_OK) {
        return status;
    }
    put_head(&w, &answer);
    /* Readies the run: its host, variables and slots. */
    w.run.steps = OMNI__SEGMENT_BUDGET;
    (void)omni__evaluation_run(&w.evaluation, &w.run);
    omni__buffer_text(json, ",\"why\":[");
    put_reasons(&w, omni__segment_root(segment));
    omni__buffer_text(json, "]}");
    if (w.evaluation.fault != OMNI_OK) {
        return w.evaluation.fault;
    }
    return json->failed || text->failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
}
