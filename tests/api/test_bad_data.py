"""What no client should send: answered with 4xx and a problem body, never with 5xx."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clients import BASE
from tests.people import Crowd

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"title": NaN}', 400),
        (b'{"title": "\\ud800"}', 400),
        (b'{"title": "\xff"}', 400),
        (b'{"title": "\\u0000"}', 422),
        (b"[]", 422),
        (b'"title"', 422),
        (b"null", 422),
        (b'{"title": {"a": [1]}}', 422),
        (b'{"title": "x", "assignee_id": 1000000000000000000000000000000}', 422),
        (b'{"title": "x", "due_date": "0001-01-01T00:00:00+14:00"}', 422),
        (b"x" * 10_000_000, 413),
    ],
)
def test_bodies(people: Crowd, body: bytes, status: int) -> None:
    response = people.alice.api.post("/tasks", data=body, headers=JSON)

    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json["status"] == status
    assert response.json["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(MIB, 201), (MIB + 1, 413), (2 * MIB, 413)])
def test_a_body_may_have_one_mib(people: Crowd, size: int, status: int, chunked: bool) -> None:
    body = b'{"title": "x"}'.ljust(size)
    sent = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
    }
    environ = sent if chunked else {}
    response = people.alice.api.post("/tasks", data=body, headers=JSON, environ_overrides=environ)
    assert response.status_code == status


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", None])
def test_media_types(people: Crowd, media: str | None) -> None:
    headers = {"Content-Type": media} if media else {}
    response = people.alice.api.post("/tasks", data=b'{"title": "x"}', headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize("id", ["9" * 30, str(2**63), "-1", "1.5", "x", "0", "%00", "\uff11"])
def test_ids(people: Crowd, id: str) -> None:
    for method in ("GET", "DELETE"):
        response = people.alice.api.call(method, f"/tasks/{id}")
        assert response.status_code == 404
        assert response.mimetype == "application/problem+json"


def test_unknown_paths_and_methods(client: FlaskClient) -> None:
    assert client.get(f"{BASE}/nowhere").status_code == 404
    response = client.delete(f"{BASE}/tasks")
    assert response.status_code == 405
    assert {"GET", "POST"} <= {word.strip() for word in response.headers["Allow"].split(",")}
    for answer in (response, client.get(f"{BASE}/nowhere")):
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/tasks", "/users/me", ""])
def test_a_trailing_slash_is_optional(people: Crowd, path: str) -> None:
    for variant in (path, f"{path}/"):
        assert people.alice.api.get(variant).status_code == 200


@pytest.mark.parametrize("given", ["good-id.1", "x" * 200, "new\nline", ""])
def test_a_request_id_is_given_back_or_made(client: FlaskClient, given: str) -> None:
    headers = {"X-Request-ID": given} if "\n" not in given else {"X-Request-ID": "new line"}
    answer = client.get(f"{BASE}/", headers=headers).headers["X-Request-ID"]
    assert (answer == given) == (given == "good-id.1")
    assert answer


HEADERS = ("Accept", "Authorization", "Content-Type", "Cookie", "Idempotency-Key", "If-Match")
HEADERS += ("If-None-Match", "Origin", "Range", "X-Request-ID")
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
ODD = st.sampled_from(
    ['"', "W/", 'W/"', "*", ",", "bytes=", "bytes=9-1,", "Bearer", "Bearer  ", ";="]
)


def test_no_header_breaks_anything(sqlite_app: Flask) -> None:
    api = Crowd(sqlite_app).alice.api

    @settings(deadline=None)
    @given(st.sampled_from(HEADERS), VISIBLE | ODD)
    def send(name: str, value: str) -> None:
        headers = {name: value}
        for answer in (
            api.get("/tasks", headers=headers),
            api.get("/users/me", headers=headers),
            api.patch("/users/me", {"timezone": "UTC"}, headers=headers),
            api.post("/tasks", {"title": "x"}, headers=headers),
        ):
            assert answer.status_code < 500

    send()


def test_no_made_up_cursor_opens_anything(sqlite_app: Flask) -> None:
    api = Crowd(sqlite_app).alice.api

    @settings(deadline=None)
    @given(st.text() | st.text("abcDEF019_-.", min_size=1))
    def send(cursor: str) -> None:
        assert api.get("/tasks", query_string={"cursor": cursor}).status_code == 422

    send()
