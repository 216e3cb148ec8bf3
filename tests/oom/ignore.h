/* Callbacks that nobody listens to. */
#ifndef OMNI__OOM_IGNORE_H
#define OMNI__OOM_IGNORE_H

#include <omni/omni.h>

static int
ignore_bytes(void *user, const void *bytes, size_t size_bytes)
{
    (void)user;
    (void)bytes;
    (void)size_bytes;
    return 0;
}

static int
ignore_refused(void *user, const omni_refused *refused)
{
    (void)user;
    (void)refused;
    return 0;
}

static int
ignore_voided(void *user, const omni_voided *voided)
{
    (void)user;
    (void)voided;
    return 0;
}

static int
ignore_parsed(void *user, const omni_parsed_event *record)
{
    (void)user;
    (void)record;
    return 0;
}

#endif
