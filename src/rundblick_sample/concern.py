"""One concern of one customer, played from the first word to its solution, or to its being given up."""

from __future__ import annotations

from dataclasses import dataclass, field

from rundblick_sample import clerks, company, hours
from rundblick_sample.case import Case
from rundblick_sample.company import Agent
from rundblick_sample.draw import Draw
from rundblick_sample.files import Known, Numbers, Purchase
from rundblick_sample.hours import DAY, END
from rundblick_sample.people import Person
from rundblick_sample.topics import Topic


@dataclass(slots=True)
class Contact:
    """One contact as it truly was: who, where, about what; the exports show a part of it."""

    system: str
    key: str
    at: float
    channel: str
    direction: str
    concern: int
    person: Person
    topic: Topic
    agent: Agent | None
    text: str
    subject: str = ""
    case: str = ""
    reply_to: str = ""
    sender: str = ""  # the customer's address, number, handle on this contact
    automatic: bool = False
    order_no: str = ""
    customer_no: str = ""
    waited: int = 0
    talked: int = 0
    wrapped: int = 0
    answered: bool = True
    handed_to: str = ""
    box: str = ""
    seen: clerks.Seen | None = None
    mood: int = 0
    asks: str = ""  # a fact that the company knew when it asked
    answer: str = ""  # question:variant, when a standing question was answered
    promise: str = ""  # kept, broken
    refs: tuple[str, ...] = ()
    mbox: bool = False
    language: str = "de"


@dataclass(slots=True)
class Outcome:
    """How a step ended for the customer. ``how``: solved, claimed, promised, waiting, elsewhere, silent."""

    at: float
    how: str
    channel: str = ""


@dataclass(slots=True)
class Scene:
    """All that one concern needs while it is played."""

    draw: Draw
    numbers: Numbers
    id: int
    person: Person
    household: list[Person]
    known: Known
    topic: Topic
    purchase: Purchase
    start: float
    owner_id: int = 0  # whose purchase it is: somebody may write for another of the household
    mood: float = 0.0
    english: bool = False
    question: str = ""
    long_chain: bool = False
    mbox: bool = False
    device: str = ""
    contacts: list[Contact] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    told: int = 0  # how often the customer has told it
    failures: int = 0
    solved_at: float | None = None
    claimed_at: float | None = None
    left: bool = False
    promises_kept: int = 0
    promises_broken: int = 0
    address: str = ""
    caller: str = ""
    handle: str = ""
    due: float = 0.0
    fresh: bool = False  # the next mail begins a new thread
    now: float = 0.0  # when the next words are said
    facts: dict[str, str] = field(default_factory=dict)
    voice: Voice | None = None

    def add(self, contact: Contact) -> Contact | None:
        """Keeps a contact that lies inside the window."""
        if contact.at >= END:
            return None
        contact.mood = max(-3, min(1, round(self.mood)))
        contact.language = "en" if self.english else "de"
        self.contacts.append(contact)
        return contact

    def own(self, agent: Agent) -> None:
        if not self.owners or self.owners[-1] != agent.name:
            self.owners.append(agent.name)

    def sour(self, by: float) -> None:
        self.mood = max(-3.0, self.mood - by * (1.0 + 0.5 * self.person.temper))
        self.failures += 1


class Voice:
    """What is said. Replaced by the grammar; kept as a seam so that the play needs no words of its own."""

    def customer(self, scene: Scene, kind: str, channel: str) -> tuple[str, str]:
        raise NotImplementedError

    def agent(self, scene: Scene, kind: str, channel: str, agent: Agent) -> str:
        raise NotImplementedError

    def note(self, scene: Scene, kind: str, agent: Agent) -> str:
        raise NotImplementedError

    def automatic(self, scene: Scene, kind: str) -> str:
        raise NotImplementedError


