"""What the faces say about escalations, tiers and authority: sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_currency
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

from rundblick.cases.authority import Authority
from rundblick.cases.models import MessageContent
from rundblick.cases.tiers import Known, Rule, Tiers
from rundblick.cases.tone import read, sentence_of
from rundblick.core.money import Money
from rundblick.core.tones import Law
from rundblick.people.models import Role


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence; ``marked``: what was heard stands here."""

    text: str
    marked: bool = False


def language() -> str:
    return (get_language() or "en")[:2]


def money_words(money: Money) -> str:
    """An amount as it is written where the reader is: "2.400 EUR" without cents where there are none."""
    whole = money.minor % 100 == 0
    text: str = format_currency(
        money.minor / 100, money.currency, "#,##0 ¤¤" if whole else "#,##0.00 ¤¤",
        locale=to_locale(get_language() or "en"), currency_digits=False,
    )  # fmt: skip
    return text


def told_in(texts: Mapping[str, str]) -> str:
    """What a company wrote, in the reader's language, else in one that there is."""
    return texts.get(language()) or texts.get("en") or next(iter(texts.values()), "")


def rule_label(name: str) -> str:
    """A rule's name; those of the first day are ours, so they are said in the reader's language."""
    usual = {
        "Solution overdue": _("Solution overdue"),
        "Words of law": _("Words of law"),
        "Angry in public": _("Angry in public"),
        "Third message without an answer": _("Third message without an answer"),
        "Broken promise": _("Broken promise"),
    }
    return usual.get(name, name)


def trigger_label(trigger: str) -> str:
    return {
        "law": _("Law"),
        "reach": _("Public reach"),
        "clock": _("Clock"),
        "commitment": _("Broken promise"),
        "mood": _("Anger"),
        "repeat": _("Repetition"),
        "handover": _("Passed on"),
        "value": _("Value"),
        "person": _("By hand"),
    }.get(trigger, trigger)


def law_label(kind: str) -> str:
    return {
        "any": _("any of them"),
        Law.LAWYER.value: _("lawyer, legal steps"),
        Law.COURT.value: _("court, action, charges"),
        Law.AUTHORITY.value: _("authority, ombudsman, consumer protection"),
        Law.PRIVACY.value: _("rights under data protection"),
        Law.CLAIM.value: _("deadline, damages, rescission"),
        Law.PAYMENT.value: _("chargeback, collection"),
    }.get(kind, kind)


def clock_label(code: str) -> str:
    return {
        "reaction.warned": _("first answer soon overdue"),
        "reaction.breached": _("first answer overdue"),
        "resolution.warned": _("solution soon overdue"),
        "resolution.breached": _("solution overdue"),
    }.get(code, code)


def mood_label(mood: int) -> str:
    return (_("calm"), _("annoyed"), _("angry"), _("furious"))[min(max(mood, 0), 3)]


def why_words(trigger: str, detail: Mapping[str, Any] | None) -> str:
    """Why a case was escalated, as was seen: one line."""
    seen = dict(detail or {})
    found: list[str] = []
    if seen.get("law"):
        found.append(", ".join(law_label(kind) for kind in seen["law"]))
    if seen.get("clock"):
        found.append(", ".join(clock_label(code) for code in seen["clock"]))
    if trigger == "commitment":
        found.append(_("something promised was not done in time"))
    if trigger in ("mood", "reach") and seen.get("mood"):
        found.append(_("the customer is %(mood)s") % {"mood": mood_label(seen["mood"])})
    if trigger == "reach":
        found.append(_("everybody can read it"))
    if n := seen.get("followers"):
        found.append(ngettext("%(n)s follower", "%(n)s followers", n) % {"n": f"{n:,}"})
    if (n := seen.get("unanswered", 0)) > 1:
        found.append(_("%(n)s messages without a human answer") % {"n": n})
    if trigger == "repeat" and (n := seen.get("reopened", 0)):
        found.append(ngettext("opened again once", "opened again %(n)s times", n) % {"n": n})
    if trigger == "repeat" and (n := seen.get("again", 0)) > 1:
        found.append(_("case number %(n)s of this topic within 30 days") % {"n": n})
    if trigger == "handover" and (n := seen.get("handovers", 0)):
        found.append(ngettext("handed over once", "handed over %(n)s times", n) % {"n": n})
    if seen.get("minor") and seen.get("currency"):
        spent = money_words(Money(int(seen["minor"]), str(seen["currency"])))
        found.append(_("orders of %(amount)s in 12 months") % {"amount": spent})
    if trigger == "person":
        found.append(_("a colleague asks for a decision"))
    if seen.get("stage") == 2:
        found.append(_("nobody looked in time, so it went on to the next one"))
    return " · ".join(found)


