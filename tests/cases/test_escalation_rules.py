"""The rules of escalation: pure functions over what is seen of a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.authority import Authority, Demand
from rundblick.cases.deciders import Chosen, Company, Crew, Somebody, choose
from rundblick.cases.escalation_rules import (
    CLOCKS,
    TRIGGERS,
    USUAL,
    Escalations,
    Former,
    Rule,
    Seen,
    When,
    check_against,
    due_now,
    fires,
    trigger_of,
)
from rundblick.core.money import Money
from rundblick.core.rulebooks import RuleError
from rundblick.core.tones import Law

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DECIDES = Authority((Money(20_000, "EUR"),), refund=True, exception=True)

whens = st.builds(
    When,
    clock=st.lists(st.sampled_from(CLOCKS), max_size=2).map(tuple),
    commitment=st.booleans(),
    mood=st.integers(0, 3),
    law=st.lists(st.sampled_from(["any", *(one.value for one in Law)]), max_size=2).map(tuple),
    public=st.booleans(),
    followers=st.sampled_from([0, 100, 5000]),
    unanswered=st.integers(0, 3),
    reopened=st.integers(0, 2),
    again=st.integers(0, 2),
    handovers=st.integers(0, 3),
    ping_pong=st.booleans(),
    tiers=st.lists(st.sampled_from(["gold", "silver"]), max_size=2).map(tuple),
    orders=st.none() | st.builds(Money, st.integers(1, 500_00), st.sampled_from(["EUR", "CHF"])),
)
sights = st.builds(
    Seen,
    case=st.just(1),
    tier=st.sampled_from(["", "gold"]),
    clock=st.frozensets(st.sampled_from(CLOCKS)),
    commitment=st.booleans(),
    mood=st.integers(0, 3),
    law=st.frozensets(st.sampled_from([one.value for one in Law])),
    public=st.booleans(),
    followers=st.sampled_from([0, 800, 10_000]),
    unanswered=st.integers(0, 4),
    reopened=st.integers(0, 3),
    again=st.integers(0, 3),
    handovers=st.integers(0, 4),
    ping_pong=st.booleans(),
    value=st.dictionaries(st.sampled_from(["EUR", "CHF"]), st.integers(0, 900_00)),
    at=st.just(dict.fromkeys(TRIGGERS, NOON)),
)


def rule(when: When, **more: object) -> Rule:
    return Rule("One", when, **more)  # type: ignore[arg-type]


@given(whens, whens, sights)
def test_a_further_condition_never_lets_a_rule_fire_more_often(one: When, other: When, seen: Seen) -> None:
    unset = When()
    both = {}
    for name in When.__struct_fields__:
        mine, more = getattr(one, name), getattr(other, name)
        both[name] = mine if mine != getattr(unset, name) else more
    if trigger_of(one) and fires(rule(When(**both)), seen):
        assert fires(rule(one), seen)


@given(whens, sights)
def test_a_rule_without_a_condition_never_fires_and_a_narrower_one_fires_no_more(when: When, seen: Seen) -> None:
    assert not fires(rule(When()), seen)
    if fires(rule(when, topics=("delivery",)), seen):
        assert fires(rule(when), seen)


@given(st.lists(whens, min_size=1, max_size=4), sights)
def test_a_case_escalates_once_for_each_trigger_and_not_again_for_the_same_thing(parts: list[When], seen: Seen) -> None:
    book = Escalations(tuple(Rule(f"R{n}", when) for n, when in enumerate(parts)))
    found = due_now(book, seen)
    assert len({due.trigger for due in found}) == len(found)
    made = [Former(due.trigger, NOON, None) for due in found]
    assert due_now(book, seen, made) == []
    ended = [Former(due.trigger, NOON, NOON + HOUR) for due in found]
    assert due_now(book, seen, ended) == []  # what happened before it was ended is settled


def test_what_happens_anew_after_it_was_ended_escalates_anew() -> None:
    book = Escalations((rule(When(law=("any",))),))
    ended = [Former("law", NOON - 2 * HOUR, NOON - HOUR)]
    again = Seen(1, law=frozenset({"lawyer"}), at={"law": NOON})
    assert [due.trigger for due in due_now(book, again, ended)] == ["law"]
    before = Seen(1, law=frozenset({"lawyer"}), at={"law": NOON - 2 * HOUR})
    assert due_now(book, before, ended) == []


def test_the_usual_rules_hold_in_any_company_with_somebody_who_manages() -> None:
    check_against(USUAL, company())


# --- to whom ------------------------------------------------------------------------------------------------------


def somebody(id_: int, role: str, teams: tuple[int, ...] = (), **fields: object) -> Somebody:
    told = {"authority": DECIDES} | fields
    return Somebody(id_, f"u{id_}", f"Nr. {id_}", role, teams=teams, **told)  # type: ignore[arg-type]


def company(*more: Somebody) -> Company:
    people = (
        somebody(1, "lead", (10,)),
        somebody(2, "lead", (20,)),
        somebody(3, "manager"),
        somebody(4, "agent", (10,)),
    )
    teams = (Crew(10, "t10", "Support", default=True), Crew(20, "t20", "Billing"), Crew(30, "t30", "Gone", closed=True))
    return Company({one.id: one for one in (*people, *more)}, {one.id: one for one in teams})


def changed(who: int, **fields: object) -> Company:
    here = company()
    one = here.people[who]
    names = ("id", "uuid", "name", "role", "active", "left", "away", "teams", "open", "here", "authority")
    here.people[who] = Somebody(**({name: getattr(one, name) for name in names} | fields))
    return here


def test_the_lead_of_the_cases_team_decides() -> None:
    assert choose(company(), ("lead",), 10, Demand()).person == 1
    assert choose(company(), ("lead",), 20, Demand()).person == 2


@pytest.mark.parametrize("why", [{"left": True}, {"away": True}, {"active": False}, {"here": False}])
def test_who_is_not_there_is_passed_over(why: dict[str, bool]) -> None:
    assert choose(changed(1, **why), ("lead",), 10, Demand()).person == 3


def test_at_night_nobody_is_there_and_the_first_of_the_chain_finds_it_in_the_morning() -> None:
    here = changed(1, here=False)
    here.people[3] = somebody(3, "manager", here=False)
    assert choose(here, ("lead",), 10, Demand()).person == 1


def test_whoever_may_not_decide_it_does_not_get_it() -> None:
    demand = Demand(goodwill=Money(50_000, "EUR"))
    here = changed(3, authority=Authority((Money(90_000, "EUR"),)))
    assert choose(here, ("lead",), 10, demand) == Chosen(person=3, passed=((1, "authority"),))


def test_euros_give_no_authority_over_francs() -> None:
    assert not DECIDES.covers(Demand(goodwill=Money(1, "CHF")))


def test_what_is_beyond_somebody_goes_to_who_stands_above_him() -> None:
    above = somebody(5, "lead", (10,), authority=Authority((Money(90_000, "EUR"),)), open=9)
    here = company(above)
    here.people[1] = somebody(1, "lead", (10,), authority=Authority(above="person:u5"))
    assert choose(here, ("person:u1",), 10, Demand(goodwill=Money(50_000, "EUR"))).person == 5


def test_who_does_not_see_the_case_is_told_of_it_only_by_getting_it() -> None:
    assert choose(company(), ("person:u2",), 10, Demand()).person == 3
    assert choose(company(), ("person:u2",), 10, Demand(), seen_by=False).person == 2


def test_without_a_lead_and_a_manager_it_goes_to_the_team_and_never_into_nothing() -> None:
    here = Company({4: somebody(4, "agent", (10,))}, company().teams)
    assert choose(here, ("lead",), 10, Demand()) == Chosen(team=10)
    assert choose(here, ("lead",), None, Demand()) == Chosen(team=10)  # the default one


def test_a_company_in_which_nobody_may_decide_tells_the_management() -> None:
    assert choose(company(), ("lead",), 10, Demand(goodwill=Money(10**9, "EUR"))).person == 3


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (rule(When()), "no condition"),
        (rule(When(mood=2), to=()), "says nobody"),
        (rule(When(mood=2), to=("team:t30",)), "closed or not there"),
        (rule(When(mood=2), to=("team:t20",), teams=("t30",)), "closed or not there"),
        (rule(When(mood=2), to=("person:nobody",)), "not here any more"),
        (rule(When(mood=2), to=("whoever",)), "nobody"),
        (rule(When(mood=4)), "above 3"),
        (rule(When(clock=("lunch",))), "no clock"),
        (rule(When(law=("poetry",))), "no words of the kind"),
        (rule(When(orders=Money(100, ""))), "currency"),
        (rule(When(mood=2), needs=Demand(goodwill=Money(10**9, "EUR"))), "may take"),
        (rule(When(mood=2), again_hours=-1), "below 0"),
        (Rule(" ", When(mood=2)), "needs a name"),
    ],
)
def test_rules_that_cannot_hold_are_refused_with_what_is_wrong(wrong: Rule, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        check_against(Escalations((wrong,)), company())


def test_a_team_that_nobody_leads_gets_no_escalations() -> None:
    here = company()
    del here.people[2]
    with pytest.raises(RuleError, match="Billing, which nobody leads"):
        check_against(Escalations((rule(When(mood=2), to=("team:t20",)),)), here)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match="two rules called"):
        check_against(Escalations((rule(When(mood=2)), rule(When(mood=1)))), company())


def test_an_unknown_condition_is_an_error_and_not_ignored() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rules": [{"name": "A", "when": {"weather": "rain"}}]}, Escalations)
