"""Candidate pairs found and weighed on Spark, through Splink: the part of resolution that outgrows one machine.

Needs ``pip install rundblick[spark]`` and Java 17. Splink gets our model as its settings: the same blocking keys, a
comparison a field with our levels, and our weights as their m and u. Where SQL cannot say what a level is (German
phonetics, short forms of names, slips of the finger), its condition asks our own code, in Spark's Python workers; so
a level on Spark is the level of ``matching.comparing``, never nearly it.

Splink weighs against one alternative to "one person", ours are two (strangers, a household), and groups form under
vetoes. Therefore what comes back is not yet a decision but every pair whose weight against strangers can reach the
review threshold (a frequent value is taken for a rare one here). The process that asked weighs these few again and
decides, so the clusters are those of one machine, without exception.

It keeps the records itself: about 2 KB each. What Spark takes away are the pairs, which are many times more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Final

import msgspec
import numpy as np

from rundblick.core.message import Party
from rundblick.customers.matching import blocking
from rundblick.customers.matching.comparing import ADDRESS, Field, compare, fields_of
from rundblick.customers.matching.model import FieldWeights, Model
from rundblick.customers.matching.person import Person, person_of
from rundblick.customers.matching.table import Ints, Table

NEEDED: Final = ("pyspark", "splink", "pandas")
JAVA: Final = 17
_MARGIN: Final = 1e-6  # bits: weights go through probabilities and back
_LEVELS: Final = "rundblick_levels"
_FIRST: Final = ord("A")  # levels travel as letters, one a field


class NoSpark(Exception):
    """Spark cannot be used here. ``missing``: "extra" (packages) or "java"; ``found``: the Java that is there."""

    def __init__(self, missing: str, found: str = "") -> None:
        super().__init__(missing)
        self.missing = missing
        self.found = found


def require_spark() -> None:
    """Raises ``NoSpark`` where the packages of the extra or Java are missing."""
    if any(find_spec(name) is None for name in NEEDED):
        raise NoSpark("extra")
    java = shutil.which("java")
    if java is None:
        raise NoSpark("java")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = said.partition('"')[2].partition('"')[0]
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) < JAVA:
        raise NoSpark("java", version or said[:80])


def candidates_of(parties: Sequence[Party]) -> Callable[[Table, Model], Ints]:
    """What ``resolve`` takes as ``candidates`` for these parties: those of ``blocking.candidate_pairs`` that can reach
    ``model.review``, as ``lower << 32 | higher``, ascending. Raises ``NoSpark``."""
    require_spark()

    def candidates(table: Table, model: Model) -> Ints:
        return _ask(_session(), table, [person_of(party) for party in parties], model)

    return candidates


def _session() -> Any:
    """Spark as its own configuration says (spark-defaults.conf, spark-submit), else on all cores of this machine."""
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    conf = SparkConf()
    if not conf.contains("spark.master"):
        conf.setMaster("local[*]").set("spark.sql.shuffle.partitions", "8")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # its workers know what this process knows
    for name, value in (
        ("spark.ui.showConsoleProgress", "false"),
        ("spark.sql.execution.arrow.pyspark.enabled", "true"),
    ):
        conf.setIfMissing(name, value)
    session = SparkSession.builder.appName("rundblick resolve").config(conf=conf).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _ask(session: Any, table: Table, persons: Sequence[Person], model: Model) -> Ints:
    import pandas
    import pyarrow as arrow
    from pyspark.sql.functions import pandas_udf
    from splink import Linker, SparkAPI

    levels = levels_function(model)
    levels.__annotations__ = dict.fromkeys(("left", "right", "return"), pandas.Series)  # how Spark knows its kind
    session.udf.register(_LEVELS, pandas_udf(levels, "string"))
    encode = msgspec.json.Encoder().encode
    keys = keys_of(table, model)
    records = arrow.table(
        {
            "id": arrow.array(range(len(persons)), arrow.int64()),
            "record": arrow.array([encode(person).decode() for person in persons], arrow.string()),
            "keys": arrow.array([list(of_record) for of_record in keys], arrow.list_(arrow.int64())),
        }
    )
    api = SparkAPI(spark_session=session, break_lineage_method="persist", register_udfs_automatically=False)
    linker = Linker(api.register(session.createDataFrame(records)), settings(model))
    found = linker.inference.predict(threshold_match_weight=model.review - _MARGIN, warning_mode="never")
    pairs = session.table(found.physical_name).select("id_l", "id_r").toArrow()
    one, other = (pairs.column(name).to_numpy().astype(np.int64) for name in ("id_l", "id_r"))
    return candidates_among(table, keys, np.unique(np.minimum(one, other) << 32 | np.maximum(one, other)))


def keys_of(table: Table, model: Model) -> list[dict[int, bool]]:
    """The blocking keys of each record that some, but not too many, others share; whether each is a coarse one."""
    found: list[dict[int, bool]] = [{} for _ in range(len(table))]
    for keys in blocking.key_kinds(table, model.plan):
        records = np.concatenate([np.flatnonzero(column) for column in keys.columns])
        values = np.concatenate([column[column != 0] for column in keys.columns])
        _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
        shared = (sizes[group] > 1) & (sizes[group] <= keys.most)
        for record, key in zip(records[shared].tolist(), values[shared].tolist(), strict=True):
            found[record][key] = keys.coarse
    return found


def candidates_among(table: Table, keys: Sequence[dict[int, bool]], codes: Ints) -> Ints:
    """Those of the pairs that are candidates in memory: a coarse key alone is not enough there."""
    a, b = codes >> 32, codes & 0xFFFFFFFF
    close = blocking.promising(table, a, b)
    kept = [
        any(is_close or not coarse for key, coarse in keys[i].items() if key in keys[j])
        for i, j, is_close in zip(a.tolist(), b.tolist(), close.tolist(), strict=True)
    ]
    return codes[np.array(kept, np.bool_)]


def levels_function(model: Model) -> Callable[[Any, Any], Any]:
    """What runs in Spark's workers: two columns of records to their levels, one letter a field."""
    facts, known, over_used = model.facts, frozenset(model.known_names), model.over_used_dates

    def levels(left: Any, right: Any) -> Any:
        import pandas

        decode = msgspec.json.Decoder(Person).decode
        n = len(left)
        table = Table(facts)
        table.forget("birth", over_used)
        table.add([decode(record) for side in (left, right) for record in side])
        is_known = table.names.derive("known", lambda text: text in known, np.bool_)
        found = compare(table, np.arange(n), np.arange(n, 2 * n), is_known) + np.uint8(_FIRST)
        return pandas.Series([pair.tobytes().decode("ascii") for pair in np.ascontiguousarray(found.T)])

    return levels


