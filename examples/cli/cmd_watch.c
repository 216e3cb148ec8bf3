/*
   The command `watch`: the feed of facts as it comes, a line each. It asks
   again and again, which costs next to nothing, at most a tenth of a second
   apart, and ends when it is told to or when nobody reads on.
*/
#include "cli.h"
#include "interrupt.h"
#include "json_scan.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_LEAST_MS 10
#define PAUSE_MOST_MS 100

typedef struct watch {
    omni_store *store;
    omni_facts *facts;
    view view; /* of the fact that is shown */
    const char *name;
    const char *who;
    bool json;
    bool unread; /* nobody reads on */
} watch;

/* Wait, but not for longer than somebody reads on. */
static void
wait_ms(watch *watch, int pause)
{
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = 0};
    if (poll(&reader, 1, pause) > 0 && (reader.revents & POLLERR) != 0) {
        watch->unread = true;
    }
}

static bool
has_stopped(const watch *watch)
{
    return watch->unread || interrupts_came() || output_stopped();
}

/* The first number among the properties that P2's default names, with the
   currency; false if there is none. */
static bool
find_amount(omni_text object, omni_text *amount, omni_text *currency)
{
    static const char *const names[] = {"value", "total", "revenue"};
    omni_text key;
    omni_text value;
    size_t best = 0;
    *currency = (omni_text){.bytes = NULL};
    while (object.size != 0 && json_member(&object, &key, &value)) {
        for (size_t i = 0; i < 3; ++i) {
            if (i + 1 > best && key.size == strlen(names[i]) &&
                memcmp(key.bytes, names[i], key.size) == 0 && value.size != 0 &&
                strchr("-0123456789", value.bytes[0])) {
                best = i + 1;
                *amount = value;
            }
        }
        if (key.size == 8 && memcmp(key.bytes, "currency", 8) == 0 &&
            value.size > 2 && value.bytes[0] == '"') {
            *currency =
                (omni_text){.bytes = value.bytes + 1, .size = value.size - 2};
        }
    }
    return best != 0;
}

static void
put_names(const omni_fact *fact, const char *between)
{
    for (size_t i = 0; i < fact->identifier_count; ++i) {
        fputs(i != 0 ? between : "", stdout);
        put_text(fact->identifiers[i].ns);
        putchar(':');
        put_text(fact->identifiers[i].value);
    }
}

static void
print_event(const omni_fact *fact)
{
    omni_text amount;
    omni_text currency;
    size_t at = 29 + put_cut(fact->event.channel, 14);
    put_gap(at, 45);
    put_style(STYLE_HEADING);
    at = 45 + put_cut(fact->event.name, 28);
    put_style(STYLE_PLAIN);
    put_gap(at, 67);
    put_names(fact, " ");
    if (find_amount(fact->event.properties_json, &amount, &currency)) {
        fputs("  ", stdout);
        put_text(amount);
        fputs(currency.size != 0 ? " " : "", stdout);
        put_text(currency);
    }
}

static void
print_statement(const omni_fact *fact)
{
    const bool link = fact->kind == OMNI_FACT_LINK;
    put_style(STYLE_HEADING);
    put_gap(29 + put_cut(text_of(link ? "merge" : "split"), 14), 45);
    put_style(STYLE_PLAIN);
    put_names(fact, link ? " = " : " / ");
    fputs("  ", stdout);
    put_text(fact->reason);
    if (fact->author.size != 0) {
        fputs(" (", stdout);
        put_text(fact->author);
        putchar(')');
    }
}

/* A line for people. */
static void
print_fact(const omni_fact *fact, const omni_id *profile)
{
    char text[INSTANT_TEXT];
    const bool timed = fact->time_us != 0;
    const omni_text when =
        instant_show(timed ? fact->time_us : fact->made_us, text);
    put_style(STYLE_DIM);
    put_text(when);
    put_style(STYLE_PLAIN);
    put_gap(when.size, 29);
    if (fact->has_body && fact->kind == OMNI_FACT_EVENT) {
        print_event(fact);
    } else if (fact->identifier_count == 2) {
        print_statement(fact);
    } else {
        printf("%s %d, %zu bytes", omni_fact_kind_name(fact->kind),
               (int)fact->kind, fact->body_bytes);
    }
    if (profile != NULL) {
        char id[OMNI_ID_TEXT_SIZE];
        omni_id_format(profile, id);
        put_style(STYLE_DIM);
        printf("  -> %s", id);
        put_style(STYLE_PLAIN);
    }
    putchar('\n');
}

