/*
   Phone numbers. Three steps: the digits are taken from the text; calling
   code and national number are told apart; trunk prefixes go. What comes out
   goes through the same steps unchanged.
*/
#include "identity/phone.h"

#include "codec/text.h"

#define FEWEST_DIGITS 3
#define FEWEST_LETTERS 3 /* of a number that spells a word */
#define MOST_DIGITS 15   /* E.164 */

/* A number taken apart; `digits` is writable and has room for one more. */
typedef struct number {
    uint8_t *digits;
    size_t size;
    bool plus;
    const omni__phone_plan *plan; /* NULL: calling code unknown */
} number;

/* Zeroes of the decimal digits of all scripts. */
static const uint32_t zeroes[] = {
    0x0660,  0x06f0,  0x07c0,  0x0966,  0x09e6,  0x0a66,  0x0ae6,  0x0b66,
    0x0be6,  0x0c66,  0x0ce6,  0x0d66,  0x0de6,  0x0e50,  0x0ed0,  0x0f20,
    0x1040,  0x1090,  0x17e0,  0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,
    0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,  0xa900,  0xa9d0,
    0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730,
    0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0,
    0x1e4f0, 0x1e950, 0x1fbf0,
};

/* Value of a decimal digit, or -1. */
static int
digit_value(uint32_t c)
{
    if (c < 0x80) {
        return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    }
    for (size_t i = 0; i < sizeof(zeroes) / sizeof(zeroes[0]); ++i) {
        if (c >= zeroes[i] && c <= zeroes[i] + 9) {
            return (int)(c - zeroes[i]);
        }
    }
    return -1;
}

/* Key of an ASCII letter of either case on a phone, or -1. */
static int
keypad(uint32_t c)
{
    static const char keys[] = "22233344455566677778889999";
    const uint32_t lower = c < 0x80 ? c | 0x20 : 0;
    return lower >= 'a' && lower <= 'z' ? keys[lower - 'a'] - '0' : -1;
}

static omni__slice
rest_of(omni__slice text, size_t at)
{
    return omni__slice_of(text.data + at, text.size - at);
}

/* Punctuation, at most nine digits, punctuation: an extension's number. */
static bool
is_extension(omni__slice text)
{
    size_t digits = 0;
    bool ended = false;
    for (size_t i = 0; i < text.size; ++i) {
        const bool digit = digit_value(text.data[i]) >= 0;
        if (keypad(text.data[i]) >= 0 || text.data[i] >= 0x80 ||
            (digit && ended)) {
            return false;
        }
        digits += digit ? 1 : 0;
        ended = !digit && digits != 0;
    }
    return digits != 0 && digits <= 9;
}

static bool
starts_with_word(omni__slice text, const char *word)
{
    for (size_t i = 0; word[i] != '\0'; ++i) {
        if (i == text.size) {
            return false;
        }
        const uint8_t c = text.data[i];
        const uint8_t lower = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        if (lower != (uint8_t)word[i]) {
            return false;
        }
    }
    return true;
}

/* Whether the number ends here, after which an extension may follow. */
static bool
ends_number(omni__slice text)
{
    static const char *const words[] = {
        "extension",
        "extn",
        "ext",
        "anexo",
        "int",
        "x",
        "\xd0\xb4\xd0\xbe\xd0\xb1", /* Russian */
    };
    if (text.data[0] == ';' || text.data[0] == ',' || text.data[0] == '#') {
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (starts_with_word(text, words[i]) &&
            is_extension(rest_of(text, strlen(words[i])))) {
            return true;
        }
    }
    return false;
}

/* What one code point is to a number. */
typedef struct glyph {
    size_t size;
    int digit; /* -1: none */
    int key;   /* of a letter; -1: none */
    bool plus;
} glyph;

static glyph
glyph_at(omni__slice text, size_t at)
{
    glyph g = {.size = 0};
    const uint32_t c = omni__text_decode(rest_of(text, at), &g.size);
    g.digit = digit_value(c);
    g.key = keypad(c);
    g.plus = c == '+' || c == 0xff0b;
    return g;
}

