/*
   The file `store` that makes a directory a store: format, deployment and its
   secret, replica, calling code. Layout: docs/file-format.md, "Store file".
*/
#ifndef OMNI__STORAGE_STORE_FILE_H
#define OMNI__STORAGE_STORE_FILE_H

#include "codec/keyed.h"
#include "platform/error.h"
#include "platform/hooks.h"

#define OMNI__STORE_FILE "store"
#define OMNI__STORE_LOG "log"
#define OMNI__STORE_TABLES "tables.mdb"
#define OMNI__STORE_REFUSED "refused.log"

typedef struct omni__store_file {
    uint8_t deployment[16];
    omni__secret secret;   /* shared by the deployment's replicas */
    uint8_t replica[16];   /* this incarnation of the store */
    uint64_t fingerprint;  /* of the directory it was made in */
    uint32_t calling_code; /* of phone numbers without one; 0: unknown */
} omni__store_file;

/* A new deployment: random id and secret, and a replica. */
omni_status
omni__store_file_new(const omni__hooks *hooks, omni__store_file *out,
                     omni_error *error);

/* Read `directory/store`. OMNI_NOT_FOUND if there is no such directory,
   OMNI_ERR_NOT_STORE, _CORRUPT, _VERSION, _IO. */
omni_status
omni__store_file_read(const char *directory, omni__store_file *out,
                      omni_error *error);

/* Read the deployment of a store's directory, or of a copy of its file. */
omni_status
omni__store_file_join(const char *path, omni__store_file *out,
                      omni_error *error);

/* Write `directory/store` as a whole: under another name, synced, renamed. */
omni_status
omni__store_file_write(const char *directory, const omni__store_file *file,
                       omni_error *error);

/* What a copied directory does not share with its origin. */
uint64_t
omni__store_fingerprint(const char *directory);

#endif
