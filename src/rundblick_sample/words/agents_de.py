# ruff: noqa: E501 - one way of saying a thing stands on one line
"""German: what employees answer, ask, promise and note; and the standing questions that get a different answer each time."""

HELLO = """
{Sehr geehrte|Guten Tag} $herr,
{Sehr geehrte|Guten Tag} $herr,
Hallo $herr,
Guten Tag,
Guten Tag $first $last,
"""

THANKS = """
{vielen Dank|danke|besten Dank} für Ihre {Nachricht|Anfrage|E-Mail}{ vom $lastday|}.
{gern|gerne} {beantworte ich|kümmere ich mich um} {Ihre Anfrage|Ihr Anliegen}.
{Ihre Nachricht|Ihr Anliegen} {liegt mir vor|wurde an mich weitergeleitet|ist bei mir gelandet}.
es tut {mir|uns} leid, dass Sie {warten mussten|Ärger mit $dat haben|Unannehmlichkeiten hatten}.
{ich habe|wir haben} {Ihren Fall|den Vorgang|Ihre Anfrage} geprüft.
{|bitte entschuldigen Sie die späte Antwort.}
"""

SOLUTION = {
    "delivery_late": """
{$Nom|Ihre Sendung} {ist gestern aus dem Lager gegangen|hing im Umschlagzentrum $wrongcity fest|wurde neu auf den Weg gebracht} und {kommt am $duedate|wird am $duedate zwischen 9 und 14 Uhr zugestellt|sollte spätestens $due bei Ihnen sein}.
{ich habe|wir haben} eine Nachforschung beim Paketdienst {gestellt|abgeschlossen}: {das Paket wurde gefunden|das Paket ist verloren gegangen, ich schicke heute Ersatz} und ist am $duedate bei Ihnen.
{die Spedition|das Lager} {bestätigt|hat mir bestätigt}: {Lieferung am $duedate, vormittags|Zustellung am $due}. {Die Lieferkosten erstatte ich|Als Entschuldigung schreibe ich Ihnen 10 Euro gut}.
""",
    "invoice": """
{die Rechnung habe ich korrigiert|anbei finden Sie die korrigierte Rechnung}; {der Betrag lautet nun|zu zahlen sind} $lower Euro.
{die doppelte Abbuchung|der zu viel gezahlte Betrag} {ist zurückgebucht|wurde heute erstattet}, {auf Ihrem Konto in drei Bankarbeitstagen|bitte prüfen Sie Ihren nächsten Auszug}.
{anbei|im Anhang} {die Rechnung|die Zweitschrift} zu {Ihrer Bestellung|$dat} als PDF{, mit ausgewiesener Umsatzsteuer|}.
die Position {ist ein Versehen|gehört zum Geräteschutz, den Sie am $date gewählt haben}; {ich habe sie gestrichen|ich habe sie auf Ihren Wunsch storniert}.
""",
    "return": """
{die Retoure ist eingegangen|Ihr Paket ist am $lastday eingegangen}, {$amount Euro|der volle Betrag} {sind angewiesen|ist unterwegs} und {sollten am $duedate|sollte bis $due} auf Ihrem Konto sein.
{anbei|im Anhang} {das Rücksendeetikett|der Retourenschein}; {das Paket können Sie in jeder Filiale des Paketdienstes abgeben|die Spedition holt $acc am $duedate bei Ihnen ab}.
die {Differenz|fehlenden Kosten} {habe ich heute nachüberwiesen|ist ein Rechenfehler unsererseits gewesen und wird erstattet}.
""",
    "repair": """
{bitte nehmen Sie|nehmen Sie bitte} $acc {für zehn Minuten vom Strom|vom Netz}, {reinigen Sie das Sieb hinter der Blende|drücken Sie dann Start und Menü zugleich für fünf Sekunden}: {damit ist der Fehler in aller Regel behoben|der Fehler verschwindet dann}.
{ich schicke Ihnen das Ersatzteil|das Ersatzteil geht heute raus}, {der Einbau ist mit einem Schraubendreher erledigt|der Techniker bringt es am $duedate mit}.
{wir tauschen|ich tausche} $acc {ohne Weiteres|auf Garantie} aus, {das neue Gerät kommt am $duedate|den Termin nennt Ihnen die Spedition}.
""",
    "damaged": """
{das tut mir leid|so soll es nicht ankommen}. {Ein neues Gerät geht morgen raus|Ersatz ist unterwegs}, {das beschädigte nimmt der Fahrer mit|das alte holen wir am $duedate ab}.
{ich erstatte Ihnen|wir erlassen Ihnen} {15 Prozent|$fee Euro} vom Kaufpreis, {wenn Sie $acc behalten möchten|sofern Sie damit leben können}.
{die fehlenden Teile|das fehlende Zubehör} {sind heute per Brief rausgegangen|sende ich Ihnen nach}{, Ankunft $due|}.
""",
    "product": """
{$nom|das Modell $model} {braucht eine Nische von 60 cm|ist 59,6 cm breit|passt ab 82 cm Höhe}, {das Datenblatt hängt an|die Maßzeichnung finden Sie auf unserer Seite}.
{das Ersatzteil|das Zubehör} {ist lieferbar|haben wir am Lager} und kostet {$fee Euro|12,90 Euro}{ zuzüglich Versand|}; {Bestellnummer im Anhang|bestellen können Sie es im Shop}.
$nom {ist ab dem $duedate wieder lieferbar|verbraucht im Sparprogramm 0,7 Kilowattstunden|arbeitet mit 44 Dezibel}.
{dafür ist $nom leider nicht gedacht|davon raten wir ab}, {ich empfehle das größere Modell|das Nachfolgemodell kann es}.
""",
    "order_change": """
{Ihre Bestellung ist storniert|die Stornierung ist durch}, {abgebucht wird nichts|Ihr Geld ist in drei Tagen zurück}.
{die Lieferadresse|die Bestellung} {ist geändert|habe ich geändert}, {eine neue Bestätigung ist unterwegs|Sie erhalten gleich eine Bestätigung}.
{das Paket war schon verpackt|der Versand war schon angestoßen}, {ich habe es angehalten|nehmen Sie es bitte nicht an, dann kommt es zurück}.
""",
    "cancel": """
{hiermit bestätige ich|wir bestätigen} {die Kündigung|das Ende} Ihres Vertrags zum {Monatsende|31.12.|$duedate}.
{Ihr Geräteschutz ist beendet|der Vertrag ist aufgehoben}, {der letzte Beitrag wird erstattet|es folgen keine Abbuchungen mehr}.
{mein Beileid zu Ihrem Verlust. Der Vertrag ist ohne Frist beendet|auf Grund der Preiserhöhung gilt die Kündigung ab sofort}.
""",
    "address": """
{Ihre neue Anschrift ist eingetragen|die Adresse ist geändert}: $street, $plz $city.
{der Name ist berichtigt|ich habe die Schreibweise korrigiert}, {bitte prüfen Sie die nächste Rechnung|auch in der Buchhaltung}.
{die Daten sind getrennt|Sie haben jetzt eine eigene Kundennummer}, {die Unterlagen gehen Ihnen zu|eine Bestätigung folgt per Post}.
""",
    "reminder": """
{Ihre Zahlung ist gefunden|die Zahlung war ohne Kundennummer eingegangen und ist jetzt zugeordnet}, {die Mahnung ist hinfällig|die Mahngebühr ist gestrichen}.
{ich habe das Mahnverfahren angehalten|die Mahnsperre ist gesetzt}, {neues Zahlungsziel ist der $duedate|drei Raten zu je $fee Euro sind vereinbart}.
{die Mahnung ging irrtümlich raus|das war ein Fehler bei uns}, {bitte betrachten Sie sie als gegenstandslos|es ist nichts offen}.
""",
    "appointment": """
{der Techniker kommt am $duedate|neuer Termin ist der $duedate} {zwischen 8 und 11 Uhr|ab 13 Uhr|als erster Kunde des Tages}{, er ruft vorher an|}.
{das Ersatzteil ist da|die Platine ist eingetroffen}, {Herr Nolte|Herr Stegemann|unser Partner Elektro Petersen} {kommt am $due|meldet sich heute noch}.
{den Termin habe ich verschoben|verschoben}, {neu: $duedate, 10 bis 13 Uhr|Sie sind jetzt für $due eingetragen}.
""",
    "complaint": """
{ich habe mit dem Kollegen gesprochen|wir haben das intern ausgewertet}, {das hätte nicht passieren dürfen|er entschuldigt sich ausdrücklich}. {Als Zeichen der Wiedergutmachung|Zum Ausgleich} {schreibe ich Ihnen 25 Euro gut|ist der Versand beim nächsten Mal frei}.
{Sie haben recht|Ihre Kritik ist berechtigt}. {Ab sofort bin ich Ihr Ansprechpartner|Ich kümmere mich persönlich}, {Durchwahl -$code|Sie erreichen mich direkt}. {Ihr Anliegen ist seit heute gelöst|Die Sache ist erledigt}.
""",
}

