/*
   The strict JSON reader, over yajl. What yajl lets through is caught here:
   bytes that are not UTF-8, NUL, lone surrogates and vertical white space by a
   look at the raw bytes; depth and duplicate keys as the tree is built. yajl
   does not survive a failed allocation, so it works in memory that is set
   aside beforehand.
*/
#include "codec/json.h"

#include "codec/decimal.h"
#include "codec/text.h"
#include "omni/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <yajl/yajl_parse.h>

#define SMALL_BYTES 4096u /* all of yajl's blocks but its text buffers */
#define TEXT_BYTES 2048u  /* its text buffers begin with this many */
#define TEXT_BUFFERS 2    /* strings with escapes; a token cut at the end */
#define FIRST_NODES 32

/* Where yajl allocates: nothing is freed, and text buffers grow in place. */
typedef struct workspace {
    uint8_t *at;
    uint8_t *end;
    size_t text_room;
} workspace;

/* An array or object that is still open. */
typedef struct frame {
    omni__json_type type;
    omni__slice key;
    size_t first; /* its first item on the stack of nodes */
    size_t start; /* in the bytes */
    uint32_t height;
} frame;

typedef struct reader {
    omni__slice bytes;
    omni__arena *arena;
    omni__json_fault *fault;
    yajl_handle yajl;
    workspace space;
    omni__json *nodes; /* finished values whose container is open */
    size_t node_count;
    size_t node_capacity;
    omni__slice key; /* of the value to come */
    size_t end;      /* of the value that is all */
    omni__json_rules rules;
    uint32_t depth;
    frame frames[OMNI__JSON_DEPTH_MAX];
} reader;

static bool
fail(reader *r, size_t offset, const char *message)
{
    r->fault->offset = offset;
    char *to = r->fault->message;
    snprintf(to, sizeof(r->fault->message), "%s", message);
    for (; *to != '\0'; ++to) {
        *to = (unsigned char)*to < 0x20 ? ' ' : *to; /* one line */
    }
    return false;
}

static bool
fail_limit(reader *r, const char *message)
{
    r->fault->limit = true;
    return fail(r, yajl_get_bytes_consumed(r->yajl), message);
}

static bool
fail_memory(reader *r)
{
    r->fault->memory = true;
    return fail(r, 0, "out of memory");
}

static void *
space_take(void *context, size_t size)
{
    workspace *space = context;
    const size_t wanted = size >= TEXT_BYTES ? space->text_room : size;
    const size_t room = (wanted + 15) & ~(size_t)15;
    assert((size_t)(space->end - space->at) >= room);
    void *block = space->at;
    space->at += room;
    return block;
}

static void *
space_resize(void *context, void *block, size_t size)
{
    assert(size <= ((workspace *)context)->text_room);
    return block != NULL ? block : space_take(context, size);
}

static void
space_free(void *context, void *block)
{
    (void)context;
    (void)block;
}

/* A text buffer holds at most all bytes and doubles: twice that and a bit. */
static bool
space_init(reader *r)
{
    if (r->bytes.size > SIZE_MAX / 8) {
        return fail_memory(r);
    }
    r->space.text_room = 2 * r->bytes.size + 2 * TEXT_BYTES;
    const size_t size = SMALL_BYTES + TEXT_BUFFERS * (r->space.text_room + 16);
    r->space.at = omni__arena_get(r->arena, size);
    if (r->space.at == NULL) {
        return fail_memory(r);
    }
    r->space.end = r->space.at + size;
    return true;
}

/* The value of four hex digits, or -1. */
static int
hex4(const uint8_t *at, size_t left)
{
    int value = 0;
    if (left < 4) {
        return -1;
    }
    for (int i = 0; i < 4; ++i) {
        const int c = at[i];
        const int letter = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value * 16 + c - '0';
        } else if (letter >= 'a' && letter <= 'f') {
            value = value * 16 + letter - 'a' + 10;
        } else {
            return -1;
        }
    }
    return value;
}

