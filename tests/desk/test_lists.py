"""Lists of cases: how a text begins in them, and what comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.models import Case, Clock
from rundblick.desk.pages import lists
from rundblick.desk.pages.lists import opening
from tests.people.house import AT, a_case, a_team


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kurz", "kurz"),
        ("zwei\n\n  Zeilen", "zwei Zeilen"),
        ("Guten Tag, ich warte seit Wochen", "Guten Tag, ich …"),
        ("Guten Tag, Frau Beispielhaft", "Guten Tag, Frau …"),
        ("https://laden.example/einkauf", "https://laden.ex …"),
    ],
)
def test_a_text_is_cut_between_words_and_says_so(text: str, shown: str) -> None:
    assert opening(text, 18) == shown


@given(st.text(), st.integers(min_value=10, max_value=60))
def test_it_is_never_longer_than_asked_for_and_begins_as_the_text_does(text: str, most: int) -> None:
    shown = opening(text, most)
    line = " ".join(text.split())
    assert len(shown) <= most
    assert line.startswith(shown.removesuffix(" …").rstrip()) or shown == line
    assert (shown == line) == (len(line) <= most)


@pytest.mark.django_db
@pytest.mark.parametrize("few", [0, 2_000])
def test_what_is_due_first_comes_first_on_every_page_however_many_there_are(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_FEW", few)
    team = a_team("Support")
    cases = [a_case(team) for _ in range(14)]
    told: dict[int, datetime] = {}
    for n, case in enumerate(cases[:10]):  # two clocks each, some of one moment; four cases have none that runs
        for kind, hours in (("reaction", n * 7 % 5), ("resolution", n * 3 % 6)):
            due = AT + timedelta(hours=hours)
            Clock.objects.create(
                case=case, kind=kind, state="breached" if n % 2 else "running", book=0, level=0, target_s=60, ran_s=0,
                started_at=AT, due_at=due,
            )  # fmt: skip
            told[case.pk] = min(told.get(case.pk, due), due)
    Clock.objects.create(
        case=cases[12], kind="resolution", state="standing", book=0, level=0, target_s=60, ran_s=0, started_at=AT
    )
    never = datetime(9999, 1, 1, tzinfo=UTC)
    expected = sorted(case.pk for case in cases)
    expected.sort(key=lambda pk: (told.get(pk, never), pk))
    found: list[int] = []
    key, pages = "", 0
    while not pages or key:
        rows, key = lists.most_urgent_cases(Case.objects.all(), lists.read_page_key(key) if key else None, 3)
        found += [row["id"] for row in rows]
        pages += 1
    assert found == expected and pages == 5
