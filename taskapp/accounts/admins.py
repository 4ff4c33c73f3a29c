"""There is always an active admin: the last one cannot be demoted, deactivated or deleted."""

from sqlalchemy import select

from taskapp.accounts.models import User
from taskapp.core.errors import Conflict, NotFound
from taskapp.extensions import db


def lock_with_admins(user_id: int) -> tuple[User, bool]:
    """The user, and whether this is the last active admin; raises NotFound.

    The user and all active admins stay locked until the end of the transaction, in the order of
    their ids: of those who would remove each other, one waits and then sees what the other did.
    """
    admins = select(User.id).where(User.role == "admin", User.is_active)
    ids = {user_id, *db.session.scalars(admins)}
    # Only who is locked counts: an admin made meanwhile may be unmade at the same time.
    rows = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update()
    locked = db.session.scalars(rows.execution_options(populate_existing=True)).all()
    user = next((user for user in locked if user.id == user_id), None)
    if user is None:
        raise NotFound
    return user, {admin.id for admin in locked if _is_active_admin(admin)} == {user_id}


def refuse_to_lose() -> None:
    """Raise the Conflict that keeps the last active admin."""
    raise Conflict("This is the last active admin. Make somebody else an admin first.")


def _is_active_admin(user: User) -> bool:
    return user.role == "admin" and user.is_active
