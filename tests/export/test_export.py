"""A person's data, to take along: all of it, nothing of others, and no secret."""

import json
import re
from io import BytesIO
from pathlib import Path
from stat import S_IMODE
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp.accounts.models import Session, User
from taskapp.attachments.models import Attachment
from taskapp.attachments.storage import storage
from taskapp.core.database import read_all
from taskapp.core.schema import tables
from taskapp.export import services
from taskapp.export.contents import LEFT_OUT, PARTS
from taskapp.export.names import member_name
from taskapp.idempotency.models import IdempotencyKey
from tests.clients import Api
from tests.installations import attach
from tests.people import Crowd
from tests.storages import stored_keys


def unpack(data: bytes) -> dict[str, Any]:
    """The members of an archive that is whole, JSON as what it says."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        read = {name: archive.read(name) for name in archive.namelist()}
    assert len(read) == len(archive.namelist())
    return {
        name: json.loads(content) if name.endswith(".json") else content
        for name, content in read.items()
    }


def export(api: Api) -> dict[str, Any]:
    answer = api.get("/users/me/export")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    return unpack(answer.data)


def refers_to_users(table: Any) -> bool:
    return any(key.column.table.name == "users" for key in table.foreign_keys)


def test_all_that_is_ones_own_is_there(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    own = alice.make_task("Mein Plan ü", description="Text", due_date="2026-11-30", city="Rome")
    own_file = attach(alice, own["id"], b"own", "Bericht ä.txt")
    bobs_file = attach(people.root.api, own["id"], b"from an admin", "b.txt")
    given = bob.make_task("Of bob", assignee_id=people.alice.id)
    given_file = attach(alice, given["id"], b"sent along", "c.txt")
    attach(bob, given["id"], b"of bob", "d.txt")
    record = alice.post("/task-records", {"task_id": given["id"], "time_spent": 30}).json
    bob.post("/task-records", {"task_id": given["id"], "time_spent": 60})

    found = export(alice)

    assert found["profile.json"] == [alice.get("/users/me").json]
    assert found["tasks.json"] == [alice.get(f"/tasks/{own['id']}").json]
    assert found["records.json"] == [record]
    expected = [(own_file, own, b"own"), (bobs_file, own, b"from an admin")]
    expected += [(given_file, given, b"sent along")]
    files = found["attachments.json"]
    assert files == [
        file | {"task_id": task["id"], "file": files[place]["file"]}
        for place, (file, task, _) in enumerate(expected)
    ]
    assert [found[file["file"]] for file in files] == [content for _, _, content in expected]
    assert files[0]["file"] == f"files/{own_file['id']}-Bericht ä.txt"
    assert {event["task_id"] for event in found["history.json"]} == {own["id"]}
    assert found["history.json"][0]["type"] == "task.created"
    assert [session["kind"] for session in found["sessions.json"]] == ["api"]
    assert set(found) == {f"{part.name}.json" for part in PARTS} | {f["file"] for f in files}


def test_files_come_from_wherever_they_are(files_app: Flask) -> None:
    alice = Crowd(files_app).alice.api
    task = alice.make_task()
    attach(alice, task["id"], bytes(range(256)) * 1000)
    found = export(alice)
    assert found[found["attachments.json"][0]["file"]] == bytes(range(256)) * 1000


def test_nothing_of_others_is_there(people: Crowd) -> None:
    for person in (people.bob, people.root):
        task = person.api.make_task("Geheim")
        attach(person.api, task["id"], b"geheim", "geheim.txt")
        person.api.post("/task-records", {"task_id": task["id"], "note": "geheim"})
    found = export(people.carol.api)
    assert [len(found[name]) for name in sorted(found)] == [0, 0, 1, 0, 1, 0]
    assert found["profile.json"][0]["username"] == "carol"
    mine = export(people.root.api)
    assert {task["user_id"] for task in mine["tasks.json"]} == {people.root.id}
    assert len(mine["attachments.json"]) == 1, "an admin sees the files of all, but owns few"


def test_a_file_on_a_task_one_cannot_see_any_more_is_not_there(people: Crowd) -> None:
    task = people.bob.api.make_task(assignee_id=people.alice.id)
    attach(people.alice.api, task["id"], b"given away")
    assert len(export(people.alice.api)["attachments.json"]) == 1
    people.bob.api.patch(f"/tasks/{task['id']}", {"assignee_id": None})
    assert export(people.alice.api)["attachments.json"] == []


def test_no_secret_is_in_it(people: Crowd, app: Flask) -> None:
    alice = people.alice.api
    task = alice.make_task()
    attach(alice, task["id"], b"content")
    alice.post("/tasks", {"title": "Once"}, headers={"Idempotency-Key": "key of mine"})
    data = alice.get("/users/me/export").data
    unpacked = repr(unpack(data))
    with app.app_context():
        secrets = [*read_all(select(User.password_hash)), *read_all(select(Session.key))]
        secrets += [*read_all(select(Attachment.storage_key)), *read_all(select(IdempotencyKey.id))]
    assert len(secrets) >= 4
    for (secret,) in secrets:
        assert secret not in unpacked
    assert str(alice.token) not in unpacked
    assert "key of mine" not in unpacked
    # As for the words: a name for such a thing would be a sign of one.
    assert not re.search(r"'\w*(hash|secret|token|password|storage)\w*':", unpacked)


def test_every_table_that_refers_to_users_is_exported_or_left_out_for_a_reason() -> None:
    """A new one? Add a Part to taskapp/export/contents.py, or say in LEFT_OUT why not."""
    exported = {part.table.name for part in PARTS}
    referring = {table.name for table in tables() if refers_to_users(table)} | {"users"}
    assert not exported & set(LEFT_OUT)
    assert referring - exported == set(LEFT_OUT)
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_a_long_list_is_read_in_batches(
    people: Crowd, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_BATCH", 2)
    made = [people.alice.api.make_task(f"Task {number}") for number in range(5)]
    assert export(people.alice.api)["tasks.json"] == made


def test_it_is_put_together_while_it_is_sent(people: Crowd, app: Flask) -> None:
    alice = people.alice
    task = alice.api.make_task()
    for _ in range(3):
        attach(alice.api, task["id"], bytes(5_000_000))
    with app.app_context():
        pieces = [len(piece) for piece in services.export_of(alice.actor)]
    assert sum(pieces) > 15_000_000
    assert max(pieces) < 200_000
    with app.app_context():
        half = services.export_of(alice.actor)
        next(half)
        half.close()


def test_a_lost_file_does_not_keep_the_rest_back(people: Crowd, app: Flask) -> None:
    alice = people.alice.api
    task = alice.make_task()
    before = stored_keys(app)
    attach(alice, task["id"], b"lost")
    (lost,) = stored_keys(app) - before
    attach(alice, task["id"], b"kept")
    with app.app_context():
        storage().delete([lost])
    found = export(alice)
    assert found["attachments.json"][0]["file"] is None
    assert found[found["attachments.json"][1]["file"]] == b"kept"


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("report.pdf", "files/7-report.pdf"),
        ("../../etc/passwd", "files/7-.._.._etc_passwd"),
        ("C:\\x|y?.txt", "files/7-C__x_y_.txt"),
        ("CON", "files/7-CON"),
        ("cod\u202eexe.txt", "files/7-cod_exe.txt"),
        ("a\r\nb\0", "files/7-a__b_"),
        ("...", "files/7-"),
        ("trailing. ", "files/7-trailing"),
        (".bashrc", "files/7-.bashrc"),
    ],
)
def test_names_are_safe_to_unpack_anywhere(filename: str, expected: str) -> None:
    assert member_name(7, filename) == expected


def test_long_names_are_cut_but_keep_their_ending() -> None:
    for name in ("ü" * 300 + ".txt", "x" * 300, "a." + "b" * 300):
        made = member_name(2**62, name)
        assert len(made.removeprefix("files/").encode()) <= 255
    assert member_name(1, "ü" * 300 + ".txt").endswith("ü.txt")


def test_an_administrator_exports_for_somebody(
    app: Flask, people: Crowd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.alice.api.make_task("Mine")
    file = tmp_path / "alice.zip"
    runner = app.test_cli_runner()
    done = runner.invoke(args=["export", "alice@example.org", str(file)])
    assert done.exit_code == 0, done.output
    assert [task["title"] for task in unpack(file.read_bytes())["tasks.json"]] == ["Mine"]
    assert S_IMODE(file.stat().st_mode) == 0o600

    again = runner.invoke(args=["export", "alice", str(file)])
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    nobody = runner.invoke(args=["export", "nobody", str(tmp_path / "nobody.zip")])
    assert (nobody.exit_code, "There is no user 'nobody'." in nobody.output) == (1, True)
    monkeypatch.chdir(tmp_path)
    assert runner.invoke(args=["export", "alice"]).exit_code == 0
    assert len(list(tmp_path.glob("taskapp-alice-20??-??-??.zip"))) == 1
    assert len(list(tmp_path.iterdir())) == 2
