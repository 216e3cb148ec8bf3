/*
   Files by descriptor. Interrupted and short calls are carried on here, and
   every function that can fail returns 0 or the errno of what failed.
*/
#ifndef OMNI__PLATFORM_FILE_H
#define OMNI__PLATFORM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OMNI__FILE_WRITE 1u     /* read and write; without it: read */
#define OMNI__FILE_CREATE 2u    /* make it if it is not there, mode 0600 */
#define OMNI__FILE_EXCLUSIVE 4u /* with CREATE: it must not be there */
#define OMNI__FILE_TRUNCATE 8u  /* empty it */
#define OMNI__FILE_APPEND 16u   /* every write goes to the end */
#define OMNI__FILE_SPARSE 32u   /* on creation: room is taken when written */

int
omni__file_open_directory(const char *path, int *out);

/* `name` is taken relative to `directory`. Closed on exec. */
int
omni__file_open(int directory, const char *name, unsigned flags, int *out);

/* Of a path from the current directory. */
int
omni__file_open_path(const char *path, unsigned flags, int *out);

/* A negative descriptor is allowed. */
void
omni__file_close(int fd);

int
omni__file_write_at(int fd, const void *bytes, size_t size, uint64_t offset);

/* At the current end, in one system call as far as the system lets it. */
int
omni__file_append(int fd, const void *bytes, size_t size);

/* Reads up to `size` bytes; fewer only at the end of the file. */
int
omni__file_read_at(int fd, void *bytes, size_t size, uint64_t offset,
                   size_t *got);

int
omni__file_size(int fd, uint64_t *size);

int
omni__file_size_of(int directory, const char *name, uint64_t *size);

/* Cut or extend (with zeros, without room on the medium). What is mapped
   cannot be cut everywhere: it is zeros then, and as long as before. */
int
omni__file_resize(int fd, uint64_t size);

/* Extend from size `from` to `to` with room on the medium, where the file
   system knows how; without it elsewhere. Leaves the size as it was if that
   fails. */
int
omni__file_allocate(int fd, uint64_t from, uint64_t to);

/* What a reader of the file needs is on the medium. */
int
omni__file_sync_data(int fd);

/* Everything; of a directory: its names. */
int
omni__file_sync(int fd);

int
omni__file_remove(int directory, const char *name);

/*
   Shared mapping; the file may be shorter than `size` or grow later. Where the
   system does not map beyond the end of a file, the file is made that long.
*/
int
omni__file_map(int fd, size_t size, bool writable, void **out);

/* True if it does. */
bool
omni__file_maps_ahead(void);

/* How large tables may grow unless somebody says so: what the system maps, and
   is ready to have a file of. */
uint64_t
omni__file_most_tables(void);

/* True if so much address space can be had at once, now. */
bool
omni__file_can_map(uint64_t size);

/* NULL is allowed. */
void
omni__file_unmap(void *map, size_t size);

/* Keep a file that another library opened out of programs that this one
   starts: the system's own descriptor or handle of it. */
int
omni__file_close_on_exec(intptr_t handle);

typedef void (*omni__file_name_fn)(void *user, const char *name);

/* Every name in a directory, in no order, `.` and `..` among them. */
int
omni__file_each(int directory, omni__file_name_fn callback, void *user);

/* True on NFS, SMB, 9p, FUSE and their like, where neither locks nor shared
   mappings hold between machines. */
bool
omni__file_is_network(int fd);

#endif
