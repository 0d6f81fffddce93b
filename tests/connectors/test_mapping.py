"""The mapping file: what it may say, and how it refuses what it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.fields import FIELDS, REQUIRED
from rundblick.connectors.mapping import (
    FileMapping,
    MappingError,
    missing_columns,
    nearest,
    parse_mapping,
    read_mapping,
)
from rundblick.connectors.texts import problem_text
from rundblick.core.promises import Level

ROOT = Path(__file__).parents[2]

GOOD = """\
[rundblick]
version = 1
timezone = "Europe/Vienna"
country = "AT"

[[file]]
name = "faelle/*.csv"
is = "case_events"
key = ["nr", "zaehler"]
unknown = ["?"]

[file.columns]
case = "nr"
at = "datum"
at_time = "uhrzeit"
state = "status"

[file.fixed]
channel = "phone"

[file.identifiers]
"customer_no@crm" = "kdnr"
phone = ["tel1", "tel2"]

[file.verified]
email = true

[file.values.state]
Neu = "new"
"wartet auf Kunde" = "pending"
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text)
    for problem in caught.value.problems:
        said = problem_text(problem)
        assert "%(" not in said
        assert "?" not in said.replace("(did you mean", "").replace("?)", ""), said
    return [(problem.line, problem.note.code) for problem in caught.value.problems]


def test_a_mapping_is_read_whole() -> None:
    mapping = parse_mapping(GOOD)
    (entry,) = mapping.files
    assert (mapping.timezone, mapping.country, mapping.guessed) == ("Europe/Vienna", "AT", False)
    assert (entry.means, entry.key, entry.columns["at_time"]) == ("case_events", ("nr", "zaehler"), "uhrzeit")
    assert [(one.kind, one.issuer, one.column) for one in entry.identifiers] == [
        ("customer_no", "crm", "kdnr"),
        ("phone", "", "tel1"),
        ("phone", "", "tel2"),
    ]
    assert entry.values["state"]["wartet auf Kunde"] == "pending"
    assert entry.fixed == {"channel": "phone"}
    assert entry.verified == ("email",)


def test_the_example_of_the_documentation_is_a_mapping() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.S)
    assert example is not None
    with_time = example[1].replace('case = "number"', 'case = "number"\nat = "updated"')
    assert parse_mapping(with_time).files[0].system == "servicedesk"


def test_every_field_of_the_documentation_exists_and_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    contact = set(re.findall(r"`(\w+)`", text.partition("Contact details in a row")[2].partition(") may be")[0]))
    for means, fields in FIELDS.items():
        row = re.search(rf"^\| `{means}` \|[^|]*\| (.*) \|$", text, re.M)
        assert row is not None
        told = re.sub(r"\([^)]*\)", "", row[1])
        if "all of `cases`" in told:
            told = told.replace("all of `cases`", ", ".join(FIELDS["cases"])).replace(", and ", ", ")
        named = {name.strip(" *") for name in told.split(",")}
        assert named | contact >= set(fields), means
        assert named <= set(fields), means
        assert set(re.findall(r"\*\*(\w+)\*\*", row[1])) | {"case"} >= set(REQUIRED[means])


def test_the_example_of_the_service_desk_is_a_mapping() -> None:
    assert read_mapping(ROOT / "examples" / "servicedesk" / "rundblick.toml").files[0].means == "case_events"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('country = "AT"', 'country = "US"'), (4, "mapping.not_one_of")),
        (("Europe/Vienna", "Europe/Wien"), (3, "mapping.timezone")),
        (("version = 1", "version = 2"), (2, "mapping.version")),
        (('is = "case_events"', 'is = "case_event"'), (8, "mapping.meaning")),
        (("unknown = [", "unknwon = ["), (10, "mapping.unknown_key")),
        (('unknown = ["?"]', "unknown = 3"), (10, "mapping.wrong_type")),
        (('case = "nr"', 'case = "nr"\nkase = "x"'), (14, "mapping.unknown_field")),
        (('at = "datum"\nat_time', "at_time"), (14, "mapping.time_alone")),
        (('case = "nr"\n', ""), (12, "mapping.missing_field")),
        (('channel = "phone"', 'channel = "fon"'), (19, "mapping.not_one_of")),
        (('channel = "phone"', 'state = "new"'), (19, "mapping.column_and_fixed")),
        (('"customer_no@crm"', '"customer_nr@crm"'), (22, "mapping.identifier")),
        (("email = true", 'email = "yes"'), (26, "mapping.wrong_type")),
        (('Neu = "new"', 'Neu = "neu"'), (29, "mapping.not_one_of")),
        (("[file.values.state]", "[file.values.stat]"), (28, "mapping.unknown_field")),
        (('key = ["nr"', 'dates = "days-first"\nkey = ["nr"'), (9, "mapping.dates")),
        (('key = ["nr"', 'dates = "%H:%M"\nkey = ["nr"'), (9, "mapping.dates")),
        (('key = ["nr"', 'delimiter = ";;"\nkey = ["nr"'), (9, "mapping.delimiter")),
        (('key = ["nr"', 'encoding = "utf8-8"\nkey = ["nr"'), (9, "mapping.encoding")),
        (('key = ["nr"', 'mojibake = "x"\nkey = ["nr"'), (9, "mapping.not_one_of")),
        (('key = ["nr"', 'system = "CRM 1"\nkey = ["nr"'), (9, "mapping.system")),
        (('key = ["nr"', 'own = ["a@b.example"]\nkey = ["nr"'), (9, "mapping.only_mail")),
        (("[rundblick]", "[rundblik]"), (1, "mapping.unknown_key")),
        (('name = "faelle/*.csv"\n', ""), (6, "mapping.missing_key")),
    ],
)
def test_a_mistake_is_told_with_its_line(change: tuple[str, str], expected: tuple[int, str]) -> None:
    assert change[0] in GOOD
    assert expected in problems(GOOD.replace(*change, 1))


