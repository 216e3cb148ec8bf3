/* Commands that state who is one person and who is not, and that take back what
   was stated: merge, split, retract. */
#include "cli.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

typedef omni_status (*state_fn)(omni_store *store, omni_identifier a,
                                omni_identifier b, const omni_reason *reason,
                                omni_statement_result *result,
                                omni_error *error);

static bool
is_device(omni_text ns)
{
    const char *const devices[] = {"device_id", "anonymous_id"};
    for (size_t i = 0; i < 2; ++i) {
        if (ns.size == strlen(devices[i]) &&
            memcmp(ns.bytes, devices[i], ns.size) == 0) {
            return true;
        }
    }
    return false;
}

/* The identifier that speaks for a profile: the one seen first, of a person
   before that of a device. */
static int
speaker_of(const omni_profile *profile, name *out)
{
    size_t count = 0;
    const omni_profile_identifier *all =
        omni_profile_identifiers(profile, &count);
    const omni_profile_identifier *best = NULL;
    for (size_t i = 0; i < count; ++i) {
        if (best == NULL || is_device(all[i].ns) < is_device(best->ns) ||
            (is_device(all[i].ns) == is_device(best->ns) &&
             all[i].first_seen_us < best->first_seen_us)) {
            best = &all[i];
        }
    }
    return best != NULL ? name_make(best->ns, best->value, out)
                        : fault("the profile has no identifier");
}

/* WHO as an identifier, since that is what a statement names. */
static int
who_parse(const char *path, omni_store *store, const char *who, name *out)
{
    omni_id id;
    if (!is_profile_id(who, &id)) {
        return name_parse(who, out);
    }
    view view = {.path = path, .store = store};
    omni_error error = {0};
    const omni_profile *profile = NULL;
    omni_status status = omni_txn_begin(store, &view.txn, &error);
    if (status != OMNI_OK) {
        return fault_of(who, status, &error);
    }
    int result = view_need(&view, who, &id);
    if (result == DONE) {
        status = omni_profile_get(view.txn, &id, &profile);
        result = status == OMNI_OK
                     ? speaker_of(profile, out)
                     : fault_of(who, status, omni_txn_error(view.txn));
    }
    omni_txn_end(view.txn);
    return result;
}

/* REPLICA:SEQUENCE without the check. */
static void
format_fact(const omni_fact_id *fact, char text[OMNI_FACT_ID_TEXT_SIZE])
{
    omni_fact_id_format(fact, text);
    *strrchr(text, ':') = '\0';
}

static bool
is_known(const omni_id *profile)
{
    const omni_id nobody = {.bytes = {0}};
    return memcmp(profile, &nobody, sizeof(nobody)) != 0;
}

/* A member that is an id, or null where nobody is known. */
static void
put_profile(const char *name, const omni_id *profile)
{
    char text[OMNI_ID_TEXT_SIZE];
    omni_id_format(profile, text);
    printf(is_known(profile) ? ",\"%s\":\"%s\"" : ",\"%s\":null", name, text);
}

static void
print_json(const omni_statement_result *result)
{
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    format_fact(&result->fact, fact);
    printf("{\"changed\":%s,\"fact\":\"%s\",\"in_effect\":%s,\"joined\":[",
           result->changed ? "true" : "false", fact,
           result->in_effect ? "true" : "false");
    for (size_t i = 0; i < result->joined_count; ++i) {
        char text[OMNI_ID_TEXT_SIZE];
        omni_id_format(&result->joined[i], text);
        printf("%s\"%s\"", i == 0 ? "" : ",", text);
    }
    printf("]");
    put_profile("profile_a", &result->profile_a);
    put_profile("profile_b", &result->profile_b);
    printf("}\n");
}

