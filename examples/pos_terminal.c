/*
   A till in one file, to be copied: it knows its customers offline, answers
   while they stand there, and loses no sale when the power goes.

       cc pos_terminal.c $(pkg-config --cflags --libs libomni) -o pos_terminal
       ./pos_terminal till.omni

   It reads commands from standard input, one a line:

       join CARD E-MAIL NAME        a customer gives e-mail and name
       sale RECEIPT CARD AMOUNT     a purchase; a receipt counts once
       redeem RECEIPT CARD POINTS   points are spent
       who CARD or E-MAIL           greet: name, last purchase, points
       flush                        tidy up now (done by itself when idle)
       quit

   How it stands a power cut: omni_event_append() returns when the sale is on
   the medium, so "saved" is printed for what will be there after any restart.
   A till that was cut off in between sends the receipt again: it is taken
   once. How it stands a slow disk: new rows go to the tables in memory, and
   only omni_store_flush() moves them to LMDB, when nobody waits.
*/
#include <omni/omni.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CURRENCY "CHF"
#define CALLING_CODE 41
#define IDLE_MS 2000
#define WORDS_MAX 4
#define TEXT_SIZE 512

typedef struct till {
    omni_store *store;
    bool unflushed; /* something was saved since the last flush */
    bool failed;    /* a command met a fault: exit status 3 */
} till;

static void
report(till *till, const char *what, omni_status status,
       const omni_error *error)
{
    fprintf(stderr, "%s: %s (%s)\n", what, error->message,
            omni_status_name(status));
    till->failed = true;
}

/* Write a JSON string, quotes and all. False if it has no room. */
static bool
json_string(const char *text, char *out, size_t size)
{
    size_t at = 0;
    out[at++] = '"';
    for (; *text != '\0'; ++text) {
        const unsigned char byte = (unsigned char)*text;
        if (at + 8 > size) {
            return false;
        }
        if (byte == '"' || byte == '\\') {
            out[at++] = '\\';
            out[at++] = (char)byte;
        } else if (byte < 0x20) {
            at += (size_t)snprintf(out + at, 7, "\\u%04x", byte);
        } else {
            out[at++] = (char)byte;
        }
    }
    out[at++] = '"';
    out[at] = '\0';
    return true;
}

/* "59.90": digits, at most two behind the point. JSON takes it as it is, and
   the library keeps it as the decimal that it is. */
static bool
is_amount(const char *text)
{
    const size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    if (whole == 0 || whole > 12 || (whole > 1 && text[0] == '0')) {
        return false;
    }
    if (*rest == '.') {
        const size_t part = strspn(++rest, "0123456789");
        rest += part;
        return *rest == '\0' && part >= 1 && part <= 2;
    }
    return *rest == '\0';
}

/* Append one event and say what became of it. */
static void
append(till *till, const omni_event *event)
{
    omni_error error = {0};
    omni_event_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_event_append(till->store, event, &result, &error);
    if (status != OMNI_OK) {
        /* Not saved. A till keeps such a receipt and sends it again. */
        report(till, "not saved", status, &error);
        return;
    }
    switch (result.outcome) {
    case OMNI_OUTCOME_TAKEN:
        till->unflushed = true;
        puts("saved");
        break;
    case OMNI_OUTCOME_DUPLICATE:
        puts("saved before");
        break;
    case OMNI_OUTCOME_REFUSED:
        printf("refused: %s\n", omni_refused_name(result.code));
        break;
    case OMNI_OUTCOME_RETRACTED:
        puts("taken back before");
        break;
    }
}

static void
join(till *till, char **words)
{
    char name[TEXT_SIZE];
    char traits[TEXT_SIZE + 32];
    if (!json_string(words[2], name, sizeof(name))) {
        puts("refused: the name is too long");
        return;
    }
    snprintf(traits, sizeof(traits), "{\"firstName\":%s}", name);
    append(till,
           &(omni_event){
               .size = sizeof(omni_event),
               .type = OMNI_EVENT_IDENTIFY,
               .channel = "store",
               .identifiers = (omni_identifier[]){{"loyalty_id", words[0]},
                                                  {"email", words[1]}},
               .identifier_count = 2,
               .traits_json = traits,
           });
}

/* The receipt's number is the event's id: whoever sends it twice, even after
   a restart, has it counted once. */
