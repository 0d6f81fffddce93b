"""Only what no page names is left out of the kit's stylesheet; static files are small and kept for good."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.templatetags.static import static
from django.test import Client

from rundblick.desk import assets
from rundblick.desk.purging import classes_in, purged, words_in

CSS = (
    '@charset "UTF-8";/*! licence { } */:root{--a:url("data:x;}{")}.btn,.lost{x:1}.btn:not(.lost):hover{x:2}'
    ".row>.lost{x:3}@media (min-width:1px){.lost{x:4}.btn:is(a,.row){x:5}}@media print{.lost{x:6}}"
    '@font-face{src:url(a)}@keyframes turn{0%{x:1}}[class^="col-"]{x:7}'
)


def test_what_nothing_names_goes_and_all_else_stays() -> None:
    assert purged(CSS, {"btn", "row"}) == (
        '@charset "UTF-8";:root{--a:url("data:x;}{")}.btn{x:1}.btn:not(.lost):hover{x:2}'
        "@media (min-width:1px){.btn:is(a,.row){x:5}}@font-face{src:url(a)}@keyframes turn{0%{x:1}}"
        '[class^="col-"]{x:7}'
    )
    assert classes_in(CSS) == {"btn", "lost", "row"}
    assert purged(purged(CSS, {"btn"}), {"btn"}) == purged(CSS, {"btn"})


def test_every_word_of_a_template_keeps_its_rules() -> None:
    full = assets.VENDOR.parent / assets.FULL
    if not full.is_file():
        pytest.skip("an installed wheel carries no full stylesheet")
    kept = (assets.VENDOR / "tabler.min.css").read_text(encoding="utf-8")
    assert purged(full.read_text(encoding="utf-8"), words_in([assets.HERE])) == kept
    assert {"btn", "form-control", "form-check-input", "table-responsive", "visually-hidden"} <= classes_in(kept)
    assert len(gzip.compress(kept.encode())) < 30_000


@pytest.mark.django_db
def test_static_files_are_compressed_versioned_and_kept_for_good() -> None:
    address = static("desk/desk.css")
    assert "?v=" in address and "?v=" not in static("vendor/inter-latin.woff2")
    answer = Client().get(address, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip" and "immutable" in answer["Cache-Control"]
    plain = (Path(assets.HERE) / "static" / "desk" / "desk.css").read_bytes()
    assert gzip.decompress(b"".join(answer.streaming_content)) == plain
    assert b"".join(Client().get(address).streaming_content) == plain
    assert Client().get("/static/vendor/.stamp").status_code in (302, 404)
