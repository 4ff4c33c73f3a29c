"""Attachments over the API (contract §2 and §3)."""

import hashlib
import os
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from taskapp.core.database import read_all
from taskapp.events.models import Event
from tests.clients import Api
from tests.people import Crowd
from tests.storages import stored_keys

LARGEST = 10_485_760
MIB = 1024 * 1024


@pytest.fixture
def app(files_app: Flask) -> Flask:
    return files_app


END = b"--b--\r\n"


def part_of(content: bytes, filename: str, type: str = "text/plain") -> bytes:
    """The part `file` of a multipart body."""
    disposition = f'Content-Disposition: form-data; name="file"; {filename}'.rstrip("; ")
    head = f"--b\r\n{disposition}\r\nContent-Type: {type}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def opened(part: Any) -> Any:
    """What the test client takes for that part: each file a stream, which it reads once."""
    if isinstance(part, list):
        return [opened(one) for one in part]
    return (BytesIO(part[0]), part[1]) if isinstance(part, tuple) else part


class Files:
    """The attachments of one task, as one person calls them."""

    def __init__(self, api: Api, task_id: int) -> None:
        self.api = api
        self.path = f"/tasks/{task_id}/attachments"

    def send(
        self, content: bytes = b"content", name: str = "file.txt", type: str = "text/plain"
    ) -> TestResponse:
        return self.send_raw(part_of(content, f"filename*=UTF-8''{quote(name)}", type) + END)

    def post(self, **parts: Any) -> TestResponse:
        """Send a form with these parts: texts, files as (content, name), or lists of files."""
        data = {name: opened(part) for name, part in parts.items()}
        return self.api.post(self.path, data=data, content_type="multipart/form-data")

    def send_raw(self, body: bytes, **environ: Any) -> TestResponse:
        """Send these bytes as the multipart body."""
        return self.api.post(
            self.path,
            input_stream=BytesIO(body),
            content_type="multipart/form-data; boundary=b",
            environ_overrides={"CONTENT_LENGTH": str(len(body)), **environ},
        )

    def make(self, content: bytes = b"content", name: str = "file.txt", **kwargs: Any) -> int:
        """Attach a file and return the attachment's id."""
        response = self.send(content, name, **kwargs)
        assert response.status_code == 201, response.text
        return response.json["id"]

    def get(self, id: int, **kwargs: Any) -> TestResponse:
        return self.api.get(f"{self.path}/{id}", **kwargs)

    def delete(self, id: int, **kwargs: Any) -> TestResponse:
        return self.api.delete(f"{self.path}/{id}", **kwargs)

    def list(self, query: str = "") -> dict[str, Any]:
        return self.api.get(self.path + query).json


@pytest.fixture
def files(people: Crowd) -> Files:
    """The attachments of a task of Alice's, as she calls them."""
    return Files(people.alice.api, people.alice.api.make_task()["id"])


@pytest.fixture
def simple_files(make_files_app: Callable[[str, str], Flask]) -> Files:
    """The same on SQLite and disk alone, for what neither database nor storage can change."""
    alice = Crowd(make_files_app("sqlite", "disk")).alice
    return Files(alice.api, alice.api.make_task()["id"])


# Sending


def test_a_file_is_attached_and_given_back(files: Files, people: Crowd) -> None:
    content = os.urandom(100_000)

    sent = files.send(content, "Übersicht 東京.png", "image/png")

    assert sent.status_code == 201
    assert sent.json == {
        "id": sent.json["id"],
        "filename": "Übersicht 東京.png",
        "content_type": "image/png",
        "size": 100_000,
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": sent.json["created_at"],
        "user_id": people.alice.id,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sent.json["created_at"])
    assert sent.headers["Location"] == f"/api/v1{files.path}/{sent.json['id']}"
    got = people.alice.api.client.get(
        sent.headers["Location"], headers={"Authorization": f"Bearer {people.alice.api.token}"}
    )
    assert got.data == content
    assert got.headers["ETag"] == sent.headers["ETag"] == f'"{sent.json["sha256"]}"'


def test_the_largest_file_has_10_mib(files: Files) -> None:
    sent = files.send(b"x" * LARGEST)
    assert sent.status_code == 201
    assert sent.json["size"] == LARGEST
    assert len(files.get(sent.json["id"]).data) == LARGEST


@pytest.mark.parametrize("size", [LARGEST + 1, LARGEST + MIB])
def test_a_larger_file_is_too_large(app: Flask, files: Files, size: int) -> None:
    response = files.send(b"x" * size)
    assert response.status_code == 413
    assert response.mimetype == "application/problem+json"
    assert response.json["title"] == "Content Too Large"
    assert files.list()["total"] == 0
    assert stored_keys(app) == set()


