/* `segment count` and `segment members`. */
#include "segment_scan.h"

#include "interrupt.h"
#include "output.h"
#include "progress.h"

#include <inttypes.h>

static int
tell(void *user, uint64_t done, uint64_t total)
{
    progress_show(user, done, total, "");
    return interrupts_came();
}

void
segment_tell_errors(uint64_t errors)
{
    if (errors != 0) {
        remark("the condition has no value for %" PRIu64 " profiles; they are "
               "not members",
               errors);
    }
}

static void
print_counts(const call *call, const omni_scan_counts *counts)
{
    if (call_json(call)) {
        printf("{\"errors\":%" PRIu64 ",\"evaluated\":%" PRIu64
               ",\"members\":%" PRIu64 ",\"profiles\":%" PRIu64 "}\n",
               counts->errors, counts->evaluated, counts->members,
               counts->profiles);
        return;
    }
    printf("%" PRIu64 " of %" PRIu64 " profiles\n", counts->members,
           counts->profiles);
    segment_tell_errors(counts->errors);
}

int
segment_count(const view *view, const call *call, const omni_segment *segment,
              int64_t now_us)
{
    omni_scan_counts counts = {.size = sizeof(counts)};
    progress progress = progress_start("counting");
    interrupts_catch();
    const omni_status status = omni_segment_count(view->txn, segment, now_us,
                                                  tell, &progress, &counts);
    interrupts_restore();
    progress_end(&progress);
    if (status != OMNI_OK) {
        return fault_of("segment count", status, omni_txn_error(view->txn));
    }
    print_counts(call, &counts);
    return DONE;
}

int
segment_members(const view *view, const call *call, const omni_segment *segment,
                int64_t now_us)
{
    omni_scan *scan = NULL;
    omni_id id;
    omni_status status =
        omni_scan_open(view->txn, segment, now_us, NULL, &scan);
    while (status == OMNI_OK && !output_stopped() &&
           (status = omni_scan_next(scan, &id)) == OMNI_OK) {
        char text[OMNI_ID_TEXT_SIZE];
        omni_id_format(&id, text);
        if (call_json(call)) {
            printf("{\"profile\":\"%s\"}\n", text);
        } else {
            puts(text);
        }
    }
    omni_scan_close(scan);
    return status == OMNI_END || status == OMNI_OK
               ? DONE
               : fault_of("segment members", status, omni_txn_error(view->txn));
}
