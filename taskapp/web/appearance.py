"""How pages look: theme and keyboard shortcuts, kept in cookies of this browser.

The server prints the choice into the page, so that nothing flashes and no script is needed.
"""

from typing import Any

from flask import Blueprint, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from taskapp.marks import public
from taskapp.web.access import here, redirect_next, wants_fragment

pages = Blueprint("appearance", __name__)

# The first of each is what a browser gets that has not chosen.
CHOICES = {"theme": ("auto", "light", "dark"), "shortcuts": ("on", "off")}
_YEAR = 365 * 24 * 3600


def context() -> dict[str, Any]:
    """What every template is told: who looks, how it should look, and how new it is."""
    chosen = {name: _chosen(name) for name in CHOICES}
    return {
        "actor": g.get("actor"),
        "appearance": chosen,
        "here": here(),
        "last_event": g.get("last_event"),
        "is_fragment": wants_fragment(),
    }


@pages.post("/appearance")
@public
def change_appearance() -> ResponseReturnValue:
    """Remember the theme, or whether shortcuts are on, and go back."""
    response = redirect_next(url_for("web.auth.landing"))
    for name, allowed in CHOICES.items():
        if request.form.get(name) in allowed:
            response.set_cookie(
                _cookie(name),
                request.form[name],
                max_age=_YEAR,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
    return response


def _cookie(name: str) -> str:
    """Over HTTPS no other host can set a cookie of that name (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def _chosen(name: str) -> str:
    value = request.cookies.get(_cookie(name))
    return value if value in CHOICES[name] else CHOICES[name][0]
