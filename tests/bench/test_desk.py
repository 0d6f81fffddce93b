"""What the bench of the desk measures: an installation filled by COPY that holds what the road would have written."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.desk import told
from bench.desk_fill import TABLES, customers, part
from bench.desk_house import build
from bench.desk_http import p95
from bench.desk_road import road
from bench.desk_texts import KINDS, MINE, PLANTED, Everything, planted
from rundblick.core.verification import Options, verify

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# what differs by itself: ids and keys that are drawn, the moment of writing, and what the bench leaves out
_DRAWN = re.compile(r"^(id|uuid|number|tx|recorded_at|created_at|.*_id)$")
_LEFT_OUT: dict[str, set[str]] = {
    "core_delivery": {"hints"},
    "core_event": {"occurred_at"},  # of an attaching: when it was done, not when the mail was written
    "cases_caseentry": {"identity", "content_digest"},
    "cases_message": {"identity", "content_digest"},  # of a mail: digests of its bytes, which are left out
    "customers_assignment": {"valid_from"},
    "customers_identifier": {"seen_at"},
    "intake_outcome": {"at"},
    "intake_outgoing": {"key"},
    "intake_outgoingattempt": {"at"},
    "intake_outgoingcontent": {"key"},
    "cases_threadkey": {"digest"},
    "core_eventobject": {"object_id"},
}
_NOT_COMPARED = {"cases_routing", "core_blob", "core_blobchunk"}  # no rules are set; originals are left out


class Back(Exception):
    pass


def _rows() -> dict[str, list[str]]:
    """{table: its rows in order}, without what is drawn."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            if table in _NOT_COMPARED:
                continue
            cursor.execute(f"SELECT row_to_json(x)::text FROM {table} x")
            found[table] = sorted(_told(table, json.loads(row)) for (row,) in cursor.fetchall())
    return found


def _told(table: str, row: dict[str, Any]) -> str:
    owned = row.get("owner_person_id") is not None
    kept = {key: value for key, value in row.items() if not _DRAWN.match(key) and key not in _LEFT_OUT.get(table, ())}
    if table == "intake_outcome":
        kept["stages"] = re.sub(r'("(?:case|record)": )\d+', r"\1?", json.dumps(kept["stages"], sort_keys=True))
    return json.dumps({**kept, "owned": owned}, sort_keys=True)


@pytest.mark.django_db
def test_what_is_filled_in_bulk_is_what_the_road_writes() -> None:
    house = build()
    everything = Everything(420, NOW)
    some = [everything.at and min(everything.at), 61, 62, 63, 64]
    rows = {}
    for way in ("road", "bulk"):
        try:
            with transaction.atomic():
                if way == "road":
                    road(everything, house, some)
                else:
                    connection.ensure_connection()
                    for n in some:
                        part(everything, n, n + 1, connection.connection, say=False)
                    customers(everything, connection.connection)
                    checks = verify(options=Options(blobs=None)).checks
                    # the team comes without rules that could decide it again
                    assert [c.name for c in checks if c.differences or c.fault] in ([], ["routed-teams"])
                rows[way] = _rows()
                raise Back
        except Back:
            pass
    for table, written in rows["road"].items():
        assert rows["bulk"][table] == written, table
        assert written or table in ("cases_attachment", "cases_attachmentcontent"), table


def test_each_kind_of_planted_word_stands_in_twenty_cases_and_nowhere_else() -> None:
    everything = Everything(2_000, NOW)
    plants = planted(2_000)
    assert {kind: sum(plant.kind == kind for plant in plants) for kind in (*KINDS, "hidden")} == dict.fromkeys(
        (*KINDS, "hidden"), PLANTED
    )
    held: dict[str, list[int]] = {plant.written: [] for plant in plants}
    for n in range(2_000):
        one = everything.one(n)
        text = " ".join(said.text + (said.file.text if said.file else "") for said in one.said)
        for word in set(re.findall(r"\w+", text)) & held.keys():
            held[word].append(n)
    for plant in plants:
        assert held[plant.written] == [plant.case]
        assert (everything.one(plant.case).team in MINE) == (plant.kind != "hidden")


def test_a_list_is_the_same_each_time_whoever_makes_a_part_of_it() -> None:
    assert Everything(300, NOW).one(250) == Everything(300, NOW).one(250)


def test_figures_are_of_the_largest_size_and_ratios_of_the_size_that_both_have() -> None:
    def of(ms: float) -> dict[str, Any]:
        page = {"one": {"p50_ms": ms, "p95_ms": ms}}
        found = {"deep": {"found": 20, "of": 20}}
        return {"list_p95_ms": ms, "pages": {"list": page}, "found": found}

    line = told(
        {10_000: of(10), 100_000: of(12), 1_000_000: of(14)}, {"peer": {"cases": 100_000, "list_p95_ms": 120.0}}
    )
    assert line["ours"]["growth_10k_to_1m"] == 1.4 and line["ours"]["search_rare_found"] == 20
    assert line["ours"]["list_p95_ms"] == 14 and line["ratios"] == {"list_p95_peer": 0.1}


def test_ninety_five_of_a_hundred_are_at_or_below_it() -> None:
    assert p95([float(n) for n in range(100, 0, -1)]) == 95
