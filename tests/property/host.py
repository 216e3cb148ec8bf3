"""Stores of one history on this machine: put down as logs, opened in this
process and in another one."""
import json
import shutil
import subprocess
import sys

import omni

import dumped
import factlog

STATS = ("facts", "events", "nodes", "profiles", "links", "statements",
         "unknown", "voided", "contested")


class Host:
    """Makes stores in a folder of its own, and has somebody else read them."""

    def __init__(self, folder):
        self.folder, self.count, self.process = folder, 0, None

    def path(self):
        self.count += 1
        return self.folder / str(self.count)

    def empty(self, history, replica):
        path = self.path()
        factlog.make_store(path, history.keys, replica)
        return path

    @staticmethod
    def open(path):
        return omni.Store(path, durability="off")

    def elsewhere(self, **asked):
        """What another process says of a store."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def clean(self):
        for path in self.folder.iterdir():
            shutil.rmtree(path)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def lines(store):
    """The dump, groups in one order."""
    return dumped.in_order(store.dumps().decode().splitlines())


def counts(store):
    stats = store.stats()
    return {name: getattr(stats, name) for name in STATS}


def serve():
    """Answers one question a line: what is in a store, once some records were
    appended to it."""
    for line in sys.stdin:
        asked = json.loads(line)
        with Host.open(asked["path"]) as store:
            for record in asked.get("records", ()):
                store.append_json(record)
            found = [lines(store), counts(store)]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    serve()
