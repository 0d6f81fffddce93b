"""The one gate: who may do what, to which cases and customers, and who saw whom (FOUNDATIONS 7).

Default deny. A view or API operation without a registration is refused by the middleware, so nothing is reachable by
having been forgotten. A registration names the permission and the object it is about; the gate fetches that object
through the same filter that lists, counts, search and exports use, and answers 404 for what somebody may not see.

    @needs("case.read", about="case")
    def case_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
        case = gate.about(request, Case)

    Case.objects.filter(visible_cases(request.user))

Upper rooms hand their models over in ``registers.py``: ``guard("case", Case, visible_cases)``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from rundblick.core.numbers import NumberError, parse
from rundblick.people import fields
from rundblick.people.fields import Hidden
from rundblick.people.models import Person, Team
from rundblick.people.roles import PERMISSIONS, Scope, hidden, visible_facts
from rundblick.people.sight import Sight, sight_of

View = TypeVar("View", bound=Callable[..., Any])
Found = TypeVar("Found", bound=Model)
Filter = Callable[..., Q]

NOTHING: Final = Q(pk__in=[])
Step = TypeVar("Step", bound=Any)  # a dataclass
_UNSEEN: Final = "•••"
_LEADS_ON: Final = "merged_into_id"


@dataclass(frozen=True, slots=True)
class Need:
    """What a view needs. ``permission`` "" is open to everybody, for the ``reason``.

    about  kind of the object in the view's argument ``by``, "" when it is about none
    """

    permission: str
    about: str = ""
    by: str = "uuid"
    reason: str = ""

    @property
    def public(self) -> bool:
        return not self.permission


@dataclass(frozen=True, slots=True)
class Guarded:
    """A kind of object: its model, which of them somebody sees, and the customer whom looking at one shows.

    customer  path to the id of the customer who is seen in it ("id", "customer_id", "case__customer_id"), or ""
    """

    model: type[Model]
    visible: Filter
    customer: str = ""


_guarded: dict[str, Guarded] = {}


def guard(kind: str, model: type[Model], visible: Filter, customer: str = "") -> None:
    """Register a kind of object; ``visible(user, permission)`` gives the filter of those the user may see."""
    _guarded[kind] = Guarded(model, visible, customer)


def guarded(kind: str) -> Guarded:
    """Raises ImproperlyConfigured when no room has registered the kind."""
    try:
        return _guarded[kind]
    except KeyError:
        raise ImproperlyConfigured(f"no room has registered objects of kind {kind!r} with the gate") from None


def kinds() -> frozenset[str]:
    return frozenset(_guarded)


def needs(permission: str, about: str = "", by: str = "uuid") -> Callable[[View], View]:
    """Register a view: it needs ``permission``; ``about`` and ``by`` name the object and the argument it comes in.

    Raises ImproperlyConfigured for a permission that does not exist.
    """
    if permission not in PERMISSIONS:
        raise ImproperlyConfigured(f"there is no permission {permission!r}; people.roles lists those that exist")
    return _registered(Need(permission, about, by))


def public(reason: str) -> Callable[[View], View]:
    """Register a view that everybody may open, also without signing in, for the ``reason`` given."""
    if not reason:
        raise ImproperlyConfigured("a public view says why it is public")
    return _registered(Need("", reason=reason))


def _registered(need: Need) -> Callable[[View], View]:
    def register(view: View) -> View:
        view.rundblick_need = need  # type: ignore[attr-defined]
        return view

    return register


def need_of(view: Callable[..., Any], method: str = "GET") -> Need | None:
    """The registration of a view, None when it has none. API views hold one need for each method."""
    if methods := getattr(view, "rundblick_needs", None):
        need: Need | None = methods.get(method)
        return need
    for candidate in (view, getattr(view, "view_class", None)):
        if found := getattr(candidate, "rundblick_need", None):
            return found if isinstance(found, Need) else None
    return None


# --- who sees what ---------------------------------------------------------------------------------------------------


def allowed(user: Any, permission: str) -> bool:
    """Whether a user may do something at all; over which objects, the ``visible_*`` filters say."""
    return _sight(user).allows(permission)


def require(user: Any, permission: str) -> None:
    """Raises PermissionDenied unless the user has the permission."""
    if not allowed(user, permission):
        raise PermissionDenied(permission)


def visible_cases(user: Any, permission: str = "case.read") -> Q:
    """The filter of the cases a user may read, or with another permission: write to, hand over.

    Everybody within a team sees its cases; to read, agents and leads see the other cases of the same customers too,
    so that nobody has to tell his concern twice. Partners see their teams' cases and no others.
    """
    sight = _sight(user)
    if not sight.allows(permission) or sight.scope is Scope.NONE:
        return NOTHING
    if sight.scope is Scope.ALL:
        return Q()
    own = _owned(sight)
    if sight.scope is Scope.OWN or permission != "case.read":
        return own
    cases = guarded("case").model._default_manager
    return own | Q(Each(cases.filter(own, customer_id=OuterRef("customer_id"))))


class Each(Exists):
    """Asked of each row by its index. Without the fence PostgreSQL gathers the answers for all customers there are
    before it gives the first row, which takes longer the more there are."""

    template = "EXISTS(%(subquery)s OFFSET 0)"


def team_cases(user: Any) -> Q:
    """The filter of the cases that are the user's own or his teams' to work on: his inbox."""
    sight = _sight(user)
    return _owned(sight) if sight.allows("case.read") else NOTHING


def visible_customers(user: Any, permission: str = "customer.read") -> Q:
    """The filter of the customers a user may see: all of them, or those who have a case in one of his teams."""
    sight = _sight(user)
    if not sight.allows(permission) or sight.scope is Scope.NONE:
        return NOTHING
    if sight.scope is Scope.ALL:
        return Q()
    cases = guarded("case").model._default_manager
    return Q(Exists(cases.filter(_owned(sight), customer_id=OuterRef("pk"))))


def seen_of(user: Any, permission: str = "customer.read") -> Callable[[Collection[int]], set[int]]:
    """Says which of some customers (ids) a user may see."""
    visible = visible_customers(user, permission)
    customers = guarded("customer").model._default_manager

    def seen(some: Collection[int]) -> set[int]:
        return set(customers.filter(visible, pk__in=list(some)).values_list("pk", flat=True)) if some else set()

    return seen


def visible_identity_acts(user: Any, permission: str = "customer.read") -> Q:
    """Merges and splits of customers: visible to whoever sees one of the two, under the number he has now."""
    seen = visible_customers(user, permission)
    if seen in (NOTHING, Q()):
        return seen
    both = ("customer_id", "other_id", "customer__merged_into_id", "other__merged_into_id")
    one_of = Q(pk=OuterRef(both[0]))
    for path in both[1:]:
        one_of |= Q(pk=OuterRef(path))
    customers = guarded("customer").model._default_manager
    return Q(Exists(customers.filter(seen).filter(one_of)))


def visible_review_items(user: Any, permission: str = "customer.merge") -> Q:
    """Questions whether two are one: visible to whoever sees both of them."""
    seen = visible_customers(user, permission)
    if seen in (NOTHING, Q()):
        return seen
    customers = guarded("customer").model._default_manager.filter(seen)
    both = Q()
    for path in ("a_id", "b_id"):
        led = Q(assignments__record_id=OuterRef(path), assignments__valid_to__isnull=True)
        both &= Q(Exists(customers.filter(led)))
    return both


def visible_in_case(path: str = "case_id") -> Filter:
    """A filter for objects of a case (messages, attachments, entries): visible where their case is."""

    def visible(user: Any, permission: str = "case.read") -> Q:
        sight = _sight(user)
        if not sight.allows(permission) or sight.scope is Scope.NONE:
            return NOTHING
        cases = guarded("case").model._default_manager
        if sight.scope is Scope.ALL:
            return Q()
        return Q(Exists(cases.filter(visible_cases(user, _of_cases(permission)), pk=OuterRef(path))))

    return visible


def visible_quarantine(user: Any, permission: str = "quarantine.read") -> Q:
    """Kept pieces: those of whole files, and those whose flagged case the user sees."""
    sight = _sight(user)
    if not sight.allows(permission) or sight.scope in (Scope.NONE, Scope.OWN):
        return NOTHING
    if sight.scope is Scope.ALL:
        return Q()
    cases = guarded("case").model._default_manager
    return Q(case_id__isnull=True) | Q(Exists(cases.filter(visible_cases(user), pk=OuterRef("case_id"))))


def visible_people(user: Any, permission: str = "absence.write") -> Q:
    """The filter of the agents whom a user may enter something for: all, or those of his teams."""
    sight = _sight(user)
    if not sight.allows(permission) or sight.scope in (Scope.NONE, Scope.OWN):
        return NOTHING
    return Q() if sight.scope is Scope.ALL else Q(pk__in=sorted({*sight.colleagues, sight.person} - {None}))


def visible_absences(user: Any, permission: str = "absence.write") -> Q:
    """Absences: visible where their person is."""
    people = visible_people(user, permission)
    return Q(person__in=Person.objects.filter(people)) if people != Q() else people


def visible_teams(user: Any, permission: str = "admin.users") -> Q:
    """The filter of teams: all, or one's own."""
    sight = _sight(user)
    if not sight.allows(permission) or sight.scope is Scope.NONE:
        return NOTHING
    return Q() if sight.scope is Scope.ALL else Q(pk__in=sight.teams)


