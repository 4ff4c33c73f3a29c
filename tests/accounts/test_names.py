"""What a name may be, and the one that an account gets when only an address was given."""

from collections.abc import Callable

import pytest

from taskapp.accounts.names import check_email, check_timezone, check_username, usernames_from
from taskapp.core.errors import Invalid


@pytest.mark.parametrize(
    ("check", "field", "good", "bad"),
    [
        (check_username, "username", "a.b", "ab"),
        (check_username, "username", "x" * 64, "x" * 65),
        (check_username, "username", "A-Z_09", "a b c"),
        (check_email, "email", "a@example.org", "a@example"),
        (check_email, "email", "ä@bücher.example.org", "a b@example.org"),
        (check_email, "email", "x" * 64 + "@example.org", "x" * 65 + "@example.org"),
        (check_timezone, "timezone", "Europe/Berlin", "Europe/Nowhere"),
    ],
)
def test_what_may_not_be_is_refused_by_name(
    check: Callable[[str], str], field: str, good: str, bad: str
) -> None:
    assert check(good) == good
    with pytest.raises(Invalid) as refusal:
        check(bad)
    assert list(refusal.value.errors) == [field]


def test_an_address_is_kept_in_its_normal_form() -> None:
    assert check_email(" Jo@EXAMPLE.org ") == "Jo@example.org"


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("jo.doe+tag@example.org", "jo.doetag"),
        ("joe@example.org", "joe"),
        ("jo@example.org", "user-jo"),
        ("X@example.org", "user-X"),
        ("-@example.org", "user"),
        ("я@example.org", "user"),
        ("x" * 64 + "@example.org", "x" * 56),
    ],
)
def test_it_is_the_local_part_made_to_fit(email: str, name: str) -> None:
    assert next(usernames_from(email)) == check_username(name)


def test_when_it_is_taken_numbers_follow_and_all_of_them_fit() -> None:
    base = "x" * 56
    candidates = list(usernames_from("x" * 64 + "@example.org"))
    assert candidates[:9] == [base, *(f"{base}{number}" for number in range(2, 10))]
    assert [len(name) - len(base) for name in candidates[9:]] == [4, 5, 6, 7, 8]
    assert all(check_username(name) for name in candidates)
    assert candidates[9:] != list(usernames_from("x" * 64 + "@example.org"))[9:]
