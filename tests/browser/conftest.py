"""A real Chromium against a real gunicorn, with an eye on everything a browser complains about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request
from sqlalchemy import create_engine, insert, select, update

from taskapp.accounts.models import User
from taskapp.tasks.models import Task
from tests.databases import Databases
from tests.people import PASSWORD


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
    _register(page)
    return page


@pytest.fixture
def admin(page: Page, databases: Databases) -> Page:
    """A page on which Alice has just registered, and was made an admin."""
    engine = create_engine(databases.fresh("sqlite", "live"))
    _register(page)
    with engine.begin() as connection:
        connection.execute(update(User).values(role="admin"))
    engine.dispose()
    return page


def _register(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Username").fill("alice")
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
