/*
   Reads Segment-spec JSON lines and prints what a store derives from them as
   digests: the same bytes on every machine, since clock and random numbers are
   given. The store is closed, opened again, checked and rebuilt on the way.

       store_digest STORE <events.jsonl
*/
#include <omni/omni.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_AT_ONCE 500
#define MOST_BYTES (64u << 20)

static int64_t
clock_given(void *user)
{
    (void)user;
    return INT64_C(1790000000) * 1000000;
}

/* splitmix64 */
static int
random_given(void *user, void *bytes, size_t size_bytes)
{
    uint64_t *state = user;
    unsigned char *at = bytes;
    for (size_t i = 0; i < size_bytes; ++i) {
        *state += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = *state;
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        at[i] = (unsigned char)(mixed >> 56);
    }
    return 0;
}

static char *
read_all(size_t *size)
{
    char *text = malloc(MOST_BYTES);
    *size = text != NULL ? fread(text, 1, MOST_BYTES, stdin) : 0;
    return text;
}

static omni_status
import(omni_store *store, const char *text, size_t size, omni_error *error)
{
    omni_status status = OMNI_OK;
    size_t from = 0;
    size_t lines = 0;
    for (size_t at = 0; at < size && status == OMNI_OK; ++at) {
        lines += text[at] == '\n' ? 1 : 0;
        if (lines == LINES_AT_ONCE || at + 1 == size) {
            status = omni_event_append_json(store, text + from, at + 1 - from,
                                            NULL, error);
            from = at + 1;
            lines = 0;
        }
    }
    return status;
}

static void
print_bytes(const char *name, const uint8_t bytes[16])
{
    printf("%s ", name);
    for (int i = 0; i < 16; ++i) {
        printf("%02x", bytes[i]);
    }
    printf("\n");
}

static omni_status
print_digest(omni_store *store, omni_error *error)
{
    omni_digest digest;
    omni_stats stats = {.size = sizeof(stats)};
    omni_status status = omni_store_digest(store, &digest, error);
    if (status == OMNI_OK) {
        status = omni_store_stats(store, &stats, error);
    }
    if (status == OMNI_OK) {
        print_bytes("facts", digest.facts);
        print_bytes("state", digest.state);
        printf(
            "events %llu profiles %llu links %llu refused %llu log %llu\n",
            (unsigned long long)stats.events,
            (unsigned long long)stats.profiles, (unsigned long long)stats.links,
            (unsigned long long)stats.refused, (unsigned long long)stats.facts);
    }
    return status;
}

/* Two lives of a store: filled; then opened again, checked and rebuilt. */
static omni_status
live(const char *path, const omni_store_options *options, const char *text,
     size_t size, omni_error *error)
{
    omni_store *store = NULL;
    omni_status status = omni_store_open(path, options, &store, error);
    if (status == OMNI_OK && text != NULL) {
        status = import(store, text, size, error);
    }
    if (status == OMNI_OK && text == NULL) {
        status = omni_store_check(store, 0, NULL, NULL, NULL, error);
    }
    if (status == OMNI_OK && text == NULL) {
        status = omni_store_check(store, OMNI_CHECK_REBUILD, NULL, NULL, NULL,
                                  error);
    }
    if (status == OMNI_OK) {
        status = print_digest(store, error);
    }
    const omni_status closed = omni_store_close(store);
    return status != OMNI_OK ? status : closed;
}

int
main(int count, char **words)
{
    uint64_t seed = 1;
    const omni_hooks hooks = {.size = sizeof(hooks),
                              .clock = clock_given,
                              .random = random_given,
                              .user = &seed};
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE,
        .durability = OMNI_DURABILITY_GROUP,
        .memory_bytes = 1u << 20,
        .calling_code = 41,
        .hooks = &hooks,
    };
    omni_error error = {.offset = -1};
    size_t size = 0;
    char *text = count == 2 ? read_all(&size) : NULL;
    if (text == NULL) {
        fprintf(stderr, "usage: store_digest STORE <events.jsonl\n");
        return 2;
    }
    omni_status status = live(words[1], &options, text, size, &error);
    free(text);
    if (status == OMNI_OK) {
        status = live(words[1], &options, NULL, 0, &error);
    }
    if (status != OMNI_OK) {
        fprintf(stderr, "store_digest: %s\n", error.message);
    }
    return status == OMNI_OK ? 0 : 3;
}
