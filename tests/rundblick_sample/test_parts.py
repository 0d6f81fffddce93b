"""The parts: opening hours as arithmetic, the grammar, slips of clerks, telephone numbers, the fold of a case's log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick_sample import hours, phones
from rundblick_sample.case import Case
from rundblick_sample.clerks import misheard, typo
from rundblick_sample.draw import Draw, Weighted
from rundblick_sample.grammar import GrammarError, compile_pool, compile_text
from rundblick_sample.people import Person, fold
from rundblick_sample.registers import sentence
from rundblick_sample.topics import BY_CODE

moments = st.floats(min_value=0, max_value=hours.END - 1)
spans = st.floats(min_value=1, max_value=30 * 9 * 3600)


@given(moments, spans)
def test_after_so_many_open_seconds_exactly_so_many_have_gone_by(at: float, seconds: float) -> None:
    for clock in (hours.OFFICE, hours.HOTLINE, hours.SHOPS):
        later = clock.after(at, seconds)
        assert later > at
        assert clock.elapsed(later) - clock.elapsed(at) == pytest.approx(seconds, abs=1e-3)


@given(moments)
def test_nothing_is_answered_when_the_office_is_shut(at: float) -> None:
    later = hours.OFFICE.after(at, 60)
    day = hours.day_of(later)
    assert day.weekday() < 5
    assert day not in hours.HOLIDAYS
    assert 8 * 3600 <= later % hours.DAY <= 17 * 3600


def test_summer_time_moves_the_clock_against_utc() -> None:
    assert hours.iso_utc(hours.moment(2026, 7, 1, 12)) == "2026-07-01T10:00:00Z"
    assert hours.iso_utc(hours.moment(2026, 1, 1, 0, 30)) == "2025-12-31T23:30:00Z"


@pytest.mark.parametrize("kind", ["call", "visit"])
def test_nobody_calls_or_comes_on_a_sunday(kind: str) -> None:
    draw = Draw("arrivals", kind)
    days = {hours.day_of(hours.arrivals(kind).draw(draw)) for _ in range(500)}
    assert all(day.weekday() < 6 and day not in hours.HOLIDAYS for day in days)
    assert len(days) > 150


def test_a_grammar_draws_one_branch_and_puts_in_facts() -> None:
    text = compile_text("{a|b{c|d}} $name[!]")
    said = {text(Draw(number).u, {"name": "Ö"}) for number in range(60)}
    assert said == {f"{word} Ö{end}" for word in ("a", "bc", "bd") for end in ("!", "")}


@pytest.mark.parametrize("text", ["{a|b", "a}", "[a}", "{[a}]"])
def test_an_unbalanced_grammar_is_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        compile_text(text)


def test_comments_and_empty_lines_of_a_pool_are_left_out() -> None:
    assert len(compile_pool("\n# no\none\n\n two\n")) == 2


def test_a_sentence_gets_its_capital_and_its_full_stop_but_not_behind_a_date() -> None:
    assert (
        sentence("am 24.12. zwischen 8 und 10  uhr , bitte. danke") == "Am 24.12. zwischen 8 und 10 uhr, bitte. Danke."
    )


@given(st.text("abcdefghijklmnoprstuvwz", min_size=4, max_size=15), st.integers(0, 10_000))
def test_a_slip_changes_at_most_two_letters_and_never_the_first(word: str, seed: int) -> None:
    slipped = typo(Draw(seed), word)
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1


def test_what_is_misheard_sounds_alike() -> None:
    heard = {misheard(Draw(seed), "Schmidt") for seed in range(40)}
    assert heard & {"Schmit", "Scmidt", "Schmitt"}


@given(st.integers(0, 499_999))
def test_landlines_stay_in_the_reserved_blocks(index: int) -> None:
    area, rest = phones.landline(index)
    blocks = {"30": "23125", "69": "90009", "40": "66969", "221": "4710", "89": "99998"}
    assert rest.startswith(blocks[area])


def test_no_number_is_given_twice() -> None:
    assert len({phones.landline(n) for n in range(20_000)}) == 20_000
    assert len({phones.mobile(n) for n in range(20_000)}) == 20_000


def test_umlauts_and_foreign_marks_fold_to_plain_letters() -> None:
    assert fold("Müßig Yılmaz Łukasz") == "Muessig Yilmaz Lukasz"


def test_the_weights_decide_how_often_something_is_drawn() -> None:
    draw = Draw("weights")
    drawn = [Weighted(["often", "seldom"], [9, 1]).draw(draw.u()) for _ in range(2_000)]
    assert 0.86 < drawn.count("often") / 2_000 < 0.94


def a_case() -> Case:
    person = Person(1, 1, True, "Anna", "Ahrens", (1980, 1, 1), ("Weg", "1", "24103", "Kiel"))
    return Case("mail", "NL-1", hours.moment(2026, 6, 1, 9), "email", "a@example.de", BY_CODE["invoice"], person, 1)


def test_a_log_is_folded_in_order_of_time_whatever_the_order_of_notes() -> None:
    case = a_case()
    at = hours.moment(2026, 6, 1, 9)
    case.log(at + 7_200, "reply", "resolved", None, None, "Ohm")
    case.log(at, "created", "new", "E-Mail-Service", "", "System")
    case.log(at + 3_600, "handover", "open", "Versand", "Drews", "Pahl")
    case.log(at + 1_800, "assign", "open", "E-Mail-Service", "Pahl", "Pahl")
    rows = list(case.rows())
    assert [row.kind for row in rows] == ["created", "assign", "handover", "reply"]
    assert [row.reassignments for row in rows] == [0, 0, 1, 1]
    assert (case.state, case.kept, case.people) == ("resolved", True, {"Pahl", "Drews"})


def test_a_reopened_case_loses_its_solution_and_keeps_the_last_known_flag() -> None:
    case = a_case()
    at = hours.moment(2026, 6, 1, 9)
    case.log(at, "created", "new", "Versand", "Drews", "System")
    case.log(at + 600, "reply", "resolved")
    case.log(at + 900, "customer", "open")
    list(case.rows())
    assert (case.reopens, case.resolved, case.kept, case.kept_last) == (1, None, None, True)


def test_a_case_that_was_opened_again_does_not_close_by_the_old_plan() -> None:
    case = a_case()
    at = hours.moment(2026, 6, 1, 9)
    case.log(at, "created", "new", "Versand", "Drews", "System")
    case.log(at + 600, "reply", "resolved")
    case.log(at + 6 * hours.DAY, "customer", "open")
    case.log(at + 7 * hours.DAY, "autoclose", "closed")
    case.log(at + 8 * hours.DAY, "reply", "resolved")
    case.log(at + 15 * hours.DAY, "autoclose", "closed")
    assert [row.state for row in case.rows()] == ["new", "resolved", "open", "resolved", "closed"]


def test_what_lies_behind_the_window_has_not_happened() -> None:
    case = a_case()
    case.log(hours.END + 1, "reply", "resolved")
    assert case.changes == []
