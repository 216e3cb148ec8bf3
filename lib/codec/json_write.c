/* Canonical JSON text: writing it from a tree, and walking over it as text. */
#include "codec/json.h"

/* 0: as it is; else the letter after the backslash. */
static uint8_t
escape_of(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 ? 'u' : 0;
    }
}

static void
put_escaped(uint8_t c, uint8_t escape, omni__buffer *out)
{
    static const char hex[] = "0123456789abcdef";
    omni__buffer_byte(out, '\\');
    omni__buffer_byte(out, escape);
    if (escape == 'u') {
        omni__buffer_text(out, "00");
        omni__buffer_byte(out, (uint8_t)hex[c >> 4]);
        omni__buffer_byte(out, (uint8_t)hex[c & 15]);
    }
}

/* Bytes from the start on that need no escape. */
static size_t
plain_prefix(omni__slice text)
{
    size_t at = 0;
    while (at < text.size && text.data[at] >= 0x20 && text.data[at] != '"' &&
           text.data[at] != '\\') {
        ++at;
    }
    return at;
}

void
omni__json_write_text(omni__slice text, omni__buffer *out)
{
    if (!omni__buffer_reserve(out, text.size + 2)) {
        return;
    }
    out->data[out->size++] = '"';
    while (text.size != 0) {
        const size_t plain = plain_prefix(text);
        omni__buffer_put(out, text.data, plain);
        if (plain == text.size) {
            break;
        }
        const uint8_t c = text.data[plain];
        put_escaped(c, escape_of(c), out);
        text.data += plain + 1;
        text.size -= plain + 1;
    }
    omni__buffer_byte(out, '"');
}

/* Recursion is bounded by OMNI__JSON_DEPTH_MAX: the reader keeps to it. */
static void
write_items(const omni__json *value, omni__buffer *out)
{
    const bool object = value->type == OMNI__JSON_OBJECT;
    omni__buffer_byte(out, object ? '{' : '[');
    for (size_t i = 0; i < value->count; ++i) {
        if (i != 0) {
            omni__buffer_byte(out, ',');
        }
        if (object) {
            omni__json_write_text(value->items[i].key, out);
            omni__buffer_byte(out, ':');
        }
        omni__json_write(&value->items[i], out);
    }
    omni__buffer_byte(out, object ? '}' : ']');
}

void
omni__json_write(const omni__json *value, omni__buffer *out)
{
    switch (value->type) {
    case OMNI__JSON_NULL:
        omni__buffer_text(out, "null");
        break;
    case OMNI__JSON_FALSE:
        omni__buffer_text(out, "false");
        break;
    case OMNI__JSON_TRUE:
        omni__buffer_text(out, "true");
        break;
    case OMNI__JSON_NUMBER:
        omni__buffer_slice(out, value->text);
        break;
    case OMNI__JSON_STRING:
        omni__json_write_text(value->text, out);
        break;
    case OMNI__JSON_ARRAY:
    case OMNI__JSON_OBJECT:
        write_items(value, out);
        break;
    }
}

/* Past the string that begins at `at` with its quote; 0 if it has no end. */
static size_t
skip_string(omni__slice text, size_t at)
{
    for (++at; at < text.size; ++at) {
        if (text.data[at] == '"') {
            return at + 1;
        }
        if (text.data[at] == '\\') {
            ++at;
        }
    }
    return 0;
}

