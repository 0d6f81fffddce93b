# ruff: noqa: E501 - names stand in lists
"""Names, nicknames, places and streets that the company's customers are made of.

Frequencies fall with the rank in each list. First names go by decade of birth, surnames by the part of the country,
and one customer in six has a name of Turkish, Polish, Russian, Italian, Arabic or Balkan origin.
"""

from __future__ import annotations

from rundblick_sample.draw import Weighted


def _ranked(words: str) -> Weighted[str]:
    return Weighted.by_rank(words.split())


SURNAMES = {
    "all": _ranked(
        """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein
        Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier
        Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller
        Weiß
        Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht
        Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel
        Heinrich
        Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold
        Wolff Pfeiffer Ernst Beyer Jansen Ritter Hübner Kramer Krieger Götz Barth Kunz Hansen Lindner Böttcher Ebert
        Wiegand Fricke Schütz Förster Reuter Gärtner Wendt Nowak Sander Paul Kirchner Kaufmann Riedel Langer Marx Münch
        Döring Lutz Rösler Steinmetz Wirth Bischoff Jahn Ulrich Opitz Naumann Noack Jost Lenz Heller Strauß Eckert Wild
        Geiger Nagel Blum Rausch Weigel Bachmann Gebhardt Kessler Thiele Hermann Brückner Rother Ackermann Unger Fiedler
        Bender Heinz Zander Ott Pfaff Rothe Stark Reinhardt Hammer Mertens Siebert Herzog Bock Wenzel Nickel Runge
        Freund
        Röder Wegner Preuß Behrens Moser Stolz Kern Hauser Betz Urban Büttner Kremer Maurer Seifert Adler Rößler
        Schlüter
        Hering Göbel Höfer Rühl Lohmann Wulf Eggert Körner Schönfeld Drescher Hoppe Kohl Zeller Mohr Ahrens"""
    ),
    "north": _ranked(
        """Petersen Hansen Jensen Hinrichs Janssen Carstens Lorenzen Thomsen Paulsen Andresen Christiansen Harms Claußen
        Boysen Dierks Feddersen Ehlers Behrens Kröger Lüders Thode Brodersen Jürgensen Matthiesen Nissen Sievers
        Tiedemann
        Wilken Wübben Onken Bruns Meinders Ohlsen Rickert Stüven Voß Beenken Kruse Struve Gloy"""
    ),
    "south": _ranked(
        """Huber Maier Mayr Wimmer Eder Brunner Leitner Hofer Bauer Gruber Pichler Obermeier Niedermaier Aigner Bichler
        Lechner Stadler Haslinger Kirchmaier Zirngibl Häberle Bäuerle Schwäble Eisele Hägele Nägele Pfister Kögel Rieger
        Steidle Bühler Dürr Frey Kienzle Schaible Vetter Holzinger Reitmeier Söllner Kaltenbach"""
    ),
    "east": _ranked(
        """Lehmann Noack Nitzsche Kretzschmar Zschoche Kaden Kunath Löbel Oehme Schramm Uhlig Wetzel Zeidler Hänsel
        Lässig
        Mehlhorn Pietzsch Rölke Scholze Tietze Birnbaum Domaschke Gläser Hentschel Jentsch Klemm Lindemann Mietzner"""
    ),
    "west": _ranked(
        """Schmitz Jansen Hermanns Peters Esser Kreutz Küppers Thelen Heinrichs Claßen Coenen Dahmen Eschweiler Frings
        Geurts Hülsmann Jacobs Krings Lenzen Mertens Nießen Offermann Pütz Quadflieg Reuter Schlösser Tillmann Wirtz"""
    ),
    "tr": _ranked(
        """Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt Özdemir Şimşek
        Polat Korkmaz Çakır Erdoğan Yavuz Can Acar Güneş Bulut Tekin Aktaş Keskin"""
    ),
    "pl": _ranked(
        """Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski
        Jankowski
        Mazur Krawczyk Piotrowski Grabowski Pawłowski Michalski Król Wieczorek Jabłoński Wróbel Malinowski Dudek"""
    ),
    "ru": _ranked(
        """Schmidt Ivanov Petrov Sokolov Weber Miller Kuznecov Popov Fedorov Morosow Wolkow Romanow Schulz Klassen Wiebe
        Friesen Penner Dyck Reimer Neufeld Smirnow Pavlenko Bondarenko Shevchenko Kovalenko Tkachenko"""
    ),
    "it": _ranked(
        """Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De-Luca Costa
        Giordano
        Mancini Rizzo Lombardi Moretti Barbieri Caruso Santoro Rinaldi"""
    ),
    "ar": _ranked(
        """Al-Ahmad Hassan Ali Mohammad Hussein Ibrahim Khalil Al-Khatib Haddad Saleh Omar Mansour Nasser Darwish Hamdan
        Najjar Al-Masri Abbas Karimi Ahmadi Hosseini Rahimi Noori Haidari"""
    ),
    "yu": _ranked(
        """Jovanović Petrović Nikolić Marković Horvat Kovačević Babić Marić Novak Jurić Hodžić Hadžić Delić Krasniqi
        Gashi
        Berisha Hoxha Shala Popović Ilić Stanković Knežević"""
    ),
}

