"""The list of tasks: what it shows, in which order, and how its pages hang together."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from taskapp.web.listing import page_numbers
from tests.people import Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]


def titles(page: Page) -> list[str]:
    found = re.findall(r'class="t-row-t"[^>]*>(.+?)</a>', page.html)
    return [re.sub("</?mark>", "", title) for title in found]


def headings(page: Page) -> list[str]:
    return re.findall(r"<h2 id=\"group-\d+\"[^>]*>([^<]+)</h2>", page.html)


@pytest.fixture
def site(people: Crowd, browse: Browse) -> Site:
    """Alice's browser, with three open tasks and one that is done."""
    make = people.alice.api.make_task
    make("apple", priority="low", due_date="2090-01-02", city="Oslo", description="Sweet")
    make("banana", priority="high", status="in_progress")
    make("cherry", due_date="2020-01-02", assignee_id=people.alice.id)
    make("date", priority="high", status="done", due_date="2020-01-01", description="sweets")
    return browse(people.alice)


def test_open_tasks_are_shown_under_headings_what_is_due_first(site: Site) -> None:
    page = site.open("/tasks")
    assert titles(page) == ["cherry", "apple", "banana"]
    assert headings(page) == ["Overdue", "Later", "No due date"]
    assert "3 open" in page.text


def test_what_is_due_today_is_today_in_the_time_zone_of_its_reader(
    people: Crowd, browse: Browse
) -> None:
    person = people.make("kim", timezone="Pacific/Kiritimati")
    today = (datetime.now(UTC) + timedelta(hours=14)).date()
    person.api.make_task("today", due_date=str(today))
    person.api.make_task("tomorrow", due_date=str(today + timedelta(days=1)))
    person.api.make_task("yesterday", due_date=str(today - timedelta(days=1)))
    page = browse(person).open("/tasks")
    assert titles(page) == ["yesterday", "today", "tomorrow"]
    assert headings(page) == ["Overdue", "Today", "Next 7 days"]
    assert all(word in page.text for word in ("Yesterday", "Today", "Tomorrow"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=done", ["date"]),
        ("status=in_progress&status=done", ["banana", "date"]),
        ("status=in_progress,done", ["banana", "date"]),
        ("priority=high", ["banana"]),
        ("priority=high&priority=low&sort=title", ["apple", "banana"]),
        ("status=done&priority=low", []),
        ("sort=title", ["apple", "banana", "cherry"]),
        ("overdue=true", ["cherry"]),
        ("due=overdue", ["cherry"]),
        ("undated=true", ["banana"]),
        ("due=none", ["banana"]),
        ("due_from=2090-01-01&due_to=2090-12-31", ["apple"]),
        ("due_to=2089-12-31", ["cherry"]),
        ("assignee_id=me", ["cherry"]),
        ("assignee_id=none&priority=low", ["apple"]),
        ("city=oslo", ["apple"]),
        # One searches among all, unless one says otherwise.
        ("q=da", ["date"]),
        ("q=da&status=todo,in_progress", []),
        ("q=sweet&sort=title", ["apple", "date"]),
        ("sort=-title", ["cherry", "banana", "apple"]),
        ("sort=-priority,title", ["banana", "cherry", "apple"]),
        ("sort=id", ["apple", "banana", "cherry"]),
        # What makes no sense is passed over, as if it were not there.
        (
            "sort=password&status=gone&priority=urgent&page=-1&unknown=1&due=never&due_from=x"
            "&assignee_id=nobody&q=%00&city=%00",
            ["cherry", "apple", "banana"],
        ),
        ("page=99999999999999999999", ["cherry", "apple", "banana"]),
        ("sort=title,title", ["cherry", "apple", "banana"]),
    ],
)
def test_filters_and_order_stand_in_the_address(
    site: Site, query: str, expected: list[str]
) -> None:
    page = site.open(f"/tasks?{query}")
    assert page.status == 200
    assert titles(page) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Status: Open"),
        ("status=todo&status=in_progress&status=done", "Status: All"),
        ("status=in_progress&status=done", "Status: In progress, Done"),
        ("priority=low&priority=high", "Priority: Low, High"),
        ("due=week", "Due: Next 7 days"),
        ("due_from=2030-01-05&due_to=2030-02-01", "Due: 5 Jan 2030 to 1 Feb 2030"),
        ("due_from=2030-01-05", "Due: from 5 Jan 2030"),
        ("due_to=2030-02-01", "Due: until 1 Feb 2030"),
        ("assignee_id=me", "Assignee: Me"),
        ("assignee_id=none", "Assignee: Nobody"),
        ("assignee_id=99999", "Assignee: Somebody"),
        ("city=Oslo", "City: Oslo"),
        ("q=sweet", "2 found"),
    ],
)
def test_the_filters_say_what_is_shown(site: Site, query: str, words: str) -> None:
    assert words in site.open(f"/tasks?{query}").text


def test_the_filter_form_shows_what_is_chosen_and_keeps_the_order(site: Site) -> None:
    page = site.open("/tasks?priority=high&sort=title")
    assert re.search(r'name="priority" value="high" checked', page.html)
    assert not re.search(r'name="priority" value="low" checked', page.html)
    assert page.form("/tasks").action == "/tasks"
    assert '<input type="hidden" name="sort" value="title">' in page.html
    assert page.links["Clear"] == "/tasks?sort=title"


