/* The command `refused`: what was not taken, or taken with a remark, and what
   was taken back. */
#include "cli.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static int
refused_json(void *user, const omni_refused *refused)
{
    char time[INSTANT_TEXT];
    const omni_text record = {refused->record, refused->record_bytes};
    (void)user;
    fputs("{\"code\":", stdout);
    put_json(text_of(omni_refused_name((omni_refused_code)refused->code)));
    printf(",\"line\":%" PRIu64 ",\"reason\":", refused->line);
    put_json(text_of(refused->reason));
    fputs(",\"record\":", stdout);
    put_json(record);
    fputs(",\"source\":", stdout);
    put_json(text_of(refused->source));
    fputs(",\"time\":", stdout);
    put_json(instant_format(refused->time_us, time));
    puts("}");
    return output_stopped();
}

static int
refused_text(void *user, const omni_refused *refused)
{
    char time[INSTANT_TEXT];
    const size_t *columns = user;
    const omni_text record = {refused->record, refused->record_bytes};
    put_style(STYLE_DIM);
    put_text(instant_show(refused->time_us, time));
    put_style(STYLE_WARN);
    printf("  %s", omni_refused_name((omni_refused_code)refused->code));
    put_style(STYLE_PLAIN);
    if (refused->source[0] != '\0' || refused->line != 0) {
        fputs("  ", stdout);
        put_text(text_of(refused->source));
        printf(":%" PRIu64, refused->line);
    }
    fputs("  ", stdout);
    put_text(text_of(refused->reason));
    fputs("\n    ", stdout);
    put_cut(record, *columns > 8 ? *columns - 4 : 0);
    putchar('\n');
    return output_stopped();
}

/* REPLICA:SEQUENCE, or nothing. */
static void
format_fact(const omni_fact_id *fact, char text[OMNI_FACT_ID_TEXT_SIZE])
{
    omni_fact_id_format(fact, text);
    *strrchr(text, ':') = '\0';
}

static int
voided_json(void *user, const omni_voided *voided)
{
    char time[INSTANT_TEXT];
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    const bool named = voided->retract.sequence != 0;
    (void)user;
    fputs("{\"author\":", stdout);
    put_json(voided->author);
    format_fact(&voided->fact, fact);
    printf(",\"code\":\"retracted\",\"fact\":\"%s\",\"kind\":\"%s\","
           "\"reason\":",
           fact, omni_fact_kind_name((omni_fact_kind)voided->kind));
    put_json(voided->reason);
    format_fact(&voided->retract, fact);
    printf(named ? ",\"retract\":\"%s\",\"time\":"
                 : ",\"retract\":null,"
                   "\"time\":",
           fact);
    put_json(
        instant_format(named ? voided->retracted_us : voided->made_us, time));
    puts("}");
    return output_stopped();
}

static int
voided_text(void *user, const omni_voided *voided)
{
    char time[INSTANT_TEXT];
    char fact[OMNI_FACT_ID_TEXT_SIZE];
    const bool named = voided->retract.sequence != 0;
    (void)user;
    format_fact(&voided->fact, fact);
    put_style(STYLE_DIM);
    put_text(
        instant_show(named ? voided->retracted_us : voided->made_us, time));
    put_style(STYLE_WARN);
    fputs("  retracted", stdout);
    put_style(STYLE_PLAIN);
    printf("  %s %s\n    ", omni_fact_kind_name((omni_fact_kind)voided->kind),
           fact);
    if (named) {
        put_text(voided->reason);
    } else {
        fputs("a copy of an event that was retracted before it came", stdout);
    }
    putchar('\n');
    return output_stopped();
}

static int
run_refused(const call *call)
{
    omni_store *store = NULL;
    omni_error error = {0};
    size_t columns = terminal_columns();
    int result = store_open(call->operands[0], &store);
    if (result != DONE) {
        return result;
    }
    omni_status status = omni_store_refused(
        store, call_json(call) ? refused_json : refused_text, &columns, &error);
    if (status == OMNI_OK && !output_stopped()) {
        status = omni_store_voided(
            store, call_json(call) ? voided_json : voided_text, NULL, &error);
    }
    if (status < 0 && !output_stopped()) {
        result = fault_of(call->operands[0], status, &error);
    }
    return store_close(store, result);
}

const command refused_command = {
    .name = "refused",
    .group = GROUP_INTAKE,
    .operands = "DB",
    .summary = "List what was refused, flagged or retracted, and why",
    .help = "Records, oldest first: when it was read, the code, source and "
            "line of its input, the reason, and its first 512 bytes. Then the "
            "facts that were retracted.",
    .examples = "omni refused shop.omni\n"
                "omni refused shop.omni --json | jq -r .code | sort | uniq "
                "-c\n",
    .options = {{"json", NULL,
                 "A line each: {\"code\", \"line\", \"reason\", \"record\", "
                 "\"source\", \"time\"}, or {\"author\", \"code\": "
                 "\"retracted\", \"fact\", \"kind\", \"reason\", "
                 "\"retract\", \"time\"}"}},
    .pages = true,
    .run = run_refused,
};
