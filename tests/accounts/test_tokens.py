"""What the service that makes access tokens refuses by itself, whichever face asks."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from taskapp.accounts.scopes import covers
from taskapp.accounts.tokens import create_token, list_tokens
from taskapp.core.errors import Forbidden, Invalid
from tests.people import Crowd

GOOD: dict[str, Any] = {"name": "Report", "scopes": ["tasks:read"], "expires_in_days": 90}


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " \t"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["tasks:read", "everything"]}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 367}, "expires_in_days"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(
    app: Flask, people: Crowd, change: dict[str, Any], field: str
) -> None:
    alice = people.alice.actor
    with app.app_context():
        with pytest.raises(Invalid) as refusal:
            create_token(alice, **GOOD | change)
        assert list(refusal.value.errors) == [field]
        assert list_tokens(alice).items == []


@pytest.mark.parametrize("change", [{"name": "x"}, {"name": "x" * 64}, {"expires_in_days": 366}])
def test_the_bounds_themselves_are_good(app: Flask, people: Crowd, change: dict[str, Any]) -> None:
    with app.app_context():
        _, row = create_token(people.alice.actor, **GOOD | change)
        assert row.name == (GOOD | change)["name"]


def test_no_token_makes_another_whatever_its_scopes(app: Flask, people: Crowd) -> None:
    for scopes in (frozenset[str](), frozenset({"users:write"})):
        program = replace(people.alice.actor, scopes=scopes)
        with app.app_context(), pytest.raises(Forbidden):
            create_token(program, **GOOD)


def test_who_may_write_may_read_and_nothing_else() -> None:
    granted = frozenset({"tasks:write", "records:read"})
    assert covers(granted, "tasks:write")
    assert covers(granted, "tasks:read")
    assert covers(granted, "records:read")
    for needed in ("records:write", "users:read", "tasks", "tasks:delete", "read", ""):
        assert not covers(granted, needed), needed