/* An escape at `at` (just after its \u); returns its end, or 0. */
static size_t
check_unicode(reader *r, size_t at)
{
    const uint8_t *data = r->bytes.data;
    const size_t size = r->bytes.size;
    const int unit = hex4(data + at, size - at);
    if (unit < 0 || (unit == 0 && !r->rules.nul)) {
        fail(r, at, unit == 0 ? "NUL in a string" : "bad \\u escape");
        return 0;
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        return at + 4;
    }
    const bool pair = unit < 0xdc00 && size - at >= 10 &&
                      data[at + 4] == '\\' && data[at + 5] == 'u';
    const int low = pair ? hex4(data + at + 6, size - at - 6) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        fail(r, at, "lone surrogate");
        return 0;
    }
    return at + 10;
}

static bool
check_escapes(reader *r)
{
    const uint8_t *data = r->bytes.data;
    const size_t size = r->bytes.size;
    size_t at = 0;
    for (;;) {
        const uint8_t *found = memchr(data + at, '\\', size - at);
        if (found == NULL) {
            return true;
        }
        at = (size_t)(found - data) + 2;
        if (at > size) {
            return true; /* ends in a backslash: yajl sees it */
        }
        if (data[at - 1] == 'u') {
            at = check_unicode(r, at);
            if (at == 0) {
                return false;
            }
        }
    }
}

static bool
check_bytes(reader *r)
{
    const size_t size = r->bytes.size;
    if (size == 0) {
        return fail(r, 0, "nothing to read");
    }
    const size_t valid = omni__text_valid_prefix(r->bytes);
    if (valid != size) {
        return fail(r, valid, "not UTF-8");
    }
    const uint8_t *space = memchr(r->bytes.data, '\v', size);
    if (space == NULL) {
        space = memchr(r->bytes.data, '\f', size);
    }
    if (space != NULL) {
        return fail(r, (size_t)(space - r->bytes.data), "control character");
    }
    return check_escapes(r);
}

/* What yajl hands over, borrowed if it lies in the bytes themselves. */
static bool
keep(reader *r, const unsigned char *text, size_t size, omni__slice *out)
{
    const uintptr_t at = (uintptr_t)text;
    const uintptr_t start = (uintptr_t)r->bytes.data;
    if (at >= start && at - start < r->bytes.size) {
        *out = omni__slice_of(text, size);
        return true;
    }
    if (size == 0) {
        *out = omni__slice_of("", 0);
        return true;
    }
    *out = omni__arena_copy(r->arena, omni__slice_of(text, size));
    return out->data != NULL || fail_memory(r);
}

static bool
more_nodes(reader *r)
{
    const size_t capacity =
        r->node_capacity != 0 ? r->node_capacity * 2 : FIRST_NODES;
    omni__json *nodes = omni__arena_get(r->arena, capacity * sizeof(*nodes));
    if (nodes == NULL) {
        return fail_memory(r);
    }
    if (r->node_count != 0) {
        memcpy(nodes, r->nodes, r->node_count * sizeof(*nodes));
    }
    r->nodes = nodes;
    r->node_capacity = capacity;
    return true;
}

static omni__json *
push(reader *r, omni__json_type type, omni__slice text)
{
    if (r->node_count == r->node_capacity && !more_nodes(r)) {
        return NULL;
    }
    if (r->depth == 0) {
        r->end = yajl_get_bytes_consumed(r->yajl);
    }
    omni__json *node = &r->nodes[r->node_count++];
    node->type = type;
    node->height = 0;
    node->text = text;
    node->key = r->key;
    node->items = NULL;
    node->count = 0;
    return node;
}

static int
on_null(void *context)
{
    reader *r = context;
    return push(r, OMNI__JSON_NULL, omni__slice_of(NULL, 0)) != NULL;
}

static int
on_boolean(void *context, int value)
{
    reader *r = context;
    return push(r, value != 0 ? OMNI__JSON_TRUE : OMNI__JSON_FALSE,
                omni__slice_of(NULL, 0)) != NULL;
}

