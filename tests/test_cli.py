"""The commands of an administrator."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.clients import Api
from tests.people import PASSWORD, Crowd

ADMIN = ["users", "create-admin", "--username", "boss", "--email", "boss@example.org"]


def test_an_admin_is_created_with_the_password_of_the_environment(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKAPP_PASSWORD", PASSWORD)
    result = app.test_cli_runner().invoke(args=ADMIN)
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output

    token = api.post("/auth/login", {"login": "boss", "password": PASSWORD}).json["access_token"]
    assert Api(api.client, token).get("/users/me").json["is_superuser"] is True


def test_an_admin_is_created_where_registration_is_closed(
    apps: Callable[..., Flask], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKAPP_PASSWORD", PASSWORD)
    app = apps(sqlite_url, REGISTRATION="closed")
    result = app.test_cli_runner().invoke(args=ADMIN)
    assert result.exit_code == 0, result.output
    login = {"login": "boss", "password": PASSWORD}
    assert Api(app.test_client()).post("/auth/login", login).status_code == 200


def test_the_password_is_asked_for_and_not_shown(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TASKAPP_PASSWORD", raising=False)
    result = app.test_cli_runner().invoke(args=ADMIN, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output


def test_what_is_refused_is_said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKAPP_PASSWORD", "short")
    result = app.test_cli_runner().invoke(args=ADMIN)
    assert result.exit_code == 1
    assert "at least 8 characters" in result.output

    monkeypatch.setenv("TASKAPP_PASSWORD", PASSWORD)
    result = app.test_cli_runner().invoke(args=["users", "set-password", "--username", "nobody"])
    assert (result.exit_code, "There is no user 'nobody'." in result.output) == (1, True)


def test_users_are_listed(app: Flask, people: Crowd) -> None:
    people.make("alice")
    people.make("root", role="admin")
    lines = app.test_cli_runner().invoke(args=["users", "list"]).output.splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        ["alice", "alice@example.org", "user", "active"],
        ["root", "root@example.org", "admin", "active"],
    ]


def test_a_new_password_ends_every_session(
    app: Flask, people: Crowd, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert people.alice.api.get("/users/me").status_code == 200
    monkeypatch.setenv("TASKAPP_PASSWORD", "another password")
    command = ["users", "set-password", "--username", "alice@example.org"]
    assert app.test_cli_runner().invoke(args=command).exit_code == 0

    assert people.alice.api.get("/users/me").status_code == 401
    new = {"login": "alice", "password": "another password"}
    assert api.post("/auth/login", new).status_code == 200


def test_an_account_is_deleted_after_a_question(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    command = ["users", "delete", "--username", "alice@example.org"]
    refused = app.test_cli_runner().invoke(args=command, input="n\n")
    assert refused.exit_code == 1
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task

    done = app.test_cli_runner().invoke(args=[*command, "--yes"])
    assert done.exit_code == 0, done.output
    assert people.alice.api.get("/users/me").status_code == 401
    assert people.root.api.get(f"/tasks/{task['id']}").status_code == 404

    again = app.test_cli_runner().invoke(args=[*command, "--yes"])
    assert (again.exit_code, "There is no user" in again.output) == (1, True)
    last = app.test_cli_runner().invoke(args=["users", "delete", "--username", "root", "--yes"])
    assert (last.exit_code, "last active admin" in last.output) == (1, True)
