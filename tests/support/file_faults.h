/*
   System calls that fail on request. A program that links file_faults.c calls
   these in place of the C library's: pwrite, fallocate, ftruncate, fdatasync,
   fsync.
*/
#ifndef OMNI__TESTS_SUPPORT_FILE_FAULTS_H
#define OMNI__TESTS_SUPPORT_FILE_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>

#define FAULT_WRITE 1u
#define FAULT_ALLOCATE 2u
#define FAULT_RESIZE 4u
#define FAULT_SYNC 8u /* fdatasync and fsync */

typedef struct file_faults {
    unsigned kinds;   /* calls that are counted, and fail */
    long fail_at;     /* the first of them that fails, from 1; 0: none */
    long fail_count;  /* how many from there on; 0: all */
    int system;       /* errno */
    bool half;        /* a failing write writes its first half before */
    bool no_allocate; /* the file system knows no fallocate */
    bool interrupted; /* every other call is interrupted, writes are short */
    unsigned sync_us; /* a sync takes that long */
    _Atomic long calls;
    _Atomic long syncs;
} file_faults;

extern file_faults faults;

void
file_faults_clear(void);

#endif
