/* omni/segments.h: definitions, members, changes. */
#include "omni/segments.h"

#include "api/handle.h"
#include "codec/text.h"
#include "fold/register.h"
#include "platform/sized.h"
#include "segments/audience.h"
#include "segments/functions.h"

#include <stdio.h>
#include <stdlib.h>

static omni_status
fail_name(const char *name, omni_error *error)
{
    return omni__fail(error, OMNI_ERR_ARGUMENT,
                      "%.100s is no name of a segment: 1 to %d of the letters "
                      "A to Z and a to z, digits, _ . -",
                      name != NULL && *name != '\0' ? name : "(nothing)",
                      OMNI_LIMIT_SEGMENT_NAME_BYTES);
}

static bool
is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
                                  "mnopqrstuvwxyz0123456789_.-";
    const size_t size = name != NULL ? strlen(name) : 0;
    return size != 0 && size <= OMNI_LIMIT_SEGMENT_NAME_BYTES &&
           strspn(name, letters) == size;
}

static omni_status
check_text(const char *text, const char *what, omni_error *error)
{
    const omni__slice bytes = omni__slice_text(text);
    if (bytes.size > OMNI_LIMIT_REASON_BYTES || !omni__text_valid(bytes)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "%s has to be UTF-8 text of at most %d bytes", what,
                          OMNI_LIMIT_REASON_BYTES);
    }
    return OMNI_OK;
}

omni_status
omni__txn_definitions(omni_txn *txn)
{
    if (txn->definitions.programs != NULL) {
        return OMNI_OK;
    }
    omni__definitions_init(&txn->definitions, &txn->store->engine->programs);
    const omni_status status =
        omni__definitions_read(&txn->definitions, &txn->view);
    if (status != OMNI_OK) {
        omni__definitions_free(&txn->definitions);
        return omni__fail(&txn->error, status, "segments: %s",
                          omni_status_name(status));
    }
    return OMNI_OK;
}

omni_status
omni__txn_asked(omni_txn *txn, const omni__segment *segment)
{
    return segment != NULL &&
                   omni__segment_reads_of(segment)->segment_count != 0
               ? omni__txn_definitions(txn)
               : OMNI_OK;
}

omni_status
omni__txn_definition(omni_txn *txn, const char *name, omni__definition **out)
{
    const omni_status status = omni__txn_definitions(txn);
    if (status != OMNI_OK) {
        return status;
    }
    *out = omni__definitions_find(&txn->definitions, omni__slice_text(name));
    if (*out == NULL || (*out)->deleted) {
        return omni__fail(&txn->error, OMNI_NOT_FOUND,
                          "there is no segment %.100s", name);
    }
    return OMNI_OK;
}

/* ---- setting ---- */

/* What a definition reads, or NULL: it does not compile, or is deleted. */
static const omni__segment_reads *
reads_of(const omni__definition *definition)
{
    return definition->program != NULL && definition->program->segment != NULL
               ? omni__segment_reads_of(definition->program->segment)
               : NULL;
}

static bool
names(const omni__segment_reads *reads, omni__slice name)
{
    for (size_t i = 0; reads != NULL && i < reads->segment_count; ++i) {
        if (omni__slice_equal(reads->segments[i], name)) {
            return true;
        }
    }
    return false;
}

/* One that is asked for by another, in a search for a cycle. */
typedef struct asked {
    const omni__definition *definition;
    size_t by; /* index; that of itself: the new one */
} asked;

/* From the one that asks for the new one back to whom that asks for. */
static omni_status
fail_cycle(const char *name, const asked *list, size_t at, omni_error *error)
{
    omni__fail(error, OMNI_ERR_ARGUMENT, "segment %s would ask for itself",
               name);
    omni__error_add(error, ": ");
    omni__error_add(error, (const char *)list[at].definition->name.data);
    omni__error_add(error, " asks for it");
    while (list[at].by != at) {
        at = list[at].by;
        omni__error_add(error, ", ");
        omni__error_add(error, (const char *)list[at].definition->name.data);
        omni__error_add(error, " for that");
    }
    return OMNI_ERR_ARGUMENT;
}

/* Add those that a definition asks for, unless they are there. False: one of
   them is the new one. */
