"""Registering, signing in and signing out."""

from flask import Blueprint, g, redirect, render_template, session
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import services, sessions
from taskapp.accounts.policies import is_registration_open
from taskapp.core.errors import Conflict, Invalid, Unauthorized
from taskapp.errors import status_of
from taskapp.limits import LOGIN, REGISTRATION, limited
from taskapp.marks import public
from taskapp.web.access import redirect_next
from taskapp.web.forms.auth import LoginForm, RegisterForm
from taskapp.web.notices import notify
from taskapp.web.signing_in import admit, sign_in

pages = Blueprint("auth", __name__)


@pages.get("/")
@public
def landing() -> ResponseReturnValue:
    """What Taskapp is; for those who are signed in, their tasks."""
    return render_template("landing.html") if g.actor is None else redirect(url("web.tasks.index"))


@pages.get("/register")
@public
def register_form() -> ResponseReturnValue:
    """An empty form for a new account; where registration is closed, that it is."""
    return _open(RegisterForm(), "register.html") if is_registration_open() else _closed()


@pages.post("/register")
@public
@limited(REGISTRATION)
def register() -> ResponseReturnValue:
    """Create an account and sign in with it."""
    if not is_registration_open():
        return _closed()
    form = RegisterForm()
    if not form.validate():
        return render_template("register.html", form=form), 422
    try:
        user = services.register(None, **form.account())
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return render_template("register.html", form=form), status_of(refusal)
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
    """Sign in, or go on to the second step."""
    form = LoginForm()
    if not form.validate():
        return render_template("login.html", form=form), 422
    try:
        user_id = services.authenticate(form.login.data or "", form.password.data or "")
    except Unauthorized:
        return render_template("login.html", form=form, refused=True), 401
    return admit(user_id, remember=form.remember.data)


@pages.post("/logout")
@public  # whose session has ended elsewhere may still sign out here
def logout() -> ResponseReturnValue:
    """Sign out of this browser."""
    if g.actor is not None:
        sessions.close_session(g.actor.session_id)
    session.clear()
    notify("You are signed out.")
    return redirect(url("web.auth.login_form"))


def _open(form: RegisterForm | LoginForm, template: str) -> ResponseReturnValue:
    if g.actor is not None:
        return redirect_next(url("web.tasks.index"))
    return render_template(template, form=form)


def _closed() -> ResponseReturnValue:
    return render_template("registration_closed.html"), 403
