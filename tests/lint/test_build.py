"""What compilers and tools say of the tree, and of a bad sample."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import rules
import tree

PROJECT = tree.load()
LIBRARY = os.environ.get("OMNI_LIBRARY")
CC = os.environ.get("CC") or shutil.which("cc")
CXX = os.environ.get("CXX") or shutil.which("c++")
FORMAT_VERSION = 14


def run(*command):
    return subprocess.run(command, cwd=tree.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def headers(folder):
    return sorted(tree.select(PROJECT, folder, ".h"))


def compiles(compiler, standard, language, paths):
    """Output of a compiler that reads each file alone; empty if it is glad."""
    done = run(*compiler.split(), f"-std={standard}", "-D_GNU_SOURCE",
               "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Iinclude",
               "-Ilib", "-x", language, *paths)
    return done.stdout if done.returncode else ""


def exported(library):
    """Functions and objects that a shared library gives away."""
    done = run("nm", "-D", "--defined-only", library)
    names = set()
    for line in done.stdout.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] != "A":
            names.add(parts[2].split("@")[0])
    return names


def unformatted(paths):
    done = run("clang-format", "--dry-run", "-Werror", *paths)
    return done.stdout if done.returncode else ""


def format_version():
    try:
        found = re.search(r"version (\d+)", run("clang-format",
                                                "--version").stdout)
    except OSError:
        return None
    return int(found.group(1)) if found else None


class Sample:
    """A file with some text, as long as needed."""

    def __init__(self, name, text):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, name)
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self.folder.cleanup()


BAD_HEADER = "size_t a;\n"
C_HEADER = "struct a { int class; };\n"


@unittest.skipUnless(CC, "no C compiler")
class Headers(unittest.TestCase):
    def test_public_headers_compile_alone_as_c(self):
        # ISO C wants a declaration in what is compiled.
        with_declarations = [path for path in headers("include/")
                             if os.path.basename(path) not in
                             ("export.h", "limits.h")]
        self.assertEqual(compiles(CC, "c17", "c", headers("include/")), "")
        self.assertEqual(compiles(CC + " -pedantic", "c17", "c",
                                  with_declarations), "")

    def test_internal_headers_compile_alone(self):
        self.assertEqual(compiles(CC, "c17", "c", headers("lib/")), "")

    def test_a_header_that_needs_another_is_found(self):
        with Sample("bad.h", BAD_HEADER) as path:
            self.assertNotEqual(compiles(CC, "c17", "c", [path]), "")

    @unittest.skipUnless(CXX, "no C++ compiler")
    def test_public_headers_compile_alone_as_cxx(self):
        self.assertEqual(
            compiles(CXX + " -pedantic", "c++17", "c++",
                     headers("include/")), "")

    @unittest.skipUnless(CXX, "no C++ compiler")
    def test_a_header_that_is_only_c_is_found(self):
        with Sample("bad.h", C_HEADER) as path:
            self.assertNotEqual(compiles(CXX, "c++17", "c++", [path]), "")


@unittest.skipUnless(LIBRARY and shutil.which("nm"), "no library or no nm")
class Exports(unittest.TestCase):
    def test_library_exports_the_public_functions_and_no_more(self):
        public = rules.public_functions(PROJECT)
        self.assertGreater(len(public), 20)
        self.assertEqual(exported(LIBRARY), public)

    @unittest.skipUnless(CC, "no C compiler")
    def test_a_stray_export_is_found(self):
        with Sample("bad.c", "int stray(void) { return 1; }\n") as path:
            library = path + ".so"
            run(*CC.split(), "-shared", "-fPIC", path, "-o", library)
            self.assertIn("stray", exported(library))


@unittest.skipUnless(format_version() == FORMAT_VERSION,
                     f"clang-format is not version {FORMAT_VERSION}")
class Format(unittest.TestCase):
    def test_code_is_formatted(self):
        paths = [path for path in PROJECT if path.endswith((".c", ".h"))]
        self.assertEqual(unformatted(paths), "")

    def test_unformatted_code_is_found(self):
        with Sample("bad.c", "int  a ( void ) {return 1 ;}\n") as path:
            shutil.copy(os.path.join(tree.ROOT, ".clang-format"),
                        os.path.dirname(path))
            self.assertNotEqual(unformatted([path]), "")


if __name__ == "__main__":
    unittest.main()
