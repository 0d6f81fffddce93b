"""Splink's side of bench/identity, on DuckDB: python -m bench.identity_splink SET FOLDER OUT

Runs in the peers' environment (bench/requirements-identity.txt). The settings, blocking rules, training and threshold
of each set are those of Splink's own example notebooks for it (docs/demos/examples/duckdb: febrl3, febrl4,
accuracy_analysis_from_labels_column, deduplicate_50k_synthetic); the sample company has none, so it gets the one that
its documentation's advice leads to: names together, date of birth, street, postcode, mail, telephone, the CRM's number,
term frequencies wherever an exact level can have them, two trainings by expectation maximisation.

CPU and memory are of training, predicting at the notebook's threshold and clustering. Not counted: starting Python,
reading the CSV, and a second prediction far below the threshold, from which the best threshold in hindsight is found.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

FAR_BELOW = -8.0  # log2 of the odds


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a notebook says of one set. ``threshold``: the match probability at which it predicts or clusters."""

    comparisons: list[Any]
    blocking: list[Any]
    sure: list[Any]
    recall: float
    max_pairs: float
    training: list[Any]
    threshold: float
    link_type: str = "dedupe_only"
    prepare: str = "SELECT * FROM records"
    without_frequencies: bool = True
    seed: int | None = None
    more: dict[str, Any] = field(default_factory=dict)


def febrl3() -> Recipe:
    return Recipe(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking=[block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
        sure=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ],
        recall=0.9,
        max_pairs=1e6,
        training=[block_on("date_of_birth"), block_on("postcode")],
        threshold=0.2,
        without_frequencies=False,
        seed=2,
    )


def febrl4() -> Recipe:
    return Recipe(
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        sure=[block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
        recall=0.8,
        max_pairs=1e6,
        training=[block_on("date_of_birth"), block_on("postcode")],
        threshold=0.99,
        link_type="link_only",
    )


def fake_1000() -> Recipe:
    return Recipe(
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=False),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking=[block_on(name) for name in ("first_name", "surname", "dob", "email")],
        sure=[
            "l.first_name = r.first_name and levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1",
            "l.surname = r.surname and levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1",
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            "l.email = r.email",
        ],
        recall=0.7,
        max_pairs=1e6,
        training=[block_on("dob"), block_on("email"), block_on("first_name", "surname")],
        threshold=0.5,
        prepare="SELECT * REPLACE (CAST(dob AS DATE) AS dob) FROM records",
        seed=5,
    )


def historical_50k() -> Recipe:
    return Recipe(
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        blocking=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        sure=[
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            block_on("dob", "postcode_fake"),
        ],
        recall=0.6,
        max_pairs=1e7,
        training=[block_on("first_name", "surname"), block_on("dob")],
        threshold=0.95,
        prepare="SELECT *, first_name || ' ' || surname AS first_name_surname_concat FROM records",
    )


def sample() -> Recipe:
    return Recipe(
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "last_name", forename_surname_concat_col_name="first_name_last_name_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.LevenshteinAtThresholds("street", [2]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.ExactMatch("crm_no"),
        ],
        blocking=[
            block_on("crm_no"),
            block_on("email"),
            block_on("phone"),
            block_on("first_name", "last_name"),
            block_on("last_name", "dob"),
            block_on("first_name", "dob"),
            block_on("dob", "postcode"),
            block_on("last_name", "street"),
            block_on("substr(first_name,1,2)", "substr(last_name,1,2)", "substr(dob,1,4)"),
        ],
        sure=[block_on("crm_no"), block_on("first_name", "last_name", "dob"), block_on("first_name", "email")],
        recall=0.7,
        max_pairs=1e7,
        training=[block_on("first_name", "last_name"), block_on("dob")],
        threshold=0.95,
        prepare="SELECT *, first_name || ' ' || last_name AS first_name_last_name_concat FROM records",
    )


RECIPES = {one.__name__: one for one in (febrl3, febrl4, fake_1000, historical_50k, sample)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity_splink", description=__doc__.splitlines()[0])
    parser.add_argument("set", choices=RECIPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    recipe = RECIPES[options.set]()
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET preserve_insertion_order = true")
    path = str(options.folder / "records.csv")
    connection.execute(
        "CREATE TABLE records AS SELECT * FROM read_csv(?, all_varchar = true, header = true, nullstr = '')", [path]
    )
    connection.execute(f"CREATE TABLE prepared AS {recipe.prepare}")
    records = count(connection, "records")

    began, wall = time.process_time(), time.monotonic()
    linker = trained(connection, recipe)
    predicted = linker.inference.predict(threshold_match_probability=recipe.threshold)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=recipe.threshold
    )
    count(connection, clusters.physical_name)
    used, walled = time.process_time() - began, time.monotonic() - wall
    figures = {
        "records": records,
        "cpu_s": round(used, 3),
        "wall_s": round(walled, 3),
        "records_per_cpu_second": round(records / used),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "threshold": recipe.threshold,
        "version": splink.__version__,
    }
    write(connection, linker, clusters.physical_name, options.out, recipe.link_type != "dedupe_only")
    print(json.dumps(figures))
    return 0


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table, read to the end: DuckDB lets nothing else onto the connection before."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def trained(connection: duckdb.DuckDBPyConnection, recipe: Recipe) -> Linker:
    """The model of a recipe, trained without labels as its notebook does."""
    api = DuckDBAPI(connection=connection)
    columns = {"unique_id_column_name": "id"}
    if recipe.link_type == "dedupe_only":
        tables = api.register(connection.table("prepared"))
    else:
        sources = connection.execute("SELECT DISTINCT source FROM prepared ORDER BY 1").fetchall()
        tables = [
            api.register(connection.sql(f"SELECT * EXCLUDE (source) FROM prepared WHERE source = '{source}'"))
            for (source,) in sources
        ]
    settings = SettingsCreator(
        link_type=recipe.link_type,
        comparisons=recipe.comparisons,
        blocking_rules_to_generate_predictions=recipe.blocking,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
        **columns,
    )
    linker = Linker(tables, settings)
    linker.training.estimate_probability_two_random_records_match(recipe.sure, recall=recipe.recall)
    drawn = {} if recipe.seed is None else {"seed": recipe.seed}
    linker.training.estimate_u_using_random_sampling(max_pairs=recipe.max_pairs, **drawn)
    for rule in recipe.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=recipe.without_frequencies
        )
    return linker


def write(connection: duckdb.DuckDBPyConnection, linker: Linker, clusters: str, out: Path, linked: bool) -> None:
    """The clusters, and all pairs with their weights down to far below the threshold."""
    connection.execute(
        f"COPY (SELECT id, cluster_id AS cluster FROM {clusters}) TO '{out / 'clusters.csv'}' (HEADER, DELIMITER ',')"
    )
    low = linker.inference.predict(threshold_match_weight=FAR_BELOW)
    connection.execute(
        f"COPY (SELECT id_l AS a, id_r AS b, match_weight AS weight FROM {low.physical_name}) "
        f"TO '{out / 'edges.csv'}' (HEADER, DELIMITER ',')"
    )


if __name__ == "__main__":
    raise SystemExit(main())
