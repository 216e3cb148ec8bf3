/* Segment-spec JSON: which field becomes what, and what is refused why. */
#include "formats/segment_json.h"
#include "omni/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static omni__arena arena;

/* What the callback saw last, as text, and how often. */
static char seen[8192];
static size_t seen_size;
static size_t record_count;
static size_t refusal_count;
static omni_refused_code last_code;
static char last_reason[160];
static char last_text[200000];

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

static void
note(const char *name, omni__slice value)
{
    if (value.size != 0) {
        seen_size += (size_t)snprintf(
            seen + seen_size, sizeof(seen) - seen_size, " %s=%.*s", name,
            (int)value.size, (const char *)value.data);
        ck_assert_uint_lt(seen_size, sizeof(seen));
    }
}

static void
note_number(const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    note(name, omni__slice_text(text));
}

static void
note_record(const omni__record *record)
{
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    if (seen_size != 0) {
        note("", omni__slice_text("|"));
    }
    seen_size += (size_t)sprintf(seen + seen_size, "%s", types[record->type]);
    note("name", record->name);
    note("id", record->id);
    if (record->has_time) {
        note_number("time", record->time_us);
    }
    if (record->instant_us != 0) {
        note_number("instant", record->instant_us);
    }
    note("channel", record->channel);
    note("source", record->source);
    note("group", record->group_id);
    note("previous", record->previous_id);
    for (size_t i = 0; i < record->identifier_count; ++i) {
        char name[64];
        snprintf(name, sizeof(name), "<%.*s>",
                 (int)record->identifiers[i].ns.size,
                 (const char *)record->identifiers[i].ns.data);
        note(name, record->identifiers[i].value.size != 0
                       ? record->identifiers[i].value
                       : omni__slice_text("(empty)"));
    }
    if (record->trait_count != 0) {
        note_number("count", (int64_t)record->trait_count);
    }
    note("traits", record->traits);
    note("properties", record->properties);
}

static omni_status
on_record(void *user, const omni__record *record, const omni__refusal *refusal,
          omni__slice text)
{
    (void)user;
    ck_assert_uint_lt(text.size, sizeof(last_text));
    memcpy(last_text, text.data, text.size);
    last_text[text.size] = '\0';
    last_code = refusal->code;
    if (refusal->code != OMNI_REFUSED_NONE) {
        strcpy(last_reason, refusal->reason);
        ck_assert_uint_gt(strlen(last_reason), 0);
        ck_assert_ptr_null(strpbrk(last_reason, "\r\n"));
        ++refusal_count;
        return OMNI_OK;
    }
    ++record_count;
    note_record(record);
    return OMNI_OK;
}

static void
read_bytes(omni__slice line)
{
    seen_size = 0;
    seen[0] = '\0';
    record_count = 0;
    refusal_count = 0;
    last_code = OMNI_REFUSED_NONE;
    last_reason[0] = '\0';
    ck_assert_int_eq(omni__segment_read(line, &arena, on_record, NULL),
                     OMNI_OK);
}

static void
expect(const char *line, const char *wanted)
{
    read_bytes(omni__slice_text(line));
    ck_assert_msg(refusal_count == 0, "%s: %s", line, last_reason);
    ck_assert_str_eq(seen, wanted);
}

static void
expect_refused(const char *line, omni_refused_code code, const char *reason)
{
    read_bytes(omni__slice_text(line));
    ck_assert_uint_eq(record_count, 0);
    ck_assert_uint_eq(refusal_count, 1);
    ck_assert_msg(strstr(last_reason, reason) != NULL, "%s: \"%s\"", line,
                  last_reason);
    ck_assert_int_eq(last_code, code);
}

#define TRACK "{\"type\":\"track\",\"event\":\"E\""
#define SEEN "track name=E"

START_TEST(every_field_has_its_place)
{
    expect("{\"type\":\"track\",\"event\":\"Order Completed\","
           "\"messageId\":\"m1\",\"userId\":\"u\",\"anonymousId\":\"a\","
           "\"timestamp\":\"1970-01-01T00:00:02Z\",\"channel\":\"web\","
           "\"groupId\":\"g\",\"previousId\":\"ignored\","
           "\"context\":{\"channel\":\"app\",\"source\":\"shop\","
           "\"device\":{\"id\":\"d\"},\"ip\":\"::1\","
           "\"traits\":{\"email\":\"E@x.ch\",\"vip\":true},"
           "\"externalIds\":[{\"id\":\"7\",\"type\":\"loyalty_id\"}]},"
           "\"traits\":{\"phone\":\"044\",\"age\":1e1},"
           "\"properties\":{\"revenue\":59.90,\"a\":[]}}",
           "track name=Order Completed id=m1 time=2000000 instant=2000000 "
           "channel=web source=shop group=g <user_id>=u <anonymous_id>=a "
           "<device_id>=d <email>=E@x.ch <phone>=044 <loyalty_id>=7 count=4 "
           "traits={\"age\":10,\"email\":\"E@x.ch\",\"phone\":\"044\","
           "\"vip\":true} properties={\"a\":[],\"revenue\":59.9}");
}
END_TEST

