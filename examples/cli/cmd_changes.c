/* The command `changes`: what became of profiles, in the order it came out. */
#include "cli.h"
#include "feed.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCH_DIGITS = 16 };

int
feed_from(const call *call, omni_feed_position *out)
{
    const char *epoch = call_value(call, "epoch");
    *out = (omni_feed_position){.epoch = 0};
    if (epoch != NULL) {
        out->epoch = strtoull(epoch, NULL, 16);
        if (strlen(epoch) != EPOCH_DIGITS ||
            strspn(epoch, "0123456789abcdefABCDEF") != EPOCH_DIGITS ||
            out->epoch == 0) {
            return wrong_usage("--epoch needs the %d digits that came with a "
                               "change, not \"%s\"",
                               EPOCH_DIGITS, epoch);
        }
    }
    return call_number(call, "after", 0, UINT64_MAX, &out->sequence);
}

int
feed_done(const call *call, const view *view, omni_feed feed,
          omni_status status, const omni_feed_position *position)
{
    const char *name = call->command->name;
    omni_feed_position at = *position;
    const bool stale = status == OMNI_ERR_CONFLICT;
    if (status == OMNI_OK) {
        return DONE; /* nobody reads on */
    }
    if (stale) {
        remark("%s", omni_txn_error(view->txn)->message);
    } else if (status < 0) {
        return fault_of(name, status, omni_txn_error(view->txn));
    }
    /* Who did not say which epoch is told it all the same. */
    if (stale || at.epoch == 0) {
        status = omni_feed_end(view->txn, feed, &at);
        if (status != OMNI_OK) {
            return fault_of(name, status, omni_txn_error(view->txn));
        }
    }
    remark("%s--after %" PRIu64 " --epoch %016" PRIx64 " goes on here",
           stale ? "look up what you keep once more; then " : "", at.sequence,
           at.epoch);
    return stale ? NO : DONE;
}

static void
print_change(const call *call, const omni_profile_change *change)
{
    char made[INSTANT_TEXT];
    char profile[OMNI_ID_TEXT_SIZE];
    char other[OMNI_ID_TEXT_SIZE];
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    const bool ended = change->kind == OMNI_PROFILE_ENDED;
    const char *what = omni_profile_change_name(change->kind);
    omni_id_format(&change->profile, profile);
    omni_id_format(&change->other, other);
    omni_fact_id_format(&change->fact, fact);
    if (call_json(call)) {
        printf("{\"change\":\"%s\",\"epoch\":\"%016" PRIx64
               "\",\"fact\":\"%s\",\"made\":\"%s\",\"other\":%s%s%s,"
               "\"profile\":\"%s\",\"sequence\":%" PRIu64 "}\n",
               what, change->position.epoch, fact,
               instant_format(change->made_us, made).bytes, ended ? "" : "\"",
               ended ? "null" : other, ended ? "" : "\"", profile,
               change->position.sequence);
        return;
    }
    static const char *const joints[] = {"", " into ", " to ", " off ", ""};
    printf("%" PRIu64 "  %s  %s %s%s%s", change->position.sequence,
           instant_show(change->made_us, made).bytes, profile, what,
           joints[change->kind], ended ? "" : other);
    put_style(STYLE_DIM);
    printf("  by %s", fact);
    put_style(STYLE_PLAIN);
    putchar('\n');
}

static int
run_changes(const call *call)
{
    view view;
    omni_profile_change change;
    omni_feed_position at;
    omni_status status;
    int result = feed_from(call, &at);
    if (result == DONE) {
        result = view_open(call->operands[0], &view);
    }
    if (result != DONE) {
        return result;
    }
    while ((status = omni_profile_change_next(view.txn, &at, &change)) ==
               OMNI_OK &&
           !output_stopped()) {
        print_change(call, &change);
        at = change.position;
    }
    result = feed_done(call, &view, OMNI_FEED_PROFILES, status, &at);
    return view_close(&view, result);
}

const command changes_command = {
    .name = "changes",
    .group = GROUP_PEOPLE,
    .operands = "DB",
    .summary = "Say what became of profiles, for who has stored their ids",
    .help =
        "A line for each profile that joined another one, was renamed, lost "
        "members to another one (split), or ended as all that named it was "
        "retracted; in the order in which it came about, and with the fact "
        "that did it. New profiles, and identifiers that come to one, are no "
        "changes.\n\n"
        "An application that keeps ids reads from where it stood: what it has "
        "under an id that joined or was renamed belongs to the other one from "
        "there on; of one that was split it looks up once more what it "
        "keeps.\n\n"
        "Another policy has all of it written anew, which the epoch tells: "
        "where --epoch is not that of the feed any more, nothing is printed "
        "but where to go on once what is kept has been looked up.",
    .examples = "omni changes shop.omni\n"
                "omni changes shop.omni --after 120 --epoch 8f14e45fceea167a "
                "--json\n",
    .exits = "1 if the feed was written anew since --epoch",
    .options = {{"after", "N", "Those behind this sequence."},
                {"epoch", "TEXT",
                 "What came with that sequence: 16 digits. Not checked if not "
                 "given."},
                {"json", NULL,
                 "A line of JSON for each: {\"change\", \"epoch\", \"fact\", "
                 "\"made\", \"other\", \"profile\", \"sequence\"}."}},
    .run = run_changes,
};
