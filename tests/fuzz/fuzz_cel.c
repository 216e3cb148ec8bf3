/*
   Arbitrary bytes as an expression of CEL, and as a regular expression. Beyond
   not crashing: an answer is JSON, work is bounded, and what an expression
   gives it gives again.
*/
#include "codec/json.h"
#include "omni/cel.h"
#include "platform/hooks.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
put_member(omni__buffer *out, const char *name, const uint8_t *data,
           size_t size)
{
    omni__buffer_text(out, name);
    omni__json_write_text(omni__slice_of(data, size), out);
}

/* Bytes above 0x7f become two, so that the request stays UTF-8. */
static void
put_request(omni__buffer *out, const uint8_t *data, size_t size)
{
    static const char bindings[] =
        ",\"bindings\":{\"n\":{\"int64Value\":\"3\"},\"s\":{\"stringValue\":"
        "\"a b\"},\"l\":{\"listValue\":{\"values\":[{\"doubleValue\":1.5},"
        "{\"nullValue\":null}]}},\"m\":{\"mapValue\":{\"entries\":[{\"key\":"
        "{\"stringValue\":\"k\"},\"value\":{\"boolValue\":true}}]}}}}";
    uint8_t text[2 * 4096];
    size_t used = 0;
    for (size_t i = 0; i < size && used + 2 < sizeof(text); ++i) {
        if (data[i] >= 0x80) {
            text[used++] = (uint8_t)(0xc0 | data[i] >> 6);
            text[used++] = (uint8_t)(0x80 | (data[i] & 0x3f));
        } else if (data[i] != 0) {
            text[used++] = data[i];
        }
    }
    if (size % 2 == 0) {
        put_member(out, "{\"expr\":", text, used);
        omni__buffer_text(out, bindings);
    } else {
        omni__buffer_text(out, "{\"expr\":\"'aab bc'.matches(p)\",");
        put_member(out, "\"bindings\":{\"p\":{\"stringValue\":", text, used);
        omni__buffer_text(out, "}}}");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static omni_cel *cel;
    static omni__hooks hooks;
    omni__json_fault fault;
    omni__arena arena;
    omni__buffer request;
    omni__buffer first;
    omni_text out;
    if (cel == NULL) {
        require(omni_cel_new(NULL, &cel, NULL) == OMNI_OK);
        require(omni__hooks_init(&hooks, NULL) == OMNI_OK);
    }
    omni__arena_init(&arena, &hooks.alloc);
    omni__buffer_init(&request, &hooks.alloc);
    omni__buffer_init(&first, &hooks.alloc);
    put_request(&request, data, size < 4096 ? size : 4096);
    require(omni_cel_eval_json(cel, (const char *)request.data, request.size,
                               &out) == OMNI_OK);
    omni__buffer_put(&first, out.bytes, out.size);
    const omni__json_rules rules = {.depth = OMNI__JSON_DEPTH_MAX, .nul = true};
    require(omni__json_parse_within(omni__buffer_bytes(&first), rules, &arena,
                                    &fault) != NULL ||
            fault.limit);
    require(omni_cel_eval_json(cel, (const char *)request.data, request.size,
                               &out) == OMNI_OK);
    require(omni__slice_equal(omni__buffer_bytes(&first),
                              omni__slice_of(out.bytes, out.size)));
    omni__buffer_free(&request);
    omni__buffer_free(&first);
    omni__arena_free(&arena);
    return 0;
}
