/*
   Random histories of the ordered table against an array: the value of each
   of a fixed set of keys, told by the number it was made from. OMNI_SEED and
   OMNI_CASES choose the histories.
*/
#include "support/kv_fixture.h"
#include "support/setting.h"

#define KEYS 90
#define SNAPSHOTS 6
#define STEPS 600
#define VALUE_MAX 6000
#define NAME_SIZE 40

/* 0: no row. */
typedef struct state {
    uint32_t made_from[KEYS];
} state;

typedef struct world {
    kv_fixture f;
    bool on_file;
    uint64_t random;
    uint64_t position;
    uint32_t last_value;
    uint8_t names[KEYS][NAME_SIZE]; /* ascending */
    size_t name_sizes[KEYS];
    state now;       /* what the writer sees */
    state published; /* what a new snapshot sees */
    state flushed;   /* what is there after opening again */
    uint64_t flushed_position;
    omni__kv_snapshot *snapshots[SNAPSHOTS];
    state held[SNAPSHOTS];
} world;

static uint64_t seed; /* of the history that runs, for messages */

static uint32_t
below(world *w, uint32_t bound)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)((w->random >> 20) % bound);
}

static omni__slice
name_of(const world *w, size_t key)
{
    return omni__slice_of(w->names[key], w->name_sizes[key]);
}

static size_t
value_of(uint32_t made_from, uint8_t bytes[VALUE_MAX])
{
    const uint32_t mixed = made_from * UINT32_C(2654435761);
    const size_t size = mixed % 50 == 0   ? 0
                        : mixed % 50 < 45 ? mixed % 300
                                          : mixed % VALUE_MAX;
    for (size_t i = 0; i < size; ++i) {
        bytes[i] = (uint8_t)(mixed >> (i % 4 * 8));
    }
    return size;
}

static void
check_value(const world *w, size_t key, omni_status status, omni__slice found,
            uint32_t made_from)
{
    uint8_t bytes[VALUE_MAX];
    if (made_from == 0) {
        ck_assert_msg(status == OMNI_NOT_FOUND,
                      "seed %llu: key %zu: %d, no row wanted",
                      (unsigned long long)seed, key, (int)status);
        return;
    }
    const size_t size = value_of(made_from, bytes);
    ck_assert_msg(status == OMNI_OK &&
                      omni__slice_equal(found, omni__slice_of(bytes, size)),
                  "seed %llu: key %zu: %d, not value %u at position %llu",
                  (unsigned long long)seed, key, (int)status, made_from,
                  (unsigned long long)w->position);
}

static void
check_status(omni_status status, omni_status wanted, const char *what)
{
    ck_assert_msg(status == wanted, "seed %llu: %s: %d, not %d",
                  (unsigned long long)seed, what, (int)status, (int)wanted);
}

/* Keys share prefixes and differ in length, and hold zeroes and ones. */
static void
make_names(world *w)
{
    enum { STEMS = 7 }; /* of them two of tables that are walked */
    static const char *const stems[STEMS] = {
        "\x01",    "2node", "2nodenode", "node", "nodenode", "nodenodenode\xff",
        "\xff\xff"};
    for (size_t i = 0; i < KEYS; ++i) {
        uint8_t name[NAME_SIZE] = {0};
        const char *stem = stems[i % STEMS];
        memcpy(name, stem, strlen(stem));
        name[strlen(stem)] = (uint8_t)(i / STEMS * 15);
        const size_t size = strlen(stem) + 1 + i / STEMS % 3;
        size_t at = i; /* among those made so far, in order */
        while (at != 0 && omni__slice_compare(name_of(w, at - 1),
                                              omni__slice_of(name, size)) > 0) {
            memcpy(w->names[at], w->names[at - 1], NAME_SIZE);
            w->name_sizes[at] = w->name_sizes[at - 1];
            --at;
        }
        memcpy(w->names[at], name, NAME_SIZE);
        w->name_sizes[at] = size;
    }
}

/* ---- steps of the writer ---- */