PERSONS = """\
[[file]]
name = "persons.csv"
is = "customers"

[file.columns]
key = "nr"

[file.facts]
occupation = "Beruf"
birth_place = "geboren in"

[file.values.occupation]
"Bäcker" = "baker"
"""


def test_a_list_of_customers_may_have_facts_of_its_own() -> None:
    (entry,) = parse_mapping(PERSONS).files
    assert entry.facts == {"occupation": "Beruf", "birth_place": "geboren in"}
    assert entry.values["occupation"] == {"Bäcker": "baker"}
    (missing,) = missing_columns(entry, ["nr", "geboren in"], "persons.csv")
    assert (missing.line, missing.note.values["column"]) == (9, "Beruf")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('is = "customers"', 'is = "cases"'), (8, "mapping.no_facts_here")),
        (("occupation =", "last_name ="), (9, "mapping.fact_taken")),
        (("occupation =", "customer_no ="), (9, "mapping.fact_taken")),
        (("occupation =", "tier ="), (9, "mapping.fact_taken")),
        (("occupation =", '"der Beruf" ='), (9, "mapping.fact_name")),
        (("occupation =", f"{'x' * 41} ="), (9, "mapping.fact_name")),
        (('"Beruf"', "7"), (9, "mapping.wrong_type")),
        (('"Beruf"', '["Beruf"]'), (9, "mapping.wrong_type")),
        (("[file.facts]", "[file.fact]"), (8, "mapping.unknown_key")),
        (("[file.values.occupation]", "[file.values.beruf]"), (12, "mapping.unknown_field")),
        (('= "baker"', "= 1"), (13, "mapping.wrong_type")),
    ],
)
def test_a_mistake_in_facts_is_told_with_its_line(change: tuple[str, str], expected: tuple[int, str]) -> None:
    assert change[0] in PERSONS
    assert expected in problems(PERSONS.replace(*change, 1))


def test_a_field_that_was_once_another_may_name_several_columns_of_a_list_of_customers() -> None:
    several = PERSONS.replace('key = "nr"', 'key = "nr"\nstreet = ["s", "s_alt"]')
    assert parse_mapping(several).files[0].columns == {"key": "nr", "street": "s", "former_street": "s_alt"}
    assert problems(several.replace('["s", "s_alt"]', '["a", "b", "c", "d"]')) == [(7, "mapping.too_many_columns")]
    assert problems(several.replace("street =", "since =")) == [(7, "mapping.wrong_type")]


def test_whether_a_system_gives_each_person_one_number_can_be_said() -> None:
    said = PERSONS.replace('is = "customers"', 'is = "customers"\nsystem = "crm"\nexclusive_numbers = "yes"')
    assert parse_mapping(said).exclusive() == {"crm": "yes"}
    assert parse_mapping(PERSONS).exclusive() == {}
    assert problems(said.replace('"yes"', '"often"')) == [(5, "mapping.not_one_of")]


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/passwd", "a/../../x.csv", "C:\\\\x.csv", "~/x.csv", "\\\\\\\\server\\\\x"]
)
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    assert (7, "mapping.outside") in problems(GOOD.replace("faelle/*.csv", name))


PROMISE = """\
[promise]
hours = "Mo-Fr 08:00-12:00 13:00-17:00"
holidays = "DE-SH"
closed = [2026-12-24, "2026-12-31"]
reaction_hours = 4
resolution_hours = 27

[[promise.level]]
tier = "gold"
channel = ["phone", "chat"]
hours = "Mo-So 00:00-24:00"
resolution_hours = 8.5

"""


