/* Segment-spec JSON: events that others wrote. */
#include "codec/json.h"
#include "formats/segment_json.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static omni__arena arena;
static size_t record_count;
static size_t refusal_count;
static omni_refused_code last_code;
static char last_reason[160];

static void
setup(void)
{
    omni__arena_init(&arena, &omni__alloc_default);
}

static void
teardown(void)
{
    omni__arena_free(&arena);
}

static omni_status
on_record(void *user, const omni__record *record, const omni__refusal *refusal,
          omni__slice text)
{
    (void)user;
    (void)text;
    last_code = refusal->code;
    strcpy(last_reason, refusal->reason);
    if (refusal->code != OMNI_REFUSED_NONE) {
        ++refusal_count;
        return OMNI_OK;
    }
    ck_assert_uint_gt(record->name.size, 0);
    ++record_count;
    return OMNI_OK;
}

static void
read_bytes(omni__slice line)
{
    record_count = 0;
    refusal_count = 0;
    ck_assert_int_eq(omni__segment_read(line, &arena, on_record, NULL),
                     OMNI_OK);
}

/* Whole files of other people's events: nothing is refused. */
static char big[1 << 20];

static void
take_lines(const char *command, size_t wanted)
{
    FILE *file = popen(command, "r");
    ck_assert_ptr_nonnull(file);
    size_t taken = 0;
    while (fgets(big, sizeof(big), file) != NULL) {
        read_bytes(omni__slice_text(big));
        ck_assert_msg(refusal_count == 0, "%s: %.200s", last_reason, big);
        taken += record_count;
        omni__arena_reset(&arena);
    }
    ck_assert_int_eq(pclose(file), 0);
    ck_assert_uint_eq(taken, wanted);
}

static void
take_file(const char *reader, const char *name, size_t wanted)
{
    char command[1200];
    snprintf(command, sizeof(command), "%s '%s/%s'", reader,
             getenv("OMNI_DATA"), name);
    take_lines(command, wanted);
}

START_TEST(events_of_others_are_taken)
{
    take_file("cat", "cdnow/orders.jsonl", 6919);
    take_file("cat", "er-senzing/identify.jsonl", 159);
    take_file("gzip -dc", "online-retail/orders.jsonl.gz", 25900);
}
END_TEST

static omni__slice
read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    const size_t size = fread(big, 1, sizeof(big), file);
    fclose(file);
    return omni__slice_of(big, size);
}

START_TEST(batches_of_others_are_taken)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/events-analytics-go", getenv("OMNI_DATA"));
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    const struct dirent *entry = NULL;
    size_t batches = 0;
    while ((entry = readdir(folder)) != NULL) {
        char name[2048];
        if (strstr(entry->d_name, ".json") == NULL) {
            continue;
        }
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        read_bytes(read_whole(name));
        ck_assert_msg(refusal_count == 0 && record_count > 0, "%s: %s", name,
                      last_reason);
        ++batches;
    }
    closedir(folder);
    ck_assert_uint_eq(batches, 12);
}
END_TEST

/* Over half of them say `action` where the specification says `type`. */
START_TEST(payloads_of_the_spec_are_taken_if_they_have_a_type)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/events-segment/payloads.json",
             getenv("OMNI_DATA"));
    omni__json_fault fault;
    const omni__json *list = omni__json_parse(read_whole(path), &arena, &fault);
    ck_assert_msg(list != NULL, "%s", fault.message);
    size_t typeless = 0;
    for (size_t i = 0; i < list->count; ++i) {
        const omni__json *payload = omni__json_get(&list->items[i], "payload");
        ck_assert_ptr_nonnull(payload);
        const bool typed = omni__json_get(payload, "type") != NULL;
        read_bytes(payload->text);
        ck_assert_uint_eq(record_count, typed ? 1 : 0);
        ck_assert_msg(typed || last_code == OMNI_REFUSED_EVENT, "%s",
                      last_reason);
        typeless += typed ? 0 : 1;
    }
    ck_assert_uint_eq(list->count, 75);
    ck_assert_uint_eq(typeless, 39);
}
END_TEST

int
main(void)
{
    if (getenv("OMNI_DATA") == NULL) {
        printf("skipped: OMNI_DATA not set\n");
        return 77;
    }
    Suite *suite = suite_create("segment_json_data");
    TCase *others = tcase_create("others");
    tcase_add_checked_fixture(others, setup, teardown);
    tcase_add_test(others, events_of_others_are_taken);
    tcase_add_test(others, batches_of_others_are_taken);
    tcase_add_test(others, payloads_of_the_spec_are_taken_if_they_have_a_type);
    tcase_set_timeout(others, 120);
    suite_add_tcase(suite, others);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
