/* What the customers of the sample shop do, channel by channel. */
#include "sample_shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct product {
    const char *sku;
    const char *name;
    const char *category;
    unsigned rappen;
} product;

static const product products[] = {
    {"BT-1040", "Bergschuh Piz Bernina GTX", "Schuhe", 28990},
    {"BT-2210", "Trailrunning-Schuh Flüela", "Schuhe", 16950},
    {"RS-0320", "Rucksack Aletsch 32 l", "Rucksäcke", 17900},
    {"RS-0550", "Trekkingrucksack Gotthard 55 l", "Rucksäcke", 26900},
    {"JK-4001", "Hardshell-Jacke Eiger", "Bekleidung", 44900},
    {"JK-4410", "Daunenjacke Engadin", "Bekleidung", 32900},
    {"FL-1205", "Fleece Säntis", "Bekleidung", 8990},
    {"ZE-0210", "Zelt Lauteraar 2P", "Camping", 52900},
    {"SS-0770", "Schlafsack Lötschental -7 °C", "Camping", 23950},
    {"KO-0150", "Gaskocher Steinbock", "Camping", 7990},
    {"TF-0100", "Trinkflasche 1 l", "Zubehör", 2490},
    {"SO-0300", "Wandersocken Merino", "Zubehör", 2250},
    {"ST-0125", "Trekkingstöcke Carbon", "Zubehör", 12900},
    {"LP-0400", "Stirnlampe 400 lm", "Zubehör", 6995},
    {"KA-2503", "Wanderkarte Oberengadin", "Karten", 2950}};

#define PRODUCTS (sizeof(products) / sizeof(products[0]))

/* Give an event its id, send it, and now and then send it again. */
static void
happen(shop *shop, person *person, event event)
{
    const int64_t late = chance(person, 8) ? (int64_t)below(person, 3 * DAY)
                                           : (int64_t)below(person, 40);
    if (event.id[0] == '\0') {
        snprintf(event.id, sizeof(event.id), "%s-%" PRIu64 "-%" PRIu64,
                 event.channel, person->number, ++person->events);
    }
    send_event(shop, &event, late);
    if (chance(person, 4)) {
        send_event(shop, &event, late + (int64_t)below(person, 2 * HOUR));
    }
    if (event.user != NULL && event.email == NULL && chance(person, 3)) {
        event.email = person->email;
        send_event(shop, &event, late + (int64_t)below(person, DAY));
    }
}

static const product *
any_product(person *person)
{
    return &products[below(person, PRODUCTS)];
}

static char *
product_members(const product *product, const char *currency)
{
    return write_text("\"sku\":\"%s\",\"name\":\"%s\",\"category\":\"%s\","
                      "\"price\":%u.%02u,\"currency\":\"%s\"",
                      product->sku, product->name, product->category,
                      product->rappen / 100, product->rappen % 100, currency);
}

/* Members of an order of one to four products. */
static char *
order_members(person *person, const char *order)
{
    unsigned total = 0;
    char *items = write_text("%s", "");
    const uint64_t count = 1 + below(person, 4);
    for (uint64_t i = 0; i < count; ++i) {
        const product *product = any_product(person);
        const unsigned quantity = 1 + (unsigned)below(person, 2);
        char *longer =
            write_text("%s%s{\"sku\":\"%s\",\"quantity\":%u,\"price\":%u.%02u}",
                       items, i == 0 ? "" : ",", product->sku, quantity,
                       product->rappen / 100, product->rappen % 100);
        free(items);
        items = longer;
        total += quantity * product->rappen;
    }
    char *members =
        write_text("\"orderId\":\"%s\",\"revenue\":%u.%02u,\"currency\":\"%s\","
                   "\"products\":[%s]",
                   order, total / 100, total % 100, person->currency, items);
    free(items);
    return members;
}

/* Web: pages, products, sometimes the sign-up, sometimes an order. */
void
visit_web(shop *shop, person *person, int64_t time)
{
    const product *product = any_product(person);
    char *viewed = product_members(product, person->currency);
    event event = {
        .channel = "web",
        .cookie = person->cookie,
        .user = person->signed_up ? person->user : NULL,
        .time = time,
    };
    event.type = "page";
    event.name = "Home";
    event.properties = "\"path\":\"/\"";
    happen(shop, person, event);
    event.type = "track";
    event.name = "Product Viewed";
    event.properties = viewed;
    event.time += 30 + (int64_t)below(person, 5 * MINUTE);
    happen(shop, person, event);
    if (!person->signed_up && (person->number < CAST || chance(person, 60))) {
        char *traits = write_text("\"firstName\":\"%s\",\"lastName\":\"%s\","
                                  "\"city\":\"%s\",\"language\":\"%s\"",
                                  person->first_name, person->last_name,
                                  person->city, person->language);
        person->signed_up = true;
        event.type = "identify";
        event.name = NULL;
        event.properties = NULL;
        event.user = person->user;
        event.email = person->email;
        event.phone = chance(person, 40) ? person->phone : NULL;
        event.traits = traits;
        event.time += MINUTE;
        happen(shop, person, event);
        event.email = event.phone = event.traits = NULL;
        free(traits);
    }
    if (person->signed_up && chance(person, 35)) {
        char order[TEXT];
        snprintf(order, sizeof(order), "W-%06" PRIu64, ++shop->receipts);
        char *members = order_members(person, order);
        event.type = "track";
        event.name = "Order Completed";
        event.properties = members;
        event.email = chance(person, 50) ? person->email : NULL;
        event.time += 5 * MINUTE;
        happen(shop, person, event);
        free(members);
    }
    free(viewed);
}

