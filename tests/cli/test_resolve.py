"""rundblick resolve: files in, one customer number a record out; bad input is named and the rest goes on."""

from __future__ import annotations

import csv
import json
import random
import signal
from collections import defaultdict
from pathlib import Path

import pytest

from rundblick.cli import main
from rundblick.core.numbers import is_valid
from rundblick.customers import on_spark
from tests.cli.running import until
from tests.installations import Installation

MAPPING = """
[rundblick]
version = 1

[[file]]
name = "crm/kunden.csv"
is = "customers"
system = "crm"
dates = "day-first"
unknown = ["-"]
[file.columns]
key = "nr"
first_name = "vorname"
last_name = "nachname"
street = "strasse"
house_number = "haus"
postcode = "plz"
city = "ort"
birth_date = "geb"
email = "mail"
phone = "tel"
[file.identifiers]
customer_no = "nr"

[[file]]
name = "shop.csv"
is = "customers"
system = "shop"
dates = "year-first"
[file.columns]
key = "id"
name = "name"
street = "street"
postcode = "zip"
city = "city"
birth_date = "born"
email = "email"
[file.identifiers]
"customer_no@crm" = "crm_no"
[file.facts]
occupation = "job"

[[file]]
name = "anrufe.csv"
is = "calls"
system = "phone"
dates = "day-first"
[file.columns]
at = "zeit"
phone = "nummer"
"""
FIRST = (
    "Anna",
    "Bert",
    "Clara",
    "Dora",
    "Emil",
    "Frida",
    "Georg",
    "Hanna",
    "Ida",
    "Jan",
    "Karl",
    "Lena",
    "Max",
    "Nora",
)
LAST = ("Albers", "Brandt", "Cordes", "Detlefs", "Evers", "Frahm", "Gosch", "Harms", "Iwers", "Jensen", "Kruse", "Mohr")
STREETS = ("Am Hang", "Birkenweg", "Deichstraße", "Eichenallee", "Feldrain", "Gartenweg", "Hafenstraße", "Lindenplatz")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 invented people in two systems, half of them in both, and a few calls."""
    folder = tmp_path_factory.mktemp("exports")
    chance = random.Random(4)
    (folder / "crm").mkdir()
    crm, shop = (
        ["nr;vorname;nachname;strasse;haus;plz;ort;geb;mail;tel"],
        ["id,name,street,zip,city,born,email,crm_no,job"],
    )
    for n in range(240):
        first, last, street = chance.choice(FIRST), chance.choice(LAST), chance.choice(STREETS)
        year, month, day = chance.randint(1940, 2004), chance.randint(1, 12), chance.randint(1, 28)
        house, postcode = chance.randint(1, 90), f"24{chance.randint(100, 199)}"
        mail = f"{first}.{last}{n}@post.example".lower()
        if n % 2 == 0 or n % 3 == 0:
            crm.append(
                f"K{n:04d};{first};{last};{street};{house};{postcode};Kiel;{day:02d}.{month:02d}.{year};{mail};"
                f"0431 55{n:05d}"
            )
        if n % 2 == 0 or n % 3:
            number = f"K{n:04d}" if n % 10 == 0 else ""
            shop.append(
                f'S{n:04d},"{first} {last}",{street} {house},{postcode},Kiel,{year}-{month:02d}-{day:02d},'
                f"{mail if n % 4 else ''},{number},{chance.choice(['cook', 'clerk', ''])}"
            )
    (folder / "crm" / "kunden.csv").write_text("\n".join(crm) + "\n", "utf-8")
    (folder / "shop.csv").write_text("\n".join(shop) + "\n", "utf-8")
    (folder / "anrufe.csv").write_text("zeit;nummer\n1.3.2026 10:00;0431 5500000\n2.3.2026 10:00;+4915112345678\n")
    (folder / "rundblick.toml").write_text(MAPPING, "utf-8")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def resolve(*arguments: object) -> int:
    return main.main(["--lang", "en", "resolve", *map(str, arguments)])


def test_every_record_gets_a_number_with_a_check_digit(company: Path, tmp_path: Path) -> None:
    assert resolve(company, "--out", tmp_path / "c.csv", "--quiet") == 0
    found = rows(tmp_path / "c.csv")
    assert list(found[0]) == ["source", "record_id", "customer_number"]
    number = {f"{row['source']}:{row['record_id']}": row["customer_number"] for row in found}
    assert len(number) == len(found) == 160 + 200 + 2
    assert all(is_valid(one) and one[0] in "1234" for one in number.values())
    parts = defaultdict(list)
    for record, one in number.items():
        parts[one].append(record)
    # who is in both systems under one name, birth date and address is one customer, and few others are
    both = range(0, 240, 2)
    joined = sum(number[f"crm:K{n:04d}"] == number[f"shop:S{n:04d}"] for n in both)
    assert joined >= 0.95 * len(both)
    assert all(number[f"crm:K{n:04d}"] == number[f"shop:S{n:04d}"] for n in range(0, 240, 10))
    assert len(parts) >= 240 - 5
    assert "phone:'+4915112345678" in number


def test_the_same_input_gives_the_same_bytes_in_whatever_order_files_are_named(company: Path, tmp_path: Path) -> None:
    files = [company / "crm" / "kunden.csv", company / "shop.csv", company / "anrufe.csv"]
    for name, inputs in (("a", [company]), ("b", files), ("c", files[::-1])):
        assert resolve(*inputs, "--map", company / "rundblick.toml", "--out", tmp_path / name, "--quiet") == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_a_saved_model_decides_again_what_it_decided(company: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.json"
    assert resolve(company, "--out", tmp_path / "a.csv", "--save-model", model, "--quiet") == 0
    assert resolve(company, "--out", tmp_path / "b.csv", "--model", model, "--save-model", tmp_path / "n.json") == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert model.read_bytes() == (tmp_path / "n.json").read_bytes()


def test_the_explanation_of_a_pair_adds_up(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve(company, "--json", "--explain", "crm:K0002", "S0002", "--quiet") == 0
    answer = json.loads(capsys.readouterr().out)
    told = answer["explanation"]
    assert (told["a"], told["b"], told["customer_a"]) == ("crm:K0002", "shop:S0002", told["customer_b"])
    assert sum(field["weight"] for field in told["fields"]) == pytest.approx(told["score"], abs=1e-6)
    assert {"first_name", "last_name", "birth_date"} <= {field["field"] for field in told["fields"]}
    assert answer["records"] == 362 and answer["model"]
    assert resolve(company, "--explain", "crm:K0002", "shop:S0002", "--quiet") == 0
    text = capsys.readouterr().out
    assert "crm:K0002" in text and "one customer: " in text and f"{told['score']:+.2f}" in text


def test_unsure_pairs_are_written_field_by_field(company: Path, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "crm").mkdir()
    for name in ("crm/kunden.csv", "shop.csv", "rundblick.toml"):
        (exports / name).write_bytes((company / name).read_bytes())
    planted = set()
    with (exports / "shop.csv").open("a", encoding="utf-8") as file:  # sons of one name
        for number, father in enumerate(rows_of_crm(company)[:12]):
            planted.add((father["nr"], f"S90{number:02d}"))
            file.write(
                f'S90{number:02d},"{father["vorname"]} {father["nachname"]}",{father["strasse"]} {father["haus"]},'
                f"{father['plz']},Kiel,2019-11-30,,,\n"
            )
    review = tmp_path / "review.csv"
    assert resolve(exports, "--out", tmp_path / "c.csv", "--review", review, "--quiet") == 0
    numbers = {f"{row['source']}:{row['record_id']}": row["customer_number"] for row in rows(tmp_path / "c.csv")}
    pairs: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(review):
        pairs[row["pair"]].append(row)
        assert row["customer_a"] != row["customer_b"]
        assert numbers[f"{row['source_a']}:{row['record_a']}"] == row["customer_a"]
    assert planted & {(row["record_a"], row["record_b"]) for row in rows(review)}
    scores = [float(fields[0]["score"]) for fields in pairs.values()]
    assert scores == sorted(scores, reverse=True)
    for fields in pairs.values():
        assert sum(float(field["weight"]) for field in fields) == pytest.approx(float(fields[0]["score"]), abs=0.02)


def rows_of_crm(company: Path) -> list[dict[str, str]]:
    with (company / "crm" / "kunden.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


# --- bad input ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "crm").mkdir()
    good = (company / "crm" / "kunden.csv").read_text("utf-8").splitlines()
    good.insert(3, "K9998;zu;wenige")
    good.insert(9, ";ohne;Nummer;;;;;;;")
    (tmp_path / "crm" / "kunden.csv").write_text("\n".join(good) + "\n", "utf-8")
    (tmp_path / "shop.csv").write_bytes(b"id,name\x00\xff\x00\x01" * 400)
    (tmp_path / "rundblick.toml").write_text(MAPPING, "utf-8")
    out = tmp_path / "c.csv"
    assert resolve(tmp_path, "--out", out, "--quiet") == 1
    said = capsys.readouterr().err
    assert "crm/kunden.csv: " in said and "Rows: 1 (3)" in said and '"nr" is empty' in said and "Rows: 1 (9)" in said
    assert "shop.csv: " in said
    assert len(rows(out)) == 160


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_wrong_mapping_is_told_before_anything_is_read(
    company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(MAPPING.replace('first_name = "vorname"', 'first_name = "rufname"'), "utf-8")
    out = tmp_path / "c.csv"
    assert main.main(["resolve", str(company), "--map", str(wrong), "--out", str(out), "--lang", language]) == 2
    said = capsys.readouterr().err
    assert "rufname" in said and "crm/kunden.csv" in said
    assert ("Zeile 13" if language == "de" else "line 13") in said
    assert not out.exists()


def test_without_a_result_it_says_what_to_do(company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: object) -> str:
        assert resolve(*arguments) == 2
        return capsys.readouterr().err

    assert "--out" in said(company)
    assert "nirgends" in said(company / "nirgends", "--out", tmp_path / "c.csv")
    assert "there is no such folder" in said(company, "--out", tmp_path / "none" / "c.csv")
    assert "would be overwritten" in said(
        company / "shop.csv", "--map", company / "rundblick.toml", "--out", company / "shop.csv"
    )
    (tmp_path / "lone.csv").write_text("a;b\n1;2\n")
    assert "rundblick map" in said(tmp_path / "lone.csv", "--out", tmp_path / "c.csv")
    assert "no entry of the mapping" in said(
        tmp_path / "lone.csv", "--map", company / "rundblick.toml", "--out", tmp_path / "c.csv"
    )
    (tmp_path / "m.json").write_text('{"weights": 1}')
    assert "--save-model" in said(company, "--model", tmp_path / "m.json", "--out", tmp_path / "c.csv")
    assert "crm:K9999" in said(company, "--explain", "crm:K9999", "crm:K0002")
    assert not (tmp_path / "c.csv").exists()


def test_a_bare_id_that_two_sources_have_is_asked_back(
    tmp_path: Path, company: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.csv").write_text(
        (company / "shop.csv").read_text("utf-8") + 'K0002,"Zoe Zander",,,,,,,\n', "utf-8"
    )
    inputs = [company / "crm" / "kunden.csv", tmp_path / "shop.csv", "--map", company / "rundblick.toml"]
    assert resolve(*inputs, "--explain", "K0002", "S0002") == 2
    assert "crm:K0002, shop:K0002" in capsys.readouterr().err


def test_cells_that_could_be_formulas_are_quoted(company: Path, tmp_path: Path) -> None:
    with_formula = (company / "shop.csv").read_text("utf-8") + '=cmd(),"@Zander",,,,,,,\n'
    (tmp_path / "shop.csv").write_text(with_formula, "utf-8")
    out = tmp_path / "c.csv"
    assert resolve(tmp_path / "shop.csv", "--map", company / "rundblick.toml", "--out", out, "--quiet") == 0
    assert "'=cmd()" in {row["record_id"] for row in rows(out)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_the_old_result(company: Path, tmp_path: Path, number: int) -> None:
    made = Installation(tmp_path / "home")
    out = tmp_path / "c.csv"
    out.write_text("old")
    process = made.start("resolve", str(company), "--out", str(out))
    try:
        until(lambda: bool(children_of(process.pid)) or process.poll() is not None, "the reading child")
        process.send_signal(number)
        code = process.wait(30)
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
    assert code in (130, -number)
    assert out.read_text() == "old"
    if number != signal.SIGKILL:
        assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def children_of(pid: int) -> str:
    """The reading child of the command: it is at work."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()
    except OSError:
        return ""


def test_without_spark_it_is_said_what_is_missing(
    company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_spark, "NEEDED", ("a_package_that_nobody_has",))
    assert resolve(company, "--out", tmp_path / "c.csv", "--engine", "spark") == 2
    assert "rundblick[spark]" in capsys.readouterr().err
    monkeypatch.setattr(on_spark, "NEEDED", ())
    monkeypatch.setenv("PATH", "")
    assert resolve(company, "--out", tmp_path / "c.csv", "--engine", "spark") == 2
    assert "Java 17" in capsys.readouterr().err
    assert not (tmp_path / "c.csv").exists()