/* The library's object with two members more, which sort last. */
static omni_status
print_json(const watch *watch, const omni_id *profile)
{
    omni_text json;
    char id[OMNI_ID_TEXT_SIZE];
    const omni_status status = omni_facts_json(watch->facts, &json);
    if (status != OMNI_OK) {
        return status;
    }
    fwrite(json.bytes, 1, json.size - 1, stdout);
    printf(",\"position\":%" PRIu64 ",\"profile\":",
           omni_facts_position(watch->facts));
    if (profile != NULL) {
        omni_id_format(profile, id);
        printf("\"%s\"}\n", id);
    } else {
        puts("null}");
    }
    return OMNI_OK;
}

/* The profile that a fact speaks of, as the view has it now. */
static bool
find_profile(const watch *watch, const omni_fact *fact, omni_id *out)
{
    omni_txn *txn = watch->view.txn;
    if (!fact->has_body) {
        return false;
    }
    if (fact->kind == OMNI_FACT_EVENT) {
        return omni_profile_resolve(txn, &fact->event.anchor, out) == OMNI_OK;
    }
    for (size_t i = 0; i < fact->identifier_count; ++i) {
        name name = {0};
        if (name_make(fact->identifiers[i].ns, fact->identifiers[i].value,
                      &name) != DONE) {
            return false;
        }
        const omni_status status = omni_profile_find(txn, name.identifier, out);
        name_free(&name);
        if (status == OMNI_OK) {
            return true;
        }
    }
    return false;
}

/* Whether a fact is about WHO: their profile, or an identifier of theirs. */
static int
is_about(const watch *watch, const omni_fact *fact, const omni_id *profile,
         bool *out)
{
    omni_id wanted;
    const int found = view_find(&watch->view, watch->who, &wanted);
    *out = found == DONE && profile != NULL &&
           memcmp(wanted.bytes, profile->bytes, sizeof(wanted.bytes)) == 0;
    if (found == DONE && !*out && fact->kind != OMNI_FACT_EVENT) {
        for (size_t i = 0; i < fact->identifier_count && !*out; ++i) {
            name name = {0};
            omni_id other;
            if (name_make(fact->identifiers[i].ns, fact->identifiers[i].value,
                          &name) != DONE) {
                return FAULT;
            }
            *out = omni_profile_find(watch->view.txn, name.identifier,
                                     &other) == OMNI_OK &&
                   memcmp(other.bytes, wanted.bytes, sizeof(other.bytes)) == 0;
            name_free(&name);
        }
    }
    return found == NO ? DONE : found;
}

/* Show a fact, if it is one of those wanted. */
static int
show_fact(watch *watch, const omni_fact *fact)
{
    omni_error error = {0};
    omni_id id;
    bool wanted = true;
    if (watch->name != NULL && (fact->event.name.size != strlen(watch->name) ||
                                memcmp(fact->event.name.bytes, watch->name,
                                       fact->event.name.size) != 0)) {
        return DONE;
    }
    omni_status status = omni_txn_begin(watch->store, &watch->view.txn, &error);
    if (status != OMNI_OK) {
        return fault_of("watch", status, &error);
    }
    const omni_id *profile = find_profile(watch, fact, &id) ? &id : NULL;
    int result =
        watch->who != NULL ? is_about(watch, fact, profile, &wanted) : DONE;
    if (result == DONE && wanted && watch->json) {
        status = print_json(watch, profile);
        result = status == OMNI_OK ? DONE
                                   : fault_of("watch", status,
                                              omni_facts_error(watch->facts));
    } else if (result == DONE && wanted) {
        print_fact(fact, profile);
    }
    omni_txn_end(watch->view.txn);
    fflush(stdout);
    return result;
}

