/*
   The library in one page: open a store, append events from two channels,
   see that they are one person, and print the profile.

       cc quickstart.c $(pkg-config --cflags --libs libomni) -o quickstart
       ./quickstart new-directory
*/
#include <omni/omni.h>

#include <stdio.h>

/* A visitor signs in on the web, then buys at the till with her card. */
static omni_status
append_events(omni_store *store, omni_error *error)
{
    const omni_identifier visitor[] = {{"anonymous_id", "cookie-1"},
                                       {"email", "Anna@Example.ch"}};
    const omni_identifier customer[] = {{"loyalty_id", "7612345678900"},
                                        {"email", "anna@example.ch"}};
    const omni_event signed_in = {
        .size = sizeof(omni_event),
        .type = OMNI_EVENT_IDENTIFY,
        .id = "web-1",
        .time_us = 1767600000000000, /* 2026-01-05T08:00:00Z */
        .channel = "web",
        .identifiers = visitor,
        .identifier_count = 2,
        .traits_json = "{\"firstName\":\"Anna\",\"city\":\"Bern\"}",
    };
    const omni_event bought = {
        .size = sizeof(omni_event),
        .name = "Order Completed",
        .id = "receipt-1",
        .time_us = 1767603600000000, /* an hour later */
        .channel = "store",
        .identifiers = customer,
        .identifier_count = 2,
        .properties_json = "{\"revenue\":59.90,\"currency\":\"CHF\"}",
    };
    omni_event_result result = {.size = sizeof(result)};
    omni_status status = omni_event_append(store, &signed_in, NULL, error);
    if (status == OMNI_OK) {
        status = omni_event_append(store, &bought, &result, error);
    }
    if (status == OMNI_OK) {
        /* The till was not sure that it had been heard, and says it again. */
        status = omni_event_append(store, &bought, &result, error);
    }
    if (status == OMNI_OK) {
        puts(result.outcome == OMNI_OUTCOME_DUPLICATE
                 ? "the receipt was there already"
                 : "the receipt was taken twice");
    }
    return status;
}

static omni_status
print_profile(omni_store *store, omni_error *error)
{
    omni_txn *txn = NULL;
    omni_id id;
    const omni_profile *profile = NULL;
    omni_text json = {0};
    omni_status status = omni_txn_begin(store, &txn, error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_identifier cookie = {"anonymous_id", "cookie-1"};
    status = omni_profile_find(txn, cookie, &id);
    if (status == OMNI_OK) {
        status = omni_profile_get(txn, &id, &profile);
    }
    if (status == OMNI_OK) {
        status = omni_profile_json(txn, profile, &json);
    }
    if (status == OMNI_OK) {
        printf("%.*s\n", (int)json.size, json.bytes);
    } else {
        *error = *omni_txn_error(txn);
    }
    omni_txn_end(txn);
    return status;
}

int
main(int argc, char **argv)
{
    omni_store *store = NULL;
    omni_error error = {0};
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE,
        .calling_code = 41,
    };
    if (argc != 2) {
        fputs("usage: quickstart DIRECTORY\n", stderr);
        return 2;
    }
    omni_status status = omni_store_open(argv[1], &options, &store, &error);
    if (status == OMNI_OK) {
        status = append_events(store, &error);
    }
    if (status == OMNI_OK) {
        status = print_profile(store, &error);
    }
    if (status != OMNI_OK) {
        fprintf(stderr, "%s: %s\n", omni_status_name(status), error.message);
    }
    if (omni_store_close(store) != OMNI_OK && status == OMNI_OK) {
        status = OMNI_ERR_IO;
    }
    return status == OMNI_OK ? 0 : 3;
}
