"""Jobs, the links in mails, and who wants a digest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
# Text compares byte by byte, as it does on the other databases.
OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", Instant),
        sa.Column("outcome", sa.SmallInteger()),
        sa.CheckConstraint("(finished_at IS NULL) = (outcome IS NULL)", "outcome_when_finished"),
        sa.CheckConstraint("outcome BETWEEN 0 AND 1", "outcome_range"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
        **OPTIONS,
    )
    op.create_index(None, "jobs", ["finished_at", "due_at"])

    op.create_table(
        "email_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("purpose", sa.SmallInteger(), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.CheckConstraint("purpose BETWEEN 0 AND 1", "purpose_range"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
        **OPTIONS,
    )
    op.create_index(None, "email_tokens", ["user_id"])

    op.add_column(
        "users", sa.Column("wants_digest", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column("users", "wants_digest")
    op.drop_table("email_tokens")
    op.drop_table("jobs")
