"""Quick add over the API: the same line as on the pages."""

import pytest

from tests.people import Crowd

LINE = "Prepare report 30 nov 2030 5pm !high @bob in:Moscow"


def test_a_line_becomes_a_task(people: Crowd) -> None:
    bob = people.bob
    response = people.alice.api.post("/tasks/quick", {"text": LINE})

    assert response.status_code == 201
    task = response.json
    assert (task["title"], task["priority"], task["city"]) == ("Prepare report", "high", "Moscow")
    assert task["due_date"] == "2030-11-30T17:00:00Z"
    assert task["assignee_id"] == bob.id
    assert response.headers["Location"] == f"/api/v1/tasks/{task['id']}"


def test_a_preview_only_reads(people: Crowd) -> None:
    response = people.alice.api.post("/tasks/quick", {"text": LINE, "preview": True})

    assert response.status_code == 200
    preview = response.json
    assert (preview["title"], preview["assignee"]) == ("Prepare report", "bob")
    assert preview["assignee_id"] is None
    assert [LINE[token["start"] : token["end"]] for token in preview["tokens"]] == [
        "30 nov 2030",
        "5pm",
        "!high",
        "@bob",
        "in:Moscow",
    ]
    assert people.alice.api.get("/tasks").json["total"] == 0


def test_me_is_the_writer(people: Crowd) -> None:
    task = people.alice.api.post("/tasks/quick", {"text": "Call Omar @me"}).json
    assert task["assignee_id"] == people.alice.id


@pytest.mark.parametrize("text", ["", "!high", "Call @nobody", "x" * 101, f"Meet in:{'x' * 101}"])
def test_what_cannot_become_a_task_is_said(people: Crowd, text: str) -> None:
    response = people.alice.api.post("/tasks/quick", {"text": text})
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["text"]


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/New_York", "Call Omar 9999-12-31 11pm"),
        ("Asia/Tokyo", "Call Omar 0001-01-01 5am"),
        ("UTC", "Call Omar 0001-01-01"),
    ],
)
def test_a_day_that_cannot_be_stored_is_said_beforehand_too(
    people: Crowd, zone: str, text: str, preview: bool
) -> None:
    api = people.make("kim", timezone=zone).api
    response = api.post("/tasks/quick", {"text": text, "preview": preview})
    assert response.status_code == 422
    complaint = "Choose a date between the years 1000 and 9999."
    assert response.json["errors"] == {"due_date": [complaint]}


def test_a_preview_shows_the_instant_that_is_stored(people: Crowd) -> None:
    api = people.make("kim", timezone="America/New_York").api
    line = {"text": "Call Omar 30 nov 2030 5pm"}
    assert (
        api.post("/tasks/quick", line | {"preview": True}).json["due_date"]
        == (api.post("/tasks/quick", line).json["due_date"])
    )
