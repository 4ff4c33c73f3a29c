"""Today and the days to come, and the numbers beside the names of the lists."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from tests.people import Crowd, Person
from tests.web.site import Page, Site
from tests.web.test_list import headings, titles

Browse = Callable[[Person], Site]


def counts(page: Page) -> dict[str, int]:
    """By place: the number beside its name in the sidebar."""
    places = re.findall(r'data-place="(\w+)"[^>]*>(.*?)</a>', page.html, re.DOTALL)
    found = {place: re.search(r"t-count[^>]*>(\d+)", rest) for place, rest in places}
    return {place: int(match[1]) for place, match in found.items() if match}


@pytest.fixture
def kim(people: Crowd) -> Person:
    """Somebody on whose clock it is tomorrow already for most of the day."""
    return people.make("kim", timezone="Pacific/Kiritimati")


@pytest.fixture
def today(kim: Person) -> datetime:
    """This moment, on Kim's clock."""
    return datetime.now(UTC) + timedelta(hours=14)


def test_today_shows_what_is_late_and_what_is_due(
    kim: Person, today: datetime, browse: Browse
) -> None:
    make = kim.api.make_task
    make("late", due_date="2020-01-01")
    make("today", due_date=str(today.date()))
    make("done", due_date=str(today.date()), status="done")
    make("tomorrow", due_date=str(today.date() + timedelta(days=1)))
    make("whenever")
    page = browse(kim).open("/today")
    assert titles(page) == ["late", "today"]
    assert headings(page) == ["Overdue", "Today"]
    assert counts(page) == {"today": 2, "upcoming": 1, "tasks": 4}
    assert "1 overdue" in page.text


def test_upcoming_shows_fourteen_days_one_after_the_other(
    kim: Person, today: datetime, browse: Browse
) -> None:
    for days in (14, 1, 15, 0, 3, -1):
        kim.api.make_task(f"in {days}", due_date=str(today.date() + timedelta(days=days)))
    kim.api.make_task("at noon", due_date=f"{(today + timedelta(days=3)):%Y-%m-%d}T12:00:00+14:00")
    page = browse(kim).open("/upcoming")
    assert titles(page) == ["in 1", "at noon", "in 3", "in 14"]
    assert headings(page)[0] == "Tomorrow"
    assert len(headings(page)) == 3
    assert counts(page)["upcoming"] == 4


def test_what_is_added_on_today_is_due_today(kim: Person, today: datetime, browse: Browse) -> None:
    site = browse(kim)
    page = site.submit("/today", "/tasks", title="Water the plants")
    assert page.address == "/today"
    assert titles(page) == ["Water the plants"]
    [task] = kim.api.get("/tasks").json["items"]
    assert task["due_date"] == str(today.date())


def test_nothing_to_show_says_what_to_do(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    assert "Nothing left for today" in site.open("/today").text
    assert "Two quiet weeks" in site.open("/upcoming").text
    assert counts(site.open("/today")) == {}


def test_others_tasks_are_neither_shown_nor_counted(people: Crowd, browse: Browse) -> None:
    people.alice.api.make_task("secret", due_date="2020-01-01")
    people.alice.api.make_task("for bob", due_date="2020-01-01", assignee_id=people.bob.id)
    page = browse(people.bob).open("/today")
    assert titles(page) == ["for bob"]
    assert counts(page) == {"today": 1, "tasks": 1}


@pytest.mark.parametrize("path", ["/today", "/upcoming"])
def test_an_agenda_costs_few_statements_however_long_it_is(
    people: Crowd,
    browse: Browse,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    path: str,
) -> None:
    site = browse(people.alice)
    for days in range(20):
        day = datetime.now(UTC).date() + timedelta(days=days - 6)
        people.alice.api.make_task(due_date=str(day))
    with count_queries() as statements:
        site.open(path)
    assert len(statements) <= 5
