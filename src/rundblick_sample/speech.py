"""Who says what: picks and joins texts by topic, situation, channel, temper and habit."""

from __future__ import annotations

from dataclasses import dataclass, field

from rundblick_sample import hours
from rundblick_sample.company import DOMAIN, Agent
from rundblick_sample.concern import Scene, Voice
from rundblick_sample.draw import Draw
from rundblick_sample.facts import base_facts, time_facts
from rundblick_sample.grammar import Node, compile_pool, compile_text
from rundblick_sample.registers import Style, dressed, sentence, style_of
from rundblick_sample.words import agents_de as agents
from rundblick_sample.words import around_de as around
from rundblick_sample.words import customers_de as customers
from rundblick_sample.words import english as en
from rundblick_sample.words import notes_de as notes

Pool = list[Node]
_BESIDES = ("Und noch eine Frage: ", "Außerdem: ", "Was ich noch wissen wollte: ", "Nebenbei gefragt: ", "Und: ")


def _pools(texts: dict[str, str]) -> dict[str, Pool]:
    return {name: compile_pool(text) for name, text in texts.items()}


@dataclass(slots=True)
class German:
    """The German grammar, compiled."""

    situation: dict[str, Pool] = field(default_factory=lambda: _pools(customers.SITUATION))
    detail: dict[str, Pool] = field(default_factory=lambda: _pools(customers.DETAIL))
    demand: dict[str, Pool] = field(default_factory=lambda: _pools(customers.DEMAND))
    greeting: dict[str, Pool] = field(default_factory=lambda: _pools(around.GREETING))
    opener: dict[str, Pool] = field(default_factory=lambda: _pools(around.OPENER))
    aside: Pool = field(default_factory=lambda: compile_pool(around.ASIDE))
    pressure: dict[int, Pool] = field(default_factory=lambda: {k: compile_pool(v) for k, v in around.PRESSURE.items()})
    closing: dict[str, Pool] = field(default_factory=lambda: _pools(around.CLOSING))
    returned: dict[str, Pool] = field(default_factory=lambda: _pools(around.RETURN))
    survey: dict[str, Pool] = field(default_factory=lambda: _pools(around.SURVEY))
    review: dict[str, tuple[Pool, Pool]] = field(
        default_factory=lambda: {k: (compile_pool(a), compile_pool(b)) for k, (a, b) in around.REVIEW.items()}
    )
    post: Pool = field(default_factory=lambda: compile_pool(around.POST))
    subject: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in around.SUBJECT.items()})
    vague: Node = field(default_factory=lambda: compile_text(around.VAGUE_SUBJECT))
    hello: Pool = field(default_factory=lambda: compile_pool(agents.HELLO))
    thanks: Pool = field(default_factory=lambda: compile_pool(agents.THANKS))
    solution: dict[str, Pool] = field(default_factory=lambda: _pools(agents.SOLUTION))
    non_solution: Pool = field(default_factory=lambda: compile_pool(agents.NON_SOLUTION))
    non_tail: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in agents.NON_TAIL.items()})
    ask: dict[str, Pool] = field(default_factory=lambda: _pools(agents.ASK))
    said: dict[str, Pool] = field(
        default_factory=lambda: {
            "promise": compile_pool(agents.PROMISE), "late_answer": compile_pool(agents.LATE),
            "send_in": compile_pool(agents.SEND_IN),
            "social": compile_pool(agents.SOCIAL), "review": compile_pool(agents.REVIEW_REPLY),
            "holiday": compile_pool(agents.HOLIDAY),
            "bounce": compile_pool(agents.BOUNCE),
        }
    )  # fmt: skip
    ack: Node = field(default_factory=lambda: compile_text(agents.ACK.strip()))
    bye: Pool = field(default_factory=lambda: compile_pool(agents.BYE))
    questions: dict[str, tuple[str, list[str], Pool]] = field(
        default_factory=lambda: {
            k: (code, asks, [compile_text(v) for v in told]) for k, (code, asks, told) in agents.QUESTIONS.items()
        }
    )
    note: dict[str, Pool] = field(default_factory=lambda: _pools(notes.NOTE))
    short: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in notes.SHORT.items()})
    asked: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in notes.ASKED.items()})


