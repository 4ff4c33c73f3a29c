"""Accounts and their sessions, tasks, and the event log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
# Text compares byte by byte, as it does on the other databases.
OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "sqlite_autoincrement": True}


def upgrade() -> None:
    characters = "length" if op.get_bind().dialect.name == "sqlite" else "char_length"

    op.create_table(
        "users",
        sa.Column("id", Id, nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("username_key", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("email_key", sa.String(254)),
        sa.Column("password_hash", sa.String(128), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(f"{characters}(username) BETWEEN 3 AND 64", "username_length"),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", "email_has_key"),
        sa.CheckConstraint("role BETWEEN 0 AND 1", "role_range"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("username_key"),
        sa.UniqueConstraint("email_key"),
        **OPTIONS,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.CheckConstraint("kind BETWEEN 0 AND 1", "kind_range"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS | {"sqlite_autoincrement": False},
    )
    op.create_index(None, "sessions", ["user_id"])

    op.create_table(
        "tasks",
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("due_at", Instant),
        sa.Column("city", sa.String(100)),
        sa.Column("weather", sa.JSON()),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("assignee_id", Id),
        sa.Column("completed_at", Instant),
        sa.Column("time_spent", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(f"{characters}(title) BETWEEN 1 AND 100", "title_length"),
        sa.CheckConstraint(f"{characters}(description) BETWEEN 0 AND 10000", "description_length"),
        sa.CheckConstraint(f"{characters}(city) BETWEEN 1 AND 100", "city_length"),
        sa.CheckConstraint("status BETWEEN 0 AND 2", "status_range"),
        sa.CheckConstraint("priority BETWEEN 0 AND 2", "priority_range"),
        sa.CheckConstraint("time_spent BETWEEN 0 AND 2147483647", "time_spent_range"),
        sa.CheckConstraint("due_on IS NULL OR due_at IS NOT NULL", "due_on_has_instant"),
        sa.CheckConstraint("(status = 2) = (completed_at IS NOT NULL)", "completed_when_done"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS,
    )
    op.create_index(None, "tasks", ["user_id", "created_at", "id"])
    op.create_index(None, "tasks", ["user_id", "status", "created_at", "id"])
    op.create_index(None, "tasks", ["assignee_id", "created_at", "id"])

    op.create_table(
        "events",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger()),
        sa.Column("former_assignee_id", sa.BigInteger()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("task", sa.JSON()),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS | {"sqlite_autoincrement": False},
    )
    op.create_index(None, "events", ["task_id", "id"])

    counter = op.create_table(
        "event_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", "one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 0}])


def downgrade() -> None:
    for table in ("event_counter", "events", "tasks", "sessions", "users"):
        op.drop_table(table)
