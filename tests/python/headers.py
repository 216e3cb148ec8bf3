"""Reads the two ends of the Python binding into one form.

`from_headers` parses the public headers, `from_module` the declarations in
bindings/python/omni/ (_native_base.py, _native.py and _prototypes*.py). Types
are spelled as ctypes spells them, so that size_t and uint64_t stay different
where they happen to be as long. What neither parser knows is an error:
nothing is passed over.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
PACKAGE = ROOT / "bindings" / "python" / "omni"

SCALARS = {
    "bool": "c_bool",
    "char": "c_char",
    "int": "c_int",
    "int32_t": "c_int32",
    "int64_t": "c_int64",
    "size_t": "c_size_t",
    "uint8_t": "c_uint8",
    "uint32_t": "c_uint32",
    "uint64_t": "c_uint64",
}

# `const char *` members that are not zero-terminated.
BYTES = {"omni_text.bytes", "omni_refused.record"}


@dataclass
class Interface:
    """Names and spellings; a struct without members is opaque."""

    functions: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    structs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    callbacks: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    enums: dict[str, str] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)


def differences(headers: Interface, module: Interface) -> list[str]:
    """What one side has and the other has not, or has otherwise."""
    found = []
    for kind in ("functions", "structs", "callbacks", "enums", "constants"):
        ours, theirs = getattr(module, kind), getattr(headers, kind)
        for name in theirs.keys() - ours.keys():
            found.append(f"{kind}: {name} is not declared in Python")
        for name in ours.keys() - theirs.keys():
            found.append(f"{kind}: {name} is not in the headers")
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                found.append(
                    f"{kind}: {name} is {theirs[name]} in the headers,"
                    f" {ours[name]} in Python"
                )
    return sorted(found)


# The headers


def header_texts() -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((INCLUDE / "omni").glob("*.h"))
    }


def from_headers(texts: dict[str, str]) -> Interface:
    found = Interface()
    bodies = []
    for name, text in texts.items():
        if name == "export.h":  # It declares how, not what.
            continue
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        text = re.sub(r"\\\n", " ", text)
        _take_defines(found, text)
        bodies.append(_declarations(text))
    statements = list(_statements(" ".join(bodies)))
    for statement in statements:
        _take_typedef_name(found, statement)
    for statement in statements:
        _take(found, statement)
    return found


def _take_defines(found: Interface, text: str) -> None:
    for line in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(.*)$", text, re.M):
        name, _, value = line.strip().partition(" ")
        value = value.strip()
        if value:
            found.constants[name] = int(value.rstrip("uUlL"), 0)
        elif not name.endswith("_H"):
            raise ValueError(f"neither a guard nor a number: {line}")


def _declarations(text: str) -> str:
    text = re.sub(
        r'#ifdef __cplusplus\s*\n(extern "C" \{|\})\s*\n#endif', " ", text
    )
    text = re.sub(r"^[ \t]*#.*$", " ", text, flags=re.M)
    # An array of texts that is only read is one of texts to Python.
    return " ".join(text.replace("*const *", "**").split())


def _statements(text: str) -> list[str]:
    out: list[str] = []
    depth, start = 0, 0
    for index, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == ";" and depth == 0:
            out.append(text[start:index].strip())
            start = index + 1
    rest = text[start:].strip()
    if rest:
        raise ValueError(f"not ended: {rest}")
    return out


ENUM = re.compile(r"typedef enum (\w+) \{(.*)\} (\w+)")
STRUCT = re.compile(r"typedef struct (\w+) \{(.*)\} (\w+)")
OPAQUE = re.compile(r"typedef struct (\w+) (\w+)")
CALLBACK = re.compile(r"typedef ([\w ]+?[ *]*)\(\*(\w+)\)\((.*)\)")
MEMBER_CALLBACK = re.compile(r"([\w ]+?[ *]*)\(\*(\w+)\)\((.*)\)")
FUNCTION = re.compile(r"OMNI_API ([\w ]+?[ *]*)\b(omni_\w+)\((.*)\)")
DECLARATOR = re.compile(r"([\w ]+?[ *]+)(\w+)\s*(?:\[(\w+)\])?")


def _take_typedef_name(found: Interface, statement: str) -> None:
    """First all names, so that each type is known wherever it is used."""
    if match := ENUM.fullmatch(statement):
        found.enums[match[3]] = "c_int"
    elif match := STRUCT.fullmatch(statement):
        found.structs[match[3]] = []
    elif match := OPAQUE.fullmatch(statement):
        found.structs[match[2]] = []
    elif match := CALLBACK.fullmatch(statement):
        found.callbacks[match[2]] = ("", [])


def _take(found: Interface, statement: str) -> None:
    if match := ENUM.fullmatch(statement):
        _take_enumerators(found, match[2])
    elif match := STRUCT.fullmatch(statement):
        _take_members(found, match[3], match[2])
    elif match := CALLBACK.fullmatch(statement):
        found.callbacks[match[2]] = _signature(found, match[1], match[3])
    elif match := FUNCTION.fullmatch(statement):
        if match[2] in found.functions:
            raise ValueError(f"declared twice: {match[2]}")
        found.functions[match[2]] = _signature(found, match[1], match[3])
    elif not OPAQUE.fullmatch(statement):
        raise ValueError(f"not understood: {statement}")


def _take_enumerators(found: Interface, body: str) -> None:
    following = 0
    for each in filter(None, (part.strip() for part in body.split(","))):
        name, _, value = (part.strip() for part in each.partition("="))
        following = int(value, 0) if value else following
        found.constants[name] = following
        following += 1


def _take_members(found: Interface, struct: str, body: str) -> None:
    members = found.structs[struct]
    for each in filter(None, (part.strip() for part in body.split(";"))):
        if match := MEMBER_CALLBACK.fullmatch(each):
            kind = f"{struct}_{match[2]}"
            found.callbacks[kind] = _signature(found, match[1], match[3])
            members.append((match[2], kind))
            continue
        first, *others = (part.strip() for part in each.split(","))
        match = DECLARATOR.fullmatch(first)
        if not match or (others and "*" in match[1]):
            raise ValueError(f"member not understood: {struct}: {each}")
        for name in (match[2], *others):
            where = f"{struct}.{name}"
            members.append((name, _spelled(found, match[1], match[3], where)))


def _signature(
    found: Interface, result: str, parameters: str
) -> tuple[str, list[str]]:
    spelled = []
    if parameters.strip() != "void":
        for each in parameters.split(","):
            match = DECLARATOR.fullmatch(each.strip())
            if not match or match[3]:
                raise ValueError(f"parameter not understood: {each}")
            spelled.append(_spelled(found, match[1]))
    return _spelled(found, result), spelled


def _spelled(
    found: Interface, kind: str, count: str | None = None, where: str = ""
) -> str:
    """A C type as ctypes spells it."""
    stars = kind.count("*")
    base = " ".join(
        word for word in kind.replace("*", " ").split() if word != "const"
    )
    if base == "void":
        spelled, stars = ("c_void_p", stars - 1) if stars else ("None", 0)
    elif base == "char" and stars:
        spelled, stars = "c_char_p", stars - 1
        if where in BYTES:
            spelled = "c_void_p"
    elif base in SCALARS:
        spelled = SCALARS[base]
    elif base in found.enums or base in found.structs:
        spelled = base
    elif base in found.callbacks:
        spelled = base
    else:
        raise ValueError(f"unknown type: {kind}")
    for _ in range(stars):
        spelled = f"POINTER({spelled})"
    return f"{spelled} * {count}" if count else spelled


# The Python modules


DECLARING = (
    "_native_base.py",
    "_native_policy.py",
    "_native_segments.py",
    "_native.py",
    "_prototypes.py",
    "_prototypes_people.py",
    "_prototypes_policy.py",
    "_prototypes_segments.py",
    "_prototypes_tables.py",
)


def module_text() -> str:
    return "\n".join(
        (PACKAGE / name).read_text(encoding="utf-8") for name in DECLARING
    )


def from_module(text: str) -> Interface:
    found = Interface()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            found.structs[node.name] = _fields(node)
        elif isinstance(node, ast.Assign):
            (target,) = node.targets
            _take_assignment(found, ast.unparse(target), node.value)
        elif isinstance(node, ast.AnnAssign):
            _take_prototypes(found, node)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)) and not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            raise ValueError(f"not understood: {ast.unparse(node)}")
    return found


def _fields(node: ast.ClassDef) -> list[tuple[str, str]]:
    for each in node.body:
        if isinstance(each, ast.Assign):
            assert ast.unparse(each.targets[0]) == "_fields_", node.name
            assert isinstance(each.value, ast.List), node.name
            return [_pair(member) for member in each.value.elts]
    return []


def _pair(node: ast.expr) -> tuple[str, str]:
    assert isinstance(node, ast.Tuple)
    name, kind = node.elts
    return ast.literal_eval(name), ast.unparse(kind)


def _take_assignment(found: Interface, name: str, value: ast.expr) -> None:
    if name.startswith("OMNI_"):
        found.constants[name] = ast.literal_eval(value)
    elif isinstance(value, ast.Call):
        assert ast.unparse(value.func) == "CFUNCTYPE", name
        result, *arguments = map(ast.unparse, value.args)
        found.callbacks[name] = (result, arguments)
    else:
        found.enums[name] = ast.unparse(value)


def _take_prototypes(found: Interface, node: ast.AnnAssign) -> None:
    assert ast.unparse(node.target) in (
        "PROTOTYPES",
        "PEOPLE",
        "POLICY",
        "SEGMENTS",
        "TABLES",
    )
    assert isinstance(node.value, ast.Dict)
    for key, value in zip(node.value.keys, node.value.values, strict=True):
        if key is None:
            continue  # another table, which is read by itself
        assert isinstance(value, ast.Tuple)
        result, arguments = value.elts
        assert isinstance(arguments, ast.List)
        found.functions[ast.literal_eval(key)] = (
            ast.unparse(result),
            [ast.unparse(each) for each in arguments.elts],
        )