NON_SOLUTION = """
{bitte wenden Sie sich|wenden Sie sich hierzu bitte} an {die zuständige Abteilung|den Hersteller|unsere Hotline|die Filiale, in der Sie gekauft haben|unsere Kollegen vom Versand}.
{Ihr Anliegen|die Sache} {ist in Bearbeitung|befindet sich in Klärung}. {Wir bitten um etwas Geduld|Bitte sehen Sie von Rückfragen ab}.
{laut System|nach unseren Unterlagen} {ist alles in Ordnung|wurde der Vorgang abgeschlossen|ist die Ware zugestellt}. {Wir betrachten die Angelegenheit damit als erledigt|Damit schließen wir das Ticket}.
{Informationen dazu finden Sie|alles Weitere steht} {auf unserer Internetseite unter Hilfe & Service|in unseren häufigen Fragen|in der Bedienungsanleitung auf Seite 34}.
{leider|bedauerlicherweise} {können wir|kann ich} {dazu keine Auskunft geben|in diesem Fall nichts für Sie tun|Ihren Wunsch nicht erfüllen}. {Wir bitten um Verständnis|Ich bitte um Ihr Verständnis}.
{ich habe es weitergeleitet|ich habe Ihr Anliegen an den Fachbereich gegeben}, {von dort hören Sie|die Kollegen melden sich}.
{zu $dat|in Ihrem Fall} {liegt uns noch kein Ergebnis vor|warten wir auf Rückmeldung}, {das kann vier bis sechs Wochen dauern|ein Termin lässt sich nicht nennen}.
{haben Sie $acc|haben Sie das Gerät} {schon einmal aus- und wieder eingeschaltet|ordnungsgemäß angeschlossen}? {In den meisten Fällen hilft das|Damit dürfte sich die Sache erledigt haben}.
{wir bedauern|wir entschuldigen uns für} die Unannehmlichkeiten und hoffen, {Sie bald wieder als Kunden begrüßen zu dürfen|dass Sie uns gewogen bleiben}.
"""

