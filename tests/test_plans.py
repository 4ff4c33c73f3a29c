"""How requests are answered by the database: in few statements, and by an index."""

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, insert

from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.tasks.models import STATUSES, Task
from tests.databases import Databases
from tests.people import Crowd

# A server counts on what it knows of a table, and reads a small one whole. With that forbidden,
# it does so only where no index serves. SQLite uses an index wherever there is one.
PLANS = {
    "postgresql": ["SET enable_seqscan = off", "EXPLAIN "],
    "sqlite": ["PRAGMA optimize", "EXPLAIN QUERY PLAN "],
}
on_both = pytest.mark.parametrize("database_url", list(PLANS), indirect=True)


@pytest.fixture
def tasks(app: Flask, people: Crowd) -> list[int]:
    """Alice's tasks, some of them Bob's to do; the ids."""
    alice, bob, moment = people.alice.id, people.bob.id, now()
    with app.app_context():
        rows = [
            {
                "title": f"Task {number}",
                "user_id": alice,
                "assignee_id": bob if number % 7 == 0 else None,
                "status": STATUSES[number % 3],
                "created_at": moment,
                "completed_at": moment if STATUSES[number % 3] == "done" else None,
                "version": 1,
            }
            for number in range(200)
        ]
        made = db.session.scalars(insert(Task).returning(Task.id), rows).all()
        db.session.commit()
    return list(made)


@pytest.fixture
def plans(
    app: Flask, databases: Databases
) -> Callable[[], AbstractContextManager[dict[str, list[str]]]]:
    """`with plans() as found:` collects the plan of each statement of what happens inside."""
    kind = "postgresql" if app.config["DATABASE_URL"].startswith("postgresql") else "sqlite"
    prepare, explain = PLANS[kind]

    @contextmanager
    def collect() -> Any:
        asked: list[tuple[str, Any]] = []
        found: dict[str, list[str]] = {}

        def note(*args: Any) -> None:
            asked.append((args[2], args[3]))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        with databases.engine(kind).connect() as connection:
            connection.exec_driver_sql(prepare)
            for statement, parameters in asked:
                lines = connection.exec_driver_sql(explain + statement, parameters).all()
                found[statement] = [str(line[-1]) for line in lines]

    return collect


def whole_tables(plan: list[str]) -> list[str]:
    """The lines of a plan that read a table from its beginning to its end."""
    on_postgres = [line for line in plan if "Seq Scan on" in line]
    on_sqlite = [
        line
        for line in plan
        if line.startswith("SCAN ")
        and line.split()[1] in db.metadata.tables
        and "USING" not in line
    ]
    return on_postgres + on_sqlite


READS = {
    "get one": ("/tasks/{id}", 2),
    "first page": ("/tasks", 2),
    "by status": ("/tasks?status=todo", 2),
    "by two statuses": ("/tasks?status=todo,done", 2),
    "a deep page": ("/tasks?per_page=5&page=3", 2),
    "what is assigned": ("/tasks?assignee_id={bob}", 2),
    "search": ("/tasks?q=task", 2),
    "records": ("/task-records", 2),
    "records of a task": ("/task-records?task_id={id}", 2),
    "analytics": ("/analytics", 7),
    "oneself": ("/users/me", 2),
}


@on_both
@pytest.mark.parametrize("who", ["alice", "bob", "root"])
@pytest.mark.parametrize("name", READS)
def test_reading_takes_few_statements_and_no_whole_table(
    people: Crowd, tasks: list[int], plans: Any, name: str, who: str
) -> None:
    path, most = READS[name]
    api = getattr(people, who).api
    with plans() as found:
        assert api.get(path.format(id=tasks[0], bob=people.bob.id)).status_code == 200
    assert 0 < len(found) <= most, list(found)
    for statement, plan in found.items():
        assert not whole_tables(plan), (statement, plan)


@on_both
def test_reading_on_by_cursor_needs_no_whole_table(
    people: Crowd, tasks: list[int], plans: Any
) -> None:
    cursor = people.alice.api.get("/tasks?status=todo").get_json()["next_cursor"]
    with plans() as found:
        assert people.alice.api.get(f"/tasks?status=todo&cursor={cursor}").status_code == 200
    assert len(found) == 2
    assert not any(whole_tables(plan) for plan in found.values()), found


@on_both
def test_changing_takes_few_statements(
    people: Crowd,
    tasks: list[int],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    api = people.alice.api
    with count_queries() as of_create:  # who asks, the task, the event's number, the event
        assert api.post("/tasks", {"title": "New"}).status_code == 201
    with count_queries() as of_status:  # and the lock
        assert api.put(f"/tasks/{tasks[0]}/status", {"status": "done"}).status_code == 200
    begins = ("BEGIN",)
    assert len([each for each in of_create if not each.startswith(begins)]) <= 4, of_create
    assert len([each for each in of_status if not each.startswith(begins)]) <= 5, of_status
