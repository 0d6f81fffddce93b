"""``rundblick outbox`` through the real entry point."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from rundblick.cli import main as cli
from rundblick.cli import outbox
from rundblick.intake.models import Outgoing
from tests.people.house import a_house, a_letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_tests_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "database", nullcontext)


@pytest.fixture
def letter(db: None) -> Outgoing:
    return a_letter(a_house().olgas)


def run(capsys: pytest.CaptureFixture[str], *arguments: object, language: str = "en") -> tuple[int, str, str]:
    code = cli.main(["--lang", language, "outbox", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_what_has_not_left_is_listed_a_line_each(capsys: pytest.CaptureFixture[str], letter: Outgoing) -> None:
    code, out, _err = run(capsys, "list")
    assert code == 0 and out.split()[:2] == [str(letter.uuid), "dead"] and out.count("\n") == 1


def test_a_refused_letter_is_sent_again_by_its_id_or_with_all(
    capsys: pytest.CaptureFixture[str], letter: Outgoing
) -> None:
    assert run(capsys, "retry", letter.uuid)[:2] == (0, "1 letter is sent again.\n")
    assert run(capsys, "retry", "--all", language="de")[1] == "0 Schreiben werden noch einmal gesendet.\n"
    code, _out, err = run(capsys, "retry", letter.uuid)
    assert code != 0 and "not waiting for a decision" in err
    assert run(capsys, "retry")[0] != 0


def test_giving_up_needs_a_reason(capsys: pytest.CaptureFixture[str], letter: Outgoing) -> None:
    assert run(capsys, "give-up", letter.uuid, "--reason", " ")[0] != 0
    assert run(capsys, "give-up", letter.uuid, "--reason", "He called.")[0] == 0
    assert Outgoing.objects.get().state == "cancelled"
    assert "no such letter" in run(capsys, "give-up", "01a2c3d4-0000-7000-8000-000000000000", "--reason", "x")[2]
