/* omni/scan.h: segments over all profiles. */
#include "omni/scan.h"

#include "api/handle.h"
#include "codec/time.h"
#include "platform/sized.h"
#include "segments/scan.h"

struct omni_scan {
    omni_txn *txn;
    omni_scan *next; /* of the same txn */
    omni__scan *walk;
};

/* The store's memory of blocks that were looked over. */
static omni__scan_memory *
memory_of(omni_store *store)
{
    omni__engine *engine = store->engine;
    pthread_mutex_lock(&engine->lock);
    if (store->scanned == NULL) {
        store->scanned =
            omni__calloc(&store->hooks.alloc, sizeof(*store->scanned));
    }
    omni__scan_memory *memory = store->scanned;
    pthread_mutex_unlock(&engine->lock);
    return memory;
}

static omni_status
fail(omni_txn *txn, omni_status status)
{
    return omni__fail(&txn->error, status, "segment: %s",
                      omni_status_name(status));
}

/* What is made is kept beside rows that were flushed: those of a new store, or
   of a new policy, may all be in memory yet. Whether that works or not, the
   scan goes on. */
static void
make_place(const omni_txn *txn)
{
    omni__engine *engine = txn->store->engine;
    omni__kv_cache *cache = NULL;
    const omni_status status =
        omni__kv_cache_begin(engine->kv, txn->source.policy->digest, &cache);
    const bool there = status == OMNI_OK && omni__kv_cache_has_place(cache);
    omni__kv_cache_end(cache);
    if (!there && (engine->flags & OMNI_STORE_READ_ONLY) == 0) {
        (void)omni__engine_flush(engine, NULL);
    }
}

omni_status
omni__txn_scan(omni_txn *txn, const omni__segment *segment,
               omni__scan_source *out)
{
    omni_status status = omni__txn_knows_all(txn);
    omni_store *store = txn->store;
    if (status == OMNI_OK) {
        status = omni__txn_asked(txn, segment);
    }
    if (status != OMNI_OK) {
        return status;
    }
    make_place(txn);
    *out = (omni__scan_source){.view = txn->view,
                               .position =
                                   omni__kv_snapshot_position(txn->snapshot),
                               .kv = store->engine->kv,
                               .log = store->engine->log,
                               .secret = &store->engine->file.secret,
                               .policy = txn->source.policy,
                               .memory = memory_of(store),
                               .alloc = &store->hooks.alloc,
                               .lookup = omni__definitions_lookup,
                               .user = &txn->definitions};
    return out->memory != NULL ? OMNI_OK : omni__fail_memory(&txn->error);
}

static omni_status
begin(omni_txn *txn, const omni_segment *segment, int64_t now_us,
      const omni_id *after, omni__scan **out)
{
    omni__scan_source source;
    if (!omni__time_written(now_us)) {
        return omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                          "the instant %lld is not in the years 1 to 9999",
                          (long long)now_us);
    }
    omni_status status = omni__txn_scan(txn, segment->program, &source);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__scan_open(&source, segment->program, now_us, after, out);
    return status == OMNI_OK ? status : fail(txn, status);
}

static void
tell(const omni__scan *scan, omni_scan_counts *counts)
{
    const omni__scan_tally *tally = omni__scan_tally_of(scan);
    const omni_scan_counts told = {.size = sizeof(told),
                                   .profiles = tally->profiles,
                                   .members = tally->members,
                                   .errors = tally->errors,
                                   .evaluated = tally->evaluated,
                                   .blocks_made = tally->built};
    omni__sized_write(counts, &told, sizeof(told));
}

omni_status
omni_segment_count(omni_txn *txn, const omni_segment *segment, int64_t now_us,
                   omni_progress_fn progress, void *user,
                   omni_scan_counts *counts)
{
    omni__scan *scan = NULL;
    uint32_t done = 0;
    omni_status status = omni__sized_check(counts, "counts", &txn->error);
    if (status == OMNI_OK) {
        status = begin(txn, segment, now_us, NULL, &scan);
    }
    if (status != OMNI_OK) {
        return status;
    }
    while ((status = omni__scan_count(scan, &done)) == OMNI_OK) {
        if (progress != NULL && done % 16 == 0 &&
            progress(user, done, OMNI__BLOCK_COUNT) != 0) {
            status =
                omni__fail(&txn->error, OMNI_ERR_BUSY, "the count was stopped");
            break;
        }
    }
    if (status == OMNI_END) {
        tell(scan, counts);
        status = OMNI_OK;
    } else if (status != OMNI_ERR_BUSY) {
        fail(txn, status);
    }
    omni__scan_close(scan);
    return status;
}

omni_status
omni_scan_open(omni_txn *txn, const omni_segment *segment, int64_t now_us,
               const omni_id *after, omni_scan **out)
{
    omni_scan *scan = omni__calloc(&txn->store->hooks.alloc, sizeof(*scan));
    if (scan == NULL) {
        return omni__fail_memory(&txn->error);
    }
    const omni_status status = begin(txn, segment, now_us, after, &scan->walk);
    if (status != OMNI_OK) {
        omni__free(&txn->store->hooks.alloc, scan);
        return status;
    }
    scan->txn = txn;
    scan->next = txn->scans;
    txn->scans = scan;
    *out = scan;
    return OMNI_OK;
}

omni_status
omni_scan_next(omni_scan *scan, omni_id *out)
{
    omni_id id;
    const omni_status status = omni__scan_next(scan->walk, &id);
    if (status == OMNI_OK) {
        *out = id;
    }
    return status == OMNI_OK || status == OMNI_END ? status
                                                   : fail(scan->txn, status);
}

omni_status
omni_scan_progress(const omni_scan *scan, omni_scan_counts *counts)
{
    const omni_status status =
        omni__sized_check(counts, "counts", &scan->txn->error);
    if (status == OMNI_OK) {
        tell(scan->walk, counts);
    }
    return status;
}

void
omni_scan_close(omni_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    omni_scan **at = &scan->txn->scans;
    while (*at != scan) {
        at = &(*at)->next;
    }
    *at = scan->next;
    omni__scan_close(scan->walk);
    omni__free(&scan->txn->store->hooks.alloc, scan);
}
