"""Holds the Python declarations against the public headers, both ways.

The spelling of every function, struct, callback, enumeration and constant is
compared as text; sizes, offsets and values are compared with what the C
compiler says of them. No library is needed for these; where OMNI_LIBRARY
names one, its exported symbols are compared too.
"""

import ctypes
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import headers
import pytest

CC = os.environ.get("CC", "cc").split()
LIBRARY = os.environ.get("OMNI_LIBRARY")

compiles = pytest.mark.skipif(not shutil.which(CC[0]), reason="no C compiler")


def native() -> ModuleType:
    """_native.py alone: the package around it would want the library."""
    package = ModuleType("omni_native")
    package.__path__ = [str(headers.PACKAGE)]
    sys.modules[package.__name__] = package
    return importlib.import_module("omni_native._native")


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
        "omni_event_append_json(omni_store *store, const char *lines, "
        "size_t size_bytes,",
        "omni_event_append_json(omni_store *store, const char *lines, "
        "uint32_t size_bytes,",
    ),
    "as wide a parameter, of another name": (
        "event.h",
        "omni_event_append_json(omni_store *store, const char *lines, "
        "size_t size_bytes,",
        "omni_event_append_json(omni_store *store, const char *lines, "
        "uint64_t size_bytes,",
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


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return headers.header_texts()


@pytest.fixture(scope="module")
def interface(texts: dict[str, str]) -> headers.Interface:
    """What the headers declare."""
    return headers.from_headers(texts)


@pytest.fixture(scope="module")
def declared() -> headers.Interface:
    """What Python declares."""
    return headers.from_module(headers.module_text())


def test_the_headers_were_read(
    interface: headers.Interface, texts: dict[str, str]
) -> None:
    marks = sum(text.count("\nOMNI_API") for text in texts.values())
    assert len(interface.functions) == marks
    assert len(interface.structs) > 20
    assert len(interface.constants) > 50


def test_python_declares_what_the_headers_do(
    interface: headers.Interface, declared: headers.Interface
) -> None:
    assert headers.differences(interface, declared) == []


@pytest.mark.parametrize("change", DOCTORED.values(), ids=list(DOCTORED))
def test_a_doctored_header_is_noticed(
    change: tuple[str, str, str],
    texts: dict[str, str],
    declared: headers.Interface,
) -> None:
    texts = {**texts, change[0]: doctored(texts, change)}
    found = headers.from_headers(texts)
    assert headers.differences(found, declared) != []


def test_every_constant_is_used_somewhere(
    interface: headers.Interface, declared: headers.Interface
) -> None:
    rest = "\n".join(
        path.read_text(encoding="utf-8")
        for path in headers.PACKAGE.glob("*.py")
        if path.name not in headers.DECLARING
    )
    used = set(re.findall(r"\b(?:n|_native)\.(OMNI_\w+)", rest))
    within = {
        name
        for members in declared.structs.values()
        for _, kind in members
        for name in re.findall(r"OMNI_\w+", kind)
    }
    assert used | within == set(interface.constants)


@compiles
def test_sizes_offsets_and_values_are_the_compilers(
    interface: headers.Interface,
) -> None:
    assert layout(interface, native()) == probe(interface, headers.INCLUDE)


@compiles
@pytest.mark.parametrize(
    "change",
    [
        ("store.h", "uint32_t calling_code;", "uint64_t calling_code;"),
        ("status.h", "char message[256];", "char message[255];"),
        ("limits.h", "BATCH_FACTS 65536", "BATCH_FACTS 65535"),
    ],
    ids=lambda change: change[0],
)
def test_a_doctored_layout_is_noticed(
    change: tuple[str, str, str],
    interface: headers.Interface,
    texts: dict[str, str],
    folder: Path,
) -> None:
    shutil.copytree(headers.INCLUDE, folder, dirs_exist_ok=True)
    text = doctored(texts, change)
    (folder / "omni" / change[0]).write_text(text, encoding="utf-8")
    assert layout(interface, native()) != probe(interface, folder)


@pytest.mark.skipif(not LIBRARY, reason="OMNI_LIBRARY is not set")
@pytest.mark.skipif(not shutil.which("nm"), reason="no nm")
def test_the_library_exports_what_the_headers_declare(
    interface: headers.Interface,
) -> None:
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
    assert names == set(interface.functions)
