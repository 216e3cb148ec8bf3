/* What the commands of `omni` share. */
#ifndef OMNI_CLI_H
#define OMNI_CLI_H

#include "omni/omni.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status. */
enum { DONE = 0, NO = 1, WRONG_USAGE = 2, FAULT = 3 };

#define OPTIONS_MAX 8

/* An option of a command: `--name`, or `--name VALUE` where `value` says what
   that is. */
typedef struct option {
    const char *name;
    const char *value;
} option;

typedef struct command command;

/* A command as it was typed. */
typedef struct call {
    const command *command;
    const char *const *operands; /* ends with NULL */
    size_t operand_count;
    const char *values[OPTIONS_MAX]; /* of its options; "" for a flag */
} call;

struct command {
    const char *name;
    const char *usage; /* what follows the name */
    const char *summary;
    const char *help;
    size_t least; /* operands */
    size_t most;
    option options[OPTIONS_MAX];
    int (*run)(const call *call);
};

extern const command init_command;
extern const command import_command;
extern const command refused_command;
extern const command find_command;
extern const command profile_command;
extern const command timeline_command;
extern const command merge_command;
extern const command split_command;
extern const command digest_command;
extern const command dump_command;
extern const command check_command;
extern const command stats_command;

/* args.c: what was typed. */

/* Sort words into operands and options; DONE, or WRONG_USAGE with a message.
   `words` is reordered and must stay. */
int
call_parse(const command *command, int count, char **words, call *out);

/* Value of an option, or NULL if it was not given. */
const char *
call_value(const call *call, const char *option);

static inline bool
call_json(const call *call)
{
    return call_value(call, "json") != NULL;
}

/* Value of an option as a number; `*out` stays if it was not given. */
int
call_number(const call *call, const char *option, uint64_t least, uint64_t most,
            uint64_t *out);

/* Value of an option as an instant; `*given` tells whether there was one. */
int
call_instant(const call *call, const char *option, bool *given, int64_t *out);

/* The candidate that `word` may have been meant for, or NULL. */
const char *
nearest_word(const char *word, const char *const *candidates, size_t count);

/* message.c: stderr. Each writes one line and returns the exit status. */

int
wrong_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

int
fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a call of the library came back with; `what` was under way. */
int
fault_of(const char *what, omni_status status, const omni_error *error);

/* Write out what stdout still holds; `status`, or FAULT if that failed. */
int
finish_output(int status);

/* store.c: stores, and who is meant. */

int
store_open(const char *path, omni_store **out);

/* Close; `status`, or FAULT if closing failed. */
int
store_close(omni_store *store, int status);

/* A store and a snapshot of it. */
typedef struct view {
    omni_store *store;
    omni_txn *txn;
} view;

int
view_open(const char *path, view *out);

int
view_close(view *view, int status);

/* Find WHO: DONE, NO (nobody; without a message), WRONG_USAGE or FAULT. */
int
view_find(const view *view, const char *who, omni_id *out);

/* The same, with a message when it is nobody. */
int
view_need(const view *view, const char *who, omni_id *out);

/* An identifier that owns its text. */
typedef struct name {
    char *text; /* `namespace\0value\0` */
    omni_identifier identifier;
} name;

/* Split `namespace:value`; WRONG_USAGE with a message if it is not one. */
int
name_parse(const char *who, name *out);

int
name_make(omni_text ns, omni_text value, name *out);

void
name_free(name *name);

/* True for 32 hex digits. */
bool
is_profile_id(const char *who, omni_id *out);

#endif
