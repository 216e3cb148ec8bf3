/*
   Follow a store: every event that any process commits goes somewhere else,
   however often this program stops; only what was under way when it was killed
   goes twice. What it remembers is one number.

       cc follow.c $(pkg-config --cflags --libs libomni) -o follow
       ./follow shop.omni position.txt         # what came since the last time
       ./follow shop.omni position.txt -f      # and then what comes
*/
#include <omni/omni.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Where the last run ended; 0, the beginning, if there was none. */
static uint64_t
read_position(const char *path)
{
    uint64_t position = 0;
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fscanf(file, "%" SCNu64, &position) != 1) {
            position = 0;
        }
        fclose(file);
    }
    return position;
}

/* Write it beside the old one and rename, so that there always is one. */
static int
keep_position(const char *path, uint64_t position)
{
    char fresh[512];
    const int size = snprintf(fresh, sizeof(fresh), "%s.new", path);
    FILE *file =
        size > 0 && (size_t)size < sizeof(fresh) ? fopen(fresh, "w") : NULL;
    if (file == NULL) {
        return -1;
    }
    const int written = fprintf(file, "%" PRIu64 "\n", position);
    return fclose(file) == 0 && written > 0 ? rename(fresh, path) : -1;
}

/* Whatever the other system wants to know. */
static void
deliver(const omni_fact *fact)
{
    const omni_timeline_event *event = &fact->event;
    if (fact->kind != OMNI_FACT_EVENT || !fact->has_body) {
        return; /* merges and splits, and what is to come */
    }
    printf("%.*s", (int)event->name.size, event->name.bytes);
    for (size_t i = 0; i < fact->identifier_count; ++i) {
        const omni_identifier_text *who = &fact->identifiers[i];
        printf(" %.*s:%.*s", (int)who->ns.size, who->ns.bytes,
               (int)who->value.size, who->value.bytes);
    }
    printf("\n");
}

/* All that is there now. The position is kept where a group ends: what was
   committed together is delivered together, even if this program is killed. */
static omni_status
deliver_all(omni_facts *facts, const char *path)
{
    omni_fact fact;
    omni_status status;
    while ((status = omni_facts_next(facts, &fact)) == OMNI_OK) {
        deliver(&fact);
        if (fact.group_end &&
            (fflush(stdout) != 0 ||
             keep_position(path, omni_facts_position(facts)) != 0)) {
            return OMNI_ERR_IO;
        }
    }
    return status;
}

static int
follow(omni_store *store, const char *path, int forever)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    const omni_facts_options options = {.size = sizeof options,
                                        .position = read_position(path)};
    omni_facts *facts = NULL;
    omni_error error = {.message = ""};
    omni_status status = omni_facts_open(store, &options, &facts, &error);
    if (status != OMNI_OK) {
        fprintf(stderr, "follow: %s\n", error.message);
        return 1;
    }
    do {
        status = deliver_all(facts, path);
    } while (forever && status == OMNI_END && nanosleep(&pause, NULL) == 0);
    if (status != OMNI_END) {
        fprintf(stderr, "follow: %s %s\n", omni_status_name(status),
                omni_facts_error(facts)->message);
    }
    omni_facts_close(facts);
    return status == OMNI_END ? 0 : 1;
}

int
main(int argc, char **argv)
{
    omni_store *store = NULL;
    omni_error error;
    if (argc != 3 && (argc != 4 || strcmp(argv[3], "-f") != 0)) {
        fprintf(stderr, "usage: follow STORE POSITION-FILE [-f]\n");
        return 2;
    }
    if (omni_store_open(argv[1], NULL, &store, &error) != OMNI_OK) {
        fprintf(stderr, "follow: %s\n", error.message);
        return 3;
    }
    int result = follow(store, argv[2], argc == 4);
    if (omni_store_close(store) != OMNI_OK) {
        result = 1;
    }
    return result;
}
