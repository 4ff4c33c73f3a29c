"""Whole installations on SQLite, each with a database and a storage of its own."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import make_url, select

from taskapp import create_app
from taskapp.core.database import close_connections, snapshot
from taskapp.core.schema import tables
from taskapp.moving.checksums import Checksum
from tests.clients import Api
from tests.databases import Databases, Servers, worker
from tests.missing import Missing, give_up
from tests.servers import create_database
from tests.settings import SETTINGS
from tests.storages import BUCKET

Install = Callable[..., Flask]
Empty = Callable[[str], str]


@pytest.fixture
def install(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> Iterator[Install]:
    """`install("old", "disk")`: an application with an empty database and empty storage."""
    made: list[Flask] = []
    empty = make_url(databases.fresh("sqlite")).database or ""

    def make(name: str, kind: str = "disk", **settings: Any) -> Flask:
        database = tmp_path / name / "taskapp.db"
        database.parent.mkdir()
        with closing(sqlite3.connect(empty)) as source, closing(sqlite3.connect(database)) as copy:
            source.backup(copy)
            copy.execute("DELETE FROM sqlite_sequence")  # ids begin with 1 again
            copy.commit()
        storage = (tmp_path / name / "files").as_uri()
        if kind == "s3":
            endpoint = request.getfixturevalue("s3_endpoint")
            storage = f"s3://{BUCKET}/{tmp_path.name}/{name}"
            settings["S3_ENDPOINT_URL"] = endpoint
        url = f"sqlite:///{database}"
        app = create_app({**SETTINGS, "DATABASE_URL": url, "STORAGE_URL": storage, **settings})
        made.append(app)
        return app

    yield make
    for app in made:
        close(app)


@pytest.fixture
def empty(database_servers: Servers, tmp_path: Path, pytestconfig: pytest.Config) -> Empty:
    """`empty("postgresql")`: the URL of a database in which there is nothing, not even tables."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/empty.db"
        try:
            server = database_servers.url(kind)
        except Missing as missing:
            give_up(missing)
        return create_database(server, f"taskapp_empty_{worker(pytestconfig)}")

    return make


def close(app: Flask) -> None:
    """Let go of the database, as an application that is stopped does."""
    with app.app_context():
        close_connections()


def run(app: Flask, *args: object) -> Result:
    """Run a command of an application that is stopped."""
    close(app)
    result = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    close(app)
    return result


def database_of(app: Flask) -> Path:
    return Path(make_url(app.config["DATABASE_URL"]).database or "")


def contents(app: Flask) -> dict[str, tuple[int, str]]:
    """Of each table, how many rows it has and their checksum."""
    found = {}
    with app.app_context(), snapshot() as connection:
        for table in tables():
            checksum = Checksum()
            checksum.add(connection.execute(select(table)))
            found[str(table.name)] = (checksum.rows, checksum.text)
    return found


def attach(api: Api, task_id: int, content: bytes, name: str = "file.txt") -> dict[str, Any]:
    """Attach a file to a task, and return the attachment."""
    file = {"file": (BytesIO(content), name)}
    response = api.post(f"/tasks/{task_id}/attachments", data=file)
    response.request.environ["wsgi.input"].close()  # a large body went through a file
    assert response.status_code == 201, response.text
    return dict(response.json)
