"""Lists of cases: the rows a page shows, fetched in a fixed number of statements, page by page without counting."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases import watching
from rundblick.cases.models import OPEN_STATES, Case, Clock, Handover
from rundblick.core.database import cursor
from rundblick.core.once import once
from rundblick.customers.golden import customer_names
from rundblick.customers.models import Customer
from rundblick.desk import sql
from rundblick.desk.pages.due import when
from rundblick.desk.shapes import CaseRow, Owner, Promised, clock_of
from rundblick.people import gate
from rundblick.people.models import Person, Team, User
from rundblick.people.sight import sight_of

PAGE = 50
SNIPPET = 140

COLUMNS = (
    "id",
    "uuid",
    "number",
    "state",
    "channel",
    "flagged",
    "owner_person_id",
    "owner_team_id",
    "customer_id",
    "opened_at",
    "resolved_at",
    "last_at",
    "topic",
    "content__subject",
)


def newest_cases(
    cases: QuerySet[Case], before: tuple[datetime, int] | None, limit: int = PAGE
) -> tuple[list[dict[str, Any]], str]:
    """A page of cases, newest first, and the key of the next page ("" when there is none)."""
    found = cases.filter(merged_into__isnull=True)
    if before is not None:
        at, last_id = before
        # one range on the first column lets the index start there; the second condition orders those of one moment
        found = found.filter(Q(last_at__lt=at) | Q(last_at=at, id__lt=last_id), last_at__lte=at)
    rows = list(found.order_by("-last_at", "-id").values(*COLUMNS)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, page_key(rows[-1]["last_at"], rows[-1]["id"]) if more else ""


_NO_DUE = datetime(9999, 1, 1, tzinfo=UTC)


_FEW = 2_000  # cases of each of which the clocks are asked; of more, the clocks are gone through as they are due


def most_urgent_cases(
    cases: QuerySet[Case], before: tuple[datetime, int] | None, limit: int = PAGE
) -> tuple[list[dict[str, Any]], str]:
    """A page of cases, first what is due first; those without a running clock at the end, by their ids."""
    cases = cases.filter(merged_into__isnull=True)
    if cases.order_by()[: _FEW + 1].count() <= _FEW:
        rows = _due_of_each(cases, before, limit)
    else:
        rows = _due_in_order(cases, before, limit) if before is None or before[0] < _NO_DUE else []
        if len(rows) <= limit:
            rows += _never_due(cases, before, limit - len(rows))
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, page_key(rows[-1]["due"], rows[-1]["id"]) if more else ""


def _due_of_each(cases: QuerySet[Case], before: tuple[datetime, int] | None, limit: int) -> list[dict[str, Any]]:
    soonest = _running().filter(case_id=OuterRef("pk")).order_by()
    due = Subquery(soonest.values("case_id").annotate(due=Min("due_at")).values("due"))
    found = cases.annotate(due=Coalesce(due, _NO_DUE))
    if before is not None:
        at, last_id = before
        found = found.filter(Q(due__gt=at) | Q(due=at, id__gt=last_id))
    return list(found.order_by("due", "id").values(*COLUMNS, "due")[: limit + 1])


def _due_in_order(cases: QuerySet[Case], before: tuple[datetime, int] | None, limit: int) -> list[dict[str, Any]]:
    of_case = _running().filter(case_id=OuterRef("case_id"))
    sooner = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), kind__lt=OuterRef("kind"))
    found = _running().filter(gate.Each(cases.filter(pk=OuterRef("case_id"))), ~Exists(of_case.filter(sooner)))
    if before is not None:
        at, last_id = before
        found = found.filter(Q(due_at__gt=at) | Q(due_at=at, case_id__gt=last_id), due_at__gte=at)
    due = dict(found.order_by("due_at", "case_id").values_list("case_id", "due_at")[: limit + 1])
    rows = {row["id"]: row for row in Case.objects.filter(pk__in=due).values(*COLUMNS)}
    return [{**rows[case], "due": at} for case, at in due.items()]


def _never_due(cases: QuerySet[Case], before: tuple[datetime, int] | None, limit: int) -> list[dict[str, Any]]:
    found = cases.filter(~gate.Each(_running().filter(case_id=OuterRef("pk"))))
    if before is not None and before[0] >= _NO_DUE:
        found = found.filter(pk__gt=before[1])
    return [{**row, "due": _NO_DUE} for row in found.order_by("id").values(*COLUMNS)[: limit + 1]]


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(state__in=("running", "breached"), due_at__isnull=False)


def promised_of(ids: Sequence[int]) -> dict[int, Promised]:
    """Of these cases (ids) those whose promise is over or soon will be: what is due first."""
    now = timezone.now()
    found: dict[int, Promised] = {}
    running = Clock.objects.filter(case_id__in=ids, state__in=("running", "breached"), due_at__isnull=False)
    for case, kind, due, warned in running.order_by("due_at").values_list("case_id", "kind", "due_at", "warned_at"):
        if due is None:
            continue
        tone = "bad" if due < now else "risk" if warned is not None or due - now < _SOON else ""
        if tone and case not in found:
            found[case] = Promised(_promised_words(kind, due, tone), tone)
    return found


_SOON = timedelta(hours=1)


def _promised_words(kind: str, due: datetime, tone: str) -> str:
    told = {"when": when(due)}
    if kind == "reaction":
        return (_("Answer was promised by %(when)s") if tone == "bad" else _("Answer promised by %(when)s")) % told
    return (_("Solution was promised by %(when)s") if tone == "bad" else _("Solution promised by %(when)s")) % told


def opening(text: str, most: int) -> str:
    """How a text begins, on one line, at most ``most`` characters; cut between words where it has any."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    room = most - 2
    cut = line.rfind(" ", room // 2, room + 1)
    return f"{line[: cut if cut > 0 else room].rstrip(' ,;:')} …"


def case_rows(user: Any, rows: Sequence[dict[str, Any]], with_snippets: bool = True) -> list[CaseRow]:
    """The rows as a list shows them: names, snippets and clocks filled in, each by one statement for all."""
    ids = [row["id"] for row in rows]
    customers = [row["customer_id"] for row in rows if row["customer_id"]]
    hidden = gate.hidden_fields(user, "customer")
    with cursor() as cur:
        names = customer_names(cur, customers, with_addresses="identifiers" not in hidden)
        snippets: dict[int, str] = {}
        if with_snippets and ids:
            cur.execute(sql.SNIPPETS, (ids,))
            snippets = {case: opening(text, SNIPPET) for case, text in cur.fetchall()}
    nameless = {customer for customer in customers if customer not in names}
    if "customer_number" in gate.hidden_fields(user, "case"):
        nameless = set()
    numbers = dict(Customer.objects.filter(pk__in=nameless).values_list("pk", "number")) if nameless else {}
    owners = owners_of(user, rows)
    offered = _offered(user, ids)
    promised = promised_of([row["id"] for row in rows if row["state"] in OPEN_STATES])
    me = sight_of(user).person
    watched = watching.watches(me, ids)
    unread = watching.unread(me, rows, watched)
    now = timezone.now()
    return [
        CaseRow(
            id=row["id"],
            uuid=row["uuid"],
            number=row["number"],
            subject=row["content__subject"] or "",
            state=row["state"],
            channel=row["channel"],
            owner=owner,
            clock=clock_of(row["state"], row["opened_at"], row["resolved_at"], now),
            last_at=row["last_at"],
            flagged=row["flagged"],
            snippet=snippets.get(row["id"], ""),
            customer_name=names.get(row["customer_id"], ""),
            customer_number=numbers.get(row["customer_id"], ""),
            topic=row["topic"],
            offered=row["id"] in offered and row["state"] in OPEN_STATES,
            promised=promised.get(row["id"]),
            watched=row["id"] in watched,
            unread=row["id"] in unread,
        )
        for row, owner in zip(rows, owners, strict=True)
    ]


def _offered(user: Any, cases: Sequence[int]) -> set[int]:
    """Which of these cases were handed over to the reader or one of his teams, and nobody has accepted it yet."""
    sight = sight_of(user)
    if not cases or sight.person is None:
        return set()
    rows = Handover.objects.filter(entry__case__in=cases, state=Handover.OFFERED)
    mine = Q(to_person=sight.person) | Q(to_person__isnull=True, to_team__in=sight.teams)
    return set(rows.filter(mine).values_list("entry__case_id", flat=True))


def owners_of(user: Any, rows: Sequence[dict[str, Any]]) -> list[Owner]:
    """Who is in charge of each row, by two statements at most."""
    people = names_of_people({row["owner_person_id"] for row in rows})
    team_ids = {row["owner_team_id"] for row in rows if row["owner_team_id"]}
    teams = _names_of_teams(team_ids)
    me = sight_of(user).person
    found = []
    for row in rows:
        if row["owner_person_id"]:
            found.append(Owner(people.get(row["owner_person_id"], "–"), "person", row["owner_person_id"] == me))
        elif row["owner_team_id"]:
            found.append(Owner(teams.get(row["owner_team_id"], "–"), "team"))
        else:
            found.append(Owner())
    return found


def _names_of_teams(wanted: set[int]) -> dict[int, str]:
    known: dict[int, str] = once("names of teams", dict)
    if missing := wanted - known.keys():
        known |= dict(Team.objects.filter(id__in=missing).values_list("id", "name"))
    return known


def names_of_people(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of agents by their ids."""
    wanted = {id_ for id_ in ids if id_}
    known: dict[int, str | None] = once("names of people", dict)
    if missing := wanted - known.keys():
        known |= dict.fromkeys(missing)
        found = Person.objects.filter(pk__in=missing).values_list("pk", "content__name", "user__name")
        known |= {pk: name or user_name or "" for pk, name, user_name in found}
    return {pk: name for pk in wanted if (name := known[pk]) is not None}


def names_of_users(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of users by their ids."""
    return dict(User.objects.filter(pk__in={id_ for id_ in ids if id_}).values_list("id", "name"))


def page_key(at: datetime, last_id: int) -> str:
    """The place after a row, for an address."""
    micros = int(at.timestamp() * 1_000_000)
    return base64.urlsafe_b64encode(f"{micros}.{last_id}".encode()).decode().rstrip("=")


def read_page_key(text: str) -> tuple[datetime, int] | None:
    """The place a ``page_key`` names; None for what is none: an old or changed address shows the first page."""
    try:
        micros, _, last_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition(".")
        seconds, rest = divmod(int(micros), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), int(last_id)
    except (ValueError, binascii.Error, OverflowError, OSError, UnicodeDecodeError):
        return None
