"""Somebody leaves, or a team is closed: every open case goes on with somebody who is there.

    leave(person, by=user)                       his open cases go to their teams; he signs in no more
    leave(person, by=user, successor=other)      or all of them to one person
    close_team(team, into=other, by=user)

One transaction each, whatever the number of cases. Whoever leaves is locked first, as the database locks an owner whom
a case is given to (cases/migrations/0009): a case that is just coming to him is waited for and handed over too, and one
that comes later is refused. A deadlock is done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from rundblick.cases.folding import fold
from rundblick.cases.reassigning import Heir, Held, hand_all, held, open_cases_of_person, open_cases_of_team
from rundblick.core.again import again
from rundblick.core.database import cursor
from rundblick.core.locks import lock_all
from rundblick.core.registry import Cursor
from rundblick.people.models import Absence, Membership, Person, Team, User
from rundblick.people.users import person_of_user, record, switch_off

_PORTION: Final = 2_000


class LeavingError(ValueError):
    """It cannot be done as asked; the text says why and what to do, ``code`` the same for programs.

    left, there        he has left already; he has not left
    self               one's own leaving is somebody else's to enter
    successor          the successor has left, or is the one who leaves
    closed, open       the team is closed already; it is not closed
    default            what nobody else owns goes to this team
    into               the team to go on is closed, or the one that is closed
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over: ``teams`` and ``persons``, id -> number of open cases."""

    teams: dict[int, int]
    persons: dict[int, int]

    @property
    def cases(self) -> int:
        return sum(self.teams.values()) + sum(self.persons.values())


def leave(
    person: Person,
    by: User | None,
    at: datetime | None = None,
    *,
    successor: Person | None = None,
    reason: str = "",
) -> Handed:
    """He owns no open case from now on and signs in no more. Raises LeavingError, people.users.UserError.

    Each open case goes to ``successor``, else to the team for which he had it, else one of his teams, else the default
    team. ``reason`` stands with each hand-over.
    """
    now = at or datetime.now(UTC)
    if by is not None and person.user_id == by.pk:
        raise LeavingError("self", _("You cannot enter your own leaving. Ask another administrator."))
    if successor is not None and successor.pk == person.pk:
        raise LeavingError("successor", _("Nobody is his own successor. Choose somebody else."))
    told = reason.replace("\x00", "").strip() or _("Its owner has left the company.")
    actor = person_of_user(by).pk if by is not None else None

    def do() -> Handed:
        with transaction.atomic(), cursor() as cur:
            if person.user_id is not None:  # users before persons, as everywhere
                _lock_administrators(cur, person.user_id)
            gone = lock_persons(cur, person.pk, successor.pk if successor is not None else None)
            if gone[person.pk] is not None:
                raise LeavingError("left", _("This person has left already."))
            if successor is not None and gone[successor.pk] is not None:
                raise LeavingError("successor", _("The successor has left too. Choose somebody who is there."))
            theirs = held(cur, open_cases_of_person(cur, person.pk))
            heir = to_person(successor.pk) if successor is not None else to_teams(person.pk)
            counts = hand_all(cur, theirs, heir, cause="absence", reason=told, by=actor, at=now)
            # whoever is away longer than that is no longer waited for, and deputizes for nobody
            Absence.objects.filter(deputy=person, handed_at__isnull=True).update(deputy=None)
            Absence.objects.filter(person=person, handed_at__isnull=True).update(handed_at=now)
            Person.objects.filter(pk=person.pk).update(left_at=now)
            if person.user_id is not None:
                switch_off(User.objects.get(pk=person.user_id), forget_password=True)
            done = _handed(counts)
            record("person.left", by, now, ("person", person.pk), cases=done.cases)
        return done

    return again(do)


def come_back(person: Person, by: User | None, at: datetime | None = None) -> None:
    """He may own cases again and be invited again. Raises LeavingError.

    What was handed over stays with who has it. What was done by him and opened again meanwhile is his again: nobody
    was asked when it fell to his team.
    """

    def do() -> None:
        with transaction.atomic(), cursor() as cur:
            if lock_persons(cur, person.pk)[person.pk] is None:
                raise LeavingError("there", _("This person has not left."))
            Person.objects.filter(pk=person.pk).update(left_at=None)
            User.objects.filter(person=person).update(is_active=True)
            _refold(cur, "id IN (SELECT case_id FROM cases_caseentry WHERE person_id = %s)", person.pk)
            record("person.returned", by, at, ("person", person.pk))

    again(do)


def close_team(
    team: Team,
    into: Team,
    by: User | None,
    at: datetime | None = None,
    *,
    take_members: bool = False,
    reason: str = "",
) -> Handed:
    """The team takes no cases any more; all that it had is ``into``'s. Raises LeavingError.

    take_members  its members work in ``into`` from now on
    """
    now = at or datetime.now(UTC)
    if team.pk == into.pk:
        raise LeavingError("into", _("A team cannot go on in itself. Choose another one."))
    told = reason.replace("\x00", "").strip() or _("The team was closed.")
    actor = person_of_user(by).pk if by is not None else None

    def do() -> Handed:
        with transaction.atomic(), cursor() as cur:
            gone = lock_teams(cur, team.pk, into.pk)
            if gone[team.pk] is not None:
                raise LeavingError("closed", _("This team is closed already."))
            if gone[into.pk] is not None:
                raise LeavingError("into", _("The team that is to go on is closed too. Choose one that is there."))
            if Team.objects.filter(pk=team.pk, is_default=True).exists():
                raise LeavingError(
                    "default",
                    _("What nobody else owns goes to this team. Make another one the default team first."),
                )
            theirs = held(cur, open_cases_of_team(cur, team.pk))
            next_owner = Heir(None, into.pk)
            counts = hand_all(
                cur, theirs, lambda _one: next_owner, cause="reorganisation", reason=told, by=actor, at=now
            )
            Team.objects.filter(successor=team).update(successor=into)
            Team.objects.filter(pk=team.pk).update(closed_at=now, successor=into)
            _refold(cur, "owner_team_id = %s", team.pk)  # what is done is the successor's too
            if take_members:
                people = Membership.objects.filter(team=team).values_list("person_id", flat=True)
                Membership.objects.bulk_create(
                    [Membership(person_id=one, team=into) for one in people], ignore_conflicts=True
                )
            done = _handed(counts)
            record("team.closed", by, now, ("team", team.pk), into=into.pk, cases=done.cases)
        return done

    return again(do)


def open_team(team: Team, by: User | None, at: datetime | None = None) -> None:
    """The team takes cases again. What was handed over stays, what was done there is its own again.

    Raises LeavingError.
    """

    def do() -> None:
        with transaction.atomic(), cursor() as cur:
            if lock_teams(cur, team.pk)[team.pk] is None:
                raise LeavingError("open", _("This team is not closed."))
            Team.objects.filter(pk=team.pk).update(closed_at=None, successor=None)
            _refold(cur, "routed_team_id = %s", team.pk)
            _refold(cur, "id IN (SELECT case_id FROM cases_caseentry WHERE team_id = %s)", team.pk)
            record("team.opened", by, at, ("team", team.pk))

    again(do)


def make_default(team: Team, by: User | None, at: datetime | None = None) -> None:
    """From now on, what nobody else owns goes to this team; what is there stays where it is. Raises LeavingError.

    Nothing comes in meanwhile: a case is never half of the old and half of the new team.
    """

    def do() -> None:
        with transaction.atomic(), cursor() as cur:
            lock_all(cur)
            if lock_teams(cur, team.pk)[team.pk] is not None:
                raise LeavingError("closed", _("%(team)s is closed. Choose another team.") % {"team": team.name})
            before = Team.objects.select_for_update().filter(is_default=True).first()
            if before is not None and before.pk == team.pk:
                return
            if before is not None:
                # said of each case now, since only the default team needs no word of it
                cur.execute(
                    "UPDATE cases_case SET routed_team_id = %s WHERE owner_team_id = %s AND routed_team_id IS NULL",
                    (before.pk, before.pk),
                )
                Team.objects.filter(pk=before.pk).update(is_default=False)
            Team.objects.filter(pk=team.pk).update(is_default=True)
            record("team.default", by, at, ("team", team.pk))

    again(do)


# -- who goes on ------------------------------------------------------------------------------------------------------


def to_person(person: int) -> Callable[[Held], Heir]:
    """All go to one person, for the team that has the case when he is in it, else his first one."""
    teams = open_teams_of(person)

    def heir(one: Held) -> Heir:
        return Heir(person, one.team if one.team in teams else next(iter(teams), None))

    return heir


def to_teams(person: int) -> Callable[[Held], Heir]:
    """Each goes to the team for which this person had it, else to one of his, else to the default team."""
    default = Team.objects.filter(is_default=True).values_list("id", flat=True).first()
    last = next(iter(open_teams_of(person)), default)

    def heir(one: Held) -> Heir:
        to = one.team if one.team is not None else last
        if to is None:
            raise LeavingError("into", _("There is no team to take the cases. Make one first."))
        return Heir(None, to)

    return heir


def open_teams_of(person: int) -> list[int]:
    """The teams of somebody that take cases, the first one first."""
    found = Team.objects.filter(memberships__person=person, closed_at__isnull=True).order_by("id")
    return list(found.values_list("id", flat=True))


# -- locks ------------------------------------------------------------------------------------------------------------


def lock_persons(cur: Cursor, leaving: int, *others: int | None) -> dict[int, datetime | None]:
    """Lock who leaves against every case that comes to him, the others against their own leaving: id -> left at."""
    return _lock(cur, "people_person", "left_at", leaving, others)


def lock_teams(cur: Cursor, closing: int, *others: int | None) -> dict[int, datetime | None]:
    """The same for teams: id -> closed at."""
    return _lock(cur, "people_team", "closed_at", closing, others)


def _lock(cur: Cursor, table: str, column: str, first: int, others: Iterable[int | None]) -> dict[int, datetime | None]:
    found: dict[int, datetime | None] = {}
    for one in sorted({first, *(other for other in others if other is not None)}):
        strength = "UPDATE" if one == first else "KEY SHARE"
        cur.execute(f"SELECT id, {column} FROM {table} WHERE id = %s FOR {strength}", (one,))
        found.update(cur.fetchall())
    return found


def _lock_administrators(cur: Cursor, user: int) -> None:
    cur.execute("SELECT id FROM people_user WHERE role = 'admin' OR id = %s ORDER BY id FOR UPDATE", (user,))


def _refold(cur: Cursor, which: str, value: int) -> None:
    # what could not be read shows what the quarantine says of it, until somebody has written to it
    cur.execute(
        f"SELECT id FROM cases_case c WHERE merged_into_id IS NULL AND {which} AND NOT (flagged AND NOT EXISTS ("
        "SELECT FROM cases_message m WHERE m.case_id = c.id) AND NOT EXISTS (SELECT FROM cases_caseentry e"
        " WHERE e.case_id = c.id)) ORDER BY id FOR UPDATE OF c",
        (value,),
    )
    cases = [case for (case,) in cur.fetchall()]
    for first in range(0, len(cases), _PORTION):
        fold(cur, cases[first : first + _PORTION], subjects=[])


def _handed(counts: Counter[Heir]) -> Handed:
    teams: Counter[int] = Counter()
    persons: Counter[int] = Counter()
    for to, n in counts.items():
        if to.person is not None:
            persons[to.person] += n
        elif to.team is not None:
            teams[to.team] += n
    return Handed(dict(teams), dict(persons))
