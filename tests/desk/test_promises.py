"""Hours and promises in the desk and over REST; the clock of a case and the most urgent ones in the inbox."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rundblick.cases.clocking import recompute, strike
from rundblick.cases.models import Case, Clock
from rundblick.cases.promising import PROMISE, promised
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import draft, in_force, put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables, timetables
from tests.api.callers import caller
from tests.cases.test_clocking import say
from tests.desk.test_pages import client_of, numbers_in, text_of
from tests.people.house import House

pytestmark = pytest.mark.django_db
ROUND = Timetable("round", "Mo-So 00:00-24:00", "Europe/Berlin")


@pytest.fixture
def always(house: House) -> House:
    told = Timetables((ROUND,))
    put_in_force(TIMETABLES, told, by=None, seen=0, at=timezone.now() - timedelta(days=900))
    put_in_force(PROMISE, Promise((Level(4, 16),)), by=None, seen=0, at=timezone.now() - timedelta(days=900))
    return house


# --- hours ----------------------------------------------------------------------------------------------------------


def hours_form(**more: object) -> dict[str, object]:
    told = {"seen": "0", "table": "", "name": "Bayern", "hours": "Mo-Fr 08:00-16:00", "zone": "Europe/Berlin"}
    return {**told, "holidays": "DE-BY", "special": "", "do": "save", **more}


def test_hours_are_added_given_to_a_team_and_shown_for_the_next_days(maria: Client, house: House) -> None:
    answer = maria.post("/hours/edit/", hours_form(special="2026-12-24 09:00-12:00", teams=str(house.support.uuid)))
    assert answer.status_code == 302
    told = timetables()
    assert [table.name for table in told.tables] == ["The whole company", "Bayern"]
    assert told.teams == {str(house.support.uuid): "Bayern"}
    text = text_of(maria.get("/hours/"))
    assert "Bayern" in text and "Teams: Support" in text and "08:00–16:00" in text and "closed" in text


def test_to_look_at_the_next_days_changes_nothing(maria: Client) -> None:
    answer = maria.post("/hours/edit/", hours_form(do="look"))
    assert "nothing is changed yet" in text_of(answer)
    assert in_force(TIMETABLES) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hours": "Mo 9-17"}, "is no span of time"),
        ({"hours": ""}, "is never open"),
        ({"zone": "Europe/Nowhere"}, "is no time zone"),
        ({"special": "tomorrow"}, "is no day"),
        ({"special": "2026-12-24 9"}, "is no span of time"),
        ({"name": " "}, "need a name"),
        ({"name": "The whole company"}, "two opening hours"),
    ],
)
def test_hours_that_are_none_are_refused_and_what_was_typed_in_stays(
    maria: Client, wrong: dict[str, str], words: str
) -> None:
    answer = maria.post("/hours/edit/", hours_form(**wrong))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'value="DE-BY" selected' in answer.content.decode()
    assert in_force(TIMETABLES) is None


def test_who_saves_hours_that_somebody_else_has_changed_is_told(maria: Client) -> None:
    maria.post("/hours/edit/", hours_form())
    answer = maria.post("/hours/edit/", hours_form(name="Mine"), follow=True)
    assert "Somebody else has changed the hours meanwhile" in text_of(answer)
    assert len(timetables().tables) == 2


def test_hours_are_taken_away_but_not_those_that_a_promise_names(maria: Client, house: House) -> None:
    maria.post("/hours/edit/", hours_form(teams=str(house.support.uuid)))
    put_in_force(PROMISE, Promise((Level(4, 16, calendar="Bayern"),)), by=None, seen=0)
    answer = maria.post("/hours/edit/", hours_form(table="Bayern", seen="1", do="remove"))
    assert answer.status_code == 422 and "a promise could not be kept" in text_of(answer)
    put_in_force(PROMISE, Promise((Level(4, 16),)), by=None, seen=1)
    assert maria.post("/hours/edit/", hours_form(table="Bayern", seen="1", do="remove")).status_code == 302
    assert (len(timetables().tables), timetables().teams) == (1, {})


def test_an_agent_does_not_set_hours_and_a_lead_reads_them(house: House) -> None:
    assert client_of(house.lena).get("/hours/").status_code == 200
    assert "/hours/edit/" not in client_of(house.lena).get("/hours/").content.decode()
    assert client_of(house.lena).post("/hours/edit/", hours_form()).status_code == 403
    assert client_of(house.olga).get("/hours/").status_code == 403
    assert "Opening hours" in text_of(client_of(house.maria).get("/company/"))


# --- promises -------------------------------------------------------------------------------------------------------


def promise_form(**more: object) -> dict[str, object]:
    told = {"seen": "0", "levels": "1", "name_0": "All", "answer_0": "4", "solution_0": "1,5", "unit_0": "days"}
    return {**told, "simple": "Address, Invoice", "pending": "1", "do": "save", **more}


def test_a_promise_is_tried_on_the_last_cases_kept_as_a_draft_and_put_into_force(maria: Client, house: House) -> None:
    now = timezone.now()
    Case.objects.filter(pk=house.olgas.pk).update(opened_at=now - timedelta(days=20), first_reply_at=now, last_at=now)
    tried = text_of(maria.post("/promises/edit/", promise_form(do="try")))
    assert "What it would have meant on the last 30 days" in tried and "1 case was opened then" in tried
    assert in_force(PROMISE) is None
    kept = draft(PROMISE)
    assert kept is not None and kept.levels[0].resolution_days == 1.5 and kept.simple == ("Address", "Invoice")
    assert "Go on with the draft" in text_of(maria.get("/promises/"))
    assert maria.post("/promises/edit/", promise_form()).status_code == 302
    assert promised() == kept and draft(PROMISE) is None
    text = text_of(maria.get("/promises/"))
    assert "1.5 working days" in text and "4 opening hours" in text


def test_a_level_is_added_and_taken_away(maria: Client) -> None:
    page = maria.post("/promises/edit/", promise_form(do="add")).content.decode()
    assert 'name="answer_1"' in page
    two = promise_form(levels="2", simple_0="1", name_1="Rest", answer_1="8", topics_1="", channels_1=["phone"])
    maria.post("/promises/edit/", two)
    assert [level.name for level in promised().levels] == ["All", "Rest"]
    assert promised().levels[1].channels == ("phone",)
    maria.post("/promises/edit/", {**two, "seen": "1", "gone_0": "1"})
    assert [level.name for level in promised().levels] == ["Rest"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"answer_0": "soon"}, "All: &quot;soon&quot; is no number"),
        ({"answer_0": "", "solution_0": ""}, "nothing is promised"),
        ({"answer_0": "9999"}, "nobody can be late"),
        ({"levels": "0"}, "there is no level"),
    ],
)
def test_a_promise_that_cannot_be_is_refused_in_words(maria: Client, wrong: dict[str, str], words: str) -> None:
    answer = maria.post("/promises/edit/", promise_form(**wrong))
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert in_force(PROMISE) is None


def test_who_saves_a_promise_that_somebody_else_has_changed_keeps_his_as_a_draft(maria: Client) -> None:
    put_in_force(PROMISE, Promise((Level(1),)), by=None, seen=0)
    answer = maria.post("/promises/edit/", promise_form(), follow=True)
    assert "Yours is kept as a draft" in text_of(answer)
    assert (promised().levels[0].reaction_hours, draft(PROMISE) is not None) == (1, True)
    maria.post("/promises/edit/", {"do": "drop"})
    assert draft(PROMISE) is None


def test_a_promise_that_turned_broken_says_so(maria: Client) -> None:
    put_in_force(TIMETABLES, Timetables((ROUND, Timetable("night", "Mo-So 22:00-24:00"))), by=None, seen=0)
    put_in_force(PROMISE, Promise((Level(4, calendar="night"),)), by=None, seen=0)
    put_in_force(TIMETABLES, Timetables((ROUND,)), by=None, seen=1)
    assert "This promise cannot be kept as it is." in text_of(maria.get("/promises/"))


# --- cases ----------------------------------------------------------------------------------------------------------


def test_beside_the_answer_stand_the_stops_and_the_customers_own_clock(always: House) -> None:
    begin = timezone.now() - timedelta(hours=9, minutes=5)
    case = always.olgas
    Case.objects.filter(pk=case.pk).update(opened_at=begin)
    for hours, state in ((1, "pending"), (2, "open"), (3, "pending"), (4, "open")):
        say(case, begin + timedelta(hours=hours), state)
    Case.objects.filter(pk=case.pk).update(opened_at=begin)
    text = text_of(client_of(always.olga).get(f"/cases/{case.uuid}/"))
    assert "The clock was stopped 2 times, 2 hours of opening time" in text
    assert "For the customer it has taken 9 hours" in text
    told = caller(always.olga).get(f"/cases/{case.uuid}/due").json()
    assert [one["pauses"] for one in told["items"]] == [0, 2]
    assert told["waited_s"] >= 9 * 3600


def test_the_inbox_shows_what_is_urgent_and_puts_it_first(always: House) -> None:
    now = timezone.now()
    for hours, case in ((30, always.supports), (3.5, always.olgas)):
        begin = now - timedelta(hours=hours)
        Case.objects.filter(pk=case.pk).update(opened_at=begin, last_at=now - timedelta(days=1))
    Case.objects.exclude(pk__in=(always.supports.pk, always.olgas.pk)).update(opened_at=now, last_at=now)
    list(recompute(now))
    while strike(now):
        pass
    page = client_of(always.lena).get("/inbox/?view=all&order=due")
    assert numbers_in(page)[:2] == [always.supports.number, always.olgas.number]
    text = text_of(page)
    assert "Answer was promised by" in text and "Answer promised by" in text
    newest = numbers_in(client_of(always.lena).get("/inbox/?view=all"))
    assert newest[0] not in (always.supports.number, always.olgas.number)


def test_the_urgent_ones_come_page_by_page(always: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from rundblick.desk.pages.lists import most_urgent_cases, read_page_key

    list(recompute())
    Clock.objects.filter(case__in=(always.olgas, always.supports)).delete()
    found: list[int] = []
    before = None
    for _page in range(9):
        rows, key = most_urgent_cases(Case.objects.all(), before, 2)
        found += [row["id"] for row in rows]
        before = read_page_key(key)
        if not key:
            break
    assert len(found) == len(set(found)) == Case.objects.count()
    assert set(found[-2:]) == {always.olgas.pk, always.supports.pk}


# --- over REST ------------------------------------------------------------------------------------------------------


def put(api: object, path: str, body: object) -> object:
    made = api.client.put(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=api.headers)  # type: ignore[attr-defined]
    return made


def test_over_rest_hours_and_promises_are_read_set_and_tried(house: House) -> None:
    api = caller(house.maria)
    told = api.get("/hours").json()
    assert (told["version"], told["tables"][0]["name"]) == (0, "The whole company")
    body = {"seen": 0, "tables": [{"name": "Office", "hours": "Mo-Fr 09:00-17:00", "holidays": "AT-9"}]}
    made = put(api, "/hours", body)
    assert (made.status_code, made.json()["version"]) == (200, 1)  # type: ignore[attr-defined]
    again = put(api, "/hours", body)
    assert (again.status_code, again.json()["type"].endswith("stale")) == (409, True)  # type: ignore[attr-defined]
    level = {"name": "All", "reaction_hours": 4, "resolution_days": 2}
    assert api.post("/promises/preview", {"levels": [level]}).json()["cases"] == 0
    made = put(api, "/promises", {"seen": 0, "levels": [level]})
    assert made.json()["promise"]["levels"][0]["resolution_days"] == 2  # type: ignore[attr-defined]
    wrong = put(api, "/promises", {"seen": 1, "levels": [{**level, "calendar": "Moon"}]})
    assert (wrong.status_code, "Moon" in wrong.json()["detail"]) == (422, True)  # type: ignore[attr-defined]
    assert api.get("/promises").json()["broken"] == ""
    assert put(caller(house.lena), "/promises", {"seen": 1, "levels": [level]}).status_code == 403  # type: ignore[attr-defined]
