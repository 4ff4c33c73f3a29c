"""Passwords that everybody tries first: refused wherever one is set, if whoever runs it says so."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.web.site import Site

COMMON = ["password", "Password1", "QWERTYUIOP", "1234567890"]
COMPLAINT = "This is one of the most common passwords. Choose another."


@pytest.fixture
def app(apps: Callable[..., Flask], sqlite_url: str) -> Flask:
    return apps(sqlite_url, REFUSE_COMMON_PASSWORDS=True)


@pytest.mark.parametrize("password", COMMON)
def test_common_passwords_are_refused_on_both_faces(app: Flask, api: Api, password: str) -> None:
    new = {"username": "alice", "password": password}
    for path in ("/auth/register", "/users", "/register"):
        refused = api.post(path, new)
        assert refused.status_code == 422
        assert refused.json["errors"] == {"password": [COMPLAINT]}
    page = Site(app.test_client()).submit("/register", "/register", email="", **new)
    assert page.status == 422
    assert COMPLAINT in page.text
    assert api.post("/auth/register", new | {"password": PASSWORD}).status_code == 201


def test_nor_does_anybody_change_to_one(app: Flask, people: Crowd) -> None:
    change = {"current_password": PASSWORD, "new_password": COMMON[0]}
    refused = people.alice.api.put("/auth/password", change)
    assert refused.status_code == 422
    assert refused.json["errors"] == {"new_password": [COMPLAINT]}
    site = Site(app.test_client())
    site.sign_in("alice", PASSWORD)
    page = site.submit("/settings", "/settings/password", **change)
    assert page.status == 422
    assert COMPLAINT in page.text
    command = ["users", "set-password", "--username", "alice"]
    said = app.test_cli_runner().invoke(args=command, env={"TASKAPP_PASSWORD": COMMON[0]})
    assert said.exit_code == 1
    assert COMPLAINT in said.output


@pytest.mark.parametrize("password", COMMON)
def test_the_contract_takes_them(sqlite_app: Flask, password: str) -> None:
    new = {"username": "alice", "password": password}
    assert Api(sqlite_app.test_client()).post("/auth/register", new).status_code == 201


def test_who_has_one_may_go_on_signing_in(
    apps: Callable[..., Flask], sqlite_url: str, app: Flask
) -> None:
    new = {"username": "alice", "password": COMMON[0]}
    assert Api(apps(sqlite_url).test_client()).post("/auth/register", new).status_code == 201
    assert Api(app.test_client()).post("/auth/login", new).status_code == 200
