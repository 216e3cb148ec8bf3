/* Mappings without memory. */
#include "formats/mapping.h"

#include <check.h>
#include <stdlib.h>

static omni_error error;

/* Fields of a line with bars between them. */
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

/* Fails every allocation from one on. */
static size_t allocations_left;

static void *
failing(void *user, void *block, size_t size)
{
    (void)user;
    if (size != 0 && allocations_left-- == 0) {
        allocations_left = 0;
        return NULL;
    }
    return omni__alloc_default.resize(NULL, block, size);
}

START_TEST(every_failed_allocation_is_told_and_leaks_nothing)
{
    static const char json[] =
        "{\"columns\":{\"Who\":[\"namespace:user_id\",\"trait:w\"],"
        "\"V\":{\"property\":\"v\",\"type\":\"number\",\"missing\":[\"-\"]}},"
        "\"event\":[{\"when\":{\"V\":{\"not\":{\"above\":1}}},\"value\":"
        "\"E\"},{\"value\":\"F\"}],\"event_id\":[\"Who\",\"V\"],"
        "\"properties\":{\"c\":\"x\",\"p\":{\"product\":[\"V\",2]}}}";
    const omni__alloc alloc = {.resize = failing};
    for (size_t k = 0;; ++k) {
        omni_mapping *made = NULL;
        omni__record record;
        omni__refusal refusal;
        omni__map_rule *skip = NULL;
        omni__arena memory;
        omni_text fields[16];
        omni_row row = {.size = sizeof(row), .fields = fields};
        omni__arena_init(&memory, &alloc);
        allocations_left = k;
        omni_status status =
            omni__mapping_parse(&alloc, omni__slice_text(json), &made, &error);
        if (status == OMNI_OK) {
            const size_t count = split("Who|V", fields);
            status = omni__mapping_bind(made, fields, count, &error);
        }
        if (status == OMNI_OK) {
            row.field_count = split("u|3", fields);
            status = omni__mapping_read(made, &row, &memory, &record, &refusal,
                                        &skip);
        }
        omni__mapping_free(made);
        omni__arena_free(&memory);
        if (status == OMNI_OK) {
            ck_assert_int_eq(refusal.code, OMNI_REFUSED_NONE);
            ck_assert_uint_gt(k, 5);
            break;
        }
        ck_assert_int_eq(status, OMNI_ERR_NO_MEMORY);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mapping_memory");
    TCase *tests = tcase_create("mapping_memory");
    tcase_add_test(tests, every_failed_allocation_is_told_and_leaks_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
