"""The calendar: months and weeks of tasks, on the reader's clock."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from taskapp.web.calendar import Range
from tests.people import Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]


def days(page: Page) -> dict[str, list[str]]:
    """The titles on each day that has any."""
    parts = re.split(r'data-day="([\d-]+)"', page.html.partition("</table>")[0])[1:]
    found = {
        day: re.findall(r'class="t-evt [^>]*title="([^"]+)"', part)
        for day, part in zip(parts[::2], parts[1::2], strict=True)
    }
    return {day: titles for day, titles in found.items() if titles}


@pytest.fixture
def kim(people: Crowd) -> Person:
    """Somebody whose day begins when it is still ten in the morning in Greenwich."""
    return people.make("kim", timezone="Pacific/Kiritimati")


def test_a_month_shows_tasks_on_the_days_of_its_readers_clock(kim: Person, browse: Browse) -> None:
    make = kim.api.make_task
    make("all day", due_date="2026-11-18")
    make("morning", due_date="2026-11-17T19:00:00Z")  # nine o'clock on the 18th
    make("done", due_date="2026-11-30", status="done")
    make("in the week before", due_date="2026-10-26")
    make("too early", due_date="2026-10-25")
    make("too late", due_date="2026-12-07")
    page = browse(kim).open("/calendar?date=2026-11-05")
    assert days(page) == {
        "2026-10-26": ["in the week before"],
        "2026-11-18": ["all day", "morning"],
        "2026-11-30": ["done"],
    }
    assert "November 2026" in page.text
    assert "<time>09:00</time>" in page.html
    assert page.html.count("<tr>") == 7, "a head and six weeks"


def test_the_fourth_task_of_a_day_is_in_its_agenda(people: Crowd, browse: Browse) -> None:
    for title in ("one", "two", "three", "four", "five"):
        people.alice.api.make_task(title, due_date="2026-11-18")
    site = browse(people.alice)
    page = site.open("/calendar?date=2026-11-01")
    assert len(days(page)["2026-11-18"]) == 3
    page = site.open(page.links["2 more"].partition("#")[0])
    agenda = page.html.partition('id="agenda"')[2]
    assert "Wednesday 18 November" in page.text
    assert all(f">{title}</a>" in agenda for title in ("one", "two", "three", "four", "five"))


def test_a_week_shows_all_its_tasks(people: Crowd, browse: Browse) -> None:
    for number in range(5):
        people.alice.api.make_task(f"task {number}", due_date="2026-11-18")
    people.alice.api.make_task("next week", due_date="2026-11-23")
    page = browse(people.alice).open("/calendar?view=week&date=2026-11-22")
    assert {day: len(titles) for day, titles in days(page).items()} == {"2026-11-18": 5}
    assert "16 to 22 November 2026" in page.text


@pytest.mark.parametrize(
    ("view", "day", "before", "after"),
    [
        ("month", date(2026, 12, 31), "November 2026", "January 2027"),
        ("month", date(2027, 1, 1), "December 2026", "February 2027"),
        ("week", date(2026, 12, 31), "21 to 27 December 2026", "4 to 10 January 2027"),
        ("week", date(2026, 11, 3), "26 October to 1 November 2026", "9 to 15 November 2026"),
    ],
)
def test_one_can_go_on_and_back(view: str, day: date, before: str, after: str) -> None:
    shown = Range(view, day)
    assert (shown.beside(-1).title, shown.beside(1).title) == (before, after)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "tomorrow", "2026-02-30"])
@pytest.mark.parametrize("view", ["month", "week", "year"])
def test_every_address_shows_a_calendar(people: Crowd, browse: Browse, view: str, day: str) -> None:
    site = browse(people.alice)
    page = site.open(f"/calendar?view={view}&date={day}")
    assert page.status == 200
    for link in re.findall(r'href="(/calendar[^"]*)"', page.html):
        assert site.open(link.replace("&amp;", "&")).status == 200


def test_a_form_moves_a_task_to_another_day(kim: Person, browse: Browse) -> None:
    whole = kim.api.make_task("whole day", due_date="2026-11-18")["id"]
    timed = kim.api.make_task("at nine", due_date="2026-11-17T19:00:00Z")["id"]
    site = browse(kim)
    for number in (whole, timed):
        page = site.submit(
            "/calendar?date=2026-11-18", f"/tasks/{number}/reschedule", due_date="2026-11-20"
        )
        assert page.address == "/calendar?date=2026-11-18"
    assert days(page) == {"2026-11-20": ["whole day", "at nine"]}
    assert kim.api.get(f"/tasks/{whole}").json["due_date"] == "2026-11-20"
    assert kim.api.get(f"/tasks/{timed}").json["due_date"] == "2026-11-19T19:00:00Z"


def test_a_time_of_day_survives_the_change_to_summer_time(people: Crowd, browse: Browse) -> None:
    berta = people.make("berta", timezone="Europe/Berlin")
    task = berta.api.make_task(due_date="2026-03-27T08:00:00Z")["id"]
    browse(berta).submit(
        "/calendar?date=2026-03-27", f"/tasks/{task}/reschedule", due_date="2026-03-30"
    )
    assert berta.api.get(f"/tasks/{task}").json["due_date"] == "2026-03-30T07:00:00Z"


@pytest.mark.parametrize("day", ["", "soon", "0999-01-01"])
def test_a_day_that_is_none_is_refused(people: Crowd, browse: Browse, day: str) -> None:
    task = people.alice.api.make_task(due_date="2026-11-18")
    address = f"/tasks/{task['id']}/reschedule"
    page = browse(people.alice).submit("/calendar?date=2026-11-18", address, due_date=day)
    assert page.status == 422
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_only_who_may_change_a_task_may_move_it(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(due_date="2026-11-18", assignee_id=people.bob.id)
    address = f"/tasks/{task['id']}/reschedule"
    for person, status in ((people.bob, 403), (people.carol, 404)):
        site = browse(person)
        page = site.open("/calendar?date=2026-11-18")
        assert address not in page.html
        data = {"csrf_token": page.token, "due_date": "2026-11-20"}
        assert site.client.post(address, data=data).status_code == status


def test_a_month_costs_few_statements(
    people: Crowd,
    browse: Browse,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    site = browse(people.alice)
    for number in range(28):
        people.alice.api.make_task(due_date=f"2026-11-{number + 1:02}")
    with count_queries() as statements:
        site.open("/calendar?date=2026-11-05")
    assert len(statements) <= 5