static int
on_number(void *context, const char *text, size_t size)
{
    reader *r = context;
    const omni__slice number = omni__slice_of(text, size);
    omni__slice kept = {NULL, 0};
    if (omni__decimal_is_plain(number)) {
        return keep(r, number.data, size, &kept) &&
               push(r, OMNI__JSON_NUMBER, kept) != NULL;
    }
    uint8_t *out = omni__arena_get(r->arena, size + OMNI__DECIMAL_ROOM);
    if (out == NULL) {
        return fail_memory(r);
    }
    kept = omni__slice_of(out, omni__decimal_write(number, out));
    if (kept.size == 0) {
        return fail_limit(r, "number out of range");
    }
    return push(r, OMNI__JSON_NUMBER, kept) != NULL;
}

static int
on_string(void *context, const unsigned char *text, size_t size)
{
    reader *r = context;
    omni__slice kept = {NULL, 0};
    return keep(r, text, size, &kept) &&
           push(r, OMNI__JSON_STRING, kept) != NULL;
}

static int
on_key(void *context, const unsigned char *text, size_t size)
{
    reader *r = context;
    return keep(r, text, size, &r->key);
}

static int
open_frame(reader *r, omni__json_type type)
{
    if (r->depth == r->rules.depth) {
        char message[64];
        snprintf(message, sizeof(message), "more than %" PRIu32 " levels",
                 r->rules.depth);
        return fail_limit(r, message);
    }
    r->frames[r->depth++] = (frame){
        .type = type,
        .key = r->key,
        .first = r->node_count,
        .start = yajl_get_bytes_consumed(r->yajl) - 1,
    };
    r->key = omni__slice_of(NULL, 0);
    return 1;
}

static int
on_object(void *context)
{
    return open_frame(context, OMNI__JSON_OBJECT);
}

static int
on_array(void *context)
{
    return open_frame(context, OMNI__JSON_ARRAY);
}

static bool
before(const omni__json *a, const omni__json *b)
{
    return omni__slice_compare(a->key, b->key) < 0;
}

static void
sink(omni__json *items, size_t root, size_t count)
{
    const omni__json moving = items[root];
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && before(&items[child], &items[child + 1])) {
            ++child;
        }
        if (!before(&moving, &items[child])) {
            break;
        }
        items[root] = items[child];
        root = child;
    }
    items[root] = moving;
}

static void
heap_sort(omni__json *items, size_t count)
{
    for (size_t i = count / 2; i > 0; --i) {
        sink(items, i - 1, count);
    }
    for (size_t end = count; end > 1; --end) {
        const omni__json largest = items[0];
        items[0] = items[end - 1];
        items[end - 1] = largest;
        sink(items, 0, end - 1);
    }
}

static void
sort_by_key(omni__json *items, size_t count)
{
    if (count > 24) {
        heap_sort(items, count);
        return;
    }
    for (size_t i = 1; i < count; ++i) {
        if (!before(&items[i], &items[i - 1])) {
            continue;
        }
        const omni__json moving = items[i];
        size_t at = i;
        while (at > 0 && before(&moving, &items[at - 1])) {
            items[at] = items[at - 1];
            --at;
        }
        items[at] = moving;
    }
}

static bool
check_keys(reader *r, const omni__json *items, size_t count)
{
    for (size_t i = 1; i < count; ++i) {
        if (omni__slice_equal(items[i - 1].key, items[i].key)) {
            char message[sizeof(r->fault->message)];
            const omni__slice key = omni__text_cut(items[i].key, 64);
            snprintf(message, sizeof(message), "duplicate key \"%.*s\"",
                     (int)key.size, (const char *)key.data);
            return fail(r, yajl_get_bytes_consumed(r->yajl), message);
        }
    }
    return true;
}

