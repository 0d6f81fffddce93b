"""The peers' side of the bench of the desk: filled once, served by their own servers, opened by a signed-in agent."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bench import desk_rt
from bench.cpu import cpu_seconds
from bench.desk_http import Visitor, opened, wait_for
from bench.desk_ours import USERS, _passable, free_port
from bench.desk_texts import COMMON, MINE, Everything, planted
from bench.environments import TOP, environment

WORKERS = 2
ROWS = 50  # as many as our page shows
_SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them while it is served. A search or list may be several requests, as its own page makes them."""

    name: str
    version: str
    port: int
    process: int
    visitors: list[Visitor]
    list: str
    case: Callable[[int], str]
    search: Callable[[str], str]
    holds: Callable[[str, int], bool]


def measure(cases: int, each: int, now: datetime, again: bool) -> dict[str, Any]:
    """{name: figures} of the peers that can be had; of one that is missing why."""
    from rundblick.core import server

    everything = Everything(cases, now)
    found: dict[str, Any] = {}
    home = _home(cases, now, again)
    os.environ["RUNDBLICK_HOME"] = str(home)
    with server.ensure() as running:
        postmaster = running.postmaster()
        assert postmaster is not None
        for name, serve in (("django-helpdesk", _helpdesk), ("request-tracker", _request_tracker)):
            missing = desk_rt.there() if serve is _request_tracker else ""
            if missing:
                print(f"Request Tracker is left out: {missing}", file=sys.stderr)
                found[name] = {"missing": missing}
                continue
            database = f"peer_{name.replace('-', '_')}"
            url = server.url_of(running.place, database)
            noted = home / f"{name}.json"
            if not noted.exists():
                begun = time.monotonic()
                with running.admin() as admin:
                    admin.execute(f"DROP DATABASE IF EXISTS {database}")
                    admin.execute(f"CREATE DATABASE {database} TEMPLATE template0 OWNER {server.ROLE}")
                _FILLS[name](url, home / name, everything)
                noted.write_text(json.dumps({"fill_s": round(time.monotonic() - begun, 1)}))
            with serve(url, home / name) as peer:
                found[name] = _figures(peer, everything, each, postmaster) | json.loads(noted.read_text())
    return found


