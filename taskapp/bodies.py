"""What a refused request still has to say."""

from contextlib import suppress

from flask import Flask, Response, request

# Larger bodies than any that is taken; who sends more than this loses the connection.
_MOST = 32 * 1024 * 1024
_CHUNK = 64 * 1024


def configure_bodies(app: Flask) -> None:
    """Read each body to its end, even of a request that is refused before anybody reads it."""
    app.after_request(_read_rest)


def _read_rest(response: Response) -> Response:
    """Read on, and forget what comes.

    A client that keeps its connection sends the next request on it once it has the answer. gunicorn
    takes no more than 64 KiB that the application has left unread, and then closes the connection
    although the answer has promised to keep it: that next request would fail.
    """
    # Else the server does not mark the end of a body, and reading past it would wait for ever.
    if response.status_code >= 400 and request.environ.get("wsgi.input_terminated"):
        source, left = request.environ["wsgi.input"], _MOST
        with suppress(Exception):  # the client is gone, or its chunks make no sense
            while left > 0 and (data := source.read(_CHUNK)):
                left -= len(data)
    return response
