"""What an open page is told: everything that changed, seldom enough, and again what it missed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core import tickets
from rundblick.core.home import Settings
from rundblick.live.application import origins_of
from rundblick.live.changes import Announced, parse
from rundblick.live.stream import MOST_CASES, REMEMBERED, Client, Hub, next_text


def told(client: Client, position: int = 0) -> set[str]:
    """The names in the page's next message; "*" for a resynchronisation."""
    data = next(line for line in next_text(client, position).splitlines() if line.startswith("data: "))
    return set(data.removeprefix("data: ").split(","))


def hub_at(position: int) -> Hub:
    hub = Hub()
    hub.reached(position)
    return hub


def test_what_changed_between_two_messages_comes_in_one() -> None:
    hub = hub_at(10)
    client = hub.join(None)
    hub.changed({"case:a"})
    hub.changed({"case:a", "case:b"})
    assert client.wake.is_set()
    assert told(client) == {"case", "case:a", "case:b"}
    assert not client.wake.is_set()


def test_too_much_at_once_is_a_resynchronisation() -> None:
    hub = hub_at(10)
    client = hub.join(None)
    hub.changed({f"case:{n}" for n in range(MOST_CASES + 1)})
    assert told(client) == {"*"}
    hub.changed({"case:a"})
    assert told(client) == {"case", "case:a"}


def test_a_page_that_left_is_told_nothing() -> None:
    hub = hub_at(10)
    client = hub.join(None)
    hub.leave(client)
    hub.changed({"case:a"})
    assert not client.pending and not hub.clients


def test_a_page_that_comes_back_is_told_what_it_missed_and_nothing_when_it_missed_nothing() -> None:
    hub = hub_at(10)
    hub.changed({"case:before"})
    hub.reached(20)
    hub.reached(21)
    hub.changed({"case:missed"})
    hub.reached(30)
    assert told(hub.join(20)) >= {"case:missed"}
    assert "case:before" not in told(hub.join(21))
    hub.reached(31)
    hub.changed({"case:later"})
    assert told(hub.join(31)) == {"case", "case:later"}


def test_a_page_that_was_away_for_longer_than_we_know_fetches_everything() -> None:
    hub = hub_at(100)
    assert told(hub.join(50)) == {"*"}
    hub.changed({"case:a"})
    hub.lost()
    assert told(hub.join(99)) == {"*"}


def test_only_so_much_is_remembered() -> None:
    hub = hub_at(1)
    for position in range(1, REMEMBERED + 10):
        hub.changed({f"case:{position}"})
        hub.reached(position + 1)
    assert told(hub.join(5)) == {"*"}
    assert told(hub.join(REMEMBERED)) >= {f"case:{REMEMBERED}", f"case:{REMEMBERED + 9}"}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30), st.integers(0, 30))
def test_whoever_comes_back_misses_nothing(steps: list[tuple[int, int]], leaves_after: int) -> None:
    """Transactions commit, are told a little later than our position moves, and a page is away for a while."""
    hub, seen, now = hub_at(100), 100, 100
    committed: list[tuple[int, str]] = []
    for number, (advance, case) in enumerate(steps):
        now += 1
        committed.append((now, f"case:{case}"))
        hub.changed({f"case:{case}"})
        now += advance
        if number % 2:  # the position lags: it is what was looked up one look ago
            hub.reached(seen)
            seen = now
        if number == leaves_after:
            last = hub.position
    if leaves_after < len(steps):
        client = hub.join(last)
        missed = {name for tx, name in committed[leaves_after + 1 :] if tx >= last}
        assert missed <= (told(client) if client.wake.is_set() else set())


@pytest.mark.parametrize("payload", ["", "no json", "[]", '{"cases": "x"}', '{"cases": ["x"]}', "null"])
def test_a_notification_that_nobody_understands_counts_as_something_changed(payload: str) -> None:
    assert parse(payload) == Announced((), False)


def test_a_notification_names_cases() -> None:
    assert parse(json.dumps({"cases": [3, 1], "whole": True})) == Announced((3, 1), True)


def test_a_ticket_tells_whose_it_is_until_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = tickets.live_ticket(7)
    found = tickets.read_ticket(ticket)
    assert found is not None and found[0] == 7
    assert tickets.read_ticket(ticket[:-1] + ("A" if ticket[-1] != "A" else "B")) is None
    assert tickets.read_ticket("") is None
    now = found[1]
    monkeypatch.setattr("time.time", lambda: now + tickets.SECONDS + 2)
    assert tickets.read_ticket(ticket) is None


def test_a_chain_of_renewed_tickets_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tickets.read_ticket(tickets.live_ticket(7))
    assert first is not None
    later = first[1] + tickets.LONGEST_SECONDS
    monkeypatch.setattr("time.time", lambda: later - 60)
    assert tickets.read_ticket(tickets.live_ticket(7, first[1])) == first
    monkeypatch.setattr("time.time", lambda: later + 1)
    assert tickets.read_ticket(tickets.live_ticket(7, first[1])) is None


def test_only_the_desks_pages_are_ours() -> None:
    local = origins_of(Settings(address="127.0.0.1:8000"))
    assert local == {"http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"}
    assert origins_of(Settings(public_url="https://desk.muster.example/")) == {"https://desk.muster.example"}
