"""Who gets a digest when, what stands in it, and who wants none.

It comes in the morning of the user's own day, to a verified address, once a day at most: the key of
the job names user and day, and the key is unique. Where nothing is due there is no mail.
"""

from collections.abc import Collection, Iterator
from datetime import time
from itertools import islice
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import String, and_, cast, exists, literal, select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.accounts.services import get_for_update
from taskapp.core.database import read_all, read_one
from taskapp.core.errors import NotFound, Stale
from taskapp.core.time import now, zone
from taskapp.digest.items import items_for
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.outbox import enqueue, enqueue_all
from taskapp.jobs.work import Claim
from taskapp.mail.composing import Mail, compose, link

MORNING = time(7)
# Who had no runner in the morning gets none in the afternoon.
_NOON = time(12)
# Users who are planned in one transaction: on SQLite others wait to write as long as it lasts.
_AT_ONCE = 500
UNSUBSCRIBE_PATH = "/unsubscribe"
_JOB = "send_digest"
_WANTS = and_(User.wants_digest, User.is_active, User.is_verified, User.email.is_not(None))


def plan_digests(_claim: Claim) -> None:
    """The job that makes one job for each user whose morning it is, once a day.

    It makes so many as one transaction bears, and where there may be more the job that goes on.
    """
    waiting = dict(islice(_not_yet_served(), _AT_ONCE))
    if len(waiting) == _AT_ONCE:
        enqueue("plan_digests")  # before the others, so that it waits for none of their mails
    enqueue_all(_JOB, waiting)


def mail_digest(claim: Claim) -> Mail | None:
    """The job that mails one user what is overdue and what is due on the day it was made for."""
    user = read_one(select(User.__table__).where(User.id == claim.data["user_id"], _WANTS))
    if user is None:
        return None
    # What an admin sees of others is not the admin's to do.
    reader = Actor(user.id, user.username, user.email, "user", user.timezone)
    at = now().astimezone(reader.zone)
    if at.date().isoformat() != claim.data["day"]:
        return None  # it could not be sent that day
    late, today = items_for(reader)
    if not late and not today:
        return None
    unsubscribe = link(UNSUBSCRIBE_PATH, token=_signer().dumps(user.id))
    return compose(
        "digest",
        to=user.email,
        subject=_subject(len(late), len(today)),
        # RFC 2369, and RFC 8058 for the one click.
        headers={
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        username=user.username,
        day=at.date(),
        late=late,
        today=today,
        unsubscribe=unsubscribe,
    )


def set_digest(
    user_id: int, is_wanted: bool | None, expected_versions: Collection[int] | None = None
) -> User:
    """Note whether a user wants the digest (None leaves it); return the account.

    Raises NotFound, and Stale when none of `expected_versions` is stored.
    """
    user = get_for_update(user_id)
    if expected_versions is not None and user.version not in expected_versions:
        raise Stale
    if is_wanted is not None:
        user.wants_digest = is_wanted
        db.session.flush()  # for its new version
    return user


def find_subscriber(token: str) -> Any:
    """The user in whose digest that link stands; raises NotFound."""
    try:
        user_id = _signer().loads(token)
    except BadSignature as problem:
        raise NotFound("This link is not complete.") from problem
    user = read_one(select(User.__table__).where(User.id == user_id))
    if user is None:
        raise NotFound
    return user


def _not_yet_served() -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and data of each job that is to be made now, at most _AT_ONCE of each time zone."""
    at = now()
    zones = read_all(select(User.timezone).where(_WANTS).distinct())
    for name in sorted(row.timezone for row in zones):
        local = at.astimezone(zone(name))
        if MORNING <= local.time() < _NOON:
            day = local.date().isoformat()
            for user_id in _without_job(name, day):
                yield f"{_JOB}:{user_id}:{day}", {"user_id": user_id, "day": day}


def _without_job(zone_name: str, day: str) -> list[int]:
    """The first of those in that zone for whom there is no job of that day."""
    key = literal(f"{_JOB}:") + cast(User.id, String(20)) + literal(f":{day}")
    users = select(User.id).where(User.timezone == zone_name, _WANTS)
    users = users.where(~exists().where(Job.key == key)).order_by(User.id)
    return [row.id for row in read_all(users.limit(_AT_ONCE))]


def _subject(late: int, today: int) -> str:
    parts = [f"{today} due today"] if today else []
    return ", ".join(parts + ([f"{late} overdue"] if late else []))


def _signer() -> URLSafeSerializer:
    """Signs for good: a mail may be read years later. All it lets its reader do is unsubscribe."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
