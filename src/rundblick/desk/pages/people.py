"""Who works here: inviting, changing and locking users, absences, leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.absences import AbsenceError, add_absence, end_absence
from rundblick.cases.leaving import Handed, LeavingError, come_back, leave
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.desk.context import role_name
from rundblick.desk.shapes import Empty
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.invitations import invitation_path
from rundblick.people.models import Absence, AccessLog, Membership, Person, Role, Team, User
from rundblick.people.users import UserError, change, invite, lock, make_persons, unlock

_MOST = 400  # on one page; the search finds the others


@dataclass(frozen=True, slots=True)
class Someone:
    """A row of the list. ``state``: "", away, left, locked, invited."""

    uuid: UUID
    name: str
    email: str
    role: str
    teams: tuple[str, ...]
    seen_at: datetime | None
    state: str
    until: datetime | None = None


@needs("absence.write")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody whom the reader may enter something for; searched by name or address, by role, by who is there."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    make_persons()
    role, gone = request.GET.get("role", ""), request.GET.get("gone") == "1"
    found = Person.objects.filter(gate.visible_people(request.user), user__isnull=False)
    if not gone:
        found = found.filter(left_at__isnull=True)
    if role in Role.values or role == "none":
        found = found.filter(user__role="" if role == "none" else role)
    if query:
        found = found.filter(Q(user__name__icontains=query) | Q(user__email__icontains=query))
    rows = list(found.select_related("user").order_by("user__name", "id")[: _MOST + 1])
    context = {
        "area": "company",
        "people": _rows(rows[:_MOST]),
        "more": len(rows) > _MOST,
        "query": query,
        "role": role,
        "gone": gone,
        "roles": roles(),
        "may": {"admin": gate.allowed(request.user, "admin.users")},
        "empty": Empty(_("Nobody found"), _("Try fewer letters, or another role."), "users"),
    }
    return render(request, "desk/pages/people.html", context)


@needs("admin.users")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Invite somebody: a link with which he chooses his password, good once and for three days."""
    fault, field = "", ""
    if request.method == "POST":
        try:
            user = invite(
                request.POST.get("email", ""),
                request.POST.get("name", ""),
                request.POST.get("role", ""),
                by=_me(request),
                teams=_teams(request),
                language=request.POST.get("language", ""),
            )
        except UserError as error:
            fault, field = str(error), error.field
        else:
            return _invited(request, user)
    context = {
        "area": "company",
        "given": {key: request.POST.get(key, "") for key in ("email", "name", "role", "language")},
        "chosen": request.POST.getlist("teams"),
        "fault": fault,
        "field": field,
        "roles": roles(),
        "teams": _open_teams(),
        "languages": settings.LANGUAGES,
    }
    return render(request, "desk/pages/person_new.html", context, status=422 if fault else 200)


@needs("absence.write", about="person")
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One person: what he may do, when he is away, and how he leaves."""
    return _page(request, gate.about(request, Person))


@needs("admin.users", about="person")
@require_POST
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Name, role, teams, language."""
    found = gate.about(request, Person)
    if found.user is None:
        return redirect("desk:person", found.uuid)
    try:
        change(
            found.user,
            by=_me(request),
            name=request.POST.get("name", ""),
            role=request.POST.get("role", ""),
            language=request.POST.get("language", ""),
            teams=_teams(request),
        )
    except UserError as error:
        return _page(request, found, fault=str(error), field=error.field)
    messages.success(request, _("Kept. It holds from the next click on."))
    return redirect("desk:person", found.uuid)


@needs("admin.users", about="person")
@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Lock somebody out, or let him in again."""
    found = gate.about(request, Person)
    try:
        if found.user is not None and request.POST.get("on") == "1":
            unlock(found.user, by=_me(request))
            messages.success(request, _("Unlocked."))
        elif found.user is not None:
            lock(found.user, by=_me(request))
            messages.success(request, _("Locked. Sessions and tokens have ended; the cases stay."))
    except UserError as error:
        return _page(request, found, fault=str(error), field=error.field)
    return redirect("desk:person", found.uuid)


@needs("admin.users", about="person")
@require_POST
def link(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A new link to choose a password, where the first one ran out or the password was lost."""
    found = gate.about(request, Person)
    if found.user is None or not found.user.is_active:
        return _page(request, found, fault=_("Nobody can sign in as this person. Unlock the user first."))
    return _invited(request, found.user)


