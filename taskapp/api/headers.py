"""What browsers and caches are told about an answer of the API."""

from flask import Response

from taskapp.headers import add_missing


def protect(response: Response) -> Response:
    """Keep it out of caches and frames; a view that sets one of these itself has its way."""
    # What has an ETag may be kept by its reader, who asks each time whether it is still good.
    caching = "private, no-cache" if "ETag" in response.headers else "no-store"
    policy = "default-src 'none'; frame-ancestors 'none'"
    add_missing(response, {"Cache-Control": caching, "Content-Security-Policy": policy})
    return response
