/* The parts of an open log, for the files of this room. */
#ifndef OMNI__LOG_INTERNAL_H
#define OMNI__LOG_INTERNAL_H

#include "log/frame.h"
#include "log/log.h"
#include "log/segment.h"
#include "log/shared.h"

#include <pthread.h>

typedef struct omni__log_request omni__log_request;

/* The last segment's file, as who has the turn writes it. */
typedef struct omni__log_tail {
    int fd;
    uint64_t base;
    uint64_t capacity;
    uint64_t size; /* of the file: what has room on the medium */
} omni__log_tail;

struct omni__log {
    omni__hooks hooks;
    uint8_t deployment[16];
    uint8_t replica[OMNI__REPLICA_SIZE];
    bool read_only;
    uint64_t segment_bytes;
    uint64_t allocate_bytes;
    uint32_t generation; /* omni__process_generation() of the opener */
    int directory;
    int shared_fd;        /* -1 where there is no shared header to be had */
    omni__shared *shared; /* its mapping; NULL likewise */
    uint32_t opened_turn; /* of the header when it was opened */

    /* A reader who found nobody writing keeps what it scanned until the
       header's epoch says that somebody came. */
    bool scanned;
    uint32_t scanned_epoch;
    omni__log_record scan;

    /* Segments; the mutex is for growing the table. */
    pthread_mutex_t table_mutex;
    _Atomic(omni__segment_table *) table;

    /* Threads that wait to commit, first come first. The first one works for
       itself and maybe for those behind it, without the mutex. */
    pthread_mutex_t queue_mutex;
    omni__log_request *queue_head;
    omni__log_request *queue_tail;
    bool queue_busy;

    /* Of the thread that is at work. */
    omni__log_tail tail;
    omni__buffer buffer;
};

/* read.c */

/* The readable end, and the base of the segment that holds it. */
void
omni__log_view(const omni__log *log, uint64_t *end, uint64_t *segment);

/* recover.c */

/*
   Follow the frames from record->end (whose state is known) as far as they
   are sound, and move record->end and ->segment there. OMNI_ERR_CORRUPT if
   something is bad before what is known to have been durable.
*/
omni_status
omni__log_scan(omni__log *log, omni__log_record *record, omni_error *error);

/*
   The very last file, of this base, has a damaged header. If a frame was ever
   written to it, the header had been durable: OMNI_ERR_CORRUPT. If none, the
   file was just being made.
*/
omni_status
omni__log_check_torn(const omni__log *log, uint64_t base, omni_error *error);

/* Who is alone: find the end, cut what is torn behind it, begin an epoch. */
omni_status
omni__log_recover(omni__log *log, omni_error *error);

/* Read-only without a writer: find the end in memory. */
omni_status
omni__log_recover_reading(omni__log *log, omni_error *error);

/* Who has the turn and finds the writing mark: finish or undo what its dead
   predecessor began. */
omni_status
omni__log_repair(omni__log *log, omni_error *error);

/* tail.c: who has the turn, or is alone. */

/* Have the file of the record's last segment open and its size known. */
omni_status
omni__tail_open(omni__log *log, const omni__log_record *record,
                omni_error *error);

void
omni__tail_close(omni__log *log);

/* Cut the file to where the log ends. */
omni_status
omni__tail_cut(omni__log *log, uint64_t end, omni_error *error);

/* Sync it. If that fails, nobody writes any more. */
omni_status
omni__tail_sync(omni__log *log, omni_error *error);

/* Write at a position, making room first. On failure the file is as before,
   or nobody writes any more. */
omni_status
omni__tail_write(omni__log *log, uint64_t position, omni__slice bytes,
                 omni_error *error);

/* End the last segment at record->end and begin one with room for a frame of
   `size` bytes; published with the record. */
omni_status
omni__tail_roll(omni__log *log, omni__log_record *record, uint64_t size,
                omni_error *error);

/* Make the file of a segment, durably but for its name. */
omni_status
omni__tail_make(omni__log *log, const omni__segment_header *header, int *out,
                omni_error *error);

#endif
