"""The two storages keep the same promises."""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from socket import create_server

import boto3
import pytest

from taskapp import create_app
from taskapp.attachments.storage import Storage, new_key
from taskapp.attachments.storage.disk import DiskStorage
from taskapp.attachments.storage.s3 import S3Storage
from taskapp.core.errors import Unavailable
from tests.settings import SETTINGS
from tests.storages import BUCKET


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return DiskStorage(tmp_path / "new" / "files")
    return S3Storage(BUCKET, f"test-{new_key()}", request.getfixturevalue("s3_endpoint"))


def save(storage: Storage, content: bytes = b"content") -> str:
    key = new_key()
    storage.save(key, BytesIO(content))
    return key


def keys(storage: Storage, stored_before: datetime | None = None) -> set[str]:
    return set(storage.keys(stored_before or datetime.now(UTC) + timedelta(minutes=1)))


def test_what_is_saved_can_be_read_in_whole_and_in_part(storage: Storage) -> None:
    content = os.urandom(300_000)
    key = save(storage, content)

    whole = storage.open(key, 0, len(content))
    assert whole.read() == content
    whole.close()
    part = storage.open(key, 1000, 3000)
    assert part.read(2000) == content[1000:3000]
    part.close()


def test_what_is_not_there_cannot_be_opened(storage: Storage) -> None:
    save(storage)
    with pytest.raises(FileNotFoundError):
        storage.open(new_key(), 0, 1)


def test_deleting_twice_is_no_error(storage: Storage) -> None:
    key, other = save(storage), save(storage)
    storage.delete([key])
    storage.delete([key])
    assert keys(storage) == {other}
    storage.delete([])


def test_keys_are_those_stored_before_an_instant(storage: Storage) -> None:
    key = save(storage)
    assert keys(storage, datetime.now(UTC) - timedelta(minutes=1)) == set()
    assert keys(storage) == {key}


def test_many_files_are_deleted(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskapp.attachments.storage.s3._DELETED_AT_ONCE", 2)
    saved = {save(storage) for _ in range(5)}
    assert keys(storage) == saved
    storage.delete(sorted(saved))
    assert keys(storage) == set()


def test_a_storage_that_is_still_empty_has_no_keys(storage: Storage) -> None:
    assert keys(storage) == set()


def test_other_peoples_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    for name in ("thesis.doc", "ab/thesis.doc", f"ab/{new_key()}.doc"):
        (tmp_path / name).write_text("not ours")
    assert keys(DiskStorage(tmp_path)) == set()


def test_other_peoples_objects_in_the_bucket_are_left_alone(s3_endpoint: str) -> None:
    s3 = boto3.client("s3", endpoint_url=s3_endpoint)
    for name in ("p/thesis.doc", f"p/q/{new_key()}", f"p{new_key()}"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"not ours")
    assert keys(S3Storage(BUCKET, "p", s3_endpoint)) == set()


def test_files_on_disk_are_for_nobody_else(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path / "files")
    key = save(storage)
    path = tmp_path / "files" / key[:2] / key
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def _at_fsync(patch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr(os, "fsync", fail)


def _at_rename(patch: pytest.MonkeyPatch) -> None:
    def fail(_self: Path, _target: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    patch.setattr(Path, "rename", fail)


@pytest.mark.parametrize("fail", [_at_fsync, _at_rename])
def test_a_disk_that_fails_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail: Callable[[pytest.MonkeyPatch], None]
) -> None:
    storage = DiskStorage(tmp_path)
    save(storage)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    with monkeypatch.context() as patch:
        fail(patch)
        with pytest.raises(OSError, match="Errno"):
            save(storage)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_what_a_crash_left_unfinished_is_listed_and_deleted(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    name = f"{new_key()}.part"
    (tmp_path / name[:2]).mkdir()
    (tmp_path / name[:2] / name).write_bytes(b"half")
    assert keys(storage) == {name}
    storage.delete([name])
    assert keys(storage) == set()


def test_a_bucket_that_is_missing_or_a_server_that_is_down_is_unavailable(
    s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    missing = S3Storage("no-such-bucket", "", s3_endpoint)
    with create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    down = S3Storage(BUCKET, "", f"http://127.0.0.1:{port}")
    for storage in (missing, down):
        with pytest.raises(Unavailable):
            save(storage)
        with pytest.raises(Unavailable):
            storage.delete([new_key()])
        with pytest.raises(Unavailable):
            keys(storage)
    with pytest.raises(Unavailable):
        down.open(new_key(), 0, 1)


@pytest.mark.parametrize(
    "url",
    ["", "files", "file://folder/x", "file:///", "s3://", "s3:///x", "ftp://x/y", "s3://A b"],
)
def test_a_setting_that_names_no_storage_is_refused_at_the_start(url: str, sqlite_url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL"):
        create_app({**SETTINGS, "DATABASE_URL": sqlite_url, "STORAGE_URL": url})
