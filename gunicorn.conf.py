"""How gunicorn serves Taskapp, on a laptop and in a deployment alike."""

from os import environ
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import gunicorn

bind = f"{environ.get('HOST') or '127.0.0.1'}:{environ.get('PORT') or 8000}"

workers = int(environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 8

# A request may take this many seconds; so may those in hand when a worker is told to stop.
timeout = 60
graceful_timeout = 30

# The heartbeat of a worker is a file: on a slow disk it would look like a worker that hangs.
_memory = "/dev/shm"  # noqa: S108  (gunicorn makes a file of its own there, by mkstemp)
worker_tmp_dir = _memory if Path(_memory).is_dir() else None

# The application logs each operation itself, with its user and outcome.
accesslog = None

# TRUSTED_PROXIES alone decides which X-Forwarded-* headers count; gunicorn believes none.
forwarded_allow_ips = ""

# By default every gunicorn of a user would take over one and the same socket.
control_socket_disable = True

# The Server header names what is served, and not the program whose weaknesses are known.
gunicorn.SERVER = "Taskapp"

# Where each worker keeps its figures for /metrics; runners of jobs that are given the same folder
# keep theirs there too. The client looks for it when it is imported, so it is set before that.
_given = environ.get("PROMETHEUS_MULTIPROC_DIR")
_figures = environ["PROMETHEUS_MULTIPROC_DIR"] = _given or mkdtemp(prefix="taskapp-metrics-")


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what a worker that is gone had open."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  (see above)

    mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    if not _given:
        rmtree(_figures, ignore_errors=True)
