"""The views of the inbox as the column beside it shows them: the built-in ones, one's teams, saved filters; counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from rundblick.cases import filters
from rundblick.cases.filters import COUNTED, Wanted
from rundblick.cases.models import SavedFilter
from rundblick.cases.watching import unread_watched
from rundblick.people.models import Team
from rundblick.people.sight import sight_of

VIEW_WORDS: Final[dict[str, Callable[[], str]]] = {
    "team": lambda: _("My team"),
    "mine": lambda: _("Mine"),
    "watched": lambda: _("Watched"),
    "waiting": lambda: _("Waiting for the customer"),
    "due": lambda: _("Due soon"),
    "all": lambda: _("All cases"),
    "flagged": lambda: _("Not readable"),
}
# icon, and the key after g
_SIGNS: Final = {
    "team": ("users", "i"),
    "mine": ("user", "m"),
    "watched": ("star", "s"),
    "waiting": ("clock-pause", "p"),
    "due": ("hourglass", "u"),
    "all": ("inbox", "a"),
    "flagged": ("flag", "f"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One line beside the inbox. ``count``: "", "7", "99+"; ``tone``: "", "act" something new, "bad" overdue."""

    view: str
    label: str
    icon: str
    url: str
    key: str = ""
    count: str = ""
    tone: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Views:
    """``saved``: with those of teams behind one's own; ``counted``: false where the counts are still to be fetched."""

    built_in: tuple[View, ...]
    teams: tuple[View, ...]
    saved: tuple[View, ...]
    counted: bool


def built_in(
    current: str = "", counts: dict[str, str] | None = None, tones: dict[str, str] | None = None
) -> list[View]:
    """The views that everybody has."""
    address = reverse("desk:inbox")
    return [
        View(
            view=name,
            label=VIEW_WORDS[name](),
            icon=_SIGNS[name][0],
            key=_SIGNS[name][1],
            url=f"{address}?view={name}",
            count=(counts or {}).get(name, ""),
            tone=(tones or {}).get(name, ""),
            current=name == current,
        )
        for name in filters.VIEWS
    ]


def views_of(request: HttpRequest, wanted: Wanted | None, saved: Sequence[SavedFilter], *, counted: bool) -> Views:
    """The column beside the inbox for a reader; ``wanted`` is what he looks at, None another page."""
    user: Any = request.user
    address = reverse("desk:inbox")
    here = filters.written(wanted) if wanted is not None and wanted.view else ""
    kept = next((one for one in saved if one.query == here), None)
    teams = list(Team.objects.filter(pk__in=sight_of(user).teams).order_by("name")) if counted else []
    of_team = [Wanted(view="team", team=str(team.uuid)) for team in teams] if len(teams) > 1 else []
    counts, tones = _counts(user, of_team) if counted else ({}, {})
    is_team = wanted is not None and wanted.view == "team" and wanted.team in {str(team.uuid) for team in teams}
    current = wanted.view if wanted is not None and kept is None and not is_team else ""
    return Views(
        built_in=tuple(built_in(current, counts, tones)),
        teams=tuple(
            View(
                view="team",
                label=team.name,
                icon="users",
                url=f"{address}?{filters.written(one)}",
                count=counts.get(one.team, ""),
                current=wanted is not None and kept is None and wanted.view == "team" and wanted.team == one.team,
            )
            for team, one in zip(teams, of_team, strict=False)
        ),
        saved=tuple(
            View(
                view="",
                label=one.name,
                icon="users" if one.team_id else "bookmark",
                url=f"{address}?{one.query}",
                current=kept is not None and one.pk == kept.pk,
            )
            for one in saved
        ),
        counted=counted,
    )


def _counts(user: Any, teams: Sequence[Wanted]) -> tuple[dict[str, str], dict[str, str]]:
    """What stands behind each view, and its tone; two statements, each stops at ``COUNTED``."""
    lists = {
        name: filters.cases_of(user, Wanted(view=name)) for name in filters.VIEWS if name not in ("all", "watched")
    }
    lists["overdue"] = filters.cases_of(user, Wanted(view="team", overdue="1"))
    lists |= {one.team: filters.cases_of(user, one) for one in teams}
    found = filters.how_many(lists)
    unread = unread_watched(sight_of(user).person, COUNTED)
    counts = {name: in_words(n) for name, n in found.items()} | {"watched": in_words(unread)}
    tones = {"watched": "act" if unread else "", "due": "bad" if found["overdue"] else ""}
    return counts, tones


def in_words(n: int, most: int = COUNTED) -> str:
    """A count as it stands beside a view: "" for none, and nothing is counted beyond "99+"."""
    return "" if not n else str(n) if n < most else f"{most - 1}+"