def _home(cases: int, now: datetime, again: bool) -> Path:
    seen = sha256(f"{now:%Y-%m}".encode())
    for name in ("desk_peer.py", "desk_rt.py", "desk_texts.py", "requirements-desk.txt"):
        seen.update((TOP / "bench" / name).read_bytes())
    home = TOP / "build" / "bench" / f"desk-peers-{cases}-{seen.hexdigest()[:10]}"
    for former in home.parent.glob(f"desk-peers-{cases}-*"):
        if again or former != home:
            shutil.rmtree(former, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    _passable(home)
    return home


def _figures(peer: Peer, everything: Everything, each: int, postmaster: int) -> dict[str, Any]:
    """As our own pages are measured."""
    draw = random.Random(everything.cases)
    mine = [n for n in (draw.randrange(everything.cases) for _ in range(_SAMPLE)) if everything.one(n).team in MINE]
    plants = planted(everything.cases)
    deep = [plant.asked for plant in plants if plant.kind == "deep"]
    drawn: dict[str, Callable[[], str]] = {
        "list": lambda: peer.list,
        "case": lambda: peer.case(draw.choice(mine)),
        "search_rare": lambda: peer.search(draw.choice(deep)),
        "search_common": lambda: peer.search(draw.choice(COMMON)),
    }

    def cpu() -> tuple[float, float]:
        return cpu_seconds(peer.process), cpu_seconds(postmaster)

    result: dict[str, Any] = {"version": peer.version, "cases": everything.cases, "pages": {}, "found": {}}
    for name, one in drawn.items():
        if name == "search_rare" and not deep:
            continue
        print(f"\r  {peer.name}: {name}                    ", end="", file=sys.stderr, flush=True)
        paths = map(lambda _n, one=one: one(), itertools.count())  # type: ignore[misc]
        alone = opened(peer.visitors[:1], paths, each, cpu=cpu, most_s=20)
        together = opened(peer.visitors, paths, max(each // 8, 2), cpu=cpu, most_s=20)
        result["pages"][name] = {"one": alone, "eight": together}
        result[f"{name}_p95_ms"], result[f"{name}_8_p95_ms"] = alone["p95_ms"], together["p95_ms"]
    for plant in plants:
        kind = result["found"].setdefault(plant.kind, {"found": 0, "of": 0})
        kind["of"] += 1
        kind["found"] += peer.holds(peer.visitors[0].open(peer.search(plant.asked)), plant.case + 1)
    print(file=sys.stderr)
    return result


# --- django-helpdesk ---


class _TwoSteps(Visitor):
    """Its list is a page whose script fetches the rows: both are one opening."""

    def open(self, path: str, fields: dict[str, str] | None = None, timeout: float = 120) -> str:
        page = super().open(path, fields, timeout)
        found = (
            re.search(r'"url": "([^"]*datatables_ticket_list[^"]*)"', page) if path.startswith("/tickets/?") else None
        )
        if found is None:
            return page
        told = urlencode({"draw": 1, "start": 0, "length": ROWS})
        return super().open(f"{unescape(found[1])}?{told}", None, timeout)


def _helpdesk_environment(url: str, folder: Path) -> dict[str, str]:
    return os.environ | {"BENCH_PEER_URL": url, "BENCH_PEER_MEDIA": str(folder / "media")}


def _fill_helpdesk(url: str, folder: Path, everything: Everything) -> None:
    python = environment("desk", "the peer, django-helpdesk,")
    (folder / "media").mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "bench.desk_peer", "fill", str(everything.cases), everything.now.isoformat()]
    subprocess.run(command, env=_helpdesk_environment(url, folder), cwd=TOP, check=True)


@contextmanager
def _helpdesk(url: str, folder: Path) -> Iterator[Peer]:
    python = environment("desk", "the peer, django-helpdesk,")
    port = free_port()
    with (folder / "granian.log").open("w") as log:
        process = subprocess.Popen(
            [str(python), "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port),
             "--workers", str(WORKERS), "--blocking-threads", "4", "bench.desk_peer:application"],
            env=_helpdesk_environment(url, folder), cwd=TOP, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_for(port)
            visitors: list[Visitor] = [_TwoSteps(port) for _ in range(USERS)]
            for visitor in visitors:
                visitor.sign_in("/login/", {"username": "agent", "password": "a long enough password"})
            version = subprocess.run(
                [str(python), "-c", "from importlib.metadata import version; print(version('django-helpdesk'))"],
                stdout=subprocess.PIPE, text=True, check=True,
            ).stdout.strip()  # fmt: skip
            yield Peer(
                "django-helpdesk", version, port, process.pid, visitors, "/tickets/?",
                lambda n: f"/tickets/{n + 1}/",
                lambda word: f"/tickets/?{urlencode({'q': word})}",
                lambda page, case: re.search(rf'"id": {case}\b', page) is not None,
            )  # fmt: skip
        finally:
            process.terminate()
            process.wait(30)


# --- Request Tracker ---


@contextmanager
def _request_tracker(url: str, folder: Path) -> Iterator[Peer]:
    def found(query: str) -> str:
        told = {"Query": query, "OrderBy": "LastUpdated", "Order": "DESC", "RowsPerPage": ROWS}
        return f"/Search/Results.html?{urlencode(told, quote_via=quote)}"

    with desk_rt.served(url, folder, WORKERS) as (port, process):
        visitors = [desk_rt.signed_in(port) for _ in range(USERS)]
        version = re.search(r"RT Version ([\w.+~-]+)", visitors[0].open("/Search/Simple.html"))
        yield Peer(
            "request-tracker", version[1] if version else "", port, process, visitors,
            found("Status = '__Active__'"),
            lambda n: f"/Ticket/Display.html?id={n + 1}",
            lambda word: found(f"Content LIKE '{word}'"),
            lambda page, case: re.search(rf"Display\.html\?id={case}\b", page) is not None,
        )  # fmt: skip


_FILLS: dict[str, Callable[[str, Path, Everything], None]] = {
    "django-helpdesk": _fill_helpdesk,
    "request-tracker": desk_rt.fill,
}
