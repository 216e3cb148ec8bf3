/*
   System calls with 64-bit offsets, past the C library: for tests that put
   themselves in its place. On 32-bit machines an offset is two arguments, which
   some of them want to begin at an even one.
*/
#ifndef OMNI_TESTS_RAW_CALLS_H
#define OMNI_TESTS_RAW_CALLS_H

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* What the names without 64 take: 32 bits on 32-bit machines. */
typedef long short_offset;

#if defined(__LP64__)
#define RAW_OFFSET(value) (value)
#define RAW_ODD_OFFSET(value) (value)
#else
#define RAW_OFFSET(value) (long)(value), (long)((int64_t)(value) >> 32)
#if defined(__arm__)
#define RAW_ODD_OFFSET(value) 0L, RAW_OFFSET(value)
#else
#define RAW_ODD_OFFSET(value) RAW_OFFSET(value)
#endif
#endif

#ifndef SYS_ftruncate64
#define SYS_ftruncate64 SYS_ftruncate
#endif

static inline ssize_t
raw_pwrite(int fd, const void *bytes, size_t size, int64_t offset)
{
    return syscall(SYS_pwrite64, fd, bytes, size, RAW_ODD_OFFSET(offset));
}

static inline int
raw_fallocate(int fd, int mode, int64_t offset, int64_t size)
{
    return (int)syscall(SYS_fallocate, fd, mode, RAW_OFFSET(offset),
                        RAW_OFFSET(size));
}

static inline int
raw_ftruncate(int fd, int64_t size)
{
    return (int)syscall(SYS_ftruncate64, fd, RAW_ODD_OFFSET(size));
}

#endif
