/* The policy: shown, set from a document, or rehearsed. */
#include "cli.h"
#include "output.h"
#include "progress.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX (16u << 20)

/* What one call works with. */
typedef struct work {
    const call *call;
    progress progress;
    omni_store *store;
    char *document;
    size_t size;
    uint64_t printed;
} work;

static int
tell(void *user, uint64_t done, uint64_t total)
{
    work *w = user;
    progress_show(&w->progress, done, total, "");
    return output_stopped();
}

static int
read_document(work *w, const char *path)
{
    const bool standard = strcmp(path, "-") == 0;
    FILE *from = standard ? stdin : fopen(path, "rb");
    int result = DONE;
    if (from == NULL) {
        return fault("%s: %s", path, strerror(errno));
    }
    w->document = malloc(DOCUMENT_MAX);
    if (w->document == NULL) {
        result = fault("out of memory");
    } else {
        w->size = fread(w->document, 1, DOCUMENT_MAX, from);
        if (ferror(from) || w->size == DOCUMENT_MAX) {
            result = fault("%s: cannot be read, or is too large", path);
        }
    }
    if (!standard) {
        fclose(from);
    }
    return result;
}

/* ---- settings ---- */

static void
put_value(omni_text value)
{
    put_text(value.size != 0 ? value : text_of("(none)"));
}

static void
print_setting(const omni_policy_setting *setting)
{
    put_text(setting->name);
    put_gap(text_columns(setting->name), 24);
    put_value(setting->value);
    if (!setting->is_same) {
        put_style(STYLE_DIM);
        fputs("  default ", stdout);
        put_value(setting->other);
        put_style(STYLE_PLAIN);
    }
    putchar('\n');
}

static void
print_setting_json(const omni_policy_setting *setting)
{
    const omni_text null = text_of("null");
    const omni_text other = setting->other.size != 0 ? setting->other : null;
    const omni_text value = setting->value.size != 0 ? setting->value : null;
    printf("{\"default\":%.*s,\"is_default\":%s,\"name\":", (int)other.size,
           other.bytes, setting->is_same ? "true" : "false");
    put_json(setting->name);
    printf(",\"value\":%.*s}\n", (int)value.size, value.bytes);
}

static void
print_invalid(const omni_policy_invalid *invalid, bool json)
{
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    char time[INSTANT_TEXT];
    omni_fact_id_format(&invalid->fact, fact);
    *strrchr(fact, ':') = '\0'; /* the check */
    if (!json) {
        remark("what fact %s sets has no effect: %.*s", fact,
               (int)invalid->error.size, invalid->error.bytes);
        return;
    }
    fputs("{\"author\":", stdout);
    put_json(invalid->author);
    fputs(",\"error\":", stdout);
    put_json(invalid->error);
    printf(",\"fact\":\"%s\",\"name\":", fact);
    put_json(invalid->name);
    printf(",\"time\":\"%s\",\"value\":",
           instant_format(invalid->time_us, time).bytes);
    put_json(invalid->value);
    puts("}");
}

/* What was stated and has no effect. */
static int
show_invalid(const call *call, omni_txn *txn)
{
    const omni_policy_invalid *invalid;
    size_t count;
    const omni_status status = omni_policy_invalid_facts(txn, &invalid, &count);
    if (status != OMNI_OK) {
        return fault_of(call->operands[0], status, omni_txn_error(txn));
    }
    for (size_t i = 0; i < count && !output_stopped(); ++i) {
        print_invalid(&invalid[i], call_json(call));
    }
    return DONE;
}

static int
show(const call *call)
{
    view view;
    const omni_policy_setting *settings;
    size_t count;
    omni_text document;
    int result = view_open(call->operands[0], &view);
    if (result != DONE) {
        return result;
    }
    omni_status status = omni_policy_settings(view.txn, &settings, &count);
    if (status == OMNI_OK) {
        status = omni_policy_json(view.txn, &document);
    }
    if (status != OMNI_OK) {
        result = fault_of(call->operands[0], status, omni_txn_error(view.txn));
    } else if (call_flag(call, "document")) {
        printf("%.*s\n", (int)document.size, document.bytes);
    } else {
        for (size_t i = 0; i < count && !output_stopped(); ++i) {
            (call_json(call) ? print_setting_json
                             : print_setting)(&settings[i]);
        }
        result = show_invalid(call, view.txn);
    }
    return view_close(&view, result);
}

/* ---- changes ---- */

static void
print_change(void *user, const omni_policy_setting *setting)
{
    work *w = user;
    ++w->printed;
    if (call_json(w->call)) {
        return;
    }
    progress_end(&w->progress);
    put_text(setting->name);
    put_gap(text_columns(setting->name), 24);
    put_value(setting->other);
    fputs(" -> ", stdout);
    put_value(setting->value);
    putchar('\n');
}

