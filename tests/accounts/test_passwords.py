"""Which passwords may be used, and that none is ever cut."""

from collections.abc import Iterator

import pytest
from flask import Flask

from taskapp.accounts.passwords import check_password, hash_password, verify_password
from taskapp.core.errors import Invalid


@pytest.fixture(autouse=True)
def app(sqlite_app: Flask) -> Iterator[Flask]:
    with sqlite_app.app_context():
        yield sqlite_app


@pytest.mark.parametrize("password", ["quiet fo", "x" * 72, "é" * 36, "ééééxxxx", " " * 8])
def test_from_8_characters_to_72_bytes(password: str) -> None:
    check_password(password)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("x" * 7, "Use at least 8 characters."),
        ("é" * 7, "Use at least 8 characters."),
        ("x" * 73, "Use at most 72 bytes."),
        ("é" * 37, "Use at most 72 bytes."),
        ("nul\0nul\0", "Leave out the NUL character."),
    ],
)
def test_what_may_not_be_used_is_told_beside_the_field(password: str, complaint: str) -> None:
    for field in ("password", "new_password"):
        with pytest.raises(Invalid) as refusal:
            check_password(password, field)
        assert refusal.value.errors == {field: [complaint]}
    with pytest.raises(Invalid) as refusal:
        check_password(password)
    assert list(refusal.value.errors) == ["password"]


def test_only_the_whole_password_matches() -> None:
    whole = "x" * 72
    stored = hash_password(whole)
    assert stored.startswith("$2b$04$"), "as many rounds as the settings say"
    assert stored != hash_password(whole), "each with a salt of its own"
    assert verify_password(whole, stored)
    for other in (whole[:-1], whole + "x", whole + "\0", whole[:8] + "\0", "", "X" * 72):
        assert not verify_password(other, stored)
    # What is refused is compared as the empty password, which must open nothing by that.
    empty = hash_password("")
    assert not verify_password("x" * 73, empty)
    assert not verify_password("nul\0nul\0", empty)


def test_where_there_is_no_hash_nothing_matches() -> None:
    for password in ("", "nobody's password", "x" * 8):
        assert not verify_password(password, None)