NON_TAIL = {
    "delivery_late": "{die Lieferzeiten der Spedition können wir nicht beeinflussen|Lieferangaben sind unverbindlich}.",
    "invoice": "{die Rechnung wurde maschinell erstellt und ist richtig|bitte prüfen Sie Ihre Unterlagen}.",
    "return": "{Erstattungen werden in der Reihenfolge des Eingangs bearbeitet|die Prüfung der Ware läuft}.",
    "repair": "{ein Bedienfehler kann nicht ausgeschlossen werden|Verschleiß ist von der Garantie ausgenommen}.",
    "damaged": "{Transportschäden sind dem Fahrer sofort anzuzeigen|bitte melden Sie das der Spedition}.",
    "product": "{technische Daten entnehmen Sie bitte der Verpackung|dazu liegen uns keine Angaben vor}.",
    "order_change": "{eine Änderung ist nach Versand nicht möglich|bitte nutzen Sie Ihr Kundenkonto}.",
    "cancel": "{Kündigungen bedürfen der Schriftform|die Kündigungsfrist ist abgelaufen}.",
    "address": "{Adressen ändern Sie bitte selbst im Kundenkonto|dafür ist die Filiale zuständig}.",
    "reminder": "{Mahnungen werden automatisch erstellt|bitte gleichen Sie den Betrag aus}.",
    "appointment": "{die Disposition meldet sich bei Ihnen|Termine vergibt nur unser Partner}.",
    "complaint": "{Ihre Kritik haben wir aufgenommen|wir nehmen Hinweise unserer Kunden sehr ernst}.",
}

