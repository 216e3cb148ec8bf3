/*
   What an event costs where a whole town hangs together: families of three who
   share an e-mail address, all of whom have used one device. Three ways: the
   device is soon generic; it never is, so that the bound on components holds
   it; and one person with a device for every visit. Of each the time of the
   clock, and work that is the same on every machine.

       bench-town [IDENTIFIERS]                       default 70000

   Makes its stores in the directory where it runs.
*/
#include "bench.h"
#include "omni/omni.h"
#include "storage/workset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FAMILY = 3, SAMPLES = 11, GROUP = 20, STEPS_MAX = 16 };

static const int64_t begin_us = INT64_C(1735689600000000);

/* ---- work, counted where the linker puts us in between ---- */

typedef struct work {
    double us;
    double nodes; /* looked up by who folds or resolves */
    double rows;  /* read, one by one or by a walk */
    double bytes; /* of rows written */
} work;

static work done;

omni_status
__real_omni__workset_get(omni__workset *set, const omni_id *id,
                         omni__work_node **out);
omni_status
__wrap_omni__workset_get(omni__workset *set, const omni_id *id,
                         omni__work_node **out);
omni_status
__real_omni__kv_get(omni__kv *kv, omni__slice key, omni__slice *value);
omni_status
__wrap_omni__kv_get(omni__kv *kv, omni__slice key, omni__slice *value);
omni_status
__real_omni__kv_snapshot_get(omni__kv_snapshot *snapshot, omni__slice key,
                             omni__slice *value);
omni_status
__wrap_omni__kv_snapshot_get(omni__kv_snapshot *snapshot, omni__slice key,
                             omni__slice *value);
omni_status
__real_omni__kv_cursor_next(omni__kv_cursor *cursor);
omni_status
__wrap_omni__kv_cursor_next(omni__kv_cursor *cursor);
omni_status
__real_omni__kv_put(omni__kv *kv, omni__slice key, omni__slice value);
omni_status
__wrap_omni__kv_put(omni__kv *kv, omni__slice key, omni__slice value);

omni_status
__wrap_omni__workset_get(omni__workset *set, const omni_id *id,
                         omni__work_node **out)
{
    ++done.nodes;
    return __real_omni__workset_get(set, id, out);
}

omni_status
__wrap_omni__kv_get(omni__kv *kv, omni__slice key, omni__slice *value)
{
    ++done.rows;
    return __real_omni__kv_get(kv, key, value);
}

omni_status
__wrap_omni__kv_snapshot_get(omni__kv_snapshot *snapshot, omni__slice key,
                             omni__slice *value)
{
    ++done.rows;
    return __real_omni__kv_snapshot_get(snapshot, key, value);
}

omni_status
__wrap_omni__kv_cursor_next(omni__kv_cursor *cursor)
{
    ++done.rows;
    return __real_omni__kv_cursor_next(cursor);
}

omni_status
__wrap_omni__kv_put(omni__kv *kv, omni__slice key, omni__slice value)
{
    done.bytes += (double)(key.size + value.size);
    return __real_omni__kv_put(kv, key, value);
}

/* ---- what is measured ---- */

static struct {
    omni_store *store;
    omni_error error;
    bool one_person; /* with a device for every event */
    uint64_t people; /* or devices of the one person */
    uint64_t visits; /* with those that were taken back */
    uint64_t asked;  /* of whom something was asked or stated */
    omni_fact_id fact;
} world;

static void
need(omni_status status)
{
    bench_need(status, &world.error);
}

static double
now_us(void)
{
    return 1e3 * bench_clock_ms(CLOCK_MONOTONIC);
}

typedef struct visit {
    char texts[5][32];
    omni_identifier who[4];
    omni_event event;
} visit;

static void
add_who(visit *v, const char *ns, const char *prefix, uint64_t number)
{
    char *text = v->texts[v->event.identifier_count];
    snprintf(text, sizeof(v->texts[0]), "%s%llu", prefix,
             (unsigned long long)number);
    v->who[v->event.identifier_count++] = (omni_identifier){ns, text};
}

/* The next person of the town comes to the device; the first of each family
   has a cookie, too. Or the one person comes with a device never seen. */
static void
next_visit(visit *v)
{
    const uint64_t number = world.people++;
    snprintf(v->texts[4], sizeof(v->texts[4]), "e%llu",
             (unsigned long long)world.visits++);
    v->event = (omni_event){.size = sizeof(v->event),
                            .name = "Signed In",
                            .channel = "web",
                            .id = v->texts[4],
                            .time_us = begin_us + (int64_t)number * 1000000,
                            .identifiers = v->who};
    if (world.one_person) {
        add_who(v, "user_id", "one", 1);
        add_who(v, "device_id", "device", number);
        return;
    }
    add_who(v, "user_id", "person", number);
    add_who(v, "email", "family", number / FAMILY);
    add_who(v, "device_id", "town", 1);
    if (number % FAMILY == 0) {
        add_who(v, "anonymous_id", "cookie", number);
    }
}

