"""The Online Retail data set, raw, by one mapping: its totals are those that
were published. Needs OMNI_DATA."""

import json
import os
import resource
import subprocess
import unittest
from decimal import Decimal

from command import OMNI, Case

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MAPPING = os.path.join(ROOT, "tests", "data", "online-retail.mapping.json")
GUIDE = os.path.join(ROOT, "docs", "guide", "import.md")
TABLE = os.path.join(os.environ.get("OMNI_DATA", ""), "online-retail",
                     "onlineretail.csv.gz")
SOLD = "Order Line Completed"
MEMORY = 160 << 20  # far less than the table has, unpacked


def load(text):
    return json.loads(text, parse_float=Decimal)


class Guide(unittest.TestCase):
    def test_the_guide_shows_the_mapping(self):
        with open(MAPPING, encoding="utf-8") as file:
            mapping = json.load(file)
        mapping.pop("comment")
        with open(GUIDE, encoding="utf-8") as file:
            text = file.read().split("## A whole data set")[1]
        shown = text.split("```json\n")[1].split("```")[0]
        self.assertEqual(json.loads(shown), mapping)


@unittest.skipUnless(os.path.exists(TABLE), "OMNI_DATA has no online-retail")
class OnlineRetail(Case):
    @staticmethod
    def little_memory():
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    def take(self):
        """Summary of an import that has little memory, if it can run so."""
        probe = subprocess.run([OMNI, "help"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=False,
                               preexec_fn=self.little_memory)
        limit = self.little_memory if probe.returncode == 0 else None
        done = subprocess.run(
            [OMNI, "import", self.path("a.omni"), TABLE, "--mapping", MAPPING,
             "--sync", "off", "--json"], stdout=subprocess.PIPE, check=True,
            preexec_fn=limit)
        return json.loads(done.stdout)

    def totals(self, store):
        lines, customers, invoices, total = 0, 0, set(), Decimal(0)
        with subprocess.Popen([OMNI, "dump", store],
                              stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                profile = load(line)
                figure = profile.get("events", {}).get(SOLD)
                if figure is None:
                    continue
                customers += 1
                lines += figure["count"]
                total += Decimal(figure["amounts"]["GBP"]["sum"])
                invoices.update(event["properties"]["invoice"]
                                for event in profile["timeline"]
                                if event["name"] == SOLD)
        self.assertEqual(process.returncode, 0)
        return lines, customers, len(invoices), total

    def test_its_totals_are_the_published_ones(self):
        store = self.store()
        summary = self.take()
        self.assertEqual((summary["read"], summary["taken"],
                          summary["duplicates"], summary["refused"]),
                         (541909, 406829, 0, {}))
        self.assertEqual(summary["skipped"], {"no customer": 135080})
        lines, customers, invoices, total = self.totals(store)
        self.assertEqual((lines, customers, invoices), (397884, 4338, 18532))
        self.assertEqual(total, Decimal("8911407.904"))
        again = self.take()
        self.assertEqual((again["taken"], again["duplicates"]), (0, 406829))


if __name__ == "__main__":
    unittest.main()
