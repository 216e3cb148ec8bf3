/*
   The peer's writing half: one event into its tables.
*/
#include "side_sqlite.h"

#include <string.h>

enum { UNITED = 16 }; /* identifiers of an event with all its copies */

/*
   Find the row of an identifier, or the id that it will get.
*/
void
peer_find(peer *p, const bench_who *who, peer_identifier *out)
{
    size_t size = strlen(who->value);
    uint64_t id = bench_hash(who->value, size, who->ns);
    memset(out, 0, sizeof(*out));
    for (;; id++) {
        sqlite3_stmt *s = peer_use(p, IDENTIFIER_GET);
        out->id = (sqlite3_int64)id;
        sqlite3_bind_int64(s, 1, out->id);
        if (!peer_row(p, s)) {
            return;
        }
        const void *value = sqlite3_column_text(s, 1);
        bool same = (uint32_t)sqlite3_column_int(s, 0) == who->ns &&
                    (size_t)sqlite3_column_bytes(s, 1) == size &&
                    memcmp(value, who->value, size) == 0;
        out->exists = same;
        out->person = sqlite3_column_int64(s, 2);
        out->seen.first_us = sqlite3_column_int64(s, 3);
        out->seen.last_us = sqlite3_column_int64(s, 4);
        out->channels = (uint32_t)sqlite3_column_int(s, 5);
        sqlite3_reset(s);
        if (same) {
            return;
        }
    }
}

static sqlite3_int64
person_size(peer *p, sqlite3_int64 person)
{
    sqlite3_stmt *s = peer_use(p, PERSON_SIZE);
    sqlite3_bind_int64(s, 1, person);
    sqlite3_int64 size = peer_row(p, s) ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return size;
}

/* Two people are one: re-point the smaller; returns the one that stays. */
static sqlite3_int64
join_people(peer *p, sqlite3_int64 a, sqlite3_int64 b)
{
    static const int steps[] = {MOVE_IDENTIFIERS, MOVE_TIMELINE, COPY_FIGURES,
                                DROP_FIGURES,     COPY_TRAITS,   DROP_TRAITS};
    if (person_size(p, a) < person_size(p, b)) {
        sqlite3_int64 swap = a;
        a = b;
        b = swap;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sqlite3_stmt *s = peer_use(p, steps[i]);
        sqlite3_bind_int64(s, 1, a);
        sqlite3_bind_int64(s, 2, b);
        peer_run(p, s);
    }
    return a;
}

/* The person of the event's identifiers, made or joined where need be. */
static sqlite3_int64
settle_person(peer *p, peer_identifier *found, size_t count)
{
    sqlite3_int64 person = 0;
    for (size_t i = 0; i < count; i++) {
        sqlite3_int64 other = found[i].person;
        if (!found[i].exists || other == person) {
            continue;
        }
        sqlite3_int64 stays =
            person == 0 ? other : join_people(p, person, other);
        for (size_t j = 0; j < count; j++) {
            if (found[j].person == person || found[j].person == other) {
                found[j].person = stays;
            }
        }
        person = stays;
    }
    return person != 0 ? person : p->next_person++;
}

static void
put_identifier(peer *p, const bench_event *e, size_t i,
               const peer_identifier *found, sqlite3_int64 person)
{
    int64_t time_us = e->event.time_us;
    uint32_t channels = found->channels | 1u << e->channel;
    if (!found->exists) {
        sqlite3_stmt *s = peer_use(p, IDENTIFIER_PUT);
        sqlite3_bind_int64(s, 1, found->id);
        sqlite3_bind_int(s, 2, (int)e->who[i].ns);
        sqlite3_bind_text(s, 3, e->who[i].value, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 4, person);
        sqlite3_bind_int64(s, 5, time_us);
        sqlite3_bind_int64(s, 6, time_us);
        sqlite3_bind_int(s, 7, (int)channels);
        peer_run(p, s);
        return;
    }
    if (time_us >= found->seen.first_us && time_us <= found->seen.last_us &&
        channels == found->channels) {
        return;
    }
    sqlite3_stmt *s = peer_use(p, IDENTIFIER_SEEN);
    bench_span seen = found->seen;
    sqlite3_bind_int64(s, 1, time_us < seen.first_us ? time_us : seen.first_us);
    sqlite3_bind_int64(s, 2, time_us > seen.last_us ? time_us : seen.last_us);
    sqlite3_bind_int(s, 3, (int)channels);
    sqlite3_bind_int64(s, 4, found->id);
    peer_run(p, s);
}

static void
put_figure(peer *p, const bench_event *e, sqlite3_int64 person)
{
    sqlite3_stmt *s = peer_use(p, FIGURE_PUT);
    sqlite3_bind_int64(s, 1, person);
    sqlite3_bind_int(s, 2, (int)e->name);
    sqlite3_bind_int(s, 3, (int)e->currency);
    if (e->currency != 0) {
        sqlite3_bind_int64(s, 4, e->amount);
    } else {
        sqlite3_bind_null(s, 4);
    }
    sqlite3_bind_int64(s, 5, e->event.time_us);
    peer_run(p, s);
}