ASK = {
    "order_no": """
{bitte nennen Sie uns|geben Sie uns bitte} {Ihre Bestellnummer|die Auftragsnummer}{, damit wir den Vorgang finden|}.
könnten Sie mir {Ihre Bestellnummer|die Auftragsnummer} nennen?
{um welche Bestellung handelt es sich|wie lautet die Bestellnummer}?
{ohne Bestellnummer|ohne Auftragsnummer} {kann ich leider nicht suchen|kommen wir nicht weiter}. {Bitte reichen Sie sie nach|Sie steht oben rechts auf der Rechnung}.
""",
    "customer_no": """
{bitte teilen Sie uns|teilen Sie mir bitte} {Ihre Kundennummer|die Kundennummer} mit.
{wie lautet Ihre Kundennummer|haben Sie eine Kundennummer bei uns}? {Ich finde Sie im System nicht|Unter Ihrem Namen gibt es mehrere Einträge}.
{zur Bearbeitung|für die weitere Bearbeitung} {benötigen wir|brauche ich} Ihre {Kundennummer|Kunden- oder Kontonummer}.
""",
    "address": """
bitte nennen Sie uns {Ihre vollständige Anschrift|Ihre Adresse mit Postleitzahl}.
könnten Sie uns {Ihre vollständige Anschrift|Ihre Adresse mit Postleitzahl} mitteilen?
{unter welcher Adresse|an welche Anschrift} {wurde geliefert|dürfen wir liefern}?
{aus Datenschutzgründen|zum Abgleich} {bitten wir um|benötige ich} Ihre {aktuelle Adresse|Rechnungsanschrift}.
""",
    "birth_date": """
{zur Legitimation|aus Datenschutzgründen} {benötigen wir|brauche ich} Ihr Geburtsdatum.
{bitte nennen Sie uns zum Abgleich|bitte bestätigen Sie} Ihr Geburtsdatum{ und Ihren vollen Namen|}.
""",
    "model": """
{um welches Modell handelt es sich|welches Gerät haben Sie genau}? {Die Bezeichnung steht auf dem Typenschild|Bitte schauen Sie auf das Typenschild}.
{bitte senden Sie uns|ich brauche noch} die {Modell- und Seriennummer|genaue Typenbezeichnung}.
""",
    "purchase_date": """
{wann haben Sie das Gerät gekauft|wann und wo haben Sie gekauft}? {Bitte fügen Sie den Kaufbeleg bei|Ohne Kaufdatum kann ich die Garantie nicht prüfen}.
{bitte senden Sie uns|wir benötigen noch} {eine Kopie des Kaufbelegs|das Kaufdatum}.
""",
    "photo": """
bitte senden Sie uns {Fotos vom Schaden|ein Foto des Geräts und des Typenschilds}.
könnten Sie uns {Fotos vom Schaden|ein Bild vom Typenschild} schicken?
{haben Sie Bilder|gibt es Fotos} {vom Schaden|von der Verpackung}? {Ohne Bilder geht es leider nicht weiter|Dann geht es schneller}.
""",
    "phone": """
{unter welcher Telefonnummer|unter welcher Nummer} {erreichen wir Sie|sind Sie tagsüber erreichbar}?
{bitte teilen Sie uns eine Rufnummer mit|für Rückfragen bitten wir um Ihre Telefonnummer}.
""",
}