@dataclass(slots=True)
class English:
    """The English grammar, compiled."""

    situation: dict[str, Pool] = field(default_factory=lambda: _pools(en.SITUATION))
    demand: Pool = field(default_factory=lambda: compile_pool(en.DEMAND))
    returned: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in en.RETURN.items()})
    agent: dict[str, Pool] = field(default_factory=lambda: _pools(en.AGENT))
    greeting: Node = field(default_factory=lambda: compile_text(en.GREETING))
    closing: Node = field(default_factory=lambda: compile_text(en.CLOSING))
    angry: Node = field(default_factory=lambda: compile_text(en.ANGRY))
    hello: Node = field(default_factory=lambda: compile_text(en.HELLO))
    subject: Node = field(default_factory=lambda: compile_text(en.SUBJECT))
    note: Node = field(default_factory=lambda: compile_text(en.NOTE))
    social: Node = field(default_factory=lambda: compile_text(en.SOCIAL))
    survey: dict[str, Node] = field(default_factory=lambda: {k: compile_text(v) for k, v in en.SURVEY.items()})
    review: dict[str, tuple[Node, Node]] = field(
        default_factory=lambda: {k: (compile_text(a), compile_text(b)) for k, (a, b) in en.REVIEW.items()}
    )


class Speech(Voice):
    """Says everything that is said at the sample company."""

    def __init__(self) -> None:
        self.de = German()
        self.en = English()

    # -- before a concern -------------------------------------------------------------------------------------------

    def prepare(self, scene: Scene) -> None:
        """Facts, the writer's habits, and perhaps a standing question beside the concern."""
        scene.facts = base_facts(scene)
        if scene.person.style is None:
            scene.person.style = style_of(scene.draw, scene.person)
        if scene.topic.code in self.de.questions and scene.draw.chance(0.30):
            scene.question = self.de.questions[scene.topic.code][0]

    # -- customers ----------------------------------------------------------------------------------------------------

    def customer(self, scene: Scene, kind: str, channel: str) -> tuple[str, str]:
        time_facts(scene, scene.now, kind in ("broken", "told_again"))
        if channel == "survey":
            return "", self._survey(scene, kind)
        if channel == "review":
            return self._review(scene, kind)
        if channel == "social":
            return "", self._post(scene, kind)
        subject = self._subject(scene, kind)
        text = self._english(scene, kind) if scene.english else self._german(scene, kind, channel)
        number = scene.purchase.number
        scene.facts["said_order"] = number if number and number.lower() in text.lower() + subject.lower() else ""
        return subject, text

    def _one(self, scene: Scene, pool: Pool) -> str:
        u = scene.draw.u
        return sentence(pool[int(u() * len(pool))](u, scene.facts))

    def _anger(self, scene: Scene) -> int:
        return 0 if scene.mood > -0.4 else 1 if scene.mood > -1.3 else 2 if scene.mood > -2.3 else 3

    def _german(self, scene: Scene, kind: str, channel: str) -> str:
        draw, de = scene.draw, self.de
        style = scene.person.style
        assert style is not None
        anger = self._anger(scene)
        furious = anger >= 2 and draw.chance(0.6)
        tone = "angry" if furious else style.tone
        length = (
            max(style.length, 1) if channel == "letter" else min(style.length, 1) if channel == "form" else style.length
        )
        if kind == "thanks":
            body = [self._one(scene, de.returned["thanks"])]
        elif kind == "told_again":
            scene.facts["known"] = self._known(scene)
            body = [self._one(scene, de.returned["told_again"])]
            if draw.chance(0.4):
                body.append(self._one(scene, de.pressure[min(3, anger + 1)]))
        else:
            body = self._statement(scene, kind, furious, length, anger)
        text = dressed(draw, style, self._paragraphs(draw, body, length), furious)
        return self._framed(scene, text, tone, length, kind, channel)

    def _statement(self, scene: Scene, kind: str, furious: bool, length: int, anger: int) -> list[str]:
        draw, de, topic = scene.draw, self.de, scene.topic.code
        body: list[str] = []
        if kind in de.returned:
            body.append(self._one(scene, de.returned[kind]))
        elif draw.chance((0.12, 0.42, 0.75)[length]):
            body.append(self._one(scene, de.opener["angry" if furious else "polite"]))
        if kind not in de.returned or draw.chance(0.55):
            body.append(self._one(scene, de.situation[topic]))
        if length and draw.chance(0.75):
            body.append(self._one(scene, de.detail[topic]))
        if length == 2:
            body.extend(self._one(scene, de.aside) for _ in range(draw.between(1, 3)))
            if draw.chance(0.5):
                body.append(self._one(scene, de.detail[topic]))
        elif draw.chance(0.12):
            body.append(self._one(scene, de.aside))
        if draw.chance((0.55, 0.85, 0.9)[length]):
            body.append(self._one(scene, de.demand[topic]))
        if scene.question and kind == "first":
            asked = draw.pick(de.questions[topic][1])
            body.append(f"{sentence(draw.pick(_BESIDES) + asked)[:-1]}?")
        if draw.chance((0.25, 0.55, 0.8)[length]):
            body.append(self._one(scene, de.pressure[anger]))
        return list(dict.fromkeys(body))

    def _paragraphs(self, draw: Draw, body: list[str], length: int) -> str:
        if len(body) < 4 or draw.chance(0.4 if length < 2 else 0.2):
            return " ".join(body)
        cut = draw.between(2, len(body) - 1)
        if len(body) > 6 and draw.chance(0.6):
            return f"{' '.join(body[:2])}\n\n{' '.join(body[2:-1])}\n\n{body[-1]}"
        return f"{' '.join(body[:cut])}\n\n{' '.join(body[cut:])}"

    def _framed(self, scene: Scene, text: str, tone: str, length: int, kind: str, channel: str) -> str:
        """Greeting before, name and numbers behind; some do without."""
        draw, de, person = scene.draw, self.de, scene.person
        style = person.style
        assert style is not None
        parts: list[str] = []
        short = length == 0 and tone != "formal"
        if not (short and draw.chance(0.45)) and not (kind == "told_again" and draw.chance(0.5)):
            pool = de.greeting[tone]
            greeting = " ".join(pool[int(draw.u() * len(pool))](draw.u, scene.facts).split())
            if greeting:
                parts.append(greeting.lower() if style.lower else greeting)
        parts.append(text)
        if not (short and draw.chance(0.35)):
            pool = de.closing[tone]
            parts.append(" ".join(pool[int(draw.u() * len(pool))](draw.u, scene.facts).split()) or "Gruß")
        parts.append(self._signature(scene, style, tone, channel))
        gap = "\n" if short or draw.chance(0.15) else "\n\n"
        return gap.join(part for part in parts if part)

    def _signature(self, scene: Scene, style: Style, tone: str, channel: str) -> str:
        draw, person, facts = scene.draw, scene.person, scene.facts
        u = draw.u()
        if u < 0.08 and channel != "letter":
            return ""
        name = (
            person.first
            if tone == "young" and u < 0.6
            else f"{person.first} {person.last}"
            if u < 0.8
            else f"{person.first[0]}. {person.last}"
            if u < 0.88
            else f"{'Fam. ' if u < 0.91 else ''}{person.last}"
        )
        lines = [name.lower() if style.lower and draw.chance(0.7) else name]
        if channel == "letter" or draw.chance(0.14):
            lines.append(f"{facts['street']}, {facts['plz']} {facts['city']}")
        if draw.chance(0.10) and "der " not in facts["phone"]:
            lines.append(draw.pick(("Tel. ", "Telefon: ", "Mobil ", "")) + facts["phone"])
        facts["said_customer"] = ""
        known = scene.known
        if known.crm and draw.chance(0.16):
            key = draw.pick(known.crm).key
            facts["said_customer"] = key
            lines.append(draw.pick((f"Kundennummer {key}", f"Kd.-Nr. {key}", f"KdNr: {key}", f"Kundennr. {key}")))
        elif known.billing and draw.chance(0.06):
            lines.append(f"Konto {known.billing[0].key}")
        if draw.chance(0.05):
            lines.append(
                draw.pick(
                    (
                        "Von meinem Handy gesendet",
                        "Gesendet von unterwegs",
                        "Diese Nachricht wurde auf meinem Tablet geschrieben.",
                    )
                )
            )
        return "\n".join(lines)

    def _known(self, scene: Scene) -> str:
        """The fact that was asked for, told again."""
        facts, draw, person = scene.facts, scene.draw, scene.person
        asked = facts.get("asked_last", "order_no")
        if asked == "order_no":
            return f"{draw.pick(('Bestellnummer', 'die Bestellnummer ist', 'Auftrag', 'Bestellung'))} {facts['order']}"
        if asked == "customer_no":
            key = scene.known.crm[0].key if scene.known.crm else ""
            if key:
                facts["said_customer"] = key
                return f"{draw.pick(('Kundennummer', 'meine Kundennummer lautet', 'Kd.-Nr.'))} {key}"
            return draw.pick(
                (
                    "eine Kundennummer habe ich nie bekommen",
                    "welche Kundennummer, ich habe keine",
                    f"auf der Bestellung steht nur {facts['order']}",
                )
            )
        if asked == "address":
            head = draw.pick(("Adresse:", "ich wohne", "Anschrift:"))
            return f"{head} {facts['street']}, {facts['plz']} {facts['city']}"
        if asked == "birth_date":
            year, month, day = person.born
            return f"{draw.pick(('geboren am', 'Geburtsdatum', 'geb.'))} {day:02d}.{month:02d}.{year}"
        if asked == "model":
            return (
                f"{draw.pick(('es ist', 'Modell', 'auf dem Typenschild steht'))} {facts['model']} ({facts['article']})"
            )
        if asked == "purchase_date":
            head = draw.pick(("gekauft am", "Kaufdatum", "Rechnung vom"))
            tail = draw.pick(("Beleg hatte ich angehängt", "siehe Rechnung", "bei Ihnen natürlich"))
            return f"{head} {facts['date']}, {tail}"
        if asked == "photo":
            return draw.pick(
                (
                    "die Fotos waren doch an der ersten Mail",
                    "Bilder noch einmal anbei",
                    "ich hatte drei Fotos mitgeschickt",
                    "anbei die Fotos, zum zweiten Mal",
                )
            )
        return f"{draw.pick(('erreichbar unter', 'Telefon', 'meine Nummer:'))} {facts['phone']}"

    def _known_in_english(self, scene: Scene) -> str:
        facts, asked = scene.facts, scene.facts.get("asked_last", "order_no")
        year, month, day = scene.person.born
        number = scene.known.crm[0].key if scene.known.crm else ""
        told = {
            "order_no": f"my order is {facts['order']}",
            "customer_no": f"my customer number is {number}" if number else "I never got a customer number",
            "address": f"{facts['street']}, {facts['plz']} {facts['city']}",
            "birth_date": f"I was born on {day:02d}.{month:02d}.{year}",
            "model": f"it is the {facts['article']}",
            "purchase_date": f"I bought it on {facts['date']}",
            "photo": "the pictures were in my first mail",
        }
        return told.get(asked, f"my number is {facts['phone']}")

    def _subject(self, scene: Scene, kind: str) -> str:
        draw = scene.draw
        last = next(
            (c.subject for c in reversed(scene.contacts) if c.system == "mail" and c.subject and not c.automatic), ""
        )
        if last and kind != "first" and not scene.fresh:
            return last if last.lower().startswith(("re:", "aw:")) else f"{'Re' if scene.english else 'AW'}: {last}"
        if scene.english:
            text = self.en.subject(draw.u, scene.facts)
        else:
            text = (
                self.de.vague(draw.u, scene.facts)
                if draw.chance(0.14)
                else self.de.subject[scene.topic.code](draw.u, scene.facts)
            )
        text = " ".join(text.split())
        style = scene.person.style
        if style is not None and style.lower:
            text = text.lower()
        return text.upper() if scene.mood < -2 and draw.chance(0.2) else text

    def _post(self, scene: Scene, kind: str) -> str:
        draw = scene.draw
        facts = scene.facts
        if scene.english:
            facts["situation"] = draw.pick(self.en.situation[scene.topic.code])(draw.u, facts).rstrip("?")
            return sentence(self.en.social(draw.u, facts))
        if kind == "again":
            text = self._one(scene, self.de.returned["again"])
        else:
            facts["situation"] = self._one(scene, self.de.situation[scene.topic.code]).rstrip(".")
            facts["demand"] = self._one(scene, self.de.demand[scene.topic.code])
            text = self._one(scene, self.de.post)
        style = scene.person.style
        return dressed(draw, style, text, scene.mood < -1.5) if style else text

    def _survey(self, scene: Scene, kind: str) -> str:
        if scene.english:
            return self.en.survey[kind](scene.draw.u, scene.facts)
        text = self._one(scene, self.de.survey[kind])
        if scene.draw.chance(0.3):
            text += " " + self._one(scene, self.de.survey[kind])
        style = scene.person.style
        return dressed(scene.draw, style, text, scene.mood < -2) if style else text

    def _review(self, scene: Scene, kind: str) -> tuple[str, str]:
        draw, facts = scene.draw, scene.facts
        if scene.english:
            head, body = self.en.review[kind]
            facts["situation"] = draw.pick(self.en.situation[scene.topic.code])(draw.u, facts).rstrip("?")
            return head(draw.u, facts), sentence(body(draw.u, facts))
        heads, bodies = self.de.review[kind]
        facts["situation"] = self._one(scene, self.de.situation[scene.topic.code]).rstrip(".")
        facts["aside"] = self._one(scene, self.de.aside)
        text = self._one(scene, bodies)
        style = scene.person.style
        return self._one(scene, heads).rstrip("."), dressed(draw, style, text, False) if style else text

    def _english(self, scene: Scene, kind: str) -> str:
        draw, e, facts = scene.draw, self.en, scene.facts
        parts = [e.greeting(draw.u, facts)]
        body: list[str] = []
        if kind == "told_again":
            facts["known"] = self._known_in_english(scene)
        if kind in e.returned:
            body.append(sentence(e.returned[kind](draw.u, facts)))
        if kind not in ("thanks", "told_again"):
            body.append(self._one(scene, e.situation[scene.topic.code]))
            if draw.chance(0.7):
                body.append(self._one(scene, e.demand))
            if scene.mood < -1.3:
                body.append(e.angry(draw.u, facts))
        parts.append(" ".join(body))
        parts.append(f"{e.closing(draw.u, facts)}\n{scene.person.first} {scene.person.last}")
        return "\n\n".join(parts)

    # -- employees ----------------------------------------------------------------------------------------------------

    def agent(self, scene: Scene, kind: str, channel: str, agent: Agent) -> str:
        draw, de = scene.draw, self.de
        time_facts(scene, scene.now, kind == "promise")
        facts = scene.facts
        facts["agent"] = agent.name
        if kind in ("social", "review"):
            facts["initials"] = agent.short[:2]
            return self._one(scene, de.said[kind])
        if kind == "ask_known":
            facts["asked_last"] = facts.get("asked", "order_no")
        answer = self._standing(scene, agent) if kind in ("solution", "non_solution", "send_in", "late_answer") else ""
        if scene.english and draw.chance(0.7):
            body = [self._one(scene, self.en.agent.get(kind) or self.en.agent["solution"]), answer]
            head, tail = self.en.hello(draw.u, facts), "Kind regards"
        else:
            body = self._body(scene, kind, answer)
            head = self._hello(scene)
            tail = " ".join(de.bye[int(draw.u() * len(de.bye))](draw.u, facts).split())
        sign = f"{tail}\n{agent.name}\n{agent.team}" + (
            f"\nNordlicht Haushaltsgeräte GmbH\n{agent.mail}" if draw.chance(0.6) else ""
        )
        return f"{head}\n\n{' '.join(part for part in body if part)}\n\n{sign}"

    def _hello(self, scene: Scene) -> str:
        text = scene.draw.pick(self.de.hello)(scene.draw.u, scene.facts)
        if text.startswith(("Sehr geehrte ", "Liebe ")) and "Herr " in text:
            text = text.replace("geehrte ", "geehrter ", 1).replace("Liebe ", "Lieber ", 1)
        return text

    def _body(self, scene: Scene, kind: str, answer: str) -> list[str]:
        draw, de, topic = scene.draw, self.de, scene.topic.code
        body = [self._one(scene, de.thanks)] if draw.chance(0.72) else []
        if kind == "solution":
            body.append(self._one(scene, de.solution[topic]))
        elif kind == "non_solution":
            body.append(self._one(scene, de.non_solution))
            if draw.chance(0.5):
                body.append(sentence(de.non_tail[topic](draw.u, scene.facts)))
        elif kind == "ask_known":
            body.append(self._one(scene, de.ask[scene.facts.get("asked", "order_no")]))
            if draw.chance(0.2):
                body.append(self._one(scene, de.ask[draw.pick(("phone", "customer_no", "model"))]))
        else:
            body.append(self._one(scene, de.said[kind]))
        body.append(answer)
        return body

    def _standing(self, scene: Scene, agent: Agent) -> str:
        """The answer to a standing question: everybody knows another one."""
        if not scene.question or "answer" in scene.facts:
            return ""
        code, _, told = self.de.questions[scene.topic.code]
        draw = scene.draw
        own = sum(map(ord, agent.name + agent.team)) % len(told)
        variant = own if draw.chance(0.75) else draw.below(len(told))
        scene.facts["answer"] = f"{code}:{variant}"
        return sentence(told[variant](draw.u, scene.facts))

    def note(self, scene: Scene, kind: str, agent: Agent) -> str:
        draw, de, facts = scene.draw, self.de, scene.facts
        time_facts(scene, scene.now, True)
        facts["short"] = de.short[scene.topic.code](draw.u, facts)
        said = draw.pick(de.situation[scene.topic.code])(draw.u, facts)
        facts["situation"] = said[:1].lower() + said[1:]
        if scene.english:
            text = self.en.note(draw.u, facts)
        else:
            pool = de.note.get(kind) or de.note["first"]
            text = pool[int(draw.u() * len(pool))](draw.u, facts)
        asked = facts.get("asked", "")
        if asked in de.asked:
            facts["asked_last"] = asked
            text += ". " + de.asked[asked](draw.u, facts)
        if scene.question and kind == "first":
            told = self._standing(scene, agent)
            text += f". Ausk.: {told}" if told else ""
        text = " ".join(text.split())
        return text.lower() if sum(map(ord, agent.name)) % 5 == 0 else text

    def automatic(self, scene: Scene, kind: str) -> str:
        draw, facts = scene.draw, scene.facts
        time_facts(scene, scene.now, False)
        if kind == "ack":
            case = next((c for c in reversed(scene.cases) if c.system == "mail"), None)
            facts["ticket"] = case.number if case else ""
            return f"{self._hello(scene)}\n\n{self.de.ack(draw.u, facts)}"
        pool = self.de.said["bounce" if kind == "bounce" else "holiday"]
        return draw.pick(pool)(draw.u, facts).replace("mx.example", f"mx.{DOMAIN.partition('.')[2]}")


__all__ = ["Speech", "hours"]
