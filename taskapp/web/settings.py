"""One's own account: names, password, appearance, and where one is signed in."""

from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from taskapp.accounts import second_factor, services, sessions, tokens
from taskapp.accounts.queries import get_user
from taskapp.attachments.quota import get_room
from taskapp.core.errors import Conflict, Forbidden, Invalid
from taskapp.errors import status_of
from taskapp.limits import LOGIN, limited
from taskapp.membership import services as membership
from taskapp.web.access import current_actor
from taskapp.web.forms.second_factor import EnrolForm, ProofForm
from taskapp.web.forms.settings import EmailForm, PasswordForm, ProfileForm
from taskapp.web.forms.tokens import TokenForm
from taskapp.web.notices import notify
from taskapp.web.signing_in import sign_in

pages = Blueprint("settings", __name__)

# Sign-ins and tokens that the page shows. Scripts that sign in leave thousands.
_MOST = 50


@pages.get("/settings")
def index() -> ResponseReturnValue:
    """Everything that can be set."""
    return settings_page()


@pages.post("/settings/profile")
def change_profile() -> ResponseReturnValue:
    """Change the username or the time zone."""
    form = ProfileForm()
    if not form.validate():
        return settings_page(profile=form), 422
    changes = {"username": form.username.data, "timezone": form.timezone.data}
    try:
        membership.update_me(current_actor(), changes)
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return settings_page(profile=form), status_of(refusal)
    notify("Your profile is saved.")
    return redirect(url_for("web.settings.index"))


@pages.post("/settings/email")
@limited(LOGIN)
def change_email() -> ResponseReturnValue:
    """Change the address, or do without one, with the password; the former address is told."""
    form = EmailForm()
    if not form.validate():
        return settings_page(email=form), 422
    try:
        membership.change_email(
            current_actor(), form.email.data or None, form.current_password.data or ""
        )
    except Forbidden as refusal:
        form.current_password.errors = [refusal.message]
        return settings_page(email=form), 403
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return settings_page(email=form), status_of(refusal)
    notify("Your address is saved.")
    return redirect(url_for("web.settings.index", _anchor="mail"))


@pages.post("/settings/password")
@limited(LOGIN)
def change_password() -> ResponseReturnValue:
    """Change the password: every session ends, and this browser gets a new one."""
    form, actor = PasswordForm(), current_actor()
    if not form.validate():
        return settings_page(password=form), 422
    try:
        services.change_password(
            actor,
            current_password=form.current_password.data or "",
            new_password=form.new_password.data or "",
        )
    except Forbidden as refusal:
        form.current_password.errors = [refusal.message]
        return settings_page(password=form), 403
    except Invalid as refusal:
        form.refuse(refusal)
        return settings_page(password=form), 422
    sign_in(actor.id, remember=session.permanent)
    notify("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for("web.settings.index"))


@pages.post("/settings/sessions/<id:session_id>/close")
def close_session(session_id: int) -> ResponseReturnValue:
    """Sign out another browser or API client."""
    sessions.close_own_session(current_actor(), session_id)
    notify("That session is signed out.")
    return redirect(url_for("web.settings.index"))


@pages.post("/settings/other-sessions/close")
def close_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    sessions.close_other_sessions(current_actor())
    notify("You are signed out everywhere else.")
    return redirect(url_for("web.settings.index", _anchor="sessions"))


def settings_page(**forms: Any) -> str:
    """The page, with the forms that were not accepted as they were sent: profile, email, password,
    factor, token."""
    actor = current_actor()
    state = second_factor.get_state(actor.id)
    factor_form = ProofForm if state.is_on else EnrolForm
    sent = forms.get("factor")  # perhaps from another tab, before the factor was switched
    return render_template(
        "settings.html",
        profile=forms.get("profile") or ProfileForm(formdata=None, obj=actor),
        email=forms.get("email") or EmailForm(formdata=None, obj=actor),
        password=forms.get("password") or PasswordForm(formdata=None),
        account=get_user(actor.id),
        factor=state,
        factor_form=sent if isinstance(sent, factor_form) else factor_form(formdata=None),
        tokens=tokens.list_tokens(actor, per_page=_MOST),
        token_form=forms.get("token") or TokenForm(formdata=None),
        sessions=sessions.list_sessions(actor, per_page=_MOST),
        room=get_room(actor.id),
    )
