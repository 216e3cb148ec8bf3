/* Segments that the store keeps: what they are, who is in them, who moved. */
#include "segment_stored.h"

#include "feed.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "segment_scan.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static int
tell(void *user, uint64_t done, uint64_t total)
{
    progress_show(user, done, total, "");
    return interrupts_came();
}

int
segment_open(const call *call, view *view, int64_t *at_us)
{
    bool given = false;
    instant_parse("now", at_us);
    const int result = call_instant(call, "at", &given, at_us);
    return result == DONE ? view_open(call->operands[1], view) : result;
}

int
segment_tick(omni_store *store, int64_t now_us, omni_tick_result *result)
{
    omni_tick_result made = {.size = sizeof(made)};
    omni_error error = {0};
    progress progress = progress_start("tick");
    interrupts_catch();
    const omni_status status =
        omni_store_tick_all(store, now_us, tell, &progress,
                            result != NULL ? result : &made, &error);
    interrupts_restore();
    progress_end(&progress);
    return status >= 0 ? DONE : fault_of("tick", status, &error);
}

/* The fact's id, and all profiles looked at. */
static int
finish(const call *call, omni_store *store, omni_status status,
       const omni_fact_id *fact, const omni_error *error)
{
    char text[OMNI_FACT_ID_TEXT_SIZE];
    if (status == OMNI_NOT_FOUND) {
        remark("%s", error->message);
        return store_close(store, NO);
    }
    if (status == OMNI_ERR_CONFLICT) {
        remark("%s; to delete it all the same give --force", error->message);
        return store_close(store, NO);
    }
    if (status == OMNI_ERR_SYNTAX || status == OMNI_ERR_LIMIT ||
        status == OMNI_ERR_ARGUMENT) {
        return store_close(store, wrong_usage("%s", error->message));
    }
    if (status != OMNI_OK) {
        return store_close(store, fault_of("segment", status, error));
    }
    omni_fact_id_format(fact, text);
    *strrchr(text, ':') = '\0'; /* the check */
    printf(call_json(call) ? "{\"fact\":\"%s\"}\n" : "%s\n", text);
    return store_close(store, segment_tick(store, 0, NULL));
}

/* Say of a segment that nobody can be in it. */
static void
warn_of(omni_store *store, const char *name)
{
    const omni_segment_info *infos;
    size_t count = 0;
    omni_txn *txn = NULL;
    if (omni_txn_begin(store, &txn, NULL) == OMNI_OK &&
        omni_segments_read(txn, &infos, &count) != OMNI_OK) {
        count = 0;
    }
    for (size_t i = 0; i < count; ++i) {
        if (infos[i].error != NULL && strlen(name) == infos[i].name.size &&
            memcmp(name, infos[i].name.bytes, infos[i].name.size) == 0) {
            remark("%s: %s", name, infos[i].error);
        }
    }
    omni_txn_end(txn);
}

int
segment_set(const call *call)
{
    const omni_segment_definition definition = {
        .size = sizeof(definition),
        .name = call->operands[2],
        .expression = call->operands[3],
        .author = call_value(call, "author"),
        .reason = call_value(call, "reason")};
    omni_store *store = NULL;
    omni_fact_id fact;
    omni_error error = {0};
    const int result = store_open(call->operands[1], &store);
    if (result != DONE) {
        return result;
    }
    const omni_status status =
        omni_segment_set(store, &definition, &fact, &error);
    if (status == OMNI_OK) {
        warn_of(store, definition.name);
    }
    return finish(call, store, status, &fact, &error);
}

int
segment_delete(const call *call)
{
    const omni_segment_removal removal = {.size = sizeof(removal),
                                          .name = call->operands[2],
                                          .author = call_value(call, "author"),
                                          .reason = call_value(call, "reason"),
                                          .force = call_flag(call, "force")};
    omni_store *store = NULL;
    omni_fact_id fact;
    omni_error error = {0};
    const int result = store_open(call->operands[1], &store);
    return result == DONE
               ? finish(call, store,
                        omni_segment_delete(store, &removal, &fact, &error),
                        &fact, &error)
               : result;
}

