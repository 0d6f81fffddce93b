"""The inbox over the API: counts, watched cases, saved filters, one deed on many cases and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rundblick.cases.models import Case, SavedFilter
from rundblick.core.ids import uuid7

from .callers import caller

if TYPE_CHECKING:
    from tests.people.house import House


def test_views_are_counted(house: House) -> None:
    found = caller(house.olga).get("/views").json()["items"]
    assert {one["view"]: one["count"] for one in found}["team"] == 2


def test_a_list_takes_the_filters_of_the_inbox(house: House) -> None:
    Case.objects.filter(pk=house.supports.pk).update(topic="Invoice")
    olga = caller(house.olga)
    assert [one["uuid"] for one in olga.get("/cases", topic="Invoice").json()["items"]] == [str(house.supports.uuid)]
    assert olga.get("/cases", team=str(uuid7())).json()["items"] == []
    assert olga.get("/cases", team="x").status_code == 422


def test_a_case_is_watched_and_watched_no_more(house: House) -> None:
    olga = caller(house.olga)
    assert olga.post(f"/cases/{house.supports.number}/watch").json() == {"watched": True}
    assert len(olga.get("/cases", view="watched").json()["items"]) == 1
    gone = olga.client.delete(f"/api/v1/cases/{house.supports.number}/watch", headers=olga.headers)
    assert gone.json() == {"watched": False}
    assert olga.post(f"/cases/{house.billings.number}/watch").status_code == 404


def test_a_filter_is_kept_changed_moved_and_deleted(house: House) -> None:
    olga = caller(house.olga)
    made = olga.post("/filters", {"name": "<b>New</b>", "query": "state=new&what=1"})
    assert made.status_code == 201
    assert made.json()["query"] == "view=team&state=new"
    uuid = made.json()["uuid"]
    body = {"name": "Ours", "query": "view=mine", "team": str(house.support.uuid)}
    changed = olga.client.put(f"/api/v1/filters/{uuid}", body, content_type="application/json", headers=olga.headers)
    assert changed.json()["team"] == str(house.support.uuid)
    assert [one["name"] for one in caller(house.kurt).get("/filters").json()["items"]] == ["Ours"]
    assert caller(house.sven).get("/filters").json()["items"] == []
    assert olga.post(f"/filters/{uuid}/move", {"by": 1}).status_code == 200
    theirs = olga.post("/filters", {"name": "x", "query": "", "team": str(house.billing.uuid)})
    assert (theirs.status_code, theirs.json()["type"].rpartition(":")[2]) == (422, "filter-team")
    assert olga.client.delete(f"/api/v1/filters/{uuid}", headers=olga.headers).status_code == 204
    assert not SavedFilter.objects.exists()


def test_many_are_done_once_for_one_key_and_taken_back(house: House) -> None:
    olga = caller(house.olga)
    body = {"kind": "resolve", "cases": [str(house.olgas.uuid), str(house.supports.uuid), str(house.billings.uuid)]}
    first = olga.post("/cases/bulk", body, **{"Idempotency-Key": "a"})
    again = olga.post("/cases/bulk", body, **{"Idempotency-Key": "a"})
    assert first.status_code == 201
    assert first.json() == again.json()
    assert (first.json()["done"], first.json()["is_over"], len(first.json()["items"])) == (2, True, 2)
    uuid = first.json()["uuid"]
    assert caller(house.kurt).get(f"/bulk-deeds/{uuid}").status_code == 404
    undone = olga.post(f"/bulk-deeds/{uuid}/undo").json()
    assert [one["state"] for one in undone["items"]] == ["undone", "undone"]
    assert olga.get("/bulk-deeds").json()["items"][0]["undone_at"]


def test_what_a_deed_lacks_is_said_and_what_may_not_be_seen_is_not_there(house: House) -> None:
    olga = caller(house.olga)
    case = str(house.olgas.uuid)
    for body, status, code in (
        ({"kind": "hand_over", "cases": [case], "reason": "x"}, 422, "bulk-to"),
        ({"kind": "topic", "cases": [case]}, 422, "bulk-topic"),
        ({"kind": "join", "cases": [case]}, 422, "bulk-two"),
        ({"kind": "resolve", "cases": [str(house.billings.uuid)]}, 404, "bulk-none"),
        ({"kind": "resolve", "cases": [str(uuid7())]}, 404, "bulk-none"),
        ({"kind": "resolve", "cases": [str(uuid7()) for _ in range(201)]}, 422, "not-understood"),
    ):
        answer = olga.post("/cases/bulk", body)
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, code)


def test_a_token_does_to_many_only_what_it_may_do_to_one(house: House) -> None:
    reads = caller(house.olga, scopes=("case.read",))
    body = {"kind": "resolve", "cases": [str(house.olgas.uuid)]}
    assert reads.post("/cases/bulk", body).status_code == 403
    assert reads.post("/cases/bulk", body | {"kind": "watch"}).status_code == 201
