"""``rundblick routing`` through the real entry point; and the centres of the sample company."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rundblick.cases.routing.book import ROUTING
from rundblick.cli import main as cli
from rundblick.cli import routing
from rundblick.cli.sample_routing import competence_centres
from rundblick.core.installation import installation
from rundblick.core.rulebooks import in_force
from rundblick.people.models import Person
from tests.people.house import a_house, a_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_tests_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "database", nullcontext)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["--lang", "en", "routing", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_rules_are_shown_tried_and_put_into_force(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    house = a_house()
    a_team("Service", is_default=True)
    code, out, _err = run(capsys, "show")
    assert code == 0 and json.loads(out) == {"rules": [], "centres": [], "people": []}
    file = tmp_path / "rules.json"
    rule = {"name": "bills", "team": str(house.billing.uuid), "topics": ["Rechnung"]}
    file.write_text(json.dumps({"rules": [rule, rule | {"name": "again"}]}))
    code, out, err = run(capsys, "preview", file)
    assert code == 0 and "cases of the last seven days" in out and '"again" never decides' in err
    assert in_force(ROUTING) is None
    assert run(capsys, "set", file)[:2] == (0, "Version 1 is in force.\n")
    assert json.loads(run(capsys, "show")[1])["rules"][0]["topics"] == ["Rechnung"]
    code, _out, err = run(capsys, "set", file, "--seen", 0)
    assert code == 2 and "Version 1 is in force. Compare" in err


def test_what_is_no_set_of_rules_is_refused_with_where_it_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "rules.json"
    for text, words in (
        ("{", "rules.json"),
        ('{"rulez": []}', "rulez"),
        ('{"rules": [{"name": "x", "team": 7}]}', "$.rules[0].team"),
        ('{"rules": [{"name": "x", "team": "7", "topics": ["a"]}]}', '"7"'),
    ):
        file.write_text(text)
        code, _out, err = run(capsys, "set", file)
        assert code == 2 and words in err
    code, _out, err = run(capsys, "preview", tmp_path / "none.json")
    assert code == 2 and "none.json" in err


def test_the_sample_company_has_centres_once_and_only_in_a_sample_database() -> None:
    assert competence_centres(datetime.now(UTC)) == 0 and in_force(ROUTING) is None
    a_team("Service", is_default=True)
    here = installation()
    here.sample = True
    here.save()
    competence_centres(datetime.now(UTC))
    book = in_force(ROUTING)
    assert book is not None and len(book.told.centres) == 5 and book.version == 1
    people = Person.objects.count()
    competence_centres(datetime.now(UTC))
    after = in_force(ROUTING)
    assert after is not None and after.version == 1 and Person.objects.count() == people
