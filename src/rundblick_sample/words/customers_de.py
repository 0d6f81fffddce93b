# ruff: noqa: E501 - one way of saying a thing stands on one line
"""German: what customers say about each topic: what happened, details, what they want."""

SITUATION = {
    "delivery_late": """
{Meine|Unsere} $bestellung {ist immer noch nicht da|ist bis heute nicht angekommen|sollte am $promised kommen, {gekommen ist nichts|da war aber nichts}|steht seit Tagen auf "in Zustellung"}
{ich warte|wir warten} {jetzt |nun |}{seit $weeks|schon $days Tage} auf {$acc|die Lieferung|das Paket mit $dat}
laut {Ihrer|eurer} {Bestätigungsmail|E-Mail} sollte $nom {am $promised|bis spätestens $promised} {geliefert werden|hier sein}
die Sendungsverfolgung {sagt|zeigt} seit {dem $promised|$days Tagen} {unverändert|immer nur} {"Die Sendung wird für den Transport vorbereitet"|"im Zustellfahrzeug"|"elektronisch angekündigt"|gar nichts mehr an}
am $date {habe ich|haben wir} $ein_acc bestellt, {zugesagt war|versprochen wurde} der $promised{, und nun haben wir den $today|. Heute ist der $today|}
angeblich {wurde|war} am $promised {niemand anzutreffen|keiner zuhause}, {dabei war ich den ganzen Tag da|ich saß aber am Fenster|das stimmt schlicht nicht}
das Paket liegt laut Tracking in {einem Paketshop, den es hier nicht gibt|$wrongcity|einem Depot in $wrongcity}, ich wohne aber in $city
{{wo bleibt|wo ist} {$mein_nom|meine Lieferung|die $bestellung|unser Paket}|was ist mit {$mein_dat|meiner Lieferung|der $bestellung|unserem Paket}}?
die {Lieferung|Spedition} {kam zweimal nicht zum vereinbarten Termin|kam weder am $promised noch am Tag danach|ist nun schon zum zweiten Mal nicht erschienen}
{es geht um|ich schreibe wegen} {die|meine} $bestellung, die {überfällig ist|seit $weeks überfällig ist|einfach nicht kommt}
{die Zustellung wurde|der Liefertermin wurde} {dreimal|jetzt schon zum vierten Mal} verschoben, {jedes Mal per SMS am selben Morgen|immer ohne Angabe von Gründen|zuletzt auf "unbestimmt"}
{in der App|im Kundenkonto} steht "{zugestellt|abgeholt|übergeben an Mitbewohner}", {hier ist aber nichts|ich wohne allein|im ganzen Haus hat niemand etwas bekommen}
{die Hälfte|ein Teil} {der Lieferung|von $bestellung} ist da, {$nom fehlt|der Rest fehlt seit $weeks|vom Rest keine Spur}
{ihr habt|Sie haben} {mir |}Expressversand {berechnet|verkauft}, {gekommen ist $nom|da war $nom} {nach $days Tagen|dann doch nicht}
{seit dem Streik|wegen des Streiks} {tut sich nichts mehr|steht alles still}, {das verstehe ich ja|schön und gut}, {aber andere liefern auch|aber eine Auskunft wäre möglich}
der Fahrer hat {bei den Nachbarn|im Nebenhaus|irgendwo} {eine Karte|einen Zettel} eingeworfen, {auf dem nichts lesbar ist|nur {die Nummer|der Ort} darauf stimmt nicht}
{heute|gestern|vorgestern} {habe ich mir extra freigenommen|war extra jemand zu Hause} für die Lieferung{ von $dat|}, {und wieder nichts|es kam niemand}
""",
    "invoice": """
auf der Rechnung {vom $date|zu $bestellung} {stehen|sind} {$amount Euro|zwei Posten, die ich nicht zuordnen kann|Versandkosten berechnet, obwohl Lieferung frei Haus war}
{ich habe|wir haben} {$acc|die Ware} {längst|per Überweisung|sofort} bezahlt, {in meinem Kundenkonto steht aber|trotzdem steht im Konto} "offen"
{mir|uns} fehlt {die Rechnung|eine ordentliche Rechnung mit ausgewiesener Mehrwertsteuer|der Beleg} {für $acc|zu $bestellung}
der Betrag von $amount Euro wurde {zweimal|doppelt} {von meinem Konto abgebucht|abgebucht|eingezogen}
{die Rechnung|der Beleg} {ist auf den Namen $wrongname ausgestellt|trägt die falsche Anschrift|lautet noch auf meine alte Adresse}
{bei der Bestellung|im Shop} {stand|war} ein Preis von $lower Euro {angegeben|ausgewiesen}, berechnet {haben Sie|habt ihr} $amount Euro
der {Gutschein|Rabattcode NORD10|Treuerabatt} {wurde nicht abgezogen|fehlt auf der Rechnung|ist nicht berücksichtigt worden}
{ich brauche|ich bräuchte|wir benötigen} die Rechnung {zu $bestellung|für $acc} {für die Steuer|noch einmal als PDF|für meinen Vermieter|für die Hausratversicherung}
auf meinem Kontoauszug {steht eine Abbuchung|finde ich eine Buchung} über $amount Euro, {die ich nicht kenne|zu der ich keine Rechnung habe}
{was ist das für eine|wofür ist die} Position "{Servicepauschale|Geräteschutz Plus|Transportgebühr II|Altgeräte-Handling}" auf {der|meiner} Rechnung?
{ich soll|wir sollen} $amount Euro zahlen, {bestellt|geliefert} wurde aber {nur die Hälfte|gar nichts|etwas anderes}
{die Gutschrift|das Guthaben} {aus der letzten Retoure|über $fee Euro} {wurde nicht verrechnet|taucht nirgends auf}
{zwei Rechnungen|zwei Mails mit zwei verschiedenen Beträgen}, {eine Bestellung|aber nur ein Gerät}: {welche gilt|was stimmt denn nun}?
{meine Firma|der Verein|unsere Hausverwaltung} {braucht die Rechnung|möchte die Rechnung} {mit anderer Anschrift|mit Umsatzsteuernummer|auf den Namen des Vereins}
{die Ratenzahlung|der vereinbarte Zahlungsplan} für $acc {wurde nicht berücksichtigt|stimmt nicht mit der Rechnung überein}
""",
    "return": """
{ich habe $acc am $date zurückgeschickt{ und warte seitdem auf die Erstattung|}|wir haben $acc am $date zurückgeschickt{ und seitdem nichts gehört|}}{|, das Geld ist bis heute nicht da}
{die Erstattung|mein Geld|die Gutschrift} {über $amount Euro|für $acc} {fehlt|ist noch immer nicht auf dem Konto|lässt auf sich warten}
{ich möchte|ich würde gern|wir wollen} $acc {zurückgeben|zurücksenden|umtauschen}, {$er passt nicht in die Nische|$er ist viel lauter als gedacht|das Modell gefällt meiner Frau nicht|$er entspricht nicht der Beschreibung}
{wie kann ich|wo kann ich} $acc {zurückschicken|zurückgeben|loswerden, ohne $ihn selbst zur Post zu tragen}?
{das Rücksendeetikett|der Retourenschein|der Link zum Retourenlabel} {lässt sich nicht öffnen|ist abgelaufen|fehlte im Paket|führt ins Leere}
laut Sendungsnummer ist {die Retoure|mein Paket} am $promised bei {Ihnen|euch} angekommen
statt der {vollen|kompletten} $amount Euro {wurden mir nur $lower Euro erstattet|habe ich nur $lower Euro zurückbekommen}
{laut Ihnen|angeblich} {ist meine Rücksendung nie angekommen|fehlte das Netzkabel in der Retoure}, {der Einlieferungsbeleg liegt vor mir|das stimmt nicht, ich habe alles fotografiert}
{erst hieß es|am Anfang hieß es}, {das Geld kommt in einer Woche|die Abholung sei kostenlos}, {jetzt sollen es sechs Wochen sein|nun ziehen Sie 39 Euro ab}
{das Gerät steht|$nom steht} seit {$weeks|dem $date} verpackt {im Flur|in der Garage}, {abgeholt wird es nicht|und niemand holt es}
{ich habe|wir haben} {aus Versehen|leider} das falsche Gerät {in den Karton gelegt|zurückgeschickt}{, peinlich, ich weiß|}
{die Spedition|der Abholer} {sollte|wollte} $acc am $promised {wieder abholen|mitnehmen}, {kam aber nicht|erschienen ist niemand}
{ich habe|wir haben} $acc {fristgerecht|innerhalb der 14 Tage} widerrufen{, siehe mein Schreiben vom $date|}
{bekommen habe ich einen Gutschein|statt Geld kam ein Gutschein}, {ich will aber|gewünscht war aber} {mein Geld|die Überweisung}
der Karton ist {weg|im Altpapier}, {kann|darf} ich $acc {trotzdem|auch ohne Originalverpackung} zurückgeben?
""",
    "repair": """
$Mein_nom {aus $bestellung |vom $date |}{macht Ärger|funktioniert nicht mehr richtig|hat einen Defekt|ist kaputt}: $fault
$mein_nom ({gekauft|bestellt} am $date) {$faultverb|$faultverb} {seit gestern|seit dem Wochenende|seit $weeks|von heute auf morgen}
{nach nicht einmal|nach} {$months Monaten|einem guten Jahr|drei Wochen} {gibt $nom den Geist auf|ist $nom defekt}: $fault
{ich habe|wir haben} am $date bei {Ihnen|euch} $ein_acc {gekauft|bestellt}, $fault
{leider Ärger mit|so ein Mist mit|schon wieder etwas mit} $mein_dat{, Modell $model|}: $fault
$Nom {war schon einmal|war bereits zweimal} in Reparatur, {jetzt ist derselbe Fehler wieder da|und wieder dasselbe}: $fault
{es geht um|ich habe ein Problem mit} {$mein_acc|$dat} $model. $Fault
{unser|mein} Gerät {$article|$model} {$faultverb|$faultverb}, {die Bedienungsanleitung hilft nicht weiter|Entkalken und Reset haben nichts gebracht|alles aus der Anleitung habe ich versucht}
wie läuft das {mit der Garantie|mit der Gewährleistung}{ bei Ihnen|}? {Es geht um $mein_acc|Betroffen ist $mein_nom}: $fault
{der Techniker|Ihr Monteur} {war am $date da|war letzte Woche hier}, {seitdem ist es schlimmer|danach ging es genau zwei Tage}: $fault
{ich traue mich kaum zu fragen|vielleicht bin ich nur zu dumm}, aber {ist es normal|muss das so sein}, {was $mein_nom macht|was hier passiert}? $Fault
{gleich beim ersten Mal|beim dritten Gebrauch|schon am ersten Tag}: $fault
{$mein_nom und ich|wir und $mein_nom}, {das wird keine Freundschaft|das ist eine Leidensgeschichte}: $fault
{der Kundendienst|die Werkstatt} hat {ein Teil|die Platine|die Dichtung} getauscht, {gebracht hat es nichts|der Fehler ist geblieben}: $fault
{Hilfe|Dringend}, $fault{, und wir sind zu fünft|, und am Wochenende kommt Besuch|}
""",
    "damaged": """
{heute|gestern|am $promised} kam {$nom|das Paket}, {leider beschädigt|und zwar mit einer dicken Delle|aber das Gehäuse ist gesprungen|aber {die Tür|das Glas|die Front} ist zerkratzt}
{geliefert wurde|gekommen ist|im Karton war} {ein ganz anderes Modell|$wrong_nom|$wrong_nom statt $dat}
im Paket {fehlt|fehlen} {das Netzkabel|die Schrauben|der Wasserbehälter|die Hälfte der Teile|das Zubehör, das dabei sein sollte|die Bedienungsanleitung und ein Blech}
der Karton {war schon aufgerissen|sah aus wie durch den Wolf gedreht|war unten ganz nass}, und $nom {hat eine Schramme|wackelt|klappert innen}
beim Auspacken {haben wir gesehen|mussten wir feststellen|fiel auf}, dass {die Rückwand eingedrückt ist|ein Fuß abgebrochen ist|das Bedienfeld einen Riss hat|das Gerät gebraucht ist, mit Krümeln darin}
{das Gerät|$nom} ist {eindeutig ein Rückläufer|schon einmal ausgepackt worden}, {die Folie fehlt|das Siegel war aufgeschnitten|da klebt noch der Zettel vom Vorbesitzer}
{der Fahrer|die Spedition} {hat $acc von der Rampe fallen lassen|hat $acc die Treppe hochgezerrt}, {ich stand daneben|man hat es bis in die Küche gehört}
{beim Anschließen|beim Aufstellen} {kam Wasser|roch es verbrannt|fiel eine Schraube heraus}, {das war ab Werk so|da stimmt etwas nicht}
{ich habe|wir haben} zweimal {dasselbe|$acc} bekommen, {bestellt war|gewollt war} nur ein Stück
{die Spedition hat|die beiden Männer haben|Ihr Fahrer hat} {das Treppenhaus zerschrammt|$acc im Regen vor der Tür stehen lassen|$acc einfach vor die Garage gestellt}
{meine|unsere} $bestellung {ist da, aber kaputt|kam mit Bruch an|ist falsch}: bestellt war $article
{die Farbe|die Größe|die Ausführung} von $dat {stimmt nicht|ist falsch}, {bestellt hatte ich Weiß|im Shop stand etwas anderes}
""",
    "product": """
{ich überlege, mir|wir überlegen, uns} $acc {$model |}zu {kaufen|bestellen|holen}
{passt|geht} $nom {$model |}{in eine 60er-Nische|unter eine Arbeitsplatte von 82 cm|durch eine 70er-Tür|auf einen Tisch von 45 cm Tiefe}?
{wie laut ist|wie viel Strom braucht|welche Energieklasse hat} {$nom|das Modell $model|$article}{| eigentlich}?
{gibt es|haben Sie} für $acc {ein Ersatzteil|noch Filter|eine zweite Schublade|eine längere Zuleitung|Zubehör zum Nachkaufen}?
{in der Anleitung|auf der Internetseite|im Prospekt} {steht nichts dazu|finde ich keine Angabe}, ob $nom {kindersicher ist|für Ferienwohnungen geeignet ist|mit Regenwasser läuft|auch an 110 Volt geht|spülmaschinenfeste Teile hat}
{lässt sich|lässt sich bitte} $nom {auch hochkant transportieren|mit einer Zeitschaltuhr betreiben|an eine Fernbedienung koppeln|rechts wie links anschlagen}?
{was ist der Unterschied|worin liegt der Unterschied} zwischen $dat und {dem Nachfolger|dem Vorgänger|dem Modell aus dem Baumarkt}?
{wann|ab wann} {ist $nom wieder lieferbar|kommt $article wieder rein|haben Sie $acc wieder da}?
{meine Mutter|mein Vater|unser Opa} {sieht nicht mehr gut|hat es in den Händen}: {hat $nom große Tasten|kann man $acc auch mit einer Hand bedienen}?
{lohnt sich|rechnet sich} {der Aufpreis|die Plus-Variante} bei {$dat|dem Modell $model}?
{verträgt|mag} $nom {hartes Wasser|Hartwasser mit 22 Grad|eine Steckdosenleiste}?
{was wiegt|wie schwer ist} $nom{, ich muss $ihn in den dritten Stock tragen|}?
{nehmen Sie|nehmt ihr} {das Altgerät|unser altes Gerät} mit{, auch wenn es nicht von Ihnen ist|}?
{ich finde|wir finden} {die Bedienungsanleitung|das Typenschild|den Einschalter, ehrlich gesagt,} {zu $dat|von $dat} nicht
{reicht|genügt} $nom für {einen Haushalt mit vier Personen|eine Kaffeeküche im Büro|zwei alte Leute|ein Vereinsheim}?
""",
    "order_change": """
{ich möchte|bitte} {meine|die} $bestellung {stornieren|zurückziehen}{, da sich die Küche verzögert|, ich habe mich anders entschieden|, $nom ist woanders billiger|}
{ich habe|wir haben} {versehentlich|aus Dummheit|in der Eile} {zwei Stück|das falsche Modell|doppelt} bestellt{: $article|}
{kann|könnte} {die Lieferung|die $bestellung} {an eine andere Adresse gehen|erst {nach dem Urlaub|im nächsten Monat|ab dem 15.} kommen|zu meiner Tochter geschickt werden}?
statt $dat {hätte ich|hätten wir} {lieber|doch gern} {das größere Modell|die Ausführung in Schwarz|das günstigere}
{ich möchte|wir möchten} zu {der|meiner} $bestellung {noch einen Entkalker|die Mitnahme des Altgeräts|den Anschluss durch einen Monteur} {dazubuchen|hinzufügen}
{mein Sohn|die Enkelin} hat {mit meinem Konto|an meinem Tablet} {$ein_acc bestellt|auf Bestellen gedrückt}, {das war nicht abgesprochen|gewollt war das nicht}
{die Lieferung|der Termin} {fällt in unseren Urlaub|liegt genau auf der Beerdigung|passt uns gar nicht}, {kann man das schieben|bitte verlegen}
{ich wollte|gewollt war} {Selbstabholung|Lieferung in die Filiale}, {in der Bestätigung steht Versand|jetzt soll es nach Hause kommen}
im Shop {geht|funktioniert} {der Storno-Knopf|das Ändern der Adresse} nicht, {da kommt nur eine Fehlermeldung|die Seite lädt ewig}
{ich habe|wir haben} die $bestellung am $date storniert, {trotzdem wurde sie verschickt|und heute kommt die Versandbestätigung}
die Zahlungsart {zu|bei} $bestellung {muss geändert werden|ist falsch}, {bitte Rechnung statt Karte|ich wollte Vorkasse}
""",
    "cancel": """
{hiermit kündige ich|ich kündige hiermit} {meinen|den} {Wartungsvertrag|Servicevertrag|Geräteschutz} {für $acc |}{zum nächstmöglichen Termin|fristgerecht|zum Jahresende}
{ich möchte|wir möchten} {den|unseren} {Wartungsvertrag|Servicevertrag|Geräteschutz} {für $acc |}{zum nächstmöglichen Termin|zum Jahresende|so bald wie möglich} kündigen
{ich habe|wir haben} den Wartungsvertrag {schon am $date|vor $weeks} gekündigt, {eine Bestätigung kam nie|abgebucht wird weiter}
{den Geräteschutz|den Vertrag} {habe ich nie abgeschlossen|hat man meiner Mutter am Telefon aufgeschwatzt|wollte ich nur für ein Jahr}
$nom {ist entsorgt|gibt es nicht mehr|ist verkauft}, {den Vertrag brauche ich nicht mehr|wozu also noch Wartung}
{mein Mann ist verstorben, ich möchte seine|meine Frau ist gestorben, ich möchte ihre|mein Vater ist im $month verstorben, wir möchten seine} Verträge {beenden|kündigen}
{{wie|zu wann} kann ich {den Wartungsvertrag|den Geräteschutz} kündigen|{wie|zu wann} komme ich aus dem Vertrag raus}?
{seit zwei Jahren|seit Jahren} {zahle ich|buchen Sie} jeden Monat $fee Euro {für einen Schutz|ab}, {den ich nie gebraucht habe|und beim ersten Schaden zahlt er nicht}
{der Vertrag|der Wartungsvertrag} hat sich {einfach verlängert|stillschweigend verlängert}, {das lasse ich mir nicht gefallen|darauf wurde ich nicht hingewiesen}
{wir lösen den Haushalt auf|ich ziehe ins Heim|wir wandern aus} und {brauchen|brauche} den {Vertrag|Geräteschutz} nicht mehr
{die Preiserhöhung|der neue Beitrag von $fee Euro} {ist unverschämt|akzeptiere ich nicht}, {ich mache von meinem Sonderkündigungsrecht Gebrauch|deshalb kündige ich}
""",
    "address": """
{ich bin|wir sind} {zum Ersten|am $date|letzte Woche} umgezogen, {meine|unsere} neue Adresse {ist|lautet}: $street, $plz $city
bitte {ändern Sie|ändert} {meine Anschrift|die Adresse} in $street, $plz $city
{ich habe|habe} geheiratet und heiße jetzt $last{, vorher $former|}
{seit der Hochzeit|seit dem Umzug} {bekomme ich alles doppelt|gehen Rechnungen an die eine und Pakete an die andere Adresse}
{Sie haben|ihr habt} {mich mit meiner Schwester verwechselt|meinen Vater und mich in einen Topf geworfen, wir heißen gleich|zwei Kundennummern für mich}
{der Katalog|Ihr Werbebrief} {kommt dreimal|kommt für $wrongname}, {einmal würde reichen|der wohnt hier nicht mehr}
meine {E-Mail-Adresse|Telefonnummer} {hat sich geändert|ist neu}, {die alte gibt es nicht mehr|bitte die neue verwenden}
{Post|Ihre Werbung|Ihr Katalog} {geht noch immer|kommt weiterhin} an {meine alte Adresse|die Adresse meiner Ex-Frau|meine Eltern}{, obwohl ich das schon gemeldet habe|}
{mein Name|der Nachname} ist falsch geschrieben, {richtig ist|korrekt wäre}: $first $last
im Kundenkonto steht {noch die alte Straße|ein falsches Geburtsdatum|der Name meines Vaters}, {ich kann das selbst nicht ändern|das Feld ist gesperrt}
{nach der Scheidung|nach der Trennung} {bitte ich Sie|möchte ich Sie bitten}, {meine Daten von denen meines Mannes zu trennen|die gemeinsame Kundennummer aufzulösen}
""",
    "reminder": """
{heute|gestern} {kam eine Mahnung|lag eine Mahnung im Kasten} über $amount Euro, {die Rechnung ist längst bezahlt|bezahlt habe ich am $date}
{Sie mahnen|ihr mahnt} einen Betrag an, {den ich schon überwiesen habe|für eine Ware, die ich zurückgeschickt habe|den ich gar nicht schulde}
{zweite Mahnung|letzte Mahnung|Mahngebühr 7,50 Euro}, {dabei habe ich nie eine Rechnung bekommen|und das, obwohl ich angerufen habe|und keiner geht ans Telefon}
{ich kann|wir können} die {Rechnung|$amount Euro} {erst am Ersten|nur in Raten} zahlen, {geht das|bitte um Aufschub}
{die Mahnung|das Schreiben} {vom $date |}{ist auf meinen verstorbenen Mann ausgestellt|bezieht sich auf eine Bestellung, die storniert ist|nennt eine Kundennummer, die nicht meine ist}
{die Rechnung|das Geld} {ging am $date raus|ist laut Bank am $date bei Ihnen eingegangen}, {heute mahnen Sie|und jetzt eine Mahnung}
{eine Mahnung ohne Rechnung|erst gar keine Rechnung, dann gleich eine Mahnung}, {das ist auch neu|so geht das nicht}
{was soll|was bedeutet} {das Inkassoschreiben|diese Mahnung}? {Ich habe einen Beleg über die Zahlung|Hier liegt der Kontoauszug vor mir|Gezahlt ist seit $weeks}
""",
    "appointment": """
der {Monteur|Techniker} {sollte|wollte} am $promised {zwischen 8 und 12 Uhr|vormittags|um zehn} kommen, {es kam niemand|erschienen ist keiner}
{ich brauche|wir brauchen} {einen Termin|einen Techniker} für $acc: $fault
{den Termin am $promised|den vereinbarten Termin} {muss ich verschieben|kann ich leider nicht halten|möchte ich absagen}
der Techniker war da, {hatte aber das Ersatzteil nicht dabei|hat fünf Minuten geschaut und ist wieder gefahren|konnte aber nichts machen}
{zum dritten Mal|schon wieder} {wurde der Termin abgesagt|hat sich der Termin verschoben}, {einmal sogar per SMS eine Stunde vorher|ohne jede Begründung}
{der Termin|der Monteur} {stand für heute im Kalender|war für $due angesagt}, {gerade ruft jemand an und sagt ab|vor der Tür stand keiner}
{Ihr Partner|die Firma Petersen} {weiß von keinem Auftrag|sagt, es sei nie ein Auftrag gekommen}
{ich kann nur|wir können nur} {nach 17 Uhr|freitags|vor acht}, {steht so in meiner ersten Mail|das habe ich jetzt dreimal gesagt}
{wann|wann denn nun} kommt {der Monteur|jemand} {für $acc|wegen $dat}?
{ich sitze seit {acht Uhr|heute früh} {zu Hause|hier} und warte|wir sitzen seit {acht Uhr|heute früh} hier und warten} auf {Ihren Techniker|den Monteur}
""",
    "complaint": """
{so einen Service|so etwas} {habe ich noch nicht erlebt|ist mir in vierzig Jahren nicht passiert|hätte ich von Nordlicht nicht erwartet}
{Ihre Mitarbeiterin|Ihr Mitarbeiter|der Herr|die Dame} {am Telefon|an der Hotline|in der Filiale} {war unverschämt|hat einfach aufgelegt|hat mich behandelt wie einen Bittsteller|wusste von nichts}
{ich wurde|man hat mich} {viermal|fünfmal|von Pontius zu Pilatus} verbunden{, jedes Mal sollte ich alles von vorn erzählen| und am Ende war die Leitung tot|}
{jeder|jede Abteilung} bei Ihnen {erzählt etwas anderes|sagt etwas anderes}: {erst hieß es zwei Wochen, dann sechs|der eine verspricht, der andere weiß von nichts|mal Garantie, mal Kulanz, mal gar nichts}
{auf|selbst auf} {drei E-Mails|meine Schreiben} {kam nichts als eine automatische Antwort|hat niemand geantwortet}
{ich bin|wir sind} seit {über zehn|zwanzig} Jahren Kunde, {und dann das|so geht man nicht mit Stammkunden um}
{in der Filiale|im Laden} {ließ man mich stehen|hat man über mich gelacht|wollte mich keiner bedienen}, {dabei war kein Mensch da|an einem Dienstagvormittag}
{Sie haben|ihr habt} {meine Daten an eine andere Kundin geschickt|mir die Rechnung einer fremden Familie geschickt}, {Datenschutz scheint ein Fremdwort zu sein|das ist wohl ein schlechter Scherz}
{seit $weeks|seit Monaten} {werde ich vertröstet|schiebt einer es auf den anderen}: {Versand auf Lager, Lager auf Spedition|Filiale auf Hotline, Hotline auf Filiale}
{die Warteschleife|Ihre Hotline} ist eine Zumutung, {vierzig Minuten Gedudel|eine halbe Stunde Klaviermusik} und dann {aus der Leitung geflogen|legt jemand auf}
""",
}

