"""Keys for safe retries, with the answers that were given under them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
Body = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", Body),
        sa.CheckConstraint("(status IS NULL) = (body IS NULL)", "whole_answer"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(None, "idempotency_keys", ["user_id"])
    op.create_index(None, "idempotency_keys", ["started_at"])


def downgrade() -> None:
    op.drop_table("idempotency_keys")
