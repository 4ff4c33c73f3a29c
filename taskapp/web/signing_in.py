"""How a browser is signed in: at once, or, where an account has a second factor, in two steps.

Between the steps there is no session. What is known then, that the password was right, is a signed
note in the cookie, good for five minutes and for nothing but the second step; a new password makes
it worthless.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from taskapp.accounts import second_factor, services, sessions
from taskapp.web.access import Visitor, redirect_next

# A browser that is not asked to keep its user signed in forgets the cookie when it is closed;
# one that is never closed is signed out after this.
_UNREMEMBERED = timedelta(days=1)

_NOTE = "first_step"
_NOTE_SECONDS = 5 * 60


@dataclass(frozen=True)
class FirstStep:
    """Whose password was right, and whether the browser is to keep them signed in."""

    user_id: int
    remember: bool


def admit(user_id: int, *, remember: bool) -> ResponseReturnValue:
    """Let somebody in whose password was right: to where they wanted, or to the second step."""
    if second_factor.is_on(user_id):
        session.clear()
        note = [user_id, remember, services.password_mark(user_id)]
        session[_NOTE] = _notes().dumps(note)
        return redirect(url_for("web.second_step.show", next=request.values.get("next") or None))
    sign_in(user_id, remember=remember)
    return redirect_next(url_for("web.tasks.index"))


def first_step(*, lock: bool = False) -> FirstStep | None:
    """The note of this browser, if it is still good; with `lock` until the transaction ends."""
    try:
        note = _notes().loads(session.get(_NOTE, ""), max_age=_NOTE_SECONDS)
    except BadSignature:  # or too old
        return None
    user_id, remember, mark = note
    present = services.password_mark(user_id, lock=lock)
    if present is None or not hmac.compare_digest(mark, present):
        return None
    return FirstStep(user_id, remember)


def sign_in(user_id: int, *, remember: bool) -> None:
    """Give this browser a new session; nothing of the old one, nor its CSRF token, lives on.

    To be called when all proofs were seen. Who has seen a password alone calls `admit`.
    """
    if g.actor is not None:
        sessions.close_session(g.actor.session_id)
    lifetime = current_app.config["SESSION_LIFETIME"] if remember else _UNREMEMBERED
    opened = sessions.open_session(
        user_id,
        kind="web",
        lifetime=lifetime,
        user_agent=request.user_agent.string,
        address=request.remote_addr or "",
    )
    session.clear()
    session.permanent = remember
    login_user(Visitor(opened.key))


def _notes() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="taskapp: first step")
