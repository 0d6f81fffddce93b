"""django-helpdesk's side of the bench of the desk: filled in bulk, then served by granian as its own WSGI application.

    python -m bench.desk_peer fill CASES NOW         with BENCH_PEER_URL and BENCH_PEER_MEDIA
    granian ... bench.desk_peer:application          the same

Runs in an environment of its own (bench/requirements-desk.txt), with the settings of bench/ingest_peer.py and what its
pages need. The agent is one of its staff whom it shows the queues of his two teams only.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from bench.desk_texts import MINE, PERSONS, TEAMS, Everything, mail_of, name_of
from bench.ingest_peer import configure, with_pages

PORTION = 2000
NAME, PASSWORD = "agent", "a long enough password"


def set_up() -> None:
    """Django with its settings."""
    configure(os.environ["BENCH_PEER_URL"], os.environ["BENCH_PEER_MEDIA"])
    with_pages()
    settings.HELPDESK_ENABLE_PER_QUEUE_STAFF_PERMISSION = True
    django.setup()


def fill(everything: Everything) -> None:
    """The same cases as ours: a queue for each team, a user for each person; messages as follow-ups."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.db import connection
    from helpdesk.models import FollowUp, FollowUpAttachment, Queue, Ticket

    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    agent = users.create_user(NAME, "agent@bench.example", PASSWORD, is_staff=True)
    queues = [Queue.objects.create(title=f"Team {n}", slug=f"team-{n}") for n in range(TEAMS)]
    for n in MINE:
        queue = queues[n]
        if not queue.permission_name:
            queue.prepare_permission_name()
            queue.save()
        agent.user_permissions.add(Permission.objects.get(codename=queue.permission_name.rpartition(".")[2]))
    people = [users.create(username=f"P{n:02}", first_name=name_of(n * 31), is_staff=True) for n in range(PERSONS)]
    tickets: list[Any] = []
    said: list[Any] = []
    files: list[Any] = []

    def store() -> None:
        for model, rows in ((Ticket, tickets), (FollowUp, said), (FollowUpAttachment, files)):
            model.objects.bulk_create(rows)
            rows.clear()

    for n in range(everything.cases):
        one = everything.one(n)
        ticket = Ticket(
            pk=n + 1,
            title=one.subject,
            queue=queues[one.team],
            created=one.opened,
            modified=one.resolved or one.said[-1].at,
            submitter_email=mail_of(one.customer),
            assigned_to=None if one.person is None else people[one.person],
            status=3 if one.state == "resolved" else 1,
            description=one.said[0].text,
            priority=3,
        )
        tickets.append(ticket)
        for message in one.said:
            by = people[one.team * 8] if message.direction == "out" else None
            row = FollowUp(
                ticket=ticket, date=message.at, title=one.subject, comment=message.text, public=True, user=by
            )
            said.append(row)
            if message.file is not None:
                files.append(
                    FollowUpAttachment(followup=row, file=f"bench/{n}.txt", filename=message.file.name,
                                       mime_type="text/plain", size=len(message.file.text))
                )  # fmt: skip
        if len(tickets) >= PORTION:
            store()
            print(f"\r  django-helpdesk: {n + 1:,} tickets    ", end="", file=sys.stderr, flush=True)
    store()
    with connection.cursor() as cursor:
        for table in ("helpdesk_ticket", "helpdesk_followup"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("VACUUM ANALYZE")
    print(file=sys.stderr)


if __name__ == "__main__":
    set_up()
    fill(Everything(int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
elif "BENCH_PEER_URL" in os.environ:
    set_up()
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