/* Take the digits, and the letters' where `letters` is; returns how many
   letters there are after enough digits. */
static size_t
take_digits(omni__slice text, bool letters, number *n)
{
    size_t seen = 0;
    size_t spelled = 0;
    n->size = 0;
    n->plus = false;
    for (size_t at = 0; at < text.size;) {
        if (seen >= FEWEST_DIGITS && ends_number(rest_of(text, at))) {
            break;
        }
        const glyph g = glyph_at(text, at);
        at += g.size;
        n->plus = n->plus || (g.plus && n->size == 0);
        if (g.digit >= 0) {
            ++seen;
            n->digits[n->size++] = (uint8_t)('0' + g.digit);
        } else if (g.key >= 0 && seen >= FEWEST_DIGITS) {
            ++spelled;
            if (letters) {
                n->digits[n->size++] = (uint8_t)('0' + g.key);
            }
        }
    }
    return spelled;
}

static void
drop(number *n, size_t count)
{
    n->size -= count;
    memmove(n->digits, n->digits + count, n->size);
}

/* The first of some prefixes with which the number begins; its size or 0. */
static size_t
match_prefix(const number *n, const char **list)
{
    while (**list != '\0') {
        const char *start = *list;
        const size_t size = strcspn(start, " ");
        *list = start + size + (start[size] == ' ' ? 1 : 0);
        if (n->size >= size && memcmp(n->digits, start, size) == 0) {
            return size;
        }
    }
    return 0;
}

/* No national number begins with a zero where the trunk prefix has one; other
   prefixes may be part of the number, and go only from one too long. */
static bool
drop_trunk(number *n)
{
    const char *list = n->plan->trunk;
    size_t size = match_prefix(n, &list);
    while (size != 0) {
        if (n->digits[0] == '0' || n->size > n->plan->longest) {
            drop(n, size);
            return true;
        }
        size = match_prefix(n, &list);
    }
    return false;
}

/* Brazil: a carrier's two digits between trunk prefix and number. */
static void
drop_carrier(number *n)
{
    if (n->plan->code == 55 && n->size > n->plan->longest) {
        drop(n, 2);
    }
}

/* Argentina: 15 between area code and number is a mobile's 9 before both. */
static void
move_mobile_prefix(number *n)
{
    if (n->plan->code != 54 || n->size != 12 || n->digits[0] == '9') {
        return;
    }
    const size_t first = n->digits[0] == '1' ? 2 : 3; /* of the area code */
    for (size_t area = first; area <= (first == 2 ? 2 : 4); ++area) {
        if (memcmp(n->digits + area, "15", 2) == 0) {
            memmove(n->digits + area + 1, n->digits + area + 2, 10 - area);
            memmove(n->digits + 1, n->digits, area);
            n->digits[0] = '9';
            n->size = 11;
            return;
        }
    }
}

/* Leave the national number, without what is dialled before it at home. */
static void
make_national(number *n)
{
    while (drop_trunk(n)) {
        drop_carrier(n);
    }
    move_mobile_prefix(n);
}

static bool
fits(const number *n)
{
    return n->size >= n->plan->shortest && n->size <= n->plan->longest;
}

/* Take the calling code off; false, unchanged, if it begins with none. */
static bool
take_code(number *n)
{
    uint32_t code = 0;
    for (size_t i = 0; i < 3 && i < n->size && n->digits[0] != '0'; ++i) {
        code = code * 10 + (uint32_t)(n->digits[i] - '0');
        const omni__phone_plan *plan = omni__phone_plan_of(code);
        if (plan != NULL) {
            n->plan = plan;
            drop(n, i + 1);
            return true;
        }
    }
    return false;
}

/* Read the digits from `skipped` on as calling code and number, into `copy`;
   true if the length is right too. */
static bool
try_abroad(const number *n, size_t skipped, number *copy, bool *known)
{
    memcpy(copy->digits, n->digits + skipped, n->size - skipped);
    copy->size = n->size - skipped;
    copy->plan = NULL;
    *known = take_code(copy);
    if (*known) {
        make_national(copy);
    }
    return *known && fits(copy);
}

