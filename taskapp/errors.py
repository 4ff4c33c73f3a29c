"""The one place that turns errors into answers.

Under the API's base path they are `application/problem+json` (RFC 9457), elsewhere pages. The path
decides, because a blueprint's own handlers never see a URL that matched no route.
"""

from errno import EDQUOT, ENOSPC
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadHost, HTTPException

from taskapp.core import errors
from taskapp.core.database import connection_errors, is_deadlock, is_full
from taskapp.logs import log

API_BASE = "/api/v1"

_STATUSES: dict[type[errors.DomainError], int] = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Unauthorized: 401,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.Unavailable: 503,
}
# Python 3.13 renamed 413 and 422; the contract has the names of RFC 9110.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
_RETRY_SECONDS, _AT_ONCE = "5", "1"


def status_of(error: errors.DomainError) -> int:
    """The status by which both faces answer a refusal (contract §1)."""
    return _STATUSES[type(error)]


def register_error_handlers(app: Flask) -> None:
    """Answer every error of every kind."""
    app.register_error_handler(errors.DomainError, _domain_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(IntegrityError, _clash)
    app.register_error_handler(StaleDataError, _clash)
    for unreachable in connection_errors(app):
        app.register_error_handler(unreachable, _unreachable)
    app.register_error_handler(OSError, _os_error)
    app.register_error_handler(Exception, _unexpected)


def http_error(error: HTTPException) -> Response:
    """The answer to an HTTP error: of routing, of parsing, or raised by a library."""
    if error.response is not None:  # a redirect, or an answer made elsewhere
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    if messages:
        fields = _flatten(messages)
        return answer(status, _first(fields), fields)
    response = answer(status, error.description or "")
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def answer(
    status: int,
    detail: str,
    fields: dict[str, list[str]] | None = None,
    code: str | None = None,
) -> Response:
    """An error with a sentence and, for bad values, the complaints of each field."""
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    # Without a host there are no links, and so no pages.
    if is_api(request.path) or isinstance(request.routing_exception, BadHost):
        return problem(status, title, detail, fields, code)
    page = render_template("error.html", status=status, title=title, detail=detail)
    return Response(page, status, mimetype="text/html")


def problem(
    status: int,
    title: str,
    detail: str,
    fields: dict[str, list[str]] | None = None,
    code: str | None = None,
) -> Response:
    """`application/problem+json`, as contract §1 shows it; `code` names what a program can mend."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body["detail"] = detail
    if fields:
        body["errors"] = fields
    if code:
        body["code"] = code
    body["request_id"] = g.get("request_id")
    response = Response(orjson.dumps(body), status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="taskapp"'
    return response


def is_api(path: str) -> bool:
    """Whether a path belongs to the API."""
    return path == API_BASE or path.startswith(API_BASE + "/")


def _domain_error(error: errors.DomainError) -> Response:
    fields = None
    if isinstance(error, errors.Invalid):
        fields = error.errors
    elif isinstance(error, errors.Conflict) and error.field:
        fields = {error.field: [error.message]}
    code = error.code if isinstance(error, errors.Unauthorized) else None
    response = answer(status_of(error), error.message, fields, code)
    if response.status_code == 503:
        response.headers["Retry-After"] = _RETRY_SECONDS
    return response


def _clash(error: Exception) -> Response:
    """Two requests that changed related things at once: a constraint that no service expected, or
    a deadlock, of which the database lets one go on."""
    # Only the first line: on PostgreSQL the next one tells what stands in the row.
    detail = str(error.__cause__ or error).partition("\n")[0]
    log.warning("clash", error=type(error).__name__, detail=detail)
    response = answer(409, "Somebody changed this at the same moment. Try again.")
    response.headers["Retry-After"] = _AT_ONCE
    return response


def _unreachable(error: Exception) -> Response:
    if is_deadlock(error):
        return _clash(error)
    if is_full(error):
        return _disk_full(error)
    log.error("database_unreachable", error=type(error).__name__, detail=str(error.__cause__ or ""))
    response = answer(503, "The database cannot be reached. Try again in a moment.")
    response.headers["Retry-After"] = _RETRY_SECONDS
    return response


def _os_error(error: OSError) -> Response:
    if error.errno not in {ENOSPC, EDQUOT}:
        return _unexpected(error)
    return _disk_full(error)


def _disk_full(error: Exception) -> Response:
    log.error("disk_full", error=str(error.__cause__ or error))
    return answer(507, "There is no room left to store this.")


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return answer(500, "Something went wrong on our side. It has been written to the log.")


def _flatten(messages: dict[str, Any]) -> dict[str, list[str]]:
    """{"json": {"title": ["…"]}} as webargs gives it, without the location and any nesting."""
    fields: dict[str, list[str]] = {}
    for by_field in messages.values():
        by_name = by_field if isinstance(by_field, dict) else {"body": by_field}
        for name, complaints in by_name.items():
            field = "body" if name == "_schema" else str(name)
            fields.setdefault(field, []).extend(_sentences(complaints))
    return fields


def _sentences(complaints: Any) -> list[str]:
    if isinstance(complaints, dict):
        return [sentence for inner in complaints.values() for sentence in _sentences(inner)]
    return [str(complaint) for complaint in complaints]


def _first(fields: dict[str, list[str]]) -> str:
    name, complaints = next(iter(fields.items()))
    return f"{name}: {complaints[0]}"
