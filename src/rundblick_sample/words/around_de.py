# ruff: noqa: E501 - one way of saying a thing stands on one line
"""German: what stands around the matter: greetings, ways in, asides, pressure, endings, and what is said the second time."""

GREETING = {
    "polite": """
Sehr geehrte Damen und Herren,
Guten Tag,
Guten Tag, {liebes Nordlicht-Team|liebes Team|liebe Serviceabteilung},
Liebes Nordlicht-Team,
Hallo zusammen,
Guten {Morgen|Abend},
Moin,
Sehr geehrtes Team,
Grüß Gott,
""",
    "formal": """
Sehr geehrte Damen und Herren,
Sehr geehrte Damen, sehr geehrte Herren,
Sehr verehrte Damen und Herren,
An die Firma Nordlicht,
Betr.: {Mein Gerät|Meine Bestellung|Ihr Schreiben}. Sehr geehrte Damen und Herren,
""",
    "plain": """
Hallo,
Guten Tag,
Hallo Nordlicht,
Moin,
Tag,
Hallo Team,
Servus,
""",
    "young": """
Hi,
hey,
Hallo :)
hi zusammen,
moin,
Hey Nordlicht,
hallöchen,
""",
    "angry": """
{|Sehr geehrte Damen und Herren,}
Hallo?!
Guten Tag, wenn man das noch so nennen darf,
An den Verantwortlichen,
Hallo,
{|So,}
""",
}

OPENER = {
    "polite": """
{ich wende mich heute an Sie|ich schreibe Ihnen}{, weil ich nicht weiterweiß|, da ich telefonisch nicht durchkomme| mit einer Bitte}.
{ich hoffe, Sie können mir helfen|vielleicht können Sie mir weiterhelfen|ich bräuchte einmal Ihre Hilfe}.
{kurz zu meinem Anliegen|folgendes Problem|es geht um Folgendes}:
{entschuldigen Sie die Störung|bitte entschuldigen Sie die lange Mail}, aber {ich weiß mir nicht anders zu helfen|es lässt mir keine Ruhe}.
{zunächst einmal ein Lob für die schnelle Beratung in der Filiale|eigentlich bin ich mit Nordlicht immer zufrieden gewesen}. {Nun aber zu meinem Problem|Leider gibt es diesmal etwas}:
""",
    "angry": """
{ich bin stinksauer|mir reicht es|jetzt platzt mir der Kragen|das ist doch nicht zu fassen}.
{was ist bei Ihnen eigentlich los|schläft bei Ihnen jemand|wollen Sie mich auf den Arm nehmen}?
{langsam verliere ich die Geduld|meine Geduld ist am Ende|ich bin mit meiner Geduld am Ende}.
{das darf doch wohl nicht wahr sein|unglaublich|eine Frechheit}!
{ich fasse mich kurz, sonst werde ich ausfallend|ich schreibe das zum letzten Mal freundlich}.
""",
}

