"""Every page and API route, with every role and with none, for objects that may and may not be seen.

Routes are found by walking the installation's addresses, so a new one is tested from its first day. A route with an
argument that nothing here can fill fails the test: add the argument to ``arguments`` below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from rundblick.core.ids import uuid7
from rundblick.core.message import Unreadable
from rundblick.intake.reading import ReadingProcess
from rundblick.people import gate, tokens
from rundblick.people.checks import all_patterns, gate_stands
from rundblick.people.gate import Need, need_of
from rundblick.people.models import Role, User
from rundblick.people.sight import sight_of

from .house import (
    House,
    a_bulk_deed,
    a_commitment,
    a_handover,
    a_kept_piece,
    a_letter,
    a_link,
    a_mention,
    a_message,
    a_question,
    a_regrouping,
    a_saved_filter,
    a_saved_search,
    a_side_talk,
    an_absence,
    an_account,
    an_attachment,
    an_escalation,
    an_identity_act,
)

METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    arguments: tuple[str, ...]
    need: Need
    methods: tuple[str, ...]
    is_api: bool

    def __str__(self) -> str:
        return f"{'/'.join(self.methods)} /{self.path}"


def routes() -> Iterator[Route]:
    for path, pattern in all_patterns():
        if path.endswith("^.*$") or path.startswith("static/"):
            continue
        arguments = tuple(pattern.pattern.converters)
        by_method = getattr(pattern.callback, "rundblick_needs", None)
        if by_method is not None:
            for method, need in by_method.items():
                yield Route(path, arguments, need, (method,), True)
            continue
        found = need_of(pattern.callback)
        assert found is not None, f"/{path} is not registered with the gate"
        yield Route(path, arguments, found, METHODS, False)


def all_routes() -> list[Route]:
    return list(routes())


def address(route: Route, values: dict[str, Any]) -> str:
    path = route.path
    for argument in route.arguments:
        assert argument in values, f"{route}: no value for <{argument}>; add one to `arguments`"
        path = re.sub(rf"<(\w+:)?{argument}>", str(values[argument]), path)
    return "/" + path


@pytest.fixture(autouse=True)
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running a kept piece again starts no reading process here: it is asked for dozens of times."""
    monkeypatch.setattr(ReadingProcess, "read", lambda self, envelope: Unreadable(fault="test"))


@pytest.fixture
def objects(house: House) -> dict[str, dict[str, Any]]:
    """For each kind: one object of Support (ours), one of Billing (theirs)."""
    our_message, their_message = a_message(house.supports), a_message(house.billings)
    return {
        "case": {"ours": house.supports, "theirs": house.billings},
        "customer": {"ours": house.anna, "theirs": house.bernd},
        "message": {"ours": our_message, "theirs": their_message},
        "attachment": {"ours": an_attachment(our_message), "theirs": an_attachment(their_message)},
        "review_item": {
            "ours": a_question(house.anna, house.support),
            "theirs": a_question(house.bernd, house.billing),
        },
        "identity_act": {"ours": an_identity_act(house.anna), "theirs": an_identity_act(house.bernd)},
        "regrouping": {"ours": a_regrouping(house.supports), "theirs": a_regrouping(house.billings)},
        "handover": {"ours": a_handover(house.supports), "theirs": a_handover(house.billings)},
        "saved_filter": {"ours": a_saved_filter(house.support), "theirs": a_saved_filter(house.billing)},
        "bulk_deed": {
            "ours": a_bulk_deed(house.supports, house.olga),
            "theirs": a_bulk_deed(house.billings, house.sven),
        },
        "commitment": {"ours": a_commitment(house.supports), "theirs": a_commitment(house.billings)},
        "escalation": {"ours": an_escalation(house.supports), "theirs": an_escalation(house.billings)},
        "link": {"ours": a_link(house.supports), "theirs": a_link(house.billings)},
        "side_talk": {"ours": a_side_talk(house.supports), "theirs": a_side_talk(house.billings)},
        "mention": {"ours": a_mention(house.supports, house.olga), "theirs": a_mention(house.billings, house.sven)},
        "account": {"ours": an_account(), "theirs": an_account()},  # the installation's: no team's
        "quarantine": {"ours": a_kept_piece(house.supports), "theirs": a_kept_piece(house.billings)},
        "person": {"ours": house.kurt.person, "theirs": house.sven.person},
        "team": {"ours": house.support, "theirs": house.billing},
        "absence": {"ours": an_absence(house.kurt), "theirs": an_absence(house.sven)},
        "saved_search": {"ours": a_saved_search(house.support), "theirs": a_saved_search(house.billing)},
        "outgoing": {"ours": a_letter(house.supports), "theirs": a_letter(house.billings)},
    }


def arguments(route: Route, found: Any) -> dict[str, Any]:
    """Values for a route's arguments; ``found`` is the object it is about."""
    values: dict[str, Any] = {
        "name": "cases",
        "measure": "cases",
        "uuid": uuid7(),
        "ref": uuid7(),
        "number": "0",
        "code": "x",
        "token": "none",
        "place": 1,
        "file": uuid7(),
        "left": uuid7(),
    }
    if route.need.about:
        values[route.need.by] = found.uuid if route.need.by in ("uuid", "ref") else getattr(found, route.need.by)
    return values


