"""The headers of a mail: one look-up for all of them, parameters, addresses.

Addresses are cut apart before anything in them is decoded, so that a comma inside an encoded name parts nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from rundblick.channels.email.charset import decode, decode_header
from rundblick.customers.identifiers import email_normal

_ADDRESS_AT_MOST = 320  # characters (RFC 5321: 64 + 1 + 255)
_NAME_AT_MOST = 200
_LIST_AT_MOST = 500  # addresses of one header that are read

_BARE = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\s@<>()\[\],;:\"\\']{1,255}|\[[0-9A-Fa-f.:]{3,60}\])")
_SIMPLE = re.compile(r"\s*(?:\"([^\"\\<>]*)\"|([^\"\\<>(),;:@]*))\s*<([^<>\s\"(),;]+@[^<>\s\"(),;]+)>\s*\Z")
_COMMENT = re.compile(r"\(([^()]*)\)")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r";\s*([A-Za-z0-9_.*-]{1,60})\s*=\s*(\"(?:[^\"\\]|\\.){0,2000}\"?|[^;]{0,2000})", re.DOTALL)

Headers = dict[str, list[str]]


def by_name(pairs: Iterable[tuple[str, object]]) -> Headers:
    """All headers under their names in lower case, in order; values as the parser gives them, lines ended by LF."""
    found: Headers = {}
    for name, value in pairs:
        text = value if isinstance(value, str) else str(value)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        lower = name.lower()
        if lower in found:
            found[lower].append(text)
        else:
            found[lower] = [text]
    return found


def first(headers: Headers, name: str) -> str:
    """The first value of a header that is not empty, as the parser gives it; "" when there is none."""
    for value in headers.get(name, ()):
        if value and not value.isspace():
            return value
    return ""


def unfold(value: str) -> str:
    """``value`` without the breaks of folding."""
    if "\n" in value or "\r" in value:
        return value.replace("\r", "").replace("\n", "")
    return value


def token(value: str) -> str:
    """The leading token of a structured header in lower case: ``base64 (as usual); x=y`` gives "base64"."""
    for stop in ";(,":
        value = value.partition(stop)[0]
    return value.strip().lower()


def parameters(value: str) -> dict[str, str]:
    """The parameters of Content-Type and its like, names in lower case, values decoded.

    Continuations and charsets of RFC 2231 are joined; encoded words inside quotes, which no RFC allows and every
    second program writes, are decoded too.
    """
    if ";" not in value:
        return {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(unfold(value[: _NAME_AT_MOST * 100])):
        name, text = match.group(1).lower(), match.group(2).strip()
        if text.startswith('"'):
            text = text[1:].removesuffix('"')
            if "\\" in text:
                text = _QUOTED_PAIR.sub(r"\1", text)
        elif "(" in text and name != "boundary":
            text = _COMMENT.sub("", text).strip()
        if "*" not in name:
            plain.setdefault(name, text)
            continue
        base, _, rest = name.partition("*")
        encoded = rest.endswith("*") or rest == ""
        number = rest.rstrip("*")
        pieces.setdefault(base, {}).setdefault(
            int(number) if number.isdecimal() and len(number) < 4 else 0, (text, encoded)
        )
    decoded = {
        name: decode_header(text) if "=?" in text or not text.isascii() else text for name, text in plain.items()
    }
    for base, numbered in pieces.items():
        decoded[base] = _joined(numbered)
    return decoded


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: the charset stands in the first piece; each piece says for itself whether it is percent-encoded."""
    charset = ""
    data = b""
    for index, (number, (text, encoded)) in enumerate(sorted(numbered.items())):
        if encoded:
            if index == 0 and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            data += unquote_to_bytes(text.encode("utf-8", "replace"))
        else:
            data += text.encode("utf-8", "surrogateescape" if number >= 0 and text.isascii() else "replace")
    return decode_header(decode(data, charset or None)[0])


@dataclass(frozen=True, slots=True)
class Address:
    """One address in its normal form, and the name beside it ("" when there is none)."""

    email: str
    name: str = ""


