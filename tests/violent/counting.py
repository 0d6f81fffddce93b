"""Counts what the source was told against the tables."""

from __future__ import annotations

import contextlib
import time

import psycopg

from tests.installations import Installation
from tests.violent.sources import Source, digest

# A batch whose worker vanished is free again when its lease has run out.
LEASE_SECONDS = 150.0


def wait_until_all_is_done(made: Installation, seconds: float = 2 * LEASE_SECONDS) -> None:
    """Until nothing waits on the road."""
    until = time.monotonic() + seconds
    left: object = None
    while time.monotonic() < until:
        with contextlib.suppress(psycopg.Error):
            left = made.ask("select count(*) from intake_pending")
            if left == 0:
                return
        time.sleep(0.5)
    raise AssertionError(f"{left} deliveries still wait after {seconds:g} s")


def assert_nothing_is_lost_and_nothing_is_there_twice(made: Installation, source: Source) -> str:
    """Compare; returns a line for the report of the run."""
    told = source.acknowledged()
    with contextlib.closing(psycopg.connect(made.url)) as connection:
        kept = {
            str(key): bytes(sha)
            for key, sha in connection.execute(
                "select d.source_key, b.sha256 from core_delivery d join core_blob b on b.id = d.blob_id"
            )
        }
        outcomes = dict(
            connection.execute(
                "select d.source_key, array_agg(o.kind order by o.id) from core_delivery d"
                " join intake_outcome o on o.delivery_id = d.id group by 1"
            ).fetchall()
        )
        messages = dict(
            connection.execute(
                "select d.source_key, count(*) from core_delivery d"
                " join cases_message m on m.delivery_id = d.id group by 1"
            ).fetchall()
        )
        flagged = {
            str(row[0])
            for row in connection.execute(
                "select d.source_key from core_delivery d join intake_quarantine q on q.delivery_id = d.id"
                " where q.case_id is not null"
            )
        }
    assert told <= kept.keys(), f"acknowledged and lost: {sorted(told - kept.keys())[:10]}"
    assert kept.keys() <= {str(number) for number in range(source.count)}
    assert [key for key, sha in kept.items() if sha != digest(int(key))] == [], "other bytes than were sent"
    assert [key for key in kept if key not in outcomes] == [], "kept, and nothing came of it"
    assert [key for key, found in messages.items() if found != 1] == [], "there twice"
    recorded = [key for key, kinds in outcomes.items() if kinds[-1] == "recorded"]
    assert sorted(messages) == sorted(recorded)
    unread = [key for key, kinds in outcomes.items() if kinds[-1] in ("quarantined", "unreadable")]
    assert sorted(unread) == sorted(flagged - set(recorded)), "what could not be read has a flagged case"
    verified = made.run("verify", seconds=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return (
        f"{len(told)} acknowledged, {len(kept)} kept, {len(recorded)} recorded, {len(unread)} flagged; "
        f"{source.refused} refusals, {source.lost_connections} lost connections"
    )
