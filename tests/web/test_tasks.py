"""One task: adding, showing, changing, completing and deleting it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from taskapp.extensions import db
from taskapp.tasks.models import Task
from tests.people import Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]

FULL = {
    "title": "Prepare the board report",
    "description": "Ten slides.\r\n\r\nNumbers first.",
    "status": "in_progress",
    "priority": "high",
    "due_date": "2026-12-24",
    "due_time": "17:30",
    "city": "Moscow",
}


@pytest.fixture
def berliner(people: Crowd) -> Person:
    """Somebody whose clock is an hour ahead of UTC in winter."""
    return people.make("berta", timezone="Europe/Berlin")


def test_a_title_is_enough(people: Crowd, browse: Browse) -> None:
    page = browse(people.alice).submit("/tasks", "/tasks", title="  Water the plants ")
    assert page.address == "/tasks", "quick add stays on the list"
    assert "Added “Water the plants”." in page.text
    task = people.alice.api.get(page.links["Water the plants"]).json
    assert (task["title"], task["status"], task["priority"]) == (
        "Water the plants",
        "todo",
        "medium",
    )
    assert (task["due_date"], task["assignee_id"], task["description"]) == (None, None, None)


def test_the_whole_form_writes_every_field(berliner: Person, browse: Browse, people: Crowd) -> None:
    values = FULL | {"assignee_id": str(people.bob.id)}
    page = browse(berliner).submit("/tasks/new", "/tasks", **values)
    task = berliner.api.get(page.address).json
    assert task["description"] == "Ten slides.\n\nNumbers first."
    assert task["due_date"] == "2026-12-24T16:30:00Z"
    assert (task["status"], task["priority"]) == ("in_progress", "high")
    assert (task["city"], task["assignee_id"]) == ("Moscow", people.bob.id)
    for words in ("Thu 24 Dec 17:30", "In progress", "High", "Moscow", "bob", "Numbers first."):
        assert words in page.text


def test_a_day_without_a_time_is_an_all_day_date(berliner: Person, browse: Browse) -> None:
    page = browse(berliner).submit("/tasks/new", "/tasks", title="Tax", due_date="2027-05-31")
    assert berliner.api.get(page.address).json["due_date"] == "2027-05-31"
    assert "31 May 2027" in page.text


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2027-05-31T09:00", "2027-05-31T07:00:00Z"),
        ("2027-05-31T09:00:00Z", "2027-05-31T09:00:00Z"),
        ("2027-05-31T09:00+05:30", "2027-05-31T03:30:00Z"),
    ],
)
def test_a_program_may_write_day_and_time_into_one_field(
    berliner: Person, browse: Browse, written: str, stored: str
) -> None:
    page = browse(berliner).submit("/tasks/new", "/tasks", title="Tax", due_date=written)
    assert berliner.api.get(page.address).json["due_date"] == stored


@pytest.mark.parametrize(
    ("change", "field", "complaint"),
    [
        ({"title": "   "}, "title", "Give the task a title."),
        ({"title": "x" * 101}, "title", "Use at most 100 characters."),
        ({"title": "a\0b"}, "title", "Leave out the characters that cannot be shown."),
        ({"description": "x" * 10_001}, "description", "Use at most 10000 characters."),
        ({"due_date": "tomorrow"}, "due_date", "Write the day as 2026-11-30"),
        ({"due_date": "2026-02-30"}, "due_date", "Write the day as 2026-11-30"),
        ({"due_date": "", "due_time": "10:00"}, "due_date", "Write the day as 2026-11-30"),
        ({"due_time": "25:00"}, "due_date", "Write the day as 2026-11-30"),
        ({"due_date": "0001-01-01"}, "due_date", "Choose a date between the years 1000 and 9999."),
        ({"priority": "urgent"}, "priority", "Not a valid choice."),
        ({"status": "gone"}, "status", "Not a valid choice."),
        ({"assignee_id": "999"}, "assignee_id", "Not a valid choice."),
        ({"city": "x" * 101}, "city", "Use at most 100 characters."),
    ],
)
def test_a_bad_value_is_named_and_nothing_typed_is_lost(
    people: Crowd, browse: Browse, change: dict[str, str], field: str, complaint: str
) -> None:
    site = browse(people.alice)
    typed = FULL | change
    page = site.submit("/tasks/new", "/tasks", **typed)
    assert page.status == 422
    assert complaint in page.text
    assert "One field needs attention:" in page.text
    assert page.marked[field]["aria-invalid"] == "true"
    assert set(page.marked[field]["aria-describedby"].split()) <= page.ids
    kept = page.form("/tasks").values
    for name in {"title", "city", "due_date", "due_time"} - {"title" if field == "title" else ""}:
        assert kept[name] == typed[name]
    assert kept["description"] == typed["description"].replace("\r\n", "\n")
    assert people.alice.api.get("/tasks").json["total"] == 0


def test_quick_add_without_a_title_says_so(people: Crowd, browse: Browse) -> None:
    page = browse(people.alice).submit("/tasks", "/tasks", title="")
    assert page.status == 422
    assert "Give the task a title." in page.text


def test_the_form_shows_what_is_stored_and_saves_what_is_changed(
    berliner: Person, browse: Browse
) -> None:
    site = browse(berliner)
    address = site.submit("/tasks/new", "/tasks", **FULL).address
    before = berliner.api.get(address).json
    shown = site.open(f"{address}/edit").form(f"{address}/edit").values
    assert {name: shown[name] for name in FULL} == FULL | {
        "description": "Ten slides.\n\nNumbers first."
    }
    page = site.submit(f"{address}/edit", f"{address}/edit", title="Rehearse", due_time="")
    assert page.address == address
    assert "Your changes are saved." in page.text
    after = berliner.api.get(address).json
    assert after == before | {
        "title": "Rehearse",
        "due_date": "2026-12-24",
        "updated_at": after["updated_at"],
    }


@pytest.mark.parametrize("change", [{"title": ""}, {"due_date": "0999-01-01"}])
def test_a_bad_edit_keeps_what_was_typed_and_changes_nothing(
    people: Crowd, browse: Browse, change: dict[str, str]
) -> None:
    task = people.alice.api.make_task()
    edit = f"/tasks/{task['id']}/edit"
    page = browse(people.alice).submit(edit, edit, **({"city": "Oslo"} | change))
    assert (page.status, page.address) == (422, edit)
    assert page.form(edit).values["city"] == "Oslo"
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_an_instant_finer_than_the_form_survives_an_edit(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(due_date="2026-12-24T17:30:21.5Z")
    edit = f"/tasks/{task['id']}/edit"
    browse(people.alice).submit(edit, edit, title="Another title")
    with people.alice.app.app_context():
        stored = db.session.get_one(Task, task["id"])
        assert stored.due_at is not None
        assert stored.due_at.microsecond == 500_000


def test_a_field_that_is_not_sent_keeps_its_value(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(priority="high", city="Oslo", due_date="2026-12-24")
    edit = f"/tasks/{task['id']}/edit"
    rest = dict.fromkeys(["priority", "city", "due_date", "due_time", "version", "status"])
    page = browse(people.alice).submit(edit, edit, title="New title", **rest)
    assert page.status == 200
    after = people.alice.api.get(f"/tasks/{task['id']}").json
    assert after == task | {"title": "New title", "updated_at": after["updated_at"]}


def test_what_somebody_else_changed_meanwhile_is_shown_and_no_typing_is_lost(
    people: Crowd, browse: Browse
) -> None:
    task = people.alice.api.make_task("Call Omar", priority="low")
    path, edit = f"/tasks/{task['id']}", f"/tasks/{task['id']}/edit"
    site = browse(people.alice)
    form = site.open(edit).form(edit)
    people.root.api.patch(path, {"title": "Call Omar Haddad", "priority": "high"})

    page = site.send(form, title="Call Omar before noon")
    assert page.status == 409
    assert "Somebody changed this task while you were editing it." in page.text
    for words in ("Call Omar Haddad", "Call Omar before noon", "Low", "High"):
        assert words in page.text
    assert page.form(edit).values["title"] == "Call Omar before noon"
    assert people.alice.api.get(path).json["title"] == "Call Omar Haddad"

    page = site.send(page.form(edit))
    assert page.address == path
    assert people.alice.api.get(path).json["title"] == "Call Omar before noon"


@pytest.mark.parametrize("version", ["one", "9" * 5000])
def test_a_version_that_never_was_is_stale(people: Crowd, browse: Browse, version: str) -> None:
    task = people.alice.api.make_task()
    edit = f"/tasks/{task['id']}/edit"
    assert browse(people.alice).submit(edit, edit, version=version).status == 409


def test_completing_in_the_list_and_taking_it_back(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("Water the plants", status="in_progress")
    path, status = f"/tasks/{task['id']}", f"/tasks/{task['id']}/status"
    site = browse(people.alice)
    page = site.press("/tasks", status, status="done", next="/tasks?sort=title")
    assert page.address == "/tasks?sort=title"
    assert "Completed “Water the plants”." in page.text
    assert people.alice.api.get(path).json["completed_at"]

    page = site.send(page.form("/undo"), events=page.marked["events"]["value"])
    assert "Undone." in page.text
    assert people.alice.api.get(path).json["status"] == "in_progress"


def test_completing_and_reopening_on_the_page_of_a_task(people: Crowd, browse: Browse) -> None:
    path = f"/tasks/{people.alice.api.make_task()['id']}"
    site = browse(people.alice)
    page = site.press(path, f"{path}/status", status="done")
    assert page.address == path
    assert "Completed" in page.text
    page = site.press(path, f"{path}/status", status="todo")
    assert people.alice.api.get(path).json["is_complete"] is False


def test_a_status_that_is_none_is_refused(people: Crowd, browse: Browse) -> None:
    path = f"/tasks/{people.alice.api.make_task()['id']}"
    page = browse(people.alice).submit(path, f"{path}/status", status="nearly")
    assert page.status == 422
    assert "A task is to do, in progress or done." in page.text


@pytest.mark.parametrize("place", ["", "/edit"])
def test_what_can_be_undone_is_deleted_without_asking(
    people: Crowd, browse: Browse, place: str
) -> None:
    path = f"/tasks/{people.alice.api.make_task('Old list')['id']}"
    site = browse(people.alice)
    if place:
        page = site.press(f"{path}/edit", f"{path}/delete")
    else:
        page = site.submit(path, f"{path}/delete")
    assert page.address == "/tasks"
    assert "Deleted “Old list”." in page.text
    assert people.alice.api.get(path).status_code == 404
    site.send(page.form("/undo"), events=page.marked["events"]["value"])
    assert people.alice.api.get(path).status_code == 200


@pytest.mark.parametrize("dear", ["time", "file"])
def test_deleting_logged_time_or_files_asks_first(people: Crowd, browse: Browse, dear: str) -> None:
    api, site = people.alice.api, browse(people.alice)
    task = api.make_task("Old list")
    path, delete = f"/tasks/{task['id']}", f"/tasks/{task['id']}/delete"
    form = site.open(path).form(delete)
    # After the page was opened; the server knows all the same.
    if dear == "time":
        api.post("/task-records", {"task_id": task["id"], "time_spent": 90, "mark_done": False})
    else:
        api.post(f"{path}/attachments", data={"file": (BytesIO(b"x"), "q3.csv")})
    asked = site.send(form)
    assert "Delete this task?" in asked.text
    assert ("1h 30m of logged time with it" in asked.text) == (dear == "time")
    assert "You can undo this right afterwards, but its files do not come back." in asked.text
    assert asked.links["Keep it"] == path
    assert api.get(path).status_code == 200
    page = site.send(asked.form(delete))
    assert "Deleted “Old list”." in page.text
    assert api.get(path).status_code == 404


STRANGE = ["", "/edit"]
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/edit", {"title": "Mine now"}),
    ("/status", {"status": "done"}),
    ("/delete", {}),
]


def test_a_stranger_learns_nothing_and_changes_nothing(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("A secret")
    path = f"/tasks/{task['id']}"
    site = browse(people.carol)
    token = site.open("/tasks").form("/tasks").values["csrf_token"]
    nothing = site.open("/tasks/999999")
    for suffix in STRANGE:
        page = site.open(path + suffix)
        assert page.status == 404
        assert page.text.split("request")[0] == nothing.text.split("request")[0]
    for suffix, data in ACTIONS:
        response = site.client.post(path + suffix, data=data | {"csrf_token": token})
        assert response.status_code == 404
    assert "A secret" not in site.open("/tasks").html
    assert people.alice.api.get(path).json == task


def test_an_assignee_may_change_the_status_and_sees_no_control_for_the_rest(
    people: Crowd, browse: Browse
) -> None:
    task = people.alice.api.make_task("Water the plants", assignee_id=people.bob.id)
    path = f"/tasks/{task['id']}"
    site = browse(people.bob)
    page = site.open(path)
    assert f"{path}/edit" not in page.html
    assert f"{path}/delete" not in page.html
    for suffix, data in ACTIONS:
        values = data | {"csrf_token": page.token}
        response = site.client.post(path + suffix, data=values)
        assert response.status_code == (302 if suffix == "/status" else 403)
    assert site.open(f"{path}/edit").status == 403
    after = people.alice.api.get(path).json
    assert (after["title"], after["status"]) == ("Water the plants", "done")


def test_an_admin_may_change_the_task_of_another(people: Crowd, browse: Browse) -> None:
    path = f"/tasks/{people.alice.api.make_task()['id']}"
    page = browse(people.root).submit(f"{path}/edit", f"{path}/edit", title="By the admin")
    assert page.address == path
    assert people.alice.api.get(path).json["title"] == "By the admin"


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "9223372036854775808", "9" * 30])
def test_an_id_that_is_none_is_an_unknown_page(people: Crowd, browse: Browse, number: str) -> None:
    assert browse(people.alice).open(f"/tasks/{number}").status == 404


def test_the_weather_stands_on_the_page(app: Flask, people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(city="Moscow")
    with app.app_context():
        stored = db.session.get_one(Task, task["id"])
        stored.weather = {
            "temperature": -2.4,
            "condition": "Light snow",
            "observed_at": "2024-11-20T06:30:00Z",
        }
        db.session.commit()
    page = browse(people.alice).open(f"/tasks/{task['id']}")
    assert "\N{MINUS SIGN}2°" in page.text
    assert "Light snowSeen 20 Nov 2024 06:30" in page.text
