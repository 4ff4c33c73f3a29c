"""Cursors: a position in a list, signed, and good for that list alone.

A cursor holds the values of the last row's sort keys. It is signed together with whose list it is,
its path, filters and sort, so one that was not given out for them is refused (contract §1).
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from marshmallow import ValidationError

from taskapp.api.authentication import current_actor
from taskapp.core.sorting import Position


def write_cursor(position: Position, query: Mapping[str, Any]) -> str:
    """The cursor for a position in the list that `query` describes (its filters and sort)."""
    return _serializer(query).dumps(list(position))


def read_cursor(cursor: str, query: Mapping[str, Any]) -> Position:
    """The position that a cursor stands for. Raises ValidationError."""
    try:
        position: list[str | int | None] = _serializer(query).loads(cursor)
    except BadSignature as problem:
        complaint = "This cursor was not given out for this filter and sort."
        raise ValidationError(complaint, "cursor") from problem
    return position


def _serializer(query: Mapping[str, Any]) -> URLSafeSerializer:
    this_list = [current_actor().id, request.endpoint, request.view_args, query.get("filters")]
    salt = sha256(orjson.dumps([*this_list, query["sort"]], option=orjson.OPT_SORT_KEYS)).digest()
    return URLSafeSerializer(current_app.secret_key or "", b"cursor" + salt)
