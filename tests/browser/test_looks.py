"""Every page and what opens on it, in both themes, wide and narrow: nothing that axe can find,
nothing cut off, nothing that jumps, nothing too small for a finger.

The pages come from the route table, so that a new one is looked at from its first day.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from taskapp.accounts.models import User
from taskapp.web.people import MOST
from tests.authenticator import Authenticator
from tests.browser.eye import WATCH_SHIFTS, examine, visit
from tests.databases import Databases
from tests.people import PASSWORD

MakeTasks = Callable[..., None]

DESCRIPTION = (
    "The **pack** is for [them](https://example.org):\n\n- one `code`\n\n> Said so.\n\n"
    "```\n" + "wide " * 60 + "\n```\n\nName|Figure\n-|-\nRevenue|" + "9" * 90
)
WEATHER = {"temperature": -2.0, "condition": "Snow", "provider": "x"} | {
    "observed_at": "2026-11-21T09:30:00Z"
}
# It shows a secret once, after that was asked for.
NOT_BEGUN = {"/settings/second-factor"}
DAY = date(2060, 1, 1)
LONG = "A word that does not fit, " + "longer" * 12


@pytest.fixture(autouse=True)
def watched(page: Page) -> None:
    """Have Chromium note what moves."""
    page.add_init_script(WATCH_SHIFTS)


@pytest.fixture
def ids(admin: Page, make_tasks: MakeTasks, live_server: str) -> dict[str, int]:
    """What there is to see: tasks of an admin's, and all that can hang on one."""
    make_tasks("Late", due_on=date(2020, 1, 1), due_at=datetime(2020, 1, 2, tzinfo=UTC))
    make_tasks(LONG, priority="high", status="in_progress", time_spent=90)
    noon = datetime(2060, 1, 1, 12, tzinfo=UTC)
    make_tasks(
        *(f"{LONG} {number}" for number in range(5)),
        due_at=noon,
        description=DESCRIPTION,
        city="Berlin",
        weather=WEATHER,
    )
    api = f"{live_server}/api/v1"
    bob = {"username": "bob", "password": PASSWORD}
    user = requests.post(f"{api}/auth/register", json=bob, timeout=20).json()
    login = {"login": "alice", "password": PASSWORD}
    token = requests.post(f"{api}/auth/login", json=login, timeout=20).json()["access_token"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        task = session.get(f"{api}/tasks", timeout=20).json()["items"][0]["id"]
        work = {"task_id": task, "time_spent": 90, "note": LONG, "mark_done": False}
        record = session.post(f"{api}/task-records", json=work, timeout=20).json()
        session.post(f"{api}/task-records", json=work | {"note": "Slides"}, timeout=20)
        file = ("a ledger with a very long name, of the third quarter.xlsx", b"x")
        files = f"{api}/tasks/{task}/attachments"
        attachment = session.post(files, files={"file": file}, timeout=20).json()
        session.put(f"{api}/tasks/{task}/status", json={"status": "done"}, timeout=20)
    found = {"record_id": record["id"], "attachment_id": attachment["id"]}
    return found | {"task_id": task, "user_id": user["id"]}


def pages(app: Flask, ids: dict[str, int], *, public: bool = False) -> list[str]:
    """The address of every page that opens with a session, or without one."""
    return [
        re.sub(r"<id:(\w+)>", lambda match: str(ids[match[1]]), rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ())
        if ids or not rule.arguments
        if getattr(app.view_functions[rule.endpoint], "is_public", False) == public
    ]


def is_page(page: Page, path: str) -> bool:
    """Whether it can be opened, and is not a file or a piece of a page."""
    answer = page.request.get(path)
    assert answer.status in ({404} if path in NOT_BEGUN else {200, 403}), path
    return answer.status == 200 and answer.text().startswith("<!doctype html>")


def test_every_page(admin: Page, sqlite_app: Flask, ids: dict[str, int]) -> None:
    shown = [path for path in pages(sqlite_app, ids) if is_page(admin, path)]
    assert len(shown) > 12
    more = ["/calendar?date=2060-01-01", "/calendar?view=week&date=2060-01-01", "/tasks?q=wo"]
    for path in shown + more:
        visit(admin, path)


def test_where_there_are_too_many_people_to_choose_from(
    admin: Page, ids: dict[str, int], databases: Databases, clean: list[str]
) -> None:
    page, task = admin, f"/tasks/{ids['task_id']}"
    names = [f"person{number}" for number in range(MOST)]
    with databases.engine("sqlite", "live").begin() as connection:
        rows = [{"username": name, "username_key": name} for name in names]
        connection.execute(insert(User).values(password_hash="", version=1), rows)
    page.goto("/tasks")
    page.locator("summary", has_text="Assignee").click()
    page.get_by_label("Assignee, by username").fill("bbo")
    examine(page)
    page.get_by_label("Assignee, by username").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nobody is called bbo.")
    examine(page)
    page.goto(task)
    page.locator("[data-writes=assignee_id] > summary").click()
    examine(page)
    page.get_by_label("Assignee", exact=True).fill("bbo")
    page.get_by_label("Assignee", exact=True).press("Enter")
    expect(page.get_by_text("Nobody is called bbo.")).to_be_visible()
    page.get_by_label("Assignee", exact=True).fill("bob")
    page.get_by_label("Assignee", exact=True).press("Enter")
    expect(page.locator("[data-writes=assignee_id] > summary")).to_contain_text("bob")
    for path in ("/analytics", "/analytics?username=bbo", "/tasks/new", f"{task}?history=9"):
        visit(page, path)
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]


