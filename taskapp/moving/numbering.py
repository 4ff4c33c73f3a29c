"""Where a table's own numbering has come to. An id is never given out twice (`core.models`), so a
copy goes on after the last that was given out, even if its row is gone."""

from sqlalchemy import Connection, Table, func, select, text


def last_id(connection: Connection, table: Table) -> int:
    """The last id that was given out, or is there; 0 for none."""
    highest = connection.scalar(select(func.max(table.autoincrement_column)))
    given = connection.scalar(text(_LAST[connection.dialect.name]), {"name": table.name})
    return max(int(highest or 0), int(given or 0))


def number_after(connection: Connection, table: Table, last: int) -> None:
    """Let the next row of an empty table be numbered after `last`."""
    if last == 0:
        return
    for statement in _CONTINUE[connection.dialect.name]:
        # A name of our own models; DDL takes no parameters.
        filled = text(statement.format(table=table.name, next=last + 1))
        connection.execute(filled, {"name": table.name, "last": last})


# The sequence of a table is made with its column `id` (BIGSERIAL).
_OF_MYSQL = """
SELECT auto_increment - 1 FROM information_schema.tables
WHERE table_schema = database() AND table_name = :name
"""
_LAST = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = :name",
    "postgresql": "SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id'))",
    "mysql": _OF_MYSQL,
    "mariadb": _OF_MYSQL,
}
_ALTER = ("ALTER TABLE {table} AUTO_INCREMENT = {next}",)
_CONTINUE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "DELETE FROM sqlite_sequence WHERE name = :name",
        "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)",
    ),
    "postgresql": ("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)",),
    "mysql": _ALTER,
    "mariadb": _ALTER,
}
