"""One act on many tasks over the API."""

from typing import Any

import pytest

from tests.people import Crowd


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ({"action": "complete"}, {"status": "done"}),
        ({"action": "priority", "priority": "low"}, {"priority": "low"}),
        ({"action": "reschedule", "due_date": "2030-01-01"}, {"due_date": "2030-01-01T17:30:00Z"}),
        ({"action": "assign", "assignee_id": None}, {"assignee_id": None}),
    ],
)
def test_every_task_is_changed(people: Crowd, body: dict[str, Any], change: dict[str, Any]) -> None:
    api = people.alice.api
    values = {"due_date": "2026-12-24T17:30:00Z", "assignee_id": people.bob.id}
    ids = [api.make_task(**values)["id"] for _ in range(3)]
    response = api.post("/tasks/bulk", {"ids": ids[:2] * 2, **body})
    assert response.json == {"done": ids[:2], "refused": []}
    changed = [change.items() <= api.get(f"/tasks/{number}").json.items() for number in ids]
    assert changed == [True, True, False]


def test_what_one_may_not_change_is_reported_and_the_rest_is_done(people: Crowd) -> None:
    mine = people.bob.api.make_task()["id"]
    given = people.alice.api.make_task(assignee_id=people.bob.id)["id"]
    hidden = people.alice.api.make_task()["id"]
    body = {"ids": [hidden, mine, given], "action": "delete"}
    answer = people.bob.api.post("/tasks/bulk", body).json
    assert answer["done"] == [mine]
    assert [refusal["id"] for refusal in answer["refused"]] == [given, hidden]
    assert "owner" in answer["refused"][0]["detail"]
    assert people.alice.api.get("/tasks").json["total"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "burn"}, "action"),
        ({"action": "priority"}, "priority"),
        ({"action": "reschedule", "due_date": "2030-01-01T12:00:00Z"}, "due_date"),
        ({"action": "assign", "assignee_id": 10**9}, "assignee_id"),
        ({"action": "complete", "ids": []}, "ids"),
        ({"action": "complete", "ids": list(range(1, 102))}, "ids"),
    ],
)
def test_nonsense_changes_nothing(people: Crowd, body: dict[str, Any], field: str) -> None:
    task = people.alice.api.make_task()
    response = people.alice.api.post("/tasks/bulk", {"ids": [task["id"]], **body})
    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task
