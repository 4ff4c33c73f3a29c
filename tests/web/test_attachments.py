"""Files of a task, as a browser without scripts sends and fetches them."""

from collections.abc import Callable
from io import BytesIO

import pytest

from tests.people import Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]
MIB = 1024 * 1024


def attach(site: Site, path: str, content: bytes = b"Numbers", name: str = "q3.csv") -> Page:
    return site.submit(path, f"{path}/attachments", file=(BytesIO(content), name, "text/csv"))


@pytest.fixture
def path(people: Crowd) -> str:
    """A task of Alice's that is assigned to Bob."""
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    return f"/tasks/{task['id']}"


def test_a_file_is_attached_and_comes_back_as_it_was(
    people: Crowd, browse: Browse, path: str
) -> None:
    site = browse(people.alice)
    page = attach(site, path, b"a;b\n1;2\n", "Zahlen für Q3.csv")
    assert "Attached “Zahlen für Q3.csv”." in page.text
    assert "8 bytes, alice, today" in page.text
    answer = site.client.get(page.links["Zahlen für Q3.csv"])
    assert answer.data == b"a;b\n1;2\n"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_ten_mebibytes_are_taken_and_one_byte_more_is_not(
    people: Crowd, browse: Browse, path: str
) -> None:
    site = browse(people.alice)
    assert "10.5 MB" in attach(site, path, b"x" * 10 * MIB).text
    page = attach(site, path, b"x" * (10 * MIB + 1))
    assert page.status == 413
    assert "(10 MiB) at most." in page.text
    page = attach(site, path, b"x" * (11 * MIB))
    assert page.status == 413
    assert "Send 10 MiB at most. Nothing was saved." in page.text
    assert people.alice.api.get(f"{path}/attachments").json["total"] == 1


def test_other_forms_take_no_more_than_before(people: Crowd, browse: Browse) -> None:
    page = browse(people.alice).submit("/tasks/new", "/tasks", title="x" * 2 * MIB)
    assert page.status == 413


@pytest.mark.parametrize(
    ("name", "complaint"), [("empty.txt", "The file is empty."), ("", "Choose a file first.")]
)
def test_what_is_no_file_is_said_beside_the_field(
    name: str, complaint: str, people: Crowd, browse: Browse, path: str
) -> None:
    page = attach(browse(people.alice), path, b"", name)
    assert page.status == 422
    assert complaint in page.text
    assert page.marked["file"]["aria-invalid"] == "true"


def test_the_owner_and_the_sender_may_delete_and_nobody_else(
    people: Crowd, browse: Browse, path: str
) -> None:
    alice, bob = browse(people.alice), browse(people.bob)
    of_alice = attach(alice, path, name="alice.txt").links["alice.txt"]
    page = attach(bob, path, name="bob.txt")
    of_bob = page.links["bob.txt"]
    assert [form.action for form in page.forms if form.action.endswith("/delete")] == [
        f"{of_bob}/delete"
    ]
    form = page.form(f"{of_bob}/delete")
    form.action = f"{of_alice}/delete"
    assert bob.send(form).status == 403
    assert "Deleted “bob.txt”." in bob.submit(path, f"{of_bob}/delete").text
    assert "Deleted “alice.txt”." in alice.submit(path, f"{of_alice}/delete").text
    assert alice.open(of_alice).status == 404


def test_a_stranger_sees_nothing_of_it(people: Crowd, browse: Browse, path: str) -> None:
    address = attach(browse(people.alice), path).links["q3.csv"]
    mallory = browse(people.mallory)
    form = mallory.open("/tasks").form("/tasks")
    assert mallory.open(address).status == 404
    form.action = f"{address}/delete"
    assert mallory.send(form).status == 404
    form.action = f"{path}/attachments"
    assert mallory.send(form, file=(BytesIO(b"x"), "x.txt")).status == 404


def test_the_name_of_a_file_cannot_write_into_the_page(
    people: Crowd, browse: Browse, path: str
) -> None:
    page = attach(browse(people.alice), path, name='"><img src=x onerror=alert(1)>.txt')
    assert "<img" not in page.html
