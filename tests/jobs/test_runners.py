"""Runners as processes: woken by the queue, several at once, and killed in the middle of a job."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from taskapp.core.database import read_all, read_scalar, write_apart
from taskapp.core.time import now
from taskapp.jobs.models import Job
from taskapp.jobs.queue import wake_runners
from taskapp.jobs.runner import due_jobs
from tests.clients import Api
from tests.databases import Databases
from tests.jobs.runners import Runner, wait_until
from tests.mail.postbox import Postbox
from tests.missing import Missing, give_up
from tests.people import PASSWORD

Start = Callable[..., Runner]


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases, postbox: Postbox
) -> dict[str, str]:
    """The settings of an application and its runners, on a database and a queue."""
    database, queue = request.param
    queues = {
        "sqlite": lambda: f"sqlite:///{tmp_path}/queue.db",
        "redis": lambda: request.getfixturevalue("redis_url"),
    }
    try:
        url = databases.fresh(database)
    except Missing as missing:
        give_up(missing)
    return {
        "DATABASE_URL": url,
        "JOBS_URL": queues[queue](),
        "MAIL_URL": postbox.url,
        "STORAGE_URL": (tmp_path / "files").as_uri(),
    }


@pytest.fixture
def app(settings: dict[str, str], apps: Callable[..., Flask]) -> Flask:
    others = {name: value for name, value in settings.items() if name != "DATABASE_URL"}
    return apps(settings["DATABASE_URL"], **others)


def register(api: Api, number: int) -> str:
    address = f"user{number}@example.org"
    new = {"username": f"user{number}", "email": address, "password": PASSWORD}
    assert api.post("/auth/register", new).status_code == 201
    return address


def unfinished(app: Flask, name: str = "verify_address") -> int:
    left = select(func.count()).where(Job.name == name, Job.finished_at.is_(None))
    with app.app_context():
        return int(read_scalar(left))


# Each database and each queue is in one of them; runners take their time to start.
@pytest.mark.parametrize(
    "settings", [("sqlite", "sqlite"), ("mariadb", "redis")], ids="-".join, indirect=True
)
def test_two_runners_send_each_mail_once_and_end_when_told(
    app: Flask, api: Api, settings: dict[str, str], postbox: Postbox, start_runner: Start
) -> None:
    before = [register(api, number) for number in range(5)]  # while there is no runner
    one, two = start_runner(**settings), start_runner(**settings)
    wait_until(lambda: len(postbox.mails) == 5)
    after = [register(api, number) for number in range(5, 15)]
    wait_until(lambda: unfinished(app) == 0)
    assert sorted(mail["To"] for mail in postbox.mails) == sorted(before + after)

    periodic = select(Job.key).where(Job.name.in_(["sweep_files", "prune_events"]))
    with app.app_context():
        assert len(read_all(periodic)) == 2, "what comes by itself comes once, whoever asks"
    assert (one.stop(), two.stop()) == (0, 0)
    said = one.said() + two.said()
    assert said.count("job=verify_address") == 15
    assert "Traceback" not in said
    assert "@example.org" not in said


@pytest.mark.parametrize(
    "settings", [("sqlite", "sqlite"), ("postgresql", "redis")], ids="-".join, indirect=True
)
def test_a_job_whose_runner_is_killed_is_done_again(
    app: Flask, api: Api, settings: dict[str, str], postbox: Postbox, start_runner: Start
) -> None:
    with postbox.hold() as reached:
        address = register(api, 1)
        first = start_runner(**settings)
        assert reached.wait(60)
        first.kill()  # in the middle of the conversation with the mail server
    assert postbox.mails == []
    assert unfinished(app) == 1

    start_runner(**settings)
    later = register(api, 2)
    wait_until(lambda: unfinished(app) == 1)
    assert [mail["To"] for mail in postbox.mails] == [later], "the first may be in its hands yet"
    _let_lease_end(app)
    wait_until(lambda: unfinished(app) == 0)
    assert [mail["To"] for mail in postbox.mails] == [later, address]


def _let_lease_end(app: Flask) -> None:
    """As if the ten minutes were over for which a runner may keep a job, and one had ticked."""
    with app.app_context():
        write_apart(
            update(Job).where(Job.finished_at.is_(None)).values(due_at=now() - timedelta(seconds=1))
        )
        wake_runners(due_jobs())
