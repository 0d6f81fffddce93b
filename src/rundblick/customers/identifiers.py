"""The normal forms of identifiers: two spellings of one address, number or handle become one value.

Pure functions of text, without Django, so that readers in child processes may use them. What cannot be an
identifier gives ``None`` (or "" where a number has no form to check): a wrong identifier joins two strangers, a
missing one only leaves a customer to be found by other means.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# --- e-mail ---------------------------------------------------------------------------------------------------

_EMAIL_JUNK = " \t\r\n<>\"'()[]{},;:\u201e\u201c\u201d\u201a\u2018\u2019\u00ab\u00bb"
_EMAIL_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+\Z")
_DOMAIN_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_DOMAIN_LITERAL = re.compile(r"\[(?:ipv6:)?[0-9a-f.:]+\]\Z")


@lru_cache(maxsize=65536)
def email_normal(text: str) -> str | None:
    """The address in ``text`` in its normal form, ``None`` when there is none or more than one.

    Lower case on both sides of the @ (RFC 5321 leaves the local part to the host; no host of today tells them
    apart), display names, angle brackets, ``mailto:`` and stray punctuation removed, an international domain as
    ASCII. Tags (``+shop``) and dots are kept: they tell addresses apart at most hosts.

    >>> email_normal('"Meier, Anna" <Anna.Meier@Müller.example>')
    'anna.meier@xn--mller-kva.example'
    """
    text = unicodedata.normalize("NFC", text).strip()
    if "<" in text and text.count("<") == 1:
        inside = text.partition("<")[2].partition(">")[0]
        if "@" in inside:
            text = inside
    if not text.endswith("]"):  # anna@[192.0.2.1]
        text = text.strip(_EMAIL_JUNK)
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0].strip(_EMAIL_JUNK)
    text = text.lower()
    local, at, domain = text.rpartition("@")
    if not at or not local or len(local) > 64 or "@" in local:
        return None
    if not _EMAIL_LOCAL.match(local) or local.startswith(".") or ".." in local:
        return None
    ascii_domain = _domain_normal(domain.rstrip("."))
    return f"{local}@{ascii_domain}" if ascii_domain else None


def _domain_normal(domain: str) -> str | None:
    if domain.startswith("["):
        return domain if _DOMAIN_LITERAL.match(domain) else None
    labels = []
    for label in domain.split("."):
        if not label.isascii() and not label.replace("-", "").isalnum():
            return None
        ascii_label = label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        if not _DOMAIN_LABEL.match(ascii_label):
            return None
        labels.append(ascii_label)
    joined = ".".join(labels)
    return joined if len(joined) <= 253 else None


# --- telephone ------------------------------------------------------------------------------------------------

_PHONE_FILL = str.maketrans("", "", " ()/-.\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212\t")
_PHONE_LABEL = re.compile(
    r"^\s*(?:tel(?:efon)?|phone|fon|fax|mobil|handy|mob|privat|gesch)\b\.?\s*(?:nr\.?)?\s*:?\s*", re.I
)
_TRUNK_ZERO = re.compile(r"(?<=\d)\s*\(0\)\s*")
_SEVERAL = re.compile(r"\s*(?:;|,|\||\boder\b|\bor\b|\bund\b)\s*", re.I)
_CALLING_CODES = {"DE": "49", "AT": "43", "CH": "41", "LI": "423"}
# National significant numbers as the plans of the three countries allow them; anything else goes the slow way.
_NATIONAL = {
    "49": re.compile(r"[1-9]\d{5,11}\Z"),
    "43": re.compile(r"[1-9]\d{4,11}\Z"),
    "41": re.compile(r"[1-9]\d{8}\Z"),
}


@lru_cache(maxsize=262144)
def phone_normal(text: str, country: str = "DE") -> str | None:
    """The telephone number in ``text`` as E.164 ("+4930123456"), ``None`` when it is none.

    ``country`` (ISO 3166, "DE", "AT", "CH" ...) is where a number without country code was written. A number
    without leading zero or plus is taken for a national one whose zero got lost (Excel) when it is long enough,
    else it lacks its area code and names nobody. Of several numbers in one cell the first one is taken.
    """
    text = text.strip()
    if not text:
        return None
    if text[0] not in "0123456789+(":
        text = _PHONE_LABEL.sub("", text)
    if "(0)" in text:
        text = _TRUNK_ZERO.sub("", text)
    digits = text.translate(_PHONE_FILL)
    if not digits.removeprefix("+").isdecimal() or not digits.isascii():
        first = _SEVERAL.split(text, maxsplit=1)[0]
        return _phone_slow(text, country) if first == text or not first else phone_normal(first, country)
    code = _CALLING_CODES.get(country, "")
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        for known, national in _NATIONAL.items():
            if digits.startswith(known, 1):
                rest = digits[3:].removeprefix("0")
                return _told(known, rest) if national.match(rest) else _phone_slow(digits, country)
        return _phone_slow(digits, country)
    if digits.startswith("0") and code in _NATIONAL:
        rest = digits[1:]
        return _told(code, rest) if _NATIONAL[code].match(rest) else _phone_slow(digits, country)
    if len(digits) < 9:
        return None
    return _phone_slow(digits, country)


def _told(code: str, national: str) -> str | None:
    """A number of one repeated digit is a filler ("0000000", "0999999999"), not somebody's number."""
    return None if len(set(national)) == 1 else f"+{code}{national}"


