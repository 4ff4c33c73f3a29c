"""The thread that follows the log: one for each process, however many listen."""

import threading
import time
from collections.abc import Callable

from flask import Flask
from prometheus_client import Gauge

from taskapp.core.redis import redis_client
from taskapp.events.feed import News, last_event_id, read_news
from taskapp.events.wakeup import wakeup_for
from taskapp.extensions import db
from taskapp.logs import log

ROUND = 0.5  # seconds at most between two rounds, woken or not
_BATCH = 200  # events
_REST = 1.0  # seconds after a failure

_LAG = Gauge(
    "taskapp_events_lag",
    "Events not yet read by the last of the readers.",
    multiprocess_mode="livemax",
)


class Reader:
    """Reads what follows number `last` and hands it on to `deliver`, in order, each event once.

    Every half second, and always before it hands on what came after such a while, it calls `check`,
    so that whoever may not listen any more is gone by then. When the log has become shorter (an
    older copy of the database was put in its place) it calls `rewind` with the new last number.
    All of them are called in this thread.
    """

    def __init__(
        self,
        app: Flask,
        last: int,
        *,
        check: Callable[[], None],
        deliver: Callable[[list[News]], None],
        rewind: Callable[[int], None],
    ) -> None:
        self._app = app
        self._last = last
        self._check = check
        self._deliver = deliver
        self._rewind = rewind
        self._checked_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-reader", daemon=True)

    def start(self) -> None:
        """Begin to follow the log."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, which takes half a second or so; wait for it no longer than `seconds`."""
        self._stopping.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._app.app_context():
            wakeup = wakeup_for(db.engine, redis_client())
            is_failing = False
            while not self._stopping.is_set():
                try:
                    wakeup.wait(max(0.0, self._checked_at + ROUND - time.monotonic()))
                    self._go_on()
                    is_failing = False
                except Exception:  # noqa: BLE001  (whatever it is, the database above all, it passes)
                    if not is_failing:
                        log.warning("event_reader_interrupted", exc_info=True)
                    is_failing = True
                    wakeup.close()
                    self._stopping.wait(_REST)
            wakeup.close()

    def _go_on(self) -> None:
        """Check what is to be checked now and then, and hand on all there is."""
        if self._stopping.is_set():
            return
        if time.monotonic() >= self._checked_at + ROUND:
            self._check()
            if (last := last_event_id()) < self._last:
                self._last = last
                self._rewind(last)
            _LAG.set(last - self._last)
            self._checked_at = time.monotonic()
        while news := read_news(self._last, limit=_BATCH):
            self._deliver(news)
            self._last = news[-1].id
            if len(news) < _BATCH or time.monotonic() >= self._checked_at + ROUND:
                return
