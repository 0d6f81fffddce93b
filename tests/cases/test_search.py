"""Search over cases: what is found, in which order, by whom, and what becomes of it when somebody is erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rundblick.cases.models import Case, CaseContent, Message, MessageContent, SearchFill, SearchText, Word
from rundblick.cases.search import finding, keeping, verifying, words
from rundblick.cases.search.finding import Found, find
from rundblick.cases.search.query import parse
from rundblick.cases.search.snippets import snippets
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.core.verification import Options
from tests.people.house import House, a_case, a_house, a_message, a_team, an_attachment

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def say(case: Case, text: str, at: datetime = START) -> Message:
    message = a_message(case, text, at)
    with cursor() as cur:
        keeping.keep_messages(cur, [message.pk])
        words.count(cur, [message.pk])
    return message


def asked(text: str, **more: object) -> Found:
    return find(parse(text), Case.objects.all(), **more)  # type: ignore[arg-type]


def cases(text: str) -> list[int]:
    return [hit.case for hit in asked(text).hits]


@pytest.mark.parametrize(
    "typed",
    [
        "waschmaschine", "WASCHMASCHINEN", "maschine", "wasch", "Waschmaschne", "Wachsmaschine", "reparaturen",
        '"die waschmaschine tropft"', "tropft reparatur", "tropft OR nirgends",
        "tropft -dampft", "kunde@mail.example", "4711-0815", "47110815", "4711 0815",
    ],
)  # fmt: skip
def test_it_is_found_however_it_is_typed(house: House, typed: str) -> None:
    say(house.olgas, "Guten Tag, die Waschmaschine tropft. Nr. 4711-0815")
    say(house.olgas, "Wann kommt die Reparatur? kunde@mail.example", START + timedelta(hours=1))
    say(house.billings, "Die Rechnung stimmt nicht.")
    assert cases(typed) == [house.olgas.pk]


def test_a_compound_finds_its_parts_where_it_stands_nowhere(house: House) -> None:
    say(house.olgas, "Reparatur der Waschmaschinen")
    say(house.billings, "Reparatur")
    found = asked("Waschmaschinenreparaturen")
    assert [hit.case for hit in found.hits] == [house.olgas.pk]
    assert [(one.why, one.words) for one in found.also] == [("parts", ("waschmaschin + reparatur",))]
    assert not asked("Waschmaschinenreparaturen", exactly=True).hits


@pytest.mark.parametrize("typed", ["tropft -reparatur", '"tropft waschmaschine"', "dampfmaschine", "4711-0816", "xyz"])
def test_and_not_where_it_does_not_stand(house: House, typed: str) -> None:
    say(house.olgas, "Guten Tag, die Waschmaschine tropft. Nr. 4711-0815")
    say(house.olgas, "Wann kommt die Reparatur?", START + timedelta(hours=1))
    assert cases(typed) == []


def test_the_newest_hit_comes_first_and_pages_follow_without_gap_or_double(house: House) -> None:
    made = [a_case(house.support) for _ in range(7)]
    for n, case in enumerate(made):
        say(case, "Tropfen", START + timedelta(hours=n))
        say(case, "noch ein Tropfen", START - timedelta(hours=n))
    say(made[0], "wieder Tropfen", START + timedelta(days=1))
    found, before = [], None
    assert asked("tropfen", limit=3).count == 7
    while True:
        page = asked("tropfen", before=before, limit=3)
        found += [hit.case for hit in page.hits]
        before = page.next
        if before is None:
            break
    assert found == [made[0].pk, *(case.pk for case in reversed(made[1:]))]


@pytest.mark.parametrize("texts", [1, 5_000, 10**9])
def test_how_it_is_asked_changes_nothing_of_what_is_found(
    house: House, texts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [a_case(house.support) for _ in range(9)]
    for n, case in enumerate(made):
        say(case, "Tropfen und Regen" if n % 3 else "Tropfen", START - timedelta(days=40 * n))
    Word.objects.update(texts=texts)
    monkeypatch.setattr(finding, "_LOOKED_AT", 4)
    monkeypatch.setattr(finding, "_WALKED", 2)
    monkeypatch.setattr(finding, "_total", lambda cur: 100_000)
    wanted = [case.pk for n, case in enumerate(made) if n % 3]
    found, before = [], None
    for _page in range(20):
        page = asked("tropfen regen", before=before, limit=2)
        found += [hit.case for hit in page.hits]
        before = page.next
        if before is None:
            break
    assert found == wanted


def test_operators_narrow_and_a_wrong_one_is_told_and_the_rest_is_searched(house: House) -> None:
    say(house.olgas, "Tropfen", START)
    say(house.billings, "Tropfen", START + timedelta(days=3))
    assert cases("tropfen team:billing") == [house.billings.pk]
    assert cases("tropfen vor:4.3.2026") == [house.olgas.pk]
    assert cases("tropfen seit:2026-03-04") == [house.billings.pk]
    assert cases("tropfen bei:olga") == [house.olgas.pk]
    assert cases(f"nummer:{house.billings.number}") == [house.billings.pk]
    wrong = asked("tropfen team:nirgends seit:gestern farbe:blau status:halb")
    assert [(one.code, one.operator) for one in wrong.remarks] == [
        ("date", "seit"), ("operator", "farbe"), ("value", "status"), ("value", "team"),
    ]  # fmt: skip


def test_what_the_reader_may_not_see_is_neither_found_nor_counted(house: House) -> None:
    for n in range(5):
        say(a_case(house.billing), "Tropfen", START + timedelta(hours=n))
    say(house.supports, "Tropfen", START)
    seen = Case.objects.filter(owner_team=house.support)
    found = find(parse("tropfen"), seen)
    assert [hit.case for hit in found.hits] == [house.supports.pk]
    assert found.count == 1


@pytest.mark.parametrize(
    "typed",
    [
     "", " ", "'", "\\", '"', "&|!()<>:*", "a:b:c", "-", "OR OR", '-"', "team:", "\x00", "x" * 10_000, "von:",
     "ä" * 400, "<script>", "' ; DROP TABLE cases_word; --",
     "\u202e evil", "1" * 300, "seit:0000-00-00", "OR", '"""', "%_%"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_error(house: House, typed: str) -> None:
    say(house.olgas, "Tropfen")
    asked(typed)
    find(parse(typed, typing=True), Case.objects.all())


