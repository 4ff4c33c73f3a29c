"""A blueprint of the API: needs a token unless a view says otherwise, and takes nothing unknown."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Request, Response, abort, current_app, g, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from taskapp.accounts.policies import check_may_register
from taskapp.api.authentication import authenticate
from taskapp.api.headers import protect
from taskapp.api.hidden import refuse_hidden
from taskapp.api.idempotency import begin
from taskapp.api.scopes import check_scope, needed_scope
from taskapp.core.errors import Invalid
from taskapp.marks import View, mark, public

MAX_BODY = 1024 * 1024
FORM = "application/x-www-form-urlencoded"


def open_to_all(view: View) -> View:
    """Say aloud that a view answers without a token, and honours one that is sent."""
    return public(mark(view, "honours_token"))


def registers(view: View) -> View:
    """Say aloud that a view makes accounts: who may not make one hears nothing but that."""
    return mark(view, "registers")


def takes_no_key(view: View) -> View:
    """Say aloud that a POST takes no Idempotency-Key: its answer shows a secret, say, once."""
    return mark(view, "takes_no_key")


class Parser(FlaskParser):
    """webargs, strict: schemas decide about unknown names everywhere, and JSON is JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION)

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The values of a request; 404 before any complaint about them to who may not see it."""
        try:
            return super().parse(*args, **kwargs)
        except HTTPException:
            refuse_hidden()
            raise

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. 415 when it does not claim to be JSON, 400 when it is not."""
        if getattr(schema, "accepts_form", False) and req.mimetype == FORM:
            return self.load_form(req, schema)
        body = req.get_data()
        if len(body) > _max_body():
            abort(413)
        if req.mimetype != "application/json":
            abort(415, "Send the body as application/json.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            abort(400, f"The body is not JSON: {problem}.")


class Blueprint(SmorestBlueprint):
    """Deny by default: authentication hangs on the blueprint, not on each view.

    `area` names the scopes by which access tokens come in; without one they do not.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str, area: str | None = None) -> None:
        super().__init__(name, __name__, description=description)
        self.area = area
        self.before_request(_guard)
        self.after_request(protect)

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """As flask-smorest's, but with one schema for all requests: to make one takes longer than
        to load a body with it."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **kwargs)


def _guard() -> Response | None:
    if request.method == "OPTIONS":  # what methods there are is told to everybody
        return None
    view = current_app.view_functions[request.endpoint or ""]
    # A body of unknown length is read up to the limit, whether or not that was its end: a byte more
    # shows that it was not.
    request.max_content_length = _max_body() + (request.content_length is None)
    has_token = "Authorization" in request.headers
    is_signed_in = not getattr(view, "is_public", False) or (
        has_token and getattr(view, "honours_token", False)
    )
    if is_signed_in:
        authenticate()
        check_scope(g.actor, needed_scope(current_app, request.endpoint or "", request.method))
    if getattr(view, "registers", False):
        check_may_register(g.actor if is_signed_in else None)
    if request.args and not _takes_query(view):
        # contract §1; views with parameters have a schema that refuses unknown ones
        refuse_hidden()
        raise Invalid({name: ["Unknown parameter."] for name in request.args})
    return begin()


def _max_body() -> int:
    size: int = getattr(current_app.view_functions[request.endpoint or ""], "max_body", MAX_BODY)
    return size


def _takes_query(view: Callable[..., Any]) -> bool:
    arguments = getattr(view, "_apidoc", {}).get("arguments", {})
    return any(parameter["in"] == "query" for parameter in arguments.get("parameters", ()))
