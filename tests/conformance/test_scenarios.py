"""Every scenario of who is who, played by run.py against the `omni` command;
and that run.py notices what is wrong."""

import copy
import glob
import os
import re
import tempfile
import unittest

import run

OMNI = os.environ["OMNI_COMMAND"]
SCENARIOS = sorted(glob.glob(os.path.join(run.HERE, "scenarios", "*.json")))


def play(scenario):
    with tempfile.TemporaryDirectory(prefix="omni-conform-") as folder:
        run.run(OMNI, scenario, folder)


class Scenarios(unittest.TestCase):
    """A method of each scenario is added below."""

    maxDiff = None

    def test_there_are_forty_and_more(self):
        self.assertGreaterEqual(len(SCENARIOS), 40)


def add(path):
    name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(path))[0])
    setattr(Scenarios, "test_" + name, lambda self: play(run.load(path)))


for scenario_path in SCENARIOS:
    add(scenario_path)


class Mistaken(unittest.TestCase):
    """A scenario that is right; a test makes it wrong in one place."""

    name = None

    def setUp(self):
        path = os.path.join(run.HERE, "scenarios", self.name + ".json")
        self.scenario = run.load(path)
        self.expect = copy.deepcopy(self.scenario["expect"])
        self.scenario["expect"] = self.expect
        play(self.scenario)

    def assert_noticed(self):
        with self.assertRaises(run.Wrong):
            play(self.scenario)


class Mistakes(Mistaken):
    """An expectation that is wrong in one place is noticed."""

    name = "family-email"

    def test_a_profile_too_many(self):
        self.expect["profiles"].append({"identifiers": ["user_id:nobody"]})
        self.assert_noticed()

    def test_a_name_in_another_profile(self):
        profiles = self.expect["profiles"]
        profiles[0]["identifiers"].append("email:home@example.com")
        profiles[1]["identifiers"].remove("email:home@example.com")
        self.assert_noticed()

    def test_a_count(self):
        self.expect["profiles"][0]["events"] = {"Viewed": 2}
        self.assert_noticed()

    def test_a_rule(self):
        self.expect["held_apart"][0][2] = "device"
        self.assert_noticed()

    def test_a_link_that_is_not_held(self):
        self.expect["held_apart"].pop()
        self.assert_noticed()


class MistakesOfDevices(Mistaken):
    """Likewise of what is told of a contested device."""

    name = "signed-out"

    def test_who_uses_it(self):
        self.expect["profiles"][0]["contested"] = []
        self.assert_noticed()

    def test_an_event_that_is_nobodys(self):
        self.expect["profiles"][0]["nobody"]["anonymous_id:c1"].remove("5")
        self.assert_noticed()


if __name__ == "__main__":
    unittest.main()
