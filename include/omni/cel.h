/**
   @file cel.h  The Common Expression Language, on its own.

   Segments are defined in CEL; this evaluates any expression of it over values
   that are given with it, without a store. What the language has is told in
   docs/segment-language.md.
*/
#ifndef OMNI_CEL_H
#define OMNI_CEL_H

#include "omni/identifier.h"
#include "omni/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An evaluator with the memory of its last answer. One thread at a time. */
typedef struct omni_cel omni_cel;

/**
   Make an evaluator. Any thread.

   @param hooks      Its allocator is used, nothing else; NULL for the
                     library's own. Copied.
   @param[out] out   Free with omni_cel_free(). Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT for hooks of a wrong size;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_cel_new(const omni_hooks *hooks, omni_cel **out, omni_error *error);

/**
   Free an evaluator and its last answer. The thread that uses it.

   @param cel NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_cel_free(omni_cel *cel);

/**
   Evaluate one expression.

   Values are in the protobuf JSON form of `cel.expr.Value`:
   `{"int64Value":"1"}`, `{"listValue":{"values":[…]}}` and so on, and
   `{"decimalValue":"59.9"}`, which is ours, of exact decimals. Work and memory
   are bounded: an expression over the bound is an error like any other.

   @param cel        An evaluator; one thread at a time.
   @param request    A JSON object: `expr`, text of the expression; `bindings`,
                     an object of variables and their values, may be missing;
                     `container`, the name that names are looked up in first,
                     may be missing; `check`, true where type and cost are
                     asked for instead of the value, of variables of the
                     bindings' types.
   @param size_bytes Bytes in `request`.
   @param[out] out   `{"value":…}`; where `check` is true
                     `{"type":"int","cost":3}`, the type "dyn" if it depends,
                     the cost in the most steps that an evaluation takes; or
                     `{"error":"…"}` where the request, the expression or its
                     evaluation fails. Borrowed until the next call.
   @return OMNI_OK, also where the answer is an error; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_cel_eval_json(omni_cel *cel, const char *request, size_t size_bytes,
                   omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