PROMISE = """
{ich kläre das mit {dem Lager|der Spedition|der Buchhaltung|der Werkstatt|meiner Teamleitung}|ich frage {im Lager|bei der Spedition|in der Buchhaltung|in der Werkstatt} nach} und {melde mich bis $due|gebe Ihnen bis $duedate Bescheid}.
{bis spätestens $due|bis $duedate} {hören Sie von mir|haben Sie eine Antwort|melde ich mich}{, versprochen|}.
{Sie erhalten|Sie bekommen} bis $due {eine verbindliche Auskunft|eine Lösung|einen Anruf von uns}.
{die Kollegen kümmern sich|ich habe es an die Fachabteilung gegeben}, {Antwort kommt bis $duedate|bis $due ist das erledigt}.
{geben Sie mir bitte bis $due Zeit|bitte gedulden Sie sich bis $duedate}, {dann ist es geklärt|dann weiß ich mehr}.
"""

LATE = """
{wie ich sehe, haben Sie inzwischen angerufen|Sie haben ja bereits telefonisch Auskunft erhalten}. {Falls noch etwas offen ist, melden Sie sich|Damit schließe ich den Vorgang}.
{bitte entschuldigen Sie die späte Antwort|leider kommt meine Antwort spät}. {Ich nehme an, Ihr Anliegen hat sich erledigt|Sollte es noch aktuell sein, antworten Sie einfach auf diese Mail}.
"""

SEND_IN = """
{bitte senden Sie|schicken Sie uns bitte} $acc {mit dem beiliegenden Etikett|an unsere Werkstatt in Kiel} {ein|zur Prüfung}. {Ihre Vorgangsnummer lautet $rma|Die Nummer für Rückfragen: $rma}.
{wir haben|ich habe} {eine Rücksendung|einen Reparaturauftrag} angelegt ({RMA|Nummer} $rma). {Die Spedition meldet sich wegen der Abholung|Das Etikett kommt in einer zweiten Mail}.
{der Fall läuft jetzt über|zuständig ist ab jetzt} {die Abteilung Retouren und Reparaturen|unsere Werkstatt}, {Vorgang $rma|bitte nennen Sie dort $rma}. {Die Bearbeitung dauert etwa zwei Wochen|Sie hören von dort}.
"""

BYE = """
{Mit freundlichen Grüßen|Freundliche Grüße|Viele Grüße} {aus Kiel|}
Mit freundlichen Grüßen
{Ihr Nordlicht-Team|Ihre Kundenbetreuung}
{Bei Fragen melden Sie sich gern|Für Fragen stehe ich gern zur Verfügung}. {Freundliche Grüße|Mit freundlichen Grüßen}
"""

SOCIAL = """
{Hallo|Hi|Moin} {$handle|du}, {das tut uns leid|oje, so soll es nicht sein|danke für den Hinweis}. {Schick uns bitte deine Bestellnummer per Direktnachricht|Schreib uns bitte an service@nordlicht.example|Schick uns doch eine DM}, {dann schauen wir nach|wir kümmern uns}. {^$initials|}
{Hallo|Moin} $handle, {hier können wir aus Datenschutzgründen nicht nachsehen|das klären wir gern direkt}. {Ruf uns an|Bitte ruf unsere Hotline an|Melde dich per Mail}. {^$initials|LG ^$initials}
{Danke für deine Nachricht|Wir haben es weitergegeben}! {Die Kollegen melden sich|Du hörst von uns}. {^$initials|}
{Uff|Verständlich, dass du genervt bist}. {Wir haben dir geschrieben|Schau mal in deine Nachrichten}, {da geht es weiter|dann klären wir das}. {^$initials|}
"""

