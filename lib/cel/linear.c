/*
   Arithmetic of instants and durations, and where what grows with now crosses
   a bound. A moment is whole microseconds and the nanoseconds above them: now
   and thus every crossing is one of microseconds, which 64 bits hold for all
   years that there are.
*/
#include "cel/linear.h"

#define NANO 1000
#define SECOND INT64_C(1000000)

typedef struct moment {
    int64_t us;
    int32_t ns; /* 0 to 999 */
} moment;

static int64_t
floor_of(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static moment
moment_of(omni__cel_value value)
{
    if (value.kind == OMNI__CEL_TIMESTAMP) {
        return (moment){.us = value.as.number * SECOND +
                              (int64_t)(value.size / NANO),
                        .ns = (int32_t)(value.size % NANO)};
    }
    const int64_t us = floor_of(value.as.number, NANO);
    const int64_t rest = value.as.number % NANO;
    return (moment){.us = us, .ns = (int32_t)(rest < 0 ? rest + NANO : rest)};
}

static moment
add(moment a, moment b)
{
    const bool carry = a.ns + b.ns >= NANO;
    return (moment){.us = a.us + b.us + carry,
                    .ns = a.ns + b.ns - (carry ? NANO : 0)};
}

static moment
minus(moment a)
{
    return (moment){.us = -a.us - (a.ns != 0),
                    .ns = a.ns == 0 ? 0 : NANO - a.ns};
}

/* From how many microseconds after now on `d < 0`, or `d <= 0` where that is
   not strict, comes out otherwise than before. */
static int64_t
crossing(moment d, int slope, bool strict)
{
    if (slope < 0) {
        d = minus(d);
        slope = -slope;
        strict = !strict;
    }
    return strict ? -floor_of(d.us, slope)
                  : 1 + floor_of(-d.us - (d.ns != 0), slope);
}

/* Narrow to this side of a crossing. */
static void
keep(omni__cel_run *run, int64_t after_us)
{
    const int64_t at_us = run->now_us + after_us;
    omni__cel_run_hold(run, after_us > 0 ? INT64_MIN : at_us,
                       after_us > 0 ? at_us : INT64_MAX);
}

static void
bound(omni__cel_run *run, moment at, int slope, moment by, bool strict)
{
    keep(run, crossing(add(at, minus(by)), slope, strict));
}

/* Narrow to where a sum is in its kind's range, or out of it, as it is now. */
static void
keep_range(omni__cel_run *run, omni__cel_kind kind, moment at, int slope)
{
    if (kind == OMNI__CEL_TIMESTAMP) {
        const moment low = {.us = OMNI__CEL_TIME_MIN * SECOND};
        const moment end = {.us = OMNI__CEL_TIME_END * SECOND};
        bound(run, at, slope, low, true);
        bound(run, at, slope, end, true);
    } else {
        bound(run, at, slope, moment_of(omni__cel_duration(INT64_MIN)), true);
        bound(run, at, slope, moment_of(omni__cel_duration(INT64_MAX)), false);
    }
}

static omni__cel_value
value_of(omni__cel_run *run, omni__cel_kind kind, moment at, int slope)
{
    omni__cel_value out;
    int64_t whole = floor_of(at.us, SECOND);
    bool over;
    if (kind == OMNI__CEL_TIMESTAMP) {
        const int64_t rest = (at.us - whole * SECOND) * NANO + at.ns;
        out = omni__cel_timestamp(whole, (uint32_t)rest);
        over = whole < OMNI__CEL_TIME_MIN || whole >= OMNI__CEL_TIME_END;
    } else {
        /* The least durations are within reach only from above. */
        over = __builtin_mul_overflow(at.us + (at.us < 0), NANO, &whole) ||
               __builtin_add_overflow(whole, at.ns - (at.us < 0 ? NANO : 0),
                                      &whole);
        out = omni__cel_duration(whole);
    }
    out.slope = (int8_t)slope;
    return over ? omni__cel_run_error(run, "the result is out of range") : out;
}

omni__cel_value
omni__cel_linear_add(omni__cel_run *run, bool subtract, omni__cel_kind kind,
                     omni__cel_value a, omni__cel_value b)
{
    const moment right = moment_of(b);
    const moment sum = add(moment_of(a), subtract ? minus(right) : right);
    const int slope = subtract ? a.slope - b.slope : a.slope + b.slope;
    if (slope < INT8_MIN || slope > INT8_MAX) {
        return omni__cel_run_error(run, "now is in a sum more than 127 times");
    }
    if (slope != 0) {
        keep_range(run, kind, sum, slope);
    }
    return value_of(run, kind, sum, slope);
}

void
omni__cel_linear_compare(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b)
{
    const moment d = add(moment_of(a), minus(moment_of(b)));
    const int slope = a.slope - b.slope;
    const int64_t reached = crossing(d, slope, slope > 0);
    const int64_t passed = crossing(d, slope, slope < 0);
    switch (op) {
    case OMNI__CEL_LESS:
    case OMNI__CEL_GREATER_EQUAL:
        keep(run, crossing(d, slope, true));
        break;
    case OMNI__CEL_LESS_EQUAL:
    case OMNI__CEL_GREATER:
        keep(run, crossing(d, slope, false));
        break;
    default:
        /* They may pass each other between two microseconds. */
        if (reached < passed) {
            keep(run, reached);
            keep(run, passed);
        }
        break;
    }
}

void
omni__cel_linear_stay(omni__cel_run *run, omni__cel_value value, int64_t low,
                      int64_t high)
{
    const moment at = moment_of(value);
    const bool strict = value.kind == OMNI__CEL_TIMESTAMP || at.us >= 0;
    bound(run, at, value.slope, (moment){.us = low * SECOND}, strict);
    bound(run, at, value.slope, (moment){.us = high * SECOND}, strict);
}

omni__cel_value
omni__cel_linear_count(omni__cel_run *run, omni__cel_value value,
                       int64_t number, int64_t low, int64_t unit)
{
    const moment at = moment_of(value);
    const bool strict = value.kind == OMNI__CEL_TIMESTAMP || at.us >= 0;
    const moment edge = {.us = (value.slope > 0 ? low : low + unit) * SECOND};
    if (value.slope != 1 && value.slope != -1) {
        omni__cel_linear_stay(run, value, low, low + unit);
        return omni__cel_int(number);
    }
    return omni__cel_moving(
        run, number,
        (omni__cel_gait){.begin_us =
                             run->now_us + crossing(add(at, minus(edge)),
                                                    value.slope, strict),
                         .unit_us = unit * SECOND,
                         .by = value.slope});
}

omni__cel_value
omni__cel_linear_second(omni__cel_run *run, omni__cel_value value)
{
    const int64_t second_us = floor_of(run->now_us, SECOND) * SECOND;
    const moment since = {.us = value.slope * (second_us - run->now_us)};
    return value_of(run, (omni__cel_kind)value.kind,
                    add(moment_of(value), since), 0);
}
