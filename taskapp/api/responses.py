"""How a representation becomes an answer."""

import re
from typing import Any

import orjson
from flask import Response, request

from taskapp.core.errors import Stale

_TAG = re.compile("(?P<id>[1-9][0-9]{0,18})-(?P<version>[1-9][0-9]{0,9})")


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON body."""
    return Response(orjson.dumps(body), status, headers, mimetype="application/json")


def entity_response(
    body: dict[str, Any],
    version: int,
    status: int = 200,
    location: str | None = None,
    *,
    form: str = "",
    object_id: int | None = None,
) -> Response:
    """One object with its strong ETag; 304 when the client has this version (RFC 9110 §13).

    `form` tells apart what different readers are shown of one version; `object_id` is for bodies
    that have no id. Raises Stale when the client asks for another version by If-Match.
    """
    response = json_response(body, status)
    response.set_etag(f"{object_id or body['id']}-{version}{form}")
    if location is not None:
        response.headers["Location"] = location
    if status == 200:
        response.make_conditional(request)
    if response.status_code == 412:
        raise Stale
    return response


def expected_versions(object_id: int) -> frozenset[int] | None:
    """The versions that If-Match allows to be changed; None when it allows any.

    A weak tag or one that was never given out allows nothing (RFC 9110 §13.1.1).
    """
    tags = request.if_match
    if "If-Match" not in request.headers or tags.star_tag:
        return None
    named = [_TAG.fullmatch(tag or "") for tag in tags.as_set()]  # werkzeug reads `""` as None
    return frozenset(int(tag["version"]) for tag in named if tag and int(tag["id"]) == object_id)


def refuse_tags() -> None:
    """Raise Stale for an If-Match with a tag: what has none matches none (RFC 9110 §13.1.1)."""
    if expected_versions(0) is not None:
        raise Stale


def no_content() -> Response:
    """204, empty."""
    return Response(status=204)
