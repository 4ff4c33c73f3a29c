"""What a request may carry and an answer may hold, over every route there is."""

import re
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp.accounts.models import RecoveryCode, SecondFactor, Session, User
from taskapp.errors import API_BASE
from taskapp.extensions import db
from tests.api.test_authorization import BODIES, MATRIX, routes
from tests.authenticator import set_up
from tests.clients import Api
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

# What nobody may set by naming it in a body.
FOREIGN = {
    "id": 424242,
    "user_id": 424242,
    "role": "admin",
    "is_admin": True,
    "is_superuser": True,
    "created_at": "2001-01-01T00:00:00Z",
    "version": 424242,
    "password_hash": "x",
    "time_spent": 424242,
    "scopes": ["users:write"],
    "key": "x" * 43,
}
WRITES = sorted(name for name in MATRIX if name in BODIES)


def address(rule: str, ids: dict[str, int]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(ids[match[1]]), rule)


def stored(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in db.metadata.sorted_tables
        }


@pytest.mark.parametrize("endpoint", WRITES)
def test_nobody_sets_what_is_not_theirs_to_set(
    app: Flask, people: Crowd, ids: dict[str, int], endpoint: str
) -> None:
    """Vikunja GHSA-569v-q83c-3j3g, WeKan AuthorBleed."""
    method, rule = routes(app)[endpoint]
    good = {name: ids.get(name, value) for name, value in BODIES[endpoint].items()}
    for name, value in FOREIGN.items():
        if name in good or (endpoint.startswith("records.") and name == "time_spent"):
            continue
        caller = Api(app.test_client(), people.alice.token())
        answer = caller.call(method, address(rule, ids), json=good | {name: value})
        if answer.status_code >= 400:
            continue
        told = answer.json if isinstance(answer.json, dict) else {}
        assert told.get(name) != value, f"{endpoint} took {name}"
    with app.app_context():
        assert {user.role for user in db.session.scalars(select(User))} == {"user"}
        assert 424242 not in set(db.session.scalars(select(User.id)))


@pytest.fixture
def secrets(app: Flask, people: Crowd, ids: dict[str, int]) -> set[str]:
    """All that is stored and must never be told."""
    set_up(people.alice)
    with app.app_context():
        columns = (User.password_hash, Session.key, SecondFactor.sealed_secret)
        found = {row for column in columns for row in db.session.scalars(select(column))}
        found |= set(db.session.scalars(select(RecoveryCode.code_hash)))
    assert len(found) > 13
    return found | {app.config["SECRET_KEY"]}


@pytest.mark.parametrize("who", ["alice", "root"])
def test_no_answer_holds_a_hash_a_token_or_a_secret(
    app: Flask, people: Crowd, ids: dict[str, int], secrets: set[str], who: str
) -> None:
    """WeKan HashBleed."""
    person: Person = getattr(people, who)
    site = Site(app.test_client())
    if who == "root":
        site.sign_in("root", PASSWORD)
    asked = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.websocket or set(rule.arguments) - set(ids):
            continue
        path = address(rule.rule, ids)
        if path.startswith(API_BASE):
            answer = person.api.get(path.removeprefix(API_BASE))
        else:
            answer = site.client.get(path, buffered=True)
        text = answer.data.decode(errors="replace")  # one is an archive: tests/export unpacks it
        asked += 1
        assert not [secret for secret in secrets if secret in text], path
        assert "$2b$" not in text, path
    assert asked > 40


def test_reading_changes_nothing_on_either_face(
    app: Flask, people: Crowd, ids: dict[str, int]
) -> None:
    site = Site(app.test_client())
    assert people.root
    site.sign_in("root", PASSWORD)
    api = people.root.api
    api.get("/")
    before = stored(app)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not set(rule.arguments) - set(ids):
            path = address(rule.rule, ids)
            if path.startswith(API_BASE):
                for method in ("GET", "HEAD", "OPTIONS"):
                    api.call(method, path.removeprefix(API_BASE))
            elif not rule.websocket:
                site.client.get(path, buffered=True)
    assert stored(app) == before


def test_a_page_takes_no_form_in_the_clothes_of_json(app: Flask, people: Crowd) -> None:
    """What another site can send without asking: forms and text/plain (Kanboard CVE-2024-36399)."""
    assert people.alice
    site = Site(app.test_client())
    site.sign_in("alice", PASSWORD)
    before = stored(app)
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.arguments:
            answer = site.client.post(rule.rule, data='{"title": "x"}', content_type="text/plain")
            # 404: a mail program unsubscribes without a session, by the token in the address.
            refusals = {404} if rule.endpoint == "web.mailbox.unsubscribe" else {400, 401, 415}
            assert answer.status_code in refusals, rule
    assert stored(app) == before


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/login"])
@pytest.mark.parametrize("size", ["zz", "-5", "5;\x01"])
def test_a_chunk_that_is_none_is_refused_as_a_bad_body(
    live_server: str, path: str, size: str
) -> None:
    url = urlsplit(live_server)
    head = f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
    body = f"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{size}\r\nabc\r\n0\r\n\r\n"
    with create_connection((url.hostname, url.port), timeout=20) as line:
        line.sendall((head + body).encode())
        answer = line.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert ("application/problem+json" in answer) == path.startswith("/api/")
