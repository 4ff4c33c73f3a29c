"""Completed-task records, as clients of the API meet them."""

from typing import Any

import pytest
import time_machine

from tests.people import Crowd, Person


def make_record(person: Person, task: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = person.api.post("/task-records", {"task_id": task["id"], **fields})
    assert response.status_code == 201, response.text
    return response.json or {}


def task_of(person: Person, task: dict[str, Any]) -> dict[str, Any]:
    return person.api.get(f"/tasks/{task['id']}").json or {}


def test_a_record_makes_its_task_done(people: Crowd) -> None:
    task = people.alice.api.make_task()
    response = people.alice.api.post(
        "/task-records",
        {
            "task_id": task["id"],
            "completion_date": "2026-01-31",
            "time_spent": 90,
            "note": "Took longer than thought.",
        },
    )
    record = response.json

    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/task-records/{record['id']}"
    assert people.alice.api.get(f"/task-records/{record['id']}").json == record
    assert record == {
        "id": record["id"],
        "user_id": people.alice.id,
        "task_id": task["id"],
        "completion_date": "2026-01-31",
        "time_spent": 90,
        "note": "Took longer than thought.",
        "created_at": record["created_at"],
    }
    done = task_of(people.alice, task)
    assert (done["status"], done["is_complete"], done["time_spent"]) == ("done", True, 90)
    assert done["completed_at"]


def test_time_can_be_logged_without_completing(people: Crowd) -> None:
    task = people.alice.api.make_task(status="in_progress")
    make_record(people.alice, task, time_spent=30, mark_done=False)
    stored = task_of(people.alice, task)
    assert (stored["status"], stored["completed_at"], stored["time_spent"]) == (
        "in_progress",
        None,
        30,
    )


def test_what_is_left_out_has_a_default(people: Crowd) -> None:
    people.kiri = kiri = people.make("kiri", timezone="Pacific/Kiritimati")  # UTC+14
    with time_machine.travel("2026-11-21T09:59:00Z", tick=False):
        before_midnight = make_record(kiri, kiri.api.make_task())
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False):
        after_midnight = make_record(kiri, kiri.api.make_task())

    assert (before_midnight["time_spent"], before_midnight["note"]) == (0, None)
    assert before_midnight["completion_date"] == "2026-11-21"
    assert after_midnight["completion_date"] == "2026-11-22"


def test_a_day_to_come_is_refused_as_the_user_counts_days(people: Crowd) -> None:
    west = people.make("west", timezone="Pacific/Pago_Pago")  # UTC-11
    with time_machine.travel("2026-11-21T10:59:00Z", tick=False):
        body = {"task_id": west.api.make_task()["id"]}
        today = west.api.post("/task-records", {**body, "completion_date": "2026-11-20"})
        tomorrow = west.api.post("/task-records", {**body, "completion_date": "2026-11-21"})
        record = f"/task-records/{today.json['id']}"
        moved = west.api.patch(record, {"completion_date": "2026-11-21"})
        # The days are those of the user whose record it is, whoever edits it.
        by_admin = people.root.api.patch(record, {"completion_date": "2026-11-21"})
        replaced = people.root.api.put(record, body)

    assert today.status_code == 201
    for refused in (tomorrow, moved, by_admin):
        assert refused.status_code == 422
        assert list(refused.json["errors"]) == ["completion_date"]
    assert replaced.json["completion_date"] == "2026-11-20"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task_id", None),
        ("task_id", 2**63),
        ("task_id", "1"),
        ("time_spent", -1),
        ("time_spent", 525_601),
        ("time_spent", 1.5),
        ("time_spent", True),
        ("time_spent", "30"),
        ("time_spent", None),
        ("completion_date", "2026-02-30"),
        ("completion_date", "2026-02-28T12:00:00Z"),
        ("completion_date", "0999-12-31"),
        ("completion_date", None),
        ("completion_date", 20260228),
        ("note", "x" * 1001),
        ("note", "\x00"),
        ("mark_done", "false"),
        ("nonsense", 1),
    ],
)
def test_a_bad_value_is_refused_by_name(people: Crowd, field: str, value: Any) -> None:
    task = people.alice.api.make_task()
    response = people.alice.api.post("/task-records", {"task_id": task["id"], field: value})
    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]
    assert task_of(people.alice, task) == task


def test_the_limits_themselves_are_allowed(people: Crowd) -> None:
    task = people.alice.api.make_task()
    record = make_record(people.alice, task, time_spent=525_600, note="ü" * 1000)
    assert (record["time_spent"], len(record["note"])) == (525_600, 1000)


