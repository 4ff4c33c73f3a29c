"""A task is changed where it stands: each part by a form of its own, which sends nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import Crowd, Person
from tests.web.site import Form, Page, Site

Browse = Callable[[Person], Site]
WHOLE: dict[str, Any] = {
    "title": "Prepare the report",
    "description": "Ten **slides**",
    "priority": "high",
    "due_date": "2060-01-01",
    "city": "Oslo",
}


@pytest.fixture
def task(people: Crowd) -> dict[str, Any]:
    return people.alice.api.make_task(**WHOLE, assignee_id=people.bob.id)


def parts(page: Page, task_id: int) -> list[Form]:
    """The forms of the page that change the task."""
    return [form for form in page.forms if form.action == f"/tasks/{task_id}/edit"]


def part(page: Page, task_id: int, name: str) -> Form:
    return next(form for form in parts(page, task_id) if name in form.values)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", "Prepare it"),
        ("description", "Two\nlines"),
        ("due_date", "2060-02-03"),
        ("due_date", ""),
        ("city", "Bergen"),
        ("city", ""),
        ("assignee_id", ""),
    ],
)
def test_a_part_is_changed_and_the_rest_stays(
    people: Crowd, browse: Browse, task: dict[str, Any], field: str, typed: str
) -> None:
    address = f"/tasks/{task['id']}"
    site = browse(people.alice)
    page = site.send(part(site.open(address), task["id"], field), **{field: typed})
    assert page.address == address
    assert "Your changes are saved." in page.text
    after = people.alice.api.get(address).json
    changed = {name for name in WHOLE.keys() | {"assignee_id"} if after[name] != task[name]}
    assert changed == {field}
    assert after[field] == (typed or None)


def test_a_button_is_enough_for_the_priority(
    people: Crowd, browse: Browse, task: dict[str, Any]
) -> None:
    site = browse(people.alice)
    page = site.open(f"/tasks/{task['id']}")
    assert 'name="priority" value="high" disabled' in page.html
    form = parts(page, task["id"])[1]
    assert set(form.values) == {"csrf_token", "event", "version"}
    page = site.send(form, priority="low")
    assert people.alice.api.get(f"/tasks/{task['id']}").json["priority"] == "low"


def test_nothing_is_lost_when_somebody_was_faster(
    people: Crowd, browse: Browse, task: dict[str, Any]
) -> None:
    address = f"/tasks/{task['id']}"
    site = browse(people.alice)
    form = part(site.open(address), task["id"], "title")
    people.alice.api.patch(address, {"title": "Faster"})
    page = site.send(form, title="Slower")
    assert page.status == 409
    assert "Somebody changed this task while you were editing it." in page.text
    assert people.alice.api.get(address).json["title"] == "Faster"
    assert page.form(f"{address}/edit").values["title"] == "Slower"


@pytest.mark.parametrize(("field", "typed"), [("title", " "), ("due_date", "soon")])
def test_what_cannot_be_is_said_beside_its_field(
    people: Crowd, browse: Browse, task: dict[str, Any], field: str, typed: str
) -> None:
    site = browse(people.alice)
    form = part(site.open(f"/tasks/{task['id']}"), task["id"], field)
    page = site.send(form, **{field: typed})
    assert page.status == 422
    assert 'class="invalid-feedback"' in page.html
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_who_may_only_change_the_status_is_offered_no_more(
    people: Crowd, browse: Browse, task: dict[str, Any]
) -> None:
    page = browse(people.bob).open(f"/tasks/{task['id']}")
    assert parts(page, task["id"]) == []
    assert page.form(f"/tasks/{task['id']}/status")


def test_a_description_is_previewed_as_it_will_read(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    form = Form("/tasks/markdown", "post", {"csrf_token": site.open("/tasks").token})
    shown = site.send(form, text="**Ten** <script>alert(1)</script>").html
    assert shown.startswith("<p><strong>Ten</strong>")
    assert "<script>" not in shown
    assert site.send(form, text="").html == ""
    assert people.alice.api.get("/tasks").json["total"] == 0
