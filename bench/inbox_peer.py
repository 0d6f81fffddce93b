"""django-helpdesk's side of the bench of the inbox: its list of tickets, opened by one of its staff.

    python -m bench.inbox_peer DATABASE_URL CASES REQUESTS POSTMASTER

Runs in the environment of bench/ingest_peer.py, with its settings and what its pages need. A browser that opens the
list fetches the page and then the rows, so ``list`` is both; ``page`` and ``rows`` are the two by themselves. Prints
one JSON object.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import django
from django.core.management import call_command

from bench.inbox_cases import PERSONS, TEAMS, concerns
from bench.ingest_peer import configure, with_pages
from bench.opening import Browser, opened

PORTION = 2000
ROWS = 50  # as many as our page shows
NAME, PASSWORD = "agent", "a long enough password"


def main(url: str, cases: int, requests: int, postmaster: int) -> None:
    with tempfile.TemporaryDirectory() as media:
        configure(url, media)
        with_pages()
        django.setup()
        call_command("migrate", verbosity=0)
        from django.core.wsgi import get_wsgi_application
        from django.db import connection
        from helpdesk.models import Ticket

        fill(cases)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        browser = Browser(get_wsgi_application(), "127.0.0.1")
        browser.send("/login/", {"username": NAME, "password": PASSWORD}, browser.open("/login/"))
        found = re.search(r'"url": "([^"]*datatables_ticket_list[^"]*)"', browser.open("/tickets/"))
        if found is None:
            raise SystemExit("the page of the list names no address of its rows")
        rows = f"{found[1]}?draw=1&start=0&length={ROWS}"

        def count(text: str) -> int:
            return len(json.loads(text)["data"])

        page = opened(browser, "/tickets/", requests, postmaster, rows=lambda text: text.count("<table"))
        fetched = opened(browser, rows, requests, postmaster, rows=count)
        both = {name: round(page[name] + fetched[name], 2) for name in page if name != "rows"}
        result = {
            "version": version("django-helpdesk"),
            "cases": Ticket.objects.count(),
            "open": Ticket.objects.filter(status__in=(1, 2)).count(),
            "pages": {"list": {"rows": fetched["rows"], **both}, "page": page, "rows": fetched},
        }
    print(json.dumps(result))


def fill(cases: int) -> None:
    """The same cases as on our side: a queue for each team, a user for each person."""
    from django.contrib.auth import get_user_model
    from helpdesk.models import FollowUp, Queue, Ticket

    users = get_user_model().objects
    users.create_user(NAME, "agent@bench.example", PASSWORD, is_staff=True)
    queues = [Queue.objects.create(title=f"Team {n}", slug=f"team-{n}") for n in range(TEAMS)]
    people = [users.create(username=f"P{n:02}", first_name=f"P{n:02}", is_staff=True) for n in range(PERSONS)]
    tickets: list[Any] = []
    follow_ups: list[Any] = []

    def store() -> None:
        Ticket.objects.bulk_create(tickets)
        FollowUp.objects.bulk_create(follow_ups)
        tickets.clear()
        follow_ups.clear()

    for one in concerns(cases):
        opened_at = _utc(one.opened)
        ticket = Ticket(
            title=one.subject,
            queue=queues[one.team],
            created=opened_at,
            modified=_utc(one.resolved or one.opened),
            submitter_email=one.mail,
            assigned_to=None if one.person is None else people[one.person],
            status={"resolved": 3, "closed": 4}.get(one.state, 1),
            description=one.question,
            priority=one.priority,
        )
        tickets.append(ticket)
        follow_ups.append(FollowUp(ticket=ticket, date=opened_at, title=one.subject, comment=one.question, public=True))
        if one.replied is not None:
            follow_ups.append(
                FollowUp(ticket=ticket, date=_utc(one.replied), title="Re", comment=one.answer, public=True)
            )
        if len(tickets) >= PORTION:
            store()
    store()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