_BY_DECADE_M = {
    1930: "Hans Karl Heinz Günter Werner Gerhard Horst Helmut Walter Kurt Herbert Ernst Rudolf Willi Siegfried Alfred Erich",
    1940: "Hans Peter Klaus Manfred Jürgen Horst Dieter Wolfgang Bernd Günter Helmut Uwe Gerhard Rolf Hartmut Karl-Heinz",
    1950: "Peter Michael Wolfgang Klaus Jürgen Hans Bernd Thomas Dieter Rainer Manfred Joachim Hans-Jürgen Ulrich Norbert",
    1960: "Thomas Michael Andreas Peter Frank Stefan Ralf Jürgen Uwe Bernd Martin Matthias Jörg Dirk Axel Holger Torsten",
    1970: "Michael Stefan Andreas Thomas Frank Markus Christian Torsten Matthias Sven Alexander Jens Marco Dirk Oliver Mario",
    1980: "Christian Daniel Michael Stefan Sebastian Alexander Jan Andreas Tobias Florian Philipp Benjamin Dennis Björn",
    1990: "Lukas Tobias Daniel Kevin Jan Philipp Alexander Patrick Marcel Felix Jonas Maximilian Niklas Fabian Dominik Tim",
    2000: "Leon Lukas Tim Finn Jan Jonas Luca Niklas Paul Felix Max Ben Elias Julian Moritz Nico Philipp Tom Noah Justin",
}
_BY_DECADE_F = {
    1930: "Ursula Ingeborg Gerda Ilse Helga Hildegard Edith Irmgard Gisela Elfriede Waltraud Anneliese Erika Lieselotte",
    1940: "Karin Helga Ingrid Renate Gisela Monika Christa Ursula Brigitte Heike Elke Bärbel Hannelore Rosemarie Heidemarie",
    1950: "Brigitte Monika Angelika Gabriele Renate Sabine Christine Barbara Marion Petra Ulrike Cornelia Jutta Regina",
    1960: "Sabine Susanne Petra Martina Birgit Andrea Gabriele Heike Claudia Kerstin Anke Bettina Silke Ute Beate Elke",
    1970: "Nicole Stefanie Claudia Sandra Katrin Anja Tanja Andrea Susanne Melanie Silke Daniela Nadine Simone Yvonne",
    1980: "Julia Stefanie Katrin Christina Anna Sandra Nadine Jennifer Melanie Jessica Sarah Katharina Franziska Sabrina",
    1990: "Lisa Julia Anna Sarah Laura Jana Katharina Vanessa Lena Jennifer Sophie Jasmin Franziska Michelle Nina Carolin",
    2000: "Lea Anna Leonie Lena Marie Laura Hannah Sophie Emily Lara Emma Mia Johanna Amelie Clara Nele Pia Charlotte Lina",
}
FIRST_M = {decade: _ranked(words) for decade, words in _BY_DECADE_M.items()}
FIRST_F = {decade: _ranked(words) for decade, words in _BY_DECADE_F.items()}

