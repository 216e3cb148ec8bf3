"""The command `cel`: the language's own suite, and patterns against Python's."""

import collections
import decimal
import json
import os
import random
import re
import sys

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

    def test_types_and_costs_are_told_without_evaluating(self):
        data = (b'{"expr":"n + 1","bindings":{"n":{"int64Value":"1"}}}\n'
                b'  {"expr":"1 / 0"}\n{"expr":"\'a\' > 1"}\n{}\nnot json\n')
        lines = self.omni("cel", "--check", data=data).splitlines()
        self.assertEqual(lines[0], '{"type":"int","cost":3}')
        self.assertEqual(lines[1], '{"type":"int","cost":3}')
        self.assertIn("no such overload: string > int", lines[2])
        self.assertEqual(len(lines), 5)
        for line in lines[2:]:
            self.assertRegex(line, r'^\{"error":"')


@unittest.skipUnless("OMNI_DATA" in os.environ, "needs OMNI_DATA")
class Suite(Command):
    """The cases of the specification."""

    def setUp(self):
        super().setUp()
        path = os.path.join(os.environ["OMNI_DATA"], "cel", "cases.jsonl")
        with open(path, encoding="utf-8") as file:
            self.cases = [json.loads(line) for line in file]
        wanted = ("expr", "bindings", "container")
        self.requests = [{k: case[k] for k in wanted if k in case}
                         for case in self.cases]

    def kind_of(self, value):
        """The name of a value's type."""
        (form, inner), = value.items()
        if form == "objectValue":
            return inner["@type"].removeprefix("type.googleapis.com/")
        name = form.removesuffix("Value").removesuffix("64")
        return "null_type" if name == "null" else name

    def test_what_has_a_value_passes_the_checker(self):
        checks = self.answers([{**r, "check": True} for r in self.requests])
        values = self.answers(self.requests)
        told = collections.Counter()
        for case, check, value in zip(self.cases, checks, values):
            if case["file"] in OUTSIDE:
                continue
            self.assertTrue("type" in check or "error" in value or
                            case["disable_check"], f"{case}: {check}")
            if "type" in check and "value" in value:
                self.assertIn(check["type"],
                              ("dyn", self.kind_of(value["value"])), case)
            told["refused" if "error" in check else
                 "dyn" if check["type"] == "dyn" else "typed"] += 1
        print(f"{told['typed']} cases have a type, {told['dyn']} may have any, "
              f"{told['refused']} are refused", file=sys.stderr)
        self.assertGreater(told["typed"], 15 * told["dyn"])

    def test_the_suite_of_the_specification_passes(self):
        cases = self.cases
        answers = self.answers(self.requests)
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
        counts = collections.Counter(case["file"] for case in cases)
        for name in sorted(counts):
            print(f"{name:16} {counts[name]:5} cases "
                  f"{counts[name] - failed[name]:5} pass", file=sys.stderr)


