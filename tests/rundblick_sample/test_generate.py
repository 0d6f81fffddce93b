"""The whole generator: sizes, the same bytes for the same seed, clear refusals, the command line."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rundblick_sample.cli import main
from rundblick_sample.generate import generate
from tests.rundblick_sample.reading import archive, measures, table, truth


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run_with_hash_seed(out: Path, hash_seed: str) -> None:
    command = [sys.executable, "-m", "rundblick_sample.cli", str(out), "--customers", "200", "--seed", "5"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    run_with_hash_seed(tmp_path / "one", "1")
    run_with_hash_seed(tmp_path / "two", "2")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    generate(tmp_path / "one", 200, seed=5)
    generate(tmp_path / "two", 200, seed=6)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    same = {name for name in one if one[name] == two.get(name)}
    assert same == {"exports/rundblick.toml"}


def test_two_hundred_customers_take_less_than_three_seconds(tmp_path: Path) -> None:
    start = time.process_time()
    summary = generate(tmp_path / "out", 200, seed=1)
    assert time.process_time() - start < 3
    assert summary.customers == 200
    assert 1_600 <= summary.interactions < 1_650


def test_the_number_of_contacts_can_be_asked_for(tmp_path: Path) -> None:
    wanted: list[tuple[int, int]] = []
    summary = generate(
        tmp_path / "out", 4_500, seed=2, interactions=3_000, progress=lambda done, all_: wanted.append((done, all_))
    )
    assert 3_000 <= summary.interactions < 3_050
    assert [step[1] for step in wanted] == [3_000, 3_000]  # two blocks
    assert wanted[-1][0] == summary.interactions


def test_numbers_and_addresses_of_several_blocks_do_not_collide(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(out, 4_500, seed=3, interactions=2_300)
    for name, key, delimiter, encoding in (
        ("crm/kunden.csv", "KDNR", ";", "cp1252"),
        ("shop/customers.csv.gz", "customer_id", ",", "utf-8"),
        ("shop/orders.csv.gz", "order_no", ",", "utf-8"),
        ("abrechnung/konten.tsv", "KONTO", "\t", "utf-8-sig"),
    ):
        keys = [row[key] for row in table(out / "exports" / name, delimiter, encoding)]
        assert len(keys) == len(set(keys)) > 1_000
    owners: dict[str, set[str]] = {}
    for row in truth(out, "people.csv"):
        if row["system"] == "mail":
            owners.setdefault(row["key"], set()).add(row["household_id"])
    assert all(len(households) == 1 for households in owners.values())


def test_every_customer_is_in_some_export(company: Path) -> None:
    assert measures(company)["persons"] == 600
    assert len({row["person_id"] for row in truth(company, "people.csv")}) == 600


@pytest.mark.parametrize(("customers", "interactions"), [(199, None), (1_000_001, None), (300, 100), (300, 200_000)])
def test_sizes_outside_the_limits_are_refused(tmp_path: Path, customers: int, interactions: int | None) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        generate(tmp_path / "out", customers, 1, interactions)
    assert not (tmp_path / "out").exists()


def test_an_existing_company_is_not_overwritten(company: Path) -> None:
    before = digests(company)
    with pytest.raises(FileExistsError, match="choose an empty folder"):
        generate(company, 200, 1)
    assert digests(company) == before


def test_the_command_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out"), "--customers", "200", "--seed", "9"]) == 0
    said = capsys.readouterr()
    assert "200 customers" in said.out
    assert str(tmp_path / "out" / "exports") in said.out
    assert "of 1,600 contacts" in said.err
    assert archive(tmp_path / "out")


def test_the_command_refuses_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out"), "--customers", "7"]) == 2
    assert "between 200 and 1,000,000, not 7" in capsys.readouterr().err


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "rundblick-sample /tmp/nordlicht --customers 2000" in capsys.readouterr().out
