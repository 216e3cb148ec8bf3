/*
   Exact decimals. A number is read once into its sign, its significant digits
   (without zeroes at either end) and the place of the point; canonical text
   and millionths are both made from that, digit by digit.
*/
#include "codec/decimal.h"

#include <stdio.h>

#define LARGEST_EXPONENT INT64_C(100000000)
#define EXPONENT_CAP INT64_C(1000000000000000)
#define PLAIN_DIGITS 40
#define MICRO_PLACES 6
#define MICRO_DIGITS 39 /* of 2^127 */

/* value = 0.DDD * 10^point, D the `count` digits from `first`. */
typedef struct number {
    bool negative;
    omni__slice integer;
    omni__slice fraction;
    size_t first;
    size_t count; /* 0: the value is zero */
    int64_t point;
} number;

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static omni__slice
take_digits(omni__slice text, size_t *at)
{
    const size_t start = *at;
    while (*at < text.size && is_digit(text.data[*at])) {
        ++*at;
    }
    return omni__slice_of(text.data + start, *at - start);
}

/* The exponent after 'e', kept within the cap; false if there is none. */
static bool
take_exponent(omni__slice text, size_t *at, int64_t *out)
{
    bool negative = false;
    if (*at < text.size && (text.data[*at] == '+' || text.data[*at] == '-')) {
        negative = text.data[(*at)++] == '-';
    }
    const omni__slice digits = take_digits(text, at);
    int64_t value = 0;
    for (size_t i = 0; i < digits.size; ++i) {
        value = value * 10 + (digits.data[i] - '0');
        value = value > EXPONENT_CAP ? EXPONENT_CAP : value;
    }
    *out = negative ? -value : value;
    return digits.size != 0;
}

static uint8_t
digit_at(const number *n, size_t index)
{
    return index < n->integer.size ? n->integer.data[index]
                                   : n->fraction.data[index - n->integer.size];
}

static void
find_significant(number *n, int64_t exponent)
{
    const size_t total = n->integer.size + n->fraction.size;
    size_t first = 0;
    size_t end = total;
    while (first < end && digit_at(n, first) == '0') {
        ++first;
    }
    while (end > first && digit_at(n, end - 1) == '0') {
        --end;
    }
    n->first = first;
    n->count = end - first;
    n->point = (int64_t)n->integer.size - (int64_t)first + exponent;
}

static bool
read_number(omni__slice text, number *n)
{
    size_t at = 0;
    *n = (number){.negative = text.size != 0 && text.data[0] == '-'};
    at += n->negative ? 1 : 0;
    n->integer = take_digits(text, &at);
    if (n->integer.size == 0 ||
        (n->integer.size > 1 && n->integer.data[0] == '0')) {
        return false;
    }
    if (at < text.size && text.data[at] == '.') {
        ++at;
        n->fraction = take_digits(text, &at);
        if (n->fraction.size == 0) {
            return false;
        }
    }
    int64_t exponent = 0;
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        ++at;
        if (!take_exponent(text, &at, &exponent)) {
            return false;
        }
    }
    find_significant(n, exponent);
    return at == text.size;
}

static uint8_t *
put_digits(uint8_t *out, const number *n, size_t from, size_t to)
{
    for (size_t i = from; i < to; ++i) {
        *out++ = digit_at(n, n->first + i);
    }
    return out;
}

static uint8_t *
put_zeroes(uint8_t *out, int64_t count)
{
    while (count-- > 0) {
        *out++ = '0';
    }
    return out;
}

static uint8_t *
put_plain(uint8_t *out, const number *n)
{
    const int64_t count = (int64_t)n->count;
    if (n->point >= count) {
        out = put_digits(out, n, 0, n->count);
        return put_zeroes(out, n->point - count);
    }
    if (n->point > 0) {
        out = put_digits(out, n, 0, (size_t)n->point);
        *out++ = '.';
        return put_digits(out, n, (size_t)n->point, n->count);
    }
    *out++ = '0';
    *out++ = '.';
    out = put_zeroes(out, -n->point);
    return put_digits(out, n, 0, n->count);
}

static uint8_t *
put_scientific(uint8_t *out, const number *n)
{
    out = put_digits(out, n, 0, 1);
    if (n->count > 1) {
        *out++ = '.';
        out = put_digits(out, n, 1, n->count);
    }
    int64_t exponent = n->point - 1;
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    uint8_t digits[20];
    size_t size = 0;
    do {
        digits[size++] = (uint8_t)('0' + exponent % 10);
        exponent /= 10;
    } while (exponent != 0);
    while (size != 0) {
        *out++ = digits[--size];
    }
    return out;
}

