"""What browsers and caches are told about an answer of the API."""

from flask import Response


def protect(response: Response) -> Response:
    """Keep it out of caches and frames; a view that sets one of these itself has its way."""
    # What has an ETag may be kept by its reader, who asks each time whether it is still good.
    caching = "private, no-cache" if "ETag" in response.headers else "no-store"
    response.headers.setdefault("Cache-Control", caching)
    response.headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
