"""The board: cards in columns, which can be moved without scripts."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.tasks import board
from taskapp.tasks.models import Task
from tests.people import Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]


def columns(page: Page) -> dict[str, list[str]]:
    """The titles in each column, from top to bottom."""
    parts = re.split(r'data-column="(\w+)"', page.html)[1:]
    return {
        name: re.findall(r'class="t-card-t"[^>]*>([^<]+)<', part)
        for name, part in zip(parts[::2], parts[1::2], strict=True)
    }


def buttons(page: Page, task_id: int) -> dict[str, str]:
    """By name, the values of the buttons in the menu of a card that can be pressed."""
    card = page.html.partition(f'data-task="{task_id}"')[2].partition("</details>")[0]
    return dict(re.findall(r'<button[^>]* name="(\w+)" value="(\w*)" formaction="[^"]+">', card))


def test_every_task_stands_in_the_column_of_its_status(people: Crowd, browse: Browse) -> None:
    make = people.alice.api.make_task
    for title, status in (("a", "todo"), ("b", "in_progress"), ("c", "done"), ("d", "todo")):
        make(title, status=status)
    people.bob.api.make_task("a stranger's")
    page = browse(people.alice).open("/board")
    assert columns(page) == {"todo": ["d", "a"], "in_progress": ["b"], "done": ["c"]}
    assert "4 tasks" in page.text


def test_what_was_done_long_ago_is_in_the_list(app: Flask, people: Crowd, browse: Browse) -> None:
    old = people.alice.api.make_task("old", status="done")["id"]
    people.alice.api.make_task("new", status="done")
    with app.app_context():
        long_ago = now() - timedelta(days=15)
        db.session.execute(update(Task).where(Task.id == old).values(completed_at=long_ago))
        db.session.commit()
    site = browse(people.alice)
    page = site.open("/board")
    assert columns(page)["done"] == ["new"]
    rest = site.open(page.links["All that is done"].replace("&amp;", "&"))
    assert "old" in rest.text


def test_the_menu_of_a_card_moves_it(people: Crowd, browse: Browse) -> None:
    make = people.alice.api.make_task
    ids = {title: make(title)["id"] for title in "cba"}
    site = browse(people.alice)

    def press(title: str, name: str, value: str | None = None) -> Page:
        address = f"/tasks/{ids[title]}/position"
        value = value or buttons(site.open("/board"), ids[title])[name]
        return site.press("/board", address, next="/board", **{name: value})

    assert columns(press("a", "after"))["todo"] == ["b", "a", "c"]
    assert columns(press("c", "before"))["todo"] == ["b", "c", "a"]
    page = press("c", "status", "in_progress")
    assert columns(page) == {"todo": ["b", "a"], "in_progress": ["c"], "done": []}
    assert "Moved “c” to In progress." in page.text
    assert "before" not in buttons(page, ids["b"]), "it is the first already"
    assert "after" not in buttons(page, ids["a"])


def test_a_script_gets_the_card_back(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("Water the plants")
    site = browse(people.alice)
    token = site.open("/board").token
    response = site.client.post(
        f"/tasks/{task['id']}/position",
        data={"csrf_token": token, "status": "done"},
        headers={"X-Fragment": "1"},
    )
    assert response.status_code == 200
    assert response.text.strip().startswith('<li class="t-card is-done"')
    assert "<html" not in response.text


@pytest.mark.parametrize(
    ("values", "status"),
    [({"status": "gone"}, 422), ({"before": "x"}, 409), ({"after": "9" * 30}, 409)],
)
def test_nonsense_is_refused(
    people: Crowd, browse: Browse, values: dict[str, str], status: int
) -> None:
    task = people.alice.api.make_task()
    page = browse(people.alice).press("/board", f"/tasks/{task['id']}/position", **values)
    assert page.status == status


def test_strangers_move_nothing_and_assignees_may(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    path = f"/tasks/{task['id']}/position"
    assert browse(people.bob).press("/board", path, status="done", next="/board").status == 200
    site = browse(people.carol)
    token = site.open("/board").token
    assert site.client.post(path, data={"csrf_token": token}).status_code == 404


def test_a_column_knows_where_a_new_task_belongs(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    page = site.open("/board")
    form = site.open("/tasks/new?status=in_progress&next=/board").form("/tasks")
    assert "/tasks/new?status=in_progress" in page.html
    assert form.values["status"] == "in_progress"
    page = site.send(form, title="Begun")
    assert page.address == "/board"
    assert columns(page)["in_progress"] == ["Begun"]


def test_a_full_board_costs_few_statements_and_says_what_it_leaves_out(
    app: Flask,
    people: Crowd,
    browse: Browse,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    site, moment = browse(people.alice), now()
    rows = [
        {"title": f"task {number}", "user_id": people.alice.id, "version": 1, "position": number}
        for number in range(board.MOST + 7)
    ]
    with app.app_context():
        db.session.execute(insert(Task), [row | {"created_at": moment} for row in rows])
        db.session.commit()
    with count_queries() as statements:
        page = site.open("/board")
    assert len(statements) <= 8
    assert len(columns(page)["todo"]) == board.MOST
    assert page.links["7 more in the list"] == "/tasks?status=todo"
