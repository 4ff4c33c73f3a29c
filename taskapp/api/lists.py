"""How a page of a list becomes an answer."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from taskapp.api.cursors import write_cursor
from taskapp.api.responses import json_response
from taskapp.core.pagination import Page


def list_response(
    found: Page, query: Mapping[str, Any], dump: Callable[[Any], dict[str, Any]]
) -> Response:
    """A list's answer (contract §1): its items, where they stand, and links to the other pages.

    `query` is what ListQuerySchema has loaded; `dump` shows one row.
    """
    position = found.next_position
    cursor = None if position is None else write_cursor(position, query)
    body: dict[str, Any] = {"items": [dump(row) for row in found.items]}
    if found.page:
        body |= {"page": found.page, "pages": found.pages, "total": found.total}
    body |= {"per_page": found.per_page, "next_cursor": cursor}
    response = json_response(body)
    if related := _relations(found, cursor):
        parameter = "page" if found.page else "cursor"
        url = _url_without(parameter)
        links = (f'<{url}{parameter}={value}>; rel="{rel}"' for rel, value in related.items())
        response.headers["Link"] = ", ".join(links)
    return response


def _relations(found: Page, cursor: str | None) -> dict[str, int | str]:
    """The pages to link to (RFC 8288), each by its number, or by its cursor in a list read so."""
    if not found.page:
        return {"next": cursor} if cursor else {}
    others = {"prev": min(found.page - 1, found.pages), "next": found.page + 1, "last": found.pages}
    return {"first": 1, **{rel: page for rel, page in others.items() if 1 <= page <= found.pages}}


def _url_without(parameter: str) -> str:
    """The URL of this list, ready for another value of that parameter to be added at its end."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != parameter]
    return f"{request.base_url}?{urlencode(others)}{'&' if others else ''}"
