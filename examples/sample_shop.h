/* The made-up shop: its people, and how an event becomes a line. */
#ifndef SAMPLE_SHOP_H
#define SAMPLE_SHOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND INT64_C(1)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define OPENING INT64_C(1767571200) /* 2026-01-05T00:00:00Z, a Monday */
#define TEXT 96
#define CAST 8 /* the first so many do all that customers do */

typedef struct printed {
    int64_t at; /* when the line arrives */
    size_t number;
    char *text;
} printed;

typedef struct shop {
    uint64_t seed;
    uint64_t people;
    uint64_t days;
    bool dirt;
    printed *lines;
    size_t count;
    size_t capacity;
    uint64_t receipts;
} shop;

typedef struct person {
    uint64_t number;
    uint64_t random;
    const char *first_name;
    const char *last_name;
    const char *city;
    const char *language;
    const char *currency;
    char user[TEXT];
    char email[TEXT];
    char phone[TEXT];    /* as an address book has it */
    char national[TEXT]; /* as it is said on the phone */
    char card[TEXT];
    char second_card[TEXT];
    char cookie[TEXT];
    char phone_device[TEXT];
    bool signed_up; /* on the web */
    uint64_t events;
} person;

/* One event; members that are NULL or 0 are left out. */
typedef struct event {
    const char *type;
    const char *name;
    const char *channel;
    const char *user;
    const char *cookie;
    const char *previous;
    const char *group;
    const char *device;
    const char *card;
    const char *email;
    const char *phone;
    const char *traits;     /* further ones, as JSON members */
    const char *properties; /* as JSON members */
    char id[TEXT];
    int64_t time;
    int64_t clock_behind; /* of the sender; then all three times are sent */
} event;

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The next number of a sequence that its state alone decides. */
uint64_t
next_random(uint64_t *state);

uint64_t
below(person *person, uint64_t limit);

bool
chance(person *person, unsigned percent);

/* Text that must be freed; ends the program without memory. */
char *
write_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Keep a line, which arrives at `at`; the shop frees it. */
void
keep_line(shop *shop, int64_t at, char *text);

/* Keep an event that arrives `late` seconds after it happened. */
void
send_event(shop *shop, const event *event, int64_t late);

/* Print all lines as they arrive, and free them. */
void
print_lines(shop *shop);

/* Make up a person: the same number gives the same person. */
void
invent(const shop *shop, uint64_t number, person *person);

/* Something happens to somebody; each at the time given. */
typedef void (*visit_fn)(shop *shop, person *person, int64_t time);

void
visit_web(shop *shop, person *person, int64_t time);

void
visit_app(shop *shop, person *person, int64_t time);

void
visit_store(shop *shop, person *person, int64_t time);

void
visit_kiosk(shop *shop, person *person, int64_t time);

void
call_centre(shop *shop, person *person, int64_t time);

void
newsletter(shop *shop, person *person, int64_t time);

/* What only one or a few of them do. */
void
odd_things(shop *shop, person *person);

#endif
