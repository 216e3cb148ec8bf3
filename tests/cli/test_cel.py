"""The command `cel`: the language's own suite, and patterns against Python's."""

import collections
import json
import os
import random
import re

from command import Case, unittest

#: Messages of protobuf are no part of libomni's CEL.
OUTSIDE = {"proto2": 1}


def canonical(value):
    """A value whose maps are sorted by key."""
    if "mapValue" in value:
        entries = value["mapValue"].get("entries", [])
        return {"mapValue": sorted(
            json.dumps([canonical(e["key"]), canonical(e["value"])])
            for e in entries)}
    if "listValue" in value:
        return {"listValue": [canonical(item) for item
                              in value["listValue"].get("values", [])]}
    return value


class Command(Case):
    def answers(self, requests):
        data = "".join(json.dumps(request) + "\n" for request in requests)
        out = self.omni("cel", data=data.encode())
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(answers), len(requests))
        return answers


class Language(Command):
    def test_each_line_is_answered_whatever_it_holds(self):
        data = b'{"expr":"1 + 1"}\nnot json\n\n{"expr":"1 +"}\n{"expr":"x"'
        lines = self.omni("cel", data=data).splitlines()
        self.assertEqual(lines[0], '{"value":{"int64Value":"2"}}')
        self.assertEqual(len(lines), 4)
        for line in lines[1:]:
            self.assertRegex(line, r'^\{"error":"')

    def test_names_are_looked_up_in_the_container(self):
        bindings = {"com.shop.n": {"int64Value": "1"},
                    "n": {"int64Value": "2"}}
        answers = self.answers([
            {"expr": "n", "bindings": bindings, "container": "com.shop"},
            {"expr": ".n", "bindings": bindings, "container": "com.shop"},
            {"expr": "n", "bindings": bindings}])
        self.assertEqual([a["value"]["int64Value"] for a in answers],
                         ["1", "2", "2"])

    @unittest.skipUnless("OMNI_DATA" in os.environ, "needs OMNI_DATA")
    def test_the_suite_of_the_specification_passes(self):
        path = os.path.join(os.environ["OMNI_DATA"], "cel", "cases.jsonl")
        with open(path, encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        wanted = ("expr", "bindings", "container")
        answers = self.answers(
            [{k: case[k] for k in wanted if k in case} for case in cases])
        failed = collections.Counter()
        said = []
        for case, answer in zip(cases, answers):
            if case.get("error"):
                right = "error" in answer
            else:
                right = "value" in answer and (
                    canonical(answer["value"]) == canonical(case["expect"]))
            if not right:
                failed[case["file"]] += 1
                if case["file"] not in OUTSIDE:
                    said.append(f"{case['file']}/{case['name']}: "
                                f"{case['expr']}: {answer}")
        self.assertEqual(said, [])
        self.assertEqual(dict(failed), OUTSIDE)


class Patterns(Command):
    """Random patterns of what RE2's syntax and Python's have in common."""

    LETTERS = "ab\u00e9"

    def pattern(self, chance, depth):
        kind = chance.randrange(9 if depth else 4)
        if kind < 3:
            return chance.choice(self.LETTERS + ".")
        if kind == 3:
            inside = "".join(chance.sample(self.LETTERS, 2))
            return f"[{chance.choice(['', '^'])}{inside}]"
        inner = self.pattern(chance, depth - 1)
        if kind == 4:
            return f"(?:{inner}){chance.choice(['*', '+', '?', '{1,2}'])}"
        if kind == 5:
            return f"({inner}|{self.pattern(chance, depth - 1)})"
        if kind == 6:
            return chance.choice([f"^{inner}", f"{inner}$", f"\\b{inner}"])
        return inner + self.pattern(chance, depth - 1)

    def test_patterns_match_as_in_python(self):
        seed = int(os.environ.get("OMNI_SEED", "1"))
        cases = int(os.environ.get("OMNI_CASES", "400"))
        chance = random.Random(seed)
        pairs = []
        for _ in range(cases):
            text = "".join(chance.choice(self.LETTERS + " ")
                           for _ in range(chance.randrange(9)))
            pairs.append((self.pattern(chance, 5), text))
        answers = self.answers(
            [{"expr": "text.matches(pattern)",
              "bindings": {"text": {"stringValue": text},
                           "pattern": {"stringValue": pattern}}}
             for pattern, text in pairs])
        matched = 0
        for (pattern, text), answer in zip(pairs, answers):
            wanted = re.search(
                pattern.replace("$", r"\Z"), text, re.ASCII) is not None
            self.assertEqual(answer, {"value": {"boolValue": wanted}},
                             f"seed {seed}: /{pattern}/ in {text!r}")
            matched += wanted
        self.assertGreater(matched, cases // 10)
        self.assertLess(matched, cases)


if __name__ == "__main__":
    unittest.main()
