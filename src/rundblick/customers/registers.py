"""What this room registers with lower ones: what it holds about a person, with privacy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rundblick.core import sweeps, verification
from rundblick.customers import sql, verifying
from rundblick.customers.deciding import current_customers, reach
from rundblick.customers.merging import decide_weighed
from rundblick.customers.weighed import working
from rundblick.privacy import registry
from rundblick.privacy.registry import Content, Cursor, Subject, register
from rundblick.privacy.retention import VOUCHER

_OF_RECORD = "record_id = ANY(%(subjects)s)"

register("customers_sourcerecord", skeleton="key_digest")
register(
    "customers_recordversion",
    # the digest of known facts can be guessed: it goes with them, and another unique value takes its place
    content=Content({"key": "''", "facts": "'{}'", "content_digest": "sha256(id::text::bytea)"}, _OF_RECORD),
)
register(
    "customers_identifier",
    skeleton="kind issuer strength",
    content=Content({"value": "''", "digest": "''"}, _OF_RECORD, whole=True),
)
register("customers_customer", skeleton="number")
register("customers_identityact", skeleton="kind")
register(
    "customers_identityreason",
    content=Content(
        {"text": "''"},
        "act_id IN (WITH RECURSIVE about (id) AS ("
        "SELECT c.act_id FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id "
        "WHERE m.record_id = ANY(%(subjects)s) "
        "UNION SELECT a.id FROM about JOIN customers_identityact a ON a.undoes_id = about.id) SELECT id FROM about)",
        key="act_id",
    ),
)
register("customers_unreached", skeleton="digest")
register("customers_constraint", skeleton="kind")
# a model names no value that one person alone carries (customers.weighed.keeping)
register("customers_matchmodel", skeleton="version", installation="weights repeating")
register("customers_matchrun", skeleton="kind")
register("customers_matchjob", skeleton="kind state stage fault")
register("customers_matchchange", skeleton="kind")
register("customers_matchedge", skeleton="rule decision")
# hashes of what a record says: they can be guessed, so they go with it
register("customers_matchkey", content=Content({"key": "0"}, _OF_RECORD, key="record_id", whole=True))
register("customers_reviewitem", skeleton="why state")
register("customers_reviewanswer", skeleton="said")
register(
    "customers_order",
    skeleton="key_digest kind status currency content_digest",
    content=Content({"key": "''", "article": "''"}, _OF_RECORD, retention=VOUCHER, since="at"),
)


def _records_of_customers(cur: Cursor, customers: Sequence[int]) -> list[int]:
    cur.execute(
        "SELECT a.record_id FROM customers_assignment a JOIN customers_customer c ON c.id = a.customer_id "
        "WHERE a.valid_to IS NULL AND (c.id = ANY(%(ids)s) OR c.merged_into_id = ANY(%(ids)s))",
        {"ids": list(customers)},
    )
    return [record for (record,) in cur.fetchall()]


def _digests(cur: Cursor, records: Sequence[int]) -> list[bytes]:
    cur.execute("SELECT key_digest FROM customers_sourcerecord WHERE id = ANY(%s)", (list(records),))
    return [bytes(digest) for (digest,) in cur.fetchall()]


def _records(cur: Cursor, digests: Sequence[bytes]) -> list[int]:
    cur.execute("SELECT id FROM customers_sourcerecord WHERE key_digest = ANY(%s)", (list(digests),))
    return [record for (record,) in cur.fetchall()]


def _decided_again(cur: Cursor, records: Sequence[int]) -> tuple[set[bytes], Callable[[Cursor], None]]:
    """Whoever an erased record was decided with is decided about again without it."""
    touched = dict(zip(records, _digests_in_order(cur, records), strict=True)) if records else {}
    reached = reach(cur, touched)
    held = current_customers(cur, list(reached.records))
    cur.execute(sql.MEMBERS, (sorted({customer for customer, _ in held.values()}),))
    members = {record: bytes(digest) for record, digest in cur.fetchall()}
    others = {record: digest for record, digest in (reached.records | members).items() if record not in touched}

    def decide_again(cur: Cursor) -> None:
        if others:
            decide_weighed(cur, others)

    return reached.digests() | set(members.values()), decide_again


def _digests_in_order(cur: Cursor, records: Sequence[int]) -> list[bytes]:
    cur.execute("SELECT id, key_digest FROM customers_sourcerecord WHERE id = ANY(%s)", (list(records),))
    found = {record: bytes(digest) for record, digest in cur.fetchall()}
    return [found[record] for record in records]


def _words(cur: Cursor, records: Sequence[int]) -> list[str]:
    cur.execute(
        "SELECT value FROM customers_identifier WHERE record_id = ANY(%(ids)s) "
        "UNION SELECT key FROM customers_recordversion WHERE record_id = ANY(%(ids)s) "
        "UNION SELECT w FROM customers_recordversion v, LATERAL (VALUES (v.facts->>'name'), "
        "  ((v.facts->>'first_name') || ' ' || (v.facts->>'last_name'))) AS n(w) "
        "WHERE v.record_id = ANY(%(ids)s) AND w IS NOT NULL",
        {"ids": list(records)},
    )
    return [word for (word,) in cur.fetchall()]


registry.records_of_customers.append(_records_of_customers)
registry.keys[Subject.RECORD] = registry.Keys(_digests, _records)
registry.words_of_records.append(_words)
registry.around_erasure.append(_decided_again)

verification.register("assignments", verifying.assignments)
verification.register("merged-customers", verifying.merged_customers)
verification.register("customer-numbers", verifying.customer_numbers)
verification.register("identity-acts", verifying.acts)
verification.register("constraints", verifying.constraints)
verification.register("partition", verifying.partition)
verification.register("match-keys", verifying.match_keys)
verification.repairs["merged-customers"] = verifying.lead_on
verification.repairs["partition"] = verifying.decide_again
verification.objects["record"] = "customers_sourcerecord"
verification.objects["customer"] = "customers_customer"
verification.objects["order"] = "customers_order"
verification.objects["identity_act"] = "customers_identityact"
verification.objects["match_run"] = "customers_matchrun"
verification.objects["match_job"] = "customers_matchjob"
verification.objects["match_model"] = "customers_matchmodel"

sweeps.register("slow", "models", working.jobs_sweep, wakes=(working.WAKE,), every=30)
verification.objects["review_item"] = "customers_reviewitem"
