"""Compares what a page shows with what was printed.

In what is shown, `…` stands for any text in a line, and a line that is `…`
alone for any lines. Words of 16 or 32 hex digits are ids, which differ from
store to store: any id will do, but on one page the same word must be the same
id wherever it stands, and two words two ids.
"""

import re

ID = r"(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{16})(?![0-9a-f])"


class Ids:
    """What the ids that a page shows are in this run."""

    def __init__(self):
        self.real = {}
        self.shown = {}

    def agree(self, shown, real):
        return (self.real.setdefault(shown, real) == real
                and self.shown.setdefault(real, shown) == shown)


def line_pattern(line, words):
    """A pattern for one line; ids of it are appended to `words`."""
    parts = []
    for piece in re.split(rf"(…|{ID})", line):
        if piece == "…":
            parts.append(".*?")
        elif re.fullmatch(ID, piece):
            words.append(piece)
            parts.append(f"([0-9a-f]{{{len(piece)}}})")
        else:
            parts.append(re.escape(piece))
    return "".join(parts)


def same(shown, printed, ids):
    """None if `printed` is as shown, else what is wrong, for a person."""
    words, parts = [], []
    for line in shown.splitlines():
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(line_pattern(line.rstrip(), words) + r"[ ]*\n")
    if printed and not printed.endswith("\n"):
        printed += "\n"
    match = re.fullmatch("".join(parts), printed)
    if match is None:
        return f"shown:\n{shown}\nprinted:\n{printed}"
    for word, real in zip(words, match.groups()):
        if not ids.agree(word, real):
            return f"the id {word} is another one here, in\n{printed}"
    return None
