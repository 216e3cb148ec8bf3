/* The copies that an event of a timeline is made up by, and all identifiers
   that they carry. */
#include "events/timeline.h"

#include <stdlib.h>

static int
compare_copies(const void *a, const void *b)
{
    const omni__copy *const *x = a;
    const omni__copy *const *y = b;
    if (*x == *y) {
        return 0;
    }
    return omni__copy_speaks(*x, *y) ? -1 : 1;
}

/* Put the copies that were found in order, into memory of the arena. */
static omni_status
order_copies(const omni__timeline *timeline, const omni__copies *found,
             omni__arena *arena, omni__copy ***out)
{
    omni__buffer content;
    omni__copy **list = omni__arena_get(arena, found->count * sizeof(list[0]));
    if (list == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__buffer_init(&content, arena->alloc);
    for (size_t i = 0; i < found->count; ++i) {
        list[i] = found->list[i];
        list[i]->content_hash = omni__event_content_hash(
            timeline->secret, &list[i]->body, &content);
    }
    const bool failed = content.failed;
    omni__buffer_free(&content);
    qsort(list, found->count, sizeof(list[0]), compare_copies);
    *out = list;
    return failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
}

omni_status
omni__timeline_copies(const omni__timeline *timeline,
                      const omni__timeline_item *item, omni__arena *arena,
                      omni__copy ***out, size_t *count)
{
    omni__copies copies = {.secret = timeline->secret,
                           .log = timeline->log,
                           .view = timeline->view,
                           .arena = arena};
    omni_status status = omni__copies_at(&copies, item->position);
    if (status == OMNI_OK) {
        *count = copies.count;
        status = order_copies(timeline, &copies, arena, out);
    }
    omni__copies_end(&copies);
    return status;
}

static int
compare_named(const void *a, const void *b)
{
    return omni__named_compare(a, b);
}

/* The identifiers of all copies, each once. */
static omni_status
unite(omni__copy *const *copies, size_t copy_count, omni__arena *arena,
      const omni__named **out, size_t *count)
{
    size_t total = 0;
    for (size_t i = 0; i < copy_count; ++i) {
        total += copies[i]->body.identifier_count;
    }
    omni__named *all = omni__arena_get(arena, total * sizeof(all[0]));
    if (all == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < copy_count; ++i) {
        const omni__event_body *body = &copies[i]->body;
        memcpy(all + used, body->identifiers,
               body->identifier_count * sizeof(all[0]));
        used += body->identifier_count;
    }
    qsort(all, total, sizeof(all[0]), compare_named);
    *count = 0;
    for (size_t i = 0; i < total; ++i) {
        if (i == 0 || omni__named_compare(&all[i], &all[*count - 1]) != 0) {
            all[(*count)++] = all[i];
        }
    }
    *out = all;
    return OMNI_OK;
}

omni_status
omni__timeline_identifiers(const omni__timeline *timeline,
                           const omni__timeline_item *item, omni__arena *arena,
                           const omni__named **out, size_t *count)
{
    if (!item->merged) {
        *out = item->body.identifiers;
        *count = item->body.identifier_count;
        return OMNI_OK;
    }
    omni__copy **copies;
    size_t copy_count;
    const omni_status status =
        omni__timeline_copies(timeline, item, arena, &copies, &copy_count);
    return status == OMNI_OK ? unite(copies, copy_count, arena, out, count)
                             : status;
}
