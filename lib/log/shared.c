/*
   Reading and writing the mapped words. Data words are loaded with acquire
   and stored with release order, so that a reader who saw a word of a newer
   record also sees that the turn has moved on, and reads again.
*/
#include "log/shared.h"

#include "platform/process.h"

#include <xxhash.h>

#define SHARED_VERSION 1

static const char shared_magic[8] = {'o', 'm', 'n', 'i', 's', 'h', 'r', '\n'};

/* Offsets in the identity. */
enum { AT_VERSION = 8, AT_DEPLOYMENT = 16, AT_IDENTITY_CHECKSUM = 56 };

/* Offsets in a slot. */
enum {
    AT_END = 0,
    AT_SYNCED = 56,
    AT_SEGMENT = 112,
    AT_REPLICA = 120,
    AT_CHECKSUM = 136
};

_Static_assert(sizeof(omni__shared) == OMNI__SHARED_SIZE, "layout of the file");
_Static_assert(sizeof(_Atomic uint32_t) == 4, "words without a lock");

/* A number as the file has it, and back: the same function. */
static uint32_t
turned(uint32_t value)
{
    uint8_t bytes[4];
    memcpy(bytes, &value, 4);
    return omni__le32_read(bytes);
}

uint32_t
omni__shared_word(const _Atomic uint32_t *word)
{
    return turned(atomic_load_explicit(word, memory_order_acquire));
}

void
omni__shared_set(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, turned(value), memory_order_release);
}

omni_status
omni__shared_check(const omni__shared *shared, const uint8_t *deployment,
                   omni_error *error)
{
    const uint8_t *identity = shared->identity;
    if (memcmp(identity, shared_magic, sizeof(shared_magic)) != 0 ||
        omni__le64_read(identity + AT_IDENTITY_CHECKSUM) !=
            XXH3_64bits(identity, AT_IDENTITY_CHECKSUM)) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          OMNI__SHARED_NAME ": header is damaged");
    }
    const uint32_t version = omni__le32_read(identity + AT_VERSION);
    if (version != SHARED_VERSION) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          OMNI__SHARED_NAME
                          ": format %u, this library reads %u",
                          version, SHARED_VERSION);
    }
    if (memcmp(identity + AT_DEPLOYMENT, deployment, 16) != 0) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          OMNI__SHARED_NAME ": of another deployment");
    }
    return OMNI_OK;
}

static void
point_write(uint8_t *to, const omni__log_point *point)
{
    omni__le64_write(to, point->position);
    omni__le64_write(to + 8, point->next_sequence);
    omni__le64_write(to + 16, point->hlc);
    memcpy(to + 24, point->last_hash, OMNI__HASH_SIZE);
}

static void
point_read(const uint8_t *from, omni__log_point *point)
{
    point->position = omni__le64_read(from);
    point->next_sequence = omni__le64_read(from + 8);
    point->hlc = omni__le64_read(from + 16);
    memcpy(point->last_hash, from + 24, OMNI__HASH_SIZE);
}

static void
record_read(const uint8_t *slot, omni__log_record *out)
{
    point_read(slot + AT_END, &out->end);
    point_read(slot + AT_SYNCED, &out->synced);
    out->segment = omni__le64_read(slot + AT_SEGMENT);
    memcpy(out->replica, slot + AT_REPLICA, OMNI__REPLICA_SIZE);
}

static uint64_t
slot_checksum(const uint8_t *slot, const uint8_t *deployment)
{
    return XXH3_64bits_withSeed(slot, AT_CHECKSUM, XXH3_64bits(deployment, 16));
}

/* Words of a slot as bytes of the file. */
static void
words_read(const _Atomic uint32_t *words, size_t count, uint8_t *to)
{
    for (size_t i = 0; i < count; ++i) {
        const uint32_t word =
            atomic_load_explicit(&words[i], memory_order_acquire);
        memcpy(to + i * 4, &word, 4);
    }
}

static const _Atomic uint32_t *
slot_of(const omni__shared *shared, uint32_t turn)
{
    return (turn & 1) != 0 ? shared->slot1 : shared->slot0;
}

