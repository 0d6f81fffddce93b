"""Telephone, letters, branches, social networks: how each takes a concern in, and what it does not tell the others."""

from __future__ import annotations

from collections.abc import Callable

from rundblick_sample import clerks, company, desk, hours, phones
from rundblick_sample.company import Agent
from rundblick_sample.concern import Contact, Outcome, Scene, promised_day
from rundblick_sample.desk import thank_you
from rundblick_sample.hours import DAY, END, HOTLINE, OFFICE
from rundblick_sample.repairs import needs_number, reserve, workshop

__all__ = ["HANDLERS", "status_call", "thank_you"]


def _caller(scene: Scene) -> str:
    """The number that the switchboard saw: the own one, the household's, somebody else's, or none."""
    draw, person = scene.draw, scene.person
    if not scene.caller or draw.chance(0.2):
        u = draw.u()
        number = person.mobile if (u < 0.62 or not person.landline) else person.landline
        if u > 0.97:
            others = [p.mobile for p in scene.household if p.mobile and p is not person]
            number = draw.pick(others) if others else number
        scene.caller = "" if u < 0.10 or number is None else phones.e164(number)
    return scene.caller


def _short_staffed(at: float) -> float:
    """Share of callers who hang up before anybody answers."""
    day = hours.day_of(at).weekday()
    lost = {0: 0.21, 1: 0.13, 2: 0.09, 3: 0.09, 4: 0.12, 5: 0.17}.get(day, 0.1)
    hour = int(at % DAY) // 3600
    lost += 0.05 if hour in (9, 10, 12) else 0.0
    return lost * (2.0 if hours.STRIKE[0] <= at / DAY < hours.STRIKE[1] + 7 else 1.0)


def _call(scene: Scene, at: float, kind: str, agent: Agent | None, direction: str = "in") -> Contact | None:
    """One row of the switchboard; without an agent nobody answered."""
    assert scene.voice is not None
    draw = scene.draw
    quick = agent is not None and draw.chance(0.36)
    waited = 3 + draw.below(15) if quick else int(draw.exponential(140)) + 10
    talked = int(draw.lognormal(330, 0.6)) if agent else 0
    scene.now = at
    number = scene.numbers.next("call", 9_000_118)
    contact = Contact("phone", f"{number}", at, "phone", direction, scene.id, scene.person, scene.topic, agent,
                      scene.voice.note(scene, kind, agent) if agent else "", sender=_caller(scene))  # fmt: skip
    contact.waited = 0 if direction == "out" else waited
    contact.talked, contact.wrapped = talked, int(draw.exponential(70)) if agent else 0
    contact.answered = agent is not None
    if agent and scene.known.crm and draw.chance(0.17):
        contact.customer_no = draw.pick(scene.known.crm).key
    contact.asks = scene.facts.pop("asked", "")
    contact.answer = scene.facts.pop("answer", "")
    return scene.add(contact)


def phone(scene: Scene, at: float, kind: str) -> Outcome:
    """A call to the hotline, with hanging up, trying again, being handed on, being promised a call."""
    draw = scene.draw
    at = hours.arrivals("call").next_from(draw, at) if kind != "first" or not HOTLINE.is_open(at) else at
    tries = 0
    while draw.chance(_short_staffed(at)) and tries < 3:
        _call(scene, at, kind, None)
        scene.sour(0.15)
        tries += 1
        if tries == 2 and draw.chance(0.3):
            return Outcome(at, "silent")
        at = hours.arrivals("call").next_from(draw, at + draw.exponential(0.25 * DAY) + 300)
    team = "Hotline Kiel" if draw.chance(0.58) else "Hotline Extern (CallNord)"
    agent = company.agent_of(draw, team)
    scene.own(agent)
    scene.told += 1
    if draw.chance(0.3) and (scene.told > 1 or draw.chance(0.4)):
        scene.facts["asked"] = draw.pick(("customer_no", "order_no", "address", "birth_date"))
    handed = draw.chance(scene.topic.wrong_team * 0.55)
    call = _call(scene, at, kind, agent)
    if call is None:
        return Outcome(END, "waiting")
    end = at + call.waited + call.talked
    if handed:
        other = company.agent_of(draw, scene.topic.team if draw.chance(0.6) else team)
        if other.name != agent.name:
            call.handed_to = other.name
            scene.own(other)
            agent = other
    return _call_ends(scene, call, end, agent)


