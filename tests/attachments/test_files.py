"""The bytes follow the rows: no row lacks its file, and no file stays without a row."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from taskapp.accounts.models import User
from taskapp.attachments import services
from taskapp.attachments.models import Attachment
from taskapp.attachments.storage import storage
from taskapp.attachments.sweep import sweep_orphans
from taskapp.core.database import read_all, read_scalar
from taskapp.core.errors import Unavailable
from taskapp.extensions import db
from tests.clients import Api
from tests.people import Crowd, Person
from tests.storages import stored_keys

AT_ONCE = timedelta(seconds=-5)  # S3 keeps times in whole seconds


@pytest.fixture
def app(files_app: Flask) -> Flask:
    return files_app


@pytest.fixture
def sqlite_disk_app(make_files_app: Callable[[str, str], Flask]) -> Flask:
    return make_files_app("sqlite", "disk")


def attach(person: Person, task_id: int, content: bytes = b"content") -> int:
    """Attach a file over the API and return the attachment's id."""
    response = person.api.post(
        f"/tasks/{task_id}/attachments", data={"file": (BytesIO(content), "file.txt")}
    )
    assert response.status_code == 201, response.text
    return response.json["id"]


def count_rows(app: Flask) -> int:
    with app.app_context():
        return read_scalar(select(func.count()).select_from(Attachment))


@contextmanager
def failing(target: Any, name: str) -> Iterator[None]:
    """Let an event of SQLAlchemy end in an error."""

    def fail(*_args: Any) -> None:
        raise RuntimeError(f"{name} fails")

    event.listen(target, name, fail)
    try:
        yield
    finally:
        event.remove(target, name, fail)


def test_a_transaction_that_fails_leaves_no_file(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    with failing(Session, "before_flush"):
        response = people.alice.api.post(
            f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"content"), "file.txt")}
        )
    assert response.status_code == 500
    assert (count_rows(app), stored_keys(app)) == (0, set())


def test_an_event_that_cannot_be_written_leaves_no_file(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()

    def fail(*_args: Any) -> list[int]:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("taskapp.events.log._write", fail)
        response = people.alice.api.post(
            f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"content"), "file.txt")}
        )
    assert response.status_code == 500
    assert (count_rows(app), stored_keys(app)) == (0, set())


def test_a_commit_whose_answer_is_lost_leaves_its_file_to_the_sweep(
    app: Flask, people: Crowd
) -> None:
    task = people.alice.api.make_task()
    with app.app_context():
        engine = db.engine
    with failing(engine, "commit"):
        response = people.alice.api.post(
            f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"content"), "file.txt")}
        )
    assert response.status_code == 500
    assert count_rows(app) == 0
    assert len(stored_keys(app)) == 1

    with app.app_context():
        assert sweep_orphans() == 0
        assert sweep_orphans(AT_ONCE) == 1
    assert stored_keys(app) == set()


def test_a_task_that_goes_while_its_file_is_stored_leaves_no_file(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    with app.app_context():
        chosen = storage()
    save = chosen.save

    def save_slowly(key: str, file: IO[bytes]) -> None:
        save(key, file)
        assert people.root.api.delete(f"/tasks/{task['id']}").status_code == 204

    people.root.token()
    monkeypatch.setattr(chosen, "save", save_slowly)
    response = people.alice.api.post(
        f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"content"), "file.txt")}
    )
    assert response.status_code == 404
    assert (count_rows(app), stored_keys(app)) == (0, set())


def test_others_can_write_while_a_file_is_stored(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    with app.app_context():
        chosen = storage()
    save = chosen.save

    def save_slowly(key: str, file: IO[bytes]) -> None:
        began = time.monotonic()
        people.bob.api.make_task("written meanwhile")
        people.alice.api.patch(f"/tasks/{task['id']}", {"title": "changed meanwhile"})
        assert time.monotonic() - began < 5
        save(key, file)

    people.bob.token()
    monkeypatch.setattr(chosen, "save", save_slowly)
    attach(people.alice, task["id"])


def test_a_storage_whose_answer_is_lost_leaves_its_file_to_the_sweep(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    with app.app_context():
        chosen = storage()
    save = chosen.save

    def save_but_time_out(key: str, file: IO[bytes]) -> None:
        save(key, file)
        raise Unavailable("The store of files does not answer.")

    monkeypatch.setattr(chosen, "save", save_but_time_out)
    response = people.alice.api.post(
        f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"content"), "file.txt")}
    )
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.mimetype == "application/problem+json"
    assert count_rows(app) == 0
    with app.app_context():
        assert sweep_orphans(AT_ONCE) == 1
    assert stored_keys(app) == set()