/* Show all facts that are there now; `*any` tells whether there were some. */
static int
show_facts(watch *watch, bool *any)
{
    omni_fact fact;
    int result = DONE;
    *any = false;
    while (result == DONE && !has_stopped(watch)) {
        const omni_status status = omni_facts_next(watch->facts, &fact);
        if (status == OMNI_END) {
            break;
        }
        *any = true;
        result = status == OMNI_OK ? show_fact(watch, &fact)
                                   : fault_of("watch", status,
                                              omni_facts_error(watch->facts));
    }
    return result;
}

static int
follow(watch *watch, bool once)
{
    int pause = PAUSE_LEAST_MS;
    int result = DONE;
    while (result == DONE && !has_stopped(watch)) {
        bool any = false;
        result = show_facts(watch, &any);
        if (once) {
            break;
        }
        if (any) {
            pause = PAUSE_LEAST_MS;
        } else {
            wait_ms(watch, pause);
            pause = 2 * pause < PAUSE_MOST_MS ? 2 * pause : PAUSE_MOST_MS;
        }
    }
    return result;
}

static int
read_from(const call *call, omni_facts_options *out)
{
    const char *from = call_value(call, "from");
    *out = (omni_facts_options){.size = sizeof(*out)};
    if (from == NULL || strcmp(from, "now") == 0) {
        out->from_end = true;
    } else if (strcmp(from, "start") != 0) {
        char *end = NULL;
        out->position = strtoull(from, &end, 10);
        if (from[0] < '0' || from[0] > '9' || *end != '\0' ||
            out->position == 0) {
            return wrong_usage("--from needs start, now, or a position that a "
                               "watch ended with, not \"%s\"",
                               from);
        }
    }
    return DONE;
}

/* WHO has to be one, known or not. */
static int
check_who(const char *who)
{
    omni_id id;
    name name = {0};
    if (who == NULL || is_profile_id(who, &id)) {
        return DONE;
    }
    const int result = name_parse(who, &name);
    name_free(&name);
    return result;
}

static int
run_watch(const call *call)
{
    omni_facts_options options;
    omni_error error = {0};
    watch watch = {.name = call_value(call, "name"),
                   .who = call_value(call, "profile"),
                   .json = call_json(call)};
    int result = read_from(call, &options);
    if (result == DONE) {
        result = check_who(watch.who);
    }
    if (result == DONE) {
        result = store_open(call->operands[0], &watch.store);
    }
    if (result != DONE) {
        return result;
    }
    watch.view.store = watch.store;
    interrupts_catch();
    const omni_status status =
        omni_facts_open(watch.store, &options, &watch.facts, &error);
    if (status == OMNI_OK) {
        result = follow(&watch, call_flag(call, "once"));
        remark("position %" PRIu64 "; --from %" PRIu64 " goes on here",
               omni_facts_position(watch.facts),
               omni_facts_position(watch.facts));
    } else {
        result = fault_of("watch", status, &error);
        result = status == OMNI_ERR_ARGUMENT ? WRONG_USAGE : result;
    }
    interrupts_restore();
    omni_facts_close(watch.facts);
    return store_close(watch.store, result);
}

const command watch_command = {
    .name = "watch",
    .group = GROUP_OUTPUT,
    .operands = "DB",
    .summary = "Show what comes into a store, as it comes",
    .help =
        "A line for each fact that any process commits: time, channel, event, "
        "whom it names, the amount, and the profile that they are in now; and "
        "for each merge and split. A retry that says nothing new is no fact; "
        "one that knows more is. It goes on until it is interrupted or nobody "
        "reads its output, and then prints, on standard error, the position "
        "at which another watch of this store can go on.",
    .examples = "omni watch shop.omni\n"
                "omni watch shop.omni --name \"Order Completed\" --json\n"
                "omni watch shop.omni --profile email:anna@example.ch\n"
                "omni watch shop.omni --from start --once\n",
    .options = {{"from", "WHERE",
                 "start, now, or the position that a watch ended with; now "
                 "if not given."},
                {"name", "EVENT", "Only events of this name."},
                {"profile", "WHO",
                 "Only what is about this person, who need not be known yet."},
                {"once", NULL, "End where there is nothing more now."},
                {"json", NULL,
                 "A line of JSON for each: {\"event\"|\"link\"|\"part\", "
                 "\"fact\", \"kind\", \"made\", \"position\", \"profile\"}."}},
    .run = run_watch,
};
