"""`flask db copy-to`: the new installation answers as the old one did."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, inspect, make_url, text
from time_machine import travel

from taskapp import create_app, demo
from taskapp.events.feed import is_kept, last_event_id, read_news
from taskapp.extensions import db
from taskapp.jobs.models import Job
from tests.api.test_authorization import routes
from tests.clients import Api
from tests.databases import KINDS, Databases, migrate
from tests.installations import Empty, Install, attach, close, contents, run
from tests.missing import Missing, give_up
from tests.people import PASSWORD, Crowd

MADE = datetime(2026, 11, 1)  # noqa: DTZ001 - as stored: in UTC, without saying so


@pytest.fixture
def opened(apps: Callable[..., Flask]) -> Iterator[Callable[[Flask, str], Flask]]:
    """`opened(old, url)`: the application that goes on from `old` with the database at `url`."""
    made: list[Flask] = []

    def make(old: Flask, url: str) -> Flask:
        app = create_app({**old.config, "DATABASE_URL": url})
        made.append(app)
        return app

    yield make
    for app in made:
        close(app)


def fill(app: Flask) -> dict[str, str]:
    """The demo and all else that an installation may hold; the tokens of an admin and a user."""
    with app.app_context():
        demo.fill(PASSWORD)
        db.session.commit()
    client, tokens = app.test_client(), {}
    for name in ("alice", "boris"):
        login = {"login": name, "password": PASSWORD}
        tokens[name] = Api(client).post("/auth/login", login).json["access_token"]
    api = Api(client, tokens["boris"])
    task = api.make_task("Größe & 検討 \\ ' \" %s 😀", description="\n\ttabs\u2028", city="Köln")[
        "id"
    ]
    attach(api, task, bytes(range(256)), "Bericht ä.txt")
    api.post(
        "/task-records", {"task_id": task, "note": "x" * 1000}, headers={"Idempotency-Key": "k"}
    )
    gone = api.make_task("Deleted again")["id"]
    assert api.delete(f"/tasks/{gone}").status_code == 204
    return tokens


def all_answers(app: Flask, token: str) -> dict[str, Any]:
    """Every GET of the API, with every list, and of one object in five."""
    api = Api(app.test_client(), token)
    ids = {
        "task_id": [task["id"] for task in walk(api, "/tasks")][::5],
        "record_id": [record["id"] for record in walk(api, "/task-records")][::5],
        "user_id": [user["id"] for user in walk(api, "/users")],
        "attachment_id": [1],
    }
    paths = ["/tasks?sort=title", "/tasks?q=report", "/tasks?q=größe", "/tasks?sort=-due_date,id"]
    for method, rule in routes(app).values():
        if method == "GET":
            paths += fill_in(rule, ids)
    assert len(paths) > 40
    paths += ["/tasks?per_page=3", "/tasks?city=KÖLN"]
    answers = {path: api.get(path, headers={"X-Request-ID": "same"}) for path in paths}
    kept = ("Content-Type", "ETag", "Link")
    return {
        path: (
            answer.status_code,
            {n: answer.headers.get(n) for n in kept},
            answer.json if answer.is_json else answer.data,
        )
        for path, answer in answers.items()
    }


def walk(api: Api, path: str) -> Iterator[dict[str, Any]]:
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        page = dict(api.get(f"{path}?per_page=100{cursor}").json)
        yield from page["items"]


def fill_in(rule: str, ids: dict[str, list[int]]) -> list[str]:
    paths = [rule]
    for name, numbers in ids.items():
        if f"<id:{name}>" in rule:
            paths = [p.replace(f"<id:{name}>", str(n)) for p in paths for n in numbers]
    return paths


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_new_installation_answers_as_the_old_one(
    install: Install, empty: Empty, opened: Callable[[Flask, str], Flask], kind: str
) -> None:
    old, url = install("old"), empty(kind)
    with travel("2026-11-21T12:00:00Z", tick=False):
        tokens = fill(old)
        before = contents(old)
        answers = {name: all_answers(old, token) for name, token in tokens.items()}
        with old.app_context():
            news = read_news(0, limit=10_000)

        result = run(old, "db", "copy-to", url)
        assert result.exit_code == 0, result.output
        assert "All rows arrived as they were sent." in result.output
        for name, (rows, checksum) in before.items():
            assert f"{rows:>9}  {name:<20} {checksum[:16]}" in result.output

        new = opened(old, url)
        assert contents(new) == contents(old) == before
        for name, token in tokens.items():
            assert all_answers(new, token) == answers[name]
        with new.app_context():
            assert [told.message for told in read_news(0, limit=10_000)] == [
                told.message for told in news
            ]
            assert (last_event_id(), is_kept(0)) == (len(news), True)

        # What is written to either from now on is numbered and told alike.
        api = {app: Api(app.test_client(), tokens["boris"]) for app in (old, new)}
        newcomer = {"username": "newcomer", "password": PASSWORD}
        for path, body in (("/tasks", {"title": "Next"}), ("/users", newcomer)):
            made = [each.post(path, body) for each in api.values()]
            assert made[0].status_code == made[1].status_code
            assert made[0].json == made[1].json
        found = {app: each.get("/tasks?q=next").json["items"] for app, each in api.items()}
        assert found[old] == found[new] != []
        with old.app_context():
            written = [told.message for told in read_news(len(news), limit=10)]
        with new.app_context():
            assert [told.message for told in read_news(len(news), limit=10)] == written != []


@pytest.mark.parametrize("kind", KINDS)
def test_the_way_back_to_sqlite_is_open_too(
    databases: Databases,
    apps: Callable[..., Flask],
    empty: Empty,
    opened: Callable[[Flask, str], Flask],
    kind: str,
) -> None:
    try:
        old = apps(databases.fresh(kind))
    except Missing as missing:
        give_up(missing)
    alice = Crowd(old).alice
    kept, gone = (alice.api.make_task(title) for title in ("Kept in the cellar", "Gone"))
    alice.api.delete(f"/tasks/{gone['id']}")
    before = contents(old)

    result = run(old, "db", "copy-to", url := empty("sqlite"))
    assert result.exit_code == 0, result.output

    new = opened(old, url)
    assert contents(new) == before
    api = Api(new.test_client(), alice.api.token)
    assert api.get("/tasks?q=cellar").json["items"] == [kept]
    assert api.make_task("Next")["id"] == gone["id"] + 1
    with new.app_context(), db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO tasks_search (tasks_search, rank) VALUES ('integrity-check', 1)")
        )


def refused(app: Flask, url: str) -> str:
    result = run(app, "db", "copy-to", url)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


def make_alice(app: Flask) -> None:
    """Somebody, and nothing else: no job either."""
    Crowd(app).make("alice")
    with app.app_context():
        db.session.execute(delete(Job))
        db.session.commit()


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_anything_is_left_alone(install: Install, empty: Empty, kind: str) -> None:
    old, url = install("old"), empty(kind)
    make_alice(old)
    engine = create_engine(make_url(url))
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE wiki (id INTEGER)"))
        assert "it holds wiki" in refused(old, url)
        assert inspect(engine).get_table_names() == ["wiki"]
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE wiki"))

        migrate(url)  # prepared already, which is no hindrance
        assert run(old, "db", "copy-to", url).exit_code == 0
        assert "it holds users" in refused(old, url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM users")) == 1
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_arrive_altered_are_taken_back(
    install: Install, empty: Empty, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    old, url = install("old"), empty(kind)
    make_alice(old)
    monkeypatch.setattr("taskapp.core.types.UtcDateTime.process_bind_param", lambda *_: MADE)
    assert "The rows of users did not arrive as they were sent." in refused(old, url)
    monkeypatch.undo()
    assert run(old, "db", "copy-to", url).exit_code == 0, "it may be tried again"


def test_a_server_that_refuses_a_row_is_quoted(
    install: Install, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, url = install("old"), empty("sqlite")
    Crowd(old).make("alice")
    monkeypatch.setattr("taskapp.core.types.Choice.process_bind_param", lambda *_: 99)
    assert "Nothing was copied: CHECK constraint failed" in refused(old, url)


def test_a_bad_target_is_said(install: Install, tmp_path: Any) -> None:
    app = install("old")
    for url in ("nonsense", "oracle://there/x", "postgresql://u:secret@127.0.0.1:1/x"):
        output = refused(app, url)
        assert "cannot be reached" in output
        assert "secret" not in output
    assert "uses already" in refused(app, app.config["DATABASE_URL"])


def test_an_old_schema_is_brought_up_first(install: Install, empty: Empty) -> None:
    app = install("old")
    assert run(app, "db", "downgrade", "0005").exit_code == 0
    assert "not at the newest schema" in refused(app, empty("sqlite"))