REVIEW_REPLY = """
{Vielen Dank für Ihr Feedback|Danke für Ihre offene Bewertung}. {Das entspricht nicht unserem Anspruch|Das bedauern wir sehr}. {Bitte schreiben Sie uns|Melden Sie sich gern} an service@nordlicht.example.
{Es tut uns leid|Schade}, dass {Sie nicht zufrieden sind|es so gelaufen ist}. {Wir nehmen Ihre Kritik ernst|Wir geben das intern weiter}. {Ihr Nordlicht-Team|Das Nordlicht-Team}
{Wir freuen uns über Ihr Lob|Das hören wir gern}! {Viel Freude mit $dat|Bis zum nächsten Mal}.
"""

# standing questions: topic -> (code, how customers ask, the answers that are given, each another fact)
QUESTIONS = {
    "return": (
        "refund_days",
        ["wie lange dauert die Erstattung", "wann habe ich mein Geld zurück", "in wie vielen Tagen wird erstattet"],
        [
            "{Die Erstattung dauert|Bis das Geld da ist, vergehen} 5 Werktage{ ab Eingang der Ware|}.",
            "{Erstattet wird|Das Geld kommt} innerhalb von 14 Tagen.",
            "{Bitte rechnen Sie mit bis zu 30 Tagen|Es dauert bis zu 30 Tage}.",
            "{Die Gutschrift erfolgt|Wir erstatten} sofort nach Eingang{ bei uns|}.",
            "{Erstattungen laufen|Ausgezahlt wird} einmal im Monat, immer zum 15.",
            "Nach der Prüfung durch die Werkstatt, {das sind etwa|in der Regel} sechs Wochen.",
        ],
    ),
    "repair": (
        "warranty_length",
        ["wie lange habe ich Garantie", "gilt die Garantie noch", "zwei oder drei Jahre Garantie"],
        [
            "{Auf $acc|Auf das Gerät} {gewähren wir|haben Sie} zwei Jahre Garantie.",
            "{Die Garantie beträgt|Es gelten} drei Jahre ab Kauf.",
            "{Garantie gibt der Hersteller, nicht wir|Eine Garantie besteht nicht, nur die gesetzliche Gewährleistung}.",
            "{Auf den Motor|Auf die Mechanik} zehn Jahre, auf die Elektronik zwölf Monate.",
            "Ein Jahr Garantie, {danach Kulanz nach Einzelfall|mit Geräteschutz fünf}.",
        ],
    ),
    "delivery_late": (
        "delivery_time",
        ["wie lange dauert die Lieferung normalerweise", "was ist die normale Lieferzeit"],
        [
            "{Die Lieferzeit beträgt|Üblich sind} 2 bis 4 Werktage.",
            "{Derzeit liefern wir in|Aktuell dauert es} 10 bis 14 Tagen.",
            "{Lagerware|Vorrätige Ware} ist am nächsten Tag bei Ihnen.",
            "{Großgeräte brauchen|Bei Großgeräten rechnen wir mit} vier Wochen.",
            "{Verbindliche Zeiten nennen wir nicht|Eine Lieferzeit kann ich nicht zusagen}.",
        ],
    ),
    "cancel": (
        "notice_period",
        ["welche Kündigungsfrist gilt", "mit welcher Frist kann ich kündigen"],
        [
            "Die Kündigungsfrist beträgt drei Monate zum Jahresende.",
            "{Kündigen können Sie|Der Vertrag ist kündbar} jederzeit mit einem Monat Frist.",
            "{Der Vertrag läuft|Die Laufzeit ist} fest 24 Monate{, vorher geht nichts|}.",
            "Sechs Wochen zum Quartal.",
        ],
    ),
    "damaged": (
        "who_pays_return",
        ["wer zahlt die Rücksendung", "was kostet die Abholung"],
        [
            "{Die Rücksendung ist|Der Rückversand ist} für Sie kostenlos.",
            "{Die Kosten der Rücksendung tragen Sie|Das Porto geht zu Ihren Lasten}.",
            "{Wir erstatten das Porto|Porto wird erstattet} bis höchstens 6,90 Euro.",
            "{Großgeräte holen wir für|Die Abholung kostet} 39 Euro{ ab|}.",
        ],
    ),
    "invoice": (
        "invoice_copy_fee",
        ["kostet die Zweitschrift etwas", "ist eine Rechnungskopie kostenlos"],
        [
            "{Rechnungskopien sind kostenlos|Die Zweitschrift kostet nichts}.",
            "{Für die Zweitschrift berechnen wir|Die Kopie kostet} 5 Euro.",
            "{Rechnungen gibt es nur im Kundenkonto|Bitte laden Sie die Rechnung selbst herunter}.",
        ],
    ),
    "reminder": (
        "reminder_fee",
        ["muss ich die Mahngebühr zahlen", "wie hoch ist die Mahngebühr"],
        [
            "{Die Mahngebühr beträgt|Pro Mahnung fallen} 2,50 Euro{ an|}.",
            "{Die erste Mahnung ist|Die erste Mahnung bleibt} kostenlos.",
            "{Es werden|Berechnet werden} 7,50 Euro je Schreiben.",
            "{Die Gebühr erlassen wir|Mahngebühren streichen wir} einmal im Jahr auf Kulanz.",
        ],
    ),
    "appointment": (
        "callout_fee",
        ["was kostet die Anfahrt", "ist die Anfahrt des Technikers frei"],
        [
            "{Die Anfahrt ist|In der Garantie ist die Anfahrt} kostenlos.",
            "{Die Anfahrt kostet|Für die Anfahrt berechnen wir} pauschal 49 Euro.",
            "{Abgerechnet wird|Berechnet wird} nach Kilometern, 0,90 Euro je Kilometer.",
            "{Das rechnet unser Partner mit Ihnen ab|Die Kosten erfahren Sie vom Monteur}.",
        ],
    ),
    "product": (
        "trial_period",
        ["kann ich das Gerät zu Hause testen", "wie lange darf ich testen"],
        [
            "{Sie haben|Es gelten} 14 Tage Rückgaberecht.",
            "{Sie können|Testen dürfen Sie} 30 Tage zu Hause{ testen|}.",
            "{Ausprobierte Geräte|Benutzte Geräte} nehmen wir nicht zurück.",
            "100 Tage Probezeit{, ohne Wenn und Aber|}.",
        ],
    ),
}

