"""Cutting a faultless mail apart without the parser gives what the parser gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.channels.email import parts, tree
from tests.channels import golden

LINES = st.sampled_from(
    [
        "Text",
        "",
        "--a",
        "--b",
        "--a--",
        "--ab",
        " --a",
        "--a ",
        "-- ",
        "=3D=",
        "R3J1w58=",
        "From: x",
        "Content-Type: y/z",
    ]
)
BODY = st.lists(LINES, max_size=5).map("\n".join)
HEADS = st.sampled_from(
    [
        "",
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n",
        "Content-Type: application/pdf;\n name=a.pdf\nContent-Disposition: attachment\n",
        "Content-Type: image/png\nContent-ID: <1>\n",
        "Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: multipart/\n",
        "Kaputt\n",
    ]
)
LEAF = st.tuples(HEADS, BODY).map("\n".join)


@st.composite
def multipart(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    boundary = draw(st.sampled_from(["a", "b", "ab"]))
    subtype = draw(st.sampled_from(["mixed", "alternative", "related", "signed", "digest"]))
    quoted = draw(st.sampled_from([boundary, f'"{boundary}"', f'"{boundary} "']))
    children = draw(st.lists(inner, max_size=3))
    end = draw(st.sampled_from([f"\n--{boundary}--\n", f"\n--{boundary}--", f"\n--{boundary}\n", ""]))
    before = draw(st.sampled_from(["", "Vorspann\n"]))
    body = (
        before + f"--{boundary}\n" + f"\n--{boundary}\n".join(children) + end + draw(st.sampled_from(["", "Abspann\n"]))
    )
    return f"Content-Type: multipart/{subtype}; boundary={quoted}\n\n{body}"


MAIL = st.recursive(LEAF, multipart, max_leaves=6)


def everything(content: parts.Content) -> object:
    shown = [(piece.plain, piece.html, piece.plain_params) for piece in content.shown]
    attached = [(leaf.media_type, leaf.params, leaf.headers, leaf.data, leaf.disposition) for leaf in content.attached]
    rest = (content.status, content.originals, content.types, content.written, content.remarks)
    return content.headers, content.media_type, content.params, shown, attached, rest


def assert_alike(raw: bytes) -> bool:
    cut = tree.cut(raw)
    if cut is None:
        return False
    assert everything(parts._sorted(cut)) == everything(parts._sorted(*tree.parsed(raw)))
    return True


@given(MAIL, st.sampled_from(["\n", "\r\n"]))
def test_cut_parts_are_those_of_the_parser(mail: str, end: str) -> None:
    assert_alike(("From: anna@kunde.example\nSubject: x\n" + mail).replace("\n", end).encode())


def test_most_ordinary_mails_need_no_parser() -> None:
    alike = [path.stem for path in golden.mails() if assert_alike(path.read_bytes())]
    assert len(alike) > len(golden.mails()) / 2
    assert {"picture-in-html", "plain-part-empty", "html-only", "encodings-misspelt"} <= set(alike)


@pytest.mark.realdata
def test_real_mails_are_cut_as_the_parser_does(real_data: Path) -> None:
    mails = [path.read_bytes() for path in sorted((real_data / "mail").glob("*/*.eml"))]
    assert sum(assert_alike(raw) for raw in mails) > 350
