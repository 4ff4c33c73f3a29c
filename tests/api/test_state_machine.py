"""Tasks and records against a plain model in memory: whatever is done, the answers agree."""

from itertools import count
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.people import Crowd, Person

TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100).filter(
    str.strip
)
STATUSES = st.sampled_from(["todo", "in_progress", "done"])
PRIORITIES = st.sampled_from(["low", "medium", "high"])
MINUTES = st.integers(0, 525_600)
NAMES = count()


class Model(RuleBasedStateMachine):
    """Alice owns tasks and assigns some to Bob; both log time."""

    app: Flask
    tasks = Bundle("tasks")
    records = Bundle("records")

    def __init__(self) -> None:
        super().__init__()
        crowd = Crowd(self.app)
        self.alice = crowd.make(f"alice{next(NAMES)}")
        self.bob = crowd.make(f"bob{next(NAMES)}")
        self.known: dict[int, dict[str, Any]] = {}
        self.logged: dict[int, dict[str, Any]] = {}

    @rule(target=tasks, title=TITLES, priority=PRIORITIES, shared=st.booleans(), status=STATUSES)
    def create_task(self, title: str, priority: str, shared: bool, status: str) -> int:
        assignee = self.bob.id if shared else None
        given = {"title": title, "priority": priority, "assignee_id": assignee, "status": status}
        task = self.alice.api.make_task(**given)
        self.known[task["id"]] = {**given, "title": title.strip(), "time_spent": 0}
        return int(task["id"])

    @rule(id=tasks, title=TITLES)
    def rename(self, id: int, title: str) -> None:
        response = self.alice.api.patch(f"/tasks/{id}", {"title": title})
        assert response.status_code == 200
        self.known[id]["title"] = title.strip()

    @rule(id=tasks, status=STATUSES, by_bob=st.booleans())
    def set_status(self, id: int, status: str, by_bob: bool) -> None:
        person = self.bob if by_bob else self.alice
        response = person.api.put(f"/tasks/{id}/status", {"status": status})
        if by_bob and self.known[id]["assignee_id"] is None:
            assert response.status_code == 404
        else:
            assert response.status_code == 200
            self.known[id]["status"] = status

    @rule(id=tasks)
    def unassign(self, id: int) -> None:
        assert self.alice.api.patch(f"/tasks/{id}", {"assignee_id": None}).status_code == 200
        self.known[id]["assignee_id"] = None

    @rule(id=consumes(tasks))
    def delete_task(self, id: int) -> None:
        assert self.alice.api.delete(f"/tasks/{id}").status_code == 204
        del self.known[id]
        self.logged = {key: record for key, record in self.logged.items() if record["task"] != id}

    @rule(target=records, id=tasks, minutes=MINUTES, by_bob=st.booleans(), done=st.booleans())
    def log_time(self, id: int, minutes: int, by_bob: bool, done: bool) -> Any:
        person = self.bob if by_bob else self.alice
        body = {"task_id": id, "time_spent": minutes, "mark_done": done}
        response = person.api.post("/task-records", body)
        if by_bob and self.known[id]["assignee_id"] is None:
            assert response.status_code == 422
            return multiple()
        assert response.status_code == 201
        self.logged[response.json["id"]] = {"task": id, "minutes": minutes, "maker": person}
        self.known[id]["time_spent"] += minutes
        if done:
            self.known[id]["status"] = "done"
        return response.json["id"]

    @rule(id=records, minutes=MINUTES)
    def correct_record(self, id: int, minutes: int) -> None:
        record = self.logged.get(id)
        maker: Person = record["maker"] if record else self.alice
        response = maker.api.patch(f"/task-records/{id}", {"time_spent": minutes})
        if record is None:
            assert response.status_code == 404
        else:
            assert response.status_code == 200
            self.known[record["task"]]["time_spent"] += minutes - record["minutes"]
            record["minutes"] = minutes

    @rule(id=consumes(records))
    def delete_record(self, id: int) -> None:
        record = self.logged.pop(id, None)
        maker: Person = record["maker"] if record else self.alice
        response = maker.api.delete(f"/task-records/{id}")
        if record is None:
            assert response.status_code == 404
        else:
            assert response.status_code == 204
            self.known[record["task"]]["time_spent"] -= record["minutes"]

    @invariant()
    def lists_agree(self) -> None:
        listed = self.alice.api.get("/tasks?per_page=100&sort=id").json
        shown = {
            task["id"]: {name: task[name] for name in self.known.get(task["id"], task)}
            for task in listed["items"]
        }
        assert shown == self.known
        assert listed["total"] == len(self.known)
        shared = self.bob.api.get("/tasks?per_page=100").json["items"]
        assert {task["id"] for task in shared} == {
            number for number, task in self.known.items() if task["assignee_id"] == self.bob.id
        }

    @invariant()
    def records_agree(self) -> None:
        for person in (self.alice, self.bob):
            listed = person.api.get("/task-records?per_page=100").json["items"]
            assert {record["id"]: record["time_spent"] for record in listed} == {
                number: record["minutes"]
                for number, record in self.logged.items()
                if record["maker"] is person
            }


def test_the_api_agrees_with_the_model(app: Flask) -> None:
    machine = type("Machine", (Model,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
