/* Judging links between profiles. */
#include "identity/held.h"

#include "identity/component.h"

#include <stdlib.h>

/* A link between two profiles on its way to judgement. */
typedef struct judge {
    const omni__view *view;
    const omni__policy *policy;
    const omni__members *members;
    omni__arena *arena;
    omni__held *held;
    size_t count;
    size_t capacity;
    omni__members last; /* the other profile that was read last */
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

omni_status
omni__members_read(const omni__view *view, const omni__node *node,
                   omni__arena *arena, omni__members *out)
{
    omni__node head = *node;
    omni_status status = omni__node_is_head(node)
                             ? OMNI_OK
                             : omni__node_read(view, &node->head, &head);
    omni_id *ids = NULL;
    size_t count = 0;
    if (status == OMNI_OK) {
        status = omni__members_decode(head.sections[OMNI__SECTION_MEMBERS],
                                      arena, &ids, &count);
    }
    if (status != OMNI_OK) {
        return status;
    }
    out->nodes = omni__arena_get(arena, (count + 1) * sizeof(out->nodes[0]));
    if (out->nodes == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->nodes[0] = head;
    out->count = count + 1;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (omni__id_equal(&ids[i], &node->id)) {
            out->nodes[i + 1] = *node;
            continue;
        }
        status = omni__node_read(view, &ids[i], &out->nodes[i + 1]);
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

/* The other profile; links of one node tend to lead to the same. */
static omni_status
read_other(judge *j, const omni__node *other, const omni__members **out)
{
    *out = &j->last;
    if (j->last.count != 0 &&
        omni__id_equal(&j->last.nodes[0].id, &other->head)) {
        return OMNI_OK;
    }
    return omni__members_read(j->view, other, j->arena, &j->last);
}

/* True if a `part` in force has one end in each profile. */
static omni_status
find_part(judge *j, const omni__members *other, bool *found)
{
    *found = false;
    const omni_id *head = &other->nodes[0].id;
    for (size_t i = 0; i < j->members->count; ++i) {
        const omni__node *node = &j->members->nodes[i];
        omni__statement *statements;
        size_t count = 0;
        if ((node->flags & OMNI__NODE_STATED) != 0) {
            const omni_status status = omni__statements_read(
                j->view, &node->id, j->arena, &statements, &count);
            if (status != OMNI_OK) {
                return status;
            }
        }
        for (size_t k = 0; k < count; ++k) {
            omni__node end;
            const bool in_force =
                k + 1 == count ||
                !omni__id_equal(&statements[k].b, &statements[k + 1].b);
            if (in_force && statements[k].kind == OMNI__STATEMENT_PART &&
                omni__node_read(j->view, &statements[k].b, &end) == OMNI_OK &&
                omni__id_equal(&end.head, head)) {
                *found = true;
                return OMNI_OK;
            }
        }
    }
    return OMNI_OK;
}

static size_t
count_namespace(const omni__members *members, omni__slice ns)
{
    size_t count = 0;
    for (size_t i = 0; i < members->count; ++i) {
        count += omni__slice_equal(members->nodes[i].ns, ns);
    }
    return count;
}

/* The rules that look at namespaces, for an observed link. */
static omni__rule
judge_namespaces(const judge *j, const omni__members *other)
{
    bool shared_person = false;
    for (size_t i = 0; i < other->count; ++i) {
        const omni__slice ns = other->nodes[i].ns;
        const omni__namespace *entry = omni__policy_namespace(j->policy, ns);
        const size_t here = count_namespace(j->members, ns);
        if (here == 0) {
            continue;
        }
        if (entry->max_per_profile != 0 &&
            here + count_namespace(other, ns) > entry->max_per_profile) {
            return OMNI__RULE_MAX_PER_PROFILE;
        }
        shared_person |= entry->class_ == OMNI__CLASS_PERSON;
    }
    if (j->members->count + other->count > j->policy->max_identifiers) {
        return OMNI__RULE_MAX_IDENTIFIERS;
    }
    return shared_person ? OMNI__RULE_DEVICE : OMNI__RULE_NONE;
}

static omni_status
judge_link(judge *j, const omni__node *member, const omni__node *other,
           bool cut, omni__rule *rule)
{
    if (((member->flags | other->flags) & OMNI__NODE_GENERIC) != 0) {
        *rule = OMNI__RULE_GENERIC;
        return OMNI_OK;
    }
    if (cut) {
        *rule = OMNI__RULE_COMPONENT;
        return OMNI_OK;
    }
    const omni__members *theirs;
    bool parted;
    omni_status status = read_other(j, other, &theirs);
    if (status == OMNI_OK) {
        status = find_part(j, theirs, &parted);
    }
    if (status == OMNI_OK) {
        *rule = parted ? OMNI__RULE_PART : judge_namespaces(j, theirs);
    }
    return status;
}

static omni_status
keep(judge *j, const omni__node *member, const omni__node *other,
     omni__rule rule)
{
    void *held = j->held;
    const bool room = omni__grow(j->arena->alloc, &held, &j->capacity, j->count,
                                 sizeof(j->held[0]));
    j->held = held;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    j->held[j->count++] =
        (omni__held){.member = member, .other = *other, .rule = rule};
    return OMNI_OK;
}

static omni_status
judge_observed(judge *j, const omni__node *member)
{
    omni__link *links;
    size_t count;
    omni_status status =
        omni__links_read(j->view, member, j->arena, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__node other;
        status = omni__node_read(j->view, &links[i].other, &other);
        if (status != OMNI_OK || omni__id_equal(&other.head, &member->head)) {
            continue;
        }
        omni__rule rule;
        status = judge_link(j, member, &other, links[i].cut, &rule);
        if (status == OMNI_OK) {
            status = keep(j, member, &other, rule);
        }
    }
    return status;
}

/* True if a node has more alias links than count. */
static omni_status
is_crowded(judge *j, const omni_id *node, bool *crowded)
{
    omni__statement *statements;
    size_t count;
    uint32_t others = 0;
    bool has_alias = false;
    omni_status status =
        omni__statements_read(j->view, node, j->arena, &statements, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__node other;
        has_alias |= statements[i].kind == OMNI__STATEMENT_ALIAS;
        if (i + 1 < count &&
            omni__id_equal(&statements[i].b, &statements[i + 1].b)) {
            continue; /* the last on a pair counts for all */
        }
        if (has_alias &&
            omni__node_read(j->view, &statements[i].b, &other) == OMNI_OK) {
            ++others;
        }
        has_alias = false;
    }
    *crowded = others > j->policy->max_alias_links;
    return status;
}

static omni_status
judge_statement(judge *j, const omni__node *member, const omni__node *other,
                uint8_t kind)
{
    bool crowded = false;
    bool parted = false;
    const omni__members *theirs;
    omni_status status = OMNI_OK;
    if (kind == OMNI__STATEMENT_ALIAS) {
        status = is_crowded(j, &member->id, &crowded);
        if (status == OMNI_OK && !crowded) {
            status = is_crowded(j, &other->id, &crowded);
        }
    }
    if (status == OMNI_OK) {
        status = read_other(j, other, &theirs);
    }
    if (status == OMNI_OK) {
        status = find_part(j, theirs, &parted);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__rule rule = OMNI__RULE_MAX_IDENTIFIERS;
    if (crowded) {
        rule = OMNI__RULE_GENERIC;
    } else if (parted) {
        rule = OMNI__RULE_PART;
    }
    return keep(j, member, other, rule);
}

static omni_status
judge_stated(judge *j, const omni__node *member)
{
    omni__statement *statements;
    size_t count = 0;
    omni_status status = OMNI_OK;
    if ((member->flags & OMNI__NODE_STATED) != 0) {
        status = omni__statements_read(j->view, &member->id, j->arena,
                                       &statements, &count);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__node other;
        const bool in_force =
            i + 1 == count ||
            !omni__id_equal(&statements[i].b, &statements[i + 1].b);
        if (!in_force || statements[i].kind == OMNI__STATEMENT_PART) {
            continue;
        }
        status = omni__node_read(j->view, &statements[i].b, &other);
        if (status == OMNI_NOT_FOUND) {
            status = OMNI_OK;
        } else if (status == OMNI_OK &&
                   !omni__id_equal(&other.head, &member->head)) {
            status = judge_statement(j, member, &other, statements[i].kind);
        }
    }
    return status;
}

static int
compare_nodes(const omni__node *a, const omni__node *b)
{
    const int order = omni__slice_compare(a->ns, b->ns);
    return order != 0 ? order : omni__slice_compare(a->value, b->value);
}

static int
compare_held(const void *a, const void *b)
{
    const omni__held *x = a;
    const omni__held *y = b;
    int order = compare_nodes(x->member, y->member);
    if (order == 0) {
        order = compare_nodes(&x->other, &y->other);
    }
    return order != 0 ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

/* Sort, and keep one of what is both observed and stated. */
static size_t
sort_held(omni__held *held, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(held, count, sizeof(held[0]), compare_held);
    size_t kept = 1;
    for (size_t i = 1; i < count; ++i) {
        if (compare_nodes(held[i].member, held[kept - 1].member) != 0 ||
            compare_nodes(&held[i].other, &held[kept - 1].other) != 0) {
            held[kept++] = held[i];
        }
    }
    return kept;
}

omni_status
omni__held_read(const omni__view *view, const omni__policy *policy,
                const omni__members *members, omni__arena *arena,
                omni__held **out, size_t *count)
{
    judge j = {
        .view = view, .policy = policy, .members = members, .arena = arena};
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < members->count && status == OMNI_OK; ++i) {
        status = judge_observed(&j, &members->nodes[i]);
        if (status == OMNI_OK) {
            status = judge_stated(&j, &members->nodes[i]);
        }
    }
    if (status == OMNI_OK) {
        *count = sort_held(j.held, j.count);
        *out = omni__arena_get(arena, (*count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
        if (status == OMNI_OK && *count != 0) {
            memcpy(*out, j.held, *count * sizeof(**out));
        }
    }
    omni__free(arena->alloc, j.held);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
