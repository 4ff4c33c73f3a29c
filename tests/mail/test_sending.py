"""What the runner does with a mail server's faults."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from socket import create_server, socket
from threading import Thread
from time import monotonic

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from taskapp import create_app
from taskapp.core.database import close_connections, read_all
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.outbox import enqueue
from taskapp.mail import sending, smtp
from tests.clients import Api
from tests.mail.postbox import Postbox
from tests.people import PASSWORD, Crowd
from tests.settings import SETTINGS

RunJobs = Callable[[Flask], list[str | None]]
NEW = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}


def jobs(app: Flask) -> list[tuple[int, str | None]]:
    """How often each job was tried, and how it ended."""
    with app.app_context():
        rows = read_all(select(Job.attempts, Job.outcome).order_by(Job.id))
        return [(row.attempts, row.outcome) for row in rows]


@pytest.mark.parametrize("fault", ["to_recipients", "to_data"])
def test_what_is_refused_for_now_is_sent_later(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs, fault: str
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        setattr(postbox, fault, "451 4.7.1 Greylisted, try again")
        api.post("/auth/register", NEW)
        assert run_jobs(app) == ["retried"]
        assert run_jobs(app) == [], "not at once"
        clock.shift(timedelta(seconds=59))
        assert run_jobs(app) == []
        clock.shift(timedelta(seconds=1))
        assert run_jobs(app) == ["retried"]
        setattr(postbox, fault, None)
        clock.shift(timedelta(minutes=5))
        assert run_jobs(app) == ["done"]
        assert [mail["To"] for mail in postbox.mails] == ["alice@example.org"]
        assert jobs(app) == [(3, "done")]


@pytest.mark.parametrize("fault", ["to_recipients", "to_data"])
def test_what_is_refused_for_good_is_not_tried_again(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs, fault: str
) -> None:
    setattr(postbox, fault, "550 5.1.1 No such mailbox")
    api.post("/auth/register", NEW)
    assert run_jobs(app) == ["failed"]
    assert jobs(app) == [(1, "failed")]


def test_a_server_that_is_away_for_more_than_a_day_is_given_up(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        postbox.to_data = "421 Closing"
        api.post("/auth/register", NEW)
        outcomes = []
        for _ in range(30):
            outcomes += run_jobs(app)
            clock.shift(timedelta(hours=1))
        assert outcomes == ["retried"] * 7 + ["failed"]


def test_one_that_fails_keeps_nobody_else_from_theirs(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        enqueue("verify_address", user_id="no number of a user, and of no type for one" * 9)
        enqueue("what nobody knows")
        db.session.commit()
    api.post("/auth/register", NEW)
    outcomes = run_jobs(app)
    assert outcomes[1:] == ["retried", "done"]
    assert len(postbox.mails) == 1


@contextmanager
def server_that(behave: Callable[[socket], None]) -> Iterator[str]:
    """The URL of a mail server that behaves so towards one who connects."""
    with create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                behave(connection)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)


def silent(connection: socket) -> None:
    connection.recv(1)  # which comes when the other side has given up


def drip(connection: socket) -> None:
    try:
        while True:
            connection.sendall(b"2")
            connection.settimeout(0.1)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue
    except OSError:
        return


def accept_and_fall_silent(connection: socket) -> None:
    """Take the mail, and say nothing to QUIT."""
    file = connection.makefile("rwb")

    def say(line: bytes) -> None:
        file.write(line + b"\r\n")
        file.flush()

    say(b"220 here")
    in_data = False
    for line in file:
        if in_data:
            if line == b".\r\n":
                in_data = False
                say(b"250 taken")
        elif line.upper().startswith(b"DATA"):
            in_data = True
            say(b"354 go on")
        elif not line.upper().startswith(b"QUIT"):
            say(b"250 fine")


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [(silent, "retried"), (drip, "retried"), (accept_and_fall_silent, "done")],
)
def test_no_server_holds_a_runner_up(
    sqlite_url: str,
    run_jobs: RunJobs,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Callable[[socket], None],
    expected: str,
) -> None:
    monkeypatch.setattr(sending, "_PATIENCE", 1)
    monkeypatch.setattr(smtp, "_LONGEST", 2.0)
    with server_that(behaviour) as url:
        app = create_app({**SETTINGS, "DATABASE_URL": sqlite_url, "MAIL_URL": url})
        Api(app.test_client()).post("/auth/register", NEW)
        began = monotonic()
        assert run_jobs(app) == [expected]
        assert monotonic() - began < 20
    with app.app_context():
        close_connections()


def test_a_server_without_the_tls_that_is_asked_for_gets_no_mail(
    sqlite_url: str, postbox: Postbox, run_jobs: RunJobs, people: Crowd
) -> None:
    url = postbox.url.replace("smtp://", "smtp+tls://")
    app = create_app({**SETTINGS, "DATABASE_URL": sqlite_url, "MAIL_URL": url})
    Api(app.test_client()).post("/auth/register", NEW)
    assert run_jobs(app) == ["retried"]
    assert postbox.mails == []
    with app.app_context():
        close_connections()


def test_by_default_mails_are_shown_on_the_console(
    sqlite_app: Flask, run_jobs: RunJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    Api(sqlite_app.test_client()).post("/auth/register", NEW)
    assert run_jobs(sqlite_app) == ["done"]
    assert "Subject: Confirm your address" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_URL", "http://mail.example.org"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_FROM", "nobody"),
        ("PUBLIC_URL", "tasks.example.org"),
        ("JOBS_URL", "amqp://queue"),
    ],
)
def test_a_setting_that_cannot_work_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        create_app({**SETTINGS, "DATABASE_URL": "sqlite://", name: value})