def addresses(value: str) -> list[Address]:
    """The addresses in a From, To, Cc or their like; what holds no address is left out. Never raises."""
    simple = _SIMPLE.match(value) if len(value) < 400 else None
    if simple:
        email = _email(simple.group(3))
        if email:
            return [Address(email, _name(simple.group(1) or simple.group(2) or "", email))]
    found = []
    before = ""  # what stood before the comma: "Meier, Anna <anna@...>" without the quotes that it needs
    for piece in _pieces(unfold(value)):
        address = _address(f"{before},{piece}" if before and "<" in piece else piece)
        before = piece if address is None and "@" not in piece and "<" not in piece else ""
        if address is not None:
            found.append(address)
            if len(found) == _LIST_AT_MOST:
                break
    return found


def _pieces(value: str) -> list[str]:
    """Cut a list of addresses at its commas and semicolons, not at those in quotes, brackets or comments."""
    pieces: list[str] = []
    start = depth = 0
    quoted = angled = False
    for match in re.finditer(r"[\"\\()<>,;:]", value):
        char, at = match.group(), match.start()
        if char == '"':
            if at == 0 or value[at - 1] != "\\":
                quoted = not quoted
        elif quoted or char == "\\":
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char == "<":
            angled = True
        elif char == ">":
            angled = False
        elif char == ":" and not angled and not depth and "@" not in value[start:at][-_ADDRESS_AT_MOST:]:
            start = at + 1  # the name of a group: "undisclosed-recipients:;"
        elif char in ",;" and not depth and (not angled or "@" in value[start:at][-_ADDRESS_AT_MOST:]):
            pieces.append(value[start:at])
            start, angled = at + 1, False
    pieces.append(value[start:])
    if quoted:  # an opened quotation that never closes swallowed the rest: cut without regard to quotes
        return [piece for piece in re.split("[,;]", value) if piece.strip()]
    return [piece for piece in pieces if piece.strip()]


def _address(piece: str) -> Address | None:
    piece = piece.strip()[-2000:]
    opened = piece.rfind("<")
    inside = piece[opened + 1 :].partition(">")[0].strip() if opened >= 0 else ""
    if "@" in inside:
        email = _email(inside.rpartition(":")[2])  # an old route "<@a,@b:user@host>" ends with the address
        if email:
            return Address(email, _name(piece[:opened], email))
    for match in _BARE.finditer(piece):
        email = _email(match.group())
        if email:
            comment = _COMMENT.search(piece)
            beside = piece[: match.start()].strip(" <\"'") or (comment.group(1) if comment else "")
            return Address(email, _name(beside, email))
    if "(" in piece:
        bare = _COMMENT.sub("", _COMMENT.sub("", piece))  # "pete(his account)@silly.test(his host)"
        if bare != piece and "@" in bare:
            return _address(bare)
    if "=?" in piece:
        decoded = decode_header(piece)  # the address itself stands in an encoded word
        if "=?" not in decoded:
            return _address(decoded)
    return None


def _email(written: str) -> str | None:
    """The normal form; raw bytes of an address as text, typographic quotes beside it dropped."""
    if len(written) > _ADDRESS_AT_MOST:
        return None
    if not written.isascii():
        written = decode_header(written)
    return email_normal(written.strip("'`\u00b4\u2019\u2018 "))


def _name(raw: str, email: str) -> str:
    raw = raw.strip()
    if not raw:
        return ""
    if "\\" in raw:
        raw = _QUOTED_PAIR.sub(r"\1", raw)
    name = decode_header(raw.strip('"')).strip(" \"'<>,;")
    return "" if name.lower() == email or ("@" in name and name.lower().strip("()") == email) else name[:_NAME_AT_MOST]


@dataclass(frozen=True, slots=True)
class Own:
    """The company's own addresses and domains (a domain stands for its subdomains too)."""

    emails: frozenset[str]
    domains: frozenset[str]

    def __contains__(self, email: object) -> bool:
        if not isinstance(email, str):
            return False
        if email in self.emails:
            return True
        domain = email.rpartition("@")[2]
        while domain:
            if domain in self.domains:
                return True
            domain = domain.partition(".")[2]
        return False


@lru_cache(maxsize=64)
def own_addresses(listed: str) -> Own:
    """From the comma-separated list of a hint; entries that are neither address nor domain are passed over."""
    emails, domains = set(), set()
    for entry in listed.split(","):
        entry = entry.strip().lower().lstrip("@")
        if "@" in entry:
            email = email_normal(entry)
            if email:
                emails.add(email)
        elif entry:
            as_address = email_normal("x@" + entry.removeprefix("*.").lstrip("."))
            if as_address:
                domains.add(as_address[2:])
    return Own(frozenset(emails), frozenset(domains))
