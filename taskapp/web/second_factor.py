"""The second factor in the settings: switch it on and off, and renew the recovery codes."""

from collections.abc import Callable
from typing import TypeVar

import segno
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import second_factor
from taskapp.accounts.actor import Actor
from taskapp.accounts.recovery_codes import are_codes_of
from taskapp.core.errors import Forbidden, Invalid
from taskapp.guesses import guess_of
from taskapp.limits import LOGIN, limited
from taskapp.web.access import current_actor
from taskapp.web.forms.second_factor import ConfirmForm, EnrolForm, ProofForm
from taskapp.web.notices import notify
from taskapp.web.settings import settings_page

T = TypeVar("T")

pages = Blueprint("second_factor", __name__, url_prefix="/settings/second-factor")


@pages.post("")
@limited(LOGIN)
def enrol() -> ResponseReturnValue:
    """Begin, with the password."""
    form = EnrolForm()
    if not form.validate():
        return settings_page(factor=form), 422
    try:
        second_factor.enrol(current_actor(), form.password.data or "")
    except Forbidden as refusal:
        form.password.errors = [refusal.message]
        return settings_page(factor=form), 403
    return redirect(url(".show_secret"))


@pages.get("")
def show_secret() -> ResponseReturnValue:
    """The secret for the app, as a picture and as text, until it is confirmed."""
    return _secret_page(ConfirmForm())


@pages.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Switch it on, with a first code, and show the recovery codes this once."""
    form = ConfirmForm()
    if not form.validate():
        return _secret_page(form), 422
    try:
        codes = second_factor.confirm(current_actor(), form.otp.data or "")
    except Invalid as refusal:
        form.refuse(refusal)
        return _secret_page(form), 422
    return render_template("settings/recovery_codes.html", codes=codes, is_new=True)


@pages.post("/disable")
@limited(LOGIN)
def disable() -> ResponseReturnValue:
    """Switch it off, with the password and a code."""
    _with_proof(second_factor.disable)
    notify("Signing in takes your password alone again.")
    return redirect(url("web.settings.index", _anchor="factor"))


@pages.post("/codes")
@limited(LOGIN)
def renew_codes() -> ResponseReturnValue:
    """New recovery codes, with the password and a code; show them this once."""
    codes = _with_proof(second_factor.renew_codes)
    return render_template("settings/recovery_codes.html", codes=codes, is_new=False)


@pages.post("/codes/file")
def download_codes() -> ResponseReturnValue:
    """The codes that the page before has shown, as a file; we could not show them again."""
    codes = request.form.getlist("codes")
    if not are_codes_of(current_actor().id, codes):
        abort(400)
    response = Response("\n".join(codes) + "\n", mimetype="text/plain")
    response.headers["Content-Disposition"] = "attachment; filename=taskapp-recovery-codes.txt"
    return response


def _with_proof(act: Callable[[Actor, str, str], T]) -> T:
    """Do what takes the password and a code; where they are not right, the form is the answer."""
    form, actor = ProofForm(), current_actor()
    if not form.validate():
        abort(make_response(settings_page(factor=form), 422))
    code = form.otp.data or ""
    try:
        with guess_of(actor.id, code):
            return act(actor, form.password.data or "", code)
    except Forbidden as refusal:
        form.form_errors.append(refusal.message)
        abort(make_response(settings_page(factor=form), 403))


def _secret_page(form: ConfirmForm) -> str:
    enrolment = second_factor.get_enrolment(current_actor())
    return render_template(
        "settings/enrol.html", form=form, enrolment=enrolment, picture=qr_code(enrolment.uri)
    )


def qr_code(text: str) -> tuple[int, str]:
    """A QR code as the side of a square and the SVG path of its dark modules.

    Drawn by the template, because segno's own SVG would have to be trusted as HTML.
    """
    rows = segno.make(text, error="m").matrix
    dark = [
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module
    ]
    return len(rows), "".join(dark)
