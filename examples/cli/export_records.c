/* Events as JSON lines of the Segment spec, a line for each of their copies:
   what `import` takes in again. Keys are sorted. */
#include "export.h"
#include "text.h"

#include <string.h>

static bool
is_text(omni_text text, const char *word)
{
    return text.size == strlen(word) &&
           memcmp(text.bytes, word, text.size) == 0;
}

/* The first identifier of a namespace, or `count`. */
static size_t
first_of(const omni_event_copy *copy, const char *ns)
{
    size_t at = 0;
    while (at < copy->identifier_count &&
           !is_text(copy->identifiers[at].ns, ns)) {
        ++at;
    }
    return at;
}

/* Begin a member of an object: a comma, unless it is the first; its key. */
static void
begin(bool *any, const char *key)
{
    printf("%s\"%s\":", *any ? "," : "", key);
    *any = true;
}

/* A member whose value is a text, if there is one. */
static void
print_text(bool *any, const char *key, omni_text text)
{
    if (text.size != 0) {
        begin(any, key);
        put_json(text);
    }
}

/* A member whose value is JSON as it stands, if there is one. */
static void
print_object(bool *any, const char *key, omni_text object)
{
    if (object.size != 0) {
        begin(any, key);
        fwrite(object.bytes, 1, object.size, stdout);
    }
}

static void
print_time(bool *any, const char *key, int64_t time_us)
{
    char text[INSTANT_TEXT];
    print_text(any, key, instant_format(time_us, text));
}

/* Where the identifiers stand that have a member of their own. */
typedef struct places {
    size_t anonymous;
    size_t user;
    size_t device;
} places;

static void
print_identifier(bool *any, const char *key, const omni_event_copy *copy,
                 size_t at)
{
    if (at < copy->identifier_count) {
        print_text(any, key, copy->identifiers[at].value);
    }
}

/* Identifiers that have no member of their own. */
static void
print_external(bool *any, const omni_event_copy *copy, const places *own)
{
    bool listed = false;
    for (size_t i = 0; i < copy->identifier_count; ++i) {
        if (i == own->anonymous || i == own->user || i == own->device) {
            continue;
        }
        if (!listed) {
            begin(any, "externalIds");
        }
        fputs(listed ? ",{\"id\":" : "[{\"id\":", stdout);
        put_json(copy->identifiers[i].value);
        fputs(",\"type\":", stdout);
        put_json(copy->identifiers[i].ns);
        putchar('}');
        listed = true;
    }
    fputs(listed ? "]" : "", stdout);
}

static bool
has_context(const omni_event_copy *copy, const places *own)
{
    const size_t count = copy->identifier_count;
    const size_t placed =
        (size_t)(own->anonymous < count) + (size_t)(own->user < count);
    const bool traits = copy->event.type != OMNI_EVENT_IDENTIFY &&
                        copy->event.traits_json.size != 0;
    return count > placed || traits || copy->event.source.size != 0;
}

static void
print_context(bool *any, const omni_event_copy *copy, const places *own)
{
    const omni_timeline_event *event = &copy->event;
    bool inner = false;
    if (!has_context(copy, own)) {
        return;
    }
    begin(any, "context");
    putchar('{');
    if (own->device < copy->identifier_count) {
        begin(&inner, "device");
        fputs("{\"id\":", stdout);
        put_json(copy->identifiers[own->device].value);
        putchar('}');
    }
    print_external(&inner, copy, own);
    print_text(&inner, "source", event->source);
    if (event->type != OMNI_EVENT_IDENTIFY) {
        print_object(&inner, "traits", event->traits_json);
    }
    putchar('}');
}

static void
print_record(const omni_event_copy *copy, const char *profile_id)
{
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    const omni_timeline_event *event = &copy->event;
    const size_t type = (size_t)event->type;
    const places own = {.anonymous = first_of(copy, "anonymous_id"),
                        .user = first_of(copy, "user_id"),
                        .device = first_of(copy, "device_id")};
    bool any = false;
    putchar('{');
    print_identifier(&any, "anonymousId", copy, own.anonymous);
    print_text(&any, "channel", event->channel);
    print_context(&any, copy, &own);
    if (event->type == OMNI_EVENT_TRACK) {
        print_text(&any, "event", event->name);
    }
    print_text(&any, "groupId", event->group_id);
    print_text(&any, "messageId", event->id);
    if (event->original_time_us != 0 &&
        event->original_time_us != event->time_us) {
        print_time(&any, "originalTimestamp", event->original_time_us);
    }
    print_text(&any, "previousId", event->previous_id);
    print_text(&any, "profile", text_of(profile_id));
    print_object(&any, "properties", event->properties_json);
    print_time(&any, "timestamp", event->time_us);
    if (event->type == OMNI_EVENT_IDENTIFY) {
        print_object(&any, "traits", event->traits_json);
    }
    print_text(&any, "type", text_of(type < 6 ? types[type] : "unknown"));
    print_identifier(&any, "userId", copy, own.user);
    puts("}");
}

omni_status
export_records(omni_timeline *timeline, const char *profile_id)
{
    const omni_event_copy *copies = NULL;
    size_t count = 0;
    const omni_status status = omni_timeline_copies(timeline, &copies, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        print_record(&copies[i], profile_id);
    }
    return status;
}
