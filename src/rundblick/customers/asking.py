"""Which facts a text asks its reader for: "Bitte nennen Sie uns Ihre Kundennummer." asks for the customer number.

Rules, German and English, formal, informal and sloppy. A clause asks when it holds a request (a verb of telling in the
imperative or after "können Sie", a need, a question word) and names a fact that is its object: not one behind "an",
"auf", "unter" ("an Ihre Adresse"), not one's own ("unsere Adresse"), and not one whose value stands beside it
("Ihre Kundennummer 4711"). Quoted text, signatures and standing phrases ("bei Rückfragen bitte angeben") ask nothing.
Precision comes before recall: who is warned for nothing stops reading warnings.

Measured on the sample company in docs/report.md, "Asked again".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rundblick.customers.fact_words import NOUN, STEMS, spelled


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that a text asks for. ``kind``: fact_words.KINDS; [start, end) is the sentence in the text."""

    kind: str
    start: int
    end: int


_MOST_SIGNS: Final = 20_000  # an answer asks within its first pages
_LONGEST_CLAUSE: Final = 600


def asked_kinds(text: str) -> tuple[str, ...]:
    """The kinds of facts that a text asks for, each once, in the order of asking."""
    return tuple(dict.fromkeys(asked.kind for asked in asked_facts(text)))


def asked_facts(text: str) -> list[Asked]:
    """Every question for a fact in what a person wrote himself."""
    text = text[:_MOST_SIGNS]
    low = text.lower()
    if not _may_ask(low):
        return []
    found: list[Asked] = []
    carried = False  # a request that ends in a colon asks for the lines below it
    for start, end in _sentences(text, _own_end(text, low)):
        part = text[start:end]
        below = carried and (len(part) < 90 or part.lstrip()[:1] in _BULLETS)
        opens = part.rstrip().endswith(":")
        if opens or below or _may_ask(low[start:end] if len(low) == len(text) else part.lower()):
            kinds, asks = _in_sentence(part, below)
            found += [Asked(kind, start, end) for kind in kinds]
            carried = (opens and asks) or below
        else:
            carried = False
    return found


def folded(text: str) -> str:
    """Lower case, umlauts written out, white space and line ends as single blanks."""
    return " ".join(text.lower().translate(_FOLD).split())


_FOLD: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\u2019": "'", "\u2013": "-", "\u2011": "-", "\u00ad": None, "*": " "}
)


def _may_ask(low: str) -> bool:
    """Whether words of both kinds stand in it, a fact's and a request's: the cheap question before the dear ones."""
    return any(stem in low for stem in STEMS) and any(cue in low for cue in _CUES)


_CUES: Final = (
    *("bitt", "?", "nenn", "teil", "send", "schick", "benö", "benoe", "beno", "brauch", "bräuch", "braeuch", "fehl", "geben", "gib"),
    *("sag", "mail", "lass", "verrat", "angabe", "ohne", "wann", "welche", "erforder", "nötig", "noetig", "notwend", "ergänz"),
    *("ergaenz", "wüsst", "wuesst", "hätt", "haett", "dürf", "duerf", "darf", "könn", "koenn", "konn", "kann", "würd", "wuerd"),
    *("magst", "vermiss", "erbit", "pleas", "pls", "plz", "kindly", "need", "requir", "missing", "could", "can ", "may ", "might"),
    *("would", "without", "provide", "tell", "let ", "give", "text ", "attach", "which", "what", "when", "where", "have you"),
)  # fmt: skip


# --- what a person wrote himself ---------------------------------------------------------------------------------

