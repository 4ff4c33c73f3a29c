"""The data that is measured on: users with tasks, the same ones in every database, by COPY."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from random import Random
from typing import Any

import bcrypt
import psycopg
from sqlalchemy import make_url
from sqlalchemy.engine.default import DefaultDialect

from bench.peer.tables import Base
from taskapp.extensions import db
from taskapp.records.models import TaskRecord
from taskapp.tasks.models import STATUSES, Task, derived_columns

PASSWORD = "correct horse battery"  # noqa: S105  (of people who live in the benchmark alone)
YEARS = timedelta(days=730)
VERBS = ("Prepare", "Review", "Send", "Plan", "Mend", "Order", "Translate", "Call about")
THINGS = ("the report", "the budget", "an offer", "the garden", "the server", "a contract")
# How often a status occurs, and the word that a search looks for: in one task of so many, which is
# a prime number so that everybody has some.
WEIGHTS = (50, 20, 30)
RARE, ONE_IN = "zeppelin", 997

Row = dict[str, Any]


@cache
def _password_hash() -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()


def users(number: int) -> Iterator[Row]:
    """That many users, of whom the last is an admin."""
    at = datetime.now(UTC)
    for i in range(1, number + 1):
        name = f"user{i}"
        yield {
            "id": i,
            "username": name,
            "username_key": name,
            "email": f"{name}@example.com",
            "email_key": f"{name}@example.com",
            "password_hash": _password_hash(),
            "role": "admin" if i == number else "user",
            "is_active": True,
            "is_verified": True,
            "timezone": "UTC",
            "version": 1,
            "created_at": at,
            "updated_at": at,
        }


def tasks(owners: Iterable[int], first: int = 1) -> Iterator[Row]:
    """A task for each of `owners`, made at even distances during the last two years."""
    chance, end = Random(7), datetime.now(UTC).replace(microsecond=0)
    owners = list(owners)
    for i, owner in enumerate(owners, start=first):
        created_at = end - YEARS + YEARS * (i - first) / len(owners)
        status = chance.choices(STATUSES, WEIGHTS)[0]
        title = f"{chance.choice(VERBS)} {chance.choice(THINGS)} {i}"
        words = [chance.choice(_DICTIONARY) for _ in range(20)]
        if i % ONE_IN == 0:
            words.append(RARE)
        done_at = min(end, created_at + timedelta(hours=chance.randrange(1, 300)))
        texts = {"title": title, "description": " ".join(words)}
        yield {
            "id": i,
            **texts,
            "status": status,
            "priority": chance.choice(("low", "medium", "medium", "high")),
            "due_on": None,
            "due_at": created_at + timedelta(days=14) if i % 3 else None,
            "city": None,
            "weather": None,
            "user_id": owner,
            "assignee_id": None,
            "created_at": created_at,
            "updated_at": created_at,
            "completed_at": done_at if status == "done" else None,
            "time_spent": 30 if status == "done" and i % 5 == 0 else 0,
            "position": -i,
            "version": 1,
            **derived_columns(**texts),
        }


def _records(of: Iterable[Row]) -> Iterator[Row]:
    for task in of:
        if task["time_spent"]:
            yield {
                "id": task["id"],
                "user_id": task["user_id"],
                "task_id": task["id"],
                "completion_date": task["completed_at"].date(),
                "time_spent": task["time_spent"],
                "note": None,
                "version": 1,
                "created_at": task["completed_at"],
                "updated_at": task["completed_at"],
            }


def fill(url: str, people: Sequence[Row], owners: Sequence[int], first: int = 1) -> None:
    """Write users, and their tasks with ids from `first` on, into a database of Taskapp's."""
    with _connection(url) as connection:
        if people:
            _copy(connection, db.metadata.tables["users"], people)
        _copy(connection, Task.__table__, tasks(owners, first))
        _copy(connection, TaskRecord.__table__, _records(tasks(owners, first)))


def repeat(url: str, rows: int, size: int) -> None:
    """Copy the tasks with the ids up to `rows`, and their records, until there are `size` of them.

    The server does so in a moment, where to make them here would take minutes.
    """
    with _connection(url) as connection:
        for table in (Task.__table__, TaskRecord.__table__):
            ids = ("id", "task_id")
            names = [column.name for column in table.columns]
            copied = [f"{name} + {rows} * copy" if name in ids else name for name in names]
            connection.execute(
                f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(copied)}"
                f" FROM {table.name}, generate_series(1, {size // rows - 1}) AS copy"
                f" WHERE id <= {rows}"
            )
        connection.execute("SELECT setval(pg_get_serial_sequence('tasks', 'id'), %s)", [size])


def forget_after(url: str, last: int) -> None:
    """Delete the tasks whose ids are larger than `last`."""
    with _connection(url) as connection:
        connection.execute("DELETE FROM tasks WHERE id > %s", [last])
        connection.execute("SELECT setval(pg_get_serial_sequence('tasks', 'id'), %s)", [last])


def fill_peer(url: str, people: Sequence[Row], owners: Sequence[int]) -> None:
    """Write the same into a database of the peer's."""
    with _connection(url) as connection:
        _copy(connection, Base.metadata.tables["users"], people)
        peers = ({**task, "due_date": task["due_at"]} for task in tasks(owners))
        _copy(connection, Base.metadata.tables["tasks"], peers)


@contextmanager
def _connection(url: str) -> Iterator[psycopg.Connection]:
    target = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(target) as connection:
        yield connection
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection, table: Any, rows: Iterable[Row]) -> None:
    usual = {
        column.name: column.default.arg if column.default and column.default.is_scalar else None
        for column in table.columns
    }
    names = list(usual)
    to_sql = [column.type.bind_processor(DefaultDialect()) or _same for column in table.columns]
    # psycopg wants literals, against injection; the names are those of our own models.
    command = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with connection.cursor().copy(command) as copy:  # type: ignore[arg-type]  # (see above)
        for row in rows:
            whole = usual | row
            copy.write_row([convert(whole[n]) for n, convert in zip(names, to_sql, strict=True)])
    last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
    connection.execute(last)  # type: ignore[arg-type]  # (see above)


def _same(value: Any) -> Any:
    return value


def _syllables() -> Iterator[str]:
    for a, b in ((a, b) for a in "bdfgklmnprst" for b in "aeiou"):
        yield a + b


_DICTIONARY = tuple(
    chain(a + b + c for a in _syllables() for b in _syllables() for c in ("n", "s"))
)
