"""People and teams: inviting, changing, absences, leaving, closing a team; who sees which fields; the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from rundblick.api import people_shapes as taken
from rundblick.api import shapes
from rundblick.api.paging import PAGE
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, After, Limit
from rundblick.api.routes.me import shown_team
from rundblick.cases import leaving
from rundblick.cases.absences import add_absence, end_absence
from rundblick.cases.models import Case
from rundblick.core.numbers import NumberError, parse
from rundblick.core.rulebooks import StaleError, in_force, put_in_force
from rundblick.customers.models import Customer
from rundblick.people import fields as rules
from rundblick.people import gate
from rundblick.people.audit import Entry, Wanted, read_place, trail, write_place
from rundblick.people.gate import needs
from rundblick.people.invitations import invitation_path
from rundblick.people.models import Absence, Membership, Person, PersonContent, Team, User
from rundblick.people.teams import change_team, make_team, set_members
from rundblick.people.users import change, invite, lock, unlock

Time = Annotated[
    str,
    Query(pattern=r"^(\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?$", max_length=40, description="a time with zone"),
]

people = Router(tags=["people"])
teams = Router(tags=["people"])
absences = Router(tags=["people"])
others = Router(tags=["people"])


# -- people -----------------------------------------------------------------------------------------------------------


@people.get("", response={200: list[shapes.Agent], **REFUSED})
@needs("people.read")
def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """The people a case can be handed over to."""
    found = PersonContent.objects.filter(person__user__is_active=True, person__left_at__isnull=True)
    rows = found.order_by("name", "person_id").values_list("person__uuid", "name")
    return [{"uuid": uuid, "name": name} for uuid, name in rows]


@people.post("", response={201: taken.Invited, **IMPOSSIBLE})
@needs("admin.users")
def add(request: HttpRequest, body: taken.PersonTaken) -> Status[dict[str, Any]]:
    """Invite somebody. The link is in this answer only."""
    user = invite(body.email, body.name, body.role, by=_me(request), teams=_teams(body.teams), language=body.language)
    link = request.build_absolute_uri(invitation_path(user))
    return Status(201, {"person": _shown(Person.objects.get(user=user)), "link": link})


@people.get("/{uuid:uuid}", response={200: taken.Person, **REFUSED})
@needs("absence.write", about="person")
def one(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One person with the absences that are not over."""
    return _shown(gate.about(request, Person))


@people.patch("/{uuid:uuid}", response={200: taken.Person, **IMPOSSIBLE})
@needs("admin.users", about="person")
def edit(request: HttpRequest, uuid: UUID, body: taken.PersonChanged) -> dict[str, Any]:
    """Change name, role, teams or language. It holds from the person's next request on."""
    found = gate.about(request, Person)
    change(
        _user(found),
        by=_me(request),
        name=body.name,
        role=body.role,
        language=body.language,
        teams=_teams(body.teams) if body.teams is not None else None,
    )
    return _shown(Person.objects.get(pk=found.pk))


