/* A plan: nodes and profiles compared one by one, and examples with reasons. */
#include "formats/policy_plan.h"

#include "formats/explain.h"
#include "formats/json_put.h"
#include "identity/component.h"
#include "storage/counts.h"

#define EFFECTS 4

static const char *const effects[EFFECTS] = {"joined", "split", "generic",
                                             "not_generic"};

typedef struct planner {
    const omni__profile_source *before;
    const omni__profile_source *after;
    omni_policy_sample *samples; /* `room` of each effect */
    uint32_t counts[EFFECTS];
    uint32_t room;
    omni__arena arena; /* of one node */
} planner;

/* ---- examples ---- */

static omni_status
keep_text(const planner *p, omni_text *text)
{
    const omni__slice copy =
        omni__arena_copy(p->before->arena, omni__slice_of_text(*text));
    const bool fine = copy.size == text->size;
    *text = omni__text_of(copy);
    return fine ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

/* Texts move from the arena of one node to where the plan lives. */
static omni_status
keep_sample(planner *p, omni_policy_sample *sample)
{
    omni_text *texts[] = {&sample->a.ns, &sample->a.value, &sample->b.ns,
                          &sample->b.value, &sample->because};
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        status = status == OMNI_OK ? keep_text(p, texts[i]) : status;
    }
    p->samples[(size_t)sample->effect * p->room + p->counts[sample->effect]++] =
        *sample;
    return status;
}

/* Why two nodes would be one profile, or two. */
static omni_status
explain_pair(planner *p, const omni_id *a, const omni_id *b,
             omni_policy_sample *sample)
{
    omni__node nodes[2];
    omni_explanation *why;
    omni_status status;
    OMNI_TRY(status, omni__node_read(p->after->view, a, &nodes[0]));
    OMNI_TRY(status, omni__node_read(p->after->view, b, &nodes[1]));
    OMNI_TRY(status, omni__explain_pair(p->after, &nodes[0], &nodes[1], &why));
    sample->a = why->a;
    sample->b = why->b;
    sample->because =
        why->held_count != 0 ? why->held[0].because : why->summary;
done:
    return status;
}

/* Why a node is generic: as it would be, or as it is. */
static omni_status
explain_generic(const omni__profile_source *source, const omni__node *node,
                omni_policy_sample *sample)
{
    omni_identifier_explanation *why;
    const omni_status status = omni__explain_node(source, node, &why);
    if (status == OMNI_OK) {
        sample->a = why->identifier;
        sample->because = why->generic_because;
    }
    return status;
}

/* Explanations work in the arena of the after side. */
static omni_status
show(planner *p, omni_policy_effect effect, const omni_id *a, const omni_id *b,
     const omni__node *node)
{
    if (p->counts[effect] == p->room) {
        return OMNI_OK;
    }
    omni_policy_sample sample = {.effect = effect};
    omni__profile_source source =
        effect == OMNI_POLICY_NOT_GENERIC ? *p->before : *p->after;
    source.arena = p->after->arena;
    omni_status status = b != NULL ? explain_pair(p, a, b, &sample)
                                   : explain_generic(&source, node, &sample);
    if (status == OMNI_OK) {
        status = keep_sample(p, &sample);
    }
    omni__arena_reset(p->after->arena);
    return status;
}

/* ---- profiles ---- */

/* Whether a profile of one side is several of the other: `*other` is a member
   whose profile there is not that of the head. */
static omni_status
differs(planner *p, const omni__node *head, const omni__view *there,
        omni_id *other, bool *out)
{
    omni_id *members;
    size_t count;
    omni__node node;
    omni_status status = omni__members_decode(
        head->sections[OMNI__SECTION_MEMBERS], &p->arena, &members, &count);
    *out = false;
    if (status != OMNI_OK || count == 0) {
        return status;
    }
    status = omni__node_read(there, &head->id, &node);
    const omni_id first = node.head;
    for (size_t i = 0; status == OMNI_OK && i < count && !*out; ++i) {
        status = omni__node_read(there, &members[i], &node);
        if (status == OMNI_OK && !omni__id_equal(&node.head, &first)) {
            *other = members[i];
            *out = true;
        }
    }
    return status;
}

