"""Returns and repairs: their own numbers, their own log, an outside partner, and nobody who tells the desk."""

from __future__ import annotations

from rundblick_sample import clerks, company
from rundblick_sample.case import Case
from rundblick_sample.concern import Outcome, Scene
from rundblick_sample.hours import DAY, END, OFFICE


def needs_number(scene: Scene) -> bool:
    """Whether the thing has to come in: then only returns and repairs can solve the concern."""
    if not scene.topic.repair or any(case.system == "repairs" for case in scene.cases):
        return False
    return scene.draw.chance({"repair": 0.72, "return": 0.80, "damaged": 0.55}[scene.topic.code])


def reserve(scene: Scene) -> str:
    """The repair number, known before the thing is announced, so that an answer can name it."""
    number = scene.facts.get("rma_next") or f"RMA{scene.numbers.next('rma', 60_233)}"
    scene.facts["rma_next"] = scene.facts["rma"] = number
    return number


def workshop(scene: Scene, at: float) -> Outcome:
    """The way of the thing: announced, arrived, looked at, waiting for a part, done, sent back."""
    draw = scene.draw
    case = _open(scene, at)
    arrived = OFFICE.after(at + draw.lognormal(4.5 * DAY, 0.5), 3600)
    clerk = company.agent_of(draw, "Retouren")
    case.log(arrived, "eingegangen", "open", "Retouren", clerk, clerk.name)
    scene.own(clerk)
    done = OFFICE.after(arrived, draw.lognormal(14 * 3600, 0.6))
    agent = clerk
    if scene.topic.code == "repair" or scene.long_chain:
        done, agent = _through_the_shop(scene, case, done, agent)
    solved = _status_calls(scene, at, done)
    case.log(done, "erledigt", "resolved", agent.team, agent, agent.name)
    if draw.chance(0.8):
        case.log(done + draw.between(2, 12) * DAY, "abgeschlossen", "closed", None, None, "System")
    if done >= END:
        return Outcome(END, "waiting")
    if draw.chance(0.17):
        back = done + draw.lognormal(8 * DAY, 0.7)
        scene.sour(0.9)
        case.log(back, "reklamiert", "open", agent.team, agent, "Kunde")
        again = OFFICE.after(back + 4 * DAY, draw.lognormal(20 * 3600, 0.6))
        case.log(again, "erledigt", "resolved", agent.team, agent, agent.name)
        return Outcome(back, "claimed")
    return Outcome(done, "solved" if solved else "claimed")


def _open(scene: Scene, at: float) -> Case:
    draw = scene.draw
    number = reserve(scene)
    del scene.facts["rma_next"]
    case = Case("repairs", number, at, "other", "", scene.topic, scene.person, scene.id)
    case.seen = clerks.seen(draw, scene.person, clerks.REPAIRS, scene.household)
    case.order = scene.purchase.number if draw.chance(0.55) else ""
    case.article = scene.purchase.article.name
    case.flag_lost = True
    scene.cases.append(case)
    clerk = company.agent_of(draw, "Retouren")
    case.log(at, "angemeldet", "new", "Retouren", clerk, clerk.name)
    return case


def _through_the_shop(scene: Scene, case: Case, at: float, agent: company.Agent) -> tuple[float, company.Agent]:
    draw = scene.draw
    seen = {agent.name}
    stations = draw.between(8, 10) if scene.long_chain else 1 + draw.chance(0.35) + draw.chance(0.15)
    for number in range(stations):
        team = "Werkstatt"
        if number and draw.chance(0.4):
            team = draw.pick(("Elektro Petersen (Partner)", "Retouren", "Rechnungswesen", "Versand"))
        agent = company.agent_of(draw, team)
        for _ in range(12):
            if agent.name not in seen:
                break
            agent = company.agent_of(
                draw, draw.pick(("Werkstatt", "Versand", "Rechnungswesen", "Retouren")) if scene.long_chain else team
            )
        seen.add(agent.name)
        case.log(at, "in Prüfung" if team == "Werkstatt" else "weitergegeben", "open", agent.team, agent, agent.name)
        scene.own(agent)
        at = OFFICE.after(at, draw.lognormal(9 * 3600, 0.7))
        if draw.chance(0.3):
            case.log(at, "wartet auf Teil", "open", None, None, agent.name)
            at = OFFICE.after(at + draw.lognormal(5 * DAY, 0.6), 3600)
    return at, agent


def _status_calls(scene: Scene, start: float, done: float) -> bool:
    """While the thing is away the customer asks where it is; each time somebody else answers."""
    from rundblick_sample.channels import status_call

    draw = scene.draw
    at = start + draw.lognormal(10 * DAY, 0.5)
    asked = 0
    while at < min(done, END) and asked < 4 and draw.chance(0.72):
        status_call(scene, at, "where_is_it")
        scene.sour(0.4)
        asked += 1
        at += draw.lognormal(5 * DAY, 0.6)
    return draw.chance(0.93)
