"""A day by the keyboard alone: every key of the help does what it says."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.people import PASSWORD

GO = {
    "t": "Today",
    "u": "Upcoming",
    "a": "All tasks",
    "b": "Board",
    "c": None,  # the month
    "s": "Analytics",
    "l": "Time log",
    ",": "Settings",
}


@pytest.fixture(autouse=True)
def no_mouse(page: Page) -> Iterator[None]:
    """Fail a test that uses a pointer after all."""
    clicks: list[str] = []

    def note(tag: str) -> None:
        clicks.append(tag)

    page.expose_function("pointed", note)
    page.add_init_script(
        "addEventListener('pointerdown', (event) => pointed(event.target.tagName))"
    )
    yield
    assert clicks == []


_SAID = """() => {
  const { ariaLabel, labels, textContent } = document.activeElement;
  const text = document.activeElement.matches("a, button, summary") && textContent;
  return [ariaLabel, labels?.[0]?.textContent, text].filter(Boolean).join(" ");
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until that has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        said = page.evaluate(_SAID)
        if name in said:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def heading(page: Page, text: str) -> None:
    """Wait for a page, and for its scripts."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    expect(page.locator(".t-live")).to_have_attribute("data-state", "on")


def test_a_day_by_keys(page: Page) -> None:
    page.goto("/register")
    tab_to(page, "Username")
    page.keyboard.type("alice")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    heading(page, "All tasks")

    press(page, "n")
    for line in ("Prepare the report today !high", "Call Omar today", "Water the plants"):
        page.keyboard.type(line)
        press(page, "Enter")
        expect(page.get_by_role("textbox", name="New task")).to_have_value("")
    expect(page.locator(".t-row")).to_have_count(3)

    page.locator(":focus").blur()
    press(page, "j", "j", "k")
    report = page.get_by_role("link", name="Prepare the report")
    expect(report).to_be_focused()
    press(page, "e")
    expect(page.locator(".t-toasts")).to_contain_text("Completed “Prepare the report”.")
    press(page, "z")
    expect(page.locator(".t-toasts")).to_contain_text("Undone.")
    press(page, "j", "x", "j", "x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    press(page, "Escape")
    expect(page.locator("[data-bulk-count]")).to_have_text("0")

    press(page, "k", "k", "Enter")
    heading(page, "Prepare the report")
    tab_to(page, "Change the title")
    press(page, "Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type(" of the")
    press(page, "Escape")
    expect(page.get_by_label("Change the title")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type(" year")
    press(page, "Enter")
    heading(page, "Prepare the report of the year")
    tab_to(page, "Priority")
    press(page, "Enter")
    tab_to(page, "Low")
    press(page, "Enter")
    expect(page.get_by_label("Properties")).to_contain_text("Low")
    tab_to(page, "description")
    press(page, "Enter")
    expect(page.get_by_role("textbox", name="Description")).to_be_focused()
    page.keyboard.type("**Ten** slides")
    tab_to(page, "Preview")
    press(page, "Enter")
    expect(page.get_by_role("region", name="Preview")).to_have_text("Ten slides")
    tab_to(page, "Save")
    press(page, "Enter")
    expect(page.locator(".t-doc strong")).to_have_text("Ten")
    tab_to(page, "Minutes")
    page.keyboard.type("45")
    tab_to(page, "Only log")
    press(page, "Enter")
    expect(page.get_by_role("region", name="Time")).to_contain_text("45m")

    press(page, "g", "b")
    heading(page, "Board")
    tab_to(page, "Prepare the report of the year")
    press(page, "Shift+ArrowRight")
    expect(page.locator("[data-board-news]")).to_have_text("In progress, 1 of 1")

    press(page, "/")
    page.keyboard.type("slides")
    press(page, "Enter")
    heading(page, "Search")
    expect(page.locator(".t-row-t")).to_have_text(["Prepare the report of the year"])

    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    press(page, "g", "b", "n")  # rest while it is open
    said = " ".join(dialog.locator("kbd").all_inner_texts())
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    heading(page, "Search")
    for key, place in GO.items():
        assert f"G {key.upper()}" in said
        press(page, "g", key)
        if place:
            heading(page, place)
        else:
            page.wait_for_url("**/calendar")
            expect(page.locator(".t-live")).to_have_attribute("data-state", "on")
    assert said.count("G ") == len(GO)

    tab_to(page, "account menu")
    press(page, "Enter")
    tab_to(page, "Sign out")
    press(page, "Enter")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