class Decimals(Command):
    """Exact decimals against Python's."""

    MICRO = decimal.Decimal("0.000001")
    LEAST = -(2**127)

    def number(self, chance):
        digits = chance.choice([1, 3, 6, 9, 17, 25, 37])
        number = decimal.Decimal(chance.randrange(10**digits) *
                                 chance.choice([1, -1])) * self.MICRO
        if chance.randrange(12) == 0:
            number = self.MICRO * chance.choice(
                [self.LEAST, -1 - self.LEAST, 0, 2**64, -2**63, 2**53])
        return number if chance.randrange(3) else number.to_integral_value()

    def other(self, chance):
        """A number of any kind, as it is given and as it is worth."""
        kind = chance.randrange(5)
        if kind == 0:
            whole = int(self.number(chance)) % 2**64 - 2**63
            return {"int64Value": str(whole)}, decimal.Decimal(whole)
        if kind == 1:
            whole = int(abs(self.number(chance))) % 2**64
            return {"uint64Value": str(whole)}, decimal.Decimal(whole)
        if kind == 2:
            real = chance.choice([
                lambda: float(self.number(chance)),
                lambda: round(chance.uniform(-1e5, 1e5), chance.randrange(9)),
                lambda: chance.uniform(-1, 1) * 10.0**chance.randrange(-9, 40)
            ])()
            exact = decimal.Decimal(repr(real))
            scaled = exact / self.MICRO
            fits = scaled == int(scaled) and self.fits(exact)
            return {"doubleValue": repr(real)}, exact if fits else real
        number = self.number(chance)
        if chance.randrange(4) == 0:  # quotients and products that end in 5
            number = decimal.Decimal(chance.choice(["2", "-0.5", "8", "0.25"]))
        return {"decimalValue": str(number)}, number

    def fits(self, number):
        return self.LEAST <= number / self.MICRO < -self.LEAST

    def exact(self, name, a, b):
        """The value of an operation: True, False, a decimal or None."""
        if name in ("==", "!=", "<", "<=", ">", ">="):
            return eval(f"a {name} b", {"a": a, "b": b})
        if name == "/" and b == 0:
            return None
        value = eval(f"a {name} b", {"a": a, "b": b})
        value = value.quantize(self.MICRO, decimal.ROUND_HALF_EVEN)
        return value if self.fits(value) else None

    def wanted(self, name, a, b):
        if isinstance(b, float):
            a = float(a)
            if name == "/" and b == 0:
                return None
            value = eval(f"a {name} b", {"a": a, "b": b})
            return {"boolValue": value} if isinstance(value, bool) else value
        value = self.exact(name, a, b)
        if value is None or isinstance(value, bool):
            return value if value is None else {"boolValue": value}
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return {"decimalValue": "0" if text in ("-0", "") else text}

    def check(self, request, wanted, answer):
        if wanted is None:
            self.assertIn("error", answer, request)
        elif isinstance(wanted, float):
            got = float(answer["value"]["doubleValue"])
            self.assertEqual(got, wanted, request)
        else:
            self.assertEqual(answer, {"value": wanted}, request)

    def setUp(self):
        super().setUp()
        decimal.getcontext().prec = 150

    def test_operators_are_as_of_python_s_decimals(self):
        chance = random.Random(int(os.environ.get("OMNI_SEED", "1")))
        requests, wanted = [], []
        for _ in range(int(os.environ.get("OMNI_CASES", "3000"))):
            a = self.number(chance)
            given, b = self.other(chance)
            if chance.randrange(10) == 0:
                given, b = {"decimalValue": str(a)}, a
            name = chance.choice(["+", "-", "*", "/", "==", "!=", "<", "<=",
                                  ">", ">="])
            left = {"decimalValue": str(a)}
            bindings = {"a": left, "b": given}
            requests.append({"expr": f"a {name} b", "bindings": bindings})
            wanted.append(self.wanted(name, a, b))
            if name == "==":
                requests.append({"expr": "[a] == [b] && {1: a} == {1: b} && "
                                         "a in [b]", "bindings": bindings})
                wanted.append(wanted[-1])
        for each in zip(requests, wanted, self.answers(requests)):
            self.check(*each)

    def test_functions_are_as_of_python_s_decimals(self):
        chance = random.Random(int(os.environ.get("OMNI_SEED", "1")))
        rounding = {"ceil": decimal.ROUND_CEILING,
                    "floor": decimal.ROUND_FLOOR,
                    "round": decimal.ROUND_HALF_UP,
                    "trunc": decimal.ROUND_DOWN}
        requests, wanted = [], []

        def add(expression, a, value):
            requests.append({"expr": expression,
                             "bindings": {"a": {"decimalValue": str(a)}}})
            wanted.append(value)

        def text(value):
            return {"stringValue": value}

        for _ in range(int(os.environ.get("OMNI_CASES", "400"))):
            a = self.number(chance)
            zero = decimal.Decimal(0)
            written = self.wanted("+", a, zero)
            for name, how in rounding.items():
                whole = a.quantize(decimal.Decimal(1), how)
                add(f"math.{name}(a)", a, self.wanted("+", whole, zero))
            add("math.abs(a)", a, self.wanted("+", abs(a), zero))
            sign = decimal.Decimal((a > 0) - (a < 0))
            add("math.sign(a)", a, self.wanted("+", sign, zero))
            add("-a", a, self.wanted("-", zero, a))
            add("math.greatest(a, 3, 2.5)", a, written if a >= 3 else
                {"int64Value": "3"})
            add("math.least(a, 3, 2.5)", a, written if a <= 2.5 else
                {"doubleValue": 2.5})
            whole = int(a)
            add("int(a)", a, {"int64Value": str(whole)}
                if -2**63 <= whole < 2**63 else None)
            add("uint(a)", a, {"uint64Value": str(whole)}
                if 0 <= whole < 2**64 else None)
            add("double(a)", a, float(a))
            add("string(a)", a, text(written["decimalValue"]))
            add("decimal(string(a))", a, written)
            add("'%s'.format([a])", a, text(written["decimalValue"]))
            add("'%d'.format([a])", a, text(str(whole))
                if whole == a and self.fits(decimal.Decimal(whole)) else None)
            places = chance.randrange(12)
            fixed = a.quantize(decimal.Decimal(1).scaleb(-places),
                               decimal.ROUND_HALF_EVEN)
            if self.fits(fixed):
                add(f"'%.{places}f'.format([a])", a,
                    text(f"{fixed if fixed else abs(fixed):f}"))
        for each in zip(requests, wanted, self.answers(requests)):
            self.check(*each)

    def test_conversions_round_and_refuse(self):
        cases = {
            "decimal('1.2345675')": "1.234568",
            "decimal('1.2345665')": "1.234566",
            "decimal('1e3')": "1000",
            "decimal(0.1)": "0.1",
            "decimal(1.0 / 3.0)": "0.333333",
            "decimal(2u) / 3": "0.666667",
            "decimal(-5)": "-5",
            "optional.ofNonZeroValue(decimal('0.0')).orValue(decimal(7))": "7",
        }
        refused = ["decimal('')", "decimal('1.')", "decimal(' 1')",
                   "decimal('0x1')", "decimal('NaN')", "decimal(0.0 / 0.0)",
                   "decimal('1e40')", "decimal(1) % 2", "decimal(true)",
                   "[1][decimal(0)]", "{decimal(1): 1}", "{1: 2}[decimal(1)]",
                   "decimal(1) + 'a'", "decimal(1) < 'a'"]
        answers = self.answers([{"expr": e} for e in [*cases, *refused]])
        for expression, answer in zip([*cases, *refused], answers):
            self.check(expression, {"decimalValue": cases[expression]}
                       if expression in cases else None, answer)
        names = self.answers([{"expr": "type(decimal(1)) == decimal"}])
        self.assertEqual(names, [{"value": {"boolValue": True}}])


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
