/*
   What an application may take over from libomni: memory within a budget, the
   clock, random bytes and messages. The store counts what it does with them.

       cc embedding_hooks.c $(pkg-config --cflags --libs libomni) \
           -o embedding_hooks
       ./embedding_hooks new-directory

   Hooks may be called from any thread that is inside a call of the store, so
   counters are atomic. LMDB's mapped file is not memory of this kind: it is
   the system's page cache.
*/
#include <omni/omni.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET ((size_t)16 << 20)
#define NOON INT64_C(1772366400000000) /* 2026-03-01T12:00:00Z */

typedef struct host {
    size_t budget;
    _Atomic size_t used;
    _Atomic size_t most;
    _Atomic size_t blocks;
    _Atomic size_t refusals;
    _Atomic size_t messages;
    _Atomic int64_t clock_us;
} host;

/* In front of every block stands its size, so that freeing can count. */
typedef union head {
    size_t size;
    max_align_t align;
} head;

static bool
reserve(host *host, size_t old_size, size_t new_size)
{
    size_t used = atomic_load(&host->used);
    size_t wanted = 0;
    do {
        wanted = used - old_size + new_size;
        if (wanted > host->budget) {
            atomic_fetch_add(&host->refusals, 1);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&host->used, &used, wanted));
    size_t most = atomic_load(&host->most);
    while (wanted > most &&
           !atomic_compare_exchange_weak(&host->most, &most, wanted)) {
    }
    return true;
}

/* As realloc(); size 0 frees. NULL is an answer that the library copes with:
   the call that needed the memory fails with OMNI_ERR_NO_MEMORY. */
static void *
allocate(void *user, void *block, size_t size_bytes)
{
    host *host = user;
    head *old = block != NULL ? (head *)block - 1 : NULL;
    const size_t old_size = old != NULL ? old->size : 0;
    if (size_bytes == 0) {
        if (old != NULL) {
            atomic_fetch_sub(&host->used, old_size);
            atomic_fetch_sub(&host->blocks, 1);
            free(old);
        }
        return NULL;
    }
    if (!reserve(host, old_size, size_bytes)) {
        return NULL;
    }
    head *fresh = realloc(old, sizeof(head) + size_bytes);
    if (fresh == NULL) {
        atomic_fetch_sub(&host->used, size_bytes - old_size);
        return NULL;
    }
    fresh->size = size_bytes;
    if (old == NULL) {
        atomic_fetch_add(&host->blocks, 1);
    }
    return fresh + 1;
}

/* A clock under control: a second a look. */
static int64_t
read_clock(void *user)
{
    host *host = user;
    return atomic_fetch_add(&host->clock_us, 1000000);
}

/* Ids and keys come from here: it must be unpredictable. */
static int
random_bytes(void *user, void *bytes, size_t size_bytes)
{
    (void)user;
    FILE *file = fopen("/dev/urandom", "rb");
    if (file == NULL) {
        return -1;
    }
    const size_t got = fread(bytes, 1, size_bytes, file);
    fclose(file);
    return got == size_bytes ? 0 : -1;
}

static void
log_message(void *user, omni_log_level level, const char *message)
{
    static const char *const words[] = {"error", "warning", "info"};
    host *host = user;
    atomic_fetch_add(&host->messages, 1);
    fprintf(stderr, "libomni: %s: %s\n", words[level], message);
}

static omni_status
open_store(host *host, const char *path, omni_store **out, omni_error *error)
{
    const omni_hooks hooks = {
        .size = sizeof(hooks),
        .allocate = allocate,
        .clock = read_clock,
        .random = random_bytes,
        .log = log_message,
        .user = host,
    };
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE,
        .memory_bytes = 4u << 20, /* of the budget, for rows not yet in LMDB */
        .hooks = &hooks,          /* copied; what `user` points to is not */
    };
    return omni_store_open(path, &options, out, error);
}

static omni_status
sell(omni_store *store, omni_error *error)
{
    omni_status status = OMNI_OK;
    for (int i = 0; i < 1000 && status == OMNI_OK; ++i) {
        char receipt[32];
        char card[32];
        snprintf(receipt, sizeof(receipt), "receipt-%d", i);
        snprintf(card, sizeof(card), "card-%d", i % 100);
        const omni_identifier who = {"loyalty_id", card};
        const omni_event event = {
            .size = sizeof(event),
            .name = "Order Completed",
            .id = receipt,
            .channel = "store",
            .identifiers = &who,
            .identifier_count = 1,
            .properties_json = "{\"revenue\":10,\"currency\":\"CHF\"}",
        };
        status = omni_event_append(store, &event, NULL, error);
    }
    return status;
}

/* The events have no time of their own: it is the clock's. */
static omni_status
print_one(omni_store *store, omni_error *error)
{
    omni_txn *txn = NULL;
    omni_id id;
    const omni_profile *profile = NULL;
    omni_status status = omni_txn_begin(store, &txn, error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_identifier who = {"loyalty_id", "card-7"};
    status = omni_profile_find(txn, who, &id);
    if (status == OMNI_OK) {
        status = omni_profile_get(txn, &id, &profile);
    }
    omni_figure orders;
    if (status == OMNI_OK) {
        status = omni_profile_figure(profile, "Order Completed", &orders);
    }
    if (status == OMNI_OK) {
        printf("card-7: %" PRIu64 " orders on the day of the host's clock: "
               "%s\n",
               orders.count,
               orders.first_us >= NOON && orders.last_us < NOON + 86400000000
                   ? "yes"
                   : "no");
    } else {
        *error = *omni_txn_error(txn);
    }
    omni_txn_end(txn);
    return status;
}

/* With hardly any memory a store does not open, says so, and leaks nothing. */
static bool
starve(const char *path)
{
    host poor = {.budget = 4096, .clock_us = NOON};
    omni_store *store = NULL;
    omni_error error = {0};
    const omni_status status = open_store(&poor, path, &store, &error);
    printf("with 4 KiB: %s; %zu bytes left behind\n", omni_status_name(status),
           atomic_load(&poor.used));
    omni_store_close(store);
    return status == OMNI_ERR_NO_MEMORY && atomic_load(&poor.used) == 0;
}

int
main(int argc, char **argv)
{
    host host = {.budget = BUDGET, .clock_us = NOON};
    omni_store *store = NULL;
    omni_error error = {0};
    if (argc != 2) {
        fputs("usage: embedding_hooks DIRECTORY\n", stderr);
        return 2;
    }
    omni_status status = open_store(&host, argv[1], &store, &error);
    if (status == OMNI_OK) {
        status = sell(store, &error);
    }
    if (status == OMNI_OK) {
        status = print_one(store, &error);
    }
    const size_t at_work = atomic_load(&host.blocks);
    if (status != OMNI_OK) {
        fprintf(stderr, "%s: %s\n", omni_status_name(status), error.message);
    }
    if (omni_store_close(store) != OMNI_OK && status == OMNI_OK) {
        status = OMNI_ERR_IO;
    }
    printf("at most %zu KiB of %zu KiB, %zu blocks at work, %zu left behind, "
           "%zu refused\n",
           atomic_load(&host.most) / 1024, host.budget / 1024, at_work,
           atomic_load(&host.blocks), atomic_load(&host.refusals));
    printf("messages: %zu\n", atomic_load(&host.messages));
    const bool starved = starve(argv[1]);
    return status == OMNI_OK && starved && atomic_load(&host.blocks) == 0 ? 0
                                                                          : 3;
}
