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
    related = _relations(found, cursor)
    if related:
        links = (f'<{_url(**given)}>; rel="{rel}"' for rel, given in related.items())
        response.headers["Link"] = ", ".join(links)
    return response


def _relations(found: Page, cursor: str | None) -> dict[str, dict[str, Any]]:
    """The pages to link to (RFC 8288), each by the parameter that leads there."""
    if not found.page:
        return {"next": {"cursor": cursor}} if cursor else {}
    others = {"prev": min(found.page - 1, found.pages), "next": found.page + 1, "last": found.pages}
    existing = {rel: {"page": page} for rel, page in others.items() if 1 <= page <= found.pages}
    return {"first": {"page": 1}, **existing}


def _url(**given: Any) -> str:
    others = [(name, value) for name, value in request.args.items(multi=True) if name not in given]
    return f"{request.base_url}?{urlencode([*others, *given.items()])}"
