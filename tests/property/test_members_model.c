/*
   Who is in stored segments, by two processes in turns: thousands of changes
   by facts, definitions that are set, set again and deleted, ticks, merges,
   flushes and stores that are opened anew, also to be read alone. After every
   step both have to list whom a naive model has, and the feed of changes,
   replayed, has to tell the same.

   $OMNI_SEED and $OMNI_CASES choose the cases.
*/
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PEOPLE = 400,
    NAMES = 6,
    STEPS = 110,
    VALUES = 60,
    ENOUGH = 7000,
    JUMPS = 8
};

static const char *const names[NAMES] = {"a", "ab", "b", "c", "d", "e"};

/* What both processes know: by the same seed they think the same. */
static api_world world;
static int64_t now;
static uint64_t state;
static bool child;               /* this process is the second one */
static bool other_reads;         /* the second one only reads */
static unsigned divisors[NAMES]; /* 0: there is no such segment */
static unsigned rests[NAMES];
static unsigned values[PEOPLE];
static bool seen[PEOPLE];
static unsigned heads[PEOPLE]; /* who somebody was merged into */
static uint64_t changes;       /* in the feed at the end of a step */

static int64_t
clock_now(void *user)
{
    (void)user;
    return now;
}

static const omni_hooks hooks = {.size = sizeof(hooks), .clock = clock_now};

static unsigned
dice(unsigned sides)
{
    return (unsigned)(api_random(&state) % sides);
}

static unsigned
head_of(unsigned who)
{
    while (heads[who] != who) {
        who = heads[who];
    }
    return who;
}

static bool
is_in(unsigned name, unsigned who)
{
    return seen[who] && divisors[name] != 0 &&
           values[head_of(who)] % divisors[name] == rests[name];
}

/* ---- steps: `acts` tells whether it is this process that takes one ---- */

static void
say(omni_batch *batch, unsigned who, unsigned value)
{
    char name[16];
    char id[40];
    char traits[32];
    snprintf(name, sizeof(name), "p%u", who);
    snprintf(id, sizeof(id), "i%lld", (long long)now);
    snprintf(traits, sizeof(traits), "{\"n\":%u}", value);
    const omni_identifier by = {"user_id", name};
    const omni_event event = {.size = sizeof(event),
                              .type = OMNI_EVENT_IDENTIFY,
                              .id = id,
                              .time_us = now,
                              .identifiers = &by,
                              .identifier_count = 1,
                              .traits_json = traits};
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
}

/* Many have other traits, in one group or in several. */
static void
identify(bool acts)
{
    omni_batch *batch = NULL;
    const unsigned count = 50 + dice(PEOPLE);
    const unsigned group = 1 + dice(dice(2) == 0 ? 20 : 2 * PEOPLE);
    if (acts) {
        ck_assert_int_eq(
            omni_batch_new(world.store, NULL, &batch, &world.error), OMNI_OK);
    }
    for (unsigned i = 0; i < count; ++i) {
        const unsigned who = dice(PEOPLE);
        const unsigned value = dice(VALUES);
        now += 1000;
        seen[who] = true;
        values[head_of(who)] = value;
        if (acts) {
            say(batch, who, value);
        }
        if (acts && (i % group == group - 1 || i + 1 == count)) {
            ck_assert_msg(omni_batch_commit(batch, OMNI_DURABILITY_OFF,
                                            &world.error) == OMNI_OK,
                          "%s", world.error.message);
        }
    }
    omni_batch_free(batch);
}

static void
define(bool acts)
{
    char expression[64];
    const unsigned name = dice(NAMES);
    divisors[name] = 2 + dice(3);
    rests[name] = dice(divisors[name]);
    snprintf(expression, sizeof(expression), "traits.n %% %u == %u",
             divisors[name], rests[name]);
    const omni_segment_definition definition = {.size = sizeof(definition),
                                                .name = names[name],
                                                .expression = expression};
    if (acts) {
        ck_assert_int_ge(
            omni_segment_set(world.store, &definition, NULL, &world.error), 0);
    }
}

static void
take_away(bool acts)
{
    const unsigned name = dice(NAMES);
    const omni_segment_removal removal = {.size = sizeof(removal),
                                          .name = names[name]};
    if (acts && divisors[name] != 0) {
        ck_assert_int_eq(
            omni_segment_delete(world.store, &removal, NULL, &world.error),
            OMNI_OK);
    }
    divisors[name] = 0;
}

