/*
   Programs that bytes choose, evaluated by the library and by a naive walk
   over the parser's tree, which must agree.
*/
#include "platform/hooks.h"
#include "support/cel_program.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cel_program p;
    static omni__hooks hooks;
    omni__arena arena;
    if (omni__hooks_init(&hooks, NULL) != OMNI_OK) {
        abort();
    }
    omni__arena_init(&arena, &hooks.alloc);
    p = (cel_program){.arena = &arena};
    p.text.choices = data;
    p.text.choice_count = size;
    cel_program_write(&p);
    const cel_program_result r = cel_program_compare(&p);
    const bool typed = r.type != '\0' && r.type != '*' && r.parsed &&
                       r.kind != OMNI__CEL_ERROR;
    if ((r.parsed && !r.same) ||
        (typed && r.type != omni__cel_letter(r.kind))) {
        fprintf(stderr, "%s\n", p.text.text);
        abort();
    }
    omni__arena_free(&arena);
    return 0;
}
