/* Words that a store knows, from a look at some of its profiles. */
#ifndef OMNI_CLI_SAMPLE_H
#define OMNI_CLI_SAMPLE_H

#include "omni/omni.h"
#include "words.h"

typedef struct sample {
    words namespaces;
    words events;
    words channels;
} sample;

/* Look for a tenth of a second at most; the lists are sorted. */
void
sample_take(omni_txn *txn, sample *out);

void
sample_free(sample *sample);

#endif
