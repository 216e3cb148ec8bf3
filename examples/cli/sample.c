/* Namespaces, names of events and channels of the first profiles of a store:
   for completion and hints, where some are better than none. */
#include "sample.h"
#include "progress.h"

#define PROFILES_MOST 1000
#define TIME_MOST_US 100000

static void
look_at(const omni_profile *profile, sample *out)
{
    size_t count = 0;
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        words_add_once(&out->namespaces, names[i].ns.bytes, names[i].ns.size);
    }
    const omni_figure *figures = omni_profile_figures(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        words_add_once(&out->events, figures[i].name.bytes,
                       figures[i].name.size);
    }
    const omni_text *channels = omni_profile_channels(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        words_add_once(&out->channels, channels[i].bytes, channels[i].size);
    }
}

void
sample_take(omni_txn *txn, sample *out)
{
    omni_profiles *profiles = NULL;
    const omni_profile *profile = NULL;
    const int64_t began_us = ticks_us();
    *out = (sample){0};
    if (omni_profiles_open(txn, NULL, &profiles) != OMNI_OK) {
        return;
    }
    for (size_t i = 0;
         i < PROFILES_MOST && ticks_us() - began_us < TIME_MOST_US &&
         omni_profiles_next(profiles, &profile) == OMNI_OK;
         ++i) {
        look_at(profile, out);
    }
    omni_profiles_close(profiles);
    words_sort(&out->namespaces);
    words_sort(&out->events);
    words_sort(&out->channels);
}

void
sample_free(sample *sample)
{
    words_free(&sample->namespaces);
    words_free(&sample->events);
    words_free(&sample->channels);
}
