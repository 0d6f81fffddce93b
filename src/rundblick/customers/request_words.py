"""How German and English texts put a request, and how they take it back, as expressions over folded text.

Written as people in service write: formal, informal, in a hurry. ``customers.asking`` says how they work together.
"""

from __future__ import annotations

import re
from typing import Final

from rundblick.customers.fact_words import spelled

CUES: Final = (
    *("bitt", "?", "nenn", "teil", "send", "schick", "benö", "benoe", "beno", "brauch", "bräuch", "braeuch", "fehl"),
    *(
        "geben",
        "gib",
        "sag",
        "mail",
        "lass",
        "verrat",
        "angabe",
        "ohne",
        "wann",
        "welche",
        "erforder",
        "nötig",
        "noetig",
    ),
    *("notwend", "ergänz", "ergaenz", "wüsst", "wuesst", "hätt", "haett", "dürf", "duerf", "darf", "könn", "koenn"),
    *("konn", "kann", "würd", "wuerd", "magst", "vermiss", "erbit", "pleas", "pls", "plz", "kindly", "need", "requir"),
    *("missing", "could", "can ", "may ", "might", "would", "without", "provide", "tell", "let ", "give", "text "),
    *("attach", "which", "what", "when", "where", "have you"),
)
"""Where none of these stands, nothing is asked for."""

# --- requests ----------------------------------------------------------------------------------------------------


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(spelled(expression) for expression in expressions))


