/* Rows of tables into a store, rehearsals, and reading without writing. */
#include "support/api_world.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;
static omni_mapping *mapping;
static omni_batch *batch;
static omni_import *import;

static void
setup(void)
{
    api_world_make(&world);
    api_world_open(&world);
    mapping = NULL;
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, NULL), OMNI_OK);
    ck_assert_int_eq(omni_import_new(world.store, "till", &import, NULL),
                     OMNI_OK);
}

static void
teardown(void)
{
    omni_batch_free(batch);
    omni_import_free(import);
    omni_mapping_free(mapping);
    api_world_remove(&world);
}

static size_t
split(const char *line, omni_text fields[16])
{
    size_t count = 0;
    while (true) {
        const size_t size = strcspn(line, "|");
        fields[count++] = (omni_text){.bytes = line, .size = size};
        if (line[size] == '\0') {
            return count;
        }
        line += size + 1;
    }
}

static void
use(const char *json, const char *header)
{
    omni_error error = {0};
    omni_text columns[16];
    omni_mapping_free(mapping);
    ck_assert_msg(omni_mapping_parse(json, strlen(json), NULL, &mapping,
                                     &error) == OMNI_OK,
                  "%s", error.message);
    const size_t count = split(header, columns);
    ck_assert_msg(omni_mapping_bind(mapping, columns, count, &error) == OMNI_OK,
                  "%s", error.message);
}

static omni_status
add_at(const char *line, uint64_t number, const char *fault)
{
    omni_text fields[16];
    omni_row row = {
        .size = sizeof(row), .fields = fields, .line = number, .fault = fault};
    row.field_count = split(line, fields);
    return omni_batch_add_row(batch, import, mapping, &row);
}

static omni_import_summary
commit(void)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    const omni_status status =
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, NULL);
    ck_assert_int_ge(status, 0);
    ck_assert_int_eq(omni_batch_summary(batch, &summary), OMNI_OK);
    return summary;
}

static const char orders[] =
    "{\"columns\":{\"Who\":\"namespace:user_id\","
    "\"At\":\"time:%Y-%m-%d\",\"Sum\":\"property:revenue:number\"},"
    "\"event\":\"Order Completed\",\"properties\":{\"currency\":\"CHF\"},"
    "\"skip\":[{\"when\":{\"Sum\":{\"at_most\":0}},\"reason\":\"no sale\"},"
    "{\"when\":{\"Who\":\"staff\"},\"reason\":\"staff\"}]}";

