/* A build without libcsv: tables are known, but not read. */
#include "splitter.h"

const char *const splitter_missing = "libcsv";

splitter *
splitter_open(char delimiter, char quote)
{
    (void)delimiter;
    (void)quote;
    return NULL;
}

void
splitter_close(splitter *split)
{
    (void)split;
}

split_outcome
splitter_feed(splitter *split, const char *bytes, size_t size, size_t *at)
{
    (void)split;
    (void)bytes;
    *at = size;
    return SPLIT_FAILED;
}

split_outcome
splitter_end(splitter *split)
{
    (void)split;
    return SPLIT_FAILED;
}

const omni_text *
splitter_fields(const splitter *split, size_t *count)
{
    (void)split;
    *count = 0;
    return NULL;
}
