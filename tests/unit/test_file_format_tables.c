/*
   docs/file-format.md against the code, for what is derived from the log and
   for bodies: blocks fenced as `hex NAME` must be what the code writes.

   The examples are of the deployment whose secret is 32 bytes of 5e.
*/
#include "codec/body.h"
#include "codec/register.h"
#include "events/figures.h"
#include "identity/links.h"
#include "profile/traits.h"
#include "storage/store_file.h"
#include "support/core_world.h"
#include "support/hex_document.h"

#include <unistd.h>

#define TIME INT64_C(1700000000000000)

static core_world world;
static omni__secret secret;
static omni__buffer bytes;

static void
setup(void)
{
    document_read();
    core_world_begin(&world);
    memset(secret.bytes, 0x5e, sizeof(secret.bytes));
    omni__secret_expand(&secret);
    omni__buffer_init(&bytes, &world.hooks.alloc);
}

static void
teardown(void)
{
    document_free();
    omni__buffer_free(&bytes);
    core_world_end(&world);
}

static omni__named
named(const char *ns, const char *value)
{
    omni__named made = {.ns = omni__slice_text(ns),
                        .value = omni__slice_text(value)};
    made.token = omni__token_of(&secret, made.ns, made.value);
    return made;
}

START_TEST(event_body_is_as_documented)
{
    const omni__event_body event = {
        .type = 0,
        .time_us = TIME,
        .instant_us = TIME - 3,
        .identifiers = {named("email", "anna@example.com"),
                        named("my_card", "c7")},
        .identifier_count = 2,
        .name = omni__slice_text("Order Completed"),
        .channel = omni__slice_text("store"),
        .source = omni__slice_text("pos"),
        .id = omni__slice_text("r-1"),
        .traits = omni__slice_text("{\"tier\":\"gold\"}"),
        .properties =
            omni__slice_text("{\"currency\":\"CHF\",\"total\":59.9}")};
    omni__event_body_encode(&event, &bytes);
    check_block("event-body", bytes.data, bytes.size);
}
END_TEST

START_TEST(link_body_is_as_documented)
{
    const omni__statement_body statement = {
        .time_us = TIME,
        .ends = {named("email", "anna@example.com"), named("user_id", "u1")},
        .author = omni__slice_text("desk"),
        .reason = omni__slice_text("asked")};
    omni__statement_body_encode(&statement, &bytes);
    check_block("link-body", bytes.data, bytes.size);
}
END_TEST

START_TEST(segment_body_is_as_documented)
{
    const omni__register_body entry = {.time_us = TIME,
                                       .name = omni__slice_text("vip"),
                                       .value = omni__slice_text("true"),
                                       .author = omni__slice_text("desk"),
                                       .reason = omni__slice_text("asked")};
    omni__register_body_encode(&entry, &bytes);
    check_block("segment-body", bytes.data, bytes.size);
}
END_TEST

