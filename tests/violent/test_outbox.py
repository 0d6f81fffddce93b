"""Answers on their way out while processes die: every one arrives, under one Message-ID, and none is forgotten."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from rundblick.core.server import embedded
from tests.channels.postbox import Letterbox, a_server
from tests.cli.running import Running, until
from tests.violent.conftest import House, free_address

pytestmark = pytest.mark.violent

# An account whose server listens on this port, and so many cases with an answer each.
_SET_UP = """
import sys
from datetime import UTC, datetime
from rundblick.cases.models import Case, Message
from rundblick.cases.work import person_of
from rundblick.channels.email.accounts import origins
from rundblick.channels.models import Account
from rundblick.core.envelope import Envelope
from rundblick.core.letters import Recipient
from rundblick.core.installation import installation
from rundblick.core.models import Source
from rundblick.intake.outbox import Answer, put
from rundblick.intake.road import Road
from rundblick.intake.work import receive
from rundblick.channels.email.reading import read_mail
from rundblick.people.models import Role, User

port, count = int(sys.argv[1]), int(sys.argv[2])
source, _ = Source.objects.get_or_create(code="mailbox:service", kind="mail")
settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
Account.objects.update_or_create(
    source=source,
    defaults={"channel": "email", "name": "Muster", "address": "service@muster.example", "settings": settings},
)
user, _ = User.objects.get_or_create(email="olga@muster.example", defaults={"name": "Olga", "role": Role.AGENT})
now = datetime.now(UTC)
raws = [
    f"From: p{i}@kunde.example\\nTo: service@muster.example\\nSubject: Frage {i}\\nMessage-ID: <q{i}@kunde.example>\\n"
    f"Date: Mon, 2 Mar 2026 09:00:00 +0000\\n\\nGuten Tag {i}\\n".encode() for i in range(count)
]
envelopes = [Envelope("mailbox:service", str(i), "mail", now, raw) for i, raw in enumerate(raws)]
receive(Road(installation()), envelopes, lambda new: [read_mail(one) for one in new])
for message in Message.objects.filter(direction="in").order_by("id"):
    answer = Answer(recipients=(Recipient(message.content.address),), text="It comes.", answers=message, due_at=now)
    put(message.case, answer, origins()[0], person_of(user))
"""
COUNT = 5


def set_up(house: House, port: int) -> Running:
    running = house.start()
    done = house.made.python(_SET_UP, str(port), str(COUNT))
    assert done.returncode == 0, done.stderr
    return running


def change(house: House, statement: str) -> None:
    with psycopg.connect(house.made.url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(statement.encode())


def ids(box: Letterbox) -> list[str]:
    return [str(mail["Message-ID"]) for mail in box.mails]


def all_sent(house: House) -> Callable[[], bool]:
    return lambda: house.made.ask("select count(*) from intake_outgoing where state = 'sent'") == COUNT


def lease_runs_out(house: House) -> None:
    """As if its five minutes were over."""
    change(house, "update intake_outgoing set leased_until = now() where state = 'sending'")


class Striking(Letterbox):
    """A server that takes the first letter, and before it can say so something dies."""

    strike: Any = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.strike is not None:
            strike, self.strike = self.strike, None
            strike()
        return answer


def test_a_worker_killed_after_the_server_took_it_sends_it_again_under_the_same_id(house: House) -> None:
    with a_server(box=Striking()) as box:
        assert isinstance(box, Striking)
        running = house.start()
        box.strike = lambda: os.kill(running.child("worker", "out"), signal.SIGKILL)
        done = house.made.python(_SET_UP, str(box.port), str(COUNT))
        assert done.returncode == 0, done.stderr
        running.wait_for("worker-out: was ended by SIGKILL; starts again")
        until(lambda: house.made.ask("select count(*) from intake_outgoing where state = 'sending'") != 0, "a lease")
        lease_runs_out(house)
        until(all_sent(house), "all letters")
        found = ids(box)
        assert len(set(found)) == COUNT and len(found) == COUNT + 1  # the one that was taken unheard came twice
        assert house.made.run("verify", "--only", "outbox", "--only", "cases").returncode == 0


def test_a_database_killed_after_the_server_took_it_loses_nothing(house: House) -> None:
    with a_server(box=Striking()) as box:
        assert isinstance(box, Striking)
        running = house.start()

        def strike() -> None:
            postmaster = embedded.running(house.made.home / "database" / "data")
            assert postmaster is not None
            os.kill(postmaster, signal.SIGKILL)

        box.strike = strike
        done = house.made.python(_SET_UP, str(box.port), str(COUNT))
        assert done.returncode == 0 or box.taken, done.stderr
        running.wait_for("database: had ended and was started again")
        until(lambda: house.made.ask("select 1") == 1, "the database")
        lease_runs_out(house)
        waiting = "select count(*) from intake_outgoing where state not in ('sent', 'cancelled')"
        until(lambda: house.made.ask(waiting) == 0, "all letters")
        stored = house.made.ask("select count(*) from intake_outgoing")
        assert len(set(ids(box))) == stored
        assert house.made.run("verify", "--only", "outbox", "--only", "cases").returncode == 0


def test_a_server_that_is_away_gets_everything_when_it_is_back(house: House) -> None:
    port = int(free_address().rpartition(":")[2])
    set_up(house, port)
    failed = "select count(*) from intake_outgoing where state = 'failed'"
    until(lambda: house.made.ask(failed) == COUNT, "the first attempts")
    with a_server(port=port) as box:
        change(house, "update intake_outgoing set due_at = now() where state = 'failed'")  # a minute goes by
        until(all_sent(house), "all letters")
        assert len(box.taken) == len(set(ids(box))) == COUNT


def test_a_server_that_refuses_one_of_two_recipients_keeps_the_other(house: House) -> None:
    with a_server() as box:
        box.refuses = {"p0@kunde.example": "550 5.1.1 unknown"}
        set_up(house, box.port)
        until(lambda: house.made.ask("select count(*) from intake_outgoing where state = 'dead'") == 1, "the refusal")
        until(lambda: len(box.taken) == COUNT - 1, "the others")
        listed = house.made.run("outbox", "list")
        assert "dead" in listed.stdout and "refused" in listed.stdout
        box.refuses = {}
        assert house.made.run("outbox", "retry", "--all").returncode == 0
        until(all_sent(house), "the refused one")
