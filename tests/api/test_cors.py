"""Scripts of other sites, and what browsers are told about answers of the API."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import config
from tests.clients import Api
from tests.people import Crowd

SITE = "https://app.example.org"
ASKED = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,if-match",
}


@pytest.fixture
def open_app(apps: Callable[..., Flask], sqlite_url: str) -> Flask:
    return apps(sqlite_url, CORS_ORIGINS=(SITE, "http://localhost:5173"))


def preflight(app: Flask, origin: str, path: str = "/tasks/1") -> TestResponse:
    return Api(app.test_client()).call("OPTIONS", path, headers={"Origin": origin, **ASKED})


def words(response: TestResponse, name: str) -> set[str]:
    return {word.strip().lower() for word in response.headers.get(name, "").split(",")}


def allowed(response: TestResponse) -> str | None:
    return response.headers.get("Access-Control-Allow-Origin")


def test_it_is_off_by_default(sqlite_app: Flask) -> None:
    assert allowed(preflight(sqlite_app, SITE)) is None
    response = Api(sqlite_app.test_client()).get("/", headers={"Origin": SITE})
    assert allowed(response) is None
    assert "origin" not in words(response, "Vary")


def test_a_browser_is_told_before_it_sends_without_a_token(open_app: Flask) -> None:
    response = preflight(open_app, SITE)
    assert (response.status_code, response.data) == (204, b"")
    assert allowed(response) == SITE
    assert {"get", "post", "put", "patch", "delete"} <= words(
        response, "Access-Control-Allow-Methods"
    )
    wanted = {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"}
    assert wanted | {"x-request-id"} == words(response, "Access-Control-Allow-Headers")
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "origin" in words(response, "Vary")


def test_an_allowed_site_reads_answers_and_errors(open_app: Flask) -> None:
    people = Crowd(open_app)
    task = people.alice.api.make_task()
    for api, status in ((people.alice.api, 200), (Api(open_app.test_client()), 401)):
        response = api.get(f"/tasks/{task['id']}", headers={"Origin": SITE})
        assert response.status_code == status
        assert allowed(response) == SITE
        assert "origin" in words(response, "Vary")
        exposed = words(response, "Access-Control-Expose-Headers")
        assert {"etag", "location", "link", "retry-after", "idempotency-replayed"} < exposed


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.example.org.evil.example",
        "https://evil.app.example.org",
        "https://appxexample.org",
        "http://app.example.org",
        "https://app.example.org:8443",
        "null",
        "*",
        "",
    ],
)
def test_every_other_site_is_refused(open_app: Flask, origin: str) -> None:
    assert allowed(preflight(open_app, origin)) is None
    response = Api(open_app.test_client()).get("/", headers={"Origin": origin})
    assert (response.status_code, allowed(response)) == (200, None)
    assert "origin" in words(response, "Vary"), "caches must know that it depends"


def test_pages_and_files_are_never_shared(open_app: Flask) -> None:
    client = open_app.test_client()
    headers = {"Origin": SITE, **ASKED}
    for path in ("/static/nothing.css", "/api/v10/tasks"):
        for method in ("OPTIONS", "GET"):
            assert allowed(client.open(path, method=method, headers=headers)) is None


def test_a_preflight_costs_nothing_of_a_budget(apps: Callable[..., Flask], sqlite_url: str) -> None:
    app = apps(
        sqlite_url,
        CORS_ORIGINS=(SITE,),
        RATELIMIT_ENABLED=True,
        RATELIMIT_DEFAULT="1 per hour",
    )
    assert {preflight(app, SITE).status_code for _ in range(3)} == {204}
    answers = [Api(app.test_client()).get("/", headers={"Origin": SITE}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert allowed(answers[1]) == SITE


@pytest.mark.parametrize("headers", [{}, {"Origin": SITE, **ASKED}])
def test_who_only_asks_which_methods_there_are_needs_no_token(
    sqlite_app: Flask, headers: dict[str, str]
) -> None:
    for path, methods in (("/auth/register", {"post"}), ("/users/me", {"get", "head", "patch"})):
        response = Api(sqlite_app.test_client()).call("OPTIONS", path, headers=headers)
        assert response.status_code == 200
        assert words(response, "Allow") == methods | {"options"}
        assert allowed(response) is None


def test_sites_are_given_as_a_list_of_origins() -> None:
    given = "https://app.example.org, http://LOCALHOST:5173,"
    assert config.load({"CORS_ORIGINS": given})["CORS_ORIGINS"] == (
        "https://app.example.org",
        "http://localhost:5173",
    )
    assert config.load({})["CORS_ORIGINS"] == ()


@pytest.mark.parametrize(
    "origin", ["*", "null", "app.example.org", "https://app.example.org/", "https://*.example.org"]
)
def test_what_is_not_one_site_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        config.load({"CORS_ORIGINS": f"https://a.example,{origin}"})


def test_answers_stay_out_of_caches_and_frames(sqlite_app: Flask) -> None:
    people = Crowd(sqlite_app)
    api = people.alice.api
    answers = {
        "no-store": [api.get("/"), api.get("/tasks"), api.get("/tasks/1"), api.get("/nowhere")],
        "private, no-cache": [api.get("/users/me"), api.post("/tasks", {"title": "x"})],
    }
    for caching, those in answers.items():
        for answer in those:
            assert answer.headers["Cache-Control"] == caching
    for answer in (api.get("/"), api.get("/tasks/1"), Api(api.client).get("/tasks")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Content-Security-Policy"] == policy