static void
receipt(till *till, const char *name, const char *property, char **words)
{
    char properties[TEXT_SIZE];
    if (!is_amount(words[2])) {
        printf("refused: %s is no amount\n", words[2]);
        return;
    }
    snprintf(properties, sizeof(properties), "{\"%s\":%s,\"currency\":\"%s\"}",
             property, words[2], CURRENCY);
    append(till,
           &(omni_event){
               .size = sizeof(omni_event),
               .name = name,
               .id = words[0],
               .channel = "store",
               .identifiers = (omni_identifier[]){{"loyalty_id", words[1]}},
               .identifier_count = 1,
               .properties_json = properties,
           });
}

static void
sale(till *till, char **words)
{
    receipt(till, "Order Completed", "revenue", words);
}

static void
redeem(till *till, char **words)
{
    receipt(till, "Points Redeemed", "value", words);
}

/* The amount of an event in our currency, as text; empty if there is none. */
static omni_text
sum_of(const omni_profile *profile, const char *event)
{
    omni_figure figure;
    if (omni_profile_figure(profile, event, &figure) == OMNI_OK) {
        for (size_t i = 0; i < figure.amount_count; ++i) {
            const omni_amount *amount = &figure.amounts[i];
            if (amount->currency.size == strlen(CURRENCY) &&
                memcmp(amount->currency.bytes, CURRENCY,
                       amount->currency.size) == 0) {
                return amount->sum;
            }
        }
    }
    return (omni_text){0};
}

/* Whole units of a decimal. */
static long long
units(omni_text sum)
{
    char digits[64];
    snprintf(digits, sizeof(digits), "%.*s", (int)sum.size,
             sum.size != 0 ? sum.bytes : "");
    return strtoll(digits, NULL, 10);
}

static void
print_name(const omni_profile *profile)
{
    omni_trait name;
    if (omni_profile_trait(profile, "firstName", &name) == OMNI_OK &&
        name.value_json.size > 2 && name.value_json.bytes[0] == '"') {
        /* A JSON string; a till that shows other than plain names unescapes
           it. */
        printf("Good day, %.*s.", (int)name.value_json.size - 2,
               name.value_json.bytes + 1);
    } else {
        printf("Good day.");
    }
}

/* The number behind a key of canonical JSON, which has no blanks. The till
   wrote these properties itself, so the key is in no string of them. */
static int
number_size(omni_text json, const char *key, const char **number)
{
    const size_t key_size = strlen(key);
    for (size_t at = 0; at + key_size < json.size; ++at) {
        if (memcmp(json.bytes + at, key, key_size) == 0) {
            size_t end = at + key_size;
            *number = json.bytes + end;
            while (end < json.size && strchr("0123456789.", json.bytes[end])) {
                ++end;
            }
            return (int)(json.bytes + end - *number);
        }
    }
    return 0;
}

static omni_status
print_last_purchase(omni_txn *txn, const omni_id *id)
{
    const omni_timeline_options options = {
        .size = sizeof(options),
        .name = "Order Completed",
    };
    omni_timeline *timeline = NULL;
    omni_timeline_event event;
    omni_status status = omni_timeline_open(txn, id, &options, &timeline);
    if (status == OMNI_OK) {
        status = omni_timeline_next(timeline, &event);
    }
    if (status == OMNI_END) {
        printf(" No purchase yet.");
        return OMNI_OK;
    }
    if (status != OMNI_OK) {
        return status;
    }
    char day[32] = "";
    const time_t seconds = (time_t)(event.time_us / 1000000);
    struct tm parts;
    if (localtime_r(&seconds, &parts) != NULL) {
        strftime(day, sizeof(day), "%Y-%m-%d", &parts);
    }
    const char *amount = NULL;
    const int size =
        number_size(event.properties_json, "\"revenue\":", &amount);
    printf(" Last purchase: %.*s %s on %s.", size, size > 0 ? amount : "",
           CURRENCY, day);
    return OMNI_OK;
}

/* What is borrowed here lives until omni_txn_end(). */
static omni_status
greet(omni_txn *txn, omni_identifier who)
{
    omni_id id;
    const omni_profile *profile = NULL;
    omni_status status = omni_profile_find(txn, who, &id);
    if (status == OMNI_OK) {
        status = omni_profile_get(txn, &id, &profile);
    }
    if (status != OMNI_OK) {
        return status;
    }
    print_name(profile);
    status = print_last_purchase(txn, &id);
    if (status == OMNI_OK) {
        printf(" Points: %lld.\n",
               units(sum_of(profile, "Order Completed")) -
                   units(sum_of(profile, "Points Redeemed")));
    }
    return status;
}

