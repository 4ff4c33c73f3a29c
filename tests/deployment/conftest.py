"""Two nodes behind nginx, sharing PostgreSQL, Redis and S3: what compose.yaml describes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from taskapp.core.redis import redis_client
from taskapp.web.assets import collect_assets
from tests.databases import Databases, Servers, worker
from tests.deployment import nginx
from tests.deployment.nodes import Node, free_port, node
from tests.people import Crowd
from tests.storages import BUCKET
from tests.websocket.listening import Caller, opened

SIGN_INS = 10


@dataclass
class Site:
    """What clients reach, what stands behind it, and an application on the same data."""

    url: str
    nodes: tuple[Node, Node]
    app: Flask

    def forget_limits(self) -> None:
        """Let everybody begin anew: all tests come from one address."""
        with self.app.app_context():
            client = redis_client()
            assert client is not None
            client.flushdb()

    def caller(self, name: str) -> Caller:
        """Somebody new, who comes by nginx."""
        return Caller(self.url, Crowd(self.app).make(name))


@pytest.fixture(scope="module")
def shared(
    database_servers: Servers, s3_endpoint: str, pytestconfig: pytest.Config
) -> dict[str, str]:
    """The settings of what nodes share beside the database."""
    number = int(worker(pytestconfig).removeprefix("gw"))
    return {
        "REDIS_URL": f"{database_servers.url('redis')}/{40 + number}",
        "STORAGE_URL": f"s3://{BUCKET}/deployment",
        "S3_ENDPOINT_URL": s3_endpoint,
        "LOG_FORMAT": "json",
    }


@pytest.fixture(scope="module")
def site(
    databases: Databases,
    shared: dict[str, str],
    apps: Callable[..., Flask],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """A site that serves, on a database without rows."""
    nginx.require()
    app = apps(databases.fresh("postgresql", "deployment"), **shared)
    url = databases.engine("postgresql", "deployment").url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                node(
                    url,
                    **shared,
                    WEB_CONCURRENCY="1",
                    TRUSTED_PROXIES="1",
                    RATELIMIT_ENABLED="true",
                    RATELIMIT_DEFAULT="1000000 per minute",
                    RATELIMIT_AUTH=f"{SIGN_INS} per minute",
                )
            ).start()
            for _ in range(2)
        ]
        port = free_port()
        stack.enter_context(serve_by_nginx(app, nodes, port, tmp_path_factory.mktemp("nginx")))
        for each in nodes:
            each.until_ready()
        yield Site(f"http://127.0.0.1:{port}", (nodes[0], nodes[1]), app)


def serve_by_nginx(
    app: Flask, nodes: list[Node], port: int, folder: Path
) -> AbstractContextManager[None]:
    """Run nginx before the nodes, with the files that pages load."""
    assets = folder / "assets"
    with app.app_context():
        collect_assets(assets)
    changes = {
        "web-1:8000": f"127.0.0.1:{nodes[0].port}",
        "web-2:8000": f"127.0.0.1:{nodes[1].port}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "/etc/nginx/taskapp/": f"{folder}/",
        "/var/cache/taskapp": str(assets),
    }
    return nginx.running(nginx.write_configuration(folder, "nodes.conf", changes), port)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    opened.close()
