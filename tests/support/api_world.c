/* What tests of the public API share: a store to use and ways to look at it. */
#include "support/api_world.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
api_world_make(api_world *world)
{
    const char *place = getenv("TMPDIR");
    memset(world, 0, sizeof(*world));
    snprintf(world->directory, sizeof(world->directory), "%s/omni-api-XXXXXX",
             place != NULL && place[0] != '\0' ? place : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(world->directory));
    api_world_path(world, "store", world->path);
    world->options.size = sizeof(world->options);
    world->options.flags = OMNI_STORE_CREATE;
    world->options.durability = OMNI_DURABILITY_OFF;
}

void
api_world_open(api_world *world)
{
    const omni_status status = omni_store_open(world->path, &world->options,
                                               &world->store, &world->error);
    ck_assert_msg(status == OMNI_OK, "open: %s", world->error.message);
}

void
api_world_close(api_world *world)
{
    omni_store *store = world->store;
    world->store = NULL;
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
}

void
api_world_remove(api_world *world)
{
    omni_store_close(world->store);
    world->store = NULL;
    api_remove(world->directory);
}

void
api_world_path(const api_world *world, const char *name, char path[API_PATH])
{
    snprintf(path, API_PATH, "%s/%s", world->directory, name);
}

/* Receives the path of a file or of a folder whose files were visited. */
typedef void (*visit_fn)(void *user, const char *path, bool folder);

/* Entries in order of their names; folders after what is in them. */
static void
visit(const char *path, int depth, visit_fn each, void *user)
{
    struct dirent **names = NULL;
    const int count = depth < 8 ? scandir(path, &names, NULL, alphasort) : -1;
    for (int i = 0; i < count; ++i) {
        char below[4096];
        const char *name = names[i]->d_name;
        snprintf(below, sizeof(below), "%s/%s", path, name);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            visit(below, depth + 1, each, user);
        }
        free(names[i]);
    }
    free(names);
    each(user, path, count >= 0);
}

static void
remove_one(void *user, const char *path, bool folder)
{
    (void)user;
    if (folder) {
        rmdir(path);
    } else {
        unlink(path);
    }
}

void
api_remove(const char *path)
{
    visit(path, 0, remove_one, NULL);
}

typedef struct copying {
    const char *from;
    const char *to;
} copying;

/* Folders come last, so each file makes those above it. */
static void
copy_one(void *user, const char *path, bool folder)
{
    const copying *way = user;
    char to[4096];
    snprintf(to, sizeof(to), "%s%s", way->to, path + strlen(way->from));
    for (char *at = to + strlen(way->to); (at = strchr(at, '/')) != NULL;
         ++at) {
        *at = '\0';
        mkdir(to, 0700);
        *at = '/';
    }
    if (folder) {
        mkdir(to, 0700);
        return;
    }
    api_bytes bytes = {NULL, 0, 0};
    api_read_file(path, &bytes);
    api_write_file(to, bytes.data, bytes.size);
    api_bytes_free(&bytes);
}

void
api_copy(const char *from, const char *to)
{
    visit(from, 0, copy_one, &(copying){from, to});
}

void
api_read_file(const char *path, api_bytes *out)
{
    char part[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    while ((got = fread(part, 1, sizeof(part), file)) != 0) {
        api_bytes_add(out, part, got);
    }
    fclose(file);
}

void
api_write_file(const char *path, const void *bytes, size_t size_bytes)
{
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(bytes, 1, size_bytes, file), size_bytes);
    ck_assert_int_eq(fclose(file), 0);
}

static void
read_one(void *user, const char *path, bool folder)
{
    api_bytes *out = user;
    api_bytes_add(out, path, strlen(path) + 1);
    if (!folder) {
        api_read_file(path, out);
    }
}

void
api_read_tree(const char *path, api_bytes *out)
{
    visit(path, 0, read_one, out);
}

void
api_add_event(omni_text json, api_bytes *out)
{
    static const char mark[] = "\"fact\":\"";
    for (size_t i = 0; i + sizeof(mark) < json.size; ++i) {
        if (memcmp(json.bytes + i, mark, sizeof(mark) - 1) == 0) {
            const char *end = memchr(json.bytes + i, ',', json.size - i);
            ck_assert_ptr_nonnull(end);
            api_bytes_add(out, json.bytes, i);
            json.size -= (size_t)(end + 1 - json.bytes);
            json.bytes = end + 1;
            break;
        }
    }
    api_bytes_add(out, json.bytes, json.size);
}

void
api_bytes_add(api_bytes *bytes, const void *data, size_t size_bytes)
{
    if (bytes->size + size_bytes > bytes->capacity) {
        bytes->capacity = (bytes->size + size_bytes) * 2 + 64;
        bytes->data = realloc(bytes->data, bytes->capacity);
        ck_assert_ptr_nonnull(bytes->data);
    }
    if (size_bytes != 0) {
        memcpy(bytes->data + bytes->size, data, size_bytes);
    }
    bytes->size += size_bytes;
}

