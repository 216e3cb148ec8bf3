/* One function for each thing that can be said. */
#include "formats/explain_words.h"

#include "codec/time.h"
#include "identity/crowd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A sentence under way. */
typedef struct words {
    omni__buffer text;
    omni__arena *arena;
} words;

static words
begin(const omni__explainer *explainer)
{
    words w = {.arena = explainer->source->arena};
    omni__buffer_init(&w.text, w.arena->alloc);
    return w;
}

/* Put the sentence into the arena, if all went well so far. */
static omni_status
finish(words *w, omni_status status, omni_text *out)
{
    if (status == OMNI_OK && w->text.failed) {
        status = OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK) {
        const omni__slice copy =
            omni__arena_copy(w->arena, omni__buffer_bytes(&w->text));
        status = copy.data != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
        if (status == OMNI_OK) {
            *out = omni__text_of(copy);
        }
    }
    omni__buffer_free(&w->text);
    return status;
}

/* Text with numbers in it, of less than 160 bytes. */
static void __attribute__((format(printf, 2, 3)))
say(words *w, const char *format, ...)
{
    char text[160];
    va_list more;
    va_start(more, format);
    vsnprintf(text, sizeof(text), format, more);
    va_end(more);
    omni__buffer_text(&w->text, text);
}

static void
say_bytes(words *w, omni_text text)
{
    omni__buffer_put(&w->text, text.bytes, text.size);
}

static void
say_name(words *w, omni_identifier_text name)
{
    say_bytes(w, name.ns);
    omni__buffer_byte(&w->text, ':');
    say_bytes(w, name.value);
}

static void
say_node(words *w, const omni__node *node)
{
    say_name(w, omni__identifier_text(node));
}

/* "x is generic: seen with 14 user_id values, more than 10" */
static omni_status
say_generic(words *w, const omni__explainer *explainer, const omni__node *node)
{
    omni__crowd crowd;
    const omni_status status = omni__links_crowd(
        explainer->source->policy, node, explainer->source->arena, &crowd);
    if (status != OMNI_OK) {
        return status;
    }
    say_node(w, node);
    say(w, " is generic: seen with %" PRIu64 " ", crowd.count);
    if (crowd.ns.size != 0) {
        say_bytes(w, omni__text_of(crowd.ns));
        say(w, " values");
    } else {
        say(w, "identifiers of people");
    }
    say(w, ", more than %" PRIu32, crowd.limit);
    return OMNI_OK;
}

/* An end of an alias link that has too many of them. */
static omni_status
say_aliases(words *w, const omni__explainer *explainer, const omni__node *node)
{
    uint64_t count;
    const uint32_t most = explainer->source->policy->max_alias_links;
    const omni_status status = omni__statements_aliases(
        explainer->source->view, &node->id, UINT64_MAX, &count);
    if (status == OMNI_OK && count > most) {
        say(w, "%s", w->text.size != 0 ? "; " : "");
        say_node(w, node);
        say(w,
            " has alias links to %" PRIu64 " identifiers, more than %" PRIu32,
            count, most);
    }
    return status;
}

/* Whichever of both ends is too common, the smaller identifier first. */
static omni_status
say_common(words *w, const omni__explainer *explainer, const omni__node *a,
           const omni__node *b, bool alias)
{
    const bool in_order = omni__node_compare(a, b) < 0;
    const omni__node *ends[2] = {in_order ? a : b, in_order ? b : a};
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (alias) {
            status = say_aliases(w, explainer, ends[i]);
        } else if ((ends[i]->flags & OMNI__NODE_GENERIC) != 0) {
            say(w, "%s", w->text.size != 0 ? "; " : "");
            status = say_generic(w, explainer, ends[i]);
        }
    }
    return status;
}

/* Why a link was cut. */
static void
say_component(words *w, const omni__explainer *explainer)
{
    say(w,
        "it is one of the links by which more than %" PRIu32
        " identifiers hang together",
        explainer->source->policy->max_component);
}

static bool
same_name(omni_identifier_text a, omni_identifier_text b)
{
    return omni__slice_equal(omni__slice_of_text(a.ns),
                             omni__slice_of_text(b.ns)) &&
           omni__slice_equal(omni__slice_of_text(a.value),
                             omni__slice_of_text(b.value));
}

omni_status
omni__words_parted(const omni__explainer *explainer, const omni_link *part,
                   const omni_link *link, omni_text *out)
{
    words w = begin(explainer);
    char date[OMNI__TIME_TEXT];
    omni__time_format(part->time_us, date);
    if (!same_name(part->a, link->a) || !same_name(part->b, link->b)) {
        say_name(&w, part->a);
        say(&w, " and ");
        say_name(&w, part->b);
        say(&w, " are ");
    }
    say(&w, "stated apart");
    if (part->author.size != 0) {
        say(&w, " by ");
        say_bytes(&w, part->author);
    }
    say(&w, " on %.10s: ", date);
    say_bytes(&w, part->reason);
    return finish(&w, OMNI_OK, out);
}

omni_status
omni__words_waiting(const omni__explainer *explainer, omni_link *link)
{
    words w = begin(explainer);
    say(&w, "no event names ");
    say_name(&w, link->b);
    say(&w, " yet");
    return finish(&w, OMNI_OK, &link->because);
}

