"""What MDN's HTTP Observatory looks at, counted by its published rules: A+ is 100 points or more.

It asks over TLS, as a deployment is reached: through one proxy that says so.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from tests.live import serve
from tests.people import PASSWORD, Crowd
from tests.web.site import Site

SIX_MONTHS = 15_768_000


@pytest.fixture
def app(apps: Callable[..., Flask], sqlite_url: str) -> Flask:
    """As a deployment behind TLS is set up."""
    settings = {"SECURE_COOKIES": True, "TRUSTED_PROXIES": 1, "PREFERRED_URL_SCHEME": "https"}
    return apps(sqlite_url, **settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_REFERER"] = "https://localhost/"  # over TLS it is looked at, too
    return client


def directives(policy: str) -> dict[str, list[str]]:
    parts = (part.split() for part in policy.split(";") if part.strip())
    return {name: values for name, *values in parts}


def points(response: Any) -> dict[str, int]:
    """What each rule adds to a hundred, or takes away."""
    headers, policy = response.headers, directives(response.headers["Content-Security-Policy"])
    script, style = (policy.get(n, policy["default-src"]) for n in ("script-src", "style-src"))
    is_unsafe = {"'unsafe-inline'", "'unsafe-eval'", "data:", "http:", "https:", "*"} & {*script}
    [age] = re.findall(r"max-age=(\d+)", headers["Strict-Transport-Security"])
    cookies = headers.getlist("Set-Cookie")
    guarded = all("; Secure" in c and "HttpOnly" in c and "SameSite=" in c for c in cookies)
    scripts = re.findall(r"<script[^>]+src=\"([^\"]+)", response.text)
    return {
        "csp": -20
        if is_unsafe
        else 0
        if "'unsafe-inline'" in style
        else 10
        if policy["default-src"] == ["'none'"]
        else 5,
        "hsts": 0 if int(age) >= SIX_MONTHS else -10,
        "cookies": 5 if guarded else -40,
        "referrer": 5 if headers["Referrer-Policy"] in {"no-referrer", "same-origin"} else 0,
        "nosniff": 0 if headers["X-Content-Type-Options"] == "nosniff" else -5,
        "frames": 5 if policy.get("frame-ancestors") == ["'none'"] else -20,
        "corp": 10 if headers["Cross-Origin-Resource-Policy"] == "same-origin" else 0,
        "cors": -50 if headers.get("Access-Control-Allow-Origin") == "*" else 0,
        "scripts": 0 if all(url.startswith("/") for url in scripts) else -50,
    }


@pytest.mark.parametrize("path", ["/", "/login", "/register", "/docs", "/redoc", "/nowhere"])
def test_every_open_page_earns_an_a_plus(client: FlaskClient, path: str) -> None:
    earned = points(client.get(path))
    assert min(earned.values()) == 0
    assert 100 + sum(earned.values()) >= 100


def open_paths(app: Flask) -> list[str]:
    """Every address that can be read without knowing an id."""
    return sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments and not rule.websocket
        }
    )


def test_no_answer_allows_what_is_inline_except_redoc(app: Flask, client: FlaskClient) -> None:
    """Every address, asked by an admin. ReDoc writes style elements as it runs."""
    assert Crowd(app).root
    assert Site(client).sign_in("root", PASSWORD).address == "/tasks"
    paths = open_paths(app)
    assert len(paths) > 30
    for path in paths:
        response = client.get(path, buffered=True)
        assert response.status_code < 500 or path == "/ws", path  # it takes a real server
        policy = directives(response.headers["Content-Security-Policy"])
        unsafe = {name for name, values in policy.items() if any("unsafe" in v for v in values)}
        assert unsafe == ({"style-src"} if path == "/redoc" else set()), path
        assert policy["default-src"] == ["'none'"], path
        assert policy["frame-ancestors"] == ["'none'"], path
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "same-origin",
        }.items():
            assert response.headers[name] == value, path
        assert "Permissions-Policy" in response.headers, path


def test_over_tls_every_cookie_belongs_to_this_host_alone(app: Flask, client: FlaskClient) -> None:
    assert Crowd(app).alice
    site = Site(client)
    answers = [client.get("/login")]
    site.sign_in("alice", PASSWORD)
    form = site.open("/settings").form("/appearance")
    for choice in ({"theme": "dark"}, {"shortcuts": "off"}):
        data = {"csrf_token": form.values["csrf_token"], "next": "/settings"} | choice
        answers.append(client.post("/appearance", data=data))
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert {cookie.split("=")[0] for cookie in cookies} == {
        "__Host-session",
        "__Host-theme",
        "__Host-shortcuts",
    }
    for cookie in cookies:
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= attributes
        assert not any(part.startswith("Domain") for part in attributes)
    page = client.get("/settings").text
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page


@pytest.mark.parametrize(("scheme", "promised"), [("https", True), ("http", False)])
def test_browsers_are_told_to_stay_with_tls_where_they_came_by_it(
    app: Flask, scheme: str, promised: bool
) -> None:
    headers = {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.1"}
    answer = app.test_client().get("/login", headers=headers)
    assert ("Strict-Transport-Security" in answer.headers) == promised


def test_no_answer_tells_which_programs_serve_it(sqlite_url: str, tmp_path: Path) -> None:
    with serve(sqlite_url, STORAGE_URL=tmp_path.as_uri()) as base:
        for path in ("/login", "/api/v1/tasks", "/static/nothing", "/healthz"):
            answer = requests.get(base + path, timeout=30)
            assert answer.headers["Server"] == "Taskapp"
            for name, value in answer.headers.items():
                assert not re.search(
                    r"gunicorn|werkzeug|python|flask", f"{name} {value}", re.IGNORECASE
                )
