"""What a task page tells of the past, in plain words."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest

from taskapp.web import task_page
from tests.people import Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]


@pytest.fixture
def path(people: Crowd) -> str:
    """A task of Alice's that is assigned to Bob."""
    return f"/tasks/{people.alice.api.make_task(assignee_id=people.bob.id)['id']}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "Plan"}, "changed the title from Write the report to Plan"),
        ({"description": "Ten slides"}, "added the description"),
        ({"status": "in_progress"}, "moved the task from To do to In progress"),
        ({"status": "done"}, "completed the task"),
        ({"priority": "high"}, "changed the priority from Medium to High"),
        ({"due_date": "2031-05-31"}, "set the due date to 31 May 2031"),
        ({"due_date": "2031-05-31T15:00:00Z"}, "set the due date to 31 May 2031 15:00"),
        ({"assignee_id": None}, "took the task from bob"),
    ],
)
def test_a_change_is_told(
    changes: dict[str, object], words: str, people: Crowd, browse: Browse, path: str
) -> None:
    assert people.alice.api.patch(path, changes).status_code == 200
    text = browse(people.alice).open(path).text
    assert "alice added the task, today" in text
    assert f"alice {words}, today" in text


def test_several_changes_are_told_in_the_order_in_which_they_happened(
    people: Crowd, browse: Browse, path: str
) -> None:
    api = people.alice.api
    for changes in (
        {"due_date": "2031-05-31", "description": "Ten slides"},
        {"due_date": None, "description": "Nine slides"},
        {"status": "done", "description": ""},
        {"status": "todo", "assignee_id": people.alice.id},
    ):
        assert api.patch(path, changes).status_code == 200
    text = browse(people.alice).open(path).text
    told = (
        "added the task",
        "added the description",
        "set the due date to 31 May 2031",
        "changed the description",
        "removed the due date 31 May 2031",
        "removed the description",
        "completed the task",
        "reopened the task",
        "assigned the task to alice",
    )
    places = [text.index(f"alice {words}") for words in told]
    assert places == sorted(places)


def test_files_and_time_are_told_too(people: Crowd, browse: Browse, path: str) -> None:
    site, api = browse(people.alice), people.bob.api
    file = (BytesIO(b"x"), "q3.csv")
    address = site.submit(path, f"{path}/attachments", file=file).links["q3.csv"]
    site.submit(path, f"{address}/delete")
    task_id = int(path.rsplit("/", 1)[1])
    record = {"task_id": task_id, "time_spent": 90, "mark_done": False, "note": "Secret"}
    number = api.post("/task-records", record).json["id"]
    api.patch(f"/task-records/{number}", {"time_spent": 60})
    api.patch(f"/task-records/{number}", {"completion_date": "2026-01-05"})
    api.delete(f"/task-records/{number}")
    text = site.open(path).text
    for words in (
        "alice attached q3.csv, today",
        "alice deleted q3.csv, today",
        "bob logged 1h 30m, today",
        "bob changed logged time from 1h 30m to 1h, today",
        "bob changed logged time, today",
        "bob deleted 1h of logged time, today",
    ):
        assert words in text
    assert "Secret" not in text


def test_a_long_history_shows_its_end_and_leads_back_to_its_beginning(
    people: Crowd, browse: Browse, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_page, "_EVENTS_SHOWN", 4)
    for number in range(10):
        people.alice.api.patch(path, {"title": f"Title {number}"})
    site = browse(people.alice)
    page = latest = site.open(path)
    steps = [re.findall(r"added the task|(?<=to )Title \d", page.text)]
    while address := page.links.get("Show older"):
        page = site.open(address)
        steps.append(re.findall(r"added the task|(?<=to )Title \d", page.text))
    titles = [f"Title {number}" for number in range(10)]
    assert steps == [titles[6:], titles[2:6], ["added the task", *titles[:2]]]
    assert "Show latest" not in latest.links
    assert page.links["Show latest"] == f"{path}#activity"
    for nonsense in ("all", "-1", "9" * 30):
        assert "to Title 9" in site.open(f"{path}?history={nonsense}").text


def test_what_was_written_cannot_write_into_the_page(
    people: Crowd, browse: Browse, path: str
) -> None:
    people.alice.api.patch(path, {"title": "<img src=x onerror=alert(1)>"})
    assert "<img" not in browse(people.alice).open(path).html