static void
put_some(world *w)
{
    for (uint32_t n = below(w, 8); n != 0; --n) {
        const size_t key = below(w, KEYS);
        uint8_t bytes[VALUE_MAX];
        if (below(w, 3) == 0) {
            w->now.made_from[key] = 0;
            check_status(omni__kv_delete(w->f.kv, name_of(w, key)), OMNI_OK,
                         "delete");
            continue;
        }
        w->now.made_from[key] = ++w->last_value;
        const size_t size = value_of(w->last_value, bytes);
        check_status(
            omni__kv_put(w->f.kv, name_of(w, key), omni__slice_of(bytes, size)),
            OMNI_OK, "put");
    }
}

static void
publish(world *w)
{
    omni__kv_publish(w->f.kv, ++w->position);
    w->published = w->now;
}

static void
flush(world *w)
{
    publish(w);
    check_status(omni__kv_flush(w->f.kv, NULL),
                 w->on_file ? OMNI_OK : OMNI_UNCHANGED, "flush");
    if (w->on_file) {
        w->flushed = w->now;
        w->flushed_position = w->position;
    }
}

static void
end_snapshot(world *w, size_t i)
{
    omni__kv_snapshot_end(w->snapshots[i]);
    w->snapshots[i] = NULL;
}

/* What was not flushed is gone, and would be folded again. */
static void
reopen(world *w)
{
    if (!w->on_file) {
        return;
    }
    for (size_t i = 0; i < SNAPSHOTS; ++i) {
        end_snapshot(w, i);
    }
    kv_fixture_reopen(&w->f);
    w->now = w->published = w->flushed;
    w->position = w->flushed_position;
    uint64_t position = 0;
    check_status(omni__kv_refresh(w->f.kv, &position, NULL), OMNI_OK,
                 "refresh");
    ck_assert_uint_eq(position, w->position);
}

static void
clear(world *w)
{
    for (size_t i = 0; i < SNAPSHOTS; ++i) {
        end_snapshot(w, i);
    }
    check_status(omni__kv_clear(w->f.kv, NULL), OMNI_OK, "clear");
    w->now = w->published = w->flushed = (state){{0}};
    w->position = w->flushed_position = 0;
}

/* ---- looking ---- */

static void
look(world *w)
{
    for (int n = 0; n < 4; ++n) {
        const size_t key = below(w, KEYS);
        omni__slice found = {0};
        const omni_status status =
            omni__kv_get(w->f.kv, name_of(w, key), &found);
        check_value(w, key, status, found, w->now.made_from[key]);
        const size_t i = below(w, SNAPSHOTS);
        if (w->snapshots[i] != NULL) {
            const omni_status old =
                omni__kv_snapshot_get(w->snapshots[i], name_of(w, key), &found);
            check_value(w, key, old, found, w->held[i].made_from[key]);
        }
    }
}

/* First key from `from` on with a row, walking by `by`; -1 or KEYS: none. */
static int
nearest(const state *rows, int from, int by)
{
    while (from >= 0 && from < KEYS && rows->made_from[from] == 0) {
        from += by;
    }
    return from;
}

/* True if the cursor is where it should be, on a row. */
static bool
check_cursor(const world *w, const omni__kv_cursor *cursor, const state *rows,
             int at, omni_status status)
{
    if (at < 0 || at >= KEYS) {
        check_status(status, OMNI_END, "cursor");
        return false;
    }
    check_status(status, OMNI_OK, "cursor");
    ck_assert_msg(
        omni__slice_equal(omni__kv_cursor_key(cursor), name_of(w, (size_t)at)),
        "seed %llu: cursor is not on key %d", (unsigned long long)seed, at);
    check_value(w, (size_t)at, OMNI_OK, omni__kv_cursor_value(cursor),
                rows->made_from[at]);
    return true;
}

/* Seek in one of the ways; `*at` is where the cursor has to be then. */
static omni_status
sought(world *w, omni__kv_cursor *cursor, const state *rows, int from,
       omni__slice key, int *at)
{
    switch (below(w, 3)) {
    case 0:
        *at = nearest(rows, from, 1);
        return omni__kv_cursor_seek(cursor, key);
    case 1:
        *at = nearest(rows, from - 1, -1);
        return omni__kv_cursor_seek_before(cursor, key);
    default:
        *at = nearest(rows, from, -1);
        return omni__kv_cursor_seek_last(cursor, key);
    }
}

