"""Whom a task is given to, where there are too many people to choose from: a name is typed."""

from collections.abc import Callable

import pytest

from taskapp.web import people as choosing
from tests.people import Crowd, Person
from tests.web.site import Site
from tests.web.test_bulk import act
from tests.web.test_list import titles

Browse = Callable[[Person], Site]


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MOST", 1)


@pytest.fixture
def path(people: Crowd) -> str:
    """A task of Alice's that is assigned to Bob."""
    task = people.alice.api.make_task("Plan", priority="high", assignee_id=people.bob.id)
    return f"/tasks/{task['id']}"


def assignee_of(people: Crowd, path: str) -> object:
    return people.alice.api.get(path).json["assignee_id"]


@pytest.mark.parametrize("page", ["", "/edit"])
def test_the_name_of_the_assignee_is_typed(
    people: Crowd, browse: Browse, path: str, page: str
) -> None:
    people.make("carol")
    site, edit = browse(people.alice), f"{path}/edit"
    form = next(form for form in site.open(path + page).forms if "assignee" in form.values)
    assert form.values["assignee"] == "bob"
    assert "assignee_id" not in form.values
    assert "carol" not in site.open(path + page).html
    answer = site.send(form, assignee=" CAROL ")
    assert answer.status == 200
    assert (
        assignee_of(people, path) == people.alice.api.get("/users?q=carol").json["items"][0]["id"]
    )
    assert "carol" in answer.text
    assert site.submit(path, edit, assignee="").status == 200
    assert assignee_of(people, path) is None


def test_a_name_that_nobody_has_is_refused_and_nothing_is_lost(
    people: Crowd, browse: Browse, path: str
) -> None:
    edit = f"{path}/edit"
    for name in ("carl", "\0", str(people.alice.id)):
        answer = browse(people.alice).submit(edit, edit, title="Better plan", assignee=name)
        assert answer.status == 422
        assert f"Nobody is called {name}." in answer.text.replace("\ufffd", "\0")
        typed = answer.form(edit).values
        assert (typed["title"], typed["assignee"]) == ("Better plan", name)
    assert assignee_of(people, path) == people.bob.id


def test_a_number_is_a_name_too(people: Crowd, browse: Browse, path: str) -> None:
    person = people.make(f"{people.bob.id:03}")
    browse(people.alice).submit(f"{path}/edit", f"{path}/edit", assignee=person.username)
    assert assignee_of(people, path) == person.id


def test_who_is_deactivated_stays_the_assignee_until_another_is_typed(
    people: Crowd, browse: Browse, path: str
) -> None:
    people.root.api.patch(f"/users/{people.bob.id}", {"is_active": False})
    edit, site = f"{path}/edit", browse(people.alice)
    assert site.submit(edit, edit, title="Better plan").status == 200
    task = people.alice.api.get(path).json
    assert (task["title"], task["assignee_id"]) == ("Better plan", people.bob.id)
    site.submit(edit, edit, assignee="alice")
    assert site.submit(edit, edit, assignee="bob").status == 422


def test_a_new_task_is_given_to_whoever_is_typed(people: Crowd, browse: Browse) -> None:
    people.make("bob")
    site = browse(people.alice)
    answer = site.submit("/tasks/new", "/tasks", title="Plan", assignee="bbo")
    assert answer.status == 422
    assert "Nobody is called bbo." in answer.text
    task = site.send(answer.form("/tasks"), assignee="bob").address
    assert people.alice.api.get(task).json["assignee_id"]


def test_two_who_edit_see_names(people: Crowd, browse: Browse, path: str) -> None:
    edit, site = f"{path}/edit", browse(people.alice)
    form = site.open(edit).form(edit)
    people.alice.api.patch(path, {"assignee_id": people.root.id})
    answer = site.send(form, assignee="alice")
    assert answer.status == 409
    assert answer.form(edit).values["assignee"] == "alice"
    assert "root" in answer.text
    answer = site.send(form, title="Better plan")
    assert answer.form(edit).values["assignee"] == "root", "taken over from the other"


def test_the_list_is_filtered_by_a_name_that_is_typed(
    people: Crowd, browse: Browse, path: str
) -> None:
    people.alice.api.make_task("Other")
    site = browse(people.alice)
    form = next(form for form in site.open("/tasks").forms if "assignee" in form.values)
    assert form.method == "get"
    page = site.open("/tasks?assignee=BOB&city=&assignee_id=&priority=high")
    assert page.address == f"/tasks?priority=high&assignee_id={people.bob.id}"
    assert titles(page) == ["Plan"]
    assert "Assignee: bob" in page.text
    page = site.open("/tasks?assignee=bbo&city=")
    assert page.status == 422
    assert "Nobody is called bbo." in page.text
    assert sorted(titles(page)) == ["Other", "Plan"]
    assert page.marked["assignee"]["value"] == "bbo"


def test_many_tasks_are_given_to_whoever_is_typed(people: Crowd, browse: Browse, path: str) -> None:
    people.make("carol")
    site, number = browse(people.alice), int(path.rsplit("/", 1)[1])
    page = act(site, [number], action="assign", assignee_id="ask")
    form = page.form("/tasks/bulk")
    assert "Write a username." in site.send(form, action="assign", assignee=" ").text
    page = site.send(form, action="assign", assignee="crl")
    assert page.status == 422
    assert "Nobody is called crl." in page.text
    assert page.form("/tasks/bulk").values["assignee"] == "crl"
    page = site.send(page.form("/tasks/bulk"), action="assign", assignee="carol")
    assert "1 task assigned." in page.text
    assert assignee_of(people, path) != people.bob.id


def test_an_admin_types_whose_figures_to_show(people: Crowd, browse: Browse) -> None:
    site, alice = browse(people.root), people.alice
    page = site.open("/analytics?period=7&username=ALICE")
    assert page.address == f"/analytics?period=7&user={alice.id}"
    assert page.marked["username"]["value"] == "alice"
    page = site.open("/analytics?username=alic")
    assert page.status == 422
    assert "Nobody is called alic." in page.text
    assert page.marked["username"]["value"] == "alic"
    assert "username" not in browse(alice).open("/analytics").marked


def test_few_are_chosen_from_a_list(
    people: Crowd, browse: Browse, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST", 2)
    site = browse(people.alice)
    form = site.open(f"{path}/edit").form(f"{path}/edit")
    assert form.values["assignee_id"] == str(people.bob.id)
    # Somebody has joined since: what was chosen from the list still holds.
    people.make("carol")
    assert site.send(form, assignee_id=str(people.alice.id)).status == 200
    assert assignee_of(people, path) == people.alice.id
