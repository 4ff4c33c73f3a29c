"""Records that are made, moved and deleted at the same moment: no total loses a minute."""

from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from taskapp.core.database import read_all
from taskapp.records.models import TaskRecord
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import Crowd, Person
from tests.race import race, rounds


def another(person: Person) -> Api:
    """A client of its own: one is not to be used by two threads."""
    return Api(person.app.test_client(), person.api.token)


def expect_right_totals(app: Flask) -> None:
    summed = func.coalesce(func.sum(TaskRecord.time_spent), 0)
    totals = (
        select(Task.id, Task.time_spent, summed)
        .outerjoin(TaskRecord, TaskRecord.task_id == Task.id)
        .group_by(Task.id, Task.time_spent)
    )
    with app.app_context():
        assert [row for row in read_all(totals) if row[1] != row[2]] == []


def test_of_many_writers_on_two_tasks(app: Flask, people: Crowd) -> None:
    tasks = [people.alice.api.make_task()["id"] for _ in range(2)]

    def work(client: Api, here: int, there: int) -> list[int]:
        statuses = []
        for number in range(8):
            answer = client.post("/task-records", {"task_id": here, "time_spent": number})
            statuses.append(answer.status_code)
            path = f"/task-records/{answer.json['id']}"
            if number % 2:
                statuses.append(client.patch(path, {"task_id": there}).status_code)
            if number % 4 == 0:
                statuses.append(client.delete(path).status_code)
        return statuses

    directions = [tasks, tasks[::-1]] * 2
    found = race(*[partial(work, another(people.alice), *way) for way in directions])
    assert {status for statuses in found for status in statuses} == {200, 201, 204}
    expect_right_totals(app)
    assert people.alice.api.get("/task-records").json["total"] == 4 * (8 - 2)


def test_against_the_deletion_of_their_task(app: Flask, people: Crowd) -> None:
    other = people.bob.api.make_task()["id"]
    maker, mover, owner = another(people.bob), another(people.bob), another(people.alice)
    for _ in rounds(30):
        task = owner.make_task(assignee_id=people.bob.id)["id"]
        work: dict[str, Any] = {"task_id": task, "time_spent": 7}
        path = f"/task-records/{maker.post('/task-records', work).json['id']}"
        made, moved, deleted = race(
            partial(maker.post, "/task-records", work),
            partial(mover.patch, path, {"task_id": other}),
            partial(owner.delete, f"/tasks/{task}"),
        )
        assert made.status_code in {201, 422}
        assert moved.status_code in {200, 404}
        assert deleted.status_code == 204
    expect_right_totals(app)
