"""Who says what: picks and joins texts by topic, situation, channel and temper."""

from __future__ import annotations

from rundblick_sample.company import Agent
from rundblick_sample.concern import Scene, Voice


class Speech(Voice):
    """First form: plain sentences."""

    def prepare(self, scene: Scene) -> None:
        scene.facts = {"order": scene.purchase.number}

    def customer(self, scene: Scene, kind: str, channel: str) -> tuple[str, str]:
        p = scene.purchase
        return (
            f"{scene.topic.label} {p.number}",
            f"Guten Tag, es geht um {p.article.name} {p.number}: {scene.topic.label} ({kind}). {scene.person.first} {scene.person.last}",
        )

    def agent(self, scene: Scene, kind: str, channel: str, agent: Agent) -> str:
        return f"Guten Tag {scene.person.last}, zu {scene.topic.label}: {kind}. {agent.name}"

    def note(self, scene: Scene, kind: str, agent: Agent) -> str:
        return f"Kd. ruft an wg. {scene.topic.label} ({kind})"

    def automatic(self, scene: Scene, kind: str) -> str:
        return f"Automatische Nachricht: {kind}"
