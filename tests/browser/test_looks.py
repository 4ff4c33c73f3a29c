"""Every page in both themes, wide and narrow: nothing that axe can find, nothing cut off."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.authenticator import Authenticator
from tests.people import PASSWORD

LOOKS = [
    {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
    for theme in ("light", "dark")
    for width in (1440, 390)
]


@pytest.fixture(
    params=LOOKS, ids=lambda look: f"{look['color_scheme']} {look['viewport']['width']}"
)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The theme that the device asks for, and the size of its window."""
    return dict(request.param)


@pytest.fixture
def examine(page: Page) -> Callable[[], None]:
    """`examine()`: the page as it stands has no fault that axe knows, and fits its window."""
    axe = Axe()

    def run() -> None:
        found = axe.run(page).response["violations"]
        assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{page.url} scrolls sideways by {wider} px"

    return run


def test_outside(
    page: Page, look: dict[str, Any], examine: Callable[[], None], clean: list[str]
) -> None:
    for path in ("/", "/login", "/register", "/password-reset", "/password-reset/sent", "/nowhere"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", look["color_scheme"])
        examine()
    page.goto("/register")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine()
    page.goto("/login")
    page.get_by_label("Username or email").fill("nobody")
    page.get_by_label("Password").fill("nothing right")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
    examine()
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]


def test_inside(
    alice: Page, look: dict[str, Any], examine: Callable[[], None], clean: list[str]
) -> None:
    page = alice
    examine()  # an empty list, and a notice
    page.goto("/analytics")
    expect(page.get_by_role("heading", name="Nothing happened")).to_be_visible()
    examine()
    for values in (
        {"Title": "A word that does not fit, " + "longer" * 12, "Priority": "high"},
        {"Title": "Late", "Due date": "2020-01-01", "Status": "in_progress", "Priority": "low"},
        {"Title": "With everything", "Due date": "2060-01-01", "City": "Berlin"},
    ):
        page.goto("/tasks/new")
        for label, value in values.items():
            field = page.get_by_label(label, exact=True)
            if label in {"Priority", "Status"}:
                field.select_option(value)
            else:
                field.fill(value)
        page.get_by_role("button", name="Add task").click()
        page.wait_for_url("**/tasks/*")
        examine()
    task = page.url
    for path in (
        "/tasks",
        "/tasks?status=done",
        "/tasks/new",
        "/settings",
        "/analytics",
        "/today",
        "/upcoming",
        "/board",
        "/calendar?date=2060-01-01",
        "/calendar?view=week&date=2020-01-01",
    ):
        page.goto(path)
        examine()
    page.goto("/tasks")
    page.locator("summary").filter(has_text="Due date").click()
    examine()
    page.get_by_role("textbox", name="New task").fill("Call tomorrow 10:00 !high @alice in:Oslo")
    expect(page.locator(".t-quick-p .t-chip")).to_have_count(5)
    examine()
    page.keyboard.press("Escape")
    page.locator(".t-row .t-select").first.press("Space")
    page.locator(".t-bulk summary").first.click()
    examine()
    page.goto("/board")
    page.locator(".t-card-m summary").first.click(force=True)
    examine()
    page.goto("/calendar?date=2060-01-01")
    page.locator(".t-ag .t-evt-m summary").first.click()
    examine()
    page.goto(task)
    page.locator("summary").filter(has_text="To do").click()
    examine()
    for path in ("/edit", "/delete"):
        page.goto(task + path)
        examine()
    page.goto(task + "/edit")
    page.get_by_label("Title").fill(" ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine()
    clean[:] = [complaint for complaint in clean if "422" not in complaint]


def test_as_an_admin(
    admin: Page, look: dict[str, Any], examine: Callable[[], None], clean: list[str]
) -> None:
    page = admin
    page.goto("/users")
    examine()
    page.get_by_label("Change alice").click()
    examine()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("alert")).to_contain_text("This is the last active admin.")
    examine()
    clean[:] = [complaint for complaint in clean if "409" not in complaint]
    page.goto("/users")
    page.get_by_label("Change alice").click()
    page.get_by_role("link", name="Delete").click()
    examine()

    page.goto("/tasks")
    page.get_by_role("textbox", name="New task").fill("Water the plants")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Complete “Water the plants”").click()
    page.goto("/analytics")
    expect(page.get_by_role("img", name="Tasks completed and created")).to_be_visible()
    examine()
    page.locator("summary").filter(has_text="Custom").click()
    examine()
    page.keyboard.press("Escape")
    table = page.get_by_role("region", name="Created, by status, table")
    page.locator("summary").filter(has_text="Created, by status").click()
    expect(table).to_contain_text("Done")
    examine()
    page.goto("/analytics?from=2026-02-02&to=2026-02-01")
    expect(page.get_by_role("alert")).to_contain_text("This lies before the start")
    clean[:] = [complaint for complaint in clean if "422" not in complaint]


def test_what_hangs_on_a_task(
    alice: Page,
    look: dict[str, Any],
    examine: Callable[[], None],
    clean: list[str],
    tmp_path: Path,
) -> None:
    page = alice
    page.goto("/time")
    examine()
    page.goto("/tasks/new")
    page.get_by_label("Title").fill("Prepare the board report")
    page.get_by_label("Description").fill(
        "The **pack** is for [them](https://example.org):\n\n- one `code`\n\n> Said so.\n\n"
        "```\n" + "wide " * 60 + "\n```\n\nName|Figure\n-|-\nRevenue|" + "9" * 90
    )
    page.get_by_role("button", name="Add task").click()
    page.wait_for_url("**/tasks/*")
    for name in ("a ledger with a very long name, of the third quarter.xlsx", "pack.pdf"):
        (tmp_path / name).write_text("x")
        page.get_by_label("choose").set_input_files(tmp_path / name)
        expect(page.get_by_role("link", name=name)).to_be_visible()
    examine()
    page.get_by_label("Minutes").fill("90")
    page.get_by_label("What was done").fill("Margin bridge, slides 4 to 7")
    page.get_by_role("button", name="Only log").click()
    expect(page.get_by_role("status").filter(has_text="Logged 1h 30m.")).to_be_visible()
    examine()
    page.get_by_role("button", name="Complete and log").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine()
    page.goto("/time")
    examine()
    page.get_by_role("link", name="Change").click()
    examine()
    clean[:] = [complaint for complaint in clean if "422" not in complaint]


def test_what_is_shown_once_and_asked_for_again(
    alice: Page, look: dict[str, Any], examine: Callable[[], None], clean: list[str]
) -> None:
    page = alice
    page.goto("/settings")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fields need attention")
    examine()
    page.get_by_label("Name", exact=True).fill("Nightly report")
    page.get_by_label("See logged time").check()
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("taskapp_")).to_be_visible()
    examine()

    page.goto("/settings")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    secret = page.locator(".t-secret").inner_text()
    examine()
    app = Authenticator(secret)
    page.get_by_label("Code from the app").fill(app.code())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="The second factor is on")).to_be_visible()
    codes = page.locator(".t-codes code").all_inner_texts()
    examine()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_text().split() == codes
    page.goto("/settings")
    examine()

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    examine()
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tasks")
    clean[:] = [complaint for complaint in clean if "status of 4" not in complaint]