/* Whether the number begins with a prefix for abroad: a plausible one of
   those in use at home, else 00, else an implausible one with two zeroes. */
static bool
take_abroad(const number *n, const omni__phone_plan *home, number *spare)
{
    const char *list = home->abroad;
    bool known = false;
    for (size_t size = match_prefix(n, &list); size != 0;
         size = match_prefix(n, &list)) {
        if (try_abroad(n, size, spare, &known)) {
            return true;
        }
    }
    const bool zeroes_first = n->size > 2 && memcmp(n->digits, "00", 2) == 0;
    return zeroes_first && (try_abroad(n, 2, spare, &known) || known);
}

/* A home number that is too long, and begins with its calling code, has it. */
static bool
take_home_code(const number *n, const omni__phone_plan *home, number *spare)
{
    bool known = false;
    if (n->size <= home->longest) {
        return false;
    }
    try_abroad(n, 0, spare, &known);
    return known && spare->plan == home && spare->size >= home->shortest;
}

static void
resolve(number *n, uint32_t calling_code, number *spare)
{
    static const omni__phone_plan unknown = {.longest = MOST_DIGITS,
                                             .abroad = "00"};
    n->plan = NULL;
    if (n->plus) {
        while (n->size != 0 && n->digits[0] == '0') {
            drop(n, 1);
        }
        if (take_code(n)) {
            make_national(n);
        }
        return;
    }
    const omni__phone_plan *plan = omni__phone_plan_of(calling_code);
    const omni__phone_plan *home = plan != NULL ? plan : &unknown;
    if (take_abroad(n, home, spare) ||
        (plan != NULL && take_home_code(n, home, spare))) {
        uint8_t *digits = n->digits;
        *n = *spare;
        spare->digits = digits;
        n->plus = true;
        return;
    }
    n->plan = plan;
    if (plan != NULL) {
        n->plus = true;
        make_national(n);
    }
}

static bool
is_one_digit(const number *n)
{
    for (size_t i = 1; i < n->size; ++i) {
        if (n->digits[i] != n->digits[0]) {
            return false;
        }
    }
    return true;
}

static size_t
put_code(uint8_t *to, uint32_t code)
{
    size_t size = code < 10 ? 1 : code < 100 ? 2 : 3;
    for (size_t i = size; i > 0; --i) {
        to[i - 1] = (uint8_t)('0' + code % 10);
        code /= 10;
    }
    return size;
}

/* Digits from the text, or from its letters where they make a number. */
static void
read_number(omni__slice text, uint32_t calling_code, number *n, number *spare)
{
    const size_t letters = take_digits(text, true, n);
    if (letters >= FEWEST_LETTERS) {
        resolve(n, calling_code, spare);
        if (n->plan != NULL ? fits(n) : n->size <= MOST_DIGITS) {
            return;
        }
    }
    take_digits(text, false, n);
    resolve(n, calling_code, spare);
}

bool
omni__phone_normalize(omni__slice text, uint32_t calling_code,
                      omni__arena *arena, omni__slice *out)
{
    number n = {.digits = omni__arena_get(arena, text.size + 1)};
    number spare = {.digits = omni__arena_get(arena, text.size + 1)};
    uint8_t *made = omni__arena_get(arena, text.size + 4);
    if (n.digits == NULL || spare.digits == NULL || made == NULL) {
        return false;
    }
    read_number(text, calling_code, &n, &spare);
    *out = omni__slice_of(made, 0);
    if (n.size < FEWEST_DIGITS || is_one_digit(&n)) {
        return true;
    }
    size_t size = 0;
    if (n.plus) {
        made[size++] = '+';
    }
    if (n.plan != NULL) {
        size += put_code(made + size, n.plan->code);
    }
    memcpy(made + size, n.digits, n.size);
    *out = omni__slice_of(made, size + n.size);
    return true;
}
