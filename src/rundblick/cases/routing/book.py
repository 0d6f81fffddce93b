"""The rules of routing: what each competence centre takes, what its people can do, and rules that come before that.

    book = in_force(ROUTING)          # None: nobody has set any, and everything goes to the usual team
    put_in_force(ROUTING, told, by=user.pk, seen=book.version if book else 0)

Teams and people are named by their UUIDs, so that rules outlive a change of name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cases.routing.same import plain
from rundblick.core.message import Channel
from rundblick.core.rulebooks import Kind, RuleError
from rundblick.people.hours import timetables
from rundblick.people.models import Membership, PersonContent, Team, User
from rundblick.people.models import Person as Row
from rundblick.people.roles import granted

CAPACITY: Final = 8  # open cases at once of somebody of whom nothing else is said
DIMENSIONS: Final = ("topics", "languages", "channels", "tiers", "addresses")
MOST: Final = 2_000  # entries of each kind

Words = tuple[str, ...]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An explicit rule: what has one of the values in each dimension that is named goes to ``team``."""

    name: str
    team: str
    topics: Words = ()
    languages: Words = ()
    channels: Words = ()
    tiers: Words = ()
    addresses: Words = ()  # codes of sources: "mailbox:service@muster.example"


class Centre(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A competence centre and what it takes; () is everything, but one that names nothing takes only by rules.

    takes     push: cases are assigned to a person; pull: people take them
    capacity  open cases at once of its people of whom nothing else is said
    """

    team: str
    topics: Words = ()
    languages: Words = ()
    channels: Words = ()
    tiers: Words = ()
    addresses: Words = ()
    takes: Literal["push", "pull"] = "pull"
    capacity: int = CAPACITY


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody can do. Of whom nothing is said has his team's languages and can do all that comes to it.

    skills     topics; () all
    languages  () those of his team
    tiers      () all
    capacity   open cases at once
    hours      name of a timetable (people.hours); "" his team's
    """

    person: str
    skills: Words = ()
    languages: Words = ()
    tiers: Words = ()
    capacity: int = CAPACITY
    hours: str = ""


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. ``rules`` in order, the first that fits decides; then the centre that fits best; then the usual
    team."""

    rules: tuple[Rule, ...] = ()
    centres: tuple[Centre, ...] = ()
    people: tuple[Member, ...] = ()


def claims(told: Routing) -> list[Rule | Centre]:
    """Everything that names a team."""
    return [*told.rules, *told.centres]


def check(told: Routing) -> None:
    """Raises RuleError with which rule, team or person is wrong, and why."""
    for part, name in ((told.rules, _("rules")), (told.centres, _("teams")), (told.people, _("people"))):
        if len(part) > MOST:
            raise RuleError(_("There are more than %(n)d %(what)s.") % {"n": MOST, "what": name})
    teams = _teams(told)
    for place, rule in enumerate(told.rules, start=1):
        if not rule.name.strip():
            raise RuleError(_("Rule %d has no name.") % place)
        where = _('Rule "%s"') % rule.name
        if sum(other.name == rule.name for other in told.rules) > 1:
            raise RuleError(_('There are two rules called "%s".') % rule.name)
        if not any(getattr(rule, one) for one in DIMENSIONS):
            raise RuleError(_("%s says no condition, so every case would go there.") % where)
        _check_words(where, rule)
        _check_team(where, rule.team, teams)
    for centre in told.centres:
        where = _check_team(_("A team"), centre.team, teams).name
        if sum(other.team == centre.team for other in told.centres) > 1:
            raise RuleError(_("%s is described twice.") % where)
        _check_words(where, centre)
        if not 0 < centre.capacity <= 1_000:
            raise RuleError(_("%s: nobody could take a case with this capacity. Enter 1 to 1000.") % where)
    _check_people(told, teams)


def _check_people(told: Routing, teams: dict[str, Team]) -> None:
    """Raises RuleError."""
    uuids = [member.person for member in told.people]
    _check_uuids(uuids)
    rows = {str(row.uuid): row for row in Row.objects.filter(uuid__in=uuids).select_related("user", "content")}
    tables = {table.name for table in timetables().tables}
    for member in told.people:
        row = rows.get(member.person)
        if row is None:
            raise RuleError(_("There is no person %s.") % member.person)
        name = _name(row)
        if uuids.count(member.person) > 1:
            raise RuleError(_("%s is described twice.") % name)
        if row.left_at is not None or row.user is None or not row.user.is_active:
            raise RuleError(_("%s has left or cannot sign in. Take the entry out.") % name)
        _check_texts(name, member.skills + member.languages + member.tiers)
        if not 0 < member.capacity <= 1_000:
            raise RuleError(_("%s: nobody could take a case with this capacity. Enter 1 to 1000.") % name)
        if member.hours and member.hours not in tables:
            raise RuleError(_('%(who)s: there are no opening hours called "%(name)s".') % {
                "who": name, "name": member.hours})  # fmt: skip
    _check_languages(told, teams)


def _check_languages(told: Routing, teams: dict[str, Team]) -> None:
    """Somebody speaks each language that a team claims; a team whose cases are assigned has somebody. RuleError."""
    of = {member.person: member for member in told.people}
    members: dict[int, list[str]] = {}
    ids = [teams[centre.team].pk for centre in told.centres]
    for id_, person in workers(ids):
        members.setdefault(id_, []).append(person)
    for centre in told.centres:
        team = teams[centre.team]
        there = members.get(team.pk, [])
        if not there and centre.takes == "push":
            raise RuleError(
                _("Nobody works in %s, so no case can be assigned there. Let people take them, or add members.")
                % team.name
            )
        for language in centre.languages:
            if there and not any(_speaks(of.get(person), language) for person in there):
                raise RuleError(
                    _("%(team)s takes cases in %(language)s, and nobody there speaks it.")
                    % {"team": team.name, "language": language}
                )


def _speaks(member: Member | None, language: str) -> bool:
    return member is None or not member.languages or plain(language) in map(plain, member.languages)


def workers(teams: Iterable[int]) -> list[tuple[int, str]]:
    """(team, person's uuid) of those who can be given a case: they may sign in and work in cases, and have not left."""
    roles = [role for role in User._meta.get_field("role").choices or () if "case.write" in granted(str(role[0]))]
    found = Membership.objects.filter(
        team_id__in=list(teams),
        person__left_at=None,
        person__user__is_active=True,
        person__user__role__in=[role[0] for role in roles],
    )
    return [(team, str(uuid)) for team, uuid in found.order_by("id").values_list("team_id", "person__uuid")]


def warnings(told: Routing) -> list[str]:
    """What is no fault and probably not meant: rules that never decide anything, since an earlier one covers them."""
    found = []
    for place, rule in enumerate(told.rules):
        for earlier in told.rules[:place]:
            if all(_covers(getattr(earlier, one), getattr(rule, one)) for one in DIMENSIONS):
                found.append(
                    _('Rule "%(name)s" never decides anything: "%(earlier)s" stands before it and takes all of it.')
                    % {"name": rule.name, "earlier": earlier.name}
                )
                break
    return found


def _covers(wide: Words, narrow: Words) -> bool:
    return not wide or (bool(narrow) and set(map(plain, narrow)) <= set(map(plain, wide)))


def _teams(told: Routing) -> dict[str, Team]:
    uuids = [one.team for one in claims(told)]
    _check_uuids(uuids)
    return {str(team.uuid): team for team in Team.objects.filter(uuid__in=uuids)}


def _check_uuids(uuids: Iterable[str]) -> None:
    for text in uuids:
        try:
            if str(UUID(text)) == text:
                continue
        except (ValueError, AttributeError):
            pass
        raise RuleError(_('"%s" is no id of a team or person.') % text)


def _check_team(where: str, uuid: str, teams: dict[str, Team]) -> Team:
    team = teams.get(uuid)
    if team is None:
        raise RuleError(_("%(where)s: there is no team %(uuid)s.") % {"where": where, "uuid": uuid})
    if team.closed_at is not None:
        raise RuleError(_("%(where)s: the team %(team)s is closed.") % {"where": where, "team": team.name})
    if team.system_id is not None:
        raise RuleError(
            _("%(where)s: the team %(team)s is one of another system; only own teams get cases.")
            % {"where": where, "team": team.name}
        )
    return team


def _check_words(where: str, one: Any) -> None:
    _check_texts(where, [word for name in DIMENSIONS for word in getattr(one, name)])
    known = {str(channel) for channel in Channel}
    for channel in one.channels:
        if channel not in known:
            raise RuleError(
                _('%(where)s: there is no channel "%(channel)s"; there are %(known)s.')
                % {"where": where, "channel": channel, "known": ", ".join(sorted(known))}
            )


def _check_texts(where: str, words: Iterable[str]) -> None:
    for word in words:
        if not word.strip() or len(word) > 200 or any(ord(c) < 32 for c in word):
            raise RuleError(_("%s: a value is empty, too long, or has signs that no topic has.") % where)


def _name(row: Row) -> str:
    if row.user is not None:
        return row.user.name
    content: PersonContent | None = getattr(row, "content", None)
    return content.name if content is not None else str(row.uuid)


def counted(told: Routing) -> str:
    """How much it is, in one line."""
    return ", ".join(
        (
            ngettext("%d rule", "%d rules", len(told.rules)) % len(told.rules),
            ngettext("%d team", "%d teams", len(told.centres)) % len(told.centres),
            ngettext("%d person", "%d people", len(told.people)) % len(told.people),
        )
    )


ROUTING: Final = Kind("routing", Routing, check)
