"""A backup holds the database and the files as they were together, and brings them back."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE
from tarfile import open as open_tar
from threading import Event
from typing import Any

import orjson
import pytest
from flask import Flask

from taskapp.backup import create
from tests.clients import Api
from tests.installations import Install, attach, close, contents, database_of, run
from tests.people import Crowd
from tests.storages import stored_keys


def filled(app: Flask) -> Api:
    """Somebody with a task and two files; who signs in."""
    alice = Crowd(app).alice.api
    task = alice.make_task("Prüfen 検討", description="x" * 5000, due_date="2026-11-30")
    attach(alice, task["id"], b"first", "Bericht ä.txt")
    attach(alice, task["id"], bytes(200_000), "zeros.bin")
    alice.post("/task-records", {"task_id": task["id"], "time_spent": 30})
    return alice


def answers(api: Api) -> list[Any]:
    """All that a client can see."""
    seen = [api.get(path) for path in ("/users/me", "/tasks", "/tasks/1", "/task-records")]
    files = api.get("/tasks/1/attachments").json["items"]
    downloads = [api.get(f"/tasks/1/attachments/{file['id']}").data for file in files]
    return [(r.status_code, r.json, r.headers.get("ETag")) for r in seen] + [files, downloads]


@pytest.mark.parametrize("kind", ["disk", "s3"])
def test_what_is_restored_is_what_was_backed_up(
    install: Install, tmp_path: Path, kind: str
) -> None:
    old, new, file = install("old", kind), install("new", kind), tmp_path / "backup.tar"
    alice = filled(old)
    before, seen = contents(old), answers(alice)

    made = run(old, "backup", file)
    assert made.exit_code == 0, made.output
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert "1 tasks" in made.output
    assert "2 files" in made.output

    restored = run(new, "restore", file)
    assert restored.exit_code == 0, restored.output
    assert made.output.split(" to ")[0].removeprefix("Backed up") in restored.output
    assert contents(new) == before
    assert answers(Api(new.test_client(), alice.token)) == seen, "the same token, even"
    found = Api(new.test_client(), alice.token).get("/tasks?q=prüfen").json
    assert [task["id"] for task in found["items"]] == [1]
    assert S_IMODE(database_of(new).stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new", "backup.tar"}


def test_any_tar_program_unpacks_it(install: Install, tmp_path: Path) -> None:
    app, file = install("old"), tmp_path / "backup.tar"
    filled(app)
    run(app, "backup", file)
    with open_tar(file) as tar:
        held = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    manifest = orjson.loads(held["manifest.json"])
    assert manifest["counts"]["attachments"] == 2
    assert manifest["members"] == {
        name: sha256(held[name]).hexdigest()
        for name in held
        if name not in ("manifest.json", "sha256")
    }
    before_seal = file.read_bytes().index(b"sha256\0")
    assert held["sha256"].decode() == sha256(file.read_bytes()[:before_seal]).hexdigest()


def test_it_is_made_while_people_work(install: Install, tmp_path: Path) -> None:
    old, new, file = install("old"), install("new"), tmp_path / "backup.tar"
    alice = Crowd(old).alice
    task = alice.api.make_task("The first")["id"]
    early = attach(alice.api, task, b"early")
    token, stop, halfway = alice.token(), Event(), Event()

    def work(number: int) -> int:
        api, turn = Api(old.test_client(), token), 0
        while not stop.is_set():
            turn += 1
            api.make_task(f"{number}.{turn}")
            kept = attach(api, task, f"{number}.{turn}".encode() * 1000)
            if turn % 2:
                path = f"/tasks/{task}/attachments/{kept['id']}"
                assert api.delete(path).status_code == 204
            if turn == 3:
                halfway.set()
        return turn

    with ThreadPoolExecutor(3) as workers:
        working = [workers.submit(work, number) for number in range(3)]
        assert halfway.wait(60)
        with old.app_context():
            report = create.create_backup(file)
        stop.set()
        assert sum(worker.result() for worker in working) > 3
    assert report.lacking == []

    assert run(new, "restore", file).exit_code == 0
    restored = contents(new)
    assert {name: rows for name, (rows, _) in restored.items()} == report.counts
    api = Api(new.test_client(), token)
    files = api.get(f"/tasks/{task}/attachments?per_page=100&sort=id").json["items"]
    assert files[0] == early
    assert len(files) == report.files == len(stored_keys(new))
    for found in files:
        content = api.get(f"/tasks/{task}/attachments/{found['id']}").data
        assert sha256(content).hexdigest() == found["sha256"]


def test_a_file_that_is_deleted_meanwhile_is_in_neither(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, file = install("old"), install("new"), tmp_path / "backup.tar"
    alice = filled(old)
    fetch = create.fetch

    def fetch_late(*args: Any) -> str:
        alice.delete("/tasks/1/attachments/2")
        return fetch(*args)

    monkeypatch.setattr(create, "fetch", fetch_late)
    made = run(old, "backup", file)
    assert (made.exit_code, "1 files" in made.output) == (0, True)
    run(new, "restore", file)
    left = Api(new.test_client(), alice.token).get("/tasks/1/attachments").json["items"]
    assert [found["id"] for found in left] == [1]


@pytest.mark.parametrize("content", [None, b"wrong", bytes(200_000)])
def test_a_file_that_is_lost_or_damaged_is_told_and_all_else_is_saved(
    install: Install, tmp_path: Path, content: bytes | None
) -> None:
    old, new, file = install("old"), install("new"), tmp_path / "backup.tar"
    alice = filled(old)
    for path in (tmp_path / "old" / "files").glob("*/*"):
        if path.read_bytes() == b"first":
            path.unlink() if content is None else path.write_bytes(content)
    for result in (run(old, "backup", file), run(new, "restore", file)):
        assert "Attachment 1 has no file, or a damaged one." in result.output
        assert result.exit_code == (3 if "Backed up" in result.output else 0)
    api = Api(new.test_client(), alice.token)
    assert api.get("/tasks/1/attachments/2").data == bytes(200_000)
    assert contents(new) == contents(old)


def test_an_older_backup_is_not_overwritten(install: Install, tmp_path: Path) -> None:
    app, file = install("old"), tmp_path / "backup.tar"
    file.write_text("precious")
    result = run(app, "backup", file)
    assert (result.exit_code, "exists already" in result.output) == (1, True)
    assert file.read_text() == "precious"
    assert run(app, "backup", tmp_path / "nowhere" / "backup.tar").exit_code == 1


def test_nothing_is_left_of_a_backup_that_failed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = install("old")
    filled(app)

    def fail(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(create.Writer, "finish", fail)
    result = run(app, "backup", tmp_path / "backup.tar")
    assert (result.exit_code, "No space left" in result.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_database_that_was_never_migrated_is_refused(install: Install, tmp_path: Path) -> None:
    app = install("old")
    close(app)
    with closing(sqlite3.connect(database_of(app))) as connection:
        connection.execute("DROP TABLE alembic_version")
        connection.commit()
    result = run(app, "backup", tmp_path / "backup.tar")
    assert (result.exit_code, "not at the newest schema" in result.output) == (1, True)
    database_of(app).unlink()
    assert "There is no database" in run(app, "backup", tmp_path / "backup.tar").output


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_servers_bring_tools_of_their_own(app: Flask, tmp_path: Path) -> None:
    for command in ("backup", "restore"):
        result = app.test_cli_runner().invoke(args=[command, str(tmp_path / "backup.tar")])
        assert result.exit_code == 1
        assert "docs/backup.md" in result.output
        assert ("pg_dump" in result.output) != ("mariadb-dump" in result.output)
