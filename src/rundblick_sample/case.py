"""A ticket or a repair number: changes are collected in any order, then folded in time into the rows of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rundblick_sample import hours
from rundblick_sample.clerks import Seen
from rundblick_sample.company import Agent
from rundblick_sample.people import Person
from rundblick_sample.topics import Topic

FIRST_REPLY = 4 * 3600  # promised: first human answer within four office hours
SOLUTION = 3 * 9 * 3600  # promised: solved within three office days
_BY_ITSELF = ("autoclose", "abgeschlossen")
_QUIET_BEFORE_CLOSING = 1.5 * hours.DAY


@dataclass(slots=True)
class Change:
    """What happened to a case. ``team``/``agent`` None: stays as it is; "" : unknown from now on."""

    at: float
    kind: str
    state: str = ""
    team: str | None = None
    agent: str | None = None
    by: str = ""
    extra_hops: int = 0  # hand-overs that the counter saw and the log did not


@dataclass(slots=True)
class Row:
    """One entry of the log, carrying the case's state at that time."""

    at: float
    seq: int
    kind: str
    state: str
    team: str
    agent: str
    by: str
    reassignments: int
    reopens: int
    first_reply: float | None
    resolved: float | None
    closed: float | None
    kept: bool | None


@dataclass(slots=True)
class Case:
    """One number of the ticket desk or of returns and repairs."""

    system: str
    number: str
    opened: float
    channel: str
    address: str
    topic: Topic
    person: Person
    concern: int
    seen: Seen | None = None
    order: str = ""
    article: str = ""
    flag_lost: bool = False
    long_chain: bool = False
    changes: list[Change] = field(default_factory=list)
    # filled by rows()
    people: set[str] = field(default_factory=set)
    reassignments: int = 0
    log_reassignments: int = 0
    reopens: int = 0
    first_reply: float | None = None
    resolved: float | None = None
    closed: float | None = None
    kept: bool | None = None
    kept_last: bool | None = None  # the last known value: what a reopening wipes out stays here
    state: str = "new"
    team: str = ""
    agent: str = ""
    last_agent: str = ""

    def log(
        self,
        at: float,
        kind: str,
        state: str = "",
        team: str | None = None,
        agent: Agent | str | None = None,
        by: str = "",
        extra_hops: int = 0,
    ) -> None:
        """Notes a change; what lies behind the end of the window has not happened yet."""
        if at < hours.END:
            name = agent.name if isinstance(agent, Agent) else agent
            self.changes.append(Change(at, kind, state, team, name, by, extra_hops))

    def rows(self) -> Iterator[Row]:
        """Folds the changes in time; afterwards the case's own figures are final."""
        self.changes.sort(key=lambda change: change.at)
        seq, before = 0, self.opened
        for change in self.changes:
            if change.kind in _BY_ITSELF and (
                self.state not in ("resolved", "pending") or change.at - before < _QUIET_BEFORE_CLOSING
            ):
                continue  # opened again since the closing was planned
            seq, before = seq + 1, change.at
            self._apply(change)
            yield Row(
                change.at, seq, change.kind, self.state, self.team, self.agent, change.by,
                self.reassignments, self.reopens,
                self.first_reply, self.resolved, self.closed, self.kept,
            )  # fmt: skip

    def _apply(self, change: Change) -> None:
        team = self.team if change.team is None else change.team
        agent = self.agent if change.agent is None else change.agent
        team_moves = bool(self.team and team and team != self.team)
        agent_moves = bool(self.agent and agent and agent != self.agent)
        self.log_reassignments += team_moves or bool(self.last_agent and agent and agent != self.last_agent)
        self.reassignments += team_moves or agent_moves
        self.reassignments += change.extra_hops
        self.team, self.agent, self.last_agent = team, agent, agent or self.last_agent
        if agent:
            self.people.add(agent)
        if change.kind == "reply" and self.first_reply is None:
            self.first_reply = change.at
        if change.state:
            if self.state in ("resolved", "closed") and change.state in ("open", "new", "pending"):
                self.reopens += 1
                self.resolved = self.closed = None
                self.kept = None
            if change.state == "resolved":
                self.resolved = change.at
                self.kept = None if self.flag_lost else self._in_time()
                self.kept_last = self.kept if self.kept is not None else self.kept_last
            if change.state == "closed":
                self.closed = change.at
            self.state = change.state

    def _in_time(self) -> bool:
        assert self.resolved is not None
        start = hours.OFFICE.elapsed(self.opened)
        reply = self.first_reply if self.first_reply is not None else self.resolved
        return (
            hours.OFFICE.elapsed(reply) - start <= FIRST_REPLY
            and hours.OFFICE.elapsed(self.resolved) - start <= SOLUTION
        )
