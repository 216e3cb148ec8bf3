"""The rules of the house, and for each a sample that must break it."""

import unittest

import header_docs
import rules
import tree

PROJECT = tree.load()


def sample(path, *lines):
    return {path: "\n".join(lines) + "\n"}




def header(*lines, doc="Do it. Any thread.", tags=("@since 0.1",)):
    """A public header with one documented function, whose last lines are
    given; None for no comment."""
    comment = ["/**", "   " + doc, ""] + ["   " + tag for tag in tags] + ["*/"]
    return sample("include/omni/a.h", *(comment if doc is not None else []),
                  *lines)


HEADER = ["#ifndef A_H", "#define A_H", "#endif"]
VOID = ["OMNI_API void", "omni_a(void);"]
GET = ["OMNI_API omni_status", "omni_get(const omni_id *id, omni_id *out);"]

# Rule -> samples that break it.
BROKEN = {
    rules.rooms: [
        sample("lib/codec/a.c", '#include "log/log.h"'),
        sample("lib/profile/a.c", '#include "events/run.h"'),
        sample("lib/events/a.c", '#include "profile/traits.h"'),
        sample("lib/formats/a.c", '#include "segments/bind.h"'),
        sample("lib/sync/a.c", '#include "segments/bind.h"'),
        sample("lib/cel/a.c", '#include "profile/traits.h"'),
        sample("lib/fold/a.c", '#include "api/store.h"'),
        sample("lib/log/a.c", '#include "frame.h"'),
        sample("lib/extra/a.c", "int a;"),
    ],
    rules.cycles: [
        {"lib/log/a.h": '#include "log/b.h"\n',
         "lib/log/b.h": '#include "log/a.h"\n'},
        {"include/omni/a.h": '#include "omni/a.h"\n'},
    ],
    rules.lmdb: [sample("lib/log/a.c", "#include <lmdb.h>")],
    rules.libc: [
        sample("lib/log/a.c", "    p = malloc(3);"),
        sample("lib/log/a.c", "    return time (NULL);"),
        sample("lib/log/a.h", "static _Thread_local int a;"),
        sample("lib/platform/a.c", "static __thread int a;"),
    ],
    rules.systems: [
        sample("lib/log/a.c", "#include <unistd.h>"),
        sample("lib/storage/a.h", "#include <sys/stat.h>"),
        sample("lib/api/a.c", "#include <windows.h>"),
    ],
    rules.conditionals: [
        sample("lib/log/a.c", "#ifdef __linux__"),
        sample("lib/log/a.h", *HEADER, "#if 1"),
        sample("lib/log/a.h", "#ifndef A_H", "int a;"),
    ],
    rules.functions: [sample("tests/a.c", "{", *["    a();"] * 69, "}")],
    rules.files: [sample("tests/a.py", *["pass"] * 601)],
    rules.columns: [sample("tests/a.c", "x" * 81)],
    rules.spaces: [
        {"tests/a.c": "int a;"},
        sample("tests/a.c", "int a; "),
        sample("tests/a.c", "\tint a;"),
    ],
    rules.words: [sample("docs/a.md", "one " + rules.WORDS[0] + ": more")],
    rules.top_level: [sample("notes.txt", "x"), sample("src/a.c", "x")],
    rules.openings: [sample("lib/log/a.c", "int a;")],
    rules.sources: [
        sample("lib/log/a.c", "int a;"),
        sample("include/omni/a.h", "int a;"),
        sample("lib/meson.build", "  'log/a.c',"),
    ],
    rules.test_sources: [
        sample("tests/unit/test_a.c", "int a;"),
        {"tests/unit/test_a.c": "int a;\n",
         "tests/meson.build": "unit_tests = [\n]\nthread_tests = ['a']\n"},
        sample("tests/cli/test_a.py", "pass"),
    ],
    rules.export_map: [
        sample("include/omni/a.h", "OMNI_API int", "omni_a_get(void);"),
        sample("lib/libomni.map", "global:", "    omni_a_get;"),
    ],
    header_docs.meaning: [
        sample("include/omni/a.h", *VOID),
        header("", *VOID),
        header(*VOID, doc=""),
        header(*VOID, doc="do it"),
        sample("include/omni/a.h", "/* Do it. */", *VOID),
        sample("include/omni/a.h", "/** Do it. */", *VOID, *VOID),
    ],
    header_docs.parameters: [
        header(*GET),
        header(*GET, tags=["@param id", "@param[out] out The id."]),
        header(*GET, tags=["@param id The id.", "@param[out] to The id."]),
        header(*GET, tags=["@param id The id.", "@param out The id."]),
        header(*GET, tags=["@param[out] id,out Both."]),
        header(*VOID, tags=["@param a None."]),
    ],
    header_docs.sizes: [
        sample("include/omni/a.h", "typedef struct omni_a {",
               "    size_t size; /**< Set by the caller: sizeof(omni_a). */",
               "} omni_a;", "/**", "   @param[out] a The answer.", "*/",
               "OMNI_API void", "omni_a_get(omni_a *a);"),
    ],
    header_docs.results: [
        header(*GET),
        header(*GET, tags=["@return OMNI_OK or a fault."]),
        header(*GET, tags=["@return As omni_b()."]),
        header(*VOID, tags=["@return Nothing."]),
        header("OMNI_API int", "omni_a(void);"),
    ],
    header_docs.since: [
        sample("include/omni/a.h", *VOID),
        sample("include/omni/a.h", "/** @since 0.1 */", *VOID, "/** Two. */",
               "OMNI_API int", "omni_b(void);"),
    ],
    header_docs.threads: [
        header(*VOID, doc="Do it."),
        header(*GET, doc="Do it."),
        sample("include/omni/a.h", "/** A thing. */",
               "typedef struct omni_a omni_a;"),
        sample("include/omni/a.h", "typedef struct omni_a omni_a;"),
    ],
    header_docs.members: [
        sample("include/omni/a.h", "typedef struct omni_a omni_a;"),
        sample("include/omni/a.h", "typedef int (*omni_fn)(void *user);"),
        sample("include/omni/a.h", "/** A. */", "typedef struct omni_a {",
               "    int a;", "    int b; /**< B. */", "} omni_a;"),
        sample("include/omni/a.h", "/** A. */", "typedef struct omni_a {",
               "    int a; /* A. */", "} omni_a;"),
        sample("include/omni/a.h", "/** A. */", "typedef enum omni_a {",
               "    OMNI_A = 0, /**< A. */", "    OMNI_B = 1", "} omni_a;"),
        sample("include/omni/a.h", "/** A. */", "", "#define OMNI_A 1"),
    ],
    header_docs.names: [
        header(*VOID, doc="Do as omni_b() does. Any thread."),
        header(*GET, tags=["@return OMNI_OK; OMNI_ERR_NONE."]),
    ],
}