def test_a_promise_is_read_its_levels_first_and_what_holds_for_all_last() -> None:
    promise = parse_mapping(PROMISE + GOOD).promise
    assert promise is not None
    assert promise.levels == (
        Level(None, 8.5, channels=("phone", "chat"), tiers=("gold",), hours="Mo-So 00:00-24:00"),
        Level(4, 27),
    )
    assert (promise.zone, promise.pending, promise.closed) == ("Europe/Vienna", "pauses", ("2026-12-24", "2026-12-31"))
    assert parse_mapping(GOOD).promise is None


def test_the_promise_of_the_documentation_is_one() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    example = next(block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "[promise]" in block)
    promise = parse_mapping(example + GOOD).promise
    assert promise is not None and len(promise.levels) == 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("Mo-Fr 08:00-12:00", "Mo-Fr 8-12"), (2, "mapping.calendar")),
        (("Mo-Fr 08:00-12:00 13:00-17:00", "Mo-Fr 17:00-08:00"), (2, "mapping.calendar")),
        (("Mo-Fr 08:00-12:00 13:00-17:00", ";"), (2, "mapping.never_open")),
        (("DE-SH", "DE-XX"), (3, "mapping.calendar")),
        (("DE-SH", "SH"), (3, "mapping.calendar")),
        (("2026-12-24", '"24.12.2026"'), (4, "mapping.no_day")),
        (('[2026-12-24, "2026-12-31"]', "2026-12-24"), (4, "mapping.closed_is_no_list")),
        (("reaction_hours = 4", 'reaction_hours = "4h"'), (5, "mapping.hours_are_a_number")),
        (("reaction_hours = 4", "reaction_hours = true"), (5, "mapping.hours_are_a_number")),
        (("reaction_hours = 4", "reaction_hours = nan"), (5, "mapping.hours_out_of_range")),
        (("resolution_hours = 27", "resolution_hours = 0"), (6, "mapping.hours_out_of_range")),
        (("resolution_hours = 27", "resolution_hours = 3"), (6, "mapping.resolved_before_reaction")),
        (("resolution_hours = 27", "solution_hours = 27"), (6, "mapping.unknown_key")),
        (("resolution_hours = 27", 'pending = "stops"'), (6, "mapping.not_one_of")),
        (("resolution_hours = 27", 'timezone = "Europe/Wien"'), (6, "mapping.calendar")),
        (("resolution_hours = 8.5", ""), (8, "mapping.no_target")),
        (('"chat"]', '"tchat"]'), (10, "mapping.not_one_of")),
        (("Mo-So 00:00-24:00", "24/7"), (11, "mapping.calendar")),
        (("[[promise.level]]", "[promise.level]"), (8, "mapping.level_is_no_list")),
    ],
)
def test_a_mistake_in_a_promise_is_told_with_its_line(change: tuple[str, str], expected: tuple[int, str]) -> None:
    assert problems((PROMISE + GOOD).replace(*change, 1)) == [expected]


def test_a_promise_of_nothing_is_told() -> None:
    assert problems('[promise]\nhours = "Mo 08:00-17:00"\n' + GOOD) == [(1, "mapping.no_promise")]


@pytest.mark.parametrize("key", ["sql", "query", "python", "filter", "expression", "url", "command"])
def test_a_mapping_holds_no_code(key: str) -> None:
    assert (9, "mapping.unknown_key") in problems(GOOD.replace("key = [", f'{key} = "select 1"\nkey = [', 1))


def test_all_problems_are_told_at_once() -> None:
    text = GOOD.replace("Europe/Vienna", "Nowhere").replace('Neu = "new"', 'Neu = "neu"').replace("unknown", "unknwon")
    assert problems(text) == [
        (3, "mapping.timezone"),
        (10, "mapping.unknown_key"),
        (29, "mapping.not_one_of"),
    ]


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert problems("[rundblick]\nversion = = 1\n") == [(2, "mapping.not_toml")]
    assert problems("") == [(1, "mapping.empty")]


