/* Pieces of canonical JSON that documents are put together from. */
#ifndef OMNI__FORMATS_JSON_PUT_H
#define OMNI__FORMATS_JSON_PUT_H

#include "codec/json.h"
#include "profile/view.h"

/* `"key":` */
void
omni__json_put_key(omni__buffer *out, const char *key);

void
omni__json_put_text(omni__buffer *out, omni_text text);

/* RFC 3339, in quotes. */
void
omni__json_put_time(omni__buffer *out, int64_t time_us);

void
omni__json_put_number(omni__buffer *out, uint64_t value);

void
omni__json_put_bool(omni__buffer *out, bool value);

/* 32 hex digits, in quotes. */
void
omni__json_put_id(omni__buffer *out, const omni_id *id);

/* "REPLICA:SEQUENCE" */
void
omni__json_put_fact(omni__buffer *out, const omni_fact_id *fact);

/* A comma before every member but the first. */
void
omni__json_put_comma(omni__buffer *out, size_t index);

/* `"key":"text",` */
void
omni__json_put_member(omni__buffer *out, const char *key, omni_text text);

/* The same, if there is any text. */
void
omni__json_put_if(omni__buffer *out, const char *key, omni_text text);

/* An array of strings. */
void
omni__json_put_texts(omni__buffer *out, const omni_text *texts, size_t count);

/* "namespace:value" */
void
omni__json_put_who(omni__buffer *out, omni_text ns, omni_text value);

#endif
