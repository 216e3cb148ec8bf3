"""Completion: what may stand at the end of a line, and what bash makes of it."""

import os
import re
import shutil
import subprocess
import unittest

from command import OMNI, Case, event

CLI = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                   "../../examples/cli")
SCRIPT = os.path.join(CLI, "omni.bash")
BREAKS = re.compile(r"([=:]+)")


def words_of(text):
    """Help's own words for commands, or for the options of a command."""
    return set(re.findall(r"^  (--[\w-]+|\w+) ", text, re.MULTILINE))


class Completion(Case):
    def complete(self, *words):
        out = self.omni("complete", "--", *words)
        return [line.split("\t")[0] for line in out.splitlines()]

    def commands(self):
        text = self.omni("help").split("Options of every command")[0]
        return words_of(text)

    def test_every_command_is_offered(self):
        offered = set(self.complete(""))
        self.assertEqual(offered - {"--help", "--version"}, self.commands())

    def test_every_option_is_offered(self):
        general = set(re.findall(r"^  (--[\w-]+)", self.omni("help"), re.M))
        self.assertIn("--color", general)
        for name in self.commands():
            own = set(re.findall(r"^  (--[\w-]+)", self.omni("help", name),
                                 re.M))
            self.assertEqual(set(self.complete(name, "--")), own | general)

    def test_an_option_that_was_given_is_not_offered_again(self):
        self.assertNotIn("--json", self.complete("stats", "--json", "--"))
        self.assertNotIn("--last", self.complete("timeline", "--last=3", "--"))

    def test_values_by_their_kind(self):
        store = self.store()
        self.take(store, [event("Order Completed", "2026-01-01T00:00:00Z",
                                userId="u", channel="vending",
                                context={"externalIds": [
                                    {"type": "club", "id": "1"}]})])
        self.assertEqual(self.complete("import", "--sync", ""),
                         ["full", "off"])
        self.assertEqual(self.complete("import", "--sync=o"), ["--sync=off"])
        self.assertIn("7d", self.complete("timeline", "--since", ""))
        self.assertIn("club:", self.complete("find", store, "c"))
        self.assertIn("email:", self.complete("find", store, "e"))
        self.assertEqual(
            self.complete("timeline", store, "x", "--name", "Ord"),
            ["Order Completed"])
        self.assertEqual(
            self.complete("timeline", store, "x", "--channel", ""),
            ["vending"])
        self.assertEqual(self.complete("help", "prof"), ["profile"])
        self.assertEqual(self.complete("find", ""), [":directories"])
        self.assertEqual(self.complete("import", store, "")[0], ":files")
        self.assertEqual(self.complete("frob", ""), [])
        self.assertIn("email:", self.complete("find", self.path("no"), ""))


@unittest.skipUnless(shutil.which("bash"), "no bash")
class Bash(Case):
    def reply(self, *typed):
        """COMPREPLY for words of which the last one is being typed."""
        words = ["omni"]
        for word in typed:
            words += [part for part in BREAKS.split(word) if part] or [""]
        if typed[-1].endswith((":", "=")):
            words.append("")
        line = " ".join(["omni", *typed])
        code = (f"source {SCRIPT}; omni() {{ {OMNI} \"$@\"; }}; "
                "COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                "COMP_LINE=$LINE; COMP_POINT=${#LINE}; _omni; "
                "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "
                "\"${COMPREPLY[@]}\"")
        done = subprocess.run(
            ["bash", "--norc", "-c", code, "bash", *words],
            env={**os.environ, "LINE": line}, cwd=self.folder,
            capture_output=True, check=True)
        return done.stdout.decode().splitlines()

    def test_commands_options_and_values(self):
        self.assertEqual(self.reply("prof"), ["profile"])
        self.assertEqual(self.reply("timeline", "db", "x", "--la"), ["--last"])
        self.assertEqual(self.reply("import", "db", "--sync", ""),
                         ["full", "off"])
        self.assertEqual(self.reply("import", "db", "--sync=o"), ["off"])

    def test_namespaces_and_names_with_blanks(self):
        store = self.store()
        self.take(store, [event("Order Completed", "2026-01-01T00:00:00Z",
                                userId="u")])
        self.assertEqual(self.reply("find", store, "user"), ["user_id:"])
        self.assertEqual(self.reply("timeline", store, "user_id:u", "--na"),
                         ["--name"])
        self.assertEqual(
            self.reply("timeline", store, "user_id:u", "--name", ""),
            ["Order\\ Completed"])

    def test_files_and_folders(self):
        os.mkdir(self.path("shop.omni"))
        self.write("shop.jsonl", b"")
        self.assertEqual(self.reply("stats", "sh"), ["shop.omni"])
        self.assertEqual(sorted(self.reply("import", "shop.omni", "sh")),
                         ["shop.jsonl", "shop.omni"])


@unittest.skipUnless(shutil.which("zsh") or shutil.which("fish"),
                     "neither zsh nor fish")
class Others(Case):
    def test_scripts_are_read(self):
        for shell in ("zsh", "fish"):
            if shutil.which(shell):
                subprocess.run([shell, "-n", os.path.join(
                    CLI, "omni." + shell)], check=True)


if __name__ == "__main__":
    unittest.main()