START_TEST(null_and_empty_fields_are_absent)
{
    expect(TRACK ",\"userId\":null,\"anonymousId\":\"a\",\"messageId\":null,"
                 "\"timestamp\":null,\"sentAt\":null,\"context\":null,"
                 "\"traits\":null,\"properties\":null,\"channel\":null}",
           SEEN " <anonymous_id>=a");
    expect(TRACK ",\"messageId\":\"\",\"channel\":\"\",\"traits\":{},"
                 "\"properties\":{},\"context\":{\"channel\":\"app\","
                 "\"source\":\"\",\"device\":null,\"externalIds\":null}}",
           SEEN " channel=app");
    expect(TRACK ",\"context\":{\"externalIds\":[null,{\"id\":null,"
                 "\"type\":\"crm\"},{\"type\":\"crm\"}],"
                 "\"device\":{\"id\":null}}}",
           SEEN);
    expect(TRACK ",\"userId\":\"\",\"anonymousId\":\"\",\"context\":"
                 "{\"device\":{\"id\":\"\"},\"externalIds\":[{\"id\":\"\","
                 "\"type\":\"\"}]},\"traits\":{\"email\":\"\"}}",
           SEEN " <user_id>=(empty) <anonymous_id>=(empty) "
                "<device_id>=(empty) <email>=(empty) <>=(empty) count=1 "
                "traits={\"email\":\"\"}");
    expect(" \t\r\n", "");
    expect("\xef\xbb\xbf\r", "");
    expect("\xef\xbb\xbf" TRACK "}\r", SEEN);
}
END_TEST

START_TEST(ids_may_be_numbers)
{
    expect(TRACK ",\"userId\":9007199254740993,\"anonymousId\":1e3,"
                 "\"messageId\":7.50,\"groupId\":-1,\"context\":{\"device\":"
                 "{\"id\":3},\"externalIds\":[{\"id\":5,\"type\":\"crm\"}]},"
                 "\"traits\":{\"phone\":41446681800,\"email\":5}}",
           SEEN " id=7.5 group=-1 <user_id>=9007199254740993 "
                "<anonymous_id>=1000 <device_id>=3 <phone>=41446681800 "
                "<crm>=5 count=2 "
                "traits={\"email\":5,\"phone\":41446681800}");
    expect("{\"type\":\"alias\",\"userId\":1,\"previousId\":2}",
           "alias name=alias previous=2 <user_id>=1");
}
END_TEST

START_TEST(traits_name_people_from_both_places)
{
    expect(TRACK ",\"traits\":{\"email\":\"a@x\"},\"context\":{\"traits\":"
                 "{\"email\":\"b@x\",\"city\":\"Bern\"}}}",
           SEEN " <email>=b@x <email>=a@x count=2 "
                "traits={\"city\":\"Bern\",\"email\":\"a@x\"}");
    expect(TRACK ",\"traits\":{\"email\":\"a@x\"},\"context\":{\"traits\":"
                 "{\"email\":\"a@x\"}}}",
           SEEN " <email>=a@x count=1 traits={\"email\":\"a@x\"}");
    expect(TRACK ",\"traits\":{\"email\":null},\"context\":{\"traits\":"
                 "{\"phone\":[1],\"email\":{}}}}",
           SEEN " count=2 traits={\"email\":null,\"phone\":[1]}");
}
END_TEST

