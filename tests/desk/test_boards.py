"""Team boards and today over all teams: who sees which, that a number and its cases agree, and what they cost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from rundblick.blindspots import today
from rundblick.blindspots.today import COUNTS, count, lines_of, trend
from rundblick.cases import board
from rundblick.cases.board import WHATS, counted, end_of_day, on_board, risk_of
from rundblick.cases.models import Case, Clock, Commitment, CommitmentContent
from rundblick.core.database import cursor
from rundblick.core.models import Event
from rundblick.people import tokens
from rundblick.people.models import Absence, User
from tests.people.house import House, a_case, a_handover, an_absence, an_escalation

NOW = datetime.now(UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _anew() -> None:
    today.forget()


def a_clock(case: Case, due: datetime, kind: str = "resolution", state: str = "running") -> None:
    Clock.objects.create(
        case=case, kind=kind, state=state, book=0, level=0, target_s=1.0, ran_s=0.0, started_at=due, due_at=due
    )


def overdue_promise(case: Case, text: str, state: str = "broken") -> Commitment:
    event = Event.objects.create(kind="commitment.made", occurred_at=NOW)
    made = Commitment.objects.create(
        case=case, event=event, made_at=NOW - timedelta(2), due_at=NOW - timedelta(1), state=state, settled_at=NOW
    )
    CommitmentContent.objects.create(commitment=made, text=text)
    return made


def shown(user: User, name: str, *arguments: object, **query: str) -> str:
    User.objects.filter(pk=user.pk).update(language="en")
    browser = Client()
    browser.force_login(User.objects.get(pk=user.pk))
    answer = browser.get(reverse(f"desk:{name}", args=arguments), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["Europe/Berlin", "America/St_Johns"]))
def test_the_day_ends_at_its_midnight_also_where_clocks_change(naive: datetime, zone: str) -> None:
    now = naive.replace(tzinfo=UTC)
    end = end_of_day(now, ZoneInfo(zone))
    assert timedelta(0) < end - now <= timedelta(hours=25)
    local = end.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    assert (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == now.astimezone(ZoneInfo(zone)).date()


@given(st.timedeltas(timedelta(days=-5), timedelta(days=1)))
def test_what_runs_out_is_overdue_within_the_hour_or_today_and_only_one_of_them(left: timedelta) -> None:
    what = risk_of(NOW + left, NOW)
    assert what == ("overdue" if left <= timedelta(0) else "hour" if left <= timedelta(hours=1) else "today")


@pytest.mark.django_db
def test_a_board_shows_what_runs_out_first_with_who_has_it(house: House) -> None:
    a_clock(house.olgas, NOW - timedelta(hours=2))
    a_clock(house.olgas, NOW - timedelta(hours=3), kind="reaction")
    a_clock(house.supports, NOW - timedelta(minutes=1))
    a_clock(house.billings, NOW - timedelta(days=1))
    a_handover(house.supports)
    overdue_promise(house.olgas, "A call on Friday")
    page = shown(house.olga, "team-board", house.support.uuid)
    risks = page[page.index("rb-risk-title") : page.index("rb-people-title")]
    found = re.findall(r'href="/cases/([0-9a-f-]+)/"', risks)
    assert found == [str(house.olgas.uuid), str(house.supports.uuid)]
    assert "Olga" in risks and "A call on Friday" in page
    assert str(house.billings.uuid) not in page


@pytest.mark.django_db
def test_each_number_of_a_board_is_as_many_as_the_cases_that_it_opens(house: House) -> None:
    a_clock(house.olgas, NOW - timedelta(hours=2))
    a_clock(house.supports, NOW + timedelta(minutes=30))
    a_case(house.kurt, state="pending")
    a_handover(house.supports)
    with cursor() as cur:
        told = board.board(cur, house.support, NOW, BERLIN)
    for what in WHATS:
        cases = set(on_board(house.support.pk, what, NOW, BERLIN).values_list("pk", flat=True))
        assert told.counts[what] == len(cases), what
        page = shown(house.lena, "team-board-list", house.support.uuid, what)
        assert page.count('class="rb-open"') == len(cases), what
    loads = {one.name: one.load for one in told.members}
    assert (loads["Olga"].open, loads["Olga"].due, loads["Kurt"].waiting) == (1, 1, 1)
    for person, load in ((house.olga, loads["Olga"]), (house.kurt, loads["Kurt"])):
        for what, n in (("open", load.open), ("waiting", load.waiting), ("due", load.due)):
            assert on_board(house.support.pk, what, NOW, BERLIN, person.person.pk).count() == n


@pytest.mark.django_db
def test_counts_stop_at_a_thousand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "COUNTED", 3)
    for _place in range(6):
        a_case(house.support)
    assert counted(on_board(house.support.pk, "open", NOW, BERLIN)) == 4


@pytest.mark.django_db
def test_an_agent_sees_his_own_load_and_a_lead_everybodys(house: House) -> None:
    mine = reverse("desk:team-board-list", args=[house.support.uuid, "open"]) + "?person="
    for user, sees in ((house.olga, {"Olga"}), (house.lena, {"Olga", "Kurt", "Lena"}), (house.maria, {"Olga", "Kurt"})):
        page = shown(user, "team-board", house.support.uuid)
        for one in (house.olga, house.kurt):
            assert (f"{mine}{one.person.uuid}" in page) is (one.name in sees), (user.name, one.name)
    # another's list that was not offered falls back to the team's
    page = shown(house.olga, "team-board-list", house.support.uuid, "open", person=str(house.kurt.person.uuid))
    assert "Open: Support" in page


@pytest.mark.django_db
def test_a_board_belongs_to_its_team_and_to_whoever_sees_all(house: House) -> None:
    for user, status in ((house.olga, 404), (house.lena, 404), (house.maria, 200), (house.rolf, 200), (house.ida, 403)):
        browser = Client()
        browser.force_login(user)
        assert browser.get(reverse("desk:team-board", args=[house.billing.uuid])).status_code == status, user.name
    page = shown(house.paul, "team-board", house.repairs.uuid)
    assert "Paul" in page and str(house.repair.uuid) in page
    assert reverse("desk:team-board", args=[house.support.uuid]) == redirected(house.olga)


def redirected(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return str(browser.get(reverse("desk:board")).headers["Location"])


@pytest.mark.django_db
def test_who_is_away_is_said_with_the_day_of_return(house: House) -> None:
    absence = an_absence(house.kurt)
    Absence.objects.filter(pk=absence.pk).update(begin=NOW - timedelta(1), end=NOW + timedelta(3))
    assert "away until" in shown(house.olga, "team-board", house.support.uuid)
    assert "Kurt" in shown(house.lena, "overview")


@pytest.mark.django_db
def test_today_counts_as_often_as_a_second_count_over_all_cases(house: House) -> None:
    a_clock(house.olgas, NOW - timedelta(hours=2))
    a_clock(house.svens, NOW + timedelta(minutes=30))
    an_escalation(house.billings)
    a_handover(house.supports)
    Case.objects.filter(pk=house.olgas.pk).update(opened_at=NOW, last_at=NOW)
    done = a_case(house.billing, state="resolved")
    Case.objects.filter(pk=done.pk).update(opened_at=NOW - timedelta(2), resolved_at=NOW, last_at=NOW)
    told = count(NOW)
    by_team = {line.name: line for line in told.teams}
    support, billing = by_team["Support"], by_team["Billing"]
    assert {code: support.counts[code].n for code in COUNTS} == {
        "open": 2, "new": 1, "resolved": 0, "hour": 0, "today": 0, "overdue": 1, "past_three_days": 1, "unowned": 1,
        "offered": 1, "escalated": 0,
    }  # fmt: skip
    assert (billing.counts["open"].n, billing.counts["escalated"].n, billing.counts["resolved"].ids) == (
        3, 1, (done.pk,),
    )  # fmt: skip
    assert billing.counts["hour"].ids in ((house.svens.pk,), ())  # the last half hour of a day is "today" to nobody
    days = trend(list(told.teams), told)
    assert len(days) == 14 and (days[-1].new, days[-1].resolved) == (1, 1)
    assert sum(day.new for day in days) == 2
    assert {line.name for line in lines_of(house.lena, told)} == {"Support"}
    assert {line.name for line in lines_of(house.maria, told)} >= {"Support", "Billing", "Repairs Ltd"}


@pytest.mark.django_db
def test_each_number_of_today_opens_its_cases_and_only_those_that_may_be_seen(house: House) -> None:
    page = shown(house.maria, "overview")
    for address in set(re.findall(r'href="(/overview/[^"]+)"', page)):
        browser = Client()
        browser.force_login(house.maria)
        assert 'class="rb-open"' in browser.get(address.replace("&amp;", "&")).content.decode(), address
    opened = shown(house.lena, "overview-cases", "open")
    assert str(house.olgas.uuid) in opened and str(house.billings.uuid) not in opened
    theirs = shown(house.lena, "overview-cases", "open", team=str(house.billing.uuid))
    assert str(house.billings.uuid) not in theirs
    analyst = Client()
    analyst.force_login(house.ida)
    assert "/overview/open/" not in analyst.get(reverse("desk:overview")).content.decode()
    assert analyst.get(reverse("desk:overview-cases", args=["open"])).status_code == 404
    olga = Client()
    olga.force_login(house.olga)
    assert olga.get(reverse("desk:overview")).status_code == 403


def call(user: User, path: str, **body: Any) -> Any:
    header = {"Authorization": f"Bearer {tokens.issue(user, 'test', ['*']).text}"}
    browser = Client()
    if body:
        return browser.post(f"/api/v1{path}", body, content_type="application/json", headers=header)
    return browser.get(f"/api/v1{path}", headers=header)


@pytest.mark.django_db
def test_programs_read_the_side_the_board_and_today_with_the_same_rights(house: House) -> None:
    a_clock(house.olgas, NOW - timedelta(hours=2))
    side = call(house.olga, f"/customers/{house.anna.number}/side").json()
    assert side["number"] == house.anna.number and side["open_cases"] == 2
    set_to = call(house.olga, f"/customers/{house.anna.uuid}/channel", channel="phone")
    assert set_to.json()["channel"]["channel"] == "phone" and set_to.json()["channel"]["why"] == "set"
    assert call(house.olga, f"/customers/{house.anna.uuid}/channel", channel="pigeon").status_code == 422
    seen = call(house.olga, f"/teams/{house.support.uuid}/board").json()
    assert seen["counts"]["overdue"] == 1 and seen["at_risk"][0]["uuid"] == str(house.olgas.uuid)
    loads = {one["name"]: one["load"] for one in seen["members"]}
    assert loads["Olga"]["open"] == 1 and loads["Kurt"] is None
    assert call(house.olga, f"/teams/{house.billing.uuid}/board").status_code == 404
    assert call(house.olga, "/overview").status_code == 403
    told = call(house.lena, "/overview").json()
    assert [line["name"] for line in told["teams"]] == ["Support"] and len(told["trend"]) == 14
    hidden = call(house.paul, f"/customers/{house.clara.uuid}/side").json()
    assert hidden["channel"] is None and hidden["talked"] == [] and hidden["orders"] == []


@pytest.mark.django_db
def test_what_was_promised_and_not_kept_is_found_by_its_own_index(house: House) -> None:
    with connection.cursor() as cur:
        cur.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'commitment_overdue'")
        assert "broken" in cur.fetchone()[0]