def test_a_task_one_cannot_see_cannot_be_recorded(people: Crowd) -> None:
    task = people.alice.api.make_task()
    for task_id in (task["id"], task["id"] + 1000):
        response = people.bob.api.post("/task-records", {"task_id": task_id})
        assert response.status_code == 422
        assert list(response.json["errors"]) == ["task_id"]
    assert task_of(people.alice, task) == task


def test_whoever_sees_a_task_records_their_own_work(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    by_bob = make_record(people.bob, task, time_spent=20)
    by_root = make_record(people.root, task, time_spent=5)
    assert (by_bob["user_id"], by_root["user_id"]) == (people.bob.id, people.root.id)
    assert task_of(people.alice, task)["time_spent"] == 25


def test_others_records_do_not_exist_except_for_admins(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    record = make_record(people.bob, task, time_spent=20)
    path = f"/task-records/{record['id']}"

    for method in ("GET", "DELETE"):
        assert people.alice.api.call(method, path).status_code == 404
    assert people.alice.api.patch(path, {"time_spent": 1}).status_code == 404
    assert people.alice.api.put(path, {"task_id": task["id"]}).status_code == 404

    assert people.root.api.get(path).json == record
    changed = people.root.api.patch(path, {"time_spent": 21}).json
    assert changed == {**record, "time_spent": 21}
    assert people.root.api.delete(path).status_code == 204
    assert people.bob.api.get(path).status_code == 404
    assert task_of(people.alice, task)["time_spent"] == 0


def test_one_keeps_a_record_of_a_task_out_of_sight(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    record = make_record(people.bob, task, time_spent=20)
    people.alice.api.patch(f"/tasks/{task['id']}", {"assignee_id": None})
    path = f"/task-records/{record['id']}"

    assert people.bob.api.put(path, {**record, "time_spent": 25}).status_code == 200
    assert task_of(people.alice, task)["time_spent"] == 25
    assert people.bob.api.get("/task-records").json["total"] == 1
    assert people.bob.api.delete(path).status_code == 204
    assert task_of(people.alice, task)["time_spent"] == 0


def test_put_replaces_and_patch_changes(people: Crowd) -> None:
    task = people.alice.api.make_task()
    record = make_record(
        people.alice, task, time_spent=20, note="First", completion_date="2026-01-31"
    )
    path = f"/task-records/{record['id']}"

    patched = people.alice.api.patch(path, {"note": None}).json
    assert patched == {**record, "note": None}
    replaced = people.alice.api.put(path, {"task_id": task["id"]}).json
    assert (replaced["time_spent"], replaced["note"]) == (0, None)
    assert replaced["completion_date"] > "2026-01-31"

    assert people.alice.api.put(path, {"time_spent": 5}).status_code == 422
    assert people.alice.api.patch(path, {"mark_done": True}).status_code == 422
    restored = people.alice.api.put(path, record)  # an object can be sent back as it was read
    assert restored.json == record


def test_changing_a_record_leaves_the_status_alone(people: Crowd) -> None:
    task = people.alice.api.make_task()
    path = f"/task-records/{make_record(people.alice, task)['id']}"
    people.alice.api.put(f"/tasks/{task['id']}/status", {"status": "todo"})

    people.alice.api.patch(path, {"time_spent": 5})
    assert task_of(people.alice, task)["status"] == "todo"
    people.alice.api.delete(path)
    assert task_of(people.alice, task)["status"] == "todo"


def test_a_record_can_move_to_another_task(people: Crowd) -> None:
    first, second = people.alice.api.make_task(), people.alice.api.make_task()
    hidden = people.bob.api.make_task()
    make_record(people.alice, first, time_spent=5)
    path = f"/task-records/{make_record(people.alice, first, time_spent=20)['id']}"

    moved = people.alice.api.patch(path, {"task_id": second["id"]})
    assert moved.json["task_id"] == second["id"]
    assert task_of(people.alice, first)["time_spent"] == 5
    assert task_of(people.alice, second)["time_spent"] == 20
    assert task_of(people.alice, second)["status"] == "todo"

    refused = people.alice.api.patch(path, {"task_id": hidden["id"]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["task_id"])
    assert task_of(people.bob, hidden) == hidden


def test_the_tag_of_a_task_follows_its_records(people: Crowd) -> None:
    task = people.alice.api.make_task(status="done")
    path = f"/tasks/{task['id']}"

    def tag() -> str:
        return people.alice.api.get(path).headers["ETag"]

    tags = [tag()]
    record = f"/task-records/{make_record(people.alice, task, time_spent=5)['id']}"
    tags.append(tag())
    people.alice.api.patch(record, {"time_spent": 6})
    tags.append(tag())
    people.alice.api.delete(record)
    tags.append(tag())
    assert len(set(tags)) == 4


def test_a_record_may_be_changed_only_as_it_was_read(people: Crowd) -> None:
    task = people.alice.api.make_task()
    path = f"/task-records/{make_record(people.alice, task)['id']}"
    read = people.alice.api.get(path).headers["ETag"]
    stale = {"If-Match": read}

    assert people.alice.api.get(path, headers={"If-None-Match": read}).status_code == 304
    assert people.alice.api.patch(path, {"time_spent": 1}, headers=stale).status_code == 200
    assert people.alice.api.patch(path, {"time_spent": 2}, headers=stale).status_code == 412
    assert people.alice.api.put(path, {"task_id": task["id"]}, headers=stale).status_code == 412
    assert people.alice.api.delete(path, headers=stale).status_code == 412
    assert task_of(people.alice, task)["time_spent"] == 1
    assert people.alice.api.delete(path, headers={"If-Match": "*"}).status_code == 204


def test_a_list_holds_ones_own_newest_first(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    days = ["2026-01-02", "2026-01-03", "2026-01-01", "2026-01-03"]
    ids = [make_record(people.alice, task, completion_date=day)["id"] for day in days]
    of_bob = make_record(people.bob, task)["id"]

    found = people.alice.api.get("/task-records?per_page=3").json
    assert [record["id"] for record in found["items"]] == [ids[3], ids[1], ids[0]]
    assert (found["page"], found["per_page"], found["pages"], found["total"]) == (1, 3, 2, 4)
    assert [r["id"] for r in people.bob.api.get("/task-records").json["items"]] == [of_bob]
    assert people.root.api.get("/task-records").json["total"] == 5
    assert people.carol.api.get("/task-records").json["items"] == []


def test_a_list_is_filtered_and_sorted(people: Crowd) -> None:
    first, second = people.alice.api.make_task(), people.bob.api.make_task()
    a = make_record(people.alice, first, completion_date="2026-01-01", time_spent=30)["id"]
    b = make_record(people.alice, first, completion_date="2026-01-02", time_spent=10)["id"]
    c = make_record(people.bob, second, completion_date="2026-01-03", time_spent=20)["id"]

    def ids(query: str, person: Person = people.root) -> list[int]:
        response = person.api.get(f"/task-records?{query}")
        return [record["id"] for record in response.json["items"]]

    assert ids("sort=id") == [a, b, c]
    assert ids("sort=-time_spent") == [a, c, b]
    assert ids("sort=completion_date,-id") == [a, b, c]
    assert ids(f"user_id={people.bob.id}") == [c]
    assert ids(f"task_id={first['id']}") == [b, a]
    assert ids("date_from=2026-01-02") == [c, b]
    assert ids("date_to=2026-01-02") == [b, a]
    assert ids("date_from=2026-01-02&date_to=2026-01-02") == [b]
    assert ids(f"user_id={people.alice.id}", people.alice) == [b, a]
    assert ids(f"task_id={second['id']}", people.alice) == []


def test_only_an_admin_may_name_somebody_else(people: Crowd) -> None:
    response = people.alice.api.get(f"/task-records?user_id={people.bob.id}")
    assert response.status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "user_id=x",
        "user_id=0",
        "task_id=-1",
        "task_id=9223372036854775808",
        "date_from=yesterday",
        "date_to=2026-02-30",
        "sort=note",
        "per_page=101",
        "nonsense=1",
    ],
)
def test_a_bad_parameter_is_refused_by_name(people: Crowd, query: str) -> None:
    response = people.alice.api.get(f"/task-records?{query}")
    assert response.status_code == 422
    assert list(response.json["errors"]) == [query.partition("=")[0]]


def test_deleting_a_task_deletes_its_records(people: Crowd) -> None:
    task = people.alice.api.make_task()
    record = make_record(people.alice, task)
    people.alice.api.delete(f"/tasks/{task['id']}")
    assert people.alice.api.get(f"/task-records/{record['id']}").status_code == 404
    assert people.alice.api.get("/task-records").json["total"] == 0