ASIDE = """
{mein Mann|meine Frau|mein Bruder|unsere Tochter} {sagt schon|meint}, {ich hätte beim Händler um die Ecke kaufen sollen|ich solle mich nicht so aufregen|das werde nichts mehr}.
{im Dezember|letzten Sommer|vor Ostern} hatten wir schon {einmal |}so einen Fall mit {einem anderen Händler|dem Möbelhaus|der Telefonfirma}, {da ging es nach zwei Tagen|das hat auch ein Vierteljahr gedauert}.
ich bin {$age Jahre alt|nicht mehr die Jüngste|Rentner|alleinerziehend|den ganzen Tag auf der Baustelle|im Homeoffice} und {kann nicht jeden Tag telefonieren|habe für so etwas eigentlich keine Zeit|mit dem Internet nicht so vertraut}.
{bei uns in $city|hier in $city} {gibt es kein Fachgeschäft mehr|macht auch bald der letzte Laden zu|kennt jeder noch den alten Nordlicht-Laden am Markt}.
{die alte|unsere alte} {von Nordlicht |}hat {17|21|fast 25} Jahre gehalten, {heute ist alles Wegwerfware|so etwas wird wohl nicht mehr gebaut}.
{wir renovieren gerade|wir bauen gerade um|wir ziehen nächsten Monat um}, {da kommt das wirklich ungelegen|Sie können sich vorstellen, wie es hier aussieht}.
{die Enkel kommen am Wochenende|am Sonntag ist Konfirmation|meine Mutter wird achtzig|wir erwarten im Mai unser zweites Kind}, {da brauche ich das|und ich stehe ohne da}.
{inzwischen wasche ich bei der Nachbarin|wir kochen seit Tagen auf dem Campingkocher|ich fahre jetzt mit der Wäsche zu meiner Schwester|wir trinken wieder Löslichen}.
{gestern hat es hier auch noch den ganzen Tag geregnet|der Hund ist auch krank|mein Knie macht auch nicht mehr mit}, {aber das ist ja nicht Ihr Problem|aber das nur nebenbei}.
{ich habe selbst dreißig Jahre im Einzelhandel gearbeitet|mein Vater hatte selbst ein Elektrogeschäft|ich war früher selbst im Kundendienst}, {bei uns hätte es das nicht gegeben|ich weiß also, wie es laufen sollte}.
{der nette Herr|die nette Dame} {in der Filiale|vom Telefon}, {den Namen habe ich vergessen|ich glaube, mit B am Anfang}, hat mir {Hoffnung gemacht|versprochen, sich zu kümmern|eine Nummer gegeben, unter der niemand abhebt}.
{ich will ja gar nicht schimpfen|ich mache Ihnen persönlich keinen Vorwurf|Sie können ja auch nichts dafür}, {aber irgendwer muss es doch wissen|aber so geht es nicht}.
{im Internet|in einem Forum} habe ich gelesen, dass {es anderen auch so geht|das ein bekannter Fehler ist|man da hartnäckig bleiben muss}.
{die Verbraucherzentrale|mein Nachbar, der Anwalt ist,|mein Sohn} {hat mir gesagt|meint}, {ich solle alles schriftlich machen|ich hätte Anspruch darauf}.
{nicht dass Sie denken, ich hätte nichts anderes zu tun|glauben Sie mir, ich hätte Schöneres zu tun}.
{Strom ist teuer genug|man spart ja an allem}, {und dann so etwas|da schaut man schon auf so ein Gerät}.
{als ich das meiner Kollegin erzählt habe, hat sie nur gelacht|am Stammtisch lachen sie schon über mich}.
{eigentlich wollte ich heute in den Garten, nun schreibe ich Beschwerden|statt im Garten sitze ich hier und tippe mit zwei Fingern}.
{meine Nachbarin, die Frau $wrongname,|eine Bekannte} hat {bei Ihnen auch gekauft|dasselbe Gerät}, {die hat genau den gleichen Kummer|bei ihr lief alles glatt, warum bei mir nicht}.
{früher|zu Zeiten vom alten Herrn Nordmann} {kam der Chef noch selbst|hätte einer angerufen und fertig}, {das waren Zeiten|heute drückt man Tasten}.
{ich schreibe das vom Handy, entschuldigen Sie die Fehler|die Brille liegt im anderen Zimmer, verzeihen Sie die Tippfehler}.
{mein Mann liegt im Krankenhaus|ich pflege meinen Vater|unsere Kleine ist krank}, {da hat man andere Sorgen|ich habe dafür gerade wirklich keinen Kopf}.
{wir sind keine Leute, die sich gern beschweren|normalerweise schreibe ich keine solchen Mails}, {aber was zu viel ist, ist zu viel|diesmal muss es sein}.
{auf Arbeit|im Büro} {lachen sie schon|fragen sie jeden Tag}, {ob es was Neues von meinem Paket gibt|ob ich schon wieder in der Warteschleife hänge}.
{die Kinder|unsere Jungs} {fanden es lustig|haben sich kaputtgelacht}, {ich weniger|meine Frau nicht so sehr}.
{bezahlt habe ich von meinem Weihnachtsgeld|dafür habe ich ein halbes Jahr gespart}, {da erwartet man etwas|nur dass Sie das wissen}.
{bei $wrongname im Ort|beim Händler in $wrongcity} {hätte es 20 Euro mehr gekostet|wäre es sofort da gewesen}, {aber man lernt nie aus|hinterher ist man klüger}.
{die Bedienungsanleitung ist ja ein Witz|in der Anleitung steht dazu genau ein Satz, und der {ist falsch übersetzt|steht auf der chinesischen Seite}}.
{ich bin vom Fach|ich repariere vieles selbst}, {aber hier komme ich nicht weiter|aber an die Garantie will ich nicht ran}.
{am Telefon hatte ich beim letzten Mal eine sehr nette junge Frau|Ihr Kollege neulich war wirklich bemüht}, {die hat wenigstens zugehört|nur helfen durfte er wohl nicht}.
{es ist kurz vor Mitternacht und ich sitze immer noch hier|ich schreibe das in der Mittagspause}, {das sagt wohl alles|deshalb kurz}.
{der Postbote und ich duzen uns inzwischen|die Dame in Ihrer Warteschleife kenne ich jetzt gut}, {so oft habe ich nachgefragt|aber das nur am Rande}.
{ich habe extra die teurere Ausführung genommen|wir haben lange verglichen, ehe wir bei Ihnen gekauft haben}, {damit ich meine Ruhe habe|weil man Gutes gehört hat}.
"""

