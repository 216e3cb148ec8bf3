/* The fresh file is made in the folder of the path, so that a rename suffices;
   until then the path is what it was. */
#include "replace.h"
#include "cli.h"
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rights of a file that is replaced, or those that a new file gets. */
static mode_t
rights_of(const char *path)
{
    struct stat there;
    if (stat(path, &there) == 0) {
        return there.st_mode & 0777;
    }
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

int
replacement_begin(replacement *file)
{
    struct stat there;
    if (file->path == NULL) {
        return DONE;
    }
    if (stat(file->path, &there) == 0 && !S_ISREG(there.st_mode)) {
        return fault("%s: is there and is no file", file->path);
    }
    if (asprintf(&file->fresh, "%s.XXXXXX", file->path) < 0) {
        file->fresh = NULL;
        return fault("out of memory");
    }
    const int fd = mkostemp(file->fresh, O_CLOEXEC);
    if (fd < 0) {
        const int result = fault("%s: %s", file->path, strerror(errno));
        free(file->fresh);
        file->fresh = NULL;
        return result;
    }
    fchmod(fd, rights_of(file->path));
    fflush(stdout);
    file->kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    interrupts_catch();
    return DONE;
}

int
replacement_end(replacement *file, int result)
{
    if (file->fresh == NULL) {
        return result;
    }
    interrupts_restore();
    errno = 0;
    const bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (result == DONE && interrupts_came()) {
        result = fault("interrupted; %s is as it was", file->path);
    } else if (result == DONE && (!written || fsync(STDOUT_FILENO) != 0 ||
                                  rename(file->fresh, file->path) != 0)) {
        result = fault("%s: %s", file->path,
                       errno != 0 ? strerror(errno) : "cannot be written");
    }
    if (result != DONE) {
        unlink(file->fresh);
    }
    clearerr(stdout);
    dup2(file->kept, STDOUT_FILENO);
    close(file->kept);
    free(file->fresh);
    file->fresh = NULL;
    return result;
}
