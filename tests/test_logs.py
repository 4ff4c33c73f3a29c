"""The log: one line for each change, with who did what, and how it ended."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp import create_app
from taskapp.accounts.models import User
from taskapp.core.database import close_connections
from taskapp.extensions import db
from tests.clients import Api
from tests.live import ROOT
from tests.log import logged
from tests.people import PASSWORD, Crowd
from tests.settings import SECRET_KEY, SETTINGS
from tests.web.site import Site


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

    lines = [json.loads(line) for line in logged(log_file).splitlines()]
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
    signed_in, refused = [json.loads(line) for line in logged(log_file).splitlines()]
    assert (signed_in["user"], signed_in["outcome"]) == ("alice", "ok")
    assert ("user" in refused, refused["outcome"]) == (False, "refused")


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_journey_leaves_no_secret_in_the_log(
    apps: Callable[..., Flask],
    sqlite_url: str,
    log_file: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the level, and though something goes wrong on the way."""
    app = apps(
        sqlite_url,
        LOG_FILE=str(log_file),
        LOG_FORMAT=form,
        LOG_LEVEL="DEBUG",
        PROPAGATE_EXCEPTIONS=False,
    )
    alice, browser = Crowd(app).alice, Site(app.test_client())
    who = {"login": "alice", "password": PASSWORD}
    secrets = [PASSWORD, "a wrong password", "a new password", "a-key-of-one-try", SECRET_KEY]

    with app.app_context():
        secrets += db.session.scalars(select(User.password_hash)).all()
    browser.sign_in("alice", "a wrong password")
    secrets.append(browser.open("/login").form("/login").values["csrf_token"])
    browser.sign_in("alice", PASSWORD, remember="y")
    secrets.append(browser.open("/settings").token)
    secrets += [cookie.value for cookie in browser.client._cookies.values()]

    token = alice.api.post("/auth/login", who).json["access_token"]
    secrets += [token, token.rpartition(".")[2]]
    api = Api(app.test_client(), token)
    api.post("/tasks", {"title": "Mine"}, headers={"Idempotency-Key": "a-key-of-one-try"})
    api.get(f"/tasks?token={token}")
    api.client.get("/ws", headers={"Authorization": f"Bearer {token}"})
    change = {"current_password": PASSWORD, "new_password": "a new password"}
    monkeypatch.setattr("taskapp.accounts.passwords.verify_password", fail)
    assert api.put("/auth/password", change).status_code == 500
    assert api.post("/auth/login", who).status_code == 500
    monkeypatch.undo()
    assert api.put("/auth/password", change).status_code == 204

    text = logged(log_file)
    assert text.count("Traceback") == 2
    assert "tasks.create_task" in text
    assert [secret for secret in secrets if secret in text] == []


FORKING = """
import os, sys
from taskapp import create_app
from taskapp.logs import log
from tests.settings import SETTINGS

create_app({**SETTINGS, "DATABASE_URL": "sqlite://", "LOG_FILE": sys.argv[1]})
log.info("in the parent")
child = os.fork()
for number in range(100):
    log.info(f"in the {'parent' if child else 'child'} {number}")
if child:
    os.waitpid(child, 0)
"""


def test_every_process_writes_all_its_lines_before_it_ends(log_file: Path) -> None:
    """With `--preload` the application is made before gunicorn forks its workers."""
    subprocess.run([sys.executable, "-c", FORKING, log_file], check=True, timeout=60, cwd=ROOT)
    lines = [line.partition("] ")[2] for line in log_file.read_text().splitlines()]
    expected = [f"in the {who} {number}" for who in ("parent", "child") for number in range(100)]
    assert sorted(lines) == sorted(["in the parent", *expected])
    assert [line for line in lines if "child" in line] == expected[100:], "in their order"


def fail(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError("the secret cause")


def test_an_error_of_the_database_does_not_tell_what_was_written(
    tmp_path: Path, log_file: Path
) -> None:
    url = f"sqlite:///{tmp_path}/never-migrated.db"
    app = create_app({**SETTINGS, "DATABASE_URL": url, "LOG_FILE": str(log_file)})
    who = {"username": "eve", "email": "eve@private.example", "password": PASSWORD}
    assert Api(app.test_client()).post("/auth/register", who).status_code == 503
    text = logged(log_file)
    assert "no such table: users" in text
    assert "private.example" not in text
    with app.app_context():
        close_connections()


def test_an_unexpected_error_is_told_to_the_log_and_not_to_the_client(
    apps: Callable[..., Flask], sqlite_url: str, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = apps(sqlite_url, LOG_FILE=str(log_file), LOG_FORMAT="json", PROPAGATE_EXCEPTIONS=False)

    monkeypatch.setattr("taskapp.tasks.queries.get_task", fail)
    response = Crowd(app).alice.api.get("/tasks/1")

    assert response.status_code == 500
    assert response.mimetype == "application/problem+json"
    assert "secret cause" not in response.text
    assert response.json["request_id"] in logged(log_file)
    assert "the secret cause" in logged(log_file)