/* What became of the profiles, beside the id on stdout. */
static void
remark_result(const call *call, const omni_statement_result *result)
{
    const omni_id *const now[2] = {&result->profile_a, &result->profile_b};
    for (size_t i = 0; i < 2; ++i) {
        if (!is_known(now[i])) {
            remark("no event names %s yet; the statement waits for one",
                   call->operands[1 + i]);
        }
    }
    if (!result->in_effect && is_known(now[0]) && is_known(now[1])) {
        remark("both stay apart: a split of others in their profiles, or the "
               "limit of identifiers, forbids to join them");
    }
    const bool together = memcmp(now[0], now[1], sizeof(*now[0])) == 0;
    char profile[OMNI_ID_TEXT_SIZE];
    char other[OMNI_ID_TEXT_SIZE];
    omni_id_format(now[0], profile);
    omni_id_format(now[1], other);
    for (size_t i = 0; i < result->joined_count; ++i) {
        char lost[OMNI_ID_TEXT_SIZE];
        omni_id_format(&result->joined[i], lost);
        remark("profile %s is part of %s now", lost,
               together ? profile : "another");
    }
    if (result->changed && !together) {
        remark("the profiles are %s and %s now", profile, other);
    }
}

static void
print_result(const call *call, const omni_statement_result *result)
{
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    if (call_json(call)) {
        print_json(result);
        return;
    }
    format_fact(&result->fact, fact);
    printf("%s\n", fact);
    remark_result(call, result);
}

static int
make_statement(const call *call, omni_store *store, state_fn state)
{
    name a = {0};
    name b = {0};
    omni_statement_result stated = {.size = sizeof(stated)};
    omni_error error = {0};
    const omni_reason reason = {
        .text = call_value(call, "reason"),
        .author = call_value(call, "author"),
    };
    const char *path = call->operands[0];
    int result = who_parse(path, store, call->operands[1], &a);
    if (result == DONE) {
        result = who_parse(path, store, call->operands[2], &b);
    }
    if (result == DONE) {
        const omni_status status =
            state(store, a.identifier, b.identifier, &reason, &stated, &error);
        if (status == OMNI_OK) {
            print_result(call, &stated);
        } else {
            result = fault_of(call->command->name, status, &error);
            result = status == OMNI_ERR_ARGUMENT ? WRONG_USAGE : result;
        }
    }
    name_free(&a);
    name_free(&b);
    return result;
}

static int
run_statement(const call *call, state_fn state)
{
    omni_store *store = NULL;
    const char *reason = call_value(call, "reason");
    if (reason[0] == '\0') {
        return wrong_usage("--reason is empty");
    }
    const int result = store_open(call->operands[0], &store);
    if (result != DONE) {
        return result;
    }
    return store_close(store, make_statement(call, store, state));
}

static int
run_merge(const call *call)
{
    return run_statement(call, omni_profile_merge);
}

static int
run_split(const call *call)
{
    return run_statement(call, omni_profile_split);
}

/* clang-format off */
#define STATEMENT_OPTIONS                                                      \
    {                                                                          \
        {"reason", "TEXT", "Why."},                                            \
        {"author", "NAME", "Who says so."},                                    \
        {"json", NULL, "One document with what became of the profiles."},      \
    }
/* clang-format on */

#define STATEMENT_HELP                                                         \
    "\n\nPrints the id of the fact, REPLICA:SEQUENCE, and says on stderr "     \
    "what "                                                                    \
    "became of the profiles: which one is part of another now, or that the "   \
    "statement waits for an event that names an identifier. With --json: "     \
    "{\"changed\", \"fact\", \"in_effect\", \"joined\": [ID], \"profile_a\", " \
    "\"profile_b\"}. A profile id stands for the identifier of that profile "  \
    "that was seen first."