def test_a_long_name_leaves_room_for_the_largest_file(simple_files: Files) -> None:
    assert simple_files.send(b"x" * LARGEST, "ü" * 10_000 + ".txt").status_code == 201


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({}, "file"),
        ({"file": (b"", "empty.txt")}, "file"),
        ({"file": "not a file"}, "file"),
        ({"file": (b"x", "a.txt"), "user_id": "7"}, "user_id"),
        ({"file": (b"x", "a.txt"), "other": (b"x", "b.txt")}, "other"),
        ({"upload": (b"x", "a.txt")}, "upload"),
        ({"file": [(b"x", "a.txt"), (b"x", "b.txt")]}, "file"),
        ({"file": (b"x", "..")}, "file"),
    ],
    ids=["nothing", "empty", "a field", "field more", "file more", "misnamed", "two", "dots"],
)
def test_a_form_without_exactly_one_file_is_refused(
    simple_files: Files, parts: dict[str, Any], field: str
) -> None:
    response = simple_files.post(**parts)
    assert response.status_code == 422, response.text
    assert list(response.json["errors"]) == [field]
    assert simple_files.list()["total"] == 0


@pytest.mark.parametrize(
    "filename", ['filename=""', "", 'filename="C:\\\\"', "filename*=UTF-8''%E2%80%AE"]
)
def test_a_file_without_a_name_is_refused(simple_files: Files, filename: str) -> None:
    response = simple_files.send_raw(part_of(b"content", filename) + END)
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["file"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ("filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x", "aSet-Cookie: x"),
        ("filename*=UTF-8''nul%00l.txt", "null.txt"),
        ("filename*=UTF-8''invoice%E2%80%AEtxt.exe", "invoicetxt.exe"),
        ('filename="Grüße.txt"', "Grüße.txt"),
        ('filename="' + "x" * 300 + '.txt"', "x" * 251 + ".txt"),
        ('filename="a%22b.txt"', 'a"b.txt'),  # as browsers write a quotation mark
    ],
    ids=["path", "line break", "NUL", "right to left", "UTF-8", "300 bytes", "quote"],
)
def test_a_name_is_made_safe(files: Files, written: str, kept: str) -> None:
    sent = files.send_raw(part_of(b"content", written) + END)

    assert sent.status_code == 201
    assert sent.json["filename"] == kept
    assert [item["filename"] for item in files.list()["items"]] == [kept]
    disposition = files.get(sent.json["id"]).headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert disposition.isascii()
    assert disposition.isprintable()


@pytest.mark.parametrize(
    "type",
    [None, "application/json", "application/x-www-form-urlencoded", "multipart/mixed; boundary=b"],
)
def test_another_media_type_is_not_supported(simple_files: Files, type: str | None) -> None:
    response = simple_files.api.post(simple_files.path, data=b"file=x", content_type=type)
    assert response.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        part_of(b"cut o", 'filename="a"'),
        part_of(b"x", 'filename="a"').replace(b'"a"', b'"\xff"') + END,
        b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END,
    ],
    ids=["empty", "nonsense", "cut off", "not UTF-8", "no disposition"],
)
def test_a_body_that_is_not_multipart_is_refused(app: Flask, files: Files, body: bytes) -> None:
    assert files.send_raw(body).status_code == 400
    assert stored_keys(app) == set()


def test_a_form_without_a_boundary_is_refused(simple_files: Files) -> None:
    response = simple_files.api.post(
        simple_files.path, data=b"--b--", content_type="multipart/form-data"
    )
    assert response.status_code == 400


@pytest.mark.parametrize("is_file", [True, False])
def test_more_than_1000_parts_are_too_many(simple_files: Files, is_file: bool) -> None:
    part = part_of(b"x", 'filename="x"' if is_file else "")
    assert simple_files.send_raw(part * 1001 + END).status_code == 413
    assert simple_files.send_raw(part * 1000 + END).status_code == 422


def test_a_lying_length_is_noticed(app: Flask, files: Files) -> None:
    body = part_of(b"content", 'filename="a"') + END
    for length in (len(body) + 1000, len(body) - 20):
        assert files.send_raw(body, CONTENT_LENGTH=str(length)).status_code == 400
    assert files.send_raw(body, CONTENT_LENGTH=str(11 * MIB)).status_code == 413
    assert stored_keys(app) == set()


def test_a_body_of_unknown_length_has_the_same_limit(app: Flask, files: Files) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    for size, status in ((LARGEST, 201), (LARGEST + 1, 413), (11 * MIB, 413)):
        body = part_of(b"x" * size, 'filename="a"') + END
        assert files.send_raw(body, CONTENT_LENGTH="", **chunked).status_code == status
    assert len(stored_keys(app)) == 1


