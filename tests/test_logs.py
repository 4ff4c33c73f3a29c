"""The log: one line for each change, with who did what, and how it ended."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.clients import Api
from tests.people import PASSWORD, Crowd


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
def crowd(apps: Callable[..., Flask], sqlite_url: str, log_file: Path) -> Crowd:
    return Crowd(apps(sqlite_url, LOG_FILE=str(log_file), LOG_FORMAT="json"))


def test_each_change_leaves_one_line_in_the_file_and_on_stdout(
    crowd: Crowd, log_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api = crowd.alice.api
    capsys.readouterr()
    headers = {"X-Request-ID": "trace-1"}
    task = api.post("/tasks", {"title": "Logged"}, headers=headers).json
    api.patch(f"/tasks/{task['id']}", {"title": "Renamed"})
    api.patch(f"/tasks/{task['id']}", {"title": ""})
    api.delete(f"/tasks/{task['id']}")
    api.get("/tasks")

    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    told = [(line["operation"], line["status"], line["outcome"], line["user"]) for line in lines]
    assert told == [
        ("tasks.create_task", 201, "ok", "alice"),
        ("tasks.update_task", 200, "ok", "alice"),
        ("tasks.update_task", 422, "refused", "alice"),
        ("tasks.delete_task", 204, "ok", "alice"),
    ]
    assert lines[0]["request_id"] == "trace-1"
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_signing_in_tells_who(crowd: Crowd, log_file: Path) -> None:
    crowd.make("alice")
    api = Api(crowd.root.app.test_client())
    api.post("/auth/login", {"login": "alice@example.org", "password": PASSWORD})
    api.post("/auth/login", {"login": "alice", "password": "wrong password"})
    signed_in, refused = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert (signed_in["user"], signed_in["outcome"]) == ("alice", "ok")
    assert ("user" in refused, refused["outcome"]) == (False, "refused")


def test_no_secret_is_logged(crowd: Crowd, log_file: Path) -> None:
    token = crowd.alice.token()
    crowd.alice.api.post("/auth/login", {"login": "alice", "password": PASSWORD})
    crowd.alice.api.get("/users/me", headers={"Authorization": f"Bearer {token}"})
    text = log_file.read_text()
    assert PASSWORD not in text
    assert token not in text


def test_an_unexpected_error_is_told_to_the_log_and_not_to_the_client(
    apps: Callable[..., Flask], sqlite_url: str, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = apps(sqlite_url, LOG_FILE=str(log_file), LOG_FORMAT="json", PROPAGATE_EXCEPTIONS=False)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("the secret cause")

    monkeypatch.setattr("taskapp.tasks.queries.get_task", fail)
    response = Crowd(app).alice.api.get("/tasks/1")

    assert response.status_code == 500
    assert response.mimetype == "application/problem+json"
    assert "secret cause" not in response.text
    assert response.json["request_id"] in log_file.read_text()
    assert "the secret cause" in log_file.read_text()
