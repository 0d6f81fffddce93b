"""Who is away hands over what is due, once; his customers' replies go on to who is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from rundblick.cases import work
from rundblick.cases.absences import AbsenceError, add_absence, end_absence, hand_absences
from rundblick.cases.folding import fold
from rundblick.cases.leaving import leave
from rundblick.cases.models import Case, CaseEntry, Clock
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.people.models import Absence, Team
from tests.people.house import House, a_case, a_house, a_message, a_team

DAY = timedelta(days=1)


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    Team.objects.filter(pk=a_team("Service").pk).update(is_default=True)
    return made


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def owner(case: Case) -> tuple[int | None, int | None]:
    fresh = Case.objects.get(pk=case.pk)
    return fresh.owner_person_id, fresh.owner_team_id


def nothing_is_wrong() -> None:
    verified = verification.verify(["cases", "owners", "handovers", "event-objects", "roles"])
    assert verified.is_right, verified


def a_clock(case: Case, due_at: datetime | None) -> None:
    Clock.objects.create(
        case=case, kind="resolution", state="running", book=0, level=0, target_s=1, ran_s=0, due_at=due_at,
        started_at=due_at or datetime.now(UTC),
    )  # fmt: skip


def test_what_he_has_to_do_goes_to_his_deputy_when_it_begins(house: House, now: datetime) -> None:
    add_absence(house.olga.person, now + DAY, now + 8 * DAY, house.kurt.person, by=house.lena)
    assert hand_absences(now) == 0
    assert owner(house.olgas) == (house.olga.person.pk, None)
    assert hand_absences(now + DAY) == 1
    assert owner(house.olgas) == (house.kurt.person.pk, None)
    assert hand_absences(now + DAY) == 0  # once
    entry = CaseEntry.objects.filter(case=house.olgas).order_by("-at")[0]
    assert (entry.cause, entry.updated_by_id) == ("absence", house.lena.person.pk)
    nothing_is_wrong()


def test_one_that_has_begun_hands_over_at_once(house: House, now: datetime) -> None:
    absence = add_absence(house.olga.person, now - DAY, None, None, by=house.lena)
    assert owner(house.olgas) == (None, house.support.pk)
    assert absence.handed_at is not None
    nothing_is_wrong()


def test_what_is_due_later_and_what_waits_for_the_customer_stays(house: House, now: datetime) -> None:
    due, later, standing = house.olgas, a_case(house.olga), a_case(house.olga)
    waits = a_case(house.olga, state="pending")
    a_clock(due, now + 2 * DAY)
    a_clock(later, now + 20 * DAY)
    a_clock(standing, None)
    add_absence(house.olga.person, now, now + 8 * DAY, house.kurt.person, by=house.lena, at=now)
    mine = (house.olga.person.pk, None)
    assert [owner(case) for case in (later, standing, waits)] == [mine, mine, mine]
    assert owner(due) == (house.kurt.person.pk, None)


def test_a_reply_of_the_customer_meanwhile_goes_on_to_the_deputy(house: House, now: datetime) -> None:
    waits = a_case(house.olga, state="pending")
    quiet = a_case(house.olga, state="pending")
    add_absence(house.olga.person, now - DAY, now + 8 * DAY, house.kurt.person, by=house.lena)
    a_message(waits, "Here is the receipt.", at=now + timedelta(minutes=1))
    with transaction.atomic(), cursor() as cur:
        fold(cur, [waits.pk])
    assert hand_absences(now + timedelta(hours=1)) == 1
    assert owner(waits) == (house.kurt.person.pk, None)
    assert owner(quiet) == (house.olga.person.pk, None)
    assert hand_absences(now + timedelta(hours=2)) == 0
    nothing_is_wrong()


def test_what_somebody_gives_him_all_the_same_stays_until_the_customer_writes(house: House, now: datetime) -> None:
    add_absence(house.olga.person, now - DAY, None, house.kurt.person, by=house.lena)
    a_message(house.supports, at=now - timedelta(hours=2))
    work.hand_over(house.supports, to=house.olga.person, by=house.kurt.person, reason="she said so", at=now)
    assert hand_absences() == 0
    assert owner(house.supports) == (house.olga.person.pk, None)


def test_where_the_deputy_is_away_too_when_it_begins_the_team_takes_it(house: House, now: datetime) -> None:
    add_absence(house.olga.person, now + DAY, now + 8 * DAY, house.kurt.person, by=house.lena)
    add_absence(house.kurt.person, now, now + 2 * DAY, None, by=house.lena)  # whoever is ill is ill
    hand_absences(now + DAY)
    assert owner(house.olgas) == (None, house.support.pk)


def test_where_the_deputy_has_left_the_team_takes_it(house: House, now: datetime) -> None:
    add_absence(house.olga.person, now + DAY, now + 8 * DAY, house.kurt.person, by=house.lena)
    leave(house.kurt.person, house.anton)
    hand_absences(now + DAY)
    assert owner(house.olgas) == (None, house.support.pk)
    nothing_is_wrong()


def test_an_absence_that_is_over_before_anybody_looked_hands_nothing_over(house: House, now: datetime) -> None:
    add_absence(house.olga.person, now + DAY, now + 2 * DAY, house.kurt.person, by=house.lena)
    assert hand_absences(now + 3 * DAY) == 0
    assert owner(house.olgas) == (house.olga.person.pk, None)
    assert hand_absences(now + DAY) == 0


def test_whoever_is_back_keeps_what_comes(house: House, now: datetime) -> None:
    absence = add_absence(house.olga.person, now - DAY, None, house.kurt.person, by=house.lena)
    end_absence(absence, house.lena)
    case = a_case(house.olga)
    a_message(case, at=now + timedelta(hours=1))
    assert hand_absences(now + timedelta(hours=2)) == 0
    with pytest.raises(AbsenceError, match="ended already"):
        end_absence(absence, house.lena)


def test_one_that_has_not_begun_is_dropped(house: House, now: datetime) -> None:
    absence = add_absence(house.olga.person, now + DAY, None, None, by=house.lena)
    end_absence(absence, house.lena)
    assert not Absence.objects.exists()


Enter = Callable[[House, datetime], object]
REFUSED: dict[str, Enter] = {
    "order": lambda h, n: add_absence(h.olga.person, n + 2 * DAY, n + DAY, None, by=h.lena),
    "past": lambda h, n: add_absence(h.olga.person, n - 2 * DAY, n - DAY, None, by=h.lena),
    "long": lambda h, n: add_absence(h.olga.person, n, n + 3000 * DAY, None, by=h.lena),
    "deputy": lambda h, n: add_absence(h.olga.person, n + DAY, None, h.olga.person, by=h.lena),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_makes_no_sense_is_refused(house: House, now: datetime, code: str) -> None:
    with pytest.raises(AbsenceError) as error:
        REFUSED[code](house, now)
    assert error.value.code == code
    assert str(error.value)
    assert not Absence.objects.exists()


def test_overlaps_rings_and_those_who_are_not_there_are_refused(house: House, now: datetime) -> None:
    add_absence(house.kurt.person, now + DAY, now + 5 * DAY, house.olga.person, by=house.lena)
    with pytest.raises(AbsenceError) as overlaps:
        add_absence(house.kurt.person, now + 4 * DAY, None, None, by=house.lena)
    with pytest.raises(AbsenceError) as ring:
        add_absence(house.olga.person, now + 2 * DAY, now + 3 * DAY, house.kurt.person, by=house.lena)
    with pytest.raises(AbsenceError) as deputy:
        add_absence(house.lena.person, now + 2 * DAY, now + 3 * DAY, house.kurt.person, by=house.lena)
    assert [one.value.code for one in (overlaps, ring, deputy)] == ["overlaps", "ring", "deputy"]
    add_absence(house.kurt.person, now + 5 * DAY, None, None, by=house.lena)  # half-open: that one ends as it begins
    leave(house.sven.person, house.anton)
    for person, other, code in (
        (house.sven.person, None, "left"),
        (house.lena.person, house.sven.person, "deputy"),
    ):
        with pytest.raises(AbsenceError) as error:
            add_absence(person, now + DAY, None, other, by=house.anton)
        assert error.value.code == code
