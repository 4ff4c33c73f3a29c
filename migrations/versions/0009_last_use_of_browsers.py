"""Browsers that are signed in count as used now, when their use begins to be noted.

Else all who signed in longer than SESSION_IDLE_DAYS ago would be signed out by an upgrade.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BROWSER = 1

sessions = sa.table("sessions", sa.column("kind"), sa.column("last_used_at", sa.DateTime))
of_browsers = sessions.update().where(sessions.c.kind == BROWSER)


def upgrade() -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    op.execute(of_browsers.where(sessions.c.last_used_at.is_(None)).values(last_used_at=now))


def downgrade() -> None:
    op.execute(of_browsers.values(last_used_at=None))
