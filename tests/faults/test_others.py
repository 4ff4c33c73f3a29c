"""The servers that a task can do without: of weather, of mail, of files, on lines that break."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from taskapp import create_app
from taskapp.attachments.storage import s3
from taskapp.core.database import close_connections
from taskapp.mail import sending
from tests.clients import Api
from tests.faults.proxy import Proxy, proxy
from tests.mail.postbox import Postbox
from tests.people import PASSWORD, Crowd
from tests.settings import SETTINGS
from tests.storages import BUCKET, stored_keys
from tests.weather.provider import TOO_LONG, USUAL_PATIENCE, Patience, Provider

BREAKS: list[Callable[[Proxy], None]] = [Proxy.hang, Proxy.cut, Proxy.reset]
PROBLEM = "application/problem+json"

pytestmark = pytest.mark.parametrize("break_it", BREAKS, ids=["hang", "cut", "reset"])


@contextmanager
def line_to(url: str) -> Iterator[Proxy]:
    """A line to the server at that address."""
    address = urlsplit(url)
    with proxy((address.hostname or "", address.port or 0)) as line:
        yield line


@contextmanager
def application(url: str, **settings: Any) -> Iterator[Flask]:
    """An application with a memory of its own."""
    app = create_app({**SETTINGS, "DATABASE_URL": url, **settings})
    yield app
    with app.app_context():
        close_connections()


def test_without_weather_a_task_is_saved_soon(
    sqlite_url: str,
    provider: Provider,
    patience: Patience,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[Proxy], None],
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with line_to(provider.url) as line:
        weather = {
            "WEATHER_PROVIDER": "open-meteo",
            "WEATHER_URL": f"http://127.0.0.1:{line.port}",
        }
        with application(sqlite_url, **weather) as app:
            alice = Crowd(app).alice.api
            line.delay(0.05)
            assert alice.make_task(city="Berlin")["weather"]
            break_it(line)
            patience(USUAL_PATIENCE)
            start = monotonic()
            task = alice.make_task(city="Oslo")
            assert monotonic() - start < 2 * USUAL_PATIENCE
            assert (task["city"], task["weather"]) == ("Oslo", None)
        line.mend()
        patience(TOO_LONG)
        with application(sqlite_url, **weather) as another_node:
            alice = Api(another_node.test_client(), alice.token)
            assert alice.make_task(city="Oslo")["weather"]


def test_a_mail_that_cannot_be_sent_is_sent_later_and_once(
    sqlite_url: str,
    postbox: Postbox,
    run_jobs: Callable[[Flask], list[str | None]],
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[Proxy], None],
) -> None:
    monkeypatch.setattr(sending, "_PATIENCE", 1)
    account = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}
    with (
        time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock,
        line_to(postbox.url) as line,
        application(sqlite_url, MAIL_URL=f"smtp://127.0.0.1:{line.port}") as app,
    ):
        break_it(line)
        assert Api(app.test_client()).post("/auth/register", account).status_code == 201
        assert run_jobs(app) == ["retried"]
        assert postbox.mails == []
        line.cut()  # what hung goes nowhere
        line.mend()
        line.delay(0.05)
        clock.shift(timedelta(minutes=1))
        assert run_jobs(app) == ["done"]
    assert [mail["To"] for mail in postbox.mails] == ["alice@example.org"]


def test_a_file_that_cannot_be_stored_is_refused_and_can_be_sent_again(
    sqlite_url: str,
    s3_endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[Proxy], None],
) -> None:
    monkeypatch.setattr(s3, "_PATIENCE", 1)
    with line_to(s3_endpoint) as line:
        files = {
            "STORAGE_URL": f"s3://{BUCKET}/{tmp_path.name}",
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{line.port}",
        }
        with application(sqlite_url, **files) as app:
            alice = Crowd(app).alice.api
            path = f"/tasks/{alice.make_task()['id']}/attachments"
            break_it(line)
            answer = attach(alice, path)
            assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
            assert alice.get(path).json["total"] == 0

            line.cut()  # what hung goes nowhere
            line.mend()
            assert attach(alice, path).status_code == 201
            (listed,) = alice.get(path).json["items"]
            assert listed["size"] == 100_000
            assert len(stored_keys(app)) == 1
            alice.delete(f"{path}/{listed['id']}")
            assert stored_keys(app) == set()


def attach(api: Api, path: str) -> Any:
    """Send the same file, with the same key, each time."""
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body += b"x" * 100_000 + b"\r\n--b--\r\n"
    return api.post(
        path,
        data=body,
        content_type="multipart/form-data; boundary=b",
        headers={"Idempotency-Key": "one"},
    )