START_TEST(a_groups_traits_are_not_a_persons)
{
    expect("{\"type\":\"group\",\"groupId\":\"g\",\"userId\":\"u\","
           "\"traits\":{\"email\":\"info@x\",\"plan\":\"b\"},"
           "\"context\":{\"traits\":{\"email\":\"me@x\"}}}",
           "group name=group group=g <user_id>=u <email>=me@x count=1 "
           "traits={\"email\":\"me@x\"} "
           "properties={\"traits\":{\"email\":\"info@x\",\"plan\":\"b\"}}");
    expect("{\"type\":\"group\",\"userId\":\"u\",\"traits\":{\"a\":1},"
           "\"properties\":{\"z\":1,\"traits\":2,\"b\":3}}",
           "group name=group <user_id>=u "
           "properties={\"b\":3,\"traits\":{\"a\":1},\"z\":1}");
    expect("{\"type\":\"group\",\"userId\":\"u\"}",
           "group name=group <user_id>=u");
}
END_TEST

START_TEST(pages_and_screens_have_their_name_as_property)
{
    expect("{\"type\":\"page\",\"name\":\"Home\",\"category\":\"c\","
           "\"properties\":{\"url\":\"/\",\"b\":1}}",
           "page name=page properties={\"b\":1,\"name\":\"Home\","
           "\"url\":\"/\"}");
    expect("{\"type\":\"screen\",\"name\":\"Home\"}",
           "screen name=screen properties={\"name\":\"Home\"}");
    expect("{\"type\":\"screen\",\"name\":\"Home\",\"properties\":"
           "{\"name\":\"own\"}}",
           "screen name=screen properties={\"name\":\"own\"}");
    expect("{\"type\":\"page\",\"name\":\"Home\",\"properties\":"
           "{\"name\":null}}",
           "page name=page properties={\"name\":\"Home\"}");
    expect(TRACK ",\"name\":7}", SEEN);
    expect_refused("{\"type\":\"page\",\"name\":7}", OMNI_REFUSED_JSON,
                   "name is not a string");
}
END_TEST

START_TEST(times_are_chosen_and_corrected)
{
    expect(TRACK ",\"timestamp\":\"1970-01-01T00:00:05Z\","
                 "\"originalTimestamp\":\"1970-01-01T00:00:03Z\","
                 "\"sentAt\":\"1970-01-01T00:00:01Z\","
                 "\"receivedAt\":\"1970-01-01T00:00:09Z\"}",
           SEEN " time=5000000 instant=3000000");
    expect(TRACK ",\"originalTimestamp\":\"1970-01-01T00:00:03Z\","
                 "\"sentAt\":\"1970-01-01T00:00:01Z\","
                 "\"receivedAt\":\"1970-01-01T00:00:09Z\"}",
           SEEN " time=11000000 instant=3000000");
    expect(TRACK ",\"originalTimestamp\":\"1970-01-01T00:00:03Z\","
                 "\"sentAt\":\"1970-01-01T00:00:01Z\"}",
           SEEN " time=3000000 instant=3000000");
    expect(TRACK ",\"receivedAt\":\"1970-01-01T00:00:09Z\"}", SEEN);
    expect_refused(TRACK ",\"timestamp\":\"yesterday\"}", OMNI_REFUSED_TIME,
                   "timestamp is not an RFC 3339 time: \"yesterday\"");
    expect_refused(TRACK ",\"originalTimestamp\":1300000000}",
                   OMNI_REFUSED_TIME,
                   "originalTimestamp is not an RFC 3339 time: 1300000000");
    expect_refused(TRACK ",\"sentAt\":\"\"}", OMNI_REFUSED_TIME,
                   "sentAt is not an RFC 3339 time: \"\"");
    expect_refused(TRACK ",\"receivedAt\":{\"a\":\"\\n\"}}", OMNI_REFUSED_TIME,
                   "receivedAt is not an RFC 3339 time: {\"a\":\"\\n\"}");
}
END_TEST

START_TEST(events_need_a_type_and_a_name)
{
    static const char *const types[] = {"identify", "page", "screen", "group",
                                        "alias"};
    for (size_t i = 0; i < 5; ++i) {
        char line[64];
        char wanted[64];
        sprintf(line, "{\"type\":\"%s\",\"event\":7}", types[i]);
        sprintf(wanted, "%s name=%s", types[i], types[i]);
        expect(line, wanted);
    }
    expect_refused("{}", OMNI_REFUSED_EVENT, "type is missing");
    expect_refused("{\"type\":null}", OMNI_REFUSED_EVENT, "type is missing");
    expect_refused("{\"type\":\"Track\",\"event\":\"E\"}", OMNI_REFUSED_EVENT,
                   "unknown type: \"Track\"");
    expect_refused("{\"type\":3}", OMNI_REFUSED_JSON, "type is not a string");
    expect_refused("{\"type\":\"track\"}", OMNI_REFUSED_EVENT, "name");
    expect_refused("{\"type\":\"track\",\"event\":\"\"}", OMNI_REFUSED_EVENT,
                   "name");
    expect_refused("{\"type\":\"track\",\"event\":[]}", OMNI_REFUSED_JSON,
                   "event is not a string");
}
END_TEST

