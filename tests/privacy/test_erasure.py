"""Erased means gone: from every table, from the originals, from what is imported and restored later."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from rundblick.cases.models import Case, Message, MessageContent, Participant, SearchText
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.models import Event
from rundblick.customers.models import Identifier, Order, RecordVersion, SourceRecord
from rundblick.privacy import registry
from rundblick.privacy.audit import seal, verify_chain
from rundblick.privacy.erasure import (
    ErasureError,
    Reason,
    adopt_list,
    end_restrictions,
    erase,
    is_erased,
    read_list,
    reapply,
    write_list,
)
from rundblick.privacy.models import Erasure, Restriction
from tests.privacy.planting import blob, columns_with, dump, installation, lines_with, somebody
from tests.privacy.tampering import facts_unguarded

WORD = "quetzalkoatlus"
# what goes in another way than by whom it concerns
# (a restriction begins with it; a key of matching is a number, no word: customers/test_arriving.py erases one)
ELSEWHERE = {"privacy_restriction.content", "customers_matchkey.key"}


@pytest.fixture(autouse=True)
def _own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.privacy.erasure.list_path", lambda: tmp_path / "erasures.jsonl")


@pytest.mark.django_db(transaction=True)
def test_a_word_planted_everywhere_is_in_no_dump_after_the_erasure() -> None:
    planted = somebody(WORD)
    every = {f"{table}.{column}" for table, content in registry.contents.items() for column in content.columns}
    assert columns_with(WORD) == every - ELSEWHERE
    assert len(lines_with(WORD, dump())) >= len(registry.contents) - 1

    report = erase(customer=planted.customer, persons=[planted.person], by=None)

    left = lines_with(WORD, dump())
    assert report.restricted == {"ao_147": 1}
    assert len(left) == 1 and columns_with(WORD) == {"privacy_restriction.content"}  # what tax law demands
    assert end_restrictions(date(2034, 12, 31)) == {}
    assert end_restrictions(date(2035, 1, 1)) == {"ao_147": 1}
    assert lines_with(WORD, dump()) == []


@pytest.mark.django_db
def test_the_skeleton_stays_and_still_leads_from_the_case_to_its_record() -> None:
    planted = somebody(WORD)
    erase([planted.record], by=None)
    case = Case.objects.get(pk=planted.case)
    assert case.concerned_id == planted.record
    assert Message.objects.get(pk=planted.message).at == case.opened_at
    assert SourceRecord.objects.filter(pk=planted.record).exists()


@pytest.mark.django_db
def test_somebody_else_loses_nothing() -> None:
    planted, other = somebody(WORD), somebody("archaeopteryx", "two")
    before = columns_with("archaeopteryx")
    report = erase([planted.record], by=None)
    assert columns_with("archaeopteryx") == before
    assert report.rows["cases_messagecontent"] == 1
    assert MessageContent.objects.get(pk=other.message).text == "archaeopteryx"


@pytest.mark.django_db
def test_an_original_that_somebody_elses_content_refers_to_stays_until_he_too_is_erased() -> None:
    picture = b"a signature's picture"
    one, two = somebody(WORD, "one", picture), somebody("archaeopteryx", "two", picture)
    first = erase([one.record], by=None)
    with cursor() as cur:
        assert read_blob(cur, two.blob) == picture
        assert (first.blobs, first.shared_blobs) == (0, 1)
        second = erase([two.record], by=None)
        assert read_blob(cur, two.blob) is None
        assert (second.blobs, second.shared_blobs) == (1, 0)


@pytest.mark.django_db
def test_what_others_wrote_in_a_case_about_him_goes_too() -> None:
    planted, other = somebody(WORD), somebody("archaeopteryx", "two")
    reply = Message.objects.create(
        identity=b"reply",
        content_digest=b"",
        case_id=planted.case,
        system_id=Message.objects.get(pk=other.message).system_id,
        record_id=other.record,
        channel="email",
        direction="in",
        at=datetime(2026, 3, 3, tzinfo=UTC),
    )
    MessageContent.objects.create(message=reply, record_id=other.record, text=f"as {WORD} says")
    erase([planted.record], by=None)
    assert MessageContent.objects.get(pk=reply.pk).text == ""


@pytest.mark.django_db
def test_where_he_only_took_part_he_is_struck_out_and_the_rest_stays_and_is_found() -> None:
    planted, other = somebody(WORD), somebody("archaeopteryx", "two")
    Participant.objects.create(case_id=other.case, record_id=planted.record, part="copied")
    MessageContent.objects.filter(pk=other.message).update(
        text=f"Dear Erika {WORD.upper()}, please ask at noon. {WORD}@one.example",
        recipients=[f"{WORD}@one.example", "archaeopteryx@two.example"],
    )
    report = erase([planted.record], by=None)
    content = MessageContent.objects.get(pk=other.message)
    assert content.text == "Dear […], please ask at noon. […]"
    assert content.recipients == ["[…]", "archaeopteryx@two.example"]
    assert report.mentions == {"cases_messagecontent": 1}
    assert SearchText.objects.extra(where=["words @@ 'noon'::tsquery"]).count() == 1


@pytest.mark.django_db
def test_the_keys_digest_stays_so_that_a_reimport_does_not_bring_him_back() -> None:
    planted, other = somebody(WORD), somebody("archaeopteryx", "two")
    digests = [bytes(r.key_digest) for r in SourceRecord.objects.filter(pk__in=[planted.record, other.record])]
    with cursor() as cur:
        assert is_erased(cur, digests) == set()
        erase([planted.record], by=None)
        gone = bytes(SourceRecord.objects.get(pk=planted.record).key_digest)
        assert is_erased(cur, digests) == {gone}
        assert is_erased(cur, []) == set()


@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_forgets_him_again_but_not_what_he_wrote_later() -> None:
    early, late = somebody(WORD), somebody("archaeopteryx", "two")
    erase([early.record], by=None, reason=Reason.REQUEST)
    erase([late.record], by=None)
    entries = read_list()
    assert [entry.reason for entry in entries] == ["request", "request"]
    # a new contact after the erasure, and a database that knows nothing of the first erasure
    RecordVersion.objects.create(record_id=late.record, content_digest=b"new", seen_at=entries[1].at, key="new contact")
    with facts_unguarded("privacy_erasure", "privacy_erasedkey") as cur:
        cur.execute("DELETE FROM privacy_erasure WHERE uuid = %s", [entries[0].uuid])
        cur.execute("DELETE FROM privacy_erasedkey WHERE digest = %s", [entries[0].keys[registry.Subject.RECORD][0]])
    Identifier.objects.create(record_id=early.record, kind="email", value=WORD, digest=b"1", strength="strong")

    reports = reapply()

    assert [report.uuid for report in reports] == [entries[0].uuid]
    assert columns_with(WORD) - ELSEWHERE == {"people_personcontent.key", "people_personcontent.name"}
    assert RecordVersion.objects.filter(key="new contact").exists()
    assert reapply() == []


@pytest.mark.django_db(transaction=True)
def test_the_list_takes_up_what_another_machine_erased_and_survives_a_torn_line(tmp_path: Path) -> None:
    planted = somebody(WORD)
    report = erase([planted.record], by=None)
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text('{"uuid": "torn')
    assert write_list(elsewhere) == 1
    assert write_list(elsewhere) == 0
    assert [entry.uuid for entry in read_list(elsewhere)] == [report.uuid]
    assert read_list(elsewhere) == read_list()


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_was_rolled_back_is_not_on_the_list() -> None:
    planted = somebody(WORD)
    with transaction.atomic():
        erase([planted.record], by=None)
        transaction.set_rollback(True)
    assert read_list() == []
    assert "cases_messagecontent.text" in columns_with(WORD)


@pytest.mark.django_db
def test_a_voucher_whose_time_is_over_is_erased_at_once_and_a_law_of_another_country_counts_there() -> None:
    planted, other = somebody(WORD), somebody("archaeopteryx", "two")
    Order.objects.filter(record_id=planted.record).update(at=datetime(2015, 5, 1, tzinfo=UTC))
    assert erase([planted.record], by=None).restricted == {}
    with connection.cursor() as cur:
        cur.execute("UPDATE core_installation SET country = 'CH'")
    erase([other.record], by=None)
    assert Restriction.objects.get().until == date(2036, 12, 31)
    assert Order.objects.get(record_id=other.record).article == ""


@pytest.mark.django_db
def test_an_erasure_is_told_to_the_feed_and_to_the_audit_whose_chain_still_verifies() -> None:
    planted = somebody(WORD)
    report = erase([planted.record], by=7, reason=Reason.UNLAWFUL)
    stored = Erasure.objects.get(uuid=report.uuid)
    assert (stored.by_user, stored.reason, stored.records) == (7, "unlawful", 1)
    event = Event.objects.get(kind="privacy.erased")
    assert (event.actor_type, event.actor_id) == ("person", 7)
    with cursor() as cur:
        seal(cur)
        assert verify_chain(cur).is_whole


@pytest.mark.django_db
def test_erasing_twice_does_no_harm_and_nobody_is_an_error() -> None:
    planted = somebody(WORD, digests=False)
    erase([planted.record], by=None)
    again = erase([planted.record], by=None)
    assert again.blobs == 0 and again.restricted == {}
    with pytest.raises(ErasureError):
        erase(by=None)
    installation()
    assert blob(b"x")


@pytest.mark.django_db(transaction=True)
def test_a_new_home_adopts_the_list_of_the_former_one_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = somebody(WORD)
    report = erase([planted.record], by=None)
    former = tmp_path / "erasures.jsonl"
    monkeypatch.setattr("rundblick.privacy.erasure.list_path", lambda: tmp_path / "new.jsonl")
    assert read_list() == []
    assert (adopt_list(former), adopt_list(former)) == (1, 0)
    assert [entry.uuid for entry in read_list()] == [report.uuid]
