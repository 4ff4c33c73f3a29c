"""Records behind the API: what the log says, and totals that never drift."""

from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import insert, select

from taskapp.core.database import read_all
from taskapp.core.errors import Invalid
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.records import queries, services
from taskapp.records.models import MAX_MINUTES, TaskRecord
from taskapp.tasks.models import MAX_TIME_SPENT
from tests.people import Crowd

DAY = date(2026, 1, 31)


def events_since(app: Flask, number: int) -> list[Any]:
    with app.app_context():
        later = select(Event.__table__).where(Event.id > number).order_by(Event.id)
        return list(read_all(later))


def test_a_record_that_completes_a_task_writes_two_events(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    body = {"task_id": task["id"], "time_spent": 45, "completion_date": "2026-01-31"}
    people.bob.api.post("/task-records", {**body, "note": "Between us"})

    recorded, completed = events_since(app, 1)
    assert (recorded.type, recorded.actor_id, recorded.task_id) == (
        "record.created",
        people.bob.id,
        task["id"],
    )
    # The note is not told: those who see the task do not see the record.
    assert recorded.changes == {"completion_date": [None, "2026-01-31"], "time_spent": [None, 45]}
    assert (recorded.task["time_spent"], recorded.task["status"]) == (45, "todo")
    assert (recorded.user_id, recorded.assignee_id) == (people.alice.id, people.bob.id)
    assert (completed.type, completed.changes["status"]) == ("task.updated", ["todo", "done"])
    assert completed.task == people.alice.api.get(f"/tasks/{task['id']}").json


def test_a_task_that_is_done_already_is_not_completed_again(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task(status="done")
    people.alice.api.post("/task-records", {"task_id": task["id"]})
    assert [event.type for event in events_since(app, 1)] == ["record.created"]
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_each_change_of_a_record_is_told(app: Flask, people: Crowd) -> None:
    api = people.alice.api
    first, second = api.make_task(), api.make_task()
    body = {"task_id": first["id"], "completion_date": "2026-01-31", "mark_done": False}
    path = f"/task-records/{api.post('/task-records', body).json['id']}"
    api.patch(path, {"time_spent": 10})
    api.patch(path, {"time_spent": 10})
    api.patch(path, {"task_id": second["id"]})
    api.delete(path)

    told = [(e.type, e.task_id, e.changes, e.task["time_spent"]) for e in events_since(app, 3)]
    assert told == [
        ("record.updated", first["id"], {"time_spent": [0, 10]}, 10),
        ("record.updated", first["id"], {}, 0),
        ("record.updated", second["id"], {}, 10),
        (
            "record.deleted",
            second["id"],
            {"completion_date": ["2026-01-31", None], "time_spent": [10, None]},
            0,
        ),
    ]


def test_a_refused_record_changes_and_tells_nothing(app: Flask, people: Crowd) -> None:
    task = people.alice.api.make_task()
    body = {"task_id": task["id"], "completion_date": "9998-01-01", "time_spent": 5}
    assert people.alice.api.post("/task-records", body).status_code == 422
    assert events_since(app, 1) == []
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_a_total_that_a_task_cannot_hold_is_refused(app: Flask, people: Crowd) -> None:
    task_id = people.alice.api.make_task()["id"]
    year = {"task_id": task_id, "completion_date": DAY, "time_spent": MAX_MINUTES}
    with app.app_context():
        years = [{**year, "user_id": people.alice.id, "version": 1}] * (
            MAX_TIME_SPENT // MAX_MINUTES
        )
        db.session.execute(insert(TaskRecord), years)
        db.session.commit()
        with pytest.raises(Invalid):
            services.create_record(people.alice.actor, year)
        db.session.rollback()
        services.create_record(people.alice.actor, {**year, "time_spent": 1})
        db.session.commit()
    stored = people.alice.api.get(f"/tasks/{task_id}").json["time_spent"]
    assert stored == len(years) * MAX_MINUTES + 1


def test_the_work_of_somebody_who_leaves_is_taken_off_the_tasks_of_others(
    app: Flask, people: Crowd
) -> None:
    shared = people.alice.api.make_task(assignee_id=people.bob.id)
    own = people.bob.api.make_task()
    for person, task in ((people.alice, shared), (people.bob, shared), (people.bob, own)):
        person.api.post("/task-records", {"task_id": task["id"], "time_spent": 10})
    number = len(events_since(app, 0))
    with app.app_context():
        services.delete_records_of(people.root.actor, people.bob.id)
        db.session.commit()

    (told,) = events_since(app, number)
    assert (told.type, told.task["time_spent"]) == ("record.deleted", 10)
    assert people.alice.api.get(f"/tasks/{shared['id']}").json["time_spent"] == 10
    assert people.bob.api.get(f"/tasks/{own['id']}").json["time_spent"] == 10
    assert people.bob.api.get("/task-records").json["total"] == 1


def test_who_moved_west_can_still_edit_a_record_that_now_lies_in_the_future(
    people: Crowd,
) -> None:
    east = people.make("east", timezone="Pacific/Kiritimati")
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        record = east.api.post("/task-records", {"task_id": east.api.make_task()["id"]}).json
        path = f"/task-records/{record['id']}"
        east.api.patch("/users/me", {"timezone": "Pacific/Pago_Pago"})
        assert record["completion_date"] == "2026-11-22"
        assert east.api.put(path, {**record, "note": "Edited"}).json["note"] == "Edited"


def test_all_records_are_read_in_batches_newest_first(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_BATCH", 2)
    actor, task = people.alice.actor, people.alice.api.make_task()
    with app.app_context():
        assert [list(batch) for batch in queries.record_batches(actor, {})] == [[]]
        row = {"user_id": actor.id, "task_id": task["id"], "version": 1}
        days = [date(2026, 1, day) for day in (2, 1, 2, 3, 2)]
        rows = [row | {"completion_date": day, "time_spent": n} for n, day in enumerate(days)]
        db.session.execute(insert(TaskRecord), rows)
        db.session.commit()
        batches = list(queries.record_batches(actor, {"user_id": actor.id}))
    assert [[record.time_spent for record in batch] for batch in batches] == [[3, 4], [2, 0], [1]]
