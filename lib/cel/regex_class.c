/* Classes of code points: [a-z], [[:alpha:]], \d, \pL and their negations. */
#include "cel/regex_program.h"
#include "codec/text.h"

#include <utf8proc.h>

#define ITEMS_MAX 256u

typedef struct builder {
    omni__slice pattern;
    size_t at;
    omni__cel_regex_item items[ITEMS_MAX];
    uint32_t count;
    const char *why;
} builder;

typedef struct named_set {
    const char *name;
    uint8_t ranges[8]; /* pairs; ends with a pair of zeroes or the array */
} named_set;

/* Of ASCII, as POSIX and Perl have them. */
static const named_set sets[] = {
    {"alnum", {'0', '9', 'A', 'Z', 'a', 'z'}},
    {"alpha", {'A', 'Z', 'a', 'z'}},
    {"ascii", {1, 127}},
    {"blank", {'\t', '\t', ' ', ' '}},
    {"cntrl", {1, 31, 127, 127}},
    {"digit", {'0', '9'}},
    {"graph", {'!', '~'}},
    {"lower", {'a', 'z'}},
    {"print", {' ', '~'}},
    {"punct", {'!', '/', ':', '@', '[', '`', '{', '~'}},
    {"space", {'\t', '\r', ' ', ' '}},
    {"upper", {'A', 'Z'}},
    {"word", {'0', '9', 'A', 'Z', 'a', 'z', '_', '_'}},
    {"xdigit", {'0', '9', 'A', 'F', 'a', 'f'}},
};

static int
peek(const builder *b, size_t ahead)
{
    return b->at + ahead < b->pattern.size ? b->pattern.data[b->at + ahead]
                                           : -1;
}

static void
add(builder *b, omni__cel_regex_item item)
{
    if (b->count == ITEMS_MAX) {
        b->why = "a class has too many parts";
        return;
    }
    b->items[b->count++] = item;
}

static void
add_range(builder *b, uint32_t low, uint32_t high)
{
    add(b, (omni__cel_regex_item){.low = low, .high = high});
}

/* What is outside of the ranges, as ranges; they are sorted. */
static void
add_set(builder *b, const named_set *set, bool negated)
{
    uint32_t next = 0;
    for (size_t i = 0; i < sizeof(set->ranges) && set->ranges[i + 1] != 0;
         i += 2) {
        if (!negated) {
            add_range(b, set->ranges[i], set->ranges[i + 1]);
        } else if (set->ranges[i] > next) {
            add_range(b, next, set->ranges[i] - 1u);
        }
        next = set->ranges[i + 1] + 1u;
    }
    if (negated) {
        add_range(b, next, 0x10ffff);
    }
}

static const named_set *
find_set(omni__slice name)
{
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); ++i) {
        if (omni__slice_equal(name, omni__slice_text(sets[i].name))) {
            return &sets[i];
        }
    }
    return NULL;
}

/* \d \D \s \S \w \W; Perl's space has no vertical tab. */
static bool
add_perl(builder *b)
{
    static const named_set space = {"s", {'\t', '\n', '\f', '\r', ' ', ' '}};
    const int letter = peek(b, 1);
    const named_set *set = NULL;
    switch (letter | 0x20) {
    case 'd':
        set = find_set(omni__slice_text("digit"));
        break;
    case 's':
        set = &space;
        break;
    case 'w':
        set = find_set(omni__slice_text("word"));
        break;
    default:
        return false;
    }
    b->at += 2;
    add_set(b, set, letter < 'a');
    return true;
}

/* Bits of a general category such as L or Lu. */
static uint32_t
categories(omni__slice name)
{
    static const char all[] = "CnLuLlLtLmLoMnMcMeNdNlNoPcPdPsPePiPfPoSmScSkSoZs"
                              "ZlZpCcCfCsCo";
    uint32_t bits = 0;
    for (uint32_t i = 0; i < 30; ++i) {
        const bool same =
            all[2 * i] == (char)name.data[0] &&
            (name.size == 1 || all[2 * i + 1] == (char)name.data[1]);
        bits |= (uint32_t)same << i;
    }
    return bits;
}

