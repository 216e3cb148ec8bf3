/*
   Values of CEL (Common Expression Language, google/cel-spec doc/langdef.md):
   16 bytes each, what they point at lives in an arena or with the host. An
   error is a value too, so that `&&` and `||` can absorb it.
*/
#ifndef OMNI__CEL_VALUE_H
#define OMNI__CEL_VALUE_H

#include "codec/int128.h"
#include "platform/arena.h"

typedef enum omni__cel_kind {
    OMNI__CEL_ERROR = 0,
    OMNI__CEL_NULL,
    OMNI__CEL_BOOL,
    OMNI__CEL_INT,
    OMNI__CEL_UINT,
    OMNI__CEL_DOUBLE,
    OMNI__CEL_STRING,
    OMNI__CEL_BYTES,
    OMNI__CEL_TIMESTAMP,
    OMNI__CEL_DURATION,
    OMNI__CEL_LIST,
    OMNI__CEL_MAP,
    OMNI__CEL_TYPE,
    OMNI__CEL_OPTIONAL,
    OMNI__CEL_IP,
    OMNI__CEL_CIDR,
    OMNI__CEL_DECIMAL,
    OMNI__CEL_KINDS
} omni__cel_kind;

typedef struct omni__cel_value omni__cel_value;
typedef struct omni__cel_map omni__cel_map;

/* Why there is no value, and where in the expression. */
typedef struct omni__cel_error {
    const char *message;
    uint32_t offset;
    uint32_t end; /* behind its last byte */
} omni__cel_error;

/* An address: 16 bytes of IPv6, or 4 of IPv4; with a prefix it is a block. */
typedef struct omni__cel_net {
    uint8_t bytes[16];
    uint8_t size;   /* 4 or 16 */
    uint8_t prefix; /* bits, of a CIDR */
} omni__cel_net;

struct omni__cel_value {
    uint8_t kind;
    int8_t slope;  /* of a TIMESTAMP or DURATION: how many seconds it grows by
                      with each second that `now` is later; of others 1 if they
                      move with it in ways of their own (moving.h); else 0 */
    uint32_t size; /* bytes of text, items of a list, nanoseconds of an instant,
                      the kind that a TYPE names, how an INT moves */
    union {
        bool truth;
        int64_t number;   /* INT; seconds since 1970 of a TIMESTAMP; nanoseconds
                             of a DURATION */
        uint64_t natural; /* UINT */
        double real;
        const uint8_t *bytes;         /* STRING (UTF-8), BYTES */
        const omni__cel_value *items; /* LIST; OPTIONAL: NULL is none */
        const omni__cel_map *map;
        const omni__cel_error *error;
        const omni__cel_net *net;
        const omni__int128 *micro; /* DECIMAL, in millionths */
    } as;
};

_Static_assert(sizeof(omni__cel_value) == 16, "copied all the time");

typedef struct omni__cel_entry {
    omni__cel_value key;
    omni__cel_value value;
} omni__cel_entry;

/* Keys are bool, int, uint or string, each once. */
struct omni__cel_map {
    const omni__cel_entry *entries;
    size_t count;
};

/* Seconds of 0001-01-01T00:00:00Z and of the second after year 9999. */
#define OMNI__CEL_TIME_MIN INT64_C(-62135596800)
#define OMNI__CEL_TIME_END INT64_C(253402300800)

static inline omni__cel_value
omni__cel_null(void)
{
    return (omni__cel_value){.kind = OMNI__CEL_NULL};
}

static inline omni__cel_value
omni__cel_bool(bool truth)
{
    return (omni__cel_value){.kind = OMNI__CEL_BOOL, .as.truth = truth};
}

static inline omni__cel_value
omni__cel_int(int64_t number)
{
    return (omni__cel_value){.kind = OMNI__CEL_INT, .as.number = number};
}

static inline omni__cel_value
omni__cel_uint(uint64_t natural)
{
    return (omni__cel_value){.kind = OMNI__CEL_UINT, .as.natural = natural};
}

static inline omni__cel_value
omni__cel_double(double real)
{
    return (omni__cel_value){.kind = OMNI__CEL_DOUBLE, .as.real = real};
}

/* Where bytes begin; never NULL, so that offsets into nothing are defined. */
static inline const uint8_t *
omni__cel_start(omni__slice bytes)
{
    return bytes.data != NULL ? bytes.data : (const uint8_t *)"";
}

static inline omni__cel_value
omni__cel_text(omni__slice text)
{
    return (omni__cel_value){.kind = OMNI__CEL_STRING,
                             .size = (uint32_t)text.size,
                             .as.bytes = omni__cel_start(text)};
}

static inline omni__cel_value
omni__cel_bytes(omni__slice bytes)
{
    return (omni__cel_value){.kind = OMNI__CEL_BYTES,
                             .size = (uint32_t)bytes.size,
                             .as.bytes = omni__cel_start(bytes)};
}

static inline omni__cel_value
omni__cel_type(omni__cel_kind kind)
{
    return (omni__cel_value){.kind = OMNI__CEL_TYPE, .size = kind};
}

static inline omni__cel_value
omni__cel_duration(int64_t nanoseconds)
{
    return (omni__cel_value){.kind = OMNI__CEL_DURATION,
                             .as.number = nanoseconds};
}

static inline omni__cel_value
omni__cel_timestamp(int64_t seconds, uint32_t nanoseconds)
{
    return (omni__cel_value){
        .kind = OMNI__CEL_TIMESTAMP, .size = nanoseconds, .as.number = seconds};
}

static inline omni__cel_value
omni__cel_list(const omni__cel_value *items, size_t count)
{
    return (omni__cel_value){
        .kind = OMNI__CEL_LIST, .size = (uint32_t)count, .as.items = items};
}

static inline omni__cel_value
omni__cel_none(void)
{
    return (omni__cel_value){.kind = OMNI__CEL_OPTIONAL};
}

static inline bool
omni__cel_is_error(omni__cel_value value)
{
    return value.kind == OMNI__CEL_ERROR;
}

/* True for BOOL `truth` and for nothing else. */
static inline bool
omni__cel_is(omni__cel_value value, bool truth)
{
    return value.kind == OMNI__CEL_BOOL && value.as.truth == truth;
}

/* The bytes of a STRING or of BYTES. */
static inline omni__slice
omni__cel_slice(omni__cel_value value)
{
    return omni__slice_of(value.as.bytes, value.size);
}

/* Name of a type, as CEL writes it: "int", "google.protobuf.Timestamp", …. */
const char *
omni__cel_kind_name(omni__cel_kind kind);

/* Equality of the language: across int, uint and double by value; other kinds
   are unequal; NaN is unequal to itself. */
bool
omni__cel_equal(omni__cel_value a, omni__cel_value b);

/* Order: -1, 0 or 1; false where the two have none (kinds, NaN). */
bool
omni__cel_compare(omni__cel_value a, omni__cel_value b, int *order);

/* The value of a key, or NULL. */
const omni__cel_value *
omni__cel_find(const omni__cel_map *map, omni__cel_value key);

#endif
