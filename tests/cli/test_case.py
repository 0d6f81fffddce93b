"""``rundblick case`` through the real entry point: show, take, hand-over, accept, give-back, in both languages."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases.commitments import promise
from rundblick.cli import main as cli
from rundblick.core.models import Installation
from rundblick.core.numbers import spaced
from rundblick.people.models import PersonContent
from tests.people.house import House, a_house

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_tests_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from rundblick.cli import case, starting  # Django is set up by then

    for module in (starting, case):
        monkeypatch.setattr(module, "database", nullcontext)


@pytest.fixture
def house() -> House:
    built = a_house()
    for user in (built.olga, built.kurt, built.sven):
        PersonContent.objects.create(person=user.person, name=user.name)
    return built


def run(capsys: pytest.CaptureFixture[str], *arguments: str, language: str = "en") -> tuple[int, str, str]:
    code = cli.main(["--lang", language, "case", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def handed(capsys: pytest.CaptureFixture[str], house: House, to: str, by: str) -> Any:
    number = house.olgas.number
    return told(
        capsys, "hand-over", number, "--to", to, "--by", by, "--cause", "skill", "--reason", "Money.", "--summary", "S"
    )


def test_a_case_is_handed_over_given_back_and_shown(capsys: pytest.CaptureFixture[str], house: House) -> None:
    promise(house.olgas, "Call her", datetime.now(UTC) + timedelta(days=1), house.olga.person)
    shown = handed(capsys, house, "billing", house.olga.email)
    assert (shown["owner"], shown["handovers"][0]["summary"]) == ("Billing", "S")
    back = ("give-back", spaced(house.olgas.number), "--by", house.sven.email, "--reason", "Not ours.")
    code, out, _err = run(capsys, *back)
    assert code == 0 and "Not ours." in out and "given back" in out
    code, out, _err = run(capsys, "show", str(house.olgas.uuid), language="de")
    assert code == 0
    for words in ("Olga", "Übergaben", "zurückgegeben", "Versprochen", "Call her"):
        assert words in out, words


def test_a_case_is_taken_and_accepted(capsys: pytest.CaptureFixture[str], house: House) -> None:
    taken = told(capsys, "take", house.supports.number, "--by", house.kurt.email)
    assert (taken["owner"], taken["handovers"]) == ("Kurt", [])
    handed(capsys, house, house.sven.email, house.olga.email)
    accepted = told(capsys, "accept", house.olgas.number, "--by", house.sven.email)
    assert [one["state"] for one in accepted["handovers"]] == ["accepted"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "4711"), "is no case number"),
        (("accept", "NUMBER", "--by", "OLGA"), "Nothing is offered"),
        (("take", "NUMBER", "--by", "nobody@muster.example"), "Nobody signs in as"),
        (("take", "NUMBER", "--by", "OLGA"), "already belongs"),
        (("take", "NUMBER", "--by", "KURT"), "Write in a few words why"),
        (
            ("hand-over", "NUMBER", "--to", "Moon", "--by", "OLGA", "--reason", "x"),
            "There is no team Moon. There",
        ),
        (("hand-over", "NUMBER", "--to", "Billing", "--by", "OLGA", "--reason", "x", "--cause", "y"), "no such cause"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], house: House, arguments: tuple[str, ...], said: str
) -> None:
    named = {"NUMBER": house.olgas.number, "OLGA": house.olga.email, "KURT": house.kurt.email}
    code, _out, err = run(capsys, *(named.get(one, one) for one in arguments))
    assert code == 2 and said in err, err


def test_a_database_that_is_kept_for_reading_only_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], house: House
) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"salt": b"x" * 32, "read_only": True})
    code, _out, err = run(capsys, "take", house.supports.number, "--by", house.kurt.email)
    assert code == 2 and "reading only" in err
