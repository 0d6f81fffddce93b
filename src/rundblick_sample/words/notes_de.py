# ruff: noqa: E501 - one way of saying a thing stands on one line
"""German: what agents type into the call list and the branches' lists: short, hurried, full of abbreviations."""

NOTE = {
    "first": """
{Kd.|Kunde|Kd|Kundin} {ruft an|meldet sich|fragt} wg. $thing, $short
$short{, $thing|}. {Kd. wünscht Rückmeldung|Kd. verärgert|Kd. freundlich|Kd. in Eile}
{Anliegen|Grund}: $short{ ($model)|}. {Auskunft gegeben|Kd. informiert|an FA weiter|im System nichts gefunden}
$short / $thing / {Kauf|best.} $date
{Anrufer|Kd.} {sagt|gibt an}, $situation
{Kd. $last|Fr./Hr. $last}: $short. {Erklärt|Geprüft|Notiert}, {ok|soll abwarten|verbunden}
$short. {Bestellnr. $order|KdNr unbekannt|Daten abgeglichen}. {erl.|offen|i.A.}
""",
    "chase": """
Kd. {hat gemailt|sagt er habe am $lastday geschrieben}, {hier nichts zu sehen|kein Zugriff auf Mails}, {Kd. sauer|vertröstet}
{Nachfrage|2. Anruf|erneuter Anruf} wg. $short. {Kein Stand im System|Keine Info v. FA|vertröstet}
Kd. will wissen wo seine Antwort bleibt, $short. {Ticket hier nicht einsehbar|Mailkollegen nicht erreicht}
{wieder $last|Kd. zum 3. Mal dran}. $short. {Kd. droht mit Kündigung|bittet um Chef|soll nochmal mailen}
""",
    "broken": """
Kd. {beschwert sich|ruft an}: {Rückruf|Zusage} bis $due nicht {erfolgt|eingehalten}. $short
{RR nicht erfolgt|Zusage geplatzt}, $short, {erneut RR zugesagt|entschuldigt|an TL}
{Kd. hat den ganzen Tag gewartet|angebl. zugesagt von Kollegen}, {hier kein Eintrag|nichts notiert}. $short
""",
    "wrong": """
Kd. {sagt Auskunft war falsch|Problem besteht weiter|hat andere Auskunft bekommen}: $short
{Angebl. gelöst|Ticket war zu}, {Fehler immer noch da|Kd. widerspricht}. $short. {neu aufgenommen|wieder offen}
Kd. {verwirrt|verärgert}: {Kollege hat was anderes gesagt|Mail sagt a, Hotline sagt b}. $short
""",
    "sent_here": """
Kd. von {Filiale|Mail|Social} hierher {verwiesen|geschickt}. $short. {von vorn aufgenommen|alles neu erfasst}
{Filiale hat Kd. geschickt|kommt aus der Mail}, $short, {hier auch nicht zuständig|aufgenommen}
""",
    "where_is_it": """
Kd. fragt nach Stand {Reparatur|RMA|Retoure} $thing. {Kein Einblick in Werkstattsystem|Nr. $rma, kein Zugriff|Werkstatt nicht erreicht}
{Wo ist das Gerät|Status Rep.}? {vertröstet|soll warten|Rückruf Werkstatt erbeten}. $thing
{Kd. wartet auf $thing|Rep. $thing}, {seit Wochen weg|nichts gehört}. {Info: in Bearbeitung|keine Auskunft mögl.}
""",
    "call_back": """
Rückruf {wie zugesagt|erl.}: $short. {Kd. zufrieden|Kd. dankt|Lösung besprochen|AB besprochen}
{RR|Rückruf} {Kd. erreicht|beim 2. Versuch erreicht}, {Sache geklärt|Termin genannt}. $short
""",
}

SHORT = {
    "delivery_late": "{Lieferung nicht da|Lieferverzug|Paket fehlt|Ware überfällig|LT überschritten|Zustellung fehlgeschlagen}",
    "invoice": "{Frage zur RE|RE falsch|doppelte Abbuchung|RE-Kopie gewünscht|Betrag stimmt nicht}",
    "return": "{Erstattung fehlt|Retoure|Rückgabe|Geld noch nicht da|Retourenlabel}",
    "repair": "{Gerät defekt|Garantiefall|Rep. nötig|Defekt lt. Kd.|Störung: $fault}",
    "damaged": "{Transportschaden|Falschlieferung|Ware besch.|Teile fehlen|Delle}",
    "product": "{Produktfrage|Frage zu Maßen|Ersatzteil|Beratung|Verfügbarkeit}",
    "order_change": "{Storno|Best. ändern|Lieferadresse ändern|doppelt bestellt}",
    "cancel": "{Kündigung Wartung|will kündigen|Vertrag beenden|Kündigung nicht bestätigt}",
    "address": "{neue Adresse|Umzug|Name geändert|Daten falsch}",
    "reminder": "{Mahnung trotz Zahlung|Mahnung|Mahngebühr|will Raten}",
    "appointment": "{Techniker kam nicht|Terminwunsch|Termin verschieben|Monteur}",
    "complaint": "{Beschwerde|Beschw. über Kollegen|unzufr. mit Service|wurde mehrfach verbunden}",
}
ASKED = {
    "customer_no": "{KdNr erfragt|nach KdNr gefragt, lag vor|KdNr nochmal abgefragt}",
    "order_no": "{Best.-Nr. erfragt|nach Bestellnr. gefragt|Auftragsnr. nochmals erfragt}",
    "address": "{Adresse abgeglichen|Adr. erneut aufgenommen|Anschrift erfragt}",
    "birth_date": "{Geb.-Dat. abgefragt|legitimiert per Geb.dat.}",
}
