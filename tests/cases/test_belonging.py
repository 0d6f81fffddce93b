"""Which other case a case probably belongs to, and why; nothing is joined by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rundblick.cases.belonging import bare_subject, probably_belongs_to
from rundblick.cases.models import Case, Message
from rundblick.cases.regrouping import join, undo
from rundblick.core.numbers import spaced
from rundblick.people.models import Person
from tests.intake.builders import START, mail_reading
from tests.intake.test_road import walk
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db
NOW = START + timedelta(hours=3)


def case_of(subject: str) -> Case:
    return Case.objects.get(pk=Message.objects.get(content__subject=subject).case_id)


def mail(name: str, sender: str, subject: str, minutes: int = 0, text: str = "Guten Tag") -> Any:
    import msgspec

    return msgspec.structs.replace(mail_reading(name, sender, minutes=minutes, text=text), subject=subject)


@pytest.fixture
def maria() -> Any:
    return a_user("Maria", "manager", a_team("Support"))


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("AW: Re: Rechnung 4711", "rechnung 4711"),
        ("Re[2]: [NL-304719] Rechnung  4711", "rechnung 4711"),
        ("Rechnung: eine Frage", "rechnung: eine frage"),
        ("Regal wackelt", "regal wackelt"),
        ("", ""),
    ],
)
def test_what_replies_put_before_a_subject_does_not_count(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


def test_the_same_subject_of_the_same_customer_is_proposed_and_of_a_stranger_not(maria: Any) -> None:
    walk([mail("a", "anna@kunde.example", "Rechnung 2026")])
    walk([mail("b", "anna@kunde.example", "AW: Rechnung 2026", 30)])
    walk([mail("c", "fremd@kunde.example", "Re: Rechnung 2026", 40)])
    told = probably_belongs_to(maria, case_of("AW: Rechnung 2026"), NOW)
    assert [(one.case, one.reasons) for one in told] == [(case_of("Rechnung 2026"), ("subject",))]
    assert probably_belongs_to(maria, case_of("Re: Rechnung 2026"), NOW) == []


def test_a_number_in_the_text_leads_to_its_case_also_when_it_is_another_customers(maria: Any) -> None:
    walk([mail("a", "anna@kunde.example", "Defekt")])
    number = spaced(case_of("Defekt").number)
    walk([mail("b", "mann@kunde.example", "Meine Frau schrieb", 30, f"Es geht um Vorgang {number}.")])
    told = probably_belongs_to(maria, case_of("Meine Frau schrieb"), NOW)
    assert [(one.case.content.subject, one.reasons) for one in told] == [("Defekt", ("names",))]


def test_what_lies_long_back_is_another_concern(maria: Any) -> None:
    walk([mail("a", "anna@kunde.example", "Rechnung")])
    walk([mail("b", "anna@kunde.example", "Re: Rechnung", 30)])
    later = START + timedelta(days=61)
    assert probably_belongs_to(maria, case_of("Re: Rechnung"), later) == []


def test_what_a_person_took_apart_is_not_proposed_again(maria: Any) -> None:
    by = Person.objects.get(user=maria)
    walk([mail("a", "anna@kunde.example", "Rechnung")])
    walk([mail("b", "anna@kunde.example", "Re: Rechnung", 30)])
    one, other = case_of("Rechnung"), case_of("Re: Rechnung")
    undo(join(other, one, by), by)
    assert probably_belongs_to(maria, other, NOW) == []


def test_cases_that_the_reader_may_not_see_are_not_proposed() -> None:
    stranger = a_user("Sven", "partner", a_team("Firma"))
    walk([mail("a", "anna@kunde.example", "Rechnung")])
    walk([mail("b", "anna@kunde.example", "Re: Rechnung", 30)])
    assert probably_belongs_to(stranger, case_of("Re: Rechnung"), NOW) == []