ACK = """
{Vielen Dank für Ihre Nachricht|Ihre Anfrage ist eingegangen}. {Sie wird unter der Nummer|Ihr Vorgang trägt die Nummer} $ticket {bearbeitet|. Bitte nennen Sie diese bei Rückfragen}.

Wir antworten in der Regel innerhalb von vier Geschäftsstunden.

Dies ist eine automatisch erzeugte Nachricht. Bitte antworten Sie nicht auf diese E-Mail.

Nordlicht Haushaltsgeräte GmbH, Hafenallee 8, 24103 Kiel
"""

HOLIDAY = """
Guten Tag, ich bin bis zum $duedate nicht im Büro. Ihre E-Mail wird nicht weitergeleitet. In dringenden Fällen wenden Sie sich bitte an meine Vertretung.
Ich bin im Urlaub und habe ab dem $duedate wieder Zugriff auf meine E-Mails. Viele Grüße, $first $last
Vielen Dank für Ihre Nachricht. Ich bin derzeit nicht erreichbar ({Elternzeit|Kur|Dienstreise|Urlaub}).
I am out of the office until $duedate with limited access to e-mail.
"""

BOUNCE = """
This is the mail system at host mx.example. I'm sorry to have to inform you that your message could not be delivered to one or more recipients. It's attached below. <$address>: mailbox full (in reply to RCPT TO command)
Diese Nachricht wurde automatisch erzeugt. Ihre E-Mail konnte nicht zugestellt werden: Das Postfach des Empfängers ist voll.
"""
