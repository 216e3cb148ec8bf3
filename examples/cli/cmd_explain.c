/* The command `explain`: why two identifiers are one profile, or why not. */
#include "cli.h"
#include "explain_dot.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a question about ids came back with. */
static int
answered(const view *view, omni_status status)
{
    if (status == OMNI_NOT_FOUND) {
        fprintf(stderr, "omni: explain: no identifier has this id\n");
        return NO;
    }
    return status == OMNI_OK
               ? DONE
               : fault_of("explain", status, omni_txn_error(view->txn));
}

static void
print_json(omni_text json)
{
    fwrite(json.bytes, 1, json.size, stdout);
    putchar('\n');
}

static void
put_name(omni_identifier_text name)
{
    put_text(name.ns);
    putchar(':');
    put_text(name.value);
}

/* An identifier as one JSON text: its namespace has nothing to escape. */
static void
put_json_name(omni_identifier_text name)
{
    char *text = NULL;
    if (asprintf(&text, "%.*s:%.*s", (int)name.ns.size, name.ns.bytes,
                 (int)name.value.size, name.value.bytes) > 0) {
        put_json(text_of(text));
        free(text);
    }
}

/* The fact that a link rests on: of a statement, or of an event. */
static const char *
fact_of(const omni_link *link, char text[OMNI_FACT_ID_TEXT_SIZE])
{
    const bool stated = link->fact.sequence != 0;
    omni_fact_id_format(stated ? &link->fact : &link->event_fact, text);
    *strrchr(text, ':') = '\0'; /* the check */
    return text;
}

static void
put_instant(int64_t time_us)
{
    char text[INSTANT_TEXT];
    put_text(instant_show(time_us, text));
}

/* "2026-03-01T09:31:00Z web, identify 'm-12'" */
static void
put_origin(const omni_link *link)
{
    put_instant(link->time_us);
    if (link->kind == OMNI_LINK_STATED || link->kind == OMNI_LINK_PART) {
        fputs(link->kind == OMNI_LINK_PART ? " stated apart"
                                           : " stated to be one person",
              stdout);
        fputs(link->author.size != 0 ? " by " : "", stdout);
        put_text(link->author);
        fputs(": ", stdout);
        put_text(link->reason);
        return;
    }
    putchar(' ');
    put_text(link->channel);
    fputs(link->channel.size != 0 ? ", " : "", stdout);
    put_text(link->event_name);
    fputs(" '", stdout);
    put_text(link->event_id);
    putchar('\'');
}

/* "email:a@x.org ── 2026-03-01T09:31:00Z web, identify 'm-12' ── …", and
   below it why the link does not join; with --facts, the fact. */
static void
print_link(const call *call, const omni_link *link)
{
    fputs("  ", stdout);
    put_name(link->a);
    put_style(STYLE_DIM);
    fputs(" ── ", stdout);
    put_origin(link);
    fputs(" ── ", stdout);
    put_style(STYLE_PLAIN);
    put_name(link->b);
    putchar('\n');
    if (link->because.size != 0 && link->state != OMNI_LINK_PARTED) {
        fputs("    ", stdout);
        put_style(STYLE_WARN);
        put_text(link->rule);
        put_style(STYLE_PLAIN);
        fputs(link->rule.size != 0 ? ": " : "", stdout);
        put_text(link->because);
        putchar('\n');
    }
    if (call_flag(call, "facts")) {
        char fact[OMNI_FACT_ID_TEXT_SIZE];
        printf("    %s\n", fact_of(link, fact));
    }
}

/* Of each link what it rests on, as objects, one a line. */
static void
list_facts(const omni_link *links, size_t count)
{
    for (size_t i = 0; i < count && !output_stopped(); ++i) {
        char fact[OMNI_FACT_ID_TEXT_SIZE];
        char time[INSTANT_TEXT];
        fputs("{\"a\":", stdout);
        put_json_name(links[i].a);
        fputs(",\"b\":", stdout);
        put_json_name(links[i].b);
        printf(",\"fact\":\"%s\",\"time\":\"%s\"}\n", fact_of(&links[i], fact),
               instant_format(links[i].time_us, time).bytes);
    }
}

