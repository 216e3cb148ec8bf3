/*
   `import --suggest-mapping`: what the columns of a table may be, by their
   names and by the values of the first rows. A proposal to be read and
   edited.
*/
#include "import.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SAMPLE_ROWS 500
#define NAME_MAX_BYTES 64
#define SHAPE_MAX 40

/* What is seen of a column. */
typedef struct column {
    char *name;
    char snake[NAME_MAX_BYTES]; /* the name as identifiers are written */
    size_t filled;              /* rows with a value */
    size_t emails, phones, numbers, integers, booleans;
    size_t repeated;        /* rows with the value of the row before */
    size_t days_over_12[2]; /* in the first and the second place */
    char shape[SHAPE_MAX];  /* of its dates: digits by their number */
    bool shapes_differ;
    char last[NAME_MAX_BYTES];
    const char *form; /* of its times, or NULL */
} column;

typedef struct sample {
    column *columns;
    size_t count;
    bool events;    /* its rows have times; else they tell of people */
    bool has_time;  /* the time's column is found */
    bool has_name;  /* a column names somebody */
    bool has_money; /* a column is an amount of an order */
    bool has_event;
    bool has_id;
} sample;

/* "CustomerID" as "customer_id". */
static void
make_snake(const char *name, char out[NAME_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; name[i] != '\0' && size + 2 < NAME_MAX_BYTES; ++i) {
        const unsigned char c = (unsigned char)name[i];
        const bool upper = isupper(c) && i > 0 &&
                           (islower((unsigned char)name[i - 1]) ||
                            (isupper((unsigned char)name[i - 1]) &&
                             islower((unsigned char)name[i + 1])));
        if ((!isalnum(c) || upper) && size != 0 && out[size - 1] != '_') {
            out[size++] = '_';
        }
        if (isalnum(c)) {
            out[size++] = (char)tolower(c);
        }
    }
    while (size != 0 && out[size - 1] == '_') {
        --size;
    }
    out[size] = '\0';
}

/* Whether a name holds one of some words. */
static bool
has_word(const column *column, const char *words)
{
    char all[256];
    char *at = NULL;
    snprintf(all, sizeof(all), "%s", words);
    for (char *word = strtok_r(all, " ", &at); word != NULL;
         word = strtok_r(NULL, " ", &at)) {
        if (strstr(column->snake, word) != NULL) {
            return true;
        }
    }
    return false;
}

/* Digits by their number: Y four, n one or two, N more; the rest as it is. */
static void
make_shape(omni_text text, char shape[SHAPE_MAX])
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size + 1 < SHAPE_MAX;) {
        size_t run = 0;
        while (i + run < text.size &&
               isdigit((unsigned char)text.bytes[i + run])) {
            ++run;
        }
        shape[size++] = run == 0   ? text.bytes[i]
                        : run == 4 ? 'Y'
                        : run <= 2 ? 'n'
                                   : 'N';
        i += run != 0 ? run : 1;
    }
    shape[size] = '\0';
}

static bool
is_number(omni_text text, bool *integer)
{
    size_t digits = 0;
    size_t points = 0;
    for (size_t i = 0; i < text.size; ++i) {
        const char c = text.bytes[i];
        if (isdigit((unsigned char)c)) {
            ++digits;
        } else if (c == '.' || c == ',') {
            ++points;
        } else if (i != 0 || (c != '-' && c != '+')) {
            return false;
        }
    }
    *integer = points == 0;
    return digits != 0 && points <= 1;
}

static bool
is_phone(omni_text text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.size; ++i) {
        const char c = text.bytes[i];
        digits += isdigit((unsigned char)c) ? 1 : 0;
        if (!isdigit((unsigned char)c) && strchr("+-()/. ", c) == NULL) {
            return false;
        }
    }
    return digits >= 8 && digits <= 15 &&
           (text.bytes[0] == '+' || text.bytes[0] == '0');
}

static bool
is_email(omni_text text)
{
    const char *at = memchr(text.bytes, '@', text.size);
    return at != NULL && at != text.bytes &&
           memchr(at, '.', text.size - (size_t)(at - text.bytes)) != NULL &&
           memchr(text.bytes, ' ', text.size) == NULL;
}