_QUOTATION: Final = re.compile(
    r"^(?:[ \t]*-{2,} ?(?:urspr|original|weitergeleit|forward|antwort)|[ \t]*_{10,}|(?:am|on|le) .{4,160}"
    r"(?:schrieb|wrote|geschrieben).{0,80}:[ \t]*$|.{0,80}(?:schrieb|wrote)[^\n]{0,60}:[ \t]*$"
    r"|(?:von|from): .{0,200}\n(?:gesendet|sent|an|to|datum|date): )",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE: Final = re.compile(
    r"^(?:-- ?$|[ \t]*(?:(?:mit )?(?:den )?(?:freundliche|beste|viele|liebe|herzliche|sch(?:ö|oe|o)ne)[nr]? gr(?:ü|ue|u)(?:ß|ss)"
    r"|(?:kind|best|warm|kindest) (?:regards|wishes)|(?:yours )?(?:sincerely|faithfully|truly)|regards\b|mfg\b|m\.f\.g|i\.a\. ))",
    re.IGNORECASE | re.MULTILINE,
)


_QUOTES: Final = ("schrieb", "wrote", "--", "__", "von:", "from:")
_CLOSES: Final = ("gr", "regards", "wishes", "-- ", "mfg", "m.f.g", "sincerely", "faithfully", "truly", "i.a.")


def _own_end(text: str, low: str) -> int:
    """Where the text stops being what its author wrote now: a quotation below, or his signature."""
    if "\n" not in text:
        return len(text)
    found = [_QUOTATION.search(text)] if any(word in low for word in _QUOTES) else []
    if any(word in low for word in _CLOSES):
        found.append(_SIGNATURE.search(text))
    return min((match.start() for match in found if match is not None), default=len(text))


_MARKS: Final = re.compile(r"[.!?;:\n\u2026]+[ \t\n]*")
_SHORTENED: Final = re.compile(
    r"(?:nr|\b(?:no|tel|kd|kdn|best|rechn|bzw|ca|evtl|ggf|inkl|str|dr|hr|fr|z|b|d|h|u|a|o|e|g|i|geb|art|mod|ser|usw|auftr|vertr"
    r"|fam|st|mr|mrs|ms|approx|mobil|zzgl|max|min|mind|lfd|vgl|s|re|rg|ref|telef|gem|sog|bspw)|(?<![\d.])\d{1,2})\Z",
    re.IGNORECASE,
)
_BULLETS: Final = ("-", "*", "\u2022", "\u2013", "\u00b7")
_ITEM: Final = re.compile(r"[-*\u2022\u2013\u00b7>]|\(?\d{1,2}[.)][ \t]")


def _sentences(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """[start, end) of the sentences before ``limit``, quoted lines left out; abbreviations end none."""
    start = 0
    for match in _MARKS.finditer(text, 0, limit):
        if _ends(text, match, limit):
            if text[start : match.end()].strip():
                yield from _unquoted(text, start, match.end())
            start = match.end()
    if start < limit:
        yield from _unquoted(text, start, limit)


def _ends(text: str, match: re.Match[str], limit: int) -> bool:
    """Whether these marks end a sentence: a blank line and an item of a list do, a wrapped line does not."""
    marks, end = match.group(), match.end()
    if end >= limit or "!" in marks or "?" in marks or "\u2026" in marks or marks.count("\n") > 1:
        return True
    if "\n" in marks and (marks[0] == ":" or _ITEM.match(text, end) is not None):
        return True
    if marks[-1] not in " \t\n":
        return False
    if marks[0] == ".":
        return _SHORTENED.search(text, max(0, match.start() - 8), match.start()) is None
    return marks[0] == ";"


def _unquoted(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if ">" not in text[start:end]:
        yield start, end
        return
    at = start
    for line in text[start:end].split("\n"):
        if line.strip() and not line.lstrip().startswith(">"):
            yield at, at + len(line)
        at += len(line) + 1


# --- requests ----------------------------------------------------------------------------------------------------


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(spelled(expression) for expression in expressions))


_TELL: Final = (
    r"(?:nennen|mit(?:zu)?teilen|an(?:zu)?geben|durch(?:zu)?geben|geben|schicken|senden|zu(?:zu)?(?:senden|schicken)|zukommen|zu(?:zu)?mailen"
    r"|übermitteln|übersenden|mailen|sagen|verraten|bestätigen|schreiben|nach(?:zu)?reichen|ein(?:zu)?reichen|machen|hoch(?:zu)?laden"
    r"|an(?:zu)?hängen|bei(?:zu)?(?:fügen|legen)|hinterlassen|bereit(?:stellen|halten)|weiter(?:zu)?geben|ergänzen|(?:he)?raus(?:zu)?suchen"
    r"|durchsagen|nach(?:zu)?sehen|haben|bekommen|erhalten|erfahren|wissen|erfragen|notieren|ein(?:zu)?tragen|faxen|liefern|antworten)"
)
_REQUEST: Final = _any(
    # imperatives, formal and informal
    r"\b(?:nennen|geben|teilen|senden|schicken|übersenden|übermitteln|mailen|sagen|schreiben|verraten|ergänzen|bestätigen|lassen|reichen"
    r"|hinterlassen|notieren|faxen|laden|fügen|legen|hängen|machen|halten|antworten|tragen|suchen) (?:sie|ihr|mir|uns)\b",
    r"\b(?:nenne?|gib|gebe?t|schicke?t?|sende?t?|sage?t?|schreibe?t?|teile?t?|verrate?t?|maile?|lasst?|mache?|reiche?|lade?|bestätige?|hänge?)"
    r" (?:mir|uns|mal|doch|einfach|kurz|noch|bitte|bite|deine?n?|eure?)\b",
    r"\bbitte?\b (?:\S+ ){0,9}?" + _TELL + r"\b",
    # asked for politely
    r"\b(?:können|könnten|würden|möchten|mögen|dürfen) sie\b.{0,120}" + _TELL + r"\b",
    r"\b(?:kannst|könntest|würdest|magst|könnt|könntet|würdet) (?:du|ihr)\b.{0,120}" + _TELL + r"\b",
    r"\b(?:kann|könnte|darf|dürfte|dürfen|dürften|können|könnten) (?:ich|wir)\b.{0,80}\b(?:haben|bitten|erfahren|erfragen|wissen|bekommen)\b",
    r"\bbitt(?:e|en|et) (?:ich |wir )?(?:sie |dich |euch )?(?:daher |noch |höflich |hierzu |dazu |also |nochmals |erneut |vorab |kurz )*um\b",
    r"\bbitte um\b|\bunter (?:der )?angabe\b|\bum (?:die )?(?:angabe|nennung|mitteilung|zusendung|übermittlung|rückmeldung mit)\b",
    # needs
    r"\b(?:benötig|brauch|vermiss|erbitt)(?:e|en)?\b|\b(?:bräuchte|benötigte)n?\b|\b(?:benötigt|gebraucht) (?:wird|werden)\b|\b(?:wird|werden)\b.{0,60}\b(?:benötigt|gebraucht)\b",
    r"\bfehl(?:t|en|te|ten)\b",
    r"\b(?:erforderlich|notwendig|nötig)\b",
    r"\bohne (?:ihre?n?|deine?n?|die|das|den|eine?n?|angabe|\w+)\b.{0,60}\b(?:kann|können|geht es|kommen|komme|finde|finden)\b",
    r"\b(?:wüssten?|hätten?) (?:ich |wir )?(?:gern|noch|bitte)",
    r"\b(?:brauche?|benötige?) (?:ich|wir)?",
    # English
    r"\b(?:please|pls|plz|kindly)\b(?:,? (?:also|could you|can you|would you))? (?:\w+ ){0,2}?(?:provide|send|give|tell|let (?:me|us) (?:know|have)|confirm|state"
    r"|quote|share|include|reply with|respond with|forward|supply|specify|advise|attach|upload|enclose|note down|email|submit|add|get back to (?:me|us) with)\b",
    r"\b(?:can|could|would|may|might) (?:you|i|we)\b.{0,80}\b(?:provide|send|give|tell|let (?:me|us) (?:know|have)|confirm|share|include|supply|specify|advise"
    r"|attach|upload|have|get|ask|take|trouble|remind)\b",
    r"\b(?:i|we)(?:'ll|'d|'re| will| would| do| are| am)? (?:\w+ )?(?:need|require|missing|after)\b",
    r"\b(?:is|are) (?:\w+ )?(?:needed|required|missing)\b",
    r"^(?:also |just |so )?(?:send|give|tell|provide|email|text|attach|let) (?:us|me|over|your|a)\b",
    r"\bwithout (?:your|the|a)\b.{0,60}\b(?:can(?:not|'t)|unable)\b",
)
_QUESTION: Final = _any(
    r"\b(?:wie|was) (?:lautet|lauten|ist|war|sind)(?: denn| noch)? (?:ihre?n?|deine?n?|die|der|das|eure?)\b",
    r"\bwelche[nmrs]?\b",
    r"\bwie (?:ist|lautet)\b",
    r"\b(?:haben|hätten) sie\b|\bh(?:ast|ättest|abt) (?:du|ihr)\b|\bliegt (?:ihnen|dir)\b|\bgibt es\b",
    r"\bwhat(?:'s| is| was| are|s)\b",
    r"\bwhich\b",
    r"\b(?:do|would) you (?:\w+ )?have\b|\bhave you got\b|\bgot (?:your|the)\b|\bis there (?:a|an)\b",
)
# questions that name no noun: kind -> expression
_TOLD_OTHERWISE: Final[dict[str, re.Pattern[str]]] = {
    "purchase_date": _any(
        r"\bwann\b.{0,70}\b(?:gekauft|erworben|angeschafft|erstanden|bestellt)\b",
        r"\b(?:seit )?wann (?:war|ist) (?:denn )?(?:der|ihr|dein) (?:kauf|bestellung)\b|\bwie alt ist (?:das|die|der|ihr|dein)\b(?=.{0,30}(?:gerät|maschine|modell))",
        r"\bwhen (?:did you|was it|was the \w+|you|was your \w+|exactly did you|and where did you)\b.{0,50}\b(?:buy|bought|purchased?|order(?:ed)?)\b",
    ),
    "birth_date": _any(
        r"\bwann (?:sind sie|bist du|wurden sie|wurdest du) (?:\w+ )?geboren\b", r"\bwhen were you born\b"
    ),
    "model": _any(
        r"\b(?:um )?(?:welche[snmr]?|was für (?:ein|eine|einen|eines?)) (?:\w+ )?(?:gerät|modell?|produkt|typ|maschine|artikel)(?:es|s|e)?\b"
        r"(?! (?:passt|empfehl|soll|möcht|würd))",
        r"\b(?:which|what) (?:exact |kind of )?(?:model|device|appliance|product|unit|machine|item)\b(?! would| should| suits| do you recommend)",
    ),
    "phone": _any(
        r"\b(?:unter|auf) (?:welcher|was für einer) (?:\w+)?nummer\b.{0,50}\berreich",
        r"\bwie (?:können|kann) (?:wir|ich) (?:sie|dich) (?:\w+ )?(?:tele(?:f|ph)onisch|am telefon) (?:\w+ )?erreichen\b",
        r"\b(?:what|which) number\b.{0,40}\b(?:reach|call|contact|ring)\b|\bhow can (?:we|i) reach you by (?:tele)?phone\b",
    ),
    "address": _any(
        r"\bwo wohn(?:en sie|st du)\b|\bwhere do you live\b",
        r"\bwohin (?:sollen|dürfen|können|darf|soll) (?:wir|ich)\b.{0,40}\b(?:schicken|senden|liefern)\b",
        r"\bwhere (?:should|shall|can) we (?:send|deliver|ship)\b",
    ),
    "order_no": _any(r"\bum welche (?:\w+ )?bestellung\b|\bwelche(?:n|r)? (?:bestellung|auftrag)\b(?=.{0,25}(?:geht|handelt|gemeint|meinen))|\bwhich order\b"),
    "name": _any(r"\bwie heissen sie\b|\bwie heisst du\b|\bwhat(?:'s| is) your name\b"),
}
_ASKING_WORD: Final = re.compile(
    r"(?:und |and |also |noch )?(?:wann (?:hast|haben|war|wurde)|welche|wie lautet|was ist|which|what|when did)\b"
)
_OTHERWISE: Final = re.compile(r"\b(?:wann|when|welche|was f|which|what|unter|auf|wie|how|wo|wohin|where)\w*")

# --- what takes a request back ------------------------------------------------------------------------------------

_CLAUSE: Final = _any(
    r",? (?=\b(?:ob|damit|weil|dass|sodass|so dass|sobald|wenn|falls|obwohl|während|nachdem|bevor|sofern|solange|because|so that|whether|if|once|since|as soon"
    r" as|while|although|before|after|in case|until)\b)",
    r", (?=(?:um|da|die|der|das|diese[rs]?|wo|wie|denn|aber|sonst|dann|so|sie|wir|ich|es|you|which|that|as|but|and we|und wir|in order|we|it|otherwise)\b)",
    r" (?:in order )?(?=to (?:help|check|find|process|verify|locate|look|proceed|complete)\b)",
    r" - |\(|\)",
)
# a clause that is never a request, whatever stands in it
_NO_REQUEST: Final = _any(
    r"^(?:ob|damit|weil|dass|sodass|so dass|sobald|obwohl|nachdem|because|so that|whether|once|since|as soon as|although)\b",
    r"\bfür (?:überweisungen|zahlungen|die überweisung|die zahlung)\b",
    r"\bbei (?:allen |etwaigen |weiteren |künftigen |zukünftigen |späteren |jeder |jedem )*(?:rückfragen|rückfrage|anfragen|anfrage|kontakt|schriftverkehr|zahlungen"
    r"|zahlung|überweisung|überweisungen|antworten|anrufen|anruf)\b",
    r"\b(?:stets|immer|künftig|zukünftig|jedes mal|in zukunft|always|in future|in the future|future correspondence|any (?:further )?correspondence|all correspondence"
    r"|any enquir\w+|when (?:contacting|calling|writing|paying)|for your records|für ihre unterlagen)\b",
    r"\b(?:vielen dank|danke|dank|thank you|thanks|merci)\b.{0,12}\b(?:für|for|dass|that)\b",
    r"\b(?:habe|haben|hatte|hatten|have|has|had|was|wurde|wurden|been|'ve)\b.{0,90}\b(?:geändert|aktualisiert|korrigiert|erhalten|bekommen|gespeichert|notiert|hinterlegt"
    r"|eingetragen|übernommen|angepasst|vermerkt|weitergeleitet|mitgeteilt|genannt|angegeben|geschickt|gesendet|zugeschickt|zugesandt|verschickt|beigefügt|angehängt"
    r"|gelöscht|geprüft|gefunden|ermittelt|bestätigt|weitergegeben|ergänzt|vergeben|erfasst|umgestellt|received|changed|updated|corrected|saved|noted|recorded|sent|attached|added|forwarded|removed"
    r"|checked|found|passed|given|provided|told|confirmed)\b",
    r"\b(?:bitte (?:\w+ )?(?:entschuldig|beacht|prüf|überprüf|änder|ignorier|wunder)\w*|please (?:\w+ )?(?:note|ignore|check|excuse|disregard|keep|make sure|be aware|find)\b)",
    r"\b(?:stimmt|stimmen|noch aktuell|noch richtig|noch korrekt|still correct|still (?:up to date|valid|current)|correct\?|richtig\?)",
    r"\b(?:sende|schicke|nenne|gebe|teile|maile|senden|schicken|nennen|teilen|übersenden|mailen) (?:ich|wir)\b|\b(?:ich|wir) (?:sende|schicke|nenne|teile|maile|übersende|senden|schicken"
    r"|nennen|teilen|übersenden|mailen|prüfen|ändern|aktualisieren|haben|geben)\b|\b(?:we|i)(?:'ll|'ve| will| have| shall)? (?:send|sent|email|give|tell|check|update|change)\b",
    r"\b(?:in zwei|in ein paar|innerhalb|binnen)\b.{0,40}\b(?:werktag|tagen|stunden)",
)
_NEGATED: Final = _any(
    r"\b(?:nicht|nix|never|no longer|not|n't|kein|keine|keinen|keinerlei|niemals|nie|nicht mehr|cannot)\b(?! (?:nur|vorliegen|finden|lesen|find|have|see|on file))",
)
_WITHOUT: Final = re.compile(r"\b(?:ohne|without)\b")
# "Ihre Kundennummer finden Sie ..." tells where it stands; the clause beside it may still ask
_PLACED: Final = _any(
    r"\b(?:finden|findest|findet|steht|stehen|befindet|befinden|ersehen|entnehmen|ablesen|erkennen|sehen|you(?:'ll| will| can)? find|is (?:printed|shown|found|located|on)"
    r"|can be found|appears?)\b"
)
_NEEDS_NOT: Final = _any(
    r"\b(?:mehr zeit|etwas zeit|geduld|ein paar tage|\w+ (?:tage|wochen|werktage|stunden|days|weeks|hours))\b"
)
_VALUE: Final = re.compile(
    r"\s?(?:ist|lautet|war|is|was)?\s?[:=(#]?\s?(?:nr\.?|no\.?)?\s?(?:[a-z]{1,4}[-/ ]?)?\d[\d ./-]{2,}"
    r"|\s?(?:ist|lautet|is|was|:)\s(?:die |der |das |the )?[\w.@-]*[@\d]"
)
_EXAMPLE: Final = re.compile(r"\s?\(?(?:z\.? ?b\.?|beginnt|bspw|e\.g|starts|\d{1,2}[ -]?(?:stell|digit|ziffer))")
# what stands before a fact: a preposition makes it no object, "unser" makes it ours
_BEFORE: Final = _any(
    r"(?:^|[ (])(?P<prep>an|auf|unter|zu|zur|zum|mit|von|vom|aus|in|im|bei|beim|per|via|über|nach|durch|gegen|to|at|on|with|from|under|by|for|about|regarding|of|für|wegen|bezüglich|"
    r"zwischen|laut|gemäss|je|pro|per|as per|des|eines|into|within|against)"
    r" (?:(?:der|die|das|den|dem|des|the|this|that|dieser|diese|diesem|diesen|ihrer?|ihrem|ihren|deiner?|deinem|deinen|your|einer?|einem|einen|a|an|folgende[nrm]?|oben|genannte[nr]?"
    r"|angegebene[nr]?|neue[nrm]?|obige[nr]?|bekannte[nrm]?|above|following|same|hinterlegte[nrm]?|new|aktuelle[nrm]?|jeder|jedem|whole) )*\Z"
)
_OURS: Final = _any(
    r"(?:^|[ (])(?:unsere?[nrms]?|meine?[nrms]?|our|my|seine?[nr]?|his|deren|mine)(?: \w+)? \Z",
)
_ASKS_STILL: Final = _any(
    r"(?:unter|auf|an|to|at|on|by) (?:welche[rnm]?|which|what)\b|\bum (?:\w+ )*\Z|(?:antwort\w*|reply|respond|get back|zurück)\b.{0,30}(?:mit|with) (?:\w+ ){0,2}\Z"
    r"|(?:suche|suchen|fragen?|ask(?:ing)?|looking|need|wait(?:ing)?|warten?) (?:\w+ ){0,3}(?:nach|for|auf) (?:\w+ ){0,2}\Z"
    r"|(?:angabe|nennung|mitteilung|zusendung|übermittlung|angaben?|details?|foto|bild|kopie|photo|picture|copy) (?:von|of|zu) (?:\w+ ){0,2}\Z"
    r"|kopie (?:des|der|ihres|deines|vom|von) (?:\w+ )?\Z"
)
_BARE: Final = re.compile(
    r"(?:(?:und|noch|auch|dann|and|also|ok|okay|danke|hallo|hi|moin|bitte|please|pls|ihre?n?|deine?n?|die|das|der|your|the|eine?|a|noch|kurz|mal|aktuelle?|genaue?|volle?|full|exact) ?,? ?){0,5}"
)


@lru_cache(maxsize=8192)
def _in_sentence(part: str, carried: bool) -> tuple[tuple[str, ...], bool]:
    """The kinds that a sentence asks for, and whether it holds a request at all. The same ones come again and again."""
    found: list[str] = []
    asks_before = False
    sentence = folded(part)
    if not sentence.endswith(":") and NOUN.search(sentence) is None and _OTHERWISE.search(sentence) is None:
        return (), False
    question = sentence.endswith("?") or _ASKING_WORD.match(sentence) is not None
    for clause in _CLAUSE.split(sentence[:_LONGEST_CLAUSE]):
        clause = clause.strip(" ,")
        if not clause or _refused(clause):
            continue
        asks = _REQUEST.search(clause) is not None and _NEEDS_NOT.search(clause) is None
        found += _otherwise(clause, question or asks or asks_before)
        found += _objects(clause, asks or carried, question, asks_before)
        asks_before = asks_before or asks
    return tuple(dict.fromkeys(found)), asks_before


def _refused(clause: str) -> bool:
    """Thanks, news, offers, standing phrases, and what is said not to be needed."""
    if _NO_REQUEST.search(clause) is not None:
        return True
    return _NEGATED.search(clause) is not None and _WITHOUT.search(clause) is None


def _otherwise(clause: str, asking: bool) -> Iterator[str]:
    """Questions that name no fact: "wann haben Sie das Gerät gekauft"."""
    if asking and _OTHERWISE.search(clause) is not None:
        for kind, told in _TOLD_OTHERWISE.items():
            if told.search(clause) is not None:
                yield kind


def _objects(clause: str, asks: bool, question: bool, asks_before: bool) -> Iterator[str]:
    """The facts that are what a clause asks for."""
    nouns = list(NOUN.finditer(clause))
    if not nouns:
        return
    questions = question and _QUESTION.search(clause) is not None
    indirect = asks_before and re.match(r"(?:welche|wie|which|what|unter welche|an welche)", clause) is not None
    lists = asks_before and _is_bare(clause, nouns, True)  # "..., das Kaufdatum und die Adresse"
    if not (asks or questions or indirect or lists or _is_bare(clause, nouns, question)):
        return
    if not questions and _PLACED.search(clause) is not None and not asks:
        return
    for noun in nouns:
        kind = noun.lastgroup
        assert kind is not None
        before = clause[: noun.start()]
        if _OURS.search(before) is not None:
            continue
        if _BEFORE.search(before) is not None and _ASKS_STILL.search(before) is None:
            continue
        if _EXAMPLE.match(clause, noun.end()) is None and _VALUE.match(clause, noun.end()) is not None:
            continue
        yield kind


def _is_bare(clause: str, nouns: list[re.Match[str]], question: bool) -> bool:
    """ "Ihre Kundennummer?", "Kundennummer bitte": nothing but the fact, asked for."""
    before, after = clause[: nouns[0].start()], clause[nouns[-1].end() :]
    polite = question or "bitte" in clause or "please" in clause or "pls" in clause
    return (
        polite
        and _BARE.fullmatch(before) is not None
        and re.fullmatch(r"[ ?!.,]*(?:(?:bitte|please|pls|noch|danke)[ ?!.,]*){0,3}", after) is not None
    )
