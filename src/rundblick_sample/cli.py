"""``rundblick-sample``: makes the sample company from the command line."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rundblick_sample.generate import generate

_EXAMPLE = """\
example:
  rundblick-sample /tmp/nordlicht --customers 2000 --seed 7
  rundblick check /tmp/nordlicht/exports --out report

OUT/exports holds what the eight systems would export, with a rundblick.toml.
OUT/truth holds what is true; nothing but an evaluation may read it.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when done, 2 when the arguments cannot be used."""
    parser = argparse.ArgumentParser(
        prog="rundblick-sample",
        description="Makes an invented German company with eight systems that do not know each other.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write to; must not hold a sample company yet")
    parser.add_argument(
        "--customers", type=int, default=2_000, metavar="N", help="people, 200 to 1,000,000 (default 2,000)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="the same seed makes the same bytes (default 1)"
    )
    parser.add_argument("--interactions", type=int, metavar="N", help="contacts in all (default: eight a customer)")
    options = parser.parse_args(argv)
    start = time.monotonic()

    def progress(done: int, wanted: int) -> None:
        rate = done / max(time.monotonic() - start, 1e-6)
        left = (wanted - done) / max(rate, 1e-6)
        print(
            f"\r{done:>10,} of {wanted:,} contacts, {rate:,.0f}/s, {left:,.0f} s left ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    try:
        summary = generate(options.out, options.customers, options.seed, options.interactions, progress)
    except (ValueError, OSError) as error:
        print(f"rundblick-sample: {error}", file=sys.stderr)
        return 2
    print(file=sys.stderr)
    print(
        f"{summary.customers:,} customers, {summary.interactions:,} contacts, {summary.concerns:,} concerns, "
        f"{summary.cases:,} cases, {summary.records:,} records in {time.monotonic() - start:.1f} s\n"
        f"exports: {summary.exports}\ntruth:   {summary.truth}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
