/* The lexer: white space and comments are skipped, a token is the longest
   piece of text that is one (langdef.md, "Syntax"). */
#include "cel/token.h"

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool
is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int
at(omni__slice source, size_t i)
{
    return i < source.size ? source.data[i] : -1;
}

static size_t
skip_blank(omni__slice source, size_t i)
{
    for (;;) {
        const int c = at(source, i);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            ++i;
        } else if (c == '/' && at(source, i + 1) == '/') {
            while (i < source.size && source.data[i] != '\n') {
                ++i;
            }
        } else {
            return i;
        }
    }
}

static omni__cel_token
token_of(omni__slice source, omni__cel_token_kind kind, size_t from, size_t to)
{
    return (omni__cel_token){.kind = kind,
                             .offset = (uint32_t)from,
                             .text =
                                 omni__slice_of(source.data + from, to - from)};
}

static omni__cel_token
bad(omni__slice source, size_t from, size_t to, const char *why)
{
    omni__cel_token token = token_of(source, OMNI__CEL_TOKEN_BAD, from, to);
    token.why = why;
    return token;
}

static size_t
skip_digits(omni__slice source, size_t i)
{
    while (is_digit(at(source, i))) {
        ++i;
    }
    return i;
}

/* Behind an exponent at `i`, or `i` if there is none. */
static size_t
skip_exponent(omni__slice source, size_t i)
{
    const int c = at(source, i);
    if (c != 'e' && c != 'E') {
        return i;
    }
    size_t digits = i + 1;
    if (at(source, digits) == '+' || at(source, digits) == '-') {
        ++digits;
    }
    return is_digit(at(source, digits)) ? skip_digits(source, digits) : i;
}

static omni__cel_token
number(omni__slice source, size_t from, size_t *end)
{
    omni__cel_token_kind kind = OMNI__CEL_TOKEN_INT;
    size_t i = from;
    if (at(source, i) == '0' &&
        (at(source, i + 1) == 'x' || at(source, i + 1) == 'X') &&
        is_hex(at(source, i + 2))) {
        i += 2;
        while (is_hex(at(source, i))) {
            ++i;
        }
    } else {
        i = skip_digits(source, i);
        if (at(source, i) == '.' && is_digit(at(source, i + 1))) {
            kind = OMNI__CEL_TOKEN_DOUBLE;
            i = skip_digits(source, i + 1);
        }
        const size_t behind = skip_exponent(source, i);
        if (behind != i) {
            kind = OMNI__CEL_TOKEN_DOUBLE;
            i = behind;
        }
    }
    *end = i;
    const omni__cel_token token = token_of(source, kind, from, i);
    const int c = at(source, i);
    if (kind == OMNI__CEL_TOKEN_INT && (c == 'u' || c == 'U')) {
        *end = i + 1;
        return token_of(source, OMNI__CEL_TOKEN_UINT, from, i);
    }
    return token;
}

/* A literal whose quotes begin at `quote`; its prefix at `from`. */
static omni__cel_token
quoted(omni__slice source, size_t from, size_t quote, size_t *end)
{
    bool raw = false;
    bool bytes = false;
    for (size_t i = from; i < quote; ++i) {
        const int c = at(source, i);
        raw = raw || c == 'r' || c == 'R';
        bytes = bytes || c == 'b' || c == 'B';
    }
    const int mark = at(source, quote);
    const bool triple =
        at(source, quote + 1) == mark && at(source, quote + 2) == mark;
    size_t i = quote + (triple ? 3 : 1);
    for (; i < source.size; ++i) {
        const int c = at(source, i);
        if (c == '\\' && !raw) {
            ++i;
        } else if (!triple && (c == '\n' || c == '\r')) {
            break;
        } else if (c == mark && (!triple || (at(source, i + 1) == mark &&
                                             at(source, i + 2) == mark))) {
            *end = i + (triple ? 3 : 1);
            return token_of(
                source, bytes ? OMNI__CEL_TOKEN_BYTES : OMNI__CEL_TOKEN_STRING,
                from, *end);
        }
    }
    *end = i < source.size ? i : source.size;
    return bad(source, from, *end, "this text has no closing quote");
}

/* Where the quote of a literal stands whose prefix may begin at `i`. */
static bool
finds_quote(omni__slice source, size_t i, size_t *quote)
{
    for (size_t letters = 0; letters <= 2; ++letters) {
        const int c = at(source, i + letters);
        if (c == '"' || c == '\'') {
            *quote = i + letters;
            return true;
        }
        if (c != 'r' && c != 'R' && c != 'b' && c != 'B') {
            return false;
        }
    }
    return false;
}

static omni__cel_token
backticks(omni__slice source, size_t from, size_t *end)
{
    size_t i = from + 1;
    for (;; ++i) {
        const int c = at(source, i);
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '/' &&
            c != ' ') {
            break;
        }
    }
    if (at(source, i) != '`' || i == from + 1) {
        *end = i;
        return bad(source, from, i, "not a name in backticks");
    }
    *end = i + 1;
    omni__cel_token token =
        token_of(source, OMNI__CEL_TOKEN_QUOTED, from + 1, i);
    token.offset = (uint32_t)from;
    return token;
}

static omni__cel_token
mark(omni__slice source, size_t from, size_t *end)
{
    static const char *const marks[] = {
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
        "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); ++i) {
        const size_t size = strlen(marks[i]);
        if (source.size - from >= size &&
            memcmp(source.data + from, marks[i], size) == 0) {
            *end = from + size;
            return token_of(source, OMNI__CEL_TOKEN_MARK, from, *end);
        }
    }
    *end = from + 1;
    return bad(source, from, *end, "this character means nothing here");
}

omni__cel_token
omni__cel_token_next(omni__slice source, size_t *position)
{
    const size_t from = skip_blank(source, *position);
    const int c = at(source, from);
    size_t quote;
    if (c < 0) {
        *position = from;
        return token_of(source, OMNI__CEL_TOKEN_END, from, from);
    }
    if (finds_quote(source, from, &quote)) {
        return quoted(source, from, quote, position);
    }
    if (is_letter(c)) {
        size_t i = from;
        while (is_letter(at(source, i)) || is_digit(at(source, i))) {
            ++i;
        }
        *position = i;
        return token_of(source, OMNI__CEL_TOKEN_NAME, from, i);
    }
    if (is_digit(c) || (c == '.' && is_digit(at(source, from + 1)))) {
        return number(source, from, position);
    }
    return c == '`' ? backticks(source, from, position)
                    : mark(source, from, position);
}

bool
omni__cel_token_is(const omni__cel_token *token, const char *text)
{
    return token->kind == OMNI__CEL_TOKEN_MARK &&
           omni__slice_equal(token->text, omni__slice_text(text));
}
