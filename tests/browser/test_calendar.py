"""The calendar under hands."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from playwright.sync_api import Locator, Page, expect

MakeTasks = Callable[..., None]
WHOLE_DAY = {"due_on": date(2026, 11, 18), "due_at": datetime(2026, 11, 19, tzinfo=UTC)}


def day(page: Page, number: int) -> Locator:
    return page.locator(f"[data-day='2026-11-{number:02}']")


def test_a_task_is_dragged_to_another_day(alice: Page, make_tasks: MakeTasks) -> None:
    page = alice
    make_tasks("whole day", **WHOLE_DAY)
    make_tasks("at nine", due_at=datetime(2026, 11, 18, 9, tzinfo=UTC))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/calendar?date=2026-11-01")
    for title in ("whole day", "at nine"):
        held = day(page, 18).get_by_role("link", name=title).bounding_box()
        target = day(page, 24).bounding_box()
        assert held is not None
        assert target is not None
        page.mouse.move(held["x"] + 20, held["y"] + 10)
        page.mouse.down()
        page.mouse.move(held["x"] + 30, held["y"] + 14, steps=2)
        page.mouse.move(target["x"] + 40, target["y"] + 60, steps=5)
        expect(page.locator(".is-over")).to_have_attribute("data-day", "2026-11-24")
        with page.expect_navigation():
            page.mouse.up()
        expect(day(page, 24).get_by_role("link", name=title)).to_be_visible()
    expect(day(page, 24).locator("time")).to_have_text("09:00")


def test_a_menu_moves_a_task_to_another_day(
    alice: Page, make_tasks: MakeTasks, scripts: bool
) -> None:
    page = alice
    make_tasks("whole day", **WHOLE_DAY)
    page.goto("/calendar?view=week&date=2026-11-18")
    day(page, 18).get_by_role("link", name="whole day").hover()
    day(page, 18).get_by_label("Move “whole day” to another day").click()
    day(page, 18).get_by_label("Move to").fill("2026-11-20")
    day(page, 18).get_by_role("button", name="Move").click()
    expect(day(page, 20).get_by_role("link", name="whole day")).to_be_visible()
    expect(page.locator(".t-toasts")).to_contain_text("Moved “whole day”")


def test_on_a_phone_a_day_is_touched_and_its_tasks_are_below(
    alice: Page, make_tasks: MakeTasks
) -> None:
    page = alice
    make_tasks("whole day", **WHOLE_DAY)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/calendar?date=2026-11-01")
    expect(page.get_by_text("Nothing is due on this day.")).to_be_visible()
    day(page, 18).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Wednesday 18 November")).to_be_visible()
    expect(page.get_by_role("region", name="Wednesday 18 November")).to_contain_text("whole day")
    page.get_by_role("button", name="Complete “whole day”").click()
    expect(page.locator(".t-toasts")).to_contain_text("Completed “whole day”.")
