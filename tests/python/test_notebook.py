"""The Python binding: how values print, and show themselves in notebooks."""

import re
from collections import Counter
from dataclasses import fields
from decimal import Decimal
from html.parser import HTMLParser

import omni
import pytest
from support import NOON, buy, later

ATTACK = '<script>alert("x")</script><img src=x onerror="alert(1)">\'"&'


class Page(HTMLParser):
    """Reads HTML strictly: every tag is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def person(store: omni.Store) -> omni.Store:
    store.append(
        type="identify",
        identifiers={"email": "anna@example.org", "loyalty_id": "L-1"},
        traits={"first_name": "Anna", "sizes": [Decimal("38.5")], "vip": True},
        channel="web",
        source="web-shop",
        id="e-1",
        time=NOON,
    )
    for number in range(3):
        buy(
            store,
            "loyalty_id:L-1",
            f"r-{number}",
            time=later(hours=number),
            properties={"revenue": Decimal("1000.50"), "currency": "CHF"},
        )
    return store


def test_a_profile_shows_what_is_known(person: omni.Store) -> None:
    profile = person.profile("loyalty_id:L-1", events=2)
    assert [event.id for event in profile.events] == ["r-2", "r-1"]
    page = Page(profile._repr_html_())
    for shown in (
        "Anna",
        profile.id,
        "anna@example.org",
        "web-shop",
        "e-1",
        "[38.5]",
        "true",
        "3,001.5 CHF",
        "2026-03-01 14:00:00",
        "Last events",
    ):
        assert shown in page.text, shown
    plain = Page(person.profile("loyalty_id:L-1")._repr_html_())
    assert "Last events" not in plain.text


def test_a_timeline_shows_itself_and_stays_where_it_is(
    person: omni.Store,
) -> None:
    with person.timeline("loyalty_id:L-1", channel="store") as walk:
        first = next(walk)
        html = walk._repr_html_()
        assert html is not None
        page = Page(html)
        assert page.text.count("Order Completed") == 3
        assert "identify" not in page.text
        assert first.id == "r-2"
        assert [event.id for event in walk] == ["r-1", "r-0"]
        assert walk._repr_html_() is None
    with person.timeline("loyalty_id:L-1", limit=1) as walk:
        assert (walk._repr_html_() or "").count("<tr") == 2


def test_nothing_of_a_store_becomes_markup(store: omni.Store) -> None:
    store.append(
        type="identify",
        identifiers={"user_id": ATTACK, "email": "anna@example.org"},
        traits={"first_name": ATTACK, ATTACK: [ATTACK], "b": {ATTACK: 1}},
        channel=ATTACK,
        source=ATTACK,
        id=ATTACK,
        time=NOON,
    )
    store.append(
        ATTACK,
        "email:anna@example.org",
        channel=ATTACK,
        id="2",
        time=NOON,
        properties={
            ATTACK: ATTACK,
            "revenue": 5,
            "currency": ATTACK,
        },
    )
    who = "email:anna@example.org"
    html = store.profile(who, events=5)._repr_html_()
    html += store.timeline(("user_id", ATTACK))._repr_html_() or ""
    page = Page(html)
    assert set(page.tags) <= set(
        "div span table thead tbody tr th td br".split()
    )
    assert set(page.attributes) <= {"style", "title"}
    assert page.text.count("<script>") > 10


def test_an_explanation_shows_links_and_reasons(person: omni.Store) -> None:
    one, other = "email:anna@example.org", "loyalty_id:L-1"
    page = Page(person.explain(one, other)._repr_html_())
    for shown in ("one profile", one, other, "identify", "e-1", "web"):
        assert shown in page.text, shown
    person.split(one, other, ATTACK, author=ATTACK)
    html = person.explain(one, other)._repr_html_()
    html += person.explain_identifier(one)._repr_html_()
    page = Page(html)
    assert "two profiles" in page.text
    assert "stated apart" in page.text
    assert ATTACK[:60] in page.text
    assert not page.tags.keys() & {"script", "img"}


def test_html_needs_nothing_from_outside(person: omni.Store) -> None:
    html = person.profile("loyalty_id:L-1", events=5)._repr_html_()
    assert not re.search(r"https?:|url\(|<link|<style|<script|class=", html)
    assert not re.search(r"#[0-9a-f]{3,6}\b", html), "colours of one theme"


def test_long_texts_are_cut_short(store: omni.Store) -> None:
    buy(store, "user_id:a", "1", properties={"note": "long " * 5000})
    html = store.profile("user_id:a", events=1)._repr_html_()
    assert len(html) < 10000
    assert "…" in html


def test_values_print_in_a_line(person: omni.Store) -> None:
    profile = person.profile("loyalty_id:L-1", events=1)
    assert repr(profile) == (
        f"<Profile {profile.id}: email:anna@example.org, loyalty_id:L-1;"
        " 4 events>"
    )
    assert repr(profile.identifiers[0]) == (
        "<Identifier email:anna@example.org on web,"
        " 2026-03-01 12:00:00 to 2026-03-01 12:00:00>"
    )
    assert repr(profile.traits["first_name"]) == (
        '<Trait first_name = "Anna", from web-shop, 2026-03-01 12:00:00>'
    )
    assert repr(profile.events[0]) == (
        "<TimelineEvent 2026-03-01 14:00:00 store: Order Completed"
        ' {"currency":"CHF","revenue":1000.5}>'
    )


def test_facts_and_explanations_print_in_a_line(person: omni.Store) -> None:
    person.merge("email:anna@example.org", "user_id:u-1", "said so")
    told = [repr(each) for each in person.facts()]
    assert told[0].endswith(
        ", event: <TimelineEvent 2026-03-01 12:00:00 web: identify {}>>"
    )
    assert re.fullmatch(
        r"<Fact [0-9a-f]{32}:\d+:[0-9a-f]{16}, link:"
        r" email:anna@example.org user_id:u-1>",
        told[-1],
    )
    why = repr(person.explain("email:anna@example.org", "loyalty_id:L-1"))
    assert why.startswith("<Explanation email:anna@example.org – loyalty_id:")
    assert "\n" not in why


def test_values_have_no_place_for_more(person: omni.Store) -> None:
    profile = person.profile("loyalty_id:L-1", events=1)
    for value in (
        profile,
        profile.identifiers[0],
        profile.traits["vip"],
        profile.figures["Order Completed"],
        profile.events[0],
        person.stats(),
        person.digest(),
    ):
        assert not hasattr(value, "__dict__")
        with pytest.raises(AttributeError):
            setattr(value, fields(value)[0].name, "x")


def test_an_instant_of_any_year_is_shown(store: omni.Store) -> None:
    buy(store, "user_id:a", "1", time=(1 << 62))
    profile = store.profile("user_id:a", events=1)
    assert f"{1 << 62} µs" in repr(profile.identifiers[0])
    assert f"{1 << 62} µs" in profile._repr_html_()
    with pytest.raises(OverflowError):
        profile.first_seen
