/**
   @file segment.h  Segments: who is in, until when, and why.

   A segment is defined by a condition in CEL, the Common Expression Language,
   over what is known of a profile: `profile`, `traits`, `events.…`, `now`.
   What expressions may say is told in docs/segment-language.md.
*/
#ifndef OMNI_SEGMENT_H
#define OMNI_SEGMENT_H

#include "omni/identifier.h"
#include "omni/txn.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A condition, compiled. Immutable: any thread may use it, many at once. */
typedef struct omni_segment omni_segment;

/** Whether a profile is in a segment. */
typedef enum omni_membership {
    OMNI_MEMBERSHIP_NOT_MEMBER = 0, /**< It is not. */
    OMNI_MEMBERSHIP_MEMBER = 1,     /**< It is. */
    OMNI_MEMBERSHIP_ERROR = 2       /**< The condition has no value for it: it
                                       is not in the segment. */
} omni_membership;

/** What came of an evaluation. */
typedef struct omni_answer {
    omni_membership membership; /**< In, or not, or an error. */
    int64_t valid_since_us;     /**< Everything that was read has been the same
                                   since then (INT64_MIN: ever), as the facts of
                                   today tell it; … */
    int64_t valid_until_us; /**< … and is, without a new fact, up to but not
                               including then (INT64_MAX: for ever). */
    const char *error;      /**< Why there is no value; NULL: there is. Borrowed
                               until the next call on the txn. */
    uint32_t error_begin;   /**< The part of the expression that the error is
                               about: its first byte, … */
    uint32_t error_end;     /**< … and the one behind its last. */
} omni_answer;

/**
   Compile a condition. Any thread.

   @param store      Its allocator is used.
   @param expression CEL, UTF-8, at most 64 KiB. Copied.
   @param size_bytes Bytes in `expression`.
   @param[out] out   Free with omni_segment_free(). Untouched on failure.
   @param[out] error What is wrong, with line, column and, in `offset`, the
                     byte; may be NULL.
   @return OMNI_OK; OMNI_ERR_SYNTAX for what is no condition in this language;
           OMNI_ERR_LIMIT for what is too long, too deep or could take too many
           steps, naming the part; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_segment_compile(omni_store *store, const char *expression,
                     size_t size_bytes, omni_segment **out, omni_error *error);

/**
   Free a compiled condition. No thread may be using it.

   @param segment NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_segment_free(omni_segment *segment);

/**
   Tell whether a profile is in a segment at an instant.

   Evaluates the condition on the profile as the snapshot knows it; nothing
   stored is relied on. Events later than the instant do not exist for it.

   @param txn      A txn, and the thread that uses it.
   @param segment  Compiled, by a store with the same allocator or any other.
   @param id       Id of the profile or of any of its identifiers.
   @param now_us   The instant, within the years 1 to 9999.
   @param[out] out The answer. Untouched unless OMNI_OK.
   @return OMNI_OK, also where the answer is an error of the evaluation;
           OMNI_NOT_FOUND if nobody has the id; OMNI_ERR_ARGUMENT for an
           instant out of range; OMNI_ERR_CORRUPT; OMNI_ERR_IO;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_segment_eval(omni_txn *txn, const omni_segment *segment, const omni_id *id,
                  int64_t now_us, omni_answer *out);

/**
   Tell why: the parts of the condition that decided, with the values read.

   Of an `&&` that is false those are its false operands, of one that is true
   all of them; of `||` the other way round; of `a ? b : c` the condition and
   what was chosen.

   @param txn       A txn, and the thread that uses it.
   @param segment   As for omni_segment_eval().
   @param id        Id of the profile or of any of its identifiers.
   @param now_us    The instant, within the years 1 to 9999.
   @param[out] json One JSON object; its members are told in
                    docs/segment-language.md. May be NULL. Borrowed until the
                    next call on the txn.
   @param[out] text The same for a person, as lines of text. May be NULL.
                    Borrowed until the next call on the txn.
   @return As omni_segment_eval().
   @since 0.1
*/
OMNI_API omni_status
omni_segment_explain(omni_txn *txn, const omni_segment *segment,
                     const omni_id *id, int64_t now_us, omni_text *json,
                     omni_text *text);

#ifdef __cplusplus
}
#endif

#endif
