/* One writer and several readers: every snapshot is of one publish alone. */
#include "support/kv_fixture.h"
#include "support/setting.h"

#include <pthread.h>
#include <stdatomic.h>

#define ACCOUNTS 24
#define READERS 4
#define TOTAL (ACCOUNTS * INT64_C(1000))

/* A row: what is on the account, the publish it was put for, and filling. */
typedef struct account {
    int64_t amount;
    uint64_t position;
    uint8_t filling[600];
} account;

static kv_fixture f;
static atomic_bool stop;

static omni__slice
account_key(char text[32], unsigned i)
{
    return omni__slice_text(kv_text(text, "account", i));
}

static bool
put_account(unsigned i, int64_t amount, uint64_t position, size_t filling)
{
    account row = {.amount = amount, .position = position};
    memset(row.filling, (int)(position & 0xff), sizeof(row.filling));
    char text[32];
    return omni__kv_put(f.kv, account_key(text, i),
                        omni__slice_of(&row, offsetof(account, filling) +
                                                 filling)) == OMNI_OK;
}

static bool
read_account(omni__slice bytes, uint64_t newest, int64_t *sum)
{
    account row;
    if (bytes.size < offsetof(account, filling) ||
        bytes.size > sizeof(account)) {
        return false;
    }
    memcpy(&row, bytes.data, bytes.size);
    for (size_t i = offsetof(account, filling); i < bytes.size; ++i) {
        if (bytes.data[i] != (row.position & 0xff)) {
            return false;
        }
    }
    *sum += row.amount;
    return row.position <= newest;
}

static bool
sum_by_get(omni__kv_snapshot *snapshot, int64_t *sum)
{
    for (unsigned i = 0; i < ACCOUNTS; ++i) {
        char text[32];
        omni__slice value;
        if (omni__kv_snapshot_get(snapshot, account_key(text, i), &value) !=
                OMNI_OK ||
            !read_account(value, omni__kv_snapshot_position(snapshot), sum)) {
            return false;
        }
    }
    return true;
}

static bool
is_account(const omni__kv_cursor *cursor)
{
    return omni__kv_cursor_key(cursor).data[0] == 'a';
}

static bool
sum_by_cursor(omni__kv_snapshot *snapshot, bool up, int64_t *sum)
{
    omni__kv_cursor *cursor = NULL;
    if (omni__kv_cursor_snapshot(snapshot, &cursor) != OMNI_OK) {
        return false;
    }
    unsigned count = 0;
    bool right = true;
    omni_status status =
        up ? omni__kv_cursor_seek(cursor, omni__slice_text("account"))
           : omni__kv_cursor_seek_before(cursor, omni__slice_text("b"));
    while (status == OMNI_OK && right && is_account(cursor)) {
        right = read_account(omni__kv_cursor_value(cursor),
                             omni__kv_snapshot_position(snapshot), sum);
        ++count;
        status =
            up ? omni__kv_cursor_next(cursor) : omni__kv_cursor_prev(cursor);
    }
    omni__kv_cursor_close(cursor);
    return right && status >= OMNI_OK && count == ACCOUNTS;
}

/* Returns NULL if every look was right. */
static void *
read_on(void *user)
{
    const unsigned number = *(const unsigned *)user;
    for (unsigned round = 0; !atomic_load(&stop); ++round) {
        omni__kv_snapshot *snapshot = NULL;
        if (omni__kv_snapshot_begin(f.kv, &snapshot, NULL) != OMNI_OK) {
            return user;
        }
        bool right = true;
        for (unsigned again = round % 3; right && again != 3; ++again) {
            int64_t sum = 0;
            const unsigned way = (number + again) % 3;
            right = way == 0 ? sum_by_get(snapshot, &sum)
                             : sum_by_cursor(snapshot, way == 1, &sum);
            right = right && sum == TOTAL;
        }
        omni__kv_snapshot_end(snapshot);
        if (!right) {
            return user;
        }
    }
    return NULL;
}

static uint64_t random_state = 77;

static unsigned
below(unsigned bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 20) % bound);
}

static bool
transfer(int64_t amounts[ACCOUNTS], uint64_t position)
{
    const unsigned from = below(ACCOUNTS);
    const unsigned to = below(ACCOUNTS);
    const int64_t moved = below(500);
    amounts[from] -= moved;
    amounts[to] += moved;
    return put_account(from, amounts[from], position, below(600)) &&
           put_account(to, amounts[to], position, below(600));
}

static bool
write_once(int64_t amounts[ACCOUNTS], uint64_t position)
{
    char text[32];
    if (below(8) == 0) { /* nobody may see this */
        for (unsigned i = 0; i < 5; ++i) {
            put_account(below(ACCOUNTS), -1, position, below(600));
            put_account(ACCOUNTS + 1, 1, position, 0);
        }
        omni__kv_discard(f.kv);
    }
    bool done = true;
    for (unsigned n = below(6); done && n != 0; --n) {
        done = transfer(amounts, position);
    }
    /* Rows that come and go make the table grow beside. */
    for (unsigned n = below(6); done && n != 0; --n) {
        kv_text(text, "zrow", below(4000));
        done = omni__kv_put(f.kv, omni__slice_text(text),
                            omni__slice_text(text)) == OMNI_OK;
    }
    omni__kv_publish(f.kv, position);
    return done;
}

static bool
write_on(unsigned publishes, bool flushing)
{
    int64_t amounts[ACCOUNTS];
    for (unsigned i = 0; i < ACCOUNTS; ++i) {
        amounts[i] = TOTAL / ACCOUNTS;
    }
    for (uint64_t position = 2; position < publishes; ++position) {
        if (!write_once(amounts, position)) {
            return false;
        }
        if (flushing && below(100) == 0 &&
            omni__kv_flush(f.kv, NULL) != OMNI_OK) {
            return false;
        }
    }
    return true;
}

static void
run(bool on_file)
{
    const unsigned publishes = (unsigned)setting_cases(20000);
    kv_fixture_begin(&f);
    ck_assert_int_eq(
        omni__kv_open(on_file ? f.path : NULL, &f.options, &f.kv, &f.error),
        OMNI_OK);
    for (unsigned i = 0; i < ACCOUNTS; ++i) {
        ck_assert(put_account(i, TOTAL / ACCOUNTS, 1, 0));
    }
    omni__kv_publish(f.kv, 1);
    atomic_store(&stop, false);
    pthread_t threads[READERS];
    unsigned numbers[READERS];
    for (unsigned i = 0; i < READERS; ++i) {
        numbers[i] = i;
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, read_on, &numbers[i]), 0);
    }
    const bool written = write_on(publishes, on_file);
    atomic_store(&stop, true);
    unsigned wrong = 0;
    for (unsigned i = 0; i < READERS; ++i) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        wrong += result != NULL ? 1 : 0;
    }
    ck_assert(written);
    ck_assert_uint_eq(wrong, 0);
    kv_fixture_end(&f);
}

START_TEST(snapshots_are_of_one_publish_on_a_file)
{
    run(true);
}
END_TEST

START_TEST(snapshots_are_of_one_publish_in_memory)
{
    run(false);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kv_threads");
    TCase *tcase = tcase_create("threads");
    tcase_add_test(tcase, snapshots_are_of_one_publish_on_a_file);
    tcase_add_test(tcase, snapshots_are_of_one_publish_in_memory);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