def test_a_long_search_is_cut_and_that_is_told() -> None:
    assert [one.code for one in parse("wort " * 2_000).remarks] == ["long", "words"]


def test_what_surrounds_the_hit_is_shown_in_pieces_and_the_hit_is_marked(house: House) -> None:
    say(house.olgas, "Viel Text davor. " * 30 + "Unsere <b>Häuser</b> sind feucht. " + "Viel danach. " * 30)
    found = asked("haus")
    with cursor() as cur:
        (snippet,) = snippets(cur, found.hits, found.sought).values()
    assert [piece.text for piece in snippet.pieces if piece.hit] == ["Häuser"]
    assert "<b>" in "".join(piece.text for piece in snippet.pieces)


def test_a_word_goes_with_the_last_text_that_holds_it(house: House) -> None:
    one, other = say(house.olgas, "Archaeopteryx tropft"), say(house.billings, "Es tropft")
    SearchText.objects.filter(message=one).delete()
    assert set(Word.objects.values_list("word", flat=True)) == {"tropft", "parcel"}
    with cursor() as cur:
        MessageContent.objects.filter(pk=other.pk).update(text="nichts", subject="")
        keeping.keep_messages(cur, [other.pk])
    assert set(Word.objects.values_list("word", flat=True)) == set()  # the new ones are counted by the sweep


def test_rebuilt_from_the_texts_everything_is_as_it_was(house: House) -> None:
    for n in range(5):
        say(a_case(a_team("Lager")), f"Tropfen {n} und Nummer 4711-{n}")
    kept = sorted(SearchText.objects.values_list("message_id", "words"))
    counted = set(Word.objects.values_list("word", "texts"))
    SearchText.objects.all().delete()
    assert keeping.rebuild() >= 5
    assert words.recount_all() == len(counted)
    assert sorted(SearchText.objects.values_list("message_id", "words")) == kept
    assert set(Word.objects.values_list("word", "texts")) == counted


def test_verify_names_a_text_that_changed_and_a_word_that_outlived_its_texts_and_mends_both(house: House) -> None:
    message = say(house.olgas, "Es tropft")
    MessageContent.objects.filter(pk=message.pk).update(text="Es dampft")
    Word.objects.create(word="archaeopteryx", texts=1)
    with cursor() as cur:
        found = [(one.table, one.row) for one in verifying.search(cur, Options())]  # type: ignore[union-attr]
        assert (found[0], found[-1]) == (("cases_searchtext", message.pk), ("cases_word", None))
        verifying.repair(cur)
        assert list(verifying.search(cur, Options())) == []
    assert cases("dampft") == [house.olgas.pk]


def test_texts_from_before_are_read_newest_first_with_their_words_and_cases_that_have_no_text(house: House) -> None:
    old = say(house.olgas, "Archaeopteryx")
    log = Case.objects.create(number="500000001", owner_team=house.support, last_at=START, opened_at=START)
    CaseContent.objects.create(case=log, key="REP-2024/17", subject="Kolibri")
    SearchText.objects.all().delete()
    SearchFill.objects.all().delete()
    SearchFill.objects.create(below=old.pk + 1)
    with cursor() as cur:
        assert keeping.missing_share(cur) > 0
    while keeping.fill():
        pass
    assert cases("archaeopteri") == [house.olgas.pk]  # mistyped: its word was counted
    assert cases("rep202417") == [log.pk]
    with cursor() as cur:
        assert keeping.missing_share(cur) == 0


def test_words_stay_counted_when_a_text_loses_others(house: House) -> None:
    message = say(house.olgas, "Archaeopteryx und Kolibri")
    MessageContent.objects.filter(pk=message.pk).update(text="Archaeopteryx und […]")
    with cursor() as cur:
        keeping.keep_messages(cur, [message.pk])
    words_now = set(Word.objects.values_list("word", flat=True))
    assert "archaopteryx" in words_now and "kolibri" not in words_now
    assert cases("archaeopteri") == [house.olgas.pk]


def test_without_an_attachment_means_every_case_that_has_none(house: House) -> None:
    with_file = say(house.olgas, "Tropfen")
    an_attachment(with_file)
    an_attachment(Message.objects.create(**nowhere()))
    say(house.billings, "Tropfen")
    assert cases("tropfen hat:anhang") == [house.olgas.pk]
    assert cases("tropfen -hat:anhang") == [house.billings.pk]


def nowhere() -> dict[str, object]:
    """A message that stands in no case."""
    email = System.objects.get(code="email")
    return {
        "identity": b"n",
        "content_digest": b"n",
        "system": email,
        "channel": "email",
        "direction": "in",
        "at": START,
    }


def test_how_many_hold_a_phrase_is_told_only_where_all_were_compared(house: House) -> None:
    for n in range(5):
        say(a_case(house.support), "der rote Faden" if n % 2 else "der Faden, rote", START + timedelta(hours=n))
    assert asked('"rote faden"').count == 2
    assert asked('"rote faden"', limit=1).count is None
