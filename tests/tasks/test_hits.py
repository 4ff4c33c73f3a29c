"""What of a text is marked in the answer to a search: just what was found in it."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskapp.tasks.hits import find_hits
from taskapp.tasks.words import pattern_of, runs_of, search_text

# Letters that fold to several, or together; that are units by themselves, or are passed over.
LETTERS = "aAbßİIiı\u0307e\u0301\u0323éﬁＦ -_%+手机京\u00ad\u200bก\u0e34ᄒ\u1161\u11ab👩💻\ufe0f"
TEXTS = st.text(st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"]), max_size=20)


def marked(text: str, q: str) -> str:
    """The text with [brackets] around its hits."""
    shown = text
    for first, last in reversed(find_hits(text, q)):
        shown = f"{shown[:first]}[{shown[first:last]}]{shown[last:]}"
    return shown


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("Buy milk, and milkshake", "MILK", "Buy [milk], and [milk]shake"),
        ("Buy milk and eggs", "egg buy", "[Buy] milk and [egg]s"),
        ("Buy silk", "ilk", "Buy silk"),
        ("milk milky", "milk milky", "[milk] [milky]"),
        ("e-mail Bob", "e-mail", "[e]-[mail] Bob"),
        ("Learn C++ today", "c+", "Learn [C+]+ today"),
        ("a+b c", "+b", "a[+b] c"),
        ("Große Straße", "STRASSE", "Große [Straße]"),
        ("Straße", "stras", "[Straß]e"),
        ("ﬁle ＦＵＬＬ", "f", "[ﬁ]le [Ｆ]ＵＬＬ"),
        ("cafe\u0301 cafe", "café", "[cafe\u0301] cafe"),
        ("İstanbul ISPARTA ışık", "i", "[İ]stanbul [I]SPARTA [ı]şık"),
        ("soft\u00adhyphen", "softh", "[soft\u00adh]yphen"),
        ("明天去北京开会", "北京", "明天去[北京]开会"),
        ("ｶﾞｷﾞ", "ガ", "[ｶﾞ]ｷﾞ"),
        ("iPhone手机", "phone", "iPhone手机"),
        ("iPhone手机", "手", "iPhone[手]机"),
        ("100% of it", "100%", "[100%] of it"),
        ("<b>bold</b>", "b", "<[b]>[b]old</[b]>"),
        ("x" * 100, "x" * 80, "[" + "x" * 64 + "]" + "x" * 36),
        ("anything", "", "anything"),
        ("anything", "!?", "anything"),
        ("", "a", ""),
    ],
)
def test_what_was_found_is_marked(text: str, q: str, expected: str) -> None:
    assert marked(text, q) == expected


@given(TEXTS, TEXTS)
@example("e\u0301\u0323a", "ẹ́a")
@example("i\u0307", "i")
def test_a_word_is_marked_just_where_the_search_finds_it(text: str, q: str) -> None:
    for run in runs_of(q):
        is_found = pattern_of(run) in search_text(text)
        assert bool(find_hits(text, "".join(run))) == is_found, run


@given(TEXTS, st.data())
def test_whatever_stands_in_a_text_is_found_and_marked(text: str, data: st.DataObject) -> None:
    runs = list(runs_of(text))
    if not runs:
        return
    wanted = "".join(data.draw(st.sampled_from(runs)))
    hits = find_hits(text, wanted)
    assert hits
    assert all(0 <= first < last <= len(text) for first, last in hits)
    assert all(list(runs_of(text[first:last])) for first, last in hits)
    assert all(one[1] < other[0] for one, other in pairwise(hits))