/* Past the array or object at `at`; 0 if it has no end. */
static size_t
skip_items(omni__slice text, size_t at)
{
    size_t depth = 0;
    while (at < text.size) {
        const uint8_t c = text.data[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (at == 0) {
                return 0;
            }
            continue;
        }
        ++at;
        if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return 0;
}

static size_t
skip_word(omni__slice text, size_t at)
{
    while (at < text.size) {
        const uint8_t c = text.data[at];
        const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          c == '-' || c == '+' || c == '.';
        if (!word) {
            break;
        }
        ++at;
    }
    return at;
}

/* Past the value at `at`; 0 if there is none. */
static size_t
skip_value(omni__slice text, size_t at)
{
    if (at >= text.size) {
        return 0;
    }
    const uint8_t c = text.data[at];
    if (c == '"') {
        return skip_string(text, at);
    }
    if (c == '{' || c == '[') {
        return skip_items(text, at);
    }
    const size_t end = skip_word(text, at);
    return end != at ? end : 0;
}

/* Where the next item begins; 0 at the end. */
static size_t
next_item(omni__slice text, size_t at)
{
    if (text.size < 2 || at >= text.size) {
        return 0;
    }
    const uint8_t c = text.data[at];
    const uint8_t close = text.data[0] == '{' ? '}' : ']';
    if (at == 0 ? c != '{' && c != '[' : c != ',') {
        return 0;
    }
    return at == 0 && text.data[1] == close ? 0 : at + 1;
}

bool
omni__json_each(omni__slice canonical, size_t *at, omni__slice *key,
                omni__slice *value)
{
    size_t start = next_item(canonical, *at);
    if (start == 0) {
        return false;
    }
    omni__slice name = {NULL, 0};
    if (canonical.data[0] == '{') {
        const size_t end =
            start < canonical.size && canonical.data[start] == '"'
                ? skip_string(canonical, start)
                : 0;
        if (end == 0 || end >= canonical.size || canonical.data[end] != ':') {
            return false;
        }
        name = omni__slice_of(canonical.data + start + 1, end - start - 2);
        start = end + 1;
    }
    const size_t end = skip_value(canonical, start);
    if (end == 0 || end >= canonical.size) {
        return false;
    }
    *key = name;
    *value = omni__slice_of(canonical.data + start, end - start);
    *at = end;
    return true;
}

bool
omni__json_member(omni__slice canonical, const char *key, omni__slice *value)
{
    const omni__slice wanted = omni__slice_text(key);
    omni__slice name = {NULL, 0};
    omni__slice found = {NULL, 0};
    size_t at = 0;
    if (canonical.size == 0 || canonical.data[0] != '{') {
        return false;
    }
    while (omni__json_each(canonical, &at, &name, &found)) {
        if (omni__slice_equal(name, wanted)) {
            *value = found;
            return true;
        }
    }
    return false;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character of the escape at `at` (after its backslash); 0: none. */
static uint8_t
unescape_one(omni__slice body, size_t at, size_t *size)
{
    static const char letters[] = "\"\\bfnrt";
    static const char meant[] = "\"\\\b\f\n\r\t";
    const uint8_t c = at < body.size ? body.data[at] : 0;
    const char *letter = c != 0 ? strchr(letters, c) : NULL;
    *size = 1;
    if (letter != NULL) {
        return (uint8_t)meant[letter - letters];
    }
    if (c != 'u' || body.size - at < 5 || body.data[at + 1] != '0' ||
        body.data[at + 2] != '0') {
        return 0;
    }
    const int high = hex_digit(body.data[at + 3]);
    const int low = hex_digit(body.data[at + 4]);
    *size = 5;
    return high == 0 || high == 1 ? (uint8_t)(low >= 0 ? high * 16 + low : 0)
                                  : 0;
}

bool
omni__json_unescape(omni__slice string, omni__buffer *out)
{
    const size_t before = out->size;
    if (string.size < 2 || string.data[0] != '"' ||
        string.data[string.size - 1] != '"') {
        return false;
    }
    const omni__slice body = omni__slice_of(string.data + 1, string.size - 2);
    size_t at = 0;
    while (at < body.size) {
        const uint8_t *escape = memchr(body.data + at, '\\', body.size - at);
        const size_t run =
            escape != NULL ? (size_t)(escape - body.data) - at : body.size - at;
        omni__buffer_put(out, body.data + at, run);
        at += run;
        if (escape == NULL) {
            break;
        }
        size_t size = 0;
        const uint8_t c = unescape_one(body, at + 1, &size);
        if (c == 0) {
            out->size = before;
            return false;
        }
        omni__buffer_byte(out, c);
        at += 1 + size;
    }
    return !out->failed;
}
