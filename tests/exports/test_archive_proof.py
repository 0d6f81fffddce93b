"""The daily proof of archives of mails: each version of a file is held against what is stored, mail by mail."""

from __future__ import annotations

import mailbox
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.reading import open_folder
from rundblick.core.counting import Counted, counters
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.models import Delivery
from rundblick.exports import feeding
from rundblick.intake import proof
from rundblick.intake.models import ArchiveList, IntakeFile
from rundblick.intake.road import Options, Road
from tests.channels.mails import a_mail
from tests.people.house import a_house

pytestmark = pytest.mark.django_db

MAPPING = """
[rundblick]
version = 1

[[file]]
name = "service.mbox"
is = "mail"
system = "mail"
own = ["service@muster.example"]
"""
Losing = Collection[str]


def subject(n: int) -> str:
    return f"Frage Nr {n}."


def write(folder: Path, *numbers: int, unreadable: int = 0) -> None:
    """The archive as it is exported now: mails with these numbers, in this order, and some that nobody can read."""
    path = folder / "service.mbox"
    path.unlink(missing_ok=True)
    box = mailbox.mbox(path)
    for number in numbers:
        box.add(a_mail(number, Subject=subject(number)))
    box.close()
    with path.open("ab") as file:
        for n in range(unreadable):
            file.write(b"From x Mon Mar  2 09:00:00 2026\n" + bytes([0, 1, 2, 3, 250 + n]) * 40 + b"\n\n")


def read(folder: Path, monkeypatch: pytest.MonkeyPatch, losing: Losing = ()) -> int:
    """Import the archive; mails with these subjects never reach the store. Gives the file's source."""
    receive: Any = feeding.receive

    def leaky(road: Road, envelopes: Sequence[Envelope], read_new: Any) -> Any:
        whole = [one for one in envelopes if not any(name.encode() in (one.raw or b"") for name in losing)]
        return receive(road, whole, read_new)

    with monkeypatch.context() as patched:
        patched.setattr(feeding, "receive", leaky)
        plan = open_folder(folder, parse_mapping(MAPPING))
        feeding.feed(plan, Road(installation(), Options(understand=False)))
    return IntakeFile.objects.latest("begun_at").source_id


def counted(source: int) -> Counted:
    return next(one for one in counters["file"]() if one.source == source)


def test_an_archive_of_which_everything_is_here_is_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1, 2, 3, unreadable=2)
    found = counted(read(tmp_path, monkeypatch))
    assert (found.told, found.kept, found.lost, found.good) == (5, 5, 0, True)


def test_mails_that_a_newer_version_lost_are_named_though_the_older_one_brought_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 2, 3)
    older = read(tmp_path, monkeypatch)
    write(tmp_path, 3, 2, 1, 4, 5)  # most of them at another place, so under another key
    newer = read(tmp_path, monkeypatch, losing=[subject(5)])
    assert counted(older).good
    found = counted(newer)
    assert (found.told, found.kept, found.lost, found.missing, found.fault) == (5, 4, 1, ("5",), "rows")
    assert not found.good


def test_mails_that_an_older_version_lost_stay_named_whatever_a_newer_one_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 2, 3)
    older = read(tmp_path, monkeypatch, losing=[subject(2)])
    write(tmp_path, 3, 1, 4, 5, 6)  # somebody tidied up, and the rest came to stand elsewhere
    newer = read(tmp_path, monkeypatch)
    assert Delivery.objects.count() >= 7, "more deliveries than any version has mails"
    assert counted(newer).good
    assert counted(older).missing == ("2",)


def test_a_mail_that_came_with_another_version_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1, 2, 3)
    older = read(tmp_path, monkeypatch, losing=[subject(2)])
    assert counted(older).missing == ("2",)
    write(tmp_path, 7, 2)
    read(tmp_path, monkeypatch)
    assert counted(older).good


def test_a_mail_that_cannot_be_read_does_not_make_up_for_a_lost_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 2, unreadable=1)
    found = counted(read(tmp_path, monkeypatch, losing=[subject(1)]))
    assert (found.told, found.lost, found.missing) == (3, 1, ("1",))


def test_reading_the_file_again_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, *range(1, 8))
    monkeypatch.setattr(feeding, "_MAILS", 3)  # several rows of the list
    source = read(tmp_path, monkeypatch, losing=[subject(3), subject(7)])
    assert counted(source).missing == ("3", "7")
    assert read(tmp_path, monkeypatch) == source
    assert counted(source).good
    assert sorted(ArchiveList.objects.values_list("first", flat=True)) == [1, 4, 7]


def test_an_archive_that_was_read_before_there_were_lists_is_counted_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1, 2, 3)
    source = read(tmp_path, monkeypatch, losing=[subject(2)])
    ArchiveList.objects.all().delete()
    found = counted(source)
    assert (found.told, found.kept, found.lost, found.missing) == (3, 2, 1, ())


def test_the_desk_names_the_missing_mails_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, *range(1, 25))
    read(tmp_path, monkeypatch, losing=[subject(n) for n in range(2, 25)])
    proof.prove(["file"])
    browser = Client()
    browser.force_login(a_house().anton)
    page = browser.get("/channels/").content.decode()
    assert "In the file they are mails no. 2, 3, 4," in page
    assert "and 3 more" in page
    assert "Import the file again" in page
