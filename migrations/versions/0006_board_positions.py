"""The place of each task on the board."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tasks", sa.Column("position", sa.BigInteger(), nullable=False, server_default="0")
    )
    # The newest on top, with room for about thirty moves between two neighbours.
    op.execute("UPDATE tasks SET position = -id * 1073741824")


def downgrade() -> None:
    op.drop_column("tasks", "position")
