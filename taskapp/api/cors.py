"""Scripts of other sites (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

Off unless CORS_ORIGINS names sites. These may then call the API with a token; cookies stay out of
it. Our own lines, because the usual package reads origins and paths as patterns, and we want what
is not named exactly to be refused.
"""

from flask import Response, current_app, request

from taskapp.errors import is_api

_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID"
    ),
    "Access-Control-Max-Age": "600",
}
_EXPOSED = (
    "Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-ID"
)


def answer_preflight() -> Response | None:
    """Tell a browser what a script of an allowed site may send; it asks without a token."""
    preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if preflight and is_api(request.path) and _is_allowed(request.origin):
        return Response(status=204, headers=_ALLOWED)
    return None


def share(response: Response) -> Response:
    """Let a script of an allowed site read the answer."""
    if current_app.config["CORS_ORIGINS"] and is_api(request.path):
        response.vary.add("Origin")  # a cache must not give one site's answer to another
        if _is_allowed(request.origin):
            response.headers["Access-Control-Allow-Origin"] = request.origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response


def _is_allowed(origin: str | None) -> bool:
    return origin in current_app.config["CORS_ORIGINS"]
