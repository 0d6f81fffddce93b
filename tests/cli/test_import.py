"""``rundblick import`` and who is one customer: the model in force decides, and only that one."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from rundblick.cli import import_
from rundblick.cli import main as cli
from rundblick.customers.models import MatchIndex, MatchModel, MatchRun
from rundblick.customers.weighed.running import look, match, standing_runs, undo_run
from rundblick.exports.feeding import Fed, feed
from rundblick.intake.walking import RoadStopped
from tests.customers.known import come, partition
from tests.customers.test_weighed import berta
from tests.customers.town import learned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_tests_database", "_here")]

MAPPING = """
[rundblick]
version = 1

[[file]]
name = "kunden.csv"
is = "customers"
system = "till"
[file.columns]
key = "nr"
first_name = "vorname"
last_name = "nachname"
birth_date = "geboren"
street = "strasse"
postcode = "plz"
city = "ort"
"""


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_, "database", nullcontext)
    monkeypatch.setattr(import_, "migrate", lambda: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rundblick.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "kunden.csv").write_text(
        "nr;vorname;nachname;geboren;strasse;plz;ort\nT3;Berta;Zarnow;1971-03-04;Nordring 5;24111;Kiel\n", "utf-8"
    )
    return tmp_path


def customers() -> int:
    return len(partition())


def test_what_came_is_compared_by_the_model_in_force_as_one_act(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    come(berta("crm", "1"))
    match(look(learned()))
    assert cli.main(["--lang", "en", "import", str(folder), "--quiet"]) == 0
    run = MatchRun.objects.order_by("-id")[0]
    assert customers() == 1 and f"rundblick customers undo {run.uuid}" in capsys.readouterr().err
    undo_run(run.pk)
    assert customers() == 2 and len(standing_runs()) == 1


def test_without_a_model_none_comes_into_force_and_it_is_said_how_to_learn_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    come(berta("crm", "1"))
    assert cli.main(["--lang", "en", "import", str(folder), "--quiet"]) == 0
    assert "rundblick customers match --dry-run" in capsys.readouterr().err
    assert customers() == 2 and not MatchModel.objects.exists() and not MatchRun.objects.exists()


def test_it_can_be_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    come(berta("crm", "1"))
    match(look(learned()))
    assert cli.main(["--lang", "de", "import", str(folder), "--quiet", "--no-match"]) == 0
    assert customers() == 2 and MatchRun.objects.count() == 1
    assert not MatchIndex.objects.exists() and "rundblick customers match" in capsys.readouterr().err


def test_rows_are_not_weighed_one_by_one_and_what_comes_in_afterwards_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(berta("crm", "1"))
    match(look(learned()))
    while_it_walks: list[bool] = []

    def walking(*args: Any) -> list[Fed]:
        told = feed(*args)
        while_it_walks.append(MatchIndex.objects.exists())
        assert customers() == 2
        return told

    monkeypatch.setattr(import_, "feed", walking)
    assert cli.main(["--lang", "en", "import", str(folder), "--quiet"]) == 0
    assert while_it_walks == [False] and customers() == 1
    come(berta("shop", "S2"))
    assert customers() == 1


def test_an_import_that_breaks_off_leaves_nothing_unweighed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    come(berta("crm", "1"))
    match(look(learned()))

    def broken(*args: Any) -> list[Fed]:
        feed(*args)
        raise RoadStopped("the disk is full")

    monkeypatch.setattr(import_, "feed", broken)
    assert cli.main(["--lang", "en", "import", str(folder), "--quiet"]) != 0
    assert customers() == 1 and MatchIndex.objects.exists() and MatchRun.objects.count() == 1
    run = match(look(learned()))
    assert (run.added, run.ended, run.moved) == (0, 0, 0)
