"""A real Chromium against a real gunicorn, with an eye on everything a browser complains about."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import wraps
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Keyboard,
    Locator,
    Page,
    Request,
)
from sqlalchemy import create_engine, insert, select, update

from taskapp.accounts.models import User
from taskapp.tasks.models import Task
from tests.browser.several import Relay, Script
from tests.databases import Databases
from tests.people import PASSWORD

ACTS = ["check", "click", "drag_to", "fill", "press", "select_option", "set_input_files"]


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """People act on a page once it is loaded; a test that acts sooner finds no script listening."""
    keyboard = Page.keyboard

    def keyboard_of(page: Page) -> Keyboard:
        page.wait_for_load_state()
        return keyboard.fget(page)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "keyboard", property(keyboard_of))
        for name in ACTS:
            patch.setattr(Locator, name, after_loading(getattr(Locator, name)))
        yield


def after_loading(act: Callable[..., Any]) -> Callable[..., Any]:
    """That method of Playwright's, done when the page is loaded."""

    @wraps(act)
    def wait_and_act(place: Locator, *args: Any, **options: Any) -> Any:
        place.page.wait_for_load_state()
        return act(place, *args, **options)

    return wait_and_act


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; a test that asks for it runs both ways."""
    return bool(request.param)


@pytest.fixture
def browser_context_args(
    request: pytest.FixtureRequest, browser_context_args: dict[str, Any], live_server: str
) -> dict[str, Any]:
    arguments = browser_context_args | {"base_url": live_server, "reduced_motion": "reduce"}
    if "scripts" in request.fixturenames:
        arguments["java_script_enabled"] = request.getfixturevalue("scripts")
    return arguments


@pytest.fixture(autouse=True)
def clean(context: BrowserContext, live_server: str) -> Iterator[list[str]]:
    """Fail a test whose pages made the browser complain, or load something from elsewhere.

    What breaks the Content-Security-Policy is told to the console as an error. A test that looks at
    an error page takes the complaint about its status out of the list.
    """
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console: {message.text}")

    def see(request: Request) -> None:
        if not request.url.startswith(live_server):
            complaints.append(f"off-site: {request.url}")

    context.on("console", hear)
    context.on("request", see)
    context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
    yield complaints
    assert complaints == []


@pytest.fixture
def alice(page: Page) -> Page:
    """A page on which Alice has just registered: her empty list."""
    register(page)
    return page


@pytest.fixture
def admin(page: Page, databases: Databases) -> Page:
    """A page on which Alice has just registered, and was made an admin."""
    engine = create_engine(databases.fresh("sqlite", "live"))
    register(page)
    with engine.begin() as connection:
        connection.execute(update(User).values(role="admin"))
    engine.dispose()
    return page


def register(page: Page, name: str = "alice") -> None:
    """Register, and look at an empty list."""
    page.goto("/register")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/tasks")


@pytest.fixture
def make_tasks(databases: Databases) -> Callable[..., None]:
    """`make_tasks("one", "two", priority="high")`: tasks of Alice's, the first the newest."""

    def make(*titles: str, **fields: Any) -> None:
        with databases.engine("sqlite", "live").begin() as connection:
            user_id = connection.scalar(select(User.id).where(User.username == "alice"))
            row = {"user_id": user_id, "version": 1, **fields}
            rows = [row | {"title": title} for title in reversed(titles)]
            connection.execute(insert(Task.__table__), rows)

    return make


@pytest.fixture
def visit(browser: Browser, live_server: str) -> Iterator[Callable[..., Page]]:
    """`visit("bob")`: another browser, in which Bob has just registered."""
    with ExitStack() as stack:

        def open_browser(name: str, base_url: str = live_server) -> Page:
            context = browser.new_context(base_url=base_url, reduced_motion="reduce")
            stack.callback(context.close)
            page = context.new_page()
            register(page, name)
            return page

        yield open_browser


@pytest.fixture
def relay(live_server: str) -> Iterator[Relay]:
    relay = Relay(live_server)
    yield relay
    relay.cut()


@pytest.fixture
def script(live_server: str) -> Callable[[str], Script]:
    """`script("bob")`: a program of Bob's, who has registered."""
    return lambda name: Script(live_server, name)


@pytest.fixture
def promote(databases: Databases) -> Callable[[str], None]:
    """`promote("bob")` makes Bob an admin."""

    def make_admin(name: str) -> None:
        with databases.engine("sqlite", "live").begin() as connection:
            connection.execute(update(User).where(User.username == name).values(role="admin"))

    return make_admin
