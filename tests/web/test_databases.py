"""A day with the pages, on each database."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import PASSWORD
from tests.web.site import Site


@pytest.fixture
def app(apps: Callable[..., Flask], database_url: str) -> Flask:
    return apps(database_url)


def test_a_day_with_the_pages(site: Site) -> None:
    site.submit("/register", "/register", username="alice", password=PASSWORD)
    clash = Site(site.client.application.test_client())
    assert clash.submit("/register", "/register", username="Alice", password=PASSWORD).status == 409

    page = site.submit("/tasks", "/tasks", title="Water the plants 🌱")
    path = page.links["Water the plants 🌱"]
    edit = site.submit(f"{path}/edit", f"{path}/edit", due_date="2020-01-01", priority="high")
    assert "Yesterday" not in edit.text
    assert "Overdue" in site.open("/tasks?priority=high").text
    assert "Completed" in site.press("/tasks", f"{path}/status", status="done").text
    assert "Nothing left to do" in site.open("/tasks").text
    site.press(path, f"{path}/status", status="todo")
    assert site.submit(path, f"{path}/delete").address == "/tasks"
    assert site.open(path).status == 404

    site.submit("/settings", "/settings/profile", timezone="Asia/Tokyo")
    address = {"email": "a@example.org", "current_password": PASSWORD}
    assert "Your address is saved." in site.submit("/settings", "/settings/email", **address).text
    passwords = {"current_password": PASSWORD, "new_password": PASSWORD + "!"}
    assert site.submit("/settings", "/settings/password", **passwords).status == 200
    assert site.submit("/tasks", "/logout").address == "/login"
    assert site.sign_in("a@example.org", PASSWORD + "!").address == "/tasks"
