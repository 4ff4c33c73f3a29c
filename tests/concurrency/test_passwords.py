"""A password that is changed while somebody shows the old one: what that opens or changes ends.

A password takes a third of a second to verify, outside any transaction. Here somebody else changes
it, or an admin deactivates the user, in just this time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from taskapp.accounts import passwords, tokens
from tests.clients import Api
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

NEW_PASSWORD = "another-password-2"
Meanwhile = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`with meanwhile(act):` what is done inside finds that `act` came first."""

    @contextmanager
    def change(act: Callable[[], Any]) -> Iterator[None]:
        waiting = [act]

        def then(function: Callable[..., Any]) -> Callable[..., Any]:
            def run(*args: Any) -> Any:
                result = function(*args)
                if waiting:
                    with ThreadPoolExecutor(1) as pool:
                        pool.submit(waiting.pop()).result()
                return result

            return run

        with monkeypatch.context() as patch:
            patch.setattr(passwords, "verify_password", then(passwords.verify_password))
            patch.setattr(tokens, "check_scopes", then(tokens.check_scopes))
            yield
        assert not waiting, "nothing was in between"

    return change


def another(person: Person) -> Api:
    """A client of its own."""
    return Api(person.app.test_client(), person.token())


def change_password(person: Person) -> Callable[[], None]:
    """What changes a password, in a browser elsewhere."""
    api = another(person)

    def change() -> None:
        given = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert api.put("/auth/password", given).status_code == 204

    return change


def sign_in(person: Person, password: str) -> int:
    given = {"login": person.username, "password": password}
    return Api(person.app.test_client()).post("/auth/login", given).status_code


def test_a_sign_in_with_the_old_password_opens_nothing(people: Crowd, meanwhile: Meanwhile) -> None:
    with meanwhile(change_password(people.alice)):
        assert sign_in(people.alice, PASSWORD) == 401
    assert sign_in(people.alice, NEW_PASSWORD) == 200


def test_nor_does_one_in_a_browser(people: Crowd, app: Flask, meanwhile: Meanwhile) -> None:
    site = Site(app.test_client())
    act = change_password(people.alice)
    with meanwhile(act):
        assert site.sign_in("alice", PASSWORD).status == 401
    assert site.open("/tasks").address.startswith("/login")


def test_a_sign_in_of_somebody_who_is_deactivated_is_none_when_they_come_back(
    people: Crowd, meanwhile: Meanwhile
) -> None:
    path = f"/users/{people.alice.id}"
    with meanwhile(lambda: people.root.api.patch(path, {"is_active": False})):
        assert sign_in(people.alice, PASSWORD) == 401


def test_of_two_who_change_a_password_with_the_old_one_the_first_has_changed_it(
    people: Crowd, meanwhile: Meanwhile
) -> None:
    api = another(people.alice)
    with meanwhile(change_password(people.alice)):
        given = {"current_password": PASSWORD, "new_password": "somebody-else-3"}
        assert api.put("/auth/password", given).status_code == 401
    assert sign_in(people.alice, NEW_PASSWORD) == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/me/delete", {"current_password": PASSWORD}),
        ("/users/me/second-factor", {"password": PASSWORD}),
        ("/users/me/tokens", {"name": "x", "scopes": ["tasks:read"], "expires_in_days": 9}),
    ],
)
def test_what_a_sign_in_was_about_to_do_is_not_done_when_it_has_ended(
    people: Crowd, meanwhile: Meanwhile, path: str, body: dict[str, Any]
) -> None:
    api = another(people.alice)
    with meanwhile(change_password(people.alice)):
        assert api.post(path, body).status_code == 401
    assert sign_in(people.alice, NEW_PASSWORD) == 200, "no second factor is on, nobody is deleted"
    assert another(people.alice).get("/users/me/tokens").json["items"] == []


def test_nor_is_an_address_changed(people: Crowd, app: Flask, meanwhile: Meanwhile) -> None:
    site, alice = Site(app.test_client()), people.alice
    site.sign_in(alice.username, PASSWORD)
    form = site.open("/settings").form("/settings/email")
    with meanwhile(change_password(alice)):
        page = site.send(form, email="thief@example.org", current_password=PASSWORD)
    assert page.status == 401
    assert another(alice).get("/users/me").json["email"] == "alice@example.org"
