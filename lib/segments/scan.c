/* Walking over blocks: from the cache where it is right, else made anew and
   kept. */
#include "segments/scan.h"

#include "identity/members.h"

/* Rows that were made are written so many bytes at a time. */
#define KEEP_BYTES (4u << 20)

struct omni__scan {
    omni__scan_source source;
    const omni__segment *segment;
    int64_t now_us;
    omni_id after;
    bool has_after;
    omni__plan *plan;
    omni__kv_cache *cache;
    omni__kv_cursor *cursor; /* over nodes, where there are no columns */
    bool on_node;            /* it stands on a row */
    omni__arena arena;       /* of one evaluation */
    omni__scan_tally tally;
    uint32_t block; /* under way; the next one, if not begun */
    bool begun;
    bool by_block; /* columns are asked for, whether or not they answer */
    const omni__columns *columns; /* of the block; NULL: node by node */
    const uint8_t *answers;
    uint32_t at;        /* next profile of the block */
    omni__buffer row;   /* the block, made or moved to be aligned */
    omni__buffer kept;  /* rows to be written, one after the other */
    omni__kv_row *rows; /* which these are; values are offsets until then */
    omni__key *keys;
    size_t row_count;
    uint64_t touched[OMNI__BLOCK_COUNT];
};

/* ---- keeping ---- */

static omni__key
key_of(uint32_t block)
{
    omni__key key = omni__key_of(OMNI__TABLE_COLUMNS);
    omni__key_add_u32(&key, block);
    return key;
}

/* What is kept must be of a log that lasts: after a power cut other facts may
   stand at its position. */
static bool
may_keep(const omni__scan *scan)
{
    const uint64_t position = scan->source.position;
    return omni__log_state_now(scan->source.log).synced >= position ||
           (omni__log_sync(scan->source.log, NULL) == OMNI_OK &&
            omni__log_state_now(scan->source.log).synced >= position);
}

/* Write the rows that wait. It is a cache: a fault loses no more than time. */
static void
write_rows(omni__scan *scan)
{
    size_t at = 0;
    if (scan->row_count != 0 && !scan->kept.failed && may_keep(scan)) {
        for (size_t i = 0; i < scan->row_count; ++i) {
            scan->rows[i].key = omni__key_slice(&scan->keys[i]);
            scan->rows[i].value.data = scan->kept.data + at;
            at += scan->rows[i].value.size;
        }
        (void)omni__kv_cache_put(scan->source.kv, scan->source.policy->digest,
                                 scan->rows, scan->row_count);
    }
    scan->row_count = 0;
    omni__buffer_clear(&scan->kept);
}

static void
keep(omni__scan *scan)
{
    scan->keys[scan->row_count] = key_of(scan->block);
    scan->rows[scan->row_count++].value.size = scan->row.size;
    omni__buffer_slice(&scan->kept, omni__buffer_bytes(&scan->row));
    if (scan->kept.size > KEEP_BYTES || scan->row_count == OMNI__BLOCK_COUNT) {
        write_rows(scan);
    }
}

/* ---- blocks ---- */

/* A row of the cache, if it is whole and right for this snapshot. `*newer`: it
   is of a later one. */
static const omni__columns *
cached(omni__scan *scan, bool *newer)
{
    const omni__key key = key_of(scan->block);
    omni__slice row;
    if (omni__kv_cache_get(scan->cache, omni__key_slice(&key), &row) !=
        OMNI_OK) {
        return NULL;
    }
    if ((uintptr_t)row.data % 8 != 0) {
        omni__buffer_clear(&scan->row);
        omni__buffer_slice(&scan->row, row);
        row = omni__buffer_bytes(&scan->row);
    }
    if (row.data == NULL || !omni__columns_is_head(row)) {
        return NULL;
    }
    const omni__columns *columns =
        (const omni__columns *)(const void *)row.data;
    _Atomic uint64_t *checked = &scan->source.memory->checked[scan->block];
    *newer = columns->position > scan->source.position;
    if (*newer || scan->touched[scan->block] > columns->position) {
        return NULL;
    }
    /* Rows of two policies may be of one position. */
    const uint64_t stamp =
        (columns->position + 1) ^ scan->source.policy->digest;
    if (atomic_load_explicit(checked, memory_order_relaxed) != stamp) {
        if (!omni__columns_check(row)) {
            return NULL;
        }
        atomic_store_explicit(checked, stamp, memory_order_relaxed);
    }
    return columns;
}

static omni_status
make(omni__scan *scan, bool newer)
{
    const omni_status status = omni__columns_build(
        &scan->source.view, scan->block, scan->source.position,
        scan->source.alloc, &scan->row);
    if (status != OMNI_OK) {
        scan->columns = NULL;
        return status == OMNI_ERR_LIMIT ? OMNI_OK : status;
    }
    ++scan->tally.built;
    scan->columns = (const omni__columns *)(const void *)scan->row.data;
    if (!newer) {
        keep(scan);
    }
    return OMNI_OK;
}

