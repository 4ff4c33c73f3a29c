"""Accounts, as admins see them."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp.core.database import read_all
from taskapp.jobs.models import Job
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Form, Site

Browse = Callable[[Person], Site]

NEW = {"username": "carol", "email": "carol@example.org", "password": PASSWORD}


def role_of(person: Person) -> str:
    account = person.api.get("/users/me").json
    assert account
    return str(account["role"])


def press(site: Site, person: Person, what: str, **values: str) -> Form:
    """The form behind a button of somebody's row, with the button's value."""
    form = site.open("/users").form(f"/users/{person.id}/{what}")
    form.values |= values
    return form


def test_only_admins_see_the_page_and_the_way_to_it(people: Crowd, browse: Browse) -> None:
    alice, root = browse(people.alice), browse(people.root)
    assert "Users" not in alice.open("/tasks").links
    assert root.open("/tasks").links["Users"] == "/users"
    token = alice.open("/tasks").form("/tasks").values["csrf_token"]
    assert alice.open("/users").status == 403
    assert alice.open(f"/users/{people.root.id}/delete").status == 403
    assert alice.open("/users/new").status == 403
    for address in ("", *(f"/{people.alice.id}/{what}" for what in ("role", "state", "delete"))):
        values = {"csrf_token": token, "role": "admin", "state": "active"} | NEW
        assert alice.client.post(f"/users{address}", data=values).status_code == 403
    assert role_of(people.alice) == "user"


def test_somebody_is_found_by_a_part_of_the_name(people: Crowd, browse: Browse) -> None:
    people.make("alice")
    people.make("bob")
    site = browse(people.root)
    page = site.open("/users?q=LIC")
    assert "alice@example.org" in page.text
    assert "bob@example.org" not in page.text
    assert "Nobody found" in site.open("/users?q=nobody").text
    assert site.open("/users?q=%00&page=x").status == 200


def test_a_long_list_has_pages(
    people: Crowd, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskapp.web.users.PER_PAGE", 2)
    people.make("alice")
    people.make("bob")
    site = browse(people.root)
    assert "root@example.org" not in site.open("/users").text
    page = site.open("/users?page=2")
    assert "root@example.org" in page.text
    assert page.links["1"] == "/users?page=1"


@pytest.mark.parametrize("registration", ["open", "closed"])
def test_an_account_is_made_for_somebody(
    apps: Callable[..., Flask], sqlite_url: str, registration: str
) -> None:
    app = apps(sqlite_url, REGISTRATION=registration)
    people = Crowd(app)
    root, carol = Site(app.test_client()), Site(app.test_client())
    root.sign_in(people.root.username, PASSWORD)
    page = root.open(root.open("/users").links["New user"])
    page = root.send(page.form("/users"), **NEW)
    assert page.address == "/users"
    assert "Added carol." in page.text
    assert "carol@example.org" in page.text
    assert "root" in page.text, "one stays signed in as who one is"
    assert carol.sign_in("carol", PASSWORD).address == "/tasks"


@pytest.mark.parametrize(("ticked", "known"), [({}, False), ({"is_verified": "y"}, True)])
def test_an_address_that_is_known_needs_no_mail(
    app: Flask, people: Crowd, browse: Browse, ticked: dict[str, str], known: bool
) -> None:
    browse(people.root).submit("/users/new", "/users", **NEW, **ticked)
    found = people.root.api.get("/users?q=carol").json["items"][0]
    assert (found["is_verified"], found["role"]) == (known, "user")
    with app.app_context():
        jobs = read_all(select(Job.data).where(Job.name == "verify_address"))
    mailed = [job.data["user_id"] for job in jobs]
    assert mailed.count(found["id"]) == (0 if known else 1)


@pytest.mark.parametrize(
    ("values", "status", "complaint"),
    [
        ({"username": "", "email": ""}, 422, "Give a username, an email, or both."),
        ({"email": "nowhere"}, 422, "This is not a valid e-mail address."),
        ({"password": "short"}, 422, "Use at least 8 characters."),
        ({"username": "ROOT"}, 409, "This name is taken."),
    ],
)
def test_a_bad_account_says_what_to_do_and_keeps_what_was_typed(
    people: Crowd, browse: Browse, values: dict[str, str], status: int, complaint: str
) -> None:
    site = browse(people.root)
    page = site.submit("/users/new", "/users", **(NEW | values))
    assert page.status == status
    assert complaint in page.text
    sent_again = page.form("/users").values
    assert sent_again["password"] == ""
    assert sent_again["email"] == (NEW | values)["email"]
    assert people.root.api.get("/users").json["total"] == 1


def test_a_role_is_given_and_taken(people: Crowd, browse: Browse) -> None:
    site = browse(people.root)
    page = site.send(press(site, people.alice, "role", role="admin"))
    assert "alice is now an admin." in page.text
    assert role_of(people.alice) == "admin"
    page = site.send(press(site, people.alice, "role", role="user"))
    assert "alice is now an ordinary user." in page.text
    assert role_of(people.alice) == "user"


def test_who_is_deactivated_is_out_until_activated(people: Crowd, browse: Browse) -> None:
    site, alice = browse(people.root), browse(people.alice)
    page = site.send(press(site, people.alice, "state", state="inactive"))
    assert "alice is deactivated." in page.text
    assert alice.open("/tasks").address.startswith("/login")
    assert alice.sign_in("alice", PASSWORD).status == 401
    site.send(press(site, people.alice, "state", state="active"))
    assert alice.sign_in("alice", PASSWORD).address == "/tasks"


def test_an_account_is_deleted_after_a_question(people: Crowd, browse: Browse) -> None:
    site, address = browse(people.root), f"/users/{people.alice.id}/delete"
    page = site.open(address)
    assert "Delete alice?" in page.text
    assert "Deleted alice." in site.send(page.form(address)).text
    assert "alice@example.org" not in site.open("/users").text
    assert site.open(address).status == 404


@pytest.mark.parametrize(
    ("what", "values"),
    [("role", {"role": "user"}), ("state", {"state": "inactive"}), ("delete", {})],
)
def test_the_last_admin_stays(
    people: Crowd, browse: Browse, what: str, values: dict[str, str]
) -> None:
    site = browse(people.root)
    place = f"/users/{people.root.id}/delete" if what == "delete" else "/users"
    page = site.submit(place, f"/users/{people.root.id}/{what}", **values)
    assert page.status == 409
    assert "This is the last active admin. Make somebody else an admin first." in page.text
    assert site.open("/users").status == 200


def test_an_admin_who_steps_down_goes_back_to_the_tasks(people: Crowd, browse: Browse) -> None:
    people.make("other", role="admin")
    site = browse(people.root)
    page = site.send(press(site, people.root, "role", role="user"))
    assert page.address == "/tasks"
    assert "root is now an ordinary user." in page.text


def test_a_change_meanwhile_is_not_overwritten(people: Crowd, browse: Browse) -> None:
    site = browse(people.root)
    old = press(site, people.alice, "role", role="admin")
    site.send(press(site, people.alice, "state", state="inactive"))
    page = site.send(old)
    assert page.status == 412
    assert "This was changed since you read it." in page.text
    for never in ("one", "9" * 5000):
        assert site.send(old, version=never).status == 412


def test_a_button_that_does_not_exist_is_refused(people: Crowd, browse: Browse) -> None:
    site = browse(people.root)
    assert site.send(press(site, people.alice, "role", role="king")).status == 400
    assert site.send(press(site, people.alice, "state", state="asleep")).status == 400
