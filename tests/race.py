"""Several requests at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def race(*runners: Callable[[], T]) -> Sequence[T]:
    """Start all of them together, each in a thread, and return what each gave."""
    start = Barrier(len(runners))

    def run(runner: Callable[[], T]) -> T:
        start.wait(20)
        return runner()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))
