"""Figures on a page: tiles, charts, and the tables behind them."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date

import pytest
import time_machine

from taskapp.web.charts import bars, ticks, weeks
from tests.people import Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00:00Z", tick=False):
        yield


def test_the_tiles_tell_this_period_against_the_one_before(people: Crowd, browse: Browse) -> None:
    alice = people.alice
    with time_machine.travel("2026-10-01T12:00:00Z", tick=False):
        alice.api.make_task("Before", status="done")
    del alice.api  # the token of that day has expired
    api = alice.api
    for number in range(3):
        api.make_task(f"Task {number}", status="done" if number else "todo", due_date="2026-11-01")
    html = browse(people.alice).open("/analytics").html
    shown = [
        re.sub(r"<[^>]+>", "", part).strip()
        for part in re.findall(r'<div class="t-kpi">(.*?)</div>', html)
    ]
    assert shown == [
        "Completed2↑up 100 %",
        "Created3↑up 200 %",
        "Completion rate67 %↓down 33 pts",
        "Time spent0mAs before",
        "Overdue1↑up 1",
    ]


def test_every_chart_has_a_name_a_title_per_mark_and_its_table(
    people: Crowd, browse: Browse
) -> None:
    task = people.alice.api.make_task("Report", status="done")
    record = {"task_id": task["id"], "completion_date": "2026-11-17", "time_spent": 95}
    assert people.alice.api.post("/task-records", json=record).status_code == 201
    page = browse(people.alice).open("/analytics?period=7")
    assert "12 Nov to 18 Nov 2026, against the 7 days before" in page.text
    assert "<title>18 Nov: 1 completed, 1 created</title>" in page.html
    assert "<title>17 Nov: 1h 35m</title>" in page.html
    assert "<title>Done: 1</title>" in page.html
    assert "<title>alice: 1h 35m</title>" in page.html
    assert "<title>18 Nov: 1</title>" in page.html, "the heat map"
    for chart in re.findall(r"<svg[^>]*>", page.html):
        assert 'aria-hidden="true"' in chart or re.search(r'role="img" aria-label="\w', chart)
    assert page.html.count('<details class="t-data">') == page.html.count("<figure ") == 6
    assert '<th scope="row">17 Nov</th><td class="num">1h 35m</td>' in page.html


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", "20 Oct to 18 Nov 2026"),
        ("?period=7", "12 Nov to 18 Nov 2026"),
        ("?period=90", "21 Aug to 18 Nov 2026"),
        ("?period=month", "1 Nov to 18 Nov 2026"),
        ("?from=2025-12-30&to=2026-01-02", "30 Dec 2025 to 2 Jan 2026"),
        ("?from=2026-11-01", "1 Nov to 18 Nov 2026"),
        ("?to=2026-11-30", "1 Nov to 30 Nov 2026"),
        ("?period=soon&from=x&to=0001-01-01&user=me", "20 Oct to 18 Nov 2026"),
    ],
)
def test_the_period_stands_in_the_address(
    people: Crowd, browse: Browse, query: str, days: str
) -> None:
    page = browse(people.alice).open(f"/analytics{query}")
    assert page.status == 200
    assert f"{days}, against" in page.text


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("from=2026-11-02&to=2026-11-01", "This lies before the start, 2026-11-02."),
        ("from=1990-01-01&to=2026-11-01", "A period has at most 3,660 days."),
    ],
)
def test_an_impossible_period_says_why_and_shows_the_last_30_days(
    people: Crowd, browse: Browse, query: str, complaint: str
) -> None:
    page = browse(people.alice).open(f"/analytics?{query}")
    assert page.status == 422
    assert complaint in page.text
    assert "20 Oct to 18 Nov 2026" in page.text


def test_only_an_admin_may_look_at_one_person(people: Crowd, browse: Browse) -> None:
    people.bob.api.make_task("Bob's")
    people.alice.api.make_task("Alice's")
    root = browse(people.root)
    both = root.open("/analytics")
    assert "alice: 1" in both.html
    assert "bob: 1" in both.html
    bobs = root.open(f"/analytics?user={people.bob.id}")
    assert "alice: 1" not in bobs.html
    assert "bob: 1" in bobs.html
    assert f"user={people.bob.id}" in bobs.links["7 days"], "the person stays when the period goes"
    alice = browse(people.alice)
    assert "Everybody" not in alice.open("/analytics").text
    assert alice.open(f"/analytics?user={people.alice.id}").status == 200
    assert alice.open(f"/analytics?user={people.bob.id}").status == 403


def test_nothing_to_show_says_so(people: Crowd, browse: Browse) -> None:
    page = browse(people.alice).open("/analytics")
    assert "Nothing happened in these days" in page.text
    assert page.links["See the last 90 days"] == "/analytics?period=90"
    assert "<figure" not in page.html


def test_the_statements_are_few_and_do_not_grow(
    people: Crowd,
    browse: Browse,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    site = browse(people.root)
    with count_queries() as empty:
        site.open("/analytics")
    for person in (people.alice, people.bob):
        for number in range(5):
            person.api.make_task(f"Task {number}", status="done")
    with count_queries() as full:
        site.open("/analytics")
    assert len(full) == len(empty) <= 16


def test_many_days_share_a_bar() -> None:
    today, one = date(2026, 11, 18), {date(2026, 11, 17): 2, date(2026, 11, 18): 3}
    assert [bar.values for bar in bars(date(2026, 11, 16), today, today, one)] == [(0,), (2,), (3,)]
    assert len(bars(date(2026, 1, 1), today, today, one)) == 46, "weeks"
    decade = bars(date(2016, 11, 12), today, today, one)
    assert len(decade) <= 92
    assert sum(bar.values[0] for bar in decade) == 5
    assert decade[-1].mark == "Today"


def test_an_axis_has_a_few_round_ticks() -> None:
    assert ticks(0) == [0, 1]
    assert ticks(3) == [0, 1, 2, 3]
    assert ticks(17) == [0, 5, 10, 15, 20]
    assert ticks(1700) == [0, 500, 1000, 1500, 2000]


def test_the_weeks_begin_on_monday_and_end_today() -> None:
    first, today = date(2026, 11, 9), date(2026, 11, 18)
    shown = weeks(first, today, {date(2026, 11, 9): 8, today: 1})
    assert [[day.level for day in week.days] for week in shown] == [
        [4, 0, 0, 0, 0, 0, 0],
        [0, 0, 1],
    ]
    assert [week.number for week in shown] == [8, 1]
