"""
Rules about what the public headers say. Each takes a tree (path -> text) and
yields one line for each place that breaks it.
"""

import re
from dataclasses import dataclass

from rules import public_functions
from tree import code_only, select

COMMENT = r"/\*(?:(?!\*/).)*\*/"

FUNCTION = re.compile(
    rf"(?P<doc>{COMMENT}\n)?^OMNI_API\s+(?P<result>[^;{{(]*?)"
    r"\b(?P<name>omni_\w+)\((?P<parameters>[^;]*)\);", re.M | re.S)
TYPE = re.compile(
    rf"(?P<doc>{COMMENT}\n)?^typedef\s+(?:"
    r"(?P<kind>struct|enum)\s+\w+\s*(?P<body>\{[^}]*\})?\s*(?P<name>\w+)"
    r"|[^;{]*?\(\*(?P<callback>\w+)\)[^;{]*);", re.M | re.S)
CONSTANT = re.compile(
    rf"(?P<doc>{COMMENT}\n)?^#define\s+(?P<name>OMNI_\w+)"
    r"(?P<value>(?:\\\n|[^\n])*)", re.M | re.S)

TAG = re.compile(r"^\s*@(\w+)(?:\[([\w,]+)\])?[ \t]*", re.M)

THREADS = re.compile(r"\b(any thread|one thread|thread-safe|"
                     r"the thread (of|that))\b", re.I)


@dataclass
class Function:
    """A public function: its declaration, and its comment by parts."""

    where: str
    name: str
    result: str
    parameters: list  # (type without its name, name)
    meaning: str
    tags: list  # (tag, what is in its brackets, text)

    def texts(self, tag):
        return [text for name, _, text in self.tags if name == tag]

    def everything(self):
        return " ".join([self.meaning] + [text for _, _, text in self.tags])


def words_of(comment):
    """What a doc comment says, without its marks; "" for any other one."""
    found = re.fullmatch(r"/\*\*(.*)\*/\s*", comment or "", re.S)
    return found.group(1) if found else ""


def parameters_of(text):
    """(type, name) of each parameter; the name is "" where it has none."""
    if text.strip() == "void":
        return []
    found = []
    for one in text.split(","):
        match = re.fullmatch(r"(.*?[\s*])(\w+)(?:\[\w*\])?", one.strip(), re.S)
        found.append(match.groups() if match else (one.strip(), ""))
    return found


def functions_of(tree):
    """Every public function."""
    for path, text in select(tree, "include/omni/", ".h").items():
        for match in FUNCTION.finditer(text):
            parts = TAG.split(words_of(match["doc"]))
            tags = [(parts[i], parts[i + 1] or "",
                     " ".join(parts[i + 2].split()))
                    for i in range(1, len(parts), 3)]
            yield Function(f"{path}: {match['name']}", match["name"],
                           " ".join(match["result"].split()),
                           parameters_of(match["parameters"]),
                           " ".join(parts[0].split()), tags)


def types_of(tree):
    """(path, match of TYPE) of every public type."""
    for path, text in select(tree, "include/omni/", ".h").items():
        for match in TYPE.finditer(text):
            yield path, match


def handles_of(tree):
    """Opaque type -> (path, what its comment says)."""
    return {match["name"]: (path, words_of(match["doc"]))
            for path, match in types_of(tree)
            if match["kind"] == "struct" and not match["body"]}


def constants_of(tree):
    """Names of all macros and enumerators."""
    names = set()
    for text in select(tree, "include/omni/", ".h").values():
        names.update(re.findall(r"^#define\s+(OMNI_\w+)", text, re.M))
        names.update(re.findall(r"^\s+(OMNI_\w+)\s*[=,}\n]", code_only(text),
                                re.M))
    return names


def meaning(tree):
    """A doc comment ends right before each function and says what it does."""
    missed = public_functions(tree)
    for one in functions_of(tree):
        missed.discard(one.name)
        if not re.match(r"[A-Z].*\.$", one.meaning):
            yield f"{one.where}: no sentence that says what it does"
    for name in sorted(missed):
        yield f"{name}: its declaration cannot be read"


def parameters(tree):
    """Every parameter is told of under its name, and whether it is written."""
    handles = handles_of(tree)
    for one in functions_of(tree):
        told = {}
        for tag, brackets, text in one.tags:
            if tag == "param":
                names, _, rest = text.partition(" ")
                told.update({name: (brackets, rest)
                             for name in names.split(",")})
        for kind, name in one.parameters:
            brackets, text = told.pop(name, ("", ""))
            if not text:
                yield f"{one.where}: nothing of its parameter {name}"
            elif (brackets == "out") != is_written(kind, handles):
                yield f"{one.where}: {name} is `@param[out]` or it is not"
        for name in told:
            yield f"{one.where}: has no parameter {name}"


