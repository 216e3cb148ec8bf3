/* Encoding and reading groups. Layout: docs/file-format.md, "Groups". */
#include "codec/group.h"

#include <sodium.h>

#define GROUP_VERSION 1

void
omni__body_hash(const uint8_t salt[OMNI__SALT_SIZE], omni__slice body,
                uint8_t hash[OMNI__HASH_SIZE])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, OMNI__HASH_SIZE);
    crypto_generichash_update(&state, salt, OMNI__SALT_SIZE);
    crypto_generichash_update(&state, body.data, body.size);
    crypto_generichash_final(&state, hash, OMNI__HASH_SIZE);
}

static void
encode_headers(const omni__group_place *place, const omni__fact_draft *facts,
               size_t count, omni__buffer *out)
{
    omni__buffer_byte(out, GROUP_VERSION);
    omni__buffer_put(out, place->replica, OMNI__REPLICA_SIZE);
    omni__buffer_put(out, place->previous, OMNI__HASH_SIZE);
    omni__put_varint(out, place->first_sequence);
    omni__put_varint(out, count);
    omni__put_le64(out, place->hlc);
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_byte(out, facts[i].kind);
        omni__put_varint(out, i == 0 ? 0 : 1); /* step of the clock */
        omni__put_varint(out, 0);              /* no further fields */
        omni__buffer_put(out, facts[i].body_hash, OMNI__HASH_SIZE);
    }
}

void
omni__group_encode(const omni__group_place *place,
                   const omni__fact_draft *facts, size_t count,
                   omni__buffer *out, uint8_t hash[OMNI__HASH_SIZE])
{
    const size_t start = out->size;
    omni__buffer_put(out, "\0\0\0\0", 4); /* size of the header block */
    encode_headers(place, facts, count, out);
    if (out->failed) {
        return;
    }
    const size_t header_size = out->size - start - 4;
    omni__le32_write(out->data + start, (uint32_t)header_size);
    crypto_generichash(hash, OMNI__HASH_SIZE, out->data + start + 4,
                       header_size, NULL, 0);
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_byte(out, OMNI__BODY_PLAIN);
        omni__buffer_put(out, facts[i].salt, OMNI__SALT_SIZE);
        omni__put_block(out, facts[i].body);
    }
}

/* Leave `group` standing before its first fact. */
static void
rewind_group(omni__group *group, const uint8_t *facts)
{
    group->headers = (omni__reader){
        .at = facts, .end = group->header.data + group->header.size};
    group->bodies = (omni__reader){
        .at = group->headers.end, .end = group->bytes.data + group->bytes.size};
    group->next_index = 0;
    group->next_hlc = group->hlc;
}

/* The header of one fact. */
static void
read_header(omni__group *group, omni__fact *fact)
{
    omni__reader *headers = &group->headers;
    fact->kind = omni__read_byte(headers);
    group->next_hlc += omni__read_varint(headers);
    fact->hlc = group->next_hlc;
    fact->header_more = omni__read_block(headers);
    fact->body_hash = omni__read_bytes(headers, OMNI__HASH_SIZE).data;
}

/* Last HLC of a group whose facts begin at `facts`; false if malformed. */
static bool
scan_headers(omni__group *group, const uint8_t *facts)
{
    rewind_group(group, facts);
    omni__fact fact;
    for (uint64_t i = 0; i < group->count; ++i) {
        read_header(group, &fact);
        if (group->headers.bad) {
            return false;
        }
    }
    group->last_hlc = group->next_hlc;
    return group->headers.at == group->headers.end;
}

omni_status
omni__group_open(omni__slice bytes, omni__group *group, omni_error *error)
{
    memset(group, 0, sizeof(*group));
    group->bytes = bytes;
    omni__reader reader = omni__reader_of(bytes);
    const omni__slice prefix = omni__read_bytes(&reader, 4);
    if (prefix.data != NULL) {
        group->header = omni__read_bytes(&reader, omni__le32_read(prefix.data));
    }
    omni__reader header = omni__reader_of(group->header);
    const uint8_t version = omni__read_byte(&header);
    if (!header.bad && version != GROUP_VERSION) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "group of format %u, this library reads %u", version,
                          GROUP_VERSION);
    }
    const omni__slice replica = omni__read_bytes(&header, OMNI__REPLICA_SIZE);
    const omni__slice previous = omni__read_bytes(&header, OMNI__HASH_SIZE);
    group->first_sequence = omni__read_varint(&header);
    group->count = omni__read_varint(&header);
    group->hlc = omni__read_le64(&header);
    if (header.bad || group->count == 0 || group->first_sequence == 0) {
        return omni__fail(error, OMNI_ERR_CORRUPT, "group header is malformed");
    }
    memcpy(group->replica, replica.data, OMNI__REPLICA_SIZE);
    memcpy(group->previous, previous.data, OMNI__HASH_SIZE);
    if (!scan_headers(group, header.at)) {
        return omni__fail(error, OMNI_ERR_CORRUPT, "fact header is malformed");
    }
    rewind_group(group, header.at);
    return OMNI_OK;
}

