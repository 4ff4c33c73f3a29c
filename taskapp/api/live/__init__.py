"""Live events: the WebSocket at `/ws` (contract §3).

A request for a WebSocket comes in by gunicorn like any other. `view.py` looks who it is, and
`takeover.py` takes the connection away from gunicorn, so that no thread waits on it. From then on
it belongs to one event loop, in a thread of its own in every process (`service.py`), which holds
thousands of them: `websocket.py` speaks the protocol, `client.py` is one listener, `hub.py` tells
each what it may hear. What happened comes from the event log (`taskapp.events.reader`).
"""

from flask import Flask

from taskapp.api.live.service import LiveService
from taskapp.api.live.view import connect


def register_live(app: Flask) -> None:
    """Open `/ws`."""
    app.extensions["live"] = LiveService(app)
    app.add_url_rule("/ws", "live", connect, websocket=True)
    app.add_url_rule("/ws", "live", connect)  # whoever does not ask for a WebSocket is told to
