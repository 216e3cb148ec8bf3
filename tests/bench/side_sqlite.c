/*
   SQLite doing the same job well: opening, its schema and its statements.

   Everything is kept per person, so that a read is a few range scans; when an
   event connects two people, the rows of the smaller are re-pointed. Rows
   that are found by a key are clustered on it; bodies of events are appended,
   for clustered by person they are fetched a third faster but make every load
   45 % slower. Identifiers and the rows that
   find copies of an event are keyed by a 64-bit hash, the fastest key that
   SQLite has; it is verified and probed further on a collision.
*/
#include "side_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

static const char schema[] =
    /* Finds copies: hash of name, event id and time. */
    "CREATE TABLE IF NOT EXISTS seen(hash INTEGER PRIMARY KEY,"
    " event INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY,"
    " time_us INTEGER NOT NULL, type INTEGER NOT NULL, name INTEGER NOT NULL,"
    " channel INTEGER NOT NULL, key TEXT NOT NULL, source TEXT,"
    " identifiers BLOB NOT NULL, traits TEXT, properties TEXT);"
    "CREATE TABLE IF NOT EXISTS identifier(id INTEGER PRIMARY KEY,"
    " ns INTEGER NOT NULL, value TEXT NOT NULL, person INTEGER NOT NULL,"
    " first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
    " channels INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS identifier_person ON identifier(person);"
    "CREATE TABLE IF NOT EXISTS timeline(person INTEGER, time_us INTEGER,"
    " event INTEGER, PRIMARY KEY(person, time_us, event)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS figure(person INTEGER, name INTEGER,"
    " currency INTEGER, count INTEGER, sum INTEGER, min INTEGER, max INTEGER,"
    " first_us INTEGER, last_us INTEGER,"
    " PRIMARY KEY(person, name, currency)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS trait(person INTEGER, name TEXT, value TEXT,"
    " time_us INTEGER, event INTEGER, PRIMARY KEY(person, name)) WITHOUT "
    "ROWID;";

#define FIGURE_UNION                                                           \
    " ON CONFLICT DO UPDATE SET count=count+excluded.count,"                   \
    " sum=sum+excluded.sum, min=min(min,excluded.min),"                        \
    " max=max(max,excluded.max), first_us=min(first_us,excluded.first_us),"    \
    " last_us=max(last_us,excluded.last_us)"
#define TRAIT_UNION                                                            \
    " ON CONFLICT DO UPDATE SET value=excluded.value,"                         \
    " time_us=excluded.time_us, event=excluded.event"                          \
    " WHERE excluded.time_us>time_us"

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [BEGIN_READ] = "BEGIN",
    [SEEN_PUT] = "INSERT OR IGNORE INTO seen VALUES(?,?)",
    [SEEN_GET] = "SELECT event FROM seen WHERE hash=?",
    [EVENT_GET] = "SELECT name,key,time_us,identifiers FROM event WHERE id=?",
    [EVENT_PUT] = "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?)",
    [EVENT_UNITE] = "UPDATE event SET identifiers=? WHERE id=?",
    [IDENTIFIER_GET] = "SELECT ns,value,person,first_us,last_us,channels"
                       " FROM identifier WHERE id=?",
    [IDENTIFIER_PUT] = "INSERT INTO identifier VALUES(?,?,?,?,?,?,?)",
    [IDENTIFIER_SEEN] = "UPDATE identifier SET first_us=?,last_us=?,channels=?"
                        " WHERE id=?",
    [FIGURE_PUT] =
        "INSERT INTO figure VALUES(?1,?2,?3,1,?4,?4,?4,?5,?5)" FIGURE_UNION,
    [TRAIT_PUT] = "INSERT INTO trait VALUES(?,?,?,?,?)" TRAIT_UNION,
    [TIMELINE_PUT] = "INSERT INTO timeline VALUES(?,?,?)",
    [PERSON_SIZE] = "SELECT count(*) FROM (SELECT 1 FROM timeline"
                    " WHERE person=? LIMIT 100)",
    [MOVE_IDENTIFIERS] = "UPDATE identifier SET person=?1 WHERE person=?2",
    [MOVE_TIMELINE] = "UPDATE timeline SET person=?1 WHERE person=?2",
    [COPY_FIGURES] =
        "INSERT INTO figure SELECT ?1,name,currency,count,sum,min,"
        "max,first_us,last_us FROM figure WHERE person=?2" FIGURE_UNION,
    [DROP_FIGURES] = "DELETE FROM figure WHERE person=?2",
    [COPY_TRAITS] = "INSERT INTO trait SELECT ?1,name,value,time_us,event"
                    " FROM trait WHERE person=?2" TRAIT_UNION,
    [DROP_TRAITS] = "DELETE FROM trait WHERE person=?2",
    [READ_IDENTIFIERS] = "SELECT ns,value,first_us,last_us,channels"
                         " FROM identifier WHERE person=?",
    [READ_FIGURES] = "SELECT name,currency,count,sum,min,max,first_us,last_us"
                     " FROM figure WHERE person=?",
    [READ_TRAITS] = "SELECT name,value,time_us FROM trait WHERE person=?",
    [READ_EVENTS] = "SELECT e.time_us,e.key,e.properties,e.name,e.channel"
                    " FROM timeline t JOIN event e ON e.id=t.event"
                    " WHERE t.person=? ORDER BY t.time_us DESC LIMIT ?",
    [READ_ALL_EVENTS] = "SELECT e.time_us,e.key,e.properties"
                        " FROM timeline t JOIN event e ON e.id=t.event"
                        " WHERE t.person=? ORDER BY t.time_us DESC",
    /* The names are numbers here: Product Viewed, Order Completed, CHF. */
    [READ_SEGMENT] =
        "SELECT (SELECT count(*) FROM timeline t JOIN event e ON e.id=t.event"
        " WHERE t.person=?1 AND t.time_us>?2 AND t.time_us<=?3 AND "
        "e.name=0)>=?4"
        " AND (SELECT sum FROM figure WHERE person=?1 AND name=6 AND "
        "currency=2)"
        ">?5"
        " AND (SELECT value FROM trait WHERE person=?1 AND name='tier')"
        " IN ('\"gold\"','\"silver\"')",
};

