"""What a list of cases shows: a view, filters, an order; as an address holds it, and as a saved filter keeps it.

    wanted = read({"view": "team", "topic": "Rechnung"})
    cases_of(user, wanted)         the cases, under the reader's rights
    written(wanted)                "view=team&topic=Rechnung"

Unknown values count as not given: an old or changed address shows more, never less than nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from rundblick.cases.deeds import told
from rundblick.cases.models import OPEN_STATES, Case, Clock, Draft, SavedFilter
from rundblick.cases.watching import watched_cases
from rundblick.core.database import cursor
from rundblick.core.message import Channel
from rundblick.people import gate
from rundblick.people.models import Person, Team
from rundblick.people.sight import sight_of

VIEWS: Final = ("team", "mine", "watched", "waiting", "due", "all", "flagged")
STATES: Final[Mapping[str, tuple[str, ...] | None]] = {
    "open": OPEN_STATES,
    "new": ("new",),
    "pending": ("pending",),
    "resolved": ("resolved", "closed"),
    "any": None,
}
SOON: Final = timedelta(hours=8)
"""What is due within this time stands in the view of what is due."""
NAME: Final = 80
MOST_SAVED: Final = 50
_LONGEST: Final = 200  # signs of one value


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of cases. "" is no condition.

    view   one of ``VIEWS``
    team   uuid of a team: its cases and those of its members; ``owner``: uuid of a person, or "nobody": a team's still
    draft, overdue   "1": an answer is being written; what was promised is overdue
    order  "" newest first, "due" most urgent first
    """

    view: str = "team"
    state: str = "open"
    channel: str = ""
    team: str = ""
    owner: str = ""
    topic: str = ""
    tier: str = ""
    language: str = ""
    draft: str = ""
    overdue: str = ""
    order: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether something beyond its view narrows it."""
        return replace(self, view="team", order="") != Wanted()


_PLAIN: Final = Wanted()
NAMES: Final = tuple(field.name for field in fields(Wanted))


def read(given: Mapping[str, str], usual: str = "team") -> Wanted:
    """The filter that an address holds."""
    said = {name: clean(given.get(name, "")) for name in NAMES}
    view = said["view"] if said["view"] in VIEWS else usual
    return Wanted(
        view=view,
        state=said["state"] if said["state"] in STATES else "open",
        channel=said["channel"] if said["channel"] in set(Channel) else "",
        team=_uuid(said["team"]),
        owner="nobody" if said["owner"] == "nobody" else _uuid(said["owner"]),
        topic=said["topic"],
        tier=said["tier"],
        language=said["language"],
        draft="1" if said["draft"] == "1" else "",
        overdue="1" if said["overdue"] == "1" else "",
        order="due" if said["order"] == "due" else "",
    )


def clean(text: str) -> str:
    """A value as it can be compared: no NUL, no ends, not longer than any that is."""
    return told(text[: 4 * _LONGEST])[:_LONGEST]


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def written(wanted: Wanted, **instead: str) -> str:
    """The filter as an address holds it: only what is said, the view first."""
    wanted = replace(wanted, **instead)
    kept = {name: value for name in NAMES if (value := getattr(wanted, name)) != getattr(_PLAIN, name)}
    return urlencode({"view": wanted.view, **kept})


def cases_of(user: Any, wanted: Wanted, now: datetime | None = None) -> QuerySet[Case]:
    """The cases that a list of this filter shows to a reader, in no order; joined ones are left out."""
    cases = _in_view(user, wanted.view, now or datetime.now(UTC)).filter(merged_into__isnull=True)
    states = STATES["pending"] if wanted.view == "waiting" else STATES[wanted.state]
    if states is not None:
        cases = cases.filter(state__in=states)
    if wanted.team:
        cases = cases.filter(_of_team(wanted.team))
    if wanted.owner == "nobody":
        cases = cases.filter(owner_person__isnull=True)
    elif wanted.owner:
        cases = cases.filter(
            owner_person__in=list(Person.objects.filter(uuid=wanted.owner).values_list("pk", flat=True))
        )
    said = {name: getattr(wanted, name) for name in ("channel", "topic", "tier", "language") if getattr(wanted, name)}
    if said.get("tier") and "tier" in gate.hidden_fields(user, "case"):
        del said["tier"]  # whom it is hidden from, cannot find it out by asking
    cases = cases.filter(**said)
    if wanted.draft:
        cases = cases.filter(Exists(Draft.objects.filter(case=OuterRef("pk"))))
    if wanted.overdue:
        cases = cases.filter(_due_before(now or datetime.now(UTC)))
    return cases


def _in_view(user: Any, view: str, now: datetime) -> QuerySet[Case]:
    person = sight_of(user, getattr(user, "rundblick_token", None)).person
    cases = Case.objects.filter(gate.visible_cases(user))
    if view == "watched":
        return cases.filter(pk__in=watched_cases(person) if person is not None else [])
    if view == "mine":
        return cases.filter(owner_person=person) if person is not None else cases.none()
    if view in ("team", "waiting", "due"):
        # what is one's own to work on is visible anyway: the wider filter would only be asked again for each row
        cases = Case.objects.filter(gate.team_cases(user))
    if view == "due":
        return cases.filter(_due_before(now + SOON))
    return cases.filter(flagged=True) if view == "flagged" else cases


def _due_before(until: datetime) -> Exists:
    return Exists(Clock.objects.filter(case_id=OuterRef("pk"), state__in=("running", "breached"), due_at__lt=until))


def _of_team(uuid: str) -> Q:
    """Cases of a team and of its members; their ids as values, so that the planner can count them."""
    team = Team.objects.filter(uuid=uuid).first()
    if team is None:
        return Q(pk__in=[])
    people = list(Person.objects.filter(memberships__team=team).values_list("pk", flat=True))
    return Q(owner_team=team) | Q(owner_person__in=people)


# -- how many ----------------------------------------------------------------------------------------------------------

COUNTED: Final = 100
"""Beyond this a count says "99+": nobody reads on, and nothing is counted further."""


def how_many(lists: Mapping[str, QuerySet[Case]], most: int = COUNTED) -> dict[str, int]:
    """How many cases each of some lists has, at most ``most`` each, by one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for cases in lists.values():
        try:
            text, given = cases.order_by().values("pk")[:most].query.sql_with_params()
        except EmptyResultSet:
            parts.append("SELECT 0::bigint")
            continue
        parts.append(f"SELECT count(*) FROM ({text}) AS found")
        params += given
    if not parts:
        return {}
    with cursor() as cur:
        cur.execute("SELECT " + ", ".join(f"({part})" for part in parts), params)
        row = cur.fetchone() or ()
    return dict(zip(lists, row, strict=True))