/* First profile of the block that is behind `after`. */
static uint32_t
first_after(const omni__scan *scan)
{
    const omni_id *ids = omni__columns_at(scan->columns, scan->columns->ids);
    uint32_t low = 0;
    uint32_t high = scan->has_after ? scan->columns->ids.count : 0;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (omni__id_compare(&ids[middle], &scan->after) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* To the first node of a block, where it has no columns. */
static omni_status
seek(omni__scan *scan)
{
    const omni_id start = omni__block_start(scan->block);
    omni__key key = omni__key_node(OMNI__TABLE_NODE, &start);
    omni_status status = OMNI_OK;
    if (scan->has_after && omni__id_compare(&scan->after, &start) >= 0) {
        key = omni__key_node(OMNI__TABLE_NODE, &scan->after);
        omni__key_add(&key, "", 1);
    }
    if (scan->cursor == NULL) {
        status = omni__view_cursor(&scan->source.view, &scan->cursor);
    }
    if (status == OMNI_OK) {
        status = omni__kv_cursor_seek(scan->cursor, omni__key_slice(&key));
    }
    scan->on_node = status == OMNI_OK;
    return status;
}

static omni_status
begin_block(omni__scan *scan)
{
    bool newer = false;
    omni_status status = OMNI_OK;
    scan->begun = true;
    scan->columns = NULL;
    scan->at = 0;
    if (scan->by_block || omni__plan_is_useful(scan->plan)) {
        scan->columns = cached(scan, &newer);
        if (scan->columns == NULL) {
            status = make(scan, newer);
        }
    }
    if (status == OMNI_OK && scan->columns != NULL) {
        scan->at = first_after(scan);
        scan->tally.profiles += scan->columns->ids.count - scan->at;
        return scan->plan != NULL
                   ? omni__plan_run(scan->plan, scan->columns, &scan->answers)
                   : OMNI_OK;
    }
    if (status == OMNI_OK) {
        status = seek(scan);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* ---- one profile ---- */

/* Evaluate a profile: OMNI_OK if it is a member, else OMNI_NOT_FOUND. */
static omni_status
evaluate(omni__scan *scan, const omni__node *head)
{
    omni__members members;
    omni__segment_answer answer;
    omni__arena_reset(&scan->arena);
    omni_status status =
        omni__members_read(&scan->source.view, head, &scan->arena, &members);
    if (status == OMNI_OK) {
        omni__subject subject = {.view = &scan->source.view,
                                 .log = scan->source.log,
                                 .secret = scan->source.secret,
                                 .policy = scan->source.policy,
                                 .nodes = members.nodes,
                                 .count = members.count,
                                 .arena = &scan->arena,
                                 .lookup = scan->source.lookup,
                                 .user = scan->source.user};
        ++scan->tally.evaluated;
        status = omni__segment_evaluate(scan->segment, &subject, scan->now_us,
                                        &answer);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    scan->tally.errors += answer.membership == OMNI__MEMBERSHIP_ERROR;
    return answer.membership == OMNI__MEMBER ? OMNI_OK : OMNI_NOT_FOUND;
}

omni_status
omni__scan_member(omni__scan *scan, uint32_t number)
{
    const omni_id *ids = omni__columns_at(scan->columns, scan->columns->ids);
    const uint8_t answer =
        scan->plan != NULL ? scan->answers[number] : OMNI__ANSWER_TRUE;
    if (answer == OMNI__ANSWER_TRUE) {
        return OMNI_OK;
    }
    scan->tally.errors += answer == OMNI__ANSWER_ERROR;
    if (answer == OMNI__ANSWER_ERROR || answer == OMNI__ANSWER_FALSE) {
        return OMNI_NOT_FOUND;
    }
    omni__node head;
    const omni_status status =
        omni__node_read(&scan->source.view, &ids[number], &head);
    return status == OMNI_OK          ? evaluate(scan, &head)
           : status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT
                                      : status;
}

/* The next member of the block, by its answers; OMNI_END. */
static omni_status
next_by_columns(omni__scan *scan, omni_id *out)
{
    const omni_id *ids = omni__columns_at(scan->columns, scan->columns->ids);
    const uint32_t n = scan->columns->ids.count;
    omni_status status = OMNI_NOT_FOUND;
    while (status == OMNI_NOT_FOUND && scan->at < n) {
        *out = ids[scan->at];
        status = omni__scan_member(scan, scan->at++);
    }
    return status == OMNI_NOT_FOUND ? OMNI_END : status;
}

/* The same by the nodes of the block. */
static omni_status
next_by_nodes(omni__scan *scan, omni_id *out)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni_status status = OMNI_NOT_FOUND;
    while (status == OMNI_NOT_FOUND) {
        omni__node node;
        const omni__slice key = omni__kv_cursor_key(scan->cursor);
        if (!scan->on_node || !omni__key_is_prefix(&prefix, key)) {
            return OMNI_END;
        }
        memcpy(out->bytes, key.data + 1, OMNI__ID_SIZE);
        if (omni__block_of(out) != scan->block) {
            return OMNI_END;
        }
        status =
            omni__node_decode(out, omni__kv_cursor_value(scan->cursor), &node);
        if (status == OMNI_OK && !omni__node_is_head(&node)) {
            status = OMNI_NOT_FOUND;
        } else if (status == OMNI_OK) {
            ++scan->tally.profiles;
            status = evaluate(scan, &node);
        }
        if (status == OMNI_OK || status == OMNI_NOT_FOUND) {
            const omni_status moved = omni__kv_cursor_next(scan->cursor);
            scan->on_node = moved == OMNI_OK;
            status = moved == OMNI_OK || moved == OMNI_END ? status : moved;
        }
    }
    return status;
}

/* ---- the walk ---- */

omni_status
omni__scan_open(const omni__scan_source *source, const omni__segment *segment,
                int64_t now_us, const omni_id *after, omni__scan **out)
{
    const omni__alloc *alloc = source->alloc;
    omni__scan *scan = omni__calloc(alloc, sizeof(*scan));
    if (scan == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    scan->source = *source;
    scan->segment = segment;
    scan->now_us = now_us;
    if (after != NULL) {
        scan->after = *after;
        scan->has_after = true;
        scan->block = omni__block_of(after);
    }
    omni__arena_init(&scan->arena, alloc);
    omni__buffer_init(&scan->row, alloc);
    omni__buffer_init(&scan->kept, alloc);
    scan->rows = omni__calloc(alloc, OMNI__BLOCK_COUNT * sizeof(scan->rows[0]));
    scan->keys = omni__calloc(alloc, OMNI__BLOCK_COUNT * sizeof(scan->keys[0]));
    omni_status status =
        scan->rows != NULL && scan->keys != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    scan->by_block = segment == NULL;
    if (status == OMNI_OK && segment != NULL) {
        status = omni__plan_make(segment, now_us, source->lookup, source->user,
                                 alloc, &scan->plan);
    }
    if (status == OMNI_OK) {
        status = omni__touched_read(&source->view, scan->touched);
    }
    if (status == OMNI_OK) {
        status = omni__kv_cache_begin(source->kv, source->policy->digest,
                                      &scan->cache);
    }
    if (status != OMNI_OK) {
        omni__scan_close(scan);
        return status;
    }
    *out = scan;
    return OMNI_OK;
}

omni_status
omni__scan_next(omni__scan *scan, omni_id *out)
{
    omni_status status = OMNI_END;
    while (status == OMNI_END && scan->block < OMNI__BLOCK_COUNT) {
        status = scan->begun ? OMNI_OK : begin_block(scan);
        if (status == OMNI_OK) {
            status = scan->columns != NULL ? next_by_columns(scan, out)
                                           : next_by_nodes(scan, out);
        }
        if (status == OMNI_END) {
            ++scan->block;
            scan->begun = false;
        }
    }
    scan->tally.members += status == OMNI_OK;
    return status;
}

omni_status
omni__scan_count(omni__scan *scan, uint32_t *block)
{
    omni_id id;
    omni_status status = OMNI_END;
    if (scan->block < OMNI__BLOCK_COUNT) {
        status = begin_block(scan);
    }
    *block = scan->block + (status == OMNI_OK);
    if (status != OMNI_OK) {
        return status;
    }
    if (scan->columns != NULL && scan->at == 0) {
        const uint32_t n = scan->columns->ids.count;
        const omni__tally_of_answers found = omni__plan_tally(scan->answers, n);
        if (found.members + found.others + found.errors == n) {
            scan->tally.members += found.members;
            scan->tally.errors += found.errors;
            scan->at = n;
        }
    }
    while (status == OMNI_OK) {
        status = scan->columns != NULL ? next_by_columns(scan, &id)
                                       : next_by_nodes(scan, &id);
        scan->tally.members += status == OMNI_OK;
    }
    ++scan->block;
    scan->begun = false;
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__scan_block(omni__scan *scan, const omni__columns **out, uint32_t *block)
{
    scan->block += scan->begun;
    scan->begun = false;
    scan->by_block = true;
    *block = scan->block;
    const omni_status status =
        scan->block < OMNI__BLOCK_COUNT ? begin_block(scan) : OMNI_END;
    *out = scan->columns;
    return status;
}

const omni__scan_tally *
omni__scan_tally_of(const omni__scan *scan)
{
    return &scan->tally;
}

void
omni__scan_close(omni__scan *scan)
{
    if (scan == NULL) {
        return;
    }
    const omni__alloc *alloc = scan->source.alloc;
    if (scan->keys != NULL && scan->rows != NULL) {
        write_rows(scan);
    }
    omni__kv_cache_end(scan->cache);
    omni__kv_cursor_close(scan->cursor);
    omni__plan_free(scan->plan);
    omni__buffer_free(&scan->row);
    omni__buffer_free(&scan->kept);
    omni__arena_free(&scan->arena);
    omni__free(alloc, scan->rows);
    omni__free(alloc, scan->keys);
    omni__free(alloc, scan);
}