def _phone_slow(text: str, country: str) -> str | None:
    import phonenumbers  # 25 ms to import and 17 us a number: only for forms that the rules above do not know

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if not phonenumbers.is_possible_number(number) or len(national) < 5 or len(set(national)) == 1:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


MOBILE = (
    "+4915",
    "+4916",
    "+4917",
    "+4365",
    "+4366",
    "+4367",
    "+4368",
    "+4369",
    "+4174",
    "+4175",
    "+4176",
    "+4177",
    "+4178",
    "+4179",
)


# --- numbers that a company issued ----------------------------------------------------------------------------

_NUMBER_FILL = str.maketrans("", "", " .-\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014\t\r\n")
_FLOAT_TAIL = re.compile(r"\d+\.0\Z")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+\Z", re.I)


def number_normal(text: str) -> str:
    """A customer, account, card, contract or order number without its punctuation, upper case.

    Leading zeros stay: "00471" and "471" are two numbers until a company says otherwise. "4711.0" (a whole number
    that went through a table program) is 4711; "1.2E+11" has lost its digits there and gives "", like the empty text.
    """
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return text
    if _FLOAT_TAIL.match(text):
        return text[:-2]
    if _SCIENTIFIC.match(text):
        return ""
    bare = unicodedata.normalize("NFKC", text).translate(_NUMBER_FILL).lstrip("#").upper()
    bare = unicodedata.normalize("NFKC", bare)
    return bare if bare == text else number_normal(bare)


# --- handles --------------------------------------------------------------------------------------------------

_PROFILE = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?([^/\s]+\.[^/\s]+)/(?:profile/|user/|users/|u/|in/)?(@?)([^/?#\s]+)", re.I
)
_HANDLE_FEDERATED = re.compile(r"[\w.-]+@[\w-]+(?:\.[\w-]+)+\Z")


def handle_normal(text: str) -> str | None:
    """A social handle without @, address of the profile and upper case; ``None`` when nothing is left.

    ``@Anna``, ``https://portal.example/anna`` -> ``anna``; ``@Anna@social.example`` and
    ``https://social.example/@anna`` -> ``anna@social.example`` (the fediverse needs its host).
    """
    text = unicodedata.normalize("NFKC", text).strip().rstrip("/")
    profile = _PROFILE.match(text)
    if profile:
        host, at, name = profile.groups()
        text = f"{name}@{host}" if at and "@" not in name else name
    text = text.lstrip("@").strip().lower()
    if "@" in text and not _HANDLE_FEDERATED.match(text):
        return None
    return text if text and not any(c.isspace() for c in text) else None


# --- names ----------------------------------------------------------------------------------------------------

_FOLDS = str.maketrans({"æ": "a", "œ": "o", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "þ": "th"})
_UMLAUT_SPELT = re.compile(r"([aou])e+")


@lru_cache(maxsize=65536)
def fold_name(text: str) -> str:
    """The search key of a name: "Müller", "Mueller", "MULLER" and "Muller" are one; words apart by one space.

    Both spellings of an umlaut fall together on the bare vowel (ä, ae -> a), so some names that differ meet too
    ("Joel", "Jol"): a key to find candidates by, never a proof.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_FOLDS)
    text = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join(_UMLAUT_SPELT.sub(r"\1", text).split())
