/* Mappings: what a document says, what is wrong with one, and the records
   that rows become. */
#include "formats/mapping.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static omni_mapping *mapping;
static omni_error error;
static omni__arena arena;
static char seen[4096];

static void
setup(void)
{
    mapping = NULL;
    omni__arena_init(&arena, &omni__alloc_default);
}

static void
teardown(void)
{
    omni__mapping_free(mapping);
    omni__arena_free(&arena);
}

static omni_status
parse(const char *json)
{
    memset(&error, 0, sizeof(error));
    omni__mapping_free(mapping);
    mapping = NULL;
    return omni__mapping_parse(&omni__alloc_default, omni__slice_text(json),
                               &mapping, &error);
}

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

static omni_status
bind(const char *header)
{
    omni_text columns[16];
    const size_t count = split(header, columns);
    return omni__mapping_bind(mapping, columns, count, &error);
}

static void
note(const char *name, omni__slice value)
{
    if (value.size != 0) {
        const size_t at = strlen(seen);
        snprintf(seen + at, sizeof(seen) - at, " %s=%.*s", name,
                 (int)value.size, (const char *)value.data);
    }
}

/* The record of a row in one line, or "refused: REASON", or "skipped". */
static const char *
read_row(const char *line)
{
    omni_text fields[16];
    omni__record record;
    omni__refusal refusal;
    omni__map_rule *skip = NULL;
    omni_row row = {.size = sizeof(row), .fields = fields};
    row.field_count = split(line, fields);
    omni__arena_reset(&arena);
    ck_assert_int_eq(
        omni__mapping_read(mapping, &row, &arena, &record, &refusal, &skip),
        OMNI_OK);
    if (skip != NULL) {
        snprintf(seen, sizeof(seen), "skipped: %.*s", (int)skip->value.size,
                 (const char *)skip->value.data);
        return seen;
    }
    if (refusal.code != OMNI_REFUSED_NONE) {
        snprintf(seen, sizeof(seen), "refused %d: %s", (int)refusal.code,
                 refusal.reason);
        return seen;
    }
    snprintf(seen, sizeof(seen), "%.*s", (int)record.name.size,
             (const char *)record.name.data);
    if (record.has_time) {
        char time[32];
        snprintf(time, sizeof(time), "%lld", (long long)record.time_us);
        note("time", omni__slice_text(time));
    }
    note("id", record.id);
    note("channel", record.channel);
    note("source", record.source);
    note("group", record.group_id);
    note("previous", record.previous_id);
    for (size_t i = 0; i < record.identifier_count; ++i) {
        char ns[40];
        snprintf(ns, sizeof(ns), "<%.*s>", (int)record.identifiers[i].ns.size,
                 (const char *)record.identifiers[i].ns.data);
        note(ns, record.identifiers[i].value);
    }
    note("traits", record.traits);
    note("properties", record.properties);
    return seen;
}

#define WHO "\"Who\":\"namespace:user_id\""
#define EVENT ",\"event\":\"E\"}"

static void
use(const char *json, const char *header)
{
    ck_assert_msg(parse(json) == OMNI_OK, "%s", error.message);
    ck_assert_msg(bind(header) == OMNI_OK, "%s", error.message);
}

START_TEST(roles_in_short_and_in_full_are_the_same)
{
    use("{\"columns\":{\"Who\":\"namespace:user_id\","
        "\"At\":\"time:%Y-%m-%d\",\"N\":\"property:n:number\","
        "\"City\":[\"trait:city\",\"property:city\"],\"Id\":\"event_id\","
        "\"Where\":\"channel\",\"From\":\"source\",\"What\":\"event\","
        "\"Junk\":\"ignore\"}}",
        "Who|At|N|City|Id|Where|From|What|Junk|Other");
    char first[sizeof(seen)];
    strcpy(first, read_row("u1|1970-01-02|1.50|Bern|i7|web|crm|Sale|x|y"));
    ck_assert_str_eq(first, "Sale time=86400000000 id=i7 channel=web "
                            "source=crm <user_id>=u1 traits={\"city\":\"Bern\"}"
                            " properties={\"city\":\"Bern\",\"n\":1.5}");
    use("{\"columns\":{\"Who\":{\"namespace\":\"user_id\"},"
        "\"At\":{\"time\":\"%Y-%m-%d\"},"
        "\"N\":{\"property\":\"n\",\"type\":\"number\"},"
        "\"City\":[{\"trait\":\"city\"},{\"property\":\"city\"}],"
        "\"Id\":{\"event_id\":true},\"Where\":{\"channel\":true},"
        "\"From\":{\"source\":true},\"What\":{\"event\":true},"
        "\"Junk\":{\"ignore\":true}}}",
        "Who|At|N|City|Id|Where|From|What|Junk|Other");
    ck_assert_str_eq(read_row("u1|1970-01-02|1.50|Bern|i7|web|crm|Sale|x|y"),
                     first);
    ck_assert(mapping->used[8] && !mapping->used[9]);
}
END_TEST

