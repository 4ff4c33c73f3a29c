"""The page face."""

from flask import Flask


def register_web(app: Flask) -> None:
    """Attach the pages."""
