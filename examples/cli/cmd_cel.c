/* The command `cel`: expressions in, values out, a line each. */
#include "cli.h"
#include "lines.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Answer each line of a block. */
static int
answer_lines(omni_cel *cel, omni_text block)
{
    while (block.size != 0 && !output_stopped()) {
        const char *end = memchr(block.bytes, '\n', block.size);
        const size_t size =
            end != NULL ? (size_t)(end - block.bytes) : block.size;
        omni_text answer;
        if (size != 0) {
            const omni_status status =
                omni_cel_eval_json(cel, block.bytes, size, &answer);
            if (status != OMNI_OK) {
                return fault_of("cel", status, NULL);
            }
            fwrite(answer.bytes, 1, answer.size, stdout);
            putchar('\n');
        }
        const size_t taken = size + (end != NULL ? 1 : 0);
        block.bytes += taken;
        block.size -= taken;
    }
    return DONE;
}

static int
run_cel(const call *call)
{
    (void)call;
    input input = {.fd = STDIN_FILENO, .stop = -1};
    lines in = {.input = &input};
    omni_error error = {0};
    omni_cel *cel = NULL;
    omni_text block;
    input_outcome outcome;
    const omni_status status = omni_cel_new(NULL, &cel, &error);
    int result = status == OMNI_OK ? DONE : fault_of("cel", status, &error);
    while (result == DONE && !output_stopped() &&
           (outcome = lines_next(&in, SIZE_MAX, &block)) != INPUT_END) {
        if (outcome == INPUT_READ) {
            result = answer_lines(cel, block);
        } else if (outcome == INPUT_FAILED) {
            result = fault("standard input: %s", input.why);
        }
        if (result == DONE && outcome == INPUT_PAUSE) {
            fflush(stdout);
        }
    }
    omni_cel_free(cel);
    lines_free(&in);
    input_free(&input);
    return result;
}

const command cel_command = {
    .name = "cel",
    .group = GROUP_OUTPUT,
    .operands = "",
    .summary = "Evaluate expressions of CEL",
    .help =
        "Reads lines {\"expr\", \"bindings\"} from standard input: the text of "
        "an expression of the Common Expression Language, and an object of "
        "variables with their values. Writes {\"value\": V} or {\"error\": "
        "TEXT} for each. Values are in the JSON form of cel.expr.Value: "
        "{\"int64Value\": \"1\"}, {\"stringValue\": \"a\"}, …",
    .examples = "echo '{\"expr\": \"1 + 2\"}' | omni cel\n",
    .run = run_cel,
};
