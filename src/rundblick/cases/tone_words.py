"""German and English words of anger and of law, as expressions over lower-case text with umlauts.

Each has a code that may be stored and logged: it names the word of this vocabulary, never what the customer wrote. An
expression begins and ends at a border of words unless it says otherwise; ``\\w*`` lets a word be inflected and be the
front of a compound.
"""

from __future__ import annotations

import re
from typing import Final

from rundblick.core.tones import Law

_L: Final = r"(?<!\w)"
_R: Final = r"(?!\w)"

ANGER: Final[tuple[tuple[str, float, str], ...]] = (
    # said of oneself
    (
        "wuetend",
        2.0,
        r"""
        (?:stink|super)?(?:wütend|wuetend|sauer auf|zornig|erbost|empört|empoert)\w*
        """,
    ),
    (
        "stinksauer",
        3.0,
        r"""
        (?:stink|stock|scheiß|echt|richtig|mega) ?sauer
        """,
    ),
    (
        "veraergert",
        1.5,
        r"""
        (?:sehr |äußerst |mehr als |extrem )?(?:verärgert|veraergert|genervt|aufgebracht)
        """,
    ),
    (
        "enttaeuscht",
        0.8,
        r"""
        (?:sehr |schwer |maßlos |zutiefst |mehr als )(?:enttäuscht|enttaeuscht)
        """,
    ),
    (
        "angry",
        2.0,
        r"""
        angry|furious|livid|fuming|outraged|enraged|infuriat\w+
        """,
    ),
    (
        "fed up",
        2.0,
        r"""
        fed up|sick (?:and tired )?of|had enough of|at my wit'?s end
        """,
    ),
    (
        "annoyed",
        1.2,
        r"""
        annoyed|frustrat(?:ed|ing)|annoying|pissed(?: off)?
        """,
    ),
    (
        "disappointed",
        0.8,
        r"""
        (?:very|extremely|deeply|utterly|so) disappoint(?:ed|ing)
        """,
    ),
    (
        "es reicht",
        2.0,
        r"""
        (?:mir|uns|jetzt|langsam) reichts?(?: es)?(?: mir| uns)?(?: jetzt| langsam)?(?= *[!.,])
        (?:jetzt |langsam )reicht(?:'?s| es)|es reicht(?: mir| uns)?(?= *[!.,]| jetzt| langsam)
        platzt (?:(?:mir|uns|langsam|bald|gleich) ){0,3}der kragen|geduld ist (?:jetzt |langsam )?(?:am ende|zu ende)
        (?:nase|schnauze) (?:gestrichen )?voll
        """,
    ),
    # said of the matter
    (
        "unverschaemt",
        2.0,
        r"""
        unverschämt\w*|unverschaemt\w*|frechheit|dreist\w*|zumutung
        """,
    ),
    (
        "unmoeglich",
        1.5,
        r"""
        (?:einfach |absolut |völlig )(?:unmöglich|unerhört|ungeheuerlich|indiskutabel)|unerhört\w*
        ungeheuerlich\w*|indiskutabel|unter aller (?:sau|kanone|würde)
        """,
    ),
    (
        "inakzeptabel",
        1.5,
        r"""
        inakzeptab\w+|nicht (?:hinnehmbar|akzeptabel|länger hinnehm\w*)|unacceptable|not acceptable
        """,
    ),
    (
        "unfassbar",
        1.2,
        r"""
        unfassbar\w*|unglaublich(?:e|es|er)? (?:frech\w*|service|kundendienst|verhalten|zust\w+)
        das darf (?:doch )?(?:nicht wahr|wohl nicht wahr) sein|ein witz|schlechter witz|lachhaft|lächerlich\w*
        laecherlich\w*
        """,
    ),
    (
        "katastrophe",
        1.5,
        r"""
        (?:eine |absolute |einzige |reine )katastrophe|katastrophal\w*|desaster|debakel|skandal\w*|miserab\w+
        grottenschlecht\w*|unterirdisch\w*|saftladen|sauladen|drecksladen|mistladen
        """,
    ),
    (
        "abzocke",
        2.0,
        r"""
        abzock\w*|betrüger\w*|betrueger\w*|betrug|betrogen|verarsch\w+|veräppel\w+|verschaukel\w+
        für dumm verkauf\w*|hingehalten|hinhalte\w*|hinhältst
        """,
    ),
    (
        "schimpf",
        3.0,
        r"""
        scheiß\w*|scheiss\w*|arsch\w*|idiot\w*|dumm?köpf\w*|vollidiot\w*|drecks\w+|verdammt\w*|bullshit
        idiots?|morons?|damn|crap|fuck\w*
        """,
    ),
    (
        "disgrace",
        2.0,
        r"""
        disgrac\w+|outrageous\w*|ridiculous\w*|shambles|a joke|appalling\w*|atrocious|pathetic|scandalous
        shocking(?:ly)?|absurd
        """,
    ),
    (
        "terrible",
        1.5,
        r"""
        (?:terrible|horrible|awful|worst|useless|rubbish) (?:service|support|company|experience|customer|staff|people)
        worst (?:\w+ ){0,2}ever|(?:totally|completely|utterly) useless|incompetent
        """,
    ),
    (
        "rip-off",
        2.0,
        r"""
        rip[- ]?off|ripped off|scam\w*|con artists?|cheat(?:ed|ing|s)|robbery|thie(?:f|ves)|lied to|liars?
        """,
    ),
    (
        "never again",
        1.5,
        r"""
        nie wieder|nie mehr|niemals wieder|never again|never (?:order|buy|shop)\w* (?:\w+ ){0,3}again
        worst mistake
        """,
    ),
    # said of the waiting
    (
        "schon wieder",
        1.0,
        r"""
        zum (?:wiederholten|x-?ten|zweiten|dritten|vierten|fünften|sechsten|hundertsten) ?mal
        seit (?:wochen|monaten) (?:\w+ ){0,4}(?:keine|nichts|niemand|warte)\w*
        (?:wieder|immer noch|noch immer) keine (?:antwort|reaktion|rückmeldung)
        niemand (?:meldet|reagiert|antwortet|kümmert|hilft)
        """,
    ),
    (
        "again and again",
        1.0,
        r"""
        (?:for the )?(?:second|third|fourth|fifth|tenth|umpteenth) time
        (?:still|yet) no (?:answer|reply|response)
        (?:nobody|no one) (?:answers|replies|cares|helps|bothers|responds)|how many times|weeks of waiting
        been waiting for (?:weeks|months|ages)
        """,
    ),
    (
        "endlich",
        0.7,
        r"""
        (?:tun|machen|handeln|reagieren|antworten|kümmern) sie (?:\w+ ){0,2}endlich
        endlich (?:mal )?(?:eine antwort|antworten|handeln|tätig)|do something(?: about it)?
        """,
    ),
)

