"""flask-smorest, set up for this API and its OpenAPI document."""

from typing import Any, cast

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response
from flask_smorest import Api as SmorestApi
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from taskapp import __version__, errors


class Api(SmorestApi):
    """flask-smorest answers every HTTPException of the application as JSON; we decide by path."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        return errors.http_error(error)


def marshmallow_plugin() -> MarshmallowPlugin:
    """Names the schemas of the document: `Task`, and `TaskPatch` where every field is optional."""
    return MarshmallowPlugin(schema_name_resolver=_schema_name)


def _schema_name(schema: Any) -> str:
    name = cast(type[Schema], resolve_schema_cls(schema)).__name__.removesuffix("Schema")
    return f"{name}Patch" if getattr(schema, "partial", False) else name


def configure_spec(app: Flask) -> None:
    """The settings of flask-smorest."""
    settings: dict[str, Any] = {
        "API_TITLE": "Taskapp",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.1",
    }
    app.config |= settings
