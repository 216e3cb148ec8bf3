/* What is read here was written by the library: its shape is relied on. */
#include "json_scan.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void
bytes_add(bytes *bytes, omni_text text)
{
    if (bytes->failed || text.size == 0) {
        return;
    }
    if (bytes->capacity - bytes->size < text.size) {
        const size_t capacity = 2 * (bytes->size + text.size) + 256;
        char *data = realloc(bytes->data, capacity);
        if (data == NULL) {
            bytes->failed = true;
            return;
        }
        bytes->data = data;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->size, text.bytes, text.size);
    bytes->size += text.size;
}

void
bytes_free(bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

/* Bytes of a string from its opening quote to its closing one. */
static size_t
string_size(omni_text at)
{
    size_t size = 1;
    while (size < at.size && at.bytes[size] != '"') {
        size += at.bytes[size] == '\\' ? 2 : 1;
    }
    return size < at.size ? size + 1 : at.size;
}

/* Bytes of the value at the start of a text. */
static size_t
value_size(omni_text at)
{
    size_t size = 0;
    size_t depth = 0;
    while (size < at.size) {
        const char c = at.bytes[size];
        if (c == '"') {
            size += string_size(
                (omni_text){.bytes = at.bytes + size, .size = at.size - size});
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            break;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        ++size;
    }
    return size;
}

static omni_text
cut(omni_text *from, size_t size)
{
    const size_t taken = size < from->size ? size : from->size;
    const omni_text part = {.bytes = from->bytes, .size = taken};
    from->bytes += taken;
    from->size -= taken;
    return part;
}

bool
json_member(omni_text *object, omni_text *key, omni_text *value)
{
    cut(object, 1); /* the brace, or the comma after the last member */
    if (object->size == 0 || object->bytes[0] != '"') {
        return false;
    }
    const omni_text quoted = cut(object, string_size(*object));
    *key = (omni_text){.bytes = quoted.bytes + 1, .size = quoted.size - 2};
    cut(object, 1);
    *value = cut(object, value_size(*object));
    return true;
}

static void
add_byte(bytes *out, char c)
{
    bytes_add(out, (omni_text){.bytes = &c, .size = 1});
}

/* What stands behind a backslash; canonical JSON writes \u only for control
   characters. Returns how many bytes it took. */
static size_t
unescape_one(omni_text rest, bytes *out)
{
    static const char letters[] = "btnfr";
    static const char meant[] = "\b\t\n\f\r";
    const char *letter = strchr(letters, rest.bytes[0]);
    if (rest.bytes[0] == 'u' && rest.size >= 5) {
        char digits[5] = {0};
        memcpy(digits, rest.bytes + 1, 4);
        add_byte(out, (char)strtoul(digits, NULL, 16));
        return 5;
    }
    add_byte(out, letter != NULL ? meant[letter - letters] : rest.bytes[0]);
    return 1;
}

void
json_unescape(omni_text string, bytes *out)
{
    while (string.size != 0) {
        const char *slash = memchr(string.bytes, '\\', string.size);
        const size_t plain =
            slash != NULL ? (size_t)(slash - string.bytes) : string.size;
        bytes_add(out, cut(&string, plain));
        if (string.size > 1) {
            cut(&string, 1);
            cut(&string, unescape_one(string, out));
        } else {
            string.size = 0;
        }
    }
}

void
json_plain(omni_text value, bytes *out)
{
    if (value.size >= 2 && value.bytes[0] == '"') {
        json_unescape(
            (omni_text){.bytes = value.bytes + 1, .size = value.size - 2}, out);
    } else if (value.size != 4 || memcmp(value.bytes, "null", 4) != 0) {
        bytes_add(out, value);
    }
}