START_TEST(wrong_types_are_refused_by_name)
{
    static const char *const lines[][2] = {
        {",\"userId\":{}}", "userId is neither a string nor a number"},
        {",\"anonymousId\":[]}", "anonymousId is neither"},
        {",\"messageId\":true}", "messageId is neither"},
        {",\"groupId\":false}", "groupId is neither"},
        {",\"channel\":1}", "channel is not a string"},
        {",\"context\":[]}", "context is not an object"},
        {",\"traits\":\"x\"}", "traits is not an object"},
        {",\"properties\":[]}", "properties is not an object"},
        {",\"context\":{\"traits\":1}}", "context.traits is not an object"},
        {",\"context\":{\"source\":{}}}", "context.source is not a string"},
        {",\"context\":{\"channel\":{}}}", "context.channel is not a string"},
        {",\"context\":{\"device\":\"d\"}}", "context.device is not an object"},
        {",\"context\":{\"device\":{\"id\":[]}}}",
         "context.device.id is neither"},
        {",\"context\":{\"externalIds\":{}}}",
         "context.externalIds is not an array"},
        {",\"context\":{\"externalIds\":[null,7]}}",
         "context.externalIds[1] is not an object"},
        {",\"context\":{\"externalIds\":[{\"id\":\"x\"}]}}",
         "context.externalIds[0] has no type"},
        {",\"context\":{\"externalIds\":[{\"id\":\"x\",\"type\":1}]}}",
         "context.externalIds[0] has no type"},
        {",\"context\":{\"externalIds\":[{\"id\":{},\"type\":\"x\"}]}}",
         "context.externalIds[0].id is neither"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); ++i) {
        char line[256];
        sprintf(line, "%s%s", TRACK, lines[i][0]);
        expect_refused(line, OMNI_REFUSED_JSON, lines[i][1]);
        ck_assert_str_eq(last_text, line);
    }
    expect_refused("{\"type\":\"alias\",\"previousId\":{}}", OMNI_REFUSED_JSON,
                   "previousId is neither");
}
END_TEST

START_TEST(what_is_no_json_object_is_refused)
{
    expect_refused("[]", OMNI_REFUSED_JSON, "not a JSON object");
    expect_refused("\"x\"", OMNI_REFUSED_JSON, "not a JSON object");
    expect_refused("type,event", OMNI_REFUSED_JSON, "bad JSON at byte ");
    expect_refused(" {\"a\":1,\"a\":2} ", OMNI_REFUSED_JSON,
                   "duplicate key \"a\"");
    ck_assert_str_eq(last_text, "{\"a\":1,\"a\":2}");
    expect_refused("\xef\xbb\xbf {\"a\":\"\xff\"}", OMNI_REFUSED_JSON,
                   "bad JSON at byte 10: not UTF-8");
    expect_refused(TRACK "}" TRACK "}", OMNI_REFUSED_JSON, "trailing garbage");
}
END_TEST

/* A track with a field of `size` letters. */
static void
expect_limit(const char *before, size_t size, const char *after,
             const char *reason)
{
    static char line[200000];
    size_t at = (size_t)sprintf(line, "%s", before);
    memset(line + at, 'x', size);
    strcpy(line + at + size, after);
    read_bytes(omni__slice_text(line));
    ck_assert_msg(refusal_count == 0, "%s", last_reason);
    memset(line + at, 'x', size + 1);
    strcpy(line + at + size + 1, after);
    expect_refused(line, OMNI_REFUSED_LIMIT, reason);
}

