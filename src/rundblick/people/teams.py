"""Competence centres of our own: making and changing them, and who works in them. Closing is cases.leaving."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from rundblick.core.ids import uuid7
from rundblick.people.models import Membership, Person, Team, User
from rundblick.people.users import record

LONGEST_NAME: Final = 120


class TeamError(ValueError):
    """A deed that cannot be done; the text says what is wrong and what to do, ``field`` where."""

    def __init__(self, text: str, field: str = "name") -> None:
        super().__init__(text)
        self.field = field


def make_team(name: str, *, partner: bool = False, by: User | None, at: datetime | None = None) -> Team:
    """A new team without members. Raises TeamError."""
    with transaction.atomic():
        told = _free_name(name, None)
        team = Team.objects.create(key=str(uuid7()), name=told, is_partner=partner)
        record("team.made", by, at, ("team", team.pk), partner=partner)
    return team


def change_team(
    team: Team, *, name: str | None = None, partner: bool | None = None, by: User | None, at: datetime | None = None
) -> Team:
    """Change what is given and leave the rest. Raises TeamError."""
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=team.pk)
        if name is not None:
            team.name = _free_name(name, team)
        if partner and team.is_default:
            raise TeamError(
                _("What nobody else owns goes to this team, so it is no outside firm's. Choose another default first."),
                "partner",
            )
        if partner is not None:
            team.is_partner = partner
        team.save(update_fields=["name", "is_partner"])
        record("team.changed", by, at, ("team", team.pk), partner=team.is_partner)
    return team


def set_members(team: Team, persons: Collection[Person], *, by: User | None, at: datetime | None = None) -> None:
    """These work in the team from now on, and nobody else who is still there. Raises TeamError."""
    if team.closed_at is not None:
        raise TeamError(_("%(team)s is closed. Open it again first.") % {"team": team.name}, "members")
    if any(person.left_at is not None for person in persons):
        raise TeamError(_("Somebody of these has left. Choose people who are there."), "members")
    wanted = {person.pk for person in persons}
    with transaction.atomic():
        # whoever has left stays what he was: what he did is still his team's
        Membership.objects.filter(team=team, person__left_at__isnull=True).exclude(person__in=wanted).delete()
        Membership.objects.bulk_create(
            [Membership(person_id=person, team=team) for person in sorted(wanted)], ignore_conflicts=True
        )
        record("team.members", by, at, ("team", team.pk), persons=sorted(wanted))


def _free_name(name: str, team: Team | None) -> str:
    told = " ".join(name.replace("\x00", "").split())[:LONGEST_NAME]
    if not told:
        raise TeamError(_("A team needs a name."))
    others = Team.objects.filter(system__isnull=True, closed_at__isnull=True, name__iexact=told)
    if team is not None:
        others = others.exclude(pk=team.pk)
    if others.exists():
        raise TeamError(_("There is a team of that name already."))
    return told