/* Digits of the form without an exponent. */
static int64_t
plain_digits(const number *n)
{
    const int64_t count = (int64_t)n->count;
    if (n->point <= 0) {
        return 1 - n->point + count;
    }
    return n->point > count ? n->point : count;
}

size_t
omni__decimal_write(omni__slice text, uint8_t *out)
{
    number n;
    if (!read_number(text, &n)) {
        return 0;
    }
    if (n.count == 0) {
        *out = '0';
        return 1;
    }
    if (n.point - 1 > LARGEST_EXPONENT || n.point - 1 < -LARGEST_EXPONENT) {
        return 0;
    }
    uint8_t *end = out;
    if (n.negative) {
        *end++ = '-';
    }
    end = plain_digits(&n) <= PLAIN_DIGITS ? put_plain(end, &n)
                                           : put_scientific(end, &n);
    return (size_t)(end - out);
}

bool
omni__decimal_canonical(omni__slice text, omni__buffer *out)
{
    if (!omni__buffer_reserve(out, text.size + OMNI__DECIMAL_ROOM)) {
        return false;
    }
    const size_t size = omni__decimal_write(text, out->data + out->size);
    out->size += size;
    return size != 0;
}

bool
omni__decimal_is_plain(omni__slice text)
{
    size_t at = text.size != 0 && text.data[0] == '-' ? 1 : 0;
    const bool negative = at != 0;
    const omni__slice integer = take_digits(text, &at);
    const bool zero = integer.size == 1 && integer.data[0] == '0';
    if (integer.size == 0 || integer.size > PLAIN_DIGITS ||
        (integer.data[0] == '0' && !zero)) {
        return false;
    }
    if (at == text.size) {
        return !(zero && negative);
    }
    if (text.data[at++] != '.') {
        return false;
    }
    const omni__slice fraction = take_digits(text, &at);
    return fraction.size != 0 && at == text.size &&
           integer.size + fraction.size <= PLAIN_DIGITS &&
           fraction.data[fraction.size - 1] != '0';
}

/* x * 10 + digit as unsigned 128 bits; false if that is too large. */
static bool
times_ten(omni__int128 *x, unsigned digit)
{
    const uint64_t low = (x->low & UINT32_MAX) * 10 + digit;
    const uint64_t middle = (x->low >> 32) * 10 + (low >> 32);
    const uint64_t carry = middle >> 32;
    if (x->high > (UINT64_MAX - carry) / 10) {
        return false;
    }
    x->low = middle << 32 | (low & UINT32_MAX);
    x->high = x->high * 10 + carry;
    return true;
}

/* Whether the digits from `from` on round up, `odd` being what is before. */
static bool
rounds_up(const number *n, size_t from, bool odd)
{
    if (from >= n->count) {
        return false;
    }
    const uint8_t next = digit_at(n, n->first + from);
    return next > '5' || (next == '5' && (odd || from + 1 < n->count));
}

bool
omni__decimal_micro(omni__slice text, omni__int128 *out)
{
    number n;
    if (!read_number(text, &n)) {
        return false;
    }
    const int64_t wanted = n.point + MICRO_PLACES; /* digits to keep */
    omni__int128 value = {0, 0};
    if (n.count == 0 || wanted < 0) {
        *out = value;
        return true;
    }
    if (wanted > MICRO_DIGITS) {
        return false;
    }
    const size_t keep = (size_t)wanted;
    for (size_t i = 0; i < keep; ++i) {
        const unsigned digit =
            i < n.count ? digit_at(&n, n.first + i) - (unsigned)'0' : 0;
        if (!times_ten(&value, digit)) {
            return false;
        }
    }
    const uint64_t top = UINT64_C(1) << 63;
    if (value.high > top) {
        return false;
    }
    if (rounds_up(&n, keep, (value.low & 1) != 0)) {
        value = omni__int128_add(value, omni__int128_of(1));
    }
    const bool least = value.high == top && value.low == 0 && n.negative;
    if (value.high >= top && !least) {
        return false;
    }
    *out = n.negative ? omni__int128_negate(value) : value;
    return true;
}

bool
omni__decimal_amount(omni__slice text, omni__int128 *out)
{
    static const omni__int128 most = {UINT64_C(0x9fd0803ce8000000), 0x33b2e3c};
    return omni__decimal_micro(text, out) &&
           omni__int128_compare(*out, most) <= 0 &&
           omni__int128_compare(omni__int128_negate(*out), most) <= 0;
}

