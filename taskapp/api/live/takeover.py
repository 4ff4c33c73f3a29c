"""Taking a connection away from gunicorn."""

import os
import socket
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Response


class Takeover(Response):
    """An answer that sends nothing: it gives the connection to `adopt`, and gunicorn forgets it."""

    def __init__(self, adopt: Callable[[socket.socket], None]) -> None:
        super().__init__(status=101)
        self._adopt = adopt

    def __call__(self, environ: dict[str, Any], start_response: Any) -> NoReturn:
        self._adopt(take_over(environ["gunicorn.socket"]))
        # gunicorn's thread workers end a connection at this without writing to it.
        raise StopIteration


def take_over(held: socket.socket) -> socket.socket:
    """Return the connection of `held`, which is left with a socket that leads nowhere.

    A mere duplicate would not do: at its end gunicorn shuts the connection down, and makes it
    blocking, which are matters of the connection and not of one descriptor.
    """
    ours = held.dup()
    with socket.socket() as nowhere:
        os.dup2(nowhere.fileno(), held.fileno(), inheritable=False)
    ours.setblocking(False)
    return ours
