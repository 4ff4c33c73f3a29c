"""Completed-task records, and the tasks completed in a period."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "sqlite_autoincrement": True}


def upgrade() -> None:
    characters = "length" if op.get_bind().dialect.name == "sqlite" else "char_length"

    op.create_table(
        "task_records",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("task_id", Id, nullable=False),
        sa.Column("completion_date", sa.Date(), nullable=False),
        sa.Column("time_spent", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(1000)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint("time_spent BETWEEN 0 AND 525600", "time_spent_range"),
        sa.CheckConstraint(f"{characters}(note) BETWEEN 0 AND 1000", "note_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS,
    )
    op.create_index(None, "task_records", ["user_id", "completion_date", "id"])
    op.create_index(None, "task_records", ["completion_date", "id"])
    op.create_index(None, "task_records", ["task_id", "completion_date"])

    completed = sa.text("completed_at IS NOT NULL")
    op.create_index(
        None,
        "tasks",
        ["completed_at", "created_at", "user_id", "assignee_id"],
        sqlite_where=completed,
        postgresql_where=completed,
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_completed_at_created_at_user_id_assignee_id", "tasks")
    op.drop_table("task_records")
