"""German and English names of columns, and words of states, channels and directions, as exports use them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBER_WORDS = re.compile(r"(?<=[a-z])(?:nummer|number|num|nr|no)\Z|\b(?:nummer|number|num|nr|no|id|key|schluessel)\Z")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def normal(name: str) -> str:
    """The normal form of a column's name: "Kunden-Nr.", "KundenNr", "kundennummer" are all "kundennr".

    >>> normal("Customer_ID"), normal("Geändert von"), normal("category#2")
    ('customernr', 'geaendertvon', 'category#2')
    """
    name, mark, repeat = name.partition("#")
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFC", name)).lower().translate(_GERMAN)
    spaced = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", spaced).split())
    joined = _NUMBER_WORDS.sub("nr", words).replace(" ", "")
    return joined + (mark + repeat if mark and repeat.isdigit() else "")


def _table(text: str) -> dict[str, str]:
    """concept: synonym, synonym ... -> normal form of synonym -> concept. An indented line goes on with the last."""
    found: dict[str, str] = {}
    for line in re.sub(r"\n\s+", " ", text.strip()).splitlines():
        concept, _, names = line.partition(":")
        for name in [concept, *names.split(",")]:
            found.setdefault(normal(name.strip().replace("_", " ")), concept.strip())
    return found


# What a column's name says it holds. Where two concepts share a name, the first line wins; of two columns of a concept
# the one whose name stands further in front.
COLUMNS: Final = _table("""
customer_no: kundennummer, kdnr, kd nr, kunden nr, kundenid, kunde id, customer id, customer number, client id, caller
    id, caller, requester id, kunde, customer, auftraggeber, debitor, debitorennummer, customer user id, customer
    user, kundennr, partner nr, geschaeftspartner, mitgliedsnummer, member id, user id, contact id, kontaktid,
    anrufer, melder, melder id, requester, submitter id, cust no
account_no: kontonummer, konto, konto nr, account id, account number, vertragskonto, account, rechnungskonto
contract_no: vertragsnummer, vertrag, vertrag nr, contract id, contract number, contract, policennummer, police
card_no: kartennummer, kundenkarte, karte, card number, card id, loyalty card, bonuskarte
service_no: servicenummer, service number, service id, anschlussnummer, anschluss, zaehlernummer, geraetenummer,
    seriennummer, serial number
case_no: ticket, ticketnummer, ticket id, ticket number, ticket#, tn, vorgang, vorgangsnummer, vorgang id, vorgangs
    nr, fall, fallnummer, fall id, case id, case number, case, incident, incident number, incident id, stoerung,
    stoerungsnummer, anfrage nr, request id, issue id, issue key, anliegen nr, rma, rma nr, rma nummer,
    beschwerdenummer, meldung nr
order_no: bestellnummer, bestellung, bestell nr, auftrag, auftragsnummer, auftrags nr, order id, order number, order,
    order no, purchase id, verkaufsbeleg, kaufbeleg
invoice_no: rechnungsnummer, rechnung, rechnungs nr, invoice id, invoice number, invoice, beleg, belegnummer, beleg nr
key: id, nr, nummer, number, no, lfd nr, laufende nummer, record id, row id, uuid, message id, nachricht id, call id,
    anruf id, anrufnummer, contact key, antwort id, response id, review id, bewertung id, survey id, kontakt nr,
    interaction id, sys id, satz nr
name: name, kundenname, customer name, full name, vollstaendiger name, ansprechpartner, kontakt, contact name,
    requester name, absendername, display name, primary name full
first_name: vorname, firstname, given name, first, forename, primary name first
last_name: nachname, lastname, surname, familienname, family name, zuname, last, primary name last
salutation: anrede, title of address, salutation
company: firma, firmenname, company name, organisation, organization, unternehmen, company, org, primary name org
birth_date: geburtsdatum, geburtstag, geb datum, gebdat, geb, date of birth, dob, birthday, birthdate
street: strasse, str, strasse hausnummer, strasse und hausnummer, adresse, anschrift, address, address line 1, addr
    line 1, street address, addr full
house_number: hausnummer, haus nr, hausnr, hnr, house number, house no, street number
postcode: plz, postleitzahl, zip, zip code, zipcode, postal code, post code, addr postal code
city: ort, stadt, wohnort, city, town, addr city
country: land, country, country code, laendercode, addr country
email: e-mail, mail, email, emailadresse, e-mail-adresse, email address, mailadresse, mail adresse, absender, from,
    sender, from address, kontakt email, requester email, customer email, e mail
phone: telefon, telefonnummer, tel, tel nr, rufnummer, phone, phone number, telephone, festnetz, caller number,
    anrufernummer, ani, calling number, remote number, a nummer
