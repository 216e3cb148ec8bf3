/*
   A kiosk that many people use one after the other. Its device id must not
   make one person of them: in the channel "kiosk" identifiers of devices do
   not link, so only what a person shows (a card, an e-mail) does.

       cc kiosk.c $(pkg-config --cflags --libs libomni) -o kiosk
       ./kiosk new-directory
*/
#include <omni/omni.h>

#include <inttypes.h>
#include <stdio.h>

#define KIOSK                                                                  \
    {                                                                          \
        "device_id", "kiosk-7"                                                 \
    }
#define MINUTE INT64_C(60000000)
#define OPENING INT64_C(1772355600000000) /* 2026-03-01T09:00:00Z */

/* A touch of the screen. Before somebody signs in there is only the kiosk;
   afterwards there is the card, too. What is done with neither stays with the
   kiosk, and after somebody signed out it is nobody's. */
static omni_status
touch(omni_store *store, const omni_event *what, int minute, const char *card,
      omni_error *error)
{
    const omni_identifier names[] = {KIOSK, {"loyalty_id", card}};
    omni_event event = *what;
    event.size = sizeof(event);
    event.channel = "kiosk";
    event.time_us = OPENING + minute * MINUTE;
    event.identifiers = names;
    event.identifier_count = card != NULL ? 2 : 1;
    return omni_event_append(store, &event, NULL, error);
}

typedef struct step {
    int minute;
    const char *card; /* NULL: nobody is signed in */
    const char *name;
    const char *properties;
} step;

/* Two people, one after the other. */
static const step steps[] = {
    {0, NULL, "Product Viewed", "{\"product\":\"umbrella\"}"},
    {2, "card-anna", "Signed In", NULL},
    {3, "card-anna", "Order Completed",
     "{\"revenue\":24.50,\"currency\":\"CHF\"}"},
    {4, "card-anna", "Signed Out", NULL},
    {30, NULL, "Product Viewed", "{\"product\":\"boots\"}"},
    {31, "card-ben", "Signed In", NULL},
    {33, "card-ben", "Order Completed",
     "{\"revenue\":129,\"currency\":\"CHF\"}"},
    {34, "card-ben", "Signed Out", NULL},
};

static omni_status
a_morning(omni_store *store, omni_error *error)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); ++i) {
        const omni_event what = {.name = steps[i].name,
                                 .properties_json = steps[i].properties};
        status = touch(store, &what, steps[i].minute, steps[i].card, error);
        if (status != OMNI_OK) {
            break;
        }
    }
    return status;
}

/* Print whom an identifier leads to, and what is in that profile. */
static omni_status
print_events(omni_txn *txn, omni_identifier who)
{
    const omni_timeline_options oldest_first = {
        .size = sizeof(oldest_first), .oldest_first = true, .device = &who};
    omni_id id;
    omni_timeline *timeline = NULL;
    omni_timeline_event event;
    omni_status status = omni_profile_find(txn, who, &id);
    if (status == OMNI_OK) {
        status = omni_timeline_open(txn, &id, &oldest_first, &timeline);
    }
    if (status == OMNI_OK) {
        printf("%s:%s\n", who.ns, who.value);
    }
    while (status == OMNI_OK) {
        status = omni_timeline_next(timeline, &event);
        if (status == OMNI_OK) {
            printf("  minute %2" PRId64 "  %.*s%s",
                   (event.time_us - OPENING) / MINUTE, (int)event.name.size,
                   event.name.bytes, event.nobody ? ", by nobody" : "");
            if (event.properties_json.size != 0) {
                printf(" %.*s", (int)event.properties_json.size,
                       event.properties_json.bytes);
            }
            putchar('\n');
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
print_everybody(omni_store *store, omni_error *error)
{
    static const omni_identifier everybody[] = {
        {"loyalty_id", "card-anna"}, {"loyalty_id", "card-ben"}, KIOSK};
    omni_txn *txn = NULL;
    omni_status status = omni_txn_begin(store, &txn, error);
    for (size_t i = 0; status == OMNI_OK && i < 3; ++i) {
        status = print_events(txn, everybody[i]);
        if (status != OMNI_OK) {
            *error = *omni_txn_error(txn);
        }
    }
    omni_txn_end(txn);
    return status;
}

int
main(int argc, char **argv)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE};
    omni_store *store = NULL;
    omni_error error = {0};
    if (argc != 2) {
        fputs("usage: kiosk DIRECTORY\n", stderr);
        return 2;
    }
    omni_status status = omni_store_open(argv[1], &options, &store, &error);
    if (status == OMNI_OK) {
        status = a_morning(store, &error);
    }
    if (status == OMNI_OK) {
        status = print_everybody(store, &error);
    }
    if (status != OMNI_OK) {
        fprintf(stderr, "%s: %s\n", omni_status_name(status), error.message);
    }
    const omni_status closed = omni_store_close(store);
    if (closed != OMNI_OK && status == OMNI_OK) {
        fprintf(stderr, "closing: %s\n", omni_status_name(closed));
        status = closed;
    }
    return status == OMNI_OK ? 0 : 3;
}
