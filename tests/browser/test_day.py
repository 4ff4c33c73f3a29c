"""A day with Taskapp: every step works with scripts and without."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_what_is_done_is_found_reopened_and_deleted(alice: Page, scripts: bool) -> None:
    page = alice
    page.get_by_role("textbox", name="New task").fill("Call Omar")
    page.get_by_role("button", name="Add").click()
    complete = page.get_by_role("button", name="Complete “Call Omar”")
    complete.click()
    expect(page.locator(".t-toasts")).to_contain_text("Completed “Call Omar”.")

    page.goto("/tasks")
    page.get_by_text("Status: Open").click()
    page.get_by_label("Done").check()
    page.get_by_label("To do").uncheck()
    page.get_by_label("In progress").uncheck()
    page.get_by_role("button", name="Apply").first.click()
    expect(page).to_have_url(re.compile(r"/tasks\?status=done$"))
    expect(complete).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/status"):
        complete.click()  # a press on what is done reopens it
    page.goto("/tasks?status=done")
    expect(page.get_by_role("heading", name="No task matches")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()

    page.get_by_role("link", name="Call Omar").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted “Call Omar”.")
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()


def test_a_narrow_screen_reaches_everything(alice: Page, scripts: bool) -> None:
    page = alice
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/tasks", "/settings", "/tasks/new", "/today", "/board", "/calendar"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto("/tasks")
    page.get_by_role("button", name="Open navigation").click()
    page.get_by_label("Sidebar").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    page.get_by_role("link", name="New task").last.click()
    page.get_by_label("Title").fill("From the phone")
    page.get_by_role("button", name="Add task").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From the phone")


def test_what_was_refused_is_in_sight(
    alice: Page, make_tasks: Callable[..., None], scripts: bool, clean: list[str]
) -> None:
    page = alice
    page.set_viewport_size({"width": 390, "height": 844})
    make_tasks("one")
    page.goto("/tasks")
    task = page.get_by_role("link", name="one").get_attribute("href")
    forms = {"/settings": ["Save address", "Change password", "Set up", "Create token"]}
    for path, buttons in (forms | {str(task): ["Only log"]}).items():
        for button in buttons:
            page.goto(path)
            page.get_by_role("button", name=button, exact=True).click()
            expect(page.get_by_role("alert")).to_be_in_viewport()
    clean[:] = [each for each in clean if "status of 422" not in each]
