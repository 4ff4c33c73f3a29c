"""A newcomer's first day, from registering to signing out: on a desk, on a phone, by forms alone,
and by nothing but the keyboard."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.people import PASSWORD

KINDS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True},
    "forms": {"viewport": {"width": 1440, "height": 900}, "java_script_enabled": False},
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """How the newcomer comes."""
    return str(request.param)


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], kind: str) -> dict[str, Any]:
    return browser_context_args | KINDS[kind]


def register(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Email").fill("alice@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()


def change(page: Page, kind: str) -> None:
    """Give the task another title, priority and day; without scripts on the page for that."""
    if kind == "forms":
        page.get_by_role("link", name="Edit", exact=True).click()
        page.get_by_label("Title").fill("Prepare the Q3 report")
        page.get_by_label("Priority").select_option("High")
        page.get_by_label("Due date").fill(str(tomorrow()))
        page.get_by_role("button", name="Save").click()
        return
    address = page.url
    page.get_by_label("Change the title").click()
    page.get_by_label("Title", exact=True).fill("Prepare the Q3 report")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Prepare the Q3 report")
    expect(page.get_by_label("Change the title")).to_be_focused()
    properties = page.get_by_label("Properties")
    properties.locator("summary").filter(has_text="Priority").click()
    properties.get_by_role("button", name="High").click()
    expect(properties.locator("summary").filter(has_text="High")).to_be_focused()
    properties.locator("summary").filter(has_text="Due").click()
    properties.get_by_label("Due date").fill(str(tomorrow()))
    properties.get_by_role("button", name="Save").locator("visible=true").click()
    expect(properties).to_contain_text("Tomorrow")
    assert page.url == address


def tomorrow() -> Any:
    return datetime.now(UTC).date() + timedelta(days=1)


def drag(page: Page, held: Locator, target: Locator) -> None:
    """Carry something by the mouse."""
    start, end = held.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 40, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 50, start["y"] + 16, steps=2)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


def move_on_board(page: Page, kind: str) -> None:
    page.get_by_role("link", name="Board").locator("visible=true").first.click()
    card = page.locator(".t-card:not(.t-drag)").filter(has_text="Prepare the Q3 report")
    if kind == "desk":
        with page.expect_response("**/position"):
            drag(page, card, page.get_by_role("region", name="In progress"))
    else:
        card.hover()
        page.get_by_label("Move “Prepare the Q3 report”").click()
        with page.expect_response("**/position"):
            card.get_by_role("button", name="In progress").click()
    begun = page.get_by_role("region", name="In progress")
    expect(begun.get_by_role("link", name="Prepare the Q3 report")).to_be_visible()


def move_in_calendar(page: Page, kind: str) -> None:
    """To the day beside tomorrow that is in the same week."""
    day = tomorrow()
    beside = day + timedelta(days=1 if day.weekday() < 6 else -1)
    page.goto(f"/calendar?view=week&date={day}")
    there = page.locator(f"[data-day='{beside}']")
    if kind == "desk":
        event = page.locator(f"[data-day='{day}']").get_by_role("link", name="Prepare")
        with page.expect_navigation():
            drag(page, event, there)
    else:
        agenda = page.locator(".t-agenda")
        agenda.get_by_label("Move “Prepare the Q3 report” to another day").click()
        agenda.get_by_label("Move to").fill(str(beside))
        agenda.get_by_role("button", name="Move").click()
        expect(page.locator(".t-toasts")).to_contain_text("Moved “Prepare the Q3 report”")
    there.get_by_role("link").first.click()
    expect(page.locator(".t-agenda")).to_contain_text("Prepare the Q3 report")


def test_a_newcomers_day(page: Page, kind: str) -> None:
    register(page)
    page.get_by_role("textbox", name="New task").fill("Prepare the report")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".t-toasts")).to_contain_text("Added “Prepare the report”.")
    page.get_by_role("main").get_by_role("link", name="Prepare the report").click()
    change(page, kind)

    page.goto("/tasks")
    complete = page.get_by_role("button", name="Complete “Prepare the Q3 report”")
    expect(complete).to_have_attribute("aria-pressed", "false")
    complete.click()
    expect(page.locator(".t-toasts")).to_contain_text("Completed “Prepare the Q3 report”.")
    page.locator(".t-toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".t-toasts")).to_contain_text("Undone.")
    expect(complete).to_have_attribute("aria-pressed", "false")

    move_on_board(page, kind)
    move_in_calendar(page, kind)

    page.get_by_role("main").get_by_role("link", name="Prepare the Q3 report").last.click()
    page.get_by_label("Minutes").fill("90")
    page.get_by_label("What was done").fill("Ten slides")
    page.get_by_role("button", name="Complete and log").click()
    expect(page.get_by_label("Properties")).to_contain_text("Done")
    page.goto("/analytics")
    figures = page.locator(".t-kpis")
    expect(figures.locator("div").filter(has_text="Completed").first).to_contain_text("1")
    expect(figures.locator("div").filter(has_text="Time spent")).to_contain_text("1h 30m")

    if kind == "phone":
        page.get_by_role("navigation", name="Quick navigation").get_by_text("Time").click()
    else:
        page.get_by_role("link", name="Time log").click()
    expect(page.get_by_role("main")).to_contain_text("1h 30m in 1 record")

    page.locator("summary").filter(has_text="account menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/tasks")
    page.get_by_label("Username or email").fill("alice@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All tasks")


def test_looking_for_tasks(page: Page, kind: str) -> None:
    register(page)
    for title in ("Water the plants !high in:Oslo", "Water the garden", "Call Omar tomorrow @me"):
        page.get_by_role("textbox", name="New task").fill(title)
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".t-toasts")).to_contain_text(title.split(" !")[0].split(" tom")[0])
    titles = page.locator(".t-row-t")
    page.get_by_label("Search tasks").fill("water")
    page.get_by_label("Search tasks").press("Enter")
    expect(page).to_have_url(re.compile(r"/tasks\?q=water$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(titles).to_have_count(2)

    if kind == "phone":
        page.get_by_role("button", name="Filters").click()
    filters = page.get_by_role("form", name="Filters")
    filters.locator("summary").filter(has_text="Priority").click()
    filters.get_by_label("High").check()
    filters.get_by_role("button", name="Apply").locator("visible=true").click()
    expect(page).to_have_url(re.compile(r"q=water&.*priority=high"))
    expect(titles).to_have_text(["Water the plants"])
    if kind == "phone":
        page.get_by_role("button", name="Filters, 2 on").click()
    page.get_by_label("Remove search").click()
    expect(titles).to_have_text(["Water the plants"])
    if kind == "phone":
        page.get_by_role("button", name="Filters, 1 on").click()
    page.get_by_role("link", name="Clear").click()
    expect(titles).to_have_count(3)
    page.goto("/tasks?assignee_id=me&due=week")
    expect(titles).to_have_text(["Call Omar"])
    page.goto("/tasks?q=gardening")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
