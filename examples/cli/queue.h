/* Batches between the thread that fills them and the one that commits. */
#ifndef OMNI_CLI_QUEUE_H
#define OMNI_CLI_QUEUE_H

#include "omni/omni.h"

#include <pthread.h>
#include <stdbool.h>

#define QUEUE_BATCHES 3

typedef struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    omni_batch *all[QUEUE_BATCHES];
    omni_batch *empty[QUEUE_BATCHES];
    size_t empty_count;
    omni_batch *full[QUEUE_BATCHES]; /* oldest first */
    size_t full_count;
    bool ended;   /* no more will be filled */
    bool stopped; /* no more will be committed */
} queue;

omni_status
queue_open(queue *queue, omni_store *store, omni_error *error);

void
queue_close(queue *queue);

/* For the filling thread: an empty batch, or NULL once it should stop. */
omni_batch *
queue_empty(queue *queue);

void
queue_put_full(queue *queue, omni_batch *batch);

void
queue_end(queue *queue);

/* For the committing thread: the next full batch, or NULL after the last. */
omni_batch *
queue_full(queue *queue);

void
queue_put_empty(queue *queue, omni_batch *batch);

void
queue_stop(queue *queue);

#endif
