"""Rules of routing: which are refused, and where a case goes by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.routing.book import Centre, Member, Routing, Rule, check, warnings
from rundblick.cases.routing.teams import Facts, team_of
from rundblick.core.rulebooks import RuleError
from rundblick.people.models import Person, User
from tests.cases.centres import centre, rule
from tests.people.house import a_house, a_team

if TYPE_CHECKING:
    from tests.people.house import House


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def uuid_of(user: User) -> str:
    return str(user.person.uuid)


def refused(told: Routing) -> str:
    with pytest.raises(RuleError) as fault:
        check(told)
    return str(fault.value)


def test_rules_that_hold_are_taken(house: House) -> None:
    check(
        Routing(
            (rule("letters", house.billing, channels=("letter",), languages=("en",)),),
            (centre(house.support, "Lieferung", languages=("de", "en"), takes="push"), centre(house.billing, "Bill")),
            (Member(uuid_of(house.olga), languages=("de",)), Member(uuid_of(house.kurt), skills=("Lieferung",))),
        )
    )  # fmt: skip


def test_what_cannot_hold_is_refused_and_says_where(house: House) -> None:
    closed = a_team("Night shift", closed_at=datetime.now(UTC))
    gone = Person.objects.create()
    nobody = str(uuid4())
    support = str(house.support.uuid)
    for told, words in (
        (Routing((Rule("x", nobody, topics=("a",)),)), ['"x"', nobody]),
        (Routing((Rule("x", "no uuid", topics=("a",)),)), ["no uuid"]),
        (Routing((rule("x", closed, topics=("a",)),)), ['"x"', "Night shift", "closed"]),
        (Routing((rule("x", house.support),)), ["no condition"]),
        (Routing((rule("x", house.support, topics=("a",)), rule("x", house.billing, topics=("b",)))), ["two", '"x"']),
        (Routing((rule("x", house.support, channels=("pigeon",)),)), ['"x"', "pigeon", "email"]),
        (Routing((rule("x", house.support, topics=(" ",)),)), ['"x"', "empty"]),
        (Routing((), (Centre(support, capacity=0),)), ["Support", "capacity"]),
        (Routing((), (Centre(support), Centre(support))), ["Support", "twice"]),
        (Routing((), (centre(a_team("Empty"), "a", takes="push"),)), ["Empty", "Nobody works"]),
        (Routing((), (), (Member(nobody),)), [nobody]),
        (Routing((), (), (Member(str(gone.uuid)),)), ["left"]),
        (Routing((), (), (Member(uuid_of(house.olga), capacity=0),)), ["Olga", "capacity"]),
        (Routing((), (), (Member(uuid_of(house.olga)), Member(uuid_of(house.olga)))), ["Olga", "twice"]),
        (Routing((), (), (Member(uuid_of(house.olga), hours="at night"),)), ["Olga", "at night"]),
    ):
        said = refused(told)
        assert all(word in said for word in words), said


def test_a_team_that_claims_a_language_has_somebody_who_speaks_it(house: House) -> None:
    german = tuple(Member(uuid_of(user), languages=("de",)) for user in (house.olga, house.kurt, house.lena))
    said = refused(Routing((), (centre(house.support, "a", languages=("de", "fr")),), german))
    assert "Support" in said and "fr" in said
    check(Routing((), (centre(house.support, "a", languages=("de", "fr")),), german[:1]))


def test_who_has_left_is_refused(house: House) -> None:
    User.objects.filter(pk=house.kurt.pk).update(is_active=False)
    assert "Kurt" in refused(Routing((), (), (Member(uuid_of(house.kurt)),)))


def test_a_rule_that_never_decides_is_warned_of() -> None:
    team = str(uuid4())
    wide, narrow = Rule("wide", team, topics=("a", "B ")), Rule("narrow", team, topics=("b",), languages=("en",))
    assert len(warnings(Routing((wide, narrow)))) == 1
    assert not warnings(Routing((narrow, wide)))
    assert not warnings(Routing((Rule("x", team, topics=("a",)), Rule("y", team, languages=("en",)))))


def test_the_first_rule_that_fits_decides_then_the_nearest_centre_then_the_usual_team() -> None:
    a, b, c = (str(uuid4()) for _ in range(3))
    book = Routing(
        (Rule("letters", a, channels=("letter",), languages=("en",)), Rule("shop", b, addresses=("mailbox:shop",))),
        (Centre(b, topics=("Rechnung",)), Centre(c, topics=("Rechnung",), languages=("en",)), Centre(a)),
    )
    assert team_of(Facts("x", "en", "letter", addresses=frozenset({"mailbox:shop"})), book).rule == "letters"
    assert team_of(Facts("x", "de", "letter", addresses=frozenset({"mailbox:shop"})), book).team == b
    assert team_of(Facts(" rechnung", "de"), book).team == b
    assert team_of(Facts("Rechnung", "en"), book).team == c, "it says more"
    assert team_of(Facts("Rechnung"), book).team == b, "an unsure language speaks against nobody, and for nobody"
    nowhere = team_of(Facts("Retoure", "en", "email"), book)
    assert nowhere.team == "" and nowhere.reason == {"step": "team", "by": "default", "matched": []}


words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True).map(tuple)
rules = st.lists(
    st.builds(Rule, name=st.just("r"), team=st.sampled_from("xyz"), topics=words, languages=words), max_size=5
)


@given(rules, st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "a", "b", "c"]))
def test_a_rule_that_is_warned_of_decides_nothing(told: list[Rule], topic: str, language: str) -> None:
    import msgspec

    named = [msgspec.structs.replace(one, name=str(i)) for i, one in enumerate(told) if one.topics or one.languages]
    useless: Any = {text.split('"')[1] for text in warnings(Routing(tuple(named)))}
    kept = Routing(tuple(one for one in named if one.name not in useless))
    facts = Facts(topic, language)
    assert team_of(facts, Routing(tuple(named))) == team_of(facts, kept)
