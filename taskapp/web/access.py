"""Who may open a page, and where they go after signing in."""

from datetime import timedelta
from typing import cast
from urllib.parse import unquote, urlsplit

from flask import Flask, Request, abort, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from taskapp.accounts.actor import Actor
from taskapp.accounts.sessions import find_actor, note_use
from taskapp.errors import is_api
from taskapp.events.feed import last_event_id
from taskapp.extensions import csrf, login_manager
from taskapp.marks import View, mark

_MIB = 1024 * 1024
_MAX_FORM = _MIB
_SAFE_METHODS = frozenset({"GET", "HEAD"})
# A sign-in may go unused for days (SESSION_IDLE_DAYS), so an hour is exact enough.
_USE_IS_NEWS_AFTER = timedelta(hours=1)


class Visitor(UserMixin):
    """What Flask-Login keeps of a signed-in browser: the session's id, and who is behind it."""

    def __init__(self, session_id: str, actor: Actor | None = None) -> None:
        self.id = session_id
        self.actor = actor


class PageSessions(SecureCookieSessionInterface):
    """The session cookie of pages. The API does not even open it, whoever sends it along."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What a cookie says; None, which is an empty session for good, below the API's base."""
        return None if is_api(request.path) else super().open_session(app, request)


def configure_access(app: Flask) -> None:
    """Tell Flask who may have a session, and Flask-Login how a cookie leads to a user."""
    app.session_interface = PageSessions()
    login_manager.user_loader(_find_visitor)
    # Its own protection signs people out whenever their address or browser version changes;
    # a session here is a row that can be revoked.
    login_manager.session_protection = None
    # Looks for its "remember me" cookie, which we do not use, after every request; that reads the
    # session, so that caches would keep a copy of each file for each cookie (Vary: Cookie).
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)


def permitted_by_link(view: View) -> View:
    """Say aloud that a form needs no CSRF token: whoever has the signed address may send it.

    The program that reads a mail has neither our cookie nor a form of ours (RFC 8058).
    """
    return mark(view, "is_permitted_by_link")


def guard() -> ResponseReturnValue | None:
    """Set `g.actor` from the session cookie, or ask to sign in; then check the CSRF token."""
    view = current_app.view_functions[request.endpoint or ""]
    request.max_content_length = getattr(view, "max_body", _MAX_FORM)
    g.actor = current_user.actor if current_user.is_authenticated else None
    if g.actor is not None:
        # Before the view reads anything: what happens from here on, the page may not show yet.
        g.last_event = last_event_id()
        # A page that is left open fetches itself: by that, and by its socket, nobody uses it.
        if not (wants_fragment() and request.method in _SAFE_METHODS):
            note_use(g.actor, every=_USE_IS_NEWS_AFTER)
    if g.actor is None and not getattr(view, "is_public", False):
        return redirect(url_for("web.auth.login_form", next=_address()))
    if getattr(view, "is_permitted_by_link", False):
        return None
    try:
        csrf.protect()
    except RequestEntityTooLarge:
        abort(413, f"Send {request.max_content_length // _MIB} MiB at most. Nothing was saved.")
    except CSRFError:
        abort(400, "This form is too old, or did not come from this site. Open it again.")
    return None


def current_actor() -> Actor:
    """Who makes this request, on a page that needs a session."""
    return cast(Actor, g.actor)


def here() -> str:
    """The address of this page, for forms that come back to it."""
    return request.full_path.rstrip("?")


def wants_fragment() -> bool:
    """Whether a script of ours asks, which takes a part of a page and leaves the rest in place."""
    return "X-Fragment" in request.headers


def redirect_next(default: str) -> BaseResponse:
    """Redirect to the page that `next` names, if it is one of ours, else to `default`."""
    target = request.values.get("next", "")
    return redirect(target if is_local(target) else default)


def is_local(target: str) -> bool:
    """Whether a browser would stay on this site when it follows `target`.

    Browsers take `//host` and `/\\host` for another site, and drop control characters first.
    """
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return False
    if not (target.isascii() and unquote(target).isprintable()):
        return False
    return not urlsplit(target).netloc


def _find_visitor(session_id: str) -> Visitor | None:
    actor = find_actor(session_id, "web")
    return None if actor is None else Visitor(session_id, actor)


def _address() -> str | None:
    """The page that was asked for. What a form wanted to change cannot be asked for again."""
    return here() if request.method in _SAFE_METHODS else None
