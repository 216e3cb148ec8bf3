/* The command `segment` and its actions: who is in a segment, and why. */
#include "cli.h"
#include "segment_scan.h"
#include "segment_stored.h"
#include "text.h"

#include <string.h>

/* What can be done with segments: the first operand. */
typedef struct action {
    const char *name;
    size_t least; /* operands, itself and the store among them */
    size_t most;
    const char *wants;   /* what comes behind the store */
    const char *options; /* of its own, besides --json */
    int (*run)(const call *call);
} action;

static void
print_lines(omni_text text)
{
    while (text.size != 0) {
        const char *end = memchr(text.bytes, '\n', text.size);
        const size_t size =
            end != NULL ? (size_t)(end - text.bytes) : text.size;
        put_text((omni_text){.bytes = text.bytes, .size = size});
        putchar('\n');
        text.bytes += size + (end != NULL);
        text.size -= size + (end != NULL);
    }
}

/* The condition that was typed. */
static int
compile(const view *view, const call *call, omni_segment **out)
{
    omni_error error = {0};
    const char *text = call_value(call, "expr");
    if (text == NULL) {
        const omni_status loaded =
            omni_segment_load(view->txn, call->operands[2], out);
        if (loaded == OMNI_NOT_FOUND) {
            remark("%s", omni_txn_error(view->txn)->message);
            return NO;
        }
        return loaded == OMNI_OK
                   ? DONE
                   : fault_of("segment", loaded, omni_txn_error(view->txn));
    }
    const omni_status status =
        omni_segment_compile(view->store, text, strlen(text), out, &error);
    if (status == OMNI_ERR_SYNTAX || status == OMNI_ERR_LIMIT) {
        return wrong_usage("--expr: %s", error.message);
    }
    return status == OMNI_OK ? DONE : fault_of("segment", status, &error);
}

static int
print_answer(const view *view, const call *call, const omni_segment *segment,
             const omni_id *id, int64_t now_us)
{
    omni_answer answer;
    omni_text json;
    omni_text text;
    omni_status status =
        omni_segment_eval(view->txn, segment, id, now_us, &answer);
    const char *expression = call_value(call, "expr");
    if (status == OMNI_OK && answer.error != NULL && expression == NULL) {
        remark("%s", answer.error);
    } else if (status == OMNI_OK && answer.error != NULL) {
        remark("%.*s: %s", (int)(answer.error_end - answer.error_begin),
               expression + answer.error_begin, answer.error);
    }
    if (status == OMNI_OK) {
        status =
            omni_segment_explain(view->txn, segment, id, now_us, &json, &text);
    }
    if (status != OMNI_OK) {
        return fault_of("segment", status, omni_txn_error(view->txn));
    }
    if (call_json(call)) {
        fwrite(json.bytes, 1, json.size, stdout);
        putchar('\n');
    } else {
        print_lines(text);
    }
    return answer.membership == OMNI_MEMBERSHIP_MEMBER ? DONE : NO;
}

/* Whether the segment is one of the store's; WRONG_USAGE where it cannot be
   told which one is meant. `names` operands come with --expr. */
static int
find_named(const call *call, size_t names, bool *named)
{
    *named = call_value(call, "expr") == NULL;
    return call->operand_count == names + (*named ? 1u : 0u)
               ? DONE
               : wrong_usage("segment %s needs %s", call->operands[0],
                             *named ? "the NAME of a segment, or --expr EXPR"
                                    : "no NAME besides --expr");
}

static int
run_eval(const call *call)
{
    bool named;
    const int usable = find_named(call, 3, &named);
    if (usable != DONE) {
        return usable;
    }
    view view;
    omni_id id;
    omni_segment *segment = NULL;
    int64_t now_us;
    int result = segment_open(call, &view, &now_us);
    if (result != DONE) {
        return result;
    }
    result = compile(&view, call, &segment);
    if (result == DONE) {
        result = view_need(&view, call->operands[call->operand_count - 1], &id);
    }
    if (result == DONE) {
        result = print_answer(&view, call, segment, &id, now_us);
    }
    omni_segment_free(segment);
    return view_close(&view, result);
}

typedef int (*scan_fn)(const view *view, const call *call,
                       const omni_segment *segment, int64_t now_us);

/* What goes over all profiles: by the condition that was typed. */
static int
run_scan(const call *call, scan_fn scan)
{
    bool named;
    const int usable = find_named(call, 2, &named);
    if (usable != DONE) {
        return usable;
    }
    view view;
    omni_segment *segment = NULL;
    int64_t now_us;
    int result = segment_open(call, &view, &now_us);
    if (result != DONE) {
        return result;
    }
    if (named) {
        result = segment_stored(&view, call, now_us, scan == segment_members);
        return view_close(&view, result);
    }
    result = compile(&view, call, &segment);
    if (result == DONE) {
        result = scan(&view, call, segment, now_us);
    }
    result = view_close(&view, result);
    omni_segment_free(segment);
    return result;
}

