"""Routing over REST: the rules, what others would do, and why a case is where it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rundblick.cases.routing.following import follow_rules
from rundblick.core.database import cursor
from rundblick.core.numbers import case_number
from tests.api.callers import Caller, caller

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = pytest.mark.django_db


def put(who: Caller, body: Any) -> Any:
    return who.client.put(
        "/api/v1/routing", json.dumps(body), content_type="application/json", headers=who.headers
    )  # fmt: skip


def rules(house: House, **more: Any) -> dict[str, Any]:
    return {"rules": [{"name": "bills", "team": str(house.billing.uuid), "topics": ["Rechnung"]}]} | more


def test_rules_are_put_into_force_and_read_again(house: House) -> None:
    maria = caller(house.maria)
    assert maria.get("/routing").json()["version"] == 0
    done = put(maria, rules(house, seen=0))
    assert done.status_code == 200 and done.json()["version"] == 1
    told = maria.get("/routing").json()
    assert told["rules"][0]["topics"] == ["Rechnung"] and told["warnings"] == []


def test_stale_and_impossible_rules_are_refused_clearly(house: House) -> None:
    maria = caller(house.maria)
    put(maria, rules(house, seen=0))
    stale = put(maria, rules(house, seen=0))
    assert stale.status_code == 409 and stale.json()["type"].endswith("stale")
    assert "1" in stale.json()["detail"]
    wrong = put(maria, {"seen": 1, "rules": [{"name": "x", "team": str(house.maria.uuid), "topics": ["a"]}]})
    assert wrong.status_code == 422 and '"x"' in wrong.json()["detail"]
    assert put(caller(house.olga), rules(house, seen=1)).status_code == 403


def test_a_preview_says_what_would_change_and_changes_nothing(house: House) -> None:
    from rundblick.people.models import Team

    Team.objects.filter(pk=house.support.pk).update(is_default=True)
    seen = caller(house.maria).post("/routing/preview", rules(house))
    assert seen.status_code == 200 and seen.json()["elsewhere"] == 0
    assert caller(house.maria).get("/routing").json()["version"] == 0


def test_a_case_tells_why_it_is_where_it_is(house: House) -> None:
    from rundblick.cases.models import Case
    from rundblick.people.models import Team
    from tests.people.house import AT, a_message

    Team.objects.filter(pk=house.support.pk).update(is_default=True)
    maria = caller(house.maria)
    put(maria, {"seen": 0, "rules": [{"name": "mail", "team": str(house.billing.uuid), "channels": ["email"]}]})
    case = Case.objects.create(number=case_number(9_000_001), owner_team=house.support, last_at=AT, opened_at=AT)
    a_message(case)
    with cursor() as cur:
        from rundblick.cases.folding import fold

        fold(cur, [case.pk])
        follow_rules(cur, [case.pk])
    (one,) = maria.get(f"/cases/{case.uuid}/routing").json()["items"]
    assert (one["rule"], one["team"]["name"], one["version"], one["last"]) == ("mail", "Billing", 1, True)
    assert one["text"] == 'The rule "mail" sends it to Billing: by channel.'
    assert caller(house.olga).get(f"/cases/{case.uuid}/routing").status_code == 404
