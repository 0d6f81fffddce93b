"""``rundblick customers`` through the real entry point: match, model, runs, undo, review, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rundblick.cli import main as cli
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.customers.models import MatchModel, MatchRun, ReviewItem
from rundblick.customers.weighed import running
from tests.customers.known import come, state
from tests.customers.test_weighed import berta, one
from tests.customers.town import learned, mobile, town
from tests.people.house import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_tests_database")]


def run(capsys: pytest.CaptureFixture[str], *arguments: str, language: str = "en") -> tuple[int, str, str]:
    code = cli.main(["--lang", language, "customers", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_match_shows_before_it_writes_and_is_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    come(*town(120, seed=3)[0])
    before = state()
    shown = told(capsys, "match", "--dry-run")
    assert shown["merges"] and shown["customers_after"] < shown["customers_before"]
    assert state() == before and not MatchRun.objects.exists() and not MatchModel.objects.exists()
    code, out, _err = run(capsys, "match", "--quiet", language="de")
    assert code == 0 and "abgeglichen" in out
    done = MatchRun.objects.get()
    assert f"rundblick customers undo {done.uuid}" in out
    assert MatchModel.objects.get().version == shown["model"]
    code, out, _err = run(capsys, "undo", str(done.uuid), "--quiet")
    assert code == 0 and "taken back" in out
    assert state()["assignments"] == before["assignments"]
    assert [row["kind"] for row in told(capsys, "runs")] == ["undo", "match"]


def test_a_new_model_waits_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    user = a_user("Lena", "lead")
    come(*town(120, seed=3)[0])
    run(capsys, "match", "--quiet")
    come(*town(120, seed=4)[0][60:])
    before = state()
    _code, out, _err = run(capsys, "match", "--train", "--quiet")
    new = MatchModel.objects.order_by("-id")[0]
    assert f"rundblick customers model adopt {new.version}" in out
    assert not new.in_force and state() == before
    listed = told(capsys, "model", "list")
    assert [row["in_force"] for row in listed] == [False, True]
    code, out, _err = run(capsys, "model", "adopt", new.version[:6], "--by", user.email, "--quiet")
    assert code == 0 and new.version in out
    assert running.model_in_force() == new
    code, _out, err = run(capsys, "model", "adopt", "zzzz")
    assert code == 2 and "model list" in err


def test_review_lists_and_answers(capsys: pytest.CaptureFixture[str]) -> None:
    records = come(berta("crm", "1", mobile("+491500000001")), berta("crm", "2", mobile("+491500000001")))
    running.match(running.look(learned()))
    code, out, _err = run(capsys, "review", language="de")
    assert code == 0 and "crm:1" in out and "crm:2" in out and "Berta Zarnow" in out and "zwei Nummern" in out
    uuid = str(ReviewItem.objects.get().uuid)
    code, _out, err = run(capsys, "review", uuid)
    assert code == 2 and "same, different" in err
    assert told(capsys, "review", uuid, "same", "--reason", "phoned") == {"uuid": uuid, "state": "answered"}
    assert one(*records)
    code, _out, err = run(capsys, "review", uuid, "different")
    assert code == 2 and "settled" in err
    assert told(capsys, "review", uuid, "undo")["state"] == "open"
    assert not one(*records)


def test_what_cannot_be_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, _out, err = run(capsys, "match", "--quiet")
    assert code == 2 and "import some first" in err
    code, _out, err = run(capsys, "undo", "x", "--quiet", language="de")
    assert code == 2 and "keinen solchen Lauf" in err
    installation()
    Installation.objects.update(read_only=True)
    code, _out, err = run(capsys, "match", "--quiet")
    assert code == 2 and "reading only" in err


def test_somebody_is_looked_up_by_what_is_known_of_him(capsys: pytest.CaptureFixture[str]) -> None:
    come(*town(60, seed=3)[0], berta("crm", "1"))
    running.match(running.look(learned()))
    asked = ("--first-name", "Berta", "--last-name", "Zarnow", "--birth-date", "1971-03-04", "--street", "Nordring 5")
    found = told(capsys, "identify", *asked)
    assert (found["decision"], found["customers"][0]["name"]) == ("same", "Berta Zarnow")
    code, out, _ = run(capsys, "identify", *asked, language="de")
    assert code == 0 and out.startswith("es ist der erste") and "crm:1" in out
    now = ("--first-name", "Berta", "--last-name", "Dorn", "--birth-date", "1971-03-04")
    before = ("--former-last-name", "Zarnow", "--former-street", "Nordring 5", "--former-city", "Kiel")
    assert told(capsys, "identify", *now, *before)["customers"][0]["key"] == "1"
    assert told(capsys, "identify", *now)["decision"] == "new"
    assert "niemand wird gefunden" in run(capsys, "identify", "--last-name", "Quittenbaum", language="de")[1]
    assert run(capsys, "identify")[0] == 2
