/* A few batches that go round between two threads. */
#include "queue.h"

#include <string.h>

omni_status
queue_open(queue *queue, omni_store *store, omni_error *error)
{
    *queue = (struct queue){0};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    for (size_t i = 0; i < QUEUE_BATCHES; ++i) {
        const omni_status status =
            omni_batch_new(store, NULL, &queue->all[i], error);
        if (status != OMNI_OK) {
            queue_close(queue);
            return status;
        }
        queue->empty[queue->empty_count++] = queue->all[i];
    }
    return OMNI_OK;
}

void
queue_close(queue *queue)
{
    for (size_t i = 0; i < QUEUE_BATCHES; ++i) {
        omni_batch_free(queue->all[i]);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

omni_batch *
queue_empty(queue *queue)
{
    omni_batch *batch = NULL;
    pthread_mutex_lock(&queue->lock);
    while (!queue->stopped && queue->empty_count == 0) {
        pthread_cond_wait(&queue->changed, &queue->lock);
    }
    if (!queue->stopped) {
        batch = queue->empty[--queue->empty_count];
    }
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

omni_batch *
queue_full(queue *queue)
{
    omni_batch *batch = NULL;
    pthread_mutex_lock(&queue->lock);
    while (!queue->ended && queue->full_count == 0) {
        pthread_cond_wait(&queue->changed, &queue->lock);
    }
    if (queue->full_count != 0) {
        batch = queue->full[0];
        --queue->full_count;
        memmove(queue->full, queue->full + 1,
                queue->full_count * sizeof(queue->full[0]));
    }
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

static void
put(queue *queue, omni_batch **batches, size_t *count, omni_batch *batch)
{
    pthread_mutex_lock(&queue->lock);
    batches[(*count)++] = batch;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void
queue_put_full(queue *queue, omni_batch *batch)
{
    put(queue, queue->full, &queue->full_count, batch);
}

void
queue_put_empty(queue *queue, omni_batch *batch)
{
    put(queue, queue->empty, &queue->empty_count, batch);
}

static void
raise_flag(queue *queue, bool *flag)
{
    pthread_mutex_lock(&queue->lock);
    *flag = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void
queue_end(queue *queue)
{
    raise_flag(queue, &queue->ended);
}

void
queue_stop(queue *queue)
{
    raise_flag(queue, &queue->stopped);
}
