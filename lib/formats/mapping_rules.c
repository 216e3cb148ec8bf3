/* Rules of a mapping: where a row's fields pass all tests, a value. */
#include "formats/mapping_json.h"

#include "codec/decimal.h"

#define RULE_DEPTH 8 /* levels of "not" */

static const char *const tests[] = {
    [OMNI__MAP_EQUALS] = "equals", [OMNI__MAP_ONE_OF] = "one_of",
    [OMNI__MAP_PREFIX] = "prefix", [OMNI__MAP_EMPTY] = "empty",
    [OMNI__MAP_ABOVE] = "above",   [OMNI__MAP_AT_LEAST] = "at_least",
    [OMNI__MAP_BELOW] = "below",   [OMNI__MAP_AT_MOST] = "at_most",
    [OMNI__MAP_NOT] = "not",
};

#define TEST_COUNT (sizeof(tests) / sizeof(tests[0]))

/* Where the tests of a list go. */
typedef struct test_list {
    omni__map_test **end;
    omni__map_column *column;
    int depth;
} test_list;

static bool
is_word(omni__slice text, const char *word)
{
    return omni__slice_equal(text, omni__slice_text(word));
}

static omni_status
new_test(omni__map_builder *b, test_list *list, omni__map_test_kind kind,
         omni__map_test **out)
{
    omni__map_test *test = omni__map_get(b, sizeof(*test));
    if (test == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    test->kind = kind;
    test->column = list->column;
    *list->end = test;
    list->end = &test->next;
    *out = test;
    return OMNI_OK;
}

/* A string, or a number as it stands in a field. */
static omni_status
add_word(omni__map_builder *b, const omni__json *value, omni__map_test *test)
{
    if (value->type != OMNI__JSON_STRING && value->type != OMNI__JSON_NUMBER) {
        return omni__map_wrong(b, "is neither a string nor a number");
    }
    omni__map_word *word = omni__map_get(b, sizeof(*word));
    if (word == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    word->next = (omni__map_word *)test->words;
    test->words = word;
    return omni__map_copy(b, value->text, &word->text);
}

static omni_status
read_number(omni__map_builder *b, const omni__json *value, omni__map_test *test)
{
    return value->type == OMNI__JSON_NUMBER
               ? omni__map_copy(b, value->text, &test->number)
               : omni__map_wrong(b, "is not a number");
}

static omni_status
read_tests(omni__map_builder *b, const omni__json *value, test_list *list);

static omni_status
read_not(omni__map_builder *b, const omni__json *value, test_list *list,
         omni__map_test *test)
{
    omni__map_test *inner = NULL;
    test_list below = {
        .end = &inner, .column = list->column, .depth = list->depth + 1};
    if (below.depth > RULE_DEPTH) {
        return omni__map_wrong(b, "more than %d levels of \"not\"", RULE_DEPTH);
    }
    const omni_status status = read_tests(b, value, &below);
    test->inner = inner;
    return status;
}

static omni_status
read_words(omni__map_builder *b, const omni__json *value, omni__map_test *test)
{
    omni__map_word *words = NULL;
    const omni_status status = omni__map_words(b, value, &words);
    test->words = words;
    return status;
}

static omni_status
read_test(omni__map_builder *b, const omni__json *value, void *user)
{
    test_list *list = user;
    size_t kind = 0;
    while (kind < TEST_COUNT && !is_word(value->key, tests[kind])) {
        ++kind;
    }
    if (kind == TEST_COUNT) {
        return omni__map_unknown(b, "test", value->key, tests, TEST_COUNT);
    }
    omni__map_test *test = NULL;
    const omni_status status =
        new_test(b, list, (omni__map_test_kind)kind, &test);
    if (status != OMNI_OK) {
        return status;
    }
    switch (test->kind) {
    case OMNI__MAP_EQUALS:
    case OMNI__MAP_PREFIX:
        return add_word(b, value, test);
    case OMNI__MAP_EMPTY:
        test->kind = value->type == OMNI__JSON_FALSE ? OMNI__MAP_FILLED
                                                     : OMNI__MAP_EMPTY;
        return value->type == OMNI__JSON_TRUE || value->type == OMNI__JSON_FALSE
                   ? OMNI_OK
                   : omni__map_wrong(b, "is neither true nor false");
    case OMNI__MAP_ONE_OF:
        return read_words(b, value, test);
    case OMNI__MAP_NOT:
        return read_not(b, value, list, test);
    default:
        return read_number(b, value, test);
    }
}

/* The tests of one column: an object of them, or what its field equals. */
static omni_status
read_tests(omni__map_builder *b, const omni__json *value, test_list *list)
{
    if (value->type == OMNI__JSON_STRING || value->type == OMNI__JSON_NUMBER) {
        omni__map_test *test = NULL;
        const omni_status status = new_test(b, list, OMNI__MAP_EQUALS, &test);
        return status == OMNI_OK ? add_word(b, value, test) : status;
    }
    if (value->type != OMNI__JSON_OBJECT || value->count == 0) {
        return omni__map_wrong(b, "is neither a value nor an object of tests, "
                                  "such as {\"above\": 0}");
    }
    return omni__map_each(b, value, read_test, list);
}

static omni_status
read_column_tests(omni__map_builder *b, const omni__json *value, void *user)
{
    test_list *list = user;
    const omni_status status =
        omni__map_column_of(b, value->key, &list->column);
    return status == OMNI_OK ? read_tests(b, value, list) : status;
}

/* A rule being read: `when`, and its value under some name. */
typedef struct rule_reading {
    const char *name;
    omni__map_rule *rule;
    bool has_value;
} rule_reading;

static omni_status
read_rule_member(omni__map_builder *b, const omni__json *value, void *user)
{
    rule_reading *r = user;
    if (is_word(value->key, r->name)) {
        omni__slice text = {NULL, 0};
        const omni_status status = omni__map_text(b, value, &text);
        r->has_value = true;
        return status == OMNI_OK ? omni__map_copy(b, text, &r->rule->value)
                                 : status;
    }
    if (is_word(value->key, "when")) {
        omni__map_test *list = NULL;
        test_list whole = {.end = &list};
        omni_status status = omni__map_object(b, value, "an object of columns");
        if (status == OMNI_OK && value->count == 0) {
            status = omni__map_wrong(b, "names no column");
        }
        if (status == OMNI_OK) {
            status = omni__map_each(b, value, read_column_tests, &whole);
        }
        r->rule->tests = list;
        return status;
    }
    const char *const known[] = {"when", r->name};
    return omni__map_unknown(b, "member", value->key, known, 2);
}

static omni_status
read_rule(omni__map_builder *b, const omni__json *value, rule_reading *r,
          omni__map_rule **list)
{
    omni_status status = omni__map_object(b, value, "a rule, an object");
    r->rule = status == OMNI_OK ? omni__map_get(b, sizeof(*r->rule)) : NULL;
    if (r->rule == NULL) {
        return status != OMNI_OK ? status : OMNI_ERR_NO_MEMORY;
    }
    status = omni__map_each(b, value, read_rule_member, r);
    while (*list != NULL) {
        list = &(*list)->next;
    }
    *list = r->rule;
    return status;
}

static omni_status
read_skip(omni__map_builder *b, const omni__json *value, void *user)
{
    rule_reading r = {.name = "reason"};
    const omni_status status = read_rule(b, value, &r, &b->mapping->skips);
    (void)user;
    if (status == OMNI_OK && r.rule->tests == NULL) {
        return omni__map_wrong(b, "has no \"when\": it would skip every row");
    }
    return status == OMNI_OK && r.rule->value.size == 0
               ? omni__map_wrong(b, "has no \"reason\", under which its rows "
                                    "are counted")
               : status;
}

omni_status
omni__map_read_skips(omni__map_builder *b, const omni__json *value)
{
    return value->type == OMNI__JSON_ARRAY
               ? omni__map_every(b, value, read_skip, NULL)
               : omni__map_wrong(b, "is not an array of rules");
}

static omni_status
read_value(omni__map_builder *b, const omni__json *value, void *user)
{
    const omni__map_part part = *(const omni__map_part *)user;
    rule_reading r = {.name = "value"};
    const omni_status status =
        read_rule(b, value, &r, &b->mapping->parts[part].rules);
    if (status == OMNI_OK && !r.has_value) {
        return omni__map_wrong(b, "has no \"value\"");
    }
    return status == OMNI_OK ? omni__map_check_part(b, part, r.rule->value)
                             : status;
}

omni_status
omni__map_read_part(omni__map_builder *b, const omni__json *value,
                    omni__map_part part)
{
    if (value->type == OMNI__JSON_STRING) {
        return omni__map_add_constant(b, part, value->text);
    }
    if (value->type != OMNI__JSON_ARRAY) {
        return omni__map_wrong(b, "is neither a string nor an array of rules");
    }
    return omni__map_every(b, value, read_value, &part);
}
