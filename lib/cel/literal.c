/* Literals: numbers with their ranges, text and bytes with their escapes
   (langdef.md, "String and Bytes Values"). */
#include "cel/literal.h"

#include "cel/number.h"
#include "codec/text.h"

const char omni__cel_no_memory[] = "out of memory";

static bool
parse_natural(omni__slice text, uint64_t *out)
{
    const bool hex =
        text.size > 2 && (text.data[1] == 'x' || text.data[1] == 'X');
    const uint64_t base = hex ? 16 : 10;
    uint64_t value = 0;
    for (size_t i = hex ? 2 : 0; i < text.size; ++i) {
        const uint8_t c = text.data[i];
        const uint64_t digit = c <= '9'   ? (uint64_t)(c - '0')
                               : c >= 'a' ? (uint64_t)(c - 'a' + 10)
                                          : (uint64_t)(c - 'A' + 10);
        if (value > (UINT64_MAX - digit) / base) {
            return false;
        }
        value = value * base + digit;
    }
    *out = value;
    return true;
}

static const char *
number(const omni__cel_token *token, bool negative, omni__cel_value *out)
{
    uint64_t natural = 0;
    if (token->kind == OMNI__CEL_TOKEN_DOUBLE) {
        double real;
        if (!omni__cel_double_parse(token->text, &real)) {
            return "not a number";
        }
        *out = omni__cel_double(negative ? -real : real);
        return NULL;
    }
    if (!parse_natural(token->text, &natural)) {
        return "more than 64 bits hold";
    }
    if (token->kind == OMNI__CEL_TOKEN_UINT) {
        *out = omni__cel_uint(natural);
        return NULL;
    }
    const uint64_t most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (natural > most) {
        return "more than an int holds";
    }
    *out = omni__cel_int(negative ? (int64_t)(UINT64_C(0) - natural)
                                  : (int64_t)natural);
    return NULL;
}

/* A literal that is being read. */
typedef struct reader {
    omni__slice text; /* between the quotes */
    size_t at;
    bool bytes;
    omni__buffer out;
} reader;

static bool
digits(reader *r, unsigned count, unsigned base, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++r->at) {
        const int c = r->at < r->text.size ? r->text.data[r->at] : -1;
        unsigned digit = 99;
        if (c >= '0' && c <= '9') {
            digit = (unsigned)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (unsigned)(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            digit = (unsigned)(c - 'A' + 10);
        }
        if (digit >= base) {
            return false;
        }
        value = value * base + digit;
    }
    *out = value;
    return true;
}

static const char *
put(reader *r, uint32_t code)
{
    if (r->bytes) {
        omni__buffer_byte(&r->out, (uint8_t)code);
        return NULL;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return "no Unicode code point";
    }
    omni__cel_put_code(&r->out, code);
    return NULL;
}

/* A number of digits behind `\x`, `\u`, `\U`, or an octal one. */
static const char *
coded(reader *r, int letter)
{
    uint32_t code = 0;
    bool sound = false;
    if (letter == 'x' || letter == 'X') {
        sound = digits(r, 2, 16, &code);
    } else if (letter == 'u') {
        sound = !r->bytes && digits(r, 4, 16, &code);
    } else if (letter == 'U') {
        sound = !r->bytes && digits(r, 8, 16, &code);
    } else if (letter >= '0' && letter <= '3') {
        --r->at;
        sound = digits(r, 3, 8, &code);
    }
    return sound ? put(r, code) : "no such escape";
}

static const char *
escape(reader *r)
{
    static const char from[] = "abfnrtv\\?\"'`";
    static const char to[] = "\a\b\f\n\r\t\v\\?\"'`";
    if (r->at >= r->text.size) {
        return "no such escape";
    }
    const int letter = r->text.data[r->at++];
    const char *plain = letter != 0 ? strchr(from, letter) : NULL;
    if (plain != NULL) {
        omni__buffer_byte(&r->out, (uint8_t)to[plain - from]);
        return NULL;
    }
    return coded(r, letter);
}

static const char *
unescape(reader *r)
{
    while (r->at < r->text.size) {
        const uint8_t c = r->text.data[r->at++];
        const char *why = NULL;
        if (c == '\\') {
            const size_t start = r->at - 1;
            why = escape(r);
            r->at = why != NULL ? start : r->at;
        } else {
            omni__buffer_byte(&r->out, c);
        }
        if (why != NULL) {
            return why;
        }
    }
    return r->out.failed ? omni__cel_no_memory : NULL;
}

/* Line ends in text are newlines, however the file has them. */
static omni__slice
between_quotes(const omni__cel_token *token, bool *raw, size_t *prefix)
{
    size_t i = 0;
    *raw = false;
    while (token->text.data[i] != '"' && token->text.data[i] != '\'') {
        *raw = *raw || token->text.data[i] == 'r' || token->text.data[i] == 'R';
        ++i;
    }
    const uint8_t *quote = token->text.data + i;
    const size_t size = token->text.size - i;
    const size_t marks =
        size >= 6 && quote[1] == quote[0] && quote[2] == quote[0] ? 3 : 1;
    *prefix = i + marks;
    return omni__slice_of(quote + marks, size - 2 * marks);
}

static const char *
text(const omni__cel_token *token, omni__arena *arena, omni__cel_value *out,
     size_t *at)
{
    bool raw;
    size_t prefix;
    reader r = {.bytes = token->kind == OMNI__CEL_TOKEN_BYTES};
    const char *why = NULL;
    r.text = between_quotes(token, &raw, &prefix);
    omni__buffer_init(&r.out, arena->alloc);
    if (raw) {
        omni__buffer_slice(&r.out, r.text);
    } else {
        why = unescape(&r);
    }
    const omni__slice copy =
        omni__arena_copy(arena, omni__buffer_bytes(&r.out));
    if (why == NULL &&
        (r.out.failed || (copy.data == NULL && r.out.size != 0))) {
        why = omni__cel_no_memory;
    }
    if (why == NULL && !r.bytes && !omni__text_valid(copy)) {
        why = "this text is not UTF-8";
    }
    *at = prefix + r.at;
    *out = r.bytes ? omni__cel_bytes(copy) : omni__cel_text(copy);
    omni__buffer_free(&r.out);
    return why;
}

const char *
omni__cel_literal(const omni__cel_token *token, bool negative,
                  omni__arena *arena, omni__cel_value *out, size_t *at)
{
    *at = 0;
    if (token->kind == OMNI__CEL_TOKEN_STRING ||
        token->kind == OMNI__CEL_TOKEN_BYTES) {
        return text(token, arena, out, at);
    }
    return number(token, negative, out);
}