def _call_ends(scene: Scene, call: Contact, end: float, agent: Agent) -> Outcome:
    draw = scene.draw
    u = draw.u()
    if u < 0.10 and scene.person.mails:
        return Outcome(end, "elsewhere", "email")
    if u < 0.25:
        return _call_back(scene, call, end, agent)
    if needs_number(scene):
        return workshop(scene, end)
    right = scene.topic.solved_first + (0.2 if agent.team == scene.topic.team else 0.0) + 0.08 * scene.failures
    return Outcome(end, "solved" if draw.chance(min(0.93, right)) else "claimed")


def _call_back(scene: Scene, call: Contact, end: float, agent: Agent) -> Outcome:
    draw = scene.draw
    due = promised_day(scene, end)
    if draw.chance(0.44):
        call.promise = "kept"
        scene.promises_kept += 1
        back = _call(scene, due - draw.below(5 * 3600), "call_back", agent, "out")
        solved = draw.chance(0.78)
        return Outcome(back.at if back else due, "solved" if solved else "claimed")
    call.promise = "broken"
    scene.promises_broken += 1
    return Outcome(end, "promised")


def status_call(scene: Scene, at: float, kind: str) -> bool:
    """The customer asks by phone after something that runs elsewhere; True if the hotline could solve it."""
    draw = scene.draw
    at = hours.arrivals("call").next_from(draw, at)
    if draw.chance(_short_staffed(at)):
        _call(scene, at, kind, None)
        at = hours.arrivals("call").next_from(draw, at + 900)
    agent = company.agent_of(draw, "Hotline Kiel" if draw.chance(0.55) else "Hotline Extern (CallNord)")
    scene.own(agent)
    scene.told += 1
    if draw.chance(0.45):
        scene.facts["asked"] = draw.pick(("customer_no", "order_no", "address"))
    return _call(scene, at, kind, agent) is not None and kind == "chase" and draw.chance(0.3)


