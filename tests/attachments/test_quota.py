"""How much the files of one user may take in all, where ATTACHMENTS_QUOTA_MB says so."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from taskapp.attachments import services
from taskapp.core.database import read_scalar
from taskapp.events.models import Event
from tests.api.test_attachments import Files
from tests.clients import Api
from tests.installations import Install, run
from tests.people import PASSWORD, Crowd
from tests.storages import stored_keys
from tests.web.site import Site

MIB = 1024 * 1024
Start = Callable[..., Flask]


@pytest.fixture
def app(apps: Start, database_url: str) -> Flask:
    return apps(database_url, ATTACHMENTS_QUOTA_MB=1)


@pytest.fixture
def sqlite_limited(apps: Start, sqlite_url: str) -> Flask:
    """The same on SQLite alone, for what no database can change."""
    return apps(sqlite_url, ATTACHMENTS_QUOTA_MB=1)


def send(api: Api, task_id: int, size: int) -> TestResponse:
    return Files(api, task_id).send(b"x" * size)


def count_events(app: Flask) -> int:
    with app.app_context():
        return int(read_scalar(select(func.count()).select_from(Event)))


def test_what_would_take_more_is_refused_and_nothing_is_left(app: Flask, people: Crowd) -> None:
    alice = people.alice.api
    task, other = alice.make_task()["id"], alice.make_task()["id"]
    assert send(alice, task, MIB - 100).status_code == 201
    files, events = stored_keys(app), count_events(app)

    refusal = send(alice, other, 101)

    assert refusal.status_code == 413
    assert refusal.mimetype == "application/problem+json"
    assert refusal.json["detail"] == (
        "This file does not fit: your files take 1.0 MiB of 1 MiB. Delete some first."
    )
    assert stored_keys(app) == files
    assert count_events(app) == events
    assert alice.get(f"/tasks/{other}/attachments").json["total"] == 0
    assert send(alice, other, 100).status_code == 201, "to the last byte"
    assert send(alice, other, 1).status_code == 413


def test_what_does_not_fit_anyway_is_not_even_stored(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = people.alice.api
    task = alice.make_task()["id"]
    monkeypatch.delattr(services, "store_file")
    assert send(alice, task, MIB + 1).status_code == 413


def test_a_file_that_comes_in_between_counts(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the first look at the room was before it: the file that was stored goes again."""
    alice = people.alice.api
    task = alice.make_task()["id"]
    assert send(alice, task, MIB - 100).status_code == 201
    files = stored_keys(app)
    monkeypatch.setattr(services, "expect_room", lambda _user_id, _size: None)
    assert send(alice, task, 101).status_code == 413
    assert stored_keys(app) == files
    assert alice.get(f"/tasks/{task}/attachments").json["total"] == 1


def test_deleting_makes_room(people: Crowd) -> None:
    alice = people.alice.api
    first, second = alice.make_task()["id"], alice.make_task()["id"]
    file = send(alice, first, MIB // 2).json["id"]
    assert send(alice, second, MIB // 2).status_code == 201
    assert send(alice, second, 1).status_code == 413
    assert alice.delete(f"/tasks/{first}/attachments/{file}").status_code == 204
    assert send(alice, first, MIB // 2).status_code == 201
    assert alice.delete(f"/tasks/{second}").status_code == 204
    assert send(alice, first, MIB // 2).status_code == 201


def test_a_file_counts_for_who_has_sent_it(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    task = alice.make_task(assignee_id=people.bob.id)["id"]
    file = send(bob, task, MIB)
    assert file.status_code == 201
    assert send(bob, bob.make_task()["id"], 1).status_code == 413
    assert send(alice, task, MIB).status_code == 201
    assert send(people.root.api, task, MIB).status_code == 201
    assert send(people.root.api, task, 1).status_code == 413, "admins have no more"
    assert alice.delete(f"/tasks/{task}/attachments/{file.json['id']}").status_code == 204
    assert send(bob, task, MIB).status_code == 201


def test_there_is_no_limit_unless_one_is_set(
    apps: Start, sqlite_url: str, count_queries: Callable[[], Any]
) -> None:
    app = apps(sqlite_url, ATTACHMENTS_QUOTA_MB=0)
    alice = Crowd(app).alice.api
    task = alice.make_task()["id"]
    with count_queries() as statements:
        for _ in range(3):
            assert send(alice, task, 10 * MIB).status_code == 201
    assert not any("sum(" in statement.lower() for statement in statements), "and it costs nothing"


def test_who_has_more_than_may_be_keeps_it(apps: Start, sqlite_url: str) -> None:
    alice = Crowd(apps(sqlite_url)).alice
    task = alice.api.make_task()["id"]
    path = f"/tasks/{task}/attachments/{send(alice.api, task, 2 * MIB).json['id']}"
    limited = Api(apps(sqlite_url, ATTACHMENTS_QUOTA_MB=1).test_client(), alice.token())
    assert limited.get(path).data == b"x" * 2 * MIB
    refusal = send(limited, task, 1)
    assert refusal.status_code == 413
    assert "your files take 2.0 MiB of 1 MiB" in refusal.json["detail"]


def test_a_backup_is_restored_whole(install: Install, tmp_path: Path) -> None:
    old, new = install("old"), install("new", ATTACHMENTS_QUOTA_MB=1)
    alice = Crowd(old).alice
    task = alice.api.make_task()["id"]
    assert send(alice.api, task, 2 * MIB).status_code == 201
    assert run(old, "backup", tmp_path / "backup.tar").exit_code == 0
    assert run(new, "restore", tmp_path / "backup.tar").exit_code == 0
    restored = Api(new.test_client(), alice.api.token)
    assert restored.get(f"/tasks/{task}/attachments").json["total"] == 1


def test_the_page_says_it_beside_the_field(sqlite_limited: Flask) -> None:
    alice = Crowd(sqlite_limited).alice
    path = f"/tasks/{alice.api.make_task()['id']}"
    site = Site(sqlite_limited.test_client())
    site.sign_in("alice", PASSWORD)
    file = (BytesIO(b"x" * (MIB + 1)), "file.bin")
    page = site.submit(path, f"{path}/attachments", file=file)
    assert page.status == 413
    assert "This file does not fit: your files take 0.0 MiB of 1 MiB." in page.text
    assert page.marked["file"]["aria-invalid"] == "true"
    assert alice.api.get(f"{path}/attachments").json["total"] == 0


def test_the_settings_tell_how_much_is_taken_where_there_is_a_limit(
    apps: Start, sqlite_url: str
) -> None:
    limited = apps(sqlite_url, ATTACHMENTS_QUOTA_MB=100)
    alice = Crowd(limited).alice
    task = alice.api.make_task()["id"]
    for app, told in ((limited, True), (apps(sqlite_url), False)):
        site = Site(app.test_client())
        site.sign_in("alice", PASSWORD)
        assert ("0.0 MiB of 100 MiB" in site.open("/settings").text) == told
        assert send(alice.api, task, 3 * MIB + MIB // 4).status_code == 201
        assert ("3.2 MiB of 100 MiB" in site.open("/settings").text) == told
