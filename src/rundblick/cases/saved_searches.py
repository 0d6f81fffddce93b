"""Searches that somebody comes back to: his own, or a team's.

    keep_search(user, "Returns from Kiel", "returned kiel state:open")           # his own
    keep_search(user, "Unpaid", "invoice older:14d", team=support)               # for his team
    searches_of(user)                                                           # his own, then his teams', by name

Everybody in a team sees its searches; whoever works on cases there may keep, change and delete them.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from rundblick.cases.models import SavedSearch
from rundblick.core.searching import fold
from rundblick.people import gate
from rundblick.people.models import Person, Team
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

LONGEST_NAME: Final = 80
LONGEST_QUERY: Final = 1_000  # 12,000 bytes in an address at most, which every server takes
MOST: Final = 100
"""Searches of one person, and of one team."""


class SavedSearchError(ValueError):
    """It cannot be kept so: ``code`` is no_name, no_query, too_long, taken, too_many, no_person, not_member."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def visible_searches(user: Any, permission: str = "search") -> Q:
    """The filter of the searches a user sees: his own, and those of his teams (of all, where he sees all cases).

    With "case.write" those he may change.
    """
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    if not sight.allows("search") or sight.scope is Scope.NONE:
        return gate.NOTHING
    own = Q(person_id=sight.person) if sight.person else gate.NOTHING
    if permission != "search" and not sight.allows(permission):
        return own
    return own | (Q(team__isnull=False) if sight.scope is Scope.ALL else Q(team_id__in=sight.teams))


def changeable_searches(user: Any, permission: str = "search") -> Q:
    """Those a user may rename, move or delete: his own always, a team's if he works on cases there."""
    return visible_searches(user, "case.write") if gate.allowed(user, permission) else gate.NOTHING


def teams_to_keep_for(user: Any) -> list[Team]:
    """The teams that a user may keep searches for: his own, if he works on cases."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    if not sight.allows("case.write") or not sight.allows("search"):
        return []
    return list(Team.objects.filter(pk__in=sight.teams, closed_at__isnull=True).order_by("name"))


def searches_of(user: Any) -> list[SavedSearch]:
    """A user's own searches and then those of the teams that he belongs to, each by name."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    mine = Q(person_id=sight.person) if sight.person else gate.NOTHING
    found = SavedSearch.objects.filter(visible_searches(user)).filter(mine | Q(team_id__in=sight.teams))
    return sorted(
        found.select_related("team"),
        key=lambda one: (one.team_id is not None, fold(one.team.name) if one.team else "", fold(one.name)),
    )


def keep_search(user: Any, name: str, query: str, team: Team | None = None) -> SavedSearch:
    """Keep a search for oneself or for a team. Raises SavedSearchError."""
    person = _person(user)
    name, query = _told(name, query)
    owner = _owner(user, person, team)
    with transaction.atomic():
        _room(owner, name, None)
        return SavedSearch.objects.create(name=name, query=query, made_by=person, **owner)


def change_search(user: Any, saved: SavedSearch, name: str, query: str, team: Team | None = None) -> SavedSearch:
    """Rename it, give it other words or another owner. Raises SavedSearchError."""
    name, query = _told(name, query)
    stays = saved.team_id is not None and team is not None and saved.team_id == team.pk
    owner: dict[str, Any] = {"team": saved.team, "person": None} if stays else _owner(user, _person(user), team)
    with transaction.atomic():
        _room(owner, name, saved)
        saved.name, saved.query, saved.team, saved.person = name, query, owner["team"], owner["person"]
        saved.save(update_fields=["name", "query", "team", "person"])
    return saved


def _person(user: Any) -> Person:
    person = Person.objects.filter(user_id=user.pk).first()
    if person is None:
        raise SavedSearchError("no_person")
    return person


def _told(name: str, query: str) -> tuple[str, str]:
    name = " ".join(name.replace("\0", "").split())
    query = " ".join(query.replace("\0", "").split())
    if not name:
        raise SavedSearchError("no_name")
    if not query:
        raise SavedSearchError("no_query")
    if len(name) > LONGEST_NAME or len(query) > LONGEST_QUERY:
        raise SavedSearchError("too_long")
    return name, query


def _owner(user: Any, person: Person, team: Team | None) -> dict[str, Any]:
    if team is None:
        return {"person": person, "team": None}
    if team.pk not in {one.pk for one in teams_to_keep_for(user)}:
        raise SavedSearchError("not_member")
    return {"person": None, "team": team}


def _room(owner: dict[str, Any], name: str, but: SavedSearch | None) -> None:
    """A name is one search with the same owner, whatever its case."""
    others = SavedSearch.objects.filter(**owner).exclude(pk=but.pk if but else 0)
    names = {fold(known) for known in others.values_list("name", flat=True)}
    if fold(name) in names:
        raise SavedSearchError("taken")
    if len(names) >= MOST:
        raise SavedSearchError("too_many")
