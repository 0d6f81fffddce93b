"""Who asks, for one request: role, person, teams, and what of it a token leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rundblick.core.installation import known
from rundblick.people.models import ApiToken, Membership, Person
from rundblick.people.roles import WRITING, Scope, granted, scope_of, within


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may do and over which cases; loaded once a request, kept on the user object."""

    user: int | None
    role: str
    scope: Scope
    permissions: frozenset[str]
    person: int | None
    teams: tuple[int, ...]
    colleagues: tuple[int, ...] = ()  # persons of the same teams: as values, so that the planner can count them
    token: int | None = None

    def allows(self, permission: str) -> bool:
        return permission in self.permissions


NOBODY = Sight(user=None, role="", scope=Scope.NONE, permissions=frozenset(), person=None, teams=())


def sight_of(user: Any, token: ApiToken | None = None) -> Sight:
    """The sight of a user (of nobody, when not signed in or switched off), narrowed by a token's scopes."""
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    seen: Sight | None = getattr(user, "_sight", None)
    if seen is not None and seen.token == (token.pk if token else None):
        return seen
    rows = list(Person.objects.filter(user_id=user.pk).values_list("id", "memberships__team_id"))
    teams = tuple(team for _, team in rows if team is not None)
    members = Membership.objects.filter(team_id__in=teams).values_list("person_id", flat=True) if teams else ()
    permissions = granted(user.role)
    installed = known()
    if installed is not None and installed.read_only:
        permissions -= WRITING
    if token is not None:
        permissions = within(permissions, token.scopes)
    sight = Sight(
        user=user.pk,
        role=user.role,
        scope=scope_of(user.role),
        permissions=permissions,
        person=rows[0][0] if rows else None,
        teams=teams,
        colleagues=tuple(sorted(set(members))),
        token=token.pk if token else None,
    )
    user._sight = sight
    return sight