# -- what is being chosen from ---------------------------------------------------------------------------------------

# one step into the index for each topic, however many cases have it
_TOPICS: Final = """
WITH RECURSIVE topics (topic, n) AS (
    (SELECT topic, 1 FROM cases_case
     WHERE state IN ('new', 'open', 'pending') AND merged_into_id IS NULL AND topic <> ''
     ORDER BY topic LIMIT 1)
    UNION ALL
    SELECT (SELECT c.topic FROM cases_case c WHERE c.state IN ('new', 'open', 'pending') AND c.merged_into_id IS NULL
            AND c.topic <> '' AND c.topic > topics.topic ORDER BY c.topic LIMIT 1), n + 1
    FROM topics WHERE topics.topic IS NOT NULL AND n < %s
)
SELECT topic FROM topics WHERE topic IS NOT NULL
"""


def open_topics(most: int = 100) -> list[str]:
    """The topics of open cases, at most so many."""
    with cursor() as cur:
        cur.execute(_TOPICS, (most,))
        return [topic for (topic,) in cur.fetchall()]


# -- saved filters -----------------------------------------------------------------------------------------------------


class FilterError(ValueError):
    """The filter cannot be kept; ``code``: "name" is missing, "team" is not his, "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def visible_filters(user: Any, permission: str = "case.read") -> Q:
    """The saved filters somebody sees: his own and those of his teams."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    if not sight.allows(permission) or sight.person is None:
        return gate.NOTHING
    return Q(person=sight.person) | Q(team__in=sight.teams)


def saved_filters(user: Any) -> list[SavedFilter]:
    """What somebody finds beside his views: first his own, then those of his teams, each in their order."""
    found = SavedFilter.objects.filter(visible_filters(user)).select_related("team")
    rows = sorted(found[: 4 * MOST_SAVED], key=lambda one: (one.team_id or 0, one.place, one.pk))
    return rows


def save_filter(
    user: Any, by: Person, name: str, query: str, team: Team | None = None, known: SavedFilter | None = None
) -> SavedFilter:
    """Keep a filter under a name, for oneself or for a team of one's own; ``known`` is changed. Raises FilterError."""
    name = " ".join(told(name[: 4 * NAME]).split())[:NAME]
    if not name:
        raise FilterError("name")
    if team is not None and team.pk not in sight_of(user, getattr(user, "rundblick_token", None)).teams:
        raise FilterError("team")
    query = written(read(dict(parse_qsl(query[:4000]))))
    of = {"team": team, "person": None} if team is not None else {"team": None, "person": by}
    with transaction.atomic():
        mine = SavedFilter.objects.filter(**of)
        if known is None and mine.count() >= MOST_SAVED:
            raise FilterError("too_many")
        row = known or SavedFilter(place=(mine.aggregate(last=Max("place"))["last"] or 0) + 1)
        row.name, row.query, row.made_by, row.changed_at = name, query, by, datetime.now(UTC)
        row.team, row.person = of["team"], of["person"]
        row.save()
    return row


def move_filter(row: SavedFilter, by: int) -> None:
    """One place up (-1) or down (1) among those of its owner."""
    of = {"team": row.team} if row.team_id else {"person": row.person}
    with transaction.atomic():
        rows = list(SavedFilter.objects.select_for_update().filter(**of).order_by("place", "pk"))
        at = next(i for i, one in enumerate(rows) if one.pk == row.pk)
        to = min(max(at + by, 0), len(rows) - 1)
        rows.insert(to, rows.pop(at))
        for place, one in enumerate(rows, start=1):
            if one.place != place:
                SavedFilter.objects.filter(pk=one.pk).update(place=place)