START_TEST(added_roles_are_the_same_too)
{
    static const char *const roles[] = {
        "Who=namespace:user_id", "At=time:%Y-%m-%d", "N=property:n:number",
        "City=trait:city",       "Id=event_id",      "=event:Sale",
        "=channel:web",          "=source:crm",
    };
    ck_assert_int_eq(parse("{}"), OMNI_OK);
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); ++i) {
        ck_assert_msg(omni__mapping_add(mapping, omni__slice_text(roles[i]),
                                        &error) == OMNI_OK,
                      "%s", error.message);
    }
    ck_assert_int_eq(bind("Who|At|N|City|Id"), OMNI_OK);
    ck_assert_str_eq(read_row("u1|1970-01-02|1.50|Bern|i7"),
                     "Sale time=86400000000 id=i7 channel=web source=crm "
                     "<user_id>=u1 traits={\"city\":\"Bern\"} "
                     "properties={\"n\":1.5}");
}
END_TEST

/* Properties of one row with one column V of some role. */
static const char *
value_of(const char *role, const char *value)
{
    char json[512];
    char line[512];
    snprintf(json, sizeof(json),
             "{\"columns\":{" WHO ",\"V\":{\"property\":\"v\",%s}}" EVENT,
             role);
    snprintf(line, sizeof(line), "u|%s", value);
    use(json, "Who|V");
    const char *all = read_row(line);
    const char *at = strstr(all, "{\"v\":");
    if (at == NULL) {
        return all;
    }
    static char found[512];
    snprintf(found, sizeof(found), "%.*s", (int)strlen(at + 5) - 1, at + 5);
    return found;
}

