"""The first hour: an empty installation is set up page by page, and what is wrong is said where it was typed."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from rundblick.cases.company import Company, CompanyError, company, set_company
from rundblick.cases.models import Message, MessageContent
from rundblick.cases.promising import PROMISE
from rundblick.channels.models import Account
from rundblick.cli import main, setup
from rundblick.core.models import Event, Installation
from rundblick.core.rulebooks import in_force
from rundblick.customers.models import Assignment, RecordVersion
from rundblick.people.hours import TIMETABLES, timetables
from rundblick.people.models import Membership, Role, Team, User
from rundblick.people.setting_up import SetUpError, keep, next_step, put_off, standings
from rundblick.people.users import make_persons
from tests.api.callers import caller
from tests.channels.letters import an_account
from tests.desk.test_pages import text_of
from tests.people.house import House

pytestmark = pytest.mark.django_db
COMPANY = {"name": "Muster GmbH", "country": "AT", "zone": "Europe/Vienna", "holidays": "AT-9", "language": "en"}


@pytest.fixture
def anton(db: None) -> User:
    """The first administrator of an empty installation."""
    user = User.objects.create_user("anton@muster.example", None, name="Anton", role=Role.ADMIN, language="en")
    make_persons()
    return user


@pytest.fixture
def browser(anton: User) -> Client:
    client = Client()
    client.force_login(anton)
    return client


def post(browser: Client, step: str, **given: Any) -> Any:
    return browser.post(f"/setup/{step}/", {"do": "save", **given})


def gone(answer: Any) -> str:
    """Where an answer leads on to."""
    assert answer.status_code == 302
    return str(answer.url)


def state(step: str) -> str:
    return next(one.state for one in standings() if one.step.code == step)


def week(**changed: str) -> dict[str, str]:
    told = {f"{side}_{n}_0": time for n in range(5) for side, time in (("from", "9"), ("to", "17:00"))}
    return told | changed


def test_the_inbox_of_an_empty_installation_leads_an_administrator_to_its_set_up(browser: Client) -> None:
    page = browser.get("/inbox/")
    assert "Let us set up your desk" in text_of(page)
    assert 'href="/setup/"' in page.content.decode()
    assert "The company missing" in text_of(browser.get("/setup/")).replace(
        "Its name, where it is, and on which holidays it is closed. ", ""
    )


def test_from_empty_to_ready_without_a_file(browser: Client, anton: User) -> None:
    assert post(browser, "company", **COMPANY).url == "/setup/teams/"
    assert post(browser, "teams", names="Service\n\nInvoices\n").url == "/setup/hours/"
    assert post(browser, "hours", **week(to_4_0="15.00")).url == "/setup/promises/"
    assert post(browser, "promises", answer="2,5", solution="2", pauses="1").url == "/setup/mailbox/"
    assert gone(browser.post("/setup/mailbox/", {"do": "later"})) == "/setup/try/"
    assert gone(browser.post("/setup/try/", {"do": "later"})) == "/setup/colleagues/"
    support = Team.objects.get(name="Service")
    page = post(
        browser,
        "colleagues",
        addresses="Jana Petersen <jana@muster.example>, murat.aydin@muster.example",
        role="agent",
        teams=str(support.uuid),
    )
    assert len(set(re.findall(r'value="(http[^"]*/welcome/[^"]+)"', page.content.decode()))) == 2
    assert gone(browser.post("/setup/fields/", {"do": "keep"})) == "/setup/"
    assert "Your desk is ready" in text_of(browser.get("/setup/"))
    assert gone(browser.post("/setup/ready/")) == "/inbox/"
    assert "set up your desk" not in text_of(browser.get("/inbox/"))

    ours = Installation.objects.get()
    assert (ours.company, ours.country, ours.zone) == ("Muster GmbH", "AT", "Europe/Vienna")
    table = timetables().tables[0]
    assert (table.hours, table.zone, table.holidays) == ("Mo-Th 09:00-17:00; Fr 09:00-15:00", "Europe/Vienna", "AT-9")
    assert support.is_default and Team.objects.filter(system=None).count() == 2
    promise = in_force(PROMISE)
    assert promise is not None and promise.told.levels[0].reaction_hours == 2.5
    jana = User.objects.get(email="jana@muster.example")
    assert (jana.name, jana.role) == ("Jana Petersen", "agent")
    assert Membership.objects.filter(team=support).count() == 2
    assert User.objects.get(email="murat.aydin@muster.example").name == "Murat Aydin"
    assert {"company.changed", "team.made", "team.default", "user.invited"} <= set(
        Event.objects.values_list("kind", flat=True)
    )


def test_an_invited_colleague_is_welcomed_once(browser: Client) -> None:
    page = post(browser, "colleagues", addresses="jana@muster.example", role="agent", language="en")
    address = re.search(r'value="http://[^/]+(/welcome/[^"]+)"', page.content.decode())
    assert address is not None
    jana = Client()
    sentence = "a long enough sentence"
    assert gone(jana.post(address[1], {"new_password1": sentence, "new_password2": sentence})) == "/inbox/"
    assert "Welcome, Jana" in text_of(jana.get("/inbox/")) and "Three keys" in text_of(jana.get("/inbox/"))
    jana.post("/welcome/seen/", {"next": "/inbox/"})
    assert "Welcome" not in text_of(jana.get("/inbox/"))
    assert jana.get("/setup/").status_code == 403


@pytest.mark.parametrize(
    ("step", "given", "words", "kept"),
    [
        ("company", COMPANY | {"name": "  "}, "The company needs a name", "Europe/Vienna"),
        ("company", COMPANY | {"zone": "Moon/Base"}, "is no time zone", "Moon/Base"),
        ("company", COMPANY | {"holidays": "DE-XX"}, "is no place whose holidays are known", "Muster GmbH"),
        ("company", COMPANY | {"country": "XX"}, "is no country", "Muster GmbH"),
        ("company", COMPANY | {"name": "x" * 201}, "longer than 200", "xxxx"),
        ("teams", {"names": "Service\nService"}, "Line 2, Service: There is a team of that name already", "Service"),
        ("teams", {"names": "x" * 121}, "Line 1: a team", "xxxx"),
        ("teams", {"names": " \n"}, "Name at least one team", "names"),
        ("hours", week(to_1_0=""), "Tuesday: enter from when and until when", "09:00"),
        ("hours", week(to_2_0="25:00"), "Wednesday:", "25:00"),
        ("hours", week(from_0_0="evening"), "Monday:", "evening"),
        ("hours", {}, "On at least one day", "from_0_0"),
        ("promises", {"answer": "soon", "solution": "3"}, "First answer:", "soon"),
        ("promises", {"answer": "4", "solution": "0"}, "a time is longer than nothing", "answer"),
        ("promises", {"answer": "nan", "solution": "3"}, "a time is longer than nothing", "nan"),
        ("colleagues", {"addresses": "Jana", "role": "agent"}, "there is no mail address in", "Jana"),
        ("colleagues", {"addresses": "", "role": "agent"}, "Paste at least one", "addresses"),
        ("colleagues", {"addresses": "a@b.example", "role": "king"}, "There is no role king", "a@b.example"),
        ("colleagues", {"addresses": "x\nanton@muster.example", "role": "agent"}, "Line 1", "anton@muster.example"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    browser: Client, step: str, given: dict[str, str], words: str, kept: str
) -> None:
    page = post(browser, step, **given)
    assert page.status_code == 422
    assert words in text_of(page).replace("’", "'") and kept in page.content.decode()
    assert Team.objects.filter(system=None).count() == 0 and in_force(PROMISE) is None and in_force(TIMETABLES) is None
    assert User.objects.count() == 1


def test_nobody_is_half_invited_and_every_wrong_line_is_named(browser: Client) -> None:
    page = post(browser, "colleagues", addresses="new@muster.example\nanton@muster.example\na@b", role="agent")
    text = text_of(page)
    assert "Line 2, anton@muster.example" in text and "Line 3, a@b" in text
    assert not User.objects.filter(email="new@muster.example").exists()


def test_hostile_names_stand_as_text(browser: Client) -> None:
    post(browser, "company", **COMPANY | {"name": "<script>alert(1)</script>\u202e\x00 GmbH"})
    post(browser, "teams", names="<b>Service</b>")
    page = browser.get("/setup/").content.decode()
    assert "<script>alert" not in page and "<b>Service" not in page and "&lt;b&gt;Service" in page


def test_looking_at_hours_and_promises_changes_nothing(browser: Client) -> None:
    page = browser.post("/setup/hours/", {"do": "look", **week()})
    assert "nothing is changed yet" in text_of(page)
    page = browser.post(
        "/setup/promises/", {"do": "look", "answer": "4", "solution": "3", "simple": "Address", "simple_solution": "1"}
    )
    assert "an answer within 4 opening hours, a solution within 1 working day" in text_of(page)
    assert in_force(PROMISE) is None and in_force(TIMETABLES) is None


def test_holidays_of_the_company_alone_are_not_hours_that_somebody_looked_at(browser: Client) -> None:
    post(browser, "company", **COMPANY)
    assert in_force(TIMETABLES) is not None and state("hours") == "missing"
    post(browser, "hours", **week())
    assert state("hours") == "done"


def test_a_step_that_is_done_elsewhere_is_done(browser: Client, anton: User) -> None:
    assert state("mailbox") == "missing"
    an_account(1)
    assert state("mailbox") == "done" and Account.objects.exists()
    put_off("try", by=anton)
    found = next_step("fields")
    assert found is not None and found.code == "company"
    with pytest.raises(SetUpError, match=r"There is no step tea\. There are: company, teams"):
        keep("tea", by=anton)


def test_the_first_message_is_waited_for_and_then_shown(browser: Client) -> None:
    an_account(1)
    waiting = browser.get("/setup/try/").content.decode()
    assert "Nothing has arrived yet" in waiting and 'data-rb-live="case"' in waiting
    from tests.people.house import a_case, a_team

    a_case(a_team("Service", is_default=True), channel="email")
    assert "It has arrived" in text_of(browser.get("/setup/try/"))


def test_links_leave_through_the_mailbox_and_who_was_not_reached_is_named(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rundblick.core.letters import Letter, Sent

    sent: list[Letter] = []

    class Post:
        def send(self, letter: Letter) -> Sent:
            sent.append(letter)
            refused = letter.still[0].startswith("murat")
            return Sent(fault="refused", told="550 no such user") if refused else Sent(taken=letter.still)

        def close(self) -> None:
            pass

    monkeypatch.setattr("rundblick.channels.inviting.load", lambda _path: Post)
    an_account(1)
    page = post(browser, "colleagues", addresses="jana@m.example\nmurat@m.example", role="agent", mail="1")
    text = text_of(page)
    assert "1 invitation was sent." in text and "550 no such user" in text
    assert [letter.recipients[0].address for letter in sent] == ["jana@m.example", "murat@m.example"]
    link = re.search(r"http://testserver(/welcome/\S+)", sent[0].text)
    assert link is not None and Client().get(link[1]).status_code == 200
    murat = User.objects.get(email="murat@m.example")
    browser.post("/setup/colleagues/", {"do": "mail", "users": [str(murat.uuid), "x"]})
    assert [letter.recipients[0].address for letter in sent][2:] == ["murat@m.example"]


def test_a_company_is_set_with_its_faults_by_field(anton: User) -> None:
    with pytest.raises(CompanyError) as refused:
        set_company(Company("", "Germany", "", "DE-BY"), by=anton)
    assert set(refused.value.faults) == {"name", "country", "zone"}
    told = set_company(Company(" Muster  GmbH ", "ch", "Europe/Zurich", "ch-zh"), by=None)
    assert told == company() == Company("Muster GmbH", "CH", "Europe/Zurich", "CH-ZH")


# --- the same over REST and on the command line -----------------------------------------------------------------------


def test_the_api_says_what_is_missing_and_sets_the_company(anton: User) -> None:
    ask = caller(anton)
    told = ask.get("/setup").json()
    assert told["ready"] is False and [one["code"] for one in told["steps"]][:2] == ["company", "teams"]
    assert told["steps"][0]["state"] == "missing" and told["steps"][0]["url"].endswith("/setup/company/")
    answer = ask.client.patch(
        "/api/v1/company",
        {"name": "Muster GmbH", "holidays": "DE-BY"},
        content_type="application/json",
        headers=ask.headers,
    )
    assert answer.status_code == 200 and answer.json()["country"] == "DE"
    assert ask.get("/company").json() == answer.json()
    refused = ask.client.patch(
        "/api/v1/company", {"zone": "Moon/Base"}, content_type="application/json", headers=ask.headers
    )
    assert refused.status_code == 422 and "is no time zone" in refused.json()["detail"]


def test_the_command_lists_the_steps_and_sets_the_company(
    anton: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "database", nullcontext)
    assert main.main(["--lang", "en", "setup"]) == 1
    assert re.search(r"^missing +The company \(http\S+/setup/company/\)$", capsys.readouterr().out, re.MULTILINE)
    assert main.main(["--lang", "en", "setup", "company", "Muster GmbH", "--holidays", "DE-BY"]) == 1
    assert re.search(r"^done +The company: Muster GmbH$", capsys.readouterr().out, re.MULTILINE)
    assert main.main(["--lang", "en", "setup", "company", "--country", "Germany"]) == 2
    assert 'country: "GERMANY" is no country' in capsys.readouterr().err


# --- a case on paper ------------------------------------------------------------------------------------------------


def test_a_printed_case_names_who_wrote_also_where_only_a_system_knows_him(olga: Client, house: House) -> None:
    record = Assignment.objects.get(customer=house.anna, valid_to=None).record
    facts = {"first_name": "Anna", "last_name": "Muster"}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    RecordVersion.objects.create(record=record, content_digest=b"1" * 16, seen_at=at, key="K-1", facts=facts)
    told = {"case": house.olgas, "record": record, "channel": "chat", "direction": "in", "at": at, "seq": 1}
    message = Message.objects.create(identity=b"c" * 16, content_digest=b"c" * 16, system=record.system, **told)
    MessageContent.objects.create(message=message, text="<script>alert(1)</script>")
    page = olga.get(f"/cases/{house.olgas.uuid}/print/")
    assert "Anna Muster" in text_of(page) and "Sender unknown" not in text_of(page)
    assert "<script>alert" not in page.content.decode()
    assert olga.get(f"/cases/{house.billings.uuid}/print/").status_code == 404