DETAIL = {
    "delivery_late": """
{das Geld ist natürlich längst abgebucht|bezahlt ist {$er|sie} übrigens seit $date|abgebucht wurden die $amount Euro dagegen sofort}
{die alte Maschine|das alte Gerät} ist {schon entsorgt|bereits abgeholt}
{niemand|keiner} {konnte mir am Telefon etwas sagen|wusste am Telefon, wo das Paket ist|fühlt sich zuständig}
die Nachbarn {haben auch nichts angenommen|wissen von nichts}
{vom Paketdienst heißt es|der Paketdienst sagt}, {der Absender müsse nachforschen|ich solle mich an Sie wenden}
{es ist|das Ganze ist} ein {Geburtstagsgeschenk|Hochzeitsgeschenk} {für {meine Mutter|meinen Mann|meine Enkelin}|} und {am Samstag|übermorgen} ist {die Feier|es so weit}
die Lieferadresse ist $street, $plz $city{, da hat sich nichts geändert|}
""",
    "invoice": """
{den Kontoauszug|einen Screenshot} {kann ich gern schicken|habe ich angehängt}
bestellt {hatte ich|habe ich} nur {$acc|einen Artikel}
die Rechnungsnummer {habe ich leider nicht zur Hand|steht weiter unten, wenn ich sie richtig lese}
{mein Steuerberater|die Buchhaltung meiner Firma|die Versicherung} {drängelt|braucht das bis Ende des Monats}
{an der Hotline|im Laden} hieß es, das {regelt sich von selbst|sei ein Fehler im System}
""",
    "return": """
{die Sendungsnummer|den Einlieferungsbeleg} habe ich {noch|aufgehoben}
{die Ware war|$Er war} {unbenutzt|originalverpackt|nur einmal ausgepackt}
{das Geld brauche ich|ich brauche das Geld} {für ein Ersatzgerät|dringend}
versprochen waren {14 Tage|fünf Werktage|zehn Tage}, {jetzt sind es $days|inzwischen sind $days Tage um}
{auf der Internetseite|in der Mail} stand {kostenlos|"einfach und schnell"}
bitte auf {das Konto, von dem ich gezahlt habe|dasselbe Konto}
""",
    "repair": """
{die Garantie|die Gewährleistung} {läuft ja noch|müsste noch laufen|ist noch nicht um}
{der Stecker sitzt|die Sicherung ist in Ordnung|das Sieb ist sauber|ein Neustart hat nichts geändert}{, das habe ich geprüft|}
{mein Nachbar ist Elektriker|mein Schwager ist vom Fach} und {meint|sagt}, {das sei die Pumpe|da sei die Platine hin|das lohne sich noch}
{im Display steht|angezeigt wird} {F$code|E$code|"Err $code"}
{auf Knopfdruck passiert gar nichts|nach zehn Minuten geht alles aus|es riecht {verschmort|komisch}}
{ein Video|Fotos} {habe ich gemacht|kann ich schicken}
{wir haben zwei kleine Kinder|ich bin auf das Gerät angewiesen|im Haushalt lebt eine Pflegebedürftige}
""",
    "damaged": """
{Fotos|Bilder} {hängen an|habe ich gemacht|kann ich schicken}
{der Fahrer|die Spedition} {war schon weg|wollte das nicht aufschreiben|meinte, das sei nicht sein Problem}
{den Karton|die Verpackung} habe ich {aufgehoben|noch}
so {kann|werde} ich {das Gerät|$acc} nicht {anschließen|behalten|benutzen}
bezahlt habe ich {den vollen Preis|$amount Euro}, {nicht B-Ware|für neu}
""",
    "product": """
{es eilt nicht|das hat Zeit}
{im Laden|in $branch} konnte man {mir das nicht sagen|nur raten}
{meine Küche ist|die Nische ist} {genau 59,5|auf den Zentimeter 60|leider nur 57} breit
{wir haben|ich habe} {noch das Vorgängermodell|ein älteres von euch, das läuft seit 12 Jahren}
{falls es Rabatt gibt|wenn der Preis stimmt}, {nehme ich zwei|kaufe ich sofort}
""",
    "order_change": """
{die Ware ist ja noch nicht unterwegs|verschickt ist ja noch nichts}
{bitte schnell|es eilt ein bisschen}, {bevor das Paket rausgeht|sonst kommt {er|es} ins Leere}
{die Bestellung läuft auf|bestellt habe ich unter} $first $last
{bezahlt habe ich schon|bezahlt ist noch nichts}
""",
    "cancel": """
{bitte bestätigen Sie|ich erwarte} {die Kündigung|das} schriftlich{, mit Datum|}
{die Einzugsermächtigung|das SEPA-Mandat} {widerrufe ich|ziehe ich zurück}
abgeschlossen wurde {der Vertrag|das Ganze} am $date
{sollte weiter abgebucht werden|bei weiteren Abbuchungen}, {hole ich mir das Geld zurück|lasse ich zurückbuchen}
""",
    "address": """
{die Telefonnummer|alles andere} bleibt {gleich|wie sie war}
{bitte in allen Systemen ändern|bitte auch für die Rechnungen}
{das habe ich schon zweimal gemeldet|am Telefon habe ich das schon durchgegeben}
{der Nachsendeauftrag läuft|die Nachsendung endet} {am Monatsende aus|bald}
""",
    "reminder": """
{den Überweisungsbeleg|die Quittung} habe ich {vorliegen|hier}
{die Mahngebühr|die 7,50 Euro} {zahle ich nicht|sehe ich nicht ein}
{mit einer Auskunftei zu drohen|von Inkasso zu schreiben} finde ich {ein starkes Stück|frech}
{Verwendungszweck war|überwiesen habe ich mit dem Verwendungszweck} {$order|die Kundennummer|mein Name}
""",
    "appointment": """
{ich arbeite im Schichtdienst|ich muss mir dafür freinehmen|ich habe dafür Urlaub genommen}
{vormittags|ab 16 Uhr|am liebsten montags} {passt es mir|ginge es}
{unter der angegebenen Nummer|bei der Servicenummer} {geht niemand ran|ist immer besetzt}
{wir wohnen im dritten Stock|die Klingel ist kaputt, bitte anrufen|der Hund ist lieb}
""",
    "complaint": """
{das Gespräch war|das war} am $date {gegen zehn|am Nachmittag|kurz vor Feierabend}
{den Namen|wie er hieß,} {habe ich mir nicht gemerkt|weiß ich leider nicht}
es ging {eigentlich nur |}um {$acc|eine Kleinigkeit|meine $bestellung}
{geholfen wurde mir|gelöst ist} bis heute {nicht|nichts}
""",
}

