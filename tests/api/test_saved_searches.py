"""Saved searches over the API."""

from __future__ import annotations

from typing import Any

import pytest

from rundblick.cases.saved_searches import keep_search
from tests.api.callers import Caller, caller
from tests.people.house import House

pytestmark = pytest.mark.django_db


def send(of: Caller, method: str, path: str, body: Any = None) -> Any:
    call = getattr(of.client, method)
    return call(f"/api/v1{path}", body, content_type="application/json", headers=of.headers)


def test_a_search_is_kept_changed_and_deleted(house: House) -> None:
    olga = caller(house.olga)
    made = olga.post("/searches", {"name": "Paid", "query": "paid", "team": str(house.support.uuid)})
    assert made.status_code == 201 and made.json()["team"]["name"] == house.support.name
    path = f"/searches/{made.json()['uuid']}"
    assert send(caller(house.kurt), "put", path, {"name": "Settled", "query": "paid"}).json()["team"] is None
    assert [one["name"] for one in caller(house.kurt).get("/searches").json()["items"]] == ["Settled"]
    assert olga.get("/searches").json() == {"items": []}
    assert send(olga, "delete", path).status_code == 404
    assert send(caller(house.kurt), "delete", path).status_code == 204


def test_who_only_reads_may_not_change_a_teams_search(house: House) -> None:
    saved = keep_search(house.olga, "Paid", "paid", house.support)
    assert send(caller(house.rolf), "delete", f"/searches/{saved.uuid}").status_code == 404
    assert send(caller(house.sven), "delete", f"/searches/{saved.uuid}").status_code == 404


def test_what_cannot_be_kept_says_why(house: House) -> None:
    olga = caller(house.olga, language="de")
    keep_search(house.olga, "Paid", "paid")
    again = olga.post("/searches", {"name": "paid", "query": "x"})
    assert (again.status_code, again.json()["type"].rpartition(":")[2].rpartition("/")[2]) == (409, "taken")
    foreign = olga.post("/searches", {"name": "x", "query": "x", "team": str(house.billing.uuid)})
    assert foreign.status_code == 422 and "Team" in foreign.json()["title"]
