/* Errors, budgets and values that an evaluation makes. */
#include "cel/run.h"

#include "cel/strings.h"

#include <stdarg.h>
#include <stdio.h>

#define MICRO INT64_C(1000000)

omni__cel_value
omni__cel_run_error(omni__cel_run *run, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    omni__cel_clean(text);
    const size_t size = strlen(text) + 1;
    omni__cel_error *error = omni__arena_get(run->arena, sizeof(*error));
    char *message = omni__arena_get(run->arena, size);
    if (error == NULL || message == NULL) {
        return omni__cel_run_memory(run);
    }
    memcpy(message, text, size);
    *error = (omni__cel_error){.message = message,
                               .offset = run->at != NULL ? run->at->offset : 0,
                               .end = run->at != NULL ? run->at->end : 0};
    return (omni__cel_value){.kind = OMNI__CEL_ERROR, .as.error = error};
}

omni__cel_value
omni__cel_run_memory(omni__cel_run *run)
{
    static const omni__cel_error error = {.message = "out of memory"};
    (void)run;
    return (omni__cel_value){.kind = OMNI__CEL_ERROR, .as.error = &error};
}

omni__cel_value
omni__cel_run_exhausted(omni__cel_run *run)
{
    static const omni__cel_error error = {
        .message = "the expression takes more steps than it may"};
    (void)run;
    return (omni__cel_value){.kind = OMNI__CEL_ERROR, .as.error = &error};
}

void
omni__cel_run_hold(omni__cel_run *run, int64_t since_us, int64_t until_us)
{
    omni__cel_run_look(run, since_us, until_us);
    if (until_us < run->exact_until_us) {
        run->exact_until_us = until_us;
    }
}

void
omni__cel_run_back(omni__cel_run *run, const omni__cel_held *held,
                   omni__cel_held *all)
{
    all->since_us =
        run->since_us > all->since_us ? run->since_us : all->since_us;
    all->until_us =
        run->until_us < all->until_us ? run->until_us : all->until_us;
    all->exact_until_us = run->exact_until_us < all->exact_until_us
                              ? run->exact_until_us
                              : all->exact_until_us;
    omni__cel_run_set(run, held);
}

void
omni__cel_run_look(omni__cel_run *run, int64_t since_us, int64_t until_us)
{
    if (since_us > run->since_us && since_us > OMNI__CEL_TIME_MIN * MICRO) {
        run->since_us = since_us;
    }
    if (until_us < run->until_us && until_us < OMNI__CEL_TIME_END * MICRO) {
        run->until_us = until_us;
    }
}

omni__cel_value
omni__cel_run_now(omni__cel_run *run)
{
    const int64_t part = (run->now_us % MICRO + MICRO) % MICRO;
    const int64_t seconds = run->now_us / MICRO - (run->now_us % MICRO < 0);
    omni__cel_value now = omni__cel_timestamp(seconds, (uint32_t)part * 1000);
    now.slope = 1;
    return seconds >= OMNI__CEL_TIME_MIN && seconds < OMNI__CEL_TIME_END
               ? now
               : omni__cel_run_error(run, "now is not in years 1 to 9999");
}

omni__cel_value
omni__cel_run_decimal(omni__cel_run *run, omni__int128 micro)
{
    omni__int128 *held = omni__arena_get(run->arena, sizeof(*held));
    if (held == NULL) {
        return omni__cel_run_memory(run);
    }
    *held = micro;
    return (omni__cel_value){.kind = OMNI__CEL_DECIMAL, .as.micro = held};
}

omni__cel_value
omni__cel_run_take(omni__cel_run *run, omni__buffer *buffer,
                   omni__cel_kind kind)
{
    const omni__slice bytes = omni__buffer_bytes(buffer);
    const omni__slice copy = omni__arena_copy(run->arena, bytes);
    const bool failed =
        buffer->failed || (bytes.size != 0 && copy.data == NULL);
    const bool long_enough = !omni__cel_run_steps(run, bytes.size / 16);
    omni__buffer_free(buffer);
    if (failed) {
        return omni__cel_run_memory(run);
    }
    if (long_enough || copy.size > UINT32_MAX) {
        return omni__cel_run_exhausted(run);
    }
    return kind == OMNI__CEL_STRING ? omni__cel_text(copy)
                                    : omni__cel_bytes(copy);
}

omni__cel_value
omni__cel_run_map(omni__cel_run *run, const omni__cel_entry *entries,
                  size_t count)
{
    omni__cel_map *map = omni__arena_get(run->arena, sizeof(*map));
    if (map == NULL) {
        return omni__cel_run_memory(run);
    }
    *map = (omni__cel_map){.entries = entries};
    bool moves = false;
    if (!omni__cel_run_steps(run, count * count / 8)) {
        return omni__cel_run_exhausted(run);
    }
    for (size_t i = 0; i < count; ++i) {
        const uint8_t kind = entries[i].key.kind;
        if (kind != OMNI__CEL_BOOL && kind != OMNI__CEL_INT &&
            kind != OMNI__CEL_UINT && kind != OMNI__CEL_STRING) {
            return omni__cel_run_error(
                run, "a key of a map is bool, int, uint or string, not %s",
                omni__cel_kind_name((omni__cel_kind)kind));
        }
        if (omni__cel_find(map, entries[i].key) != NULL) {
            return omni__cel_run_error(run, "a map has the same key twice");
        }
        map->count = i + 1;
        moves = moves || entries[i].value.slope != 0;
    }
    return (omni__cel_value){
        .kind = OMNI__CEL_MAP, .slope = moves, .as.map = map};
}

omni__cel_value
omni__cel_run_some(omni__cel_run *run, omni__cel_value value)
{
    omni__cel_value *held = omni__arena_get(run->arena, sizeof(*held));
    if (held == NULL) {
        return omni__cel_run_memory(run);
    }
    *held = value;
    return (omni__cel_value){.kind = OMNI__CEL_OPTIONAL,
                             .slope = value.slope != 0,
                             .as.items = held};
}
