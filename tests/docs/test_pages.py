"""Every block of every page runs as it stands and prints what is shown."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import pages
import runner
import shown
from exceptions import NOT_RUN


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="omni-docs-")
        self.addCleanup(shutil.rmtree, folder)
        self.folder = Path(folder)

    def run_page(self, page, text):
        """Run a page; what is wrong with it, or None."""
        ids = shown.Ids()
        try:
            for block, printed in runner.outputs(self.folder, page, text):
                wrong = shown.same(block.text, printed, ids)
                if wrong:
                    return f"{page}:{block.line}: {wrong}"
        except runner.Failed as failed:
            return str(failed)
        return None


@unittest.skipUnless(runner.BUILD, "OMNI_BUILD is not set")
class Pages(Case):
    """Generated below: one test for each page."""


def page_test(page):
    def test(self):
        text = pages.read(page)
        tool = runner.missing_tool(text)
        if tool:
            self.skipTest(f"no {tool}")
        wrong = self.run_page(page, text)
        if wrong:
            self.fail(wrong)
    return test


for _page in pages.every_page():
    _name = re.sub(r"\W", "_", _page.removesuffix(".md"))
    setattr(Pages, f"test_{_name}_does_what_it_shows", page_test(_page))


class Exceptions(unittest.TestCase):
    def test_each_line_that_is_not_run_is_on_its_page(self):
        used = set()
        for page in pages.every_page():
            for block in pages.blocks(pages.read(page)):
                if block.language == "sh":
                    used.update(runner.excepted(page, line)
                                for line in block.text.splitlines())
        self.assertEqual([e for e in NOT_RUN if e not in used], [])


@unittest.skipUnless(runner.BUILD and shutil.which("meson"),
                     "OMNI_BUILD is not set, or no meson")
class Environment(unittest.TestCase):
    def test_the_line_of_the_guide_finds_command_library_and_binding(self):
        line = 'eval "$(meson devenv -C build --dump)"'
        self.assertIn(line, pages.read("docs/guide/getting-started.md"))
        script = (f"set -e\n{line}\nomni --version\n"
                  "pkg-config --modversion libomni\n"
                  "python3 -c 'import omni; print(omni.Store.__name__)'\n")
        with tempfile.TemporaryDirectory(prefix="omni-docs-") as folder:
            os.symlink(runner.BUILD, os.path.join(folder, "build"))
            done = subprocess.run(
                ["sh", "-c", script], cwd=folder, check=False, text=True,
                env={"PATH": os.environ["PATH"], "HOME": folder},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.stdout, "omni 0.1.0\n0.1.0\nStore\n")


@unittest.skipUnless(runner.BUILD, "OMNI_BUILD is not set")
class Controls(Case):
    """What is wrong on a page is found."""

    def found(self, text):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        return self.run_page("README.md", text)

    def test_a_good_page_has_nothing_wrong(self):
        self.assertIsNone(self.found(
            "```sh\nA=1; export A; mkdir b; cd b\n```\n"
            "```sh\necho $A; pwd\n```\n```text\n1\n…/b\n```\n"
            "```python\nprint(1)\n```\n```text\n1\n```\n"
            "```c functions\nstatic int\none(void)\n{\n    return 1;\n}\n```\n"
            "```c\nprintf(\"%d\\n\", store != NULL ? one() : 0);\n```\n"
            "```text\n1\n```\n"))

    def test_other_output_is_found(self):
        self.assertIn("printed:", self.found(
            "```sh\necho a\n```\n```text\nb\n```\n"))

    def test_output_that_is_not_shown_is_found(self):
        self.assertIn("not shown", self.found(
            "```python\nprint(1)\n```\n```sh\ntrue\n```\n"))

    def test_output_of_nothing_is_found(self):
        self.assertIn("of nothing", self.found("```text\nb\n```\n"))

    def test_a_command_that_fails_is_found(self):
        self.assertIn("exit status", self.found("```sh\nfalse\ntrue\n```\n"))

    def test_code_that_does_not_compile_is_found(self):
        self.assertIn("compile", self.found("```c\nint a = ;\n```\n"))

    def test_an_id_that_changes_is_found(self):
        ids, one, two = shown.Ids(), "1" * 32, "2" * 32
        self.assertIsNone(shown.same(f"a {one}", f"a {two}\n", ids))
        self.assertIn("another", shown.same(one, "3" * 32, ids))
        self.assertIsNone(shown.same(f"…\nb {one}", f"x\ny\nb {two}\n", ids))

    def test_commands_after_each_other_share_the_folder(self):
        self.assertIsNone(self.found(
            "```csv a.csv\nx\n```\n```sh\ncat a.csv\n```\n```text\nx\n```\n"))


if __name__ == "__main__":
    os.environ.pop("OMNI_DATA", None)
    unittest.main()
