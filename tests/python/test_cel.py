"""Expressions of CEL with values of Python."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import omni
import pytest
from omni.cel import Checked, Type, UInt, check, evaluate

INSTANT = datetime(2026, 3, 1, 9, 30, 0, 250000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**63),
        UInt(2**64 - 1),
        0.1,
        float("inf"),
        -float("inf"),
        "é\0",
        b"\xff\0",
        [1, [None]],
        {"a": 1, UInt(2): "b", True: []},
        INSTANT,
        datetime(1, 1, 1, tzinfo=timezone.utc),
        timedelta(days=-1, microseconds=7),
        Type("google.protobuf.Duration"),
        Decimal("-59.9"),
        Decimal(2) ** 63,
    ],
)
def test_values_come_back_as_they_went_in(value: object) -> None:
    got = evaluate("x", {"x": value})
    assert got == value
    assert type(got) is type(value)


def test_variables_functions_and_macros() -> None:
    people = [{"name": "Anna", "age": 30}, {"name": "Bob", "age": 17}]
    assert evaluate(
        "people.filter(p, p.age >= 18).map(p, p.name)", {"people": people}
    ) == ["Anna"]
    assert evaluate("now - duration('1h')", {"now": INSTANT}) == (
        INSTANT - timedelta(hours=1)
    )
    assert evaluate("x * 2 == 119.8", {"x": Decimal("59.9")})
    assert evaluate("x / 3", {"x": Decimal(1)}) == Decimal("0.333333")
    assert evaluate("type(x)", {"x": UInt(1)}) == "uint"
    assert evaluate("n", {"shop.n": 1, "n": 2}, container="shop") == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 +", "line 1, column 4: the expression ends"),
        ("x", 'undeclared reference to "x"'),
        ("1 / 0", "divided by zero"),
    ],
)
def test_what_has_no_value_raises(expression: str, message: str) -> None:
    with pytest.raises(omni.ParseError, match=message):
        evaluate(expression)


def test_types_and_costs_are_known_before() -> None:
    assert check("n + 1", {"n": 1}) == Checked(type="int", cost=3)
    assert check("x.a", {"x": {"a": 1}}).type == "dyn"
    with pytest.raises(omni.ParseError, match="column 1: no such overload"):
        check("n > 'a'", {"n": 1})


def test_what_cel_has_no_kind_for_raises() -> None:
    with pytest.raises(TypeError, match="complex"):
        evaluate("x", {"x": 1j})
    with pytest.raises(omni.ParseError, match="decimalValue"):
        evaluate("x", {"x": Decimal("1e40")})
    with pytest.raises(TypeError, match="time zone"):
        evaluate("x", {"x": datetime(2026, 1, 1)})
    with pytest.raises(omni.ParseError, match="int64Value"):
        evaluate("x", {"x": 2**63})


def test_threads_have_evaluators_of_their_own() -> None:
    with ThreadPoolExecutor(4) as pool:
        got = pool.map(lambda n: evaluate("x * x", {"x": n}), range(200))
        assert list(got) == [n * n for n in range(200)]
