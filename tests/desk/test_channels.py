"""The pages of channels: adding, testing, changing and switching accounts; the proof; nobody reads a secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from rundblick.channels import health
from rundblick.channels.email.imap.counting import count
from rundblick.channels.models import Account, MailFolder
from rundblick.core.models import Source
from rundblick.intake.models import Proof, ProofWish
from rundblick.people.models import Team
from rundblick.privacy.models import AuditEntry
from tests.channels.dovecot import PASSWORD, PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mails import a_mail
from tests.people.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with dovecot() as running:
        yield running


@pytest.fixture
def anton(house: House) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(house.anton)
    return client


def form(**given: str) -> dict[str, str]:
    return {"address": "service@muster.example", "receive": "door", "send": "none", "auth": "password", **given}


def a_mailbox_form(server: Dovecot, user: str, **given: str) -> dict[str, str]:
    return form(
        receive="imap",
        imap_host="127.0.0.1",
        imap_port=str(server.port),
        imap_security="none",
        imap_user=user,
        imap_password=PASSWORD,
        folders="INBOX\r\n",
        **given,
    )


def test_only_the_administration_sees_channels(olga: Client, maria: Client, anton: Client) -> None:
    assert olga.get("/channels/").status_code == maria.get("/channels/").status_code == 403
    page = anton.get("/channels/").content.decode()
    assert "No account yet" in page
    assert 'href="/channels/"' not in olga.get("/inbox/").content.decode()


def test_the_form_is_filled_in_for_a_known_provider(anton: Client) -> None:
    page = anton.get("/channels/new/", {"address": "hilfe@gmx.de"}).content.decode()
    assert 'value="imap.gmx.net"' in page
    assert 'value="hilfe@gmx.de"' in page
    assert (
        'value="imap.muster.example"' in anton.get("/channels/new/", {"address": "a@muster.example"}).content.decode()
    )


def test_an_account_is_added_changed_and_audited(anton: Client, house: House) -> None:
    team = Team.objects.get(pk=house.support.pk)
    assert anton.post("/channels/new/", form(name="Service", team=team.key)).status_code == 302
    account = Account.objects.get()
    assert (account.address, account.name, account.team) == ("service@muster.example", "Service", team)
    assert account.source.code == "mailbox:service@muster.example"
    address = f"/channels/{account.uuid}/"
    assert (
        anton.post(address, form(name="Hilfe", aliases="hilfe@muster.example\nrat@muster.example")).status_code == 302
    )
    account.refresh_from_db()
    assert account.name == "Hilfe"
    assert account.settings["aliases"] == ["hilfe@muster.example", "rat@muster.example"]
    actions = list(AuditEntry.objects.filter(object_type="account").order_by("id").values_list("action", "actor_id"))
    assert actions == [("account.added", house.anton.person.pk), ("account.changed", house.anton.person.pk)]


def test_a_secret_goes_in_and_never_comes_back(anton: Client, server: Dovecot) -> None:
    anton.post("/channels/new/", a_mailbox_form(server, server.user()))
    account = Account.objects.get()
    assert account.secret("imap_password") == PASSWORD
    page = anton.get(f"/channels/{account.uuid}/").content.decode()
    assert PASSWORD not in page
    assert "kept; type to change it" in page
    anton.post(f"/channels/{account.uuid}/", a_mailbox_form(server, "x") | {"imap_password": ""})
    assert account.secret("imap_password") == PASSWORD, "an empty field keeps it"


def test_what_is_missing_or_wrong_is_said_beside_its_field(anton: Client) -> None:
    anton.post("/channels/new/", form())
    answer = anton.post("/channels/new/", form(receive="imap", imap_host="bad host", folders="", imap_security="none"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("rb-fault") == 4  # address taken, host, user, not encrypted
    assert Account.objects.count() == 1


def test_the_test_button_connects_and_keeps_nothing(anton: Client, server: Dovecot) -> None:
    user = server.user()
    server.put(user, a_mail(), a_mail())
    page = anton.post("/channels/new/", a_mailbox_form(server, user, do="test")).content.decode()
    assert "It works" in page
    assert "INBOX: 2 messages" in page
    wrong = a_mailbox_form(server, user, do="test") | {"imap_password": "wrong"}
    assert "refuses the login" in anton.post("/channels/new/", wrong).content.decode()
    assert not Account.objects.exists()


def test_an_account_is_switched_off_and_on(anton: Client) -> None:
    anton.post("/channels/new/", form())
    account = Account.objects.get()
    for on in ("0", "1"):
        anton.post(f"/channels/{account.uuid}/switch/", {"on": on})
        account.refresh_from_db()
        assert account.enabled is (on == "1")


def test_the_list_says_how_an_account_does(anton: Client) -> None:
    anton.post("/channels/new/", form())
    account = Account.objects.get()
    assert "Nobody has looked yet" in anton.get("/channels/").content.decode()
    health.answered(account.pk, message=True)
    assert "Works" in anton.get("/channels/").content.decode()
    health.failed(account.pk, "login", "AUTHENTICATIONFAILED <b>")
    page = anton.get("/channels/").content.decode()
    assert "refuses the login" in page
    assert "AUTHENTICATIONFAILED &lt;b&gt;" in page
    health.answered(account.pk)
    assert "refuses the login" not in anton.get("/channels/").content.decode()


def test_the_proof_names_what_is_missing_and_has_it_counted(anton: Client) -> None:
    anton.post("/channels/new/", form())
    source = Account.objects.get().source
    Proof.objects.create(
        source=source, kind="door", day="2026-11-22", told=5, kept=4, lost=1, missing=["door:abc"], good=False
    )
    Proof.objects.create(
        source=Source.objects.create(code="f", kind="file", name="k.csv"), kind="file", day="2026-11-22"
    )
    page = anton.get("/channels/").content.decode()
    assert "1 is missing" in page
    assert "k.csv" in page
    assert "door:abc" in anton.get(f"/channels/{Account.objects.get().uuid}/missing/").content.decode()
    anton.post("/channels/count/")
    assert ProofWish.objects.filter(done_at=None).exists()
    assert "Counting" in anton.get("/channels/").content.decode()


def test_missing_mails_are_described_by_their_server_and_fetched_again(anton: Client, server: Dovecot) -> None:
    user = server.user()
    server.put(user, a_mail(Subject="Reklamation wegen Kaffeemaschine"))
    anton.post("/channels/new/", a_mailbox_form(server, user))
    account = Account.objects.get()
    count(account)
    folder = MailFolder.objects.get()
    Proof.objects.create(
        source=account.source, kind="mailbox", day="2026-11-22", lost=1, missing=[f"{folder.uidvalidity}:1"], good=False
    )
    assert "Kaffeemaschine" in anton.get(f"/channels/{account.uuid}/missing/").content.decode()
    anton.post(f"/channels/{account.uuid}/again/")
    folder.refresh_from_db()
    assert folder.again_from == 1
