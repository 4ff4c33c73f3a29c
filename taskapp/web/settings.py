"""One's own account: names, password, appearance, and where one is signed in."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from taskapp.accounts import services, sessions
from taskapp.accounts.queries import get_user
from taskapp.core.errors import Conflict, Forbidden, Invalid
from taskapp.core.text import is_storable
from taskapp.membership import services as membership
from taskapp.web.access import current_actor
from taskapp.web.auth import sign_in
from taskapp.web.forms.settings import PasswordForm, ProfileForm
from taskapp.web.notices import notify

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def index() -> ResponseReturnValue:
    """Everything that can be set."""
    return _page()


@pages.post("/settings/profile")
def change_profile() -> ResponseReturnValue:
    """Change the username, the email or the time zone."""
    form = ProfileForm()
    if not form.validate():
        return _page(profile=form), 422
    changes = {
        "username": form.username.data,
        "email": form.email.data or None,
        "timezone": form.timezone.data,
    }
    try:
        membership.update_me(current_actor(), changes)
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return _page(profile=form), 409 if isinstance(refusal, Conflict) else 422
    notify("Your profile is saved.")
    return redirect(url_for("web.settings.index"))


@pages.post("/settings/password")
def change_password() -> ResponseReturnValue:
    """Change the password: every session ends, and this browser gets a new one."""
    form, actor = PasswordForm(), current_actor()
    if not form.validate():
        return _page(password=form), 422
    try:
        services.change_password(
            actor,
            current_password=form.current_password.data or "",
            new_password=form.new_password.data or "",
        )
    except Forbidden as refusal:
        form.current_password.errors = [refusal.message]
        return _page(password=form), 403
    except Invalid as refusal:
        form.refuse(refusal)
        return _page(password=form), 422
    sign_in(actor.id, remember=session.permanent)
    notify("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("web.settings.index"))


@pages.post("/settings/sessions/<session_id>/close")
def close_session(session_id: str) -> ResponseReturnValue:
    """Sign out another browser or API client."""
    if not is_storable(session_id):
        abort(404)
    sessions.close_own_session(current_actor(), session_id)
    notify("That session is signed out.")
    return redirect(url_for("web.settings.index"))


def _page(**forms: Any) -> str:
    actor = current_actor()
    profile = forms.get("profile") or ProfileForm(formdata=None, obj=actor)
    return render_template(
        "settings.html",
        profile=profile,
        password=forms.get("password") or PasswordForm(formdata=None),
        account=get_user(actor.id),
        sessions=sessions.list_sessions(actor),
    )
