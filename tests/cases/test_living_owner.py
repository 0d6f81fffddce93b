"""The database itself refuses an open case whose owner is not there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from rundblick.cases.folding import fold
from rundblick.cases.models import Case
from rundblick.core.database import cursor
from rundblick.people.models import Person, Team
from tests.people.house import House, a_case, a_house, a_message, a_team

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def refolded(case: Case) -> Case:
    with transaction.atomic(), cursor() as cur:
        fold(cur, [case.pk])
    return Case.objects.get(pk=case.pk)


def test_nobody_leaves_while_he_owns_an_open_case(house: House) -> None:
    with pytest.raises(IntegrityError, match="still owns open cases"), transaction.atomic():
        Person.objects.filter(user=house.olga).update(left_at=NOW)


def test_no_team_closes_while_it_owns_an_open_case(house: House) -> None:
    with pytest.raises(IntegrityError, match="still owns open cases"), transaction.atomic():
        Team.objects.filter(pk=house.support.pk).update(closed_at=NOW)


def test_who_has_left_gets_no_open_case(house: House) -> None:
    Person.objects.filter(user=house.kurt).update(left_at=NOW)
    with pytest.raises(IntegrityError, match="has left"), transaction.atomic():
        Case.objects.filter(pk=house.olgas.pk).update(owner_person=house.kurt.person)


def test_a_closed_team_gets_no_open_case(house: House) -> None:
    closed = a_team("Closed", closed_at=NOW)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        a_case(closed)


def test_a_case_of_somebody_who_left_keeps_him_while_it_is_done(house: House) -> None:
    case = a_case(house.kurt, state="resolved")
    Person.objects.filter(user=house.kurt).update(left_at=NOW)
    assert refolded(case).owner_person_id == house.kurt.person.pk


def test_and_goes_to_the_default_team_when_it_opens_again(house: House) -> None:
    default = a_team("Default", is_default=True)
    case = a_case(house.kurt, state="resolved")
    a_message(case, "It is broken again.", at=NOW)
    Person.objects.filter(user=house.kurt).update(left_at=NOW)
    again = refolded(case)
    assert (again.state, again.owner_person_id, again.owner_team_id) == ("open", None, default.pk)


def test_what_a_closed_team_had_is_its_successors(house: House) -> None:
    old = a_team("Old")
    case = a_case(old, state="open")
    Case.objects.filter(pk=case.pk).update(owner_team=house.support)
    Team.objects.filter(pk=old.pk).update(closed_at=NOW, successor=house.support)
    assert refolded(case).owner_team_id == house.support.pk