def test_other_bodies_stay_limited_to_one_mib(simple_files: Files) -> None:
    response = simple_files.api.post("/tasks", {"title": "x", "description": "x" * MIB})
    assert response.status_code == 413


@pytest.mark.parametrize("full", ["spool", "storage"])
def test_a_full_disk_is_said_and_nothing_is_left(
    make_files_app: Callable[[str, str], Flask], monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    app = make_files_app("sqlite", "disk")
    alice = Crowd(app).alice
    files = Files(alice.api, alice.api.make_task()["id"])
    with monkeypatch.context() as patch:
        # Linux has a file that is always full.
        if full == "spool":
            patch.setattr(
                "taskapp.api.uploads.SpooledTemporaryFile",
                lambda *_: open("/dev/full", "rb+", buffering=0),  # noqa: PTH123, SIM115
            )
        else:
            patch.setattr("taskapp.attachments.storage.disk.shutil.copyfileobj", _write_to_full)
        response = files.send()
    assert response.status_code == 507
    assert response.mimetype == "application/problem+json"
    assert files.list()["total"] == 0
    assert stored_keys(app) == set()


def _write_to_full(_source: Any, _target: Any) -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        full.write(b"x")


# Fetching


def test_a_file_is_never_run_by_a_browser(files: Files) -> None:
    sent = files.make(b"<script>alert(1)</script>", "page.html", type="text/html")
    response = files.get(sent)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html"
    assert response.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_a_name_outside_ascii_is_written_in_both_ways(files: Files) -> None:
    sent = files.make(name='50% "naïve" 😀.txt')
    assert files.get(sent).headers["Content-Disposition"] == (
        'attachment; filename="50_ _na_ve_ _.txt"; '
        "filename*=UTF-8''50%25%20%22na%C3%AFve%22%20%F0%9F%98%80.txt"
    )


def test_a_copy_that_the_client_has_is_not_sent_again(files: Files) -> None:
    sent = files.make()
    tag = files.get(sent).headers["ETag"]
    for given in (tag, f'"other", W/{tag}', "*"):
        response = files.get(sent, headers={"If-None-Match": given})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
    assert files.get(sent, headers={"If-None-Match": '"other"'}).data == b"content"


@pytest.mark.parametrize(
    ("asked", "content", "sent_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
        ("bytes=0-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_part_is_sent(files: Files, asked: str, content: bytes, sent_range: str) -> None:
    sent = files.make(b"0123456789")
    response = files.get(sent, headers={"Range": asked})
    assert response.status_code == 206
    assert response.data == content
    assert response.headers["Content-Range"] == sent_range
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["ETag"] == files.get(sent).headers["ETag"]


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_part_past_the_end_cannot_be_sent(files: Files, asked: str) -> None:
    response = files.get(files.make(b"0123456789"), headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */10"
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "9" * 5000]
)
def test_a_range_that_means_nothing_is_ignored(simple_files: Files, asked: str) -> None:
    response = simple_files.get(simple_files.make(b"0123456789"), headers={"Range": asked})
    assert (response.status_code, response.data) == (200, b"0123456789")
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_range_of_another_file_is_not_sent(simple_files: Files) -> None:
    sent = simple_files.make(b"0123456789")
    tag = simple_files.get(sent).headers["ETag"]
    for given, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200)):
        headers = {"Range": "bytes=0-3", "If-Range": given}
        assert simple_files.get(sent, headers=headers).status_code == status
    assert simple_files.get(sent, headers={"If-Match": '"other"'}).status_code == 412
    assert simple_files.get(sent, headers={"If-Match": tag}).data == b"0123456789"


def test_head_tells_what_get_would_send(files: Files) -> None:
    sent = files.make(b"0123456789")
    path = f"{files.path}/{sent}"
    head = files.api.call("HEAD", path, headers={"Range": "bytes=0-3"})
    assert (head.status_code, head.data) == (200, b"")
    get = files.get(sent)
    for name in ("Content-Length", "Content-Type", "Content-Disposition", "ETag", "Accept-Ranges"):
        assert head.headers[name] == get.headers[name]
    assert head.headers["Content-Length"] == "10"


# Listing


def test_the_files_of_a_task_are_listed_in_pages(files: Files) -> None:
    nothing = {"items": [], "page": 1, "per_page": 20, "pages": 0, "total": 0, "next_cursor": None}
    assert files.list() == nothing
    first = files.make(b"xxx", "b.txt")
    second = files.make(b"x", "a.txt")
    third = files.make(b"xx", "c.txt")

    listed = files.list()
    assert [item["id"] for item in listed["items"]] == [third, second, first]
    assert listed["items"][2] == files.send(b"xxx", "b.txt").json | {
        "id": first,
        "created_at": listed["items"][2]["created_at"],
    }
    page = files.list("?page=2&per_page=2&sort=id")
    assert [item["id"] for item in page["items"]][:1] == [third]
    assert (page["page"], page["per_page"], page["pages"], page["total"]) == (2, 2, 2, 4)
    names = [item["filename"] for item in files.list("?sort=filename")["items"]]
    assert names == ["a.txt", "b.txt", "b.txt", "c.txt"]
    assert [item["size"] for item in files.list("?sort=-size")["items"]] == [3, 3, 2, 1]


@pytest.mark.parametrize("query", ["?page=0", "?per_page=101", "?sort=sha256", "?nonsense=1"])
def test_a_bad_query_is_refused(simple_files: Files, query: str) -> None:
    assert simple_files.api.get(simple_files.path + query).status_code == 422


# Who may


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", {"read": 200, "attach": 201, "delete own": 204, "delete": 204}),  # the owner
        ("bob", {"read": 200, "attach": 201, "delete own": 204, "delete": 403}),  # the assignee
        ("root", {"read": 200, "attach": 201, "delete own": 204, "delete": 204}),
        ("carol", {"read": 404, "attach": 404, "delete own": None, "delete": 404}),
        (None, {"read": 401, "attach": 401, "delete own": None, "delete": 401}),
    ],
)
def test_who_may_do_what(
    app: Flask, people: Crowd, who: str | None, expected: dict[str, int | None]
) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    of_alice = Files(people.alice.api, task["id"])
    sent = of_alice.make()
    files = Files(getattr(people, who).api if who else Api(app.test_client()), task["id"])

    assert files.api.get(files.path).status_code == expected["read"]
    assert files.get(sent).status_code == expected["read"]
    assert files.api.call("HEAD", f"{files.path}/{sent}").status_code == expected["read"]
    own = files.send()
    assert own.status_code == expected["attach"]
    if expected["delete own"]:
        assert files.delete(own.json["id"]).status_code == expected["delete own"]
        assert of_alice.get(own.json["id"]).status_code == 404
    assert files.delete(sent).status_code == expected["delete"]
    assert of_alice.get(sent).status_code == (404 if expected["delete"] == 204 else 200)