static void
who(till *till, char **words)
{
    const char *ns = strchr(words[0], '@') != NULL ? "email" : "loyalty_id";
    omni_txn *txn = NULL;
    omni_error error = {0};
    omni_status status = omni_txn_begin(till->store, &txn, &error);
    if (status != OMNI_OK) {
        report(till, "who", status, &error);
        return;
    }
    status = greet(txn, (omni_identifier){ns, words[0]});
    if (status == OMNI_NOT_FOUND) {
        puts("Nobody we know.");
    } else if (status != OMNI_OK) {
        report(till, "who", status, omni_txn_error(txn));
    }
    omni_txn_end(txn);
}

static void
flush(till *till)
{
    omni_error error = {0};
    const omni_status status = omni_store_flush(till->store, &error);
    if (status < 0) {
        /* Nothing is lost: it is in the log, and the next flush tries again. */
        report(till, "flush", status, &error);
        return;
    }
    till->unflushed = false;
}

static void
flush_command(till *till, char **words)
{
    (void)words;
    flush(till);
    puts("flushed");
}

static const struct {
    const char *name;
    size_t words;
    void (*run)(till *, char **words);
} commands[] = {
    {"join", 3, join}, {"sale", 3, sale},           {"redeem", 3, redeem},
    {"who", 1, who},   {"flush", 0, flush_command},
};

/* Run one line. False if the till is to be closed. The last word of a line may
   have blanks. */
static bool
run_line(till *till, char *line)
{
    char *words[WORDS_MAX] = {NULL};
    size_t count = 0;
    char *at = line + strspn(line, " ");
    while (*at != '\0' && count < WORDS_MAX) {
        words[count++] = at;
        if (count == WORDS_MAX) {
            break;
        }
        at += strcspn(at, " ");
        while (*at == ' ') {
            *at++ = '\0';
        }
    }
    if (count == 0 || strcmp(words[0], "quit") == 0) {
        return count == 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); ++i) {
        if (strcmp(words[0], commands[i].name) == 0 &&
            count == commands[i].words + 1) {
            commands[i].run(till, words + 1);
            return true;
        }
    }
    puts("join CARD E-MAIL NAME | sale RECEIPT CARD AMOUNT | "
         "redeem RECEIPT CARD POINTS | who CARD or E-MAIL | flush | quit");
    return true;
}

/* A whole line; what is longer than the buffer is not run at all. */
static bool
take_line(till *till, char *line, size_t size)
{
    if (size == TEXT_SIZE) {
        puts("refused: the line is too long");
        return true;
    }
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\r')) {
        --size;
    }
    line[size] = '\0';
    return run_line(till, line);
}

/* Read commands until the end of input; flush whenever none has come for a
   while and something is to be flushed. */
static void
serve(till *till)
{
    char line[TEXT_SIZE];
    size_t size = 0;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (true) {
        const int ready = poll(&input, 1, till->unflushed ? IDLE_MS : -1);
        if (ready == 0) {
            flush(till);
            continue;
        }
        char byte = '\n';
        const ssize_t got = ready < 0 ? -1 : read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got > 0 && byte != '\n') {
            line[size < TEXT_SIZE - 1 ? size : TEXT_SIZE - 1] = byte;
            size += size < TEXT_SIZE ? 1 : 0;
            continue;
        }
        if (!take_line(till, line, size) || got <= 0) {
            return;
        }
        size = 0;
        fflush(stdout);
    }
}

int
main(int argc, char **argv)
{
    till till = {0};
    omni_error error = {0};
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE,
        .calling_code = CALLING_CODE,
        .memory_bytes = 8u << 20, /* rows not yet in LMDB: a small terminal */
    };
    if (argc != 2) {
        fputs("usage: pos_terminal STORE\n", stderr);
        return 2;
    }
    /* After a power cut this call reads what the tables lack from the log. */
    omni_status status =
        omni_store_open(argv[1], &options, &till.store, &error);
    if (status != OMNI_OK) {
        report(&till, argv[1], status, &error);
        return 3;
    }
    serve(&till);
    status = omni_store_close(till.store);
    if (status != OMNI_OK) {
        /* The sales are in the log all the same. */
        fprintf(stderr, "%s: closing: %s\n", argv[1], omni_status_name(status));
        till.failed = true;
    }
    return till.failed ? 3 : 0;
}