def test_a_deleted_attachment_takes_its_file_along(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    gone = attach(people.alice, task["id"])
    attach(people.alice, task["id"])

    assert people.alice.api.delete(f"/tasks/{task['id']}/attachments/{gone}").status_code == 204

    with app.app_context():
        kept = {row.storage_key for row in read_all(select(Attachment.storage_key))}
    assert stored_keys(app) == kept
    assert len(kept) == 1


def test_a_delete_that_is_undone_keeps_the_file(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    attachment = attach(people.alice, task["id"])
    with failing(Session, "before_commit"):
        assert people.alice.api.delete(f"/tasks/{task['id']}").status_code == 500
    with failing(Session, "before_commit"):
        path = f"/tasks/{task['id']}/attachments/{attachment}"
        assert people.alice.api.delete(path).status_code == 500
    assert people.alice.api.get(path).data == b"content"

    # What was noted then is forgotten: a later transaction does not remove the file.
    people.alice.api.make_task()
    assert people.alice.api.get(path).data == b"content"


def test_a_file_that_cannot_be_deleted_is_found_by_the_sweep(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    attachment = attach(people.alice, task["id"])
    path = f"/tasks/{task['id']}/attachments/{attachment}"
    with app.app_context():
        chosen = storage()

    def fail(_keys: list[str]) -> None:
        raise Unavailable("The store of files does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(chosen, "delete", fail)
        assert people.alice.api.delete(path).status_code == 204
    assert people.alice.api.get(path).status_code == 404
    assert len(stored_keys(app)) == 1

    with app.app_context():
        assert sweep_orphans(AT_ONCE) == 1
    assert stored_keys(app) == set()


def test_a_deleted_task_takes_its_files_along(app: Flask, people: Crowd) -> None:
    task, other = people.alice.api.make_task(), people.alice.api.make_task()
    for _ in range(3):
        attach(people.alice, task["id"])
    attach(people.alice, other["id"])
    assert people.alice.api.delete(f"/tasks/{task['id']}").status_code == 204
    assert count_rows(app) == 1
    assert len(stored_keys(app)) == 1


def test_a_deleted_user_takes_the_files_of_their_tasks_along(app: Flask, people: Crowd) -> None:
    of_alice = people.alice.api.make_task(assignee_id=people.bob.id)
    attach(people.alice, of_alice["id"])
    attach(people.bob, of_alice["id"])
    of_bob = people.bob.api.make_task(assignee_id=people.alice.id)
    from_alice = attach(people.alice, of_bob["id"])

    with app.app_context():
        db.session.delete(db.session.get(User, people.alice.id))
        db.session.commit()

    # What she sent to somebody else's task belongs to that task.
    listed = people.bob.api.get(f"/tasks/{of_bob['id']}/attachments").json["items"]
    assert [(item["id"], item["user_id"]) for item in listed] == [(from_alice, None)]
    assert count_rows(app) == 1
    assert len(stored_keys(app)) == 1


def test_a_file_deleted_while_it_is_asked_for_is_not_found(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    path = f"/tasks/{task['id']}/attachments/{attach(people.alice, task['id'])}"
    with app.app_context():
        chosen = storage()
    open_file = chosen.open

    def open_late(*args: Any) -> IO[bytes]:
        assert people.root.api.delete(path).status_code == 204
        return open_file(*args)

    people.root.token()
    monkeypatch.setattr(chosen, "open", open_late)
    assert people.alice.api.get(path).status_code == 404


def test_a_file_that_is_lost_is_an_error(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    attachment = attach(people.alice, task["id"])
    with app.app_context():
        storage().delete(stored_keys(app))
    path = f"/tasks/{task['id']}/attachments/{attachment}"
    assert people.alice.api.get(path).status_code == 500
    assert people.alice.api.delete(path).status_code == 204


def test_uploads_and_deletes_at_once_leave_nothing_behind(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    path = f"/tasks/{task['id']}"
    token = people.alice.api.token

    def send(number: int) -> int:
        api = Api(app.test_client(), token)
        if number == 8:
            return api.delete(path).status_code
        data = {"file": (BytesIO(b"content"), "file.txt")}
        sent = api.post(f"{path}/attachments", data=data)
        if sent.status_code == 201 and number % 2:
            gone = api.delete(f"{path}/attachments/{sent.json['id']}")
            assert gone.status_code in {204, 404}
        return sent.status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, range(16)))

    assert statuses.pop(8) == 204
    assert set(statuses) <= {201, 404}
    assert (count_rows(app), stored_keys(app)) == (0, set())


def test_a_savepoint_does_not_settle_anything(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    attachment = attach(people.alice, task["id"])
    actor, task_id = people.alice.actor, task["id"]
    with app.app_context():
        with db.session.begin_nested():
            services.delete_attachment(actor, task_id, attachment)
        db.session.rollback()
        assert len(stored_keys(app)) == 1

        with db.session.begin_nested():
            services.create_attachment(
                actor, task_id, filename="x", content_type="", file=BytesIO(b"more")
            )
        db.session.rollback()
        assert len(stored_keys(app)) == 1


def test_the_sweep_removes_old_orphans_alone(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = people.alice.api.make_task()
    attach(people.alice, task["id"])
    with app.app_context():
        kept = stored_keys(app)
        for number in range(5):
            storage().save(f"{number:032x}", BytesIO(b"orphan"))
        monkeypatch.setattr("taskapp.attachments.sweep._AT_ONCE", 2)
        assert sweep_orphans() == 0
        assert len(stored_keys(app)) == 6
        assert sweep_orphans(AT_ONCE) == 5
        assert stored_keys(app) == kept


def test_the_sweep_is_a_command(sqlite_disk_app: Flask) -> None:
    with sqlite_disk_app.app_context():
        for key in ("0" * 32, "1" * 32):
            storage().save(key, BytesIO(b"orphan"))
    folder = Path(sqlite_disk_app.config["STORAGE_URL"].removeprefix("file://"))
    two_hours_ago = time.time() - 7200
    os.utime(folder / "00" / ("0" * 32), (two_hours_ago, two_hours_ago))

    result = sqlite_disk_app.test_cli_runner().invoke(args=["attachments", "sweep"])

    assert result.output == "Files removed: 1\n"
    assert stored_keys(sqlite_disk_app) == {"1" * 32}
