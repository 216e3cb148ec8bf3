/** @file identifier.h  Names of people, and public ids. */
#ifndef OMNI_IDENTIFIER_H
#define OMNI_IDENTIFIER_H

#include "omni/export.h"
#include "omni/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
   One name of somebody: a namespace and a value in it.

   The namespace is `[a-z][a-z0-9_]{0,31}`: user_id, loyalty_id, email, phone,
   device_id, anonymous_id or any other. The value is UTF-8, at most
   OMNI_LIMIT_IDENTIFIER_BYTES, and is normalised wherever it is passed in.
*/
typedef struct omni_identifier {
    const char *ns;    /**< Namespace, zero-terminated. */
    const char *value; /**< Value, zero-terminated. */
} omni_identifier;

/** UTF-8 bytes that are not zero-terminated; borrowed. */
typedef struct omni_text {
    const char *bytes; /**< NULL only if `size` is 0. */
    size_t size;       /**< Bytes. */
} omni_text;

/** An identifier that was read, in normal form; borrowed. */
typedef struct omni_identifier_text {
    omni_text ns;    /**< Namespace. */
    omni_text value; /**< Value. */
} omni_identifier_text;

/** Public id of a profile or identifier: 128 bits without meaning. */
typedef struct omni_id {
    uint8_t bytes[16]; /**< Compared as bytes, by memcmp(). */
} omni_id;

/** Bytes of the text form of an omni_id, with its terminator. */
#define OMNI_ID_TEXT_SIZE 33

/** Id of a fact: the replica that made it, its number there, a hash. */
typedef struct omni_fact_id {
    uint8_t replica[16]; /**< Store that made it. */
    uint64_t sequence;   /**< From 1, without gaps. */
    uint8_t check[8];    /**< First bytes of the hash of the fact's header. */
} omni_fact_id;

/** Bytes of the text form of an omni_fact_id, with its terminator. */
#define OMNI_FACT_ID_TEXT_SIZE 72

/**
   Write an id as 32 lower-case hex digits. Any thread.

   @param id        The id.
   @param[out] text Room for OMNI_ID_TEXT_SIZE bytes; terminated.
   @since 0.1
*/
OMNI_API void
omni_id_format(const omni_id *id, char *text);

/**
   Read an id from 32 hex digits of either case. Any thread.

   @param text     Zero-terminated.
   @param[out] out The id. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_ERR_SYNTAX if the text is anything else.
   @since 0.1
*/
OMNI_API omni_status
omni_id_parse(const char *text, omni_id *out);

/**
   Write a fact id as `REPLICA:SEQUENCE:CHECK` (hex, decimal, hex). Any thread.

   @param id        The id.
   @param[out] text Room for OMNI_FACT_ID_TEXT_SIZE bytes; terminated.
   @since 0.1
*/
OMNI_API void
omni_fact_id_format(const omni_fact_id *id, char *text);

/**
   Read a fact id: `REPLICA:SEQUENCE`, as JSON and the commands show it, or
   `REPLICA:SEQUENCE:CHECK`. Any thread.

   @param text     The text.
   @param[out] out The id; a check that is not there is zero. Untouched on
                   failure.
   @return OMNI_OK; OMNI_ERR_SYNTAX.
   @since 0.1
*/
OMNI_API omni_status
omni_fact_id_parse(const char *text, omni_fact_id *out);

#ifdef __cplusplus
}
#endif

#endif