def settings(model: Model) -> dict[str, Any]:
    """Splink's settings of our model: keys, levels, weights, prior."""
    fields = fields_of(model.facts, model.own)
    odds = 2.0**model.prior
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": odds / (1 + odds),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.keys = r.keys", "arrays_to_explode": ["keys"]}],
        "comparisons": [
            {
                "output_column_name": field.name.replace(":", "_"),
                "comparison_levels": list(_levels(place, field, weight)),
            }
            for place, (field, weight) in enumerate(zip(fields, model.fields, strict=True), start=1)
        ],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _levels(place: int, field: Field, weight: FieldWeights) -> Iterator[dict[str, Any]]:
    """The levels of a field, the highest first, as Splink asks for them; each with the weight it has at most."""
    said = f"substr({_LEVELS}(record_l, record_r), {place}, 1)"
    yield {"sql_condition": f"{said} = 'A'", "label_for_charts": field.levels[0], "is_null_level": True}
    for level in range(len(field.levels) - 1, 0, -1):
        bits = weight.strangers[level]
        if level == field.exact and weight.m_exact:
            bits = weight.m_exact - min([weight.rare, *weight.frequencies.values()])
        if field.name in ADDRESS:  # who moved is no stranger: together an address speaks against a pair hardly at all
            bits = max(bits, 0.0)
        m = 0.5 * 2.0 ** min(bits, 0.0)
        yield {
            "sql_condition": f"{said} = '{chr(_FIRST + level)}'" if level > 1 else "ELSE",
            "label_for_charts": field.levels[level],
            "m_probability": m,
            "u_probability": m / 2.0**bits,
        }
