"""`rundblick check` through its real entry point: the sample company twice, and what people put into folders."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installations import installation

ROOT = Path(__file__).resolve().parents[2]
RUNDBLICK = str(Path(sys.executable).with_name("rundblick"))


def run(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUNDBLICK_")}
    return subprocess.run(
        [RUNDBLICK, "--lang", "en", "check", *map(str, arguments), "--quiet"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env=environment | {"RUNDBLICK_HOME": str(home), "LANG": "C.UTF-8"},
    )


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with installation() as made:
        yield made.home


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company") / "s"
    command = [sys.executable, "-m", "rundblick_sample.cli", str(folder), "--customers", "200", "--seed", "3"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "exports"


@pytest.fixture(scope="module")
def checked(company: Path, home: Path) -> dict[str, Any]:
    """What a check with everything on says of the company."""
    done = run(company, "--json", "--lang", "de", home=home)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(report: dict[str, Any]) -> dict[str, Any]:
    return {name: (m["value"], m["n"], m["low"], m["high"]) for name, m in report["measures"].items()}


def test_checked_twice_no_figure_changes_and_every_figure_opens_its_cases(
    company: Path, checked: dict[str, Any], tmp_path: Path, home: Path
) -> None:
    first = run(company, "--out", tmp_path / "a", "--cases", tmp_path / "cases", home=home)
    assert first.returncode == 0, first.stderr
    report, again = json.loads((tmp_path / "a" / "report.json").read_bytes()), checked
    assert report["totals"] == again["totals"]
    assert figures(report) == figures(again)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"report.json", "report.html", "report.pdf"}
    assert all(file["rows_read"] == file["rows_kept"] for file in report["input"]["files"])
    assert report["matching"] == again["matching"] | {"text": report["matching"]["text"]}
    with (tmp_path / "cases" / "cases.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == report["totals"]["cases"]


def test_weighing_names_and_addresses_is_a_switch_and_bears_on_the_figures_that_it_names(
    company: Path, checked: dict[str, Any], home: Path
) -> None:
    done = run(company, "--json", "--no-match", home=home)
    assert done.returncode == 0, done.stderr
    weighed, plain = checked, json.loads(done.stdout)
    assert weighed["matching"]["model"] and weighed["matching"]["learned"] == "here"
    assert (plain["matching"]["skipped"], plain["matching"]["model"]) == ("off", "")
    assert weighed["matching"]["by_identifiers"] == plain["matching"]["customers"]
    assert weighed["totals"]["customers"] < plain["totals"]["customers"]
    changed = {
        name
        for name in weighed["measures"].keys() & plain["measures"].keys()
        if weighed["measures"][name]["value"] != plain["measures"][name]["value"]
    }
    assert {"customers", "first_contact_resolution"} <= changed <= set(weighed["matching"]["figures"])
    truth = json.loads((company.parent / "truth" / "measures.json").read_bytes())
    net = truth["first_contact_resolution"]["net_by_contacts"]
    near, far = (abs(one["measures"]["first_contact_resolution"]["value"] - net) for one in (weighed, plain))
    assert near < far


def test_our_clocks_find_the_repairs_that_were_done_in_time(company: Path, tmp_path: Path, home: Path) -> None:
    """The log of repairs has no flag; what the sample company promised stands in its mapping, the truth beside it."""
    shutil.copytree(company / "reparatur", tmp_path / "reparatur")
    shutil.copy(company / "rundblick.toml", tmp_path)
    found = run(tmp_path, "--json", home=home)
    assert found.returncode == 0, found.stderr
    kept = json.loads(found.stdout)["measures"]["promise_kept_share"]
    truth = json.loads((company.parent / "truth" / "measures.json").read_bytes())["cases"]["repairs"]
    in_time = truth["solution_in_time_share"] * truth["resolved_cases"]
    assert kept["value"] * kept["n"] == pytest.approx(in_time, abs=0.01)
    assert kept["n"] >= truth["resolved_cases"]  # and those still open whose time is up
    assert kept["basis"] == "derived" and "by our own clocks: first answer within 4" in kept["definition"]
    assert "Schleswig-Holstein" in kept["definition"]


def test_the_report_names_no_customer(company: Path, tmp_path: Path, home: Path) -> None:
    assert run(company, "--out", tmp_path, home=home).returncode == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    with next((company / "crm").glob("*.csv")).open(encoding="cp1252") as file:
        people = list(csv.DictReader(file, delimiter=";"))
    words = {word for row in people[:80] for word in row.values() if word and ("@" in word or len(word) > 9)}
    assert words
    assert not {word for word in words if word in page}


def test_an_empty_folder_is_said_and_ends_with_2(tmp_path: Path, home: Path) -> None:
    done = run(tmp_path, "--out", tmp_path / "out", home=home)
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert not (tmp_path / "out" / "report.json").exists()


def test_a_folder_that_is_none_and_a_wrong_mapping_are_named(tmp_path: Path, home: Path) -> None:
    missing = run(tmp_path / "nowhere", home=home)
    assert (missing.returncode, "nowhere" in missing.stderr) == (2, True)
    (tmp_path / "a.csv").write_text("nr;zeit\n1;2026-01-01 10:00\n", "utf-8")
    (tmp_path / "rundblick.toml").write_text(
        '[[file]]\nname = "a.csv"\nis = "interactions"\n[file.columns]\nat = "zeitt"\n', "utf-8"
    )
    wrong = run(tmp_path, home=home)
    assert wrong.returncode == 2
    assert "line 5" in wrong.stderr and "zeitt" in wrong.stderr and "zeit" in wrong.stderr


def test_what_cannot_be_read_is_named_and_the_rest_is_counted(tmp_path: Path, home: Path) -> None:
    rows = "".join(f"{i};2026-03-{1 + i % 28:02d} 10:00;K{i % 9};phone\n" for i in range(40))
    (tmp_path / "contacts.csv").write_text("id;when;customer;channel\n" + rows + "x;tomorrow;K1;phone\n", "utf-8")
    (tmp_path / "junk.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "rundblick.toml").write_text(
        '[[file]]\nname = "contacts.csv"\nis = "interactions"\nsystem = "desk"\n[file.columns]\n'
        'at = "when"\nkey = "id"\ncustomer = "customer"\nchannel = "channel"\n'
        '[[file]]\nname = "junk.csv"\nis = "cases"\n[file.columns]\ncase = "id"\n',
        "utf-8",
    )
    done = run(tmp_path, "--json", home=home)
    assert done.returncode == 1, done.stderr
    files = {file["name"]: file for file in json.loads(done.stdout)["input"]["files"]}
    contacts = files["contacts.csv"]
    assert (contacts["rows_read"], contacts["rows_kept"], contacts["rows_unreadable"]) == (41, 40, 1)
    assert contacts["unreadable"][0]["rows"] == [41]
    assert files["junk.csv"]["rows_kept"] == 0 and files["junk.csv"]["remarks"]


def test_without_a_mapping_a_guess_is_written_down_and_said(tmp_path: Path, home: Path) -> None:
    rows = "".join(f"{i};0{1 + i % 9}.03.2026 10:00;K{i % 9};Telefon\n" for i in range(30))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "anrufe.csv").write_text("Nr;Datum;Kundennr;Kanal\n" + rows, "utf-8")
    done = run(folder, "--out", tmp_path / "out", home=home)
    assert done.returncode in (0, 1), done.stderr
    assert "guess" in done.stderr
    assert (tmp_path / "out" / "rundblick-proposal.toml").is_file()
    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["input"]["guessed"] is True
