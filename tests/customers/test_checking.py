"""``rundblick verify`` names records whose stored keys are not those that their facts give."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.utils.translation import override

from rundblick.cli import main as cli
from rundblick.cli import verify as command
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.core.verification import Checked, verify
from rundblick.customers.matching.person import person_of
from rundblick.customers.models import MatchIndex, MatchKey
from rundblick.customers.weighed import checking, index
from rundblick.customers.weighed.running import look, match, suspended
from rundblick.privacy.erasure import erase
from tests.customers.known import come, customer_of
from tests.customers.test_weighed import in_another_connection
from tests.customers.town import learned, mail, mobile, party, town

BERTA = {"first_name": "Berta", "last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
BORN = {"birth_date": "1971-03-04"}


def checked() -> Checked:
    (found,) = verify(["match-keys"]).checks
    assert found.fault == ""
    return found


def differences() -> list[tuple[int | None, str, str, str]]:
    return [(one.row, one.what, one.stored, one.expected) for one in checked().shown]


@pytest.fixture
def town_in_force(db: None) -> list[int]:
    records = come(*town(30, seed=41)[0])
    match(look(learned()))
    return records


# -- what is right ---------------------------------------------------------------------------------------------------


def test_keys_are_right_after_a_run_and_of_what_came_since_was_told_anew_moved_or_was_erased(
    town_in_force: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked().differences == 0 and MatchKey.objects.count() > 400
    come(party("shop", "S900", mobile("+491500000001"), mail("b@post.example"), **BERTA))
    come(party("shop", "S900", mail("berta@post.example"), **{**BERTA, "street": "Hang 70", "last_name": "Dorn"}))
    monkeypatch.setattr("rundblick.privacy.erasure._append", lambda *_: None)
    erase(town_in_force[:1], by=None)
    assert (checked().differences, checked().notes) == (0, ())


def test_records_of_all_lots_are_looked_at(town_in_force: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "AT_ONCE", 7)
    assert checked().differences == 0
    MatchKey.objects.all().delete()
    assert {row for row, *_ in differences()} == set(town_in_force)


# -- what is wrong ---------------------------------------------------------------------------------------------------


def test_a_missing_key_is_named_by_its_kind_and_never_by_its_value(town_in_force: list[int]) -> None:
    (record,) = come(party("shop", "S900", mail("berta@post.example"), **BERTA))
    with cursor() as cur:
        cur.execute("SELECT key FROM customers_matchkey WHERE record_id = %s", (record,))
        keys = {key for (key,) in cur.fetchall()}
    (email,) = keys - keys_without_mail()
    MatchKey.objects.filter(record_id=record, key=email).delete()
    assert differences() == [(record, "missing", "none", "1 key: email")]
    MatchKey.objects.filter(record_id=record).delete()
    (found,) = differences()
    assert found[3].startswith(f"{len(keys)} keys: ") and {"N", "PL", "email"} <= set(found[3].split())


def keys_without_mail() -> set[int]:
    with cursor() as cur:
        ready = index.ready(cur)
    assert ready is not None
    return set(index.keys_of(ready, person_of(party("shop", "S900", **BERTA))))


def test_a_key_of_something_that_the_record_does_not_say_is_stale(town_in_force: list[int]) -> None:
    MatchKey.objects.create(key=77, record_id=town_in_force[3])
    assert differences() == [(town_in_force[3], "stale", "1 key", "none")]


def test_a_key_that_took_the_place_of_another_is_seen(town_in_force: list[int]) -> None:
    key = MatchKey.objects.filter(record_id=town_in_force[0]).order_by("key").first()
    assert key is not None
    MatchKey.objects.filter(record_id=key.record_id, key=key.key).delete()
    MatchKey.objects.create(key=key.key ^ 1, record_id=key.record_id)
    assert [what for _, what, *_ in differences()] == ["missing", "stale"]


def test_keys_of_somebody_erased_or_of_nobody_are_superfluous(
    town_in_force: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rundblick.privacy.erasure._append", lambda *_: None)
    erase(town_in_force[:1], by=None)
    nobody = max(town_in_force) + 20_000
    MatchKey.objects.create(key=77, record_id=town_in_force[0])
    MatchKey.objects.create(key=77, record_id=nobody)
    assert differences() == [
        (town_in_force[0], "superfluous", "1 key", "none"),
        (nobody, "superfluous", "1 key", "none"),
    ]


def test_a_run_mends_it_and_finds_who_was_not_found_for_lack_of_a_key(town_in_force: list[int]) -> None:
    (a,) = come(party("crm", "C900", mobile("+491500000001"), **BERTA, **BORN))
    MatchKey.objects.filter(record_id=a).delete()
    (b,) = come(party("shop", "S900", mobile("+491500000001"), **BERTA, **BORN))
    assert customer_of(a) != customer_of(b)
    (note,) = checked().notes
    assert "rundblick customers match" in note
    match(look(learned()))
    assert checked().differences == 0 and customer_of(a) == customer_of(b)


# -- when nothing can be compared ------------------------------------------------------------------------------------


def test_without_a_model_in_force_there_is_nothing_to_compare(db: None) -> None:
    come(party("crm", "C900", **BERTA))
    assert (checked().differences, checked().notes) == (0, ())


@pytest.mark.parametrize("half", [True, False])
def test_while_the_index_is_suspended_that_is_said_and_is_no_fault(town_in_force: list[int], half: bool) -> None:
    with suspended():
        if half:
            MatchKey.objects.filter(record_id__in=town_in_force[::2]).delete()
        found = checked()
        assert found.differences == 0 and "under way" in found.notes[0]
        assert verify(["match-keys"]).is_right
    assert (checked().notes == ()) is not half


def test_a_check_that_was_kept_has_no_index_and_lacks_none(town_in_force: list[int]) -> None:
    MatchIndex.objects.all().delete()
    Installation.objects.filter(pk=installation().pk).update(read_only=True)
    assert (checked().differences, checked().notes) == (0, ())


@pytest.mark.django_db(transaction=True)
def test_a_run_that_empties_the_keys_after_the_snapshot_is_no_fault_and_does_not_wait_for_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = come(*town(20, seed=42)[0])
    match(look(learned()))
    monkeypatch.setattr(checking, "AT_ONCE", len(records) // 3)
    lot, seen = checking._lot, []

    def and_a_run_begins(*told: object) -> object:
        if seen:  # after the first lot, within the snapshot
            in_another_connection(lambda: match(look(learned())))
        seen.append(lot(*told))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(checking, "_lot", and_a_run_begins)
    found = checked()
    assert seen == [[], None]
    assert found.differences == 0 and "A run began meanwhile" in found.notes[0]
    monkeypatch.undo()
    assert (checked().differences, checked().notes) == (0, ())


# -- what is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is 1 key, should be none"), ("de", "ist 1 key, sollte sein: none")]
)
def test_the_command_says_what_is_wrong_and_what_mends_it(
    town_in_force: list[int], capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    MatchKey.objects.create(key=77, record_id=town_in_force[3])
    with pytest.MonkeyPatch.context() as patch, override("en"):  # the command speaks its language, and nobody after it
        patch.setattr(command, "database", nullcontext)
        assert cli.main(["--lang", language, "verify", "--only", "match-keys"]) == 1
        told = capsys.readouterr().out
        assert f"customers_matchkey {town_in_force[3]}, stale: {words}" in told
        assert "rundblick customers match" in told.splitlines()[-1]