START_TEST(store_file_is_as_documented)
{
    omni__store_file file = {
        .secret = secret, .fingerprint = 0x1234, .calling_code = 41};
    for (uint8_t i = 0; i < 16; ++i) {
        file.deployment[i] = i;
        file.replica[i] = 0xa1;
    }
    const char *base = getenv("TMPDIR");
    char directory[200];
    char path[220];
    snprintf(directory, sizeof(directory), "%s/omni-store-XXXXXX",
             base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(omni__store_file_write(directory, &file, NULL), OMNI_OK);
    snprintf(path, sizeof(path), "%s/" OMNI__STORE_FILE, directory);
    uint8_t written[256];
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    const size_t size = fread(written, 1, sizeof(written), stream);
    fclose(stream);
    unlink(path);
    rmdir(directory);
    check_block("store-file", written, size);
}
END_TEST

static omni_id
id_of(const char *ns, const char *value)
{
    const omni__named made = named(ns, value);
    return omni__public_id(&secret, &made.token, omni__slice_of(NULL, 0));
}

/* A link, a figure, a trait and an entry, as one event leaves them; and the
   other node as the one that names the profile. */
static omni__work_node *
make_node(void)
{
    const omni_id id = id_of("email", "anna@example.com");
    const omni_id other_id = id_of("my_card", "c7");
    omni__work_node *node;
    omni__work_node *other;
    omni__link_change change;
    ck_assert_int_eq(
        omni__workset_add(&world.set, &id, omni__slice_text("email"),
                          omni__slice_text("anna@example.com"), &node),
        OMNI_OK);
    ck_assert_int_eq(omni__workset_add(&world.set, &other_id,
                                       omni__slice_text("my_card"),
                                       omni__slice_text("c7"), &other),
                     OMNI_OK);
    ck_assert_int_eq(omni__link_observe(&world.set, node, other, TIME, &change),
                     OMNI_OK);
    ck_assert_int_eq(omni__node_add_channel(&node->node,
                                            omni__slice_text("store"),
                                            &world.set.arena),
                     OMNI_OK);
    node->node.first_us = TIME;
    node->node.last_us = TIME;
    const omni__entry entry = {
        .order = {.time_us = TIME, .event_hash = 0x04030201, .position = 159},
        .instant_us = TIME - 3,
        .flags = OMNI__ENTRY_CARRIED | OMNI__ENTRY_VISIBLE |
                 OMNI__ENTRY_TRAITS | OMNI__ENTRY_AMOUNT,
        .name = omni__slice_text("Order Completed"),
        .channel = omni__slice_text("store"),
        .currency = omni__slice_text("CHF"),
        .amount = omni__int128_of(59900000)};
    const omni__trait trait = {.source = omni__slice_text("pos"),
                               .time_us = TIME,
                               .event_hash = 0x0403020100000000,
                               .content_hash = 9,
                               .position = 159};
    ck_assert_int_eq(omni__entries_put(&world.set, node, &entry), OMNI_OK);
    ck_assert_int_eq(omni__entries_skew(&world.set, node, &entry), OMNI_OK);
    ck_assert_int_eq(omni__figures_add(&world.set, node, &entry), OMNI_OK);
    ck_assert_int_eq(omni__traits_add(&world.set, node, &omni__policy_default,
                                      &trait,
                                      omni__slice_text("{\"tier\":\"gold\"}")),
                     OMNI_OK);
    ck_assert_int_eq(omni__workset_section(&world.set, node,
                                           OMNI__SECTION_MEMBERS,
                                           omni__slice_of(other_id.bytes, 16)),
                     OMNI_OK);
    return node;
}

START_TEST(node_row_is_as_documented)
{
    const omni__work_node *node = make_node();
    omni__node_encode(&node->node, &bytes);
    check_block("node-row", bytes.data, bytes.size);
}
END_TEST

/* The row of SKEW that the same event leaves. */
START_TEST(skew_key_is_as_documented)
{
    const omni__work_node *node = make_node();
    const omni__key prefix = omni__key_node(OMNI__TABLE_SKEW, &node->node.id);
    omni__kv_cursor *cursor;
    ck_assert_int_eq(omni__kv_cursor_writer(world.kv, &cursor), OMNI_OK);
    ck_assert_int_eq(omni__kv_cursor_seek(cursor, omni__key_slice(&prefix)),
                     OMNI_OK);
    const omni__slice key = omni__kv_cursor_key(cursor);
    check_block("skew-key", key.data, key.size);
    omni__kv_cursor_close(cursor);
}
END_TEST

int
main(int argc, char **argv)
{
    Suite *suite = suite_create("file format of tables");
    TCase *tcase = tcase_create("document");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, event_body_is_as_documented);
    tcase_add_test(tcase, link_body_is_as_documented);
    tcase_add_test(tcase, segment_body_is_as_documented);
    tcase_add_test(tcase, store_file_is_as_documented);
    tcase_add_test(tcase, node_row_is_as_documented);
    tcase_add_test(tcase, skew_key_is_as_documented);
    suite_add_tcase(suite, tcase);
    return document_run(suite, argc, argv);
}
