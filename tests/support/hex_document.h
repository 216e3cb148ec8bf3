/* docs/file-format.md as a test reads it: blocks fenced as `hex NAME`. A line
   of a block is an offset, a colon, bytes, and after a semicolon what they
   mean. */
#ifndef OMNI__SUPPORT_HEX_DOCUMENT_H
#define OMNI__SUPPORT_HEX_DOCUMENT_H

#include <check.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT "docs/file-format.md"
#define BLOCK_LIMIT 4096

static const char *root; /* of the source tree */
static char *document;

static inline void
document_read(void)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/" DOCUMENT, root);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s: not there", path);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    document = calloc(1, (size_t)size + 1);
    ck_assert_ptr_nonnull(document);
    ck_assert_uint_eq(fread(document, 1, (size_t)size, file), (size_t)size);
    fclose(file);
}

static inline int
digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10;
}

/* Bytes of one line; checks that its offset is where they go. */
static inline size_t
parse_line(const char *line, uint8_t *bytes, size_t at)
{
    char *colon;
    ck_assert_msg(strtoul(line, &colon, 10) == at && *colon == ':',
                  "line of offset %zu: %.60s", at, line);
    const char *c = colon + 1;
    while (*c != ';' && *c != '\n') {
        if (*c == ' ') {
            ++c;
            continue;
        }
        ck_assert_msg(isxdigit((unsigned char)c[0]) &&
                          isxdigit((unsigned char)c[1]),
                      "not hex: %.60s", line);
        ck_assert_uint_lt(at, BLOCK_LIMIT);
        bytes[at++] = (uint8_t)(digit(c[0]) << 4 | digit(c[1]));
        c += 2;
    }
    return at;
}

/* The bytes of the block fenced as `hex NAME`. */
static inline size_t
parse_block(const char *name, uint8_t *bytes)
{
    char fence[64];
    snprintf(fence, sizeof(fence), "```hex %s\n", name);
    const char *line = strstr(document, fence);
    ck_assert_msg(line != NULL, DOCUMENT " has no block `%s`", name);
    line = strchr(line, '\n') + 1;
    size_t size = 0;
    while (strncmp(line, "```", 3) != 0) {
        size = parse_line(line, bytes, size);
        line = strchr(line, '\n') + 1;
    }
    return size;
}

static inline void
check_block(const char *name, const uint8_t *bytes, size_t size)
{
    uint8_t documented[BLOCK_LIMIT];
    const size_t got = parse_block(name, documented);
    if (got == size && memcmp(documented, bytes, size) == 0) {
        return;
    }
    printf("%s is written as:\n", name);
    for (size_t i = 0; i < size; i += 8) {
        printf("%zu:", i);
        for (size_t k = i; k < size && k < i + 8; ++k) {
            printf(" %02x", bytes[k]);
        }
        printf("\n");
    }
    fflush(stdout);
    ck_abort_msg(DOCUMENT ": block `%s` is not what is written", name);
}

static inline void
document_free(void)
{
    free(document);
    document = NULL;
}

/* Run a suite; the source tree is told by an argument, or the environment. */
static inline int
document_run(Suite *suite, int argc, char **argv)
{
    root = argc > 1 ? argv[1] : getenv("OMNI_SOURCE_ROOT");
    if (root == NULL) {
        root = ".";
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