@needs("admin.users", about="person")
@require_POST
def leaving(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """He has left: his open cases go to his teams or to a successor."""
    found = gate.about(request, Person)
    named = request.POST.get("successor", "")
    successor = _person(named)
    if named and successor is None:
        return _page(request, found, fault=_("There is no such person. Choose somebody else."))
    try:
        handed = leave(found, _me(request), successor=successor, reason=request.POST.get("reason", ""))
    except (LeavingError, UserError) as error:
        return _page(request, found, fault=str(error))
    messages.success(request, _("Entered. %(handed)s") % {"handed": handed_words(handed)})
    return redirect("desk:person", found.uuid)


@needs("admin.users", about="person")
@require_POST
def returning(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """He is back after all, or it was entered by mistake."""
    found = gate.about(request, Person)
    try:
        come_back(found, _me(request))
    except LeavingError as error:
        return _page(request, found, fault=str(error))
    messages.success(request, _("Back again. He needs a new link to sign in; what he handed over stays."))
    return redirect("desk:person", found.uuid)


@needs("absence.write", about="person")
@require_POST
def absent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Enter an absence: from a day, up to and including another one, or until further notice."""
    found = gate.about(request, Person)
    begin, end = _day(request.POST.get("begin", "")), _day(request.POST.get("end", ""))
    named = request.POST.get("deputy", "")
    deputy = _person(named)
    if begin is None or (end is None and request.POST.get("end", "")):
        return _page(request, found, fault=_("Enter the days as year-month-day."), field="begin")
    if named and deputy is None:
        return _page(request, found, fault=_("There is no such person. Choose somebody else."), field="deputy")
    try:
        add_absence(found, begin, end + timedelta(days=1) if end is not None else None, deputy, by=_me(request))
    except AbsenceError as error:
        return _page(request, found, fault=str(error), field="begin")
    messages.success(request, _("Entered. What is due meanwhile is handed over when it begins."))
    return redirect("desk:person", found.uuid)


@needs("absence.write", about="absence")
@require_POST
def back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """He is back, or the absence does not come about."""
    found = gate.about(request, Absence)
    try:
        end_absence(found, _me(request))
    except AbsenceError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Ended. What was handed over stays with who has it."))
    return redirect("desk:person", found.person.uuid)


# -- small pieces -----------------------------------------------------------------------------------------------------


def handed_words(handed: Handed) -> str:
    """How many open cases went."""
    return ngettext("%(n)d open case was handed over.", "%(n)d open cases were handed over.", handed.cases) % {
        "n": handed.cases
    }


def roles() -> list[tuple[str, str]]:
    """Roles for a list of choices, in the reader's language."""
    return [(role, role_name(role)) for role in Role.values]


def _page(request: HttpRequest, found: Person, fault: str = "", field: str = "") -> HttpResponse:
    now = timezone.now()
    away = found.absences.filter(Q(end__isnull=True) | Q(end__gt=now)).select_related("deputy__user").order_by("begin")
    mine = list(Membership.objects.filter(person=found).values_list("team__uuid", flat=True))
    open_cases = Case.objects.filter(owner_person=found, state__in=OPEN_STATES, merged_into__isnull=True).count()
    others = Person.objects.filter(user__is_active=True, left_at__isnull=True).exclude(pk=found.pk)
    context = {
        "area": "company",
        "person": found,
        "user_shown": found.user,
        "row": _rows([found])[0],
        "role": role_name(found.user.role) if found.user else "",
        "absences": [(one, one.begin <= now, one.end - timedelta(seconds=1) if one.end else None) for one in away],
        "open_cases": open_cases,
        "others": [
            (one.uuid, one.user.name) for one in others.select_related("user").order_by("user__name") if one.user
        ],
        "roles": roles(),
        "teams": _open_teams(),
        "chosen": [str(uuid) for uuid in mine],
        "languages": settings.LANGUAGES,
        "today": timezone.localdate().isoformat(),
        "fault": fault,
        "field": field,
        "is_me": found.user_id == request.user.pk,
        "may": {"admin": gate.allowed(request.user, "admin.users")},
    }
    return render(request, "desk/pages/person.html", context, status=422 if fault else 200)


def _invited(request: HttpRequest, user: User) -> HttpResponse:
    address = request.build_absolute_uri(invitation_path(user))
    return render(request, "desk/pages/person_link.html", {"area": "company", "invited": user, "address": address})


def _rows(found: list[Person]) -> list[Someone]:
    ids = [one.pk for one in found]
    teams: dict[int, list[str]] = {}
    for person_, name in (
        Membership.objects.filter(person__in=ids, team__closed_at__isnull=True)
        .order_by("team__name")
        .values_list("person_id", "team__name")
    ):
        teams.setdefault(person_, []).append(name)
    users = [one.user_id for one in found if one.user_id is not None]
    newest = AccessLog.objects.filter(user=OuterRef("pk")).order_by("-id").values("at")[:1]
    seen = dict(User.objects.filter(pk__in=users).annotate(seen_at=newest).values_list("id", "seen_at"))
    now = timezone.now()
    away = dict(
        Absence.objects.filter(Q(end__isnull=True) | Q(end__gt=now), person__in=ids, begin__lte=now).values_list(
            "person_id", "end"
        )
    )
    rows = []
    for one in found:
        user = one.user
        state = "left" if one.left_at else "away" if one.pk in away else ""
        if user is not None and not state:
            fresh = user.last_login is None and not user.has_usable_password()
            state = "locked" if not user.is_active else "invited" if fresh else ""
        last = max((at for at in (seen.get(one.user_id or 0), user.last_login if user else None) if at), default=None)
        rows.append(
            Someone(
                one.uuid,
                user.name if user else "",
                user.email if user else "",
                role_name(user.role) if user and user.role else _("no role"),
                tuple(teams.get(one.pk, ())),
                last,
                state,
                one.left_at or away.get(one.pk),
            )
        )
    return rows


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _teams(request: HttpRequest) -> list[Team]:
    wanted = [uuid for uuid in map(_uuid, request.POST.getlist("teams")) if uuid is not None]
    return list(Team.objects.filter(uuid__in=wanted))


def _open_teams() -> list[Team]:
    """The company's own teams, and those of an export in which somebody who signs in works."""
    worked_in = Exists(Membership.objects.filter(team=OuterRef("pk"), person__user__isnull=False))
    return list(Team.objects.filter(Q(system__isnull=True) | worked_in, closed_at__isnull=True).order_by("name"))


def _person(text: str) -> Person | None:
    uuid = _uuid(text)
    return Person.objects.filter(uuid=uuid).first() if uuid is not None else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> datetime | None:
    """Midnight of a day of the reader's zone."""
    try:
        return timezone.make_aware(datetime.strptime(text.strip(), "%Y-%m-%d"))
    except ValueError:
        return None