START_TEST(rows_become_events)
{
    use(orders, "Who|At|Sum");
    ck_assert_int_eq(add_at("u1|2024-01-02|59.90", 0, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("u1|2024-01-03|0.10", 0, NULL), OMNI_OK);
    const omni_import_summary summary = commit();
    ck_assert_uint_eq(summary.taken, 2);
    omni_txn *txn = api_begin(world.store);
    omni_figure figure;
    ck_assert_int_eq(omni_profile_figure(api_get(txn, "user_id", "u1"),
                                         "Order Completed", &figure),
                     OMNI_OK);
    api_assert_text(figure.amounts[0].sum, "60");
    api_assert_text(figure.amounts[0].currency, "CHF");
    omni_txn_end(txn);
}
END_TEST

START_TEST(skipped_rows_are_counted_by_rule_and_not_kept)
{
    use(orders, "Who|At|Sum");
    ck_assert_int_eq(add_at("u1|2024-01-02|0", 0, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("u1|2024-01-02|-5", 0, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("staff|2024-01-02|5", 0, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("u2|2024-01-02|5", 0, NULL), OMNI_OK);
    const omni_import_summary summary = commit();
    ck_assert_uint_eq(summary.read, 4);
    ck_assert_uint_eq(summary.skipped, 3);
    ck_assert_uint_eq(summary.taken, 1);
    omni_skipped rule;
    ck_assert_int_eq(omni_mapping_skipped(mapping, 0, &rule), OMNI_OK);
    api_assert_text(rule.reason, "no sale");
    ck_assert_uint_eq(rule.count, 2);
    ck_assert_int_eq(omni_mapping_skipped(mapping, 1, &rule), OMNI_OK);
    ck_assert_uint_eq(rule.count, 1);
    ck_assert_int_eq(omni_mapping_skipped(mapping, 2, &rule), OMNI_END);
    ck_assert_uint_eq(api_stats(world.store).refused, 0);
}
END_TEST

static omni_refused last;
static char last_reason[256];
static char last_record[600];

static int
take_refused(void *user, const omni_refused *refused)
{
    (void)user;
    last = *refused;
    snprintf(last_reason, sizeof(last_reason), "%s", refused->reason);
    snprintf(last_record, sizeof(last_record), "%.*s",
             (int)refused->record_bytes, refused->record);
    ck_assert_str_eq(refused->source, "till");
    return 0;
}

START_TEST(refused_rows_are_kept_with_their_line_and_column)
{
    use(orders, "Who|At|Sum");
    ck_assert_int_eq(add_at("u1|soon|1", 17, NULL), OMNI_OK);
    omni_import_summary summary = commit();
    ck_assert_uint_eq(summary.refused, 1);
    ck_assert_uint_eq(summary.refused_by_code[OMNI_REFUSED_TIME], 1);
    omni_store_refused(world.store, take_refused, NULL, NULL);
    ck_assert_uint_eq(last.line, 17);
    ck_assert_str_eq(last_reason, "column \"At\": \"soon\" is not a time of "
                                  "the form %Y-%m-%d");
    ck_assert_str_eq(last_record,
                     "{\"Who\":\"u1\",\"At\":\"soon\",\"Sum\":\"1\"}");
    ck_assert_int_eq(add_at("u1|2024-01-01|1|2", 0, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("x", 40, "line 40: a bad quote"), OMNI_OK);
    summary = commit();
    ck_assert_uint_eq(summary.refused_by_code[OMNI_REFUSED_ROW], 2);
    omni_store_refused(world.store, take_refused, NULL, NULL);
    ck_assert_uint_eq(last.line, 40);
    ck_assert_str_eq(last_reason, "line 40: a bad quote");
}
END_TEST

START_TEST(equal_rows_of_one_import_are_events_of_their_own)
{
    use(orders, "Who|At|Sum");
    for (int i = 0; i < 3; ++i) {
        ck_assert_int_eq(add_at("u1|2024-01-02|1", 0, NULL), OMNI_OK);
    }
    ck_assert_uint_eq(commit().taken, 3);
    omni_import_free(import);
    ck_assert_int_eq(omni_import_new(world.store, "till", &import, NULL),
                     OMNI_OK);
    for (int i = 0; i < 3; ++i) {
        ck_assert_int_eq(add_at("u1|2024-01-02|1", 0, NULL), OMNI_OK);
    }
    const omni_import_summary again = commit();
    ck_assert_uint_eq(again.taken, 0);
    ck_assert_uint_eq(again.duplicates, 3);
}
END_TEST

START_TEST(wrong_calls_are_told)
{
    omni_row row = {.size = 3};
    omni_text field = {.bytes = "x", .size = 1};
    use(orders, "Who|At|Sum");
    ck_assert_int_eq(omni_batch_add_row(batch, NULL, mapping, &row),
                     OMNI_ERR_ARGUMENT);
    row = (omni_row){.size = sizeof(row), .field_count = 2};
    ck_assert_int_eq(omni_batch_add_row(batch, NULL, mapping, &row),
                     OMNI_ERR_ARGUMENT);
    omni_mapping *unbound = NULL;
    ck_assert_int_eq(omni_mapping_parse("{}", 2, NULL, &unbound, NULL),
                     OMNI_OK);
    row = (omni_row){.size = sizeof(row), .fields = &field, .field_count = 1};
    ck_assert_int_eq(omni_batch_add_row(batch, NULL, unbound, &row),
                     OMNI_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(omni_batch_error(batch)->message, "not bound"));
    ck_assert(!omni_mapping_uses(unbound, 0));
    omni_mapping_free(unbound);
    omni_mapping_free(NULL);
}
END_TEST

START_TEST(a_mapping_says_how_its_table_is_written)
{
    static const char json[] =
        "{\"csv\":{\"delimiter\":\";\",\"quote\":\"'\",\"header\":false,"
        "\"encoding\":\"windows-1252\"}}";
    omni_table_form form = {.size = sizeof(form)};
    ck_assert_int_eq(
        omni_mapping_parse(json, strlen(json), NULL, &mapping, NULL), OMNI_OK);
    ck_assert_int_eq(omni_mapping_form(mapping, &form), OMNI_OK);
    ck_assert_int_eq(form.delimiter, ';');
    ck_assert_int_eq(form.quote, '\'');
    ck_assert(form.no_header);
    api_assert_text(form.encoding, "windows-1252");
    form.size = 1;
    ck_assert_int_eq(omni_mapping_form(mapping, &form), OMNI_ERR_ARGUMENT);
}
END_TEST

/* What a rehearsal told, a line a record. */
static char told[4096];
static size_t told_count;

static int
tell(void *user, const omni_parsed_event *record)
{
    const size_t at = strlen(told);
    ++told_count;
    snprintf(told + at, sizeof(told) - at, "%d %d %" PRIu64 " %s %.*s\n",
             (int)record->outcome, (int)record->code, record->line,
             record->reason, (int)record->event_json.size,
             record->event_json.bytes);
    return user != NULL && told_count == *(size_t *)user;
}

START_TEST(a_rehearsal_shows_events_and_writes_nothing)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    use(orders, "Who|At|Sum");
    ck_assert_int_eq(add_at("u1|2024-01-02|1", 0, NULL), OMNI_OK);
    commit();
    omni_import_free(import);
    const omni_digest before = api_digest(world.store);
    const omni_stats stats = api_stats(world.store);
    ck_assert_int_eq(omni_import_new(world.store, "till", &import, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_import_rehearsed(import, &summary),
                     OMNI_ERR_ARGUMENT);
    told[0] = '\0';
    told_count = 0;
    ck_assert_int_eq(omni_import_rehearse(import, tell, NULL, NULL), OMNI_OK);
    ck_assert_int_eq(omni_import_rehearse(import, tell, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(add_at("u1|2024-01-02|1", 2, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("U2|2024-01-02|2.50", 3, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("u3|x|1", 4, NULL), OMNI_OK);
    ck_assert_int_eq(add_at("staff|x|1", 5, NULL), OMNI_OK);
    ck_assert_uint_eq(omni_batch_count(batch), 0);
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, NULL),
                     OMNI_UNCHANGED);
    ck_assert_int_eq(omni_import_rehearsed(import, &summary), OMNI_OK);
    ck_assert_uint_eq(summary.read, 4);
    ck_assert_uint_eq(summary.taken, 1);
    ck_assert_uint_eq(summary.duplicates, 1);
    ck_assert_uint_eq(summary.refused_by_code[OMNI_REFUSED_TIME], 1);
    ck_assert_uint_eq(summary.skipped, 1);
    ck_assert_ptr_nonnull(strstr(told, "0 0 3  {\"id\":"));
    ck_assert_ptr_nonnull(
        strstr(told, "\"identifiers\":[\"user_id:U2\"],\"name\":\"Order "
                     "Completed\",\"properties\":{\"currency\":\"CHF\","
                     "\"revenue\":2.5},\"source\":\"till\",\"time\":\"2024-01-"
                     "02T00:00:00Z\",\"type\":\"track\"}"));
    ck_assert_ptr_nonnull(strstr(told, "2 3 4 column \"At\": \"x\" is not"));
    const omni_digest after = api_digest(world.store);
    ck_assert_mem_eq(&before, &after, sizeof(before));
    ck_assert_uint_eq(api_stats(world.store).refused, stats.refused);
    ck_assert_uint_eq(api_stats(world.store).log_bytes, stats.log_bytes);
}
END_TEST

static const char lines[] =
    "{\"type\":\"track\",\"event\":\"E\",\"messageId\":\"m1\","
    "\"userId\":\"u1\",\"timestamp\":\"2024-01-01T00:00:00Z\","
    "\"context\":{\"traits\":{\"email\":\"A@B.ch \"}}}\n"
    "\n"
    "{\"type\":\"track\",\"event\":\"E\",\"messageId\":\"m1\","
    "\"userId\":\"u1\",\"timestamp\":\"2024-01-01T00:00:00Z\"}\n"
    "{\"type\":\"track\"}\n"
    "{\"batch\":[{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":"
    "\"null\",\"timestamp\":\"2024-01-01T00:00:00Z\"}]}";

START_TEST(lines_are_parsed_by_a_store_that_is_only_read)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    omni_batch_free(batch);
    omni_import_free(import);
    batch = NULL;
    import = NULL;
    api_world_close(&world);
    world.options.flags = OMNI_STORE_READ_ONLY;
    api_world_open(&world);
    told[0] = '\0';
    told_count = 0;
    ck_assert_int_eq(omni_event_parse_json(world.store, lines, strlen(lines),
                                           tell, NULL, &summary, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(told_count, 4);
    ck_assert_uint_eq(summary.read, 4);
    ck_assert_uint_eq(summary.taken, 2);
    ck_assert_uint_eq(summary.duplicates, 1);
    ck_assert_uint_eq(summary.refused, 1);
    ck_assert_uint_eq(summary.flagged, 1);
    ck_assert_ptr_nonnull(
        strstr(told, "0 0 1  {\"id\":\"m1\",\"identifiers\":[\"email:a@b.ch\","
                     "\"user_id:u1\"],\"name\":\"E\","));
    ck_assert_ptr_nonnull(strstr(told, "1 0 3  {"));
    ck_assert_ptr_nonnull(strstr(told, "2 2 4 a track without"));
    ck_assert_ptr_nonnull(strstr(told, "0 101 5 1 blocked"));
    ck_assert_uint_eq(api_stats(world.store).events, 0);
    ck_assert_uint_eq(api_stats(world.store).refused, 0);
    size_t most = 2;
    told_count = 0;
    ck_assert_int_eq(omni_event_parse_json(world.store, lines, strlen(lines),
                                           tell, &most, &summary, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(told_count, 2);
    ck_assert_uint_eq(summary.read, 2);
    ck_assert_int_eq(omni_event_parse_json(world.store, lines, strlen(lines),
                                           NULL, NULL, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    world.options.flags = OMNI_STORE_CREATE;
}
END_TEST

START_TEST(what_is_parsed_is_what_is_written)
{
    told[0] = '\0';
    told_count = 0;
    ck_assert_int_eq(omni_event_parse_json(world.store, lines, strlen(lines),
                                           tell, NULL, NULL, NULL),
                     OMNI_OK);
    ck_assert_int_eq(
        omni_event_append_json(world.store, lines, strlen(lines), NULL, NULL),
        OMNI_OK);
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "user_id", "u1");
    omni_timeline *walk = NULL;
    omni_timeline_event event;
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &walk), OMNI_OK);
    size_t events = 0;
    while (omni_timeline_next(walk, &event) == OMNI_OK) {
        omni_text json;
        api_bytes text = {.size = 0};
        ck_assert_int_eq(omni_timeline_json(walk, &json), OMNI_OK);
        api_add_event(json, &text);
        api_bytes_add(&text, "", 1);
        ck_assert_msg(strstr(told, (char *)text.data) != NULL, "%s not in %s",
                      (char *)text.data, told);
        api_bytes_free(&text);
        ++events;
    }
    ck_assert_uint_eq(events, 2);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tables");
    TCase *tests = tcase_create("tables");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_become_events);
    tcase_add_test(tests, skipped_rows_are_counted_by_rule_and_not_kept);
    tcase_add_test(tests, refused_rows_are_kept_with_their_line_and_column);
    tcase_add_test(tests, equal_rows_of_one_import_are_events_of_their_own);
    tcase_add_test(tests, wrong_calls_are_told);
    tcase_add_test(tests, a_mapping_says_how_its_table_is_written);
    tcase_add_test(tests, a_rehearsal_shows_events_and_writes_nothing);
    tcase_add_test(tests, lines_are_parsed_by_a_store_that_is_only_read);
    tcase_add_test(tests, what_is_parsed_is_what_is_written);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
