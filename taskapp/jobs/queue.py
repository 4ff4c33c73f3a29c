"""The queue that wakes runners: Huey, on SQLite, or on Redis for several nodes.

It carries numbers of jobs and nothing else. What is to be done stands in the table of jobs, so a
queue that is lost, late or repeats itself does no harm.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from huey import Huey, MemoryHuey, PriorityRedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from redis import RedisError

from taskapp.core.redis import make_client
from taskapp.logs import log

_QUEUE = "taskapp_jobs"
_SCHEMES = {"sqlite", "redis", "rediss", "unix", "memory"}
_WORKERS = 2
_LOOK = 1.0  # seconds at most between two looks into the queue
_GRACE = 30.0  # seconds for the jobs in hand when a runner is told to stop


class Queue:
    """The queue of one application. Nothing is opened until somebody needs it."""

    def __init__(self, app: Flask, run: Callable[[int], Any], tick: Callable[[], Any]) -> None:
        self._app = app
        self._run = run
        self._tick = tick
        self._lock = Lock()

    def wake(self, job_ids: Iterable[int]) -> None:
        """Let runners look at these jobs."""
        with self._lock:  # one of two threads that come first would else make a second one
            task = self._task
        for job_id in job_ids:
            task(job_id)

    def is_long(self) -> bool:
        """Whether the runners have enough to look at for now."""
        return bool(self.huey.pending_count() > 100)

    @cached_property
    def huey(self) -> Huey:
        """Huey, on what JOBS_URL names. Its messages are signed: it would unpickle anything."""
        url = self._app.config["JOBS_URL"]
        common = {
            "name": "taskapp",
            "results": False,
            "serializer": SignedSerializer(self._app.config["SECRET_KEY"], salt="jobs"),
        }
        match urlsplit(url).scheme:
            case "memory":
                return MemoryHuey(**common)
            case "sqlite":
                path = Path(unquote(url.removeprefix("sqlite:///")))
                path.parent.mkdir(parents=True, exist_ok=True)
                return SqliteHuey(filename=str(path), **common)
        pool = make_client(url).connection_pool
        # Not blocking: its patience is shorter than the time that a blocking call would wait.
        return PriorityRedisHuey(connection_pool=pool, blocking=False, **common)

    @cached_property
    def _task(self) -> Any:
        return self.huey.task(name="run")(self._in_context(self._run))

    def consume(self) -> None:
        """Run jobs until SIGTERM, and then those in hand to their end.

        Every runner also ticks once a minute; that only one of them asks for what is due then is
        the database's care (`runner.tick`), so none of them is special.
        """
        logging.getLogger("huey").setLevel(logging.WARNING)  # each job has its own line
        _ = self._task
        self.huey.periodic_task(lambda _at: True, name="tick")(self._in_context(self._tick))
        self.huey.create_consumer(
            workers=_WORKERS,
            max_delay=_LOOK,
            graceful_signal="TERM",
            shutdown_timeout=_GRACE,
        ).run()

    def _in_context(self, function: Callable[..., Any]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            with self._app.app_context():
                function(*args)

        return call


def configure_queue(app: Flask, run: Callable[[int], Any], tick: Callable[[], Any]) -> None:
    """Give the application its queue; raises ValueError when JOBS_URL names none."""
    if urlsplit(app.config["JOBS_URL"]).scheme not in _SCHEMES:
        raise ValueError("JOBS_URL must begin with sqlite:///, redis://, rediss:// or unix://.")
    app.extensions[_QUEUE] = Queue(app, run, tick)


def queue() -> Queue:
    """The queue of this application."""
    found: Queue = current_app.extensions[_QUEUE]
    return found


def wake_runners(job_ids: Iterable[int]) -> None:
    """Let runners look at these jobs at once; if the queue is away they do so within a minute."""
    try:
        queue().wake(job_ids)
    except (sqlite3.Error, RedisError, OSError) as error:
        log.warning("jobs_not_woken", error=type(error).__name__)
