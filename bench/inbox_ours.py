"""Rundblick's side of the bench: the inbox, opened through the WSGI application by an agent who signed in.

    python -m bench.inbox_ours REQUESTS POSTMASTER     with RUNDBLICK_HOME: a database that holds the export

Prints one JSON object.
"""

from __future__ import annotations

import json
import sys

from bench.inbox_cases import PERSONS, TEAMS
from bench.opening import Browser, opened

ADDRESS, PASSWORD = "agent@bench.example", "a long enough password"
PAGES = {
    "team": "/inbox/",  # what an agent starts with: the open cases of his team and its members
    "all": "/inbox/?view=all",
    "all_states": "/inbox/?view=all&state=any",
    "mine": "/inbox/?view=mine",
    "one_channel": "/inbox/?view=team&channel=letter",
    "resolved": "/inbox/?view=team&state=resolved",
}


def main(requests: int, postmaster: int) -> None:
    from rundblick.wsgi import application  # sets Django up

    # isort: split
    from django.db import connection

    from rundblick.cases.models import OPEN_STATES, Case

    _agent_of_the_first_team()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    browser = Browser(application, "127.0.0.1")
    page = browser.open("/sign-in/")
    browser.send("/sign-in/", {"username": ADDRESS, "password": PASSWORD}, page)
    pages = dict(PAGES)
    pages["older"] = browser.link(browser.open(PAGES["all"]), 'rel="next"')
    figures = {
        name: opened(browser, path, requests, postmaster, rows=lambda text: text.count('class="rb-cell-number"'))
        for name, path in pages.items()
    }
    result = {
        "cases": Case.objects.filter(merged_into=None).count(),
        "open": Case.objects.filter(state__in=OPEN_STATES).count(),
        "pages": figures,
    }
    print(json.dumps(result))


def _agent_of_the_first_team() -> None:
    """An agent who works in the export's first team beside the people of the export."""
    from rundblick.cases.models import Case
    from rundblick.cases.work import hand_over
    from rundblick.people.models import Membership, Person, PersonContent, Role, Team, User

    user = User(email=ADDRESS, name="Agent", role=Role.AGENT)
    user.set_password(PASSWORD)
    user.save()
    people = dict(PersonContent.objects.values_list("key", "person_id"))
    each = PERSONS // TEAMS
    for number in range(TEAMS):
        team = Team.objects.get(key=f"Team {number}")
        members = [people[f"P{person:02}"] for person in range(number * each, (number + 1) * each)]
        Membership.objects.bulk_create(Membership(person_id=person, team=team) for person in members)
    me = Person.objects.create(user=user)
    Membership.objects.create(person=me, team=Team.objects.get(key="Team 0"))
    for case in Case.objects.filter(state="open", owner_team__key="Team 0").order_by("-last_at")[:30]:
        hand_over(case, me, me, "I know this one.")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
