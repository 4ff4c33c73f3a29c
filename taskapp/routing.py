"""URLs: what an id looks like, and paths that answer with and without a trailing slash."""

from flask import Flask
from werkzeug.routing import BaseConverter

from taskapp.core.types import LARGEST_ID


class IdConverter(BaseConverter):
    """A whole number of at most 64 bits; whatever else stands there is an unknown path."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        # No row has the largest id, so what is larger still can be looked for under it: not found.
        return min(int(value), LARGEST_ID)

    def to_url(self, value: int) -> str:
        return str(int(value))  # nothing to quote, which werkzeug would see to each time


def configure_routing(app: Flask) -> None:
    """Add `<id:…>`, and answer `/tasks` and `/tasks/` alike, neither redirecting (contract §1)."""
    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False  # an alias answers itself
