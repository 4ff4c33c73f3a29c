"""Telling people that what guards their account was changed: was it you? (ASVS 5.0, 6.3.7)

The mail goes to the address that the account had at that moment, or just before. Whoever takes an
account over and then gives it another address cannot keep its owner from hearing of it.
"""

from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import func, select

from taskapp.core.database import read_scalar
from taskapp.jobs.models import Job
from taskapp.jobs.outbox import enqueue
from taskapp.jobs.work import Claim
from taskapp.mail.composing import Mail, compose, link

CHANGES = {
    "email": "Your e-mail address was changed",
    "password": "Your password was changed",
    "factor_off": "Your second factor was switched off",
    "factor_on": "A second factor was switched on",
}
MOST_AN_HOUR = 5  # about one account: its address may be somebody else's, who shall not be flooded
_JOB = "alert_owner"


def alert_owner(user: Any, change: str, address: str | None) -> None:
    """Have the address told of one of CHANGES to the account; no address, no mail."""
    if address is not None:
        key = f"{_about(user.id)}{token_hex(16)}"
        data = {"username": user.username, "change": change, "address": address}
        enqueue(_JOB, key=key, user_id=user.id, **data)


def mail_alert(claim: Claim) -> Mail | None:
    """The job that does. It looks nothing up: the account may be another's, or gone, by now."""
    if _has_enough(claim):
        return None
    at, change = claim.created_at, claim.data["change"]
    return compose(
        "alert",
        to=claim.data["address"],
        subject=CHANGES[change],
        username=claim.data["username"],
        change=change,
        at=f"{at.day} {at:%B %Y} at {at:%H:%M} UTC",
        link=link("/password-reset"),
    )


def _has_enough(claim: Claim) -> bool:
    before = select(func.count()).select_from(Job).where(Job.id < claim.id)
    before = before.where(Job.key.startswith(_about(claim.data["user_id"]), autoescape=True))
    before = before.where(Job.created_at > claim.created_at - timedelta(hours=1))
    return bool(read_scalar(before) >= MOST_AN_HOUR)


def _about(user_id: int) -> str:
    """What the keys of an account's alerts begin with."""
    return f"{_JOB}:{user_id}:"
