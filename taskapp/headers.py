"""Headers of an answer."""

from collections.abc import Mapping

from flask import Response


def add_missing(response: Response, headers: Mapping[str, str]) -> None:
    """Add those of the headers that the answer does not have: who made it has had its way."""
    present = {name.lower() for name, _ in response.headers}
    response.headers.extend(
        [(name, value) for name, value in headers.items() if name.lower() not in present]
    )
