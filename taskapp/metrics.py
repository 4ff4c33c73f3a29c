"""Figures for Prometheus at `/metrics`: how many requests, of which kind, and how long they took.

gunicorn.conf.py gives the workers a folder in which each keeps its figures; they are added up over
all of them. By default only this machine may ask (contract §4).
"""

import os
from ipaddress import ip_address, ip_network
from time import perf_counter

from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

_KINDS = ["method", "route"]
_REQUESTS = Counter("taskapp_requests", "Requests, by how they ended.", [*_KINDS, "status"])
_SECONDS = Histogram("taskapp_request_seconds", "Seconds until the answer.", _KINDS)
_FORWARDED = ("Forwarded", "X-Forwarded-For")


def configure_metrics(app: Flask) -> None:
    """Count every request, and tell at `/metrics`. Raises ValueError for a bad METRICS_FROM."""
    app.extensions["metrics_from"] = [ip_network(word) for word in app.config["METRICS_FROM"]]
    app.before_request(_begin)
    app.after_request(_count)
    app.add_url_rule("/metrics", "metrics", show_metrics)


def show_metrics() -> Response:
    """The figures of all workers; 404 for whoever may not ask."""
    if not _may_ask():
        abort(404)
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_ask() -> bool:
    # Behind a proxy that is not trusted every address is the proxy's own.
    hops = current_app.config["TRUSTED_PROXIES"]
    if not hops and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a Unix socket
        return True
    return any(address in network for network in current_app.extensions["metrics_from"])


def _begin() -> None:
    g.counted_from = perf_counter()


def _count(response: Response) -> Response:
    # What leads nowhere is one kind: a client can make up as many paths and methods as it likes.
    kind = (request.method, request.url_rule.rule) if request.url_rule else ("any", "none")
    _REQUESTS.labels(*kind, response.status_code).inc()
    _SECONDS.labels(*kind).observe(perf_counter() - g.counted_from)
    return response
