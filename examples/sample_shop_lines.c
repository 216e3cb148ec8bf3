/* Events of the sample shop as lines of JSON, in the order of arrival. */
#include "sample_shop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
out_of_memory(void)
{
    fputs("sample_shop: out of memory\n", stderr);
    exit(3);
}

char *
write_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        out_of_memory();
    }
    va_end(arguments);
    return text;
}

/* Keep a line, which arrives at `at`. */
void
keep_line(shop *shop, int64_t at, char *text)
{
    if (shop->count == shop->capacity) {
        shop->capacity = shop->capacity != 0 ? 2 * shop->capacity : 1024;
        printed *lines =
            realloc(shop->lines, shop->capacity * sizeof(shop->lines[0]));
        if (lines == NULL) {
            out_of_memory();
        }
        shop->lines = lines;
    }
    shop->lines[shop->count] = (printed){at, shop->count, text};
    ++shop->count;
}

static void
put_member(FILE *to, const char *key, const char *value)
{
    if (value != NULL) {
        fprintf(to, ",\"%s\":\"%s\"", key, value);
    }
}

static void
put_time(FILE *to, const char *key, int64_t seconds)
{
    char text[32];
    struct tm parts;
    const time_t when = (time_t)seconds;
    gmtime_r(&when, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    put_member(to, key, text);
}

/* Members of traits, with their leading comma cut. */
static void
put_traits(FILE *to, const event *event)
{
    const char *comma = "";
    const char *const pairs[][2] = {{"email", event->email},
                                    {"phone", event->phone}};
    fputs("\"traits\":{", to);
    for (size_t i = 0; i < LENGTH(pairs); ++i) {
        if (pairs[i][1] != NULL) {
            fprintf(to, "%s\"%s\":\"%s\"", comma, pairs[i][0], pairs[i][1]);
            comma = ",";
        }
    }
    if (event->traits != NULL) {
        fprintf(to, "%s%s", comma, event->traits);
    }
    fputs("}", to);
}

static void
put_context(FILE *to, const event *event, bool with_traits)
{
    fputs(",\"context\":{\"library\":{\"name\":\"sample-shop\"}", to);
    if (event->device != NULL) {
        fprintf(to, ",\"device\":{\"id\":\"%s\"}", event->device);
    }
    if (event->card != NULL) {
        fprintf(to,
                ",\"externalIds\":[{\"id\":\"%s\",\"type\":\"loyalty_id\"}]",
                event->card);
    }
    if (with_traits) {
        fputs(",", to);
        put_traits(to, event);
    }
    fputs("}", to);
}

/* Write an event that arrives `late` seconds after it happened. */
void
send_event(shop *shop, const event *event, int64_t late)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        out_of_memory();
    }
    const bool has_traits =
        event->email != NULL || event->phone != NULL || event->traits != NULL;
    const bool identify = strcmp(event->type, "identify") == 0;
    fprintf(to, "{\"type\":\"%s\"", event->type);
    put_member(to, strcmp(event->type, "track") == 0 ? "event" : "name",
               event->name);
    put_member(to, "messageId", event->id);
    put_member(to, "userId", event->user);
    put_member(to, "anonymousId", event->cookie);
    put_member(to, "previousId", event->previous);
    put_member(to, "groupId", event->group);
    if (event->clock_behind != 0) {
        put_time(to, "originalTimestamp", event->time - event->clock_behind);
        put_time(to, "sentAt", event->time + late - event->clock_behind);
        put_time(to, "receivedAt", event->time + late);
    } else {
        put_time(to, "timestamp", event->time);
    }
    put_member(to, "channel", event->channel);
    put_context(to, event, has_traits && !identify);
    if (has_traits && identify) {
        fputs(",", to);
        put_traits(to, event);
    }
    if (event->properties != NULL) {
        fprintf(to, ",\"properties\":{%s}", event->properties);
    }
    fputs("}", to);
    if (fclose(to) != 0) {
        out_of_memory();
    }
    keep_line(shop, event->time + late, text);
}

static int
by_arrival(const void *left, const void *right)
{
    const printed *a = left;
    const printed *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

void
print_lines(shop *shop)
{
    if (shop->count != 0) {
        qsort(shop->lines, shop->count, sizeof(shop->lines[0]), by_arrival);
    }
    for (size_t i = 0; i < shop->count; ++i) {
        puts(shop->lines[i].text);
        free(shop->lines[i].text);
    }
    free(shop->lines);
}
