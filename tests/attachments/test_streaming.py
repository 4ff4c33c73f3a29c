"""Files pass through in small pieces, however large and however many at once."""

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader, RawIOBase
from typing import Any

import pytest
import requests
from flask import Flask

from tests.databases import Databases
from tests.live import serve
from tests.people import Crowd

SIZE = 10 * 1024 * 1024
AT_ONCE = 5
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
END = b"\r\n--b--\r\n"
MULTIPART = "multipart/form-data; boundary=b"


class Body(RawIOBase):
    """A multipart body with a file of zeros, of which nothing is in memory."""

    def __init__(self) -> None:
        self.pieces = self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        yield HEAD
        for _ in range(SIZE // 1024):
            yield bytes(1024)
        yield END

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self.pieces, b"")
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.fixture
def tracing() -> Iterator[None]:
    """Let tracemalloc count what Python's objects take."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_memory_does_not_grow_with_files(
    make_files_app: Callable[[str, str], Flask], tracing: None
) -> None:
    app = make_files_app("sqlite", "disk")
    alice = Crowd(app).alice
    path = f"/api/v1/tasks/{alice.api.make_task()['id']}/attachments"
    headers = {"Authorization": f"Bearer {alice.api.token}"}

    def upload(_number: int) -> str:
        environ = {
            "CONTENT_TYPE": MULTIPART,
            "CONTENT_LENGTH": str(len(HEAD) + SIZE + len(END)),
            "wsgi.input": BufferedReader(Body()),
        }
        response = app.test_client().post(path, headers=headers, environ_overrides=environ)
        assert response.status_code == 201, response.text
        return response.headers["Location"]

    def download(location: str) -> int:
        response = app.test_client().get(location, headers=headers)
        size = sum(len(piece) for piece in response.iter_encoded())
        response.close()
        return size

    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        locations = list(pool.map(upload, range(AT_ONCE)))
        assert list(pool.map(download, locations)) == [SIZE] * AT_ONCE
    _, peak = tracemalloc.get_traced_memory()
    assert peak - before < SIZE / 2, "all at once they took more than half of one of them"


def test_gunicorn_takes_a_body_of_unknown_length_and_gives_parts_of_it(live_server: str) -> None:
    base = f"{live_server}/api/v1"
    account = {"username": "alice", "password": "correct horse battery"}
    requests.post(f"{base}/auth/register", json=account, timeout=30).raise_for_status()
    token = requests.post(f"{base}/auth/login", json=account, timeout=30).json()["access_token"]
    with requests.Session() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        task = client.post(f"{base}/tasks", json={"title": "x"}, timeout=30).json()
        path = f"{base}/tasks/{task['id']}/attachments"

        sent = client.post(
            path, data=Body().pieces, headers={"Content-Type": MULTIPART}, timeout=30
        )
        assert sent.status_code == 201, sent.text
        assert sent.json()["sha256"] == hashlib.sha256(bytes(SIZE)).hexdigest()

        location = f"{live_server}{sent.headers['Location']}"
        assert client.get(location, timeout=30).content == bytes(SIZE)
        part = client.get(location, headers={"Range": "bytes=-5"}, timeout=30)
        assert (part.status_code, part.content) == (206, bytes(5))
        head = client.head(location, timeout=30)
        assert (head.headers["Content-Length"], head.content) == (str(SIZE), b"")
        assert client.delete(location, timeout=30).status_code == 204
        assert client.get(location, timeout=30).status_code == 404


def test_a_connection_goes_on_after_what_was_refused_unread(databases: Databases) -> None:
    """Clients send the next request on it at once; to find it closed would be an error to them."""
    with serve(databases.fresh("sqlite", "refused")) as base, requests.Session() as session:
        for path, size, status in (
            ("/api/v1/auth/login", 1024 * 1024 + 1, 413),
            ("/api/v1/tasks", 3 * SIZE, 401),
            ("/api/v1/nowhere", SIZE, 404),
        ) * 5:
            headers = {"Content-Type": "application/json"}
            refused = session.post(base + path, data=bytes(size), headers=headers, timeout=30)
            assert refused.status_code == status
            assert session.get(f"{base}/api/v1/", timeout=30).status_code == 200