static void
print_heading(const char *heading)
{
    put_style(STYLE_HEADING);
    puts(heading);
    put_style(STYLE_PLAIN);
}

static void
print_links(const call *call, const char *heading, const omni_link *links,
            size_t count)
{
    if (count != 0) {
        putchar('\n');
        print_heading(heading);
    }
    for (size_t i = 0; i < count; ++i) {
        print_link(call, &links[i]);
    }
}

static void
print_pair(const call *call, const omni_explanation *e)
{
    put_style(STYLE_HEADING);
    put_text(e->summary);
    put_style(STYLE_PLAIN);
    putchar('\n');
    print_links(call, "Chain", e->chain, e->chain_count);
    print_links(call, "Held apart", e->held, e->held_count);
    print_links(call, "Stated apart", e->parts, e->part_count);
    print_links(call, "Waiting", e->waiting, e->waiting_count);
}

static int
explain_pair(const view *view, const call *call, const omni_id *a,
             const omni_id *b)
{
    const omni_explanation *e = NULL;
    omni_text json;
    int result = answered(view, omni_explain(view->txn, a, b, &e));
    if (result != DONE) {
        return result;
    }
    if (call_flag(call, "dot")) {
        const omni_id ids[2] = {e->a_profile, e->b_profile};
        const omni_identifier_text names[2] = {e->a, e->b};
        result = dot_print(view, ids, e->same ? 1 : 2, names, 2);
    } else if (call_json(call) && call_flag(call, "facts")) {
        list_facts(e->chain, e->chain_count);
        list_facts(e->held, e->held_count);
        list_facts(e->parts, e->part_count);
        list_facts(e->waiting, e->waiting_count);
    } else if (call_json(call)) {
        result = answered(view, omni_explanation_json(view->txn, e, &json));
        if (result == DONE) {
            print_json(json);
        }
    } else {
        print_pair(call, e);
    }
    return result == DONE && !e->same ? NO : result;
}

/* A row of the table: what it is, and a sentence. */
static void
row(table *table, const char *what, omni_text text)
{
    table_row(table);
    table_cell(table, 0, "%s", what);
    table_text(table, 1, text);
}

static void
row_instant(table *table, const char *what, int64_t time_us)
{
    char text[INSTANT_TEXT];
    row(table, what, instant_show(time_us, text));
}

static bool
print_facts(const omni_identifier_explanation *e)
{
    char id[OMNI_ID_TEXT_SIZE];
    table table = {0};
    table_row(&table);
    table_cell(&table, 0, "Class");
    table_cell(&table, 1, "%.*s, rank %" PRIu32, (int)e->class_name.size,
               e->class_name.bytes, e->rank);
    row_instant(&table, "First seen", e->first_seen_us);
    row_instant(&table, "Last seen", e->last_seen_us);
    omni_id_format(&e->profile, id);
    table_row(&table);
    table_cell(&table, 0, "Profile");
    table_cell(&table, 1, "%s, of %" PRIu64 " identifier%s", id,
               e->profile_size, e->profile_size == 1 ? "" : "s");
    row(&table, "Its id", e->named_because);
    table_row(&table);
    table_cell(&table, 0, "First event");
    table_cell(&table, 1, "%.*s%s%.*s '%.*s'", (int)e->named_channel.size,
               e->named_channel.bytes, e->named_channel.size != 0 ? ", " : "",
               (int)e->named_event_name.size, e->named_event_name.bytes,
               (int)e->named_event_id.size, e->named_event_id.bytes);
    if (e->generic) {
        row(&table, "Generic", e->generic_because);
    }
    if (e->contested) {
        row(&table, "Contested",
            text_of("several people use it: logins tell whose its "
                    "unnamed events are"));
    }
    return table_print(&table, "");
}