omni_status
omni__group_next(omni__group *group, omni__fact *fact)
{
    if (group->next_index == group->count) {
        return OMNI_END;
    }
    memset(fact, 0, sizeof(*fact));
    read_header(group, fact);
    fact->group = group;
    fact->sequence = group->first_sequence + group->next_index++;
    omni__reader *bodies = &group->bodies;
    fact->body_offset = (size_t)(bodies->at - group->bytes.data);
    fact->body_state = omni__read_byte(bodies);
    if (fact->body_state != OMNI__BODY_DROPPED) {
        fact->salt = omni__read_bytes(bodies, OMNI__SALT_SIZE).data;
        fact->body = omni__read_block(bodies);
    }
    const bool bad = group->headers.bad || bodies->bad ||
                     fact->body_state > OMNI__BODY_SEALED;
    return bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

void
omni__group_hash(const omni__group *group, uint8_t hash[OMNI__HASH_SIZE])
{
    crypto_generichash(hash, OMNI__HASH_SIZE, group->header.data,
                       group->header.size, NULL, 0);
}

omni_status
omni__group_verify(const omni__group *group, omni_error *error)
{
    omni__group copy = *group;
    omni__fact fact;
    for (uint64_t i = group->next_index; i < group->count; ++i) {
        if (omni__group_next(&copy, &fact) != OMNI_OK) {
            return omni__fail(error, OMNI_ERR_CORRUPT, "body is malformed");
        }
        if (fact.body_state == OMNI__BODY_DROPPED) {
            continue;
        }
        uint8_t hash[OMNI__HASH_SIZE];
        omni__body_hash(fact.salt, fact.body, hash);
        if (memcmp(hash, fact.body_hash, OMNI__HASH_SIZE) != 0) {
            return omni__fail(error, OMNI_ERR_CORRUPT,
                              "body of fact %llu has another hash",
                              (unsigned long long)fact.sequence);
        }
    }
    if (copy.bodies.at != copy.bodies.end) {
        return omni__fail(error, OMNI_ERR_CORRUPT, "bytes behind the bodies");
    }
    return OMNI_OK;
}

omni_fact_id
omni__fact_id(const omni__fact *fact)
{
    omni_fact_id id = {.sequence = fact->sequence};
    memcpy(id.replica, fact->group->replica, OMNI__REPLICA_SIZE);
    uint8_t numbers[17];
    omni__le64_write(numbers, fact->sequence);
    omni__le64_write(numbers + 8, fact->hlc);
    numbers[16] = fact->kind;
    uint8_t hash[OMNI__HASH_SIZE];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, OMNI__HASH_SIZE);
    crypto_generichash_update(&state, id.replica, OMNI__REPLICA_SIZE);
    crypto_generichash_update(&state, numbers, sizeof(numbers));
    crypto_generichash_update(&state, fact->header_more.data,
                              fact->header_more.size);
    crypto_generichash_update(&state, fact->body_hash, OMNI__HASH_SIZE);
    crypto_generichash_final(&state, hash, OMNI__HASH_SIZE);
    memcpy(id.check, hash, sizeof(id.check));
    return id;
}

omni_status
omni__body_open(omni__slice bytes, omni__slice *body)
{
    omni__reader reader = omni__reader_of(bytes);
    const uint8_t state = omni__read_byte(&reader);
    if (!reader.bad && state == OMNI__BODY_DROPPED) {
        return OMNI_NOT_FOUND;
    }
    omni__read_bytes(&reader, OMNI__SALT_SIZE);
    *body = omni__read_block(&reader);
    return reader.bad || state != OMNI__BODY_PLAIN ? OMNI_ERR_CORRUPT : OMNI_OK;
}

uint64_t
omni__hlc_next(uint64_t last, int64_t now_us)
{
    const uint64_t wall = now_us > 0 ? (uint64_t)(now_us / 1000) << 16 : 0;
    return wall > last ? wall : last + 1;
}
