"""Registering, signing in and signing out."""

from datetime import timedelta

from flask import Blueprint, current_app, g, redirect, render_template, request, session
from flask import url_for as url
from flask.typing import ResponseReturnValue
from flask_login import login_user

from taskapp.accounts import services, sessions
from taskapp.core.errors import Conflict, Invalid, Unauthorized
from taskapp.limits import LOGIN, REGISTRATION, limited
from taskapp.web.access import Visitor, public, redirect_next
from taskapp.web.forms.auth import LoginForm, RegisterForm
from taskapp.web.notices import notify

pages = Blueprint("auth", __name__)

# A browser that is not asked to keep its user signed in forgets the cookie when it is closed;
# one that is never closed is signed out after this.
_UNREMEMBERED = timedelta(days=1)


@pages.get("/")
@public
def landing() -> ResponseReturnValue:
    """What Taskapp is; for those who are signed in, their tasks."""
    return render_template("landing.html") if g.actor is None else redirect(url("web.tasks.index"))


@pages.get("/register")
@public
def register_form() -> ResponseReturnValue:
    """An empty form for a new account."""
    return _open(RegisterForm(), "register.html")


@pages.post("/register")
@public
@limited(REGISTRATION)
def register() -> ResponseReturnValue:
    """Create an account and sign in with it."""
    form = RegisterForm()
    if not form.validate():
        return render_template("register.html", form=form), 422
    try:
        user = services.register(
            username=form.username.data or None,
            email=form.email.data or None,
            password=form.password.data or "",
        )
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return render_template("register.html", form=form), _status(refusal)
    sign_in(user.id, remember=False)
    notify(f"Welcome, {user.username}. Your account is ready.")
    return redirect_next(url("web.tasks.index"))


@pages.get("/login")
@public
def login_form() -> ResponseReturnValue:
    """An empty form to sign in with."""
    return _open(LoginForm(), "login.html")


@pages.post("/login")
@public
@limited(LOGIN)
def login() -> ResponseReturnValue:
    """Sign in."""
    form = LoginForm()
    if not form.validate():
        return render_template("login.html", form=form), 422
    try:
        user_id = services.authenticate(form.login.data or "", form.password.data or "")
    except Unauthorized:
        return render_template("login.html", form=form, refused=True), 401
    sign_in(user_id, remember=form.remember.data)
    return redirect_next(url("web.tasks.index"))


@pages.post("/logout")
@public  # whose session has ended elsewhere may still sign out here
def logout() -> ResponseReturnValue:
    """Sign out of this browser."""
    if g.actor is not None:
        sessions.close_session(g.actor.session_id)
    session.clear()
    notify("You are signed out.")
    return redirect(url("web.auth.login_form"))


def sign_in(user_id: int, *, remember: bool) -> None:
    """Give this browser a new session; nothing of the old one, nor its CSRF token, lives on."""
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
    login_user(Visitor(opened.id))


def _open(form: RegisterForm | LoginForm, template: str) -> ResponseReturnValue:
    if g.actor is not None:
        return redirect_next(url("web.tasks.index"))
    return render_template(template, form=form)


def _status(refusal: Invalid | Conflict) -> int:
    return 409 if isinstance(refusal, Conflict) else 422