static omni_status
compare_profile(planner *p, const omni__node *head, const omni__view *there,
                omni_policy_effect effect, uint64_t *count)
{
    omni_id other;
    bool found = false;
    if (!omni__node_is_head(head)) {
        return OMNI_OK;
    }
    const omni_status status = differs(p, head, there, &other, &found);
    if (status != OMNI_OK || !found) {
        return status;
    }
    ++*count;
    return show(p, effect, &head->id, &other, head);
}

static omni_status
compare_node(planner *p, const omni__node *was, const omni__node *is,
             omni_policy_plan *plan)
{
    const bool generic = (is->flags & OMNI__NODE_GENERIC) != 0;
    omni_status status = OMNI_OK;
    omni__arena_reset(&p->arena);
    if (generic != ((was->flags & OMNI__NODE_GENERIC) != 0)) {
        plan->generic += generic ? 1 : 0;
        plan->not_generic += generic ? 0 : 1;
        status =
            show(p, generic ? OMNI_POLICY_GENERIC : OMNI_POLICY_NOT_GENERIC,
                 &is->id, NULL, generic ? is : was);
    }
    if (status == OMNI_OK) {
        status = compare_profile(p, is, p->before->view, OMNI_POLICY_JOINED,
                                 &plan->joined);
    }
    if (status == OMNI_OK) {
        status = compare_profile(p, was, p->after->view, OMNI_POLICY_SPLIT,
                                 &plan->split);
    }
    return status;
}

/* The node under a cursor. */
static omni_status
node_at(omni_status status, const omni__kv_cursor *cursor, omni__node *out)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni_id id;
    status = omni__view_within(status, cursor, &prefix);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__slice key = omni__kv_cursor_key(cursor);
    if (key.size != 1 + sizeof(id.bytes)) {
        return OMNI_ERR_CORRUPT;
    }
    memcpy(id.bytes, key.data + 1, sizeof(id.bytes));
    return omni__node_decode(&id, omni__kv_cursor_value(cursor), out);
}

/* The same identifiers are known on both sides. */
static omni_status
walk(planner *p, omni__kv_cursor *cursors[2], omni_policy_plan *plan)
{
    const omni__key first = omni__key_of(OMNI__TABLE_NODE);
    omni_status moved[2];
    for (size_t i = 0; i < 2; ++i) {
        moved[i] = omni__kv_cursor_seek(cursors[i], omni__key_slice(&first));
    }
    for (;;) {
        omni__node was;
        omni__node is;
        omni_status status = node_at(moved[0], cursors[0], &was);
        const omni_status other = node_at(moved[1], cursors[1], &is);
        if (status != OMNI_OK || other != OMNI_OK) {
            return status == OMNI_END && other == OMNI_END ? OMNI_OK
                   : status == OMNI_OK                     ? other
                                                           : status;
        }
        status = omni__id_equal(&was.id, &is.id)
                     ? compare_node(p, &was, &is, plan)
                     : OMNI_ERR_CORRUPT;
        if (status != OMNI_OK) {
            return status;
        }
        moved[0] = omni__kv_cursor_next(cursors[0]);
        moved[1] = omni__kv_cursor_next(cursors[1]);
    }
}

/* Examples of all effects, one kind after the other. */
static void
gather_samples(planner *p, omni_policy_plan *plan)
{
    plan->samples = p->samples;
    for (size_t i = 0; i < EFFECTS; ++i) {
        memmove(p->samples + plan->sample_count, p->samples + i * p->room,
                p->counts[i] * sizeof(p->samples[0]));
        plan->sample_count += p->counts[i];
    }
}

