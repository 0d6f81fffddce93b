"""Text modules over the API."""

from __future__ import annotations

import pytest

from tests.api.callers import caller
from tests.people.house import a_house

pytestmark = pytest.mark.django_db


def test_text_modules_are_written_changed_and_put_aside() -> None:
    house = a_house()
    lena, olga = caller(house.lena), caller(house.olga)
    made = lena.post("/templates", {"name": "Hello", "text": "Dear {{customer_name}}"})
    assert made.status_code == 201
    assert lena.post("/templates", {"name": "x", "text": "{{price}}"}).status_code == 422
    assert olga.post("/templates", {"name": "x", "text": "x"}).status_code == 403
    assert [one["name"] for one in olga.get("/templates").json()["items"]] == ["Hello"]
    address = f"/api/v1/templates/{made.json()['uuid']}"

    def put(seen: int) -> int:
        body = {"name": "Hello", "text": "Hi", "seen": seen}
        status: int = lena.client.put(address, body, content_type="application/json", headers=lena.headers).status_code
        return status

    assert (put(1), put(1)) == (200, 409)
    assert lena.client.delete(address, headers=lena.headers).json()["retired_at"]
    assert olga.get("/templates").json()["items"] == []