def test_every_page_with_nothing_on_it(alice: Page, sqlite_app: Flask) -> None:
    page = alice
    expect(page.locator(".t-toast")).to_be_visible()
    examine(page)
    everything = [path for path in pages(sqlite_app, {}) if is_page(page, path)]
    empty = [path for path in everything if "t-empty" in page.request.get(path).text()]
    assert len(empty) > 4
    for path in [*empty, "/tasks?q=nothing", "/tasks?status=done", "/time?date_to=2000-01-01"]:
        visit(page, path)


def test_every_page_outside(page: Page, sqlite_app: Flask, clean: list[str]) -> None:
    for path in (*pages(sqlite_app, {}, public=True), "/nowhere"):
        visit(page, path)
    page.goto("/register")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page)
    page.goto("/login")
    page.get_by_label("Username or email").fill("nobody")
    page.get_by_label("Password").fill("nothing right")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
    examine(page)
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]


# A page, and what is pressed there one after another.
OPENED = {
    "a filter": ("/tasks?priority=high", [".t-filter:nth-of-type(4) summary"]),
    "sort orders": ("/tasks", [".t-end summary"]),
    "the account": ("/tasks", [".t-top summary"]),
    "the bar of a selection": ("/tasks", ["[data-select]", ".t-select", ".t-bulk summary"]),
    "a card's menu": ("/board", [".t-card-m summary"]),
    "a day's task": ("/calendar?date=2060-01-01", [".t-ag .t-evt-m summary"]),
    "a day of one's own": ("/analytics", ["main .t-head .t-menu summary"]),
    "the figures of a chart": ("/analytics", [".t-data summary"]),
    "a status": ("{task}", ["[data-writes=status] summary"]),
    "a due date": ("{task}", ["[data-writes=due_date] summary"]),
    "a title and a text": (
        "{task}",
        ["[data-writes=title] summary", "[data-writes=description] summary"],
    ),
    "a preview": ("{task}/edit", ["button[data-preview]"]),
    "a file's end": ("{task}", [".t-file summary"]),
    "somebody's account": ("/users", [".t-people summary"]),
}


def test_what_opens(admin: Page, ids: dict[str, int]) -> None:
    page, task = admin, f"/tasks/{ids['task_id']}"
    for path, presses in OPENED.values():
        page.goto(path.format(task=task))
        for press in presses:
            page.locator(press).locator("visible=true").or_(
                page.locator(press)
            ).first.dispatch_event("click")
        examine(page)
    page.goto("/tasks")
    page.get_by_role("textbox", name="New task").fill("Call tomorrow 10:00 !high @alice in:Oslo")
    expect(page.locator(".t-quick-p .t-chip")).to_have_count(5)
    examine(page)
    page.goto("/tasks")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    examine(page)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 900})
    page.get_by_role("button", name="Filters").click()
    examine(page)


def test_what_is_refused(admin: Page, ids: dict[str, int], clean: list[str]) -> None:
    page, task = admin, f"/tasks/{ids['task_id']}"
    page.goto(task + "/edit")
    page.get_by_label("Title").fill(" ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page)
    page.goto(task)
    page.get_by_role("button", name="Log time").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete this task?")
    examine(page)
    page.goto("/users")
    page.get_by_label("Change alice").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("alert")).to_contain_text("This is the last active admin.")
    examine(page)
    page.goto("/analytics?from=2026-02-02&to=2026-02-01")
    expect(page.get_by_role("alert")).to_contain_text("This lies before the start")
    examine(page)
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]


def test_what_is_shown_once_and_asked_for_again(alice: Page, clean: list[str]) -> None:
    page = alice
    page.goto("/settings")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fields need attention")
    examine(page)
    page.get_by_label("Name", exact=True).fill("Nightly report")
    page.get_by_label("See logged time").check()
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("taskapp_")).to_be_visible()
    examine(page)

    page.goto("/settings")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    secret = page.locator(".t-secret").inner_text()
    examine(page)
    app = Authenticator(secret)
    page.get_by_label("Code from the app").fill(app.code())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="The second factor is on")).to_be_visible()
    codes = page.locator(".t-codes code").all_inner_texts()
    examine(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_text().split() == codes
    page.goto("/settings")
    examine(page)

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tasks")
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]