def heard(trigger: str, detail: Mapping[str, Any] | None) -> tuple[Piece, ...]:
    """The sentence that triggered it, with the words that were heard marked; () where there is none any more."""
    message = (detail or {}).get("message") or (detail or {}).get("note")
    content = MessageContent.objects.filter(message_id=message).first() if message else None
    if content is None or not content.text:
        return ()
    if trigger == "person":
        return (Piece(content.text[:400]),)
    tone = read(content.text)
    wanted = [mark for mark in tone.marks if (mark.kind == "anger") == (trigger in ("mood", "reach"))] or [*tone.marks]
    if not wanted:
        return ()
    start, end = sentence_of(content.text, wanted[0])
    pieces, at = [], start
    for mark in sorted(wanted, key=lambda one: one.start):
        if at <= mark.start and mark.end <= end:
            pieces += [Piece(content.text[at : mark.start]), Piece(content.text[mark.start : mark.end], True)]
            at = mark.end
    pieces.append(Piece(content.text[at:end]))
    return tuple(Piece(" ".join(one.text.split(" ")), one.marked) for one in pieces if one.text)


def authority_words(authority: Authority) -> list[str]:
    """What somebody may decide, line by line."""
    found = [_("goodwill up to %(amount)s") % {"amount": money_words(one)} for one in authority.goodwill]
    if authority.refund:
        found.append(_("refund"))
    if authority.exception:
        found.append(_("exception from a deadline"))
    if more := told_in(authority.texts):
        found.append(more)
    return found


def decider_label(link: str, names: Mapping[str, str]) -> str:
    """Whom a link of a chain means; ``names``: "team:<uuid>" and "person:<uuid>" -> name."""
    return {"lead": _("lead of the case's team"), "managers": _("management")}.get(link) or names.get(link, link)


def role_label(role: str) -> str:
    return {
        Role.AGENT.value: _("Agent"),
        Role.LEAD.value: _("Team lead"),
        Role.MANAGER.value: _("Management"),
        Role.ADMIN.value: _("Administration"),
    }.get(role, role)


def tier_words(rule: Rule | None, known: Known, told: Tiers) -> str:
    """Why a case has its tier: "Gold: orders of 2,400 EUR in 12 months (rule 'Good customers')"."""
    if rule is None:
        if not told.floor:
            return _("No tier: no rule holds for this customer.")
        name = told.name_of(told.floor, language())
        return _("%(tier)s: no rule holds, so what everybody gets") % {"tier": name}
    seen = tier_reasons(rule, known)
    values = {"tier": told.name_of(rule.tier, language()), "why": ", ".join(seen), "rule": rule.name}
    if not seen:
        return _("%(tier)s (rule “%(rule)s”)") % values
    return _("%(tier)s: %(why)s (rule “%(rule)s”)") % values


def tier_reasons(rule: Rule, known: Known) -> list[str]:
    """What was known of the customer or the case, as far as the rule asks for it."""
    when, found = rule.when, []
    if when.orders is not None:
        spent = Money(known.spent.get(when.orders.currency, 0), when.orders.currency)
        found.append(_("orders of %(amount)s in 12 months") % {"amount": money_words(spent)})
    if when.years:
        found.append(_("customer since %(since)s") % {"since": known.facts.get("since", "")})
    if when.company:
        found.append(_("a company"))
    if when.company is False:
        found.append(_("a private person"))
    if when.tiers:
        found.append(_("known as %(tier)s") % {"tier": known.facts.get("tier", "")})
    if when.countries:
        found.append(known.facts.get("country", ""))
    if when.cases:
        found.append(ngettext("%(n)s case so far", "%(n)s cases so far", known.cases) % {"n": known.cases})
    found += [known.topic] if when.topics else []
    return [*found, known.channel] if when.channels else found