class Visitor:
    """Somebody with a browser and a token, or nobody."""

    def __init__(self, user: User | None) -> None:
        self.browser = Client(raise_request_exception=False)
        self.script = Client(raise_request_exception=False)
        self.headers = {}
        if user is not None:
            self.headers["Authorization"] = f"Bearer {tokens.issue(user, 'walk', ['*']).text}"
        self.user = user
        self._sign_in()

    def _sign_in(self) -> None:
        if self.user is not None:
            self.browser.force_login(self.user)

    def ask(self, route: Route, method: str, path: str) -> Any:
        if route.is_api:
            return self.script.generic(method, path, b"{}", content_type="application/json", headers=self.headers)
        answer = self.browser.generic(method, path, b"", content_type="application/x-www-form-urlencoded")
        if "sign" in route.path:  # it may have ended the session
            self._sign_in()
        return answer


def visible(user: User, need: Need, found: Any) -> bool:
    """Whether the filters of lists show the object: the page has to say the same."""
    kind = gate.guarded(need.about)
    return kind.model._default_manager.filter(kind.visible(user, need.permission), pk=found.pk).exists()


def expected(route: Route, user: User | None, found: Any) -> set[int] | None:
    """The statuses that may come; None: anything but a refusal or a fault."""
    if route.need.public:
        return None
    if user is None:
        return {401} if route.is_api else {302}
    if not sight_of(user).allows(route.need.permission):
        return {403}
    if route.need.about and not visible(user, route.need, found):
        return {404}
    return None


def test_every_view_is_registered() -> None:
    assert not gate_stands()
    assert all_routes()


def test_every_kind_of_object_that_a_route_is_about_is_known_to_this_test(objects: dict[str, Any]) -> None:
    assert {route.need.about for route in all_routes()} - {""} <= set(objects)
    assert gate.kinds() <= set(objects)


@pytest.mark.parametrize("role", [*Role.values, "no role", "nobody"])
def test_every_route_answers_each_role_as_the_gate_says(
    house: House, objects: dict[str, dict[str, Any]], role: str
) -> None:
    user = house.everyone().get(role)
    visitor = Visitor(user)
    wrong = []
    for route in all_routes():
        for whose in ("ours", "theirs") if route.need.about else ("nobody's",):
            found = objects[route.need.about][whose] if route.need.about else None
            for method in route.methods:
                wanted = expected(route, user, found)
                status = visitor.ask(route, method, address(route, arguments(route, found))).status_code
                right = status in wanted if wanted is not None else status < 500 and status not in (401, 403)
                if not right:
                    wrong.append((method, str(route), whose, status, wanted))
    assert not wrong


@pytest.mark.parametrize("role", ["agent", "lead", "partner"])
def test_what_may_not_be_seen_answers_like_what_is_not_there(
    house: House, objects: dict[str, dict[str, Any]], role: str
) -> None:
    user = house.everyone()[role]
    visitor = Visitor(user)
    for route in all_routes():
        if not route.need.about or not sight_of(user).allows(route.need.permission):
            continue
        theirs = objects[route.need.about]["theirs"]
        if visible(user, route.need, theirs):
            continue
        missing = arguments(route, theirs) | {
            route.need.by: uuid7() if route.need.by in ("uuid", "ref") else "000000000"
        }
        method = route.methods[0]
        hidden = visitor.ask(route, method, address(route, arguments(route, theirs)))
        nothing = visitor.ask(route, method, address(route, missing))
        assert hidden.status_code == nothing.status_code == 404, str(route)
        assert strip(hidden.content, theirs) == strip(nothing.content, missing[route.need.by]), str(route)


def strip(content: bytes, of: Any) -> bytes:
    """A page without what it repeats of its own address."""
    for name in (of if isinstance(of, (UUID, str)) else (of.uuid, getattr(of, "number", of.uuid)),):
        for value in name if isinstance(name, tuple) else (name,):
            content = content.replace(str(value).encode(), b"")
    return content


def test_pages_of_other_teams_objects_show_nothing_of_them(house: House, objects: dict[str, dict[str, Any]]) -> None:
    """Lists, counts and search obey the same filter: the stranger's words are on none of the pages."""
    from rundblick.cases.models import CaseContent, MessageContent

    secret = "zylinderkopfdichtung"
    CaseContent.objects.filter(case__in=[house.billings, house.svens]).update(subject=secret)
    MessageContent.objects.filter(message=objects["message"]["theirs"]).update(text=secret, subject=secret)
    for user in (house.olga, house.lena, house.paul):
        visitor = Visitor(user)
        for route in all_routes():
            if route.need.about or not sight_of(user).allows(route.need.permission or "self"):
                continue
            path = address(route, arguments(route, None))
            for query in ("", f"?q={secret}", "?view=all&state=any", f"?q={house.billings.number}"):
                answer = visitor.ask(route, "GET", path + query)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                shown = body.replace(f'value="{secret}"'.encode(), b"").decode("utf-8", "replace")
                repeated = query.startswith("?q=")
                assert house.billings.uuid.hex not in shown.replace("-", ""), (user.name, str(route), query)
                if not repeated:
                    assert secret not in shown, (user.name, str(route), query)
