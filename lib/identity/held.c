/* Judging links between profiles. */
#include "identity/held.h"

#include <stdlib.h>

/* The links of a profile on their way to judgement. */
typedef struct judge {
    omni__held_query query;
    omni__summary own;
    const omni__stated *stated; /* by other profile */
    size_t stated_count;
    omni__summary last; /* of the other profile that was looked at last */
    bool has_last;
    omni__held *held;
    size_t count;
    size_t capacity;
} judge;

const char *
omni__rule_name(omni__rule rule)
{
    static const char *const names[] = {
        "none",  "generic",         "component",
        "part",  "max_per_profile", "max_identifiers",
        "device"};
    return names[rule];
}

/* The other profile; links of one node tend to lead to the same. */
static omni_status
read_other(judge *j, const omni__node *other)
{
    if (j->has_last && omni__id_equal(&j->last.head, &other->head)) {
        return OMNI_OK;
    }
    const omni_status status = omni__summary_read(
        j->query.summaries, j->query.view, other, j->query.arena, &j->last);
    j->has_last = status == OMNI_OK;
    return status;
}

/* First of the statements whose other end is in a profile, or after it. */
static size_t
first_stated(const judge *j, const omni_id *head)
{
    size_t low = 0;
    size_t high = j->stated_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const omni__stated *at = &j->stated[middle];
        if (at->known && omni__id_compare(&at->other.head, head) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The `part` in force that has one end in each profile: the one on the link's
   own pair before others; NULL if there is none. */
static const omni__stated *
find_part(const judge *j, const omni__held *link)
{
    const omni__stated *found = NULL;
    const omni_id *head = &link->other.head;
    for (size_t i = first_stated(j, head); i < j->stated_count; ++i) {
        const omni__stated *at = &j->stated[i];
        if (!at->known || !omni__id_equal(&at->other.head, head)) {
            break;
        }
        if (at->statement.kind != OMNI__STATEMENT_PART) {
            continue;
        }
        if (omni__id_equal(&at->member->id, &link->member->id) &&
            omni__id_equal(&at->other.id, &link->other.id)) {
            return at;
        }
        found = found != NULL ? found : at;
    }
    return found;
}

/* The first namespace, from `*at` on, that both profiles have. */
static bool
next_common(const judge *j, size_t *at, omni__slice *ns, uint64_t *sum)
{
    for (; *at < j->own.count; ++*at) {
        const omni__link_count *own = &j->own.counts[*at];
        const uint64_t theirs = omni__summary_count(&j->last, own->ns);
        if (theirs != 0) {
            *ns = own->ns;
            *sum = own->count + theirs;
            ++*at;
            return true;
        }
    }
    return false;
}

/* The rules that look at namespaces, for an observed link. */
static void
judge_namespaces(const judge *j, omni__held *link)
{
    omni__slice ns;
    omni__slice person = {.data = NULL};
    uint64_t sum;
    for (size_t at = 0; next_common(j, &at, &ns, &sum);) {
        const omni__namespace *entry =
            omni__policy_namespace(j->query.policy, ns);
        if (entry->max_per_profile != 0 && sum > entry->max_per_profile) {
            link->rule = OMNI__RULE_MAX_PER_PROFILE;
            link->ns = ns;
            link->count = sum;
            return;
        }
        if (entry->class_ == OMNI__CLASS_PERSON && person.size == 0) {
            person = ns;
        }
    }
    if (j->own.size + j->last.size > j->query.policy->max_identifiers) {
        link->rule = OMNI__RULE_MAX_IDENTIFIERS;
        link->count = j->own.size + j->last.size;
    } else if (person.size != 0) {
        link->rule = OMNI__RULE_DEVICE;
        link->ns = person;
    }
}

static omni_status
judge_observed(judge *j, omni__held *link, bool cut)
{
    if (((link->member->flags | link->other.flags) & OMNI__NODE_GENERIC) != 0) {
        link->rule = OMNI__RULE_GENERIC;
        return OMNI_OK;
    }
    if (cut) {
        link->rule = OMNI__RULE_COMPONENT;
        return OMNI_OK;
    }
    link->part = find_part(j, link);
    if (link->part != NULL) {
        link->rule = OMNI__RULE_PART;
        return OMNI_OK;
    }
    const omni_status status = read_other(j, &link->other);
    if (status == OMNI_OK) {
        judge_namespaces(j, link);
    }
    return status;
}

/* True if an end of an alias link has more of them than count. */
static omni_status
find_crowd(const judge *j, const omni__held *link, bool *crowded)
{
    const uint64_t most = j->query.policy->max_alias_links;
    const omni_id *ends[2] = {&link->member->id, &link->other.id};
    omni_status status = OMNI_OK;
    *crowded = false;
    for (size_t i = 0; i < 2 && status == OMNI_OK && !*crowded; ++i) {
        uint64_t count;
        status =
            omni__statements_aliases(j->query.view, ends[i], most + 1, &count);
        *crowded = status == OMNI_OK && count > most;
    }
    return status;
}

static omni_status
judge_stated(judge *j, omni__held *link)
{
    bool crowded = false;
    omni_status status = OMNI_OK;
    if (link->kind == OMNI_LINK_ALIAS) {
        status = find_crowd(j, link, &crowded);
    }
    if (status != OMNI_OK || crowded) {
        link->rule = OMNI__RULE_GENERIC;
        return status;
    }
    link->part = find_part(j, link);
    if (link->part != NULL) {
        link->rule = OMNI__RULE_PART;
        return OMNI_OK;
    }
    status = read_other(j, &link->other);
    if (status == OMNI_OK) {
        link->rule = OMNI__RULE_MAX_IDENTIFIERS;
        link->count = j->own.size + j->last.size;
    }
    return status;
}

static omni_status
keep(judge *j, const omni__held *link)
{
    void *held = j->held;
    const bool room = omni__grow(j->query.arena->alloc, &held, &j->capacity,
                                 j->count, sizeof(j->held[0]));
    j->held = held;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    j->held[j->count++] = *link;
    return OMNI_OK;
}

static bool
is_wanted(const omni_id *wanted, const omni_id *id)
{
    return wanted == NULL || omni__id_equal(wanted, id);
}

/* True if a link leads to another profile, and to one that is wanted. */
static bool
leads_out(const judge *j, const omni__node *other)
{
    return !omni__id_equal(&other->head, &j->own.head) &&
           is_wanted(j->query.other, &other->head);
}

static omni_status
find_observed(judge *j, const omni__node *member)
{
    omni__link *links;
    size_t count;
    omni_status status =
        omni__links_read(j->query.view, member, j->query.arena, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__held link = {.member = member,
                           .kind = OMNI_LINK_OBSERVED,
                           .time_us = links[i].time_us};
        status = omni__node_read(j->query.view, &links[i].other, &link.other);
        if (status != OMNI_OK || !leads_out(j, &link.other)) {
            continue;
        }
        status = judge_observed(j, &link, links[i].cut);
        if (status == OMNI_OK) {
            status = keep(j, &link);
        }
    }
    return status;
}

static omni_status
find_stated(judge *j)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < j->stated_count && status == OMNI_OK; ++i) {
        const omni__stated *at = &j->stated[i];
        const uint8_t kind = at->statement.kind;
        if (!at->known || kind == OMNI__STATEMENT_PART ||
            !is_wanted(j->query.member, &at->member->id) ||
            !leads_out(j, &at->other)) {
            continue;
        }
        omni__held link = {.member = at->member,
                           .other = at->other,
                           .kind = kind == OMNI__STATEMENT_ALIAS
                                       ? OMNI_LINK_ALIAS
                                       : OMNI_LINK_STATED,
                           .time_us = at->statement.time_us,
                           .statement = at->statement};
        status = judge_stated(j, &link);
        if (status == OMNI_OK) {
            status = keep(j, &link);
        }
    }
    return status;
}