_TELL: Final = (
    r"(?:nennen|mit(?:zu)?teilen|an(?:zu)?geben|durch(?:zu)?geben|geben|schicken|senden|zu(?:zu)?(?:senden"
    r"|schicken)|zukommen|zu(?:zu)?mailen"
    r"|übermitteln|übersenden|mailen|sagen|verraten|bestätigen|schreiben|nach(?:zu)?reichen|ein(?:zu)?reichen"
    r"|machen|hoch(?:zu)?laden"
    r"|an(?:zu)?hängen|bei(?:zu)?(?:fügen|legen)|hinterlassen|bereit(?:stellen|halten)|weiter(?:zu)?geben|ergänzen"
    r"|(?:he)?raus(?:zu)?suchen"
    r"|durchsagen|nach(?:zu)?sehen|haben|bekommen|erhalten|erfahren|wissen|erfragen|notieren|ein(?:zu)?tragen"
    r"|faxen|liefern|antworten)"
)
REQUEST: Final = _any(
    # imperatives, formal and informal
    r"\b(?:nennen|geben|teilen|senden|schicken|übersenden|übermitteln|mailen|sagen|schreiben|verraten|ergänzen"
    r"|bestätigen|lassen|reichen"
    r"|hinterlassen|notieren|faxen|laden|fügen|legen|hängen|machen|halten|antworten|tragen|suchen) (?:sie|ihr|mir"
    r"|uns)\b",
    r"\b(?:nenne?|gib|gebe?t|schicke?t?|sende?t?|sage?t?|schreibe?t?|teile?t?|verrate?t?|maile?|lasst?|mache?"
    r"|reiche?|lade?|bestätige?|hänge?)"
    r" (?:mir|uns|mal|doch|einfach|kurz|noch|bitte|bite|deine?n?|eure?)\b",
    r"\bbitte?\b (?:\S+ ){0,9}?" + _TELL + r"\b",
    # asked for politely
    r"\b(?:können|könnten|würden|möchten|mögen|dürfen) sie\b.{0,120}" + _TELL + r"\b",
    r"\b(?:kannst|könntest|würdest|magst|könnt|könntet|würdet) (?:du|ihr)\b.{0,120}" + _TELL + r"\b",
    r"\b(?:kann|könnte|darf|dürfte|dürfen|dürften|können|könnten) (?:ich|wir)\b.{0,80}\b(?:haben|bitten|erfahren"
    r"|erfragen|wissen|bekommen)\b",
    r"\bbitt(?:e|en|et) (?:ich |wir )?(?:sie |dich |euch )?(?:daher |noch |höflich |hierzu |dazu |also |nochmals "
    r"|erneut |vorab |kurz )*um\b",
    r"\bbitte um\b|\bunter (?:der )?angabe\b|\bum (?:die )?(?:angabe|nennung|mitteilung|zusendung|übermittlung"
    r"|rückmeldung mit)\b",
    # needs
    r"\b(?:benötig|brauch|vermiss|erbitt)(?:e|en)?\b|\b(?:bräuchte|benötigte)n?\b|\b(?:benötigt|gebraucht) (?:wird"
    r"|werden)\b|\b(?:wird|werden)\b.{0,60}\b(?:benötigt|gebraucht)\b",
    r"\bfehl(?:t|en|te|ten)\b",
    r"\b(?:erforderlich|notwendig|nötig)\b",
    r"\bohne (?:ihre?n?|deine?n?|die|das|den|eine?n?|angabe|\w+)\b.{0,60}\b(?:kann|können|geht es|kommen|komme"
    r"|finde|finden)\b",
    r"\b(?:wüssten?|hätten?) (?:ich |wir )?(?:gern|noch|bitte)",
    r"\b(?:brauche?|benötige?) (?:ich|wir)?",
    # English
    r"\b(?:please|pls|plz|kindly)\b(?:,? (?:also|could you|can you|would you))? (?:\w+ ){0,2}?(?:provide|send|give"
    r"|tell|let (?:me|us) (?:know|have)|confirm|state"
    r"|quote|share|include|reply with|respond with|forward|supply|specify|advise|attach|upload|enclose|note down"
    r"|email|submit|add|get back to (?:me|us) with)\b",
    r"\b(?:can|could|would|may|might) (?:you|i|we)\b.{0,80}\b(?:provide|send|give|tell|let (?:me|us) (?:know|have)"
    r"|confirm|share|include|supply|specify|advise"
    r"|attach|upload|have|get|ask|take|trouble|remind)\b",
    r"\b(?:i|we)(?:'ll|'d|'re| will| would| do| are| am)? (?:\w+ )?(?:need|require|missing|after)\b",
    r"\b(?:is|are) (?:\w+ )?(?:needed|required|missing)\b",
    r"^(?:also |just |so )?(?:send|give|tell|provide|email|text|attach|let) (?:us|me|over|your|a)\b",
    r"\bwithout (?:your|the|a)\b.{0,60}\b(?:can(?:not|'t)|unable)\b",
)
QUESTION: Final = _any(
    r"\b(?:wie|was) (?:lautet|lauten|ist|war|sind)(?: denn| noch)? (?:ihre?n?|deine?n?|die|der|das|eure?)\b",
    r"\bwelche[nmrs]?\b",
    r"\bwie (?:ist|lautet)\b",
    r"\b(?:haben|hätten) sie\b|\bh(?:ast|ättest|abt) (?:du|ihr)\b|\bliegt (?:ihnen|dir)\b|\bgibt es\b",
    r"\bwhat(?:'s| is| was| are|s)\b",
    r"\bwhich\b",
    r"\b(?:do|would) you (?:\w+ )?have\b|\bhave you got\b|\bgot (?:your|the)\b|\bis there (?:a|an)\b",
)
# questions that name no noun: kind -> expression
TOLD_OTHERWISE: Final[dict[str, re.Pattern[str]]] = {
    "purchase_date": _any(
        r"\bwann\b.{0,70}\b(?:gekauft|erworben|angeschafft|erstanden|bestellt)\b",
        r"\b(?:seit )?wann (?:war|ist) (?:denn )?(?:der|ihr|dein) (?:kauf|bestellung)\b|\bwie alt ist (?:das|die"
        r"|der|ihr|dein)\b(?=.{0,30}(?:gerät|maschine|modell))",
        r"\bwhen (?:did you|was it|was the \w+|you|was your \w+|exactly did you"
        r"|and where did you)\b.{0,50}\b(?:buy|bought|purchased?|order(?:ed)?)\b",
    ),
    "birth_date": _any(
        r"\bwann (?:sind sie|bist du|wurden sie|wurdest du) (?:\w+ )?geboren\b", r"\bwhen were you born\b"
    ),
    "model": _any(
        r"\b(?:um )?(?:welche[snmr]?|was für (?:ein|eine|einen|eines?)) (?:\w+ )?(?:gerät|modell?|produkt|typ"
        r"|maschine|artikel)(?:es|s|e)?\b"
        r"(?! (?:passt|empfehl|soll|möcht|würd))",
        r"\b(?:which|what) (?:exact |kind of )?(?:model|device|appliance|product|unit|machine|item)\b(?! would"
        r"| should| suits| do you recommend)",
    ),
    "phone": _any(
        r"\b(?:unter|auf) (?:welcher|was für einer) (?:\w+)?nummer\b.{0,50}\berreich",
        r"\bwie (?:können|kann) (?:wir|ich) (?:sie|dich) (?:\w+ )?(?:tele(?:f|ph)onisch"
        r"|am telefon) (?:\w+ )?erreichen\b",
        r"\b(?:what|which) number\b.{0,40}\b(?:reach|call|contact|ring)\b|\bhow can (?:we"
        r"|i) reach you by (?:tele)?phone\b",
    ),
    "address": _any(
        r"\bwo wohn(?:en sie|st du)\b|\bwhere do you live\b",
        r"\bwohin (?:sollen|dürfen|können|darf|soll) (?:wir|ich)\b.{0,40}\b(?:schicken|senden|liefern)\b",
        r"\bwhere (?:should|shall|can) we (?:send|deliver|ship)\b",
    ),
    "order_no": _any(
        r"\bum welche (?:\w+ )?bestellung\b|\bwelche(?:n|r)? (?:bestellung|auftrag)\b(?=.{0,25}(?:geht|handelt"
        r"|gemeint|meinen))|\bwhich order\b"
    ),
    "name": _any(r"\bwie heissen sie\b|\bwie heisst du\b|\bwhat(?:'s| is) your name\b"),
}
ASKING_WORD: Final = re.compile(
    r"(?:und |and |also |noch )?(?:wann (?:hast|haben|war|wurde)|welche|wie lautet|was ist|which|what|when did)\b"
)
OTHERWISE: Final = re.compile(r"\b(?:wann|when|welche|was f|which|what|unter|auf|wie|how|wo|wohin|where)\w*")

