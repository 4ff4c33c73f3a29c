"""Quick add on the pages: one line makes a task, with a preview for scripts."""

import re
from collections.abc import Callable

import pytest

from tests.people import Crowd, Person
from tests.web.site import Form, Site

Browse = Callable[[Person], Site]
LINE = "Prepare report 30 nov 2030 5pm !high @bob in:Moscow"


def preview(site: Site, line: str) -> str:
    token = site.open("/tasks").form("/tasks").values["csrf_token"]
    return site.send(Form("/tasks/preview", "post", {"csrf_token": token}), title=line).html


def test_a_line_is_understood(people: Crowd, browse: Browse) -> None:
    bob = people.bob
    page = browse(people.alice).submit("/tasks", "/tasks", title=LINE)
    assert page.address == "/tasks"
    assert "Added “Prepare report”." in page.text
    task = people.alice.api.get(page.links["Prepare report"]).json
    assert (task["due_date"], task["priority"]) == ("2030-11-30T17:00:00Z", "high")
    assert (task["city"], task["assignee_id"]) == ("Moscow", bob.id)


def test_the_title_of_the_whole_form_is_taken_as_it_is(people: Crowd, browse: Browse) -> None:
    page = browse(people.alice).submit("/tasks/new", "/tasks", title=LINE)
    task = people.alice.api.get(page.address).json
    assert (task["title"], task["priority"]) == (LINE, "medium")


def test_a_day_in_the_line_wins_over_today(people: Crowd, browse: Browse) -> None:
    browse(people.alice).submit("/today", "/tasks", title="Call Omar 30 nov 2030")
    [task] = people.alice.api.get("/tasks").json["items"]
    assert task["due_date"] == "2030-11-30"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("!high", "Give the task a title."),
        ("Call @nobody", "There is nobody called nobody."),
        ("x" * 101, "The title may have 100 characters at most."),
        ("x" * 501, "Use at most 500 characters."),
        ("a\0b", "Leave out the characters that cannot be shown."),
    ],
)
def test_what_cannot_become_a_task_is_said_and_the_typing_kept(
    people: Crowd, browse: Browse, line: str, complaint: str
) -> None:
    page = browse(people.alice).submit("/tasks", "/tasks", title=line)
    assert page.status == 422
    assert complaint in page.text
    if line.isprintable():
        assert page.form("/tasks").values["title"] == line
    assert people.alice.api.get("/tasks").json["total"] == 0


def test_the_preview_shows_what_was_understood_and_where_it_stands(
    people: Crowd, browse: Browse
) -> None:
    assert people.bob
    html = preview(browse(people.alice), LINE)
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    for word in ("Prepare report", "30 Nov 2030 17:00", "High", "bob", "Moscow"):
        assert word in words
    spans = re.findall(r'data-quote="([^"]+)"', html)
    parts = [
        [LINE[int(start) : int(end)] for start, end in re.findall(r"(\d+)-(\d+)", span)]
        for span in spans
    ]
    assert parts == [["30 nov 2030", "5pm"], ["!high"], ["@bob"], ["in:Moscow"]]
    assert people.alice.api.get("/tasks").json["total"] == 0


@pytest.mark.parametrize("line", ["", "  ", "Water the plants", "a\0b"])
def test_there_is_no_preview_of_a_plain_title(people: Crowd, browse: Browse, line: str) -> None:
    assert preview(browse(people.alice), line) == ""


def test_the_preview_says_when_nobody_has_that_name(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    assert "Nobody is called nobody" in preview(site, "Call @nobody")
    assert "alice" in preview(site, "Call Omar @me")
    assert preview(site, "<b>Call</b> tomorrow").count("<b>") == 0


@pytest.mark.parametrize(
    ("zone", "line"),
    [
        ("America/New_York", "Call Omar 9999-12-31 11pm !high"),
        ("Asia/Tokyo", "Call Omar 0001-01-01 5am !high"),
    ],
)
def test_a_day_that_cannot_be_stored_is_said(
    people: Crowd, browse: Browse, zone: str, line: str
) -> None:
    site = browse(people.make("kim", timezone=zone))
    words = " ".join(re.sub(r"<[^>]+>", " ", preview(site, line)).split())
    assert words == "Call Omar High", "the rest of the line is shown, while it is being typed"
    page = site.submit("/tasks", "/tasks", title=line)
    assert page.status == 422
    assert "Choose a date between the years 1000 and 9999." in page.text
    assert page.form("/tasks").values["title"] == line
