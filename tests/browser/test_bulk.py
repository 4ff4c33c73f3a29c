"""Selecting, acting on what is selected, and taking it back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

MakeTasks = Callable[..., None]


def select(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("link", name=title, exact=True).hover()
        page.get_by_label(f"Select “{title}”").check()


def test_selected_tasks_are_moved_deleted_and_brought_back(
    alice: Page, make_tasks: MakeTasks, scripts: bool
) -> None:
    page = alice
    page.set_viewport_size({"width": 1440, "height": 900})
    make_tasks("one", "two", "three")
    page.goto("/tasks")
    bar = page.get_by_role("region", name="Actions for the selected tasks")
    expect(bar).to_be_hidden()
    select(page, "one", "two")
    bar.get_by_label("Reschedule").click()
    bar.get_by_label("New day").fill("2060-01-01")
    bar.get_by_role("button", name="Move").click()
    expect(page.locator(".t-toasts")).to_contain_text("2 tasks moved.")
    expect(page.locator(".t-due")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".t-toasts")).to_contain_text("Undone for 2 tasks.")
    expect(page.locator(".t-due")).to_have_count(0)

    select(page, "one", "three")
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 2 tasks?")
    page.get_by_role("button", name="Delete 2 tasks").click()
    expect(page.locator(".t-row")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".t-row")).to_have_count(3)

    select(page, "two")
    bar.locator("summary").filter(has_text="Priority").click()
    bar.get_by_role("button", name="High").click()
    expect(page.locator(".t-row .is-high")).not_to_have_count(0)


def test_keys_select_clear_and_undo(alice: Page, make_tasks: MakeTasks) -> None:
    page = alice
    make_tasks("one", "two")
    page.goto("/tasks")
    bar = page.get_by_role("region", name="Actions for the selected tasks")
    for key in "jxjx":
        page.keyboard.press(key)
    expect(bar).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator(".t-toasts")).to_contain_text("Completed “two”.")
    expect(page.locator(".t-row.is-done")).to_have_count(1)
    page.keyboard.press("z")
    expect(page.locator(".t-toasts")).to_contain_text("Undone.")
    expect(page.locator(".t-row.is-done")).to_have_count(0)


def test_on_a_phone_one_begins_by_select(alice: Page, make_tasks: MakeTasks) -> None:
    page = alice
    make_tasks("one", "two")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/tasks")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_label("Select “one”").check()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".t-row")).to_have_count(1)
