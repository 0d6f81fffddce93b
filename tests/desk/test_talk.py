"""What people do with cases among themselves, at the desk: side talks, mentions, links, finding, splitting."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rundblick.cases.links import link
from rundblick.cases.mentions import mentions_of, write_note
from rundblick.cases.models import Case, CaseLink, Mention, Message, Regrouping, SideTalk
from rundblick.cases.work import add_note
from rundblick.core.numbers import spaced
from tests.channels.letters import an_account as a_mailbox
from tests.desk.test_pages import client_of, text_of
from tests.people.house import AT, House, a_case, a_message, a_user

pytestmark = pytest.mark.django_db
SUPPLIER = "werkstatt@lieferant.example"
HOSTILE = "<script>alert(1)</script>\u202eevil\u202c"


@pytest.fixture
def olga(house: House) -> Client:
    return client_of(house.olga)


def page(case: Case) -> str:
    return f"/cases/{case.uuid}/"


def asked_aside(olga: Client, case: Case, **more: str) -> SideTalk:
    a_mailbox(1)
    said = {"kind": "mail", "to": SUPPLIER, "heading": "Ersatzteil", "text": "Wann kommt es?"} | more
    answer = olga.post(f"{page(case)}side-talks/new/", said)
    assert answer.status_code == 302, text_of(answer)
    return SideTalk.objects.get()


def test_a_supplier_is_asked_and_the_talk_stands_folded_in_the_timeline(olga: Client, house: House) -> None:
    talk = asked_aside(olga, house.olgas)
    shown = text_of(olga.get(f"{page(house.olgas)}?talk={talk.uuid}"))
    assert "Ersatzteil" in shown
    assert "waits for an answer since" in shown
    assert "Wann kommt es?" in shown
    assert "take-back" in olga.get(page(house.olgas)).content.decode()


def test_what_is_quoted_stands_in_the_text_before_it_leaves(olga: Client, house: House) -> None:
    a_mailbox(1)
    message = a_message(house.olgas, "My kettle leaks.")
    told = {"kind": "mail", "to": SUPPLIER, "heading": "Part", "text": "Hello", "quote": str(message.uuid)}
    answer = olga.post(f"{page(house.olgas)}side-talks/new/", told)
    assert "&gt; My kettle leaks." in answer.content.decode()
    assert not SideTalk.objects.exists()


def test_nobody_outside_is_named_and_nothing_typed_is_lost(olga: Client, house: House) -> None:
    a_mailbox(1)
    answer = olga.post(f"{page(house.olgas)}side-talks/new/", {"kind": "mail", "to": "who?", "text": "Long words"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "One of these is no mail address." in shown
    assert "Long words" in shown


def test_a_talk_among_colleagues_tells_whom_it_names_and_who_spoke_in_it(olga: Client, house: House) -> None:
    told = {"kind": "inside", "heading": "Warranty", "text": "@Kurt, is it still covered?"}
    olga.post(f"{page(house.olgas)}side-talks/new/", told)
    talk = SideTalk.objects.get()
    assert [one.person_id for one in Mention.objects.all()] == [house.kurt.person.pk]
    client_of(house.kurt).post(f"/side-talks/{talk.uuid}/say/", {"text": "It is."})
    assert mentions_of(house.olga).get().why == "reply"
    assert "It is." in text_of(olga.get(f"/side-talks/{talk.uuid}/"))


def test_a_talk_is_closed_reminded_of_and_opened_again(olga: Client, house: House) -> None:
    talk = asked_aside(olga, house.olgas)
    olga.post(f"/side-talks/{talk.uuid}/remind/", {"remind": "2099-01-01T09:00"})
    assert SideTalk.objects.get().remind_at is not None
    olga.post(f"/side-talks/{talk.uuid}/remind/", {"remind": "soon"})
    assert SideTalk.objects.get().remind_at is not None
    olga.post(f"/side-talks/{talk.uuid}/settle/")
    assert SideTalk.objects.get().state == "closed"
    olga.post(f"/side-talks/{talk.uuid}/settle/", {"open": "1"})
    assert SideTalk.objects.get().state == "open"


def test_a_colleague_who_is_named_sees_it_until_he_opens_the_case(olga: Client, house: House) -> None:
    olga.post(f"{page(house.olgas)}note/", {"text": "@Kurt can you look?"})
    kurt = client_of(house.kurt)
    assert "Olga named you" in text_of(kurt.get("/mentions/"))
    kurt.get(page(house.olgas), headers={"HX-Request": "true"})
    assert mentions_of(house.kurt).count() == 1
    kurt.get(page(house.olgas))
    assert mentions_of(house.kurt).count() == 0
    assert "Olga named you" in text_of(kurt.get("/mentions/?view=all"))


def test_who_may_not_see_the_case_is_said_before_the_note_is_kept(olga: Client, house: House) -> None:
    case = house.supports  # without a customer: Sven of Billing does not see it
    answer = olga.post(f"{page(case)}note/", {"text": "@Sven what do you think?"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Sven may not see this case" in shown
    assert "@Sven what do you think?" in shown
    assert "/hand-over/" in shown
    assert not Message.objects.filter(direction="note").exists()
    olga.post(f"{page(case)}note/", {"text": "@Sven what do you think?", "unseen": "1"})
    assert Message.objects.filter(direction="note").count() == 1
    assert not Mention.objects.exists()


def test_a_name_that_two_have_is_asked(olga: Client, house: House) -> None:
    anna, other = a_user("Anna Berg", "agent", house.support), a_user("Anna Klein", "agent", house.support)
    answer = olga.post(f"{page(house.olgas)}note/", {"text": "@Anna please"})
    assert answer.status_code == 422
    assert "Whom do you mean by @Anna?" in text_of(answer)
    assert str(anna.person.uuid) in answer.content.decode()
    olga.post(f"{page(house.olgas)}note/", {"text": "@Anna please", "who:anna": str(other.person.uuid)})
    assert Mention.objects.get().person_id == other.person.pk


def test_names_are_offered_while_one_types(olga: Client, house: House) -> None:
    items = olga.get(f"{page(house.olgas)}mentionable/?q=ku").json()["items"]
    assert [one["name"] for one in items] == ["Kurt"]


def test_ones_own_note_is_corrected_for_a_while_and_the_former_words_stay(olga: Client, house: House) -> None:
    note = write_note(house.olgas, "@Kurt wrogn", house.olga.person)
    olga.post(f"/messages/{note.uuid}/correct/", {"text": "right"})
    shown = text_of(olga.get(page(house.olgas)))
    assert "corrected" in shown
    assert "@Kurt wrogn" in shown
    assert mentions_of(house.kurt).count() == 0
    newest = Message.objects.get(direction="note", superseded=False)
    assert client_of(house.kurt).post(f"/messages/{newest.uuid}/correct/", {"text": "mine"}).status_code == 422
    assert Message.objects.get(direction="note", superseded=False).content.text == "right"


def test_two_cases_are_linked_shown_on_both_and_taken_apart(olga: Client, house: House) -> None:
    one, other = house.olgas, house.supports
    olga.post(f"{page(one)}link/", {"kind": "follow_up", "number": spaced(other.number)})
    assert "Follows up on" in text_of(olga.get(page(one)))
    assert "Followed up by" in text_of(olga.get(page(other)))
    olga.post(f"/links/{CaseLink.objects.get().uuid}/remove/", {"case": str(one.uuid)})
    shown = text_of(olga.get(page(one)))
    assert "No longer linked" in shown
    assert "Linked cases" not in shown


def test_a_linked_case_of_another_team_shows_nothing_of_it(olga: Client, house: House) -> None:
    link(house.supports, house.billings, "cause", house.maria.person)
    shown = olga.get(page(house.supports)).content.decode()
    assert "a case of another team" in shown
    assert str(house.billings.uuid) not in shown
    assert spaced(house.billings.number) not in shown


def test_a_wrong_link_is_explained(olga: Client, house: House) -> None:
    assert "There is no such case" in text_of(olga.post(f"{page(house.olgas)}link/", {"number": "123"}))
    answer = olga.post(f"{page(house.olgas)}link/", {"number": house.olgas.number})
    assert "These are one case already." in text_of(answer)


def test_chosen_messages_are_split_off_after_a_look_at_what_happens(olga: Client, house: House) -> None:
    first, second, third = (a_message(house.olgas, text) for text in ("one", "two", "three"))
    told = {"message": [str(first.uuid), str(third.uuid)], "into": "new"}
    shown = text_of(olga.post(f"{page(house.olgas)}split/", told | {"look": "1"}))
    assert "2 messages go into a new case" in shown
    assert "1 stays here" in shown
    assert not Regrouping.objects.exists()
    olga.post(f"{page(house.olgas)}split/", told)
    first.refresh_from_db()
    third.refresh_from_db()
    second.refresh_from_db()
    assert first.case_id == third.case_id != second.case_id
    assert "Nothing was chosen" in text_of(olga.post(f"{page(house.olgas)}split/", {"into": "new"}))


def test_several_cases_are_put_into_one(olga: Client, house: House) -> None:
    others = [a_case(house.support, house.anna) for _ in range(2)]
    for other in others:
        a_message(other)
    told = {"case": [str(others[0].uuid)], "numbers": others[1].number}
    assert "1 message" in text_of(olga.post(f"{page(house.olgas)}gather/", told | {"look": "1"}))
    olga.post(f"{page(house.olgas)}gather/", told)
    assert Case.objects.filter(merged_into=house.olgas).count() == 2
    wrong = olga.post(f"{page(house.olgas)}gather/", {"numbers": "4711"})
    assert "4711" in text_of(wrong)


def many(case: Case, n: int) -> None:
    first = a_message(case, "The very first one", AT)
    with connection.cursor() as cur:
        cur.execute(
            "INSERT INTO cases_message (uuid, identity, content_digest, case_id, system_id, channel, direction, at) "
            "SELECT gen_random_uuid(), int8send(i), int8send(i), %s, %s, 'email', 'in', %s + i * interval '1 minute' "
            "FROM generate_series(1, %s) AS i",
            [case.pk, first.system_id, AT, n - 1],
        )
        cur.execute(
            "INSERT INTO cases_messagecontent (message_id, text) SELECT id, 'Word ' || row_number() OVER (ORDER BY at) "
            "FROM cases_message m WHERE case_id = %s"
            " AND NOT EXISTS (SELECT FROM cases_messagecontent c WHERE c.message_id = m.id)",
            [case.pk],
        )


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert client.get(url).status_code == 200
    return len(told)


def test_a_case_of_5000_messages_costs_no_more_statements_and_is_walked_both_ways(olga: Client, house: House) -> None:
    a_message(house.supports)
    short = statements(olga, page(house.supports))
    many(house.supports, 5000)
    assert statements(olga, page(house.supports)) <= short + 2
    with CaptureQueriesContext(connection) as told:
        add_note(house.supports, "still quick", house.olga.person)
    assert len(told) < 30
    shown = olga.get(f"{page(house.supports)}?at=first").content.decode()
    assert "The very first one" in shown
    assert "Later ones" in shown
    later = re.search(r"\?at=([0-9a-f-]{36})#m-", shown)
    assert later is not None
    assert "Word 35" in olga.get(f"{page(house.supports)}?at={later.group(1)}").content.decode()
    assert "Word 840" in olga.get(f"{page(house.supports)}?at={AT.date() + timedelta(days=1)}").content.decode()


def test_words_are_found_in_a_long_case_and_lead_to_their_place(olga: Client, house: House) -> None:
    many(house.supports, 300)
    note = add_note(house.supports, "The Übergröße was agreed", house.olga.person)
    shown = olga.get(f"{page(house.supports)}?find=uebergroesse").content.decode()
    assert f"?at={note.uuid}#m-{note.uuid}" in shown
    assert "Nothing in this case says" in text_of(olga.get(f"{page(house.supports)}?find=xylophone"))


def test_hostile_words_stand_as_text_everywhere(olga: Client, house: House) -> None:
    talk = asked_aside(olga, house.olgas, heading=HOSTILE + "\x00", text=HOSTILE * 100)
    write_note(house.olgas, f"@Kurt {HOSTILE}", house.olga.person)
    case = page(house.olgas)
    for url in (case, f"/side-talks/{talk.uuid}/", f"{case}?find={HOSTILE}", f"{case}split/"):
        assert "<script>alert" not in olga.get(url).content.decode()
    assert "<script>alert" not in client_of(house.kurt).get("/mentions/").content.decode()