START_TEST(limits_hold_to_the_byte)
{
    const size_t name = OMNI_LIMIT_NAME_BYTES;
    const size_t value = OMNI_LIMIT_IDENTIFIER_BYTES;
    expect_limit("{\"type\":\"track\",\"event\":\"", name, "\"}",
                 "event is 129 bytes long, more than 128");
    expect_limit(TRACK ",\"channel\":\"", name, "\"}", "channel is");
    expect_limit(TRACK ",\"context\":{\"source\":\"", name, "\"}}",
                 "context.source is");
    expect_limit(TRACK ",\"context\":{\"channel\":\"", name, "\"}}",
                 "context.channel is");
    expect_limit(TRACK ",\"messageId\":\"", OMNI_LIMIT_EVENT_ID_BYTES, "\"}",
                 "messageId is");
    expect_limit(TRACK ",\"userId\":\"", value, "\"}", "userId is");
    expect_limit(TRACK ",\"groupId\":\"", value, "\"}", "groupId is");
    expect_limit(TRACK ",\"traits\":{\"phone\":\"", value, "\"}}",
                 "the trait phone is");
    expect_limit(TRACK ",\"traits\":{\"", name, "\":1}}",
                 "the name of a trait is");
    const size_t around = strlen(TRACK ",\"x\":\"\"}");
    expect_limit(TRACK ",\"x\":\"", OMNI_LIMIT_EVENT_BYTES - around, "\"}",
                 "the record is 65537 bytes long");
}
END_TEST

START_TEST(traits_are_counted_after_merging)
{
    static char line[65536];
    for (unsigned count = 512; count <= 513; ++count) {
        size_t at = (size_t)sprintf(line, TRACK ",\"context\":{\"traits\":"
                                                "{\"t0\":0}},\"traits\":{");
        for (unsigned i = 0; i < count; ++i) {
            at +=
                (size_t)sprintf(line + at, "%s\"t%u\":1", i != 0 ? "," : "", i);
        }
        strcpy(line + at, "}}");
        read_bytes(omni__slice_text(line));
        ck_assert_uint_eq(record_count, count == 512 ? 1 : 0);
    }
    expect_refused(line, OMNI_REFUSED_LIMIT, "513 traits, more than 512");
}
END_TEST

START_TEST(numbers_may_not_swell_past_the_limit)
{
    static char line[65536];
    size_t at = (size_t)sprintf(line, TRACK ",\"properties\":{\"a\":[1e39");
    while (at < 15000) {
        at += (size_t)sprintf(line + at, ",1e39");
    }
    strcpy(line + at, "]}}");
    expect_refused(line, OMNI_REFUSED_LIMIT, "the record in canonical form");
    expect_refused(TRACK ",\"a\":1e999999999}", OMNI_REFUSED_LIMIT,
                   "over a limit at byte");
}
END_TEST

START_TEST(depth_is_that_of_the_record)
{
    char line[512];
    for (int levels = OMNI_LIMIT_JSON_DEPTH; levels < 40; ++levels) {
        char open[64] = "";
        char close[64] = "";
        memset(open, '[', (size_t)levels - 1);
        memset(close, ']', (size_t)levels - 1);
        sprintf(line, TRACK ",\"x\":%s%s}", open, close);
        const omni_refused_code wanted = levels <= OMNI_LIMIT_JSON_DEPTH
                                             ? OMNI_REFUSED_NONE
                                             : OMNI_REFUSED_LIMIT;
        read_bytes(omni__slice_text(line));
        ck_assert_int_eq(last_code, wanted);
        sprintf(line, "{\"batch\":[" TRACK ",\"x\":%s%s}]}", open, close);
        read_bytes(omni__slice_text(line));
        ck_assert_int_eq(last_code, wanted);
    }
}
END_TEST

START_TEST(a_batch_is_its_members)
{
    expect("{\"batch\":[" TRACK ",\"userId\":\"1\",\"originalTimestamp\":"
           "\"1970-01-01T00:00:03Z\"}," TRACK ",\"userId\":\"2\","
           "\"sentAt\":null,\"originalTimestamp\":\"1970-01-01T00:00:03Z\","
           "\"receivedAt\":\"1970-01-01T00:00:02Z\",\"context\":{\"source\":"
           "\"own\",\"channel\":null}}],\"messageId\":\"b\","
           "\"sentAt\":\"1970-01-01T00:00:01Z\","
           "\"receivedAt\":\"1970-01-01T00:00:09Z\",\"context\":{\"source\":"
           "\"outer\",\"channel\":\"web\",\"traits\":{\"email\":\"e@x\"}}}",
           SEEN " time=11000000 instant=3000000 channel=web source=outer "
                "<user_id>=1 <email>=e@x count=1 traits={\"email\":\"e@x\"} "
                "=|" SEEN " time=4000000 instant=3000000 channel=web "
                "source=own <user_id>=2 <email>=e@x count=1 "
                "traits={\"email\":\"e@x\"}");
    expect("{\"batch\":[]}", "");
    expect("{\"type\":\"track\",\"event\":\"E\",\"batch\":[1]}", SEEN);
}
END_TEST