/* The rule `device`: one end is a device, and both sides are somebody. */
static void
say_device(words *w, const omni__explainer *explainer, const omni__held *held)
{
    const omni__policy *policy = explainer->source->policy;
    const bool in_order = omni__node_compare(held->member, &held->other) < 0;
    const omni__node *first = in_order ? held->member : &held->other;
    const omni__node *second = in_order ? &held->other : held->member;
    const bool is_first =
        omni__policy_namespace(policy, first->ns)->class_ == OMNI__CLASS_DEVICE;
    say_node(w, is_first ? first : second);
    say(w, " is a device, and both profiles have ");
    say_bytes(w, omni__text_of(held->ns));
    say(w, " values of their own");
}

static omni_status
say_rule(words *w, omni__explainer *explainer, const omni__held *held)
{
    const omni__policy *policy = explainer->source->policy;
    switch (held->rule) {
    case OMNI__RULE_GENERIC:
        return say_common(w, explainer, held->member, &held->other,
                          held->kind == OMNI_LINK_ALIAS);
    case OMNI__RULE_COMPONENT:
        say_component(w, explainer);
        return OMNI_OK;
    case OMNI__RULE_MAX_PER_PROFILE:
        say(w, "joining would give ");
        say_bytes(w, omni__text_of(held->ns));
        say(w, " %" PRIu64 " values, at most %" PRIu32, held->count,
            omni__policy_namespace(policy, held->ns)->max_per_profile);
        return OMNI_OK;
    case OMNI__RULE_MAX_IDENTIFIERS:
        say(w,
            "joining would make a profile of %" PRIu64
            " identifiers, at most %" PRIu32,
            held->count, policy->max_identifiers);
        return OMNI_OK;
    case OMNI__RULE_DEVICE:
        say_device(w, explainer, held);
        return OMNI_OK;
    default:
        return OMNI_ERR_CORRUPT;
    }
}

omni_status
omni__words_held(omni__explainer *explainer, const omni__held *held,
                 omni_link *link)
{
    if (held->rule == OMNI__RULE_PART) {
        omni_link part;
        const omni_status status = omni__explain_stated(
            explainer, held->part->member, &held->part->statement,
            &held->part->other, &part);
        return status == OMNI_OK
                   ? omni__words_parted(explainer, &part, link, &link->because)
                   : status;
    }
    words w = begin(explainer);
    const omni_status status = say_rule(&w, explainer, held);
    return finish(&w, status, &link->because);
}

omni_status
omni__words_passed(omni__explainer *explainer, const omni__node *a,
                   const omni__node *b, bool cut, omni_link *link)
{
    words w = begin(explainer);
    omni_status status = OMNI_OK;
    omni__rule rule = OMNI__RULE_NONE;
    if (link->kind == OMNI_LINK_ALIAS ||
        ((a->flags | b->flags) & OMNI__NODE_GENERIC) != 0) {
        rule = OMNI__RULE_GENERIC;
        status = say_common(&w, explainer, a, b, link->kind == OMNI_LINK_ALIAS);
    } else if (cut) {
        rule = OMNI__RULE_COMPONENT;
        say_component(&w, explainer);
    } else {
        say(&w, "a rule held it apart when it came to it");
    }
    say(&w, "; the two are one profile by other links");
    if (rule != OMNI__RULE_NONE) {
        link->rule = omni__text_of(omni__slice_text(omni__rule_name(rule)));
    }
    return finish(&w, status, &link->because);
}

omni_status
omni__words_generic(const omni__explainer *explainer, const omni__node *node,
                    omni_text *out)
{
    words w = begin(explainer);
    const omni_status status = say_generic(&w, explainer, node);
    return finish(&w, status, out);
}

omni_status
omni__words_named(const omni__explainer *explainer,
                  const omni__members *members, omni_text *out)
{
    words w = begin(explainer);
    const omni__node *head = &members->nodes[0];
    const omni__policy *policy = explainer->source->policy;
    char time[OMNI__TIME_TEXT];
    size_t people = 0;
    for (size_t i = 0; i < members->count; ++i) {
        people +=
            omni__policy_namespace(policy, members->nodes[i].ns)->class_ ==
            OMNI__CLASS_PERSON;
    }
    omni__time_format(head->first_us, time);
    say_node(&w, head);
    if (members->count == 1) {
        say(&w, " is the only identifier, seen since %s", time);
    } else if (people == 1) {
        say(&w, " is the only one that names a person, seen since %s", time);
    } else if (people != 0) {
        say(&w, " was seen first of the %zu that name a person, at %s", people,
            time);
    } else {
        say(&w, " was seen first of all %zu, at %s, and none names a person",
            members->count, time);
    }
    return finish(&w, OMNI_OK, out);
}

omni_status
omni__words_summary(const omni__explainer *explainer,
                    const omni_explanation *explanation, omni_text *out)
{
    words w = begin(explainer);
    if (explanation->same && explanation->chain_count == 0) {
        say(&w, "both are one and the same identifier");
    } else if (explanation->same && explanation->chain_count == 1) {
        say(&w, "one profile: a link joins them");
    } else if (explanation->same) {
        say(&w, "one profile: a chain of %zu links joins them",
            explanation->chain_count);
    } else if (explanation->held_count == 1) {
        say(&w, "two profiles: a link between them is held apart");
    } else if (explanation->held_count != 0) {
        say(&w, "two profiles: %zu links between them are held apart",
            explanation->held_count);
    } else if (explanation->part_count != 0) {
        say(&w, "two profiles: stated apart, and no evidence against it");
    } else {
        say(&w, "two profiles: no evidence that they are one");
    }
    return finish(&w, OMNI_OK, out);
}
