"""Weighed matching on public data with truth. A child process resolves and never sees the truth; this one judges."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rundblick.core.message import Party
from tests.customers.town import pairwise

RESOLVE = """
import sys, msgspec
from rundblick.core.message import Party
from rundblick.customers.matching import resolve
parties = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Party])
sys.stdout.buffer.write(msgspec.msgpack.encode(resolve(parties).clusters))
"""


def clusters_of(parties: list[Party]) -> list[list[int]]:
    """What another process finds, which is given the parties' facts alone, without their keys."""
    bare = [Party(party.system, str(i), party.identifiers, party.facts) for i, party in enumerate(parties)]
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE], input=msgspec.msgpack.encode(bare), stdout=subprocess.PIPE, check=True
    )
    return msgspec.msgpack.decode(done.stdout, type=list[list[int]])


def febrl(path: Path) -> tuple[list[Party], list[int]]:
    parties, truth = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            facts = {
                "first_name": row["given_name"],
                "last_name": row["surname"],
                "street": f"{row['address_1']} {row['street_number']}".strip(),
                "address_2": row["address_2"],
                "city": row["suburb"],
                "postcode": row["postcode"],
                "state": row["state"],
                "birth_date": row["date_of_birth"],
                "personal_no": row["soc_sec_id"],
            }
            parties.append(Party(path.stem, row["rec_id"], (), {name: value for name, value in facts.items() if value}))
            truth.append(int(row["rec_id"].split("-")[1]))
    return parties, truth


@pytest.mark.realdata
def test_five_thousand_records_of_two_thousand_people_are_found_again(real_data: Path) -> None:
    parties, truth = febrl(real_data / "identity" / "splink" / "dataset3.csv")
    precision, recall = pairwise(clusters_of(parties), truth)
    assert 2 * precision * recall / (precision + recall) >= 0.999
