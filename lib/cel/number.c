/* Numbers as text. The C library's conversions are exact, but write the
   locale's decimal point: it is put back here. */
#include "cel/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t
skip_digits(omni__slice text, size_t i)
{
    while (i < text.size && is_digit(text.data[i])) {
        ++i;
    }
    return i;
}

/* True for [digits][.digits][e[sign]digits] from `i` to the end. */
static bool
is_decimal(omni__slice text, size_t i)
{
    const size_t whole = skip_digits(text, i);
    size_t end = whole;
    if (end < text.size && text.data[end] == '.') {
        end = skip_digits(text, end + 1);
        if (end == whole + 1 && whole == i) {
            return false;
        }
    } else if (whole == i) {
        return false;
    }
    if (end < text.size && (text.data[end] == 'e' || text.data[end] == 'E')) {
        size_t from = end + 1;
        if (from < text.size &&
            (text.data[from] == '+' || text.data[from] == '-')) {
            ++from;
        }
        end = skip_digits(text, from);
        if (end == from) {
            return false;
        }
    }
    return end == text.size;
}

static bool
is_word(omni__slice text, size_t i, const char *word)
{
    const size_t size = strlen(word);
    if (text.size - i != size) {
        return false;
    }
    for (size_t k = 0; k < size; ++k) {
        if ((text.data[i + k] | 0x20) != word[k]) {
            return false;
        }
    }
    return true;
}

/* By the C library, with its decimal point in place of ours. */
static bool
convert(omni__slice text, double *out)
{
    char copy[512];
    const char *point = localeconv()->decimal_point;
    const size_t point_size = strlen(point);
    size_t size = 0;
    for (size_t i = 0; i < text.size; ++i) {
        if (size + point_size + 1 >= sizeof(copy)) {
            return false;
        }
        if (text.data[i] == '.') {
            memcpy(copy + size, point, point_size);
            size += point_size;
        } else {
            copy[size++] = (char)text.data[i];
        }
    }
    copy[size] = '\0';
    char *end = NULL;
    *out = strtod(copy, &end);
    return end == copy + size;
}

bool
omni__cel_double_parse(omni__slice text, double *out)
{
    size_t i = 0;
    bool negative = false;
    if (text.size != 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        negative = text.data[0] == '-';
        ++i;
    }
    if (is_word(text, i, "nan")) {
        *out = NAN;
        return true;
    }
    if (is_word(text, i, "infinity") || is_word(text, i, "inf")) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    return is_decimal(text, i) && convert(text, out);
}

static size_t
put_word(const char *word, char *out)
{
    const size_t size = strlen(word);
    memcpy(out, word, size + 1);
    return size;
}

static size_t
put_special(double real, char *out)
{
    return put_word(isnan(real) ? "NaN" : (real < 0 ? "-Infinity" : "Infinity"),
                    out);
}

/* The locale's point out, ours in. */
static size_t
put_point(char *text)
{
    size_t to = 0;
    bool seen = false;
    for (size_t i = 0; text[i] != '\0'; ++i) {
        const char c = text[i];
        if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e') {
            text[to++] = c;
        } else if (!seen) {
            seen = true;
            text[to++] = '.';
        }
    }
    text[to] = '\0';
    return to;
}

size_t
omni__cel_double_fixed(double real, unsigned precision,
                       char out[OMNI__CEL_NUMBER_TEXT])
{
    if (!isfinite(real)) {
        return put_special(real, out);
    }
    snprintf(out, OMNI__CEL_NUMBER_TEXT, "%.*f", (int)precision, real);
    return put_point(out);
}

size_t
omni__cel_double_scientific(double real, unsigned precision,
                            char out[OMNI__CEL_NUMBER_TEXT])
{
    if (!isfinite(real)) {
        return put_special(real, out);
    }
    snprintf(out, OMNI__CEL_NUMBER_TEXT, "%.*e", (int)precision, real);
    return put_point(out);
}

/* Digits and exponent of the shortest form: d.ddd x 10^exponent. */
static size_t
shortest(double real, char digits[20], int *exponent)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    for (unsigned precision = 0; precision < 17; ++precision) {
        double back;
        const size_t size = omni__cel_double_scientific(real, precision, text);
        if (precision == 16 ||
            (omni__cel_double_parse(omni__slice_of(text, size), &back) &&
             back == real)) {
            break;
        }
    }
    size_t count = 0;
    size_t i = 0;
    for (; text[i] != 'e'; ++i) {
        if (is_digit((uint8_t)text[i])) {
            digits[count++] = text[i];
        }
    }
    *exponent = (int)strtol(text + i + 1, NULL, 10);
    return count;
}

size_t
omni__cel_double_format(double real, char out[OMNI__CEL_NUMBER_TEXT])
{
    char digits[20];
    int exponent;
    if (!isfinite(real)) {
        return put_special(real, out);
    }
    if (real == 0) {
        return put_word(signbit(real) ? "-0" : "0", out);
    }
    size_t size = 0;
    if (real < 0) {
        out[size++] = '-';
    }
    const size_t count = shortest(fabs(real), digits, &exponent);
    if (exponent < -6 || exponent >= 21) {
        out[size++] = digits[0];
        if (count > 1) {
            out[size++] = '.';
            memcpy(out + size, digits + 1, count - 1);
            size += count - 1;
        }
        return size + (size_t)snprintf(out + size, 8, "e%c%02d",
                                       exponent < 0 ? '-' : '+',
                                       exponent < 0 ? -exponent : exponent);
    }
    if (exponent < 0) {
        size += put_word("0.", out + size);
        for (int i = exponent + 1; i < 0; ++i) {
            out[size++] = '0';
        }
    }
    for (size_t i = 0; i < count || (int)i <= exponent; ++i) {
        if (exponent >= 0 && (int)i == exponent + 1) {
            out[size++] = '.';
        }
        out[size++] = i < count ? digits[i] : '0';
    }
    out[size] = '\0';
    return size;
}

bool
omni__cel_uint_parse(omni__slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.size == 0) {
        return false;
    }
    for (size_t i = 0; i < text.size; ++i) {
        const uint64_t digit = (uint64_t)text.data[i] - '0';
        if (!is_digit(text.data[i]) || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool
omni__cel_int_parse(omni__slice text, int64_t *out)
{
    uint64_t magnitude;
    const bool sign =
        text.size != 0 && (text.data[0] == '-' || text.data[0] == '+');
    const bool negative = sign && text.data[0] == '-';
    const omni__slice rest =
        omni__slice_of(text.data + (sign ? 1 : 0), text.size - (sign ? 1 : 0));
    if (!omni__cel_uint_parse(rest, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *out = negative ? (int64_t)(UINT64_C(0) - magnitude) : (int64_t)magnitude;
    return true;
}

void
omni__cel_put_code(omni__buffer *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t size = 0;
    if (code < 0x80) {
        bytes[size++] = (uint8_t)code;
    } else if (code < 0x800) {
        bytes[size++] = (uint8_t)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        bytes[size++] = (uint8_t)(0xe0 | code >> 12);
    } else {
        bytes[size++] = (uint8_t)(0xf0 | code >> 18);
        bytes[size++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    }
    if (code >= 0x800) {
        bytes[size++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80) {
        bytes[size++] = (uint8_t)(0x80 | (code & 0x3f));
    }
    omni__buffer_put(out, bytes, size);
}

size_t
omni__cel_code_count(omni__slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; ++i) {
        count += (text.data[i] & 0xc0) != 0x80;
    }
    return count;
}
