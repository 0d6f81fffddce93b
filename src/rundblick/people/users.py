"""Who may sign in: inviting, changing, locking and switching off users; nobody locks the house from within.

    invited = invite("jana@muster.example", "Jana Petersen", Role.AGENT, teams=[support], by=user)
    change(user, by=me, role=Role.LEAD)
    lock(user, by=me)

Each deed is one transaction with its event. The last administrator stays one, and nobody takes his own role away.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rundblick.core.database import cursor
from rundblick.core.models import Event, EventObject
from rundblick.people.models import ApiToken, Membership, Person, PersonContent, Role, Team, User

LONGEST_NAME: Final = 200
LANGUAGES: Final = ("", "de", "en")


class UserError(ValueError):
    """A deed that cannot be done; the text says what is wrong and what to do, ``field`` where."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def invite(
    email: str,
    name: str,
    role: str,
    *,
    by: User | None,
    teams: Collection[Team] = (),
    language: str = "",
    at: datetime | None = None,
) -> User:
    """Make a user without a password: ``invitations.invitation_path`` leads him to choose one. Raises UserError."""
    email = _email(email)
    name = _name(name)
    role = _role(role)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, None, name=name, role=role, language=_language(language))
        except IntegrityError as error:
            raise UserError(_("There is a user with this address already."), "email") from error
        person = Person.objects.create(user=user)
        PersonContent.objects.create(person=person, name=name)
        _join(person, teams)
        record("user.invited", by, at, ("user", user.pk), ("person", person.pk), role=role)
    return user


def change(
    user: User,
    *,
    by: User | None,
    name: str | None = None,
    role: str | None = None,
    language: str | None = None,
    teams: Collection[Team] | None = None,
    at: datetime | None = None,
) -> User:
    """Change what is given and leave the rest; the role "" opens nothing. Raises UserError."""
    with transaction.atomic():
        user = locked_user(user)
        said: dict[str, Any] = {}
        if role is not None and role != user.role:
            said["role"], said["was"] = _role(role), user.role
            _not_oneself(user, by, _("You cannot change your own role. Ask another administrator."))
            _not_the_last(user)
            user.role = role
        if name is not None:
            user.name = _name(name)
        if language is not None:
            user.language = _language(language)
        user.save(update_fields=["name", "role", "language"])
        person = person_of_user(user)
        if name is not None:
            PersonContent.objects.update_or_create(person=person, defaults={"name": user.name})
        if teams is not None:
            said["teams"] = _set_teams(person, teams)
        record("user.changed", by, at, ("user", user.pk), ("person", person.pk), **said)
    return user


def lock(user: User, *, by: User | None, at: datetime | None = None) -> None:
    """Nobody signs in as this user any more, and who has is signed out. Raises UserError."""
    with transaction.atomic():
        user = locked_user(user)
        _not_oneself(user, by, _("You cannot lock yourself out. Ask another administrator."))
        switch_off(user)
        record("user.locked", by, at, ("user", user.pk))


def unlock(user: User, *, by: User | None, at: datetime | None = None) -> None:
    """He may sign in again; his tokens stay revoked. Raises UserError for somebody who has left."""
    with transaction.atomic():
        user = locked_user(user)
        if Person.objects.filter(user=user, left_at__isnull=False).exists():
            raise UserError(_("This person has left. Take the leaving back first."))
        user.is_active = True
        user.save(update_fields=["is_active"])
        record("user.unlocked", by, at, ("user", user.pk))


def switch_off(user: User, *, forget_password: bool = False) -> None:
    """End everything by which a user gets in: signing in, sessions, tokens, invitations. Raises UserError."""
    _not_the_last(user)
    user.is_active = False
    if forget_password:
        user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    ApiToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=datetime.now(UTC))
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Whoever is signed in as this user is so no more. A session tells its user only to who reads it."""
    mine = [one.pk for one in Session.objects.iterator() if one.get_decoded().get("_auth_user_id") == str(user.pk)]
    Session.objects.filter(pk__in=mine).delete()


def locked_user(user: User) -> User:
    """The user as he stands now, locked; administrators are locked together, so that not both of the last two go."""
    with cursor() as cur:
        cur.execute("SELECT id FROM people_user WHERE role = 'admin' OR id = %s ORDER BY id FOR UPDATE", (user.pk,))
    return User.objects.get(pk=user.pk)


def make_persons() -> None:
    """Every user is somebody who can be in a team and away, also who has done nothing yet."""
    for user in User.objects.filter(person__isnull=True):
        person_of_user(user)


def administrators() -> list[str]:
    """Whom to ask about access: names of at most three who can change it."""
    found = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("-last_login", "id")
    return list(found.values_list("name", flat=True)[:3])


def person_of_user(user: User) -> Person:
    person, made = Person.objects.get_or_create(user=user)
    if made:
        PersonContent.objects.get_or_create(person=person, defaults={"name": user.name})
    return person


def record(kind: str, by: User | None, at: datetime | None, *objects: tuple[str, int], **said: Any) -> Event:
    """Keep that somebody did this: codes and ids only."""
    actor = person_of_user(by).pk if by is not None else None
    event = Event.objects.create(
        kind=kind,
        occurred_at=at or datetime.now(UTC),
        actor_type="person" if actor else "machine",
        actor_id=actor,
        data=said or None,
    )
    EventObject.objects.bulk_create(EventObject(event=event, type=type_, object_id=id_) for type_, id_ in objects)
    return event


def _set_teams(person: Person, teams: Collection[Team]) -> list[int]:
    wanted = {team.pk for team in teams}
    # of a closed team he stays what he was: its cases of then are still his team's
    Membership.objects.filter(person=person, team__closed_at__isnull=True).exclude(team__in=wanted).delete()
    _join(person, teams)
    return sorted(wanted)


def _join(person: Person, teams: Collection[Team]) -> None:
    closed = [team.name for team in teams if team.closed_at is not None]
    there = set(Membership.objects.filter(person=person).values_list("team_id", flat=True))
    new = [team for team in teams if team.pk not in there]
    if closed and any(team.closed_at is not None for team in new):
        raise UserError(_("%(team)s is closed. Choose another team.") % {"team": ", ".join(closed)}, "teams")
    Membership.objects.bulk_create([Membership(person=person, team=team) for team in new], ignore_conflicts=True)


def _email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise UserError(_('"%s" is no mail address.') % text.strip()[:100], "email") from error
    return email


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())[:LONGEST_NAME]
    if not name:
        raise UserError(_("A user needs a name."), "name")
    return name


def _role(role: str) -> str:
    if role and role not in Role.values:
        raise UserError(
            _("There is no role %(role)s. There are: %(known)s.") % {"role": role, "known": ", ".join(Role.values)},
            "role",
        )
    return role


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise UserError(_("There is no language %s here.") % language, "language")
    return language


def _not_oneself(user: User, by: User | None, text: str) -> None:
    if by is not None and by.pk == user.pk:
        raise UserError(text)


def _not_the_last(user: User) -> None:
    """Raises UserError when without this user nobody could administer the installation."""
    if user.role != Role.ADMIN or not user.is_active:
        return
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise UserError(_("This is the last administrator. Make somebody else one first."), "role")