PRESSURE = {
    0: """
{vielen Dank im Voraus|danke schon mal|ich danke Ihnen für Ihre Mühe}.
{es eilt nicht sehr|lassen Sie sich ruhig etwas Zeit}.
{ich bin tagsüber unter $phone erreichbar|am besten erreichen Sie mich abends|Sie können mich gern anrufen: $phone}.
{eine kurze Rückmeldung genügt|eine kurze Antwort reicht mir}.
""",
    1: """
{ich bitte um zügige Antwort|bitte kümmern Sie sich darum|ich wäre für eine baldige Antwort dankbar}.
{langsam wird es eng|allmählich wird es lästig|es wäre schön, wenn das bald geklärt wäre}.
{ich hoffe, es geht diesmal schneller|hoffentlich klappt es jetzt}.
{bitte keine Standardantwort|bitte nicht wieder nur eine automatische Mail}.
""",
    2: """
{ich setze Ihnen eine Frist bis zum $deadline|ich erwarte Ihre Antwort bis $deadline}.
{sonst muss ich mir etwas anderes überlegen|sonst war das mein letzter Einkauf bei Ihnen|andernfalls kaufe ich künftig woanders}.
{so verliert man Kunden|so kann man mit Kunden nicht umgehen|Kundenservice stelle ich mir anders vor}.
{ich habe keine Lust mehr, hinterherzulaufen|ich bin es leid, hinterherzulaufen}.
muss man bei Ihnen immer erst laut werden?
""",
    3: """
{ich schalte jetzt meinen Anwalt ein|das geht jetzt an die Verbraucherzentrale|ich werde das öffentlich machen}!
{nie wieder Nordlicht|Sie sehen mich nicht wieder|das war es mit uns}!
{Frist bis $deadline, danach Anwalt|letzte Frist: $deadline}.
{eine Unverschämtheit|ein Armutszeugnis|das ist Betrug am Kunden}!!
{ich erwarte HEUTE einen Anruf|ich will jetzt jemanden sprechen, der etwas entscheiden darf}!
""",
}

CLOSING = {
    "polite": """
Mit freundlichen Grüßen
Freundliche Grüße
Viele Grüße
Mit freundlichem Gruß aus $city
Beste Grüße
Vielen Dank und freundliche Grüße
Schönen Tag noch und viele Grüße
""",
    "formal": """
Hochachtungsvoll
Mit freundlichen Grüßen
Mit vorzüglicher Hochachtung
In Erwartung Ihrer geschätzten Antwort
Mit freundlichem Gruß
""",
    "plain": """
Gruß
MfG
Grüße
Viele Grüße
VG
Danke, Gruß
LG
""",
    "young": """
lg
LG
vg
danke, lg
liebe grüße
thx
""",
    "angry": """
Gruß
{|Mit (noch) freundlichen Grüßen}
MfG
Ein enttäuschter Kunde
Ohne freundliche Grüße
{|Verärgert}
""",
}

