/* Threads of a test, each with what went wrong in it: Check's asserts are for
   the one that began them. */
#ifndef OMNI_TESTS_THREADS_H
#define OMNI_TESTS_THREADS_H

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct test_thread {
    pthread_t thread;
    unsigned number;
    char why[400]; /* empty: nothing */
} test_thread;

/* The first complaint counts; false. */
static inline bool
complain(test_thread *thread, const char *what, const char *detail)
{
    if (thread->why[0] == '\0') {
        snprintf(thread->why, sizeof(thread->why), "%s: %s", what, detail);
    }
    return false;
}

/* `user` is what `thread` is in, all zero but for what is told it. */
static inline void
thread_begin(test_thread *thread, unsigned number, void *(*run)(void *),
             void *user)
{
    thread->number = number;
    ck_assert_int_eq(pthread_create(&thread->thread, NULL, run, user), 0);
}

static inline void
thread_end(const test_thread *thread)
{
    pthread_join(thread->thread, NULL);
    ck_assert_msg(thread->why[0] == '\0', "thread %u: %s", thread->number,
                  thread->why);
}

#endif
