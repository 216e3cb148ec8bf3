/* Encoding and reading bodies of facts. */
#include "codec/body.h"

#include "codec/word.h"

#define BODY_FORMAT 1

enum {
    INSTANT_NONE = 1,  /* the sender gave no time */
    INSTANT_OTHER = 2, /* its own instant is not the event's time */
    FLAGS_KNOWN = INSTANT_NONE | INSTANT_OTHER
};

static void
put_tokens(const omni__named *named, size_t count, omni__buffer *out)
{
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_put(out, named[i].token.bytes, OMNI__TOKEN_SIZE);
        omni__put_varint(out, 0); /* erasures of it that the maker knew */
    }
}

static void
put_named(const omni__named *named, size_t count, omni__buffer *out)
{
    for (size_t i = 0; i < count; ++i) {
        omni__put_word(out, named[i].ns);
        omni__put_block(out, named[i].value);
    }
}

/* One token, and past the erasures of it that the maker knew. */
static void
read_token(omni__reader *reader, omni__token *out)
{
    const omni__slice token = omni__read_bytes(reader, OMNI__TOKEN_SIZE);
    if (token.data != NULL) {
        memcpy(out->bytes, token.data, OMNI__TOKEN_SIZE);
    }
    uint64_t erasures = omni__read_varint(reader);
    for (; erasures != 0 && !reader->bad; --erasures) {
        omni__read_block(reader);
    }
}

static void
read_named(omni__reader *reader, omni__named *named, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        named[i].ns = omni__read_word(reader);
        named[i].value = omni__read_block(reader);
    }
}

void
omni__event_body_encode(const omni__event_body *event, omni__buffer *out)
{
    omni__put_varint(out, event->identifier_count + event->stated_count);
    put_tokens(event->identifiers, event->identifier_count, out);
    put_tokens(event->stated, event->stated_count, out);
    uint8_t flags = 0;
    if (event->instant_us == 0) {
        flags = INSTANT_NONE;
    } else if (event->instant_us != event->time_us) {
        flags = INSTANT_OTHER;
    }
    omni__buffer_byte(out, BODY_FORMAT);
    omni__buffer_byte(out, event->type);
    omni__buffer_byte(out, flags);
    omni__put_zigzag(out, event->time_us);
    if (flags == INSTANT_OTHER) {
        omni__put_zigzag(out, event->instant_us);
    }
    omni__put_block(out, event->id);
    if (event->id.size == 0) {
        omni__put_le64(out, event->made_id);
    }
    omni__put_varint(out, event->identifier_count);
    put_named(event->identifiers, event->identifier_count, out);
    put_named(event->stated, event->stated_count, out);
    omni__put_word(out, event->name);
    omni__put_word(out, event->channel);
    omni__put_word(out, event->source);
    omni__put_block(out, event->group_id);
    omni__put_block(out, event->traits);
    omni__put_block(out, event->properties);
}

/* Tokens of identifiers first, then of stated ends: where the latter begin is
   not known before the identifiers are counted. Returns how many. */
static size_t
read_event_tokens(omni__reader *reader, omni__event_body *event)
{
    const uint64_t count = omni__read_varint(reader);
    if (count > OMNI__TOKENS_MAX) {
        omni__reader_spoil(reader);
        return 0;
    }
    for (size_t i = 0; i < count; ++i) {
        read_token(reader,
                   i < OMNI_LIMIT_IDENTIFIERS
                       ? &event->identifiers[i].token
                       : &event->stated[i - OMNI_LIMIT_IDENTIFIERS].token);
    }
    return (size_t)count;
}

/* Move the tokens of stated ends to where they belong. */
static void
settle_tokens(omni__event_body *event, size_t count)
{
    const size_t named = event->identifier_count;
    omni__token tokens[OMNI__STATED_MAX];
    for (size_t i = named; i < count; ++i) {
        tokens[i - named] =
            i < OMNI_LIMIT_IDENTIFIERS
                ? event->identifiers[i].token
                : event->stated[i - OMNI_LIMIT_IDENTIFIERS].token;
    }
    for (size_t i = 0; i < event->stated_count; ++i) {
        event->stated[i].token = tokens[i];
    }
}