DEMAND = {
    "delivery_late": """
{bitte teilen Sie mir mit|sagen Sie mir bitte|ich möchte wissen}, wann {die Lieferung kommt|ich mit $dat rechnen kann|es endlich kommt}
{wann|an welchem Tag genau} {kommt {die Ware|das Paket|$nom}|wird {die Ware|$nom} geliefert}?
bitte klären Sie das{ und geben Sie mir Bescheid|}
{könnten|würden} Sie {bitte |}{nachforschen|der Sache nachgehen}?
wenn {bis Freitag|bis Ende der Woche|in drei Tagen} nichts {da ist|kommt}, {trete ich vom Kauf zurück|storniere ich|will ich mein Geld zurück}
{ich bitte um einen festen Termin|nennen Sie mir einen verbindlichen Termin}
""",
    "invoice": """
{bitte korrigieren Sie die Rechnung|ich bitte um eine korrigierte Rechnung}
bitte schicken Sie mir {die Rechnung|den Beleg} {zu|per Mail|als PDF}
könnten Sie mir {die Rechnung|den Beleg} {zuschicken|zukommen lassen|mailen}?
{bitte um Erklärung|ich bitte um Aufklärung}
wie erklärt sich das?
{bitte den zu viel gezahlten Betrag erstatten|ich möchte die Differenz zurück}
können Sie das prüfen{ und mir kurz antworten|}?
bitte prüfen Sie das{ noch heute|}
""",
    "return": """
{wann|bis wann} {ist das Geld da|kann ich mit der Erstattung rechnen}?
{bitte überweisen Sie|ich erwarte} {den vollen Betrag|$amount Euro} {umgehend|innerhalb einer Woche}
{bitte schicken Sie mir ein Rücksendeetikett|ich brauche {ein Etikett|eine Abholung, tragen kann ich das nicht}}
{was kostet mich|wer zahlt} die Rücksendung?
bitte bestätigen Sie den Eingang
ist das Paket bei Ihnen angekommen?
""",
    "repair": """
{was soll ich tun|wie geht es weiter|was nun}?
{ich bitte um Reparatur oder Ersatz|bitte tauschen Sie das Gerät aus|ich hätte gern ein neues Gerät}
{können Sie einen Techniker schicken|kann jemand vorbeikommen|wohin kann ich es bringen}?
{fällt das unter die Garantie|ist das ein Garantiefall}?
{wie lange dauert so eine Reparatur|bekomme ich ein Leihgerät}?
""",
    "damaged": """
{ich bitte um|ich erwarte} {Ersatz|Umtausch|eine Neulieferung|einen Preisnachlass}
{wie gehen wir vor|was machen wir jetzt}?
{bitte holen Sie das ab|lassen Sie das Gerät abholen} und {liefern Sie ein heiles|schicken Sie das richtige}
{was bieten Sie mir an|welcher Nachlass ist möglich}?
""",
    "product": """
{können Sie mir das sagen|wissen Sie das}?
danke für eine kurze Auskunft
{ich freue mich über eine Antwort|über eine Auskunft wäre ich dankbar}
{was empfehlen Sie|wozu raten Sie}?
{gibt es dazu ein Datenblatt|hätten Sie ein Foto davon}?
""",
    "order_change": """
{geht das noch|ist das noch möglich|klappt das}?
{ich bitte um kurze Bestätigung|geben Sie mir bitte Bescheid}
bitte {ändern|erledigen} Sie das und {schicken Sie eine Bestätigung|melden Sie sich kurz}
""",
    "cancel": """
{bitte bestätigen Sie mir den Eingang und das Ende des Vertrags|ich bitte um schriftliche Bestätigung}
{zu welchem Datum endet der Vertrag|wann ist der Vertrag beendet}?
{bitte von Rückwerbung absehen|Anrufe zur Rückgewinnung sind nicht erwünscht}
""",
    "address": """
bitte bestätigen Sie die Änderung
ist das jetzt geändert?
{bitte ändern Sie das überall|bitte korrigieren}
{danke für die Erledigung|das müsste doch schnell gehen|mehr ist es nicht}
""",
    "reminder": """
{bitte stoppen Sie das Mahnverfahren|bitte nehmen Sie die Mahnung zurück}
{ich bitte um Bestätigung, dass nichts mehr offen ist|bitte prüfen und bestätigen}
{wem soll ich den Beleg schicken|was brauchen Sie noch von mir}?
""",
    "appointment": """
{nennen Sie mir bitte einen neuen Termin|bitte um einen neuen Vorschlag|ich brauche einen Termin, der auch gilt}
{bitte rufen Sie mich vorher an|bitte eine Stunde vorher anrufen}
{ist ein Termin noch diese Woche möglich|geht es auch am Samstag}?
""",
    "complaint": """
{ich erwarte eine Stellungnahme|ich bitte um Antwort von jemandem, der etwas zu sagen hat}
{wer ist bei Ihnen eigentlich zuständig|gibt es bei Ihnen einen, der das entscheidet}?
wie gedenken Sie das wiedergutzumachen?
ich erwarte eine Entschuldigung
{bitte geben Sie das an Ihre Geschäftsleitung weiter|das darf ruhig Ihre Chefin lesen}
""",
}

