"""What watchers ask: is it alive, is it ready, and what has it done."""

from contextlib import ExitStack
from pathlib import Path

import flask_migrate
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from taskapp import create_app
from taskapp.core.database import close_connections
from taskapp.extensions import db
from tests import servers
from tests.databases import migrate
from tests.live import serve
from tests.settings import SETTINGS


def test_a_migrated_database_makes_it_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    app = create_app({**SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}/new.db"})
    client = app.test_client()

    response = client.get("/readyz")
    assert (response.status_code, list(response.json)) == (503, ["status", "database"])
    assert client.get("/healthz").status_code == 200

    with app.app_context():
        flask_migrate.upgrade(revision="0001")
        assert "0001" in client.get("/readyz").json["database"]
        flask_migrate.upgrade()
        assert client.get("/readyz").status_code == 200

        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
        ready = client.get("/readyz").status_code == 200
        assert ready, "a newer release has migrated, and this one still serves"
        close_connections()


def test_whatever_is_stopped_is_named_and_it_stays_alive() -> None:
    with ExitStack() as database, ExitStack() as redis:
        settings = {
            "DATABASE_URL": database.enter_context(servers.postgres()),
            "REDIS_URL": redis.enter_context(servers.valkey()),
        }
        migrate(settings["DATABASE_URL"])
        app = create_app({**SETTINGS, **settings})
        client = app.test_client()
        assert client.get("/readyz").json == {"status": "ok"}

        redis.close()
        response = client.get("/readyz")
        assert (response.status_code, list(response.json)) == (200, ["status", "redis"])
        assert response.json["status"] == "degraded", "it answers without Redis, too"
        with app.app_context():
            close_connections()
        database.close()
        response = client.get("/readyz")
        assert (response.status_code, list(response.json)) == (503, ["status", "database", "redis"])
        assert client.get("/healthz").status_code == 200


def test_requests_are_counted_by_route(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    client.get("/api/v1/tasks/17")
    client.get("/nowhere/at/all")
    text = client.get("/metrics").text
    assert 'route="/api/v1/tasks/<id:task_id>",status="401"' in text
    assert 'route="none",status="404"' in text
    assert "/nowhere" not in text
    assert "taskapp_request_seconds_bucket" in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 404),
    ],
)
def test_only_this_machine_may_read_the_figures(
    sqlite_app: Flask, address: str, headers: dict[str, str], status: int
) -> None:
    environ = {"REMOTE_ADDR": address}
    response = sqlite_app.test_client().get("/metrics", headers=headers, environ_overrides=environ)
    assert response.status_code == status


def test_the_figures_of_all_workers_are_added_up(sqlite_url: str) -> None:
    with serve(sqlite_url, WEB_CONCURRENCY="2") as url:
        for _ in range(40):
            requests.get(f"{url}/healthz", timeout=10)
        text = requests.get(f"{url}/metrics", timeout=10).text
    assert 'taskapp_requests_total{method="GET",route="/healthz",status="200"} 40.0' in text