START_TEST(values_have_types)
{
    static const char *const cases[][3] = {
        {"\"type\":\"text\"", "  a \"b\" ", "\"a \\\"b\\\"\""},
        {"\"type\":\"text\"", "007", "\"007\""},
        {"\"type\":\"number\"", "007.50", "7.5"},
        {"\"type\":\"number\"", "+.5", "0.5"},
        {"\"type\":\"number\"", "-5.", "-5"},
        {"\"type\":\"number\"", "1E3", "1000"},
        {"\"type\":\"number\"", "12345678901234567890.123456789",
         "12345678901234567890.123456789"},
        {"\"type\":\"number\",\"decimal\":\",\"", "59,90", "59.9"},
        {"\"type\":\"number\",\"decimal\":\",\",\"thousands\":\".\"",
         "-1.234.567,80", "-1234567.8"},
        {"\"type\":\"number\",\"thousands\":\",\"", "12,345", "12345"},
        {"\"type\":\"number\",\"thousands\":\"'\"", "1'234.5", "1234.5"},
        {"\"type\":\"integer\"", "17850.0", "17850"},
        {"\"type\":\"integer\"", "-3", "-3"},
        {"\"type\":\"boolean\"", "Yes", "true"},
        {"\"type\":\"boolean\"", "0", "false"},
        {"\"type\":\"boolean\"", "OFF", "false"},
        {"\"type\":\"json\"", "{\"b\":[1.0,null],\"a\":\"x\"}",
         "{\"a\":\"x\",\"b\":[1,null]}"},
        {"\"type\":\"date\"", "2024-05-06", "\"2024-05-06\""},
        {"\"type\":\"date\"", "2024-05-06T07:08:09+01:00",
         "\"2024-05-06T06:08:09Z\""},
        {"\"type\":\"date\",\"form\":\"%d.%m.%Y\"", "6.5.2024",
         "\"2024-05-06\""},
        {"\"type\":\"date\",\"form\":\"%d.%m.%Y %H:%M\",\"zone\":\"+02:00\"",
         "6.5.2024 1:00", "\"2024-05-05T23:00:00Z\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_str_eq(value_of(cases[i][0], cases[i][1]), cases[i][2]);
    }
}
END_TEST

START_TEST(values_that_are_not_of_their_type_refuse_the_row)
{
    static const char *const cases[][3] = {
        {"\"type\":\"number\"", "12,50",
         "refused 7: column \"V\": \"12,50\" is not a number"},
        {"\"type\":\"number\"", "-",
         "refused 7: column \"V\": \"-\" is not a number"},
        {"\"type\":\"number\"", "1e",
         "refused 7: column \"V\": \"1e\" is not a number"},
        {"\"type\":\"number\",\"thousands\":\",\"", "1,23",
         "refused 7: column \"V\": \"1,23\" is not a number"},
        {"\"type\":\"number\",\"thousands\":\",\"", "1234,567",
         "refused 7: column \"V\": \"1234,567\" is not a number"},
        {"\"type\":\"integer\"", "1.5",
         "refused 7: column \"V\": \"1.5\" is not an integer"},
        {"\"type\":\"boolean\"", "maybe",
         "refused 7: column \"V\": \"maybe\" is not a boolean (true, false, "
         "yes, no, 1, 0)"},
        {"\"type\":\"date\",\"form\":\"%d.%m.%Y\"", "2024-05-06",
         "refused 3: column \"V\": \"2024-05-06\" is not a time of the form "
         "%d.%m.%Y"},
        {"\"type\":\"text\"", "\xff", "refused 7: column \"V\" is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_str_eq(value_of(cases[i][0], cases[i][1]), cases[i][2]);
    }
    ck_assert_ptr_nonnull(
        strstr(value_of("\"type\":\"json\"", "{"), "is not JSON: byte"));
}
END_TEST

START_TEST(missing_values_are_absent)
{
    use("{\"columns\":{" WHO ",\"A\":\"property:a\","
        "\"B\":{\"property\":\"b\",\"type\":\"number\",\"missing\":[\"-\"]},"
        "\"T\":\"trait:t\"},\"missing\":[\"NA\",\"null\"]" EVENT,
        "Who|A|B|T");
    ck_assert_str_eq(read_row("u|NA|-| "), "E <user_id>=u");
    ck_assert_str_eq(read_row("u|null||x"),
                     "E <user_id>=u traits={\"t\":\"x\"}");
    ck_assert_str_eq(read_row("u|x|NA|x"),
                     "refused 7: column \"B\": \"NA\" is not a number");
    ck_assert_str_eq(read_row("NA|x|1|x"),
                     "refused 4: column \"Who\" is empty: nobody is named");
}
END_TEST

START_TEST(identifiers_may_be_integers_and_several)
{
    use("{\"columns\":{\"Who\":{\"namespace\":\"user_id\","
        "\"type\":\"integer\"},\"Mail\":[\"namespace:email\",\"trait:email\"]"
        "}" EVENT,
        "Who|Mail");
    ck_assert_str_eq(read_row("17850.0|A@b.ch"),
                     "E <email>=A@b.ch <user_id>=17850 "
                     "traits={\"email\":\"A@b.ch\"}");
    ck_assert_str_eq(read_row("|"),
                     "refused 4: column \"Mail\" is empty, and so are the "
                     "others that could name somebody");
}
END_TEST

START_TEST(rules_choose_the_event_and_skip_rows)
{
    use("{\"columns\":{" WHO ",\"Q\":\"property:q:integer\"},"
        "\"event\":[{\"when\":{\"No\":{\"prefix\":\"C\"}},\"value\":\"Back\"},"
        "{\"when\":{\"Q\":{\"above\":0,\"at_most\":10},"
        "\"Kind\":{\"one_of\":[\"a\",\"b\"]}},\"value\":\"Some\"},"
        "{\"when\":{\"Q\":{\"not\":{\"below\":100}}},\"value\":\"Many\"}],"
        "\"skip\":[{\"when\":{\"Kind\":\"test\"},\"reason\":\"a test\"},"
        "{\"when\":{\"Kind\":{\"empty\":false},\"No\":{\"empty\":true}},"
        "\"reason\":\"no number\"}]}",
        "Who|No|Q|Kind");
    ck_assert_str_eq(read_row("u|C1|3|a"),
                     "Back <user_id>=u properties={\"q\":3}");
    ck_assert_str_eq(read_row("u|1|10|b"),
                     "Some <user_id>=u properties={\"q\":10}");
    ck_assert_str_eq(read_row("u|1|100|a"),
                     "Many <user_id>=u properties={\"q\":100}");
    ck_assert_str_eq(read_row("u|1|50|a"),
                     "refused 2: no rule of \"event\" applies, and no column "
                     "names it");
    ck_assert_str_eq(read_row("|1|x|test"), "skipped: a test");
    ck_assert_str_eq(read_row("||x|c"), "skipped: no number");
}
END_TEST

START_TEST(types_of_events_are_words)
{
    use("{\"columns\":{" WHO ",\"T\":\"type\",\"G\":\"group_id\","
        "\"P\":\"previous_id\",\"N\":\"trait:n\"},\"event\":\"E\","
        "\"type\":[{\"when\":{\"T\":\"\"},\"value\":\"identify\"}]}",
        "Who|T|G|P|N");
    ck_assert_str_eq(read_row("u|page|||"), "page <user_id>=u");
    ck_assert_str_eq(read_row("u||||"), "identify <user_id>=u");
    ck_assert_str_eq(read_row("u|track||p|"), "E <user_id>=u");
    ck_assert_str_eq(read_row("u|alias||p|"), "alias previous=p <user_id>=u");
    ck_assert_str_eq(read_row("u|group|g||x"),
                     "group group=g <user_id>=u "
                     "properties={\"traits\":{\"n\":\"x\"}}");
    ck_assert_str_eq(read_row("u|shout|||"),
                     "refused 2: column \"T\": \"shout\" is not a type of "
                     "event");
}
END_TEST

START_TEST(constants_and_products_are_members)
{
    use("{\"columns\":{" WHO ",\"Q\":\"property:q:integer\"},"
        "\"properties\":{\"currency\":\"GBP\",\"tags\":[1.0,{\"b\":1,"
        "\"a\":2}],\"revenue\":{\"product\":[\"Q\",\"P\",0.01]}},"
        "\"traits\":{\"vip\":true}" EVENT,
        "Who|Q|P");
    ck_assert_str_eq(
        read_row("u|6|255"),
        "E <user_id>=u traits={\"vip\":true} "
        "properties={\"currency\":\"GBP\",\"q\":6,\"revenue\":15.3,"
        "\"tags\":[1,{\"a\":2,\"b\":1}]}");
    ck_assert_str_eq(read_row("u|6|"),
                     "E <user_id>=u traits={\"vip\":true} "
                     "properties={\"currency\":\"GBP\",\"q\":6,"
                     "\"tags\":[1,{\"a\":2,\"b\":1}]}");
    ck_assert_str_eq(read_row("u|6|x"),
                     "refused 7: column \"P\": \"x\" is not a number");
}
END_TEST

START_TEST(an_event_id_is_of_one_column_or_of_several)
{
    use("{\"columns\":{" WHO "},\"event_id\":[\"B\",\"A\"]" EVENT, "Who|A|B");
    ck_assert_str_eq(read_row("u|1|2"), "E id=2/1 <user_id>=u");
    ck_assert_str_eq(read_row("u|1/|\\2"), "E id=\\\\2/1\\/ <user_id>=u");
    ck_assert_str_eq(read_row("u||2"), "E id=2/ <user_id>=u");
    ck_assert_str_eq(read_row("u||"), "E <user_id>=u");
    use("{\"columns\":{" WHO "},\"event_id\":\"A\"" EVENT, "Who|A|B");
    ck_assert_str_eq(read_row("u|1/|2"), "E id=1/ <user_id>=u");
}
END_TEST

START_TEST(a_time_is_needed_where_a_column_has_it)
{
    use("{\"columns\":{" WHO
        ",\"At\":{\"time\":\"%F\",\"zone\":\"+01:00\"}}" EVENT,
        "Who|At");
    ck_assert_str_eq(read_row("u|1970-01-01"),
                     "E time=-3600000000 <user_id>=u");
    ck_assert_str_eq(read_row("u|"), "refused 3: column \"At\" is empty: the "
                                     "row has no time");
    ck_assert_str_eq(read_row("u|1.1.70"),
                     "refused 3: column \"At\": \"1.1.70\" is not a time of "
                     "the form %F");
    use("{\"columns\":{" WHO "},\"time\":\"1970-01-01T00:00:01Z\"" EVENT,
        "Who");
    ck_assert_str_eq(read_row("u"), "E time=1000000 <user_id>=u");
}
END_TEST

START_TEST(ragged_rows_are_refused)
{
    use("{\"columns\":{" WHO "}" EVENT, "Who|A");
    ck_assert_str_eq(read_row("u|a|b"), "refused 7: the row has 3 fields, the "
                                        "table 2 columns");
    ck_assert_str_eq(read_row("u"), "refused 7: the row has 1 field, the "
                                    "table 2 columns");
}
END_TEST

START_TEST(wrong_documents_are_told_with_their_place)
{
    static const char *const cases[][2] = {
        {"{", "byte "},
        {"[]", "is not a JSON object"},
        {"{\"colums\":{}}",
         "colums: there is no member \"colums\", did you mean \"columns\"?"},
        {"{\"columns\":[]}", "columns: is not an object"},
        {"{\"columns\":{\"A\":\"propery:x\"}}",
         "columns.A: there is no role \"propery\", did you mean "
         "\"property\"?"},
        {"{\"columns\":{\"A\":{\"time\":\"%H:%M\"}}}",
         "columns.A.time: \"%H:%M\" is neither rfc3339"},
        {"{\"columns\":{\"A\":{\"time\":\"%Q\"}}}",
         "columns.A.time: \"%Q\" has a directive other than"},
        {"{\"columns\":{\"A\":{\"time\":\"%F\",\"zone\":\"Europe/London\"}}}",
         "columns.A.zone: is neither \"UTC\" nor an offset"},
        {"{\"columns\":{\"A\":{\"namespace\":\"E-Mail\"}}}",
         "columns.A.namespace: namespace \"E-Mail\" is not"},
        {"{\"columns\":{\"A\":{\"property\":\"x\",\"type\":\"nummer\"}}}",
         "columns.A.type: there is no type \"nummer\", did you mean "
         "\"number\"?"},
        {"{\"columns\":{\"A\":{\"property\":\"x\",\"trait\":\"x\"}}}",
         "columns.A.trait: the column is \"property\" already"},
        {"{\"columns\":{\"A\":{\"type\":\"number\"}}}",
         "columns.A: does not say what the column is"},
        {"{\"columns\":{\"A\":{\"channel\":\"web\"}}}",
         "columns.A.channel: is not true"},
        {"{\"columns\":{\"A\":{\"time\":\"%F\",\"type\":\"number\"}}}",
         "columns.A: \"type\" goes with"},
        {"{\"columns\":{\"A\":{\"property\":\"x\",\"zone\":\"UTC\"}}}",
         "columns.A: \"zone\" goes with"},
        {"{\"columns\":{\"A\":{\"property\":\"x\",\"form\":\"%F\"}}}",
         "columns.A: \"form\" goes with"},
        {"{\"columns\":{\"A\":\"time\",\"B\":\"time\"}}",
         "columns.B: column \"A\" is the time already"},
        {"{\"columns\":{\"A\":\"property:x\",\"B\":\"property:x\"}}",
         "columns.B: the property \"x\" is given twice"},
        {"{\"columns\":{\"A\":[\"trait:x\",7]}}",
         "columns.A.1: is not a role such as"},
        {"{\"columns\":{\"A\":{\"property\":\"x\",\"decimal\":\";\"}}}",
         "columns.A.decimal: is neither \".\" nor \",\""},
        {"{\"type\":\"shout\"}", "type: there is no type \"shout\""},
        {"{\"event\":\"\"}", "event: needs 1 to 128 bytes"},
        {"{\"event\":[{\"value\":\"x\",\"when\":{\"A\":{\"abve\":1}}}]}",
         "event.0.when.A.abve: there is no test \"abve\", did you mean "
         "\"above\"?"},
        {"{\"event\":[{\"value\":\"x\",\"when\":{\"A\":{\"above\":\"1\"}}}]}",
         "event.0.when.A.above: is not a number"},
        {"{\"event\":[{\"when\":{\"A\":\"x\"}}]}", "event.0: has no \"value\""},
        {"{\"skip\":[{\"reason\":\"x\"}]}", "skip.0: has no \"when\""},
        {"{\"skip\":[{\"when\":{\"A\":\"x\"}}]}", "skip.0: has no \"reason\""},
        {"{\"properties\":{\"x\":{\"product\":[\"A\",true]}}}",
         "properties.x.product.1: is not a string"},
        {"{\"csv\":{\"delimiter\":\";;\"}}",
         "csv.delimiter: is not one ASCII character"},
        {"{\"csv\":{\"header\":1}}", "csv.header: is neither true nor false"},
        {"{\"csv\":{\"seperator\":\";\"}}",
         "csv.seperator: there is no member"},
        {"{\"missing\":\"NA\"}", "missing: is not an array of strings"},
        {"{\"time\":\"today\"}", "time: is not an RFC 3339 time"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_int_eq(parse(cases[i][0]), OMNI_ERR_SYNTAX);
        ck_assert_msg(
            strncmp(error.message, cases[i][1], strlen(cases[i][1])) == 0,
            "%s: %s", cases[i][0], error.message);
    }
}
END_TEST

START_TEST(wrong_additions_are_told)
{
    static const char *const cases[][2] = {
        {"A", "A: is not COLUMN=ROLE"},
        {"A=emial:x", "A=emial:x: there is no role \"emial\""},
        {"A=event:x", "A=event:x: nothing follows \"event\""},
        {"=trait:x", "=trait:x: there is no part of all rows"},
        {"A=time:%Q", "A=time:%Q: \"%Q\" has a directive"},
        {"A=namespace:", "A=namespace:: namespace \"\" is not"},
    };
    ck_assert_int_eq(parse("{}"), OMNI_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_int_eq(
            omni__mapping_add(mapping, omni__slice_text(cases[i][0]), &error),
            OMNI_ERR_SYNTAX);
        ck_assert_msg(
            strncmp(error.message, cases[i][1], strlen(cases[i][1])) == 0,
            "%s: %s", cases[i][0], error.message);
    }
}
END_TEST

static void
expect_unbound(const char *header, const char *message)
{
    ck_assert_int_eq(bind(header), OMNI_ERR_ARGUMENT);
    ck_assert_msg(strncmp(error.message, message, strlen(message)) == 0, "%s",
                  error.message);
}

START_TEST(binding_tells_what_the_table_lacks)
{
    parse("{\"columns\":{\"CustomerID\":\"namespace:user_id\"}" EVENT);
    expect_unbound("Customer_ID|A", "the table has no column \"CustomerID\", "
                                    "did you mean \"Customer_ID\"?");
    expect_unbound("Nr|Name", "the table has no column \"CustomerID\"; its "
                              "columns are Nr, Name");
    expect_unbound("CustomerID|CustomerID",
                   "the table has two columns \"CustomerID\" (1 and 2)");
    ck_assert_int_eq(bind("A|  CustomerID "), OMNI_OK);
    parse("{\"columns\":{\"A\":\"trait:a\"}" EVENT);
    expect_unbound("A", "no column names anybody");
    parse("{\"columns\":{\"A\":\"namespace:user_id\"}}");
    expect_unbound("A", "the mapping does not say what happened");
    parse("{\"columns\":{\"1\":\"namespace:user_id\"},\"type\":\"identify\"}");
    ck_assert_int_eq(omni__mapping_bind(mapping, NULL, 2, &error), OMNI_OK);
    ck_assert_str_eq(read_row("u|x"), "identify <user_id>=u");
    ck_assert_int_eq(omni__mapping_bind(mapping, NULL, 0, &error),
                     OMNI_ERR_ARGUMENT);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mapping");
    TCase *tests = tcase_create("mapping");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, roles_in_short_and_in_full_are_the_same);
    tcase_add_test(tests, added_roles_are_the_same_too);
    tcase_add_test(tests, values_have_types);
    tcase_add_test(tests, values_that_are_not_of_their_type_refuse_the_row);
    tcase_add_test(tests, missing_values_are_absent);
    tcase_add_test(tests, identifiers_may_be_integers_and_several);
    tcase_add_test(tests, rules_choose_the_event_and_skip_rows);
    tcase_add_test(tests, types_of_events_are_words);
    tcase_add_test(tests, constants_and_products_are_members);
    tcase_add_test(tests, an_event_id_is_of_one_column_or_of_several);
    tcase_add_test(tests, a_time_is_needed_where_a_column_has_it);
    tcase_add_test(tests, ragged_rows_are_refused);
    tcase_add_test(tests, wrong_documents_are_told_with_their_place);
    tcase_add_test(tests, wrong_additions_are_told);
    tcase_add_test(tests, binding_tells_what_the_table_lacks);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
