"""Processes that end or stop without a word while clients write: nothing is lost or doubled."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from taskapp.accounts.models import User
from taskapp.core.database import read_all, read_scalar, write_apart
from taskapp.core.time import now
from taskapp.events.models import Event
from taskapp.jobs.models import Job
from taskapp.jobs.queue import wake_runners
from taskapp.jobs.runner import due_jobs
from taskapp.tasks.models import Task
from tests.databases import KINDS
from tests.deployment.writers import ACCOUNTS, event_ids, titles, writing
from tests.faults.conftest import wait_for
from tests.faults.installation import Installation, installation
from tests.mail.postbox import Postbox
from tests.people import Crowd

# Of each database. The long run (`make soak`) sets more.
KILLS = int(os.environ.get("KILLS", "5"))
WRITES_BETWEEN = int(os.environ.get("WRITES_BETWEEN", "15"))
HAND_OVER = 60  # seconds for the mails that are left at the end


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, postbox: Postbox
) -> Iterator[Installation]:
    with installation(request.param, tmp_path, MAIL_URL=postbox.url) as found:
        yield found


def test_whoever_is_killed_or_stopped_every_acknowledged_write_is_there_once(
    place: Installation, postbox: Postbox, record_property: Callable[[str, object], None]
) -> None:
    """Tasks, accounts, and the mail to the address of each account."""
    alice, root = Crowd(place.app).alice, Crowd(place.app).root
    invited = list(names(place.app))
    kills, stops = cycle(place.kills.values()), cycle(place.stops.values())
    with (
        writing(place.node.url, alice.token()) as tasks,
        writing(place.node.url, root.token(), 1, ACCOUNTS, breath=0.05) as accounts,
    ):
        for kill, stop in islice(zip(kills, stops, strict=False), KILLS):
            for disturb in (stop, kill):
                wait_for(tasks.created, len(tasks.created) + WRITES_BETWEEN // 2)
                disturb()
        wait_for(tasks.created, len(tasks.created) + WRITES_BETWEEN)
        wait_for(accounts.created, len(accounts.created) + 1)
    assert titles(place.app) == sorted(tasks.created)
    assert event_ids(place.app) == list(range(1, len(tasks.created) + 1))
    assert told(place.app) == stored(place.app)
    assert sorted(names(place.app)) == sorted([*invited, *accounts.created])
    hand_over(place.app)
    sent = mails(postbox)
    assert sent.keys() == {f"{name}@example.org" for name in names(place.app)}
    assert {len(ids) for ids in sent.values()} == {1}, "a mail that comes twice can be known"
    assert place.node.stop() == 0
    record_property("kills", KILLS)
    record_property("stops", KILLS)
    record_property("writes", len(tasks.created) + len(accounts.created))
    record_property("mails sent twice", len(postbox.mails) - len(sent))


def names(app: Flask) -> Iterator[str]:
    """The names of all accounts."""
    with app.app_context():
        yield from [row.username for row in read_all(select(User.username))]


def told(app: Flask) -> list[Any]:
    """Every task as the log tells of it."""
    with app.app_context():
        return [
            (row.task["id"], row.task["title"], row.task["status"])
            for row in read_all(select(Event.task).order_by(Event.task_id))
        ]


def stored(app: Flask) -> list[Any]:
    """Every task as it is stored."""
    with app.app_context():
        columns = (Task.id, Task.title, Task.status)
        return [tuple(row) for row in read_all(select(*columns).order_by(Task.id))]


def hand_over(app: Flask) -> None:
    """Let all mails be sent: as if the ten minutes were over for which a runner keeps a job."""
    left = Job.finished_at.is_(None) & (Job.name == "verify_address")
    give_up = monotonic() + HAND_OVER + KILLS
    with app.app_context():
        write_apart(update(Job).where(left).values(due_at=now() - timedelta(seconds=1)))
        wake_runners(due_jobs())
        while read_scalar(select(func.count()).select_from(Job).where(left)):
            assert monotonic() < give_up, "there are mails that nobody sends"
            sleep(0.05)


def mails(postbox: Postbox) -> dict[str, set[str]]:
    """The ids of the mails that came, by address."""
    found = defaultdict(set)
    for mail in postbox.mails:
        found[str(mail["To"])].add(str(mail["Message-ID"]))
    return found