static void
check(peer *p, int result)
{
    if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE) {
        bench_die("SQLite: %s", sqlite3_errmsg(p->db));
    }
}

sqlite3_stmt *
peer_use(peer *p, int which)
{
    return p->statements[which];
}

void
peer_run(peer *p, sqlite3_stmt *s)
{
    while (sqlite3_step(s) == SQLITE_ROW) {
    }
    check(p, sqlite3_reset(s));
}

bool
peer_row(peer *p, sqlite3_stmt *s)
{
    int result = sqlite3_step(s);
    if (result == SQLITE_ROW) {
        return true;
    }
    check(p, result);
    sqlite3_reset(s);
    return false;
}

static sqlite3_int64
highest(peer *p, const char *text)
{
    sqlite3_stmt *s = NULL;
    check(p, sqlite3_prepare_v2(p->db, text, -1, &s, NULL));
    sqlite3_int64 value = peer_row(p, s) ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return value;
}

/*
   Several processes may use the file, as they may use a store of ours, so the
   lock is not exclusive. Without syncs, WAL is as fast as a rollback journal
   in memory and, like our log, survives the death of the process; no journal
   at all would be a fifth faster and would not. Large pages are best for a
   load, small ones where each commit is synced; a long journal is best for
   groups, and costs single events a stall of twice the length.
*/
static void
tune(peer *p, const bench_open *how)
{
    char text[320];
    snprintf(text, sizeof(text),
             "PRAGMA page_size=%d; PRAGMA journal_mode=WAL;"
             "PRAGMA synchronous=%s; PRAGMA cache_size=-%llu;"
             "PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY;"
             "PRAGMA wal_autocheckpoint=%d;",
             how->work == BENCH_BULK ? 8192 : 4096,
             how->work == BENCH_BULK ? "OFF" : "FULL",
             (unsigned long long)(how->memory_bytes / 1024),
             how->work == BENCH_GROUPS ? 16000 : 4000);
    check(p, sqlite3_exec(p->db, text, NULL, NULL, NULL));
}

static void *
peer_open(const char *directory, const bench_open *how)
{
    peer *p = calloc(1, sizeof(*p));
    char path[1024];
    snprintf(path, sizeof(path), "%s/sqlite.db", directory);
    if (p == NULL ||
        sqlite3_open_v2(path, &p->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        bench_die("SQLite cannot open %s", path);
    }
    tune(p, how);
    check(p, sqlite3_exec(p->db, schema, NULL, NULL, NULL));
    for (int i = 0; i < STATEMENTS; i++) {
        check(p,
              sqlite3_prepare_v3(p->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                 &p->statements[i], NULL));
    }
    p->next_event = 1 + highest(p, "SELECT max(id) FROM event");
    p->next_person = 1 + highest(p, "SELECT max(person) FROM identifier");
    return p;
}

static void
peer_settle(void *handle)
{
    peer *p = handle;
    check(p, sqlite3_exec(p->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL,
                          NULL));
}

static void
peer_close(void *handle)
{
    peer *p = handle;
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(p->statements[i]);
    }
    free(p->people);
    if (sqlite3_close(p->db) != SQLITE_OK) {
        bench_die("SQLite cannot close");
    }
    free(p);
}

const bench_side bench_sqlite = {
    .name = "SQLite",
    .open = peer_open,
    .append = peer_append,
    .fetch = peer_fetch,
    .segment_begin = peer_segment_begin,
    .segment = peer_segment,
    .segment_end = peer_segment_end,
    .view = peer_view,
    .totals = peer_totals,
    .settle = peer_settle,
    .close = peer_close,
};
