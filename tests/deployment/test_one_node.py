"""How one gunicorn is set up by gunicorn.conf.py."""

from pathlib import Path

import requests

from tests.clients import BASE
from tests.deployment.nodes import node
from tests.websocket.listening import wait_until

CLAIMS = {
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Protocol": "ssl",
}


def test_what_is_loaded_before_forking_holds_nothing_that_workers_would_share(
    sqlite_url: str,
) -> None:
    """With --preload the application is made in the master, once."""
    settings = {"GUNICORN_CMD_ARGS": "--preload", "REDIS_URL": "redis://127.0.0.1:1"}
    with node(sqlite_url, WEB_CONCURRENCY="3", **settings) as server:
        server.start()
        wait_until(lambda: len(server.workers()) == 3, seconds=60)
        process = Path(f"/proc/{server.master}")
        assert len(list((process / "task").iterdir())) == 1, "threads do not survive a fork"
        opened = [str(file.readlink()) for file in (process / "fd").iterdir()]
        assert len([file for file in opened if file.startswith("socket:")]) == 1, "it only listens"
        databases = [file for file in opened if ".db" in file and "taskapp-metrics" not in file]
        assert not databases, "SQLite forbids it"


def test_without_a_trusted_proxy_no_claim_of_a_request_is_believed(sqlite_url: str) -> None:
    """Also when gunicorn's own variable says that every proxy is to be believed."""
    settings = {"WEB_CONCURRENCY": "1", "RATELIMIT_ENABLED": "true", "FORWARDED_ALLOW_IPS": "*"}
    with node(sqlite_url, RATELIMIT_AUTH="2 per minute", **settings) as server:
        server.start().until_ready()
        page = requests.get(f"{server.url}/tasks", headers=CLAIMS, timeout=30)
        assert page.url.startswith(server.url)
        assert "Strict-Transport-Security" not in page.headers, "it did not come by HTTPS"
        answers = [
            requests.post(
                f"{server.url}{BASE}/auth/login",
                json={"login": "nobody", "password": "a wrong password"},
                headers=CLAIMS | {"X-Forwarded-For": f"192.0.2.{number}"},
                timeout=30,
            ).status_code
            for number in range(3)
        ]
    assert answers == [401, 401, 429]
