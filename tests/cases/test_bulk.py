"""One deed on many cases: each on its own, told case by case, taken back as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.cases import bulk, ownership, watching, work
from rundblick.cases.bulk import Asked, BulkError
from rundblick.cases.models import BulkDeed, BulkReason, BulkRow, Case, CaseEntry, Handover
from rundblick.cases.taking_back import TakingBackError, take_back
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.verification import Options, checks

if TYPE_CHECKING:
    from tests.people.house import House


@pytest.fixture
def house(db: None) -> House:
    from tests.people.house import a_house

    return a_house()


def cases_of(house: House, n: int) -> list[Case]:
    from tests.people.house import a_case

    return [a_case(house.support) for _ in range(n)]


def give(user: Any, kind: str, cases: list[Case], key: UUID | None = None, **said: Any) -> BulkDeed:
    deed = bulk.give(user, Asked(kind=kind, cases=tuple(case.uuid for case in cases), **said), key or uuid7())
    bulk.work_on(deed)
    return deed


def became(deed: BulkDeed) -> list[tuple[str, str]]:
    return list(BulkRow.objects.filter(deed=deed).order_by("place").values_list("state", "code"))


def stands(cases: list[Case]) -> list[tuple[Any, ...]]:
    """What screens show of these cases."""
    return list(
        Case.objects.filter(pk__in=[case.pk for case in cases])
        .order_by("pk")
        .values_list("state", "owner_person", "owner_team", "topic", "resolved_at", "merged_into", "last_at")
    )


def all_in_order() -> list[Any]:
    found = []
    with cursor() as cur:
        for name in ("cases", "handovers", "owners", "regroupings", "joined-cases"):
            found += list(checks[name](cur, Options()))
    return found


def undo(deed: BulkDeed, user: Any) -> None:
    bulk.undo(deed, user.person)
    bulk.work_on(deed)


def test_each_case_is_done_and_undone_on_its_own(house: House) -> None:
    cases = cases_of(house, 3)
    before = stands(cases)
    deed = give(house.olga, "take", cases)
    assert became(deed) == [("done", "")] * 3
    assert {case.owner_person_id for case in Case.objects.filter(pk__in=[c.pk for c in cases])} == {
        house.olga.person.pk
    }
    undo(deed, house.olga)
    assert became(deed) == [("undone", "")] * 3
    assert stands(cases) == before
    assert not all_in_order()


def test_what_cannot_be_done_is_told_and_the_rest_goes_on(house: House) -> None:
    cases = cases_of(house, 3)
    work.resolve(cases[1], by=house.kurt.person)
    deed = give(house.olga, "resolve", cases)
    assert became(deed) == [("done", ""), ("refused", "not_open"), ("done", "")]


def test_a_case_in_which_somebody_acted_since_stays_as_it_is(house: House) -> None:
    cases = cases_of(house, 3)
    deed = give(house.olga, "resolve", cases)
    work.reopen(cases[0], by=house.kurt.person)
    work.add_note(cases[1], "The customer called.", by=house.kurt.person)
    undo(deed, house.olga)
    assert became(deed) == [("kept", "changed"), ("kept", "changed"), ("undone", "")]
    assert [row[0] for row in stands(cases)] == ["open", "resolved", "new"]


def test_a_hand_over_taken_back_was_never_one(house: House) -> None:
    cases = cases_of(house, 2)
    told = {"to": house.billing, "reason": "It is about the invoice.", "cause": "skill"}
    before = stands(cases)
    deed = give(house.lena, "hand_over", cases, **told)
    assert Handover.objects.filter(state="offered").count() == 2
    undo(deed, house.lena)
    assert stands(cases) == before
    assert not Handover.objects.filter(entry__superseded=False).exists()
    assert not Handover.objects.filter(state="offered").exists()
    assert not all_in_order()


def test_a_hand_over_that_was_accepted_is_not_taken_back(house: House) -> None:
    cases = cases_of(house, 1)
    deed = give(house.lena, "hand_over", cases, to=house.sven.person, reason="Yours.", cause="skill")
    ownership.accept(Handover.objects.get(), by=house.sven.person)
    undo(deed, house.lena)
    assert became(deed) == [("kept", "changed")]


def test_what_was_offered_before_is_offered_again(house: House) -> None:
    cases = cases_of(house, 1)
    ownership.hand_over(cases[0], house.olga.person, house.lena.person, "Please.", "request")
    deed = give(house.lena, "hand_over", cases, to=house.kurt.person, reason="He knows it.", cause="skill")
    undo(deed, house.lena)
    assert Handover.objects.get(state="offered").to_person == house.olga.person
    assert not all_in_order()


def test_joined_cases_part_again_the_last_one_first(house: House) -> None:
    cases = cases_of(house, 4)
    before = stands(cases)
    deed = give(house.lena, "join", cases)
    assert became(deed) == [("done", "")] * 3
    assert set(Case.objects.filter(merged_into=cases[0]).values_list("pk", flat=True)) == {c.pk for c in cases[1:]}
    undo(deed, house.lena)
    assert became(deed) == [("undone", "")] * 3
    assert [row[:3] for row in stands(cases)] == [row[:3] for row in before]
    assert not all_in_order()


def test_topic_watch_and_reopen_are_taken_back(house: House) -> None:
    cases = cases_of(house, 2)
    topic = give(house.olga, "topic", cases, topic="  Invoice\x00 ")
    assert [row[3] for row in stands(cases)] == ["Invoice", "Invoice"]
    assert became(give(house.olga, "topic", cases, topic="Invoice")) == [("refused", "same_topic")] * 2
    undo(topic, house.olga)
    assert [row[3] for row in stands(cases)] == ["", ""]
    watched = give(house.olga, "watch", cases)
    assert watching.watched_cases(house.olga.person.pk) == sorted(case.pk for case in cases)
    undo(watched, house.olga)
    assert watching.watched_cases(house.olga.person.pk) == []
    give(house.olga, "resolve", cases)
    again = give(house.olga, "reopen", cases)
    assert {row[0] for row in stands(cases)} == {"open"}
    undo(again, house.olga)
    assert {row[0] for row in stands(cases)} == {"resolved"}


def test_the_same_key_does_nothing_a_second_time(house: House) -> None:
    cases, key = cases_of(house, 2), uuid7()
    one = give(house.olga, "take", cases, key)
    other = give(house.olga, "resolve", cases, key)
    assert one == other
    assert {row[0] for row in stands(cases)} == {"new"}


def test_a_case_that_may_not_be_seen_is_as_if_it_were_not_there(house: House) -> None:
    mine = cases_of(house, 1)
    deed = give(house.kurt, "take", [*mine, house.billings])
    assert became(deed) == [("done", "")]
    with pytest.raises(BulkError, match="none"):
        give(house.kurt, "take", [house.billings])
    with pytest.raises(BulkError, match="none"):
        bulk.give(house.kurt, Asked(kind="take", cases=(uuid7(),)), uuid7())


def test_a_case_that_may_only_be_read_is_told_so(house: House) -> None:
    deed = give(house.olga, "resolve", [house.annas_at_billing])  # a case of her customer, at another team
    assert became(deed) == [("refused", "forbidden")]


def test_who_hands_his_cases_away_still_undoes_it(house: House) -> None:
    deed = give(house.olga, "hand_over", [house.olgas], to=house.billing, reason="Theirs.", cause="routing")
    undo(deed, house.olga)
    assert Case.objects.get(pk=house.olgas.pk).owner_person == house.olga.person


def test_a_role_that_only_reads_may_watch_and_nothing_else(house: House) -> None:
    with pytest.raises(PermissionDenied):
        give(house.rolf, "resolve", [house.supports])
    assert became(give(house.rolf, "watch", [house.supports])) == [("done", "")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "delete"}, "kind"),
        ({"kind": "take", "cases": ()}, "none"),
        ({"kind": "take", "cases": tuple(uuid7() for _ in range(201))}, "too_many"),
        ({"kind": "join", "cases": (UUID(int=1), UUID(int=1))}, "two"),
        ({"kind": "hand_over"}, "to"),
        ({"kind": "topic", "topic": " \x00"}, "topic"),
    ],
)
def test_a_deed_that_cannot_be_given_says_what_is_missing(said: dict[str, Any], code: str) -> None:
    with pytest.raises(BulkError) as fault:
        bulk.checked(Asked(**{"cases": (UUID(int=1),), **said}))
    assert fault.value.code == code


def test_nobody_else_takes_it_back_and_a_second_undo_does_nothing(house: House) -> None:
    cases = cases_of(house, 1)
    deed = give(house.olga, "take", cases)
    with pytest.raises(BulkError, match="not_yours"):
        bulk.undo(deed, house.kurt.person)
    undo(deed, house.olga)
    undo(deed, house.olga)
    assert became(deed) == [("undone", "")]


def test_what_a_request_left_is_done_by_a_worker_and_the_reason_is_kept_no_longer(house: House) -> None:
    cases = cases_of(house, 3)
    asked = Asked(
        kind="hand_over", cases=tuple(case.uuid for case in cases), to=house.billing, reason="Theirs.", cause="routing"
    )
    deed = bulk.give(house.lena, asked, uuid7())
    assert bulk.work_on(deed, seconds=0) == 0
    assert bulk.sweep() == 0  # its request may still be at it
    BulkDeed.objects.filter(pk=deed.pk).update(at=datetime.now(UTC) - timedelta(minutes=1))
    assert bulk.sweep() == 3
    assert not BulkReason.objects.exists()
    assert {row[2] for row in stands(cases)} == {house.billing.pk}


def test_an_undo_before_its_turn_came_leaves_the_rest_undone(house: House) -> None:
    cases = cases_of(house, 2)
    deed = bulk.give(house.olga, Asked(kind="take", cases=tuple(case.uuid for case in cases)), uuid7())
    undo(deed, house.olga)
    assert became(deed) == [("refused", "undone")] * 2


def test_a_line_is_taken_back_once_and_only_where_its_owner_before_is_there(house: House) -> None:
    case = cases_of(house, 1)[0]
    entry = ownership.take(case, house.olga.person)
    take_back(entry, house.olga.person)
    with pytest.raises(TakingBackError, match="taken_back"):
        take_back(entry, house.olga.person)


DEEDS = ("take", "resolve", "reopen", "topic", "hand_over")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(st.sampled_from(DEEDS), max_size=3), last=st.sampled_from(DEEDS))
def test_undoing_the_last_deed_gives_exactly_what_stood_before(house: House, before: list[str], last: str) -> None:
    cases = cases_of(house, 1)
    said: dict[str, dict[str, Any]] = {
        "topic": {"topic": "Invoice"},
        "hand_over": {"to": house.kurt.person, "reason": "Please.", "cause": "request"},
    }
    for kind in before:
        give(house.lena, kind, cases, **said.get(kind, {}))
    stood = stands(cases)
    log = CaseEntry.objects.filter(case=cases[0], superseded=False).count()
    deed = give(house.lena, last, cases, **said.get(last, {}))
    undo(deed, house.lena)
    assert stands(cases) == stood
    assert CaseEntry.objects.filter(case=cases[0], superseded=False).count() == log
    assert not all_in_order()
