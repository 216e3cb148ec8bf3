"""The files of the project, as every rule sees them."""

import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def listed_by_git():
    """Paths that are tracked or would be, or None without git."""
    try:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]


def listed_by_walk():
    """Paths of a tree that came without git."""
    paths = []
    for folder, folders, names in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [f for f in folders if not f.startswith("build")]
        folders[:] = [f for f in folders if f not in (".git", "__pycache__")]
        paths += [os.path.relpath(os.path.join(folder, name), ROOT)
                  for name in names]
    return paths


def load():
    """Path -> text of every file of the project; of what is no text, none."""
    paths = listed_by_git()
    tree = {}
    for path in sorted(listed_by_walk() if paths is None else paths):
        full = os.path.join(ROOT, path)
        if not os.path.isfile(full):
            continue
        with open(full, "rb") as file:
            data = file.read()
        is_text = b"\0" not in data
        tree[path] = data.decode("utf-8", "surrogateescape") if is_text else ""
    return tree


def select(tree, folder, *endings):
    """The part of a tree below a folder, by endings of names."""
    return {path: text for path, text in tree.items()
            if path.startswith(folder) and path.endswith(endings or ("",))}


def room_of(path):
    """`lib/log/frame.c` is in room `log`; anything else in none."""
    parts = path.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "lib" else None


def code_only(text):
    """C without comments and without what strings say, line for line."""
    pattern = re.compile(
        r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
        re.DOTALL)

    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] * 2
        return "\n" * found.count("\n") + " "

    return pattern.sub(blank, text)


def includes_of(text):
    """(line number, name as written with its brackets) of each include."""
    pattern = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')
    for number, line in enumerate(text.split("\n"), 1):
        match = pattern.match(line)
        if match:
            yield number, match.group(1)
