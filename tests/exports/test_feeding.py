"""A folder on the road: read twice it changes nothing, grown it adds what is new and versions what changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from rundblick.cases.models import Case, CaseEntry, Message
from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.reading import open_folder
from rundblick.core.installation import installation
from rundblick.core.models import Delivery, Source
from rundblick.customers.models import Assignment, Customer, Order, RecordVersion, SourceRecord
from rundblick.exports.feeding import Fed, feed
from rundblick.intake.models import Outcome, Quarantine
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Options, Road
from rundblick.intake.walking import RoadStopped

pytestmark = pytest.mark.django_db

MAPPING = """
[rundblick]
version = 1

[[file]]
name = "kunden.csv"
is = "customers"
system = "crm"
[file.columns]
key = "nr"
name = "name"
email = "mail"
[file.verified]
email = true

[[file]]
name = "kontakte.csv"
is = "interactions"
system = "hotline"
key = ["id"]
[file.columns]
key = "id"
at = "zeit"
customer = "kunde"
channel = "weg"
text = "text"
[file.identifiers]
"customer_no@crm" = "crm_nr"

[[file]]
name = "log.csv"
is = "case_events"
system = "desk"
[file.columns]
case = "fall"
at = "zeit"
state = "stand"
team = "team"
customer = "kunde"
"""


def contacts(n: int, changed: int = 0) -> str:
    rows = ["id,zeit,kunde,weg,text,crm_nr"]
    for i in range(n):
        text = f"geändert {i}" if i < changed else f"Frage {i}"
        rows.append(f"{i},2026-03-{1 + i % 28:02d} 10:{i % 60:02d},H{i % 7},phone,{text},{100 + i % 7}")
    return "\n".join(rows) + "\n"


def write(folder: Path, n: int = 200, changed: int = 0) -> None:
    customers = [f"{100 + i},Kunde {i},k{i}@kunde.example" for i in range(7)]
    (folder / "kunden.csv").write_text("\n".join(["nr,name,mail", *customers]) + "\n", "utf-8")
    (folder / "kontakte.csv").write_text(contacts(n, changed), "utf-8")
    log = [
        f"F{i % 5},2026-03-01 1{i // 5}:00,{('new', 'open', 'resolved')[i // 5]},T{i % 2},H{i % 5}" for i in range(15)
    ]
    (folder / "log.csv").write_text("\n".join(["fall,zeit,stand,team,kunde", *log]) + "\n", "utf-8")


def run(folder: Path) -> dict[str, Fed]:
    plan = open_folder(folder, parse_mapping(MAPPING))
    return {one.file.name: one for one in feed(plan, Road(installation(), Options(understand=False)))}


def figures() -> dict[str, int]:
    return {
        "messages": Message.objects.filter(superseded=False).count(),
        "entries": CaseEntry.objects.filter(superseded=False).count(),
        "cases": Case.objects.count(),
        "records": SourceRecord.objects.count(),
        "versions": RecordVersion.objects.count(),
        "customers": Assignment.objects.filter(valid_to=None).values("customer").distinct().count(),
        "orders": Order.objects.count(),
    }


def test_systems_that_do_not_know_each_other_share_their_customers(tmp_path: Path) -> None:
    write(tmp_path)
    run(tmp_path)
    found = figures()
    assert (found["messages"], found["entries"], found["cases"]) == (200, 15, 5)
    assert found["records"] == 7 + 7 + 5  # crm, hotline, desk
    assert found["customers"] == 7 + 5  # the hotline knows the crm's numbers, the desk does not


def test_a_folder_read_twice_changes_no_figure(tmp_path: Path) -> None:
    write(tmp_path)
    run(tmp_path)
    before, outcomes = figures(), Outcome.objects.count()
    fed = run(tmp_path)
    assert figures() == before
    assert Outcome.objects.count() == outcomes
    assert fed["kontakte.csv"].tally.duplicates == 200


def test_a_folder_that_grew_by_100_rows_and_changed_50_adds_100_records_and_50_versions(tmp_path: Path) -> None:
    write(tmp_path)
    run(tmp_path)
    write(tmp_path, n=300, changed=50)
    tally = run(tmp_path)["kontakte.csv"].tally
    assert (tally.kept, tally.versions, tally.duplicates) == (300, 50, 150)
    assert Message.objects.filter(superseded=False).count() == 300
    assert Message.objects.filter(superseded=True).count() == 50
    assert Message.objects.filter(content__text__startswith="geändert", superseded=False).count() == 50


def test_rows_that_cannot_be_read_are_one_entry_per_fault_with_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, n=20)
    with (tmp_path / "kontakte.csv").open("a", encoding="utf-8") as file:
        file.write("x1,morgen,H1,phone,hallo,100\nx2,2026-03-01 10:00,H1\nx3,gestern,H1,phone,hallo,100\n")
    tally = run(tmp_path)["kontakte.csv"].tally
    assert (tally.read, tally.kept, tally.unreadable) == (23, 20, 3)
    rows = {entry.fault: entry.rows for entry in Quarantine.objects.all()}
    assert sorted(rows.values()) == [[21, 23], [22]]


def test_rows_that_no_batch_can_take_in_are_quarantined_and_the_others_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, n=20)
    monkeypatch.setattr(Road, "walk", failing_on({"kontakte.csv": {3, 17}}))
    tally = run(tmp_path)["kontakte.csv"].tally
    assert (tally.read, tally.kept, tally.unreadable) == (20, 18, 2)
    assert sorted(row for entry in Quarantine.objects.all() for row in entry.rows) == [3, 17]
    assert Message.objects.count() == 18


def test_a_fault_that_hits_every_row_of_a_large_batch_stops_the_road_and_quarantines_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Road, "walk", failing_on({"kontakte.csv": set(range(1, 201))}))
        with pytest.raises(RoadStopped, match="all 200 pieces failed"):
            run(tmp_path)
    assert not Quarantine.objects.exists()
    assert run(tmp_path)["kontakte.csv"].tally.kept == 200


def failing_on(rows: dict[str, set[int]]) -> Callable[..., None]:
    """What ``Road.walk`` does, except for these rows of a file."""
    right = Road.walk

    def walk(road: Road, pieces: Sequence[Piece], ending: UUID | None = None) -> None:
        for piece in pieces:
            name = Source.objects.get(pk=piece.source).name
            if piece.span is not None and piece.span.row in rows.get(name, ()):
                raise ValueError(f"row {piece.span.row}")
        right(road, pieces)

    return walk


def test_any_cut_of_an_export_gives_the_same_customers_and_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    write(tmp_path, n=60)
    found = []
    for size in (1000, 7, 1):
        with monkeypatch.context() as patched, transaction.atomic():
            patched.setattr(Road, "walk", walk_in_cuts(size))
            run(tmp_path)
            found.append((figures(), owners()))
            transaction.set_rollback(True)
    assert found[0] == found[1] == found[2]


def walk_in_cuts(size: int) -> Callable[..., None]:
    """What ``Road.walk`` does, in other batches and another order."""
    right = Road.walk

    def walk(road: Road, pieces: Sequence[Piece], ending: UUID | None = None) -> None:
        mixed = random.Random(size).sample(pieces, len(pieces))
        for i in range(0, len(mixed), size):
            right(road, mixed[i : i + size])

    return walk


def owners() -> set[tuple[object, ...]]:
    return {
        (case.content.key, case.owner_team.name if case.owner_team else "", case.state, case.resolved_at)
        for case in Case.objects.select_related("content", "owner_team")
    }


def test_a_row_of_a_file_keeps_its_place_not_a_copy(tmp_path: Path) -> None:
    write(tmp_path, n=3)
    run(tmp_path)
    data = (tmp_path / "kontakte.csv").read_bytes()
    delivery = Delivery.objects.get(source__name="kontakte.csv", row=2)
    assert delivery.blob_id is None
    assert data[delivery.range_start : delivery.range_end].decode().startswith("1,2026-03-02 10:01,H1,phone,Frage 1")


def test_every_customer_has_a_number_with_its_check_digit(tmp_path: Path) -> None:
    from rundblick.core.numbers import is_valid

    write(tmp_path, n=10)
    run(tmp_path)
    assert all(is_valid(number) for number in Customer.objects.values_list("number", flat=True))


def test_who_was_erased_does_not_come_back_with_the_next_import(tmp_path: Path) -> None:
    from rundblick.privacy.erasure import erase

    write(tmp_path, n=20)
    run(tmp_path)
    versions = RecordVersion.objects.filter(key="H3", record__system__code="hotline")
    erase([versions.get().record_id], by=None)
    text = (tmp_path / "kontakte.csv").read_text("utf-8")
    (tmp_path / "kontakte.csv").write_text(text + "99,2026-04-01 10:00,H3,phone,Ich bin es wieder,103\n", "utf-8")
    run(tmp_path)
    assert Message.objects.filter(superseded=False).count() == 21
    assert not Message.objects.filter(content__text__contains="wieder").exists()
    assert not versions.exists()
