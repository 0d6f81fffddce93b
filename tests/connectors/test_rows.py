"""Rows become messages, by a mapping."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.identity import Occurrences
from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.notes import Notes
from rundblick.connectors.rows import RowContext, compile_rows
from rundblick.core.envelope import Span
from rundblick.core.message import Identifier, Message, Strength, Unreadable, What


def entry_of(means: str, columns: dict[str, str], more: str = "") -> str:
    lines = "\n".join(f'"{field}" = "{column}"' for field, column in columns.items())
    return f'[[file]]\nname = "f.csv"\nis = "{means}"\nsystem = "crm"\n{more}\n[file.columns]\n{lines}\n'


def read_all(
    text: str, header: list[str], rows: list[list[object]], notes: Notes | None = None, **context: object
) -> list[Message | Unreadable]:
    entry = parse_mapping(text).files[0]
    read = compile_rows(entry, header, RowContext("crm", **context), notes or Notes())  # type: ignore[arg-type]
    return [read(list(row), n, n * 10, n * 10 + 9) for n, row in enumerate(rows, start=1)]  # type: ignore[arg-type]


def one(text: str, header: list[str], row: list[object], **context: object) -> Message:
    (found,) = read_all(text, header, [row], **context)
    assert isinstance(found, Message), found
    return found


def test_a_log_entry_carries_its_case_at_its_time() -> None:
    columns = {
        "case": "nr",
        "at": "am",
        "seq": "z",
        "state": "st",
        "channel": "weg",
        "team": "grp",
        "person": "wer",
        "opened_at": "auf",
        "promise_kept": "ok",
        "reassignments": "n",
        "customer": "kd",
        "updated_by": "von",
        "topic": "thema",
    }
    text = entry_of("case_events", columns, 'unknown = ["?"]') + '[file.values.state]\nAktiv = "open"\n'
    row: list[object] = [
        "7",
        "29/2/2016 01:16",
        "3",
        "Aktiv",
        "phone",
        "T1",
        "?",
        "28.2.2016",
        "ja",
        "2",
        "K9",
        "u",
        "x",
    ]
    message = one(text, list(columns.values()), row)
    case = message.case
    assert case is not None
    assert case.opened_at is not None
    assert message.at is not None
    assert (message.what, message.system, message.case_key, message.seq) == (What.CASE_EVENT, "crm", "7", 3)
    assert message.at.at == dt.datetime(2016, 2, 29, 0, 16, tzinfo=dt.UTC)
    assert (case.state, case.team, case.person, case.topic, case.reassignments) == ("open", "T1", "", "x", 2)
    assert (case.promise_kept, case.reopens, case.resolved_at, case.updated_by) == (True, None, None, "u")
    assert case.opened_at.precision == "day"
    assert message.party is not None
    assert (message.party.system, message.party.key) == ("crm", "K9")
    assert message.span == Span(1, 10, 19)


def test_an_interaction_finds_its_thread_and_its_sender() -> None:
    columns = {
        "at": "d",
        "at_time": "t",
        "key": "id",
        "reply_to": "re",
        "direction": "r",
        "automatic": "auto",
        "text": "x",
    }
    text = (
        entry_of("interactions", columns)
        + '[file.fixed]\nchannel = "letter"\n[file.values.direction]\nAusgang = "out"\n'
    )
    message = one(text, list(columns.values()), ["29.02.2016", "01:16", "5", "4", "Ausgang", "1", " Hallo "])
    assert message.at is not None
    assert (message.at.at, message.at.precision) == (dt.datetime(2016, 2, 29, 0, 16, tzinfo=dt.UTC), "minute")
    assert (message.thread.own, message.thread.parents) == (("crm:5",), ("crm:4",))
    assert (message.channel, message.direction, message.sender, message.text) == ("letter", "out", "machine", "Hallo")
    assert message.party is None


def test_two_cells_of_date_and_time_do_not_shift_other_columns() -> None:
    columns = {"case": "nr", "at": "d", "at_time": "t", "opened_at": "d2", "opened_at_time": "t2", "subject": "s"}
    message = one(
        entry_of("case_events", columns), list(columns.values()), ["7", "2.3.2016", "8:00", "1.3.2016", "9:30", "s"]
    )
    assert message.at is not None
    assert message.case is not None
    assert message.case.opened_at is not None
    assert (message.at.at.hour, message.case.opened_at.at.hour, message.subject) == (7, 8, "s")


def test_a_call_has_its_seconds_and_its_number() -> None:
    columns = {"at": "d", "phone": "nr", "waited_s": "w", "talked_s": "t", "answered": "a", "abandoned": "b"}
    message = one(
        entry_of("calls", columns), list(columns.values()), ["2016-02-29 01:16", "030 23125012", "1:05", "90", "ja", ""]
    )
    assert message.call is not None
    assert (message.channel, message.call.waited_s, message.call.talked_s) == ("phone", 65.0, 90.0)
    assert (message.call.wrapped_s, message.call.answered, message.call.abandoned) == (None, True, None)
    assert message.party is not None
    assert (message.party.system, message.party.key) == ("phone", "+493023125012")
    assert message.party.identifiers[0].strength is Strength.HOUSEHOLD


def test_a_customer_has_identifiers_and_facts() -> None:
    columns = {
        "key": "nr",
        "first_name": "v",
        "last_name": "n",
        "birth_date": "geb",
        "email": "m",
        "phone": "tel",
        "mobile": "handy",
        "tier": "stufe",
        "postcode": "plz",
    }
    text = entry_of("customers", columns) + (
        '[file.identifiers]\ncustomer_no = "nr"\n"customer_no@shop" = "shopnr"\n[file.verified]\nemail = true\n'
    )
    header = [*columns.values(), "shopnr"]
    row: list[object] = [
        "K-10 203",
        "Anna",
        "Meier",
        "1.2.45",
        "Anna@Example.org",
        "030 23125012",
        "015228817386",
        "Gold",
        "04103",
        "77",
    ]
    message = one(text, header, row)
    party = message.party
    assert party is not None
    assert (message.what, message.key, party.system, party.key) == (What.CUSTOMER, "K-10 203", "crm", "K-10 203")
    assert party.identifiers == (
        Identifier("email", "anna@example.org", "", Strength.STRONG, True),
        Identifier("phone", "+493023125012", "", Strength.HOUSEHOLD, False),
        Identifier("phone", "+4915228817386", "", Strength.WEAK, False),
        Identifier("customer_no", "K10203", "crm", Strength.STRONG, False),
        Identifier("customer_no", "77", "shop", Strength.STRONG, False),
    )
    assert party.facts == {
        "first_name": "Anna",
        "last_name": "Meier",
        "birth_date": "1945-02-01",
        "tier": "Gold",
        "postcode": "04103",
    }


def test_an_order_has_money_in_minor_units() -> None:
    columns = {"key": "nr", "amount": "b", "kind": "art", "promised_at": "zu"}
    text = entry_of("orders", columns, 'decimal = ","') + '[file.values.kind]\nRE = "return"\n'
    orders = read_all(
        text, list(columns.values()), [["1", "1.234,50", "RE", "3.3.2016"], ["2", "", "", ""]], country="CH"
    )
    first, second = (m.order for m in orders if isinstance(m, Message))
    assert first is not None
    assert second is not None
    assert (first.kind, first.amount_minor, first.currency) == ("return", 123450, "CHF")
    assert (second.kind, second.amount_minor, second.currency, second.promised_at) == ("order", None, "", None)


def test_ratings_have_the_scale_of_their_kind_and_refuse_what_lies_outside() -> None:
    columns = {"at": "d", "value": "v", "kind": "k"}
    found = read_all(
        entry_of("ratings", columns),
        list(columns.values()),
        [["1.3.2016", "9", "nps"], ["1.3.2016", "9", "csat"], ["1.3.2016", "4", ""]],
    )
    good = [m.rating for m in found if isinstance(m, Message) and m.rating is not None]
    assert [(r.value, r.low, r.high) for r in good] == [(9, 0, 10), (4, 1, 5)]
    assert [(bad.fault, bad.row, bad.detail["column"]) for bad in found if isinstance(bad, Unreadable)] == [
        ("value.range", 2, "v")
    ]


def test_a_review_appears_through_its_author() -> None:
    columns = {"at": "d", "value": "v", "author": "a", "title": "t", "text": "x", "reply_at": "ra"}
    message = one(
        entry_of("reviews", columns), list(columns.values()), ["1.3.2016", "2", "@Anna", "Nie wieder", "...", ""]
    )
    assert message.party is not None
    assert (message.channel, message.subject, message.party.key) == ("review", "Nie wieder", "@Anna")
    assert message.party.identifiers[0].value == "anna"


def test_facts_of_ones_own_reach_the_party_through_their_values() -> None:
    text = entry_of("customers", {"key": "nr", "last_name": "n"}, 'unknown = ["?"]') + (
        '[file.facts]\noccupation = "beruf"\nbirth_place = "ort"\ngender = "g"\n'
        '[file.values.gender]\nm = "male"\nw = "female"\n'
    )
    message = one(text, ["nr", "n", "beruf", "ort", "g"], ["7", "Muster", " Bäcker ", "?", "W"])
    assert message.party is not None
    assert message.party.facts == {"last_name": "Muster", "occupation": "Bäcker", "gender": "female"}


@pytest.mark.parametrize(
    ("street", "number", "told"),
    [
        ("Am Hang", "7 b", "Am Hang 7 b"),
        ("Am Hang", "", "Am Hang"),
        ("Am Hang", "?", "Am Hang"),
        ("", "7 b", None),
    ],
)
def test_a_house_number_of_its_own_column_joins_its_street(street: str, number: str, told: str | None) -> None:
    text = entry_of("customers", {"key": "nr", "house_number": "h", "street": "s"}, 'unknown = ["?"]')
    message = one(text, ["nr", "h", "s"], ["7", number, street])
    assert message.party is not None
    assert message.party.facts == ({"street": told} if told else {})


def test_managers_and_staff_have_a_dimension_and_no_customer() -> None:
    columns = {"dimension": "f", "value": "w", "low": "von", "high": "bis", "team": "t", "respondent": "r"}
    text = entry_of("staff_view", columns) + '[file.values.dimension]\n"Wir reagieren schnell" = "fast"\n'
    message = one(text, list(columns.values()), ["Wir reagieren schnell", "80", "0", "100", "T1", "4"])
    assert message.rating is not None
    assert (message.rating.dimension, message.rating.high, message.team, message.person) == ("fast", 100, "T1", "4")
    assert message.party is None
    (bad,) = read_all(text, list(columns.values()), [["Etwas anderes", "80", "0", "100", "T1", "4"]])
    assert isinstance(bad, Unreadable)
    assert (bad.fault, bad.detail["column"]) == ("value.missing", "f")


@pytest.mark.parametrize(
    ("row", "fault", "column"),
    [
        (["", "1.3.2016"], "value.missing", "nr"),
        (["?", "1.3.2016"], "value.missing", "nr"),
        (["7", ""], "value.missing", "am"),
        (["7", "31.2.2016"], "value.date", "am"),
        (["7", "Dienstag"], "value.date", "am"),
    ],
)
def test_a_row_without_what_it_needs_is_unreadable_with_its_column(row: list[object], fault: str, column: str) -> None:
    text = entry_of("case_events", {"case": "nr", "at": "am"}, 'unknown = ["?"]')
    (found,) = read_all(text, ["nr", "am"], [row])
    assert found == Unreadable(fault=fault, detail={"column": column}, row=1, span=Span(1, 10, 19))


# --- identity ---------------------------------------------------------------------------------------------------

LOG = entry_of("case_events", {"case": "nr", "at": "am"}, 'key = ["nr", "am"]')
KEYLESS = entry_of("case_events", {"case": "nr", "at": "am"})


def identities(text: str, rows: list[list[object]]) -> list[tuple[bytes, bytes]]:
    found = read_all(text, ["nr", "am", "more"], rows)
    return [(m.identity, m.content) for m in found if isinstance(m, Message)]


def test_with_key_columns_a_changed_row_is_a_new_version_of_the_same_record() -> None:
    before, after = identities(LOG, [["1", "1.3.2016", "a"], ["1", "1.3.2016", "b"]])
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_without_key_columns_two_equal_rows_stay_two_and_a_second_reading_changes_nothing() -> None:
    rows: list[list[object]] = [["1", "1.3.2016", "ja"], ["1", "1.3.2016", "ja"], ["2", "1.3.2016", "ja"]]
    first = identities(KEYLESS, rows)
    assert len({identity for identity, _ in first}) == 3
    assert first[0][1] == first[1][1]
    assert identities(KEYLESS, rows) == first
    assert {i for i, _ in identities(KEYLESS, [*reversed(rows), ["3", "1.3.2016", "x"]])} > {i for i, _ in first}


def test_records_of_another_system_or_kind_never_meet() -> None:
    row: list[object] = ["1", "1.3.2016"]
    entry = parse_mapping(LOG).files[0]
    other = parse_mapping(entry_of("interactions", {"key": "nr", "at": "am"}, 'key = ["nr", "am"]')).files[0]
    seen = set()
    for one_entry, system in ((entry, "crm"), (entry, "shop"), (other, "crm")):
        message = compile_rows(one_entry, ["nr", "am"], RowContext(system), Notes())(list(row), 1, 0, 0)  # type: ignore[arg-type]
        assert isinstance(message, Message)
        seen.add(message.identity)
    assert len(seen) == 3


def test_a_list_is_known_by_its_own_key() -> None:
    found = read_all(
        entry_of("customers", {"key": "nr", "name": "n"}), ["nr", "n"], [["1", "Anna"], ["1", "Anne"], ["2", "B"]]
    )
    ids = [m.identity for m in found if isinstance(m, Message)]
    assert ids[0] == ids[1] != ids[2]


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=300))
def test_occurrences_are_counted_right_while_the_table_grows(digests: list[bytes]) -> None:
    counted: dict[bytes, int] = {}
    occurrences = Occurrences()
    occurrences._slots = occurrences._slots[:8]
    occurrences._mask = 7
    for digest in digests:
        padded = digest.ljust(8, b"\0")
        counted[padded] = counted.get(padded, 0) + 1
        assert occurrences.number(padded) == counted[padded]


# --- parties without a customer key -----------------------------------------------------------------------------


def party_keys(
    columns: dict[str, str], more: str, rows: list[list[object]], header: list[str]
) -> list[tuple[str, str] | None]:
    text = entry_of("interactions", {"at": "am", **columns}) + more
    found = read_all(text, ["am", *header], [["1.3.2016", *row] for row in rows])
    return [(m.party.system, m.party.key) if m.party else None for m in found if isinstance(m, Message)]


def test_a_row_appears_through_the_best_that_it_has() -> None:
    columns = {"name": "n", "email": "m", "phone": "t", "street": "s"}
    more = '[file.identifiers]\n"customer_no@erp" = "k"\n'
    keys = party_keys(
        columns,
        more,
        [
            ["Anna", "a@example.org", "030 23125012", "", "K 1"],
            ["Anna", "A@example.org", "030 23125012", "", ""],
            ["Anna", "kaputt", "030 23125012", "", ""],
            ["Anna Müller", "", "", "Weg 1", ""],
            ["Anna Mueller", "", "", "weg 1", ""],
            ["", "", "", "", ""],
        ],
        ["n", "m", "t", "s", "k"],
    )
    assert keys[:3] == [("crm", "customer_no@erp:K1"), ("email", "a@example.org"), ("phone", "+493023125012")]
    assert keys[3] == keys[4]
    assert keys[5] is None


def test_a_bare_name_stays_with_its_own_row() -> None:
    first, second = party_keys(
        {"name": "n", "subject": "s"}, "", [["Anna Meier", "x"], ["Anna Meier", "y"]], ["n", "s"]
    )
    assert first != second
    assert party_keys({"name": "n", "subject": "s"}, "", [["Anna Meier", "x"]], ["n", "s"]) == [first]


def test_an_address_that_is_none_is_kept_as_a_fact_and_counted() -> None:
    notes = Notes()
    text = entry_of("customers", {"key": "nr", "email": "m"})
    (found,) = read_all(text, ["nr", "m"], [["1", "anna(at)example"]], notes)
    assert isinstance(found, Message)
    assert found.party is not None
    assert (found.party.identifiers, found.party.facts) == ((), {"email": "anna(at)example"})
    assert [note.code for note in notes.all()] == ["identifier.unreadable"]


def test_texts_are_repaired_only_when_the_mapping_says_so_and_counted() -> None:
    notes = Notes()
    text = entry_of("interactions", {"at": "am", "text": "t"})
    rows: list[list[object]] = [["1.3.2016", "Ph‰nomen"], ["1.3.2016", "ok"]]
    plain = read_all(text, ["am", "t"], rows, notes)
    assert isinstance(plain[0], Message)
    assert (plain[0].text, notes.all()) == ("Ph‰nomen", ())
    repaired = read_all(text.replace("\n[file", '\nmojibake = "macroman"\n[file', 1), ["am", "t"], rows, notes)
    assert isinstance(repaired[0], Message)
    assert repaired[0].text == "Phänomen"
    assert [(note.code, note.count) for note in notes.all()] == [("text.repaired", 1)]


def test_typed_cells_are_read_like_texts() -> None:
    columns = {"key": "nr", "at": "am", "amount": "b", "customer": "kd"}
    typed = one(entry_of("orders", columns), list(columns.values()), [1, dt.date(2016, 3, 1), 12.5, 4711])
    text = one(entry_of("orders", columns), list(columns.values()), ["1", "2016-03-01", "12.5", "4711"])
    assert (typed.key, typed.order, typed.party, typed.content) == (text.key, text.order, text.party, text.content)
    assert typed.at is not None
    assert text.at is not None
    assert typed.at.at == text.at.at


WORD = st.text(st.characters(codec="utf-8"), max_size=12)


@given(
    st.sampled_from(["cases", "case_events", "interactions", "calls", "orders", "ratings", "reviews", "customers"]),
    st.lists(WORD, min_size=5, max_size=5),
)
def test_no_cell_breaks_a_reader(means: str, cells: list[str]) -> None:
    columns = {
        "cases": {"case": "a", "opened_at": "b", "reopens": "c", "email": "d", "text": "e"},
        "case_events": {"case": "a", "at": "b", "seq": "c", "phone": "d", "promise_kept": "e"},
        "interactions": {"key": "a", "at": "b", "name": "c", "direction": "d", "birth_date": "e"},
        "calls": {"key": "a", "at": "b", "waited_s": "c", "phone": "d", "answered": "e"},
        "orders": {"key": "a", "at": "b", "amount": "c", "currency": "d", "promised_at": "e"},
        "ratings": {"key": "a", "at": "b", "value": "c", "low": "d", "high": "e"},
        "reviews": {"author": "a", "at": "b", "value": "c", "title": "d", "reply_at": "e"},
        "customers": {"key": "a", "birth_date": "b", "email": "c", "phone": "d", "since": "e"},
    }[means]
    (found,) = read_all(entry_of(means, columns), list("abcde"), [list(cells)])
    if isinstance(found, Unreadable):
        assert found.fault.startswith("value.")
        assert found.detail["column"]
    else:
        found.text.encode("utf-8")
        assert "\x00" not in repr(found.party)