def test_who_is_no_longer_assigned_has_lost_their_files_too(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    files = Files(people.bob.api, task["id"])
    sent = files.make()
    people.alice.api.patch(f"/tasks/{task['id']}", {"assignee_id": None})
    assert files.get(sent).status_code == 404
    assert files.delete(sent).status_code == 404
    assert Files(people.alice.api, task["id"]).get(sent).status_code == 200


def test_a_file_is_not_found_below_another_task(files: Files, people: Crowd) -> None:
    sent = files.make()
    other = Files(people.alice.api, people.alice.api.make_task()["id"])
    other.make()
    for method in ("GET", "HEAD", "DELETE"):
        assert other.api.call(method, f"{other.path}/{sent}").status_code == 404
        assert files.api.call(method, f"/tasks/999999/attachments/{sent}").status_code == 404
        assert files.api.call(method, f"{files.path}/{10**30}").status_code == 404
    assert files.get(sent).data == b"content"


def test_a_stranger_is_told_before_the_body_is_read(files: Files, people: Crowd) -> None:
    response = Files(people.carol.api, int(files.path.split("/")[2])).send_raw(b"nonsense")
    assert response.status_code == 404


def test_a_delete_names_the_file_it_means(files: Files) -> None:
    sent = files.make()
    tag = files.get(sent).headers["ETag"]
    assert files.delete(sent, headers={"If-Match": '"other"'}).status_code == 412
    assert files.get(sent).status_code == 200
    response = files.delete(sent, headers={"If-Match": f'"other", {tag}'})
    assert (response.status_code, response.data) == (204, b"")
    assert files.delete(sent, headers={"If-Match": "*"}).status_code == 404


def test_what_happens_to_files_is_in_the_log(app: Flask, files: Files, people: Crowd) -> None:
    sent = files.send().json
    files.delete(sent["id"])
    with app.app_context():
        events = read_all(
            select(Event.type, Event.actor_id, Event.task_id, Event.changes, Event.task)
            .where(Event.type.like("attachment.%"))
            .order_by(Event.id)
        )
    task_id = int(files.path.split("/")[2])
    task = people.alice.api.get(f"/tasks/{task_id}").json
    assert [tuple(event) for event in events] == [
        (
            "attachment.created",
            people.alice.id,
            task_id,
            {"attachment": [None, sent]},
            task,
        ),
        (
            "attachment.deleted",
            people.alice.id,
            task_id,
            {"attachment": [sent, None]},
            task,
        ),
    ]