FIRST_ORIGIN_M = {
    "tr": _ranked("Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim Murat Emre Yusuf Can Burak Serkan Kemal Ömer"),
    "pl": _ranked("Piotr Krzysztof Andrzej Tomasz Paweł Michał Marcin Jan Jakub Łukasz Adam Kamil Wojciech"),
    "ru": _ranked("Alexander Sergej Viktor Andrej Dimitri Wladimir Oleg Eugen Igor Artur Juri Nikolaj Pavel"),
    "it": _ranked("Giuseppe Antonio Giovanni Francesco Salvatore Mario Luigi Marco Andrea Domenico Luca Roberto"),
    "ar": _ranked("Mohammed Ahmad Ali Omar Hassan Khaled Mahmoud Yusuf Ibrahim Samir Karim Tarek Bilal Rami"),
    "yu": _ranked("Marko Nikola Ivan Milan Dragan Zoran Goran Petar Luka Adnan Emir Arben Besnik Dejan"),
}
FIRST_ORIGIN_F = {
    "tr": _ranked("Fatma Ayşe Emine Hatice Zeynep Elif Esra Merve Gülcan Sevim Özlem Yasemin Derya Nurcan"),
    "pl": _ranked("Anna Katarzyna Małgorzata Agnieszka Barbara Ewa Joanna Magdalena Monika Beata Aleksandra"),
    "ru": _ranked("Elena Olga Natalia Irina Svetlana Tatjana Ludmila Anastasia Oxana Galina Marina Valentina"),
    "it": _ranked("Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Francesca Chiara Paola Laura"),
    "ar": _ranked("Fatima Aisha Maryam Layla Nour Samira Hanan Amina Rania Yasmin Zahra Huda Leila"),
    "yu": _ranked("Ana Marija Jelena Ivana Dragana Mirjana Snežana Vesna Jasmina Amra Fatime Vjosa Milica"),
}

NICKNAMES = {
    "Hans": "Hansi", "Johannes": "Hannes", "Michael": "Micha", "Alexander": "Alex", "Thomas": "Tom", "Andreas": "Andi",
    "Stefan": "Steffen", "Christian": "Chris", "Matthias": "Matze", "Wolfgang": "Wolf", "Joachim": "Achim",
    "Klaus": "Klausi",
    "Hans-Jürgen": "Hajo", "Karl-Heinz": "Kalle", "Günter": "Günni", "Dieter": "Didi", "Manfred": "Manni",
    "Siegfried": "Siggi",
    "Sebastian": "Basti", "Benjamin": "Ben", "Maximilian": "Max", "Philipp": "Phil", "Dominik": "Domi",
    "Florian": "Flo",
    "Tobias": "Tobi", "Daniel": "Dani", "Ulrich": "Uli", "Norbert": "Nobbi", "Bernd": "Berni", "Markus": "Max",
    "Gabriele": "Gabi", "Susanne": "Susi", "Angelika": "Geli", "Brigitte": "Gitte", "Katharina": "Kathi",
    "Elisabeth": "Lisa",
    "Stefanie": "Steffi", "Christina": "Tina", "Christine": "Christa", "Franziska": "Franzi", "Johanna": "Hanna",
    "Hildegard": "Hilde", "Ingeborg": "Inge", "Waltraud": "Traudel", "Lieselotte": "Lilo", "Hannelore": "Hanne",
    "Rosemarie": "Rosi", "Heidemarie": "Heidi", "Jennifer": "Jenny", "Jessica": "Jessi", "Melanie": "Melli",
    "Sabine": "Bine",
    "Petra": "Peti", "Monika": "Moni", "Renate": "Reni", "Ursula": "Uschi", "Margarete": "Gretel", "Julia": "Jule",
    "Charlotte": "Lotte", "Sabrina": "Bina", "Vanessa": "Nessa", "Leonie": "Leo", "Nicole": "Nicki", "Sandra": "Sandy",
    "Mehmet": "Memo", "Mustafa": "Musti", "Krzysztof": "Krzysiek", "Małgorzata": "Gosia", "Katarzyna": "Kasia",
    "Giuseppe": "Pino", "Salvatore": "Toto", "Francesca": "Franca", "Mohammed": "Mo", "Elena": "Lena",
    "Natalia": "Natascha",
}  # fmt: skip

TWINS_F = [("Anna", "Anne"), ("Lea", "Lena"), ("Julia", "Juliane"), ("Marie", "Maria"), ("Lisa", "Lina"), ("Sandra",
        "Sabrina"),
           ("Petra", "Petra-Maria"), ("Karin", "Katrin"), ("Jana", "Jasmin"), ("Sarah", "Sara-Lena")]  # fmt: skip
TWINS_M = [("Jan", "Jens"), ("Tim", "Tom"), ("Lukas", "Luca"), ("Felix", "Fabian"), ("Peter", "Paul"), ("Martin",
        "Markus"),
           ("Niklas", "Nico"), ("Stefan", "Stephan"), ("Jonas", "Jonathan"), ("Daniel", "Dennis")]  # fmt: skip

