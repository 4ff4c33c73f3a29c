"""Styles, scripts and fonts: their URLs name their content, so browsers keep them for a year.

The folder's fingerprint is a part of the path, `/static/3f2a…/css/base.css`, not of the query:
so what a stylesheet or a module names relatively (`fonts/…`, `./dom.js`) is fingerprinted as well.
"""

import hashlib
import re
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Response, current_app, send_from_directory

from taskapp.extensions import bootstrap

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_YEAR = 365 * 24 * 3600
_NOT_ASKED_FOR = ("bootswatch", "*.map")  # other themes, and what debuggers want: most of the bytes


def configure_assets(app: Flask) -> None:
    """Serve our files, and those that come with Bootstrap-Flask, under fingerprinted URLs."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    bootstrap.init_app(app)
    folders = _folders(app)
    for endpoint, folder in folders.items():
        app.view_functions[endpoint] = _sender(folder)

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint in folders:
            values["filename"] = f"{fingerprint(folders[endpoint])}/{values['filename']}"


def collect_assets(target: Path) -> None:
    """Copy every file below `target` to the path that its URL has, for a proxy to send it.

    What is there stays: while a new version is rolled out, both versions' files are asked for.
    """
    for endpoint, folder in _folders(current_app).items():
        there = target.joinpath(*endpoint.split("."), fingerprint(folder))
        if not there.exists():
            # Whole or not at all, whoever looks meanwhile.
            partly = there.with_name(f"{there.name}.{uuid4().hex}")
            shutil.copytree(folder, partly, ignore=shutil.ignore_patterns(*_NOT_ASKED_FOR))
            partly.rename(there)


def _folders(app: Flask) -> dict[str, Path]:
    """The folder of each endpoint; the endpoint's words are the parts of its path."""
    return {
        "static": Path(app.static_folder or ""),
        "bootstrap.static": Path(app.blueprints["bootstrap"].static_folder or ""),
    }


@lru_cache
def fingerprint(folder: Path) -> str:
    """A hash of all that the folder holds."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _sender(folder: Path) -> Any:
    def send_asset(filename: str) -> Response:
        mark, _, rest = filename.partition("/")
        if not _FINGERPRINT.fullmatch(mark):
            return send_from_directory(folder, filename)
        response = send_from_directory(folder, rest)
        # While a new version is rolled out, a page of one node may name the files of another.
        if mark == fingerprint(folder):
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = _YEAR
            response.cache_control.immutable = True
        return response

    return send_asset
