"""What is done by way of somebody's mailbox: showing that an address is theirs, and setting a
password that was forgotten.

Asking never tells whether there is an account: the question itself becomes a job, and only the
runner that does it looks. So known and unknown addresses get one answer, in one time.
"""

from typing import Any

from sqlalchemy import Row, select

from taskapp.accounts import passwords
from taskapp.accounts.actor import Actor
from taskapp.accounts.email_tokens import (
    find_owner,
    has_enough,
    make_token,
    use_token,
)
from taskapp.accounts.models import User
from taskapp.accounts.names import check_email, key_of
from taskapp.accounts.queries import get_user
from taskapp.accounts.services import get_for_update, replace_password
from taskapp.core.database import read_one
from taskapp.core.errors import Conflict
from taskapp.jobs.outbox import enqueue
from taskapp.jobs.work import Claim
from taskapp.mail.composing import Mail, compose, link

VERIFY_PATH, RESET_PATH = "/verify", "/password-reset/new"


def ask_to_verify(actor: Actor) -> None:
    """Mail the user another link by which to show that the address is theirs.

    The first is mailed when an address is given (`accounts.services`). Raises Conflict when there
    is nothing to verify.
    """
    user = get_user(actor.id)
    if user.email is None:
        raise Conflict("Give an e-mail address first.", "email")
    if user.is_verified:
        raise Conflict("This address is verified already.", "email")
    enqueue("verify_address", user_id=actor.id)


def verify(token: str) -> None:
    """Note that the address is the user's; raises Invalid."""
    owner = find_owner(token, "verify")
    user = get_for_update(owner.id)
    use_token(token, "verify")
    user.is_verified = True


def ask_for_reset(email: str) -> None:
    """Mail a link to whoever has that address, if somebody has. Raises Invalid when it is none."""
    enqueue("reset_password", email=check_email(email))


def reset_password(token: str, password: str) -> None:
    """Set a new password by a mailed link, and end every session and every other link of the user.

    Whoever has the link reads that mailbox, so the address is verified by it. Raises Invalid.
    """
    passwords.check_password(password, "new_password")
    owner = find_owner(token, "reset")  # before hashing, which strangers could else make us do
    password_hash = passwords.hash_password(password)
    user = get_for_update(owner.id)
    use_token(token, "reset")
    user.is_verified = True
    replace_password(user, password_hash)


def mail_verification(claim: Claim) -> Mail | None:
    """The job that mails the link for `verify`."""
    by_id = select(User.__table__).where(User.id == claim.data["user_id"])
    user = read_one(by_id.where(User.is_active, User.is_verified.is_(False)))
    if user is None or user.email is None or _is_flooded(claim, user, "verify"):
        return None
    return compose(
        "verify",
        to=user.email,
        subject="Confirm your address",
        username=user.username,
        link=link(VERIFY_PATH, token=make_token(user, "verify")),
    )


def mail_reset(claim: Claim) -> Mail | None:
    """The job behind `ask_for_reset`. A deactivated account stays as it is."""
    named = User.email_key == key_of(claim.data["email"])
    user = read_one(select(User.__table__).where(named, User.is_active))
    if user is None or _is_flooded(claim, user, "reset"):
        return None
    return compose(
        "reset",
        to=user.email,
        subject="Set a new password",
        username=user.username,
        link=link(RESET_PATH, token=make_token(user, "reset")),
    )


def _is_flooded(claim: Claim, user: Row[Any], purpose: str) -> bool:
    # A job that is tried again has a token already, which must not count against it.
    return claim.attempt == 1 and has_enough(user.id, purpose)
