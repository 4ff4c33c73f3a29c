"""The documentation at the root: `/openapi.json`, Swagger UI and ReDoc, all served from here.

The two viewers come with Python packages, of which only the built files are used.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import orjson
from flask import Blueprint, Response, current_app, render_template, send_from_directory

from taskapp.api.openapi import complete_document

docs = Blueprint("docs", __name__)

_VIEWERS = {
    "swagger": ("flask_swagger_ui", "dist"),
    "redoc": ("mkdocs_redoc_tag", "redoc/javascripts"),
}
# ReDoc writes style elements as it runs and searches in a worker of its own making.
_REDOC_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@docs.get("/openapi.json")
def get_document() -> Response:
    """The OpenAPI document."""
    response = Response(_document(), mimetype="application/json")
    response.cache_control.no_cache = True
    response.add_etag()
    return response


@docs.get("/docs")
def show_swagger() -> Response:
    """The document in Swagger UI, in which calls can be tried."""
    page = Response(render_template("docs/swagger.html"))
    page.headers["Content-Security-Policy"] = _SWAGGER_POLICY
    return page


@docs.get("/redoc")
def show_redoc() -> Response:
    """The document in ReDoc, for reading."""
    page = Response(render_template("docs/redoc.html"))
    page.headers["Content-Security-Policy"] = _REDOC_POLICY
    return page


@docs.get("/docs/<any(swagger, redoc):viewer>/<path:filename>")
def send_viewer(viewer: str, filename: str) -> Response:
    """A script or style of a viewer."""
    return send_from_directory(_folder(viewer), filename, max_age=24 * 3600)


@lru_cache
def _folder(viewer: str) -> Path:
    package, folder = _VIEWERS[viewer]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {package} is not installed.")
    return Path(spec.submodule_search_locations[0]) / folder


def _document() -> bytes:
    """The document, made when it is first asked for."""
    if "openapi_document" not in current_app.extensions:
        api = current_app.extensions["taskapp_api"]
        document = complete_document(current_app, api)
        current_app.extensions["openapi_document"] = orjson.dumps(document)
    made: bytes = current_app.extensions["openapi_document"]
    return made
