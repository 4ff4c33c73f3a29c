"""What all tables have in common."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, MetaData, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import char_length

from taskapp.core.time import now
from taskapp.core.types import Id, UtcDateTime


class Base(DeclarativeBase):
    """Names every constraint alike, so that migrations can find it on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Numbered:
    """An integer id that is never given out twice."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)


class Timestamped:
    """When the row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


@compiles(char_length, "sqlite")
def _sqlite_char_length(element: char_length, compiler: SQLCompiler, **kw: object) -> str:
    # SQLite has no char_length; its length() counts characters, not bytes.
    return f"length({compiler.process(element.clauses, **kw)})"


def check_length(name: str, low: int, high: int) -> CheckConstraint:
    """A text of `low` to `high` characters, enforced by the database."""
    length = char_length(column(name))
    return CheckConstraint(length.between(low, high), name=f"{name}_length")


def check_range(name: str, low: int, high: int) -> CheckConstraint:
    """A number from `low` to `high`, both included, enforced by the database."""
    return CheckConstraint(f"{name} BETWEEN {low} AND {high}", name=f"{name}_range")


def is_in_models(name: str | None, _kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Whether Alembic shall compare what the database has under that name with the models.

    Search indexes are of another kind on each database, so only migrations know of them.
    """
    return name is None or not name.startswith("tasks_search")
