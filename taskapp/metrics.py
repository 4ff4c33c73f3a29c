"""Figures for Prometheus at `/metrics`: requests, jobs, calls for weather, sockets, what waits.

gunicorn.conf.py gives the workers a folder in which each keeps its figures; they are added up over
all of them, and over the runners of jobs that are given the same folder. What lies in the database
is looked up there. By default only this machine may ask (contract §4).
"""

import os
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from time import perf_counter

from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy.exc import SQLAlchemyError

from taskapp.jobs.runner import count_due

_KINDS = ["method", "route"]
_REQUESTS = Counter("taskapp_requests", "Requests, by how they ended.", [*_KINDS, "status"])
_SECONDS = Histogram("taskapp_request_seconds", "Seconds until the answer.", _KINDS)
_WAITING = CollectorRegistry()
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
    figures = generate_latest(registry) + generate_latest(_WAITING)
    return Response(figures, content_type=CONTENT_TYPE_LATEST)


class _WaitingJobs(Collector):
    """The jobs that are due. When no runner is left, the oldest grows older."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            number, seconds = count_due()
        except SQLAlchemyError:  # without the database, the other figures are wanted the more
            return
        yield GaugeMetricFamily("taskapp_jobs_due", "Jobs that wait for a runner.", number)
        yield GaugeMetricFamily(
            "taskapp_jobs_due_seconds", "For how long the oldest of them has been due.", seconds
        )


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


_WAITING.register(_WaitingJobs())


def _begin() -> None:
    g.counted_from = perf_counter()


def _count(response: Response) -> Response:
    # What leads nowhere is one kind: a client can make up as many paths and methods as it likes.
    kind = (request.method, request.url_rule.rule) if request.url_rule else ("any", "none")
    _REQUESTS.labels(*kind, response.status_code).inc()
    _SECONDS.labels(*kind).observe(perf_counter() - g.counted_from)
    return response