def hidden_fields(user: Any, kind: str) -> frozenset[str]:
    """The fields of an object of ``kind`` that are not shown to the user."""
    return hidden(_sight(user).role, kind)


def shown_facts(user: Any, facts: dict[str, str]) -> dict[str, str]:
    """A customer's facts as far as the user sees them."""
    return visible_facts(_sight(user).role, facts, hidden_of(user))


def hidden_of(user: Any) -> Hidden:
    """The groups of fields (birth dates, payment data) that the user does not see, asked once a request."""
    sight = _sight(user)
    known: tuple[Sight, Hidden] | None = getattr(user, "_hidden_groups", None)
    if known is not None and known[0] is sight:
        return known[1]
    told = fields.fields()
    restricted = any(rule.teams for rule in told.rules) and sight.teams
    teams = Team.objects.filter(pk__in=sight.teams).values_list("uuid", flat=True) if restricted else ()
    found = fields.hidden_groups(told, sight.role, [str(uuid) for uuid in teams])
    if user is not None:
        user._hidden_groups = (sight, found)
    return found


def reader_sees(field: str, value: str = "") -> bool:
    """Whether whoever asks this request sees a field (a fact, an identifier, a row of a comparison) with that value.

    Where there is no request (commands, workers) everything is seen.
    """
    reader = _reader.get()
    return reader is None or hidden_of(reader()).sees(field, value)