/* The items of the innermost frame become an array of their own. */
static int
close_frame(void *context)
{
    reader *r = context;
    const frame *open = &r->frames[--r->depth];
    const size_t count = r->node_count - open->first;
    omni__json *items = NULL;
    if (count != 0) {
        items = omni__arena_get(r->arena, count * sizeof(*items));
        if (items == NULL) {
            return fail_memory(r);
        }
        memcpy(items, r->nodes + open->first, count * sizeof(*items));
    }
    if (open->type == OMNI__JSON_OBJECT) {
        sort_by_key(items, count);
        if (!check_keys(r, items, count)) {
            return 0;
        }
    }
    uint32_t height = 0;
    for (size_t i = 0; i < count; ++i) {
        height = items[i].height > height ? items[i].height : height;
    }
    r->node_count = open->first;
    r->key = open->key;
    const size_t end = yajl_get_bytes_consumed(r->yajl);
    omni__json *node =
        push(r, open->type,
             omni__slice_of(r->bytes.data + open->start, end - open->start));
    if (node == NULL) {
        return 0;
    }
    node->height = height + 1;
    node->items = items;
    node->count = count;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = close_frame,
    .yajl_start_array = on_array,
    .yajl_end_array = close_frame,
};

/* yajl's own words for what it saw. */
static void
take_error(reader *r, size_t offset)
{
    char *text = (char *)yajl_get_error(r->yajl, 0, NULL, 0);
    text[strcspn(text, "\n")] = '\0';
    fail(r, offset, text);
}

/* yajl takes a token that is cut off for the end of the text. */
static bool
check_rest(reader *r)
{
    for (size_t i = r->end; i < r->bytes.size; ++i) {
        const uint8_t c = r->bytes.data[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return fail(r, i, "trailing garbage");
        }
    }
    return true;
}

static bool
run(reader *r)
{
    const yajl_status status =
        yajl_parse(r->yajl, r->bytes.data, r->bytes.size);
    if (status == yajl_status_error) {
        take_error(r, yajl_get_bytes_consumed(r->yajl));
    }
    if (status != yajl_status_ok) {
        return false;
    }
    if (r->node_count == 1 && r->depth == 0) {
        return check_rest(r);
    }
    /* A number that ends with the text ends only now, or nothing does. */
    const yajl_status end = yajl_complete_parse(r->yajl);
    if (end == yajl_status_error) {
        take_error(r, r->bytes.size);
    }
    return end == yajl_status_ok && r->node_count == 1 && r->depth == 0;
}

const omni__json *
omni__json_parse_within(omni__slice bytes, omni__json_rules rules,
                        omni__arena *arena, omni__json_fault *fault)
{
    *fault = (omni__json_fault){.offset = 0};
    reader r;
    r.bytes = bytes;
    r.arena = arena;
    r.fault = fault;
    r.yajl = NULL;
    r.node_count = 0;
    r.node_capacity = 0;
    r.key = omni__slice_of(NULL, 0);
    r.end = 0;
    r.rules = rules;
    if (r.rules.depth > OMNI__JSON_DEPTH_MAX) {
        r.rules.depth = OMNI__JSON_DEPTH_MAX;
    }
    r.depth = 0;
    if (!check_bytes(&r) || !space_init(&r)) {
        return NULL;
    }
    yajl_alloc_funcs funcs = {.malloc = space_take,
                              .realloc = space_resize,
                              .free = space_free,
                              .ctx = &r.space};
    r.yajl = yajl_alloc(&callbacks, &funcs, &r);
    yajl_config(r.yajl, yajl_dont_validate_strings, 1);
    const bool done = run(&r);
    yajl_free(r.yajl);
    return done ? r.nodes : NULL;
}

const omni__json *
omni__json_parse(omni__slice bytes, omni__arena *arena, omni__json_fault *fault)
{
    const omni__json_rules rules = {.depth = OMNI_LIMIT_JSON_DEPTH};
    return omni__json_parse_within(bytes, rules, arena, fault);
}

const omni__json *
omni__json_get(const omni__json *object, const char *key)
{
    if (object == NULL || object->type != OMNI__JSON_OBJECT) {
        return NULL;
    }
    const omni__slice wanted = omni__slice_text(key);
    for (size_t i = 0; i < object->count; ++i) {
        if (omni__slice_equal(object->items[i].key, wanted)) {
            return &object->items[i];
        }
    }
    return NULL;
}