const command merge_command = {
    .name = "merge",
    .group = GROUP_IDENTITY,
    .operands = "DB WHO WHO",
    .summary = "State that two identifiers are the same person",
    .help = "Joins the profiles of both for as long as no later split of the "
            "same two overrules it. No event is rewritten." STATEMENT_HELP,
    .examples = "omni merge shop.omni email:anna@example.ch "
                "email:anna@work.example \\\n"
                "    --reason \"said so at the till\" --author till-3\n",
    .needed = "reason",
    .options = STATEMENT_OPTIONS,
    .run = run_merge,
};

const command split_command = {
    .name = "split",
    .group = GROUP_IDENTITY,
    .operands = "DB WHO WHO",
    .summary = "State that two identifiers are not the same person",
    .help = "The profile that both are in falls apart as if it had never been "
            "one, with every event and figure on its side." STATEMENT_HELP,
    .examples = "omni split shop.omni loyalty_id:7001 loyalty_id:7002 \\\n"
                "    --reason \"father and son\" --author service\n",
    .needed = "reason",
    .options = STATEMENT_OPTIONS,
    .run = run_split,
};

static void
print_retract(const call *call, const omni_retract_result *result)
{
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    const bool made = result->count != 0;
    format_fact(&result->fact, fact);
    if (call_json(call)) {
        printf(made ? "{\"count\":%" PRIu64 ",\"fact\":\"%s\"}\n"
                    : "{\"count\":%" PRIu64 ",\"fact\":null}\n",
               result->count, fact);
        return;
    }
    if (!made) {
        remark("%s is void already", call->operands[1]);
        return;
    }
    printf("%s\n", fact);
    if (result->count > 1) {
        remark("the event has %" PRIu64 " copies; all of them are void now",
               result->count);
    }
}

static int
run_retract(const call *call)
{
    omni_fact_id fact;
    omni_store *store = NULL;
    omni_error error = {0};
    omni_retract_result made = {.size = sizeof(made)};
    const omni_reason reason = {
        .text = call_value(call, "reason"),
        .author = call_value(call, "author"),
    };
    if (reason.text[0] == '\0') {
        return wrong_usage("--reason is empty");
    }
    if (omni_fact_id_parse(call->operands[1], &fact) != OMNI_OK) {
        return wrong_usage("%s is no fact: REPLICA:SEQUENCE",
                           call->operands[1]);
    }
    int result = store_open(call->operands[0], &store);
    if (result != DONE) {
        return result;
    }
    const omni_status status =
        omni_fact_retract(store, &fact, &reason, &made, &error);
    if (status == OMNI_OK || status == OMNI_UNCHANGED) {
        print_retract(call, &made);
    } else {
        result = fault_of(call->command->name, status, &error);
        result = status == OMNI_NOT_FOUND ? NO : result;
        result = status == OMNI_ERR_ARGUMENT ? WRONG_USAGE : result;
    }
    return store_close(store, result);
}

const command retract_command = {
    .name = "retract",
    .group = GROUP_IDENTITY,
    .operands = "DB FACT",
    .summary = "Take back a fact: an event, a merge, a split, a setting",
    .help = "All is as if the fact had never been stated: profiles, figures, "
            "traits. Of an event every copy goes, and copies that come later "
            "are void too; import counts them apart. A merge, a split, a "
            "setting of the policy or the definition of a segment gives way "
            "to the one before it. A retract is a fact itself, and can be "
            "retracted.\n\n"
            "FACT is REPLICA:SEQUENCE, as merge, split, segment set and "
            "delete, and policy print it, and timeline --json, explain --facts "
            "and watch --json show it. Prints the id of the retract.",
    .examples = "omni timeline shop.omni email:anna@example.ch --json | jq -r "
                ".fact\n"
                "omni retract shop.omni FACT --reason \"rung up twice\"\n",
    .exits = "1 if the store holds no such fact.",
    .needed = "reason",
    .options = {{"reason", "TEXT", "Why."},
                {"author", "NAME", "Who says so."},
                {"json", NULL,
                 "{\"count\", \"fact\"}: how many facts it names, and its id; "
                 "null if all of them are void already."}},
    .run = run_retract,
};