static bool
add_asked(const omni__definitions *definitions, omni__slice name,
          const omni__segment_reads *reads, asked *list, size_t *count,
          size_t by)
{
    for (size_t i = 0; i < reads->segment_count; ++i) {
        const omni__definition *found =
            omni__definitions_find(definitions, reads->segments[i]);
        bool known = found == NULL || reads_of(found) == NULL;
        if (omni__slice_equal(reads->segments[i], name)) {
            return false;
        }
        for (size_t k = 0; k < *count && !known; ++k) {
            known = list[k].definition == found;
        }
        if (!known) {
            list[*count] = (asked){.definition = found,
                                   .by = by == SIZE_MAX ? *count : by};
            ++*count;
        }
    }
    return true;
}

/* The new definition does not ask for itself, through whomever. */
static omni_status
check_cycle(omni_txn *txn, const char *name, const omni__segment *segment,
            omni_error *error)
{
    const omni__slice own = omni__slice_text(name);
    const omni__segment_reads *reads = omni__segment_reads_of(segment);
    omni_status status = omni__txn_definitions(txn);
    size_t count = 0;
    asked *list =
        status == OMNI_OK
            ? omni__arena_get(&txn->arena,
                              (txn->definitions.count + 1) * sizeof(list[0]))
            : NULL;
    if (list == NULL) {
        return status == OMNI_OK ? omni__fail_memory(error)
                                 : omni__fail(error, status, "segments: %s",
                                              omni_status_name(status));
    }
    if (!add_asked(&txn->definitions, own, reads, list, &count, SIZE_MAX)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "segment %s would ask for itself", name);
    }
    for (size_t i = 0; i < count; ++i) {
        reads = omni__segment_reads_of(list[i].definition->program->segment);
        if (!add_asked(&txn->definitions, own, reads, list, &count, i)) {
            return fail_cycle(name, list, i, error);
        }
    }
    return OMNI_OK;
}

/* The new definition, as number `definitions->count`, among those that are
   there; of one that it replaces only the name is left. */
typedef struct chains {
    const omni__definitions *definitions;
    omni__slice name;
    const omni__segment_reads *reads;
} chains;

/* Whether a definition asks for another. */
static bool
asks(const chains *c, size_t user, size_t other)
{
    const size_t count = c->definitions->count;
    const omni__definition *list = c->definitions->list;
    const omni__slice name = other < count ? list[other].name : c->name;
    if (user == count) {
        return names(c->reads, name);
    }
    return !omni__slice_equal(list[user].name, c->name) &&
           names(reads_of(&list[user]), name);
}

/* The length of the longest chain from the new definition, to whom it asks for
   or to who asks for it; `longest` has a zero for each. More than is allowed
   is not told apart. */
static unsigned
longest_chain(const chains *c, bool up, uint8_t *longest)
{
    const size_t count = c->definitions->count;
    unsigned most = 0;
    bool grown = true;
    while (grown && most <= OMNI__SEGMENT_NESTING) {
        grown = false;
        for (size_t i = 0; i <= count; ++i) {
            if (longest[i] == 0 && i != count) {
                continue;
            }
            for (size_t k = 0; k < count; ++k) {
                if (longest[k] <= longest[i] &&
                    (up ? asks(c, k, i) : asks(c, i, k))) {
                    longest[k] = (uint8_t)(longest[i] + 1);
                    most = longest[k] > most ? longest[k] : most;
                    grown = true;
                }
            }
            if (most > OMNI__SEGMENT_NESTING) {
                break;
            }
        }
    }
    return most;
}

/* With the new definition no chain gets longer than an evaluation follows. */
static omni_status
check_chain(omni_txn *txn, const char *name, const omni__segment *segment,
            omni_error *error)
{
    const chains c = {.definitions = &txn->definitions,
                      .name = omni__slice_text(name),
                      .reads = omni__segment_reads_of(segment)};
    unsigned length = 0;
    for (unsigned up = 0; up < 2; ++up) {
        uint8_t *longest =
            omni__arena_zero(&txn->arena, txn->definitions.count + 1);
        if (longest == NULL) {
            return omni__fail_memory(error);
        }
        length += longest_chain(&c, up != 0, longest);
    }
    return length <= OMNI__SEGMENT_NESTING
               ? OMNI_OK
               : omni__fail(error, OMNI_ERR_LIMIT,
                            "by segment %s, segments would ask for one another "
                            "more than %u deep",
                            name, OMNI__SEGMENT_NESTING);
}

