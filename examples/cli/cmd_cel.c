/* The command `cel`: expressions in, values out, a line each. */
#include "cli.h"
#include "lines.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A request with one member more, in front. */
static char *
with_check(const char *line, size_t *size)
{
    static const char member[] = "{\"check\":true,";
    size_t from = 0;
    while (from < *size && (line[from] == ' ' || line[from] == '\t')) {
        ++from;
    }
    char *out = malloc(*size + sizeof(member));
    if (out != NULL && from < *size && line[from] == '{') {
        ++from;
        memcpy(out, member, sizeof(member) - 1);
        memcpy(out + sizeof(member) - 1, line + from, *size - from);
        *size += sizeof(member) - 1 - from;
    } else if (out != NULL) {
        memcpy(out, line, *size);
    }
    return out;
}

static int
answer_line(omni_cel *cel, const char *line, size_t size, bool check)
{
    omni_text answer;
    char *changed = check ? with_check(line, &size) : NULL;
    const omni_status status =
        check && changed == NULL
            ? OMNI_ERR_NO_MEMORY
            : omni_cel_eval_json(cel, check ? changed : line, size, &answer);
    if (status == OMNI_OK) {
        fwrite(answer.bytes, 1, answer.size, stdout);
        putchar('\n');
    }
    free(changed);
    return status == OMNI_OK ? DONE : fault_of("cel", status, NULL);
}

/* Answer each line of a block. */
static int
answer_lines(omni_cel *cel, omni_text block, bool check)
{
    int result = DONE;
    while (result == DONE && block.size != 0 && !output_stopped()) {
        const char *end = memchr(block.bytes, '\n', block.size);
        const size_t size =
            end != NULL ? (size_t)(end - block.bytes) : block.size;
        if (size != 0) {
            result = answer_line(cel, block.bytes, size, check);
        }
        const size_t taken = size + (end != NULL ? 1 : 0);
        block.bytes += taken;
        block.size -= taken;
    }
    return result;
}

static int
run_cel(const call *call)
{
    const bool check = call_flag(call, "check");
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
            result = answer_lines(cel, block, check);
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
    .examples = "echo '{\"expr\": \"1 + 2\"}' | omni cel\n"
                "echo '{\"expr\": \"1 + 2\"}' | omni cel --check\n",
    .options = {{"check", NULL,
                 "Write {\"type\": TEXT, \"cost\": N} without evaluating: "
                 "the type, \"dyn\" if it depends, and the most steps that "
                 "an evaluation takes."}},
    .run = run_cel,
};