def test_a_missing_foreign_or_huge_file_is_told(tmp_path: Path) -> None:
    def code_of(path: Path) -> str:
        with pytest.raises(MappingError) as caught:
            read_mapping(path)
        return caught.value.problems[0].note.code

    (tmp_path / "latin.toml").write_bytes('[rundblick]\ncompany = "Müller"\n'.encode("cp1252"))
    (tmp_path / "huge.toml").write_bytes(b"#" * (1 << 21))
    assert code_of(tmp_path / "none.toml") == "mapping.no_file"
    assert code_of(tmp_path / "latin.toml") == "mapping.not_utf8"
    assert code_of(tmp_path / "huge.toml") == "mapping.too_long"
    (tmp_path / "good.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_mapping(tmp_path / "good.toml").files[0].line == 6


def test_a_column_that_a_file_does_not_have_is_told_with_the_nearest_one() -> None:
    entry = parse_mapping(GOOD).files[0]
    found = missing_columns(entry, ["Nr", "datum", "uhrzeit", "status", "kdnr", "tel1", "tel2", "zaehler"], "f.csv")
    assert [(p.line, p.note.values["column"], p.note.values["near"]) for p in found] == [(13, "nr", "Nr")]
    assert problem_text(found[0]).startswith('rundblick.toml, line 13: f.csv has no column "nr" (did you mean "Nr"?).')


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("a.csv", "a.csv", True),
        ("a.csv", "b/a.csv", False),
        ("*.csv", "a.csv", True),
        ("*.csv", "b/a.csv", False),
        ("**/*.csv", "a.csv", True),
        ("**/*.csv", "b/c/a.csv", True),
        ("b/**", "b/c/a.csv", True),
        ("besuche_[0-9]*.csv", "besuche_2016.csv", True),
        ("besuche_[!0-9]*.csv", "besuche_2016.csv", False),
        ("a?.csv", "ab.csv", True),
        ("a.csv", "axcsv", False),
        ("Übersicht.csv", "U\u0308bersicht.csv", True),
    ],
)
def test_names_and_patterns(pattern: str, name: str, matches: bool) -> None:
    assert FileMapping(pattern, "cases").matches(name) is matches


@pytest.mark.parametrize(
    ("pattern", "name", "system"),
    [
        ("Kunden Übersicht.csv.gz", "x", "kunden_uebersicht"),
        ("incidents*.csv", "incidents-2016-01.csv", "incidents"),
        ("*.csv", "crm/Kunden.csv", "kunden"),
        ("**/*.csv", "crm/Bestellungen 2016.csv", "bestellungen_2016"),
    ],
)
def test_a_system_without_a_name_has_one_of_its_file(pattern: str, name: str, system: str) -> None:
    assert FileMapping(pattern, "cases").system_of(name) == system


def test_lists_are_known_by_their_own_key_and_logs_by_what_the_mapping_says() -> None:
    assert FileMapping("a", "customers", columns={"key": "KDNR"}).key_columns() == ("KDNR",)
    assert FileMapping("a", "cases", columns={"case": "Nr"}).key_columns() == ("Nr",)
    assert FileMapping("a", "case_events", columns={"case": "Nr"}).key_columns() == ()
    assert FileMapping("a", "ratings", columns={"key": "Nr"}).key_columns() == ()


def test_ignore_counts_only_where_nothing_else_matches() -> None:
    text = '[[file]]\nname = "*.csv"\nis = "ignore"\n[[file]]\nname = "a.csv"\nis = "cases"\ncolumns = {case = "x"}\n'
    mapping = parse_mapping(text)
    assert [entry.means for entry in mapping.entries_for("a.csv")] == ["cases"]
    assert [entry.means for entry in mapping.entries_for("b.csv")] == ["ignore"]
    assert mapping.entries_for("c.txt") == ()


def test_the_nearest_word_is_found_over_case_and_dashes() -> None:
    assert nearest("Kunden-Nr", ["kunden_nr", "Kunde"]) == "kunden_nr"
    assert nearest("xyz", ["kunden_nr"]) == ""


def refusal(text: str) -> str:
    """What the refusal of a mapping says; "" when it is taken."""
    try:
        parse_mapping(text)
    except MappingError as error:
        return str(error) or "no words"
    return ""


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert refusal(text) != "no words"


@given(
    st.recursive(
        st.text(max_size=5) | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=4
    )
)
def test_no_value_of_a_wrong_type_breaks_the_check(value: object) -> None:
    import tomli_w

    for key in (
        "name",
        "is",
        "key",
        "unknown",
        "columns",
        "identifiers",
        "verified",
        "values",
        "fixed",
        "facts",
        "dates",
    ):
        text = tomli_w.dumps({"file": [{"name": "a", "is": "cases", "columns": {"case": "a"}, key: value}]})
        assert refusal(text) != "no words"
    for key in ("reaction_hours", "resolution_hours", "hours", "timezone", "holidays", "closed", "pending", "level"):
        assert refusal(tomli_w.dumps({"promise": {"reaction_hours": 1, key: value}})) != "no words"
        assert refusal(tomli_w.dumps({"promise": {"level": [{"tier": value, "hours": value}, value]}})) != "no words"
