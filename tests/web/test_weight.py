"""What a page with fifty tasks costs: statements to make it, bytes to send it."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from tests.people import Crowd, Person
from tests.web.site import Site

TASKS = 50
STATEMENTS = 15
BYTES = 60 * 1024


@pytest.fixture
def site(people: Crowd, browse: Callable[[Person], Site]) -> Site:
    """Alice's browser; her fifty tasks are due today, and each has another assignee and city."""
    day = datetime.now(UTC).date()
    for number in range(TASKS):
        people.alice.api.make_task(
            f"Prepare report number {number} for the board of the company in question",
            description=f"It has {number * 7919} figures, each of which **matters**. " * 5,
            status=("todo", "in_progress")[number % 2],
            priority=("low", "medium", "high")[number % 3],
            due_date=str(day) if number % 2 else f"{day}T23:{number:02}:00Z",
            city=f"City of {number}",
            assignee_id=people.make(f"person{number}").id,
        )
    record = {"task_id": 1, "time_spent": 90, "completion_date": str(day), "mark_done": False}
    for task in people.alice.api.get("/tasks?per_page=50").json["items"]:
        people.alice.api.post("/task-records", record | {"task_id": task["id"]})
    return browse(people.alice)


def test_fifty_tasks_cost_little(
    site: Site, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for path in ("/tasks", "/tasks?q=report", "/board", "/today", "/calendar", "/analytics"):
        with count_queries() as statements:
            page = site.open(path)
        assert page.status == 200
        assert len(statements) <= STATEMENTS, (path, statements)
        assert len(gzip.compress(page.html.encode())) <= BYTES, path
        if path != "/analytics":
            assert page.html.count("Prepare report number") >= TASKS, path
