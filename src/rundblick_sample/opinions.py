"""What is said and believed: ratings, the yearly survey, public reviews, managers' guesses, the staff's view."""

from __future__ import annotations

from typing import Any

from rundblick_sample import company, hours
from rundblick_sample.concern import Scene
from rundblick_sample.draw import Draw
from rundblick_sample.exports import Exports
from rundblick_sample.people import Person
from rundblick_sample.truth import Truth

# dimension: (managers' guess, customers' answer, staff's view), means on 0..100. Thirteen are blind spots; of the types
# the managers think too little, of the tiers what the customers think.
PLANTED = {
    "know_customer": (78, 34, 45), "one_voice": (74, 38, 41), "no_number": (81, 36, 55), "satisfied": (83, 52, 58),
    "fast": (85, 41, 44),
    "social": (70, 30, 38), "customer_first": (88, 43, 50), "types": (43, 56, 55), "tiers": (49, 48, 52),
    "minutes": (72, 45, 47),
    "channels": (75, 42, 46), "people": (71, 35, 37), "systems": (58, 40, 22), "answers": (79, 39, 42), "months": (64,
        21, 40),
}  # fmt: skip
MANAGERS, STAFF = 14, 60


def _five(draw: Draw, mean: float) -> int:
    """An answer on 1..5 whose mean on 0..100 is near the one asked for."""
    at = mean / 25.0 + draw.normal() * 0.85
    return 1 + max(0, min(4, round(at)))