static void
tick(bool acts, bool all)
{
    const uint64_t budget = 1 + dice(2 * PEOPLE);
    if (acts && all) {
        ck_assert_int_ge(omni_store_tick_all(world.store, now, NULL, NULL, NULL,
                                             &world.error),
                         0);
    } else if (acts) {
        ck_assert_int_ge(
            omni_store_tick(world.store, now, budget, NULL, &world.error), 0);
    }
}

static void
merge(bool acts)
{
    char one[16];
    char two[16];
    const unsigned who = dice(PEOPLE);
    const unsigned other = dice(PEOPLE);
    snprintf(one, sizeof(one), "p%u", who);
    snprintf(two, sizeof(two), "p%u", other);
    if (!seen[who] || !seen[other] || head_of(who) == head_of(other)) {
        return;
    }
    now += 1000;
    if (acts) {
        ck_assert_int_eq(
            omni_profile_merge(
                world.store, API_NAME("user_id", one), API_NAME("user_id", two),
                &(omni_reason){.text = "same"}, NULL, &world.error),
            OMNI_OK);
    }
    heads[head_of(other)] = head_of(who);
    /* One that both share says whose traits are the last. */
    const unsigned value = dice(VALUES);
    values[head_of(who)] = value;
    now += 1000;
    if (acts) {
        omni_batch *batch;
        ck_assert_int_eq(
            omni_batch_new(world.store, NULL, &batch, &world.error), OMNI_OK);
        say(batch, who, value);
        ck_assert_int_eq(
            omni_batch_commit(batch, OMNI_DURABILITY_OFF, &world.error),
            OMNI_OK);
        omni_batch_free(batch);
    }
}

/* Of the process whose turn it is: a store that is opened anew. */
static void
reopen(bool mine, bool of_other)
{
    const bool reads = dice(2) == 0;
    const unsigned memory = dice(3);
    if (of_other) {
        other_reads = reads;
    }
    if (mine) {
        api_world_close(&world);
        world.options.flags = child && reads ? OMNI_STORE_READ_ONLY : 0;
        world.options.memory_bytes = memory == 0 ? 512 * 1024 : memory << 22;
        api_world_open(&world);
    }
}

static void
step(void)
{
    const bool by_other = dice(2) == 0;
    const bool acts = child == (by_other && !other_reads);
    switch (dice(16)) {
    case 0:
    case 1:
        define(acts);
        break;
    case 2:
        take_away(acts);
        break;
    case 3:
        tick(acts, true);
        break;
    case 4:
        tick(acts, false);
        break;
    case 5:
        merge(acts);
        break;
    case 6:
        if (acts) {
            ck_assert_int_ge(omni_store_flush(world.store, &world.error), 0);
        }
        break;
    case 7:
        reopen(child == by_other, by_other);
        break;
    default:
        identify(acts);
    }
}

/* ---- what is read ---- */

typedef struct ids {
    omni_id list[PEOPLE];
    size_t count;
} ids;

static int
take_id(void *user, const omni_id *id)
{
    ids *out = user;
    ck_assert_uint_lt(out->count, PEOPLE);
    out->list[out->count++] = *id;
    return 0;
}

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(omni_id));
}

/* Ids of whom the model has, of those in any or in all of a few segments. */
static ids
expected(const omni_id *people, const unsigned *of, size_t count,
         omni_set_operation operation)
{
    ids out = {.count = 0};
    for (unsigned who = 0; who < PEOPLE; ++who) {
        size_t in = 0;
        for (size_t i = 0; i < count; ++i) {
            in += is_in(of[i], who) ? 1 : 0;
        }
        const bool wanted = operation == OMNI_SET_UNION ? in != 0
                            : operation == OMNI_SET_INTERSECTION
                                ? in == count
                                : in == 1 && is_in(of[0], who);
        if (wanted && seen[who] && head_of(who) == who) {
            out.list[out.count++] = people[who];
        }
    }
    qsort(out.list, out.count, sizeof(out.list[0]), compare_ids);
    return out;
}