static int
print_one(const call *call, const omni_identifier_explanation *e)
{
    put_style(STYLE_HEADING);
    put_name(e->identifier);
    put_style(STYLE_PLAIN);
    putchar('\n');
    if (!print_facts(e)) {
        return fault("out of memory");
    }
    static const char *const headings[] = {
        "Links that join", "Links held apart", "Links passed over",
        "Stated apart", "Waiting"};
    for (int state = OMNI_LINK_ACCEPTED; state <= OMNI_LINK_WAITING; ++state) {
        bool begun = false;
        for (size_t i = 0; i < e->neighbour_count; ++i) {
            if ((int)e->neighbours[i].state != state) {
                continue;
            }
            if (!begun) {
                putchar('\n');
                print_heading(headings[state]);
                begun = true;
            }
            print_link(call, &e->neighbours[i]);
        }
    }
    if (e->neighbour_total > e->neighbour_count) {
        printf("\nand %" PRIu64 " more\n",
               e->neighbour_total - e->neighbour_count);
    }
    return DONE;
}

static int
explain_one(const view *view, const call *call, const omni_id *id)
{
    const omni_identifier_explanation *e = NULL;
    omni_text json;
    int result = answered(view, omni_explain_identifier(view->txn, id, &e));
    if (result != DONE) {
        return result;
    }
    if (call_flag(call, "dot")) {
        return dot_print(view, &e->profile, 1, &e->identifier, 1);
    }
    if (!call_json(call)) {
        return print_one(call, e);
    }
    if (call_flag(call, "facts")) {
        list_facts(e->neighbours, e->neighbour_count);
        return DONE;
    }
    result =
        answered(view, omni_identifier_explanation_json(view->txn, e, &json));
    if (result == DONE) {
        print_json(json);
    }
    return result;
}

static int
run_explain(const call *call)
{
    view view;
    omni_id ids[2];
    const bool pair = call->operand_count == 3;
    if (call_json(call) && call_flag(call, "dot")) {
        return wrong_usage("--json and --dot do not go together");
    }
    int result = view_open(call->operands[0], &view);
    if (result != DONE) {
        return result;
    }
    result = view_as_of(&view, call, &call->operands[1], pair ? 2 : 1);
    if (result == DONE) {
        result = view_identifier(&view, call->operands[1], &ids[0]);
    }
    if (result == DONE && pair) {
        result = view_identifier(&view, call->operands[2], &ids[1]);
    }
    if (result == DONE) {
        result = pair ? explain_pair(&view, call, &ids[0], &ids[1])
                      : explain_one(&view, call, &ids[0]);
    }
    return view_close(&view, result);
}

const command explain_command = {
    .name = "explain",
    .group = GROUP_IDENTITY,
    .operands = "DB WHO [WHO]",
    .summary = "Say why two identifiers are one profile, or why not",
    .help = "Of two identifiers: the shortest chain of links that joins them, "
            "each with the event or statement it rests on; or every link "
            "between the two profiles that is held apart, and the rule that "
            "holds it.\n\n"
            "Of one: what it is linked with, whether it is too common to link "
            "anybody, and what its profile is named after. A profile id "
            "stands for the identifier that gave it.",
    .examples = "omni explain shop.omni email:anna@example.ch "
                "anonymous_id:c-77\n"
                "omni explain shop.omni email:info@example.ch\n"
                "omni explain shop.omni user_id:u1 user_id:u2 --dot | "
                "dot -Tsvg > why.svg\n",
    .exits = "1 if the two are not one profile, or no event names WHO.",
    .options =
        {{"json", NULL, "One object of canonical JSON."},
         {"facts", NULL,
          "With the facts that links rest on, as retract takes them; they are "
          "of this store alone. With --json nothing else: {\"a\", \"b\", "
          "\"fact\", \"time\"} a line."},
         {"at", "TIME",
          "As of this time: what was known of them then, by the times of "
          "events and statements."},
         {"dot", NULL,
          "A drawing of the profiles for Graphviz: identifiers by "
          "class, links that join solid, those held apart dashed in "
          "red with their rule."}},
    .pages = true,
    .run = run_explain,
};
