"""How names are compared."""

import pytest

from taskapp.core.text import comparison_key, is_storable


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
