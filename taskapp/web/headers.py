"""What browsers are told about every answer."""

from flask import Flask, Response, request

from taskapp.headers import add_missing

# Everything from this site, nothing inline, no frames, and nothing that is not named.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}
_TWO_YEARS = 2 * 365 * 24 * 3600
_SECURE_HEADERS = {**_HEADERS, "Strict-Transport-Security": f"max-age={_TWO_YEARS}"}


def configure_headers(app: Flask) -> None:
    """Send them with every answer; a view that sets one itself has its way."""
    app.after_request(_add_headers)


def forbid_caching(response: Response) -> Response:
    """Keep a page out of every cache: it is about one person, at one moment."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _add_headers(response: Response) -> Response:
    add_missing(response, _SECURE_HEADERS if request.is_secure else _HEADERS)
    return response