static void
put_traits(peer *p, const bench_event *e, sqlite3_int64 person,
           sqlite3_int64 event)
{
    for (size_t i = 0; i < e->trait_count; i++) {
        sqlite3_stmt *s = peer_use(p, TRAIT_PUT);
        sqlite3_bind_int64(s, 1, person);
        sqlite3_bind_text(s, 2, e->traits[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, e->traits[i].value_json, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 4, e->event.time_us);
        sqlite3_bind_int64(s, 5, event);
        peer_run(p, s);
    }
}

static void
put_body(peer *p, const bench_event *e, const peer_identifier *found,
         sqlite3_int64 event)
{
    sqlite3_int64 ids[3];
    size_t count = e->event.identifier_count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = found[i].id;
    }
    sqlite3_stmt *s = peer_use(p, EVENT_PUT);
    sqlite3_bind_int64(s, 1, event);
    sqlite3_bind_int64(s, 2, e->event.time_us);
    sqlite3_bind_int(s, 3, (int)e->event.type);
    sqlite3_bind_int(s, 4, (int)e->name);
    sqlite3_bind_int(s, 5, (int)e->channel);
    sqlite3_bind_text(s, 6, e->event.id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 7, e->event.source, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 8, ids, (int)(count * sizeof(ids[0])), SQLITE_STATIC);
    sqlite3_bind_text(s, 9, e->event.traits_json, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 10, e->event.properties_json, -1, SQLITE_STATIC);
    peer_run(p, s);
}

/* Does the stored event have this name, id and time and one of these
   identifiers? Then its identifiers are united with these. */
static bool
unite(peer *p, const bench_event *e, const peer_identifier *found,
      sqlite3_int64 event)
{
    sqlite3_stmt *s = peer_use(p, EVENT_GET);
    sqlite3_bind_int64(s, 1, event);
    if (!peer_row(p, s)) {
        bench_die("SQLite lost an event");
    }
    sqlite3_int64 ids[UNITED];
    size_t bytes = (size_t)sqlite3_column_bytes(s, 3);
    size_t held = bytes / sizeof(ids[0]), count = held;
    memcpy(ids, sqlite3_column_blob(s, 3), bytes);
    bool same =
        (uint32_t)sqlite3_column_int(s, 0) == e->name &&
        strcmp((const char *)sqlite3_column_text(s, 1), e->event.id) == 0 &&
        sqlite3_column_int64(s, 2) == e->event.time_us;
    sqlite3_reset(s);
    size_t shared = 0;
    for (size_t i = 0; i < e->event.identifier_count; i++) {
        size_t j = 0;
        while (j < held && ids[j] != found[i].id) {
            j++;
        }
        if (j < held) {
            shared++;
        } else if (count < UNITED) {
            ids[count++] = found[i].id;
        }
    }
    if (!same || shared == 0) {
        return false;
    }
    if (count > held) {
        s = peer_use(p, EVENT_UNITE);
        sqlite3_bind_blob(s, 1, ids, (int)(count * sizeof(ids[0])),
                          SQLITE_STATIC);
        sqlite3_bind_int64(s, 2, event);
        peer_run(p, s);
    }
    return true;
}

/*
   True if the event is a copy of one that is there. A retry that shares an
   identifier with two stored events would join those; the stream has none,
   and the comparison of profiles would show it.
*/
static bool
is_copy(peer *p, const bench_event *e, const peer_identifier *found)
{
    uint64_t hash = bench_hash(e->event.id, strlen(e->event.id), e->name);
    hash = bench_hash(&e->event.time_us, sizeof(e->event.time_us), hash);
    for (;; hash++) {
        sqlite3_stmt *s = peer_use(p, SEEN_PUT);
        sqlite3_bind_int64(s, 1, (sqlite3_int64)hash);
        sqlite3_bind_int64(s, 2, p->next_event);
        peer_run(p, s);
        if (sqlite3_changes(p->db) != 0) {
            return false;
        }
        s = peer_use(p, SEEN_GET);
        sqlite3_bind_int64(s, 1, (sqlite3_int64)hash);
        if (!peer_row(p, s)) {
            bench_die("SQLite lost a hash");
        }
        sqlite3_int64 event = sqlite3_column_int64(s, 0);
        sqlite3_reset(s);
        if (unite(p, e, found, event)) {
            return true;
        }
    }
}

static void
put_event(peer *p, const bench_event *e)
{
    peer_identifier found[3];
    size_t count = e->event.identifier_count;
    for (size_t i = 0; i < count; i++) {
        peer_find(p, &e->who[i], &found[i]);
    }
    bool copy = is_copy(p, e, found);
    sqlite3_int64 person = settle_person(p, found, count);
    for (size_t i = 0; i < count; i++) {
        put_identifier(p, e, i, &found[i], person);
    }
    if (copy) {
        return;
    }
    sqlite3_int64 event = p->next_event++;
    put_body(p, e, found, event);
    put_figure(p, e, person);
    put_traits(p, e, person, event);
    sqlite3_stmt *s = peer_use(p, TIMELINE_PUT);
    sqlite3_bind_int64(s, 1, person);
    sqlite3_bind_int64(s, 2, e->event.time_us);
    sqlite3_bind_int64(s, 3, event);
    peer_run(p, s);
}

void
peer_append(void *handle, const bench_event *events, size_t count)
{
    peer *p = handle;
    peer_run(p, peer_use(p, BEGIN));
    for (size_t i = 0; i < count; i++) {
        put_event(p, &events[i]);
    }
    peer_run(p, peer_use(p, COMMIT));
}
