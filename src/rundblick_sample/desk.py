"""Mail and web forms: the ticket desk with its queues, hand-overs, questions, promises and acknowledgements."""

from __future__ import annotations

from rundblick_sample import company, hours
from rundblick_sample.case import Case
from rundblick_sample.company import DOMAIN, Agent
from rundblick_sample.concern import Contact, Outcome, Scene, patience, promised_day
from rundblick_sample.hours import DAY, END, OFFICE
from rundblick_sample.repairs import needs_number, reserve, workshop

_TEAMS = ("E-Mail-Service", "Rechnungswesen", "Versand", "Retouren", "Werkstatt", "Vertragsservice", "Beschwerdestelle")
_BOX = {"Rechnungswesen": "rechnung", "Retouren": "retoure", "Werkstatt": "werkstatt"}
_LOAD = {0: 1.55, 1: 1.25, 2: 1.0, 3: 1.0, 4: 1.15, 5: 1.4, 6: 1.4}
_KNOWN_FACTS = ("order_no", "customer_no", "address", "birth_date", "model", "purchase_date", "photo", "phone")


def _load(at: float) -> float:
    """How much slower than usual: Mondays, the weeks of the strike, the weeks after Christmas."""
    day = at / DAY
    slow = _LOAD[hours.day_of(at).weekday()]
    if hours.STRIKE[0] <= day < hours.STRIKE[1] + 7:
        slow *= 2.2
    month = hours.day_of(at).month
    return slow * (1.35 if month in (12, 1) else 1.0)


def message_id(scene: Scene, ours: bool, host: str = "") -> str:
    n = scene.numbers.next("mail", 10_000)
    if ours:
        return f"<NL.{n}.{scene.id % 97:02d}@{DOMAIN}>"
    kind = n % 3
    host = host or "mail.example"
    if kind == 0:
        return f"<{n:08x}.{(n * 48271) % 99991}@{host}>"
    if kind == 1:
        return f"<CAF{n * 6364136223846793005 % 2**50:x}@mail.{host}>"
    return f"<trinity-{n}-{(n * 69621) % 1000003}@{host}>"


def sender_of(scene: Scene) -> str:
    """The address of this mail: mostly the usual one, now and then another, seldom the partner's."""
    draw, person = scene.draw, scene.person
    if not scene.address:
        scene.address = person.mails[-1] if draw.chance(0.22) else person.mails[0]
        if draw.chance(0.035):
            others = [p for p in scene.household if p is not person and p.mails and p.last == person.last]
            if others:
                scene.address = draw.pick(others).mails[0]
    elif draw.chance(0.05):
        return draw.pick(person.mails)
    return scene.address


def write_in(scene: Scene, at: float, kind: str, case: Case | None, channel: str, reply_to: str = "") -> Contact | None:
    """One mail or form of the customer."""
    assert scene.voice is not None
    draw = scene.draw
    address = sender_of(scene)
    scene.now, scene.fresh = at, case is None
    subject, text = scene.voice.customer(scene, kind, channel)
    box = company.BOX[_BOX.get(scene.topic.team, "service") if draw.chance(0.25) else "service"]
    last = [c for c in scene.contacts if c.system == "mail" and c.case and case and c.case == case.number]
    refs = tuple(c.key for c in last[-4:] if not c.automatic)
    if reply_to and reply_to not in refs:
        refs = (*refs, reply_to)
    return scene.add(
        Contact(
            "mail", message_id(scene, False, address.rpartition("@")[2]), at, channel, "in", scene.id, scene.person,
            scene.topic, None, text,
            subject, case.number if case else "", reply_to or (refs[-1] if refs else ""), address, box=box, refs=refs,
            mbox=scene.mbox,
            order_no=scene.facts.get("said_order", ""), customer_no=scene.facts.get("said_customer", ""),
        )
    )  # fmt: skip


def write_out(
    scene: Scene, at: float, kind: str, case: Case, agent: Agent, answers: Contact | None, address: str = ""
) -> Contact | None:
    """One mail of ours."""
    assert scene.voice is not None
    scene.now = at
    text = scene.voice.agent(scene, kind, "email", agent)
    subject = answers.subject if answers else scene.topic.label
    if not subject.lower().startswith(("re:", "aw:")):
        subject = f"{'Re' if scene.english else 'AW'}: {subject}"
    if case.number not in subject:
        subject = f"{subject} [{case.number}]"
    refs = (*(answers.refs if answers else ()), *((answers.key,) if answers else ()))
    contact = Contact(
        "mail", message_id(scene, True), at, "email", "out", scene.id, scene.person, scene.topic, agent, text, subject,
        case.number,
        answers.key if answers else "", address or (answers.sender if answers else case.address), refs=refs,
        mbox=scene.mbox,
        box=answers.box if answers else company.BOX["service"],
    )  # fmt: skip
    contact.asks = scene.facts.pop("asked", "")
    contact.answer = scene.facts.pop("answer", "")
    return scene.add(contact)


