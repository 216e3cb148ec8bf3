"""The man pages: one for each command, with the options that it has."""

import os
import re
import shutil
import subprocess
import unittest

from command import Case

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
MAN = os.path.join(ROOT, "docs/man")
CLI = os.path.join(ROOT, "examples/cli")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def pages():
    return sorted(name for name in os.listdir(MAN) if name.endswith(".1"))


def section(text, name):
    match = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", text,
                      re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def options_of_page(text):
    return set(re.findall(r"^\.It Fl -([\w-]+)", section(text, "OPTIONS"),
                          re.MULTILINE))


def options_of_help(text):
    return set(re.findall(r"^  --([\w-]+)", text, re.MULTILINE))


class Manual(Case):
    def commands(self):
        out = self.omni("complete", "--", "")
        return [line.split("\t")[0] for line in out.splitlines()
                if not line.startswith("-")]

    def test_every_command_has_a_page_and_no_page_is_left_over(self):
        wanted = [f"omni-{name}.1" for name in self.commands()] + ["omni.1"]
        self.assertEqual(pages(), sorted(wanted))

    def test_pages_name_the_options_that_there_are(self):
        for name in self.commands():
            text = read(MAN, f"omni-{name}.1")
            wanted = options_of_help(self.omni("help", name))
            self.assertEqual(options_of_page(text), wanted, name)
            shown = set(re.findall(r"Fl -([\w-]+)", section(text, "SYNOPSIS")))
            self.assertEqual(shown, wanted, name)
        self.assertEqual(options_of_page(read(MAN, "omni.1")),
                         options_of_help(self.omni("help")))

    def test_pages_have_every_section(self):
        for page in pages():
            text = read(MAN, page)
            for name in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS",
                         "EXAMPLES", "SEE ALSO"):
                self.assertNotEqual(section(text, name), "", (page, name))

    def test_the_overview_names_every_command(self):
        named = re.findall(r"^\.It Xr omni-(\w+) 1$", read(MAN, "omni.1"),
                           re.MULTILINE)
        self.assertEqual(named, self.commands())

    def test_references_lead_to_pages(self):
        for page in pages():
            for name in re.findall(r"Xr (omni[\w-]*) 1", read(MAN, page)):
                self.assertIn(f"{name}.1", pages(), page)

    def test_pages_are_installed(self):
        build = read(CLI, "meson.build")
        for page in pages():
            self.assertIn(f"docs/man/{page}'", build)

    def test_variables_of_the_environment_are_described(self):
        text = "".join(read(MAN, page) for page in pages())
        for name in os.listdir(CLI):
            if name.endswith(".c"):
                code = read(CLI, name)
                for variable in re.findall(r'getenv\("(\w+)"\)|"(\w*PAGER)"',
                                           code):
                    variable = variable[0] or variable[1]
                    if variable not in ("HOME", "PATH", "TERM"):
                        self.assertTrue(re.search(
                            rf"^\.It Ev .*\b{variable}\b", text, re.M),
                            variable)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_mandoc_has_nothing_to_say(self):
        def lint(*paths):
            return subprocess.run(
                ["mandoc", "-Tlint", "-Wwarning", *paths], text=True,
                capture_output=True, check=False).stdout
        self.assertEqual(lint(*(os.path.join(MAN, page)
                                for page in pages())), "")
        bad = self.write("bad.1", b".Dd x\n.Dt A 1\n.Os\n.Sh NAME\n.Xx\n")
        self.assertNotEqual(lint(bad), "")


if __name__ == "__main__":
    unittest.main()