# --- what takes a request back ------------------------------------------------------------------------------------

CLAUSE: Final = _any(
    r",? (?=\b(?:ob|damit|weil|dass|sodass|so dass|sobald|wenn|falls|obwohl|während|nachdem|bevor|sofern|solange"
    r"|because|so that|whether|if|once|since|as soon"
    r" as|while|although|before|after|in case|until)\b)",
    r", (?=(?:um|da|die|der|das|diese[rs]?|wo|wie|denn|aber|sonst|dann|so|sie|wir|ich|es|you|which|that|as|but"
    r"|and we|und wir|in order|we|it|otherwise)\b)",
    r" (?:in order )?(?=to (?:help|check|find|process|verify|locate|look|proceed|complete)\b)",
    r" - |\(|\)",
)
# a clause that is never a request, whatever stands in it
NO_REQUEST: Final = _any(
    r"^(?:ob|damit|weil|dass|sodass|so dass|sobald|obwohl|nachdem|because|so that|whether|once|since|as soon as"
    r"|although)\b",
    r"\bfür (?:überweisungen|zahlungen|die überweisung|die zahlung)\b",
    r"\bbei (?:allen |etwaigen |weiteren |künftigen |zukünftigen |späteren |jeder |jedem )*(?:rückfragen|rückfrage"
    r"|anfragen|anfrage|kontakt|schriftverkehr|zahlungen"
    r"|zahlung|überweisung|überweisungen|antworten|anrufen|anruf)\b",
    r"\b(?:stets|immer|künftig|zukünftig|jedes mal|in zukunft|always|in future|in the future|future correspondence"
    r"|any (?:further )?correspondence|all correspondence"
    r"|any enquir\w+|when (?:contacting|calling|writing|paying)|for your records|für ihre unterlagen)\b",
    r"\b(?:vielen dank|danke|dank|thank you|thanks|merci)\b.{0,12}\b(?:für|for|dass|that)\b",
    r"\b(?:habe|haben|hatte|hatten|have|has|had|was|wurde|wurden|been|'ve)\b.{0,90}\b(?:geändert|aktualisiert"
    r"|korrigiert|erhalten|bekommen|gespeichert|notiert|hinterlegt"
    r"|eingetragen|übernommen|angepasst|vermerkt|weitergeleitet|mitgeteilt|genannt|angegeben|geschickt|gesendet"
    r"|zugeschickt|zugesandt|verschickt|beigefügt|angehängt"
    r"|gelöscht|geprüft|gefunden|ermittelt|bestätigt|weitergegeben|ergänzt|vergeben|erfasst|umgestellt|received"
    r"|changed|updated|corrected|saved|noted|recorded|sent|attached|added|forwarded|removed"
    r"|checked|found|passed|given|provided|told|confirmed)\b",
    r"\b(?:bitte (?:\w+ )?(?:entschuldig|beacht|prüf|überprüf|änder|ignorier|wunder)\w*|please (?:\w+ )?(?:note"
    r"|ignore|check|excuse|disregard|keep|make sure|be aware|find)\b)",
    r"\b(?:stimmt|stimmen|noch aktuell|noch richtig|noch korrekt|still correct|still (?:up to date|valid|current)"
    r"|correct\?|richtig\?)",
    r"\b(?:sende|schicke|nenne|gebe|teile|maile|senden|schicken|nennen|teilen|übersenden|mailen) (?:ich|wir)\b"
    r"|\b(?:ich|wir) (?:sende|schicke|nenne|teile|maile|übersende|senden|schicken"
    r"|nennen|teilen|übersenden|mailen|prüfen|ändern|aktualisieren|haben|geben)\b|\b(?:we|i)(?:'ll|'ve| will| have"
    r"| shall)? (?:send|sent|email|give|tell|check|update|change)\b",
    r"\b(?:in zwei|in ein paar|innerhalb|binnen)\b.{0,40}\b(?:werktag|tagen|stunden)",
)
NEGATED: Final = _any(
    r"\b(?:nicht|nix|never|no longer|not|n't|kein|keine|keinen|keinerlei|niemals|nie|nicht mehr"
    r"|cannot)\b(?! (?:nur|vorliegen|finden|lesen|find|have|see|on file))",
)
WITHOUT: Final = re.compile(r"\b(?:ohne|without)\b")
# "Ihre Kundennummer finden Sie ..." tells where it stands; the clause beside it may still ask
PLACED: Final = _any(
    r"\b(?:finden|findest|findet|steht|stehen|befindet|befinden|ersehen|entnehmen|ablesen|erkennen|sehen|you(?:'ll"
    r"| will| can)? find|is (?:printed|shown|found|located|on)"
    r"|can be found|appears?)\b"
)
NEEDS_NOT: Final = _any(
    r"\b(?:mehr zeit|etwas zeit|geduld|ein paar tage|\w+ (?:tage|wochen|werktage|stunden|days|weeks|hours))\b"
)
VALUE: Final = re.compile(
    r"\s?(?:ist|lautet|war|is|was)?\s?[:=(#]?\s?(?:nr\.?|no\.?)?\s?(?:[a-z]{1,4}[-/ ]?)?\d[\d ./-]{2,}"
    r"|\s?(?:ist|lautet|is|was|:)\s(?:die |der |das |the )?[\w.@-]*[@\d]"
)
EXAMPLE: Final = re.compile(r"\s?\(?(?:z\.? ?b\.?|beginnt|bspw|e\.g|starts|\d{1,2}[ -]?(?:stell|digit|ziffer))")
# what stands before a fact: a preposition makes it no object, "unser" makes it ours
BEFORE: Final = _any(
    r"(?:^|[ (])(?P<prep>an|auf|unter|zu|zur|zum|mit|von|vom|aus|in|im|bei|beim|per|via|über|nach|durch|gegen|to"
    r"|at|on|with|from|under|by|for|about|regarding|of|für|wegen|bezüglich|"
    r"zwischen|laut|gemäss|je|pro|per|as per|des|eines|into|within|against)"
    r" (?:(?:der|die|das|den|dem|des|the|this|that|dieser|diese|diesem|diesen|ihrer?|ihrem|ihren|deiner?|deinem"
    r"|deinen|your|einer?|einem|einen|a|an|folgende[nrm]?|oben|genannte[nr]?"
    r"|angegebene[nr]?|neue[nrm]?|obige[nr]?|bekannte[nrm]?|above|following|same|hinterlegte[nrm]?|new"
    r"|aktuelle[nrm]?|jeder|jedem|whole) )*\Z"
)
OURS: Final = _any(
    r"(?:^|[ (])(?:unsere?[nrms]?|meine?[nrms]?|our|my|seine?[nr]?|his|deren|mine)(?: \w+)? \Z",
)
ASKS_STILL: Final = _any(
    r"(?:unter|auf|an|to|at|on|by) (?:welche[rnm]?|which|what)\b|\bum (?:\w+ )*\Z|(?:antwort\w*|reply|respond"
    r"|get back|zurück)\b.{0,30}(?:mit|with) (?:\w+ ){0,2}\Z"
    r"|(?:suche|suchen|fragen?|ask(?:ing)?|looking|need|wait(?:ing)?|warten?) (?:\w+ ){0,3}(?:nach|for"
    r"|auf) (?:\w+ ){0,2}\Z"
    r"|(?:angabe|nennung|mitteilung|zusendung|übermittlung|angaben?|details?|foto|bild|kopie|photo|picture"
    r"|copy) (?:von|of|zu) (?:\w+ ){0,2}\Z"
    r"|kopie (?:des|der|ihres|deines|vom|von) (?:\w+ )?\Z"
)
BARE: Final = re.compile(
    r"(?:(?:und|noch|auch|dann|and|also|ok|okay|danke|hallo|hi|moin|bitte|please|pls|ihre?n?|deine?n?|die|das|der"
    r"|your|the|eine?|a|noch|kurz|mal|aktuelle?|genaue?|volle?|full|exact) ?,? ?){0,5}"
)
