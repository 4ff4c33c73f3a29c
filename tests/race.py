"""Several requests at the same moment, round after round."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")

# Of each race; the long run (`make soak`) sets it.
ROUNDS = int(os.environ.get("ROUNDS", "0"))


def rounds(short: int) -> range:
    """So many rounds, or as many as ROUNDS in the environment says."""
    return range(ROUNDS or short)


def race(*runners: Callable[[], T]) -> Sequence[T]:
    """Start all of them together, each in a thread, and return what each gave."""
    start = Barrier(len(runners))

    def run(runner: Callable[[], T]) -> T:
        start.wait(20)
        return runner()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))