static void
put_member(const char *key, omni_text value)
{
    printf("\"%s\":", key);
    put_json(value);
    putchar(',');
}

static void
print_info(const call *call, const omni_segment_info *info)
{
    char since[INSTANT_TEXT];
    char count[COUNT_TEXT];
    if (call_json(call)) {
        putchar('{');
        put_member("author", info->author);
        if (info->error != NULL) {
            put_member("error", text_of(info->error));
        }
        printf("\"errors\":%" PRIu64 ",", info->errors);
        put_member("expression", info->expression);
        printf("\"filling\":%s,\"members\":%" PRIu64 ",",
               info->filling ? "true" : "false", info->members);
        put_member("name", info->name);
        put_member("reason", info->reason);
        printf("\"since\":\"%s\"}\n",
               instant_format(info->since_us, since).bytes);
        return;
    }
    put_style(STYLE_HEADING);
    put_text(info->name);
    put_style(STYLE_PLAIN);
    printf("  %s members", count_format(info->members, count).bytes);
    if (info->errors != 0) {
        printf(" and %s without a value",
               count_format(info->errors, count).bytes);
    }
    printf("%s, since %s", info->filling ? " so far" : "",
           instant_show(info->since_us, since).bytes);
    if (info->author.size != 0) {
        fputs(" by ", stdout);
        put_text(info->author);
    }
    if (info->reason.size != 0) {
        fputs(": ", stdout);
        put_text(info->reason);
    }
    fputs("\n  ", stdout);
    put_text(info->expression);
    putchar('\n');
    if (info->error != NULL) {
        remark("%.*s: %s", (int)info->name.size, info->name.bytes, info->error);
    }
}

/* Print all segments, or the one of that name. */
static int
print_infos(const call *call, const char *name)
{
    const omni_segment_info *infos;
    size_t count;
    view view;
    int result = view_open(call->operands[1], &view);
    if (result != DONE) {
        return result;
    }
    const omni_status status = omni_segments_read(view.txn, &infos, &count);
    if (status != OMNI_OK) {
        result = fault_of("segment", status, omni_txn_error(view.txn));
        count = 0;
    }
    bool found = name == NULL;
    for (size_t i = 0; i < count; ++i) {
        if (name == NULL ||
            (strlen(name) == infos[i].name.size &&
             memcmp(name, infos[i].name.bytes, infos[i].name.size) == 0)) {
            print_info(call, &infos[i]);
            found = true;
        }
    }
    if (result == DONE && !found) {
        remark("there is no segment %s", name);
        result = NO;
    }
    return view_close(&view, result);
}

int
segment_list(const call *call)
{
    return print_infos(call, NULL);
}

int
segment_show(const call *call)
{
    return print_infos(call, call->operands[2]);
}

static void
print_change(const call *call, const omni_segment_change *change)
{
    char instant[INSTANT_TEXT];
    char profile[OMNI_ID_TEXT_SIZE];
    const char *verb = change->entered ? "entered" : "left";
    omni_id_format(&change->profile, profile);
    if (call_json(call)) {
        printf("{\"change\":\"%s\",\"epoch\":\"%016" PRIx64
               "\",\"instant\":\"%s\",\"profile\":\"%s\",",
               verb, change->position.epoch,
               instant_format(change->instant_us, instant).bytes, profile);
        put_member("segment", change->segment);
        printf("\"sequence\":%" PRIu64 "}\n", change->position.sequence);
    } else {
        printf("%" PRIu64 "  %s  %s %s ", change->position.sequence,
               instant_show(change->instant_us, instant).bytes, profile, verb);
        put_text(change->segment);
        putchar('\n');
    }
}

int
segment_changes(const call *call)
{
    view view;
    omni_segment_change change;
    omni_feed_position at;
    omni_status status;
    int result = feed_from(call, &at);
    if (result == DONE) {
        result = view_open(call->operands[1], &view);
    }
    if (result != DONE) {
        return result;
    }
    while ((status = omni_segment_change_next(view.txn, &at, &change)) ==
               OMNI_OK &&
           !output_stopped()) {
        print_change(call, &change);
        at = change.position;
    }
    result = feed_done(call, &view, OMNI_FEED_SEGMENTS, status, &at);
    return view_close(&view, result);
}

