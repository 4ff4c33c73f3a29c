"""Logged time: beside its task, and in the log of its maker."""

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO

import pytest

from taskapp.core.time import now
from taskapp.records import queries
from tests.people import Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]


@pytest.fixture
def path(people: Crowd) -> str:
    """A task of Alice's that is assigned to Bob."""
    task = people.alice.api.make_task("Margin bridge", assignee_id=people.bob.id)
    return f"/tasks/{task['id']}"


def log(site: Site, path: str, minutes: int, do: str = "log", **values: str) -> Page:
    given = {"hours": str(minutes // 60), "minutes": str(minutes % 60), "do": do, **values}
    return site.submit(path, f"{path}/time", **given)


def records_of(person: Person) -> list[dict[str, object]]:
    items: list[dict[str, object]] = person.api.get("/task-records?sort=id").json["items"]
    return items


def test_only_log_leaves_the_task_open(people: Crowd, browse: Browse, path: str) -> None:
    page = log(browse(people.alice), path, 90, note=" Slides 4 to 7 ")
    assert "Logged 1h 30m." in page.text
    assert "Slides 4 to 7Today, alice1h 30m" in page.text
    assert people.alice.api.get(path).json["status"] == "todo"
    (record,) = records_of(people.alice)
    assert record["completion_date"] == now().date().isoformat(), "today is filled in"
    assert (record["time_spent"], record["note"]) == (90, "Slides 4 to 7")


def test_complete_and_log_does_both(people: Crowd, browse: Browse, path: str) -> None:
    page = log(browse(people.bob), path, 45, "complete")
    assert "Logged 45m, and completed “Margin bridge”." in page.text
    task = people.alice.api.get(path).json
    assert (task["status"], task["time_spent"]) == ("done", 45)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "How long did it take?"),
        ({"minutes": "-5"}, "Write whole hours and minutes"),
        ({"hours": "one"}, "Write whole hours and minutes"),
        ({"hours": "8761"}, "a year at most"),
        ({"hours": "1", "completion_date": "2999-01-01"}, "This lies in the future"),
        ({"hours": "1", "completion_date": "soon"}, "Write the day as 2026-11-30."),
        ({"hours": "1", "note": "x" * 1001}, "Use at most 1000 characters."),
    ],
)
def test_what_cannot_be_logged_is_said_beside_the_field(
    values: dict[str, str], complaint: str, people: Crowd, browse: Browse, path: str
) -> None:
    page = browse(people.alice).submit(path, f"{path}/time", do="complete", **values)
    assert page.status == 422
    assert complaint in page.text
    typed = next(form.values for form in page.forms if "note" in form.values)
    assert {name: typed[name] for name in values} == values, "what was typed stays"
    assert people.alice.api.get(path).json["status"] == "todo"


def test_everybody_sees_the_total_and_only_their_own_records(
    people: Crowd, browse: Browse, path: str
) -> None:
    log(browse(people.alice), path, 30, note="Secret of Alice")
    page = log(browse(people.bob), path, 60, note="Secret of Bob")
    assert "Time1h 30m" in page.text
    assert "Secret of Alice" not in page.text
    assert "Secret of Bob" in page.text
    assert "Secret of Bob" in browse(people.root).open(path).text


def test_a_record_is_changed_and_deleted_by_its_maker(
    people: Crowd, browse: Browse, path: str
) -> None:
    site = browse(people.bob)
    log(site, path, 90, note="Bridge")
    edit = f"/time/{records_of(people.bob)[0]['id']}/edit"
    form = site.open(edit).form(edit)
    assert (form.values["hours"], form.values["minutes"], form.values["note"]) == (
        "1",
        "30",
        "Bridge",
    )
    assert site.send(form, hours="2", minutes="").address == "/time"
    assert people.alice.api.get(path).json["time_spent"] == 120
    page = site.send(form, hours="9")
    assert page.status == 409
    assert "This was changed while you were editing it." in page.text
    assert site.submit(edit, edit, version="9" * 5000).status == 409
    assert site.submit(edit, edit, minutes="x").status == 422
    delete = edit.replace("/edit", "/delete")
    for stranger in (people.alice, people.mallory):
        other = browse(stranger)
        assert other.open(edit).status == 404
        foreign = other.open("/tasks").form("/tasks")
        foreign.action = delete
        assert other.send(foreign).status == 404
    page = site.send(site.open(edit + f"?next={path}").form(delete))
    assert "Deleted 2h of logged time." in page.text
    assert page.address == path
    assert people.alice.api.get(path).json["time_spent"] == 0


