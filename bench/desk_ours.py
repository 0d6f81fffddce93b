"""Rundblick's side of the bench of the desk: an installation of so many cases, its pages opened over HTTP."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.cpu import cpu_seconds
from bench.desk_house import AGENT, LEAD, PASSWORD
from bench.desk_http import Figures, PageError, Visitor, link, opened
from bench.desk_texts import COMMON, Everything, Plant, planted
from bench.environments import TOP

USERS = 8
PAGES = ("list", "case", "customer", "team", "search_rare", "search_common")
_FILLERS = ("desk_fill.py", "desk_house.py", "desk_texts.py")
BOARDS = ("/teams/board/", "/teams/figures/")  # the first that answers is the team board


def home_of(cases: int) -> Path:
    """Where the filled installation of this size is kept: by what fills it and by the shape of its tables."""
    seen = sha256()
    for name in _FILLERS:
        seen.update((TOP / "bench" / name).read_bytes())
    for path in sorted((TOP / "src" / "rundblick").glob("*/migrations/0*.py")):
        seen.update(path.name.encode() + path.read_bytes())
    return TOP / "build" / "bench" / f"desk-{cases}-{seen.hexdigest()[:10]}"


def prepared(cases: int, again: bool) -> tuple[Path, dict[str, Any]]:
    """The filled installation of this size, made when it is not there, or ``again``; and what was noted of it."""
    from rundblick.core import server

    home = home_of(cases)
    for former in home.parent.glob(f"desk-{cases}-*"):
        if again or former != home or not (former / "filled.json").exists():
            shutil.rmtree(former, ignore_errors=True)
    noted = home / "filled.json"
    if not noted.exists():
        print(f"Filling an installation with {cases:,} cases (kept in {home}) ...", file=sys.stderr)
        home.mkdir(parents=True)
        _passable(home)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        begun = time.monotonic()
        environment = os.environ | {"RUNDBLICK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "rundblick.settings"}
        os.environ["RUNDBLICK_HOME"] = str(home)
        with server.ensure():
            program = [sys.executable, "-m", "rundblick.cli.main", "migrate"]
            subprocess.run(program, env=environment, check=True, stdout=subprocess.DEVNULL)
            made = subprocess.run(
                [sys.executable, "-m", "bench.desk_fill", str(cases), now.isoformat()],
                env=environment, check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        steps = json.loads(made.stdout)
        noted.write_text(json.dumps({"now": now.isoformat(), "s": round(time.monotonic() - begun, 1), "steps": steps}))
    return home, json.loads(noted.read_text())


def _passable(home: Path) -> None:
    """The database's account passes through the folders above."""
    for folder in (home, *home.parents):
        if folder.stat().st_mode & 0o001 == 0:
            with suppress(PermissionError):
                folder.chmod(folder.stat().st_mode | 0o011)


@dataclass(slots=True)
class Installation:
    """One that runs: its process, its port, and how to ask its database."""

    process: subprocess.Popen[str]
    port: int
    postmaster: int
    ask: Callable[..., list[tuple[Any, ...]]]

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of everything but the database, and of the database."""
        database = cpu_seconds(self.postmaster)
        return cpu_seconds(self.process.pid), database


@contextmanager
def running(home: Path) -> Iterator[Installation]:
    """Everything as ``make run`` starts it, without the sample company."""
    import psycopg

    from rundblick.core import server

    port = free_port()
    os.environ["RUNDBLICK_HOME"] = str(home)
    environment = os.environ | {
        "RUNDBLICK_ADDRESS": f"127.0.0.1:{port}",
        "RUNDBLICK_SAMPLE": "0",
        "RUNDBLICK_LANGUAGE": "de",
    }
    with server.ensure() as held:  # so that it stays when the installation ends, and ends last
        process = subprocess.Popen(
            [sys.executable, "-m", "rundblick.cli.main", "run"],
            env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            if not any(f":{port}" in line for line in process.stdout):
                raise SystemExit(f"the installation in {home} does not start: see {home / 'log'}")
            threading.Thread(target=process.stdout.read, daemon=True).start()
            with psycopg.connect(server.database_url(home), autocommit=True) as connection:
                postmaster = held.postmaster()
                assert postmaster is not None
                yield Installation(process, port, postmaster, lambda *asked: connection.execute(*asked).fetchall())
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until_quiet(installation: Installation, most_s: float = 90.0) -> float:
    """Wait until the workers rest after the start: less than a fifth of a core; gives how long it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < most_s:
        before = sum(installation.cpu())
        time.sleep(2)
        if sum(installation.cpu()) - before < 0.4:
            break
    return round(time.monotonic() - begun, 1)


