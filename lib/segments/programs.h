/*
   Compiled definitions of a store, kept by the log position of their bodies
   and shared by all who evaluate: the fold, and readers of any thread.
*/
#ifndef OMNI__SEGMENTS_PROGRAMS_H
#define OMNI__SEGMENTS_PROGRAMS_H

#include "log/log.h"
#include "segments/program.h"

#include <pthread.h>

typedef struct omni__program {
    uint64_t position;
    uint32_t users;
    omni__segment *segment; /* NULL: it does not compile */
    omni_error error;       /* why */
} omni__program;

typedef struct omni__programs {
    const omni__alloc *alloc;
    omni__log *log;
    pthread_mutex_t mutex;
    bool made; /* the mutex is there */
    omni__program **list;
    size_t count;
    size_t capacity;
} omni__programs;

/* Borrows both. OMNI_ERR_NO_MEMORY. */
omni_status
omni__programs_init(omni__programs *programs, const omni__alloc *alloc,
                    omni__log *log);

void
omni__programs_free(omni__programs *programs);

/*
   The definition whose body stands at `position`, compiled; to be given back.
   That it does not compile is no fault.
*/
omni_status
omni__programs_take(omni__programs *programs, uint64_t position,
                    const omni__program **out);

/* NULL is allowed. */
void
omni__programs_give(omni__programs *programs, const omni__program *program);

#endif
