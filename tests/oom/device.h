/* The device of test_calls.c is used by somebody else, too, and then by
   nobody. */
#ifndef OMNI_TESTS_OOM_DEVICE_H
#define OMNI_TESTS_OOM_DEVICE_H

#include "omni/omni.h"

#include <string.h>

static const omni_timeline_options all = {.size = sizeof(all), .nobody = true};

static omni_status
share_device(omni_store *store)
{
    static const char used[] =
        "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"u5\","
        "\"context\":{\"device\":{\"id\":\"d1\"}},"
        "\"timestamp\":\"2024-01-01T01:00:00Z\"}\n"
        "{\"type\":\"track\",\"event\":\"Viewed\","
        "\"context\":{\"device\":{\"id\":\"d1\"},\"traits\":{\"seen\":1}},"
        "\"timestamp\":\"2024-01-01T02:00:00Z\"}\n"
        "{\"type\":\"track\",\"event\":\"Signed Out\","
        "\"context\":{\"device\":{\"id\":\"d1\"}},"
        "\"timestamp\":\"2024-01-01T03:00:00Z\"}\n"
        "{\"type\":\"track\",\"event\":\"Viewed\","
        "\"context\":{\"device\":{\"id\":\"d1\"}},"
        "\"timestamp\":\"2024-01-01T04:00:00Z\"}\n";
    return omni_event_append_json(store, used, sizeof(used) - 1, NULL, NULL);
}

#endif
