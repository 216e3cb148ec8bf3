/* One profile: its answers of old and of now, and what follows from the
   difference: rows of DUE and FEED. */
#include "fold/ahead.h"
#include "fold/segments.h"
#include "identity/component.h"
#include "segments/feed.h"
#include "segments/standing.h"

/* How far back it is looked for when an answer became what it is. */
#define WALK_BACK 256

/* An evaluation of a profile. */
typedef struct work {
    omni__fold *fold;
    omni__work_node *head;
    omni__asked asked;
    int64_t now_us;
    omni__subject subject;
    bool read;     /* the subject is there */
    uint32_t last; /* number of the answer that was put last */
    int64_t due_us;
} work;

/* The profile's nodes, as this fold has changed them. */
static omni_status
read_subject(work *w)
{
    omni__workset *set = &w->fold->set;
    omni_id *ids;
    size_t count;
    if (w->read) {
        return OMNI_OK;
    }
    omni_status status =
        omni__members_decode(w->head->node.sections[OMNI__SECTION_MEMBERS],
                             &set->scratch, &ids, &count);
    omni__node *nodes =
        status == OMNI_OK
            ? omni__arena_get(&set->scratch, (count + 1) * sizeof(nodes[0]))
            : NULL;
    if (nodes == NULL) {
        return status == OMNI_OK ? OMNI_ERR_NO_MEMORY : status;
    }
    nodes[0] = w->head->node;
    for (size_t i = 0; i < count; ++i) {
        nodes[i + 1].id = ids[i];
    }
    status = omni__workset_read_many(set, nodes + 1, count);
    w->subject = (omni__subject){.view = &set->view,
                                 .log = w->fold->log,
                                 .secret = w->fold->secret,
                                 .policy = w->fold->policy,
                                 .nodes = nodes,
                                 .count = count + 1,
                                 .arena = &set->scratch,
                                 .lookup = omni__definitions_lookup,
                                 .user = &w->fold->watch.definitions};
    w->read = status == OMNI_OK;
    return status;
}

/* One of its definitions. */
typedef struct asking {
    work *work;
    const omni__definition *definition;
} asking;

/* What a definition says of the profile, by a glance where that tells it. */
static omni_status
ask(work *w, const omni__definition *definition, int64_t now_us,
    omni__segment_answer *out)
{
    static const uint8_t memberships[] = {
        [OMNI__ANSWER_TRUE] = OMNI__MEMBER,
        [OMNI__ANSWER_FALSE] = OMNI__NOT_MEMBER,
        [OMNI__ANSWER_ERROR] = OMNI__MEMBERSHIP_ERROR};
    omni__glance glance = {.answer = OMNI__ANSWER_OPEN};
    omni_status status = OMNI_OK;
    if (definition->glance != NULL) {
        status =
            omni__plan_glance(definition->glance, &w->subject, now_us, &glance);
    }
    if (status != OMNI_OK || (glance.answer & (glance.answer - 1)) != 0) {
        return status != OMNI_OK ? status
                                 : omni__definition_evaluate(
                                       definition, &w->subject, now_us, out);
    }
    *out = (omni__segment_answer){.membership = memberships[glance.answer],
                                  .since_us = glance.since_us,
                                  .until_us = glance.until_us,
                                  .exact_until_us = glance.until_us};
    return OMNI_OK;
}

static omni_status
look(void *user, int64_t at_us, omni__segment_answer *out)
{
    const asking *asked = user;
    return ask(asked->work, asked->definition, at_us, out);
}

/* The last instant up to now at which the answer, as facts now tell it, turned
   to what it is; now, where it never was otherwise. */
static omni_status
turned(work *w, const omni__definition *definition,
       const omni__segment_answer *answer, int64_t *out)
{
    omni__segment_answer before = *answer;
    omni_status status = OMNI_OK;
    *out = w->now_us;
    if (w->asked.cause == OMNI__CAUSE_DUE) {
        return OMNI_OK;
    }
    for (int i = 0; i < WALK_BACK && status == OMNI_OK; ++i) {
        const int64_t since = before.since_us;
        if (since == INT64_MIN) {
            break;
        }
        status = ask(w, definition, since - 1, &before);
        if (status == OMNI_OK && (before.membership == OMNI__MEMBER) !=
                                     (answer->membership == OMNI__MEMBER)) {
            *out = since;
            break;
        }
    }
    return status;
}

