/* What a figure is compared with, as a range of whole numbers. */
#include "cel/number.h"
#include "codec/decimal.h"
#include "segments/plan_private.h"

#define MICRO INT64_C(1000000)
#define NUMBER_MAX (INT64_MAX / 4)

/* A value in millionths; false where it has none, or too many. */
static bool
micro_of(omni__cel_value value, int64_t *out)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    omni__int128 micro;
    switch (value.kind) {
    case OMNI__CEL_INT:
        *out = value.as.number;
        return !__builtin_mul_overflow(*out, MICRO, out);
    case OMNI__CEL_UINT:
        return !__builtin_mul_overflow(value.as.natural, MICRO, out);
    case OMNI__CEL_DECIMAL:
        micro = *value.as.micro;
        break;
    case OMNI__CEL_DOUBLE: {
        /* Read as its shortest text, where that is a decimal. */
        const size_t size = omni__cel_double_format(value.as.real, text);
        const char *point = memchr(text, '.', size);
        if ((point != NULL && text + size - point > 7) ||
            strpbrk(text, "eaI") != NULL ||
            !omni__decimal_micro(omni__slice_of(text, size), &micro)) {
            return false;
        }
        break;
    }
    default:
        return false;
    }
    *out = (int64_t)micro.low;
    return omni__int128_compare(micro, omni__int128_of(*out)) == 0;
}

bool
omni__bound_of(omni__filter_kind kind, omni__cel_value value, omni__bound *out)
{
    if (kind == OMNI__FILTER_COUNT || kind == OMNI__FILTER_SUM) {
        int64_t micro;
        if (!micro_of(value, &micro)) {
            return false;
        }
        const bool sum = kind == OMNI__FILTER_SUM;
        out->exact = sum || micro % MICRO == 0;
        out->floor = sum ? micro : micro / MICRO - (micro % MICRO < 0);
    } else {
        if (value.kind != OMNI__CEL_TIMESTAMP) {
            return false;
        }
        out->exact = value.size % 1000 == 0;
        out->floor = value.as.number * MICRO + value.size / 1000;
    }
    return out->floor > -NUMBER_MAX && out->floor < NUMBER_MAX;
}

void
omni__filter_range(omni__filter *filter, omni__cel_op op, omni__bound x)
{
    switch (op) {
    case OMNI__CEL_LESS:
        filter->high = x.floor - (x.exact ? 1 : 0);
        break;
    case OMNI__CEL_LESS_EQUAL:
        filter->high = x.floor;
        break;
    case OMNI__CEL_GREATER:
        filter->low = x.floor + 1;
        break;
    case OMNI__CEL_GREATER_EQUAL:
        filter->low = x.floor + (x.exact ? 0 : 1);
        break;
    default: /* equal or not; nothing equals what is not exact */
        filter->outside = op == OMNI__CEL_UNEQUAL;
        filter->low = x.floor + (x.exact ? 0 : 1);
        filter->high = x.floor;
        break;
    }
}
