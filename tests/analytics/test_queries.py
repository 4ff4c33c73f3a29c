"""The figures, against the same figures counted plainly in Python."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, insert

from taskapp.accounts.actor import Actor
from taskapp.analytics.queries import Figures, get_figures
from taskapp.extensions import db
from taskapp.records.models import TaskRecord
from taskapp.tasks.models import PRIORITIES, STATUSES, Task
from tests.people import Crowd

NOW = datetime(2026, 11, 3, 12, tzinfo=ZoneInfo("UTC"))
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]
PEOPLE = ("alice", "bob", "root")
# The clocks of all but UTC change in these days.
INSTANTS = st.integers(1, 36 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
DAYS = st.dates(date(2026, 9, 28), date(2026, 11, 3))


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    created, status = draw(INSTANTS), draw(st.sampled_from(STATUSES))
    hours = draw(st.integers(1, 500))
    return {
        "owner": draw(st.sampled_from(PEOPLE)),
        "assignee": draw(st.none() | st.sampled_from(PEOPLE)),
        "status": status,
        "priority": draw(st.sampled_from(PRIORITIES)),
        "created_at": created,
        "completed_at": created + timedelta(hours=hours) if status == "done" else None,
        "due_at": draw(st.none() | st.just(NOW) | INSTANTS | st.just(NOW + timedelta(hours=1))),
        "records": draw(
            st.lists(st.tuples(st.sampled_from(PEOPLE), DAYS, st.integers(0, 300)), max_size=3)
        ),
    }


def store(app: Flask, ids: dict[str, int], given_tasks: list[dict[str, Any]]) -> None:
    with app.app_context():
        db.session.execute(delete(Task))
        for task in given_tasks:
            columns = {k: v for k, v in task.items() if k not in {"owner", "assignee", "records"}}
            row = {"title": "x", "user_id": ids[task["owner"]], "time_spent": 0, "version": 1}
            row["assignee_id"] = ids.get(task["assignee"])
            stored = db.session.execute(insert(Task).values(row | columns))
            for name, day, minutes in task["records"]:
                db.session.execute(
                    insert(TaskRecord).values(
                        user_id=ids[name],
                        task_id=stored.inserted_primary_key[0],
                        completion_date=day,
                        time_spent=minutes,
                        version=1,
                    )
                )
        db.session.commit()


def counted_plainly(
    given_tasks: list[dict[str, Any]], viewer: Actor, owner: str | None, start: date, end: date
) -> dict[str, Any]:
    def within(instant: datetime | None) -> date | None:
        day = instant.astimezone(viewer.zone).date() if instant else None
        return day if day and start <= day <= end else None

    seen = [
        task
        for task in given_tasks
        if (viewer.is_admin or viewer.username in {task["owner"], task["assignee"]})
        and owner in {None, task["owner"]}
    ]
    created = [task for task in seen if within(task["created_at"])]
    completed = [task for task in seen if within(task["completed_at"])]
    hours = [(t["completed_at"] - t["created_at"]) / timedelta(hours=1) for t in completed]
    logged = [r for t in seen for r in t["records"] if start <= r[1] <= end and r[2] > 0]
    by_user, by_day = Counter[str](), Counter[date]()
    for name, day, minutes in logged:
        by_user[name] += minutes
        by_day[day] += minutes
    return {
        "total": len(created),
        "by_status": {s: sum(t["status"] == s for t in created) for s in STATUSES},
        "by_priority": {p: sum(t["priority"] == p for t in created) for p in PRIORITIES},
        "by_user": Counter(task["owner"] for task in created),
        "overdue": sum(
            t["status"] != "done" and t["due_at"] is not None and t["due_at"] <= NOW
            for t in created
        ),
        "created_by_day": Counter(within(task["created_at"]) for task in created),
        "completed": len(completed),
        "completed_by_day": Counter(within(task["completed_at"]) for task in completed),
        "completion_rate": (
            sum(t["status"] == "done" for t in created) / len(created) if created else None
        ),
        "mean_hours_to_complete": (
            pytest.approx(sum(hours) / len(hours), rel=1e-6) if hours else None
        ),
        "minutes": sum(minutes for _, _, minutes in logged),
        "minutes_by_user": by_user,
        "minutes_by_day": by_day,
    }


@given(
    given_tasks=st.lists(tasks(), max_size=12),
    viewer=st.sampled_from(PEOPLE),
    query=st.tuples(st.sampled_from(ZONES), DAYS, DAYS, st.booleans()),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_figure_is_right(
    app: Flask,
    people: Crowd,
    given_tasks: list[dict[str, Any]],
    viewer: str,
    query: tuple[str, date, date, bool],
) -> None:
    zone, *days, own_only = query
    start, end = sorted(days)
    ids = {name: getattr(people, name).id for name in PEOPLE}
    store(app, ids, given_tasks)
    actor = Actor(ids[viewer], viewer, None, "admin" if viewer == "root" else "user", zone)
    owner = viewer if own_only else None
    with time_machine.travel(NOW, tick=False), app.app_context():
        figures = get_figures(actor, start, end, ids[owner] if owner else None)

    expected = counted_plainly(given_tasks, actor, owner, start, end)
    assert {name: getattr(figures, name) for name in expected} == expected


def figures_of(app: Flask, actor: Actor) -> Figures:
    with app.app_context():
        return get_figures(actor)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_grow(app: Flask, people: Crowd) -> None:
    ids = {name: getattr(people, name).id for name in PEOPLE}
    with statements() as on_nothing:
        figures_of(app, people.alice.actor)
    task = {"owner": "alice", "assignee": "bob", "status": "todo", "priority": "low"}
    task |= {"completed_at": None, "due_at": None}
    start = datetime.now(NOW.tzinfo) - timedelta(days=20)
    records = [(name, start.date() + timedelta(number), 5) for number, name in enumerate(PEOPLE)]
    store(
        app,
        ids,
        [
            {**task, "created_at": start + timedelta(hours=number), "records": records}
            for number in range(50)
        ],
    )
    with statements() as on_much:
        assert figures_of(app, people.alice.actor).total == 50
    assert len(on_much) == len(on_nothing) <= 6