void
omni__shared_read(const omni__shared *shared, omni__log_record *out)
{
    uint8_t slot[OMNI__SLOT_BYTES];
    uint32_t turn = omni__shared_word(&shared->turn);
    uint32_t before;
    do {
        before = turn;
        words_read(slot_of(shared, turn), OMNI__SLOT_WORDS, slot);
        turn = omni__shared_word(&shared->turn);
    } while (turn != before);
    record_read(slot, out);
}

void
omni__shared_view(const omni__shared *shared, uint64_t *end, uint64_t *segment)
{
    uint8_t first[8];
    uint8_t last[8];
    uint32_t turn = omni__shared_word(&shared->turn);
    uint32_t before;
    do {
        before = turn;
        const _Atomic uint32_t *slot = slot_of(shared, turn);
        words_read(slot + AT_END / 4, 2, first);
        words_read(slot + AT_SEGMENT / 4, 2, last);
        turn = omni__shared_word(&shared->turn);
    } while (turn != before);
    *end = omni__le64_read(first);
    *segment = omni__le64_read(last);
}

bool
omni__shared_salvage(const omni__shared *shared, const uint8_t *deployment,
                     omni__log_record *out)
{
    bool found = false;
    for (uint32_t i = 0; i < 2; ++i) {
        uint8_t slot[OMNI__SLOT_BYTES];
        omni__log_record record;
        words_read(slot_of(shared, i), OMNI__SLOT_WORDS, slot);
        if (omni__le64_read(slot + AT_CHECKSUM) !=
            slot_checksum(slot, deployment)) {
            continue;
        }
        record_read(slot, &record);
        if (!found || record.synced.position > out->synced.position) {
            *out = record;
            found = true;
        }
    }
    return found;
}

void
omni__shared_publish(omni__shared *shared, const uint8_t *deployment,
                     const omni__log_record *record)
{
    uint8_t bytes[OMNI__SLOT_BYTES];
    point_write(bytes + AT_END, &record->end);
    point_write(bytes + AT_SYNCED, &record->synced);
    omni__le64_write(bytes + AT_SEGMENT, record->segment);
    memcpy(bytes + AT_REPLICA, record->replica, OMNI__REPLICA_SIZE);
    omni__le64_write(bytes + AT_CHECKSUM, slot_checksum(bytes, deployment));

    const uint32_t turn = omni__shared_word(&shared->turn) + 1;
    _Atomic uint32_t *slot = (turn & 1) != 0 ? shared->slot1 : shared->slot0;
    for (size_t i = 0; i < OMNI__SLOT_WORDS; ++i) {
        uint32_t word;
        memcpy(&word, bytes + i * 4, 4);
        atomic_store_explicit(&slot[i], word, memory_order_release);
    }
    omni__shared_set(&shared->turn, turn);
}

void
omni__shared_reset(omni__shared *shared, const uint8_t *deployment,
                   const omni__log_record *record)
{
    uint8_t identity[64] = {0};
    memcpy(identity, shared_magic, sizeof(shared_magic));
    omni__le32_write(identity + AT_VERSION, SHARED_VERSION);
    memcpy(identity + AT_DEPLOYMENT, deployment, 16);
    omni__le64_write(identity + AT_IDENTITY_CHECKSUM,
                     XXH3_64bits(identity, AT_IDENTITY_CHECKSUM));
    memcpy(shared->identity, identity, sizeof(identity));

    const uint64_t space = omni__process_namespace();
    omni__shared_set(&shared->space_low, (uint32_t)space);
    omni__shared_set(&shared->space_high, (uint32_t)(space >> 32));
    omni__shared_publish(shared, deployment, record);
    omni__shared_set(&shared->writing, 0);
    omni__shared_set(&shared->failed, 0);
    omni__shared_set(&shared->epoch, omni__shared_word(&shared->epoch) + 1);
}

uint64_t
omni__shared_namespace(const omni__shared *shared)
{
    return (uint64_t)omni__shared_word(&shared->space_high) << 32 |
           omni__shared_word(&shared->space_low);
}