/* \pL \p{Lu} \p{^Lu} \PL */
static bool
add_property(builder *b)
{
    if (peek(b, 1) != 'p' && peek(b, 1) != 'P') {
        return false;
    }
    bool negated = peek(b, 1) == 'P';
    b->at += 2;
    omni__slice name = omni__slice_of(b->pattern.data + b->at, 1);
    if (peek(b, 0) == '{') {
        const size_t from = ++b->at;
        while (peek(b, 0) >= 0 && peek(b, 0) != '}') {
            ++b->at;
        }
        name = omni__slice_of(b->pattern.data + from, b->at - from);
    }
    if (peek(b, 0) < 0) {
        b->why = "\\p wants a property";
        return true;
    }
    ++b->at;
    if (name.size != 0 && name.data[0] == '^') {
        negated = !negated;
        name = omni__slice_of(name.data + 1, name.size - 1);
    }
    if (omni__slice_equal(name, omni__slice_text("Any"))) {
        add(b, (omni__cel_regex_item){.categories = 0x3fffffff,
                                      .negated = negated});
        return true;
    }
    const uint32_t bits =
        name.size == 1 || name.size == 2 ? categories(name) : 0;
    if (bits == 0) {
        b->why = "\\p knows general categories (L, Lu, Nd, …), no scripts";
        return true;
    }
    add(b, (omni__cel_regex_item){.categories = bits, .negated = negated});
    return true;
}

/* [:alpha:] and [:^alpha:] inside of brackets. */
static bool
add_posix(builder *b)
{
    if (peek(b, 0) != '[' || peek(b, 1) != ':') {
        return false;
    }
    const bool negated = peek(b, 2) == '^';
    const size_t from = b->at + (negated ? 3 : 2);
    size_t to = from;
    while (to + 1 < b->pattern.size && b->pattern.data[to] != ':') {
        ++to;
    }
    const named_set *set =
        find_set(omni__slice_of(b->pattern.data + from, to - from));
    if (set == NULL || to + 1 >= b->pattern.size ||
        b->pattern.data[to + 1] != ']') {
        b->why = "no such class of characters";
        return true;
    }
    b->at = to + 2;
    add_set(b, set, negated);
    return true;
}

static bool
octal(builder *b, uint32_t *code)
{
    uint32_t value = 0;
    size_t count = 0;
    while (count < 3 && peek(b, 0) >= '0' && peek(b, 0) <= '7') {
        value = value * 8 + (uint32_t)(peek(b, 0) - '0');
        ++b->at;
        ++count;
    }
    *code = value;
    return count != 0;
}

static bool
hexadecimal(builder *b, uint32_t *code)
{
    uint32_t value = 0;
    size_t count = 0;
    const bool braces = peek(b, 0) == '{';
    b->at += braces;
    for (; count < (braces ? 6u : 2u); ++count, ++b->at) {
        const int c = peek(b, 0);
        const int letter = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value * 16 + (uint32_t)(c - '0');
        } else if (c >= 0 && letter >= 'a' && letter <= 'f') {
            value = value * 16 + (uint32_t)(letter - 'a' + 10);
        } else {
            break;
        }
    }
    if (braces) {
        if (count == 0 || peek(b, 0) != '}') {
            return false;
        }
        ++b->at;
    }
    *code = value;
    return (braces || count == 2) && value <= 0x10ffff;
}