def seen_facts(facts: dict[str, str]) -> dict[str, str]:
    """The facts whose fields whoever asks this request sees."""
    return {kind: value for kind, value in facts.items() if reader_sees(kind, value)}


def seen_steps(steps: Iterable[Step]) -> list[Step]:
    """Rows of a comparison (``field``, ``value_a``, ``value_b``), without the values that the reader does not see."""
    return [
        step
        if reader_sees(step.field, f"{step.value_a} {step.value_b}")
        else replace(step, value_a=_UNSEEN, value_b=_UNSEEN)
        for step in steps
    ]


@contextmanager
def reading(user: Callable[[], Any]) -> Iterator[None]:
    """Inside, ``reader_sees`` answers for this user; the middleware opens it for each request.

    ``user`` is asked when something is shown: whom a token signs in is known only then.
    """
    token = _reader.set(user)
    try:
        yield
    finally:
        _reader.reset(token)


_reader: ContextVar[Callable[[], Any] | None] = ContextVar("rundblick_reader", default=None)


def _of_cases(permission: str) -> str:
    return permission if permission.startswith("case.") else "case.read"


def _owned(sight: Sight) -> Q:
    """Cases of the person, of his teams, and of the members of his teams."""
    people = {*sight.colleagues, sight.person} - {None}
    own = Q(owner_person_id__in=sorted(people)) if people else NOTHING
    return own | Q(owner_team_id__in=sight.teams) if sight.teams else own


