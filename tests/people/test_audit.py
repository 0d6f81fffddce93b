"""The audit: who saw and did what, by every filter, page by page, complete and without doubles."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from rundblick.cases import work
from rundblick.core.database import cursor
from rundblick.people import tokens
from rundblick.people.audit import DONE, SEEN, Wanted, read_place, trail, write_place
from rundblick.people.models import AccessLog, PersonContent, User

from .house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(house: House) -> House:
    """Olga looked at her case and wrote a note; Sven looked at his."""
    for user, case in ((house.olga, house.olgas), (house.sven, house.svens)):
        client = Client()
        client.force_login(user)
        assert client.get(f"/cases/{case.uuid}/").status_code == 200
    work.add_note(house.olgas, "Hello", by=house.olga.person)
    work.resolve(house.svens, by=house.sven.person)
    return house


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_names_who_saw_and_who_did(told: House) -> None:
    found, more = trail(Wanted(), None, 100)
    assert more is None
    assert {(one.what, one.kind) for one in found} >= {
        (SEEN, "case.read"),
        (DONE, "note.added"),
        (DONE, "case.resolved"),
    }
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


def test_each_filter_leaves_what_it_names(told: House) -> None:
    olga = Wanted(user=told.olga.pk, person=told.olga.person.pk)
    assert {one.user or one.person for one in trail(olga, None, 100)[0]} <= {told.olga.pk, told.olga.person.pk}
    assert {one.kind for one in trail(Wanted(kind="note."), None, 100)[0]} == {"note.added"}
    about = trail(Wanted(about=(("case", (told.svens.pk,)),)), None, 100)[0]
    assert {one.kind for one in about} == {"case.read", "case.resolved"}
    assert not trail(Wanted(end=datetime.now(UTC) - timedelta(days=1)), None, 100)[0]
    assert trail(Wanted(begin=datetime.now(UTC) - timedelta(hours=1)), None, 100)[0]


def test_its_pages_put_together_are_the_whole(told: House) -> None:
    whole, _more = trail(Wanted(), None, 1000)
    pages, place = [], None
    while True:
        page, place = trail(Wanted(), place, 2)
        pages += page
        if place is None:
            break
        assert read_place(write_place(place)) == place
    assert pages == whole
    assert read_place("nonsense") is None


def test_the_page_tells_it_and_is_noted_itself(told: House) -> None:
    page = browser(told.rolf).get("/audit/", {"number": told.olgas.number}).content.decode()
    assert "Olga" in page
    assert "Sven" not in page.split("<tbody>")[1]
    looks = AccessLog.objects.filter(user=told.rolf, permission="audit.read")
    assert looks.exists()


@pytest.mark.parametrize("query", [{"number": "123"}, {"user": "x"}, {"begin": "yesterday"}])
def test_what_it_is_asked_wrongly_it_says(told: House, query: dict[str, str]) -> None:
    assert browser(told.rolf).get("/audit/", query).status_code == 422
    assert browser(told.rolf).get("/audit/export/", query).status_code == 422


def test_only_auditors_and_administrators_read_it(told: House) -> None:
    for role, user in told.everyone().items():
        assert browser(user).get("/audit/").status_code == (200 if role in ("auditor", "admin") else 403), role


def test_the_file_holds_no_formula(told: House) -> None:
    User.objects.filter(pk=told.olga.pk).update(name="=cmd()")
    PersonContent.objects.update_or_create(person=told.olga.person, defaults={"name": "=cmd()"})
    answer = browser(told.rolf).get("/audit/export/")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert rows[0] == ["at", "who", "by", "what", "code", "about"]
    assert any("cmd()" in row[1] for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_the_api_gives_the_same(told: House) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue(told.rolf, 'script', ['*']).text}"}
    first = Client().get("/api/v1/audit", {"limit": 2, "user": str(told.olga.person.uuid)}, headers=headers).json()
    assert len(first["items"]) == 2
    assert {one["person"] or one["user"] for one in first["items"]} <= {str(told.olga.person.uuid), str(told.olga.uuid)}
    wrong = Client().get("/api/v1/audit", {"number": "1"}, headers=headers)
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:rundblick:problem:no-such-number")


def test_a_time_long_ago_is_found_by_the_key_and_not_by_reading_everything(told: House) -> None:
    with cursor() as cur:
        cur.execute(
            "INSERT INTO people_accesslog (at, user_id, permission, object_type, object_id)"
            " SELECT now() - (20000 - g) * interval '1 minute', %s, 'case.read', 'case', 1"
            " FROM generate_series(1, 20000) AS g",
            (told.sven.pk,),
        )
        cur.execute("ANALYZE people_accesslog")
    begin = datetime.now(UTC) - timedelta(days=10)
    found, _more = trail(Wanted(what=SEEN, begin=begin, end=begin + timedelta(hours=1)), None, 100)
    assert 58 <= len(found) <= 62
