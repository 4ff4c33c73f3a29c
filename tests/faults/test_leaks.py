"""Nothing grows while people come and go: memory, threads, open files, connections."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import psutil
from redis import Redis
from sqlalchemy import NullPool, create_engine, text

from tests.faults.installation import Installation, installation
from tests.faults.visits import Visit
from tests.mail.postbox import Postbox
from tests.people import Crowd

# How long it runs; by default a number of visits. The long run (`make soak`) sets it.
MINUTES = float(os.environ.get("MINUTES", "0"))
WARM, VISITS = 8, 24
VISITORS = 4
KIB = 1024
# What may have grown, of all processes together. One file or thread that each visit leaves behind
# would be more in the shortest run, some KiB of memory in an hour's.
SPARE = {"open files": 16, "threads": 8, "connections": 8, "KiB of memory": 24 * KIB}


def test_nothing_grows_while_people_come_and_go(
    tmp_path: Path, postbox: Postbox, record_property: Callable[[str, object], None]
) -> None:
    files = (tmp_path / "files").as_uri()
    settings = {"MAIL_URL": postbox.url, "STORAGE_URL": files}
    with installation("postgresql", tmp_path, **settings) as place:
        assert Crowd(place.app).alice
        visit(place.node.url, number=WARM, seconds=MINUTES * 60 / 4)
        before = used(place)
        made = visit(place.node.url, number=VISITS, seconds=MINUTES * 60 * 3 / 4)
        after = settled(place, before)
        assert used_up(before, after) == {}
        assert place.runner.process.poll() is None
    record_property("visits", len(made))
    record_property("requests", sum(made))
    for name, figure in after.items():
        record_property(f"more {name}", figure - before[name])


def visit(base: str, *, number: int, seconds: float) -> list[int]:
    """Make so many visits, or as many as there is time for; how many requests each took."""
    end, turns = monotonic() + seconds, count()
    made: list[int] = []

    def come_and_go(_visitor: int) -> None:
        while monotonic() < end if seconds else next(turns) < number:
            made.append(Visit(base, "alice").make())

    with ThreadPoolExecutor(VISITORS) as pool:
        list(pool.map(come_and_go, range(VISITORS)))
    return made


def used(place: Installation) -> dict[str, int]:
    """What the workers, their master and the runner hold, and how many connections are open."""
    node = psutil.Process(place.node.master)
    family = [node, *node.children(recursive=True), psutil.Process(place.runner.process.pid)]
    return {
        "KiB of memory": sum(each.memory_full_info().uss for each in family) // KIB,
        "open files": sum(each.num_fds() for each in family),
        "threads": sum(each.num_threads() for each in family),
        "connections": connections(place),
    }


def connections(place: Installation) -> int:
    """Those of the database and of Redis together."""
    assert place.database is not None
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    engine = create_engine(place.database.url, poolclass=NullPool)
    with engine.connect() as connection, Redis.from_url(place.redis.url) as redis:
        to_redis: int = redis.info("clients")["connected_clients"]
        return int(connection.execute(text(others)).scalar_one()) + to_redis


def used_up(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """By how much more has grown than may."""
    grown = {name: after[name] - before[name] for name in SPARE}
    return {name: more for name, more in grown.items() if more > SPARE[name]}


def settled(place: Installation, before: dict[str, int]) -> dict[str, int]:
    """What is held once the last of the connections has been given back."""
    give_up = monotonic() + 10
    while used_up(before, after := used(place)) and monotonic() < give_up:
        sleep(0.2)
    return after