/* Divide unsigned 128 bits by ten; returns the remainder. */
static unsigned
divide_ten(omni__int128 *x)
{
    const uint64_t parts[4] = {x->high >> 32, x->high & UINT32_MAX,
                               x->low >> 32, x->low & UINT32_MAX};
    uint64_t quotient[4];
    uint64_t rest = 0;
    for (int i = 0; i < 4; ++i) {
        const uint64_t part = rest << 32 | parts[i];
        quotient[i] = part / 10;
        rest = part % 10;
    }
    x->high = quotient[0] << 32 | quotient[1];
    x->low = quotient[2] << 32 | quotient[3];
    return (unsigned)rest;
}

size_t
omni__decimal_format(omni__int128 micro, char text[OMNI__DECIMAL_TEXT])
{
    const bool negative = micro.high >> 63 != 0;
    omni__int128 rest = negative ? omni__int128_negate(micro) : micro;
    char digits[OMNI__DECIMAL_TEXT]; /* last digit first */
    size_t count = 0;
    while (rest.high != 0) {
        digits[count++] = (char)('0' + divide_ten(&rest));
    }
    for (uint64_t low = rest.low; low != 0 || count <= MICRO_PLACES;
         low /= 10) {
        digits[count++] = (char)('0' + low % 10);
    }
    size_t skipped = 0;
    while (skipped < MICRO_PLACES && digits[skipped] == '0') {
        ++skipped;
    }
    size_t size = 0;
    if (negative) {
        text[size++] = '-';
    }
    for (size_t i = count; i > skipped; --i) {
        if (i == MICRO_PLACES) {
            text[size++] = '.';
        }
        text[size++] = digits[i - 1];
    }
    text[size] = '\0';
    return size;
}

int
omni__decimal_compare(omni__slice a, omni__slice b)
{
    number x;
    number y;
    if (!read_number(a, &x) || !read_number(b, &y)) {
        return 0;
    }
    const int sign_x = x.count == 0 ? 0 : x.negative ? -1 : 1;
    const int sign_y = y.count == 0 ? 0 : y.negative ? -1 : 1;
    if (sign_x != sign_y || sign_x == 0) {
        return (sign_x > sign_y) - (sign_x < sign_y);
    }
    int order = (x.point > y.point) - (x.point < y.point);
    for (size_t i = 0; order == 0 && (i < x.count || i < y.count); ++i) {
        const int left = i < x.count ? digit_at(&x, x.first + i) : '0';
        const int right = i < y.count ? digit_at(&y, y.first + i) : '0';
        order = (left > right) - (left < right);
    }
    return order * sign_x;
}

bool
omni__decimal_product(omni__slice a, omni__slice b, omni__buffer *out)
{
    number x;
    number y;
    uint8_t text[2 * OMNI__DECIMAL_FACTOR + 1 + OMNI__DECIMAL_ROOM];
    if (!read_number(a, &x) || !read_number(b, &y) ||
        x.count > OMNI__DECIMAL_FACTOR || y.count > OMNI__DECIMAL_FACTOR) {
        return false;
    }
    unsigned places[2 * OMNI__DECIMAL_FACTOR] = {0}; /* the last one first */
    for (size_t i = 0; i < x.count; ++i) {
        for (size_t j = 0; j < y.count; ++j) {
            const unsigned left = digit_at(&x, x.first + i) - (unsigned)'0';
            const unsigned right = digit_at(&y, y.first + j) - (unsigned)'0';
            places[x.count - 1 - i + y.count - 1 - j] += left * right;
        }
    }
    unsigned carry = 0;
    for (size_t i = 0; i < x.count + y.count; ++i) {
        carry += places[i];
        places[i] = carry % 10;
        carry /= 10;
    }
    size_t count = x.count + y.count;
    while (count > 1 && places[count - 1] == 0) {
        --count;
    }
    uint8_t *to = text;
    *to = '-';
    to += x.negative != y.negative ? 1 : 0;
    do {
        *to++ = (uint8_t)('0' + places[count == 0 ? 0 : count - 1]);
        count -= count != 0 ? 1 : 0;
    } while (count != 0);
    const int64_t exponent =
        x.point - (int64_t)x.count + y.point - (int64_t)y.count;
    to += snprintf((char *)to, OMNI__DECIMAL_ROOM, "e%lld",
                   (long long)(x.count == 0 || y.count == 0 ? 0 : exponent));
    return omni__decimal_canonical(omni__slice_of(text, (size_t)(to - text)),
                                   out);
}
