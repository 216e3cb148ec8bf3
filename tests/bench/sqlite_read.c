/*
   The peer's reading half: a profile in one read transaction.
*/
#include "side_sqlite.h"

#include <stdlib.h>
#include <string.h>

static bench_bytes
column(sqlite3_stmt *s, int i)
{
    const char *data = (const char *)sqlite3_column_text(s, i);
    return (bench_bytes){data, (size_t)sqlite3_column_bytes(s, i)};
}

/* Read each row whole: numbers as numbers, text byte by byte. */
static uint64_t
touch_rows(peer *p, sqlite3_stmt *s)
{
    uint64_t touched = 0;
    while (peer_row(p, s)) {
        int columns = sqlite3_column_count(s);
        for (int i = 0; i < columns; i++) {
            if (sqlite3_column_type(s, i) == SQLITE_INTEGER) {
                touched += (uint64_t)sqlite3_column_int64(s, i);
            } else {
                bench_bytes text = column(s, i);
                touched += bench_touch(text.data, text.size);
            }
        }
    }
    return touched;
}

uint64_t
peer_fetch(void *handle, const bench_who *who, size_t events)
{
    static const int parts[] = {READ_IDENTIFIERS, READ_FIGURES, READ_TRAITS};
    peer *p = handle;
    peer_identifier found;
    uint64_t touched = 0;
    peer_run(p, peer_use(p, BEGIN_READ));
    peer_find(p, who, &found);
    if (found.exists) {
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            sqlite3_stmt *s = peer_use(p, parts[i]);
            sqlite3_bind_int64(s, 1, found.person);
            touched += touch_rows(p, s);
        }
    }
    if (found.exists && events != 0) {
        sqlite3_stmt *s = peer_use(p, READ_EVENTS);
        sqlite3_bind_int64(s, 1, found.person);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)events);
        touched += touch_rows(p, s);
    }
    peer_run(p, peer_use(p, COMMIT));
    return touched;
}

void
peer_segment_begin(void *handle, const bench_who *people, size_t count)
{
    peer *p = handle;
    peer_run(p, peer_use(p, BEGIN_READ));
    p->people = calloc(count, sizeof(p->people[0]));
    if (p->people == NULL) {
        bench_die("out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        peer_identifier found;
        peer_find(p, &people[i], &found);
        p->people[i] = found.person;
    }
}

bool
peer_segment(void *handle, size_t person, size_t segment, bench_span window)
{
    peer *p = handle;
    sqlite3_stmt *s = peer_use(p, READ_SEGMENT);
    sqlite3_bind_int64(s, 1, p->people[person]);
    const int64_t length_us = (window.last_us - window.first_us) >> segment;
    sqlite3_bind_int64(s, 2, window.last_us - length_us);
    sqlite3_bind_int64(s, 3, window.last_us);
    sqlite3_bind_int64(s, 4, (sqlite3_int64)segment + 1);
    sqlite3_bind_int64(s, 5, (sqlite3_int64)segment * 10000000);
    const bool is = peer_row(p, s) && sqlite3_column_int(s, 0) != 0;
    sqlite3_reset(s);
    return is;
}

void
peer_segment_end(void *handle)
{
    peer *p = handle;
    peer_run(p, peer_use(p, COMMIT));
    free(p->people);
    p->people = NULL;
}

static void
view_figures(peer *p, sqlite3_int64 person, bench_view *out)
{
    uint64_t counts[BENCH_NAMES] = {0};
    bench_span spans[BENCH_NAMES];
    sqlite3_stmt *s = peer_use(p, READ_FIGURES);
    sqlite3_bind_int64(s, 1, person);
    while (peer_row(p, s)) {
        int name = sqlite3_column_int(s, 0),
            currency = sqlite3_column_int(s, 1);
        bench_amount amount = {sqlite3_column_int64(s, 3),
                               sqlite3_column_int64(s, 4),
                               sqlite3_column_int64(s, 5)};
        bench_span span = {sqlite3_column_int64(s, 6),
                           sqlite3_column_int64(s, 7)};
        if (currency != 0) {
            bench_view_amount(out, bench_text(bench_names[name]),
                              bench_text(bench_currencies[currency]), amount);
        }
        if (counts[name] == 0) {
            spans[name] = span;
        }
        if (span.first_us < spans[name].first_us) {
            spans[name].first_us = span.first_us;
        }
        if (span.last_us > spans[name].last_us) {
            spans[name].last_us = span.last_us;
        }
        counts[name] += (uint64_t)sqlite3_column_int64(s, 2);
    }
    for (int i = 0; i < BENCH_NAMES; i++) {
        if (counts[i] != 0) {
            bench_view_figure(out, bench_text(bench_names[i]), counts[i],
                              spans[i]);
        }
    }
}

void
peer_view(void *handle, const bench_who *who, bench_view *out)
{
    peer *p = handle;
    peer_identifier found;
    memset(out, 0, sizeof(*out));
    peer_find(p, who, &found);
    if (!found.exists) {
        return;
    }
    out->found = true;
    sqlite3_stmt *s = peer_use(p, READ_IDENTIFIERS);
    sqlite3_bind_int64(s, 1, found.person);
    while (peer_row(p, s)) {
        bench_who it = {(uint32_t)sqlite3_column_int(s, 0),
                        (const char *)sqlite3_column_text(s, 1)};
        bench_span seen = {sqlite3_column_int64(s, 2),
                           sqlite3_column_int64(s, 3)};
        bench_view_identifier(out, &it, seen,
                              (uint32_t)sqlite3_column_int(s, 4));
    }
    s = peer_use(p, READ_TRAITS);
    sqlite3_bind_int64(s, 1, found.person);
    while (peer_row(p, s)) {
        bench_view_trait(out, column(s, 0), column(s, 1),
                         sqlite3_column_int64(s, 2));
    }
    view_figures(p, found.person, out);
    s = peer_use(p, READ_ALL_EVENTS);
    sqlite3_bind_int64(s, 1, found.person);
    while (peer_row(p, s)) {
        bench_view_event(out, sqlite3_column_int64(s, 0), column(s, 1),
                         column(s, 2));
    }
}

void
peer_totals(void *handle, bench_totals *out)
{
    static const char text[] =
        "SELECT (SELECT count(*) FROM event),(SELECT count(*) FROM identifier),"
        "(SELECT count(DISTINCT person) FROM identifier)";
    peer *p = handle;
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(p->db, text, -1, &s, NULL) != SQLITE_OK ||
        !peer_row(p, s)) {
        bench_die("SQLite: %s", sqlite3_errmsg(p->db));
    }
    out->events = (uint64_t)sqlite3_column_int64(s, 0);
    out->identifiers = (uint64_t)sqlite3_column_int64(s, 1);
    out->profiles = (uint64_t)sqlite3_column_int64(s, 2);
    sqlite3_finalize(s);
}