GOOD = header(
    "OMNI_API omni_status", "omni_get(const omni_id *id, omni_id to,",
    "         omni_id *out);",
    "/** A walk. One thread", "    at a time. */",
    "typedef struct omni_walk omni_walk;",
    "/** End it.", "    @param walk NULL is allowed.", "    @since 0.1", "*/",
    "OMNI_API void", "omni_walk_end(omni_walk *walk);",
    "/** An id. */", "typedef struct omni_id {", "    /** A hook. */",
    "    int (*a)(void *user, int b);", "    int b[2]; /**< B. */",
    "} omni_id;", "/** A. */", "typedef enum omni_status {",
    "    OMNI_OK = 0, /**< Done. */", "    OMNI_END =",
    "        2 /**< No more. */", "} omni_status;",
    "/** A limit. */", "#define OMNI_A 1",
    "#define OMNI_B \\", "    2 /**< Another. */",
    tags=["@param id,to An id.", "@param[out] out The answer.",
          "@return OMNI_OK;", "        OMNI_END.", "@since 0.1"])

# Samples that look broken and are not.
SOUND = {
    rules.rooms: [sample("lib/codec/a.c", '#include "platform/slice.h"',
                         '#include "omni/status.h"', "#include <lmdb.h>")],
    rules.libc: [
        sample("lib/log/a.c", "/* free() it */ omni__free(a); h->time(u);",
               '    put("malloc(1)"); hooks.random(b);'),
        sample("lib/platform/a.c", "    free(a);"),
    ],
    rules.conditionals: [sample("lib/log/a.h", *HEADER),
                         sample("lib/platform/a.c", "#ifdef __linux__")],
    rules.functions: [sample("a.c", "{", *["    a();"] * 68, "}")],
    rules.columns: [sample("a.c", "ü" * 80)],
    rules.top_level: [sample(".editorconfig", "x"), sample("COPYING", "x")],
    header_docs.meaning: [GOOD],
    header_docs.parameters: [GOOD],
    header_docs.sizes: [GOOD],
    header_docs.results: [GOOD],
    header_docs.since: [GOOD],
    header_docs.threads: [GOOD],
    header_docs.members: [GOOD],
    header_docs.names: [GOOD],
}


class Rules(unittest.TestCase):
    """Generated below: one test for each rule and each of its controls."""


def holds(rule):
    def test(self):
        found = list(rule(PROJECT))
        self.assertEqual(found, [], rule.__doc__ + "\n" + "\n".join(found))
    return test


def finds(rule, broken):
    def test(self):
        for one in broken:
            self.assertTrue(list(rule(one)), f"not found in {one}")
    return test


def passes(rule, sound):
    def test(self):
        for one in sound:
            self.assertEqual(list(rule(one)), [])
    return test


for _rule, _broken in BROKEN.items():
    _name = _rule.__name__
    setattr(Rules, f"test_{_name}_hold", holds(_rule))
    setattr(Rules, f"test_{_name}_finds_a_bad_sample", finds(_rule, _broken))
for _rule, _sound in SOUND.items():
    setattr(Rules, f"test_{_rule.__name__}_passes_a_good_sample",
            passes(_rule, _sound))

if __name__ == "__main__":
    unittest.main()
