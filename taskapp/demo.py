"""A month of work of a small company, to look at: `make demo`.

Everything goes through the services, as if they had been called when it happened, so totals,
versions and the event log are what they would be. The same day gives the same month.
"""

import heapq
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.accounts.services import create_account
from taskapp.core.database import read_one
from taskapp.core.time import clock_at, instant_text, now
from taskapp.extensions import db
from taskapp.records.services import create_record
from taskapp.tasks.models import Task
from taskapp.tasks.services import create_task, set_status, update_task

DAYS = 30

# A task's life: each step waits for the instant that was yielded before it.
Life = Iterator[datetime]


@cache
def _story() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def usernames() -> list[str]:
    """Who plays in the demo; the first is an admin."""
    return [person["username"] for person in _story()["people"]]


def is_there() -> bool:
    """Whether the demo has been filled in already."""
    emails = [_email(name) for name in usernames()]
    return read_one(select(User.id).where(User.email_key.in_(emails))) is not None


def fill(password: str) -> None:
    """Write the month that ends now, with everybody's password.

    Raises Conflict when somebody else has one of the names, Invalid when the password is too weak.
    """
    # The same story each time, and no secret.
    chance = Random(20261121)  # noqa: S311  # nosec B311
    end = now()
    with clock_at(end - timedelta(days=DAYS + 1)):
        crowd = [_register(person, password) for person in _story()["people"]]
    lives = [
        _live(chance, entry, _working_time(chance, day, owner), owner, crowd)
        for entry, day in _entries(chance, end.date())
        for owner in [chance.choice(crowd)]
    ]
    _play(lives, end)


def _register(person: Mapping[str, str], password: str) -> Actor:
    name = person["username"]
    user = create_account(
        username=name,
        email=_email(name),
        password=password,
        role=person.get("role", "user"),
        timezone=person["timezone"],
        is_verified=True,
    )
    return Actor(user.id, user.username, user.email, user.role, user.timezone)


def _email(username: str) -> str:
    return f"{username}@demo.example"


def _entries(chance: Random, last: date) -> Iterator[tuple[Mapping[str, Any], date]]:
    """What is to be done, each with the day on which somebody writes it down."""
    days = [last - timedelta(days=number) for number in range(DAYS + 1)]
    busy = [1 if day.weekday() >= 5 else 6 for day in days]
    for task in _story()["tasks"]:
        yield task, chance.choices(days, busy)[0]
    for task in _story()["weekly"]:
        yield from ((task, day) for day in days if day.weekday() == task["weekday"])


def _play(lives: list[Life], end: datetime) -> None:
    """Let all that happens until `end` happen in its order; what would come later stays undone."""
    queue = [(next(life), number) for number, life in enumerate(lives)]
    heapq.heapify(queue)
    while queue:
        instant, number = heapq.heappop(queue)
        if instant > end:
            return
        with clock_at(instant):
            following = next(lives[number], None)
        if following is not None:
            heapq.heappush(queue, (following, number))


def _live(
    chance: Random, entry: Mapping[str, Any], moment: datetime, owner: Actor, crowd: list[Actor]
) -> Life:
    """A task is made, perhaps forgotten, perhaps begun, worked on and completed."""
    worker = chance.choice(crowd) if chance.random() < 0.6 else owner
    yield moment
    task = _create(chance, entry, owner, worker)
    if chance.random() < 0.1:
        return
    if chance.random() < 0.75:
        yield (moment := _later(chance, moment, hours=72))
        set_status(worker, task.id, "in_progress")
        for _ in range(chance.randint(0, 3)):
            yield (moment := _later(chance, moment, hours=30))
            create_record(worker, {**_work(chance, task, "begun"), "mark_done": False})
    if chance.random() < 0.15:
        yield (moment := _later(chance, moment, hours=20))
        update_task(owner, task.id, {"priority": "high", "due_date": _due(chance, moment, owner)})
    yield (moment := _later(chance, moment, hours=120))
    create_record(worker, _work(chance, task, "done"))
    if chance.random() < 0.04:
        yield _later(chance, moment, hours=20)
        set_status(owner, task.id, "todo")


def _create(chance: Random, entry: Mapping[str, Any], owner: Actor, worker: Actor) -> Task:
    made = now()
    task = create_task(
        owner,
        {
            "title": entry["title"],
            "description": entry.get("description", "").strip() or None,
            "priority": chance.choices(("low", "medium", "high"), (3, 5, 2))[0],
            "due_date": _due(chance, made, owner) if chance.random() < 0.75 else None,
            "assignee_id": worker.id if worker is not owner else None,
        },
    )
    if city := entry.get("city"):
        # Not through the service, which would ask a provider for the weather of today.
        temperature, condition = _story()["weather"][city]
        task.city = city
        task.weather = {
            "temperature": temperature,
            "condition": condition,
            "observed_at": instant_text(made),
            "provider": "demo",
        }
        db.session.flush()
    return task


def _work(chance: Random, task: Task, kind: str) -> dict[str, Any]:
    notes = _story()["notes"][kind]
    return {
        "task_id": task.id,
        "time_spent": 5 * chance.randint(1, 12) * chance.choice((1, 1, 2, 3)),
        "note": chance.choice(notes) if chance.random() < 0.6 else None,
    }


def _due(chance: Random, made: datetime, owner: Actor) -> date | datetime:
    """Some days after: the whole day, or a full hour of it in the owner's zone."""
    day = made.astimezone(owner.zone).date() + timedelta(days=chance.randint(1, 12))
    if chance.random() < 0.55:
        return day
    return datetime.combine(day, time(chance.randint(9, 18)), owner.zone).astimezone(UTC)


def _working_time(chance: Random, day: date, actor: Actor) -> datetime:
    moment = time(chance.randint(8, 17), chance.randint(0, 59), chance.randint(0, 59))
    return datetime.combine(day, moment, actor.zone).astimezone(UTC)


def _later(chance: Random, instant: datetime, *, hours: int) -> datetime:
    """Up to so many hours later, but not at the weekend."""
    later = instant + timedelta(hours=chance.uniform(0.5, hours))
    return later + timedelta(days=2) if later.weekday() >= 5 else later
