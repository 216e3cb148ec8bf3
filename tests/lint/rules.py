"""
Rules about text. Each takes a tree (path -> text) and yields one line for
each place that breaks it.
"""

import re

from tree import code_only, includes_of, room_of, select

ROOMS = ("platform codec log storage identity events profile cel segments "
         "privacy fold formats sync api").split()

# Rooms that may not see each other although the order allows it.
NOT_SEEN = {
    "profile": {"events"},
    "cel": {"log", "storage", "identity", "events", "profile"},
    "formats": {"segments"},
    "sync": {"segments"},
}

LIBC = ("malloc calloc realloc free strdup strndup time clock_gettime "
        "gettimeofday getrandom rand random printf fprintf puts putchar "
        "abort exit strtok gmtime localtime setlocale getenv strcpy strcat "
        "sprintf memmem").split()

TOP_LEVEL = ("meson.build meson_options.txt README.md COPYING lib include "
             "tests examples bindings docs").split()

WORDS = ("TO" + "DO", "FIX" + "ME", "X" + "XX")

FUNCTION_LINES = 70
FILE_LINES = 600
COLUMNS = 80


def rooms(tree):
    """A room includes only itself and rooms above it."""
    for path, text in select(tree, "lib/", ".c", ".h").items():
        room = room_of(path)
        if room not in ROOMS:
            yield f"{path}: is in no room"
            continue
        seen = set(ROOMS[:ROOMS.index(room) + 1]) - NOT_SEEN.get(room, set())
        for number, name in includes_of(text):
            parts = name[1:-1].split("/")
            if name[0] == '"' and len(parts) != 2:
                yield f"{path}:{number}: {name} is not written from lib/"
            elif name[0] == '"' and parts[0] not in seen | {"omni"}:
                yield f"{path}:{number}: {room} may not include {name}"


def cycles(tree):
    """No header includes itself through others."""
    graph = {}
    for path, text in tree.items():
        if path.startswith(("lib/", "include/")) and path.endswith(".h"):
            graph[path.split("/", 1)[1]] = [
                name[1:-1] for _, name in includes_of(text) if name[0] == '"']
    done = set()
    for start in sorted(graph):
        yield from cycles_from(graph, start, [], done)


def cycles_from(graph, name, way, done):
    """Walk from one header; headers in `done` lead to no cycle."""
    if name in way:
        yield " -> ".join(way[way.index(name):] + [name])
        return
    if name in done:
        return
    for other in graph.get(name, []):
        yield from cycles_from(graph, other, way + [name], done)
    done.add(name)


def lmdb(tree):
    """Only storage knows LMDB."""
    for path, text in tree.items():
        if path.endswith((".c", ".h")) and path.startswith("lib/"):
            for number, name in includes_of(text):
                if name[1:-1] == "lmdb.h" and room_of(path) != "storage":
                    yield f"{path}:{number}: {name} outside of storage"


def libc(tree):
    """What the application may take over is called in platform alone."""
    call = re.compile(r"(?<![\w.>])(" + "|".join(LIBC) + r")\s*\(")
    local = re.compile(r"\b(_Thread_local|__thread|thread_local)\b")
    for path, text in select(tree, "lib/", ".c", ".h").items():
        platform = room_of(path) == "platform"
        for number, line in enumerate(code_only(text).split("\n"), 1):
            found = local.search(line) or (not platform and call.search(line))
            if found:
                yield f"{path}:{number}: {found.group(1)}"


def systems(tree):
    """Only platform knows an operating system."""
    header = re.compile(r"<(unistd|fcntl|dirent|sched|poll|signal|termios|"
                        r"windows|io|direct|process|sys/.*)\.h>")
    for path, text in select(tree, "lib/", ".c", ".h").items():
        for number, name in includes_of(text):
            if header.match(name) and room_of(path) != "platform":
                yield f"{path}:{number}: {name} outside of platform"


def conditionals(tree):
    """No #if outside of platform but include guards."""
    condition = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b\s*(.*)$")
    for path, text in select(tree, "lib/", ".c", ".h").items():
        if room_of(path) == "platform":
            continue
        lines = text.split("\n")
        first = True
        for number, line in enumerate(lines, 1):
            found = condition.match(line)
            if not found:
                continue
            guard = (first and path.endswith(".h") and
                     found.group(1) == "ifndef" and number < len(lines) and
                     lines[number] == "#define " + found.group(2))
            first = False
            if not guard:
                yield f"{path}:{number}: {line.strip()}"