def test_the_log_filters_by_day_and_task_and_adds_up(
    people: Crowd, browse: Browse, path: str
) -> None:
    site = browse(people.alice)
    other = people.alice.api.make_task("Hiring plan")
    log(site, path, 30, completion_date="2026-01-05")
    log(site, path, 60, completion_date="2026-01-06")
    log(site, f"/tasks/{other['id']}", 15, completion_date="2026-01-06")
    log(browse(people.bob), path, 600, completion_date="2026-01-06")
    assert "1h 45m in 3 records" in site.open("/time").text
    assert "1h 15m in 2 records" in site.open("/time?date_from=2026-01-06").text
    assert "30m in 1 record" in site.open("/time?date_to=2026-01-05").text
    number = path.rsplit("/", 1)[1]
    page = site.open(f"/time?task_id={number}&date_from=2026-01-06&date_to=2026-01-06")
    assert "1h in 1 record" in page.text
    assert page.marked["date_from"]["value"] == "2026-01-06"
    assert "Nothing logged here" in site.open("/time?date_from=2027-01-01").text
    assert "3 records" in site.open("/time?date_from=soon&task_id=x&page=-1").text
    assert site.open("/time?page=9").address == "/time"
    assert "in 3 records" in browse(people.alice).open("/time").text


def test_an_admin_sees_their_own_log(people: Crowd, browse: Browse, path: str) -> None:
    log(browse(people.alice), path, 30)
    assert "No time logged yet" in browse(people.root).open("/time").text


def test_the_title_of_a_task_that_was_taken_away_is_not_told(
    people: Crowd, browse: Browse, path: str
) -> None:
    site = browse(people.bob)
    log(site, path, 30)
    people.alice.api.patch(path, {"assignee_id": None, "title": "Layoffs"})
    number = path.rsplit("/", 1)[1]
    edit = f"/time/{records_of(people.bob)[0]['id']}/edit"
    for text in (site.open("/time").text, site.open(edit).text, site.open("/time.csv").html):
        assert "Layoffs" not in text
        assert number in text


def test_the_csv_holds_what_the_log_shows(people: Crowd, browse: Browse, path: str) -> None:
    site = browse(people.alice)
    log(site, path, 30, completion_date="2026-01-05", note='Said "no", twice')
    log(site, path, 60, completion_date="2026-01-06")
    answer = site.client.get("/time.csv?date_to=2026-01-05")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="time-2026-01-05.csv"'
    number = path.rsplit("/", 1)[1]
    assert list(csv.reader(StringIO(answer.text))) == [
        ["Day", "Task number", "Task", "Minutes", "Note"],
        ["2026-01-05", number, "Margin bridge", "30", 'Said "no", twice'],
    ]


def test_a_long_csv_is_read_as_it_is_sent(
    people: Crowd,
    browse: Browse,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    monkeypatch.setattr(queries, "_BATCH", 3)
    site, number = browse(people.alice), int(path.rsplit("/", 1)[1])
    record = {"task_id": number, "mark_done": False, "completion_date": "2026-01-05"}
    for minutes in range(1, 9):
        people.alice.api.post("/task-records", record | {"time_spent": minutes})

    answer = site.client.get("/time.csv", buffered=False)
    with count_queries() as statements:
        sizes = [(len(piece.splitlines()), len(statements)) for piece in answer.iter_encoded()]
    # The client has seen to the first piece before it gives the answer.
    assert sizes == [(4, 0), (3, 2), (2, 4)], "of each piece: lines, statements until it came"
    half = site.client.get("/time.csv", buffered=False)
    next(half.iter_encoded())
    half.close()
    rows = list(csv.reader(StringIO(site.open("/time.csv").html)))
    assert [row[3] for row in rows[1:]] == list("87654321")
    assert {row[2] for row in rows[1:]} == {"Margin bridge"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_csv_is_a_formula(start: str, people: Crowd, browse: Browse) -> None:
    formula = f"{start}HYPERLINK(1)"
    task = people.alice.api.make_task("=1+1")
    record = {"task_id": task["id"], "time_spent": 5, "note": formula}
    assert people.alice.api.post("/task-records", record).status_code == 201
    rows = list(csv.reader(StringIO(browse(people.alice).open("/time.csv").html, newline="")))
    assert rows[1][2] == "'=1+1"
    assert rows[1][4] == "'" + formula or start in "\t\r"
    assert rows[1][4][0] not in "=+-@\t\r"


def test_the_log_needs_few_statements(
    people: Crowd,
    browse: Browse,
    path: str,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    site = browse(people.alice)
    for minutes in range(1, 12):
        log(site, path, minutes)
    for page in ("/time", path):
        with count_queries() as statements:
            assert site.open(page).status == 200
        assert len(statements) <= 15
