"""How Alembic reaches the application's database; run through `flask --app wsgi db …`."""

from alembic import context
from sqlalchemy import Connection, text

from taskapp.core.models import is_in_models
from taskapp.extensions import db
from taskapp.logs import log

# An arbitrary number and name by which migrators that start at once wait for each other.
LOCK = 20_261_121
PATIENCE = 600  # seconds; PostgreSQL waits for as long as it takes


def run() -> None:
    """Migrate, one migrator at a time.

    Each revision has a transaction of its own, but on SQLite: there they share one.
    """
    # The application's database, unless another engine is named (`core.schema.upgrade`).
    engine = context.config.attributes.get("engine") or db.engine
    with engine.connect() as connection:
        try:
            prepare(connection)
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_as_batch=True,  # SQLite alters a table by building it anew
                compare_type=True,
                include_name=is_in_models,
                transaction_per_migration=True,
            )
            if is_newer_than_this_release():
                log.warning("migrations_skipped", reason="A newer release has migrated this.")
            else:
                context.run_migrations()
            connection.commit()
        finally:
            # Closed for good, it lets go of the lock and of SQLite's pragma.
            connection.invalidate()


def prepare(connection: Connection) -> None:
    """Take the migrators' lock, which ends with the connection; on SQLite with the transaction."""
    name = connection.dialect.name
    if name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
    elif name == "sqlite":
        # Dropping a table while it is rebuilt must not cascade to the rows that refer to it.
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        driver.execute("PRAGMA foreign_keys = OFF")
        # The database file itself is the lock. Between two transactions another migrator would
        # take it, and do the next revision; so Alembic is given one, begun, for all of them.
        connection.begin()
        return
    elif not connection.scalar(text(f"SELECT GET_LOCK('taskapp-migrations-{LOCK}', {PATIENCE})")):
        raise SystemExit("Another migrator is at work, and does not come to an end.")
    connection.commit()


def is_newer_than_this_release() -> bool:
    """Whether the database is at a revision that is not among ours.

    A node of the last release that restarts while the next is rolled out, or that is rolled back
    to, goes on with it (docs/deploy.md).
    """
    ours = {script.revision for script in context.script.walk_revisions()}
    return not ours.issuperset(context.get_context().get_current_heads())


if context.is_offline_mode():
    raise SystemExit("Migrations need a database to run against; --sql is not supported.")
run()
