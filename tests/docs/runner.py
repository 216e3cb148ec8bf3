"""Runs the blocks of one page, one after the other, in a fresh folder.

The conventions are described in docs/hacking.md. `libomni` in the folder leads
to the sources and `libomni/build` to the build.
"""

import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pages
from exceptions import NOT_RUN
from pages import ROOT

BUILD = os.environ.get("OMNI_BUILD", "")
BINDING = ROOT / "bindings" / "python"
WARNINGS = "-std=c17 -Wall -Wextra -Werror -Wno-unused-variable".split()
FUNCTIONS = "functions"
SECONDS = 120

HEAD = """\
#include <omni/omni.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""

MAIN = """
int
main(void)
{
    omni_store *shown_store = NULL;
    omni_error shown_error = {0};
    const omni_store_options shown_options = {.size = sizeof(shown_options),
                                              .flags = OMNI_STORE_CREATE,
                                              .calling_code = 41};
    if (%d && omni_store_open("shop.omni", &shown_options, &shown_store,
                              &shown_error) != OMNI_OK) {
        fprintf(stderr, "%%s\\n", shown_error.message);
        return 3;
    }
    const int result = shown(shown_store);
    return omni_store_close(shown_store) == OMNI_OK ? result : 3;
}
"""


class Failed(Exception):
    """A block did not run as it should."""


def program_of(fragment, functions):
    """A whole program around a fragment, which is told by its lines."""
    includes = "".join(re.findall(r"^#include .*\n", fragment, re.MULTILINE))
    body = re.sub(r"^#include .*\n", "", fragment, flags=re.MULTILINE)
    opens = "omni_store_open(" in body
    given = "(void)store;" if not opens else ""
    name = "store" if not opens else "none"
    return (f"{HEAD}{includes}{functions}\nstatic int\n"
            f"shown(omni_store *{name})\n{{\n"
            f"    omni_error error = {{0}};\n    (void)error;\n"
            f"    {given or '(void)none;'}\n    {{\n{body}    }}\n"
            f"    return 0;\n}}\n{MAIN % (not opens)}")


def link_environment(folder):
    """Lay out `libomni` in the folder, and say what a shell is to know."""
    sources = folder / "libomni"
    sources.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith((".", "build")):
            (sources / entry.name).symlink_to(entry)
    (sources / "build").symlink_to(BUILD)
    old = os.environ
    return {
        **old,
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "PATH": f"{BUILD}/examples/cli:{old.get('PATH', '')}",
        "PKG_CONFIG_PATH": f"{BUILD}/meson-uninstalled",
        "LD_LIBRARY_PATH": f"{BUILD}/lib",
        "PYTHONPATH": str(BINDING),
    }


class Runner:
    """What the blocks of a page share: folder, shell, Python, C."""

    def __init__(self, folder, page):
        self.page = page
        self.state = folder / "state"
        self.folder = folder / "page"
        self.state.mkdir()
        self.folder.mkdir()
        self.environment = link_environment(self.folder)
        self.names = {"__name__": "page"}
        self.functions = ""
        self.programs = 0

    def run(self, block):
        """Run a block; what it printed, or None if it is not to be run."""
        if block.words and "." in block.words[0]:
            path = self.place() / block.words[0]
            path.write_text(block.text, encoding="utf-8")
            return None
        if block.language == "sh":
            return self.run_shell(block)
        if block.language == "python":
            return self.run_python(block)
        if block.language == "c":
            return self.run_c(block)
        return None

    def place(self):
        """The folder that the shell is in."""
        told = self.state / "folder"
        if told.exists():
            return Path(told.read_text(encoding="utf-8").rstrip("\n"))
        return self.folder

    def command(self, words, **options):
        with subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=self.environment, start_new_session=True,
                **options) as process:
            try:
                out, _ = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired as late:
                os.killpg(process.pid, signal.SIGKILL)
                raise Failed(f"not done after {SECONDS} s") from late
        return process.returncode, out.decode("utf-8", "replace")

    def run_shell(self, block):
        """In one shell over the page: folder and exports are carried on."""
        exports = shlex.quote(str(self.state / "exports"))
        folder = shlex.quote(str(self.state / "folder"))
        script = (f"set -eu\ntest ! -e {exports} || . {exports}\n"
                  f"{block.text}\nexport -p >{exports}\npwd >{folder}\n")
        status, out = self.command(["sh", "-c", script], cwd=self.place(),
                                   stdin=subprocess.DEVNULL)
        if status != 0:
            raise Failed(f"exit status {status}:\n{out}")
        return out

    def run_python(self, block):
        out = io.StringIO()
        lines = "\n" * (block.line - 1) + block.text
        with contextlib.chdir(self.place()), contextlib.redirect_stdout(out):
            exec(compile(lines, ROOT / self.page, "exec"), self.names)
        return out.getvalue()

    def run_c(self, block):
        """A program, or a fragment inside of one; `functions` are kept for
        the fragments that follow."""
        if FUNCTIONS in block.words:
            self.functions += "\n" + block.text
            return None
        whole = re.search(r"^main\(|\bint main\(", block.text, re.MULTILINE)
        code = block.text if whole else program_of(block.text, self.functions)
        self.programs += 1
        source = self.state / f"{self.programs}.c"
        program = self.state / f"{self.programs}"
        source.write_text(code, encoding="utf-8")
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libomni"], check=True,
            env=self.environment, capture_output=True, text=True).stdout
        compiler = shlex.split(os.environ.get("CC", "cc"))
        status, out = self.command(
            [*compiler, *WARNINGS, str(source), "-o", str(program),
             *flags.split()])
        if status != 0:
            raise Failed(f"does not compile:\n{out}\n{code}")
        status, out = self.command([str(program)], cwd=self.place())
        if status != 0:
            raise Failed(f"exit status {status}:\n{out}")
        return out


def excepted(page, line):
    """The entry of the list that lets a line of a shell block be, or None."""
    bare = re.sub(r"\s+#.*$", "", line).strip()
    for entry in NOT_RUN:
        if entry[0] in ("*", page) and entry[1] in ("*", bare):
            return entry
    return None


def without_exceptions(page, text):
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not excepted(page, line))


def outputs(folder, page, text):
    """Run a page; (block, what it is to show) of each block of output."""
    run, printed, last = Runner(folder, page), None, None
    for block in pages.blocks(text):
        try:
            if block.language == "text":
                if printed is None:
                    raise Failed("output of nothing")
                yield block, printed
                printed = last = None
                continue
            if printed and last == "python":
                raise Failed("output before is not shown")
            if block.language == "sh":
                block.text = without_exceptions(page, block.text)
            printed, last = run.run(block), block.language
        except Failed as failed:
            raise Failed(f"{page}:{block.line}: {failed}") from failed


def missing_tool(text):
    """A command that the page needs and this machine lacks, or None."""
    for tool in ("jq", "gzip", "zstd", "pkg-config"):
        if re.search(rf"\b{tool}\b", text) and shutil.which(tool) is None:
            return tool
    if "pandas" in text and importlib.util.find_spec("pandas") is None:
        return "pandas"
    return None
