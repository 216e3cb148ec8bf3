"""The pages of the documentation: their blocks, headings and links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")


@dataclass
class Block:
    """A fenced block: `language` and `words` stand behind the fence."""

    language: str
    words: list
    line: int
    text: str


def every_page():
    """Paths of all pages, relative to the top folder."""
    found = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"),
             *ROOT.glob("bindings/**/*.md"), *ROOT.glob("examples/**/*.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text):
    """The fenced blocks of a page, in order; `line` is their first."""
    for match in FENCE.finditer(text):
        language, *words = match[1].split() or [""]
        line = text.count("\n", 0, match.start()) + 2
        yield Block(language, words, line, match[2])


def without_blocks(text):
    """A page whose blocks are empty lines."""
    return FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)


def anchors(text):
    """The fragments that a link may name: the usual slugs of headings."""
    seen = {}
    for match in HEADING.finditer(without_blocks(text)):
        title = LINK.sub(lambda m: m[0][1:m[0].index("]")], match[1])
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug


def links(text):
    """(line, target) of each link that is not code."""
    prose = CODE.sub(lambda m: " " * len(m[0]), without_blocks(text))
    for match in LINK.finditer(prose):
        yield prose.count("\n", 0, match.start()) + 1, match[1]
