"""The desk's pages, as Olga (agent in Support), Sven (a stranger to it) and Maria (manager) meet them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rundblick.cases.models import Attachment, Case, CaseEntry, EntryContent, Message, MessageContent
from rundblick.cases.work import hand_over
from rundblick.core.blobs import keep_blobs
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.models import Delivery, Installation, Source
from rundblick.core.numbers import spaced
from rundblick.customers.models import Assignment, Customer, Identifier, RecordVersion
from rundblick.desk.pages.lists import PAGE, page_key, read_page_key
from rundblick.people.models import User
from tests.people.house import AT, House, a_case, a_kept_piece, a_message

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    """What a page says, without its markup."""
    plain = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).split())


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def spoken(number: str) -> str:
    """A number as ``text_of`` gives it back."""
    return spaced(number).replace("\u00a0", " ")


def numbers_in(response: Any) -> list[str]:
    return [number.replace(" ", "") for number in re.findall(r"\b5\d\d \d{3} \d{3}\b", text_of(response))]


# --- signing in -----------------------------------------------------------------------------------------------------


def test_signing_in_leads_to_the_page_that_was_asked_for(house: House) -> None:
    house.olga.set_password("a long enough password")
    house.olga.save()
    client = Client()
    asked = client.get("/search/?q=x")
    assert asked.status_code == 302
    assert asked["Location"].startswith("/sign-in/?next=")
    answer = client.post(asked["Location"], {"username": house.olga.email, "password": "a long enough password"})
    assert (answer.status_code, answer["Location"]) == (302, "/search/?q=x")


def test_a_wrong_password_is_said_and_nobody_is_led_to_another_site(house: House) -> None:
    client = Client()
    wrong = client.post("/sign-in/", {"username": house.olga.email, "password": "wrong"})
    assert wrong.status_code == 422
    assert "correct email" in text_of(wrong).lower()
    client.force_login(house.olga)
    assert client.get("/sign-in/?next=https://elsewhere.example/")["Location"] == "/inbox/"


@pytest.mark.parametrize("sample", [True, False])
def test_accounts_are_shown_in_a_sample_database_and_nowhere_else(house: House, sample: bool) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"salt": b"x" * 32, "sample": sample})
    page = Client().get("/sign-in/").content.decode()
    assert (house.olga.email in page) is sample
    assert ("rundblick-sample" in page) is sample


def test_language_and_theme_are_kept_with_the_account(olga: Client, house: House) -> None:
    olga.post("/preferences/", {"language": "de", "next": "/inbox/"})
    olga.post("/preferences/", {"theme": "dark"})
    house.olga.refresh_from_db()
    assert (house.olga.language, house.olga.theme) == ("de", "dark")
    page = olga.get("/inbox/").content.decode()
    assert '<html lang="de" data-theme="dark"' in page
    assert "Mein Team" in page
    olga.post("/preferences/", {"language": "xx", "theme": "pink", "next": "//elsewhere.example"})
    house.olga.refresh_from_db()
    assert (house.olga.language, house.olga.theme) == ("de", "dark")


def test_a_page_lets_nothing_in_from_elsewhere(olga: Client) -> None:
    policy = olga.get("/inbox/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


# --- the inbox ------------------------------------------------------------------------------------------------------


def test_the_teams_inbox_shows_its_open_cases_and_not_those_of_others(olga: Client, house: House) -> None:
    shown = numbers_in(olga.get("/inbox/"))
    assert {house.olgas.number, house.supports.number} <= set(shown)
    assert house.billings.number not in shown
    assert house.billings.number not in numbers_in(olga.get("/inbox/?view=all&state=any"))


def test_mine_shows_only_what_is_in_my_hands(olga: Client, house: House) -> None:
    assert numbers_in(olga.get("/inbox/?view=mine")) == [house.olgas.number]


def test_filters_by_state_and_channel_narrow_and_unknown_ones_do_nothing(olga: Client, house: House) -> None:
    done = a_case(house.support, state="resolved", channel="phone", resolved_at=AT + timedelta(hours=2))
    assert done.number not in numbers_in(olga.get("/inbox/"))
    assert numbers_in(olga.get("/inbox/?state=resolved")) == [done.number]
    assert numbers_in(olga.get("/inbox/?state=any&channel=phone")) == [done.number]
    assert numbers_in(olga.get("/inbox/?state='--&channel=pigeon&view=x&before=!!")) == numbers_in(olga.get("/inbox/"))


def test_flagged_cases_have_a_view_of_their_own(olga: Client, house: House) -> None:
    flagged = a_case(house.support, flagged=True)
    answer = olga.get("/inbox/?view=flagged")
    assert numbers_in(answer) == [flagged.number]
    assert "unreadable part" in text_of(answer)


def test_pages_follow_each_other_without_gap_or_double_though_times_are_equal(olga: Client, house: House) -> None:
    made = {a_case(house.support).number for _ in range(2 * PAGE)}
    seen: list[str] = []
    url: str | None = "/inbox/"
    while url:
        answer = olga.get(url)
        seen += numbers_in(answer)
        found = re.search(r'href="([^"]+)" rel="next"', answer.content.decode())
        url = found.group(1).replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


@pytest.mark.parametrize("broken", ["", "!", "AAAA", "MS4x.", "9" * 400, "LTEuLTE"])
def test_a_broken_place_in_the_address_shows_the_first_page(olga: Client, broken: str) -> None:
    assert olga.get("/inbox/", {"before": broken}).status_code == 200


def test_a_place_survives_its_address() -> None:
    at = AT + timedelta(microseconds=123456)
    assert read_page_key(page_key(at, 77)) == (at, 77)


def test_the_inbox_asks_the_same_number_of_questions_for_3_cases_and_for_50_and_counts_nothing(
    olga: Client, house: House
) -> None:
    olga.get("/inbox/")
    with CaptureQueriesContext(connection) as few:
        olga.get("/inbox/")
    for _ in range(50):
        a_message(a_case(house.support, house.anna))
    with CaptureQueriesContext(connection) as many:
        olga.get("/inbox/")
    assert len(many) <= len(few) + 1
    assert not [query for query in many.captured_queries if "COUNT(" in query["sql"].upper()]


def test_hostile_words_in_a_subject_stay_words(olga: Client, house: House) -> None:
    case = a_case(house.support)
    case.content.subject = '<img src=x onerror="alert(1)">{{ 7|add:7 }}'
    case.content.save()
    page = olga.get("/inbox/").content.decode()
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("view", ["team", "mine", "all", "flagged"])
def test_an_empty_page_says_what_to_do(house: House, view: str) -> None:
    Case.objects.all().update(state="closed", flagged=False)
    said = text_of(client_of(house.maria).get(f"/inbox/?view={view}"))
    assert "Number" not in said
    assert any(words in said for words in ("Connect a mailbox", "Cases handed over to you", "with the original"))


# --- the case -------------------------------------------------------------------------------------------------------


def test_a_case_shows_what_was_said_with_quotations_folded(olga: Client, house: House) -> None:
    message = a_message(house.supports, "Where is it?\n\nAm 1.3.2026 um 10:00 schrieb Service:\n> It is on its way.\n")
    answer = olga.get(f"/cases/{house.supports.uuid}/")
    page = answer.content.decode()
    assert spaced(house.supports.number) in page
    assert f'id="m-{message.uuid}"' in page
    visible, _, folded = page.partition("Quoted mail")
    assert "Where is it?" in visible
    assert "It is on its way." in folded
    assert "It is on its way." not in visible


def test_another_teams_case_is_not_there(olga: Client, house: House) -> None:
    answer = olga.get(f"/cases/{house.billings.uuid}/")
    assert answer.status_code == 404
    assert answer.content == olga.get(f"/cases/{uuid4()}/").content


def test_the_old_number_of_a_joined_case_leads_to_the_case_it_became(olga: Client, house: House) -> None:
    joined = a_case(house.support)
    Case.objects.filter(pk=joined.pk).update(merged_into=house.supports)
    answer = olga.get(f"/cases/{joined.uuid}/")
    assert answer["Location"] == f"/cases/{house.supports.uuid}/"


def test_a_note_stands_in_the_timeline_and_changes_no_state(olga: Client, house: House) -> None:
    answer = olga.post(f"/cases/{house.supports.uuid}/note/", {"text": "Called the carrier.\x00 <b>tomorrow</b>"})
    assert answer.status_code == 302
    page = olga.get(answer["Location"]).content.decode()
    assert "Called the carrier. &lt;b&gt;tomorrow&lt;/b&gt;" in page
    assert "internal note" in page
    house.supports.refresh_from_db()
    assert house.supports.state == "new"
    assert Message.objects.get(case=house.supports, direction="note").person == house.olga.person


def test_an_empty_note_adds_nothing_and_says_so(olga: Client, house: House) -> None:
    answer = olga.post(f"/cases/{house.supports.uuid}/note/", {"text": "  \n"}, follow=True)
    assert "nothing was added" in text_of(answer)
    assert not Message.objects.filter(case=house.supports).exists()


def test_a_hand_over_makes_one_new_owner_with_the_reason_in_the_timeline(olga: Client, house: House) -> None:
    url = f"/cases/{house.olgas.uuid}/hand-over/"
    kurt = house.kurt.person
    assert f'<option value="person:{kurt.uuid}">Kurt</option>' in olga.get(url).content.decode()
    answer = olga.post(url, {"to": f"person:{kurt.uuid}", "reason": "Knows the warranty rules."}, follow=True)
    house.olgas.refresh_from_db()
    assert (house.olgas.owner_person_id, house.olgas.owner_team_id) == (kurt.pk, None)
    said = text_of(answer)
    assert "handed over to Kurt" in said
    assert "Knows the warranty rules." in said


def test_the_page_counts_hand_overs_as_the_report_does(olga: Client, house: House) -> None:
    def told() -> str:
        found = re.search(r"Hand-overs (\d+)", text_of(olga.get(f"/cases/{house.supports.uuid}/")))
        return found[1] if found else "none"

    assert told() == "none"
    hand_over(house.supports, house.olga.person, house.olga.person, "I know him.")  # from her own team
    assert told() == "none"
    hand_over(house.supports, house.kurt.person, house.olga.person, "So does he.")
    assert told() == "1"
    hand_over(house.supports, house.support, house.kurt.person, "I am away.")
    assert told() == "1"
    Case.objects.filter(pk=house.supports.pk).update(reassignments=4)
    assert told() == "5"


def test_after_handing_it_to_where_i_may_not_look_i_am_back_in_the_inbox(olga: Client, house: House) -> None:
    answer = olga.post(
        f"/cases/{house.olgas.uuid}/hand-over/",
        {"to": f"team:{house.billing.uuid}", "reason": "A question about an invoice."},
        headers={"HX-Request": "true"},
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/inbox/")
    assert olga.get(f"/cases/{house.olgas.uuid}/").status_code == 404


@pytest.mark.parametrize(
    ("to", "reason", "said"),
    [
        ("", "Because", "Choose who takes it over"),
        ("team:nonsense", "Because", "Choose who takes it over"),
        ("own", "Because", "in charge already"),
        ("billing", " ", "Write in a few words why"),
    ],
)
def test_a_hand_over_without_receiver_or_reason_is_refused_and_what_was_typed_stays(
    olga: Client, house: House, to: str, reason: str, said: str
) -> None:
    wanted = {"own": f"person:{house.olga.person.uuid}", "billing": f"team:{house.billing.uuid}"}.get(to, to)
    before = CaseEntry.objects.count()
    answer = olga.post(f"/cases/{house.olgas.uuid}/hand-over/", {"to": wanted, "reason": reason})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert reason.strip() in answer.content.decode()
    assert CaseEntry.objects.count() == before


def test_a_case_is_resolved_once_and_opened_again(olga: Client, house: House) -> None:
    url = f"/cases/{house.supports.uuid}/"
    assert "Reopen" not in text_of(olga.get(url))
    olga.post(f"{url}resolve/")
    house.supports.refresh_from_db()
    assert (house.supports.state, house.supports.resolved_at is not None) == ("resolved", True)
    twice = olga.post(f"{url}resolve/", follow=True)
    assert "Somebody was faster" in text_of(twice)
    assert "Opened again" in text_of(olga.post(f"{url}reopen/", follow=True))
    house.supports.refresh_from_db()
    assert (house.supports.state, house.supports.resolved_at) == ("open", None)


def test_who_may_only_read_finds_no_buttons(house: House) -> None:
    page = client_of(house.olga).get(f"/cases/{house.annas_at_billing.uuid}/").content.decode()
    assert "/resolve/" not in page
    assert "/note/" not in page
    assert client_of(house.olga).post(f"/cases/{house.annas_at_billing.uuid}/resolve/").status_code == 404


def test_the_reason_of_an_exports_hand_over_is_shown(olga: Client, house: House) -> None:
    entry = CaseEntry.objects.get(case=house.supports)
    EntryContent.objects.create(entry=entry, text="Wrong queue")
    assert "Wrong queue" in text_of(olga.get(f"/cases/{house.supports.uuid}/"))


def test_a_long_case_shows_its_newest_part_and_leads_to_the_rest(olga: Client, house: House) -> None:
    for i in range(130):
        message = a_message(house.supports, f"Line number {i:03d}.")
        assert message.pk
    first = olga.get(f"/cases/{house.supports.uuid}/")
    assert "Line number 129." in text_of(first)
    assert "Line number 000." not in text_of(first)
    found = re.search(r'href="([^"]*before=[^"]+)"', first.content.decode())
    assert found
    second = olga.get(found.group(1))
    said = set(re.findall(r"Line number \d+\.", text_of(first) + text_of(second)))
    assert len(said) == 120


# --- what came in, handed out again ---------------------------------------------------------------------------------


def test_a_mail_as_it_was_written_runs_and_loads_nothing(olga: Client, house: House) -> None:
    message = a_message(house.supports)
    MessageContent.objects.filter(message=message).update(
        html='<p onclick="x()">Hello<script>alert(1)</script><img src="https://spy.example/p.gif"></p>'
    )
    answer = olga.get(f"/messages/{message.uuid}/html/")
    body = answer.content.decode()
    assert "<script" not in body
    assert "onclick" not in body
    assert "spy.example" not in body
    assert "1 picture from elsewhere" in body
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


def test_originals_and_attachments_are_downloads_of_the_very_bytes(olga: Client, house: House) -> None:
    content = b"<html><script>alert(1)</script>" + bytes(range(256)) * 5000
    with cursor() as cur:
        blob = keep_blobs(cur, [content])[0]
    source = Source.objects.create(code="mailbox:test", kind="mail")
    delivery = Delivery.objects.create(source=source, source_key="1", kind="mail", received_at=AT, blob_id=blob)
    like = a_message(house.supports)
    message = Message.objects.create(
        identity=b"o" * 16,
        content_digest=b"o" * 16,
        case=house.supports,
        system=like.system,
        channel="email",
        direction="in",
        at=AT,
        delivery=delivery,
    )
    attachment = Attachment.objects.create(
        message=message, position=0, blob_id=blob, media_type="text/html", size=len(content)
    )
    for url in (f"/messages/{message.uuid}/original/", f"/attachments/{attachment.uuid}/"):
        answer = olga.get(url)
        assert b"".join(answer) == content
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


# --- the customer, the search ---------------------------------------------------------------------------------------


def known(customer: Customer, **facts: str) -> None:
    record = Assignment.objects.get(customer=customer, valid_to=None).record
    RecordVersion.objects.create(record=record, content_digest=b"1" * 16, seen_at=AT, key="K-1", facts=facts)
    installation, _ = Installation.objects.get_or_create(pk=1, defaults={"salt": b"x" * 32})
    of = Digests(bytes(installation.salt))
    for kind, issuer, value in (
        ("phone", "", "+493023125001"),
        ("email", "", "anna@kunde.example"),
        ("contract_no", "crm", "V0815X"),
    ):
        Identifier.objects.create(
            record=record,
            kind=kind,
            issuer=issuer,
            value=value,
            digest=of.identifier(kind, issuer, value),
            strength="strong",
            seen_at=AT,
        )


def test_a_customer_shows_number_identifiers_facts_and_where_they_come_from(olga: Client, house: House) -> None:
    known(house.anna, first_name="Anna", last_name="Muster", city="Kiel", birth_date="1980-02-29")
    said = text_of(olga.get(f"/customers/{house.anna.uuid}/"))
    for words in ("Anna Muster", spoken(house.anna.number), "Kiel", "anna@kunde.example", "29 Feb 1980", "crm"):
        assert words in said


def test_a_partner_gets_no_mail_as_it_came_since_it_names_addresses(house: House) -> None:
    with cursor() as cur:
        blob = keep_blobs(cur, [b"From: hidden@example.org"])[0]
    source = Source.objects.create(code="mailbox:test", kind="mail")
    delivery = Delivery.objects.create(source=source, source_key="1", kind="mail", received_at=AT, blob_id=blob)
    message = Message.objects.create(
        identity=b"p" * 16,
        content_digest=b"p" * 16,
        case=house.repair,
        system=a_message(house.repair).system,
        channel="email",
        direction="in",
        at=AT,
        delivery=delivery,
    )
    address = f"/messages/{message.uuid}/original/"
    paul = client_of(house.paul)
    page = f"/cases/{house.repair.uuid}/"
    assert address not in paul.get(page).content.decode()
    assert paul.get(address).status_code == 404
    maria = client_of(house.maria)
    assert address in maria.get(page).content.decode()
    assert maria.get(address).status_code == 200


def test_a_partner_sees_no_identifiers_birth_date_or_timeline(house: House) -> None:
    known(house.clara, first_name="Clara", last_name="Muster", city="Kiel", birth_date="1980-02-29")
    a_message(house.repair)
    said = text_of(client_of(house.paul).get(f"/customers/{house.clara.uuid}/"))
    assert "Clara Muster" in said
    for words in ("anna@kunde.example", "1980", "Parcel", "crm"):
        assert words not in said


def test_the_number_of_a_merged_customer_leads_on_and_says_so(olga: Client, house: House) -> None:
    former = Customer.objects.create(number="100099999", merged_into=house.anna)
    answer = olga.get(f"/customers/{former.uuid}/", follow=True)
    assert spoken("100099999") in text_of(answer)
    assert answer.redirect_chain[0][0].startswith(f"/customers/{house.anna.uuid}/")


@pytest.mark.parametrize("spell", ["{}", " {} ", "#{}", "{0:.3}-{0}"])
def test_a_number_in_any_notation_opens_its_page(olga: Client, house: House, spell: str) -> None:
    for thing, kind in ((house.anna, "customers"), (house.supports, "cases")):
        number = thing.number
        written = f"{number[:3]} {number[3:6]}-{number[6:]}" if spell == "{0:.3}-{0}" else spell.format(number)
        assert olga.get("/search/", {"q": written})["Location"] == f"/{kind}/{thing.uuid}/"


def test_the_number_of_another_teams_case_opens_nothing(olga: Client, house: House) -> None:
    answer = olga.get("/search/", {"q": house.billings.number})
    assert answer.status_code == 200
    assert house.billings.number not in numbers_in(answer)


@pytest.mark.parametrize(
    "query", ["anna@KUNDE.example", "030 23125 001", "+49 (30) 23125-001", "Muster", "anna mus", "v-0815.x"]
)
def test_a_customer_is_found_by_identifier_in_any_notation_and_by_name(olga: Client, house: House, query: str) -> None:
    known(house.anna, first_name="Anna", last_name="Muster")
    assert str(house.anna.uuid) in olga.get("/search/", {"q": query}).content.decode()


def test_words_of_a_message_find_its_case_only_for_who_may_see_it(house: House) -> None:
    from rundblick.cases import work
    from rundblick.cases.search.words import recount_all

    work.add_note(house.supports, "Das Heizöl wurde vertauscht", by=house.olga.person)
    recount_all()  # as the worker does within seconds
    for query in ("heizöl", "HEIZOEL", "heizol vertau"):
        assert str(house.supports.uuid) in client_of(house.olga).get("/search/", {"q": query}).content.decode()
        assert str(house.supports.uuid) not in client_of(house.sven).get("/search/", {"q": query}).content.decode()


@pytest.mark.parametrize("query", ["", " ", "'", "\\", "a & | !", "%_%", "x" * 10_000, "\x00", "📦", "<b>", "()"])
def test_no_search_breaks_the_page(olga: Client, query: str) -> None:
    assert olga.get("/search/", {"q": query}).status_code == 200


# --- quarantine, report, errors -------------------------------------------------------------------------------------


def test_the_quarantine_says_what_is_wrong_and_what_to_do(house: House) -> None:
    a_kept_piece(house.supports)
    said = text_of(client_of(house.lena).get("/quarantine/"))
    assert "Run again" in said
    assert "Original, as it arrived" in said


def test_who_may_not_run_the_quarantine_is_refused(olga: Client, house: House) -> None:
    assert olga.get("/quarantine/").status_code == 403
    assert olga.post("/quarantine/run/").status_code == 403


def test_a_figure_opens_its_cases_under_the_readers_rights(house: House) -> None:
    everything = client_of(house.maria).get("/report/cases/cases/")
    mine = client_of(house.olga).get("/report/cases/cases/")
    assert house.billings.number in numbers_in(everything)
    assert house.supports.number in numbers_in(mine)
    assert house.billings.number not in numbers_in(mine)


def test_a_figure_that_does_not_exist_is_not_there(maria: Client) -> None:
    assert maria.get("/report/no_such_figure/cases/").status_code == 404


def test_the_report_shows_its_figures_with_the_way_to_their_cases(maria: Client) -> None:
    answer = maria.get("/report/")
    assert "Seven myths" in text_of(answer)
    assert "/report/cases/cases/" in answer.content.decode()
    assert "customers by what identifies them. Names, birth dates and addresses were not weighed." in text_of(answer)


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/quarantine/", 403)])
def test_faults_come_in_the_desks_look_with_a_way_on(olga: Client, path: str, status: int) -> None:
    answer = olga.get(path)
    assert answer.status_code == status
    assert "To the inbox" in text_of(answer)


def test_an_old_form_is_told_so(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.olga)
    answer = client.post(f"/cases/{house.supports.uuid}/resolve/")
    assert answer.status_code == 403
    assert "too old" in text_of(answer)


# --- an invitation --------------------------------------------------------------------------------------------------


def test_an_invitation_takes_a_password_once(house: House) -> None:
    from rundblick.people.invitations import invitation_path

    url = invitation_path(house.olga)
    client = Client()
    assert "Welcome, Olga" in text_of(client.get(url))
    weak = client.post(url, {"new_password1": "short", "new_password2": "short"})
    assert weak.status_code == 422
    new = {"new_password1": "a sentence of my own", "new_password2": "a sentence of my own"}
    assert client.post(url, new)["Location"] == "/inbox/"
    assert client.get("/inbox/").status_code == 200
    assert Client().get(url).status_code == 404
