/* What the commands of `omni` share. */
#ifndef OMNI_CLI_H
#define OMNI_CLI_H

#include "omni/omni.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status. */
enum { DONE = 0, NO = 1, WRONG_USAGE = 2, FAULT = 3 };

#define OPTIONS_MAX 24

/* An option of a command. The table that a command makes of them is what
   parsing, help and completion go by, and what its man page is held against.

   `value` is NULL for a flag, `full|off` for one of these words, or the name
   of a value, of which these are known (see value_kinds in args.c):
   N TIME DURATION EXPR FILE DIR DB WHO NAME TEXT EVENT CHANNEL NAMESPACE. With
   "..." behind it the option may be given several times, see call_repeated().
 */
typedef struct option {
    const char *name; /* without the dashes */
    const char *value;
    const char *help; /* what it does, and its default */
} option;

/* What one wants to do; help lists the commands by it. */
typedef enum group {
    GROUP_STORES,
    GROUP_INTAKE,
    GROUP_PEOPLE,
    GROUP_IDENTITY,
    GROUP_OUTPUT,
    GROUP_PROMPT,
    GROUP_HIDDEN
} group;

typedef struct command command;
typedef struct given given;

/* A command as it was typed. */
typedef struct call {
    const command *command;
    const char *const *operands; /* ends with NULL */
    size_t operand_count;
    given *given; /* options, in their order; owned */
    size_t given_count;
} call;

struct command {
    const char *name;
    group group;
    const char *operands; /* "DB WHO", "DB [FILE...]" */
    const char *summary;
    const char *help;     /* paragraphs, "\n\n" between them; help wraps them */
    const char *examples; /* lines as typed, each with a newline */
    const char *exits;    /* exit status, where it needs a word */
    const char *needed;   /* the option that must be given, if there is one */
    const char *alone;    /* the option with which no operands are needed */
    option options[OPTIONS_MAX];
    bool outside; /* of the shell alone: has no place in it */
    bool pages;   /* prints lists: through a pager on a terminal */
    int (*run)(const call *call);
};

extern const command cel_command;
extern const command changes_command;
extern const command check_command;
extern const command complete_command;
extern const command digest_command;
extern const command dump_command;
extern const command explain_command;
extern const command export_command;
extern const command find_command;
extern const command funnel_command;
extern const command help_command;
extern const command group_command;
extern const command import_command;
extern const command init_command;
extern const command merge_command;
extern const command policy_command;
extern const command profile_command;
extern const command refused_command;
extern const command retract_command;
extern const command segment_command;
extern const command shell_command;
extern const command split_command;
extern const command stats_command;
extern const command tick_command;
extern const command timeline_command;
extern const command watch_command;

/* main.c: the table of commands. */

/* All commands, in the order of help; ends with NULL. */
extern const command *const commands[];

const command *
command_find(const char *name);

/* WRONG_USAGE, with a message that guesses what was meant. */
int
unknown_command(const char *name);

/* Parse the words behind a command and run it. */
int
command_run(const command *command, int count, char **words);

/* Parse words and run the command that the first one names. */
int
command_line(int count, char **words);

/* args.c: what was typed. */

/* Options that every command takes; ends with a NULL name. */
extern const option general_options[];

/* Sort words into operands and options; DONE, or WRONG_USAGE with a message.
   `words` is reordered and must stay. call_free() it in either case. */
int
call_parse(const command *command, int count, char **words, call *out);

void
call_free(call *call);

/* Value of an option, or NULL if it was not given; "" for a flag. */
const char *
call_value(const call *call, const char *option);

/* Value number `index` of an option that repeats, or NULL after the last. */
const char *
call_repeated(const call *call, const char *option, size_t index);

static inline bool
call_flag(const call *call, const char *option)
{
    return call_value(call, option) != NULL;
}

static inline bool
call_json(const call *call)
{
    return call_flag(call, "json");
}

/* Value of an option as a number; `*out` stays if it was not given. */
int
call_number(const call *call, const char *option, uint64_t least, uint64_t most,
            uint64_t *out);

/* Value of an option as an instant; `*given` tells whether there was one. */
int
call_instant(const call *call, const char *option, bool *given, int64_t *out);

/* Value of an option as a length of time; `*out` stays if it was not given. */
int
call_duration(const call *call, const char *option, int64_t *out);

/* Operands of a command: how many at least, and at most. */
size_t
operands_least(const command *command);

size_t
operands_most(const command *command);

/* Which operand is the store, from 0; SIZE_MAX: none. */
size_t
operand_of_store(const command *command);

/* True if the command cannot do without the option. */
bool
option_is_needed(const command *command, const option *option);

/* The candidate that `word` may have been meant for, or NULL. */
const char *
nearest_word(const char *word, const char *const *candidates, size_t count);

/* help.c */

void
help_overview(FILE *to);

void
help_command_print(const command *command);

/* Speak of commands as the shell takes them: without `omni` and DB. */
void
help_use_shell(bool on);

/* One line on how a command is typed, on stderr. */
void
help_usage(const command *command);

/* message.c: stderr. Each writes one line and returns the exit status. */

int
wrong_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

int
fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a call of the library came back with; `what` was under way. */
int
fault_of(const char *what, omni_status status, const omni_error *error);

/* A remark that is no fault. */
void
remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* store.c: stores, and who is meant. */

int
store_open(const char *path, omni_store **out);

/* The same, for reading only. */
int
store_open_to_read(const char *path, omni_store **out);

/* Close; `status`, or FAULT if closing failed. */
int
store_close(omni_store *store, int status);

/* Have store_open() of this path give this store, which store_close() leaves
   open, until it is called with NULL. */
void
store_share(const char *path, omni_store *store);

/* A store and a snapshot of it. */
typedef struct view {
    const char *path;
    omni_store *store;
    omni_txn *txn;
    const char *at; /* the instant that it is of, as written; or NULL */
} view;

int
view_open(const char *path, view *out);

/* For reading, without a message: false if it cannot be. */
bool
view_open_quietly(const char *path, view *out);

int
view_close(view *view, int status);

/* Find WHO: DONE, NO (nobody; without a message), WRONG_USAGE or FAULT. */
int
view_find(const view *view, const char *who, omni_id *out);

/* The same, with a message when it is nobody. */
int
view_need(const view *view, const char *who, omni_id *out);

/* The identifier that WHO is; a profile id is the id of one. With a message
   when it is nobody. */
int
view_identifier(const view *view, const char *who, omni_id *out);

/* Where --at is given: some people as of that instant, in place of the store as
   it is. DONE, NO with a message, WRONG_USAGE or FAULT. */
int
view_as_of(view *view, const call *call, const char *const *who, size_t count);

/* Say that somebody is not known. */
void
view_nobody(const view *view, const char *who);

/* A table of figures, with its title; false without memory. */
bool
print_figures(const omni_figure *all, size_t count);

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
