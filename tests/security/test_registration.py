"""Registration that is closed: who is no admin gets no account, by no door.

The doors are found in the code: each view from which the making of accounts can be reached, at each
of its addresses. So a new one is tried here from its first day, and a registration that is closed
in the pages alone is noticed.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from taskapp.accounts.models import User
from taskapp.core.database import read_scalar
from taskapp.errors import API_BASE
from taskapp.limits import REGISTRATION
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.test_faces import reachable, views
from tests.web.site import Site

MAKING = ("taskapp.accounts.services", "create_account")
NEW = {"username": "newcomer", "email": "newcomer@example.org", "password": PASSWORD}
# What an anonymous caller might learn something from: a name that is taken, fields that are asked
# for, flags, no JSON at all, a parameter.
BODIES: list[dict[str, Any]] = [
    {"json": NEW},
    {"json": NEW | {"username": "root"}},
    {"json": NEW | {"role": "admin", "is_superuser": True}},
    {"json": {"nonsense": 1}},
    {"json": {}},
    {"data": "{", "content_type": "application/json"},
    {"data": "x" * 2_000_000, "content_type": "text/plain"},
    {"json": NEW, "query_string": {"nonsense": "1"}},
]


@pytest.fixture
def app(apps: Callable[..., Flask], sqlite_url: str) -> Flask:
    return apps(sqlite_url, REGISTRATION="closed")


def doors(app: Flask, face: str) -> Iterator[tuple[str, str]]:
    """The method and the path of every route of a face whose view can end in a new account."""
    making = {name for name in views(face) if MAKING in reachable({name})}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if (view.__module__, view.__name__) in making:
            assert getattr(view, "budget", None) == REGISTRATION, rule
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule


def count_users(app: Flask) -> int:
    with app.app_context():
        return int(read_scalar(select(func.count()).select_from(User)))


def test_the_doors_are_found(app: Flask) -> None:
    found = {("POST", f"{API_BASE}{path}") for path in ("/auth/register", "/register", "/users")}
    assert set(doors(app, "api")) == found
    assert set(doors(app, "web")) == {("POST", "/register"), ("POST", "/users")}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_who_is_no_admin_gets_no_account_over_the_api(
    app: Flask, api: Api, people: Crowd, body: dict[str, Any], slash: str
) -> None:
    callers = [api, people.alice.api]
    assert people.root
    before = count_users(app)
    for method, path in doors(app, "api"):
        for caller in callers:
            answer = caller.call(method, path.removeprefix(API_BASE) + slash, **body)
            assert answer.status_code == 403, path
            assert answer.mimetype == "application/problem+json"
            assert answer.json["detail"] == (
                "Registration is closed here. Ask an administrator for an account."
            )
            assert "errors" not in answer.json
    assert count_users(app) == before


@pytest.mark.parametrize("values", [NEW, {}, NEW | {"username": "root"}])
def test_who_is_no_admin_gets_no_account_on_a_page(
    app: Flask, people: Crowd, values: dict[str, str]
) -> None:
    anybody, alice = Site(app.test_client()), Site(app.test_client())
    assert people.root
    alice.sign_in(people.alice.username, PASSWORD)
    before = count_users(app)
    for method, path in doors(app, "web"):
        for site, shown in ((anybody, "/login"), (alice, "/tasks")):
            data = values | {"csrf_token": site.open(shown).token}
            answer = site.client.open(path, method=method, data=data, follow_redirects=True)
            assert answer.status_code == 403 or answer.request.path == "/login", path
            assert "name is taken" not in answer.text
    assert count_users(app) == before


def test_the_token_of_an_admin_opens_only_the_door_of_admins(people: Crowd) -> None:
    """The other doors look at no token, so they would not see that it may only read."""
    body = {"name": "Report", "scopes": ["tasks:read"]}
    token = people.root.api.post("/users/me/tokens", body).json["token"]
    reader = Api(people.root.api.client, token)
    for path in ("/auth/register", "/register", "/users"):
        assert reader.post(path, NEW).status_code == 403
    assert people.root.api.post("/auth/register", NEW).status_code == 403


def test_admins_make_accounts_that_work(people: Crowd, api: Api) -> None:
    made = people.root.api.post("/users", NEW | {"is_verified": True})
    assert (made.status_code, made.json["is_verified"]) == (201, True)
    login = {"login": "newcomer", "password": PASSWORD}
    assert api.post("/auth/login", login).status_code == 200


def test_an_admin_whose_role_was_taken_makes_none(people: Crowd) -> None:
    second = people.make("second", role="admin")
    assert people.root.api.patch(f"/users/{second.id}", {"role": "user"}).status_code == 200
    assert second.api.post("/users", NEW).status_code == 403


def test_who_has_an_account_goes_on(people: Crowd, api: Api) -> None:
    assert people.alice.api.patch("/users/me", {"username": "alice2"}).status_code == 200
    login = {"login": "alice2", "password": PASSWORD}
    assert api.post("/auth/login", login).status_code == 200