bool
omni__cel_regex_escape(omni__slice pattern, size_t *at, uint32_t *code)
{
    static const char from[] = "afnrtv";
    static const char to[] = "\a\f\n\r\t\v";
    builder b = {.pattern = pattern, .at = *at};
    const int c = peek(&b, 0);
    bool sound = false;
    if (c >= '0' && c <= '7') {
        /* \1 to \7 alone would be back references, which RE2 has not. */
        sound = (c == '0' || (peek(&b, 1) >= '0' && peek(&b, 1) <= '7')) &&
                octal(&b, code);
    } else if (c == 'x') {
        ++b.at;
        sound = hexadecimal(&b, code);
    } else if (c > 0 && strchr(from, c) != NULL) {
        *code = (uint8_t)to[strchr(from, c) - from];
        ++b.at;
        sound = true;
    } else if (c > 0 && c < 0x80) {
        const int letter = c | 0x20;
        sound = !((letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9'));
        *code = (uint32_t)c;
        ++b.at;
    }
    *at = b.at;
    return sound;
}

/* One code point inside of brackets. */
static bool
one(builder *b, uint32_t *code)
{
    if (peek(b, 0) == '\\') {
        ++b->at;
        if (!omni__cel_regex_escape(b->pattern, &b->at, code)) {
            b->why = "no such escape in a class";
            return false;
        }
        return true;
    }
    if (peek(b, 0) < 0) {
        b->why = "a class has no closing bracket";
        return false;
    }
    size_t size;
    *code = omni__text_decode(
        omni__slice_of(b->pattern.data + b->at, b->pattern.size - b->at),
        &size);
    b->at += size;
    return true;
}

static void
add_part(builder *b)
{
    uint32_t low;
    uint32_t high;
    if (add_posix(b) ||
        (peek(b, 0) == '\\' && (add_perl(b) || add_property(b)))) {
        return;
    }
    if (!one(b, &low)) {
        return;
    }
    high = low;
    if (peek(b, 0) == '-' && peek(b, 1) >= 0 && peek(b, 1) != ']') {
        ++b->at;
        if (!one(b, &high)) {
            return;
        }
    }
    if (high < low) {
        b->why = "a range of a class ends before it starts";
    }
    add_range(b, low, high);
}

bool
omni__cel_regex_class_parse(omni__slice pattern, size_t *at, bool fold,
                            omni__arena *arena, omni__cel_regex_class *out,
                            const char **why)
{
    builder b = {.pattern = pattern, .at = *at};
    *out = (omni__cel_regex_class){.fold = fold};
    if (peek(&b, 0) == '\\') {
        if (!add_perl(&b) && !add_property(&b)) {
            *why = NULL;
            return false;
        }
    } else {
        out->negated = peek(&b, 0) == '^';
        b.at += out->negated;
        const size_t first = b.at;
        while (b.why == NULL && (peek(&b, 0) != ']' || b.at == first)) {
            add_part(&b);
        }
        ++b.at;
    }
    omni__cel_regex_item *items =
        omni__arena_get(arena, (b.count + 1) * sizeof(items[0]));
    if (items == NULL) {
        b.why = "out of memory";
    } else {
        memcpy(items, b.items, b.count * sizeof(items[0]));
    }
    out->items = items;
    out->count = b.count;
    *at = b.at;
    *why = b.why;
    return b.why == NULL;
}

static bool
has_exactly(const omni__cel_regex_class *class, uint32_t code)
{
    for (uint32_t i = 0; i < class->count; ++i) {
        const omni__cel_regex_item *item = &class->items[i];
        const bool in = item->categories != 0
                            ? (item->categories >> (uint32_t)utf8proc_category(
                                                       (utf8proc_int32_t)code) &
                               1) != 0
                            : code >= item->low && code <= item->high;
        if (in != item->negated) {
            return true;
        }
    }
    return false;
}

bool
omni__cel_regex_class_has(const omni__cel_regex_class *class, uint32_t code)
{
    const bool in =
        has_exactly(class, code) ||
        (class->fold && has_exactly(class, omni__cel_regex_other_case(code)));
    return in != class->negated;
}

uint32_t
omni__cel_regex_other_case(uint32_t code)
{
    const utf8proc_int32_t lower = utf8proc_tolower((utf8proc_int32_t)code);
    return (uint32_t)(lower != (utf8proc_int32_t)code
                          ? lower
                          : utf8proc_toupper((utf8proc_int32_t)code));
}
