"""The log: one line an event, to standard output and to a rotating file.

Every line carries the request id (contract §1); every request that may change something leaves one
line with its operation, user, outcome and time. A thread of each process writes them: a request
waits neither for the disk nor for the lock of the file. (Who is killed takes the last lines along.)
"""

import logging
import re
import sys
import time
from logging.handlers import QueueHandler, QueueListener
from os import getpid
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import structlog
from concurrent_log_handler import ConcurrentRotatingFileHandler
from flask import Flask, Response, g, request

_REQUEST_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")
_FILE_BYTES, _FILES = 10 * 1024 * 1024, 5
_QUIET = frozenset({"GET", "HEAD", "OPTIONS"})

log = structlog.get_logger("taskapp")


def configure_logs(app: Flask) -> None:
    """Send the log where the settings say, and begin each request with its id."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if app.config["LOG_FILE"]:
        # Several worker processes write and rotate the same file: this handler locks it.
        handlers.append(
            ConcurrentRotatingFileHandler(
                app.config["LOG_FILE"], maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8"
            )
        )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = app.config["LOG_FORMAT"] == "json"
    renderer = structlog.processors.JSONRenderer() if as_json else _console()
    handler = _WrittenByAThread(handlers)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, _WrittenByAThread):
            root.removeHandler(old)
            old.close()
    root.addHandler(handler)
    root.setLevel(app.config["LOG_LEVEL"])
    logging.getLogger("alembic").setLevel(logging.WARNING)  # a line for each step is too much
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # below, it tells URLs with their keys
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_end)


class _WrittenByAThread(QueueHandler):
    """Makes the line of a record at once, and leaves it to a thread to have it written.

    The thread starts with the first line, in each process anew: none survives a fork.
    """

    def __init__(self, handlers: list[logging.Handler]) -> None:
        super().__init__(SimpleQueue())
        self._handlers = handlers
        self._writer: QueueListener | None = None
        self._writers_process = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Pass on a record whose line is made; logging holds this handler's lock."""
        if self._writer is None or self._writers_process != getpid():
            self.queue = SimpleQueue()  # what is in another process's queue, that one will write
            self._writer = QueueListener(self.queue, *self._handlers)
            self._writers_process = getpid()
            self._writer.start()
        self.queue.put_nowait(record)

    def flush(self) -> None:
        """Wait until every line so far is written."""
        self.acquire()
        try:
            if self._writer is not None and self._writers_process == getpid():
                self._writer.stop()
            self._writer = None
        finally:
            self.release()

    def close(self) -> None:
        """Write what is left, and close; logging does it when the process ends."""
        self.flush()
        for handler in self._handlers:
            handler.close()
        super().close()


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    if request.method not in _QUIET:
        if actor := g.get("actor"):
            structlog.contextvars.bind_contextvars(user=actor.username)
        log.info(
            "operation",
            operation=request.endpoint or "unknown",
            method=request.method,
            path=request.path,
            status=response.status_code,
            outcome="ok" if response.status_code < 400 else "refused",
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
    return response
