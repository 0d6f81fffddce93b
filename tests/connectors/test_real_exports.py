"""The real service desk's export, read whole."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections import Counter
from pathlib import Path

import pytest

from rundblick.connectors.mapping import read_mapping
from rundblick.connectors.reading import open_folder, read_file
from rundblick.core.message import Message

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("RUNDBLICK_TEST_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.realdata


def test_every_row_of_the_service_desk_is_read() -> None:
    plan = open_folder(DATA / "servicedesk", read_mapping(ROOT / "examples" / "servicedesk" / "rundblick.toml"))
    (file,) = plan.readable
    run = read_file(file)
    messages = [piece for chunk in run for piece in chunk]
    assert len(messages) == 141_712
    assert all(isinstance(message, Message) for message in messages)
    assert run.fault is None
    assert [(note.code, note.values["column"]) for note in run.remarks] == [("columns.doubled", "category")]
    known = [message for message in messages if isinstance(message, Message)]
    assert len({message.identity for message in known}) == 141_712
    assert len({message.case_key for message in known}) == 24_918
    with gzip.open(DATA / "servicedesk" / "incident_event_log.csv.gz", "rt", encoding="utf-8") as text:
        rows = list(csv.reader(io.StringIO(text.read())))
    place = {name: index for index, name in enumerate(rows[0])}
    states = Counter(row[place["ident_state"]] for row in rows[1:])
    ours = Counter(message.case.state for message in known if message.case)
    assert ours["new"] == states["New"]
    assert ours["pending"] == states["Awaiting User Info"]
    assert ours["closed"] == states["Closed"]
    assert ours[""] == states["-100"] == 5
    assert sum(message.party is None for message in known) == sum(row[place["caller_id"]] == "?" for row in rows[1:])
    told = Counter(row[place["made_sla"]] for row in rows[1:])
    assert sum(message.case is not None and message.case.promise_kept is True for message in known) == told["true"]
