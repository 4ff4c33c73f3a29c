"""What is no whole backup is refused before anything is touched; what is there is kept."""

import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask

from taskapp.backup.archive import DATABASE, Archive, BadArchive, Writer, name_of_file
from taskapp.core.schema import newest_revision
from tests.clients import Api
from tests.installations import Install, attach, close, contents, database_of, run
from tests.people import Crowd
from tests.storages import stored_keys


@pytest.fixture
def new(install: Install) -> Flask:
    """An installation that is in use."""
    app = install("new")
    bob = Crowd(app).bob.api
    attach(bob, bob.make_task("Precious")["id"], b"of the new one")
    return app


@pytest.fixture
def backup(install: Install, tmp_path: Path) -> Path:
    """A backup of another one."""
    old, file = install("old"), tmp_path / "backup.tar"
    alice = Crowd(old).alice.api
    attach(alice, alice.make_task("Saved")["id"], b"of the old one")
    assert run(old, "backup", file).exit_code == 0
    return file


def everything_in(app: Flask) -> dict[str, bytes]:
    """Each file of an installation that is stopped."""
    close(app)
    folder = database_of(app).parent
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(app: Flask, file: Path) -> str:
    """What a restore says that leaves everything as it is."""
    before = everything_in(app)
    result = run(app, "restore", "--replace", file)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert everything_in(app) == before
    return result.output


def sealed(file: Path, members: dict[str, bytes], **about: Any) -> Path:
    """A backup in form, with whatever it holds."""
    with file.open("wb") as target:
        writer = Writer(target)
        for name, content in members.items():
            writer.add(name, BytesIO(content), len(content))
        writer.finish({"revision": newest_revision(), "lacking": [], "counts": {}} | about)
    return file


def members_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        read = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    return {name: read[name] for name in read if name not in ("manifest.json", "sha256")}


# What is no backup


@pytest.mark.parametrize("length", [0, 1, 511, 512, 1000, 0.5, -1, -512, -10240])
def test_a_backup_that_was_cut_is_refused(new: Flask, backup: Path, length: float) -> None:
    whole = backup.read_bytes()
    kept = int(len(whole) * length) if length == 0.5 else int(length) % len(whole)
    backup.write_bytes(whole[:kept])
    assert "not all of it is here" in refused(new, backup)


def test_one_changed_byte_anywhere_is_noticed(backup: Path) -> None:
    whole = backup.read_bytes()
    Archive(BytesIO(whole))
    places = [*range(0, len(whole), 1009), *range(len(whole) - 12_000, len(whole), 13)]
    for place in places:
        altered = bytearray(whole)
        altered[place] ^= 0x20
        with pytest.raises(BadArchive):
            Archive(BytesIO(altered))
    for longer in (whole + b"\0", whole + whole):
        with pytest.raises(BadArchive):
            Archive(BytesIO(longer))