def acknowledge(scene: Scene, case: Case, answers: Contact) -> None:
    """The automatic acknowledgement: it is no reaction."""
    assert scene.voice is not None
    scene.add(
        Contact(
            "mail", message_id(scene, True), answers.at + 60 + scene.draw.below(200), "email", "out", scene.id,
            scene.person, scene.topic, None,
            scene.voice.automatic(scene, "ack"), f"Ihre Anfrage bei Nordlicht [{case.number}]", case.number,
            answers.key, answers.sender,
            automatic=True, refs=(answers.key,), mbox=scene.mbox, box=answers.box,
        )
    )  # fmt: skip


def bounce_or_holiday(scene: Scene, case: Case, ours: Contact) -> None:
    """What comes back by itself: an out-of-office note or a mail that could not be delivered."""
    assert scene.voice is not None
    kind = "bounce" if scene.draw.chance(0.35) else "holiday"
    sender = f"MAILER-DAEMON@{ours.sender.rpartition('@')[2]}" if kind == "bounce" else ours.sender
    subject = "Undelivered Mail Returned to Sender" if kind == "bounce" else f"Automatische Antwort: {ours.subject}"
    scene.add(
        Contact(
            "mail", message_id(scene, False, ours.sender.rpartition("@")[2]), ours.at + 5 + scene.draw.below(90),
            "email", "in", scene.id,
            scene.person, scene.topic, None, scene.voice.automatic(scene, kind), subject, case.number, ours.key,
            sender, automatic=True,
            refs=(ours.key,), mbox=scene.mbox, box=ours.box,
        )
    )  # fmt: skip


def _ticket(scene: Scene, at: float, channel: str, kind: str) -> tuple[Case, bool]:
    """The ticket that this mail lands in: the old one when the thread is kept, else a second one."""
    draw = scene.draw
    if scene.cases and kind != "first":
        last = next((c for c in reversed(scene.cases) if c.system == "mail"), None)
        if last is not None and draw.chance(0.68):
            return last, False
    number = f"NL-{scene.numbers.next('ticket', 304_511)}"
    case = Case(
        "mail", number, at, channel, sender_of(scene) if scene.person.mails else "", scene.topic, scene.person, scene.id
    )
    case.flag_lost = draw.chance(0.06)
    scene.cases.append(case)
    return case, True


def _hops(scene: Scene) -> int:
    draw = scene.draw
    if scene.long_chain:
        return draw.between(9, 12)
    if not draw.chance(scene.topic.wrong_team):
        return 0
    hops = 1
    while hops < 5 and draw.chance(0.36):
        hops += 1
    return hops


def _pass_around(scene: Scene, case: Case, at: float, agent: Agent) -> tuple[float, Agent]:
    """Hand-overs from desk to desk until somebody feels responsible."""
    draw = scene.draw
    hops = _hops(scene)
    used = {agent.name}
    for number in range(hops):
        at = OFFICE.after(at, draw.lognormal(1.7 * 3600 if scene.long_chain else 3.0 * 3600, 0.8) * _load(at))
        by = agent.name
        last = number == hops - 1
        team = scene.topic.team if last or draw.chance(0.3) else draw.pick(_TEAMS)
        if draw.chance(0.2):
            team = agent.team
        agent = company.agent_of(draw, team)
        for _ in range(12):
            if agent.name not in used:
                break
            agent = company.agent_of(draw, team if not scene.long_chain else draw.pick(_TEAMS))
        if agent.name == by:
            continue
        used.add(agent.name)
        if draw.chance(0.3) and agent.team != case_team(case):
            case.log(at, "handover", "open", agent.team, "", by)
            at = OFFICE.after(at, draw.lognormal(2.0 * 3600, 0.7))
            case.log(at, "assign", "open", agent.team, agent, agent.name)
        else:
            case.log(at, "handover", "open", agent.team, agent, by, extra_hops=2 if draw.chance(0.02) else 0)
        scene.own(agent)
    return at, agent


def case_team(case: Case) -> str:
    return next((c.team for c in reversed(case.changes) if c.team), "")