def functions(tree):
    """No function is longer than a page."""
    for path, text in tree.items():
        if not path.endswith((".c", ".h")):
            continue
        begun = None
        for number, line in enumerate(text.split("\n"), 1):
            if line == "{":
                begun = number
            elif line == "}" and begun is not None:
                size = number - begun + 1
                if size > FUNCTION_LINES:
                    yield f"{path}:{begun}: function of {size} lines"
                begun = None


def files(tree):
    """No file is longer than can be kept in mind."""
    for path, text in tree.items():
        size = text.count("\n")
        if size > FILE_LINES and path.endswith((".c", ".h", ".py", ".sh")):
            yield f"{path}: {size} lines"


def columns(tree):
    """Lines fit side by side."""
    for path, text in tree.items():
        if not path.endswith((".c", ".h")):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS:
                yield f"{path}:{number}: {len(line)} columns"


def spaces(tree):
    """No tabs in C, no trailing blanks, a newline at the end."""
    for path, text in tree.items():
        if not path.endswith((".c", ".h", ".py", ".sh", ".build")):
            continue
        if text and not text.endswith("\n"):
            yield f"{path}: no newline at the end"
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or "\t" in line or "\r" in line:
                yield f"{path}:{number}: blanks"


def words(tree):
    """No promise of later work."""
    pattern = re.compile(r"\b(" + "|".join(WORDS) + r")\b")
    for path, text in tree.items():
        for number, line in enumerate(text.split("\n"), 1):
            found = pattern.search(line)
            if found:
                yield f"{path}:{number}: {found.group(1)}"


def top_level(tree):
    """The top folder holds what the table says and no more."""
    names = {path.split("/", 1)[0] for path in tree}
    for name in sorted(names):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}: not at the top level"


def openings(tree):
    """A source file of the library opens by saying its role."""
    for path, text in select(tree, "lib/", ".c", ".h").items():
        if not text.startswith("/*"):
            yield f"{path}: does not say its role"


def sources(tree):
    """Every source file is built, and every public header installed."""
    lists = (("lib/", ".c", "lib/meson.build"),
             ("include/omni/", ".h", "include/omni/meson.build"))
    for folder, ending, build in lists:
        named = set(re.findall(r"'([\w/]+\.[ch])'", tree.get(build, "")))
        there = {path[len(folder):] for path in select(tree, folder, ending)}
        for path in sorted(there - named):
            yield f"{folder}{path}: not in {build}"
        for path in sorted(named - there):
            yield f"{build}: {path} is not there"


def test_sources(tree):
    """Every test program is run."""
    build = tree.get("tests/meson.build", "")
    for suite in ("unit", "property", "api", "oom", "crash"):
        block = re.search(rf"^{suite}_tests = \[(.*?)\]", build,
                          re.MULTILINE | re.DOTALL)
        named = re.findall(r"'(\w+)'", block.group(1)) if block else []
        for path in select(tree, f"tests/{suite}/test_", ".c"):
            if path[len(f"tests/{suite}/test_"):-2] not in named:
                yield f"{path}: not in tests/meson.build"
    run = re.findall(r"\['(\w+)', '(\w+)'\]", build)
    for path in select(tree, "tests/", ".py"):
        match = re.match(r"tests/(\w+)/test_(\w+)\.py$", path)
        if match and match.groups() not in run:
            yield f"{path}: not in tests/meson.build"


def public_functions(tree):
    """Names of the functions that the public headers mark as exported."""
    names = set()
    for text in select(tree, "include/omni/", ".h").values():
        names.update(re.findall(r"^OMNI_API[^;{]*?\b(omni_\w+)\(",
                                code_only(text), re.MULTILINE))
    return names


def map_functions(text):
    """Names that an export map lists under `global:`."""
    listed = text.split("global:")[-1].split("local:")[0]
    return set(re.findall(r"^\s*(\w+);", listed, re.MULTILINE))


def export_map(tree):
    """The export map lists the functions of the headers."""
    public = public_functions(tree)
    listed = map_functions(tree.get("lib/libomni.map", ""))
    for name in sorted(public - listed):
        yield f"lib/libomni.map: {name} is missing"
    for name in sorted(listed - public):
        yield f"lib/libomni.map: {name} is in no header"
