"""``verify`` is silent about what is right and names what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection, transaction

from rundblick.cases.models import Case, Message
from rundblick.channels.email.reading import read_mail
from rundblick.cli import main as cli
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Reading
from rundblick.core.verification import Checked, Difference, Options, VerificationError, verify
from rundblick.customers.models import Assignment
from rundblick.intake.accept import accept
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from rundblick.privacy.audit import record_audit, seal
from rundblick.privacy.erasure import erase
from tests.core.settling import settle
from tests.intake.builders import mail_envelope
from tests.privacy.tampering import facts_unguarded


class ReaderHere:
    """Reads in this process; the child process has tests of its own."""

    def read_all(self, envelopes: Sequence[Envelope]) -> list[Reading]:
        return [read_mail(envelope) for envelope in envelopes]


def arrive(*envelopes: Envelope) -> None:
    accept(envelopes)
    work_once(Road(installation()), ReaderHere())  # type: ignore[arg-type]


@pytest.fixture
def two_cases(db: None) -> None:
    arrive(mail_envelope("a"), mail_envelope("b", reply_to="a"), mail_envelope("c", sender="bert@kunde.example"))


def found(name: str, options: Options | None = None) -> set[tuple[str, str]]:
    """(table, what) of the differences of one check."""
    (checked,) = verify([name], options).checks
    assert checked.fault == ""
    return {(one.table, one.what) for one in checked.shown}


def wrong_checks() -> set[str]:
    return {check.name for check in verify().checks if check.differences or check.fault}


@pytest.mark.usefixtures("two_cases")
def test_what_came_in_by_the_road_is_right_and_every_check_ran() -> None:
    verified = verify(options=Options(blobs=None))
    assert [check for check in verified.checks if check.differences or check.fault] == []
    assert verified.is_right and len(verified.checks) == len(verification.checks) >= 15


@pytest.mark.usefixtures("two_cases")
def test_it_is_right_after_an_erasure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.privacy.erasure._append", lambda *_: None)
    erase([Assignment.objects.first().record_id], by=None)
    assert wrong_checks() == set()


@pytest.mark.usefixtures("two_cases")
@pytest.mark.parametrize(
    ("deed", "check", "table", "what"),
    [
        ("UPDATE cases_case SET state = 'closed' WHERE id = {case}", "cases", "cases_case", "state"),
        ("UPDATE cases_case SET messages = messages + 1 WHERE id = {case}", "cases", "cases_case", "messages"),
        (
            "UPDATE cases_case SET opened_at = opened_at - interval '1 s' WHERE id = {case}",
            "cases",
            "cases_case",
            "opened_at",
        ),
        ("UPDATE cases_case SET customer_id = NULL WHERE id = {case}", "case-customers", "cases_case", "customer_id"),
        ("UPDATE cases_case SET number = '500000011' WHERE id = {case}", "case-numbers", "cases_case", "number"),
        (
            "UPDATE cases_participant SET part = 'copied' WHERE case_id = {case}",
            "participants",
            "cases_participant",
            "concerned",
        ),
        ("DELETE FROM cases_participant WHERE case_id = {case}", "participants", "cases_participant", "takes_part"),
        (
            "UPDATE cases_message SET superseded = true WHERE id = {message}",
            "message-versions",
            "cases_message",
            "superseded",
        ),
        ("UPDATE cases_message SET record_id = 99999 WHERE id = {message}", "references", "cases_message", "record_id"),
        (
            "UPDATE customers_assignment SET valid_to = now() WHERE record_id = {record}",
            "assignments",
            "customers_sourcerecord",
            "customer",
        ),
        (
            "UPDATE customers_assignment SET event_id = 99999 WHERE record_id = {record}",
            "assignments",
            "customers_assignment",
            "event",
        ),
        (
            "UPDATE customers_customer SET merged_into_id = {other} WHERE id = {customer}",
            "assignments",
            "customers_assignment",
            "customer_id",
        ),
        (
            "UPDATE customers_customer SET merged_into_id = id WHERE id = {customer}",
            "merged-customers",
            "customers_customer",
            "merged_into_id",
        ),
        (
            "UPDATE customers_customer SET number = '123456789' WHERE id = {customer}",
            "customer-numbers",
            "customers_customer",
            "number",
        ),
        ("DELETE FROM intake_outcome WHERE delivery_id = {delivery}", "deliveries", "core_delivery", "outcome"),
        (
            "UPDATE intake_outcome SET object_id = 99999 WHERE delivery_id = {delivery}",
            "outcomes",
            "intake_outcome",
            "message",
        ),
        (
            "UPDATE core_eventobject SET object_id = 99999 WHERE type = 'case'",
            "event-objects",
            "core_eventobject",
            "case",
        ),
        ("UPDATE core_eventobject SET type = 'thing' WHERE type = 'case'", "event-objects", "core_eventobject", "type"),
        ("UPDATE core_event SET tx = '9000000000000'::xid8", "transactions", "core_event", "tx"),
        ('UPDATE core_event SET data = \'{{"who": "anna@kunde.example"}}\'', "skeleton", "core_event", "data"),
        ("UPDATE core_blobchunk SET data = set_byte(data, 0, 0)", "originals", "core_blob", "sha256"),
        ("DELETE FROM core_blobchunk", "originals", "core_blob", "size"),
        ("ALTER TABLE core_event ADD COLUMN memo text", "columns", "core_event", "memo"),
        ("ALTER TABLE core_event DISABLE TRIGGER USER", "append-only", "core_event", "append_only"),
        ("DROP TRIGGER cases_call_append_only ON cases_call", "append-only", "cases_call", "append_only"),
        (
            "DROP TRIGGER core_blob_append_only ON core_blob; CREATE TRIGGER core_blob_append_only "  # noqa: ISC004
            "BEFORE UPDATE ON core_blob FOR EACH ROW EXECUTE FUNCTION refuse_change('size')",
            "append-only",
            "core_blob",
            "append_only",
        ),
    ],
)
def test_a_difference_that_was_made_behind_the_programs_back_is_named(
    deed: str, check: str, table: str, what: str
) -> None:
    message = Message.objects.order_by("id").first()
    assert message is not None and message.record_id is not None
    customer = Assignment.objects.get(record_id=message.record_id).customer_id
    names = {
        "case": message.case_id,
        "message": message.pk,
        "record": message.record_id,
        "delivery": message.delivery_id,
        "customer": customer,
        "other": Assignment.objects.exclude(customer_id=customer).values_list("customer_id", flat=True)[0],
    }
    tables = ("cases_message", "customers_assignment", "customers_customer", "intake_outcome", "core_event")
    ddl = deed.startswith(("ALTER", "DROP"))
    if ddl:
        with connection.cursor() as cur:
            cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cur.execute(deed.format(**names))
    else:
        with facts_unguarded(*tables, "core_eventobject") as cur:
            cur.execute(deed.format(**names))
    assert (table, what) in found(check, Options(blobs=None))


@pytest.mark.django_db
def test_a_broken_audit_chain_and_an_overdue_restriction_are_named() -> None:
    installation()
    with connection.cursor() as cur:
        cur.execute("INSERT INTO privacy_auditseal (tx, entry_id, entries, hash) VALUES ('1', 0, 1, 'x')")
        cur.execute(
            'INSERT INTO privacy_restriction (erasure_id, "table", row_id, law, until, content) '
            "VALUES (1, 'x', 1, 'ao_147', '2020-12-31', '{}')"
        )
    assert found("audit") == {("privacy_auditseal", "hash")}
    assert found("restrictions") == {("privacy_restriction", "until")}


@pytest.mark.django_db
def test_it_counts_all_differences_and_shows_the_first_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(_cur: object, _options: Options) -> Iterator[Difference]:
        return (Difference("t", row, "x") for row in range(250))

    monkeypatch.setitem(verification.checks, "many", many)
    (checked,) = verify(["many"]).checks
    assert (checked.differences, len(checked.shown)) == (250, 100)


@pytest.mark.django_db
def test_a_check_that_cannot_run_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(cur: object, _options: Options) -> Iterator[Difference]:
        cur.execute("SELECT nothing FROM nowhere")  # type: ignore[attr-defined]
        return iter(())

    monkeypatch.setitem(verification.checks, "broken", broken)
    verified = verify(["broken", "columns"])
    assert not verified.is_right
    assert verified.checks[0].fault.startswith("UndefinedTable")
    assert verified.checks[1] == Checked("columns", 0, verified.checks[1].seconds)


def test_an_unknown_check_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(VerificationError, match=r"no check nonsense; there are .*append-only.*cases"):
        verify(["nonsense"])
    with pytest.raises(VerificationError, match="registered already"):
        verification.register("cases", lambda _cur, _options: iter(()))


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_sentences_or_json_and_its_exit_code_tells(capsys: pytest.CaptureFixture[str]) -> None:
    arrive(mail_envelope("a"))
    with transaction.atomic(), cursor() as cur:
        record_audit(cur, "x")
    settle()
    with transaction.atomic(), cursor() as cur:
        seal(cur)
    assert cli.main(["--lang", "en", "verify", "--blobs", "all"]) == 0
    assert "cases: right" in capsys.readouterr().out
    Case.objects.update(state="closed")
    assert cli.main(["--lang", "en", "verify", "--only", "cases"]) == 1
    case = Case.objects.get().pk
    assert f"cases_case {case}, state: is closed, should be new" in capsys.readouterr().out
    assert cli.main(["verify", "--only", "cases", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["checks"][0]["shown"][0]["what"] == "state"
    assert cli.main(["--lang", "en", "verify", "--only", "nonsense"]) == 2
    assert "there are append-only" in capsys.readouterr().err
