"""The OpenAPI document (3.1): what flask-smorest reads off the views, and what all calls share.

A view declares its own parameters, body and success. What follows from the contract's conventions
for every view of a kind (tokens, errors, conditional requests, safe retry) is added here.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask
from flask_smorest import Api

from taskapp.api.blueprint import FORM
from taskapp.api.schemas.fields import InputSchema
from taskapp.api.scopes import ANY, SIGN_IN, needed_scope
from taskapp.errors import API_BASE

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch")
_PROBLEM = "application/problem+json"
_IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/Idempotency-Key"}
_CONVERTER = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")

SECURITY_SCHEMES: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access_token of POST /auth/login, or a personal access token.",
    },
    "login": {
        "type": "oauth2",
        "description": "Sign in with a name or an address and a password.",
        "flows": {"password": {"tokenUrl": f"{API_BASE}/auth/login", "scopes": {}}},
    },
}

PARAMETERS: Json = {
    "If-Match": {
        "description": "Change the object only if this is its ETag (RFC 9110).",
        "example": '"41-3"',
    },
    "If-None-Match": {
        "description": "Answer 304 if this is the object's ETag (RFC 9110).",
        "example": '"41-3"',
    },
    "Idempotency-Key": {
        "description": "Up to 255 printable ASCII characters. The same key, path and body within "
        "24 hours give the first answer again, and create nothing.",
        "example": "7f1c9b0e-create-report",
    },
    "X-Request-ID": {
        "description": "Given back, and written to the log.",
        "example": "trace-1",
    },
}

ERRORS: dict[int, str] = {
    400: "The body is not JSON.",
    401: "No valid token, or a wrong name or password.",
    403: "You can see it, but may not do this.",
    404: "It does not exist, or you may not know that it does.",
    409: "The name or address is taken, or a request with this key is still running.",
    412: "It was changed since the ETag was read.",
    413: "The body is too large, or the files of a user would take more than they may.",
    415: "The body has the wrong media type.",
    416: "The range begins past the end of the file.",
    422: "Well-formed but invalid; `errors` names each field.",
    429: "Too many requests; Retry-After says when to come back.",
    500: "Something went wrong here; the log has it under the request id.",
    503: "The database cannot be reached; Retry-After says when to come back.",
    507: "There is no room left to store this.",
}

PROBLEM: Json = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "What a program can mend, if it can."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {"type": "string"},
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "title: Missing data for required field.",
            "errors": {"title": ["Missing data for required field."]},
            "request_id": "3a864f7f482e436595cd0210a8993be3",
        }
    ],
}


def complete_document(app: Flask, api: Api) -> Json:
    """The whole document, valid OpenAPI 3.1."""
    document: Json = api.spec.to_dict()
    document["info"]["description"] = "Tasks for people and programs."
    document["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    document["servers"] = [{"url": "/"}]
    components = document["components"]
    components["securitySchemes"] = SECURITY_SCHEMES
    components["responses"] = {str(status): _problem(status) for status in ERRORS}
    components["parameters"] = {
        name: {"name": name, "in": "header", "schema": {"type": "string"}, **rest}
        for name, rest in PARAMETERS.items()
    }
    components.pop("headers", None)
    forms = _finish_schemas(api, components["schemas"])
    components["schemas"]["Problem"] = PROBLEM
    endpoints = dict(_endpoints(app))
    for path, method, operation in _operations(document):
        endpoint = endpoints[path, method]
        view = app.view_functions[endpoint]
        operation["operationId"] = view.__name__
        is_public = getattr(view, "is_public", False)
        _complete_operation(path, method, operation, is_public=is_public)
        if not is_public:
            _add_scope(operation, needed_scope(app, endpoint, method.upper()))
        if method == "post" and not (is_public or getattr(view, "takes_no_key", False)):
            operation["parameters"].append(_IDEMPOTENCY_KEY)
        if getattr(view, "honours_token", False):
            _allow_token(operation)
        _add_form(operation, forms)
    return document


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _complete_operation(path: str, method: str, operation: Json, *, is_public: bool) -> None:
    operation["security"] = [] if is_public else [{"token": []}, {"login": []}]
    one_object = path.endswith(("}", "/me", "/preferences"))
    headers = ["X-Request-ID"]
    if method == "get" and one_object:
        headers.append("If-None-Match")
        operation["responses"]["304"] = {"description": "You have this version already."}
    if method in {"put", "patch", "delete"}:
        headers.append("If-Match")
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in headers
    )
    operation["responses"].pop("default", None)
    for status in sorted(_errors_of(path, method, operation, is_public=is_public)):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}


def _add_scope(operation: Json, scope: str) -> None:
    told = {
        ANY: "Any personal access token may call this.",
        SIGN_IN: "No personal access token may call this.",
    }.get(scope, f"A personal access token needs the scope `{scope}`.")
    description = operation.get("description")
    operation["description"] = f"{description}\n\n{told}" if description else told


def _allow_token(operation: Json) -> None:
    operation["security"] = [{}, {"token": []}, {"login": []}]
    operation["parameters"].append(_IDEMPOTENCY_KEY)
    for status in ("401", "403"):
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}


def _errors_of(path: str, method: str, operation: Json, *, is_public: bool) -> set[int]:
    """Every call may be too frequent, carry an unknown parameter, or meet a failure here."""
    errors = {422, 429, 500, 503}
    if not is_public:
        errors |= {401, 403}
    if "{" in path:
        errors |= {404}
    if "requestBody" in operation:
        errors |= {400, 413, 415}
    if method != "get":
        errors |= {409}
    if method in {"put", "patch", "delete"}:
        errors |= {412}
    errors |= set(map(int, operation.pop("x-errors", ())))
    return errors


def _problem(status: int) -> Json:
    problem: Json = {
        "description": ERRORS[status],
        "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        problem["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
        }
    if status == HTTPStatus.UNAUTHORIZED:
        problem["headers"] = {
            "WWW-Authenticate": {"description": "Bearer (RFC 6750).", "schema": {"type": "string"}}
        }
    return problem


def _finish_schemas(api: Api, schemas: Json) -> set[str]:
    """Give each component its schema's example; return those that a form may be sent for."""
    forms = set()
    for (schema, *_modifiers), name in api.ma_plugin.converter.refs.items():
        if not issubclass(schema, InputSchema):
            del schemas[name]  # flask-smorest's own idea of an error
            continue
        if schema.example:
            schemas[name]["examples"] = [schema.example]
        if schema.accepts_form:
            forms.add(f"#/components/schemas/{name}")
    return forms


def _add_form(operation: Json, forms: set[str]) -> None:
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json")
    if body and body["schema"].get("$ref") in forms:
        content[FORM] = body


def _endpoints(app: Flask) -> Iterator[tuple[tuple[str, str], str]]:
    """The endpoint behind each path and method of the document."""
    for rule in app.url_map.iter_rules():
        path = _CONVERTER.sub(r"{\1}", rule.rule)
        for method in rule.methods or ():
            yield (path, method.lower()), rule.endpoint