void
api_bytes_free(api_bytes *bytes)
{
    free(bytes->data);
    *bytes = (api_bytes){NULL, 0, 0};
}

static int
write_bytes(void *user, const void *bytes, size_t size_bytes)
{
    api_bytes_add(user, bytes, size_bytes);
    return 0;
}

void
api_dump(omni_store *store, api_bytes *out)
{
    omni_error error;
    const omni_status status = omni_store_dump(store, write_bytes, out, &error);
    ck_assert_msg(status == OMNI_OK, "dump: %s", error.message);
}

omni_digest
api_digest(omni_store *store)
{
    omni_error error;
    omni_digest digest;
    const omni_status status = omni_store_digest(store, &digest, &error);
    ck_assert_msg(status == OMNI_OK, "digest: %s", error.message);
    return digest;
}

omni_stats
api_stats(omni_store *store)
{
    omni_error error;
    omni_stats stats = {.size = sizeof(stats)};
    const omni_status status = omni_store_stats(store, &stats, &error);
    ck_assert_msg(status == OMNI_OK, "stats: %s", error.message);
    return stats;
}

void
api_check(omni_store *store)
{
    omni_error error = {.message = ""};
    omni_check_report report = {.size = sizeof(report)};
    const omni_status status =
        omni_store_check(store, 0, NULL, NULL, &report, &error);
    ck_assert_msg(status == OMNI_OK, "check: %s", error.message);
    ck_assert_uint_eq(report.differences, 0);
}

omni_event
api_viewed(const char *id, int64_t time_us, const omni_identifier *who,
           size_t count)
{
    return (omni_event){.size = sizeof(omni_event),
                        .name = "Viewed",
                        .id = id,
                        .time_us = time_us,
                        .identifiers = who,
                        .identifier_count = count};
}

omni_event_result
api_put(omni_store *store, const omni_event *event)
{
    omni_error error;
    omni_event_result result = {.size = sizeof(result)};
    const omni_status status = omni_event_append(store, event, &result, &error);
    ck_assert_msg(status == OMNI_OK, "append: %s", error.message);
    return result;
}

void
api_append(omni_store *store, const omni_event *event)
{
    ck_assert_int_eq(api_put(store, event).outcome, OMNI_OUTCOME_TAKEN);
}

void
api_track(omni_store *store, const char *name, const char *id, int64_t time_us,
          omni_identifier identifier)
{
    const omni_event event = {.size = sizeof(event),
                              .name = name,
                              .id = id,
                              .time_us = time_us,
                              .identifiers = &identifier,
                              .identifier_count = 1};
    api_append(store, &event);
}

omni_txn *
api_begin(omni_store *store)
{
    omni_error error;
    omni_txn *txn = NULL;
    const omni_status status = omni_txn_begin(store, &txn, &error);
    ck_assert_msg(status == OMNI_OK, "txn: %s", error.message);
    return txn;
}

omni_id
api_find(omni_txn *txn, const char *ns, const char *value)
{
    omni_id id;
    const omni_status status = omni_profile_find(txn, API_NAME(ns, value), &id);
    ck_assert_msg(status == OMNI_OK, "find %s:%s: %s", ns, value,
                  omni_txn_error(txn)->message);
    return id;
}

const omni_profile *
api_get(omni_txn *txn, const char *ns, const char *value)
{
    const omni_id id = api_find(txn, ns, value);
    const omni_profile *profile = NULL;
    const omni_status status = omni_profile_get(txn, &id, &profile);
    ck_assert_msg(status == OMNI_OK, "get %s:%s: %s", ns, value,
                  omni_txn_error(txn)->message);
    return profile;
}

uint64_t
api_count(omni_store *store, const char *ns, const char *value,
          const char *name)
{
    omni_txn *txn = api_begin(store);
    omni_figure figure = {.count = 0};
    omni_profile_figure(api_get(txn, ns, value), name, &figure);
    omni_txn_end(txn);
    return figure.count;
}

bool
api_together(omni_store *store, omni_identifier a, omni_identifier b)
{
    omni_txn *txn = api_begin(store);
    const omni_id first = api_find(txn, a.ns, a.value);
    const omni_id second = api_find(txn, b.ns, b.value);
    omni_txn_end(txn);
    return memcmp(&first, &second, sizeof(first)) == 0;
}

bool
api_is(omni_text text, const char *wanted)
{
    return text.size == strlen(wanted) &&
           (text.size == 0 || memcmp(text.bytes, wanted, text.size) == 0);
}

uint64_t
api_setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10)
                                           : otherwise;
}

uint64_t
api_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