static void
compare_sets(omni_txn *txn, const omni_id *people, const unsigned *of,
             size_t count, omni_set_operation operation)
{
    const char *asked[NAMES];
    ids stored = {.count = 0};
    omni_members_counts counts = {.size = sizeof(counts)};
    for (size_t i = 0; i < count; ++i) {
        asked[i] = names[of[i]];
    }
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = asked,
                                      .segment_count = count,
                                      .operation = operation,
                                      .has_at = true,
                                      /* The segment clock is before that. */
                                      .at_us = now + API_SECOND};
    const ids wanted = expected(people, of, count, operation);
    ck_assert_int_eq(
        omni_segments_members(txn, &query, take_id, &stored, &counts), OMNI_OK);
    ck_assert_uint_eq(counts.members, wanted.count);
    ck_assert_uint_eq(stored.count, wanted.count);
    ck_assert(wanted.count == 0 || memcmp(stored.list, wanted.list,
                                          wanted.count * sizeof(omni_id)) == 0);
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, &counts),
                     OMNI_OK);
    ck_assert_uint_eq(counts.members, wanted.count);
}

/* A change as the feed told it; later ones of a pair come later. */
typedef struct told {
    unsigned name;
    omni_id profile;
    uint64_t sequence;
    bool entered;
} told;

