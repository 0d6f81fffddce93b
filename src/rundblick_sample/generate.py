"""Makes the whole company, block of customers by block: bounded memory, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rundblick_sample import company, hours, opinions, people
from rundblick_sample.case import Case, Row
from rundblick_sample.concern import Contact, Scene, play
from rundblick_sample.draw import Draw, Weighted
from rundblick_sample.exports import MBOX_LIMIT, Exports
from rundblick_sample.files import Entry, Known, Numbers, Purchase, enrol, mix_cards
from rundblick_sample.names import NICKNAMES
from rundblick_sample.people import Person, Registry
from rundblick_sample.speech import Speech
from rundblick_sample.topics import BY_CODE, TOPIC, Topic
from rundblick_sample.truth import Truth

SMALLEST, LARGEST = 200, 1_000_000
BLOCK_PEOPLE, BLOCK_INTERACTIONS = 4_000, 30_000
PER_CUSTOMER = 8
LONG_CHAINS = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made: counts, and where it lies."""

    exports: Path
    truth: Path
    customers: int
    seed: int
    interactions: int
    concerns: int
    cases: int
    records: int


@dataclass(slots=True)
class _Run:
    """The state that goes from block to block."""

    seed: int
    registry: Registry
    numbers: Numbers
    exports: Exports
    truth: Truth
    speech: Speech
    opinions: opinions.Opinions
    mbox_share: float
    chains: int = 0
    done: int = 0
    customers_in_cases: int = 0