def _sight(user: Any) -> Sight:
    return sight_of(user, getattr(user, "rundblick_token", None))


# --- passing it ------------------------------------------------------------------------------------------------------


def fetch(user: Any, kind: str, permission: str, by: str, value: Any) -> Model:
    """The object a view is about, if the user may see it; a merged one leads to what it was merged into.

    ``by`` is a field, or "ref": a UUID or a number in any notation. Raises Http404 for what is not there and for what
    may not be seen, without a difference.
    """
    what = guarded(kind)
    if by == "ref":
        by, value = _reference(str(value))
    everything: QuerySet[Any] = what.model._default_manager.all()
    found = everything.filter(what.visible(user, permission), **{by: value}).first()
    if found is not None and getattr(found, _LEADS_ON, None) is None:
        return found  # type: ignore[no-any-return]
    found = everything.filter(**{by: value}).first()
    while found is not None and getattr(found, _LEADS_ON, None) is not None:
        found = everything.filter(pk=getattr(found, _LEADS_ON)).first()
    if found is None or not everything.filter(what.visible(user, permission), pk=found.pk).exists():
        raise Http404(kind)
    return found  # type: ignore[no-any-return]


def about(request: HttpRequest, kind: type[Found]) -> Found:
    """The object that the address of this request is about, as the gate has fetched it."""
    found = request.about  # type: ignore[attr-defined]  # set by people.middleware
    assert isinstance(found, kind)
    return found


def _reference(text: str) -> tuple[str, Any]:
    """The field and value that a reference means: a UUID, or a number as a person writes it."""
    with suppress(ValueError):
        return "uuid", UUID(text)
    with suppress(NumberError):
        return "number", parse(text)
    raise Http404(text)


def saw(request: HttpRequest, kind: str, ids: Iterable[int | None], permission: str = "") -> None:
    """Note that the answer to this request shows objects of ``kind``; written when it goes out without an error."""
    seen = request.__dict__.setdefault("_rundblick_seen", {})
    for id_ in ids:
        if id_ is not None:
            seen.setdefault((kind, int(id_)), permission)


def seen_in(request: HttpRequest) -> dict[tuple[str, int], str]:
    """What ``saw`` noted: (kind, id) -> permission, "" for the view's own."""
    return dict(request.__dict__.get("_rundblick_seen", {}))


def saw_object(request: HttpRequest, kind: str, found: Model) -> None:
    """Note an object and the customer who is seen in it."""
    saw(request, kind, [found.pk])
    path = guarded(kind).customer
    if path:
        if "__" not in path:
            saw(request, "customer", [getattr(found, path)])
            return
        values = type(found)._default_manager.filter(pk=found.pk).values_list(path, flat=True)
        saw(request, "customer", values)


# One row for the same look within five minutes: a page that refreshes itself is one look.
_WRITE_LOOKS: Final = """
INSERT INTO people_accesslog (user_id, token_id, permission, object_type, object_id)
SELECT %(user)s, %(token)s, new.permission, new.kind, new.id
FROM unnest(%(permissions)s::text[], %(kinds)s::text[], %(ids)s::bigint[]) AS new (permission, kind, id)
WHERE NOT EXISTS (
    SELECT FROM people_accesslog AS old
    WHERE old.object_type = new.kind AND old.object_id = new.id AND old.at > now() - interval '5 minutes'
      AND old.user_id IS NOT DISTINCT FROM %(user)s AND old.token_id IS NOT DISTINCT FROM %(token)s
      AND old.permission = new.permission
)
"""


def write_looks(sight: Sight, permission: str, looks: dict[tuple[str, int], str]) -> None:
    """Append to the access log who saw what: ids only."""
    if not looks:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_LOOKS,
            {
                "user": sight.user,
                "token": sight.token,
                "permissions": [own or permission for own in looks.values()],
                "kinds": [kind for kind, _ in looks],
                "ids": [id_ for _, id_ in looks],
            },
        )
