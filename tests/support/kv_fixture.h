/* An ordered table in a directory of its own, and short words for using it. */
#ifndef OMNI__SUPPORT_KV_FIXTURE_H
#define OMNI__SUPPORT_KV_FIXTURE_H

#include "storage/kv.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct kv_fixture {
    char directory[200];
    char path[220];
    omni__hooks hooks;
    omni__kv_options options;
    omni__kv *kv;
    omni_error error;
} kv_fixture;

static inline void
kv_fixture_begin(kv_fixture *f)
{
    *f = (kv_fixture){.kv = NULL};
    const char *base = getenv("TMPDIR");
    snprintf(f->directory, sizeof(f->directory), "%s/omni-kv-XXXXXX",
             base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(f->directory));
    snprintf(f->path, sizeof(f->path), "%s/tables", f->directory);
    ck_assert_int_eq(omni__hooks_init(&f->hooks, NULL), OMNI_OK);
    f->options = (omni__kv_options){
        .hooks = &f->hooks, .deployment = {1, 2, 3}, .derive_version = 1};
}

static inline omni_status
kv_fixture_open(kv_fixture *f)
{
    return omni__kv_open(f->path, &f->options, &f->kv, &f->error);
}

static inline void
kv_fixture_must_open(kv_fixture *f)
{
    const omni_status status = kv_fixture_open(f);
    ck_assert_msg(status == OMNI_OK, "open: %s", f->error.message);
}

static inline void
kv_fixture_close(kv_fixture *f)
{
    omni__kv_close(f->kv);
    f->kv = NULL;
}

static inline void
kv_fixture_reopen(kv_fixture *f)
{
    kv_fixture_close(f);
    kv_fixture_must_open(f);
}

static inline void
kv_fixture_end(kv_fixture *f)
{
    kv_fixture_close(f);
    DIR *directory = opendir(f->directory);
    if (directory != NULL) {
        for (const struct dirent *e; (e = readdir(directory)) != NULL;) {
            unlinkat(dirfd(directory), e->d_name, 0);
        }
        closedir(directory);
    }
    rmdir(f->directory);
}

static inline void
kv_put(omni__kv *kv, const char *key, const char *value)
{
    ck_assert_int_eq(
        omni__kv_put(kv, omni__slice_text(key), omni__slice_text(value)),
        OMNI_OK);
}

static inline void
kv_delete(omni__kv *kv, const char *key)
{
    ck_assert_int_eq(omni__kv_delete(kv, omni__slice_text(key)), OMNI_OK);
}

static inline void
kv_flush(omni__kv *kv)
{
    omni_error error = {0};
    const omni_status status = omni__kv_flush(kv, &error);
    ck_assert_msg(status == OMNI_OK, "flush: %d %s", (int)status,
                  error.message);
}

static inline omni__kv_snapshot *
kv_begin(omni__kv *kv)
{
    omni__kv_snapshot *snapshot = NULL;
    omni_error error = {0};
    const omni_status status = omni__kv_snapshot_begin(kv, &snapshot, &error);
    ck_assert_msg(status == OMNI_OK, "snapshot: %s", error.message);
    return snapshot;
}

static inline void
kv_check_value(omni_status status, omni__slice found, const char *wanted)
{
    if (wanted == NULL) {
        ck_assert_int_eq(status, OMNI_NOT_FOUND);
        return;
    }
    ck_assert_int_eq(status, OMNI_OK);
    ck_assert_ptr_nonnull(found.data);
    ck_assert_uint_eq(found.size, strlen(wanted));
    ck_assert(omni__slice_equal(found, omni__slice_text(wanted)));
}

/* What the writer sees; NULL: nothing. */
static inline void
kv_check(omni__kv *kv, const char *key, const char *wanted)
{
    omni__slice value = {0};
    const omni_status status = omni__kv_get(kv, omni__slice_text(key), &value);
    kv_check_value(status, value, wanted);
}

static inline void
kv_check_in(omni__kv_snapshot *snapshot, const char *key, const char *wanted)
{
    omni__slice value = {0};
    const omni_status status =
        omni__kv_snapshot_get(snapshot, omni__slice_text(key), &value);
    kv_check_value(status, value, wanted);
}

/* What snapshots begun now see. */
static inline void
kv_check_published(omni__kv *kv, const char *key, const char *wanted)
{
    omni__kv_snapshot *snapshot = kv_begin(kv);
    kv_check_in(snapshot, key, wanted);
    omni__kv_snapshot_end(snapshot);
}

/* Small texts told by a number. */
static inline const char *
kv_text(char out[32], const char *prefix, unsigned number)
{
    snprintf(out, 32, "%s%06u", prefix, number);
    return out;
}

/* `count` rows of some 200 bytes, published. */
static inline void
kv_put_rows(omni__kv *kv, unsigned count, uint64_t position)
{
    char key[32];
    char value[201];
    memset(value, 'v', 200);
    value[200] = '\0';
    for (unsigned i = 0; i < count; ++i) {
        kv_text(value, "at", (unsigned)position);
        value[8] = 'v';
        kv_put(kv, kv_text(key, "row", i), value);
    }
    omni__kv_publish(kv, position);
}

static inline void
kv_check_rows(omni__kv *kv, unsigned count, uint64_t position)
{
    for (unsigned i = 0; i < count; ++i) {
        char key[32];
        char wanted[32];
        omni__slice value = {0};
        ck_assert_int_eq(
            omni__kv_get(kv, omni__slice_text(kv_text(key, "row", i)), &value),
            OMNI_OK);
        kv_text(wanted, "at", (unsigned)position);
        ck_assert_uint_eq(value.size, 200);
        ck_assert_mem_eq(value.data, wanted, 8);
    }
}

static inline int
kv_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
