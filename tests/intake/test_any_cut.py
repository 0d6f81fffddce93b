"""FOUNDATIONS 5 on real mails and on the sample company: any cut, any order, two workers - the same result."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from rundblick.cases.models import Case, Message
from rundblick.cases.models import Routing as Decided
from rundblick.cases.routing.book import ROUTING, Centre, Routing, Rule
from rundblick.cli.worker import Worker
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.core.registry import readers
from rundblick.core.rulebooks import put_in_force
from rundblick.core.verification import verify
from rundblick.customers.models import Assignment
from rundblick.intake.accept import accept
from rundblick.intake.models import Outcome, Pending, Quarantine
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.topical import join_same_topic
from rundblick.intake.work import receive, work_once
from rundblick.people.models import Team
from tests.intake.builders import START, mail_envelope

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What must not depend on cut and order; names of numbers left out."""

    cases: frozenset[frozenset[bytes]]
    facts: frozenset[tuple[object, ...]]
    customers: frozenset[frozenset[bytes]]
    outcomes: int
    quarantined: int


def found() -> Found:
    while join_same_topic():
        pass
    cases: dict[int | None, set[bytes]] = {}
    for identity, case in Message.objects.filter(superseded=False).values_list("identity", "case"):
        cases.setdefault(case, set()).add(bytes(identity))
    customers: dict[int, set[bytes]] = {}
    rows = Assignment.objects.filter(valid_to=None).values_list("customer", "record__key_digest")
    for customer, digest in rows:
        customers.setdefault(customer, set()).add(bytes(digest))
    facts = Case.objects.filter(merged_into=None).values_list(
        "opened_at",
        "last_at",
        "first_reply_at",
        "messages",
        "state",
        "channel",
        "flagged",
        "content__subject",
        "concerned__key_digest",
        "owner_team__name",
        "routed_team__name",
        "topic",
        "language",
    )
    return Found(
        frozenset(map(frozenset, cases.values())),
        frozenset(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in facts),
        frozenset(map(frozenset, customers.values())),
        Outcome.objects.count(),
        Quarantine.objects.count(),
    )


def empty() -> None:
    """All rows gone, the salt kept, so that digests can be compared."""
    salt = bytes(installation().salt)
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in ROOMS]
    with connection.cursor() as cur:
        cur.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    Installation.objects.create(id=1, salt=salt)
    for name in TEAMS:
        Team.objects.create(key=name, name=name, is_default=name == "Service")
    if rules:
        put_in_force(ROUTING, rules[0](), by=None, seen=0)


TEAMS = ("Service", "Rechnungen", "Versand", "Briefe", "Kiste")
rules: list[Callable[[], Routing]] = []  # in force for what comes next


@pytest.fixture
def with_rules() -> Iterator[None]:
    """Rules about everything that a case may say; verify finds nothing afterwards."""
    rules.append(some_rules)
    yield
    rules.clear()


def some_rules() -> Routing:
    of = {team.name: str(team.uuid) for team in Team.objects.all()}
    return Routing(
        (
            Rule("box1", of["Kiste"], addresses=("mailbox:box1",)),
            Rule("letters", of["Briefe"], channels=("letter",), topics=("Rechnung",)),
        ),
        (
            Centre(of["Rechnungen"], topics=("Rechnung",)),
            Centre(of["Versand"], topics=("Lieferung",), languages=("de", "en")),
            Centre(of["Briefe"], languages=("en",)),
        ),
    )


def verified() -> None:
    found = verify(["routed-teams", "cases"])
    assert found.is_right, found


ROOMS = ("core", "customers", "people", "cases", "intake", "voice")


def in_batches(envelopes: list[Envelope], size: int, reader: ReadingProcess) -> Found:
    empty()
    for i in range(0, len(envelopes), size):
        accept(envelopes[i : i + size])
        road = Road(installation())
        while work_once(road, reader, size):
            pass
    return found()


def received(envelopes: list[Envelope], chance: random.Random, reader: ReadingProcess) -> Found:
    """By the door that brings them to an end at once, mostly one by one, some of them twice."""
    empty()
    road = Road(installation())
    i = 0
    while i < len(envelopes):
        n = chance.choice([1, 1, 1, 2, 9])
        receive(road, [*envelopes[max(i - 1, 0) : i], *envelopes[i : i + n]], reader.read_all)
        i += n
    assert not Pending.objects.exists()
    return found()


def with_two_workers(envelopes: list[Envelope]) -> Found:
    empty()
    workers = [Worker("road") for _ in range(2)]

    def run(worker: Worker) -> None:
        worker.run(until_idle=False)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        for i in range(0, len(envelopes), 20):
            accept(envelopes[i : i + 20])
        assert until(lambda: not Pending.objects.exists())
    finally:
        for worker in workers:
            worker.told(0, None)
        for thread in threads:
            thread.join()
    return found()


