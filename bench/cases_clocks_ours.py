"""Cases with their logs, and what it costs to count their clocks.

    python -m bench.cases_clocks_ours SEED CASES INTERVALS POSTMASTER FILE     with RUNDBLICK_HOME: a migrated database

Writes some intervals with their open seconds to FILE, and prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.cpu import cpu_seconds

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
DAYS = 600
TOPICS = ("Lieferung", "Rechnung", "Reparatur", "Garantie", "Termin", "Adresse")
CHANNELS = ("email", "email", "phone", "form", "letter", "chat")
HOURS = (("08:00", "12:00"), ("13:00", "17:00"))
ZONE, HOLIDAYS = "Europe/Berlin", "DE-BY"


def main(seed: int, cases: int, intervals: int, postmaster: int, file: Path) -> None:
    from rundblick.cli.starting import set_up_django

    set_up_django()
    # isort: split
    from django.db import connection

    from rundblick.cases.clocking import read_log, recompute
    from rundblick.cases.clocks import clocks
    from rundblick.cases.models import CaseEntry, Clock, Message
    from rundblick.cases.promising import rules_of
    from rundblick.core.database import cursor

    draw = random.Random(seed)
    pairs = generate(draw, cases, intervals)
    with connection.cursor() as django_cursor:
        django_cursor.execute("VACUUM ANALYZE")
    found: dict[str, Any] = {"cases": cases, "entries": CaseEntry.objects.count(), "messages": Message.objects.count()}
    for name in ("clocks_100k_s", "again_s"):
        begun, python, database = time.perf_counter(), time.process_time(), cpu_seconds(postmaster)
        changed = list(recompute(NOW))[-1][2]
        connection.close()  # what the connection's process has used counts when it has ended, too
        parts = {"python_s": time.process_time() - python, "postgres_s": cpu_seconds(postmaster) - database}
        found[name] = round(sum(parts.values()) * 100_000 / cases, 2)
        found[f"{name[:-2]}_parts"] = {key: round(value, 2) for key, value in parts.items()} | {
            "wall_s": round(time.perf_counter() - begun, 2),
            "rows_changed": changed,
        }
    found["clocks"] = Clock.objects.count()
    with cursor() as cur:
        log = read_log(cur, None, 0, 1 << 60)
    rules = rules_of()
    clocks(log, rules, NOW)  # the calendar is made once
    python = time.process_time()
    rounds = 5
    for _round in range(rounds):
        clocks(log, rules, NOW)
    found["interval_us"] = round((time.process_time() - python) / rounds / (2 * len(log)) * 1e6, 3)
    file.write_text(json.dumps(told(pairs)))
    found["load_average"] = os.getloadavg()[0]
    print(json.dumps(found))


def told(pairs: list[tuple[datetime, datetime]]) -> dict[str, Any]:
    """The intervals, what we make of them by the function that counts cases, and by which hours."""
    import numpy as np

    from rundblick.cases.clocks import NEVER, Log, Rules, Version, clocks, micros
    from rundblick.core.promises import Level, Promise
    from rundblick.people.hours import Timetables

    pairs = [(a.replace(microsecond=0), b.replace(microsecond=0)) for a, b in pairs]  # the peer cuts them off
    n = len(pairs)
    none = np.full(n, NEVER, np.int64)
    log = Log(
        case=np.arange(n),
        opened=np.array([micros(a) for a, _b in pairs]),
        answered=np.array([micros(b) for _a, b in pairs]),
        resolved=none,
        closed=none,
        done=np.zeros(n, np.bool_),
        ours=np.ones(n, np.bool_),
        kind=np.zeros(n, np.int64),
        team=np.zeros(n, np.int64),
        first=np.zeros(n + 1, np.int64),
        at=np.zeros(0, np.int64),
        says=np.zeros(0, np.int8),
        kinds={0: ("", "", "", "")},
    )
    rules = Rules((Version(NEVER, 0, Promise((Level(4),))),), ((None, Timetables((office(),))),))
    found = clocks(log, rules, NOW)
    seconds = ((found.reaction.target - found.reaction.left) / 1e6).tolist()
    return {
        "zone": ZONE,
        "holidays": HOLIDAYS,
        "days": [0, 1, 2, 3, 4],
        "hours": HOURS,
        "intervals": [(a.isoformat(), b.isoformat()) for a, b in pairs],
        "ours": seconds,
    }


def office() -> Any:
    from rundblick.people.hours import Timetable

    return Timetable("Büro", "Mo-Fr " + " ".join(f"{a}-{b}" for a, b in HOURS), ZONE, HOLIDAYS)


def generate(draw: random.Random, cases: int, intervals: int) -> list[tuple[datetime, datetime]]:
    """Cases with two to eight entries and as many messages, over 600 days; gives some of opening and first answer."""
    from django.db import transaction

    from rundblick.cases.promising import PROMISE
    from rundblick.core.database import cursor, draw_ids, insert_rows
    from rundblick.core.models import System
    from rundblick.core.numbers import case_number
    from rundblick.core.promises import Level, Promise
    from rundblick.core.rulebooks import put_in_force
    from rundblick.people.hours import TIMETABLES, Timetable, Timetables
    from rundblick.people.models import Team

    teams = [Team.objects.create(key=f"t{n}", name=f"Team {n}", is_default=n == 0) for n in range(8)]
    tables = (
        office(),
        Timetable("Abend", "Mo-Sa 10:00-20:00", "Europe/Vienna", "AT-9"),
        Timetable("Zürich", "Mo-Fr 07:30-12:00 13:15-17:30", "Europe/Zurich", "CH-ZH"),
    )
    named = {str(team.uuid): tables[n % 3].name for n, team in enumerate(teams)}
    begin = NOW - timedelta(days=DAYS)
    put_in_force(TIMETABLES, Timetables(tables, named), by=None, seen=0, at=begin - timedelta(days=1))
    longer = (tables[0], Timetable("Abend", "Mo-Sa 09:00-21:00", "Europe/Vienna", "AT-9"), tables[2])
    put_in_force(TIMETABLES, Timetables(longer, named), by=None, seen=1, at=begin + timedelta(days=300))
    levels = (
        Level(1, 8, channels=("phone",), name="Telefon"),
        Level(4, name="Einfach", resolution_days=1, simple=True),
        Level(4, name="Alles", resolution_days=3),
    )
    put_in_force(PROMISE, Promise(levels, simple=("Termin", "Adresse")), by=None, seen=0, at=begin - timedelta(days=1))
    put_in_force(PROMISE, Promise(levels[1:], simple=("Termin",)), by=None, seen=1, at=begin + timedelta(days=400))
    system = System.objects.create(code="email").pk
    pairs: list[tuple[datetime, datetime]] = []
    for start in range(0, cases, 10_000):
        n = min(10_000, cases - start)
        with transaction.atomic(), cursor() as cur:
            ids = draw_ids(cur, {"cases_case": n})["cases_case"]
            rows, entries, messages = [], [], []
            for case in ids:
                row, some, said = one_case(draw, case, case_number(case), begin, [team.pk for team in teams], system)
                rows.append(row)
                entries += some
                messages += said
                if row[7] is not None and len(pairs) < intervals:
                    pairs.append((row[6], row[7]))
            insert_rows(cur, "cases_case", _CASE, rows)
            insert_rows(cur, "cases_caseentry", _ENTRY, entries)
            insert_rows(cur, "cases_message", _MESSAGE, messages)
    return pairs


_CASE = (
    *("id", "uuid", "number", "state", "channel", "topic", "opened_at", "first_reply_at", "resolved_at", "last_at"),
    *("owner_team_id", "routed_team_id"),
)
_ENTRY = ("identity", "content_digest", "event_id", "case_id", "at", "seq", "state", "team_id")
_MESSAGE = (
    *("uuid", "identity", "content_digest", "case_id", "system_id", "channel", "direction", "sender", "at", "seq"),
)


def one_case(
    draw: random.Random, case: int, number: str, begin: datetime, teams: list[int], system: int
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Its row, its entries and its messages: questions and answers in turn, some asked back, some opened again."""
    from rundblick.core.ids import uuid7

    opened = begin + timedelta(microseconds=draw.randrange(int(DAYS * 86_400e6)))
    team, channel = draw.choice(teams), draw.choice(CHANNELS)
    entries, messages = [], []
    at, replied, state = opened, None, "new"

    def key(n: int) -> bytes:
        return case.to_bytes(8) + n.to_bytes(8)

    def say(direction: str, moment: datetime) -> None:
        n = len(messages)
        messages.append((uuid7(), key(n), key(n), case, system, channel, direction, "human", moment, n))

    def enter(told: str, moment: datetime, who: int | None = None) -> None:
        n = len(entries)
        entries.append((key(n), key(n), 1, case, moment, n, told, who))

    say("in", at)
    enter("new", at, team if draw.random() < 0.5 else None)
    for _turn in range(draw.randrange(1, 5)):
        at += timedelta(seconds=draw.expovariate(1 / 40_000))
        if at >= NOW:
            break
        say("out", at)
        replied = replied or at
        state = draw.choice(("open", "pending", "pending"))
        enter(state, at, draw.choice(teams) if draw.random() < 0.2 else None)
        at += timedelta(seconds=draw.expovariate(1 / 60_000))
        if at >= NOW:
            break
        say("in", at)
        state = "open"
    resolved = None
    for last in (draw.random() > 0.1, True):
        at += timedelta(seconds=draw.expovariate(1 / 50_000))
        if at >= NOW:
            break
        resolved, state = at, "resolved"
        enter("resolved", at)
        if last:
            break
        at += timedelta(seconds=draw.expovariate(1 / 90_000))
        if at >= NOW:
            break
        resolved, state = None, "open"
        enter("open", at)
    at = min(at, NOW)
    row = (case, uuid7(), number, state, channel, draw.choice(TOPICS), opened, replied, resolved, at, team, None)
    return row, entries, messages


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:5]), Path(sys.argv[5]))