def first_channel(scene: Scene) -> str:
    """By age and habit; without a mail address nobody writes mails."""
    draw, age = scene.draw, scene.person.age
    if age > 68:
        table = (("phone", 0.52), ("email", 0.17), ("form", 0.02), ("letter", 0.14), ("branch", 0.14), ("social", 0.01))
    elif age > 40:
        table = (("phone", 0.40), ("email", 0.39), ("form", 0.06), ("letter", 0.04), ("branch", 0.08), ("social", 0.03))
    else:
        table = (("phone", 0.25), ("email", 0.43), ("form", 0.12), ("letter", 0.01), ("branch", 0.06), ("social", 0.13))
    u = draw.u()
    for channel, share in table:
        if u < share:
            return channel if scene.person.mails or channel not in ("email", "form") else "phone"
        u -= share
    return "phone"


def _other_channel(scene: Scene, last: str) -> str:
    draw = scene.draw
    if draw.chance(0.46):
        return last
    u = draw.u()
    if u < 0.55:
        return "phone"
    if u < 0.84 and scene.person.mails:
        return "email"
    if u < 0.90:
        return "branch"
    if u < 0.95 and scene.person.age < 60:
        return "social"
    return "letter" if scene.person.age > 45 else "phone"


def patience(scene: Scene) -> float:
    """Seconds until the customer asks again."""
    return scene.draw.lognormal(2.6 * DAY, 0.7) * (1.0 - 0.35 * scene.person.temper)


def play(scene: Scene) -> None:
    """Runs the concern over all channels until it is solved, given up, or the window ends."""
    from rundblick_sample.channels import HANDLERS

    draw = scene.draw
    channel = first_channel(scene)
    if scene.long_chain and channel not in ("email", "form"):
        channel = "email" if scene.person.mails else "letter"
    at, kind = scene.start, "first"
    for _ in range(9):
        if at >= END:
            return
        outcome = HANDLERS[channel](scene, at, kind)
        if outcome.how == "solved":
            scene.solved_at = outcome.at if outcome.at < END else None
            _after(scene, outcome, channel)
            return
        if outcome.how == "claimed":
            scene.claimed_at = scene.claimed_at or outcome.at
        scene.sour({"claimed": 0.8, "promised": 0.9, "waiting": 0.7, "elsewhere": 0.6, "silent": 0.4}[outcome.how])
        if draw.chance(0.10 + 0.05 * scene.failures):
            scene.left = scene.mood <= -1.5 and draw.chance(0.5)
            return
        kind = {
            "claimed": "wrong",
            "promised": "broken",
            "waiting": "chase",
            "elsewhere": "sent_here",
            "silent": "chase",
        }[outcome.how]
        channel, at = outcome.channel or _other_channel(scene, channel), _return_at(scene, outcome)


def _return_at(scene: Scene, outcome: Outcome) -> float:
    draw = scene.draw
    if outcome.how == "elsewhere":
        return outcome.at + 600 + draw.exponential(0.5 * DAY)
    if outcome.how == "promised":
        return max(outcome.at, scene.due) + 3600 + draw.exponential(0.8 * DAY)
    if outcome.how == "claimed":
        return outcome.at + 1800 + draw.lognormal(2.2 * DAY, 0.9)
    return outcome.at + (draw.exponential(0.2 * DAY) if outcome.how == "silent" else patience(scene) * 0.5)


def _after(scene: Scene, outcome: Outcome, channel: str) -> None:
    """Some say thank you; the desk opens the ticket again for it, as desks do."""
    from rundblick_sample.channels import thank_you

    scene.mood = min(1.0, scene.mood + 1.2)
    if channel in ("email", "form") and scene.draw.chance(0.07):
        thank_you(scene, outcome.at + scene.draw.exponential(0.3 * DAY))


def promised_day(scene: Scene, at: float) -> float:
    """A promise falls due at the end of an office day."""
    due = hours.OFFICE.after(at, scene.draw.between(1, 4) * 9 * 3600)
    scene.due = (due // DAY) * DAY + 17 * 3600
    day = hours.day_of(scene.due)
    scene.facts["due"] = hours.WEEKDAYS[day.weekday()]
    scene.facts["duedate"] = f"{day.day:02d}.{day.month:02d}."
    return scene.due


def right_agent(scene: Scene, solved_by_first: bool) -> Agent:
    team = scene.topic.team if solved_by_first else "E-Mail-Service"
    return company.agent_of(scene.draw, team)