def is_written(kind, handles):
    """Whether a parameter of this type is for an answer."""
    base = re.search(r"\w+$", kind.replace("*", "").strip())
    opaque = base and (base.group(0) in handles or base.group(0) == "void")
    stars = kind.count("*")
    return stars > 1 or (stars == 1 and "const" not in kind and not opaque)


def sizes(tree):
    """Where the caller sets the size of an answer, its parameter says so."""
    sized = {match["name"] for _, match in types_of(tree)
             if re.search(r"\bsize;\s*/\*\*< Set by the caller",
                          match["body"] or "")}
    for one in functions_of(tree):
        told = " ".join(one.texts("param"))
        for kind, name in one.parameters:
            if (set(re.findall(r"\w+", kind)) & sized and
                    not re.search(rf"\b{name} [^@]*`size`", told)):
                yield f"{one.where}: {name} does not say to set `size`"


def results(tree):
    """A function says what it returns; one of omni_status, which ones."""
    all_functions = {one.name: one for one in functions_of(tree)}
    for one in all_functions.values():
        told = " ".join(one.texts("return"))
        if (one.result == "void") == bool(told):
            yield f"{one.where}: @return, or none of void"
        if one.result != "omni_status":
            continue
        like = re.match(r"As (omni_\w+)\(\)", told)
        if like and (like[1] not in all_functions or
                     all_functions[like[1]].result != "omni_status"):
            yield f"{one.where}: {like[1]}() has no statuses to be as"
        elif not like and not re.match(r"OMNI_OK\b.*\bOMNI_", told):
            yield f"{one.where}: @return does not name the statuses"


def since(tree):
    """Every public function says since when it is there."""
    for one in functions_of(tree):
        if not re.fullmatch(r"\d+\.\d+", " ".join(one.texts("since"))):
            yield f"{one.where}: has no @since"


def threads(tree):
    """Handles, and functions of none, say which thread may use them."""
    handles = handles_of(tree)
    for name, (path, text) in handles.items():
        if not THREADS.search(" ".join(text.split())):
            yield f"{path}: {name} says nothing of threads"
    for one in functions_of(tree):
        first = one.parameters[0][0] if one.parameters else ""
        of_handle = set(re.findall(r"\w+", first)) & set(handles)
        if not of_handle and not THREADS.search(one.everything()):
            yield f"{one.where}: says nothing of threads"


def members(tree):
    """Types, their members and constants each have a comment."""
    for path, match in types_of(tree):
        name = match["name"] or match["callback"]
        if not words_of(match["doc"]):
            yield f"{path}: {name} has no comment"
        end = "," if match["kind"] == "enum" else ";"
        for member in bare_members((match["body"] or "{}")[1:-1], end):
            yield f"{path}: {name}: no comment on `{member}`"
    for path, text in select(tree, "include/omni/", ".h").items():
        if path.endswith("/export.h"):  # It declares how, not what.
            continue
        for match in CONSTANT.finditer(text):
            if match["value"].strip() and not (
                    words_of(match["doc"]) or "/**<" in match["value"]):
                yield f"{path}: no comment on {match['name']}"


def bare_members(body, end):
    """Declarations without `/**<` behind them or `/**` before them."""
    before = False
    pieces = [piece for piece in re.split(rf"({COMMENT}|{end})", body,
                                          flags=re.S)
              if piece.strip() not in ("", end)]
    for piece, after in zip(pieces, pieces[1:] + [""]):
        if piece.startswith("/*"):
            before = piece.startswith("/**") and piece[3] not in "<*"
            continue
        if not before and not after.startswith("/**<"):
            yield " ".join(piece.split())
        before = False


def names(tree):
    """What the comments of functions name is in the headers."""
    known = constants_of(tree)
    functions = {one.name for one in functions_of(tree)}
    for one in functions_of(tree):
        text = one.everything()
        for name in re.findall(r"\bOMNI_[A-Z0-9_]*[A-Z0-9]\b(?!…)", text):
            if name not in known:
                yield f"{one.where}: there is no {name}"
        for name in re.findall(r"\b(omni_\w+)\(\)", text):
            if name not in functions:
                yield f"{one.where}: there is no {name}()"
