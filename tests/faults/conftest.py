"""Nodes whose line to the database the tests can slow down, hang and cut."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import URL, make_url

from tests.deployment.nodes import Node, node
from tests.faults.proxy import Address, Proxy, proxy
from tests.people import PASSWORD, Crowd, Person


@dataclass
class Line:
    """An application on a database, and a running node that reaches it through a proxy."""

    app: Flask
    node: Node
    proxy: Proxy
    alice: Person


@pytest.fixture(params=["postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, fresh: Callable[[str], str]) -> str:
    """Databases that are servers: only those can be cut off."""
    return fresh(request.param)


@pytest.fixture
def line(app: Flask, database_url: str) -> Iterator[Line]:
    """Alice's application, and a node with two workers on the other side of a proxy."""
    target = make_url(database_url)
    with (
        proxy(address_of(target)) as line_to_database,
        node(through(target, line_to_database), WEB_CONCURRENCY="2") as served,
    ):
        alice = Crowd(app).alice
        served.start().until_ready()
        yield Line(app, served, line_to_database, alice)


def address_of(url: URL) -> Address:
    """Where a database server listens; those that the tests start have a Unix socket."""
    if folder := url.query.get("host"):
        return Path(str(folder), ".s.PGSQL.5432")
    if path := url.query.get("unix_socket"):
        return Path(str(path))
    return url.host or "127.0.0.1", url.port or 3306


def through(url: URL, line: Proxy) -> str:
    """The same database, reached through the proxy."""
    plain = url.set(host="127.0.0.1", port=line.port, query={})
    return plain.render_as_string(hide_password=False)


def browser(base: str, login: str) -> requests.Session:
    """A browser in which somebody has signed in, as its cookies show."""
    client = requests.Session()
    form = client.get(f"{base}/login", timeout=20).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token
    answers = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
    client.post(f"{base}/login", data=answers, timeout=20).raise_for_status()
    return client


def wait_for(growing: list[Any], length: int) -> None:
    """Wait until a list is that long."""
    give_up = monotonic() + 30
    while len(growing) < length:
        assert monotonic() < give_up, f"{len(growing)} of {length}"
        sleep(0.02)