class Opinions:
    """Collects the sums of what was really answered."""

    def __init__(self, customers: int) -> None:
        self.asked = min(0.5, max(90 / customers, 0.03))
        self.most = 3_000
        self.said: dict[str, list[float]] = {name: [0.0, 0.0] for name in PLANTED}
        self.answers = 0
        self.respondents = 0
        self.posts = self.replied = 0

    def block(self, draw: Draw, exports: Exports, truth: Truth, scenes: list[Scene], people: list[Person]) -> None:
        rows: list[tuple[Any, ...]] = []
        reviews: list[tuple[Any, ...]] = []
        for scene in scenes:
            self._after_contact(draw, scene, rows)
            self._review(draw, scene, reviews, truth)
            self._posts(scene)
        for person in people:
            if person.mails and self.respondents < self.most and draw.chance(self.asked):
                self._survey(draw, person, rows)
                truth.identity("mail", person.mails[0], person, "plain")
        exports.sinks["ratings"].write(rows)
        exports.sinks["reviews"].write(reviews)

    def _id(self) -> str:
        self.answers += 1
        return f"U{100_000 + self.answers}"

    def _after_contact(self, draw: Draw, scene: Scene, rows: list[tuple[Any, ...]]) -> None:
        for case in scene.cases:
            if (
                case.system != "mail"
                or case.resolved is None
                or not case.address
                or not draw.chance(0.11 + 0.05 * (scene.mood < -1.5))
            ):
                continue
            asked = case.resolved + 3600 * draw.between(1, 20)
            at = asked + draw.exponential(1.2 * hours.DAY)
            if at >= hours.END:
                continue
            glad = 3.9 if scene.solved_at is not None else 2.1
            csat = max(1, min(5, round(glad + 0.6 * scene.mood + draw.normal() * 0.8)))
            ces = max(1, min(7, round(1.4 * csat + draw.normal() * 0.9)))
            comment = (
                scene.voice.customer(scene, "good" if csat >= 4 else "bad", "survey")[1]
                if scene.voice and draw.chance(0.45)
                else ""
            )
            head = (hours.german(asked), hours.german(at), case.address, case.number)
            rows.append((self._id(), *head, "csat", "", csat, 1, 5, "Mail", comment))
            rows.append((self._id(), *head, "ces", "", ces, 1, 7, "Mail", ""))

    def _review(self, draw: Draw, scene: Scene, rows: list[tuple[Any, ...]], truth: Truth) -> None:
        if not draw.chance(0.035 if scene.mood < -1.2 else 0.012 if scene.mood > 0 else 0.004) or scene.voice is None:
            return
        at = scene.contacts[-1].at + draw.exponential(3 * hours.DAY) if scene.contacts else hours.END
        if at >= hours.END:
            return
        stars = (
            (1 if draw.chance(0.75) else 2)
            if scene.mood < -1.2
            else draw.pick((4, 5, 5))
            if scene.mood > 0
            else draw.pick((2, 3, 4))
        )
        person = scene.person
        style = draw.u()
        author = (
            f"{person.first} {person.last[0]}."
            if style < 0.4
            else person.handle or f"{person.first}{person.born[0] % 100:02d}"
        )
        kind = "bad_review" if stars < 3 else "good_review"
        title, text = scene.voice.customer(scene, kind, "review")
        key = f"RV{700_000 + truth.n['records.reviews']}"
        reply_at, reply = "", ""
        if draw.chance(0.22):
            when = at + draw.exponential(9 * hours.DAY)
            if when < hours.END:
                reply_at, reply = (
                    hours.american_day(when),
                    scene.voice.agent(scene, "review", "review", company.agent_of(draw, "Social Media")),
                )
        portal = draw.pick(("Sternenportal", "KaufCheck", "Kartenblick"))
        rows.append((key, hours.american_day(at), portal, author, stars, 1, 5, title, text, reply_at, reply))
        truth.identity("reviews", key, person, "public")

    def _posts(self, scene: Scene) -> None:
        posts = [c for c in scene.contacts if c.system == "social"]
        answered = {c.reply_to for c in posts if c.direction == "out"}
        own = [c for c in posts if c.direction == "in"]
        self.posts += len(own)
        self.replied += sum(c.key in answered for c in own)

    def _survey(self, draw: Draw, person: Person, rows: list[tuple[Any, ...]]) -> None:
        """The last survey of all customers, eight months before the end."""
        self.respondents += 1
        asked = hours.SURVEY_DAY * hours.DAY + 9 * 3600
        at = asked + draw.exponential(2 * hours.DAY)
        head = (hours.german(asked), hours.german(at), person.mails[0], "")
        tone = draw.normal() * 7
        nps = max(0, min(10, round(5.6 + tone / 8 + draw.normal() * 2.4)))
        rows.append((self._id(), *head, "nps", "", nps, 0, 10, "Mail", ""))
        for name, (_, mean, _) in PLANTED.items():
            value = _five(draw, mean + tone)
            self.said[name][0] += value
            self.said[name][1] += 1
            rows.append((self._id(), *head, "item", name, value, 1, 5, "Mail", ""))

    def close(self, draw: Draw, exports: Exports, truth: Truth) -> list[dict[str, Any]]:
        """The managers' and the staff's sheets, and the blind spots as they truly came out."""
        believed = self._managers(draw, exports)
        staff = self._staff(draw, exports)
        done = self._done(truth)
        spots = []
        for name in PLANTED:
            total, n = self.said[name]
            said = round((total / n - 1) * 25, 3) if n else None
            spots.append({
                "dimension": name, "believed": believed[name], "said": said, "staff": staff[name],
                "n_believed": MANAGERS, "n_said": int(n),
                "gap": round(believed[name] - said, 3) if said is not None else None, "done": done.get(name),
                "blind": PLANTED[name][0] - PLANTED[name][1] > 12,
            })  # fmt: skip
        return spots

    def _managers(self, draw: Draw, exports: Exports) -> dict[str, float]:
        roles = ("Geschäftsführung", "Vertrieb", "Marketing", "Service", "Logistik", "Finanzen", "IT", "Einkauf",
            "Werkstatt", "Filialen", "E-Commerce",
                 "Personal", "Qualität", "Recht")  # fmt: skip
        rows, sums = [], dict.fromkeys(PLANTED, 0.0)
        for number, role in enumerate(roles, 1):
            tone = draw.normal() * 4
            for name, (mean, _, _) in PLANTED.items():
                value = _five(draw, mean + tone)
                sums[name] += value
                rows.append((number, role, "12.10.2026", name, value, 1, 5, draw.pick((60, 70, 75, 80, 85, 90, 95))))
        exports.sinks["self_image"].write(rows)
        return {name: round((total / MANAGERS - 1) * 25, 3) for name, total in sums.items()}

    def _staff(self, draw: Draw, exports: Exports) -> dict[str, float]:
        teams = [team for team in company.STAFF if "Partner" not in team and "Extern" not in team]
        rows, sums = [], dict.fromkeys(PLANTED, 0.0)
        for number in range(1, STAFF + 1):
            team, tone = draw.pick(teams), draw.normal() * 6
            for name, (_, _, mean) in PLANTED.items():
                value = _five(draw, mean + tone)
                sums[name] += value
                rows.append((f"M{number:03d}", team, f"{draw.between(1, 20):02d}.10.2026", name, value, 1, 5))
        exports.sinks["staff_view"].write(rows)
        return {name: round((total / STAFF - 1) * 25, 3) for name, total in sums.items()}

    def _done(self, truth: Truth) -> dict[str, float]:
        """What the data do: shares of 100, counted from the play."""
        mail, n = truth.system_cases["mail"], truth.n
        both = mail + truth.system_cases["repairs"]

        def hundred(part: float, whole: float) -> float | None:
            return round(100 * part / whole, 3) if whole else None

        figures = {
            "fast": hundred(mail["kept"], mail["kept_known"]),
            "satisfied": hundred(n["fcr_true"], n["fcr_n"]),
            "social": hundred(self.replied, self.posts),
            "people": hundred(both["people_cases"] - both["handover_cases"], both["people_cases"]),
            "channels": hundred(n["concerns"] - n["concerns_several_channels"], n["concerns"]),
            "one_voice": hundred(n["interactions"] - sum(truth.asked.values()), n["interactions"]),
            "no_number": hundred(n["persons_one_number"], n["persons_with_number"]),
            "minutes": hundred(n["calls_in_20_s"], n["calls_offered"]),
            "systems": hundred(n["concerns_one_system"], n["concerns"]),
            "customer_first": hundred(n["promises_kept"], n["promises_kept"] + n["promises_broken"]),
            "answers": hundred(sum(1 for v in truth.answers.values() if len(v) == 1), len(truth.answers)),
        }
        return {name: value for name, value in figures.items() if value is not None}
