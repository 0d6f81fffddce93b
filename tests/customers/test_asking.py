"""What a text asks its reader for: sentences as people in service write them, and as many that only look like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.customers.asking import asked_facts, asked_kinds
from rundblick.customers.fact_words import KINDS

ASKS: list[tuple[str, str]] = [
    # German, formal
    ("Bitte nennen Sie uns Ihre Kundennummer.", "customer_no"),
    ("Bitte teilen Sie uns Ihre Kundennummer mit, diese finden Sie oben rechts auf der Rechnung.", "customer_no"),
    ("Könnten Sie mir bitte noch Ihre Telefonnummer durchgeben?", "phone"),
    ("Für die Bearbeitung benötigen wir Ihre Kunden- und Ihre Rechnungsnummer.", "customer_no invoice_no"),
    ("Wie lautet Ihre Bestellnummer?", "order_no"),
    ("Darf ich Sie noch um Ihr Geburtsdatum bitten?", "birth_date"),
    ("Dürfte ich Ihre aktuelle Anschrift erfahren?", "address"),
    ("Wann haben Sie das Gerät gekauft?", "purchase_date"),
    ("Um welches Modell handelt es sich?", "model"),
    ("Bitte senden Sie uns ein Foto des Typenschildes.", "photo"),
    ("Uns fehlt leider noch Ihre Seriennummer.", "serial_no"),
    ("Ohne Ihre Vertragsnummer können wir leider nichts finden.", "contract_no"),
    ("Wir bitten Sie um Übermittlung Ihrer Kundennummer.", "customer_no"),
    ("Bitte antworten Sie unter Angabe Ihrer Auftragsnummer.", "order_no"),
    ("Zur Abholung brauchen wir noch Ihre vollständige Adresse sowie eine Telefonnummer.", "address phone"),
    ("Würden Sie mir bitte die Rechnungsnummer nennen, damit ich nachsehen kann?", "invoice_no"),
    ("Lassen Sie uns bitte eine Kopie der Rechnung zukommen.", "receipt"),
    ("Haben Sie Ihre Kundennummer zur Hand?", "customer_no"),
    ("Unter welcher Nummer können wir Sie tagsüber erreichen?", "phone"),
    ("Bitte teilen Sie uns mit, wann Sie das Gerät gekauft haben.", "purchase_date"),
    ("Für die Erstattung benötigen wir Ihre Bankverbindung (IBAN).", "bank"),
    ("Bitte schicken Sie uns den Kaufbeleg und zwei Bilder vom Schaden.", "receipt photo"),
    ("Bitte geben Sie uns noch Ihre E-Mail-Adresse.", "email"),
    ("Leider konnte ich Ihren Auftrag nicht finden. Wie ist die Auftragsnummer?", "order_no"),
    ("Es fehlen noch Straße und Hausnummer.", "address"),
    ("Hierfür ist Ihre Kundennummer erforderlich.", "customer_no"),
    ("Bitte ergänzen Sie Ihr Geburtsdatum.", "birth_date"),
    ("Zur Legitimation nennen Sie mir bitte Ihr Geburtsdatum.", "birth_date"),
    ("Vielen Dank für Ihre Nachricht. Bitte nennen Sie uns noch das Kaufdatum.", "purchase_date"),
    ("Wir benötigen noch:\n- Ihre Kundennummer\n- ein Foto vom Typenschild\n\nBesten Dank", "customer_no photo"),
    ("Bitte senden Sie uns folgende Angaben:\n1. Bestellnummer\n2. Seriennummer", "order_no serial_no"),
    # informal and sloppy
    ("Schick uns bitte kurz deine Bestellnummer.", "order_no"),
    ("Kannst du mir deine Adresse nochmal schicken?", "address"),
    ("brauche noch deine kd nr", "customer_no"),
    ("Hallo, bitte Kundennummer. Danke", "customer_no"),
    ("Kundennr.?", "customer_no"),
    ("Ihre Kd.-Nr. bitte", "customer_no"),
    ("koennten sie uns bitte die seriennr. mitteilen", "serial_no"),
    ("Wir benotigen noch Ihre Anschrift", "address"),
    ("hast du ein foto davon?", "photo"),
    ("sag mal deine handynummer bitte", "phone"),
    ("Magst du mir noch schnell die Rechnungsnummer verraten?", "invoice_no"),
    ("wann hast du den trockner gekauft", "purchase_date"),
    ("was für ein modell ist das genau?", "model"),
    ("dein Geburtsdatum?", "birth_date"),
    ("gib mir bitte mal deine PLZ", "address"),
    ("Hi! Welche Bestellnummer steht denn auf dem Paket?", "order_no"),
    ("tel.nr. bitte noch", "phone"),
    ("uns fehlt noch ihre telnr und die adresse", "phone address"),
    (
        "Ich bräuchte noch Deine Kundennummer und das Kaufdatum, dann schau ich gleich nach.",
        "customer_no purchase_date",
    ),
    # English
    ("Please provide your order number.", "order_no"),
    ("Could you send us a photo of the damage?", "photo"),
    ("What is your customer number?", "customer_no"),
    ("Can I have your date of birth, please?", "birth_date"),
    ("We need your account number to look into this.", "customer_no"),
    ("May I ask for your phone number?", "phone"),
    ("When did you buy the machine?", "purchase_date"),
    ("Which model do you have?", "model"),
    ("Please let us know the serial number so that we can check the warranty.", "serial_no"),
    ("Would you mind giving me your full address? Could you tell me your postcode?", "address"),
    ("Please reply with your invoice number.", "invoice_no"),
    ("pls send order no.", "order_no"),
    ("Do you have your customer number to hand?", "customer_no"),
    ("To proceed we require proof of purchase.", "receipt"),
    ("Your email address is still missing.", "email"),
    ("Kindly confirm your delivery address.", "address"),
    ("Order number, please?", "order_no"),
    ("Without your customer number we cannot find the contract.", "customer_no"),
    ("What was the date of purchase?", "purchase_date"),
]

TRAPS: list[str] = [
    "Ihre Kundennummer finden Sie auf der Rechnung.",
    "Ihre Kundennummer lautet 4711.",
    "Ihre neue Kundennummer ist 100 000 125.",
    "Vielen Dank für Ihre Adresse.",
    "Vielen Dank, dass Sie uns Ihre Kundennummer mitgeteilt haben.",
    "Mit freundlichen Grüßen\nErika Muster\nTel.: 0431 12345",
    "Erledigt!\n\nViele Grüße\nTom\n\nE-Mail-Adresse: tom@firma.example\nBitte teilen Sie uns Ihre Kundennummer mit.",
    "Gern geschehen.\n\nAm 3. März 2026 um 10:00 schrieb Kundendienst:\n> Bitte nennen Sie uns Ihre Kundennummer.",
    "> Wie lautet Ihre Bestellnummer?\nDas hat sich erledigt.",
    "Das Paket ist unterwegs an Ihre Adresse.",
    "Bitte senden Sie das Gerät an folgende Adresse: Musterweg 1, 24103 Kiel.",
    "Bitte rufen Sie uns unter der Telefonnummer 0431 12345 an.",
    "Bitte schreiben Sie an unsere E-Mail-Adresse.",
    "Bitte geben Sie bei Rückfragen stets Ihre Ticketnummer an.",
    "Bitte geben Sie bei Zahlungen die Rechnungsnummer an.",
    "Wir haben Ihre Anschrift geändert.",
    "Ihre Telefonnummer wurde in Ihrem Konto hinterlegt.",
    "Wir benötigen Ihre Kundennummer nicht mehr.",
    "Sie brauchen keine Bestellnummer anzugeben.",
    "Bitte teilen Sie uns mit, ob das Paket an Ihrer Adresse angekommen ist.",
    "Bitte beachten Sie, dass sich unsere Telefonnummer geändert hat.",
    "Bitte prüfen Sie Ihre Adresse im Kundenportal.",
    "Bitte entschuldigen Sie, dass wir nach Ihrer Kundennummer gefragt haben.",
    "Wir schicken Ihnen die Sendungsnummer, sobald das Paket unterwegs ist.",
    "Ich nenne Ihnen gern die Rechnungsnummer.",
    "Für die Lieferung an Ihre Adresse brauchen wir drei Tage.",
    "Wir brauchen noch zwei Tage, um Ihre Adresse zu ändern.",
    "Ihre Bestellung mit der Bestellnummer 12345 wurde versandt.",
    "Stimmt Ihre Adresse Musterweg 4, 24103 Kiel noch?",
    "Haben Sie Fragen zu Ihrer Rechnungsnummer?",
    "Haben Sie die Rechnung 4711 schon bezahlt?",
    "Ist die Rechnungsnummer 2026-4711 gemeint?",
    "Welche Frage haben Sie zu Ihrer Rechnung?",
    "Die Seriennummer steht auf dem Typenschild an der Rückseite.",
    "Ihre Vorgangsnummer: 100 000 125. Bitte haben Sie etwas Geduld.",
    "Bitte haben Sie Verständnis, wir melden uns unter Ihrer Telefonnummer.",
    "Der Techniker ruft Sie vorher auf Ihrem Handy an, Sie müssen nichts weiter tun.",
    "Danke für die Fotos! Können Sie bis Freitag warten?",
    "Ihr Foto ist angekommen. Brauchen Sie sonst noch etwas?",
    "Wann passt es Ihnen am besten?",
    "Wann dürfen wir liefern?",
    "Welche Farbe möchten Sie?",
    "Können Sie das Gerät bitte einmal neu starten?",
    "Wir haben das Ersatzteil bestellt, wann es kommt, sehen wir morgen.",
    "Bitte halten Sie die Tür frei, die Adresse haben wir.",
    "Schade, dass Sie kündigen. Können wir noch etwas für Sie tun?",
    "Alles Gute zum Geburtstag! Brauchen Sie Hilfe?",
    "Dein Konto ist wieder frei, schau bitte mal rein.",
    "Ich habe deine Adresse geändert, passt das so?",
    "hab deine handynummer notiert, ich ruf dich an",
    "Meine Durchwahl ist die 12, rufen Sie mich bitte an.",
    "Bitte laden Sie die neue App herunter und melden Sie sich mit Ihrer Kundennummer an.",
    "Zur Sicherheit fragt das Portal Ihr Geburtsdatum ab.",
    # English
    "Your customer number can be found on your invoice.",
    "Your order number is 4711.",
    "Thank you for your address.",
    "Thanks for sending the photo, we are looking into it.",
    "Please send the parcel to our address.",
    "Please quote your ticket number in any further correspondence.",
    "We have updated your phone number.",
    "We will send you the tracking number as soon as it ships.",
    "You do not need to provide your order number again.",
    "Please note that your customer number has changed.",
    "We have your date of birth on file, could you wait a moment?",
    "Can you let us know whether the technician came to your address?",
    "When did the parcel arrive?",
    "On 3 March 2026 support wrote:\n> Please provide your order number.",
    "Fine, thanks.\n\nKind regards\nTom\nPhone: 0431 555, please call",
    "Please call us on the number below.",
    "I need two more days to check your order number.",
    "Would you like to change your address?",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), ASKS)
def test_a_question_is_found_with_what_it_asks_for(text: str, kinds: str) -> None:
    assert asked_kinds(text) == tuple(kinds.split())


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_looks_like_a_question_is_none(text: str) -> None:
    assert asked_kinds(text) == ()


def test_half_of_the_sentences_are_traps() -> None:
    assert len(ASKS) + len(TRAPS) >= 120 and len(TRAPS) >= len(ASKS) * 0.95


def test_the_sentence_that_asks_is_pointed_at() -> None:
    text = "Guten Tag, danke für Ihre Nachricht. Wie lautet Ihre Kundennummer? Viele Grüße"
    (asked,) = asked_facts(text)
    assert text[asked.start : asked.end].strip() == "Wie lautet Ihre Kundennummer?"


def test_umlauts_written_out_or_left_out_change_nothing() -> None:
    for word in ("benötigen", "benoetigen", "benotigen", "BENÖTIGEN"):
        assert asked_kinds(f"Wir {word} Ihre Kundennummer.") == ("customer_no",)


@given(st.text(alphabet=st.sampled_from("ab ?.:\n>-,Bitte nennen Sie Kundennummer"), max_size=400))
def test_any_text_gives_known_kinds_each_once_in_places_of_the_text(text: str) -> None:
    kinds = asked_kinds(text)
    assert set(kinds) <= set(KINDS) and len(set(kinds)) == len(kinds)
    assert all(0 <= asked.start < asked.end <= len(text) for asked in asked_facts(text))


@pytest.mark.parametrize(
    "piece",
    [
        "bitte ",
        "bitte nennen ",
        "nummer ",
        "Ihre ",
        "schrieb ",
        "wann ",
        "? ",
        "\n- ",
        "unter der ",
        "haben ",
        "kunden- und ",
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    text = "Bitte " + piece * (200_000 // len(piece))
    began = time.process_time()
    asked_kinds(text)
    assert time.process_time() - began < 2
