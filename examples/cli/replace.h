/* A file that is written whole or not at all. */
#ifndef OMNI_CLI_REPLACE_H
#define OMNI_CLI_REPLACE_H

/* Zero-filled but for the path; NULL: standard output stays what it is. */
typedef struct replacement {
    const char *path;
    char *fresh; /* what is written beside it; owned */
    int kept;    /* standard output as it was */
} replacement;

/* Let stdout lead into a fresh file beside the path. An interrupt from now on
   only says that output is to stop. */
int
replacement_begin(replacement *file);

/* Have stdout as it was. If `result` is DONE and all was written, the fresh
   file takes the place of the path, durably; else it is removed. The exit
   status. */
int
replacement_end(replacement *file, int result);

#endif