static void
walk(world *w, omni__kv_cursor *cursor, const state *rows, bool putting)
{
    for (uint32_t seeks = 0; seeks < 2; ++seeks) {
        const int from = (int)below(w, KEYS);
        const omni__slice key = name_of(w, (size_t)from);
        int at = 0;
        omni_status status = sought(w, cursor, rows, from, key, &at);
        /* Who seeks the last row mostly goes on backwards. */
        int by = at > from || (at == from && below(w, 2) == 0) ? 1 : -1;
        for (uint32_t steps = below(w, 60); steps != 0; --steps) {
            if (!check_cursor(w, cursor, rows, at, status)) {
                break;
            }
            if (putting && below(w, 4) == 0) {
                put_some(w);
            }
            by = below(w, 6) == 0 ? -by : by;
            at = nearest(rows, at + by, by);
            status = by > 0 ? omni__kv_cursor_next(cursor)
                            : omni__kv_cursor_prev(cursor);
        }
    }
}

static void
walk_snapshot(world *w)
{
    const size_t i = below(w, SNAPSHOTS);
    omni__kv_cursor *cursor = NULL;
    if (w->snapshots[i] != NULL) {
        check_status(omni__kv_cursor_snapshot(w->snapshots[i], &cursor),
                     OMNI_OK, "cursor");
        walk(w, cursor, &w->held[i], true);
        omni__kv_cursor_close(cursor);
    }
}

static void
walk_writer(world *w)
{
    omni__kv_cursor *cursor = NULL;
    check_status(omni__kv_cursor_writer(w->f.kv, &cursor), OMNI_OK, "cursor");
    walk(w, cursor, &w->now, true);
    omni__kv_cursor_close(cursor);
}

static void
change_snapshot(world *w)
{
    const size_t i = below(w, SNAPSHOTS);
    if (w->snapshots[i] != NULL) {
        end_snapshot(w, i);
        return;
    }
    check_status(omni__kv_snapshot_begin(w->f.kv, &w->snapshots[i], NULL),
                 OMNI_OK, "snapshot");
    ck_assert_uint_eq(omni__kv_snapshot_position(w->snapshots[i]), w->position);
    w->held[i] = w->published;
}

static void
step(world *w)
{
    const uint32_t what = below(w, 1000);
    if (what < 400) {
        put_some(w);
    } else if (what < 550) {
        publish(w);
    } else if (what < 600) {
        omni__kv_discard(w->f.kv);
        w->now = w->published;
    } else if (what < 640) {
        flush(w);
    } else if (what < 645) {
        reopen(w);
    } else if (what < 648) {
        clear(w);
    } else if (what < 740) {
        change_snapshot(w);
    } else if (what < 860) {
        look(w);
    } else if (what < 930) {
        walk_snapshot(w);
    } else {
        walk_writer(w);
    }
}

static void
run_history(world *w, bool on_file)
{
    w->on_file = on_file;
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    kv_fixture_begin(&w->f);
    make_names(w);
    check_status(omni__kv_open(on_file ? w->f.path : NULL, &w->f.options,
                               &w->f.kv, &w->f.error),
                 OMNI_OK, "open");
    for (int i = 0; i < STEPS; ++i) {
        step(w);
    }
    for (size_t i = 0; i < SNAPSHOTS; ++i) {
        end_snapshot(w, i);
    }
    kv_fixture_end(&w->f);
}

static void
run(bool on_file)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(20);
    world *w = malloc(sizeof(*w));
    ck_assert_ptr_nonnull(w);
    for (seed = first; seed < first + cases; ++seed) {
        memset(w, 0, sizeof(*w));
        run_history(w, on_file);
    }
    free(w);
}

START_TEST(histories_on_a_file_are_as_the_model)
{
    run(true);
}
END_TEST

START_TEST(histories_in_memory_are_as_the_model)
{
    run(false);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kv_model");
    TCase *tcase = tcase_create("histories");
    tcase_add_test(tcase, histories_on_a_file_are_as_the_model);
    tcase_add_test(tcase, histories_in_memory_are_as_the_model);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