START_TEST(members_are_refused_one_by_one)
{
    read_bytes(omni__slice_text(
        "{\"batch\":[7, null, {\"batch\":[]}, {\"type\":\"x\"} ," TRACK "}]}"));
    ck_assert_uint_eq(record_count, 1);
    ck_assert_uint_eq(refusal_count, 4);
    ck_assert_str_eq(last_text, TRACK "}");
    expect_refused("{\"batch\":[ 1e2 ]}", OMNI_REFUSED_JSON,
                   "a member of the batch is not an object");
    ck_assert_str_eq(last_text, "100");
    expect_refused("{\"batch\":[ {\"batch\": [ ]} ]}", OMNI_REFUSED_JSON,
                   "a batch in a batch");
    ck_assert_str_eq(last_text, "{\"batch\": [ ]}");
    expect_refused("{\"batch\":{}}", OMNI_REFUSED_JSON,
                   "batch is not an array");
    expect_refused("{\"batch\":[{}],\"context\":7}", OMNI_REFUSED_JSON,
                   "the batch's context is not an object");
    expect_refused("{\"batch\":[" TRACK "}],\"sentAt\":\"x\"}",
                   OMNI_REFUSED_TIME, "sentAt is not an RFC 3339 time");
}
END_TEST

static omni_status
stop(void *user, const omni__record *record, const omni__refusal *refusal,
     omni__slice text)
{
    (void)record;
    (void)refusal;
    (void)text;
    ++*(int *)user;
    return OMNI_ERR_FULL;
}

START_TEST(the_caller_may_stop)
{
    int calls = 0;
    const omni__slice line =
        omni__slice_text("{\"batch\":[" TRACK "}," TRACK "}]}");
    ck_assert_int_eq(omni__segment_read(line, &arena, stop, &calls),
                     OMNI_ERR_FULL);
    ck_assert_int_eq(calls, 1);
}
END_TEST

static size_t allowed;

static void *
failing(void *user, void *block, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (allowed == 0) {
        return NULL;
    }
    --allowed;
    return realloc(block, size);
}

START_TEST(every_failed_allocation_is_reported)
{
    static const char *const ends[] = {
        "\"properties\":{\"a\":1}}",
        "\"timestamp\":\"no\"}",
        "\"x\":}",
    };
    const omni__alloc alloc = {.resize = failing};
    for (size_t i = 0; i < 3; ++i) {
        static char line[40000];
        size_t at = (size_t)sprintf(line, TRACK ",\"traits\":{\"a\":[0");
        while (at < 30000) {
            at += (size_t)sprintf(line + at, ",1e9");
        }
        sprintf(line + at, "]},%s", ends[i]);
        omni_status st = OMNI_ERR_NO_MEMORY;
        size_t tries = 0;
        for (; st != OMNI_OK; ++tries) {
            omni__arena bounded;
            omni__arena_init(&bounded, &alloc);
            allowed = tries;
            st = omni__segment_read(omni__slice_text(line), &bounded, stop,
                                    &(int){0});
            ck_assert(st == OMNI_ERR_NO_MEMORY || st == OMNI_ERR_FULL);
            st = st == OMNI_ERR_FULL ? OMNI_OK : st;
            omni__arena_free(&bounded);
        }
        ck_assert_uint_gt(tries, 3);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segment_json");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, setup, teardown);
    tcase_add_test(rules, every_field_has_its_place);
    tcase_add_test(rules, null_and_empty_fields_are_absent);
    tcase_add_test(rules, ids_may_be_numbers);
    tcase_add_test(rules, traits_name_people_from_both_places);
    tcase_add_test(rules, a_groups_traits_are_not_a_persons);
    tcase_add_test(rules, pages_and_screens_have_their_name_as_property);
    tcase_add_test(rules, times_are_chosen_and_corrected);
    tcase_add_test(rules, events_need_a_type_and_a_name);
    tcase_add_test(rules, wrong_types_are_refused_by_name);
    tcase_add_test(rules, what_is_no_json_object_is_refused);
    tcase_add_test(rules, limits_hold_to_the_byte);
    tcase_add_test(rules, traits_are_counted_after_merging);
    tcase_add_test(rules, numbers_may_not_swell_past_the_limit);
    tcase_add_test(rules, depth_is_that_of_the_record);
    tcase_add_test(rules, a_batch_is_its_members);
    tcase_add_test(rules, members_are_refused_one_by_one);
    tcase_add_test(rules, the_caller_may_stop);
    tcase_add_test(rules, every_failed_allocation_is_reported);
    suite_add_tcase(suite, rules);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
