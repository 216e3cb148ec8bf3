/*
   Every table and its key, on one page. All live in one ordered key space;
   the first byte names the table. Numbers in keys are big-endian so that
   bytes sort as numbers do. A *node* is one identifier; its id is the public
   id that the identifier has (codec/keyed.h).

   table      key after the first byte            value
   -----      -----------------------             -----
   COLUMNS    block (4)                           segments/columns.h: a cache,
                                                  in the file alone
   TOUCHED    nothing, or block (4)               storage/touched.h: log
                                                  position
   COUNT      (nothing)                           counts of the whole store
   REPLICA    replica                             its last sequence and hash
   GROUP      replica, first sequence (8)         log position of its frame
   FRAME      log position / 64 KiB (8)           log position of the first
                                                  frame that begins there
   RETRACT    replica, sequence (8), check (8)    what a retract names, in force
              of the fact; HLC (8), replica,      or not (no value)
              sequence (8) of the retract
   VOID       replica, sequence (8)               fact that is void: retracted,
                                                  or a copy of an event that is
                                                  (no value)
   NODE       node                                storage/node.h: all of a node
   LINK       node, place (3 or 27), other node   of a node with more links
                                                  than its row holds:
                                                  identity/link_rows.h
   STATEMENT  node, other node, order (41)        identity/statements.h
   REGISTER   fact kind (1), name, zero byte,     fold/register.h: `policy` and
              order (41)                          `segment` facts by name
   SEGMENT    number (4)                          segments/definitions.h
   MEMBER     segment's number (4), profile       (no value): who is in it, but
                                                  for the last entries of FEED
   DUE        instant (8), profile                (no value): when the first
                                                  of its answers is over
   FEED       number of its first (8)             segments/feed.h: who entered
                                                  and left
   MOVE       number from 1 (8)                   identity/move.h: what became
                                                  of a profile
   CHUNK      node, last entry's order (20)       events/entries.h: older part
                                                  of the node's entries
   SKEW       node, instant (8), order (20)       entry whose time is not its
                                                  sender's instant, or that has
                                                  none (no value)
   VOIDED     node, instant (8), order (20)       entry of a void copy of an
                                                  event (no value)
   BELONGS    token of the group's id (16),       the group's id:
              node, order (20)                    events/groups.h
   BOUNDARY   node of a device, moment (32)       events/boundaries.h: logins
                                                  and `Signed Out` on it
   UNSAID     node, other node, order (41)        identity/statements.h: by
                                                  copies of alias events that
                                                  do not speak for them

   Rows are pure functions of the set of facts, but for log positions, which
   are local and never leave the store; and but for those before COUNT, which
   are a cache and what tells whether it is right.
*/
#ifndef OMNI__STORAGE_SCHEMA_H
#define OMNI__STORAGE_SCHEMA_H

#include "codec/varint.h"
#include "omni/identifier.h"

/* Version of the rules by which facts become rows. Part of every digest;
   tables of another version are folded anew. */
#define OMNI__DERIVE_VERSION 4u

typedef enum omni__table {
    OMNI__TABLE_COLUMNS = 0x01,
    OMNI__TABLE_TOUCHED = 0x02,
    OMNI__TABLE_COUNT = 0x10,
    OMNI__TABLE_REPLICA = 0x11,
    OMNI__TABLE_GROUP = 0x12,
    OMNI__TABLE_FRAME = 0x13,
    OMNI__TABLE_RETRACT = 0x14,
    OMNI__TABLE_VOID = 0x15,
    OMNI__TABLE_NODE = 0x20,
    OMNI__TABLE_LINK = 0x21,
    OMNI__TABLE_STATEMENT = 0x22,
    OMNI__TABLE_CHUNK = 0x23,
    OMNI__TABLE_SKEW = 0x24,
    OMNI__TABLE_VOIDED = 0x25,
    OMNI__TABLE_BELONGS = 0x26,
    OMNI__TABLE_MOVE = 0x27,
    OMNI__TABLE_BOUNDARY = 0x28,
    OMNI__TABLE_UNSAID = 0x29,
    OMNI__TABLE_REGISTER = 0x30,
    OMNI__TABLE_SEGMENT = 0x31,
    OMNI__TABLE_MEMBER = 0x32,
    OMNI__TABLE_DUE = 0x33,
    OMNI__TABLE_FEED = 0x34,
    /* Rows of these are walked to, and not looked up one by one. */
    OMNI__TABLES_WALKED = OMNI__TABLE_MEMBER,
    OMNI__TABLES_WALKED_LAST = OMNI__TABLE_FEED
} omni__table;

#define OMNI__ID_SIZE 16
#define OMNI__ENTRY_ORDER_SIZE 20
#define OMNI__STATEMENT_ORDER_SIZE 41
#define OMNI__MOMENT_SIZE 32
#define OMNI__KEY_MAX (1 + 2 * OMNI__ID_SIZE + OMNI__STATEMENT_ORDER_SIZE)

/* A key under construction: fixed room, no allocation. */
typedef struct omni__key {
    uint8_t bytes[OMNI__KEY_MAX];
    size_t size;
} omni__key;

static inline omni__key
omni__key_of(omni__table table)
{
    return (omni__key){.bytes = {(uint8_t)table}, .size = 1};
}

static inline void
omni__key_add(omni__key *key, const void *bytes, size_t size)
{
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

static inline void
omni__key_add_u64(omni__key *key, uint64_t value)
{
    omni__be64_write(key->bytes + key->size, value);
    key->size += 8;
}

static inline void
omni__key_add_u32(omni__key *key, uint32_t value)
{
    omni__be32_write(key->bytes + key->size, value);
    key->size += 4;
}

static inline omni__key
omni__key_node(omni__table table, const omni_id *node)
{
    omni__key key = omni__key_of(table);
    omni__key_add(&key, node->bytes, OMNI__ID_SIZE);
    return key;
}

static inline omni__key
omni__key_pair(omni__table table, const omni_id *node, const omni_id *other)
{
    omni__key key = omni__key_node(table, node);
    omni__key_add(&key, other->bytes, OMNI__ID_SIZE);
    return key;
}

static inline omni__slice
omni__key_slice(const omni__key *key)
{
    return omni__slice_of(key->bytes, key->size);
}

static inline bool
omni__key_is_prefix(const omni__key *prefix, omni__slice key)
{
    return key.size >= prefix->size &&
           memcmp(key.data, prefix->bytes, prefix->size) == 0;
}

/* As their bytes are ordered; ids are sorted and looked up all the time, and
   differ in the first half. */
static inline int
omni__id_compare(const omni_id *a, const omni_id *b)
{
    const uint64_t x = omni__be64_read(a->bytes);
    const uint64_t y = omni__be64_read(b->bytes);
    return x != y ? (x > y) - (x < y)
                  : memcmp(a->bytes + 8, b->bytes + 8, OMNI__ID_SIZE - 8);
}

/* The same for qsort() and bsearch(). */
static inline int
omni__id_order(const void *a, const void *b)
{
    return omni__id_compare(a, b);
}

static inline bool
omni__id_equal(const omni_id *a, const omni_id *b)
{
    return memcmp(a->bytes, b->bytes, OMNI__ID_SIZE) == 0;
}

#endif
