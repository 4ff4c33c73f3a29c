"""Sort titles alike everywhere, and search the words of tasks by each database's own index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from taskapp.tasks.models import derived_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 1000
# The ASCII characters that are letters or symbols; of the others, all are part of a word.
FTS5 = """
CREATE VIRTUAL TABLE tasks_search USING fts5(
    search_text, content='tasks', content_rowid='id', tokenize="ascii tokenchars '%_$+<=>^`|~'"
)
"""
ADD = "INSERT INTO tasks_search (rowid, search_text) VALUES (new.id, new.search_text);"
REMOVE = """
INSERT INTO tasks_search (tasks_search, rowid, search_text)
VALUES ('delete', old.id, old.search_text);
"""
TRIGGERS = {
    "tasks_search_insert": f"AFTER INSERT ON tasks BEGIN {ADD} END",
    "tasks_search_delete": f"AFTER DELETE ON tasks BEGIN {REMOVE} END",
    "tasks_search_update": f"AFTER UPDATE OF search_text ON tasks BEGIN {REMOVE} {ADD} END",
}


def upgrade() -> None:
    database = op.get_bind().dialect.name
    key = sa.String(100, collation="C" if database == "postgresql" else None)
    text = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
    empty = sa.text("''" if database != "mysql" else "('')")
    op.add_column("tasks", sa.Column("title_key", key, nullable=False, server_default=empty))
    op.add_column("tasks", sa.Column("city_key", key))
    op.add_column("tasks", sa.Column("search_text", text, nullable=False, server_default=empty))
    fill()
    op.create_index(None, "tasks", ["created_at", "id"])
    op.create_index(None, "tasks", ["assignee_id", "created_at", "id", "user_id"])
    op.drop_index("ix_tasks_assignee_id_created_at_id", "tasks")
    if database == "sqlite":
        # SQLite cannot take the defaults away again; nothing relies on them.
        op.execute(FTS5)
        op.execute("INSERT INTO tasks_search (tasks_search) VALUES ('rebuild')")
        for name, what in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {what}")
        return
    op.alter_column(
        "tasks", "title_key", existing_type=key, existing_nullable=False, server_default=None
    )
    op.alter_column(
        "tasks", "search_text", existing_type=text, existing_nullable=False, server_default=None
    )
    if database == "postgresql":
        op.alter_column("users", "username_key", type_=sa.String(64, collation="C"))
        op.create_index(
            "tasks_search",
            "tasks",
            [sa.text("array_to_tsvector(string_to_array(ltrim(search_text), ' '))")],
            postgresql_using="gin",
        )
    else:
        op.create_index("tasks_search", "tasks", ["search_text"], mysql_prefix="FULLTEXT")


def fill() -> None:
    """Give the rows that are there what follows from their texts."""
    tasks = sa.table("tasks", *map(sa.column, ("id", "title", "description", "city")))
    connection, last = op.get_bind(), 0
    update = sa.text(
        "UPDATE tasks SET title_key = :title_key, city_key = :city_key, search_text = :search_text"
        " WHERE id = :id"
    )
    some = sa.select(tasks).order_by(tasks.c.id).limit(BATCH)
    while rows := connection.execute(some.where(tasks.c.id > last)).mappings().all():
        texts = [{name: row[name] for name in ("title", "description", "city")} for row in rows]
        derived = [derived_columns(**given) for given in texts]
        ids = [{"id": row["id"]} for row in rows]
        connection.execute(update, [a | b for a, b in zip(ids, derived, strict=True)])
        last = rows[-1]["id"]


def downgrade() -> None:
    database = op.get_bind().dialect.name
    if database == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE tasks_search")
    else:
        op.drop_index("tasks_search", "tasks")
    op.create_index(None, "tasks", ["assignee_id", "created_at", "id"])
    op.drop_index("ix_tasks_assignee_id_created_at_id_user_id", "tasks")
    op.drop_index("ix_tasks_created_at_id", "tasks")
    if database == "postgresql":
        op.alter_column("users", "username_key", type_=sa.String(64, collation="default"))
    for column in ("search_text", "city_key", "title_key"):
        op.drop_column("tasks", column)