omni_status
omni__event_body_decode(omni__slice body, omni__event_body *event)
{
    omni__reader reader = omni__reader_of(body);
    const size_t count = read_event_tokens(&reader, event);
    const uint8_t format = omni__read_byte(&reader);
    event->type = omni__read_byte(&reader);
    const uint8_t flags = omni__read_byte(&reader);
    event->time_us = omni__read_zigzag(&reader);
    event->instant_us = event->time_us;
    if ((flags & INSTANT_NONE) != 0) {
        event->instant_us = 0;
    } else if ((flags & INSTANT_OTHER) != 0) {
        event->instant_us = omni__read_zigzag(&reader);
    }
    event->id = omni__read_block(&reader);
    event->made_id = event->id.size == 0 ? omni__read_le64(&reader) : 0;
    const uint64_t named = omni__read_varint(&reader);
    if (reader.bad || format != BODY_FORMAT || (flags & ~FLAGS_KNOWN) != 0 ||
        named > count || named > OMNI_LIMIT_IDENTIFIERS || named == 0 ||
        count - named > OMNI__STATED_MAX) {
        return OMNI_ERR_CORRUPT;
    }
    event->identifier_count = (size_t)named;
    event->stated_count = count - (size_t)named;
    settle_tokens(event, count);
    read_named(&reader, event->identifiers, event->identifier_count);
    read_named(&reader, event->stated, event->stated_count);
    event->name = omni__read_word(&reader);
    event->channel = omni__read_word(&reader);
    event->source = omni__read_word(&reader);
    event->group_id = omni__read_block(&reader);
    event->traits = omni__read_block(&reader);
    event->properties = omni__read_block(&reader);
    return reader.bad || reader.at != reader.end ? OMNI_ERR_CORRUPT : OMNI_OK;
}

void
omni__event_content(const omni__event_body *event, omni__buffer *out)
{
    omni__buffer_byte(out, event->type);
    omni__put_block(out, event->name);
    omni__put_zigzag(out, event->time_us);
    omni__put_block(out, event->channel);
    omni__put_block(out, event->source);
    omni__put_varint(out, event->identifier_count);
    for (size_t i = 0; i < event->identifier_count; ++i) {
        omni__put_block(out, event->identifiers[i].ns);
        omni__put_block(out, event->identifiers[i].value);
    }
    omni__put_block(out, event->traits);
    omni__put_block(out, event->properties);
    /* Two aliases or groups are not equal if they speak of different ids. */
    omni__put_varint(out, event->stated_count);
    for (size_t i = 0; i < event->stated_count; ++i) {
        omni__put_block(out, event->stated[i].value);
    }
    omni__buffer_slice(out, event->group_id);
}

uint64_t
omni__event_content_hash(const omni__secret *secret,
                         const omni__event_body *event, omni__buffer *buffer)
{
    omni__buffer_clear(buffer);
    omni__event_content(event, buffer);
    return omni__content_hash(secret, omni__buffer_bytes(buffer));
}

void
omni__statement_body_encode(const omni__statement_body *statement,
                            omni__buffer *out)
{
    omni__put_varint(out, 2);
    put_tokens(statement->ends, 2, out);
    omni__buffer_byte(out, BODY_FORMAT);
    omni__put_zigzag(out, statement->time_us);
    put_named(statement->ends, 2, out);
    omni__put_block(out, statement->author);
    omni__put_block(out, statement->reason);
}

omni_status
omni__statement_body_decode(omni__slice body, omni__statement_body *statement)
{
    omni__reader reader = omni__reader_of(body);
    const uint64_t count = omni__read_varint(&reader);
    for (size_t i = 0; i < 2; ++i) {
        read_token(&reader, &statement->ends[i].token);
    }
    const uint8_t format = omni__read_byte(&reader);
    statement->time_us = omni__read_zigzag(&reader);
    if (reader.bad || count != 2 || format != BODY_FORMAT) {
        return OMNI_ERR_CORRUPT;
    }
    read_named(&reader, statement->ends, 2);
    statement->author = omni__read_block(&reader);
    statement->reason = omni__read_block(&reader);
    return reader.bad || reader.at != reader.end ? OMNI_ERR_CORRUPT : OMNI_OK;
}
