"""Idempotency-Key: a POST that is sent again has its effect once (contract §1)."""

import hmac
import re
from functools import partial
from hashlib import sha256
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO

import orjson
from flask import Response, after_this_request, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from taskapp.core.errors import Invalid
from taskapp.idempotency import services
from taskapp.idempotency.services import Answer, Claim
from taskapp.logs import log

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")
# A refusal repeats what was wrong with the body; nobody shall fill the database with that.
_LARGEST_REFUSAL = 64 * 1024
_IN_MEMORY = 256 * 1024


def begin() -> Response | None:
    """Claim the key of this request if it carries one; or give the first answer again.

    Raises Invalid for a malformed key and for another body, Conflict while the first is running.
    """
    view = current_app.view_functions[request.endpoint or ""]
    if request.method != "POST" or "actor" not in g or getattr(view, "takes_no_key", False):
        return None
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid({"Idempotency-Key": ["Use 1 to 255 printable ASCII characters."]})
    taken = services.claim(g.actor, _identity(key), _fingerprint())
    if isinstance(taken, Claim):
        g.claim = taken
        return None
    replay = Response(taken.body, taken.status, taken.headers)
    replay.headers["Idempotency-Replayed"] = "true"
    return replay


def keep_answer(response: Response) -> None:
    """Write the answer into the transaction that is about to be committed."""
    if "claim" in g:
        services.keep(g.claim, _answer(response))


def keep_refusal(response: Response) -> Response:
    """After a request that changed nothing: write the answer down, unless another try may help."""
    if "claim" not in g or response.status_code < 400:
        return response
    answer = _answer(response)
    passing = answer.status >= 500 or answer.status == 401 or "Retry-After" in response.headers
    try:
        if not passing and len(answer.body) <= _LARGEST_REFUSAL:
            services.keep_refusal(g.claim, answer)
        else:
            services.release(g.claim)
    except SQLAlchemyError as error:  # the claim will be taken for abandoned
        log.warning("idempotency_key_left", error=type(error).__name__)
    return response


def _answer(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, response.get_data())


def _identity(key: str) -> str:
    """A digest of the user, the path and the key. The view stands for all the paths that lead to
    it: with a trailing slash, and by an alias."""
    view = current_app.view_functions[request.endpoint or ""]
    path = f"{view.__module__}.{view.__qualname__}"
    arguments = sorted((request.view_args or {}).items())
    return sha256(orjson.dumps([g.actor.id, path, arguments, key])).hexdigest()


def _fingerprint() -> str:
    """A digest of the body, which tells nobody what is in it: a password could be.

    A large body is kept on the disk, not in memory, until the view has read it. The lines between
    the parts of a multipart body do not count, because each try makes up others.
    """
    body = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (the view is yet to read it)
    after_this_request(partial(_close, body))
    copyfileobj(request.stream, body)
    body.seek(0)
    digest = hmac.new(current_app.config["SECRET_KEY"].encode(), digestmod=sha256)
    boundary = f"--{request.mimetype_params.get('boundary', '')}".encode()
    is_multipart = request.mimetype == "multipart/form-data"
    while piece := body.readline(_IN_MEMORY):
        if not (is_multipart and piece.startswith(boundary)):
            digest.update(piece)
    body.seek(0)
    request.stream = body
    return digest.hexdigest()


def _close(body: IO[bytes], response: Response) -> Response:
    body.close()
    return response
