/*
   The fact log: append-only segment files, the only thing that must survive.

   A frame holds one group (codec/group.h) or a control, which is of this log
   alone. Positions are logical byte offsets
   that run on over segments. Any number of processes and threads append under
   a ticket lock in a shared header file; nobody reads past the published end.
   Layout: docs/file-format.md, "Segments".
*/
#ifndef OMNI__LOG_LOG_H
#define OMNI__LOG_LOG_H

#include "codec/group.h"
#include "omni/store.h"
#include "platform/hooks.h"

typedef struct omni__log omni__log;

typedef struct omni__log_options {
    const omni__hooks *hooks;
    uint8_t deployment[16]; /* every segment names it; another is an error */
    uint8_t replica[OMNI__REPLICA_SIZE]; /* whose groups commit() makes */
    bool read_only;
    uint64_t segment_bytes;  /* 0: 64 MiB */
    uint64_t allocate_bytes; /* preallocation step; 0: 1 MiB */
} omni__log_options;

/* What the shared header publishes. */
typedef struct omni__log_state {
    uint64_t end;    /* readers may read up to here */
    uint64_t synced; /* and this much survives a power cut; <= end */
    uint64_t next_sequence;
    uint64_t hlc;                       /* last one given out */
    uint8_t last_hash[OMNI__HASH_SIZE]; /* of the replica's last group */
} omni__log_state;

/*
   Make an empty log in an existing directory, durably (files and directory
   synced).
*/
omni_status
omni__log_create(const char *directory, const omni__log_options *options,
                 omni_error *error);

/*
   Open, map, and where this is the only process: recover (cut a torn tail,
   report corruption). OMNI_ERR_CORRUPT, _VERSION, _IO, _BUSY, _NOT_STORE.
*/
omni_status
omni__log_open(const char *directory, const omni__log_options *options,
               omni__log **out, omni_error *error);

/* Syncs what is not yet, trims preallocated space if alone. NULL is allowed. */
omni_status
omni__log_close(omni__log *log);

/* The published state; consistent even while another process commits. */
omni__log_state
omni__log_state_now(const omni__log *log);

/* Its `end` alone: a few atomic loads. */
uint64_t
omni__log_end(const omni__log *log);

/* Position of the first frame. */
uint64_t
omni__log_start(const omni__log *log);

/* True if no other process has the log open. */
bool
omni__log_alone(omni__log *log);

/* Where a commit went. */
typedef struct omni__log_commit_result {
    uint64_t position; /* of its frame */
    uint64_t end;      /* published end after it */
    uint64_t first_sequence;
    uint64_t hlc; /* of its first fact */
} omni__log_commit_result;

/*
   Append the facts as one group of this replica; acknowledged as `durability`
   says (FULL: one sync of its own; GROUP: concurrent callers share one; OFF:
   none). Called from any thread. After a failed sync the log refuses every
   further write of every process until all have closed it.
*/
omni_status
omni__log_commit(omni__log *log, const omni__fact_draft *facts, size_t count,
                 omni_durability durability, int64_t now_us,
                 omni__log_commit_result *out, omni_error *error);

/*
   Append a control (codec/tick.h), which has at least a byte, without a sync:
   a crash may lose it. Otherwise as omni__log_commit().
*/
omni_status
omni__log_control(omni__log *log, omni__slice control,
                  omni__log_commit_result *out, omni_error *error);

/* Make everything published durable. */
omni_status
omni__log_sync(omni__log *log, omni_error *error);

/* A frame read by position. */
typedef struct omni__log_frame {
    omni__slice group; /* bytes for omni__group_open(), or a control; borrowed
                          until close */
    bool control;      /* it is a control */
    uint64_t position; /* of the frame */
    uint64_t group_position; /* of group.data[0]: a body's position is this
                                plus its omni__fact.body_offset */
    uint64_t next;           /* position of the next frame, or the end */
} omni__log_frame;

/*
   Read the frame at `position` (or, where a segment ends there, the first of
   the next), checking its checksum. OMNI_END at or past the published end;
   OMNI_ERR_CORRUPT; OMNI_ERR_IO.
*/
omni_status
omni__log_read(omni__log *log, uint64_t position, omni__log_frame *out,
               omni_error *error);

/*
   Borrow the bytes from `position` to the end of what is readable in its
   segment (for omni__body_open()). No checksum is looked at. Lock-free.
   OMNI_ERR_CORRUPT if no segment holds the position.
*/
omni_status
omni__log_bytes(omni__log *log, uint64_t position, omni__slice *out);

/*
   Borrow the body whose record stands at `position`, as derived tables refer
   to it. OMNI_NOT_FOUND if it was dropped.
*/
omni_status
omni__log_body(omni__log *log, uint64_t position, omni__slice *out);

/* Bytes of all segment files on disk. */
uint64_t
omni__log_file_bytes(omni__log *log);

#endif
