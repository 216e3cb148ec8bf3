/* A line for each profile of the walk and each register in force, written in
   pieces. */
#include "formats/dump.h"

#include "events/groups.h"
#include "events/timeline.h"
#include "fold/register.h"
#include "formats/group.h"
#include "formats/json_put.h"
#include "formats/profile_json.h"
#include "formats/profiles.h"

/* Where a dump goes, and what it works with. */
typedef struct dump {
    omni__profiles profiles;
    omni__arena event; /* of one event */
    omni__buffer line;
    omni__policy_box *policy; /* takes registers that are valid */
    omni_write_fn write;
    void *user;
    omni_status status; /* of nobody's events */
} dump;

#define DUMP_FLUSH (64u * 1024u) /* lines are written in pieces of so much */

static omni_status
flush_line(dump *d)
{
    if (d->line.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (d->line.size != 0 &&
        d->write(d->user, d->line.data, d->line.size) != 0) {
        return OMNI_ERR_IO;
    }
    omni__buffer_clear(&d->line);
    return OMNI_OK;
}

static omni_status
put_event(dump *d, const omni__timeline *timeline,
          const omni__timeline_item *item)
{
    const omni__named *identifiers;
    size_t count;
    const omni_status status = omni__timeline_identifiers(
        timeline, item, &d->event, &identifiers, &count);
    if (status == OMNI_OK) {
        omni__event_write(&item->body, identifiers, count,
                          (omni__event_extra){.fact = NULL}, &d->line);
    }
    omni__arena_reset(&d->event);
    return status;
}

/* The events of a walk, oldest first: a list under a key, which may be left out
   where there are none. */
static omni_status
put_events(dump *d, omni__timeline *timeline, const char *key, bool always)
{
    const omni__profile_source *source = &d->profiles.source;
    omni__timeline_item item;
    timeline->log = source->log;
    timeline->secret = source->secret;
    timeline->filter.oldest_first = true;
    omni_status status = omni__timeline_next(timeline, &item);
    if (status == OMNI_END && !always) {
        return OMNI_OK;
    }
    omni__buffer_text(&d->line, key);
    for (const char *before = ""; status == OMNI_OK; before = ",") {
        omni__buffer_text(&d->line, before);
        status = put_event(d, timeline, &item);
        if (status == OMNI_OK && d->line.size > DUMP_FLUSH) {
            status = flush_line(d);
        }
        if (status == OMNI_OK) {
            status = omni__timeline_next(timeline, &item);
        }
    }
    omni__buffer_byte(&d->line, ']');
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
put_timeline(dump *d, const omni_profile *profile)
{
    const omni__profile_source *source = &d->profiles.source;
    omni__timeline timeline;
    omni_status status =
        omni__timeline_init(&timeline, source->view, profile->members.nodes,
                            profile->members.count, source->arena);
    if (status == OMNI_OK) {
        status = put_events(d, &timeline, ",\"timeline\":[", true);
    }
    omni__timeline_end(&timeline);
    return status;
}

/* Events on a contested device that are in no profile. */
static void
put_nobody(void *user, const omni__node *device)
{
    dump *d = user;
    const omni__profile_source *source = &d->profiles.source;
    omni__timeline timeline;
    if (d->status == OMNI_OK) {
        d->status = omni__timeline_init(&timeline, source->view, NULL, 0,
                                        source->arena);
        if (d->status == OMNI_OK) {
            d->status =
                omni__timeline_nobody(&timeline, device, 1, source->arena);
        }
        if (d->status == OMNI_OK) {
            d->status = put_events(d, &timeline, ",\"nobody\":[", false);
        }
        omni__timeline_end(&timeline);
    }
}

static omni_status
put_profile(dump *d, omni_profile *profile)
{
    omni_status status = omni__profile_read_held(&d->profiles.source, profile);
    if (status == OMNI_OK) {
        omni__profile_write_head(profile, put_nobody, d, &d->line);
        status = d->status;
    }
    if (status == OMNI_OK) {
        status = put_timeline(d, profile);
    }
    if (status == OMNI_OK) {
        omni__profile_write_tail(profile, &d->line);
        omni__buffer_byte(&d->line, '\n');
        status = d->line.size > DUMP_FLUSH ? flush_line(d) : OMNI_OK;
    }
    return status;
}

static omni_status
put_register(void *user, const omni__register *entry)
{
    dump *d = user;
    const bool segment = entry->kind == OMNI__FACT_SEGMENT;
    omni_error ignored;
    const omni_status status =
        segment ? OMNI_OK
                : omni__policy_set_register(d->policy, entry->body.name,
                                            entry->body.value, &ignored);
    if (status != OMNI_OK) {
        return status == OMNI_ERR_SYNTAX ? OMNI_NOT_FOUND : status;
    }
    omni__buffer_text(&d->line, segment ? "{\"segment\":{\"expression\":"
                                        : "{\"policy\":{\"name\":");
    omni__json_write_text(segment ? entry->body.value : entry->body.name,
                          &d->line);
    omni__buffer_text(&d->line, segment ? ",\"name\":" : ",\"value\":");
    omni__json_write_text(segment ? entry->body.name : entry->body.value,
                          &d->line);
    omni__buffer_text(&d->line, "}}\n");
    return d->line.size > DUMP_FLUSH ? flush_line(d) : OMNI_OK;
}

static omni_status
put_registers(dump *d)
{
    static const uint8_t kinds[] = {OMNI__FACT_SEGMENT, OMNI__FACT_POLICY};
    const omni__profile_source *source = &d->profiles.source;
    d->policy = omni__policy_copy(&omni__policy_default, source->arena->alloc);
    omni_status status = d->policy != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    for (size_t i = 0; i < sizeof(kinds) && status == OMNI_OK; ++i) {
        status = omni__registers_each(source->view, source->log, kinds[i],
                                      put_register, d);
    }
    if (d->policy != NULL) {
        d->policy->shared.free(&d->policy->shared);
    }
    return status;
}

static omni_status
put_groups(dump *d)
{
    omni__profile_source source = d->profiles.source;
    omni__slice id = {.data = NULL};
    omni_status status = OMNI_OK;
    source.arena = &d->event;
    while (status == OMNI_OK) {
        omni_group *group;
        status = omni__groups_next(source.view, source.secret,
                                   id.data != NULL ? &id : NULL, &id);
        if (status == OMNI_OK) {
            omni__arena_reset(source.arena);
            status = omni__group_read(&source, id, &group);
        }
        if (status == OMNI_OK) {
            omni__buffer_text(&d->line, "{\"group\":");
            omni__group_write(group, &d->line);
            omni__buffer_text(&d->line, "}\n");
            id = omni__slice_of_text(group->id);
            status = d->line.size > DUMP_FLUSH ? flush_line(d) : OMNI_OK;
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__dump(const omni__profile_source *source,
           const omni__dump_segments *segments, omni_write_fn write, void *user,
           omni_error *error)
{
    dump d = {.write = write, .user = user};
    omni__arena_init(&d.event, source->arena->alloc);
    omni__buffer_init(&d.line, source->arena->alloc);
    omni_status status = omni__profiles_open(&d.profiles, source, NULL);
    while (status == OMNI_OK) {
        omni_profile *profile;
        status = omni__profiles_next(&d.profiles, &profile);
        if (status == OMNI_OK && segments != NULL) {
            status = segments->note(segments->user, profile);
        }
        if (status == OMNI_OK) {
            status = put_profile(&d, profile);
        }
    }
    status = status == OMNI_END ? put_groups(&d) : status;
    status = status == OMNI_OK ? put_registers(&d) : status;
    status = status == OMNI_OK ? flush_line(&d) : status;
    omni__profiles_close(&d.profiles);
    omni__arena_free(&d.event);
    omni__buffer_free(&d.line);
    return status == OMNI_OK ? OMNI_OK
                             : omni__fail(error, status, "dump: %s",
                                          omni_status_name(status));
}