static int
compare_held(const void *a, const void *b)
{
    const omni__held *x = a;
    const omni__held *y = b;
    int order = omni__node_compare(x->member, y->member);
    if (order == 0) {
        order = omni__node_compare(&x->other, &y->other);
    }
    if (order == 0) {
        order = (x->rule > y->rule) - (x->rule < y->rule);
    }
    return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static omni_status
find_all(judge *j)
{
    const omni__held_query *query = &j->query;
    omni__stated *stated;
    omni_status status;
    OMNI_TRY(status, omni__summary_of(query->members, query->arena, &j->own));
    OMNI_TRY(status,
             omni__stated_read(query->view, query->members, query->arena,
                               &stated, &j->stated_count));
    j->stated = stated;
    for (size_t i = 0; i < query->members->count; ++i) {
        const omni__node *member = &query->members->nodes[i];
        if (is_wanted(query->member, &member->id)) {
            OMNI_TRY(status, find_observed(j, member));
        }
    }
    status = find_stated(j);
done:
    return status;
}

omni_status
omni__held_read(const omni__held_query *query, omni__held **out, size_t *count)
{
    judge j = {.query = *query};
    omni_status status = find_all(&j);
    if (status == OMNI_OK) {
        *count = j.count;
        *out = omni__arena_get(query->arena, (j.count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK && j.count != 0) {
        qsort(j.held, j.count, sizeof(j.held[0]), compare_held);
        memcpy(*out, j.held, j.count * sizeof(**out));
    }
    omni__free(query->arena->alloc, j.held);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
