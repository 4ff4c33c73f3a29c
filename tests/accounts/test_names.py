"""What a name may be, and the one that an account gets when only an address was given."""

from collections.abc import Callable
from itertools import islice

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
    candidates = list(usernames_from("x" * 64 + "@example.org"))
    assert candidates[:3] == ["x" * 56, "x" * 56 + "2", "x" * 56 + "3"]
    assert candidates[-1] == "x" * 56 + "9999"
    assert all(check_username(name) for name in islice(candidates, 9_000, None))
