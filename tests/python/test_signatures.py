"""Holds the Python declarations against the public headers, both ways.

The spelling of every function, struct, callback, enumeration and constant is
compared as text; sizes, offsets and values are compared with what the C
compiler says of them. No library is needed for these; where OMNI_LIBRARY
names one, its exported symbols are compared too.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from types import ModuleType

import headers

CC = os.environ.get("CC", "cc").split()
LIBRARY = os.environ.get("OMNI_LIBRARY")


def native() -> ModuleType:
    """_native.py alone: the package around it would want the library."""
    path = headers.PACKAGE / "_native.py"
    spec = importlib.util.spec_from_file_location("omni_native", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def probe_source(interface: headers.Interface, names: list[str]) -> str:
    """A C program that prints what the compiler made of the headers."""
    lines = [f'#include "omni/{name}"' for name in names]
    lines += ["#include <stdio.h>", "#include <stddef.h>", "int main(void) {"]

    def show(key: str, value: str) -> None:
        lines.append(f'printf("{key} %lld\\n", (long long)({value}));')

    for struct, members in interface.structs.items():
        if members:
            show(f"sizeof.{struct}", f"sizeof({struct})")
            show(f"align.{struct}", f"_Alignof({struct})")
        for member, _ in members:
            where = f"{struct}.{member}"
            show(f"offset.{where}", f"offsetof({struct}, {member})")
            show(f"size.{where}", f"sizeof((({struct} *)0)->{member})")
    for enum in interface.enums:
        show(f"sizeof.{enum}", f"sizeof({enum})")
    for constant in interface.constants:
        show(f"value.{constant}", constant)
    return "\n".join([*lines, "return 0; }", ""])


def probe(interface: headers.Interface, include: Path) -> dict[str, int]:
    names = sorted(path.name for path in (include / "omni").glob("*.h"))
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "probe.c"), Path(folder, "probe")
        source.write_text(probe_source(interface, names))
        subprocess.run(
            [*CC, "-std=c17", f"-I{include}", str(source), "-o", str(program)],
            check=True,
        )
        out = subprocess.run([program], check=True, capture_output=True)
    lines = (line.split() for line in out.stdout.decode().splitlines())
    return {key: int(value) for key, value in lines}


def layout(interface: headers.Interface, module: ModuleType) -> dict[str, int]:
    """The same as probe(), as ctypes has it."""
    found = {}
    for struct, members in interface.structs.items():
        kind = getattr(module, struct)
        if members:
            found[f"sizeof.{struct}"] = ctypes.sizeof(kind)
            found[f"align.{struct}"] = ctypes.alignment(kind)
        for member, _ in members:
            place = getattr(kind, member)
            found[f"offset.{struct}.{member}"] = place.offset
            found[f"size.{struct}.{member}"] = place.size
    for enum in interface.enums:
        found[f"sizeof.{enum}"] = ctypes.sizeof(getattr(module, enum))
    for constant in interface.constants:
        found[f"value.{constant}"] = getattr(module, constant)
    return found


# What a careless edit of a header might be: each must be noticed.
DOCTORED = {
    "a parameter more": (
        "txn.h",
        "omni_txn_end(omni_txn *txn);",
        "omni_txn_end(omni_txn *txn, int flags);",
    ),
    "a parameter less": (
        "store.h",
        "omni_store_flush(omni_store *store, omni_error *error);",
        "omni_store_flush(omni_store *store);",
    ),
    "a narrower parameter": (
        "event.h",
        "const char *lines, size_t size_bytes,",
        "const char *lines, uint32_t size_bytes,",
    ),
    "as wide a parameter, of another name": (
        "event.h",
        "const char *lines, size_t size_bytes,",
        "const char *lines, uint64_t size_bytes,",
    ),
    "a pointer more": (
        "profile.h",
        "omni_identifier identifier, omni_id *out);",
        "omni_identifier *identifier, omni_id *out);",
    ),
    "another result": (
        "batch.h",
        "OMNI_API size_t\nomni_batch_count",
        "OMNI_API int\nomni_batch_count",
    ),
    "a function more": (
        "txn.h",
        "OMNI_API void\nomni_txn_end",
        "OMNI_API int\nomni_txn_age(const omni_txn *txn);\n"
        "OMNI_API void\nomni_txn_end",
    ),
    "a function less": (
        "status.h",
        "OMNI_API const char *\nomni_version(void);",
        "",
    ),
    "two members changed about": (
        "statement.h",
        "const char *text;   /**< Why; at most OMNI_LIMIT_REASON_BYTES. */\n"
        "    const char *author; /**< Who, or NULL. */",
        "const char *author;\n    const char *text;",
    ),
    "a member more": (
        "store.h",
        "uint32_t derive_version;",
        "uint32_t derive_version;\n    uint32_t more;",
    ),
    "a longer array": (
        "identifier.h",
        "uint8_t check[8];",
        "uint8_t check[16];",
    ),
    "an enumerator's value": (
        "status.h",
        "OMNI_ERR_NOT_STORE = -12",
        "OMNI_ERR_NOT_STORE = -13",
    ),
    "an enumerator more": (
        "event.h",
        "OMNI_EVENT_ALIAS = 5",
        "OMNI_EVENT_ALIAS = 5,\n    OMNI_EVENT_OTHER = 6",
    ),
    "a limit": (
        "limits.h",
        "#define OMNI_LIMIT_TRAITS 512",
        "#define OMNI_LIMIT_TRAITS 513",
    ),
    "a constant more": (
        "store.h",
        "#define OMNI_CHECK_REBUILD 1u",
        "#define OMNI_CHECK_QUICK 2u\n#define OMNI_CHECK_REBUILD 1u",
    ),
    "a callback's parameter": (
        "store.h",
        "(*omni_progress_fn)(void *user, uint64_t done, uint64_t total);",
        "(*omni_progress_fn)(void *user, uint64_t done);",
    ),
    "a hook's result": (
        "store.h",
        "int64_t (*clock)(void *user);",
        "int (*clock)(void *user);",
    ),
}


def doctored(texts: dict[str, str], change: tuple[str, str, str]) -> str:
    name, old, new = change
    if texts[name].count(old) != 1:
        raise AssertionError(f"{name} has no single {old!r} to doctor")
    return texts[name].replace(old, new)


class Declarations(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.texts = headers.header_texts()
        self.headers = headers.from_headers(self.texts)
        self.module = headers.from_module(headers.module_text())

    def test_the_headers_were_read(self) -> None:
        marks = sum(
            text.count("\nOMNI_API") for text in self.texts.values()
        )
        self.assertEqual(len(self.headers.functions), marks)
        self.assertGreater(len(self.headers.structs), 20)
        self.assertGreater(len(self.headers.constants), 50)

    def test_python_declares_what_the_headers_do(self) -> None:
        self.assertEqual(
            headers.differences(self.headers, self.module), []
        )

    def test_every_doctored_header_is_noticed(self) -> None:
        for what, change in DOCTORED.items():
            with self.subTest(what):
                texts = dict(self.texts)
                texts[change[0]] = doctored(texts, change)
                found = headers.differences(
                    headers.from_headers(texts), self.module
                )
                self.assertNotEqual(found, [])

    def test_every_function_is_called_somewhere(self) -> None:
        rest = self.other_modules()
        called = set(re.findall(r"\b_?lib\.(omni_\w+)", rest))
        self.assertEqual(called, set(self.headers.functions))

    def test_every_constant_is_used_somewhere(self) -> None:
        rest = self.other_modules()
        used = set(re.findall(r"\b(?:n|_native)\.(OMNI_\w+)", rest))
        within = {
            name
            for members in self.module.structs.values()
            for _, kind in members
            for name in re.findall(r"OMNI_\w+", kind)
        }
        self.assertEqual(used | within, set(self.headers.constants))

    def other_modules(self) -> str:
        return "\n".join(
            path.read_text(encoding="utf-8")
            for path in headers.PACKAGE.glob("*.py")
            if path.name not in headers.DECLARING
        )


@unittest.skipUnless(shutil.which(CC[0]), "no C compiler")
class Layout(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.interface = headers.from_headers(headers.header_texts())
        self.ours = layout(self.interface, native())

    def test_sizes_offsets_and_values_are_the_compilers(self) -> None:
        self.assertEqual(self.ours, probe(self.interface, headers.INCLUDE))

    def test_a_doctored_layout_is_noticed(self) -> None:
        changes = {
            "store.h": ("uint32_t calling_code;", "uint64_t calling_code;"),
            "status.h": ("char message[256];", "char message[255];"),
            "limits.h": ("BATCH_FACTS 65536", "BATCH_FACTS 65535"),
        }
        for name, (old, new) in changes.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                include = Path(folder)
                shutil.copytree(headers.INCLUDE, include, dirs_exist_ok=True)
                texts = headers.header_texts()
                text = doctored(texts, (name, old, new))
                (include / "omni" / name).write_text(text, encoding="utf-8")
                self.assertNotEqual(self.ours, probe(self.interface, include))


@unittest.skipUnless(LIBRARY, "OMNI_LIBRARY is not set")
class Exports(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.functions = headers.from_headers(headers.header_texts()).functions

    def test_the_library_has_every_function(self) -> None:
        library = ctypes.CDLL(LIBRARY)
        missing = [
            name for name in self.functions if not hasattr(library, name)
        ]
        self.assertEqual(missing, [])

    @unittest.skipUnless(shutil.which("nm"), "no nm")
    def test_the_library_exports_nothing_else(self) -> None:
        out = subprocess.run(
            ["nm", "-D", "--defined-only", str(LIBRARY)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        names = {
            line.split()[2].partition("@")[0]
            for line in out.splitlines()
            if line.split()[1] in "TW"
        }
        self.assertEqual(names, set(self.functions))


if __name__ == "__main__":
    unittest.main()
