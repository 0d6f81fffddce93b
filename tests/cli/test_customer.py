"""``rundblick customer`` through the real entry point: show, merge, split, undo, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rundblick.cli import main as cli
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.core.numbers import customer_number, spaced
from rundblick.customers.models import Customer, IdentityAct
from tests.customers.known import customers, known, state
from tests.people.house import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_tests_database")]


@pytest.fixture
def pair() -> tuple[Customer, Customer]:
    one, other = customers(
        known("crm", "1", "anna@kunde.example", first_name="Anna", last_name="Muster"), known("shop", "2")
    )
    return one, other


def run(capsys: pytest.CaptureFixture[str], *arguments: str, language: str = "en") -> tuple[int, str, str]:
    code = cli.main(["--lang", language, "customer", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_merge_and_undo(capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]) -> None:
    one, other = pair
    before = state()
    code, out, _err = run(capsys, "merge", spaced(one.number), other.number, "--reason", "married name")
    assert code == 0 and "Merged" in out and "married name" in out
    other.refresh_from_db()
    assert other.merged_into_id == one.pk
    act = IdentityAct.objects.get()
    assert f"rundblick customer undo {act.uuid}" in out
    code, out, _err = run(capsys, "undo", str(act.uuid), language="de")
    assert code == 0 and "Rückgängig gemacht" in out
    assert state() == before


def test_show_lists_records_identifiers_and_decisions(
    capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]
) -> None:
    one, other = pair
    user = a_user("Lena", "lead")
    run(capsys, "merge", one.number, other.number, "--reason", "same", "--by", user.email)
    code, out, _err = run(capsys, "show", other.number, language="de")
    assert code == 0
    assert f"Kunde {one.number}: Anna Muster" in out and other.number in out
    assert "crm:1" in out and "shop:2" in out and "anna@kunde.example" in out and "same" in out
    shown = told(capsys, "show", one.number)
    assert [record["record"] for record in shown["records"]] == ["crm:1", "shop:2"]
    assert shown["acts"][0]["undoable"] is True


def test_split_takes_records_as_show_prints_them(
    capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]
) -> None:
    one, other = pair
    told(capsys, "merge", one.number, other.number, "--reason", "x")
    act = told(capsys, "split", one.number, "shop:2", "--reason", "not the same")
    assert act["kind"] == "split" and act["customer"] == one.number
    assert Customer.objects.get(number=act["other"]).merged_into_id is None
    code, _out, err = run(capsys, "split", one.number, "shop:2", "--reason", "x")
    assert code == 2 and "no record shop:2" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["merge", "{one}", "{one}", "--reason", "x"], ["one customer already", "sind bereits ein Kunde"]),
        (["merge", "{one}", "{other}", "--reason", " "], ["reason is missing", "Begründung fehlt"]),
        (["merge", "{one}", "100000000", "--reason", "x"], ["check digit", "Prüfziffer"]),
        (["show", "{free}"], ["There is no customer", "keinen Kunden"]),
        (["undo", "nonsense"], ["no decision", "keine Entscheidung"]),
        (["merge", "{one}", "{other}", "--reason", "x", "--by", "a@b.example"], ["Nobody signs in", "Niemand"]),
        (["split", "{one}", "crm:1", "--reason", "x"], ["At least one", "Mindestens einer muss"]),
    ],
)
def test_what_cannot_be_is_a_sentence_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer], arguments: list[str], words: list[str]
) -> None:
    numbers = {"one": pair[0].number, "other": pair[1].number, "free": spaced(customer_number(9_000_000))}
    given = [argument.format(**numbers) for argument in arguments]
    for language, word in zip(("en", "de"), words, strict=True):
        code, out, err = run(capsys, *given, language=language)
        assert (code, out) == (2, "") and word in err and "Traceback" not in err
    assert not IdentityAct.objects.exists()


def test_a_veto_is_named_and_confirmed_by_override(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = customers(known("crm", "4711"), known("crm", "4712"))
    merge = ["merge", one.number, other.number, "--reason", "entered twice"]
    code, _out, err = run(capsys, *merge)
    assert code == 2 and "4711" in err and "4712" in err and "--override" in err
    assert told(capsys, *merge, "--override")["override"] is True


def test_an_undo_that_stands_behind_another_one_names_it(
    capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]
) -> None:
    (third,) = customers(known("till", "3"))
    first = told(capsys, "merge", pair[0].number, pair[1].number, "--reason", "x")
    second = told(capsys, "merge", third.number, pair[0].number, "--reason", "y")
    code, _out, err = run(capsys, "undo", first["uuid"])
    assert code == 2 and second["uuid"] in err


def test_a_database_kept_for_reading_is_not_changed(
    capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]
) -> None:
    Installation.objects.filter(pk=installation().pk).update(read_only=True)
    code, _out, err = run(capsys, "merge", pair[0].number, pair[1].number, "--reason", "x")
    assert code == 2 and "reading only" in err
    assert told(capsys, "show", pair[0].number)["number"] == pair[0].number


def test_verify_repairs_what_is_computed(capsys: pytest.CaptureFixture[str], pair: tuple[Customer, Customer]) -> None:
    told(capsys, "merge", pair[0].number, pair[1].number, "--reason", "x")
    from contextlib import nullcontext

    from rundblick.cli import verify

    before = state()
    Customer.objects.filter(pk=pair[1].pk).update(merged_into_id=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "database", nullcontext)
        assert cli.main(["--lang", "en", "verify", "--only", "merged-customers"]) == 1
        assert cli.main(["--lang", "en", "verify", "--only", "merged-customers", "--repair"]) == 0
    assert "Computed again: merged-customers" in capsys.readouterr().out
    assert state() == before
