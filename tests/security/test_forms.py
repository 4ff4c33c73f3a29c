"""Every form of every page, filled in with what no form should be sent."""

from urllib.parse import quote, urlencode

import pytest
from flask import Flask

from tests.people import PASSWORD, Crowd
from tests.security.test_bodies import address
from tests.web.site import Form, Site

# As they go over the wire: some of it is not even text.
BAD = {
    "NUL": "%00",
    "half a character": "%ED%A0%80",
    "not UTF-8": "%FF%FE",
    "thirty digits": "9" * 30,
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


def forms(site: Site, app: Flask, ids: dict[str, int]) -> list[Form]:
    """Every form that changes something, as the pages that can be opened show it, once."""
    found = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("web.") or "GET" not in (rule.methods or ()):
            continue
        if set(rule.arguments) - set(ids) or rule.endpoint.endswith(("export_data", "file")):
            continue
        answer = site.client.get(address(rule.rule, ids), buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = site.open(address(rule.rule, ids))
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
