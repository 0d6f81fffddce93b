"""Keyed digests: how the skeleton knows a key without holding what names a person.

16 bytes of BLAKE2b under the installation's salt. Different spaces ("record", "identifier", "thread", "case") never
meet. The salt lies in the database, so a restored one keeps its digests; it is no secret against its own operator.
"""

from __future__ import annotations

from hashlib import blake2b

SIZE = 16


class Digests:
    """Digests of one installation.

    >>> d = Digests(b"salt")
    >>> d.record("crm", "4711") == d.record("crm", "4711") != d.record("shop", "4711")
    True
    """

    def __init__(self, salt: bytes) -> None:
        self._keyed = blake2b(key=salt[:64], digest_size=SIZE)

    def _of(self, *parts: str) -> bytes:
        state = self._keyed.copy()
        state.update("\x1f".join(parts).encode("utf-8", "surrogatepass"))
        return state.digest()

    def record(self, system: str, key: str) -> bytes:
        return self._of("record", system, key)

    def identifier(self, kind: str, issuer: str, value: str) -> bytes:
        return self._of("identifier", kind, issuer, value)

    def thread(self, key: str) -> bytes:
        return self._of("thread", key)

    def case(self, system: str, key: str) -> bytes:
        return self._of("case", system, key)

    def person(self, system: str, key: str) -> bytes:
        return self._of("person", system, key)

    def order(self, system: str, key: str) -> bytes:
        return self._of("order", system, key)