static void
visit_alone(void)
{
    visit v;
    next_visit(&v);
    omni_event_result result = {.size = sizeof(result)};
    need(omni_event_append(world.store, &v.event, &result, &world.error));
    world.fact = result.fact;
}

static void
visit_together(size_t count)
{
    omni_batch *batch;
    need(omni_batch_new(world.store, NULL, &batch, &world.error));
    for (size_t i = 0; i < count; ++i) {
        visit v;
        next_visit(&v);
        need(omni_batch_add(batch, &v.event));
    }
    need(omni_batch_commit(batch, OMNI_DURABILITY_OFF, &world.error));
    omni_batch_free(batch);
}

static void
visit_in_group(void)
{
    visit_together(GROUP);
}

/* Somebody who was there long ago, another one each time. */
static uint64_t
somebody(void)
{
    return (world.asked++ * 7) % (world.people / 2);
}

static omni_identifier
named(char text[32], const char *ns, const char *prefix, uint64_t number)
{
    snprintf(text, 32, "%s%llu", prefix, (unsigned long long)number);
    return (omni_identifier){ns, text};
}

static omni_identifier
person(char text[32], uint64_t number)
{
    return world.one_person ? named(text, "device_id", "device", number)
                            : named(text, "user_id", "person", number);
}

/* The last event, as if nobody had come. */
static void
retract(void)
{
    const omni_reason reason = {.text = "seen", .author = "bench"};
    need(omni_fact_retract(world.store, &world.fact, &reason, NULL,
                           &world.error));
    --world.people;
}

static void
state(bool joins)
{
    char texts[2][32];
    const omni_reason reason = {.text = "seen", .author = "bench"};
    const omni_identifier a = person(texts[0], somebody());
    const omni_identifier b = person(texts[1], somebody());
    need(joins ? omni_profile_merge(world.store, a, b, &reason, NULL,
                                    &world.error)
               : omni_profile_split(world.store, a, b, &reason, NULL,
                                    &world.error));
}

static void
part(void)
{
    state(false);
}

static void
link_two(void)
{
    state(true);
}

static omni_id
find(omni_txn *txn, omni_identifier who)
{
    omni_id id;
    if (omni_identifier_find(txn, who, &id) != OMNI_OK) {
        bench_die("%s:%s is not there", who.ns, who.value);
    }
    return id;
}

/* The profile of somebody, with what was held apart of a person of the town;
   the one person has as many neighbours held apart as the town has devices. */
static void
read_profile(void)
{
    char text[32];
    omni_txn *txn;
    const omni_profile *profile;
    const omni_held_apart *held;
    size_t count;
    need(omni_txn_begin(world.store, &txn, &world.error));
    const omni_id id = find(txn, person(text, somebody()));
    need(omni_profile_get(txn, &id, &profile));
    if (!world.one_person) {
        need(omni_profile_held_apart(txn, profile, &held, &count));
    }
    omni_txn_end(txn);
}

static void
read_timeline(void)
{
    char text[32];
    omni_txn *txn;
    omni_timeline *timeline;
    omni_timeline_event event;
    need(omni_txn_begin(world.store, &txn, &world.error));
    const omni_id id = find(txn, person(text, somebody()));
    need(omni_timeline_open(txn, &id, NULL, &timeline));
    for (int i = 0; i < 20; ++i) {
        if (omni_timeline_next(timeline, &event) != OMNI_OK) {
            break;
        }
    }
    omni_txn_end(txn);
}

static void
explain(void)
{
    char texts[2][32];
    omni_txn *txn;
    const omni_explanation *explanation;
    need(omni_txn_begin(world.store, &txn, &world.error));
    const omni_id a = find(txn, person(texts[0], somebody()));
    const omni_id b = find(txn, person(texts[1], somebody()));
    need(omni_explain(txn, &a, &b, &explanation));
    omni_txn_end(txn);
}

/* How two identifiers that hang together do. */
static void
explain_chain(void)
{
    char texts[2][32];
    omni_txn *txn;
    const omni_explanation *explanation;
    const uint64_t number = somebody();
    need(omni_txn_begin(world.store, &txn, &world.error));
    const omni_id a = find(txn, person(texts[0], number));
    const omni_id b =
        find(txn, world.one_person
                      ? named(texts[1], "user_id", "one", 1)
                      : named(texts[1], "email", "family", number / FAMILY));
    need(omni_explain(txn, &a, &b, &explanation));
    omni_txn_end(txn);
}

static const struct {
    const char *title;
    void (*run)(void);
    size_t events; /* that share the cost */
} operations[] = {
    {"an event", visit_alone, 1},
    {"an event, of a group", visit_in_group, GROUP},
    {"its retract", retract, 1},
    {"a part", part, 1},
    {"a link", link_two, 1},
    {"a profile read", read_profile, 1},
    {"a timeline read", read_timeline, 1},
    {"two explained", explain, 1},
    {"one profile explained", explain_chain, 1},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double values[SAMPLES])
{
    qsort(values, SAMPLES, sizeof(values[0]), compare);
    return values[SAMPLES / 2];
}