# (postcode prefix of three digits, city, region, weight ~ share of the customers)
PLACES = [
    ("241", "Kiel", "north", 60), ("203", "Hamburg", "north", 50), ("220", "Hamburg", "north", 60), ("235", "Lübeck",
        "north", 30),
    ("249", "Flensburg", "north", 24), ("257", "Husum", "north", 12), ("281", "Bremen", "north", 30), ("261",
        "Oldenburg", "north", 16),
    ("180", "Rostock", "north", 14), ("190", "Schwerin", "north", 10), ("301", "Hannover", "north", 28), ("245",
        "Neumünster", "north", 14),
    ("253", "Elmshorn", "north", 12), ("243", "Eckernförde", "north", 10), ("237", "Eutin", "north", 8), ("101",
        "Berlin", "east", 30),
    ("120", "Berlin", "east", 30), ("134", "Berlin", "east", 20), ("040", "Leipzig", "east", 14), ("010", "Dresden",
        "east", 14),
    ("390", "Magdeburg", "east", 8), ("990", "Erfurt", "east", 8), ("144", "Potsdam", "east", 8), ("030", "Cottbus",
        "east", 5),
    ("506", "Köln", "west", 24), ("402", "Düsseldorf", "west", 16), ("441", "Dortmund", "west", 16), ("451", "Essen",
        "west", 14),
    ("520", "Aachen", "west", 8), ("481", "Münster", "west", 10), ("531", "Bonn", "west", 10), ("336", "Bielefeld",
        "west", 9),
    ("603", "Frankfurt am Main", "west", 16), ("551", "Mainz", "west", 7), ("341", "Kassel", "west", 8), ("661",
        "Saarbrücken", "west", 6),
    ("803", "München", "south", 16), ("812", "München", "south", 12), ("701", "Stuttgart", "south", 14), ("904",
        "Nürnberg", "south", 9),
    ("861", "Augsburg", "south", 7), ("790", "Freiburg im Breisgau", "south", 7), ("761", "Karlsruhe", "south", 8),
    ("930", "Regensburg", "south", 5),
    ("890", "Ulm", "south", 5), ("830", "Rosenheim", "south", 4), ("720", "Tübingen", "south", 4), ("970", "Würzburg",
        "south", 5),
]  # fmt: skip
PLACE = Weighted([(prefix, city, region) for prefix, city, region, _ in PLACES], [float(w) for *_, w in PLACES])

STREETS = _ranked(
    """Hauptstraße Schulstraße Gartenstraße Bahnhofstraße Dorfstraße Bergstraße Birkenweg Lindenstraße Kirchstraße
        Waldstraße
    Ringstraße Schillerstraße Goethestraße Amselweg Jahnstraße Feldstraße Wiesenweg Buchenweg Rosenstraße Mühlenweg
    Blumenstraße Ahornweg Mozartstraße Eichenweg Drosselweg Finkenweg Lerchenweg Beethovenstraße Friedhofstraße
        Marktplatz
    Am_Sportplatz Industriestraße Kastanienallee Mittelstraße Neue_Straße Mühlstraße Fliederweg Tannenweg Lessingstraße
    Poststraße Breslauer_Straße Königsberger_Straße Holtenauer_Straße Deichweg Hafenstraße Strandweg Möwenweg
        Fördestraße
    Kieler_Straße Hamburger_Chaussee An_der_Au Am_Kamp Achter_de_Kark Hinterm_Deich Bürgermeister-Thiele-Straße
    Friedrich-Ebert-Straße Konrad-Adenauer-Ring Geschwister-Scholl-Straße Robert-Koch-Straße Am_Mühlenteich Kögelsweg
    Bräuhausgasse Sankt-Georg-Straße Große_Gasse Weinbergstraße Schloßallee Töpfergasse Grünberger_Weg Pappelallee
    Kurze_Straße Lange_Reihe Nordring Südring Osterfeld Westerwiese Heideweg Moorkamp Rapsfeldweg Zum_Leuchtturm"""
)

ORIGIN = Weighted(["de", "tr", "pl", "ru", "it", "ar", "yu"], [84.0, 4.2, 3.6, 3.0, 1.6, 2.0, 1.6])
