"""The model: what each level of each field weighs, how frequent values are, where the thresholds lie.

Fellegi and Sunter (1969, doi 10.1080/01621459.1969.10501049) with one more alternative: two records of different
people are either strangers or people of one household. The score of a pair is its weight against the alternative that
explains it better,

    score = min(log2 odds against strangers, log2 odds against one household),

so an address, a fixed line and a last name in common speak against strangers and, together, say nothing against a
household: household evidence counts once and never proves a person. Either way the score is a sum over fields.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from rundblick.customers.matching.blocking import Plan


class FieldWeights(msgspec.Struct, frozen=True):
    """Weights in bits of a field's levels, from level 0 (unknown, always 0.0) on.

    strangers, household  log2(m / u) against each alternative
    m_exact               log2 of m of the level of equality, for values with a frequency of their own; 0 without one
    shared                how often two people of one household have the same value beyond chance
    frequencies           log2 of the share of records with a value, of frequent values; the others have ``rare``
    """

    name: str
    strangers: tuple[float, ...]
    household: tuple[float, ...]
    m_exact: float = 0.0
    rare: float = 0.0
    shared: float = 0.0
    frequencies: dict[str, float] = {}


class Numbers(msgspec.Struct, frozen=True):
    """What was seen of a system's numbers: of ``records`` with one, ``twice`` are surely the same person as another of
    them under another number. ``exclusive``: whether two of its numbers keep people apart.

    setting  measured, or what somebody decided: yes, no
    """

    system: str
    records: int
    twice: int
    exclusive: bool
    setting: str = "measured"


class Learned(msgspec.Struct, frozen=True):
    """What the model was made of, beside the records: how many answers of people, what was seen of systems' numbers."""

    same: int = 0
    different: int = 0
    numbers: tuple[Numbers, ...] = ()


class Model(msgspec.Struct, frozen=True):
    """Everything that decides, in bits (log2).

    facts           further facts that are compared, in the order of their fields
    informative     facts whose values are special enough to find candidates by
    own             facts among these that are numbers of a person's own (a personal number): no household shares them
    fields          in the order of ``comparing.fields_of(facts, own)``
    prior           log2 odds that two records are one person rather than two strangers, before any evidence
    prior_household the same rather than two people of one household
    auto, review    scores from which a pair joins by itself, from which a person is asked
    known_names     names that many bear: no slip of the finger makes one of them of another
    moved           log2 of the share of pairs of one person whose addresses differ altogether: it bounds what all that
                    differs in an address says together
    women           first names of women, by the salutations
    women_of_one_name  log2 of how often two women of one household have one first name
    over_used_dates birth dates that stand for "unknown"
    exclusive       systems that give one number to one person: two of their numbers never join by themselves
    repeating       systems that were seen to give one person several numbers: theirs keep nobody apart (only where
                    records of one system have numbers of their own: see customers.weighed)
    most            kinds of blocking keys that were seen to find hardly anybody in large groups: how many records may
                    share one (blocking.Plan)
    learned         what it was made of; see ``origin``
    """

    facts: tuple[str, ...]
    informative: tuple[str, ...]
    own: tuple[str, ...]
    fields: tuple[FieldWeights, ...]
    prior: float
    prior_household: float
    auto: float
    review: float
    known_names: tuple[str, ...] = ()
    moved: float = -5.0
    women: tuple[str, ...] = ()
    women_of_one_name: float = -9.0
    over_used_dates: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    repeating: tuple[str, ...] = ()
    most: dict[str, int] = {}
    records: int = 0
    format: int = 1
    learned: Learned | msgspec.UnsetType = msgspec.UNSET  # not in models of before: their versions stay theirs

    @property
    def origin(self) -> Learned:
        """What the model was made of, as far as it knows."""
        return Learned() if isinstance(self.learned, msgspec.UnsetType) else self.learned

    @property
    def plan(self) -> Plan:
        """By which keys records are found."""
        return Plan(self.informative, self.most)

    @property
    def version(self) -> str:
        """Digest of the whole model, 16 hexadecimal digits."""
        return blake2b(to_json(self), digest_size=8).hexdigest()


class BadModel(ValueError):
    """A file that is no model of this format; the text says why."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Model)


def to_json(model: Model) -> bytes:
    """The model as JSON, the same bytes for the same model."""
    return _encoder.encode(model)


def from_json(data: bytes) -> Model:
    """Read a model. Raises ``BadModel`` when it is none."""
    try:
        model = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise BadModel(str(error)) from error
    if model.format != 1:
        raise BadModel(f"format {model.format} is not known")
    return model
