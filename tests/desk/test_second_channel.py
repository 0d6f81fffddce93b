"""A channel that is no e-mail fills the same form: desk, API, health and proof serve it without a change."""

from __future__ import annotations

import pytest
from django.test import Client

from rundblick.channels import accounts, health
from rundblick.channels.channel import CHOICE, HOST, SECRET, Channel, Field, Settings, channels
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe
from rundblick.core.models import Source
from rundblick.intake.models import Proof
from tests.api.callers import caller
from tests.people.house import House

pytestmark = pytest.mark.django_db


def probe(settings: Settings, secret: object, kept: Account | None = None) -> Probe:
    return Probe(server="Musteranlage 3")


PHONE = Channel(
    code="phone",
    name="Telephone",
    icon="phone",
    fields=(
        Field("mode", "How calls are told", CHOICE, "in", default="push", choices=(("push", "Told"), ("off", "Not"))),
        Field("host", "Telephone system", HOST, "in", required=True),
        Field("token", "Its token", SECRET, "in"),
    ),
    sections=(("in", "Calls"),),
    objects=lambda settings: {},
    guess=lambda number, preset: {"host": "pbx.muster.example"},
    fetches=lambda settings: False,
    adds="Add a telephone number",
    source=lambda number: (f"phone:{number}", "call"),
    idle=lambda settings: settings["mode"] == "off",
    way=lambda settings: f"told by {settings['host']}",
    fault_in=lambda number: "" if number.startswith("+") else "A number begins with +.",
    types="tel",
    counts=(("calls", "Calls of a day"),),
    kept=("session",),
    login=("host",),
    probe=f"{__name__}:probe",
)


@pytest.fixture(autouse=True)
def phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels, "phone", PHONE)


@pytest.fixture
def anton(house: House) -> Client:
    client = Client()
    client.force_login(house.anton)
    return client


def a_number(**given: str) -> Account:
    values = {"address": "+49301234", "host": "pbx.muster.example", "token": "secret", **given}
    return accounts.save(accounts.fill(PHONE, values), None)


def test_it_is_added_tested_and_shown_at_the_desk(anton: Client) -> None:
    assert "Add a telephone number" in anton.get("/channels/").content.decode()
    page = anton.get("/channels/new/", {"channel": "phone", "address": "+49301234"}).content.decode()
    assert 'type="tel"' in page and 'value="pbx.muster.example"' in page
    assert "oauth" not in page and "Mailbox" not in page
    form = {"channel": "phone", "address": "+49301234", "mode": "push", "host": "pbx.muster.example"}
    assert "A number begins with +." in anton.post("/channels/new/", form | {"address": "030"}).content.decode()
    assert "It works: Musteranlage 3" in anton.post("/channels/new/", form | {"do": "test"}).content.decode()
    assert anton.post("/channels/new/", form).status_code == 302
    made = Account.objects.get()
    assert (made.channel, made.source.code, made.source.kind) == ("phone", "phone:+49301234", "call")
    page = anton.get("/channels/").content.decode()
    assert "told by pbx.muster.example" in page and "Nobody has looked yet" in page
    assert anton.get(f"/channels/{made.uuid}/").status_code == 200


def test_its_health_is_read_by_its_own_settings() -> None:
    quiet, loud = a_number(mode="off"), a_number(address="+49305678")
    assert {pk: one.state for pk, one in health.of([quiet, loud]).items()} == {quiet.pk: "idle", loud.pk: "unknown"}
    health.answered(loud.pk)
    assert health.of([loud])[loud.pk].state == "good"
    health.failed(quiet.pk, "login", "no")
    assert health.of([quiet])[quiet.pk].state == "bad"


def test_what_it_keeps_by_itself_goes_when_its_login_changes_and_is_no_secret_of_somebodys() -> None:
    account = a_number()
    account.keep_secret("session", "abc")
    assert accounts.secrets_of(account) == ["token"]
    accounts.save(accounts.fill(PHONE, {"mode": "off"}, account), None, account)
    assert account.secret("session") == "abc"
    accounts.save(accounts.fill(PHONE, {"host": "other.muster.example"}, account), None, account)
    assert account.secret("session") == "" and account.secret("token") == "secret"


def test_its_line_of_the_proof_has_its_own_words(anton: Client) -> None:
    account = a_number()
    Proof.objects.create(
        source=account.source, kind="calls", day="2026-11-22", told=5, kept=4, lost=1, missing=["call-7"], good=False
    )
    page = anton.get("/channels/").content.decode()
    assert "Calls of a day" in page and "Fetch again" not in page
    assert "call-7" in anton.get(f"/channels/{account.uuid}/missing/").content.decode()


def test_the_api_serves_it(house: House) -> None:
    anton = caller(house.anton)
    body = {"channel": "phone", "address": "+49301234", "secrets": {"token": "x"}}
    made = anton.post("/accounts", body)
    assert made.status_code == 201
    assert (made.json()["secrets"], made.json()["health"]["state"]) == (["token"], "unknown")
    assert anton.post(f"/accounts/{made.json()['uuid']}/test").json()["server"] == "Musteranlage 3"
    assert anton.post(f"/accounts/{made.json()['uuid']}/consent").status_code == 422


def test_an_account_of_a_channel_that_is_gone_is_still_listed(anton: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.objects.create(code="fax:1", kind="fax")
    Account.objects.create(channel="fax", source=source, address="+49301")
    page = anton.get("/channels/").content.decode()
    assert "+49301" in page


def test_what_a_person_has_to_mend_about_sending_is_told_and_the_outboxs_own_is_not() -> None:
    account = a_number()
    health.answered(account.pk)
    health.failed(account.pk, "unreachable", "tried again", "out")
    assert health.of([account])[account.pk].state == "good"
    health.failed(account.pk, "consent", "invalid_grant", "out")
    found = health.of([account])[account.pk]
    assert (found.state, found.fault, found.asks) == ("bad", "consent", True)
    health.failed(account.pk, "certificate", "", "in")
    assert health.of([account])[account.pk].fault == "certificate", "what comes in is told first"