@people.post("/{uuid:uuid}/lock", response={200: taken.Person, **IMPOSSIBLE})
@needs("admin.users", about="person")
def lock_out(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Nobody signs in as this person any more; sessions and tokens end. The cases stay."""
    found = gate.about(request, Person)
    lock(_user(found), by=_me(request))
    return _shown(Person.objects.get(pk=found.pk))


@people.post("/{uuid:uuid}/unlock", response={200: taken.Person, **IMPOSSIBLE})
@needs("admin.users", about="person")
def let_in(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """The person may sign in again; tokens stay revoked."""
    found = gate.about(request, Person)
    unlock(_user(found), by=_me(request))
    return _shown(Person.objects.get(pk=found.pk))


@people.post("/{uuid:uuid}/leave", response={200: taken.Handed, **IMPOSSIBLE})
@needs("admin.users", about="person")
def leave(request: HttpRequest, uuid: UUID, body: taken.LeaveTaken) -> dict[str, Any]:
    """The person has left: every open case goes to the successor or to its team, and signing in ends."""
    successor = _person(body.successor) if body.successor is not None else None
    found = gate.about(request, Person)
    return _handed(leaving.leave(found, _me(request), successor=successor, reason=body.reason))


@people.post("/{uuid:uuid}/return", response={200: taken.Person, **IMPOSSIBLE})
@needs("admin.users", about="person")
def come_back(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Take a leaving back. What was handed over stays with who has it."""
    found = gate.about(request, Person)
    leaving.come_back(found, _me(request))
    return _shown(Person.objects.get(pk=found.pk))


@people.post("/{uuid:uuid}/absences", response={201: taken.Absence, **IMPOSSIBLE})
@needs("absence.write", about="person")
def absent(request: HttpRequest, uuid: UUID, body: taken.AbsenceTaken) -> Status[dict[str, Any]]:
    """Enter an absence; when it begins, what is due meanwhile goes to the deputy or the teams. No reason is kept."""
    deputy = _person(body.deputy) if body.deputy is not None else None
    found = add_absence(gate.about(request, Person), body.begin, body.end, deputy, by=_me(request))
    return Status(201, _absence(found))


@absences.post("/{uuid:uuid}/end", response={204: None, **IMPOSSIBLE})
@needs("absence.write", about="absence")
def back(request: HttpRequest, uuid: UUID) -> Status[None]:
    """The person is back, or the absence does not come about."""
    end_absence(gate.about(request, Absence), _me(request))
    return Status(204, None)


# -- teams ------------------------------------------------------------------------------------------------------------


@teams.get("", response={200: list[shapes.Team], **REFUSED})
@needs("people.read")
def all_teams(request: HttpRequest) -> list[dict[str, Any]]:
    """The teams a case can be handed over to: the installation's own that are open, not those an export names."""
    found = Team.objects.filter(system__isnull=True, closed_at__isnull=True)
    return [shown_team(team) for team in found.order_by("name", "id")]


@teams.post("", response={201: taken.TeamShown, **IMPOSSIBLE})
@needs("admin.users")
def add_team(request: HttpRequest, body: taken.TeamTaken) -> Status[dict[str, Any]]:
    """Make a team."""
    members = _persons(body.members)
    team = make_team(body.name, partner=body.partner, by=_me(request))
    if members:
        set_members(team, members, by=_me(request))
    return Status(201, _team(team))


@teams.get("/{uuid:uuid}", response={200: taken.TeamShown, **REFUSED})
@needs("admin.users", about="team")
def one_team(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One team with its members."""
    return _team(gate.about(request, Team))


@teams.patch("/{uuid:uuid}", response={200: taken.TeamShown, **IMPOSSIBLE})
@needs("admin.users", about="team")
def edit_team(request: HttpRequest, uuid: UUID, body: taken.TeamChanged) -> dict[str, Any]:
    """Change its name, whether it is an outside firm's, its members, or make it the default team."""
    team = gate.about(request, Team)
    members = _persons(body.members) if body.members is not None else None
    if body.name is not None or body.partner is not None:
        change_team(team, name=body.name, partner=body.partner, by=_me(request))
    if members is not None:
        set_members(team, members, by=_me(request))
    if body.default:
        leaving.make_default(team, _me(request))
    return _team(Team.objects.get(pk=team.pk))


@teams.post("/{uuid:uuid}/close", response={200: taken.Handed, **IMPOSSIBLE})
@needs("admin.users", about="team")
def close(request: HttpRequest, uuid: UUID, body: taken.CloseTaken) -> dict[str, Any]:
    """Close a team; all that it had goes on in another one."""
    into = Team.objects.filter(uuid=body.into).first()
    if into is None:
        raise Refusal(422, "no-such-team", _("There is no such team."), _("GET /api/v1/teams lists them."))
    return _handed(
        leaving.close_team(
            gate.about(request, Team), into, _me(request), take_members=body.take_members, reason=body.reason
        )
    )


@teams.post("/{uuid:uuid}/open", response={200: taken.TeamShown, **IMPOSSIBLE})
@needs("admin.users", about="team")
def reopen(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Open a closed team again. What was handed over stays with who has it."""
    team = gate.about(request, Team)
    leaving.open_team(team, _me(request))
    return _team(Team.objects.get(pk=team.pk))


# -- fields and the audit ---------------------------------------------------------------------------------------------


@others.get("/fields", response={200: taken.FieldRules, **REFUSED})
@needs("rules.read")
def field_rules(request: HttpRequest) -> dict[str, Any]:
    """Who sees which groups of fields: birth dates, payment, contact data, addresses."""
    book = in_force(rules.FIELDS)
    told = book.told if book is not None else rules.USUAL
    return {"version": book.version if book is not None else 0, "rules": [_rule(rule) for rule in told.rules]}


@others.put("/fields", response={200: taken.FieldRules, **IMPOSSIBLE})
@needs("rules.write")
def put_field_rules(request: HttpRequest, body: taken.FieldRulesTaken) -> dict[str, Any]:
    """Put rules into force. 409 `stale` when somebody else was faster."""
    told = rules.Fields(
        tuple(
            rules.FieldRule(rule.group, tuple(rule.hidden_from), tuple(str(uuid) for uuid in rule.teams))
            for rule in body.rules
        )
    )
    try:
        book = put_in_force(rules.FIELDS, told, by=request.user.pk, seen=body.seen)
    except StaleError as error:
        raise Refusal(
            409,
            "stale",
            _("Somebody else has changed these rules meanwhile. Look at them and change them again."),
            _("Version %(n)s is in force.") % {"n": error.version},
        ) from error
    return {"version": book.version, "rules": [_rule(rule) for rule in told.rules]}


@others.get("/audit", response={200: taken.Audit, **REFUSED})
@needs("audit.read")
def audit(
    request: HttpRequest,
    what: Literal["", "seen", "done"] = "",
    user: Annotated[UUID | None, Query(description="UUID of a person")] = None,
    number: Annotated[str, Query(max_length=60, description="of a customer or case, in any notation")] = "",
    kind: Annotated[str, Query(max_length=60, description='beginning of a kind: "case.", "person.left"')] = "",
    begin: Time = "",
    end: Time = "",
    after: After = "",
    limit: Limit = PAGE,
) -> dict[str, Any]:
    """Who saw and did what, newest first. Asking is noted too."""
    person = _person(user) if user is not None else None
    wanted = Wanted(
        what=what,
        user=(person.user_id or -1) if person is not None else None,
        person=person.pk if person is not None else None,
        kind=kind.replace("\x00", ""),
        about=_about(number) if number else (),
        begin=_moment(begin),
        end=_moment(end),
    )
    place = read_place(after)
    if after and place is None:
        raise Refusal(
            422,
            "bad-page-key",
            _("`after` is no key of a page."),
            _("Pass the `next` of the page before, unchanged, or leave it out for the first page."),
        )
    found, following = trail(wanted, place, limit)
    gate.saw(request, "audit", [person.user_id if person is not None else request.user.pk])
    return {"items": _entries(found), "next": write_place(following) if following is not None else None}


# -- small pieces -----------------------------------------------------------------------------------------------------


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(422, "no-such-time", _("A time with zone is needed, such as 2026-03-02T09:00:00Z.")) from error


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _user(person: Person) -> User:
    if person.user is None:
        raise Refusal(409, "no-user", _("Nobody signs in as this person: an export names him."))
    return person.user


def _person(uuid: UUID) -> Person:
    found = Person.objects.filter(uuid=uuid).first()
    if found is None:
        raise Refusal(422, "no-such-person", _("There is no such person."), _("GET /api/v1/people lists them."))
    return found


def _persons(uuids: list[UUID]) -> list[Person]:
    return [_person(uuid) for uuid in uuids]


def _teams(uuids: list[UUID]) -> list[Team]:
    found = list(Team.objects.filter(uuid__in=uuids))
    if len(found) < len(set(uuids)):
        raise Refusal(422, "no-such-team", _("There is no such team."), _("GET /api/v1/teams lists them."))
    return found


def _shown(person: Person) -> dict[str, Any]:
    user = person.user
    mine = Team.objects.filter(memberships__person=person, closed_at__isnull=True).order_by("name", "id")
    away = person.absences.filter(Q(end__isnull=True) | Q(end__gt=timezone.now())).order_by("begin")
    content = PersonContent.objects.filter(person=person).first()
    return {
        "uuid": person.uuid,
        "name": user.name if user else content.name if content else "",
        "email": user.email if user else "",
        "role": user.role if user else "",
        "language": user.language if user else "",
        "teams": [shown_team(team) for team in mine],
        "active": bool(user and user.is_active),
        "left_at": person.left_at,
        "absences": [_absence(one) for one in away.select_related("deputy")],
    }


def _absence(one: Absence) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "begin": one.begin,
        "end": one.end,
        "deputy": one.deputy.uuid if one.deputy else None,
        "handed_at": one.handed_at,
    }


def _team(team: Team) -> dict[str, Any]:
    members = Membership.objects.filter(team=team, person__left_at__isnull=True).order_by("person_id")
    return {
        "uuid": team.uuid,
        "name": team.name,
        "partner": team.is_partner,
        "default": team.is_default,
        "closed_at": team.closed_at,
        "successor": team.successor.uuid if team.successor else None,
        "members": list(members.values_list("person__uuid", flat=True)),
    }


def _handed(done: leaving.Handed) -> dict[str, Any]:
    to_teams = dict(Team.objects.filter(pk__in=done.teams).values_list("id", "uuid"))
    to_people = dict(Person.objects.filter(pk__in=done.persons).values_list("id", "uuid"))
    return {
        "cases": done.cases,
        "teams": [{"uuid": to_teams[team], "cases": n} for team, n in done.teams.items()],
        "people": [{"uuid": to_people[person], "cases": n} for person, n in done.persons.items()],
    }


def _rule(rule: rules.FieldRule) -> dict[str, Any]:
    return {"group": rule.group, "hidden_from": list(rule.hidden_from), "teams": list(rule.teams)}


def _about(number: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found: list[tuple[str, tuple[int, ...]]] = []
    try:
        told = parse(number)
    except NumberError:
        told = ""
    for type_, model in (("customer", Customer), ("case", Case)):
        one = model._default_manager.filter(number=told).first() if told else None
        if one is not None:
            now = one.merged_into_id or one.pk
            joined = model._default_manager.filter(merged_into_id=now).values_list("id", flat=True)
            found.append((type_, (now, *joined)))
    if not found:
        raise Refusal(422, "no-such-number", _("That is the number of no customer and no case."))
    return tuple(found)


def _entries(found: list[Entry]) -> list[dict[str, Any]]:
    ids: dict[str, set[int]] = {}
    for one in found:
        for type_, id_ in one.objects:
            ids.setdefault(type_, set()).add(id_)
    users = dict(User.objects.filter(pk__in={one.user for one in found if one.user}).values_list("id", "uuid"))
    persons = {one.person for one in found if one.person} | ids.get("person", set())
    people_ = dict(Person.objects.filter(pk__in=persons).values_list("id", "uuid"))
    named: dict[tuple[str, int], str] = {("person", id_): str(uuid) for id_, uuid in people_.items()}
    for type_, model, field in (("customer", Customer, "number"), ("case", Case, "number"), ("team", Team, "uuid")):
        rows = model._default_manager.filter(pk__in=ids.get(type_, ())).values_list("id", field)
        named |= {(type_, id_): str(value) for id_, value in rows}
    return [
        {
            "at": one.at,
            "what": one.what,
            "kind": one.kind,
            "user": users.get(one.user or 0),
            "person": people_.get(one.person or 0),
            "token": one.token is not None,
            "objects": [{"type": type_, "id": named.get((type_, id_), str(id_))} for type_, id_ in one.objects],
        }
        for one in found
    ]
