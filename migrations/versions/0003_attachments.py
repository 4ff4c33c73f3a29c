"""Attachments of tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
# Text compares byte by byte, as it does on the other databases.
OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "sqlite_autoincrement": True}


def upgrade() -> None:
    characters = "length" if op.get_bind().dialect.name == "sqlite" else "char_length"

    op.create_table(
        "attachments",
        sa.Column("id", Id, nullable=False),
        sa.Column("task_id", Id, nullable=False),
        sa.Column("user_id", Id),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(32), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.CheckConstraint(f"{characters}(filename) BETWEEN 1 AND 255", "filename_length"),
        sa.CheckConstraint(f"{characters}(content_type) BETWEEN 3 AND 100", "content_type_length"),
        sa.CheckConstraint("size BETWEEN 1 AND 10485760", "size_range"),
        sa.CheckConstraint(f"{characters}(sha256) BETWEEN 64 AND 64", "sha256_length"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("storage_key"),
        **OPTIONS,
    )
    op.create_index(None, "attachments", ["task_id", "created_at", "id"])
    op.create_index(None, "attachments", ["user_id"])


def downgrade() -> None:
    op.drop_table("attachments")
