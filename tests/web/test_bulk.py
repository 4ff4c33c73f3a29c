"""Acts on selected tasks, and taking them back, without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.people import Crowd, Person
from tests.web.site import Page, Site
from tests.web.test_list import titles

Browse = Callable[[Person], Site]


def act(site: Site, ids: list[int], **values: Any) -> Page:
    """Select tasks in the list, and press a button of the bar."""
    page = site.open("/tasks")
    token = page.form("/tasks").values["csrf_token"]
    data = MultiDict([("ids", str(number)) for number in ids])
    data.update({"csrf_token": token, "next": "/tasks", **values})
    return Page(site.client.post("/tasks/bulk", data=data, follow_redirects=True))


def take_back(site: Site, page: Page) -> Page:
    return site.send(page.form("/undo"), events=page.marked["events"]["value"])


@pytest.fixture
def ids(people: Crowd) -> list[int]:
    return [people.alice.api.make_task(title)["id"] for title in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ({"action": "complete"}, {"status": "done"}),
        (
            {"action": "reschedule", "due_date": "2030-01-01"},
            {"due_date": "2030-01-01"},
        ),
        ({"action": "priority", "priority": "high"}, {"priority": "high"}),
    ],
)
def test_selected_tasks_are_changed_and_changed_back(
    people: Crowd,
    browse: Browse,
    ids: list[int],
    values: dict[str, str],
    change: dict[str, Any],
) -> None:
    site, api = browse(people.alice), people.alice.api

    def changed() -> list[bool]:
        return [change.items() <= api.get(f"/tasks/{number}").json.items() for number in ids]

    page = act(site, ids[:2], **values)
    assert "2 tasks " in page.text
    assert changed() == [True, True, False]
    again = take_back(site, page)
    assert "Undone for 2 tasks." in again.text
    assert changed() == [False, False, False]
    assert "This is undone already." in take_back(site, page).text


def test_tasks_are_given_to_somebody(people: Crowd, browse: Browse, ids: list[int]) -> None:
    site, bob = browse(people.alice), people.bob
    page = act(site, ids[:2], action="assign", assignee_id="ask")
    assert "Assign 2 tasks" in page.text
    page = act(site, ids[:2], action="assign", assignee_id=str(bob.id))
    assert "2 tasks assigned." in page.text
    assert people.alice.api.get(f"/tasks/{ids[0]}").json["assignee_id"] == bob.id


def test_deleting_several_asks_first_and_can_be_undone(
    people: Crowd, browse: Browse, ids: list[int]
) -> None:
    site = browse(people.alice)
    page = act(site, ids[:2], action="delete")
    assert "Delete 2 tasks?" in page.text
    assert len(titles(site.open("/tasks"))) == 3
    page = act(site, ids[:2], action="delete", sure="yes")
    assert "2 tasks deleted." in page.text
    assert titles(page) == ["c"]
    take_back(site, page)
    assert sorted(titles(site.open("/tasks"))) == ["a", "b", "c"]

    assert "1 task deleted." in act(site, ids[:1], action="delete").text, "one goes without asking"


def test_deleting_logged_time_asks_first(people: Crowd, browse: Browse, ids: list[int]) -> None:
    site = browse(people.alice)
    people.alice.api.post("/task-records", {"task_id": ids[0], "time_spent": 5})
    page = act(site, ids[:1], action="delete")
    assert "Delete 1 task?" in page.text
    assert "The time logged on it goes as well." in page.text
    assert people.alice.api.get(f"/tasks/{ids[0]}").status_code == 200
    assert "1 task deleted." in act(site, ids[:1], action="delete", sure="yes").text


def test_a_deleted_task_comes_back(people: Crowd, browse: Browse, ids: list[int]) -> None:
    site, address = browse(people.alice), f"/tasks/{ids[0]}"
    page = site.submit(address, f"{address}/delete")
    take_back(site, page)
    assert people.alice.api.get(f"/tasks/{ids[0]}").json["title"] == "a"


def test_what_one_may_not_change_is_said(people: Crowd, browse: Browse, ids: list[int]) -> None:
    page = act(browse(people.bob), ids, action="complete")
    assert "3 tasks are not yours to change." in page.text
    assert 'action="/undo"' not in page.html


@pytest.mark.parametrize(
    "values",
    [
        {"action": "burn"},
        {"action": "reschedule", "due_date": "soon"},
        {"action": "priority", "priority": "urgent"},
        {"action": "assign", "assignee_id": "x"},
        {"action": "assign", "assignee_id": "9" * 19},
        {"action": "assign", "assignee_id": "9" * 5000},
    ],
)
def test_nonsense_is_refused(
    people: Crowd, browse: Browse, ids: list[int], values: dict[str, str]
) -> None:
    site = browse(people.alice)
    assert act(site, ids, **values).status == 422
    assert act(site, [], action="complete").status == 422


@pytest.mark.parametrize("events", ["", "x", "99999,x", "9" * 19, "9" * 5000])
def test_undoing_nothing_says_so(
    people: Crowd, browse: Browse, ids: list[int], events: str
) -> None:
    site = browse(people.alice)
    page = act(site, ids[:1], action="complete")
    assert "nothing to undo" in site.send(page.form("/undo"), events=events).text