def letter(scene: Scene, at: float, kind: str) -> Outcome:
    """A letter: three days under way, a week on the desk, sometimes for ever."""
    assert scene.voice is not None
    draw = scene.draw
    came = OFFICE.after((at // DAY + draw.between(1, 4)) * DAY + 9 * 3600, 60)
    scene.now = came
    subject, text = scene.voice.customer(scene, kind, "letter")
    number = f"P{scene.numbers.next('letter', 20_415)}"
    clerk = company.agent_of(draw, "Poststelle")
    incoming = scene.add(
        Contact("letters", number, came, "letter", "in", scene.id, scene.person, scene.topic, clerk, text, subject,
                seen=clerks.seen(draw, scene.person, clerks.LETTERS, scene.household),
                customer_no=scene.facts.get("said_customer", ""))
    )  # fmt: skip
    if incoming is None or draw.chance(0.12):
        return Outcome(came + 9 * DAY, "waiting")
    agent = company.agent_of(draw, scene.topic.team)
    scene.own(agent)
    out = OFFICE.after(came, draw.lognormal(45 * 3600, 0.6))
    kind_out = "send_in" if needs_number(scene) else "solution"
    if kind_out == "send_in":
        reserve(scene)
    elif not draw.chance(min(0.9, scene.topic.solved_first + 0.25)):
        kind_out = "non_solution"
    scene.now = out
    answer = scene.voice.agent(scene, kind_out, "letter", agent)
    scene.add(
        Contact("letters", f"P{scene.numbers.next('letter', 20_415)}", out, "letter", "out", scene.id, scene.person,
            scene.topic, agent, answer,
                f"Ihr Schreiben vom {hours.german_day(came)}", reply_to=number, seen=incoming.seen,
                answer=scene.facts.pop("answer", ""))
    )  # fmt: skip
    if kind_out == "send_in":
        return workshop(scene, out)
    return Outcome(out + 2 * DAY, "solved" if kind_out == "solution" else "claimed")


def branch(scene: Scene, at: float, kind: str) -> Outcome:
    """A visit; the branch keeps its own list."""
    assert scene.voice is not None
    draw = scene.draw
    at = hours.arrivals("visit").next_from(draw, at)
    scene.now = at
    place = draw.pick(company.BRANCHES)
    agent = company.agent_of(draw, place)
    scene.own(agent)
    scene.told += 1
    visit = scene.add(
        Contact("branch", f"B{scene.numbers.next('branch', 3_001)}", at, "branch", "in", scene.id, scene.person,
            scene.topic, agent,
                scene.voice.note(scene, kind, agent), seen=clerks.seen(draw, scene.person, clerks.BRANCH,
                    scene.household), box=place,
                customer_no=draw.pick(scene.known.crm).key if scene.known.crm and draw.chance(0.28) else "")
    )  # fmt: skip
    if visit is None:
        return Outcome(END, "waiting")
    visit.talked = int(draw.lognormal(540, 0.5))
    if draw.chance(0.27):
        return Outcome(at + 1200, "elsewhere", "phone" if draw.chance(0.6) or not scene.person.mails else "email")
    if needs_number(scene):
        return workshop(scene, at + 900)
    return Outcome(at + 900, "solved" if draw.chance(scene.topic.solved_first + 0.1) else "claimed")


def social(scene: Scene, at: float, kind: str) -> Outcome:
    """A public post: answered in fewer than half of the cases, seldom with more than a way to another channel."""
    assert scene.voice is not None
    draw = scene.draw
    if not scene.handle:
        scene.handle = scene.person.handle or f"user{scene.person.id * 7919 % 100_000_007}"
        scene.person.handle = scene.handle
    at = hours.arrivals("any").next_from(draw, at) if kind != "first" else at
    scene.now = at
    key = f"S{scene.numbers.next('social', 510_077)}"
    portal = draw.pick(("mastodon", "bluesky", "facebook", "instagram"))
    post = Contact("social", key, at, "social", "in", scene.id, scene.person, scene.topic, None,
        scene.voice.customer(scene, kind, "social")[1],
                   sender=scene.handle, box=portal)  # fmt: skip
    scene.told += 1
    if scene.add(post) is None or draw.chance(0.57):
        return Outcome(at + 1.5 * DAY, "waiting")
    agent = company.agent_of(draw, "Social Media")
    scene.own(agent)
    out = OFFICE.after(at, draw.lognormal(6 * 3600, 0.9))
    scene.now = out
    reply = Contact("social", f"S{scene.numbers.next('social', 510_077)}", out, "social", "out", scene.id,
        scene.person, scene.topic, agent,
                    scene.voice.agent(scene, "social", "social", agent), reply_to=key, sender=scene.handle,
                    box=portal)  # fmt: skip
    if scene.add(reply) is not None and draw.chance(0.38):
        again = Contact("social", f"S{scene.numbers.next('social', 510_077)}", out + draw.exponential(5 * 3600),
            "social", "in", scene.id,
                        scene.person, scene.topic, None, scene.voice.customer(scene, "again", "social")[1],
                        reply_to=reply.key,
                        sender=scene.handle, box=portal)  # fmt: skip
        scene.add(again)
        if draw.chance(scene.topic.solved_first * 0.6):
            return Outcome(out + 3600, "solved")
    return Outcome(out, "elsewhere", "email" if scene.person.mails and draw.chance(0.6) else "phone")


HANDLERS: dict[str, Callable[[Scene, float, str], Outcome]] = {
    "phone": phone,
    "email": desk.handle,
    "form": lambda scene, at, kind: desk.handle(scene, at, kind, "form"),
    "letter": letter,
    "branch": branch,
    "social": social,
}