LAWS: Final[tuple[tuple[Law, str, str], ...]] = (
    (
        Law.LAWYER,
        "anwalt",
        r"""
        (?:rechts|fach|patent|staats)?anw[aä]lt(?:e|en|es|s|in|innen|lich\w*|s\w+)?|anwaltskanzlei
        rechtsbeistand\w*|rechtsschutz\w*|rechtsvertret\w+|rechtliche schritte|juristische\w* schritte
        rechtsweg\w*|rechtsabteilung
        """,
    ),
    (
        Law.LAWYER,
        "lawyer",
        r"""
        lawyers?|solicitors?|attorneys?|barristers?
        legal (?:action|steps|advice|counsel|proceedings|team|representative|department)
        """,
    ),
    (
        Law.COURT,
        "klage",
        r"""
        (?:ver|ein)?klag(?:e|en|t) (?:ein(?:reichen|legen|gereicht)|erheben|erhebe|gegen)|klage|klageweg\w*
        klageschrift\w*|klageverfahren|(?:sammel|muster|zivil|unterlassungs)klage\w*|verklag\w+|einklag\w+
        klage(?:n)? (?:werde|einreich\w+)
        """,
    ),
    (
        Law.COURT,
        "gericht",
        r"""
        gerichtlich\w*|(?:vor|zum|beim|ans) gericht
        (?:amts|land|oberlandes|verwaltungs|handels|zivil)gericht\w*
        gerichts(?:verfahren|termin|weg|kosten|stand|vollzieher|beschluss)\w*|bezirksgericht\w*
        strafanzeige\w*|strafantrag|anzeige (?:erstatt\w+|bei der polizei)|zur anzeige|mahnbescheid\w*
        staatsanwaltschaft\w*
        """,
    ),
    (
        Law.COURT,
        "court",
        r"""
        (?:small claims|county|district|high|to|in|through the|magistrates'?|going to) courts?
        court (?:action|order|case|proceedings|claim)|lawsuits?|litigat\w+
        (?:sue|suing) (?:you|them|your|the company|for)|(?:will|to|gonna|shall|'ll|would) sue|press charges
        police report
        """,
    ),
    (
        Law.AUTHORITY,
        "verbraucherzentrale",
        r"""
        verbraucher(?:schutz)?(?:zentrale\w*|schützer\w*|verband\w*|beratung\w*|schutz)|konsumentenschutz\w*
        stiftung für konsumentenschutz|arbeiterkammer|verein für konsumenteninformation|vki
        """,
    ),
    (
        Law.AUTHORITY,
        "schlichtung",
        r"""
        schlichtungs(?:stelle|verfahren|antrag)\w*|schlichter\w*|ombuds(?:stelle|mann|frau|person|leute)\w*
        streitbeilegung\w*
        """,
    ),
    (
        Law.AUTHORITY,
        "aufsicht",
        r"""
        bafin|bundesnetzagentur|netzagentur|kartellamt|e-?control|finma|rtr|preisüberwach\w+
        aufsichtsbehörde\w*|datenschutzbehörde\w*|landesdatenschutz\w*|edöb|datenschutzbeauftragte\w*
        gewerbeaufsicht\w*|wettbewerbszentrale
        """,
    ),
    (
        Law.AUTHORITY,
        "ombudsman",
        r"""
        ombuds(?:man|men|person)|trading standards
        consumer (?:protection|rights|advice|council|organi[sz]ation)|citizens advice|ofcom|ofgem|fca
        regulator|supervisory authority|data protection (?:authority|officer|commissioner)
        better business bureau
        """,
    ),
    (
        Law.PRIVACY,
        "dsgvo",
        r"""
        ds-?gvo|datenschutz-?grundverordnung|datenschutzgesetz\w*
        (?:daten)?auskunft (?:nach art|gemäß art|über (?:alle |die )?(?:meine|gespeicherten|personenbezogenen)) ?\w+
        datenauskunft|auskunftsersuchen|auskunftsanspruch
        art(?:ikel|\.)? ?(?:1[5-8]|2[01]) (?:abs\.? ?\d )?(?:der )?ds-?gvo
        löschung (?:aller )?meiner (?:\w+ )?daten|(?:alle )?meine (?:\w+ )?daten (?:\w+ ){0,3}(?:zu )?lösch\w+
        löschen sie (?:\w+ ){0,3}(?:meine|alle|sämtliche) (?:\w+ ){0,3}daten
        recht auf (?:löschung|vergessen\w*|auskunft)
        """,
    ),
    (
        Law.PRIVACY,
        "gdpr",
        r"""
        gdpr|(?:data )?subject access request
        (?:delete|erase|remove) (?:all )?(?:of )?my (?:personal )?(?:data|information)
        right to (?:erasure|be forgotten|access)|data protection act
        copy of (?:all )?(?:the )?(?:my )?personal data
        """,
    ),
    (
        Law.CLAIM,
        "frist",
        r"""
        (?:letzte|angemessene|setze (?:\w+ ){0,6}|setzen (?:\w+ ){0,6}|nach)frist\w*|fristsetzung\w*
        (?:schadens?|schaden)ersatz\w*|schadenersatz\w*|in verzug
        (?:vom|dem) (?:kauf)?vertrag (?:zurück\w*|zurücktrete)|rücktritt vom (?:kauf)?vertrag
        trete (?:\w+ ){0,6}vom (?:kauf)?vertrag|vertragsbruch|nacherfüllung|sonderkündigungsrecht|abmahn\w+
        einstweilige\w*|§ ?\d+\w* ?bgb
        """,
    ),
    (
        Law.CLAIM,
        "damages",
        r"""
        breach of contract|(?:claim|seek|sue for) (?:\w+ )?(?:damages|compensation)
        final (?:demand|notice|deadline)|letter before action|cease and desist|consumer rights act
        statutory rights?
        """,
    ),
    (
        Law.PAYMENT,
        "rueckbuchung",
        r"""
        rückbuch\w+|rueckbuch\w+|rücklastschrift\w*
        (?:geld|betrag|lastschrift|zahlung) (?:\w+ ){0,5}(?:zurückbuch\w+|zurückhol\w+|zurückgeb\w+ lassen)
        zurückbuchen|inkasso\w*|käuferschutz\w*|kaeuferschutz\w*
        """,
    ),
    (
        Law.PAYMENT,
        "chargeback",
        r"""
        charge-?backs?|dispute (?:the|this|that) (?:charge|payment|transaction)|debt collect\w+
        (?:paypal|buyer) (?:dispute|claim|protection)|section 75
        """,
    ),
)

