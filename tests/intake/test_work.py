"""Accepting and working: what was acknowledged is there, comes to an end once, and poison stands alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rundblick.cases.models import Case, Message
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Message as Reading
from rundblick.core.registry import readers
from rundblick.intake import work as work_module
from rundblick.intake.accept import accept
from rundblick.intake.models import Outcome, Pending, Quarantine
from rundblick.intake.quarantine import run_again
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from tests.intake.builders import START, mail_envelope

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def reader() -> Iterator[ReadingProcess]:
    with ReadingProcess(dict(readers) | {"evil": "tests.intake.evil_reader:read"}, seconds=2.0) as process:
        yield process


def work(reader: ReadingProcess, most: int = 500) -> int:
    road = Road(installation())
    done = 0
    while taken := work_once(road, reader, most):
        done += taken
    return done


def test_what_was_accepted_is_worked_once(reader: ReadingProcess) -> None:
    first = accept([mail_envelope("a"), mail_envelope("b")])
    again = accept([mail_envelope("a"), mail_envelope("c"), mail_envelope("c")])
    assert [a.new for a in first] == [True, True]
    assert [a.new for a in again] == [False, True, False]
    assert again[0].delivery == first[0].delivery
    assert work(reader) == 3
    assert Message.objects.count() == 3
    assert not Pending.objects.exists()
    assert Outcome.objects.filter(kind="recorded").count() == 3


def test_large_mails_are_not_all_in_memory_at_once(reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    accept([mail_envelope(key) for key in "abcde"])
    size = len(mail_envelope("a").raw or b"")
    monkeypatch.setattr(work_module, "MOST_BYTES", 2 * size + 10)
    sizes = []
    while taken := work_once(Road(installation()), reader):
        sizes.append(taken)
    assert sizes == [2, 2, 1]
    accept([mail_envelope("f"), mail_envelope("g")])
    monkeypatch.setattr(work_module, "MOST_BYTES", 1)
    assert work(reader, 1) == 2  # one alone always goes


def test_one_mail_to_two_of_our_addresses_is_one_message(reader: ReadingProcess) -> None:
    accept([mail_envelope("a", mailbox="service"), mail_envelope("a", mailbox="info")])
    work(reader, most=1)
    assert Message.objects.count() == 1
    assert sorted(Outcome.objects.values_list("kind", flat=True)) == ["duplicate", "recorded"]


@pytest.mark.parametrize(
    ("deed", "fault"),
    [("hang", "read.too_long"), ("die", "read.died"), ("raise", "read.failed"), ("eat", "read.too_large")],
)
def test_a_piece_that_breaks_its_reader_becomes_a_flagged_case(reader: ReadingProcess, deed: str, fault: str) -> None:
    accept([Envelope("gateway:test", deed, "evil", START, f"Subject: Hilfe {deed}\n\n".encode()), mail_envelope("a")])
    work(reader)
    entry = Quarantine.objects.get()
    assert entry.fault == fault
    assert entry.case is not None and entry.case.flagged
    assert entry.case.content.subject == f"Hilfe {deed}"
    assert Message.objects.count() == 1
    assert not Pending.objects.exists()


def test_a_poisonous_piece_stands_alone_and_the_rest_goes_through(
    reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    accept([mail_envelope(str(i)) for i in range(7)] + [mail_envelope("poison")])
    work(reader)
    assert Message.objects.count() == 7
    entry = Quarantine.objects.get()
    assert (entry.fault, entry.stage) == ("road.failed", "record")


def test_a_mended_piece_runs_again_and_its_flagged_case_joins(
    reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        poison(broken)
        accept([mail_envelope("fine"), mail_envelope("poison")])
        work(reader)
    assert run_again(Road(installation()), reader, list(Quarantine.objects.all())) == 1
    assert Message.objects.count() == 2
    assert not Case.objects.filter(flagged=True, merged_into=None).exists()
    assert Quarantine.objects.get().solved_at is not None


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """The identify stage fails for every batch with a mail called "poison"."""
    right = Road._identify

    def wrong(self: Road, cur: object, pieces: list[object], alone: bool) -> None:
        if any("poison" in reading_of(piece).subject for piece in pieces):
            raise ValueError("poison")
        right(self, cur, pieces, alone)  # type: ignore[arg-type]

    monkeypatch.setattr(Road, "_identify", wrong)


def reading_of(piece: object) -> Reading:
    return piece.reading  # type: ignore[attr-defined,no-any-return]
