"""What is being written follows its case into the one that is left, and comes back when that is undone."""

from __future__ import annotations

import pytest

from rundblick.cases.drafts import attach, drop_draft, left_drafts, save_draft, take_over
from rundblick.cases.models import Case, Draft, DraftAttachment
from rundblick.cases.regrouping import join, undo
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.message import Attachment
from rundblick.intake.outbox import keep_draft
from rundblick.people.models import Person
from tests.cases.test_regrouping import case_of, two_cases
from tests.intake.builders import mail_reading
from tests.intake.test_road import walk
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Person:
    return Person.objects.get(user=a_user("Olga", "agent", a_team("Support")))


@pytest.fixture
def kurt() -> Person:
    return Person.objects.get(user=a_user("Kurt", "agent", a_team("Support")))


def texts(*cases: Case) -> list[str | None]:
    found = dict(Draft.objects.values_list("case_id", "text"))
    return [found.get(case.pk) for case in cases]


def a_file(case: Case) -> None:
    with cursor() as cur:
        attach(cur, case, [Attachment("plan.pdf", "application/pdf", b"%PDF-1.7")])


def test_a_draft_goes_on_in_the_case_that_is_left_and_comes_back(by: Person) -> None:
    one, other = two_cases()
    save_draft(other, by, to="bernd@kunde.example", text="Guten Tag Herr")
    a_file(other)
    deed = join(other, one, by)
    assert texts(one, other) == ["Guten Tag Herr", None]
    assert DraftAttachment.objects.get().case == one
    save_draft(one, by, text="Guten Tag Herr Muster")
    undo(deed, by)
    assert texts(one, other) == [None, "Guten Tag Herr Muster"]
    assert DraftAttachment.objects.get().case == other


def test_two_drafts_stay_two_and_one_click_takes_the_second_into_the_first(by: Person, kurt: Person) -> None:
    one, other = two_cases()
    save_draft(one, by, to="anna@kunde.example", subject="Ihr Paket", text="Das eine.")
    save_draft(other, kurt, to="bernd@kunde.example", text="Das andere.")
    a_file(other)
    deed = join(other, one, by)
    assert texts(one, other) == ["Das eine.", "Das andere."]
    other.refresh_from_db()
    left = left_drafts(one)
    assert [(draft.number, draft.person, draft.text, draft.files) for draft in left] == [
        (other.number, kurt.pk, "Das andere.", 1)
    ]
    take_over(other, one, by)
    draft = Draft.objects.get()
    assert (draft.case, draft.text, draft.to) == (one, "Das eine.\n\nDas andere.", "anna@kunde.example")
    assert DraftAttachment.objects.get().case == one
    take_over(other, one, by)
    assert Draft.objects.get().text == "Das eine.\n\nDas andere.", "a second click changes nothing"
    undo(deed, by)
    assert texts(one, other)[0] == "Das eine.\n\nDas andere."


def test_an_undone_join_finds_the_second_draft_where_it_was(by: Person) -> None:
    one, other = two_cases()
    save_draft(one, by, text="Das eine.")
    save_draft(other, by, text="Das andere.")
    undo(join(other, one, by), by)
    assert texts(one, other) == ["Das eine.", "Das andere."]
    assert left_drafts(one) == []


def test_what_was_sent_meanwhile_does_not_come_back(by: Person) -> None:
    one, other = two_cases()
    save_draft(other, by, text="Das andere.")
    deed = join(other, one, by)
    drop_draft(one)
    undo(deed, by)
    assert texts(one, other) == [None, None]


def test_who_still_writes_on_the_page_of_the_joined_case_overwrites_nobody(by: Person, kurt: Person) -> None:
    one, other = two_cases()
    save_draft(one, by, text="Das eine.")
    join(other, one, by)
    keep_draft(other, kurt, uuid7(), text="Das andere.")
    assert texts(one, other) == ["Das eine.", "Das andere."]
    keep_draft(other, by, uuid7(), text="Das eine, weiter.")
    assert texts(one, other) == ["Das eine, weiter.", "Das andere."]


def test_cases_that_a_message_makes_one_keep_what_is_being_written(by: Person) -> None:
    one, other = two_cases()
    save_draft(other, by, text="Guten Tag")
    walk([mail_reading("c", "anna@kunde.example", ("a", "b"), 99)])
    left = case_of("c")
    assert left == case_of("a") == case_of("b") == one
    assert texts(one, other) == ["Guten Tag", None]