omni_status
omni__policy_plan_make(const omni__profile_source *before,
                       const omni__profile_source *after, uint32_t samples,
                       omni_policy_plan *plan)
{
    planner p = {.before = before, .after = after, .room = samples};
    omni__kv_cursor *cursors[2] = {NULL, NULL};
    omni__counts counts;
    omni_status status;
    omni__arena_init(&p.arena, before->arena->alloc);
    p.samples = omni__arena_zero(
        before->arena, (EFFECTS * (size_t)samples + 1) * sizeof(p.samples[0]));
    status = p.samples != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    OMNI_TRY(status, status);
    OMNI_TRY(status, omni__counts_read(before->view, &counts));
    plan->profiles_before = counts.profiles;
    OMNI_TRY(status, omni__counts_read(after->view, &counts));
    plan->profiles_after = counts.profiles;
    OMNI_TRY(status, omni__view_cursor(before->view, &cursors[0]));
    OMNI_TRY(status, omni__view_cursor(after->view, &cursors[1]));
    status = walk(&p, cursors, plan);
    gather_samples(&p, plan);
done:
    omni__kv_cursor_close(cursors[0]);
    omni__kv_cursor_close(cursors[1]);
    omni__arena_free(&p.arena);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

/* ---- JSON ---- */

static void
put_count(omni__buffer *out, const char *key, uint64_t value)
{
    omni__json_put_key(out, key);
    omni__json_put_number(out, value);
    omni__buffer_byte(out, ',');
}

static void
put_sample(omni__buffer *out, const omni_policy_sample *sample)
{
    omni__buffer_byte(out, '{');
    omni__json_put_key(out, "a");
    omni__json_put_who(out, sample->a.ns, sample->a.value);
    if (sample->b.ns.size != 0) {
        omni__buffer_byte(out, ',');
        omni__json_put_key(out, "b");
        omni__json_put_who(out, sample->b.ns, sample->b.value);
    }
    omni__buffer_byte(out, ',');
    omni__json_put_key(out, "because");
    omni__json_put_text(out, sample->because);
    omni__buffer_byte(out, ',');
    omni__json_put_key(out, "effect");
    omni__json_write_text(omni__slice_text(effects[sample->effect]), out);
    omni__buffer_byte(out, '}');
}

static void
put_value(omni__buffer *out, const char *key, omni_text value)
{
    omni__json_put_key(out, key);
    omni__buffer_slice(out, value.size != 0 ? omni__slice_of_text(value)
                                            : omni__slice_text("null"));
}

static void
put_settings(omni__buffer *out, const omni_policy_plan *plan)
{
    omni__json_put_key(out, "settings");
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < plan->setting_count; ++i) {
        const omni_policy_setting *setting = &plan->settings[i];
        omni__json_put_comma(out, i);
        omni__buffer_byte(out, '{');
        put_value(out, "after", setting->value);
        omni__buffer_byte(out, ',');
        put_value(out, "before", setting->other);
        omni__buffer_byte(out, ',');
        omni__json_put_key(out, "name");
        omni__json_put_text(out, setting->name);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_text(out, "],");
}

void
omni__policy_plan_write(const omni_policy_plan *plan, omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    put_count(out, "generic", plan->generic);
    put_count(out, "joined", plan->joined);
    put_count(out, "not_generic", plan->not_generic);
    put_count(out, "profiles_after", plan->profiles_after);
    put_count(out, "profiles_before", plan->profiles_before);
    omni__json_put_key(out, "samples");
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < plan->sample_count; ++i) {
        omni__json_put_comma(out, i);
        put_sample(out, &plan->samples[i]);
    }
    omni__buffer_text(out, "],");
    put_settings(out, plan);
    omni__json_put_key(out, "split");
    omni__json_put_number(out, plan->split);
    omni__buffer_byte(out, '}');
}
