"""Headers of requests and answers."""

from collections.abc import Mapping

from flask import Flask, Response, request
from werkzeug.http import parse_date

_DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE")


def configure_headers(app: Flask) -> None:
    """Read no date out of a header that holds none."""
    app.before_request(_forget_impossible_dates)


def _forget_impossible_dates() -> None:
    """Put a word that is no date in the place of one with too large a number.

    Werkzeug ignores what is no date (RFC 9110 §13.1.3), but at such a number raises OverflowError.
    """
    for name in _DATES:
        try:
            parse_date(request.environ.get(name))
        except OverflowError:
            request.environ[name] = "never"


def add_missing(response: Response, headers: Mapping[str, str]) -> None:
    """Add those of the headers that the answer does not have: who made it has had its way."""
    present = {name.lower() for name, _ in response.headers}
    response.headers.extend(
        [(name, value) for name, value in headers.items() if name.lower() not in present]
    )
