"""Taking one's data along, and leaving."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.installations import attach
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]


def test_the_data_is_one_click_away(people: Crowd, browse: Browse) -> None:
    people.alice.api.make_task("To take along")
    site = browse(people.alice)
    link = site.open("/settings").links["Download your data"]
    with site.client.get(link) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'attachment; filename="taskapp-alice-' in answer.headers["Content-Disposition"]
        with ZipFile(BytesIO(answer.data)) as archive:
            assert b"To take along" in archive.read("tasks.json")


def test_it_is_said_what_will_be_lost(people: Crowd, browse: Browse) -> None:
    alice, bob = people.alice.api, people.bob.api
    own = [alice.make_task(title)["id"] for title in ("One", "Two")]
    attach(alice, own[0], b"content")
    given = bob.make_task("Given", assignee_id=people.alice.id)
    for task in (own[0], own[1], given["id"]):
        alice.post("/task-records", {"task_id": task, "time_spent": 5})
    site = browse(people.alice)
    text = site.open(site.open("/settings").links["Delete your account…"]).text
    assert "2 tasks that you own" in text
    assert "1 file on these tasks" in text
    assert "3 time records" in text
    assert "1 task of others assigned to you" in text
    assert "This cannot be undone." in text


def test_the_account_goes_with_its_password(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("Mine")
    here, there = browse(people.alice), browse(people.alice)
    page = here.submit("/settings/delete", "/settings/delete", current_password=PASSWORD)
    assert page.address == "/login"
    assert "Your account is deleted" in page.text
    for site in (here, there):
        assert site.open("/tasks").address.startswith("/login")
    assert people.alice.api.get("/users/me").status_code == 401
    assert people.root.api.get(f"/tasks/{task['id']}").status_code == 404
    assert here.sign_in("alice", PASSWORD).status == 401


@pytest.mark.parametrize(
    ("password", "status", "complaint"),
    [
        ("wrong password", 403, "The current password is wrong."),
        ("", 422, "Type your current password."),
    ],
)
def test_without_it_everything_stays(
    people: Crowd, browse: Browse, password: str, status: int, complaint: str
) -> None:
    site = browse(people.alice)
    page = site.submit("/settings/delete", "/settings/delete", current_password=password)
    assert page.status == status
    assert complaint in page.text
    assert people.alice.api.get("/users/me").status_code == 200
    assert site.open("/tasks").address == "/tasks"


def test_the_last_admin_cannot_leave(people: Crowd, browse: Browse) -> None:
    site = browse(people.root)
    page = site.submit("/settings/delete", "/settings/delete", current_password=PASSWORD)
    assert page.status == 409
    assert "This is the last active admin." in page.text
    assert site.open("/tasks").address == "/tasks"