_IDIOMS: Final = r"""
    (?:kann|können|könnte|konnte|will)(?: (?:ich|wir|man|mich|gar|auch|ja))* (?:nicht|kaum|nur) (?:be)?klagen
    grund zur klage|gibt es (?:\w+ )?keine klagen?|keine klagen?(?: (?:über|bisher))?|ohne klagen?
    tennis courts?|food court|court shoes?|im auftrag der anwaltskammer|sue (?:from|at|in)
    (?:mit |beim )?datenschutz ?(?:folie|glas|filter|hülle)\w*|rechtsschutz (?:versicherung )?abschließ\w+
    anwaltsserie|(?:tv|fernseh)-?gericht|leib ?gericht\w*|tellergericht|fertiggericht\w*
    mittagsgericht|hauptgericht\w*
"""


def compiled(source: str) -> re.Pattern[str]:
    """One expression of the lines of a source: each line begins with another alternative."""
    alternatives = "|".join(line.strip() for line in source.strip().splitlines())
    return re.compile(f"{_L}(?:{alternatives}){_R}")


# of law words: "ich kann nicht klagen", "da kann man nur klagen" say nothing of a court
IDIOMS: Final = compiled(_IDIOMS)
# what stands right before takes a word of anger back
NOT_BEFORE: Final = re.compile(
    r"(?<!\w)(?:nicht|kein|keine|keinen|keiner|keineswegs|nie|niemals|nicht mehr|nicht so|weder|ohne"
    r"|not|never|no|isn't|isnt|wasn't|aren't|don't|without|hardly|neither)(?: \w+){0,2} ?\Z"
)
