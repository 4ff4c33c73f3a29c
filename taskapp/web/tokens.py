"""Access tokens in the settings."""

from flask import Blueprint, redirect, render_template
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import tokens
from taskapp.core.errors import Invalid
from taskapp.web.access import current_actor
from taskapp.web.forms.tokens import TokenForm
from taskapp.web.notices import notify
from taskapp.web.settings import settings_page

pages = Blueprint("tokens", __name__, url_prefix="/settings/tokens")


@pages.post("")
def create_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = TokenForm()
    if not form.validate():
        return settings_page(token=form), 422
    try:
        token, row = tokens.create_token(
            current_actor(),
            name=form.name.data or "",
            scopes=form.scopes.data or [],
            expires_in_days=int(form.expires_in_days.data),
        )
    except Invalid as refusal:
        form.refuse(refusal)
        return settings_page(token=form), 422
    return render_template("settings/token.html", token=token, row=row)


@pages.post("/<id:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    tokens.revoke_token(current_actor(), token_id)
    notify("That token is revoked.")
    return redirect(url("web.settings.index", _anchor="tokens"))