static int
print_id(void *user, const omni_id *profile)
{
    char text[OMNI_ID_TEXT_SIZE];
    omni_id_format(profile, text);
    printf(*(const bool *)user ? "{\"profile\":\"%s\"}\n" : "%s\n", text);
    return output_stopped();
}

/* NO, or a fault, of a call on segments by their names. */
static int
fail(const view *view, omni_status status)
{
    if (status == OMNI_NOT_FOUND) {
        remark("%s", omni_txn_error(view->txn)->message);
        return NO;
    }
    return fault_of("segment", status, omni_txn_error(view->txn));
}

int
segment_stored(const view *view, const call *call, int64_t at_us, bool listed)
{
    bool json = call_json(call);
    omni_members_counts counts = {.size = sizeof(counts)};
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = &call->operands[2],
                                      .segment_count = 1,
                                      .has_at = true,
                                      .at_us = at_us};
    const omni_status status = omni_segments_members(
        view->txn, &query, listed ? print_id : NULL, &json, &counts);
    if (status != OMNI_OK && status != OMNI_END) {
        return fail(view, status);
    }
    if (!listed && json) {
        printf("{\"errors\":%" PRIu64 ",\"members\":%" PRIu64 "}\n",
               counts.errors, counts.members);
    } else if (!listed) {
        printf("%" PRIu64 " profiles\n", counts.members);
        segment_tell_errors(counts.errors);
    }
    return DONE;
}

/* How many are in two segments at once, or in one. */
static int
count_both(const view *view, const char *a, const char *b, int64_t at_us,
           uint64_t *count)
{
    omni_members_counts counts = {.size = sizeof(counts)};
    const char *const names[] = {a, b};
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = names,
                                      .segment_count = a == b ? 1 : 2,
                                      .operation = OMNI_SET_INTERSECTION,
                                      .has_at = true,
                                      .at_us = at_us};
    const omni_status status =
        omni_segments_members(view->txn, &query, NULL, NULL, &counts);
    *count = counts.members;
    return status == OMNI_OK ? DONE : fail(view, status);
}

/* Names of segments, and of each two how many are in both. */
typedef struct overlap {
    const char *const *names;
    size_t count;
    uint64_t cells[OVERLAP_MOST][OVERLAP_MOST];
} overlap;

static int
count_all(const view *view, int64_t at_us, overlap *table)
{
    int result = DONE;
    for (size_t a = 0; a < table->count && result == DONE; ++a) {
        for (size_t b = 0; b <= a && result == DONE; ++b) {
            result = count_both(view, table->names[b], table->names[a], at_us,
                                &table->cells[a][b]);
            table->cells[b][a] = table->cells[a][b];
        }
    }
    return result;
}

static void
print_overlap_json(const overlap *table)
{
    for (size_t a = 0; a < table->count; ++a) {
        for (size_t b = a; b < table->count; ++b) {
            putchar('{');
            put_member("a", text_of(table->names[a]));
            put_member("b", text_of(table->names[b]));
            printf("\"members\":%" PRIu64 "}\n", table->cells[a][b]);
        }
    }
}

static void
print_overlap(const overlap *table)
{
    printf("%-20s", "");
    for (size_t i = 0; i < table->count; ++i) {
        printf("%12.11s", table->names[i]);
    }
    putchar('\n');
    for (size_t a = 0; a < table->count; ++a) {
        printf("%-20.20s", table->names[a]);
        for (size_t b = 0; b < table->count; ++b) {
            printf("%12" PRIu64, table->cells[a][b]);
        }
        putchar('\n');
    }
}

int
segment_overlap(const call *call)
{
    overlap table = {.names = &call->operands[2],
                     .count = call->operand_count - 2};
    view view;
    int64_t at_us;
    int result = segment_open(call, &view, &at_us);
    if (result != DONE) {
        return result;
    }
    result = count_all(&view, at_us, &table);
    if (result == DONE) {
        (call_json(call) ? print_overlap_json : print_overlap)(&table);
    }
    return view_close(&view, result);
}
