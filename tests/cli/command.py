"""Runs the `omni` command for the tests, in a folder that goes away."""

import json
import os
import subprocess
import tempfile
import unittest

OMNI = os.environ["OMNI_COMMAND"]

DONE, NO, WRONG_USAGE, FAULT = 0, 1, 2, 3


def event(name, time, **members):
    """One record as senders write it."""
    record = {"type": "track", "event": name, "timestamp": time}
    record.update(members)
    return record


def lines_of(records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


class Case(unittest.TestCase):
    """A test with a scratch folder and the command at hand."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="omni-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def start(self, *words, **options):
        """The command as a process that goes on."""
        return subprocess.Popen([OMNI, *map(str, words)], **options)

    def run_omni(self, *words, status=DONE, data=b""):
        """Output and messages of a command that must end with `status`."""
        done = subprocess.run([OMNI, *map(str, words)], input=data,
                              capture_output=True, check=False)
        message = done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, status,
                         f"omni {' '.join(map(str, words))}: {message}")
        for line in message.splitlines():
            if status != WRONG_USAGE or words:
                self.assertRegex(line, "^(omni|usage): ")
        return done.stdout.decode("utf-8"), message

    def omni(self, *words, **options):
        return self.run_omni(*words, **options)[0]

    def complaint(self, *words, **options):
        out, message = self.run_omni(*words, **options)
        self.assertNotEqual(message, "")
        return message

    def omni_json(self, *words, **options):
        return json.loads(self.omni(*words, "--json", **options))

    def store(self, name="a.omni", *words):
        path = self.path(name)
        self.assertEqual(self.omni("init", path, *words), "")
        return path

    def take(self, store, records, *words):
        """Import records; the summary."""
        return self.omni_json("import", store, "-", *words,
                              data=lines_of(records))