static int
set(work *w, const omni_policy_options *options)
{
    omni_error error = {0};
    omni_policy_result result = {.size = sizeof(result)};
    const char *path = w->call->operands[1];
    w->progress = progress_start("policy");
    const omni_status status = omni_policy_set_json(
        w->store, w->document, w->size, options, &result, &error);
    progress_end(&w->progress);
    if (status < 0) {
        return output_stopped() ? FAULT : fault_of(path, status, &error);
    }
    char fact[OMNI_FACT_ID_TEXT_SIZE] = "";
    if (result.changed != 0) {
        omni_fact_id_format(&result.fact, fact);
        *strrchr(fact, ':') = '\0';
    }
    if (call_json(w->call)) {
        printf("{\"changed\":%" PRIu64 ",\"fact\":", result.changed);
        if (fact[0] != '\0') {
            put_json(text_of(fact));
        } else {
            fputs("null", stdout);
        }
        printf(",\"refolded\":%s}\n", result.refolded ? "true" : "false");
    } else if (result.changed == 0) {
        printf("nothing changed: all of that is in force already\n");
    }
    return DONE;
}

/* ---- a plan ---- */

static void
print_sample(const omni_policy_sample *sample)
{
    static const char *const words[] = {"joined", "split", "generic",
                                        "not generic"};
    printf("%-12s", words[sample->effect]);
    put_text(sample->a.ns);
    putchar(':');
    put_text(sample->a.value);
    if (sample->b.ns.size != 0) {
        fputs(" and ", stdout);
        put_text(sample->b.ns);
        putchar(':');
        put_text(sample->b.value);
    }
    fputs("\n            ", stdout);
    put_style(STYLE_DIM);
    put_text(sample->because);
    put_style(STYLE_PLAIN);
    putchar('\n');
}

static void
print_plan(const omni_policy_plan *plan)
{
    static const char *const titles[] = {"profiles now", "profiles then",
                                         "joined",       "split",
                                         "generic",      "not generic"};
    const uint64_t counts[] = {plan->profiles_before, plan->profiles_after,
                               plan->joined,          plan->split,
                               plan->generic,         plan->not_generic};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); ++i) {
        char text[COUNT_TEXT];
        const omni_text number = count_format(counts[i], text);
        printf("%-14s %10.*s\n", titles[i], (int)number.size, number.bytes);
    }
    if (plan->sample_count != 0) {
        putchar('\n');
    }
    for (size_t i = 0; i < plan->sample_count && !output_stopped(); ++i) {
        print_sample(&plan->samples[i]);
    }
}

static int
rehearse(work *w, const omni_policy_options *options)
{
    omni_error error = {0};
    omni_txn *txn = NULL;
    const omni_policy_plan *plan;
    omni_text json;
    int result = DONE;
    omni_status status = omni_txn_begin(w->store, &txn, &error);
    if (status != OMNI_OK) {
        return fault_of(w->call->operands[0], status, &error);
    }
    w->progress = progress_start("plan");
    status = omni_policy_rehearse(txn, w->document, w->size, options, &plan);
    progress_end(&w->progress);
    if (status == OMNI_OK && call_json(w->call)) {
        status = omni_policy_plan_json(txn, plan, &json);
    }
    if (status != OMNI_OK) {
        result = output_stopped() ? FAULT
                                  : fault_of(w->call->operands[1], status,
                                             omni_txn_error(txn));
    } else if (call_json(w->call)) {
        printf("%.*s\n", (int)json.size, json.bytes);
    } else {
        if (w->printed != 0) {
            putchar('\n');
        }
        print_plan(plan);
    }
    omni_txn_end(txn);
    return result;
}

static int
run_policy(const call *call)
{
    work w = {.call = call};
    uint64_t samples = 0;
    const bool plan = call_flag(call, "plan");
    int result = call_number(call, "samples", 1, 1000, &samples);
    if (result == DONE && call->operand_count < 2) {
        return plan ? wrong_usage("--plan needs the file of a policy")
                    : show(call);
    }
    if (result == DONE) {
        result = read_document(&w, call->operands[1]);
    }
    if (result == DONE) {
        result = store_open(call->operands[0], &w.store);
    }
    if (result == DONE) {
        const omni_policy_options options = {
            .size = sizeof(options),
            .reason = {.text = call_value(call, "reason"),
                       .author = call_value(call, "author")},
            .progress = tell,
            .changed = print_change,
            .user = &w,
            .samples = (uint32_t)samples};
        result = plan ? rehearse(&w, &options) : set(&w, &options);
        result = store_close(w.store, result);
    }
    free(w.document);
    return result;
}

const command policy_command = {
    .name = "policy",
    .group = GROUP_IDENTITY,
    .operands = "DB [FILE|-]",
    .summary = "Show, set or rehearse what identifiers mean",
    .help = "Without FILE the settings in force are listed, with the default "
            "of those that differ from it; recorded ones without effect are "
            "told on stderr. With FILE, a JSON document, what it "
            "says is set and the rest stays; null sets back to the default. "
            "Only what differs is recorded.\n\n"
            "Profiles are then as if the policy had always been in force. With "
            "--plan nothing is set: it tells what would be joined and split, "
            "with examples and their reasons.",
    .examples = "omni policy shop.omni\n"
                "omni policy shop.omni --document > policy.json\n"
                "omni policy shop.omni policy.json --plan\n"
                "omni policy shop.omni policy.json --reason \"shared cards\"\n",
    .options = {{"plan", NULL, "Rehearse it, and set nothing."},
                {"samples", "N",
                 "Examples of each effect in a plan; default 10."},
                {"document", NULL,
                 "Show the policy as a document that can be set."},
                {"reason", "TEXT", "Why it is set."},
                {"author", "NAME", "Who sets it."},
                {"json", NULL,
                 "One JSON object; of the settings in force one per line."},
                {NULL, NULL, NULL}},
    .run = run_policy,
};
