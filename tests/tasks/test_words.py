"""What a text is cut into, and when a search finds it: the definition, without a database."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskapp.tasks.words import runs_of, search_text


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", []),
        ("  \t\n ", []),
        ("?!… — “”", []),
        ("Buy milk, 2 eggs", [("buy",), ("milk",), ("2",), ("eggs",)]),
        ("e-mail don't", [("e",), ("mail",), ("don",), ("t",)]),
        ("100% a_b %", [("100%",), ("a_b",), ("%",)]),
        ("C++17", [("c", "+", "+", "17")]),
        ("5€ a+b", [("5", "€"), ("a", "+", "b")]),
        ("Straße STRASSE", [("strasse",), ("strasse",)]),
        ("ΣΊΣΥΦΟΣ", [("σίσυφοσ",)]),
        ("İI ıi", [("ii",), ("ii",)]),
        ("ＦＵＬＬ ﬁle", [("full",), ("file",)]),
        ("e\u0301te\u0301", [("été",)]),
        ("soft\u00adhyphen zero\u200bwidth", [("softhyphen",), ("zerowidth",)]),
        ("iPhone手机 x1", [("iphone", "手", "机"), ("x1",)]),
        ("東京へ", [("東", "京", "へ")]),
        ("ｶﾀｶﾅ", [("カ", "タ", "カ", "ナ")]),
        ("ไทย", [("ไ", "ท", "ย")]),
        ("한국어 텍스트", [("한국어",), ("텍스트",)]),
        ("☎️ 👩‍💻", [("☎",), ("👩", "💻")]),
    ],
)
def test_a_text_is_cut_into_runs_of_units(text: str, runs: list[tuple[str, ...]]) -> None:
    assert list(runs_of(text)) == runs


def test_a_unit_counts_by_its_first_letters() -> None:
    assert list(runs_of("x" * 100)) == [("x" * 64,)]


def test_the_stored_words_stand_once() -> None:
    assert search_text("Call Bob", "call bob, CALL 手机") == " __call. __bob. __手 __机."
    assert search_text("…", None) == ""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_case_never_matters(text: str) -> None:
    assert list(runs_of(text)) == list(runs_of(text.casefold()))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_stored_holds_neither_control_characters_nor_double_blanks(text: str) -> None:
    stored = search_text(text)
    assert "  " not in stored
    assert all(char >= " " for char in stored)
