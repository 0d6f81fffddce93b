"""HTML of strangers: its words are read, and looking at it does no harm."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.channels.email.body import html_to_text
from rundblick.channels.email.safe_html import safe_html

WORDS = {
    "paragraphs": ("<p>eins<p>zwei", "eins\n\nzwei"),
    "line breaks": ("eins<br>zwei<BR/>drei", "eins\nzwei\ndrei"),
    "white space is one space": ("a \n\t b<span> c</span>", "a b c"),
    "lists": ("<ul><li>a<li>b</ul>", "- a\n- b"),
    "tables": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
    "quotations": (
        "neu<blockquote>alt<br>älter<blockquote>ganz alt</blockquote></blockquote>",
        "neu\n> alt\n> älter\n> > ganz alt",
    ),
    "preformatted": ("<pre>a\n  b</pre>", "a\n  b"),
    "entities": ("a &lt; b &amp;amp; &euro; &#228;&nbsp;x", "a < b &amp; € ä x"),
    "a bracket that opens nothing": ("3 < 4 und 5 > 4", "3 < 4 und 5 > 4"),
    "brackets in attributes": ('<a title="a > b" href=x>Wort</a>', "Wort"),
    "scripts and styles": ("<style>p{}</style>a<script>if (a<b) x()</script>b<title>t</title>", "ab"),
    "comments": ("a<!-- <p>nicht</p> -->b<!-->c", "abc"),
    "comments for Word": ("<!--[if mso]><p>Word</p><![endif]-->a<![if !mso]>b<![endif]>", "ab"),
    "a style that never ends": ("a<style>p{}<p>b", "a"),
    "only a style that never ends": ("<style><p>Wort", "Wort"),
    "a tag that never ends": ("Wort<a href=", "Wort"),
    "invisible characters": ("Ru\u00adfen\u200b Sie", "Rufen Sie"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "text"), WORDS.values(), ids=WORDS.keys())
def test_words_are_read_with_their_lines(source: str, text: str) -> None:
    assert html_to_text(source) == text


PARTS = st.sampled_from(
    ["<p>", "</p>", "<div>", "<b", ">", "<", "<!--", "-->", '"', "'", "<script>", "</script>", "&", "&amp;", "</",
     "<a href='javascript:x'>", "<svg onload=x>", "<style>", "wort", " ", "<blockquote>", "<pre>", "<math><mtext>",
     "<img src=x>"]
)  # fmt: skip


@given(st.lists(st.one_of(PARTS, st.text(max_size=5)), max_size=30).map("".join))
def test_any_html_is_read_and_made_safe(source: str) -> None:
    html_to_text(source)
    shown = safe_html(source).html
    tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", shown)}
    assert not tags & {"script", "style", "svg", "math", "iframe", "object", "form", "input", "link", "meta", "base"}
    assert not re.search(r"<[^>]*\son\w+\s*=", shown)
    assert not re.search(r"<[^>]*(?:href|src)=\"\s*(?:javascript|vbscript|data:text)", shown, re.I)


@pytest.mark.parametrize(
    "attack",
    [
        "<img src=x onerror=alert(1)>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<p style='background:url(http://spur.example)'>x</p>",
        "<p style='position:fixed;top:0;width:100%;height:100%'>x</p>",
        "<p style='wi\\64th: expression(alert(1))'>x</p>",
        "<table background='http://spur.example/t.gif'><tr><td>x</td></tr></table>",
        "<link rel=stylesheet href=http://spur.example/s.css>x",
        "<meta http-equiv=refresh content='0;url=http://spur.example'>x",
        "<form action=http://spur.example><input name=pin></form>x",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
        "<img srcset='http://spur.example/a.gif 2x'>",
        "<video poster=http://spur.example/a.gif></video>x",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_an_attack_loads_nothing_and_runs_nothing(attack: str) -> None:
    shown = safe_html(attack).html
    assert "spur.example" not in shown
    assert not re.search(r"<[^>]*(?:onerror|script:|expression|position|svg)", shown)


def test_pictures_from_elsewhere_are_left_out_and_counted_until_the_reader_asks() -> None:
    source = '<img src="http://spur.example/a.gif"><img src="https://spur.example/b.gif"><img src="cid:bild@kunde">'
    closed = safe_html(source, images={"bild@kunde": "/attachments/7"})
    assert (closed.blocked, "spur.example" in closed.html, 'src="/attachments/7"' in closed.html) == (2, False, True)
    opened = safe_html(source, remote_images=True)
    assert (opened.blocked, opened.html.count("spur.example"), "cid:" in opened.html) == (0, 2, False)
    assert opened.html.count('referrerpolicy="no-referrer"') == 3


def test_a_link_leaves_without_a_trace() -> None:
    assert safe_html('<a href="https://kunde.example">x</a>').html == (
        '<a href="https://kunde.example" target="_blank" rel="noopener noreferrer nofollow">x</a>'
    )


@pytest.mark.parametrize(
    "endless",
    ["<div>" * 100_000, "<b>" * 100_000, "".join(f"<font color={n}>" for n in range(20_000)), "&" * 500_000,
     "<p>x" * 400_000],
    ids=["deep", "formatting", "formatting that differs", "entities", "long"],
)  # fmt: skip
def test_html_that_would_take_a_parser_minutes_is_shown_as_its_text(endless: str) -> None:
    shown = safe_html(endless + "Wort").html
    assert shown.startswith("<pre>") and "Wort" in shown
