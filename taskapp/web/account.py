"""One's own data: taking it along, and leaving."""

from flask import Blueprint, redirect, render_template, session
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Conflict, Forbidden
from taskapp.downloads import export_response
from taskapp.limits import LOGIN, limited
from taskapp.membership import queries, services
from taskapp.web.access import current_actor
from taskapp.web.forms.settings import DeletionForm
from taskapp.web.notices import notify

pages = Blueprint("account", __name__)


@pages.get("/settings/export")
def export() -> ResponseReturnValue:
    """All that is one's own, in a ZIP archive."""
    return export_response(current_actor())


@pages.get("/settings/delete")
def confirm_deletion() -> ResponseReturnValue:
    """Say what will be lost, and ask for the password."""
    return _ask(DeletionForm())


@pages.post("/settings/delete")
@limited(LOGIN)
def delete() -> ResponseReturnValue:
    """Delete one's own account; this browser is signed out with all others."""
    form = DeletionForm()
    if not form.validate():
        return _ask(form), 422
    try:
        services.delete_me(current_actor(), form.current_password.data or "")
    except Forbidden as refusal:
        form.current_password.errors = [refusal.message]
        return _ask(form), 403
    except Conflict as refusal:
        form.refuse(refusal)
        return _ask(form), 409
    session.clear()
    notify("Your account is deleted, with everything that was yours.")
    return redirect(url("web.auth.login_form"))


def _ask(form: DeletionForm) -> str:
    belongings = queries.count_belongings(current_actor())
    return render_template("delete_account.html", form=form, belongings=belongings)
