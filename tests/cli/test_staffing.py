"""rundblick staffing: numbers in, people out; what cannot be computed is named with what to write instead."""

from __future__ import annotations

import json

import pytest

from rundblick.cli import main


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.main(["--lang", "en", "staffing", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_hundred_calls_of_eight_minutes_need_thirty_two_people(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(
        capsys, "--calls", "100", "--per", "30m", "--aht", "8m", "--target", "80/20", "--shrinkage", "30"
    )
    assert code == 0
    assert "People at the telephone: 32 (load 26.7 Erlang)" in out
    assert "81.1 % of the offered calls" in out and "nobody hanging up" in out
    assert "On the roster, with 30 % shrinkage: 46" in out


def test_with_patience_the_share_that_hangs_up_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--calls", "100", "--aht", "480s", "--patience", "2m", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["model"], told["agents"], round(told["abandoned"], 3)) == ("A", 29, 0.062)


def test_what_so_many_people_give_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "--calls", "100", "--aht", "8m", "--agents", "26")
    assert "Mean wait of an answered call: ∞ s" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--calls", "-1", "--aht", "8m"), "Calls must be 0 or more"),
        (("--calls", "100", "--aht", "soon"), "handling time"),
        (("--calls", "100", "--aht", "8m", "--per", "0"), "time in which the calls come"),
        (("--calls", "100", "--aht", "8m", "--target", "all"), "80/20"),
        (("--calls", "100", "--aht", "8m", "--target", "100/20"), "80/20"),
        (("--calls", "100", "--aht", "8m", "--patience", "0"), "Patience"),
        (("--calls", "100", "--aht", "8m", "--shrinkage", "100"), "Shrinkage"),
    ],
)
def test_bad_numbers_are_named(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str) -> None:
    code, out, err = said(capsys, *arguments)
    assert code == 2 and not out
    assert told in err
