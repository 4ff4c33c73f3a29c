"""Second factors with their recovery codes, and access tokens among the sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "sqlite_autoincrement": True}

KEPT = "user_id, kind, created_at, expires_at, user_agent, address"


def upgrade() -> None:
    characters = "length" if op.get_bind().dialect.name == "sqlite" else "char_length"
    _replace_sessions(
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(43), nullable=False),
        *_columns(),
        sa.Column("name", sa.String(64)),
        sa.Column("scopes", sa.String(200)),
        sa.Column("last_used_at", Instant),
        sa.UniqueConstraint("key"),
        sa.CheckConstraint("kind BETWEEN 0 AND 2", "kind_range"),
        sa.CheckConstraint(f"{characters}(name) BETWEEN 1 AND 64", "name_length"),
        sa.CheckConstraint(
            "(kind = 2) = (name IS NOT NULL) AND (kind = 2) = (scopes IS NOT NULL)",
            "token_is_named",
        ),
        copy=_insert("key", "SELECT id,"),
        **OPTIONS,
    )
    op.create_table(
        "second_factors",
        sa.Column("user_id", Id, autoincrement=False, nullable=False),
        sa.Column("sealed_secret", sa.String(255), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
        **OPTIONS | {"sqlite_autoincrement": False},
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "code_hash"),
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.execute("DELETE FROM sessions WHERE kind = 2")
    _replace_sessions(
        sa.Column("id", sa.String(43), nullable=False),
        *_columns(),
        sa.CheckConstraint("kind BETWEEN 0 AND 1", "kind_range"),
        copy=_insert("id", f"SELECT {_quoted('key')},"),
        **OPTIONS | {"sqlite_autoincrement": False},
    )


def _columns() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    ]


def _replace_sessions(*items: sa.schema.SchemaItem, copy: str, **options: object) -> None:
    """Build the table anew with its rows, so that nobody is signed out.

    The names of its constraints are taken as long as the old one stands.
    """
    op.execute("CREATE TABLE kept_sessions AS SELECT * FROM sessions")
    op.drop_table("sessions")
    op.create_table("sessions", *items, **options)
    op.create_index(None, "sessions", ["user_id"])
    op.execute(copy)
    op.drop_table("kept_sessions")


def _insert(key: str, select: str) -> str:
    into = f"INSERT INTO sessions ({_quoted(key)}, {KEPT})"
    return f"{into} {select} {KEPT} FROM kept_sessions ORDER BY created_at"


def _quoted(name: str) -> str:
    """`key` is a word of MySQL's own."""
    return op.get_bind().dialect.identifier_preparer.quote(name)