def test_each_filter_can_be_taken_off_and_leaves_the_rest(site: Site) -> None:
    query = "q=sweet&priority=low&due_from=2090-01-01&due_to=2090-12-31&assignee_id=none&city=oslo"
    page = site.open(f"/tasks?{query}&sort=title")
    assert titles(page) == ["apple"]
    assert "Filters, 5 on" in page.text
    removals = re.findall(r'href="([^"]+)" aria-label="Remove ([^:]+):', page.html)
    assert [name for _, name in removals] == ["search", "priority", "due", "assignee", "city"]
    left = [set(unescape(href).split("?")[1].split("&")) for href, _ in removals]
    assert [set(query.split("&")) - those for those in left] == [
        {"q=sweet"},
        {"priority=low"},
        {"due_from=2090-01-01", "due_to=2090-12-31"},
        {"assignee_id=none"},
        {"city=oslo"},
    ]


def test_searching_keeps_the_filters_and_filtering_the_search(site: Site) -> None:
    page = site.open("/tasks?q=sweet&priority=low&sort=title&city=Oslo")
    search = page.forms[0]
    assert search.values == {"q": "sweet", "priority": "low", "city": "Oslo", "sort": "title"}
    [filters] = [form for form in page.forms if "due" in form.values]
    assert filters.values["q"] == "sweet"


def test_the_address_says_only_what_matters(site: Site) -> None:
    page = site.open("/tasks?q=&status=todo&status=in_progress&due=&assignee_id=&city=&sort=title")
    assert page.address == "/tasks?sort=title"


def test_what_was_found_is_marked_in_the_titles(people: Crowd, browse: Browse) -> None:
    make = people.alice.api.make_task
    make('Sort <b>"apples"</b> & apples')
    make("Große Straße")
    bun = make("A bun", description="of apples")
    site = browse(people.alice)
    found = site.open("/tasks?q=APPLE&sort=title").html
    assert (
        "Sort &lt;b&gt;&#34;<mark>apple</mark>s&#34;&lt;/b&gt; &amp; <mark>apple</mark>s" in found
    )
    assert ">A bun</a>" in found, "what is found in the description marks nothing in the title"
    assert "Große <mark>Straß</mark>e" in site.open("/tasks?q=stras").html
    assert "<mark>" not in site.open("/tasks").html
    # Rows that scripts fetch by themselves are marked alike.
    pieces = re.search(r'data-pieces="([^"]+)"', site.open("/tasks?q=b%26un").html)
    assert pieces
    assert unescape(pieces[1]) == "/tasks/rows?q=b%26un"
    assert "A <mark>bun</mark>" in site.open(f"/tasks/rows?q=bun&ids={bun['id']}").html
    assert "<mark>" not in site.open(f"/tasks/rows?ids={bun['id']}").html


def test_too_much_to_search_for_is_said_and_the_rest_shown(site: Site) -> None:
    page = site.open("/tasks?q=" + "+".join(f"word{number}" for number in range(21)))
    assert page.status == 422
    assert "Use at most 20 words" in page.text
    assert titles(page) == ["cherry", "apple", "banana"]


def test_nothing_to_show_says_why(site: Site, people: Crowd, browse: Browse) -> None:
    assert "No task matches" in site.open("/tasks?status=done&priority=low").text
    assert "No task has “<nothing>”" in unescape(site.open("/tasks?q=%3Cnothing%3E").html)
    assert "Nothing left to do" in browse(people.dora).open("/tasks").text


def test_one_sees_ones_own_tasks_and_those_one_is_given(
    site: Site, people: Crowd, browse: Browse
) -> None:
    people.alice.api.make_task("for bob", assignee_id=people.bob.id)
    page = browse(people.bob).open("/tasks")
    assert titles(page) == ["for bob"]
    assert "Owner: alice" in page.text
    assert "Assigned to bob" in page.text
    assert len(titles(browse(people.root).open("/tasks"))) == 4


def test_pages_hang_together(people: Crowd, browse: Browse) -> None:
    for number in range(61):
        people.alice.api.make_task(f"task {number:02}")
    site = browse(people.alice)
    seen, page = [], site.open("/tasks?sort=title")
    assert "1 to 50 of 61" in page.text
    for _ in range(2):
        seen += titles(page)
        following = re.search(r'href="([^"]+)"[^>]*rel="next"', page.html)
        if following:
            page = site.open(following.group(1).replace("&amp;", "&"))
    assert seen == [f"task {number:02}" for number in range(61)]

    past = site.open("/tasks?sort=title&page=9")
    assert past.address == "/tasks?sort=title&page=2"
    assert titles(past)[-1] == "task 60"


@pytest.mark.parametrize(
    ("page", "pages", "numbers"),
    [
        (1, 0, []),
        (1, 1, [1]),
        (2, 3, [1, 2, 3]),
        (1, 9, [1, 2, None, 9]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_a_long_row_of_pages_is_cut(page: int, pages: int, numbers: list[int | None]) -> None:
    assert page_numbers(page, pages) == numbers


def test_a_list_costs_the_same_few_queries_however_long_it_is(
    people: Crowd,
    browse: Browse,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    site = browse(people.alice)
    people.alice.api.make_task()
    with count_queries() as few:
        site.open("/tasks")
    for number in range(25):
        people.alice.api.make_task(assignee_id=people.make(f"person{number}").id)
    with count_queries() as many:
        site.open("/tasks")
    assert len(many) == len(few) <= 6
