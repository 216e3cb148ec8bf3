/* The customers of the sample shop. */
#include "sample_shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const first_names[] = {
    "Anna",    "Beat",  "Céline", "Daniela", "Elio",   "Fabienne", "Gian",
    "Hélène",  "Ivo",   "Jürg",   "Karin",   "Luca",   "Mägi",     "Nora",
    "Olivier", "Petra", "Reto",   "Seraina", "Tobias", "Ursina",   "Valérie"};
static const char *const last_names[] = {
    "Aebischer", "Bühler",     "Caduff",  "Dubois",     "Egger",  "Favre",
    "Gerber",    "Hürlimann",  "Imhof",   "Jäggi",      "Keller", "Lüthi",
    "Meier",     "Nägeli",     "Oberson", "Pellegrini", "Rochat", "Schmid",
    "Tschanz",   "Vonlanthen", "Wyss",    "Zürcher"};
static const char *const cities[] = {"Bern",   "Zürich", "Luzern", "Chur",
                                     "Genève", "Lugano", "Thun",   "Basel"};
static const char *const mail_hosts[] = {"example.ch", "example.com",
                                         "example.org", "example.net"};

/* The next number of a sequence that its state alone decides. */
uint64_t
next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    mixed = (mixed ^ (mixed >> 29)) * UINT64_C(0xd6e8feb86659fd93);
    return mixed ^ (mixed >> 32);
}

uint64_t
below(person *person, uint64_t limit)
{
    return next_random(&person->random) % limit;
}

bool
chance(person *person, unsigned percent)
{
    return below(person, 100) < percent;
}

/* A name as addresses have it: lower case, without marks. */
static void
spell(const char *name, char *out)
{
    static const char *const marked[][2] = {
        {"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"é", "e"}, {"è", "e"}};
    while (*name != '\0') {
        size_t i = 0;
        while (i < LENGTH(marked) && strncmp(name, marked[i][0], 2) != 0) {
            ++i;
        }
        if (i < LENGTH(marked)) {
            out = stpcpy(out, marked[i][1]);
            name += 2;
        } else {
            *out++ = (char)(*name < 'a' ? *name + 32 : *name);
            ++name;
        }
    }
    *out = '\0';
}

void
invent(const shop *shop, uint64_t number, person *person)
{
    *person = (struct person){.number = number,
                              .random = shop->seed * 1000003 + number};
    char first[32];
    char last[32];
    const bool abroad = chance(person, 12);
    const uint64_t digits = 1000000 + number * 7919 % 9000000;
    const unsigned a = (unsigned)(digits / 10000);
    const unsigned b = (unsigned)(digits / 100 % 100);
    const unsigned c = (unsigned)(digits % 100);
    person->first_name = first_names[below(person, LENGTH(first_names))];
    person->last_name = last_names[below(person, LENGTH(last_names))];
    spell(person->first_name, first);
    spell(person->last_name, last);
    person->city = cities[below(person, LENGTH(cities))];
    person->language = chance(person, 65) ? "de" : "fr";
    person->currency = abroad ? "EUR" : "CHF";
    snprintf(person->user, TEXT, "u%05" PRIu64, number);
    snprintf(person->email, TEXT, "%s.%s%" PRIu64 "@%s", first, last, number,
             mail_hosts[below(person, LENGTH(mail_hosts))]);
    snprintf(person->phone, TEXT, "+41 79 %03u %02u %02u", a, b, c);
    snprintf(person->national, TEXT, "079 %03u %02u %02u", a, b, c);
    snprintf(person->cookie, TEXT, "%016" PRIx64, next_random(&person->random));
    snprintf(person->phone_device, TEXT, "phone-%012" PRIx64,
             next_random(&person->random) >> 16);
    if (chance(person, 60) || number < CAST) {
        snprintf(person->card, TEXT, "7612%09" PRIu64, number * 37 + 11);
    }
    if (number < 3) {
        snprintf(person->email, TEXT, "familie.keller@example.ch");
        person->last_name = "Keller";
    }
    if (number == 3) {
        snprintf(person->second_card, TEXT, "7612900000003");
    }
}
