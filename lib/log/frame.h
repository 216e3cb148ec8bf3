/*
   Frames: how one group, or a control, lies in a segment. Layout:
   docs/file-format.md, "Frames".
*/
#ifndef OMNI__LOG_FRAME_H
#define OMNI__LOG_FRAME_H

#include "platform/buffer.h"
#include "platform/error.h"

#define OMNI__FRAME_HEADER 40u
#define OMNI__FRAME_ALIGN 8u

/* Flags of a frame: its payload is a control (codec/tick.h), not a group. */
#define OMNI__FRAME_CONTROL 2u

/* Where a frame stands; its checksum depends on all of it. */
typedef struct omni__frame_place {
    const uint8_t *deployment; /* 16 bytes */
    uint64_t segment;          /* base of its segment */
    uint64_t position;
} omni__frame_place;

typedef struct omni__frame {
    omni__slice payload;
    uint64_t size;   /* of all of it, header and padding too */
    uint64_t synced; /* how far the log was durable before it was written */
    uint8_t flags;   /* OMNI__FRAME_… */
} omni__frame;

/* Room for a header at the end of `out`; the payload is put after it. */
void
omni__frame_begin(omni__buffer *out, uint8_t flags);

/* Pad, and fill in the header that was begun at `start`. */
void
omni__frame_finish(omni__buffer *out, size_t start,
                   const omni__frame_place *place, uint64_t synced);

/* How many bytes a frame with this header says that it has; 0 if that is no
   header of a frame. Nothing is verified. */
uint64_t
omni__frame_claims(const uint8_t header[OMNI__FRAME_HEADER]);

/*
   Read the frame at the start of `bytes`, which reach to the end of what may
   belong to it. OMNI_ERR_CORRUPT if there is none; OMNI_ERR_VERSION if there
   is a sound one that this library does not understand.
*/
omni_status
omni__frame_open(omni__slice bytes, const omni__frame_place *place,
                 omni__frame *out);

/*
   Look at every aligned place of `bytes` for a sound frame that was written
   when the log was durable beyond `position`. `place` is that of bytes[0].
*/
bool
omni__frame_search(omni__slice bytes, const omni__frame_place *place,
                   uint64_t position, uint64_t *found);

#endif
