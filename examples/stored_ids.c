/*
   Keep ids of profiles that are stored elsewhere up to date: a file of rows,
   each with the id under which something was filed and the one that this
   person has now. What the file begins with is where to read on.

       cc stored_ids.c $(pkg-config --cflags --libs libomni) -o stored_ids
       ./stored_ids shop.omni rows.txt     # the first time: a row for everybody
       ./stored_ids shop.omni rows.txt     # later: what became of them
*/
#include <omni/omni.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    omni_id stored; /* never changes, and finds its own identifier for ever */
    omni_id now;
    int ask; /* it has to be looked up once more */
} row;

static row *rows;
static size_t row_count;
static omni_feed_position position;

static int
add_row(const omni_id *stored, const omni_id *now)
{
    if ((row_count & (row_count - 1)) == 0) { /* full: twice as many */
        const size_t room = row_count != 0 ? 2 * row_count : 1;
        row *grown = realloc(rows, room * sizeof *rows);
        if (grown == NULL) {
            return -1;
        }
        rows = grown;
    }
    rows[row_count++] = (row){.stored = *stored, .now = *now};
    return 0;
}

/* 0 if the file was read, 1 if there is none yet. */
static int
read_rows(const char *path)
{
    char stored[OMNI_ID_TEXT_SIZE];
    char now[OMNI_ID_TEXT_SIZE];
    omni_id ids[2];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 1;
    }
    int result = fscanf(file, "%" SCNu64 " %" SCNu64, &position.epoch,
                        &position.sequence) == 2
                     ? 0
                     : -1;
    while (result == 0 && fscanf(file, "%32s %32s", stored, now) == 2) {
        result = omni_id_parse(stored, &ids[0]) == OMNI_OK &&
                         omni_id_parse(now, &ids[1]) == OMNI_OK
                     ? add_row(&ids[0], &ids[1])
                     : -1;
    }
    fclose(file);
    return result;
}

/* Position and rows together, beside the old ones, and then in their place. */
static int
write_rows(const char *path)
{
    char fresh[512];
    char stored[OMNI_ID_TEXT_SIZE];
    char now[OMNI_ID_TEXT_SIZE];
    const int size = snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file =
        size > 0 && (size_t)size < sizeof fresh ? fopen(fresh, "w") : NULL;
    if (file == NULL) {
        return -1;
    }
    fprintf(file, "%" PRIu64 " %" PRIu64 "\n", position.epoch,
            position.sequence);
    for (size_t i = 0; i < row_count; ++i) {
        omni_id_format(&rows[i].stored, stored);
        omni_id_format(&rows[i].now, now);
        fprintf(file, "%s %s\n", stored, now);
    }
    const int failed = ferror(file);
    return fclose(file) == 0 && failed == 0 ? rename(fresh, path) : -1;
}

/* The first time: a row for everybody there is. */
static omni_status
file_everybody(omni_txn *txn)
{
    omni_profiles *profiles;
    const omni_profile *profile;
    omni_status status = omni_profiles_open(txn, NULL, &profiles);
    if (status != OMNI_OK) {
        return status;
    }
    while ((status = omni_profiles_next(profiles, &profile)) == OMNI_OK) {
        const omni_id id = omni_profile_id(profile);
        if (add_row(&id, &id) != 0) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    return status;
}

static void
apply(const omni_profile_change *change)
{
    for (size_t i = 0; i < row_count; ++i) {
        if (memcmp(&rows[i].now, &change->profile, sizeof rows[i].now) != 0) {
            continue;
        }
        if (change->kind == OMNI_PROFILE_JOINED ||
            change->kind == OMNI_PROFILE_RENAMED) {
            rows[i].now = change->other;
        } else {
            rows[i].ask = 1;
        }
    }
}

/* Read on to the end; where the feed was written anew, ask after everybody. */
static omni_status
read_on(omni_txn *txn)
{
    omni_profile_change change;
    omni_status status;
    while ((status = omni_profile_change_next(txn, &position, &change)) ==
           OMNI_OK) {
        apply(&change);
        position = change.position;
        printf("%" PRIu64 " %s\n", position.sequence,
               omni_profile_change_name(change.kind));
    }
    if (status == OMNI_ERR_CONFLICT) {
        printf("%s\n", omni_txn_error(txn)->message);
        for (size_t i = 0; i < row_count; ++i) {
            rows[i].ask = 1;
        }
        status = OMNI_END;
    }
    return status;
}

/* What has to be looked up is looked up in the same txn, at the end. */
static omni_status
look_up(omni_txn *txn)
{
    size_t left = 0;
    for (size_t i = 0; i < row_count; ++i) {
        omni_status status = OMNI_OK;
        if (rows[i].ask) {
            status = omni_profile_resolve(txn, &rows[i].stored, &rows[i].now);
        }
        if (status < 0) {
            return status;
        }
        rows[i].ask = 0;
        if (status == OMNI_OK) { /* otherwise nothing is left of them */
            rows[left++] = rows[i];
        }
    }
    row_count = left;
    return omni_feed_end(txn, OMNI_FEED_PROFILES, &position);
}

static int
run(omni_store *store, const char *path)
{
    omni_error error = {.message = ""};
    omni_txn *txn;
    const int found = read_rows(path);
    if (found < 0) {
        fprintf(stderr, "stored_ids: %s is none of mine\n", path);
        return 1;
    }
    if (omni_txn_begin(store, &txn, &error) != OMNI_OK) {
        fprintf(stderr, "stored_ids: %s\n", error.message);
        return 1;
    }
    omni_status status = found == 0 ? read_on(txn) : file_everybody(txn);
    if (status == OMNI_END) {
        status = look_up(txn);
    }
    if (status != OMNI_OK) {
        fprintf(stderr, "stored_ids: %s %s\n", omni_status_name(status),
                omni_txn_error(txn)->message);
    }
    omni_txn_end(txn);
    return status == OMNI_OK && write_rows(path) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
    omni_store *store = NULL;
    omni_error error;
    if (argc != 3) {
        fprintf(stderr, "usage: stored_ids STORE ROWS-FILE\n");
        return 2;
    }
    if (omni_store_open(argv[1], NULL, &store, &error) != OMNI_OK) {
        fprintf(stderr, "stored_ids: %s\n", error.message);
        return 3;
    }
    int result = run(store, argv[2]);
    if (omni_store_close(store) != OMNI_OK) {
        result = 1;
    }
    free(rows);
    return result;
}
