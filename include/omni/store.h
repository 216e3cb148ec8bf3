/**
   @file store.h  A store: one directory with the fact log and its tables.

   A store is opened once per path and process and shared by its threads; any
   number of processes on one machine may have it open. It starts no threads.
*/
#ifndef OMNI_STORE_H
#define OMNI_STORE_H

#include "omni/export.h"
#include "omni/identifier.h"
#include "omni/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An open store. Thread-safe. Not usable in a forked child. */
typedef struct omni_store omni_store;

/** When a commit is told to be done. */
typedef enum omni_durability {
    OMNI_DURABILITY_DEFAULT = 0, /**< What the store was opened with. */
    OMNI_DURABILITY_FULL = 1,    /**< Each commit is on the medium. */
    OMNI_DURABILITY_GROUP = 2,   /**< So too; threads share one sync. */
    OMNI_DURABILITY_OFF = 3      /**< At the end; a crash loses the tail. */
} omni_durability;

/** How grave a message of the log hook is. */
typedef enum omni_log_level {
    OMNI_LOG_ERROR = 0,   /**< Something failed. */
    OMNI_LOG_WARNING = 1, /**< Something was repaired, or may fail soon. */
    OMNI_LOG_INFO = 2     /**< Something worth knowing was done. */
} omni_log_level;

/**
   What an application may take over. NULL members are the library's own.

   Hooks may be called from any thread that is inside a call of the store, and
   must not call it.
*/
typedef struct omni_hooks {
    size_t size; /**< sizeof(omni_hooks). */
    /** As realloc(); `size_bytes` 0 frees and returns NULL. */
    void *(*allocate)(void *user, void *block, size_t size_bytes);
    /** Microseconds since 1970 UTC. */
    int64_t (*clock)(void *user);
    /** Fill with bytes nobody can predict; non-zero if that failed. */
    int (*random)(void *user, void *bytes, size_t size_bytes);
    /** One line, without a newline; no personal data is passed. */
    void (*log)(void *user, omni_log_level level, const char *message);
    void *user; /**< Passed to each. */
} omni_hooks;

#define OMNI_STORE_CREATE 1u    /**< Make the store if it is not there. */
#define OMNI_STORE_EXCLUSIVE 2u /**< With CREATE: it must not be there. */
#define OMNI_STORE_READ_ONLY 4u /**< Write nothing but LMDB's lock file. */
#define OMNI_STORE_NETWORK 8u   /**< Allow a network file system (unsafe). */

/** How to open. Zero-filled members take the default. */
typedef struct omni_store_options {
    size_t size;                /**< sizeof(omni_store_options). */
    uint32_t flags;             /**< OMNI_STORE_… */
    omni_durability durability; /**< Default: full. */
    uint64_t memory_bytes; /**< Budget of tables not yet in LMDB; 64 MiB. */
    uint64_t map_bytes; /**< Most that the tables may grow to; 1 TiB (32-bit: 1
                           GiB, Windows: 4 GiB). */
    uint32_t calling_code;   /**< On creation: of phone numbers without one. */
    const char *deployment;  /**< On creation: store or key file to join. */
    const omni_hooks *hooks; /**< Copied. */
} omni_store_options;