def measure(cases: int, each: int, again: bool = False, users: int = USERS) -> dict[str, Any]:
    """All figures of one size."""
    home, told = prepared(cases, again)
    everything = Everything(cases, datetime.fromisoformat(told["now"]))
    with running(home) as installation:
        quiet = wait_until_quiet(installation)
        agents = [_signed_in(installation.port, AGENT) for _ in range(users)]
        leads = [_signed_in(installation.port, LEAD) for _ in range(users)]
        paths = addresses(installation, everything, agents[0], leads[0])
        result: dict[str, Any] = {
            "cases": cases,
            "fill_s": told["s"],
            "quiet_after_s": quiet,
            "database_mb": installation.ask("SELECT pg_database_size(current_database()) / 1000000")[0][0],
            "cold_ms": {},
            "pages": {},
        }
        for name, some in paths.items():
            begun = time.perf_counter()
            (leads if name == "team" else agents)[0].open(next(some))
            result["cold_ms"][name] = round((time.perf_counter() - begun) * 1000, 1)
        for name, some in paths.items():
            print(f"\r  {cases:,} cases: {name}                    ", end="", file=sys.stderr, flush=True)
            who = leads if name == "team" else agents
            alone = opened(who[:1], some, each, cpu=installation.cpu)
            together = opened(who, some, max(each // 4, 4), cpu=installation.cpu) if name in PAGES else {}
            result["pages"][name] = {"one": alone, "eight": together}
        result["found"] = found_of(installation, agents[0], planted(cases))
    print(file=sys.stderr)
    for name in PAGES:
        page = result["pages"].get(name)
        if page:
            result[f"{name}_p95_ms"], result[f"{name}_8_p95_ms"] = page["one"]["p95_ms"], page["eight"]["p95_ms"]
    return result


def _signed_in(port: int, address: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in("/sign-in/", {"username": address, "password": PASSWORD})
    return visitor


def addresses(
    installation: Installation, everything: Everything, agent: Visitor, lead: Visitor
) -> dict[str, Iterator[str]]:
    """Addresses of each page, drawn anew for each opening: cases, customers and words that the agent may see."""
    draw = random.Random(everything.cases)
    mine = "(SELECT id FROM people_team WHERE key IN ('team-0', 'team-1'))"
    held = (
        f"(owner_team_id IN {mine} OR owner_person_id IN"
        f" (SELECT person_id FROM people_membership WHERE team_id IN {mine}))"
    )
    some = f"SELECT %s FROM cases_case TABLESAMPLE SYSTEM (%s) WHERE {held} AND id <> {everything.long + 1} LIMIT 3000"
    share = min(100.0, 2_000_000 / everything.cases)
    cases = [str(uuid) for (uuid,) in installation.ask(some % ("uuid", share))]
    customers = [
        str(uuid)
        for (uuid,) in installation.ask(
            f"SELECT u.uuid FROM customers_customer u WHERE u.id IN ({some % ('customer_id', share)})"
            f" AND u.id <> {everything.customers + 1}"
        )
    ]
    views = ["/inbox/", "/inbox/?view=mine", "/inbox/?view=all", "/inbox/?view=team&state=any",
             "/inbox/?view=team&state=resolved", "/inbox/?view=team&order=due"]  # fmt: skip
    for view in views[2:5]:
        older = link(agent.open(view), 'rel="next"')
        if older:
            views.append(older if older.startswith("/") else f"/inbox/{older}")
    deep = [plant.asked for plant in planted(everything.cases) if plant.kind == "deep"]
    drawn = {
        "list": lambda: draw.choice(views),
        "case": lambda: f"/cases/{draw.choice(cases)}/",
        "customer": lambda: f"/customers/{draw.choice(customers)}/",
        "search_rare": lambda: f"/search/?q={quote(draw.choice(deep))}",
        "search_common": lambda: f"/search/?q={quote(draw.choice(COMMON))}",
    }
    paths = {
        name: map(lambda _n, one=one: one(), itertools.count())
        for name, one in drawn.items()
        if name != "search_rare" or deep
    }  # type: ignore[misc]
    board = next((path for path in BOARDS if _answers(lead, path)), "")
    if board:
        paths["team"] = itertools.repeat(board)
    for n, view in enumerate(views[:6]):
        paths[f"list_{('team', 'mine', 'all', 'any', 'resolved', 'due')[n]}"] = itertools.repeat(view)
    for name, query in (
        ("case_5000_messages", f"SELECT uuid FROM cases_case WHERE id = {everything.long + 1} AND messages > 1000"),
        ("customer_20000_contacts", f"SELECT uuid FROM customers_customer WHERE id = {everything.customers + 1}"),
    ):
        for (uuid,) in installation.ask(query):
            kind = "cases" if name.startswith("case") else "customers"
            paths[name] = itertools.repeat(f"/{kind}/{uuid}/")
    return paths


def _answers(visitor: Visitor, path: str) -> bool:
    try:
        visitor.open(path)
    except PageError:
        return False
    return True


def found_of(installation: Installation, agent: Visitor, plants: tuple[Plant, ...]) -> dict[str, Any]:
    """Of each kind of planted words how many are found, and how many there are; of "hidden" ones none must be."""
    uuids = dict(
        installation.ask("SELECT id, uuid FROM cases_case WHERE id = ANY(%s)", ([p.case + 1 for p in plants],))
    )
    found: dict[str, Any] = {}
    for plant in plants:
        page = agent.open(f"/search/?q={quote(plant.asked)}")
        kind = found.setdefault(plant.kind, {"found": 0, "of": 0, "missing": []})
        kind["of"] += 1
        if str(uuids[plant.case + 1]) in page:
            kind["found"] += 1
        elif plant.kind != "hidden":
            kind["missing"].append(plant.asked)
    return found


def growth(small: dict[str, Any], large: dict[str, Any], figure: str = "p95_ms") -> dict[str, float]:
    """How many times longer each page takes, one user."""
    pages = ("list", "case", "customer", "team")
    told: dict[str, Figures] = {name: page["one"] for name, page in large["pages"].items()}
    return {
        name: round(told[name][figure] / small["pages"][name]["one"][figure], 2)
        for name in pages
        if name in told and name in small["pages"]
    }