# faults by what people call the thing: main clause after "ich stelle fest:", and a verb phrase
FAULTS = {
    "Waschmaschine": "sie schleudert nicht mehr;sie pumpt das Wasser nicht ab;sie läuft unten aus;beim Schleudern wandert sie durch das Bad;sie bleibt mitten im Programm stehen",
    "Trockner": "er trocknet nicht mehr richtig;die Wäsche bleibt feucht;er quietscht, dass man es im ganzen Haus hört;der Behälter läuft über;er geht nach zehn Minuten aus",
    "Spülmaschine": "das Geschirr bleibt schmutzig;sie heizt nicht mehr;der untere Sprüharm dreht sich nicht;sie zieht kein Wasser;die Tür schließt nicht mehr dicht",
    "Geschirrspüler": "er wird nicht mehr trocken;die Gläser sind weiß;er pumpt ständig;der Tab fällt nicht heraus;unten steht Wasser",
    "Kühlschrank": "er kühlt nicht mehr;innen steht Wasser;er brummt die ganze Nacht;die Dichtung ist gerissen;das Licht geht nicht mehr aus",
    "Kühl-Gefrier-Kombi": "oben ist es warm und unten vereist alles;das Gefrierfach taut ab;sie läuft ununterbrochen;das Display ist tot;sie piept alle zehn Minuten",
    "Gefriertruhe": "sie taut ab;der Deckel schließt nicht;das Eis wächst schneller als man hacken kann;die rote Lampe leuchtet dauernd",
    "Backofen": "er heizt nur noch von unten;die Tür hängt schief;die Uhr blinkt und nichts geht;er wird viel zu heiß;das Umluftgebläse klappert",
    "Kochfeld": "zwei Platten gehen nicht mehr;es schaltet sich selbst ab;die Bedienung reagiert nicht;es zeigt nur noch ein H;das Glas hat einen Sprung",
    "Mikrowelle": "sie dreht, aber wärmt nicht;sie funkt innen;die Tür klemmt;der Teller dreht sich nicht;sie brummt und dann fliegt die Sicherung",
    "Kaffeevollautomat": "er mahlt, aber es kommt kein Kaffee;er tropft unten heraus;er verlangt dauernd Entkalken;die Brühgruppe klemmt;der Kaffee ist nur lauwarm",
    "Kaffeemaschine": "sie wird nicht mehr warm;das Wasser läuft neben den Filter;sie schaltet sich nicht ab;die Kanne hat einen Sprung;sie röchelt und gibt nichts her",
    "Wasserkocher": "er schaltet nicht ab;er rostet am Boden;der Deckel springt auf;er leckt am Griff",
    "Toaster": "er bräunt nur eine Seite;der Hebel rastet nicht ein;er qualmt;nach zwei Wochen ist ein Schacht kalt",
    "Staubsauger": "er saugt kaum noch;das Kabel zieht nicht ein;er riecht verbrannt;der Schlauch ist gerissen",
    "Akkusauger": "der Akku hält drei Minuten;er lädt nicht mehr;die Bürste dreht nicht;die Ladestation blinkt nur rot",
    "Saugroboter": "er fährt im Kreis;er findet seine Station nicht;er sagt dauernd \"Bitte Bürste reinigen\";er stürzt die Treppe hinunter;die App verbindet sich nicht",
    "Bügelstation": "sie spuckt braunes Wasser auf die Hemden;sie dampft nicht;der Schlauch ist undicht;sie heizt nicht auf",
    "Küchenmaschine": "der Knethaken löst sich;sie wird heiß und stinkt;das Getriebe knackt;sie springt auf Stufe 3 einfach aus",
    "Handmixer": "er raucht;ein Quirl fällt heraus;er läuft nur noch auf einer Stufe",
    "Mixer": "er leckt unten;das Messer steht;er schaltet nach Sekunden ab;der Becher hat einen Riss",
    "Heißluftfritteuse": "sie heizt nicht;die Schublade klemmt;die Beschichtung blättert ab;sie stinkt nach Plastik, auch nach zehn Läufen",
    "Brotbackautomat": "der Teig geht nicht auf;der Kneter dreht sich nicht;das Brot ist außen schwarz und innen roh",
    "Klimagerät": "es kühlt nicht;es tropft auf das Parkett;es ist laut wie ein Traktor;nach einer Stunde kommt E4",
    "Heizlüfter": "er bläst nur kalt;er geht von allein aus;das Gehäuse ist verformt",
    "Luftbefeuchter": "er läuft aus;es kommt kein Nebel;er rasselt",
    "Dunstabzugshaube": "sie zieht nicht ab;das Licht flackert;Stufe 2 und 3 gehen nicht;sie tropft Fett",
    "Ersatzakku": "er lädt nicht;er passt nicht auf das Gerät;er hält keine fünf Minuten",
    "Filterset": "die Filter passen nicht;einer war schon offen;es fehlen zwei",
    "Entkalker": "die Flasche war ausgelaufen;die Hälfte fehlt;das Datum ist abgelaufen",
}  # fmt: skip