mobile: mobil, handy, mobilnummer, handynummer, mobile, mobile phone, cell, cell phone, mobiltelefon
own_mailbox: mailbox, postfach, mailkonto, empfaenger, recipient, to, an, mail to
handle: handle, username, user name, benutzername, screen name, nickname, account name, profil
tier: kundengruppe, kundenklasse, kundenstufe, stufe, tier, segment, klasse, customer group, customer class, abc,
    status kunde, service level, servicelevel, sla name, sla, level
language: sprache, language, lang, locale
since: kunde seit, customer since, registriert am, registered at, signup date, anlagedatum, mitglied seit, member
    since
preferred_channel: bevorzugter kanal, preferred channel, kontaktweg, kontaktkanal, wunschkanal, preferred contact
at: datum, date, zeitpunkt, zeitstempel, timestamp, time stamp, datetime, am, wann, date utc, started, start, start
    time, startzeit, beginn, call start, call time, anrufzeit, anrufbeginn, gesendet am, sent at, sent, empfangen am,
    received at, received, eingang am, eingangsdatum, event time, ereigniszeit, kontaktdatum, contact date, ordered
    at, bestelldatum, order date, auftragsdatum, rechnungsdatum, invoice date, belegdatum, buchungsdatum, bewertet am,
    review date, beantwortet, beantwortet am, answered at, response date, submitted at, besuchsdatum, visit date,
    posted at, occurred at
clock: uhrzeit, zeit, time, um, clock
updated_at: updated at, sys updated on, sys updated at, updated, last updated, last modified, geaendert am, geaendert,
    aenderungsdatum, aktualisiert am, letzte aenderung, modified, modified at, changed, changed at, updated on
opened_at: eroeffnet am, eroeffnet, opened at, opened, open date, created at, created, created on, erstellt am,
    erstellt, angelegt am, angelegt, erfasst am, eroeffnungsdatum, erstelldatum, creation date, create time, sys
    created on, sys created at, gemeldet am, reported at, ticket erstellt
first_reply_at: erste antwort, erste antwort am, first reply, first response, first response at, first reply at,
    erstreaktion, erstreaktion am, reaktion am, erste reaktion
resolved_at: geloest am, geloest, resolved at, resolved, solved at, solved, loesungsdatum, loesung am, resolution
    date, resolved on, behoben am
closed_at: geschlossen am, geschlossen, closed at, closed, close at, close date, abgeschlossen am, schliessdatum,
    closed on, beendet am, close time
updated_by: geaendert von, updated by, sys updated by, modified by, changed by, aenderer, letzter bearbeiter, last
    modified by, erfasst von
state: status, state, zustand, ident state, incident state, ticket status, ticketstatus, ticket state, phase,
    bearbeitungsstatus, vorgangsstatus, case status, fallstatus
channel: kanal, channel, contact type, kontaktart, eingangskanal, medium, weg, via, quelle, source, eingang,
    eingangsart, communication channel, kontaktmedium, create article type, origin, herkunft
direction: richtung, direction, ein ausgang, in out, inbound outbound, call direction, anrufrichtung
topic: thema, topic, kategorie, category, anliegen, grund, reason, kontaktgrund, contact reason, betreffkategorie,
    themengebiet, subject area, ticket type, anfrageart, anrufgrund, issue type, beschwerdegrund, hauptkategorie
team: team, gruppe, group, assignment group, zustaendige gruppe, bearbeitergruppe, abteilung, department, queue,
    warteschlange, fachbereich, station, competence center, filiale, branch, bereich
person: bearbeiter, agent, assigned to, assignee, zustaendig, zustaendiger, owner, besitzer, verantwortlich,
    verantwortlicher, responsible, sachbearbeiter, mitarbeiter, employee, handled by, techniker, technician, berater,
    user
priority: prioritaet, prio, dringlichkeit, urgency
reassignments: weiterleitungen, umleitungen, reassignment count, reassignments, anzahl weiterleitungen, hand overs,
    handovers, zuweisungen, uebergaben, anzahl uebergaben, group stations, transfers
reopens: wiedereroeffnungen, wiedereroeffnet, reopen count, reopens, reopened, anzahl wiedereroeffnungen, reopened
    count
seq: sys mod count, lfd, lfdnr, sequence, seq, sequenz, counter, zaehler, version, revision, pos, position, event no,
    schritt
promise_kept: made sla, sla eingehalten, sla met, within sla, termintreu, zusage gehalten, zusage eingehalten, in sla,
    promise kept, sla erfuellt, fristgerecht
