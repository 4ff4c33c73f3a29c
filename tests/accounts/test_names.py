"""The name that an account gets when only an address was given."""

from itertools import islice

import pytest

from taskapp.accounts.names import check_username, usernames_from


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("jo.doe+tag@example.org", "jo.doetag"),
        ("joe@example.org", "joe"),
        ("jo@example.org", "user-jo"),
        ("-@example.org", "user"),
        ("я@example.org", "user"),
        ("x" * 64 + "@example.org", "x" * 56),
    ],
)
def test_it_is_the_local_part_made_to_fit(email: str, name: str) -> None:
    assert next(usernames_from(email)) == check_username(name)


def test_when_it_is_taken_numbers_follow_and_all_of_them_fit() -> None:
    candidates = list(usernames_from("x" * 64 + "@example.org"))
    assert candidates[:3] == ["x" * 56, "x" * 56 + "2", "x" * 56 + "3"]
    assert candidates[-1] == "x" * 56 + "9999"
    assert all(check_username(name) for name in islice(candidates, 9_000, None))
