/* The command `tick`: time goes on for segments. */
#include "segment_stored.h"
#include "text.h"

#include <inttypes.h>

static void
print_result(const call *call, const omni_tick_result *result)
{
    char text[INSTANT_TEXT];
    const bool ends = result->next_us != INT64_MAX;
    if (call_json(call)) {
        printf("{\"done\":%s,\"entered\":%" PRIu64 ",\"left\":%" PRIu64
               ",\"next\":%s%s%s,\"processed\":%" PRIu64 "}\n",
               result->done ? "true" : "false", result->entered, result->left,
               ends ? "\"" : "",
               ends ? instant_format(result->next_us, text).bytes : "null",
               ends ? "\"" : "", result->processed);
        return;
    }
    printf("%" PRIu64 " entered, %" PRIu64 " left; %" PRIu64
           " profiles looked at\n",
           result->entered, result->left, result->processed);
    if (ends) {
        printf("next change by time: not before %s\n",
               instant_show(result->next_us, text).bytes);
    }
}

#define DAY_US (INT64_C(86400) * 1000000)

/* The segment clock does not go back. */
static int
check_clock(const call *call, int64_t now_us)
{
    int64_t clock_us;
    instant_parse("now", &clock_us);
    return now_us <= clock_us + DAY_US || call_flag(call, "force")
               ? DONE
               : wrong_usage("%s is more than a day ahead of the clock, and "
                             "segments do not go back: who is in them would "
                             "be stored as of then, and told to the list of "
                             "changes; to look ahead ask with --at, to do it "
                             "all the same give --force",
                             call_value(call, "now"));
}

static int
run_tick(const call *call)
{
    omni_tick_result made = {.size = sizeof(made)};
    omni_store *store = NULL;
    bool given = false;
    int64_t now_us = 0;
    int result = call_instant(call, "now", &given, &now_us);
    if (result == DONE && given) {
        result = check_clock(call, now_us);
    }
    if (result == DONE) {
        result = store_open(call->operands[0], &store);
    }
    if (result != DONE) {
        return result;
    }
    /* 0 is the clock's; nothing is over in that microsecond alone. */
    result = segment_tick(store, given && now_us == 0 ? 1 : now_us, &made);
    if (result == DONE) {
        print_result(call, &made);
    }
    return store_close(store, result);
}

const command tick_command = {
    .name = "tick",
    .group = GROUP_PEOPLE,
    .operands = "DB",
    .summary = "Tell the segments that time has gone on",
    .help = "Who is in a segment changes with time alone, too: a purchase gets "
            "older than thirty days. tick looks at all whose answer is over, "
            "stores who entered and left at the instants at which they did, "
            "and lets new definitions go through all profiles.\n\n"
            "Nothing waits for it but the list of changes: what members, "
            "count and profile say is right for the instant asked in any "
            "case, and quicker the less there is to tick.",
    .examples = "omni tick shop.omni\n"
                "omni tick shop.omni --now 2026-01-31T08:00:00Z --json\n",
    .options = {{"now", "TIME", "Up to when; the clock is the default."},
                {"force", NULL,
                 "Also to more than a day ahead of the clock. It cannot be "
                 "taken back."},
                {"json", NULL,
                 "{\"done\", \"entered\", \"left\", \"next\", "
                 "\"processed\"}"}},
    .run = run_tick,
};
