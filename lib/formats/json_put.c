/* JSON pieces: keys, times, ids, names. */
#include "formats/json_put.h"

#include "codec/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
omni__json_put_text(omni__buffer *out, omni_text text)
{
    omni__json_write_text(omni__slice_of_text(text), out);
}

void
omni__json_put_key(omni__buffer *out, const char *key)
{
    omni__json_write_text(omni__slice_text(key), out);
    omni__buffer_byte(out, ':');
}

void
omni__json_put_time(omni__buffer *out, int64_t time_us)
{
    char text[OMNI__TIME_TEXT];
    const size_t size = omni__time_format(time_us, text);
    omni__json_write_text(omni__slice_of(text, size), out);
}

void
omni__json_put_number(omni__buffer *out, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    omni__buffer_text(out, text);
}

void
omni__json_put_comma(omni__buffer *out, size_t index)
{
    if (index != 0) {
        omni__buffer_byte(out, ',');
    }
}

void
omni__json_put_texts(omni__buffer *out, const omni_text *texts, size_t count)
{
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        omni__json_put_text(out, texts[i]);
    }
    omni__buffer_byte(out, ']');
}

/* "namespace:value"; the namespace has nothing to escape. */
void
omni__json_put_who(omni__buffer *out, omni_text ns, omni_text value)
{
    const size_t start = out->size;
    omni__json_write_text(omni__slice_of_text(value), out);
    if (out->failed || !omni__buffer_reserve(out, ns.size + 1)) {
        return;
    }
    uint8_t *at = out->data + start + 1;
    memmove(at + ns.size + 1, at, out->size - start - 1);
    memcpy(at, ns.bytes, ns.size);
    at[ns.size] = ':';
    out->size += ns.size + 1;
}

void
omni__json_put_bool(omni__buffer *out, bool value)
{
    omni__buffer_text(out, value ? "true" : "false");
}

void
omni__json_put_id(omni__buffer *out, const omni_id *id)
{
    char text[OMNI_ID_TEXT_SIZE];
    omni_id_format(id, text);
    omni__json_write_text(omni__slice_text(text), out);
}

void
omni__json_put_fact(omni__buffer *out, const omni_fact_id *fact)
{
    char text[OMNI_FACT_ID_TEXT_SIZE];
    omni_fact_id_format(fact, text);
    const size_t size = (size_t)(strrchr(text, ':') - text);
    omni__json_write_text(omni__slice_of(text, size), out);
}

void
omni__json_put_member(omni__buffer *out, const char *key, omni_text text)
{
    omni__json_put_key(out, key);
    omni__json_put_text(out, text);
    omni__buffer_byte(out, ',');
}

void
omni__json_put_if(omni__buffer *out, const char *key, omni_text text)
{
    if (text.size != 0) {
        omni__json_put_member(out, key, text);
    }
}