/* Enter or leave: an entry of FEED, from which MEMBER follows. */
static omni_status
move(omni__fold *fold, omni__definition *definition, const omni_id *profile,
     bool entered, int64_t instant_us)
{
    omni__watch *watch = &fold->watch;
    const omni__feed_entry entry = {.segment = definition->name,
                                    .profile = *profile,
                                    .entered = entered,
                                    .instant_us = instant_us,
                                    .position = fold->group.position};
    definition->members += entered ? 1 : UINT64_MAX;
    definition->dirty = true;
    ++fold->counts.changes;
    if (watch->feed.count == 0) {
        watch->feed.first = fold->counts.changes;
    }
    omni__feed_append(&watch->feed, &entry);
    return watch->feed.count == OMNI__FEED_ROW ? omni__watch_feed(fold)
                                               : OMNI_OK;
}

/* Whether events that were added cannot have changed an answer. */
static bool
is_still(const work *w, const omni__definition *definition,
         const omni__stand *stand)
{
    return stand->membership == OMNI__MEMBER && stand->until_us > w->now_us &&
           definition->program != NULL &&
           definition->program->segment != NULL &&
           omni__segment_reads_of(definition->program->segment)->grows;
}

static bool
is_asked(const work *w, const omni__definition *definition,
         const omni__stand *stand)
{
    const bool ahead = omni__definition_ahead(definition, &w->head->node.id);
    const uint64_t bit = omni__definition_bit(definition);
    switch (w->asked.cause) {
    case OMNI__CAUSE_FACTS:
        return !ahead && ((w->asked.changed & bit) != 0 ||
                          ((w->asked.grown & bit) != 0 &&
                           !is_still(w, definition, stand)));
    case OMNI__CAUSE_BACKFILL:
        return ahead;
    default:
        return stand->until_us <= w->now_us;
    }
}

/* A stored answer changes. */
static void
count_error(omni__definition *definition, uint8_t was, uint8_t is)
{
    if ((was == OMNI__MEMBERSHIP_ERROR) != (is == OMNI__MEMBERSHIP_ERROR)) {
        definition->errors += is == OMNI__MEMBERSHIP_ERROR ? 1 : UINT64_MAX;
        definition->dirty = true;
    }
}

/* Evaluate one segment; `stand` is the old answer, and then the new one. */
static omni_status
answer_one(work *w, omni__definition *definition, omni__stand *stand)
{
    omni__segment_answer answer;
    int64_t instant_us;
    omni_status status = read_subject(w);
    if (status == OMNI_OK) {
        status = ask(w, definition, w->now_us, &answer);
    }
    if (status == OMNI_OK && w->asked.cause == OMNI__CAUSE_DUE) {
        asking asked = {.work = w, .definition = definition};
        status = omni__answer_ahead(look, &asked, w->asked.tick_us, &answer);
    }
    if (status != OMNI_OK) {
        return status;
    }
    const bool was = stand->membership == OMNI__MEMBER;
    const bool is = answer.membership == OMNI__MEMBER;
    /* The same for longer is looked at when it was to be: a row of DUE that
       every event moves costs more than one look in vain. */
    if (w->asked.cause != OMNI__CAUSE_FACTS ||
        stand->membership != answer.membership ||
        stand->until_us <= w->now_us || stand->until_us > answer.until_us) {
        /* What is over at once would be due for ever. */
        stand->until_us =
            answer.until_us > w->now_us ? answer.until_us : w->now_us + 1;
    }
    count_error(definition, stand->membership, answer.membership);
    stand->membership = answer.membership;
    if (was == is) {
        return OMNI_OK;
    }
    status = turned(w, definition, &answer, &instant_us);
    return status == OMNI_OK
               ? move(w->fold, definition, &w->head->node.id, is, instant_us)
               : status;
}

/* Keep an answer, unless it says nothing. */
static void
keep(work *w, const omni__stand *stand)
{
    if (stand->membership != OMNI__NOT_MEMBER || stand->until_us != INT64_MAX) {
        omni__stand_put(stand, w->last, &w->fold->watch.row);
        w->last = stand->number;
        w->due_us = stand->until_us < w->due_us ? stand->until_us : w->due_us;
    }
}

