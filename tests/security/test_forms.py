"""Every form and every address of every page, filled in with what none should be sent."""

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict

from tests.people import PASSWORD, Crowd
from tests.security.test_bodies import address
from tests.web.site import Form, Site

# As they go over the wire: some of it is not even text.
BAD = {
    "NUL": "%00",
    "half a character": "%ED%A0%80",
    "not UTF-8": "%FF%FE",
    "nineteen digits": "9" * 19,
    "five thousand digits": "9" * 5000,  # more than int() takes
    "below zero": "-1",
    "not a number": "NaN",
    "long": "x" * 20_000,
    "lines": quote("a\r\nSet-Cookie: b=c"),
    "from right to left": quote("\u202egnp.exe"),
    "markup": quote("<script>alert(1)</script>\"'"),
    "formula": quote("=1+1"),
    "before all calendars": "0001-01-01",
    "after all calendars": "9999-12-31",
    "no such day": "2026-02-30",
    "another site": quote("//evil.example/"),
    "blank": "+",
}


def addresses(app: Flask, ids: dict[str, int]) -> Iterator[str]:
    """Every page that can be opened."""
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("web.") or "GET" not in (rule.methods or ()):
            continue
        if set(rule.arguments) - set(ids) or rule.endpoint.endswith(("export_data", "file")):
            continue
        yield address(rule.rule, ids)


def forms(site: Site, app: Flask, ids: dict[str, int]) -> list[Form]:
    """Every form that changes something, as the pages that can be opened show it, once."""
    found = {}
    for path in addresses(app, ids):
        answer = site.client.get(path, buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = site.open(path)
            for form in page.forms:
                if form.method == "post":
                    found[form.action, tuple(sorted(form.values))] = form
    return list(found.values())


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_no_form_breaks(app: Flask, people: Crowd, ids: dict[str, int], bad: str) -> None:
    site = Site(app.test_client())
    assert people.root
    site.sign_in("root", PASSWORD)
    sent = 0
    for form in forms(site, app, ids):
        fields = sorted(set(form.values) - {"csrf_token"})
        token = urlencode({"csrf_token": form.values.get("csrf_token", "")})
        # All fields at once would be refused for the first of them.
        for name in fields:
            values = {other: quote(str(form.values[other])) for other in fields} | {name: bad}
            body = "&".join([token, *(f"{key}={value}" for key, value in values.items())])
            answer = site.client.post(
                form.action or "/",
                data=body,
                content_type="application/x-www-form-urlencoded",
                buffered=True,
            )
            assert answer.status_code < 500, (form.action, name)
            sent += 1
    assert sent > 40


class Query(ImmutableMultiDict[str, str]):
    """A query that notes the names which a page looks for in it."""

    wanted: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.wanted.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, *args: Any) -> list[Any]:
        self.wanted.add(key)
        return super().getlist(key, *args)


def questions(site: Site, app: Flask, ids: dict[str, int]) -> Iterator[tuple[str, str, set[str]]]:
    """Each page, each name it looks for in its query, and the values of that name in links."""
    wanted, linked = {}, defaultdict(set)
    for path in addresses(app, ids):
        Query.wanted.clear()
        answer = site.client.get(path, buffered=True)
        wanted[path] = set(Query.wanted)
        html = answer.text if answer.mimetype == "text/html" else ""
        for link in re.findall(r' href="(/[^"]*)"', html):
            for name, value in parse_qsl(urlsplit(unescape(link)).query):
                linked[name].add(quote(value))
    for path, names in wanted.items():
        for name in names:
            yield path, name, linked[name]


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_no_address_breaks(
    app: Flask,
    people: Crowd,
    ids: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    who: str,
) -> None:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Query)
    site = Site(app.test_client())
    if who == "root":
        assert people.root
        site.sign_in("root", PASSWORD)
    names = set()
    for path, name, linked in questions(site, app, ids):
        names.add(name)
        # Twice in one value, and twice in the address.
        for value in [*BAD.values(), *(f"{value},{value}" for value in linked), f"1&{name}=2"]:
            answer = site.client.get(f"{path}?{name}={value}", buffered=True)
            assert answer.status_code < 500, (path, name, value)
    assert names >= ({"sort", "q", "page", "date", "ids", "user"} if who == "root" else {"token"})
