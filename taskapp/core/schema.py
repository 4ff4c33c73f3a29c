"""The schema of a database: its revision (`migrations/`), and whether anything lies in it."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, Engine, Table, inspect, select, text

from taskapp.core.models import Base, is_in_models

_VERSIONS = "alembic_version"


def newest_revision() -> str:
    """The revision that this version of Taskapp works with."""
    return known_revisions()[0]


def known_revisions() -> tuple[str, ...]:
    """Every revision that can be brought to the newest, which comes first."""
    return _revisions_in(current_app.extensions["migrate"].directory)


def stored_revision(connection: Connection) -> str | None:
    """The revision of a database; None when it was never migrated."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def upgrade(engine: Engine) -> None:
    """Bring another database than the application's to the newest revision."""
    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def tables() -> list[Table]:
    """Every table of the models, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


def table_names() -> list[str]:
    """Their names, in that order."""
    return [str(table.name) for table in tables()]


def occupied_by(connection: Connection) -> str | None:
    """The name of a table that is not ours or holds rows that no migration has put there."""
    present = set(inspect(connection).get_table_names())
    ours = {table.name for table in tables()} | {_VERSIONS}
    strange = sorted(name for name in present - ours if is_in_models(name, "table", {}))
    if strange:
        return strange[0]
    for table in tables():
        is_seeded = table.info.get("is_seeded", False)
        if table.name in present and not is_seeded and _has_rows(connection, table):
            return table.name
    return None


def _has_rows(connection: Connection, table: Table) -> bool:
    # Of a table as it once was only the name is sure to be known.
    return connection.execute(select(text("1")).select_from(table).limit(1)).first() is not None


@lru_cache
def _revisions_in(folder: str) -> tuple[str, ...]:
    scripts = ScriptDirectory(Path(folder)).walk_revisions()  # from the newest down
    return tuple(script.revision for script in scripts)