static omni_status
check_expression(omni_store *store, const char *name, const char *expression,
                 omni_error *error)
{
    omni__segment *segment;
    omni_txn txn;
    omni_status status = omni__segment_compile(
        &store->hooks.alloc, omni__slice_text(expression), &segment, error);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__txn_init(&txn, store, error);
    if (status == OMNI_OK) {
        status = check_cycle(&txn, name, segment, error);
        if (status == OMNI_OK) {
            status = check_chain(&txn, name, segment, error);
        }
        omni__txn_release(&txn);
    }
    omni__segment_free(segment);
    return status;
}

static omni_status
commit(omni_store *store, omni__register_body *body, omni_fact_id *fact,
       omni_error *error)
{
    omni__write write = {.kind = OMNI__FACT_SEGMENT, .named = body};
    omni__commit what = {.writes = &write, .count = 1};
    omni_status status = omni__engine_commit(store->engine, &what, error);
    if (status == OMNI_OK && fact != NULL) {
        status =
            omni__engine_fact_ids(store->engine, what.position, fact, 1, error);
    }
    return status;
}

omni_status
omni_segment_set(omni_store *store, const omni_segment_definition *definition,
                 omni_fact_id *fact, omni_error *error)
{
    omni_segment_definition given;
    omni_status status;
    OMNI_TRY(status, omni__sized_read(definition, &given, sizeof(given),
                                      "definition", error));
    if (!is_name(given.name)) {
        return fail_name(given.name, error);
    }
    if (given.expression == NULL || given.expression[0] == '\0') {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "segment %s has no expression", given.name);
    }
    OMNI_TRY(status, check_text(given.author, "author", error));
    OMNI_TRY(status, check_text(given.reason, "reason", error));
    OMNI_TRY(status,
             check_expression(store, given.name, given.expression, error));
    omni__register_body body = {.name = omni__slice_text(given.name),
                                .value = omni__slice_text(given.expression),
                                .author = omni__slice_text(given.author),
                                .reason = omni__slice_text(given.reason)};
    status = commit(store, &body, fact, error);
done:
    return status;
}

/* The segment is there, and nobody asks for it. */
static omni_status
check_removal(omni_txn *txn, const omni_segment_removal *removal)
{
    omni__definition *found;
    omni_status status = omni__txn_definition(txn, removal->name, &found);
    if (status != OMNI_OK || removal->force) {
        return status;
    }
    for (size_t i = 0; i < txn->definitions.count; ++i) {
        const omni__definition *user = &txn->definitions.list[i];
        if (user == found || !names(reads_of(user), found->name)) {
            continue;
        }
        if (status == OMNI_OK) {
            status = omni__fail(&txn->error, OMNI_ERR_CONFLICT,
                                "segment %s is asked for by ", removal->name);
        } else {
            omni__error_add(&txn->error, ", ");
        }
        omni__error_add(&txn->error, (const char *)user->name.data);
    }
    return status;
}

omni_status
omni_segment_delete(omni_store *store, const omni_segment_removal *removal,
                    omni_fact_id *fact, omni_error *error)
{
    omni_segment_removal given;
    omni_txn txn;
    omni_status status;
    OMNI_TRY(status, omni__sized_read(removal, &given, sizeof(given), "removal",
                                      error));
    if (!is_name(given.name)) {
        return fail_name(given.name, error);
    }
    OMNI_TRY(status, check_text(given.author, "author", error));
    OMNI_TRY(status, check_text(given.reason, "reason", error));
    OMNI_TRY(status, omni__txn_init(&txn, store, error));
    status = check_removal(&txn, &given);
    if (status != OMNI_OK && error != NULL) {
        *error = txn.error;
    }
    omni__txn_release(&txn);
    if (status == OMNI_OK) {
        omni__register_body body = {.name = omni__slice_text(given.name),
                                    .author = omni__slice_text(given.author),
                                    .reason = omni__slice_text(given.reason)};
        status = commit(store, &body, fact, error);
    }
done:
    return status;
}

/* ---- reading ---- */

static int
compare_infos(const void *a, const void *b)
{
    const omni_segment_info *x = a;
    const omni_segment_info *y = b;
    return omni__slice_compare(omni__slice_of_text(x->name),
                               omni__slice_of_text(y->name));
}

