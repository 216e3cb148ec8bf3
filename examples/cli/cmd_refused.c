/* The command `refused`: what was not taken, or taken with a remark. */
#include "cli.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>

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
    const omni_status status = omni_store_refused(
        store, call_json(call) ? refused_json : refused_text, &columns, &error);
    if (status < 0 && !output_stopped()) {
        result = fault_of(call->operands[0], status, &error);
    }
    return store_close(store, result);
}

const command refused_command = {
    .name = "refused",
    .group = GROUP_INTAKE,
    .operands = "DB",
    .summary = "List the records that were refused or flagged, and why",
    .help = "Oldest first. Of each record: when it was read, the code, source "
            "and line of its input, the reason, and its first 512 bytes.",
    .examples = "omni refused shop.omni\n"
                "omni refused shop.omni --json | jq -r .code | sort | uniq "
                "-c\n",
    .options = {{"json", NULL,
                 "A line each: {\"code\", \"line\", \"reason\", \"record\", "
                 "\"source\", \"time\"}"}},
    .pages = true,
    .run = run_refused,
};