def until(reached: Callable[[], bool], seconds: int = 120) -> bool:
    pause = threading.Event()
    for _ in range(seconds * 10):
        if reached():
            return True
        pause.wait(0.1)
    return False


def any_cut(envelopes: list[Envelope]) -> None:
    chance = random.Random(8)
    with ReadingProcess(dict(readers)) as reader:
        whole = in_batches(envelopes, 500, reader)
        assert whole.outcomes == len(envelopes)
        assert in_batches(chance.sample(envelopes, len(envelopes)), 37, reader) == whole
        assert in_batches(chance.sample(envelopes, len(envelopes)), 1, reader) == whole
        assert received(chance.sample(envelopes, len(envelopes)), chance, reader) == whole
    assert with_two_workers(chance.sample(envelopes, len(envelopes))) == whole


def test_threads_of_invented_mails() -> None:
    envelopes = [
        mail_envelope(f"{i}-{j}", f"p{(i + j) % 5}@kunde.example", f"{i - 1}-{j}" if i else "", f"box{i % 2}")
        for i in range(8)
        for j in range(5)
    ]
    any_cut(envelopes)


def test_threads_under_rules(with_rules: None) -> None:
    """Some came to two of our addresses; the second one may come first, later, or with the first."""
    envelopes = [
        mail_envelope(f"{i}-{j}", f"p{(i + j) % 5}@kunde.example", f"{i - 1}-{j}" if i else "", f"box{i % 2}")
        for i in range(4)
        for j in range(5)
    ]
    envelopes += [mail_envelope(f"x{j}", f"q{j}@kunde.example", "", "box0") for j in range(6)]
    envelopes += [mail_envelope(f"x{j}", f"q{j}@kunde.example", "", "box1") for j in range(3)]
    any_cut(envelopes)
    verified()
    assert {"Kiste", "Service"} <= set(Case.objects.values_list("owner_team__name", flat=True))


def test_contacts_that_have_a_topic() -> None:
    contacts_that_have_a_topic()


def test_contacts_that_have_a_topic_under_rules(with_rules: None) -> None:
    contacts_that_have_a_topic()
    verified()
    owners = set(Case.objects.values_list("owner_team__name", flat=True))
    assert {"Rechnungen", "Versand", "Briefe"} <= owners
    assert Decided.objects.filter(case__merged_into=None).count() >= Case.objects.filter(merged_into=None).count()


def contacts_that_have_a_topic() -> None:
    """Letters, calls and chats of few customers about two topics over months: most find an open case of their topic."""
    chance = random.Random(27)
    envelopes = []
    for i in range(60):
        who, topic = chance.randrange(4), chance.choice(["Lieferung", "Rechnung", ""])
        told = {
            "key": f"c{i}",
            "channel": chance.choice(["letter", "phone", "chat", "form"]),
            "at": (START + timedelta(days=chance.randrange(200))).isoformat(),
            "sender": {"customer_no": f"100{who}", "verified": chance.random() < 0.7},
            "subject": f"Anliegen {i}",
            "text": "Guten Tag",
            "topic": topic,
        }
        if i and chance.random() < 0.15:
            told |= {"reply_to": f"c{i - 1}", "at": (START + timedelta(days=300)).isoformat()}
        envelopes.append(Envelope("api:test", f"k{i}", "contact", NOW, json.dumps(told).encode()))
    any_cut(envelopes)
    assert Case.objects.filter(merged_into=None).count() < 50


@pytest.mark.realdata
@pytest.mark.timeout(600)
def test_real_mails() -> None:
    folder = Path(os.environ.get("RUNDBLICK_TEST_DATA", "../shared/data")) / "mail"
    mails = [path.read_bytes() for path in sorted(folder.glob("*/*.eml"))]
    assert len(mails) == 479
    any_cut([Envelope("mailbox:real", str(i), "mail", NOW, raw) for i, raw in enumerate(mails)])


def test_mails_of_the_sample_company(tmp_path: Path) -> None:
    from rundblick.channels.email.archives import iter_archive

    command = [sys.executable, "-m", "rundblick_sample.cli", str(tmp_path / "s"), "--customers", "200", "--seed", "5"]
    subprocess.run(command, check=True, capture_output=True)
    boxes = sorted((tmp_path / "s" / "exports").rglob("*.mbox*"))
    mails = [mail.raw for box in boxes for mail in iter_archive(box)]
    assert mails
    any_cut([Envelope("mailbox:sample", str(i), "mail", NOW, raw) for i, raw in enumerate(mails[:150])])