def handle(scene: Scene, at: float, kind: str, channel: str = "email") -> Outcome:
    """A mail or form comes in; what the desk makes of it."""
    draw = scene.draw
    at = hours.arrivals("any").next_from(draw, at) if kind != "first" else at
    case, new = _ticket(scene, at, channel, kind)
    incoming = write_in(scene, at, kind, None if new else case, channel)
    if incoming is None:
        return Outcome(END, "waiting")
    if new:
        incoming.case, case.address = case.number, incoming.sender
        first_team = scene.topic.team if draw.chance(0.35) else "E-Mail-Service"
        case.log(at, "created", "new", first_team, "", "System")
        if draw.chance(0.9):
            acknowledge(scene, case, incoming)
    else:
        case.log(at, "customer", "open", None, None, "Kunde")
    taken = OFFICE.after(at, draw.lognormal(1.5 * 3600, 1.05) * _load(at))
    team = case_team(case) or "E-Mail-Service"
    previous = next((c.agent for c in reversed(case.changes) if c.agent), "")
    agent = next((a for a in company.STAFF.get(team, ()) if a.name == previous), None) if draw.chance(0.6) else None
    agent = agent or company.agent_of(draw, team)
    case.log(taken, "assign", "open", agent.team, agent, agent.name)
    scene.own(agent)
    ready, agent = _pass_around(scene, case, taken, agent)
    answer_at = OFFICE.after(ready, draw.lognormal(0.7 * 3600, 0.8))
    waits = patience(scene)
    if answer_at - at > waits and draw.chance(0.75):
        from rundblick_sample.channels import status_call

        if status_call(scene, at + waits, "chase"):
            case.log(answer_at, "reply", "resolved", None, None, agent.name)
            write_out(scene, answer_at, "late_answer", case, agent, incoming)
            return Outcome(at + waits, "solved")
    return _answer(scene, case, incoming, answer_at, agent)


def _answer(scene: Scene, case: Case, incoming: Contact, at: float, agent: Agent) -> Outcome:
    """The human answer: a question, a promise, a solution, or what passes for one."""
    draw = scene.draw
    if draw.chance(0.035) and not scene.long_chain:
        return Outcome(at, "silent")  # closed without a word, or forgotten
    if draw.chance(0.24):
        fact = draw.pick(_KNOWN_FACTS)
        scene.facts["asked"] = fact
        asked = write_out(scene, at, "ask_known", case, agent, incoming)
        case.log(at, "reply", "pending", None, None, agent.name)
        if asked is None or draw.chance(0.12):
            case.log(at + 10 * DAY, "autoclose", "closed", None, None, "System")
            return Outcome(at + 3 * DAY, "silent")
        back = at + draw.lognormal(11 * 3600, 1.0)
        scene.sour(0.35)
        incoming = write_in(scene, back, "told_again", case, "email", asked.key) or incoming
        case.log(back, "customer", "open", None, None, "Kunde")
        at = OFFICE.after(back, draw.lognormal(3.5 * 3600, 0.9) * _load(back))
        if draw.chance(0.25):
            agent = company.agent_of(draw, scene.topic.team)
            case.log(at - 600, "handover", "open", agent.team, agent, agent.name)
            scene.own(agent)
    if draw.chance(0.17):
        incoming_at, outcome = _promise(scene, case, incoming, at, agent)
        if outcome is not None:
            return outcome
        at = incoming_at
    return _solution(scene, case, incoming, at, agent)


def _promise(scene: Scene, case: Case, incoming: Contact, at: float, agent: Agent) -> tuple[float, Outcome | None]:
    """ "Bis Freitag melden wir uns": kept in less than half of the cases."""
    draw = scene.draw
    due = promised_day(scene, at)
    sent = write_out(scene, at, "promise", case, agent, incoming)
    case.log(at, "reply", "open", None, None, agent.name)
    kept = draw.chance(0.46)
    if sent is not None:
        sent.promise = "kept" if kept else "broken"
    if kept:
        scene.promises_kept += 1
        return max(at + 3600, due - draw.below(6 * 3600)), None
    scene.promises_broken += 1
    if draw.chance(0.6):
        return OFFICE.after(due, draw.lognormal(14 * 3600, 0.6)), None
    return at, Outcome(at, "promised")


def _solution(scene: Scene, case: Case, incoming: Contact, at: float, agent: Agent) -> Outcome:
    draw = scene.draw
    if needs_number(scene):
        reserve(scene)
        write_out(scene, at, "send_in", case, agent, incoming)
        case.log(at, "reply", "resolved", None, None, agent.name)
        case.log(at + 7 * DAY, "autoclose", "closed", None, None, "System")
        return workshop(scene, at)
    right = scene.topic.solved_first + (0.22 if agent.team == scene.topic.team else 0.0) + 0.10 * scene.failures
    solved = draw.chance(min(0.93, right))
    ours = write_out(scene, at, "solution" if solved else "non_solution", case, agent, incoming)
    case.log(at, "reply", "resolved", None, None, agent.name)
    if draw.chance(0.86):
        case.log(at + 7 * DAY, "autoclose", "closed", None, None, "System")
    if ours is not None and draw.chance(0.02):
        bounce_or_holiday(scene, case, ours)
    return Outcome(at, "solved" if solved else "claimed")


def thank_you(scene: Scene, at: float) -> None:
    """A mail of thanks; in four of ten cases the desk counts it as a reopening."""
    case = next((c for c in reversed(scene.cases) if c.system == "mail" and c.changes), None)
    if case is None or write_in(scene, at, "thanks", case, "email") is None:
        return
    if scene.draw.chance(0.4):
        agent = next((c.agent for c in reversed(case.changes) if c.agent), "") or "System"
        case.log(at, "customer", "open", None, None, "Kunde")
        case.log(OFFICE.after(at, 2 * 3600), "note", "resolved", None, None, agent)