static bool
is_boolean(omni_text text)
{
    static const char *const words[] = {"true", "false", "yes", "no",
                                        "y",    "n",     "t",   "f"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (strlen(words[i]) == text.size &&
            strncasecmp(words[i], text.bytes, text.size) == 0) {
            return true;
        }
    }
    return false;
}

/* Days over 12 tell day from month. */
static void
look_at_days(column *column, omni_text text)
{
    const char *rest = text.bytes;
    for (size_t i = 0; i < 2; ++i) {
        unsigned value = 0;
        while (rest < text.bytes + text.size && isdigit((unsigned char)*rest) &&
               value < 100) {
            value = value * 10 + (unsigned)(*rest++ - '0');
        }
        column->days_over_12[i] += value > 12 ? 1 : 0;
        rest += rest < text.bytes + text.size ? 1 : 0;
    }
}

static void
look_at_value(column *column, omni_text text)
{
    bool integer = false;
    char shape[SHAPE_MAX];
    char start[NAME_MAX_BYTES];
    if (text.size == 0 ||
        (text.size == 2 && memcmp(text.bytes, "NA", 2) == 0)) {
        return;
    }
    snprintf(start, sizeof(start), "%.*s",
             (int)(text.size < 63 ? text.size : 63), text.bytes);
    column->repeated +=
        column->filled != 0 && strcmp(start, column->last) == 0 ? 1 : 0;
    snprintf(column->last, sizeof(column->last), "%s", start);
    column->emails += is_email(text) ? 1 : 0;
    column->phones += is_phone(text) ? 1 : 0;
    column->booleans += is_boolean(text) ? 1 : 0;
    if (is_number(text, &integer)) {
        ++column->numbers;
        column->integers += integer ? 1 : 0;
    }
    make_shape(text, shape);
    look_at_days(column, text);
    if (column->filled == 0) {
        snprintf(column->shape, sizeof(column->shape), "%s", shape);
    } else if (strcmp(column->shape, shape) != 0) {
        column->shapes_differ = true;
    }
    ++column->filled;
}

