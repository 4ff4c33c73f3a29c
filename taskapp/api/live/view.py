"""The door: a handshake (RFC 6455 §4.2) that becomes a socket."""

import ssl
from functools import partial

from flask import Response, current_app, g, request
from websockets.datastructures import Headers
from websockets.http11 import Request as HandshakeRequest
from websockets.server import ServerProtocol

from taskapp.api.live.client import Opening
from taskapp.api.live.credentials import admit_request
from taskapp.api.live.service import LiveService
from taskapp.api.live.takeover import Takeover
from taskapp.core.errors import Unauthorized
from taskapp.errors import problem

_RETRY_SECONDS = "10"


def connect() -> Response:
    """Open a socket, or answer why not.

    Who may not come in is let in and shown out with code 1008, as the contract says: a browser
    tells its page nothing of an HTTP status.
    """
    held = request.environ.get("gunicorn.socket")
    if held is None or isinstance(held, ssl.SSLSocket):
        detail = "Sockets need gunicorn, with TLS ended by a proxy before it."
        return problem(501, "Not Implemented", detail)
    answer = ServerProtocol().accept(
        HandshakeRequest(
            request.full_path,
            Headers(list(request.headers)),
            request.method,
            request.environ["SERVER_PROTOCOL"],
        )
    )
    if answer.status_code != 101:
        response = problem(
            answer.status_code, answer.reason_phrase, answer.body.decode().splitlines()[0]
        )
        for name in {"Allow", "Upgrade"} & answer.headers.keys():
            response.headers[name] = answer.headers[name]
        return response

    service: LiveService = current_app.extensions["live"]
    service.start()
    answer.headers["X-Request-ID"] = g.request_id
    opening = Opening(answer.serialize())
    try:
        opening.admission = admit_request()
    except Unauthorized as refusal:
        opening.refusal = refusal.message
    if not service.has_room(is_known=opening.admission is not None):
        response = problem(503, "Service Unavailable", "Too many sockets are open here.")
        response.headers["Retry-After"] = _RETRY_SECONDS
        return response
    return Takeover(partial(service.adopt, opening=opening))
