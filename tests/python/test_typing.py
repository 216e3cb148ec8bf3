"""The Python binding under a strict type checker."""

import re
from pathlib import Path

import pytest
from support import BINDING

api = pytest.importorskip("mypy.api", reason="needs python3-mypy")

USER = Path(__file__).with_name("typing_user.py")
REVEALED = re.compile(r'^(.+?):(\d+): note: Revealed type is "(.*)"$')
FOUND = re.compile(r"^(.+?):(\d+): error: .*\[([\w-]+)\]$")
WANTED = re.compile(r"# (is|error): (.+)$")


def check(folder: Path, *arguments: str) -> list[str]:
    """Lines of what mypy says."""
    out, trouble, _ = api.run(
        ["--strict", f"--cache-dir={folder}", "--no-error-summary"]
        + ["--hide-error-context", *arguments]
    )
    assert trouble == ""
    return [line for line in out.splitlines() if line]


def plain(kind: str) -> str:
    """Checkers of different age write the same type in different ways."""
    kind = kind.replace("builtins.", "").replace("_decimal.", "decimal.")
    if match := re.fullmatch(r"Union\[(\w+), None\]|(\w+) \| None", kind):
        kind = f"Optional[{match[1] or match[2]}]"
    return kind


def test_the_package_is_typed_strictly(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BINDING)
    assert check(folder, "--config-file=", "-p", "omni") == []


def test_users_are_told_what_is_wrong_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYPYPATH", str(BINDING))
    wanted: dict[int, tuple[str, set[str]]] = {}
    source = USER.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(source, 1):
        for kind, what in WANTED.findall(line):
            wanted[number] = kind, set(plain(what).split("|"))
    assert len(wanted) > 25
    found: dict[int, tuple[str, str]] = {}
    for line in check(folder, "--config-file=", str(USER)):
        if match := REVEALED.match(line):
            found[int(match[2])] = "is", plain(match[3])
        elif match := FOUND.match(line):
            found[int(match[2])] = "error", match[3]
        else:
            assert ": note:" in line, line
    assert found.keys() == wanted.keys()
    for number, (kind, what) in found.items():
        right, choice = wanted[number]
        assert kind == right and what in choice, f"line {number}: {what}"
