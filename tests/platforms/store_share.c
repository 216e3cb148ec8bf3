/*
   Several of these at once append to one store, and may be killed: what they
   said was taken must be there afterwards.

       store_share STORE NAME COUNT   append events; a line for each
       store_share STORE              check the store; prints its events
*/
#include <omni/omni.h>

#include <stdio.h>
#include <stdlib.h>

static int
tell(const omni_error *error)
{
    fprintf(stderr, "store_share: %s\n", error->message);
    return 3;
}

static omni_status
append(omni_store *store, const char *name, unsigned number, omni_error *error)
{
    char id[64];
    snprintf(id, sizeof(id), "%s-%u", name, number);
    const omni_identifier who = {"user_id", name};
    const omni_event event = {.size = sizeof(event),
                              .name = "Order Completed",
                              .channel = "store",
                              .id = id,
                              .time_us = INT64_C(1790000000) * 1000000 + number,
                              .identifiers = &who,
                              .identifier_count = 1};
    return omni_event_append(store, &event, NULL, error);
}

static int
fill(omni_store *store, const char *name, unsigned count)
{
    omni_error error = {.offset = -1};
    for (unsigned i = 0; i < count; ++i) {
        if (append(store, name, i, &error) != OMNI_OK) {
            return tell(&error);
        }
        printf("%s-%u\n", name, i);
        fflush(stdout);
    }
    return 0;
}

static int
check(omni_store *store)
{
    omni_error error = {.offset = -1};
    omni_stats stats = {.size = sizeof(stats)};
    if (omni_store_check(store, 0, NULL, NULL, NULL, &error) != OMNI_OK ||
        omni_store_stats(store, &stats, &error) != OMNI_OK) {
        return tell(&error);
    }
    printf("%llu\n", (unsigned long long)stats.events);
    return 0;
}

int
main(int count, char **words)
{
    omni_error error = {.offset = -1};
    omni_store *store = NULL;
    if (count != 2 && count != 4) {
        fprintf(stderr, "usage: store_share STORE [NAME COUNT]\n");
        return 2;
    }
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE};
    if (omni_store_open(words[1], &options, &store, &error) != OMNI_OK) {
        return tell(&error);
    }
    int result = count == 4 ? fill(store, words[2],
                                   (unsigned)strtoul(words[3], NULL, 10))
                            : check(store);
    if (omni_store_close(store) != OMNI_OK && result == 0) {
        result = 3;
    }
    return result;
}
