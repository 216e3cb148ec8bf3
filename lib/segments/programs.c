/* A short list under a mutex. */
#include "segments/programs.h"

#include "codec/register.h"

#define KEPT 64u /* that nobody uses, before they are dropped */

omni_status
omni__programs_init(omni__programs *programs, const omni__alloc *alloc,
                    omni__log *log)
{
    *programs = (omni__programs){.alloc = alloc, .log = log};
    programs->made = pthread_mutex_init(&programs->mutex, NULL) == 0;
    return programs->made ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

/* Drop what nobody uses; where all are in use, nothing. */
static void
drop_unused(omni__programs *programs)
{
    size_t left = 0;
    for (size_t i = 0; i < programs->count; ++i) {
        omni__program *program = programs->list[i];
        if (program->users != 0) {
            programs->list[left++] = program;
        } else {
            omni__segment_free(program->segment);
            omni__free(programs->alloc, program);
        }
    }
    programs->count = left;
}

void
omni__programs_free(omni__programs *programs)
{
    if (programs->made) {
        drop_unused(programs);
        omni__free(programs->alloc, programs->list);
        pthread_mutex_destroy(&programs->mutex);
        programs->made = false;
    }
}

static omni_status
compile(const omni__programs *programs, omni__program *program)
{
    omni__slice bytes;
    omni__register_body body;
    omni_status status =
        omni__log_body(programs->log, program->position, &bytes);
    if (status == OMNI_OK) {
        status = omni__register_body_decode(bytes, &body);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    status = omni__segment_compile(programs->alloc, body.value,
                                   &program->segment, &program->error);
    return status == OMNI_ERR_SYNTAX || status == OMNI_ERR_LIMIT ? OMNI_OK
                                                                 : status;
}

/* Add one, with the mutex. */
static omni_status
add(omni__programs *programs, uint64_t position, omni__program **out)
{
    if (programs->count >= KEPT) {
        drop_unused(programs);
    }
    void *list = programs->list;
    const bool room = omni__grow(programs->alloc, &list, &programs->capacity,
                                 programs->count, sizeof(programs->list[0]));
    programs->list = list;
    omni__program *program =
        room ? omni__calloc(programs->alloc, sizeof(*program)) : NULL;
    if (program == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    program->position = position;
    const omni_status status = compile(programs, program);
    if (status != OMNI_OK) {
        omni__free(programs->alloc, program);
        return status;
    }
    programs->list[programs->count++] = program;
    *out = program;
    return OMNI_OK;
}

omni_status
omni__programs_take(omni__programs *programs, uint64_t position,
                    const omni__program **out)
{
    omni__program *found = NULL;
    omni_status status = OMNI_OK;
    pthread_mutex_lock(&programs->mutex);
    for (size_t i = 0; i < programs->count && found == NULL; ++i) {
        if (programs->list[i]->position == position) {
            found = programs->list[i];
        }
    }
    if (found == NULL) {
        status = add(programs, position, &found);
    }
    if (status == OMNI_OK) {
        ++found->users;
        *out = found;
    }
    pthread_mutex_unlock(&programs->mutex);
    return status;
}

void
omni__programs_give(omni__programs *programs, const omni__program *program)
{
    if (program != NULL) {
        pthread_mutex_lock(&programs->mutex);
        --((omni__program *)program)->users;
        pthread_mutex_unlock(&programs->mutex);
    }
}