def generate(
    out: Path, customers: int, seed: int, interactions: int | None = None, progress: Progress | None = None
) -> Summary:
    """Writes ``out/exports`` and ``out/truth``.

    customers: 200 to 1,000,000 people. interactions: how many contacts in all (within a few); default eight a customer.
    progress is called with (interactions made, interactions wanted). Raises ValueError for sizes outside the limits and
    FileExistsError when ``out`` already holds exports.
    """
    if not SMALLEST <= customers <= LARGEST:
        raise ValueError(f"customers must lie between {SMALLEST} and {LARGEST:,}, not {customers:,}")
    wanted = PER_CUSTOMER * customers if interactions is None else interactions
    if not customers // 2 <= wanted <= 400 * customers:
        raise ValueError(
            f"interactions must lie between {customers // 2:,} and {400 * customers:,} for {customers:,} customers, "
            f"not {wanted:,}"
        )
    if (out / "exports").exists() or (out / "truth").exists():
        raise FileExistsError(f"{out} already holds a sample company; choose an empty folder")
    run = _Run(seed, Registry(), Numbers(), Exports(out / "exports"), Truth(out / "truth"), Speech(),
        opinions.Opinions(customers),
               min(0.42, 0.85 * MBOX_LIMIT / (0.62 * wanted)))  # fmt: skip
    blocks = max(1, -(-customers // BLOCK_PEOPLE), -(-wanted // BLOCK_INTERACTIONS))
    for block in range(blocks):
        _block(
            run,
            block,
            (block + 1) * customers // blocks - block * customers // blocks,
            (block + 1) * wanted // blocks,
            blocks,
        )
        if progress:
            progress(run.done, wanted)
    return _finish(run, out, customers)


def _block(run: _Run, block: int, size: int, quota: int, blocks: int) -> None:
    draw = Draw(run.seed, "block", block)
    homes = _homes(draw, run.registry, size)
    known = {p.id: enrol(draw, run.numbers, p, home) for home in homes for p in home}
    for home in homes:
        mix_cards(draw, [known[p.id] for p in home])
    entries = [e for k in known.values() for e in (*k.crm, *k.shop, *k.billing)]
    run.exports.customers(draw, entries)
    run.exports.purchases(
        sorted((p for k in known.values() for p in k.purchases), key=lambda p: p.at),
        sorted((p for k in known.values() for p in k.payments), key=lambda p: p.at),
    )
    run.truth.entries(entries)
    scenes = _scenes(run, draw, homes, known, quota, block, blocks)
    _write(run, draw, scenes)
    run.opinions.block(draw, run.exports, run.truth, scenes, [p for home in homes for p in home])


def _homes(draw: Draw, registry: Registry, size: int) -> list[list[Person]]:
    homes: list[list[Person]] = []
    count = 0
    while count < size:
        home = people.household(draw, registry)
        if count + len(home) > size:
            cut = size - count
            registry.persons -= len(home) - cut
            home = home[:cut]
        homes.append(home)
        count += len(home)
    return homes


def _scenes(
    run: _Run, draw: Draw, homes: list[list[Person]], known: dict[int, Known], quota: int, block: int, blocks: int
) -> list[Scene]:
    """Concerns are played until the block has its share of contacts; some people have many, many have none."""
    scenes: list[Scene] = []
    pool = [(person, home) for home in homes for person in home]
    weights = [(draw.exponential(1.0) + 0.15) * (1.0 + 0.9 * _late(known[person.id])) for person, _ in pool]
    chosen = Weighted(pool, weights)
    chains = (block + 1) * LONG_CHAINS // blocks - block * LONG_CHAINS // blocks
    while run.done < quota:
        person, home = chosen.draw(draw.u())
        chain = chains > 0 and bool(person.mails)
        scene = _scene(run, draw, person, home, known, chain)
        play(scene)
        if chain:
            chains -= 1 if any(len({c.agent for c in case.changes if c.agent}) >= 8 for case in scene.cases) else 0
            scene.long_chain = any(len({c.agent for c in case.changes if c.agent}) >= 8 for case in scene.cases)
        scenes.append(scene)
        run.done += len(scene.contacts)
    return scenes


def _late(known: Known) -> int:
    """Orders that came after the promised day: their customers have more to say."""
    return sum(1 for p in known.purchases if p.number and p.delivered is not None and p.delivered > p.promised > 0)


_ANYTIME = ("product", "cancel", "address", "complaint", "appointment")


def _topic(draw: Draw, at: float) -> Topic:
    day = at / hours.DAY
    if hours.STRIKE[0] <= day < hours.STRIKE[1] + 7 and draw.chance(0.6):
        return BY_CODE["delivery_late"]
    return TOPIC.draw(draw.u())


def _matter(draw: Draw, known: Known, at: float) -> tuple[Topic, Purchase, float]:
    """What it is about, which purchase, and when it begins: a late delivery needs an order that was late."""
    for _ in range(6):
        topic = _topic(draw, at)
        if topic.code in _ANYTIME:
            break
        fitting = [(p, start) for p in known.purchases if (start := _begins(draw, topic.code, p)) is not None]
        if fitting:
            purchase, start = draw.pick(fitting)
            return topic, purchase, hours.at_his_time(draw, start)
    else:
        topic = BY_CODE[draw.pick(_ANYTIME)]
    before = [p for p in known.purchases if p.at < at]
    return topic, draw.pick(before or known.purchases), at


def _begins(draw: Draw, topic: str, p: Purchase) -> float | None:
    """When a concern of this kind about this purchase would begin; None when it cannot."""
    day = hours.DAY
    had = p.delivered if p.delivered is not None else None
    if topic == "delivery_late":
        late = p.number and p.promised < (had if had is not None else hours.END) and p.status != "storniert"
        start = p.promised + draw.exponential(2 * day) if late else None
        if start is not None and had is not None and start > had and draw.chance(0.8):
            start = p.promised + draw.u() * (had - p.promised)
    elif topic == "order_change":
        start = p.at + draw.exponential(0.6 * day) if p.number else None
    elif topic in ("invoice", "reminder"):
        start = p.at + (3 if topic == "invoice" else 20) * day + draw.exponential(14 * day)
    elif had is None:
        start = None
    elif topic == "damaged":
        start = had + draw.exponential(1.2 * day)
    elif topic == "return":
        start = had + 2 * day + draw.exponential(9 * day)
    else:  # repair
        start = had + 15 * day + draw.exponential(240 * day)
    return start if start is not None and 0 < start < hours.END - 600 else None


def _scene(
    run: _Run, draw: Draw, person: Person, home: list[Person], all_known: dict[int, Known], chain: bool
) -> Scene:
    known = all_known[person.id]
    at = hours.arrivals("any").draw(draw)
    if chain:
        at = min(at, hours.END - (150 + draw.below(60)) * hours.DAY)
    owner = known
    if draw.chance(0.025) and len(home) > 1:
        owner = all_known[draw.pick(home).id]  # writes for somebody else of the household
    topic, purchase, begins = _matter(draw, owner, at)
    run.numbers.concern += 1
    scene = Scene(
        draw, run.numbers, run.numbers.concern, person, home, known, topic, purchase, at if chain else begins,
        long_chain=chain, voice=run.speech,
    )  # fmt: skip
    scene.mood = -0.4 * draw.u() - 0.6 * max(0.0, person.temper)
    scene.mood -= 0.5 if topic.code in ("complaint", "reminder", "damaged") else 0.0
    scene.english = person.english or draw.chance(0.055)
    scene.mbox = draw.chance(run.mbox_share)
    scene.owner_id = purchase.person.id
    run.speech.prepare(scene)
    return scene


def _write(run: _Run, draw: Draw, scenes: list[Scene]) -> None:
    contacts: list[Contact] = [c for scene in scenes for c in scene.contacts]
    contacts.sort(key=lambda c: c.at)
    names: dict[str, str] = {}
    spoken: set[tuple[str, str, int]] = set()
    for c in contacts:
        if c.system in ("mail", "social", "phone") and c.sender and not c.automatic:
            if c.sender not in names:
                names[c.sender] = _display_name(draw, c.person)
            if (c.system, c.sender, c.person.id) not in spoken:
                spoken.add((c.system, c.sender, c.person.id))
    run.exports.contacts(draw, contacts, names)
    _identities(run, contacts, spoken)
    cases: list[tuple[Case, list[Row]]] = [
        (case, list(case.rows())) for scene in scenes for case in scene.cases if case.changes
    ]
    cases.sort(key=lambda item: item[0].opened)
    seen: set[int] = set()
    for case, log in cases:
        run.exports.case(draw, case, log)
        run.truth.case(case)
        if case.seen is not None:
            run.truth.identity("repairs", case.number, case.person, case.seen.trap)
        seen.add(case.person.id)
    run.customers_in_cases += len(seen)
    by_person: dict[int, list[tuple[Scene, list[Contact]]]] = {}
    for scene in scenes:
        run.truth.scene(scene)
        inbound = sorted((c for c in scene.contacts if c.direction == "in" and not c.automatic), key=lambda c: c.at)
        by_person.setdefault(scene.person.id, []).append((scene, inbound))
    run.truth.first_contact(by_person)


def _display_name(draw: Draw, person: Person) -> str:
    """What stands before the address in a From line."""
    u = draw.u()
    if u < 0.70:
        return f"{person.first} {person.last}"
    if u < 0.78:
        return f"{person.last}, {person.first}"
    if u < 0.84:
        return NICKNAMES.get(person.first, person.first)
    if u < 0.90:
        return f"{person.first[0]}. {person.last}"
    return f"Familie {person.last}" if u < 0.93 else ""


def _identities(run: _Run, contacts: list[Contact], spoken: set[tuple[str, str, int]]) -> None:
    """Truth of the records that contacts appear through: addresses, numbers and handles, letters, visits."""
    by_id = {c.person.id: c.person for c in contacts}
    users: dict[tuple[str, str], int] = {}
    for system, key, _ in spoken:
        users[(system, key)] = users.get((system, key), 0) + 1
    for system, key, person in sorted(spoken):
        run.truth.identity(system, key, by_id[person], "shared" if users[(system, key)] > 1 else "plain")
    for c in contacts:
        if c.seen is not None and c.direction == "in":
            run.truth.identity(c.system, c.key, c.person, c.seen.trap)


def _finish(run: _Run, out: Path, customers: int) -> Summary:
    blind_spots = run.opinions.close(Draw(run.seed, "opinions"), run.exports, run.truth)
    run.exports.close()
    measures = run.truth.close(
        run.registry.persons, run.registry.households, run.customers_in_cases, blind_spots,
        {"customers": customers, "seed": run.seed, "company": company.COMPANY},
    )  # fmt: skip
    return Summary(
        out / "exports", out / "truth", customers, run.seed, measures["interactions"], measures["concerns"],
        measures["cases"]["all"]["cases"],
        sum(measures["records_by_system"].values()),
    )  # fmt: skip


__all__ = ["Entry", "Summary", "generate"]