# what is said when it is not the first time; kind of return -> lines
RETURN = {
    "chase": """
{ich habe Ihnen am $lastday geschrieben und {nichts gehört|keine Antwort bekommen}|auf meine Nachricht vom $lastday {kam keine Antwort|habe ich nichts gehört}|seit meiner Mail vom $lastday herrscht Funkstille}.
{wie ist der Stand|gibt es etwas Neues|tut sich etwas}{ in meiner Sache|}? {Es geht weiterhin um|Betrifft immer noch} {meine $bestellung|$acc}.
{ich will nicht drängeln|ich frage ungern nach}, aber {seit $days Tagen|seit dem $lastday} {höre ich nichts|ist Ruhe}. {Liegt meine Mail noch irgendwo|Hat sich jemand gekümmert}?
{Nummer gezogen und vergessen worden|ich stehe offenbar auf keiner Liste}? {Meine Nachricht vom $lastday wartet noch|Es ging um $acc}.
{zweiter Versuch|ich versuche es noch einmal|Erinnerung}: {auf meine Anfrage vom $lastday hat niemand reagiert|leider keine Reaktion bisher}.
{darf ich nachfragen|ich möchte nachfragen}, {was aus meiner Anfrage geworden ist|ob meine Mail angekommen ist}?
{außer einer automatischen Bestätigung|bis auf die Eingangsbestätigung} {kam nichts|habe ich nichts bekommen}.
{jetzt sind wieder $days Tage um|wieder eine Woche vorbei}, {und nichts ist passiert|ohne ein Wort von Ihnen}.
""",
    "broken": """
{versprochen war|zugesagt war} {ein Rückruf|eine Antwort|die Lösung} bis {$due|$duedate}. {Passiert ist nichts|Das Telefon blieb stumm|Gehört habe ich nichts}.
{Ihre Kollegin|Ihr Kollege|$agent} {hat mir zugesagt|hat versprochen}, {sich bis $due zu melden|das bis $duedate zu klären}, {nichts|leider Fehlanzeige}.
{"Wir melden uns bis $due" - das waren Ihre Worte|bis $due wollten Sie sich melden}. {Und welcher Tag ist heute?|Heute haben wir den $today.}
{auf Ihr Versprechen vom $lastday gebe ich nichts mehr|so viel zu Ihrem Versprechen}.
{den ganzen $due habe ich auf den Anruf gewartet|ich habe am $duedate extra neben dem Telefon gesessen}, {umsonst|vergebens}.
""",
    "wrong": """
{Ihre Antwort hilft mir nicht|das beantwortet meine Frage nicht|das war leider nicht die Lösung}. {Das Problem besteht weiter|Es hat sich nichts geändert|Alles wie vorher}.
{Sie schreiben, es sei erledigt|laut Ihrer Mail ist alles geklärt}, {das stimmt nicht|davon merke ich nichts}.
{nett geschrieben, aber|danke für die Mühe, nur} {das Gerät läuft davon nicht|geholfen ist mir damit nicht}. {Bitte noch einmal ansehen|Was nun}?
{drei Antworten, drei Meinungen|jeder von Ihnen schreibt etwas anderes}: {einmal ja, einmal nein|erst zwei Wochen, dann sechs}. {Wer hat recht|Was stimmt}?
{haben Sie meine Nachricht überhaupt gelesen|liest das jemand}? {Danach hatte ich nicht gefragt|Das ist ein Textbaustein}.
{am Telefon hieß es etwas anderes|$agent hat mir etwas ganz anderes gesagt|in der Filiale sagt man das Gegenteil}. {Was gilt denn nun|Wem soll ich glauben}?
{ich hatte die Sache für erledigt gehalten|nach Ihrem letzten Brief dachte ich, es sei gut}, {aber es geht von vorn los|aber nichts davon ist eingetreten}.
{genau das habe ich schon probiert|das habe ich längst gemacht}, {steht in meiner ersten Mail|ohne Erfolg}.
""",
    "sent_here": """
{Ihre Hotline|die Kollegin am Telefon|man} hat mich {an diese Adresse verwiesen|hierher geschickt|gebeten, das schriftlich zu machen}. {Also noch einmal von vorn|Hier noch einmal alles}:
{am Telefon|in der Filiale} {konnte man nichts machen|war niemand zuständig}, {ich solle mailen|ich soll mich bei Ihnen melden}.
{jetzt schreibe ich, weil telefonisch angeblich nichts geht|angeblich darf das nur Ihre Abteilung}.
""",
    "told_again": """
{das hatte ich doch schon geschrieben|steht alles in meiner ersten Mail|haben Sie das nicht längst}? {Also noch einmal|Bitte, hier noch mal}: $known.
{gern noch einmal|zum zweiten Mal|wie bereits mitgeteilt}: $known.
$known. {Das sollte Ihnen eigentlich vorliegen|Das haben Sie mich schon am Telefon gefragt|Ich verstehe nicht, warum ich das noch einmal angeben muss}.
{hier die Angaben|bitte sehr}: $known. {Reicht das jetzt?|Mehr habe ich nicht.}
{ich bin seit Jahren Kunde und Sie fragen mich danach|das fragen Sie mich jetzt zum dritten Mal|steht das nicht in Ihrem Computer}? $known.
$known
""",
    "again": """
{und jetzt|super, und was bringt mir das}? {DM ist raus|Hab euch doch schon geschrieben}.
{danke für die Antwort, aber|nett, aber} {das hilft mir nicht|die Hotline geht nicht ran|da war ich schon}.
{ok, hab eine Nachricht geschickt|Nummer hab ich euch geschrieben}, {bin gespannt|schaut bitte rein}.
{das schreibt ihr unter jeden Beitrag|copy & paste, oder}?
{danke, jemand hat sich gemeldet|oh, das ging schnell}. {Mal sehen|Warten wir ab}.
""",
    "thanks": """
{vielen Dank|herzlichen Dank|danke}, {das hat geklappt|alles angekommen|jetzt ist es gut}.
{super, danke|prima|wunderbar}! {So wünscht man sich das|Damit ist die Sache erledigt|Geht doch}.
{danke für die schnelle Hilfe|danke für Ihre Mühe}, {$agent|liebes Team}{, einen schönen Feierabend|}.
{hat gedauert, aber jetzt passt es|Ende gut, alles gut}. {Danke|Besten Dank}.
""",
}