/**
   Open a store, fold what its tables lack, and recover after a crash. Any
   thread.

   @param path       Directory of the store.
   @param options    NULL for the defaults.
   @param[out] out   The store; omni_store_close() it. Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_NOT_FOUND if there is nothing at `path`;
           OMNI_ERR_NOT_STORE if something else is; OMNI_ERR_CONFLICT if this
           process has it open, or EXCLUSIVE found one; OMNI_ERR_CORRUPT,
           OMNI_ERR_VERSION, OMNI_ERR_IO, OMNI_ERR_FULL, OMNI_ERR_BUSY,
           OMNI_ERR_READ_ONLY, OMNI_ERR_ARGUMENT, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_store_open(const char *path, const omni_store_options *options,
                omni_store **out, omni_error *error);

/**
   Close a store. Every txn, batch, import and walk over facts of it must have
   ended.

   Makes what was committed with OMNI_DURABILITY_OFF durable and moves the
   tables' newest rows into LMDB.

   @param store NULL is allowed. Any thread, and no other may use it any more.
   @return OMNI_OK; OMNI_ERR_IO, OMNI_ERR_FULL, OMNI_ERR_BUSY,
           OMNI_ERR_CORRUPT, OMNI_ERR_VERSION, OMNI_ERR_NO_MEMORY if the last
           flush failed (no acknowledged fact is lost by it: the next open
           folds the log); OMNI_ERR_CONFLICT in a forked child. The handle is
           gone either way.
   @since 0.1
*/
OMNI_API omni_status
omni_store_close(omni_store *store);

/**
   Make everything committed durable and move new rows into LMDB.

   A till calls it when idle, so that no customer waits for it.

   @param store      Any thread.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if LMDB has all rows already; faults as
           omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_store_flush(omni_store *store, omni_error *error);

/** Counts of a store at one instant. */
typedef struct omni_stats {
    size_t size;         /**< Set by the caller: sizeof(omni_stats). */
    uint64_t facts;      /**< Facts in the log, of every kind. */
    uint64_t events;     /**< Live events, each once however often it came. */
    uint64_t nodes;      /**< Identifiers. */
    uint64_t profiles;   /**< People, as far as is known. */
    uint64_t links;      /**< Pairs of identifiers seen together. */
    uint64_t statements; /**< Merges and splits, with those of alias events. */
    uint64_t refused;    /**< Records in the refused log that were not taken. */
    uint64_t flagged;    /**< Records there that were taken all the same. */
    uint64_t unknown;    /**< Facts of kinds that this library does not know. */
    uint64_t voided;     /**< Facts that a retract voids, and copies of events
                            that are retracted. */
    uint64_t policy_invalid; /**< Facts of the policy that have no effect, see
                                omni_policy_invalid_facts(). */
    uint64_t contested;      /**< Devices that several people use, and whose
                                events are told apart by logins. */
    uint64_t log_bytes;      /**< Fact log on disk. */
    uint64_t table_bytes;    /**< Derived tables on disk. */
    uint64_t file_bytes;     /**< All files of the store. */
    uint64_t memory_bytes;   /**< Rows waiting in memory. */
} omni_stats;

/**
   Count what the store holds.

   @param store      Any thread.
   @param[out] stats Set `size` first.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT for a size that cannot be; faults of
           reading as omni_txn_begin().
   @since 0.1
*/
OMNI_API omni_status
omni_store_stats(omni_store *store, omni_stats *stats, omni_error *error);

/** Digests that two stores of one deployment can compare. */
typedef struct omni_digest {
    uint8_t
        facts[16]; /**< Of the facts held: replicas and their last hashes. */
    uint8_t state[16];       /**< Of the dump, under derive_version. */
    uint32_t derive_version; /**< Rules by which state follows from facts. */
} omni_digest;

/**
   Digest the facts and everything derived from them.

   @param store       Any thread.
   @param[out] digest The digests. Untouched unless OMNI_OK.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT and other faults of
           reading as omni_txn_begin().
   @since 0.1
*/
OMNI_API omni_status
omni_store_digest(omni_store *store, omni_digest *digest, omni_error *error);

/** Receives bytes in order; non-zero stops the call with OMNI_ERR_IO. */
typedef int (*omni_write_fn)(void *user, const void *bytes, size_t size_bytes);

/**
   Write all derived state as canonical JSON lines, a profile a line.

   Stores of one deployment that took the same events write the same bytes.

   @param store      Any thread.
   @param write      Receives the lines.
   @param user       Passed to `write`.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_IO if `write` stopped it; faults of reading as
           omni_txn_begin().
   @since 0.1
*/
OMNI_API omni_status
omni_store_dump(omni_store *store, omni_write_fn write, void *user,
                omni_error *error);

