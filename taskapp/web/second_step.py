"""The second step of signing in: a code of the authenticator app, or a recovery code."""

from flask import Blueprint, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import second_factor
from taskapp.core.errors import Unauthorized
from taskapp.guesses import guess_of
from taskapp.limits import LOGIN, limited
from taskapp.marks import public
from taskapp.web.access import redirect_next
from taskapp.web.forms.auth import CodeForm
from taskapp.web.notices import notify
from taskapp.web.signing_in import first_step, sign_in

pages = Blueprint("second_step", __name__)


@pages.get("/login/code")
@public
def show() -> ResponseReturnValue:
    """Ask for a code."""
    if first_step() is None:
        return _begin_again()
    return render_template("login_code.html", form=CodeForm())


@pages.post("/login/code")
@public
@limited(LOGIN)
def check() -> ResponseReturnValue:
    """Sign in, if the code is right."""
    step, form = first_step(lock=True), CodeForm()
    if step is None:
        return _begin_again()
    if not form.validate():
        return render_template("login_code.html", form=form), 422
    code = form.otp.data or ""
    try:
        with guess_of(step.user_id, code):
            second_factor.require(step.user_id, code)
    except Unauthorized as refusal:
        form.otp.errors = [refusal.message]
        return render_template("login_code.html", form=form), 401
    sign_in(step.user_id, remember=step.remember)
    return redirect_next(url("web.tasks.index"))


def _begin_again() -> ResponseReturnValue:
    notify("Type your password again: the time for the code is over.")
    return redirect(url("web.auth.login_form", next=request.values.get("next") or None))