SURVEY = {
    "bad": """
{hat ewig gedauert|viel zu langsam|drei Wochen für eine Kleinigkeit}
{musste alles mehrfach erzählen|jeder fragt dasselbe|immer ein anderer Ansprechpartner}
{Problem nicht gelöst|bis heute keine Lösung|Ticket einfach geschlossen}
{Antwort war ein Textbaustein|die Antwort passte nicht zur Frage}
{versprochener Rückruf kam nie|Versprechen nicht gehalten}
die Mitarbeiterin war nett, {konnte aber nichts tun|durfte aber nichts entscheiden}
{nie wieder|Katastrophe|unterirdisch}
{vier Anrufe|drei Mails, zwei Anrufe} für {eine Rechnung|ein Ersatzteil|nichts}
{am Telefon so, per Mail so|zwei Mitarbeiter, zwei Meinungen}
{{Hotline|Warteschleife} {unmöglich|eine Zumutung|40 Minuten}|kam erst nach {der zweiten|der dritten} Erinnerung eine Antwort}
""",
    "good": """
{schnell und freundlich|super Service|alles bestens|ging fix}
{$agent war sehr hilfsbereit|sehr kompetente Auskunft|endlich mal jemand, der mitdenkt}
{hat beim ersten Mal geklappt|sofort gelöst|am nächsten Tag erledigt}
{gerne wieder|weiter so|danke}
etwas {langsam|umständlich}, aber {am Ende gut|nett}
{Gerät repariert und läuft|Geld war nach {drei|vier} Tagen da}
""",
}

REVIEW = {
    "bad_review": (
        """
{Finger weg|Nie wieder|Service mangelhaft|Enttäuscht|Leere Versprechen|Kundendienst? Welcher Kundendienst?|Schade|Ein Trauerspiel|Einmal und nie wieder}
{$days Tage warten|$thing defekt, keiner zuständig|Man wird nur vertröstet|Hotline unerreichbar}
""",
        """
{$Nom an sich ist ok, aber wehe, es ist etwas kaputt|Produkt gut, Kundendienst ein Witz|Gekauft haben wir $ein_acc, beim ersten Problem wird man allein gelassen}. $situation. {Ein Stern, weil null nicht geht|Von mir keine Empfehlung|Lieber woanders kaufen}.
$situation. {Drei Anrufe, vier Mails|Unzählige Anrufe}, {jedes Mal ein anderer am Apparat|jedes Mal alles von vorn}. {Ergebnis: nichts|Bis heute keine Lösung}.
{Beratung vor dem Kauf top, danach flop|Vor dem Kauf König, danach Bittsteller}. $situation. $aside
{Hätte ich mal vorher die Bewertungen gelesen|Ich war jahrelang Kunde}. $situation. {Nie wieder|Das war's}.
$situation. {Auf Mails wird nicht reagiert|Die Antworten sind Textbausteine}. {Schade um die Marke|Traurig}.
""",
    ),
    "good_review": (
        """
{Sehr zufrieden|Alles top|Gerne wieder|Guter Service|Problem gelöst|Läuft|Klare Empfehlung|Netter Laden}
{$thing prima|Schnelle Hilfe|Nach anfänglichem Ärger gut}
""",
        """
{$Nom läuft wie am ersten Tag|Bin mit $dat sehr zufrieden|Tolles Gerät}. {Lieferung pünktlich|Beratung in $branch war freundlich|Aufbau kinderleicht}. {Gerne wieder|Klare Kaufempfehlung|Daumen hoch}.
{Es gab ein kleines Problem|Erst gab es Ärger}, {aber der Service hat sich gekümmert|das wurde schnell gelöst}. {So soll es sein|Danke ans Team}.
{Meine Mutter hat sich $ein_acc gekauft und ist begeistert|Wir haben $acc jetzt seit $months Monaten und sind zufrieden}. $aside
{Preis-Leistung stimmt|Für das Geld in Ordnung}. {Ein Stern Abzug für die Verpackung|Bisher keine Probleme}.
""",
    ),
}

