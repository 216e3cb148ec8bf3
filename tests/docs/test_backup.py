"""What docs/guide/embedding.md says of backups, with somebody writing."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

OMNI = os.environ.get("OMNI_COMMAND")
COPIES = 4


def lines(count):
    return "".join(json.dumps({
        "type": "track", "event": "Page Viewed", "userId": f"u-{i % 90}",
        "anonymousId": f"c-{i % 300}", "messageId": f"m-{i}",
        "timestamp": "2026-03-01T12:00:00Z"}) + "\n" for i in range(count))


@unittest.skipUnless(OMNI, "OMNI_COMMAND is not set")
class Backup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="omni-backup-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.shop = self.folder / "shop.omni"
        self.run_omni("init", self.shop)

    def run_omni(self, *words):
        done = subprocess.run([OMNI, *words], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def copy(self, name):
        """As the guide does it: the store file, then the log's segments."""
        copy = self.folder / name
        (copy / "log").mkdir(parents=True)
        shutil.copy2(self.shop / "store", copy)
        for segment in sorted((self.shop / "log").glob("*.log")):
            shutil.copy2(segment, copy / "log")
        return copy

    def events(self, store):
        return json.loads(self.run_omni("stats", store, "--json"))["events"]

    def test_a_copy_made_while_somebody_writes_is_whole(self):
        with subprocess.Popen(
                [OMNI, "import", self.shop, "-", "--batch", "10"], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writer:
            copies = []
            for number in range(COPIES):
                writer.stdin.write(lines(300 * (number + 1)))
                writer.stdin.flush()
                copies.append(self.copy(f"copy-{number}.omni"))
            writer.stdin.close()
        self.assertEqual(writer.returncode, 0)
        before = 0
        for copy in copies:
            self.run_omni("check", copy)
            self.assertGreaterEqual(self.events(copy), before)
            before = self.events(copy)

    def test_a_restored_store_takes_what_came_since(self):
        source = self.folder / "events.jsonl"
        source.write_text(lines(500), encoding="utf-8")
        self.run_omni("import", self.shop, source)
        copy = self.copy("copy.omni")
        source.write_text(lines(700), encoding="utf-8")
        self.run_omni("import", copy, source)
        self.assertEqual(self.events(copy), 700)
        self.run_omni("import", self.shop, source)
        self.assertEqual(*(json.loads(self.run_omni(
            "digest", store, "--json"))["state"]
            for store in (copy, self.shop)))


if __name__ == "__main__":
    unittest.main()