def test_a_changed_byte_leaves_everything_as_it_is(new: Flask, backup: Path) -> None:
    altered = bytearray(backup.read_bytes())
    altered[len(altered) // 3] ^= 1
    backup.write_bytes(altered)
    assert "altered" in refused(new, backup)


def tar_of(*members: tarfile.TarInfo) -> bytes:
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for member in members:
            tar.addfile(member, BytesIO(bytes(member.size)))
    return content.getvalue()


def member(name: str, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


FOREIGN = {
    "empty": b"",
    "text": b"These are notes.\n" * 100,
    "zip": b"PK\x03\x04" + bytes(2000),
    "database": b"SQLite format 3\0" + bytes(4096),
    "empty tar": tar_of(),
    "other tar": tar_of(member("README")),
    "up": tar_of(member("../../etc/passwd", size=5, mode=0o600)),
    "absolute": tar_of(member("/etc/passwd", size=5, mode=0o600)),
    "symbolic link": tar_of(member(DATABASE, type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "hard link": tar_of(member(DATABASE, type=tarfile.LNKTYPE, linkname="/etc/passwd")),
    "device": tar_of(member(DATABASE, type=tarfile.CHRTYPE, devmajor=1, devminor=5)),
    "folder": tar_of(member("files", type=tarfile.DIRTYPE)),
    "long name": tar_of(member("files/" + "a" * 300)),
    "larger than itself": member(DATABASE, size=2**40, mode=0o600).tobuf() + bytes(10_240),
    "endless": member(DATABASE, size=2**80, mode=0o600).tobuf(tarfile.GNU_FORMAT) + bytes(10_240),
    "twice": tar_of(*[member(DATABASE, mode=0o600)] * 2),
    "executable": tar_of(member(DATABASE, mode=0o755)),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_backup_is_refused(new: Flask, tmp_path: Path, what: str) -> None:
    file = tmp_path / "foreign"
    file.write_bytes(FOREIGN[what])
    assert "backup" in refused(new, file)
    assert not (tmp_path / "etc").exists()


def test_a_file_that_is_not_there_is_said(new: Flask, tmp_path: Path) -> None:
    assert "No such file" in refused(new, tmp_path / "nowhere.tar")


def test_a_backup_of_a_newer_taskapp_is_refused(new: Flask, backup: Path) -> None:
    members = members_of(backup)
    with new.app_context():
        sealed(backup, members, revision="9999")
        assert "A newer Taskapp made this backup (schema 9999)" in refused(new, backup)
        sealed(backup, members, format=2)
        assert "A newer Taskapp made this backup (format 2)" in refused(new, backup)


def without_a_file(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("files/"))]


def with_another_file(members: dict[str, bytes]) -> None:
    members[name_of_file("ab" * 16)] = b"of nobody"


def with_an_altered_file(members: dict[str, bytes]) -> None:
    members[next(name for name in members if name.startswith("files/"))] = b"x"


def with_another_database(members: dict[str, bytes]) -> None:
    members[DATABASE] = b"not a database"


def without_a_database(members: dict[str, bytes]) -> None:
    del members[DATABASE]


@pytest.mark.parametrize(
    "change",
    [
        without_a_file,
        with_another_file,
        with_an_altered_file,
        with_another_database,
        without_a_database,
    ],
)
def test_a_backup_that_contradicts_itself_is_refused(
    new: Flask, backup: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    members = members_of(backup)
    change(members)
    with new.app_context():
        sealed(backup, members)
    assert "backup" in refused(new, backup)


@pytest.mark.parametrize("manifest", [b"[]", b"{", b"{}", b'{"format": 1, "members": 7}'])
def test_a_manifest_that_says_nothing_is_refused(
    new: Flask, backup: Path, manifest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = members_of(backup)
    with new.app_context(), monkeypatch.context() as patch:
        patch.setattr("taskapp.backup.archive.orjson.dumps", lambda *_, **__: manifest)
        sealed(backup, members)
    assert "backup" in refused(new, backup)


# What is there already


def test_data_that_is_there_is_kept(new: Flask, backup: Path) -> None:
    before = everything_in(new)
    result = run(new, "restore", backup)
    assert (result.exit_code, "--replace" in result.output) == (1, True)
    assert everything_in(new) == before

    result = run(new, "restore", "--replace", backup)
    assert result.exit_code == 0, result.output
    kept = Path(result.output.split("The old database is ")[1].splitlines()[0])
    assert kept.parent == database_of(new).parent
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT title FROM tasks").fetchall() == [("Precious",)]
    with closing(sqlite3.connect(database_of(new))) as connection:
        assert connection.execute("SELECT title FROM tasks").fetchall() == [("Saved",)]
    assert len(stored_keys(new)) == 2, "the files of the old database stay until they are swept"


def test_a_database_in_use_is_not_replaced(new: Flask, backup: Path) -> None:
    close(new)
    with closing(sqlite3.connect(database_of(new))) as connection:
        connection.execute("SELECT * FROM users").fetchall()
        assert "Stop Taskapp first" in refused(new, backup)


def test_a_damaged_database_is_no_obstacle(new: Flask, backup: Path) -> None:
    close(new)
    database = database_of(new)
    database.write_bytes(b"rubbish" * 1000)
    assert "--replace" in run(new, "restore", backup).output
    result = run(new, "restore", "--replace", backup)
    assert result.exit_code == 0, result.output
    (kept,) = database.parent.glob("taskapp.db.replaced-*")
    assert kept.read_bytes() == b"rubbish" * 1000


def test_it_may_be_restored_where_there_is_nothing_yet(install: Install, backup: Path) -> None:
    app = install("empty")
    close(app)
    database_of(app).unlink()
    database_of(app).parent.rmdir()
    assert run(app, "restore", backup).exit_code == 0
    assert contents(app)["tasks"][0] == 1


def test_the_same_backup_may_be_restored_again(install: Install, backup: Path) -> None:
    app = install("again")
    assert run(app, "restore", backup).exit_code == 0
    before = contents(app)
    (stored,) = (database_of(app).parent / "files").glob("*/*")
    stored.write_bytes(b"damaged since")
    assert run(app, "restore", "--replace", backup).exit_code == 0
    assert stored.read_bytes() == b"of the old one"
    assert contents(app) == before


def test_a_storage_that_fails_changes_nothing(
    new: Flask, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = "taskapp.attachments.storage.disk.DiskStorage.save"

    def fail(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(save, fail)
    before = contents(new)
    result = run(new, "restore", "--replace", backup)
    assert (result.exit_code, "No space left" in result.output) == (1, True)
    assert contents(new) == before


def test_files_go_again_when_the_database_cannot_be_put_in_place(
    new: Flask, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("taskapp.backup.restore._switch", fail)
    before, files = contents(new), stored_keys(new)
    result = run(new, "restore", "--replace", backup)
    assert (result.exit_code, "Input/output error" in result.output) == (1, True)
    assert contents(new) == before
    assert stored_keys(new) == files
    close(new)
    assert {path.name for path in database_of(new).parent.iterdir()} == {"taskapp.db", "files"}


# What is older


def test_an_older_schema_is_brought_up(install: Install, tmp_path: Path) -> None:
    old, new, file = install("old"), install("new"), tmp_path / "backup.tar"
    alice = Crowd(old).alice
    task = alice.api.make_task("Written long ago")
    attach(alice.api, task["id"], b"of long ago")
    token = alice.token()
    close(old)
    with old.app_context():
        flask_migrate.downgrade(revision="0005")
    close(old)
    with closing(sqlite3.connect(database_of(old))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    (stored,) = (tmp_path / "old" / "files").glob("*/*")
    members = {
        name_of_file(stored.name): stored.read_bytes(),
        DATABASE: database_of(old).read_bytes(),
    }
    with old.app_context():
        sealed(file, members, revision="0005")
        newest = newest_revision()

    result = run(new, "restore", file)
    assert result.exit_code == 0, result.output
    assert f"The schema was brought from 0005 to {newest}." in result.output
    api = Api(new.test_client(), token)
    assert api.get(f"/tasks/{task['id']}").json == task
    assert api.get("/tasks?q=ago").json["total"] == 1
    assert api.get(f"/tasks/{task['id']}/attachments/1").data == b"of long ago"
    assert run(new, "backup", tmp_path / "again.tar").exit_code == 0
