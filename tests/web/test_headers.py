"""What browsers are told, and how long they keep what they load."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from taskapp.web.assets import fingerprint
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
API_POLICY = {"default-src 'none'", "frame-ancestors 'none'"}
PAGES = [
    "/today",
    "/upcoming",
    "/board",
    "/calendar",
    "/tasks",
    "/tasks/new",
    "/tasks/{id}",
    "/tasks/{id}/edit",
    "/time",
    "/settings",
    "/settings/delete",
    "/analytics",
]


@pytest.mark.parametrize("path", ["/", "/login", "/register", "/nowhere", "/api/v1/"])
def test_every_answer_is_hardened(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = API_POLICY if path.startswith("/api") else POLICY
    assert set(headers["Content-Security-Policy"].split("; ")) == policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_kept_by_no_cache_and_have_nothing_inline(
    path: str, people: Crowd, browse: Callable[[Person], Site]
) -> None:
    site = browse(people.alice)
    hostile = "<script>alert(1)</script>"
    task = people.alice.api.make_task(hostile, description='<img src=x onerror="alert(1)">')
    page = site.open(path.format(id=task["id"]))
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert hostile not in page.html
    for tag in re.findall(r"<[a-z][^>]*>", page.html):
        assert not re.search(r"<style|\sstyle=|\son\w+=|data:", tag)
        assert not re.search(r'(?:src|href|action)="(?:\w+:)?//', tag), "nothing is from elsewhere"
        assert not tag.startswith("<script") or " src=" in tag


def test_what_a_page_loads_is_kept_for_a_year(client: FlaskClient) -> None:
    page = client.get("/login").text
    assets = re.findall(r'<(?:link|script)[^>]+(?:href|src)="([^"]+)"', page)
    assert len(assets) > 10
    font = next(asset for asset in assets if asset.endswith("bootstrap-icons.min.css"))
    [relative] = re.findall(r'url\("([^"]+\.woff2[^"]*)"\)', client.get(font, buffered=True).text)
    assets.append(str(Path(font).parent / relative))
    for asset in assets:
        response = client.get(asset, buffered=True)
        assert response.status_code == 200, asset
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable", asset
        assert "Set-Cookie" not in response.headers


def test_files_and_the_api_have_nothing_to_do_with_the_session_cookie(
    site: Site, people: Crowd
) -> None:
    site.sign_in(people.alice.username, PASSWORD, remember="y")
    [asset] = re.findall(r'href="(/static/\w+/css/base.css)"', site.open("/tasks").html)
    for path in (asset, "/api/v1/"):
        headers = site.client.get(path, buffered=True).headers
        assert "Set-Cookie" not in headers
        assert "Vary" not in headers
    assert site.client.get("/tasks").headers["Vary"] == "Cookie"


def test_the_url_of_an_asset_changes_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "one.css").write_text("a {}")
    first = fingerprint(tmp_path)
    fingerprint.cache_clear()
    (tmp_path / "one.css").write_text("b {}")
    assert fingerprint(tmp_path) != first


def test_the_assets_of_another_version_are_served_but_not_kept(client: FlaskClient) -> None:
    response = client.get("/static/0123456789ab/css/base.css", buffered=True)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"
    assert client.get("/static/css/base.css", buffered=True).status_code == 200
    assert client.get("/static/0123456789ab/nothing.css", buffered=True).status_code == 404
    assert client.get("/static/0123456789ab/../../config.py", buffered=True).status_code == 404


@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Range"])
@pytest.mark.parametrize("year", ["99999999999", "9" * 5000, "none"])
def test_a_date_that_is_none_is_ignored(client: FlaskClient, header: str, year: str) -> None:
    """RFC 9110 §13.1.3, §14.2: the whole file comes."""
    headers = {header: f"Mon, 01 Jan {year} 00:00:00 GMT", "Range": "bytes=0-1"}
    if header == "If-Modified-Since":
        del headers["Range"]
    response = client.get("/static/css/base.css", headers=headers, buffered=True)
    assert response.status_code == 200
    assert response.data == client.get("/static/css/base.css", buffered=True).data


def test_no_style_is_left_of_what_no_page_has(app: Flask) -> None:
    root = Path(app.root_path)
    used = "".join(
        path.read_text()
        for folder, kind in (("templates", "*.html"), ("static/js", "*.js"), ("web", "*.py"))
        for path in (root / folder).rglob(kind)
    )
    words = set(re.findall(r"[\w-]+", used))
    for sheet in sorted((root / "static/css").glob("*.css")):
        for name in set(re.findall(r"\.(t-[\w-]+)", sheet.read_text())):
            assert name in words, f"{sheet.name}: .{name}"