#define OMNI_CHECK_REBUILD 1u /**< Make the tables anew from the log. */

/** Tells how far long work is; non-zero stops it. */
typedef int (*omni_progress_fn)(void *user, uint64_t done, uint64_t total);

/** What a check found. */
typedef struct omni_check_report {
    size_t size;          /**< Set by the caller: sizeof(omni_check_report). */
    uint64_t groups;      /**< Groups of the log read and verified. */
    uint64_t facts;       /**< Facts in them. */
    uint64_t rows;        /**< Table rows compared. */
    uint64_t differences; /**< Rows that are not what the log says. */
    char first[160];      /**< The first difference, in words. */
} omni_check_report;

/**
   Verify the log, refold it from nothing and compare with the tables.

   Needs free disk space of about the size of the tables.

   @param store       Any thread. With OMNI_CHECK_REBUILD no other process may
                      have the store open, and no txn may be under way.
   @param flags       0 or OMNI_CHECK_REBUILD.
   @param progress    May be NULL.
   @param user        Passed to `progress`.
   @param[out] report Set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK if all is equal (or was rebuilt); OMNI_ERR_CORRUPT if not;
           OMNI_ERR_BUSY if `progress` stopped it, or another process has the
           store open and it was to be rebuilt; OMNI_ERR_READ_ONLY;
           OMNI_ERR_ARGUMENT; faults of reading and writing as
           omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_store_check(omni_store *store, uint32_t flags, omni_progress_fn progress,
                 void *user, omni_check_report *report, omni_error *error);

/** A record that was refused, or taken with a flag. Borrowed by the callback.
 */
typedef struct omni_refused {
    int32_t code;        /**< omni_refused_code. */
    int64_t time_us;     /**< When it was read. */
    uint64_t line;       /**< Line of its input, from 1; 0 if it had none. */
    const char *source;  /**< Name of the import, "" if none. */
    const char *reason;  /**< One line. */
    const char *record;  /**< Its first bytes. */
    size_t record_bytes; /**< At most 512. */
} omni_refused;

/** Receives refused records, oldest first; non-zero ends the listing. */
typedef int (*omni_refused_fn)(void *user, const omni_refused *refused);

/**
   List the refused log.

   @param store      Any thread.
   @param callback   Receives each record.
   @param user       Passed to `callback`.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK, also where `callback` ended it; OMNI_ERR_CONFLICT in a
           forked child; OMNI_ERR_IO, OMNI_ERR_CORRUPT, OMNI_ERR_VERSION,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_store_refused(omni_store *store, omni_refused_fn callback, void *user,
                   omni_error *error);

/** A fact that is void. Borrowed by the callback. */
typedef struct omni_voided {
    omni_fact_id fact;    /**< The fact. */
    int32_t kind;         /**< omni_fact_kind. */
    int64_t made_us;      /**< When the fact was made; whole milliseconds. */
    omni_fact_id retract; /**< The first retract in force that names it; of a
                             copy that none names: zero. */
    int64_t retracted_us; /**< When that was made; 0 if there is none. */
    omni_text author;     /**< Who retracted it; may be empty. */
    omni_text reason;     /**< Why. */
} omni_voided;

/** Receives void facts, by replica and number; non-zero ends the listing. */
typedef int (*omni_voided_fn)(void *user, const omni_voided *voided);

/**
   List the facts that are void, and why.

   A copy of a retracted event that came after the retract is void too, though
   nothing names it: its `retract` is zero.

   @param store      Any thread.
   @param callback   Receives each fact.
   @param user       Passed to `callback`.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK, also where `callback` ended it; OMNI_ERR_CONFLICT in a
           forked child; OMNI_ERR_IO, OMNI_ERR_CORRUPT, OMNI_ERR_BUSY,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_store_voided(omni_store *store, omni_voided_fn callback, void *user,
                  omni_error *error);

#ifdef __cplusplus
}
#endif

#endif