static work
measure(size_t operation)
{
    double figures[4][SAMPLES];
    for (size_t i = 0; i < SAMPLES; ++i) {
        if (operations[operation].run == retract) {
            visit_alone();
        }
        const double share = 1 / (double)operations[operation].events;
        const double before = now_us();
        done = (work){0};
        operations[operation].run();
        figures[0][i] = (now_us() - before) * share;
        figures[1][i] = done.nodes * share;
        figures[2][i] = done.rows * share;
        figures[3][i] = done.bytes * share;
    }
    return (work){.us = median(figures[0]),
                  .nodes = median(figures[1]),
                  .rows = median(figures[2]),
                  .bytes = median(figures[3])};
}

static void
grow_to(uint64_t identifiers)
{
    omni_stats stats = {.size = sizeof(stats)};
    for (;;) {
        need(omni_store_stats(world.store, &stats, &world.error));
        if (stats.nodes >= identifiers) {
            break;
        }
        /* An event of the town brings 5 / 3 identifiers. */
        const uint64_t events =
            (identifiers - stats.nodes) * 3 / (world.one_person ? 3 : 5) + 1;
        visit_together(events < 1000 ? (size_t)events : 1000);
    }
    need(omni_store_flush(world.store, &world.error));
}

static void
print_line(const char *title, const char *unit, const double *values,
           size_t count)
{
    printf("%-24s %-6s", title, unit);
    for (size_t i = 0; i < count; ++i) {
        printf(" %9.*f", values[i] < 100 ? 1 : 0, values[i]);
    }
    if (values[0] != 0) {
        printf("   x %.2f", values[count - 1] / values[0]);
    }
    putchar('\n');
}

static void
print_all(work figures[OPERATIONS][STEPS_MAX], const uint64_t *steps,
          size_t count)
{
    static const char *const units[] = {"us", "nodes", "rows", "bytes"};
    printf("%-24s %-6s", "identifiers", "");
    for (size_t i = 0; i < count; ++i) {
        printf(" %9llu", (unsigned long long)steps[i]);
    }
    printf("   growth\n");
    for (size_t o = 0; o < OPERATIONS; ++o) {
        for (size_t unit = 0; unit < 4; ++unit) {
            double values[STEPS_MAX];
            double most = 0;
            for (size_t i = 0; i < count; ++i) {
                const work *w = &figures[o][i];
                const double all[] = {w->us, w->nodes, w->rows, w->bytes};
                values[i] = all[unit];
                most = values[i] > most ? values[i] : most;
            }
            if (most != 0) {
                print_line(unit == 0 ? operations[o].title : "", units[unit],
                           values, count);
            }
        }
    }
    putchar('\n');
    fflush(stdout);
}

static void
measure_way(const char *title, const char *policy, bool one_person,
            uint64_t identifiers)
{
    static const uint64_t sizes[] = {1000,  2000,  5000, 10000,
                                     20000, 50000, 70000};
    work figures[OPERATIONS][STEPS_MAX];
    uint64_t steps[STEPS_MAX];
    size_t count = 0;
    char path[] = "bench-town-XXXXXX";
    char command[64];
    if (mkdtemp(path) == NULL || rmdir(path) != 0) {
        bench_die("cannot make a folder");
    }
    world.people = 0;
    world.one_person = one_person;
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF};
    need(omni_store_open(path, &options, &world.store, &world.error));
    need(omni_policy_set_json(world.store, policy, strlen(policy), NULL, NULL,
                              &world.error));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); ++i) {
        if (sizes[i] <= identifiers) {
            steps[count++] = sizes[i];
        }
    }
    if (count == 0 || steps[count - 1] < identifiers) {
        steps[count++] = identifiers;
    }
    for (size_t i = 0; i < count; ++i) {
        grow_to(steps[i]);
        for (size_t o = 0; o < OPERATIONS; ++o) {
            figures[o][i] = measure(o);
        }
    }
    puts(title);
    print_all(figures, steps, count);
    need(omni_store_close(world.store));
    snprintf(command, sizeof(command), "rm -r %s", path);
    if (system(command) != 0) {
        bench_die("cannot remove %s", path);
    }
}

int
main(int count, char **words)
{
    const uint64_t identifiers =
        count > 1 ? strtoull(words[1], NULL, 0) : 70000;
    if (count > 2 || identifiers < 100) {
        fputs("usage: bench-town [IDENTIFIERS]\n", stderr);
        return 2;
    }
    measure_way("A town with one device, which is generic (default policy)",
                "{}", false, identifiers);
    measure_way("A town with one device, which never is",
                "{\"namespaces\":{\"device_id\":{\"generic_above\":0},"
                "\"anonymous_id\":{\"generic_above\":0}}}",
                false, identifiers);
    measure_way("One person, another device each time", "{}", true,
                identifiers);
    return 0;
}
