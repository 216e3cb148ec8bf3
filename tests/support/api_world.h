/*
   A store in a temporary directory, used as an application uses it: through
   the public headers alone. What has to succeed is asserted here.
*/
#ifndef OMNI__TESTS_SUPPORT_API_WORLD_H
#define OMNI__TESTS_SUPPORT_API_WORLD_H

#include "omni/omni.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_PATH 320

/* 2024-01-01T00:00:00Z */
#define API_T0 INT64_C(1704067200000000)
#define API_SECOND INT64_C(1000000)
#define API_HOUR (INT64_C(3600) * API_SECOND)

typedef struct api_world {
    char directory[256]; /* for all that a test makes */
    char path[API_PATH]; /* the store in it */
    omni_store_options options;
    omni_store *store; /* open, or NULL */
    omni_error error;  /* of the last call below */
} api_world;

/* Bytes that grow. */
typedef struct api_bytes {
    char *data;
    size_t size;
    size_t capacity;
} api_bytes;

/* Directory and options of a store that is not made yet. */
void
api_world_make(api_world *world);

/* Open, or create; close with all that it says. */
void
api_world_open(api_world *world);

void
api_world_close(api_world *world);

/* Close, and remove the directory. */
void
api_world_remove(api_world *world);

/* `directory/name`. */
void
api_world_path(const api_world *world, const char *name, char path[API_PATH]);

/* Remove a directory and all that is in it. */
void
api_remove(const char *path);

/* Copy a directory and all that is in it to a place where nothing is. */
void
api_copy(const char *from, const char *to);

/* Whole files. */
void
api_read_file(const char *path, api_bytes *out);

void
api_write_file(const char *path, const void *bytes, size_t size_bytes);

/* Name, size and bytes of every file below a directory, in order. */
void
api_read_tree(const char *path, api_bytes *out);

/* Add an event's JSON as a dump has it: without the fact, which is the
   store's own. */
void
api_add_event(omni_text json, api_bytes *out);

void
api_bytes_add(api_bytes *bytes, const void *data, size_t size_bytes);

void
api_bytes_free(api_bytes *bytes);

/* What a store says of itself. */
void
api_dump(omni_store *store, api_bytes *out);

omni_digest
api_digest(omni_store *store);

omni_stats
api_stats(omni_store *store);

/* Assert that a check finds nothing. */
void
api_check(omni_store *store);

/* An event "Viewed". */
omni_event
api_viewed(const char *id, int64_t time_us, const omni_identifier *who,
           size_t count);

/* Append, and what came of it. */
omni_event_result
api_put(omni_store *store, const omni_event *event);

/* Append; assert that it was taken. */
void
api_append(omni_store *store, const omni_event *event);

/* A track event of one identifier; id may be NULL. */
void
api_track(omni_store *store, const char *name, const char *id, int64_t time_us,
          omni_identifier identifier);

/* The profile of an identifier that has to be there. */
omni_id
api_find(omni_txn *txn, const char *ns, const char *value);

const omni_profile *
api_get(omni_txn *txn, const char *ns, const char *value);

/* Events of a name in the profile of an identifier; 0 if there is none. */
uint64_t
api_count(omni_store *store, const char *ns, const char *value,
          const char *name);

/* Whether two identifiers are one profile. */
bool
api_together(omni_store *store, omni_identifier a, omni_identifier b);

omni_txn *
api_begin(omni_store *store);

bool
api_is(omni_text text, const char *wanted);

/* A number from the environment, or the default. */
uint64_t
api_setting(const char *name, uint64_t otherwise);

/* A step of a small generator. */
uint64_t
api_random(uint64_t *state);

#define api_assert_text(text, wanted)                                          \
    do {                                                                       \
        const omni_text api_text_ = (text);                                    \
        ck_assert_msg(api_is(api_text_, (wanted)), "%.*s is not %s",           \
                      (int)api_text_.size, api_text_.bytes, (wanted));         \
    } while (0)

#define api_assert_id(a, b)                                                    \
    ck_assert_mem_eq((a).bytes, (b).bytes, sizeof((a).bytes))

#define api_assert_no_id(a, b)                                                 \
    ck_assert_mem_ne((a).bytes, (b).bytes, sizeof((a).bytes))

/* An identifier given in place. */
#define API_NAME(ns, value) ((omni_identifier){(ns), (value)})

#endif
