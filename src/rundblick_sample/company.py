"""Nordlicht Haushaltsgeräte GmbH: an invented company, its people, its goods, its departments."""

from __future__ import annotations

from dataclasses import dataclass

from rundblick_sample.draw import Draw, Weighted

COMPANY = "Nordlicht Haushaltsgeräte GmbH"
DOMAIN = "nordlicht.example"


@dataclass(frozen=True, slots=True)
class Agent:
    """One employee, with the name as each system writes it."""

    name: str
    short: str
    team: str
    mail: str


_STAFF = {
    "Hotline Kiel": "Anke Brodersen,Jonas Thiessen,Mareike Lüdtke,Deniz Aksoy,Britta Hennings,Kai Wulff,Sina Ohm,"
    "Torben Raschke,Olena Hryn",
    "Hotline Extern (CallNord)": "Ramona Dietz,Pascal Ebeling,Ivonne Kusch,Mirko Stahnke,Celina Rohde,"
    "Fatih Ergün,Jacqueline Börner",
    "E-Mail-Service": "Heike Sörensen,Lennart Kühl,Nadja Wischnewski,Tim Abendroth,Carola Petzold,Yasmin Haddouti,"
    "Ole Martens,Gesa Pahl",
    "Rechnungswesen": "Gudrun Lemke,Sven Oberbeck,Martina Klages,Igor Wassiljew",
    "Versand": "Uwe Drews,Kerstin Boldt,Marek Sobczak,Jana Hübsch",
    "Werkstatt": "Rolf Timmermann,Hauke Iversen,Dirk Nolte,Tarek Mansouri,Björn Stegemann",
    "Retouren": "Silke Gerken,Patrick Voges,Aylin Toprak",
    "Vertragsservice": "Christel Bahr,Marc Windhorst,Nele Aschenbrenner",
    "Beschwerdestelle": "Dr. Wiebke Rathmann,Henning Cordes",
    "Social Media": "Finja Albers,Luis Kampmann",
    "Elektro Petersen (Partner)": "Monteur Petersen,Monteur Jessen",
    "Filiale Kiel": "Petra Ehlert,Niklas Baasch",
    "Filiale Hamburg": "Sabrina Kolbe,Emre Uslu",
    "Filiale Hannover": "Jens Mewes,Katja Oppermann",
    "Poststelle": "Erna Quast,Volker Jessen-Lund",
}


_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _agent(name: str, team: str) -> Agent:
    words = name.replace("Dr. ", "").split()
    folded = words[-1].lower().translate(_FOLD)
    return Agent(name, (words[0][0] + words[-1][:4]).upper(), team, f"{words[0][0].lower()}.{folded}@{DOMAIN}")


STAFF = {team: [_agent(name, team) for name in people.split(",")] for team, people in _STAFF.items()}
BRANCHES = ("Filiale Kiel", "Filiale Hamburg", "Filiale Hannover")
BOX = {
    "service": f"service@{DOMAIN}",
    "rechnung": f"rechnung@{DOMAIN}",
    "retoure": f"retoure@{DOMAIN}",
    "werkstatt": f"werkstatt@{DOMAIN}",
}


@dataclass(frozen=True, slots=True)
class Article:
    """What is sold: its name on the invoice, what people call it, its price in cents, its gender (der, die, das)."""

    name: str
    call: str
    cents: int
    gender: str
    model: str


_GOODS = """Waschmaschine WaschFix 700|Waschmaschine|54900|f|WF 700
Waschmaschine WaschFix 900 Plus|Waschmaschine|79900|f|WF 900+
Wäschetrockner LuftiDry 8|Trockner|64900|m|LD 8
Geschirrspüler SpülStern 60|Spülmaschine|59900|f|SP 60
Geschirrspüler SpülStern 45|Geschirrspüler|49900|m|SP 45
Kühlschrank FrostGut 220|Kühlschrank|44900|m|FG 220
Kühl-Gefrierkombination FrostGut Duo|Kühl-Gefrier-Kombi|74900|f|FG Duo
Gefriertruhe Eisbär 300|Gefriertruhe|39900|f|EB 300
Backofen BackMeister 4|Backofen|57900|m|BM 4
Induktionskochfeld Glut 60|Kochfeld|42900|n|GL 60
Mikrowelle Wärmchen 20|Mikrowelle|8990|f|WM 20
Kaffeevollautomat Morgenröte|Kaffeevollautomat|48900|m|MR 1
Kaffeevollautomat Morgenröte Titan|Kaffeemaschine|69900|f|MR T
Filterkaffeemaschine Tässchen|Kaffeemaschine|4990|f|TC 8
Wasserkocher Blubber|Wasserkocher|3990|m|BL 17
Toaster Knusper 2|Toaster|3490|m|KN 2
Staubsauger Windhose 800|Staubsauger|14900|m|WH 800
Akkusauger Windhose Akku|Akkusauger|22900|m|WH A
Saugroboter Krabbe|Saugroboter|32900|m|KR 5
Dampfbügelstation Glattstrich|Bügelstation|18900|f|GS 3
Küchenmaschine Rührwerk Pro|Küchenmaschine|29900|f|RW P
Handmixer Quirl|Handmixer|3290|m|QU 1
Standmixer Smooth 1200|Mixer|7990|m|SM 12
Heißluftfritteuse Pommespapst|Heißluftfritteuse|10900|f|PP 4
Brotbackautomat Krume|Brotbackautomat|9490|m|KR B
Klimagerät Brise 9|Klimagerät|36900|n|BR 9
Heizlüfter Glühwurm|Heizlüfter|5490|m|GW 2
Luftbefeuchter Nebelchen|Luftbefeuchter|6990|m|NE 3
Dunstabzugshaube Abzug 90|Dunstabzugshaube|27900|f|AZ 90
Ersatzakku Windhose Akku|Ersatzakku|5990|m|WH AK
Filterset Morgenröte|Filterset|2490|n|MR F
Entkalker 3er-Pack|Entkalker|1490|m|EK 3"""


def _article(line: str) -> Article:
    name, call, cents, gender, model = line.split("|")
    return Article(name, call, int(cents), gender, model)


ARTICLES = [_article(line) for line in _GOODS.splitlines()]
ARTICLE = Weighted(
    ARTICLES,
    [4, 3, 4, 4, 3, 3, 3, 2, 3, 3, 5, 5, 4, 6, 7, 6, 6, 6, 5, 4, 4, 5, 5, 8, 3, 2, 4, 3, 2, 4, 6, 5],
)

_HIS_AGENT: dict[str, Weighted[Agent]] = {team: Weighted.by_rank(people, 0.4, 2.0) for team, people in STAFF.items()}


def agent_of(draw: Draw, team: str) -> Agent:
    return _HIS_AGENT[team].draw(draw.u())


def euros(cents: int) -> str:
    """1.299,00"""
    whole, rest = divmod(abs(cents), 100)
    text = f"{whole:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{text},{rest:02d}"