/* App: screens and wishes, from a phone whose clock is wrong. */
void
visit_app(shop *shop, person *person, int64_t time)
{
    char *wished = product_members(any_product(person), person->currency);
    event event = {
        .type = "screen",
        .name = "Catalogue",
        .channel = "app",
        .device = person->phone_device,
        .user = person->signed_up ? person->user : NULL,
        .time = time,
        .clock_behind = 1 + (int64_t)(person->number % 7) * 90,
    };
    happen(shop, person, event);
    event.type = "track";
    event.name = "Product Wished";
    event.properties = wished;
    event.time += MINUTE;
    happen(shop, person, event);
    if (person->card[0] != '\0' && chance(person, 30)) {
        event.name = "Card Shown";
        event.properties = NULL;
        event.card = person->card;
        event.time += MINUTE;
        happen(shop, person, event);
    }
    free(wished);
}

/* Till: a receipt with the card, or an e-mail for the receipt. */
void
visit_store(shop *shop, person *person, int64_t time)
{
    const bool second = person->second_card[0] != '\0' && chance(person, 50);
    event event = {
        .type = "track",
        .name = "Order Completed",
        .channel = "store",
        .card = second ? person->second_card : person->card,
        .time = time,
    };
    if (event.card[0] == '\0') {
        event.card = NULL;
        event.email = person->email;
    } else if (chance(person, 15)) {
        event.email = person->email;
    }
    snprintf(event.id, sizeof(event.id), "R-%s-%06" PRIu64, person->city,
             ++shop->receipts);
    char *members = order_members(person, event.id);
    event.properties = members;
    happen(shop, person, event);
    if (chance(person, 8)) {
        char *refund = write_text("\"orderId\":\"%s\",\"revenue\":-%u.%02u,"
                                  "\"currency\":\"%s\"",
                                  event.id, products[10].rappen / 100,
                                  products[10].rappen % 100, person->currency);
        event.id[0] = '\0';
        event.name = "Order Refunded";
        event.properties = refund;
        event.time += 2 * DAY;
        happen(shop, person, event);
        free(refund);
    }
    free(members);
}

/* The tablet in the shop, in everybody's hands. */
void
visit_kiosk(shop *shop, person *person, int64_t time)
{
    char *viewed = product_members(any_product(person), person->currency);
    event event = {
        .type = "track",
        .name = "Product Viewed",
        .channel = "kiosk",
        .device = "tablet-bern-1",
        .card = person->card[0] != '\0' ? person->card : NULL,
        .properties = viewed,
        .time = time,
    };
    happen(shop, person, event);
    free(viewed);
}

void
call_centre(shop *shop, person *person, int64_t time)
{
    const bool card = chance(person, 30) && person->card[0] != '\0';
    const bool delivery = chance(person, 50);
    event event = {
        .type = "track",
        .name = "Call Completed",
        .channel = "call_center",
        .phone = person->national,
        .card = card ? person->card : NULL,
        .properties =
            delivery ? "\"topic\":\"delivery\"" : "\"topic\":\"return\"",
        .time = time,
    };
    happen(shop, person, event);
}

void
newsletter(shop *shop, person *person, int64_t time)
{
    event event = {
        .type = "track",
        .name = "Email Opened",
        .channel = "email",
        .email = person->email,
        .properties = "\"campaign\":\"Winter Sale\"",
        .time = time,
    };
    happen(shop, person, event);
    if (chance(person, 40)) {
        event.name = "Email Link Clicked";
        event.cookie = person->cookie;
        event.time += MINUTE;
        happen(shop, person, event);
    }
}

/* What only one or a few of them do. */
void
odd_things(shop *shop, person *person)
{
    event event = {.channel = "web", .time = OPENING + 9 * HOUR};
    if (person->number == 4) {
        event.type = "alias";
        event.user = person->user;
        event.cookie = person->cookie;
        event.previous = "guest-order-4711";
        happen(shop, person, event);
    }
    if (person->number == 5) {
        event.type = "group";
        event.user = person->user;
        event.group = "alpine-club-bern";
        event.traits = "\"club\":\"Alpine Club Bern\"";
        happen(shop, person, event);
    }
    if (person->number == 6) {
        event.type = "track";
        event.name = "Signed Out";
        event.user = person->user;
        event.device = person->phone_device;
        event.channel = "app";
        event.time += 30 * DAY;
        happen(shop, person, event);
    }
}