static int
run_count(const call *call)
{
    return run_scan(call, segment_count);
}

static int
run_members(const call *call)
{
    return run_scan(call, segment_members);
}

static const action actions[] = {
    {"changes", 2, 2, "nothing", "after epoch", segment_changes},
    {"count", 2, 3, "NAME", "at expr", run_count},
    {"delete", 3, 3, "NAME", "author force reason", segment_delete},
    {"eval", 3, 4, "WHO, and a NAME or --expr EXPR", "at expr", run_eval},
    {"list", 2, 2, "nothing", "", segment_list},
    {"members", 2, 3, "NAME", "at expr", run_members},
    {"overlap", 4, 2 + OVERLAP_MOST, "two NAMEs or more", "at",
     segment_overlap},
    {"set", 4, 4, "NAME EXPR", "author reason", segment_set},
    {"show", 3, 3, "NAME", "", segment_show},
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

/* Whether it can be done with what was given; else WRONG_USAGE. */
static int
check_call(const call *call, const action *action)
{
    static const char *const options[] = {"after", "at",    "author", "epoch",
                                          "expr",  "force", "reason"};
    if (call->operand_count < action->least) {
        return wrong_usage("segment %s needs %s", action->name, action->wants);
    }
    if (call->operand_count > action->most) {
        return wrong_usage("segment %s does not take \"%s\"", action->name,
                           call->operands[action->most]);
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); ++i) {
        if (call_value(call, options[i]) != NULL &&
            strstr(action->options, options[i]) == NULL) {
            return wrong_usage("segment %s does not take --%s", action->name,
                               options[i]);
        }
    }
    return DONE;
}

static int
run_segment(const call *call)
{
    const char *names[ACTION_COUNT];
    for (size_t i = 0; i < ACTION_COUNT; ++i) {
        const action *action = &actions[i];
        names[i] = action->name;
        if (strcmp(call->operands[0], action->name) != 0) {
            continue;
        }
        const int usable = check_call(call, action);
        return usable == DONE ? action->run(call) : usable;
    }
    const char *meant = nearest_word(call->operands[0], names, ACTION_COUNT);
    return wrong_usage("segment does not know \"%s\"%s%s%s", call->operands[0],
                       meant != NULL ? "; did you mean \"" : "",
                       meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

const command segment_command = {
    .name = "segment",
    .group = GROUP_PEOPLE,
    .operands = "ACTION DB [NAME...] [WHO]",
    .summary = "Say who is in a segment, until when, and why",
    .help = "set, show, list, delete: segments that the store keeps by name. "
            "changes: who entered and left them, in the order in which it was "
            "noticed; another policy has all of it written anew, which the "
            "epoch tells. overlap: how many are in two of them at once.\n\n"
            "eval: whether WHO is in the segment that a condition defines: "
            "member, not member, or error, until when that holds if nothing "
            "new is told, and which parts of the condition decided, with the "
            "values they read.\n\n"
            "count: how many of all profiles are in it. members: their ids, "
            "in order. What is compared with figures of events, instants and "
            "traits is answered for many profiles at once, by columns that "
            "the first scan makes.\n\n"
            "Conditions are in CEL, over profile, traits, "
            "events and now; see docs/segment-language.md.",
    .examples = "omni segment set shop.omni regulars \\\n"
                "    'events.count(\"Order Completed\", days(90)) >= 3'\n"
                "omni segment members shop.omni regulars\n"
                "omni segment changes shop.omni --after 120 --json\n"
                "omni segment eval shop.omni regulars user_id:anna\n"
                "omni segment eval shop.omni email:anna@example.ch \\\n"
                "    --expr 'events.count(\"Order Completed\", days(30)) >= "
                "3'\n"
                "omni segment eval shop.omni email:anna@example.ch --at "
                "2026-01-31 \\\n"
                "    --expr 'has(traits.tier) && traits.tier == \"gold\"'\n"
                "omni segment count shop.omni --expr 'events.did(\"Order "
                "Completed\", days(30))'\n"
                "omni segment members shop.omni --json \\\n"
                "    --expr 'traits.tier == \"gold\"'\n",
    .exits = "1 also if WHO is not in the segment, or the changes were "
             "written anew since --epoch; why the condition has no "
             "value is then told on stderr",
    .options =
        {
            {"expr", "EXPR", "The condition, instead of a NAME."},
            {"after", "N", "Of changes: those behind this sequence."},
            {"epoch", "TEXT",
             "Of changes: what came with that sequence, 16 digits; not checked "
             "if not given."},
            {"author", "TEXT", "Of set and delete: who says so."},
            {"reason", "TEXT", "Of set and delete: why."},
            {"force", NULL, "Of delete: also where other segments ask for it."},
            {"at", "TIME", "As of this time; now is the default."},
            {"json", NULL, "Print JSON objects, one a line."},
        },
    .run = run_segment,
};
