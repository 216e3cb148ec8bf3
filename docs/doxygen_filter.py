#!/usr/bin/env python3
"""Turns a page into what Doxygen links rightly: every heading gets an anchor
of its own, `PAGE-SLUG`, and links to headings name it."""

import os
import re
import sys

FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{2,6} +)(.+?)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")


def label(path, slug):
    page = re.sub(r"\W", "-", os.path.relpath(path).removesuffix(".md"))
    return f"{page}-{slug}"


def slug_of(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def filtered(page, text):
    """A part of a page outside of fenced blocks."""
    def heading(match):
        return f"{match[0]} {{#{label(page, slug_of(match[2]))}}}"

    def link(match):
        path = page
        if match[1]:
            path = os.path.join(os.path.dirname(page), match[1])
        return f"](#{label(path, match[2])})"

    return LINK.sub(link, HEADING.sub(heading, text))


def main(page):
    with open(page, encoding="utf-8") as file:
        parts = FENCE.split(file.read())
    for number, part in enumerate(parts):
        sys.stdout.write(part if number % 2 else filtered(page, part))


if __name__ == "__main__":
    main(sys.argv[1])
