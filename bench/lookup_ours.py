"""Look-ups through the WSGI application, and new records through the identify stage with and without a model in force.

    python -m bench.lookup_ours FOLDER REQUESTS POSTMASTER     with RUNDBLICK_HOME: a migrated, empty database

Prints one JSON object.
"""

from __future__ import annotations

import io
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.cpu import cpu_seconds
from bench.identity_ours import parties_of
from rundblick.core.message import Party

Figures = dict[str, Any]
BATCH, LIVE, WARM_UP = 4_000, 300, 50
CHANCE = random.Random(5)


def main(folder: Path, requests: int, postmaster: int) -> None:
    from rundblick.wsgi import application  # sets Django up

    # isort: split
    from django.db import connection

    from rundblick.core.database import cursor
    from rundblick.customers.weighed import index
    from rundblick.customers.weighed.running import look, match

    parties = parties_of(folder)
    CHANCE.shuffle(parties)
    live, parties = parties[: 2 * LIVE], parties[2 * LIVE :]
    begun = time.monotonic()
    for start in range(0, len(parties), BATCH):
        identified(parties[start : start + BATCH], alone=True)
    taken = time.monotonic() - begun
    begun = time.monotonic()
    match(look(), progress=lambda stage, done, total: None)
    matched = time.monotonic() - begun
    with connection.cursor() as django_cursor:
        django_cursor.execute("VACUUM ANALYZE")
    found = looked_up(application, parties, requests, postmaster)
    with_model = arriving(live[:LIVE], postmaster)
    with cursor() as cur:
        index.suspend(cur)
    without = arriving(live[LIVE:], postmaster)
    result = {
        "records": len(parties),
        "take_in_s": round(taken, 1),
        "match_s": round(matched, 1),
        "matched_per_s": round(len(parties) / matched),
        "load_average": os.getloadavg()[0],
        **found,
        "arriving_ms": {"weighed": with_model, "not_weighed": without},
    }
    print(json.dumps(result))


def identified(parties: Sequence[Party], alone: bool = False) -> None:
    """Take parties in, in one transaction, as the road does."""
    from django.db import transaction

    from rundblick.core.database import cursor, gathering
    from rundblick.core.locks import lock_all, lock_keys
    from rundblick.core.models import System
    from rundblick.customers.identifying import Alone, Sighting, identify

    marks = _marks()
    systems = {code: System.objects.get_or_create(code=code)[0].pk for code in {party.system for party in parties}}
    seen = datetime.now(UTC)
    try:
        with transaction.atomic(), cursor() as cur, gathering(cur):
            if alone:
                lock_all(cur)
            else:
                alone = lock_keys(cur, marks.all(parties))
            identify(cur, [Sighting(party, systems[party.system], seen) for party in parties], marks, alone)
    except Alone:
        identified(parties, alone=True)


_kept: list[Any] = []


def _marks() -> Any:
    from rundblick.core.digests import Digests
    from rundblick.core.installation import installation
    from rundblick.customers.identifying import Marks

    if not _kept:
        _kept.append(Marks(Digests(bytes(installation().salt))))
    return _kept[0]


def arriving(parties: Sequence[Party], postmaster: int) -> Figures:
    """Records that come one by one: the identify stage alone, in milliseconds a record."""
    for party in parties[:WARM_UP]:
        identified([party])
    rest = parties[WARM_UP:]
    walls = []
    python, database = time.process_time(), cpu_seconds(postmaster)
    for party in rest:
        begun = time.perf_counter()
        identified([party])
        walls.append((time.perf_counter() - begun) * 1000)
    return figures(walls, time.process_time() - python, cpu_seconds(postmaster) - database)


def figures(walls: list[float], python: float, database: float) -> Figures:
    """Wall and CPU in milliseconds each."""
    walls.sort()
    each = 1000 / len(walls)

    def at(share: float) -> float:
        return round(walls[min(int(share * len(walls)), len(walls) - 1)], 2)

    return {
        "p50": round(statistics.median(walls), 2),
        "p90": at(0.9),
        "p99": at(0.99),
        "cpu": round((python + database) * each, 2),
        "python": round(python * each, 2),
        "postgres": round(database * each, 2),
    }


def looked_up(application: Any, parties: Sequence[Party], requests: int, postmaster: int) -> Figures:
    """POST /api/customers/identify, each with what somebody might say of himself."""
    from django.urls import reverse

    from rundblick.people import tokens
    from rundblick.people.models import Role, User

    user = User(email="agent@bench.example", name="Agent", role=Role.MANAGER)
    user.save()
    token = tokens.issue(user, "bench", ["*"]).text
    path = reverse("api-v1:identify")
    asked = [json.dumps(said(party)).encode() for party in CHANCE.sample(list(parties), requests + WARM_UP)]
    decisions: dict[str, int] = {}

    def post(body: bytes) -> Figures:
        status = ""

        def start(told: str, _headers: list[tuple[str, str]], _failure: Any = None) -> None:
            nonlocal status
            status = told

        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        answer = application(environ, start)
        text = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        if not status.startswith("200"):
            raise SystemExit(f"{path} answers {status}: {text[:500]!r}")
        return dict(json.loads(text))

    for body in asked[:WARM_UP]:
        post(body)
    walls = []
    python, database = time.process_time(), cpu_seconds(postmaster)
    for body in asked[WARM_UP:]:
        begun = time.perf_counter()
        told = post(body)
        walls.append((time.perf_counter() - begun) * 1000)
        decisions[told["decision"]] = decisions.get(told["decision"], 0) + 1
    return {
        "lookup_ms": figures(walls, time.process_time() - python, cpu_seconds(postmaster) - database),
        "decisions": decisions,
    }


_ASKED = ("name", "first_name", "last_name", "birth_date", "street", "postcode", "city")


def said(party: Party) -> dict[str, str]:
    """What the person of a record might say on the telephone: some of it, at times with a slip."""
    told = {name: value for name, value in party.facts.items() if name in _ASKED and CHANCE.random() < 0.85}
    for one in party.identifiers:
        if one.kind in ("email", "phone") and CHANCE.random() < 0.4:
            told[one.kind] = one.value
    name = "last_name" if told.get("last_name") else "name"
    if len(told.get(name, "")) > 4 and CHANCE.random() < 0.1:
        at = CHANCE.randrange(1, len(told[name]) - 1)
        told[name] = told[name][:at] + told[name][at + 1 :]
    return told


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
