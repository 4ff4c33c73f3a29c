"""A blueprint of the API: needs a token unless a view says otherwise, and takes nothing unknown."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Request, Response, abort, current_app, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from taskapp.api.authentication import authenticate
from taskapp.api.headers import protect
from taskapp.api.idempotency import begin
from taskapp.core.errors import Invalid

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY = 1024 * 1024
FORM = "application/x-www-form-urlencoded"


def public(view: View) -> View:
    """Say aloud that a view answers without a token."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def open_to_all(view: View) -> View:
    """Say aloud that a view answers without a token, and honours one that is sent."""
    view.honours_token = True  # type: ignore[attr-defined]
    return public(view)


def accepts_up_to(size: int) -> Callable[[View], View]:
    """Say that a view takes bodies of that many bytes, where others take MAX_BODY."""

    def mark(view: View) -> View:
        view.max_body = size  # type: ignore[attr-defined]
        return view

    return mark


class Parser(FlaskParser):
    """webargs, strict: schemas decide about unknown names everywhere, and JSON is JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. 415 when it does not claim to be JSON, 400 when it is not."""
        if getattr(schema, "accepts_form", False) and req.mimetype == FORM:
            return self.load_form(req, schema)
        body = req.get_data()
        if not req.is_json:
            abort(415, "Send the body as application/json.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            abort(400, f"The body is not JSON: {problem}.")


class Blueprint(SmorestBlueprint):
    """Deny by default: authentication hangs on the blueprint, not on each view."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, description=description)
        self.before_request(_guard)
        self.after_request(protect)

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """As flask-smorest's, but with one schema for all requests: to make one takes longer than
        to load a body with it."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **kwargs)


def _guard() -> Response | None:
    view = current_app.view_functions[request.endpoint or ""]
    request.max_content_length = getattr(view, "max_body", MAX_BODY)
    has_token = "Authorization" in request.headers
    if not getattr(view, "is_public", False) or (
        has_token and getattr(view, "honours_token", False)
    ):
        authenticate()
    if request.args and not _takes_query(view):
        # contract §1; views with parameters have a schema that refuses unknown ones
        raise Invalid({name: ["Unknown parameter."] for name in request.args})
    return begin()


def _is_token_read(view: Callable[..., Any]) -> bool:
    if not getattr(view, "is_public", False):
        return True
    return getattr(view, "honours_token", False) and "Authorization" in request.headers


def _takes_query(view: Callable[..., Any]) -> bool:
    arguments = getattr(view, "_apidoc", {}).get("arguments", {})
    return any(parameter["in"] == "query" for parameter in arguments.get("parameters", ()))