subject: betreff, subject, titel, title, kurzbeschreibung, short description, summary, zusammenfassung, ueberschrift
text: text, beschreibung, description, nachricht, message, inhalt, content, body, notiz, note, notizen, notes,
    bemerkung, kommentar, comment, comments, anmerkung, freitext, wortlaut, gespraechsnotiz, call note, review text,
    bewertungstext
reply_to: in reply to, antwort auf, bezug, reply to, parent id, parent, bezug auf, referenz
automatic: auto, automatisch, automatic, is automatic, automated, maschinell
waited_s: wartezeit, wartezeit s, wait, wait time, wait s, waiting time, waited, queue time, ringing time, ring time,
    klingelzeit, wait seconds, wartedauer, hold time
talked_s: gespraechsdauer, gespraechszeit, talk time, talk s, talk, duration, dauer, talk seconds, billsec, call
    duration, anrufdauer, laenge, sprechzeit
wrapped_s: nachbearbeitung, nachbearbeitungszeit, wrap up, wrap s, wrap up time, acw, after call work, wrap
answered: angenommen, answered, beantwortet ja, call answered, is answered, entgegengenommen
abandoned: abgebrochen, abandoned, aufgelegt, verloren, lost, missed, verpasst, entgangen
amount: betrag, amount, summe, total, gesamtbetrag, preis, price, umsatz, wert in eur, bruttobetrag, net amount, gross
    amount, value eur, rechnungsbetrag, order total, betrag eur
currency: waehrung, currency, wkz, whrg, currency code
kind: art, typ, type, kind, vorgangsart, belegart, order type, transaction type, frageart
promised_at: zugesagt am, zugesagt, promised at, promised delivery, liefertermin, lieferdatum geplant, faellig,
    faellig am, due date, due at, due, zieldatum, wunschtermin, expected delivery, versprochen bis
done_at: geliefert am, geliefert, delivered at, delivery date, lieferdatum, erledigt am, erledigt, done at, completed
    at, completed, bezahlt am, bezahlt, paid at, zahlungsdatum, zugestellt am, shipped at, versendet am
article: artikel, article, product, produkt, artikelnummer, item, sku, geraet, ware, material
value: bewertung, rating, score, wert, value, note wert, antwort, answer, sterne, stars, punkte, points, nps, csat,
    ces, zufriedenheit, satisfaction, schulnote, schaetzung, satisfaction score, rating value
low: von, min, minimum, skala von, low, kleinster wert
high: bis, max, maximum, skala bis, high, groesster wert
dimension: frage, question, dimension, item frage, aussage, statement, kriterium, criterion, survey item
author: autor, author, verfasser, rezensent, reviewer, reviewer name
portal: portal, plattform, platform, site, review site, bewertungsportal
reply: antworttext, reply, response, owner response, stellungnahme, antwort der firma
reply_at: antwort am, reply at, reply date, response at, antwortdatum
sure: sicher, sicherheit, sicher %, how sure, confidence, sure
respondent: befragter, respondent, teilnehmer, participant, bogen, fragebogen, fragebogen nr, manager, fuehrungskraft
invited_at: eingeladen am, eingeladen, invited at, invitation sent, versandt am, survey sent
""")

PLACE: Final = {name: place for place, name in enumerate(COLUMNS)}

# Words that stand in a column's values.
STATES: Final = _table("""
new: neu, new, unbearbeitet, unassigned, eingegangen, angemeldet, gemeldet, registriert, submitted, created, erstellt
open: offen, open, active, aktiv, in arbeit, in bearbeitung, in progress, assigned, zugewiesen, work in progress,
    bearbeitung, wip, in pruefung, weitergeleitet, weitergegeben, wiedereroeffnet, reopened, reklamiert, eskaliert,
    escalated, awaiting vendor, awaiting problem, awaiting evidence, awaiting change, awaiting third party, pending
    vendor, wartet auf lieferant, wartet auf teil, wartet auf dritte, on hold, angehalten, hold, pending auto reopen
pending: wartend, pending, warten, wartet auf kunde, warten auf kunde, wartet auf rueckmeldung, awaiting user info,
    awaiting user, awaiting customer, waiting for customer, waiting on customer, pending customer, awaiting caller,
    pending reminder, pending close, rueckfrage, rueckfrage beim kunden, on customer, warten auf erinnerung, warten
    auf schliessen
resolved: geloest, resolved, solved, erledigt, behoben, done, fixed, beantwortet, answered
closed: geschlossen, closed, zu, abgeschlossen, beendet, archiviert, archived, storniert, cancelled, canceled, closed
    successful, closed unsuccessful, erfolgreich geschlossen, erfolglos geschlossen, merged, zusammengefuehrt,
    removed, abgelehnt, rejected
