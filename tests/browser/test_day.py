"""A day with Taskapp: every step works with scripts and without."""

import re

from playwright.sync_api import Page, expect

from tests.people import PASSWORD


def test_a_day(alice: Page, scripts: bool) -> None:
    page = alice
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()

    page.get_by_role("textbox", name="New task").fill("Prepare the report")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("Added “Prepare the report”.")
    page.get_by_role("link", name="Prepare the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prepare the report")

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Title").fill("Prepare the Q3 report")
    page.get_by_label("Description").fill("Ten slides.\nNumbers first.")
    page.get_by_label("Priority").select_option("High")
    page.get_by_label("Due date").fill("2030-05-31")
    page.get_by_label("Time").fill("17:00")
    page.get_by_label("Assignee").select_option("alice")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prepare the Q3 report")
    expect(page.get_by_label("Properties")).to_contain_text("31 May 2030 17:00")

    page.get_by_text("To do", exact=True).first.click()
    page.get_by_role("button", name="In progress").click()
    expect(page.get_by_label("Properties")).to_contain_text("In progress")

    page.goto("/tasks")
    complete = page.get_by_role("button", name="Complete “Prepare the Q3 report”")
    expect(complete).to_have_attribute("aria-pressed", "false")
    complete.click()
    expect(page.get_by_role("status")).to_contain_text("Completed “Prepare the Q3 report”.")
    if scripts:  # it stays where it is until the next load
        expect(complete).to_have_attribute("aria-pressed", "true")
    else:
        expect(page.get_by_role("link", name="Prepare the Q3 report")).to_have_count(0)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Prepare the Q3 report")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="In progress").first).to_be_visible()
    complete.click()
    expect(page.get_by_role("status")).to_contain_text("Completed “Prepare the Q3 report”.")

    page.get_by_text("Status: Open").click()
    page.get_by_label("Done").check()
    page.get_by_label("To do").uncheck()
    page.get_by_label("In progress").uncheck()
    page.get_by_role("button", name="Apply").first.click()
    expect(page).to_have_url(re.compile(r"/tasks\?status=done$"))
    expect(complete).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/status"):
        complete.click()  # a press on what is done reopens it
    if scripts:
        expect(complete).to_have_attribute("aria-pressed", "false")
        page.reload()
    expect(page.get_by_role("heading", name="No task matches")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()

    page.get_by_role("link", name="Prepare the Q3 report").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete this task?")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted “Prepare the Q3 report”.")
    expect(page.get_by_role("heading", name="Nothing left to do")).to_be_visible()

    page.locator("summary").filter(has_text="account menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All tasks")


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
