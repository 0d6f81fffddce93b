"""One data set of bench/identity, without its truth: python -m bench.identity_sets SET FOLDER TRUTH

Writes into FOLDER what the sides read, under names that tell nobody who is who, in a drawn order: ``input/`` with the
set's form and ``rundblick.toml`` for us, ``records.csv`` for the peers; and TRUTH, elsewhere, for the evaluation
alone. The records of the sample company go to the peers as our reader understood them (dates in one form,
telephones as E.164, names without capitals and umlauts, "LAST, FIRST" taken apart): that help is theirs for free.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
SETS = ("febrl3", "febrl4", "fake_1000", "historical_50k", "sample")
LISTS = ("crm/kunden.csv", "shop/customers.csv.gz", "abrechnung/konten.tsv")

_FAKE = """\
[rundblick]
version = 1
timezone = "Europe/London"
language = "en"
country = "DE"

[[file]]
name = "fake_1000.csv"
is = "customers"
system = "fake"
encoding = "utf-8"
delimiter = ","
dates = "year-first"

[file.columns]
key = "unique_id"
first_name = "first_name"
last_name = "surname"
birth_date = "dob"
city = "city"
email = "email"
"""

Rows = list[dict[str, str]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity_sets", description=__doc__.splitlines()[0])
    parser.add_argument("set", choices=SETS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--data", type=Path, help="the folder of the real sets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=20_000, help="of the sample company")
    parser.add_argument("--ours-only", action="store_true", help="no records.csv of the sample company")
    options = parser.parse_args()
    (options.folder / "input").mkdir(parents=True)
    if options.set == "sample":
        sample(options.folder, options.truth, options.customers, options.seed, not options.ours_only)
    else:
        real(options.set, options.folder, options.truth, options.data, random.Random(options.seed))
    return 0


# --- the real sets ------------------------------------------------------------------------------------------------


def real(name: str, folder: Path, truth: Path, data: Path, chance: random.Random) -> None:
    """A set of files: each record gets a drawn name, and its columns lose whatever tells the person."""
    told: list[tuple[str, str]] = []
    records: Rows = []
    number = 0
    for file, system, rows in _files(name, data):
        chance.shuffle(rows)
        blind: Rows = []
        for row in rows:
            number += 1
            key = "rec_id" if "rec_id" in row else "unique_id"
            person = "-".join(row[key].split("-")[:2]) if key == "rec_id" else row.pop("cluster")
            row[key] = f"n{number:07d}"
            told.append((f"{system}:{row[key]}", person))
            blind.append(row)
            rest = {column: value for column, value in row.items() if column != key}
            records.append({"id": f"{system}:{row[key]}", "source": system, **rest})
        _write(folder / "input" / file, blind)
    _write(folder / "records.csv", records)
    _write_truth(truth, told)
    if name == "fake_1000":
        (folder / "rundblick.toml").write_text(_FAKE, "utf-8")
    else:
        example = "historical" if name == "historical_50k" else "febrl"
        shutil.copy(TOP / "examples" / example / "rundblick.toml", folder / "rundblick.toml")


def _files(name: str, data: Path) -> Iterable[tuple[str, str, Rows]]:
    if name == "historical_50k":
        import pyarrow.parquet as parquet

        file = "historical_figures_with_errors_50k.parquet"
        rows: list[dict[str, Any]] = parquet.read_table(data / file).to_pylist()
        yield file, "wikidata", [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
        return
    files = {
        "febrl3": [("dataset3.csv", "febrl3")],
        "febrl4": [("dataset4a.csv", "febrl4a"), ("dataset4b.csv", "febrl4b")],
        "fake_1000": [("fake_1000.csv", "fake")],
    }
    for file, system in files[name]:
        with (data / file).open(newline="", encoding="utf-8") as stream:
            yield file, system, list(csv.DictReader(stream, skipinitialspace=True))


def _write(path: Path, rows: Rows) -> None:
    columns = list(rows[0])
    if path.suffix == ".parquet":
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        table = arrow.table({name: [row[name] or None for row in rows] for name in columns})
        parquet.write_table(table, path)
        return
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _write_truth(path: Path, told: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "person"), *told])


# --- the sample company -------------------------------------------------------------------------------------------


def sample(folder: Path, truth: Path, customers: int, seed: int, peers: bool = True) -> None:
    """The three lists of a fresh sample company: customers of the CRM and the shop, accounts of the billing."""
    company = folder / "company"
    command = [sys.executable, "-m", "rundblick_sample.cli", str(company), "--customers", str(customers)]
    command += ["--interactions", str(customers), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in LISTS:
        target = folder / "input" / name
        target.parent.mkdir()
        shutil.move(company / "exports" / name, target)
    shutil.move(company / "exports" / "rundblick.toml", folder / "rundblick.toml")
    with (company / "truth" / "people.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["system"] in ("crm", "shop", "billing")]
    _write_truth(truth, ((f"{row['system']}:{row['key']}", row["person_id"]) for row in rows))
    shutil.rmtree(company)
    if peers:
        _write(folder / "records.csv", _understood(folder))


def _understood(folder: Path) -> Rows:
    from bench.identity_ours import parties_of
    from rundblick.customers.identifiers import fold_name

    rows: Rows = []
    for party in parties_of(folder):
        facts = party.facts
        last, comma, first = facts.get("name", "").partition(",")
        numbers: dict[str, str] = {}
        for one in party.identifiers:
            numbers.setdefault("crm_no" if one.kind == "customer_no" and one.issuer == "crm" else one.kind, one.value)
        rows.append(
            {
                "id": f"{party.system}:{party.key}",
                "source": party.system,
                "first_name": fold_name(facts.get("first_name") or (first if comma else "")),
                "last_name": fold_name(facts.get("last_name") or last),
                "dob": facts.get("birth_date", ""),
                "street": fold_name(facts.get("street", "")),
                "postcode": facts.get("postcode", ""),
                "city": fold_name(facts.get("city", "")),
                "phone": numbers.get("phone", ""),
                "email": numbers.get("email", ""),
                "crm_no": numbers.get("crm_no", ""),
            }
        )
    return rows


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    raise SystemExit(main())