""")

CHANNELS: Final = _table("""
email: e-mail, email, mail, e mail, elektronische post
phone: telefon, phone, anruf, call, tel, hotline, ivr, telephone, voice, voicemail, rueckruf
letter: brief, letter, post, postal, schreiben, papier
fax: fax, telefax
sms: sms, text message, kurznachricht
form: webformular, formular, web form, webform, form, kontaktformular, web, website, online formular
portal: portal, kundenportal, customer portal, online, my account, kundenkonto, help center
chat: chat, live chat, livechat, webchat, native messaging
social: social, social media, facebook, twitter, x, instagram, linkedin, mastodon, bluesky, twitter status, facebook
    post, soziale medien, post im netz
messenger: messenger, whatsapp, telegram, signal, facebook messenger, threema
branch: filiale, branch, vor ort, besuch, schalter, walk in, laden, persoenlich, in person, store
review: bewertung, review, rezension
self_service: self service, selfservice, self-service, selbstbedienung, selbstservice
other: sonstiges, other, andere, intern, internal, direct opening, unbekannter weg, api, agent, manuell
""")

DIRECTIONS: Final = _table("""
in: eingang, eingehend, ein, in, inbound, incoming, theirs, kunde, empfangen, received, customer, von kunde
out: ausgang, ausgehend, aus, out, outbound, outgoing, ours, gesendet, sent, agent, an kunde
note: notiz, note, intern, internal, vermerk, interne notiz
""")

ORDER_KINDS: Final = _table("""
order: bestellung, order, kauf, auftrag, purchase, sale, verkauf, be, auf
return: retoure, return, rueckgabe, ruecksendung, ret, refund, gutschrift, storno
payment: zahlung, payment, rechnung, invoice, re, rg, zahlungseingang, buchung
repair: reparatur, repair, rep, rma, service, garantie, warranty
""")

RATING_KINDS: Final = _table("""
csat: csat, zufriedenheit, satisfaction, customer satisfaction
nps: nps, weiterempfehlung, recommend, net promoter
ces: ces, aufwand, effort, customer effort
item: item, frage, einzelfrage, aussage
solved: solved, geloest, erledigt, fcr, first contact resolution, erstloesung
""")

DIMENSION_WORDS: Final = _table("""
know_customer: wir kennen unsere kunden, we know our customers, kundenkenntnis
one_voice: wir sprechen mit einer stimme, we speak with one voice, eine stimme
no_number: der kunde ist bei uns keine nummer, sie sind bei uns keine nummer, you are no number to us, keine nummer
satisfied: unsere kunden sind alle zufrieden, unsere kunden sind zufrieden, our customers are all satisfied
fast: wir reagieren schnell, we react quickly, schnelligkeit
social: wir sind social, we are social, soziale medien
customer_first: der kunde steht im mittelpunkt, bei uns steht der kunde im mittelpunkt, the customer is at the centre
""")

FLAGS: Final = _table("""
true: true, ja, yes, wahr, j, y, 1, x
false: false, nein, no, falsch, n, 0
""")

# Marks of the unknown; the empty cell, null, none, nan, #n/a and #nv always are and need no mention.
_MARKS = """
? ?? - -- --- n/a na n.a. k.a. unbekannt unknown tbd nil (leer) (blank) [leer] undefined anonymous anonym unterdrückt
00.00.0000 0000-00-00 00/00/0000 01.01.0001 0001-01-01 -100
"""
UNKNOWN: Final = (*_MARKS.split(), "k. a.", "keine angabe", "nicht bekannt", "nicht zugewiesen")

# Words in the names of files and folders that speak for what a row is.
FILE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    means: tuple(words.split())
    for means, words in {
        "customers": "kunde kunden customer customers crm stammdaten debitor client adress contact konten",
        "cases": "ticket tickets case cases fall faelle vorgang vorgaenge incident incidents anliegen",
        "case_events": "log history historie verlauf event events ereignis protokoll ticketlog audit",
        "interactions": "kontakt kontakte interaction interactions nachricht message messages chat besuch besuche "
        "post posteingang brief mail archiv social posts sms",
        "calls": "anruf anrufe call calls telefon cdr phone acd hotline",
        "orders": "bestell bestellung bestellungen order orders auftrag auftraege rechnung rechnungen invoice "
        "posten zahlung payment retoure retouren return shop verkauf umsatz",
        "ratings": "umfrage umfragen survey csat nps zufriedenheit feedback kundenstimmen befragung antworten",
        "reviews": "bewertung bewertungen review reviews rezension rezensionen",
        "self_image": "selbstbild fuehrung fuehrungskreis management leitung manager self",
        "staff_view": "mitarbeiter staff employee belegschaft team",
    }.items()
}