/* When the first of the answers in a section is over. */
static omni_status
due_of(omni__slice section, int64_t *out)
{
    omni__reader reader = omni__reader_of(section);
    omni__stand stand = {.number = 0};
    omni_status status;
    *out = INT64_MAX;
    while ((status = omni__stand_next(&reader, &stand)) == OMNI_OK) {
        *out = stand.until_us < *out ? stand.until_us : *out;
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* Put the new section, and the row of DUE that goes with it. */
static omni_status
put_section(omni__fold *fold, omni__work_node *head, omni__slice section,
            int64_t due_us)
{
    int64_t was_us;
    const omni__slice old = head->node.sections[OMNI__SECTION_SEGMENTS];
    if (omni__slice_equal(old, section)) {
        return OMNI_OK;
    }
    omni_status status = due_of(old, &was_us);
    const bool moved = was_us != due_us;
    if (status == OMNI_OK && moved && was_us != INT64_MAX) {
        const omni__key key = omni__key_due(was_us, &head->node.id);
        status = omni__kv_delete(fold->kv, omni__key_slice(&key));
    }
    if (status == OMNI_OK && moved && due_us != INT64_MAX) {
        const omni__key key = omni__key_due(due_us, &head->node.id);
        status = omni__kv_put(fold->kv, omni__key_slice(&key),
                              omni__slice_of("", 0));
    }
    return status == OMNI_OK
               ? omni__workset_section(&fold->set, head, OMNI__SECTION_SEGMENTS,
                                       section)
               : status;
}

omni_status
omni__watch_evaluate(omni__fold *fold, omni__work_node *head, omni__asked asked,
                     int64_t now_us)
{
    work w = {.fold = fold,
              .head = head,
              .asked = asked,
              .now_us = now_us,
              .due_us = INT64_MAX};
    omni__definitions *definitions = &fold->watch.definitions;
    omni__reader reader =
        omni__reader_of(head->node.sections[OMNI__SECTION_SEGMENTS]);
    omni__stand old = {.number = 0};
    omni_status more = omni__stand_next(&reader, &old);
    omni_status status = OMNI_OK;
    omni__arena_reset(&fold->set.scratch);
    omni__buffer_clear(&fold->watch.row);
    for (size_t i = 0; i < definitions->count && status == OMNI_OK; ++i) {
        omni__definition *definition = &definitions->list[i];
        const bool stands = more == OMNI_OK && old.number == definition->number;
        if (!stands && asked.cause == OMNI__CAUSE_FACTS &&
            ((asked.changed | asked.grown) &
             omni__definition_bit(definition)) == 0) {
            continue;
        }
        omni__stand stand = {.number = definition->number,
                             .until_us = INT64_MAX};
        if (stands) {
            stand = old;
            more = omni__stand_next(&reader, &old);
        }
        if (is_asked(&w, definition, &stand)) {
            status = answer_one(&w, definition, &stand);
        }
        keep(&w, &stand);
    }
    if (status == OMNI_OK) {
        status =
            more == OMNI_END && !fold->watch.row.failed
                ? put_section(fold, head, omni__buffer_bytes(&fold->watch.row),
                              w.due_us)
                : OMNI_ERR_CORRUPT;
    }
    return fold->watch.row.failed ? OMNI_ERR_NO_MEMORY : status;
}

omni_status
omni__watch_leave(omni__fold *fold, omni__work_node *node)
{
    omni__definitions *definitions = &fold->watch.definitions;
    omni__reader reader =
        omni__reader_of(node->node.sections[OMNI__SECTION_SEGMENTS]);
    omni__stand stand = {.number = 0};
    omni_status more;
    omni_status status = OMNI_OK;
    size_t i = 0;
    while (status == OMNI_OK &&
           (more = omni__stand_next(&reader, &stand)) != OMNI_END) {
        while (i < definitions->count &&
               definitions->list[i].number < stand.number) {
            ++i;
        }
        if (more != OMNI_OK || i == definitions->count) {
            return OMNI_ERR_CORRUPT;
        }
        count_error(&definitions->list[i], stand.membership, OMNI__NOT_MEMBER);
        if (stand.membership == OMNI__MEMBER) {
            status = move(fold, &definitions->list[i], &node->node.id, false,
                          fold->counts.clock_us);
        }
    }
    return status == OMNI_OK
               ? put_section(fold, node, omni__slice_of(NULL, 0), INT64_MAX)
               : status;
}
