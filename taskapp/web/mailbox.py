"""What is done by way of one's mailbox: a forgotten password, one's address, the digest.

Programs open the links in mails before people do, so opening one changes nothing; its page has a
button that does.
"""

from flask import Blueprint, g, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import mailbox
from taskapp.accounts.email_tokens import find_owner
from taskapp.core.errors import Conflict, Invalid
from taskapp.digest.services import find_subscriber, set_digest
from taskapp.limits import RESET, limited
from taskapp.marks import public
from taskapp.web.access import current_actor, permitted_by_link
from taskapp.web.forms.mailbox import AddressForm, ResetForm, TokenForm
from taskapp.web.notices import notify

pages = Blueprint("mailbox", __name__)

_SWITCHED_OFF = "The morning mail is switched off."


@pages.get("/password-reset")
@public
def reset_form() -> ResponseReturnValue:
    """Where to send the link for a new password."""
    return render_template("mailbox/reset.html", form=AddressForm())


@pages.post("/password-reset")
@public
@limited(RESET)
def ask_for_reset() -> ResponseReturnValue:
    """Send it, if there is an account; nobody learns whether there is."""
    form = AddressForm()
    try:
        if form.validate():
            mailbox.ask_for_reset(form.email.data or "")
            return redirect(url("web.mailbox.reset_sent"))
    except Invalid as refusal:
        form.refuse(refusal)
    return render_template("mailbox/reset.html", form=form), 422


@pages.get("/password-reset/sent")
@public
def reset_sent() -> ResponseReturnValue:
    """Look into your mailbox."""
    return render_template("mailbox/sent.html")


@pages.get(mailbox.RESET_PATH)
@public
def new_password_form() -> ResponseReturnValue:
    """A form for a new password."""
    token = request.args.get("token", "")
    return _new_password_page(ResetForm(data={"token": token}), 200)


@pages.post(mailbox.RESET_PATH)
@public
@limited(RESET)
def set_password() -> ResponseReturnValue:
    """Set it; every session ends."""
    form = ResetForm()
    try:
        if form.validate():
            mailbox.reset_password(form.token.data or "", form.new_password.data or "")
            notify("Your password is set. Sign in with it.")
            return redirect(url("web.auth.login_form"))
    except Invalid as refusal:
        form.refuse(refusal)
    return _new_password_page(form, 422)


@pages.get(mailbox.VERIFY_PATH)
@public
def verify_form() -> ResponseReturnValue:
    """A button that confirms an address."""
    return _verify_page(TokenForm(data={"token": request.args.get("token", "")}), 200)


@pages.post(mailbox.VERIFY_PATH)
@public
def verify() -> ResponseReturnValue:
    """Confirm it."""
    form = TokenForm()
    try:
        mailbox.verify(form.token.data or "")
    except Invalid:
        return _verify_page(form, 422)
    notify("Your address is confirmed.")
    return redirect(url("web.auth.login_form" if g.actor is None else "web.settings.index"))


@pages.post("/settings/verify")
def ask_to_verify() -> ResponseReturnValue:
    """Send the link that confirms one's address again."""
    try:
        mailbox.ask_to_verify(current_actor())
    except Conflict as refusal:
        notify(refusal.message)
    else:
        notify("A mail with a link is on its way.")
    return redirect(url("web.settings.index"))


@pages.post("/settings/digest")
def change_digest() -> ResponseReturnValue:
    """Want the digest, or not."""
    user = set_digest(current_actor().id, request.form.get("digest") == "on")
    notify("The morning mail is switched on." if user.wants_digest else _SWITCHED_OFF)
    return redirect(url("web.settings.index") + "#mail")


@pages.get("/unsubscribe")
@public
def unsubscribe_form() -> ResponseReturnValue:
    """A button that ends the digest."""
    user = find_subscriber(request.args.get("token", ""))
    return render_template("mailbox/unsubscribe.html", user=user)


@pages.post("/unsubscribe")
@public
@permitted_by_link
def unsubscribe() -> ResponseReturnValue:
    """End it: by that button, or by one click in a mail program (RFC 8058)."""
    user = find_subscriber(request.args.get("token", ""))
    set_digest(user.id, is_wanted=False)
    return render_template("mailbox/unsubscribed.html")


def _new_password_page(form: ResetForm, status: int) -> ResponseReturnValue:
    try:
        owner = find_owner(form.token.data or "", "reset")
    except Invalid as refusal:
        return render_template("mailbox/dead.html", reason=refusal.errors["token"][0]), 404
    return render_template("mailbox/new_password.html", form=form, owner=owner), status


def _verify_page(form: TokenForm, status: int) -> ResponseReturnValue:
    try:
        owner = find_owner(form.token.data or "", "verify")
    except Invalid as refusal:
        return render_template("mailbox/dead.html", reason=refusal.errors["token"][0]), 404
    return render_template("mailbox/verify.html", form=form, owner=owner), status
