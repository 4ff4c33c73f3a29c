"""How names are compared."""

import pytest

from taskapp.core.text import comparison_key, is_storable, whole_number


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Alice", "aLICE", True),
        ("straße", "STRASSE", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("José", "José", True),
        (" alice ", "alice", True),
        ("jose", "josé", False),
        ("alice", "alicia", False),
    ],
)
def test_names_compare_without_case_and_outer_blanks(one: str, other: str, same: bool) -> None:
    assert (comparison_key(one) == comparison_key(other)) is same


def test_what_no_database_can_hold_is_found() -> None:
    assert is_storable("Grüße 🎉")
    assert not is_storable("a\x00b")
    assert not is_storable("a\ud800b")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), (str(2**63 - 1), 2**63 - 1)],
)
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " 7", "7\n", "+7", "-7", "7.0", "1_000", "\uff17", "\u0667", str(2**63), "9" * 5000],
)
def test_other_text_is_no_number(text: str) -> None:
    assert whole_number(text) is None


def test_a_number_may_have_a_bound() -> None:
    assert (whole_number("100", most=100), whole_number("101", most=100)) == (100, None)
