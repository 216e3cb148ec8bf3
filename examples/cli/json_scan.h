/* Canonical JSON as the library writes it, taken apart without a tree. */
#ifndef OMNI_CLI_JSON_SCAN_H
#define OMNI_CLI_JSON_SCAN_H

#include "omni/omni.h"

#include <stdbool.h>

/* Bytes that grow; zero-filled is empty. */
typedef struct bytes {
    char *data;
    size_t size;
    size_t capacity;
    bool failed; /* out of memory */
} bytes;

void
bytes_add(bytes *bytes, omni_text text);

void
bytes_free(bytes *bytes);

/* The next member of an object, which is cut from its start; false after the
   last. The key stands as it is written, between its quotes. */
bool
json_member(omni_text *object, omni_text *key, omni_text *value);

/* Append what a string between quotes stands for. */
void
json_unescape(omni_text string, bytes *out);

/* Append a value as a person would write it: a string without its quotes and
   escapes, nothing for null, all else as it stands. */
void
json_plain(omni_text value, bytes *out);

#endif
