"""Users, their credentials, and the places where they are signed in."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from taskapp.core.models import Base, Numbered, Timestamped, check_length, check_range
from taskapp.core.time import now
from taskapp.core.types import Choice, UtcDateTime, key_type

ROLES = ("user", "admin")
SESSION_KINDS = ("api", "web", "token")
EMAIL_PURPOSES = ("verify", "reset")


class User(Numbered, Timestamped, Base):
    """A person or a program with an account."""

    __tablename__ = "users"
    __table_args__ = (
        # Names are unique without regard to case; the keys hold their form for comparison.
        UniqueConstraint("username_key"),
        UniqueConstraint("email_key"),
        check_length("username", 3, 64),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_has_key"),
        check_range("role", 0, len(ROLES) - 1),
        {"sqlite_autoincrement": True},
    )

    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(key_type(64))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(Choice(*ROLES), default="user")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_verified: Mapped[bool] = mapped_column(Boolean, default=False)
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    # Whether a mail in the morning tells what is due.
    wants_digest: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}


class Session(Numbered, Base):
    """A credential that stands: a sign-in of a browser or of an API client, or an access token.

    Deleting the row ends it at once.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("key"),
        check_range("kind", 0, len(SESSION_KINDS) - 1),
        check_length("name", 1, 64),
        CheckConstraint(
            "(kind = 2) = (name IS NOT NULL) AND (kind = 2) = (scopes IS NOT NULL)",
            name="token_is_named",
        ),
        {"sqlite_autoincrement": True},
    )

    # What cookies and JWTs name, under our signature; of an access token its hash alone.
    key: Mapped[str] = mapped_column(String(43))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Choice(*SESSION_KINDS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    # Of access tokens alone: what its user calls it, and what it may do.
    name: Mapped[str | None] = mapped_column(String(64))
    scopes: Mapped[str | None] = mapped_column(String(200))
    # Of access tokens and browsers, and not of every single use (`sessions.note_use`).
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """The secret that a user's authenticator app shares with us; it counts once confirmed."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed_secret: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The time step of the last code that was accepted: neither it nor an older one counts again.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Numbered, Base):
    """The hash of a code that stands in for the app, once: using it deletes the row."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        UniqueConstraint("user_id", "code_hash"),
        {"sqlite_autoincrement": True},
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))


class EmailToken(Base):
    """A link that was mailed to somebody. Whoever has it reads that mailbox; it is good once."""

    __tablename__ = "email_tokens"
    __table_args__ = (check_range("purpose", 0, len(EMAIL_PURPOSES) - 1),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(Choice(*EMAIL_PURPOSES))
    email_key: Mapped[str] = mapped_column(String(254))  # where it was sent
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