static int
compare_told(const void *a, const void *b)
{
    const told *x = a;
    const told *y = b;
    const int order = memcmp(&x->profile, &y->profile, sizeof(x->profile));
    return x->name != y->name ? (x->name > y->name) - (x->name < y->name)
           : order != 0
               ? order
               : (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static told
told_of(const omni_segment_change *change)
{
    told out = {.profile = change->profile,
                .sequence = change->position.sequence,
                .entered = change->entered};
    while (!api_is(change->segment, names[out.name])) {
        ck_assert_uint_lt(++out.name, NAMES);
    }
    return out;
}

/* The whole feed, one by one; and some of it once more, out of turn. */
static told *
read_feed(omni_txn *txn, size_t *count)
{
    omni_feed_position end;
    omni_segment_change change = {.position = {.sequence = 0}};
    ck_assert_int_eq(omni_feed_end(txn, OMNI_FEED_SEGMENTS, &end), OMNI_OK);
    told *all = malloc((end.sequence + 1) * sizeof(all[0]));
    ck_assert_ptr_nonnull(all);
    for (*count = 0;
         omni_segment_change_next(txn, &change.position, &change) == OMNI_OK;
         ++*count) {
        ck_assert_uint_lt(*count, end.sequence);
        ck_assert_uint_eq(change.position.sequence, *count + 1);
        all[*count] = told_of(&change);
    }
    ck_assert_uint_eq(*count, end.sequence);
    for (unsigned i = 0; i < JUMPS && *count != 0; ++i) {
        change.position.sequence = dice((unsigned)*count);
        const told *known = &all[change.position.sequence];
        ck_assert_int_eq(
            omni_segment_change_next(txn, &change.position, &change), OMNI_OK);
        const told again = told_of(&change);
        ck_assert_uint_eq(again.sequence, known->sequence);
        ck_assert_int_eq(memcmp(&again.profile, &known->profile, 16), 0);
        ck_assert(again.name == known->name && again.entered == known->entered);
    }
    changes = end.sequence;
    return all;
}

/* Who is in by the feed, of a segment that no definition is going through. */
static void
compare_feed(const told *all, size_t count, const omni_id *people,
             unsigned name)
{
    ids by_feed = {.count = 0};
    const ids wanted = expected(people, &name, 1, OMNI_SET_UNION);
    for (size_t i = 0; i < count; ++i) {
        const bool last = i + 1 == count || all[i].name != all[i + 1].name ||
                          memcmp(&all[i].profile, &all[i + 1].profile, 16) != 0;
        if (all[i].name == name && last && all[i].entered) {
            take_id(&by_feed, &all[i].profile);
        }
    }
    ck_assert_uint_eq(by_feed.count, wanted.count);
    ck_assert(wanted.count == 0 || memcmp(by_feed.list, wanted.list,
                                          wanted.count * sizeof(omni_id)) == 0);
}

static unsigned
name_of(omni_text text)
{
    for (unsigned i = 0; i < NAMES; ++i) {
        if (api_is(text, names[i])) {
            return i;
        }
    }
    ck_abort();
}

static void
compare_infos(omni_txn *txn, const omni_id *people)
{
    const omni_segment_info *infos;
    size_t info_count;
    size_t count;
    told *all = read_feed(txn, &count);
    qsort(all, count, sizeof(all[0]), compare_told);
    ck_assert_int_eq(omni_segments_read(txn, &infos, &info_count), OMNI_OK);
    for (size_t i = 0; i < info_count; ++i) {
        const unsigned name = name_of(infos[i].name);
        ck_assert_uint_ne(divisors[name], 0);
        if (!infos[i].filling) {
            compare_feed(all, count, people, name);
            ck_assert_uint_eq(infos[i].members,
                              expected(people, &name, 1, OMNI_SET_UNION).count);
        }
    }
    free(all);
}

/* All that this process can read, against the model. */
static void
compare(void)
{
    static omni_id people[PEOPLE];
    unsigned of[NAMES];
    size_t count = 0;
    omni_txn *txn = api_begin(world.store);
    for (unsigned who = 0; who < PEOPLE; ++who) {
        char value[16];
        snprintf(value, sizeof(value), "p%u", who);
        if (seen[who]) {
            people[who] = api_find(txn, "user_id", value);
        }
    }
    for (unsigned name = 0; name < NAMES; ++name) {
        if (divisors[name] != 0) {
            of[count++] = name;
            compare_sets(txn, people, &name, 1, OMNI_SET_UNION);
        }
    }
    if (count > 1) {
        const size_t used = 2 + dice((unsigned)count - 1);
        compare_sets(txn, people, of, used, OMNI_SET_UNION);
        compare_sets(txn, people, of, used, OMNI_SET_INTERSECTION);
        compare_sets(txn, people, of, used, OMNI_SET_DIFFERENCE);
    }
    compare_infos(txn, people);
    omni_txn_end(txn);
}

/* ---- the two ---- */

/* One reads what a step of the other left: a byte says that it is done. */
static void
pass_turn(int to, int from)
{
    char byte = 0;
    ck_assert_int_eq(write(to, &byte, 1), 1);
    ck_assert_msg(read(from, &byte, 1) == 1, "the other process has failed");
}

static void
take_turns(int to, int from)
{
    /* With fewer changes it would prove little. */
    for (unsigned i = 0; i < STEPS || changes < ENOUGH; ++i) {
        step();
        pass_turn(to, from);
        compare();
        pass_turn(to, from);
    }
    api_world_close(&world);
}

static void
begin(uint64_t seed)
{
    now = API_T0;
    state = seed * 0x9e3779b97f4a7c15u + 1;
    other_reads = false;
    changes = 0;
    memset(divisors, 0, sizeof(divisors));
    memset(seen, 0, sizeof(seen));
    for (unsigned i = 0; i < PEOPLE; ++i) {
        heads[i] = i;
    }
    api_world_make(&world);
    world.options.hooks = &hooks;
    world.options.memory_bytes = 512 * 1024;
    api_world_open(&world);
    api_world_close(&world);
}

/* What is left is what the log gives, whoever folded it. */
static void
finish(void)
{
    omni_check_report report = {.size = sizeof(report)};
    world.options.flags = 0;
    api_world_open(&world);
    compare();
    api_check(world.store);
    ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                      NULL, &report, &world.error),
                     OMNI_OK);
    compare();
    api_world_remove(&world);
}

START_TEST(both_list_whom_the_model_has)
{
    int to_child[2];
    int to_parent[2];
    int status;
    const uint64_t seed = setting_seed() + (uint64_t)_i;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    begin(seed);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(to_child), 0);
    ck_assert_int_eq(pipe(to_parent), 0);
    const pid_t second = fork();
    ck_assert_int_ge(second, 0);
    child = second == 0;
    close(child ? to_child[1] : to_parent[1]);
    close(child ? to_parent[0] : to_child[0]);
    api_world_open(&world);
    take_turns(child ? to_parent[1] : to_child[1],
               child ? to_child[0] : to_parent[0]);
    if (child) {
        _exit(0);
    }
    ck_assert_int_eq(waitpid(second, &status, 0), second);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(to_child[1]);
    close(to_parent[0]);
    finish();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("members");
    TCase *tests = tcase_create("members");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, both_list_whom_the_model_has, 0,
                        (int)setting_cases(2));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