POST = """
{hey|hallo|ernsthaft} @nordlicht{,|} {wo bleibt $mein_nom|was ist mit meiner $bestellung|wie lange soll ich noch warten}? {seit $weeks nichts|hotline geht nicht ran|so langsam reicht's} {#nordlicht|#servicewüste|#fail|}
{$days Tage|$weeks} warte ich auf {eine Antwort|$acc|mein Geld} von @nordlicht. {Bravo|Läuft bei euch|Respekt}. {#kundenservice|#nordlicht|}
@nordlicht $situation. {Hilfe|Antwort erwünscht|Kann da mal wer draufschauen}?
{Fun Fact|Nur mal so}: bei @nordlicht hängt man {35|40|52} Minuten in der {Warteschleife|Leitung} und fliegt dann raus. {Ich hab jetzt einen Ohrwurm|Klaviermusik inklusive}.
{Hat sonst noch jemand|Bin ich der Einzige mit} Probleme{n|} mit {@nordlicht|dem Service von @nordlicht}? $situation.
{liebes Team von|liebe Leute bei} @nordlicht, $situation. {DM?|Wer hilft?|Bitte melden}
{@nordlicht frage|Frage an @nordlicht}: $demand
{mal ein Lob|muss auch mal gesagt werden}: {$nom von @nordlicht ist klasse|mit $dat von @nordlicht bin ich echt zufrieden}. {Nur der Service|Nur bei $bestellung} {hakt|klemmt es}: $situation
"""

SUBJECT = {
    "delivery_late": "{Lieferung|Wo bleibt meine Bestellung|Lieferverzug|Sendung nicht angekommen|Meine Bestellung $order|Lieferung $thing|Paket fehlt|Liefertermin|Nachfrage Lieferung}",
    "invoice": "{Rechnung|Frage zur Rechnung|Rechnung falsch|Doppelt abgebucht|Rechnung $order|Bitte um Rechnung|Abbuchung|Rechnungskorrektur}",
    "return": "{Retoure|Rücksendung $thing|Erstattung|Wo bleibt mein Geld|Widerruf $order|Rückgabe|Umtausch $thing|Gutschrift fehlt}",
    "repair": "{$thing defekt|Reparatur $thing|Garantiefall|Garantie|Gerät kaputt|Reklamation $thing|Defekt $model|Hilfe bei $thing|Problem mit $model}",
    "damaged": "{Transportschaden|Falsche Lieferung|Beschädigt angekommen|Reklamation $order|$thing beschädigt|Ware defekt|Teile fehlen|Falsches Gerät}",
    "product": "{Frage zu $thing|Anfrage|Produktfrage|Frage zu $model|Auskunft|Ersatzteil $thing|Maße $model|Zubehör}",
    "order_change": "{Storno|Stornierung $order|Bestellung ändern|Änderung $order|Bestellung stornieren|andere Lieferadresse|falsch bestellt}",
    "cancel": "{Kündigung|Kündigung Wartungsvertrag|Vertrag|Kündigung Geräteschutz|Beendigung Vertrag}",
    "address": "{Adressänderung|Neue Anschrift|Umzug|Namensänderung|Neue Adresse|Änderung meiner Daten|Falsche Daten}",
    "reminder": "{Mahnung|Ihre Mahnung|Mahnung trotz Zahlung|Widerspruch Mahnung|Zahlungserinnerung|Mahnung zu $order}",
    "appointment": "{Techniker|Termin|Monteur nicht gekommen|Technikertermin $thing|Termin verschieben|Kundendiensttermin}",
    "complaint": "{Beschwerde|Ihr Service|Beschwerde über Mitarbeiter|So nicht|Unzufrieden|An die Geschäftsleitung|Stellungnahme}",
}
VAGUE_SUBJECT = "{Frage|Hallo|Bitte um Hilfe|Kundennummer|Problem|DRINGEND|Anfrage|Wichtig|Bitte lesen|(kein Betreff)|Bestellung|Ihre Firma|Reklamation}"
