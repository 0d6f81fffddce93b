"""The audit chain tells whoever changes, removes or slips in an entry, and outlives erasure."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from rundblick.core.database import cursor
from rundblick.privacy.audit import head, record_audit, seal, verify_chain
from rundblick.privacy.erasure import erase
from rundblick.privacy.models import AuditContent, AuditEntry, AuditSeal
from tests.core.settling import settle
from tests.privacy.planting import installation, somebody
from tests.privacy.tampering import facts_unguarded

pytestmark = pytest.mark.django_db(transaction=True)
FORGET = "WITH details AS (DELETE FROM privacy_auditcontent)"


@pytest.fixture(autouse=True)
def _three_sealed_entries() -> None:
    installation()
    for number in (1, 2, 3):
        with transaction.atomic(), cursor() as cur:
            record_audit(cur, "case.exported", object_type="case", object_id=number, details={"why": "asked for"})
        settle()
        with transaction.atomic(), cursor() as cur:
            assert seal(cur) == 1


def test_an_untouched_chain_is_whole_and_says_what_is_not_sealed_yet() -> None:
    with transaction.atomic(), cursor() as cur:
        record_audit(cur, "customer.merged", actor_type="person", actor_id=5)
    settle()
    with cursor() as cur:
        chain = verify_chain(cur)
        assert chain.is_whole and (chain.seals, chain.entries, chain.unsealed) == (3, 3, 1)
        assert chain.head == head(cur)
        assert seal(cur) == 1 and seal(cur) == 0
        assert head(cur) != chain.head


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE privacy_auditentry SET object_id = 99 WHERE object_id = 2",
        "UPDATE privacy_auditentry SET at = at - interval '1 s' WHERE object_id = 2",
        f"{FORGET} DELETE FROM privacy_auditentry WHERE object_id = 2",
        "INSERT INTO privacy_auditentry (tx, actor_type, action, object_type) "  # noqa: ISC004
        "SELECT tx, '', 'x', '' FROM privacy_auditentry WHERE object_id = 2",
        "UPDATE privacy_auditseal SET hash = '' WHERE id IN (SELECT id FROM privacy_auditseal ORDER BY id OFFSET 2)",
        "DELETE FROM privacy_auditseal WHERE id = (SELECT id FROM privacy_auditseal ORDER BY id OFFSET 1 LIMIT 1)",
    ],
)
def test_a_deed_behind_the_programs_back_breaks_the_chain(deed: str) -> None:
    with facts_unguarded("privacy_auditentry", "privacy_auditseal") as cur:
        cur.execute(deed)
    with cursor() as cur:
        chain = verify_chain(cur)
    assert not chain.is_whole
    assert chain.broken in set(AuditSeal.objects.values_list("pk", flat=True))


def test_a_chain_that_was_cut_short_is_whole_but_its_head_is_not_the_one_of_the_backup() -> None:
    with cursor() as cur:
        noted = head(cur)
    with facts_unguarded("privacy_auditentry", "privacy_auditseal") as raw:
        raw.execute("DELETE FROM privacy_auditseal WHERE id = (SELECT max(id) FROM privacy_auditseal)")
        raw.execute(f"{FORGET} DELETE FROM privacy_auditentry WHERE object_id = 3")
    with cursor() as cur:
        chain = verify_chain(cur)
    assert chain.is_whole and chain.head != noted


def test_details_that_were_changed_no_longer_fit_their_digest() -> None:
    AuditContent.objects.filter(entry__object_id=2).update(details={"why": "nobody asked"})
    with cursor() as cur:
        chain = verify_chain(cur)
    assert chain.digests == (AuditEntry.objects.get(object_id=2).pk,) and not chain.is_whole


def test_the_chain_is_whole_after_the_details_were_erased() -> None:
    planted = somebody("quetzalkoatlus")
    settle()
    with transaction.atomic(), cursor() as cur:
        seal(cur)
    erase([planted.record], by=None)
    with cursor() as cur:
        assert verify_chain(cur).is_whole
    assert AuditContent.objects.get(record_id=planted.record).details == {}


def test_an_entry_of_a_transaction_that_ends_later_is_sealed_later_and_not_missed() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic(), cursor() as cur:
            record_audit(cur, "slow")
            begun.set()
            assert go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(20)
    with transaction.atomic(), cursor() as cur:
        record_audit(cur, "fast")
    with transaction.atomic(), cursor() as cur:
        assert seal(cur) == 0
    go_on.set()
    thread.join(20)
    settle()
    with transaction.atomic(), cursor() as cur:
        assert seal(cur) == 2
        assert verify_chain(cur).is_whole


def test_entries_are_facts() -> None:
    with pytest.raises(Exception, match="never changed"), transaction.atomic():
        AuditEntry.objects.update(action="nothing")
    with pytest.raises(Exception, match="never changed"), transaction.atomic():
        AuditSeal.objects.all().delete()
