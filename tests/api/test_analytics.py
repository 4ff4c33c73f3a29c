"""Analytics, as clients of the API meet them."""

import pytest
import time_machine

from tests.clients import Api
from tests.people import Crowd, Person

NOW = "2026-11-21T12:00:00Z"
NOTHING = {"todo": 0, "in_progress": 0, "done": 0}


def signed_in(person: Person) -> Api:
    """The API with a new token: an older one may have expired."""
    return Api(person.app.test_client(), person.token())


def test_figures_of_a_period(people: Crowd) -> None:
    with time_machine.travel("2026-11-01T08:00:00Z", tick=False):
        api, bob = people.alice.api, people.bob.api
        report = api.make_task(priority="high", assignee_id=people.bob.id)
        api.make_task(due_date="2026-11-02")
        bob.make_task()
        bob.make_task(assignee_id=people.alice.id, status="in_progress")
    with time_machine.travel("2026-11-02T20:00:00Z", tick=False):
        record = {"task_id": report["id"], "time_spent": 60}
        assert signed_in(people.bob).post("/task-records", record).status_code == 201
    with time_machine.travel(NOW, tick=False):
        query = "start_date=2026-11-01&end_date=2026-11-30"
        response = signed_in(people.alice).get(f"/analytics?{query}")

    assert response.status_code == 200
    assert response.json == {
        "start_date": "2026-11-01",
        "end_date": "2026-11-30",
        "total": 3,
        "by_status": {"todo": 1, "in_progress": 1, "done": 1},
        "by_user": {"alice": 2, "bob": 1},
        "by_priority": {"low": 0, "medium": 2, "high": 1},
        "completed": 1,
        "completion_rate": pytest.approx(1 / 3),
        "overdue": 1,
        "mean_hours_to_complete": pytest.approx(36),
        "time_spent": {"total": 60, "by_user": {"bob": 60}, "by_day": {"2026-11-02": 60}},
        "created_by_day": {"2026-11-01": 3},
        "completed_by_day": {"2026-11-02": 1},
    }


def test_where_there_is_nothing_rates_are_null(people: Crowd) -> None:
    people.bob.api.make_task()
    found = people.alice.api.get("/analytics").json
    assert (found["total"], found["completed"], found["overdue"]) == (0, 0, 0)
    assert (found["completion_rate"], found["mean_hours_to_complete"]) == (None, None)
    assert found["by_status"] == NOTHING
    assert found["by_priority"] == {"low": 0, "medium": 0, "high": 0}
    assert found["by_user"] == found["created_by_day"] == found["completed_by_day"] == {}
    assert found["time_spent"] == {"total": 0, "by_user": {}, "by_day": {}}


def test_a_reopened_task_is_no_longer_completed(people: Crowd) -> None:
    task = people.alice.api.make_task(status="done")
    assert people.alice.api.get("/analytics").json["completed"] == 1
    people.alice.api.patch(f"/tasks/{task['id']}", {"status": "todo"})
    assert people.alice.api.get("/analytics").json["completed"] == 0


@pytest.mark.parametrize(
    ("zone", "day"), [("America/New_York", "2026-11-20"), ("Asia/Kathmandu", "2026-11-21")]
)
def test_days_are_those_of_the_caller(people: Crowd, zone: str, day: str) -> None:
    person = people.make("person", timezone=zone)
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        person.api.make_task()
        found = person.api.get("/analytics").json
        assert found["end_date"] == day
        assert found["created_by_day"] == {day: 1}
        empty = person.api.get("/analytics?start_date=2026-11-22&end_date=2026-11-22").json
        assert empty["total"] == 0


def test_one_user_at_a_time(people: Crowd) -> None:
    people.alice.api.make_task()
    people.bob.api.make_task(assignee_id=people.alice.id)

    def by_user(api: Api, query: str = "") -> dict[str, int]:
        return (api.get(f"/analytics{query}").json or {})["by_user"]

    assert by_user(people.alice.api) == {"alice": 1, "bob": 1}
    assert by_user(people.alice.api, f"?user_id={people.alice.id}") == {"alice": 1}
    assert by_user(people.root.api) == {"alice": 1, "bob": 1}
    assert by_user(people.root.api, f"?user_id={people.bob.id}") == {"bob": 1}
    assert by_user(people.root.api, "?user_id=999999") == {}
    assert people.alice.api.get(f"/analytics?user_id={people.bob.id}").status_code == 403
    assert people.alice.api.get("/analytics?user_id=999999").status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=2026-11-02&end_date=2026-11-01", "end_date"),
        ("start_date=1990-01-01", "start_date"),
        ("start_date=2026-11-31", "start_date"),
        ("end_date=2026-11-01T00:00:00Z", "end_date"),
        ("end_date=0001-01-01", "end_date"),
        ("end_date=9999-12-31", "end_date"),
        ("user_id=alice", "user_id"),
        ("nonsense=1", "nonsense"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(people: Crowd, query: str, field: str) -> None:
    response = people.alice.api.get(f"/analytics?{query}")
    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]


@pytest.mark.parametrize(
    "query", ["end_date=9999-12-29", "start_date=1000-01-03&end_date=1000-01-03"]
)
def test_the_ends_of_the_calendar(people: Crowd, query: str) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        person = people.make(zone[-6:].lower(), timezone=zone)
        assert person.api.get(f"/analytics?{query}").json["total"] == 0
