/*
   JSON: a strict reader into a small tree, and canonical text.

   Canonical: keys sorted by bytes, no spaces, strings with the fewest escapes
   (\" \\ and control characters: \b \f \n \r \t or \u00xx), numbers as
   omni__decimal_canonical(). All JSON that is stored or compared is canonical.
*/
#ifndef OMNI__CODEC_JSON_H
#define OMNI__CODEC_JSON_H

#include "platform/arena.h"
#include "platform/buffer.h"

typedef enum omni__json_type {
    OMNI__JSON_NULL,
    OMNI__JSON_FALSE,
    OMNI__JSON_TRUE,
    OMNI__JSON_NUMBER, /* text: canonical decimal */
    OMNI__JSON_STRING, /* text: UTF-8, unescaped */
    OMNI__JSON_ARRAY,
    OMNI__JSON_OBJECT
} omni__json_type;

typedef struct omni__json omni__json;

/* Borrowed from the bytes that were read, and from the arena. */
struct omni__json {
    omni__json_type type;
    uint32_t height;         /* levels of arrays and objects in it; 0: scalar */
    omni__slice text;        /* of an array or object: as it was sent */
    omni__slice key;         /* in an object: unescaped name of this member */
    const omni__json *items; /* members of an object are sorted by key */
    size_t count;
};

/* What was wrong, and at which byte. */
typedef struct omni__json_fault {
    size_t offset;
    bool limit;  /* over depth or a number's range rather than malformed */
    bool memory; /* out of memory */
    char message[96];
} omni__json_fault;

/*
   Read one JSON value that takes up all of `bytes` but white space. Refuses
   what RFC 8259 does not allow, and also: duplicate keys, lone surrogates,
   NUL in strings, bytes that are not UTF-8, more than OMNI_LIMIT_JSON_DEPTH
   levels. NULL on a fault.
*/
const omni__json *
omni__json_parse(omni__slice bytes, omni__arena *arena,
                 omni__json_fault *fault);

typedef struct omni__json_rules {
    uint32_t depth; /* levels, at most OMNI__JSON_DEPTH_MAX */
    bool nul;       /* \u0000 may stand in strings */
} omni__json_rules;

/* The same by other rules. */
const omni__json *
omni__json_parse_within(omni__slice bytes, omni__json_rules rules,
                        omni__arena *arena, omni__json_fault *fault);

#define OMNI__JSON_DEPTH_MAX 64

/* Member of an object by name, or NULL (also if `object` is NULL or none). */
const omni__json *
omni__json_get(const omni__json *object, const char *key);

/* Append a value as canonical text. */
void
omni__json_write(const omni__json *value, omni__buffer *out);

/* Append a string as a canonical JSON string, with its quotes. */
void
omni__json_write_text(omni__slice text, omni__buffer *out);

/*
   Walk over a canonical JSON object or array without a tree: `*at` 0 at the
   start, then as left by the last call. False at the end. `key` (escaped as
   it stands, without quotes) is empty for arrays. Only for text that this
   module wrote: bytes from disk that are not canonical end the walk.
*/
bool
omni__json_each(omni__slice canonical, size_t *at, omni__slice *key,
                omni__slice *value);

/* Value of a member of a canonical object, by its unescaped name made only of
   ASCII letters, digits and `_`; false if there is none. */
bool
omni__json_member(omni__slice canonical, const char *key, omni__slice *value);

/* Append the unescaped text of a canonical JSON string (with its quotes). */
bool
omni__json_unescape(omni__slice string, omni__buffer *out);

#endif
