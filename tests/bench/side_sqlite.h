/*
   The peer's inside, shared by its writing and its reading half.
*/
#ifndef BENCH_SIDE_SQLITE_H
#define BENCH_SIDE_SQLITE_H

#include "bench.h"

#include <sqlite3.h>

/* Prepared once per connection; texts in side_sqlite.c. */
enum {
    BEGIN,
    COMMIT,
    BEGIN_READ,
    SEEN_PUT,
    SEEN_GET,
    EVENT_GET,
    EVENT_PUT,
    EVENT_UNITE,
    IDENTIFIER_GET,
    IDENTIFIER_PUT,
    IDENTIFIER_SEEN,
    FIGURE_PUT,
    TRAIT_PUT,
    TIMELINE_PUT,
    PERSON_SIZE,
    MOVE_IDENTIFIERS,
    MOVE_TIMELINE,
    COPY_FIGURES,
    DROP_FIGURES,
    COPY_TRAITS,
    DROP_TRAITS,
    READ_IDENTIFIERS,
    READ_FIGURES,
    READ_TRAITS,
    READ_EVENTS,
    READ_ALL_EVENTS,
    READ_SEGMENT,
    STATEMENTS
};

typedef struct peer {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    sqlite3_int64 next_event;
    sqlite3_int64 next_person;
    sqlite3_int64 *people; /* that are asked about */
} peer;

/* A statement ready to be bound. */
sqlite3_stmt *
peer_use(peer *p, int which);

/* Step to the end. */
void
peer_run(peer *p, sqlite3_stmt *s);

/* True if there is a row; else the statement is reset. */
bool
peer_row(peer *p, sqlite3_stmt *s);

/* An identifier's row. */
typedef struct peer_identifier {
    sqlite3_int64 id; /* hash of namespace and value, made unique */
    sqlite3_int64 person;
    bench_span seen;
    uint32_t channels;
    bool exists;
} peer_identifier;

void
peer_find(peer *p, const bench_who *who, peer_identifier *out);

void
peer_append(void *handle, const bench_event *events, size_t count);

uint64_t
peer_fetch(void *handle, const bench_who *who, size_t events);

void
peer_segment_begin(void *handle, const bench_who *people, size_t count);

bool
peer_segment(void *handle, size_t person, size_t segment, bench_span window);

void
peer_segment_end(void *handle);

void
peer_view(void *handle, const bench_who *who, bench_view *out);

void
peer_totals(void *handle, bench_totals *out);

#endif
