/* Two identifiers: the chain that joins them, or what is held between them. */
#include "formats/explain.h"
#include "formats/explain_words.h"

#include <stdlib.h>

/* A question on its way to an answer. */
typedef struct pair {
    omni__explainer explainer;
    const omni__node *a;
    const omni__node *b;
    omni_explanation *out;
} pair;

static omni_link *
room_for(const pair *p, size_t count)
{
    return omni__arena_get(p->explainer.source->arena,
                           (count + 1) * sizeof(omni_link));
}

/* One link of the chain with what it rests on. */
static omni_status
show_step(const pair *p, const omni__step *step, omni_link *out)
{
    const omni__component *component = &p->explainer.component;
    const omni__node *a = component->nodes[step->a];
    const omni__node *b = component->nodes[step->b];
    if (step->kind == OMNI_LINK_OBSERVED) {
        return omni__explain_observed(&p->explainer, a, b, step->time_us, out);
    }
    omni__statement statement;
    const omni_status status = omni__statement_latest(
        p->explainer.source->view, &a->id, &b->id, &statement);
    return status == OMNI_OK
               ? omni__explain_stated(&p->explainer, a, &statement, b, out)
               : status;
}

static omni_status
find_chain(pair *p)
{
    uint32_t from;
    uint32_t to;
    omni__step *steps;
    size_t count;
    omni_status status = omni__explainer_resolve(&p->explainer, &p->a->id);
    if (status != OMNI_OK) {
        return status;
    }
    omni__component *component = &p->explainer.component;
    if (!omni__component_index(component, &p->a->id, &from) ||
        !omni__component_index(component, &p->b->id, &to)) {
        return OMNI_ERR_CORRUPT;
    }
    status = omni__chain_find(&component->graph, from, to,
                              &component->set.scratch, &steps, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni_link *chain = room_for(p, count);
    if (chain == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = show_step(p, &steps[i], &chain[i]);
    }
    p->out->chain = chain;
    p->out->chain_count = count;
    return status;
}

static omni_status
find_held(pair *p, const omni__members *members)
{
    const omni__profile_source *source = p->explainer.source;
    omni__held *held;
    size_t count;
    const omni__held_query query = {.view = source->view,
                                    .policy = source->policy,
                                    .summaries = source->summaries,
                                    .members = members,
                                    .other = &p->b->head,
                                    .arena = source->arena};
    omni_status status = omni__held_read(&query, &held, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni_link *links = room_for(p, count);
    if (links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = omni__explain_held(&p->explainer, &held[i], &links[i]);
    }
    p->out->held = links;
    p->out->held_count = count;
    return status;
}

static int
compare_texts(omni_text a, omni_text b)
{
    return omni__slice_compare(omni__slice_of_text(a), omni__slice_of_text(b));
}

static int
compare_names(omni_identifier_text a, omni_identifier_text b)
{
    const int order = compare_texts(a.ns, b.ns);
    return order != 0 ? order : compare_texts(a.value, b.value);
}

static int
compare_links(const void *a, const void *b)
{
    const omni_link *x = a;
    const omni_link *y = b;
    const int order = compare_names(x->a, y->a);
    return order != 0 ? order : compare_names(x->b, y->b);
}

/* Whether a statement in force is one of those that an answer tells. */
typedef bool (*wanted_fn)(const omni__stated *stated, const omni_id *other);

static bool
parts_from(const omni__stated *stated, const omni_id *other)
{
    return stated->known && stated->statement.kind == OMNI__STATEMENT_PART &&
           omni__id_equal(&stated->other.head, other);
}

static bool
waits(const omni__stated *stated, const omni_id *other)
{
    (void)other;
    return !stated->known;
}

/* Add the statements of one profile that are wanted. */
static omni_status
show_stated(const pair *p, const omni__stated *stated, size_t count,
            wanted_fn wanted, omni_link *links, size_t *used)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__stated *at = &stated[i];
        if (wanted(at, &p->b->head)) {
            status = omni__explain_stated(
                &p->explainer, at->member, &at->statement,
                at->known ? &at->other : NULL, &links[(*used)++]);
        }
    }
    if (*used != 0) {
        qsort(links, *used, sizeof(links[0]), compare_links);
    }
    return status;
}

static omni_status
find_statements(pair *p, const omni__members *members)
{
    const omni__profile_source *source = p->explainer.source;
    omni__members others;
    omni__stated *ours;
    omni__stated *theirs;
    size_t our_count;
    size_t their_count;
    omni_status status;
    OMNI_TRY(status,
             omni__members_read(source->view, p->b, source->arena, &others));
    OMNI_TRY(status, omni__stated_read(source->view, members, source->arena,
                                       &ours, &our_count));
    OMNI_TRY(status, omni__stated_read(source->view, &others, source->arena,
                                       &theirs, &their_count));
    omni_link *parts = room_for(p, our_count);
    omni_link *waiting = room_for(p, our_count + their_count);
    if (parts == NULL || waiting == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    OMNI_TRY(status, show_stated(p, ours, our_count, parts_from, parts,
                                 &p->out->part_count));
    OMNI_TRY(status, show_stated(p, ours, our_count, waits, waiting,
                                 &p->out->waiting_count));
    OMNI_TRY(status, show_stated(p, theirs, their_count, waits, waiting,
                                 &p->out->waiting_count));
    p->out->parts = parts;
    p->out->waiting = waiting;
done:
    return status;
}

static omni_status
explain(pair *p)
{
    const omni__profile_source *source = p->explainer.source;
    omni__members members;
    omni_status status;
    if (p->out->same) {
        OMNI_TRY(status, find_chain(p));
    } else {
        OMNI_TRY(status, omni__members_read(source->view, p->a, source->arena,
                                            &members));
        OMNI_TRY(status, find_held(p, &members));
        OMNI_TRY(status, find_statements(p, &members));
    }
    status = omni__words_summary(&p->explainer, p->out, &p->out->summary);
done:
    return status;
}

omni_status
omni__explain_pair(const omni__profile_source *source, const omni__node *a,
                   const omni__node *b, omni_explanation **out)
{
    pair p = {.explainer = {.source = source}, .a = a, .b = b};
    p.out = omni__arena_zero(source->arena, sizeof(*p.out));
    if (p.out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    p.out->a = omni__identifier_text(a);
    p.out->b = omni__identifier_text(b);
    p.out->a_id = a->id;
    p.out->b_id = b->id;
    p.out->a_profile = a->head;
    p.out->b_profile = b->head;
    p.out->same = omni__id_equal(&a->head, &b->head);
    const omni_status status = explain(&p);
    omni__explainer_end(&p.explainer);
    if (status == OMNI_OK) {
        *out = p.out;
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