/* The form of times in a column, or NULL. */
static const char *
form_of_times(const column *column)
{
    static const char *const forms[][2] = {
        {"Y-n-n", "%Y-%m-%d"},
        {"Y-n-n n:n", "%Y-%m-%d %H:%M"},
        {"Y-n-n n:n:n", "%Y-%m-%d %H:%M:%S"},
        {"Y/n/n", "%Y/%m/%d"},
        {"Y/n/n n:n:n", "%Y/%m/%d %H:%M:%S"},
        {"n.n.Y", "%d.%m.%Y"},
        {"n.n.Y n:n", "%d.%m.%Y %H:%M"},
        {"n.n.Y n:n:n", "%d.%m.%Y %H:%M:%S"},
    };
    static const char *const slashes[][3] = {
        {"n/n/Y", "%d/%m/%Y", "%m/%d/%Y"},
        {"n/n/Y n:n", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"},
        {"n/n/Y n:n:n", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"},
    };
    if (column->filled == 0) {
        return NULL;
    }
    if (strncmp(column->shape, "Y-n-nTn:n", 9) == 0) {
        return "rfc3339";
    }
    for (size_t i = 0; i < 8 && !column->shapes_differ; ++i) {
        if (strcmp(column->shape, forms[i][0]) == 0) {
            return forms[i][1];
        }
    }
    for (size_t i = 0; i < 3 && !column->shapes_differ; ++i) {
        if (strcmp(column->shape, slashes[i][0]) == 0) {
            return slashes[i][column->days_over_12[1] != 0 ? 2 : 1];
        }
    }
    const size_t digits = strlen(column->last);
    if (column->integers == column->filled &&
        has_word(column, "time date unix epoch _at") &&
        (digits == 10 || digits == 13)) {
        return digits == 10 ? "unix" : "unix_ms";
    }
    return NULL;
}

static bool
mostly(size_t some, size_t all)
{
    return all != 0 && some * 10 >= all * 9;
}

/* The namespace of a column that names somebody, or NULL. */
static const char *
namespace_of(const column *column)
{
    if (mostly(column->emails, column->filled)) {
        return "email";
    }
    if (has_word(column, "phone mobile telefon") ||
        (strcmp(column->snake, "tel") == 0 &&
         mostly(column->phones, column->filled))) {
        return "phone";
    }
    if (has_word(column, "anonymous_id cookie visitor_id")) {
        return "anonymous_id";
    }
    if (has_word(column, "device_id")) {
        return "device_id";
    }
    if (has_word(column, "loyalty card_no card_number member_id "
                         "member_no")) {
        return "loyalty_id";
    }
    if (has_word(column, "customer_id customer_no customer_number user_id "
                         "client_id contact_id person_id kundennummer "
                         "account_id") ||
        strcmp(column->snake, "customer") == 0 ||
        strcmp(column->snake, "user") == 0) {
        return "user_id";
    }
    return NULL;
}

static bool
is_money(const column *column)
{
    return column->numbers == column->filled && column->filled != 0 &&
           has_word(column, "total revenue amount betrag umsatz");
}

static bool
is_person_trait(const column *column)
{
    return has_word(column, "name city country gender birth street zip "
                            "postal state language salutation company") &&
           !has_word(column, "product item file event");
}

static void
begin_member(bool *first, const char *key)
{
    fputs(*first ? "\n    " : ",\n    ", stdout);
    *first = false;
    put_json(text_of(key));
    fputs(": ", stdout);
}

static void
put_role(const char *role, const char *name)
{
    char text[NAME_MAX_BYTES + 32];
    snprintf(text, sizeof(text), "%s:%s", role, name);
    put_json(text_of(text));
}

/* The role of a column that names nobody and is no time. */
static void
put_value_role(const sample *table, const column *column)
{
    const bool person = !table->events || is_person_trait(column);
    const char *name = is_money(column) && !person ? "revenue" : column->snake;
    const char *type = "text";
    if (column->form != NULL) {
        printf("{\"%s\": ", person ? "trait" : "property");
        put_json(text_of(name));
        fputs(", \"type\": \"date\", \"form\": ", stdout);
        put_json(text_of(column->form));
        putchar('}');
        return;
    }
    const bool id = has_word(column, "_id _no code zip postal number") ||
                    strcmp(column->snake, "id") == 0;
    if (column->filled != 0 && !id) {
        type = column->integers == column->filled   ? "integer"
               : column->numbers == column->filled  ? "number"
               : column->booleans == column->filled ? "boolean"
                                                    : "text";
    }
    if (strcmp(type, "text") == 0) {
        put_role(person ? "trait" : "property", name);
        return;
    }
    printf("{\"%s\": ", person ? "trait" : "property");
    put_json(text_of(name));
    printf(", \"type\": \"%s\"}", type);
}

static void
put_column(sample *table, const column *column, bool *first)
{
    const char *ns = namespace_of(column);
    begin_member(first, column->name);
    if (column->filled == 0 || column->snake[0] == '\0') {
        fputs("\"ignore\"", stdout);
    } else if (ns != NULL) {
        put_role("namespace", ns);
        table->has_name = true;
    } else if (column->form != NULL && !table->has_time &&
               !has_word(column, "birth")) {
        printf("{\"time\": ");
        put_json(text_of(column->form));
        fputs(", \"zone\": \"UTC\"}", stdout);
        table->has_time = true;
    } else if (strcmp(column->snake, "event") == 0 ||
               strcmp(column->snake, "event_name") == 0) {
        fputs("\"event\"", stdout);
        table->has_event = true;
    } else if (strcmp(column->snake, "channel") == 0 ||
               strcmp(column->snake, "source") == 0) {
        put_json(text_of(column->snake));
    } else if (!table->has_id && column->repeated == 0 &&
               has_word(column, "event_id order_id invoice receipt "
                                "transaction message_id")) {
        fputs("\"event_id\"", stdout);
        table->has_id = true;
    } else {
        table->has_money |= is_money(column);
        put_value_role(table, column);
    }
}

static bool
has_any_time(const sample *table)
{
    for (size_t i = 0; i < table->count; ++i) {
        if (table->columns[i].form != NULL &&
            !has_word(&table->columns[i], "birth")) {
            return true;
        }
    }
    return false;
}

/* Numbers with a comma as their point. */
static bool
has_decimal_comma(const sample *table)
{
    for (size_t i = 0; i < table->count; ++i) {
        const column *column = &table->columns[i];
        if (column->numbers == column->filled &&
            strchr(column->last, ',') != NULL) {
            return true;
        }
    }
    return false;
}

static void
print_mapping(sample *table, const rows *rows)
{
    bool first = true;
    table->events = has_any_time(table);
    puts("{");
    if (rows->delimiter != ',' || rows->decoder.guessed) {
        const omni_text mark = {.bytes = &rows->delimiter, .size = 1};
        fputs("  \"csv\": {\"delimiter\": ", stdout);
        put_json(mark);
        if (rows->decoder.guessed) {
            fputs(", \"encoding\": ", stdout);
            put_json(text_of(rows->decoder.encoding));
        }
        puts("},");
    }
    if (has_decimal_comma(table)) {
        puts("  \"decimal\": \",\",");
    }
    fputs("  \"columns\": {", stdout);
    for (size_t i = 0; i < table->count; ++i) {
        put_column(table, &table->columns[i], &first);
    }
    fputs("\n  },\n", stdout);
    if (!table->events) {
        puts("  \"type\": \"identify\"\n}");
    } else if (table->has_event) {
        puts("  \"type\": \"track\"\n}");
    } else {
        printf("  \"event\": \"%s\"\n}\n",
               table->has_money ? "Order Completed" : "Record Imported");
    }
}

static bool
take_header(sample *table, const omni_row *row)
{
    table->columns = calloc(row->field_count + 1, sizeof(table->columns[0]));
    for (size_t i = 0; table->columns != NULL && i < row->field_count; ++i) {
        column *column = &table->columns[i];
        column->name = strndup(row->fields[i].bytes, row->fields[i].size);
        if (column->name == NULL) {
            return false;
        }
        make_snake(column->name, column->snake);
        table->count = i + 1;
    }
    return table->columns != NULL;
}

/* Read the header and some rows. */
static int
take_sample(sample *table, rows *rows, const char *label)
{
    size_t taken = 0;
    while (taken <= SAMPLE_ROWS) {
        omni_row row;
        const input_outcome outcome = rows_next(rows, &row);
        if (outcome == INPUT_END || outcome == INPUT_STOPPED) {
            break;
        }
        if (outcome == INPUT_FAILED) {
            return fault("%s: %s", label, rows->input->why);
        }
        if (outcome == INPUT_PAUSE || row.fault != NULL) {
            continue;
        }
        if (taken++ == 0) {
            if (!take_header(table, &row)) {
                return fault("out of memory");
            }
            continue;
        }
        for (size_t i = 0; i < table->count && i < row.field_count; ++i) {
            look_at_value(&table->columns[i], row.fields[i]);
        }
    }
    return table->count != 0 ? DONE : fault("%s: is empty", label);
}

static int
suggest(const char *label, input *input, const rows_form *form)
{
    rows rows;
    sample table = {0};
    if (!rows_open(&rows, input, form)) {
        rows_close(&rows);
        return fault("%s: %s", label, input->why);
    }
    int result = take_sample(&table, &rows, label);
    for (size_t i = 0; i < table.count; ++i) {
        table.columns[i].form = form_of_times(&table.columns[i]);
    }
    if (result == DONE) {
        print_mapping(&table, &rows);
    }
    if (result == DONE && !table.has_name) {
        remark("no column looks like the name of somebody; one has to be "
               "\"namespace:...\"");
    }
    for (size_t i = 0; i < table.count; ++i) {
        free(table.columns[i].name);
    }
    free(table.columns);
    rows_close(&rows);
    return result;
}

int
import_suggest(const char *file, const rows_form *form)
{
    const bool is_stdin = strcmp(file, "-") == 0;
    input input = {.stop = -1};
    input.fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (input.fd < 0) {
        return fault("%s: %s", file, strerror(errno));
    }
    const int result =
        suggest(is_stdin ? "standard input" : file, &input, form);
    if (!is_stdin) {
        close(input.fd);
    }
    input_free(&input);
    return result;
}