/* Why a condition has no value for anybody; NULL: it may have. */
static omni_status
find_error(omni_txn *txn, const omni__definition *definition, const char **out)
{
    const omni__segment_reads *reads = reads_of(definition);
    *out = reads == NULL ? definition->program->error.message : NULL;
    if (reads == NULL) {
        return OMNI_OK;
    }
    for (size_t i = 0; i < reads->segment_count; ++i) {
        const omni__slice name = reads->segments[i];
        const omni__definition *found =
            omni__definitions_find(&txn->definitions, name);
        const size_t size = sizeof("it asks for segment , which there is not");
        if (found == NULL || found->deleted) {
            char *text = omni__arena_get(&txn->arena, size + name.size);
            if (text == NULL) {
                return OMNI_ERR_NO_MEMORY;
            }
            snprintf(text, size + name.size,
                     "it asks for segment %.*s, which there is not",
                     (int)name.size, (const char *)name.data);
            *out = text;
            break;
        }
    }
    return OMNI_OK;
}

static omni_status
read_info(omni_txn *txn, const omni__definition *definition,
          omni_segment_info *out)
{
    omni__slice bytes;
    omni__register_body body;
    omni_status status =
        omni__log_body(txn->store->engine->log, definition->position, &bytes);
    if (status == OMNI_OK) {
        status = omni__register_body_decode(bytes, &body);
    }
    const char *wrong = NULL;
    if (status == OMNI_OK) {
        status = find_error(txn, definition, &wrong);
    }
    if (status == OMNI_OK) {
        *out = (omni_segment_info){.name = omni__text_of(definition->name),
                                   .expression = omni__text_of(body.value),
                                   .author = omni__text_of(body.author),
                                   .reason = omni__text_of(body.reason),
                                   .since_us = body.time_us,
                                   .members = definition->members,
                                   .errors = definition->errors,
                                   .filling = definition->open,
                                   .error = wrong};
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni_segments_read(omni_txn *txn, const omni_segment_info **out, size_t *count)
{
    omni_status status = omni__txn_definitions(txn);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__definitions *definitions = &txn->definitions;
    omni_segment_info *infos = omni__arena_get(
        &txn->arena, (definitions->count + 1) * sizeof(infos[0]));
    size_t used = 0;
    if (infos == NULL) {
        return omni__fail_memory(&txn->error);
    }
    for (size_t i = 0; i < definitions->count && status == OMNI_OK; ++i) {
        if (!definitions->list[i].deleted) {
            status = read_info(txn, &definitions->list[i], &infos[used++]);
        }
    }
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "segments: %s",
                          omni_status_name(status));
    }
    qsort(infos, used, sizeof(infos[0]), compare_infos);
    *out = infos;
    *count = used;
    return OMNI_OK;
}

/* Lead the txn's walk to a change: mostly it stands at the one before. */
static omni_status
find_change(omni_txn *txn, uint64_t number)
{
    omni__feed_walk *walk = &txn->changes;
    omni_status status;
    if (walk->number != 0 && walk->number == number - 1) {
        status = omni__feed_next(walk);
    } else {
        omni__feed_close(walk);
        status = omni__feed_find(&txn->view, number, walk);
    }
    if (status != OMNI_OK || walk->number != number) {
        omni__feed_close(walk);
        return status == OMNI_OK || status == OMNI_END ||
                       status == OMNI_NOT_FOUND
                   ? OMNI_ERR_CORRUPT
                   : status;
    }
    return OMNI_OK;
}

omni_status
omni_segment_change_next(omni_txn *txn, const omni_feed_position *after,
                         omni_segment_change *out)
{
    omni_feed_position position;
    const omni__feed_entry *entry = &txn->changes.entry;
    omni_status status =
        omni__txn_after(txn, OMNI_FEED_SEGMENTS, after, &position);
    if (status != OMNI_OK) {
        return status;
    }
    status = find_change(txn, position.sequence);
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "change %llu: %s",
                          (unsigned long long)position.sequence,
                          omni_status_name(status));
    }
    *out = (omni_segment_change){.position = position,
                                 .segment = omni__text_of(entry->segment),
                                 .profile = entry->profile,
                                 .entered = entry->entered,
                                 .instant_us = entry->instant_us};
    return OMNI_OK;
}
