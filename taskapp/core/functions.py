"""SQL functions that every database spells in its own way."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Float, SQLColumnExpression, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class shifted_day(FunctionElement[date]):  # noqa: N801 - it reads as the SQL function it is
    """The calendar day of an instant, moved by some seconds: the day in a zone of that offset."""

    type = Date()
    inherit_cache = True

    def __init__(self, instant: SQLColumnExpression[Any], seconds: int) -> None:
        super().__init__(instant, literal(seconds))


class seconds_between(FunctionElement[float]):  # noqa: N801 - likewise
    """The seconds from one instant to another."""

    type = Float()
    inherit_cache = True


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, kw: Any) -> tuple[str, str]:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return first, second


@compiles(shifted_day, "sqlite")
def _sqlite_shifted_day(element: shifted_day, compiler: SQLCompiler, **kw: Any) -> str:
    instant, seconds = _arguments(element, compiler, kw)
    # Without its fraction: SQLite rounds to milliseconds, which at 23:59:59.9996 changes the day.
    return f"date(substr({instant}, 1, 19), {seconds} || ' seconds')"


@compiles(shifted_day, "postgresql")
def _postgresql_shifted_day(element: shifted_day, compiler: SQLCompiler, **kw: Any) -> str:
    instant, seconds = _arguments(element, compiler, kw)
    return f"CAST({instant} + make_interval(secs => {seconds}) AS DATE)"


@compiles(shifted_day)
def _shifted_day(element: shifted_day, compiler: SQLCompiler, **kw: Any) -> str:
    instant, seconds = _arguments(element, compiler, kw)
    return f"DATE(DATE_ADD({instant}, INTERVAL {seconds} SECOND))"


@compiles(seconds_between, "sqlite")
def _sqlite_seconds_between(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = _arguments(element, compiler, kw)
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _postgresql_seconds_between(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = _arguments(element, compiler, kw)
    return f"EXTRACT(EPOCH FROM {later} - {earlier})"


@compiles(seconds_between)
def _seconds_between(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = _arguments(element, compiler, kw)
    return f"(TIMESTAMPDIFF(MICROSECOND, {earlier}, {later}) / 1000000)"
