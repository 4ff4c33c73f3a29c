"""Taskapp: a task manager for people and programs."""

__version__ = "0.1.0"  # first of all: what is imported below asks for it

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

import config as settings
from taskapp.api import register_api
from taskapp.api.idempotency import keep_answer
from taskapp.api.live import register_live
from taskapp.attachments.storage import configure_storage
from taskapp.background import WORKS
from taskapp.bodies import configure_bodies
from taskapp.cli import register_commands
from taskapp.core.database import configure_database, database_options
from taskapp.core.redis import configure_redis
from taskapp.errors import register_error_handlers
from taskapp.events.log import turn_to_commit
from taskapp.extensions import csrf, db, jwt, login_manager, migrate
from taskapp.headers import configure_headers
from taskapp.health import health
from taskapp.jobs.runner import configure_jobs
from taskapp.limits import configure_limits
from taskapp.logs import configure_logs
from taskapp.mail.sending import configure_mail
from taskapp.metrics import configure_metrics
from taskapp.routing import configure_routing
from taskapp.weather.services import configure_weather
from taskapp.web import register_web

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, configured from the environment and then by `overrides`.

    Raises RuntimeError when a required setting is missing, ValueError when one cannot be read.
    """
    app = Taskapp(__name__)
    app.config.from_mapping(settings.load() | dict(overrides or {}))
    configure_security(app)
    configure_logs(app)
    configure_routing(app)
    configure_metrics(app)
    configure_headers(app)
    configure_bodies(app)
    configure_extensions(app)
    configure_weather(app)
    configure_storage(app)
    configure_mail(app)
    configure_jobs(app, WORKS)
    register_error_handlers(app)
    register_api(app)
    register_live(app)
    register_web(app)
    app.register_blueprint(health)
    configure_limits(app)
    register_commands(app)
    return app


class Json(JSONProvider):
    """JSON by orjson, which refuses what is not JSON: NaN, lone surrogates, endless nesting."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


class Taskapp(Flask):
    """Flask, with the one commit of every request."""

    json_provider_class = Json

    def dispatch_request(self) -> Response:
        """Run the view; commit what it changed if it succeeded, else undo it."""
        try:
            response = self.make_response(super().dispatch_request())
            if request.method not in SAFE_METHODS and response.status_code < 400:
                keep_answer(response)
                with turn_to_commit():
                    db.session.commit()
        finally:
            # After a commit there is nothing left to undo; otherwise locks are let go of at once.
            if db.session.registry.has():
                db.session.rollback()
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none of ours is async, which Flask would ask each of them twenty
        times a request."""
        return func


def configure_security(app: Flask) -> None:
    """Refuse to start without a secret; set up cookies, tokens and trusted proxies."""
    secret = app.config["SECRET_KEY"]
    if not secret or len(secret.encode()) < 32:
        raise RuntimeError("Set SECRET_KEY to a secret of at least 32 bytes (see .env.example).")
    app.config |= {
        "JWT_ACCESS_TOKEN_EXPIRES": app.config["TOKEN_LIFETIME"],
        "JWT_TOKEN_LOCATION": ["headers"],
        # The clocks of nodes differ. When a token dies is written in its session anyway.
        "JWT_DECODE_LEEWAY": timedelta(minutes=1),
        "JWT_COOKIE_CSRF_PROTECT": False,  # no cookies, so no CSRF claim in the token
        "SESSION_COOKIE_NAME": "__Host-session" if app.config["SECURE_COOKIES"] else "session",
        "SESSION_COOKIE_SECURE": app.config["SECURE_COOKIES"],
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": app.config["SESSION_LIFETIME"],
        # Else every answer would carry the cookie, even files that shared caches may keep.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
        # Only pages carry the session cookie; the API never reads it, so it needs no token.
        "WTF_CSRF_CHECK_DEFAULT": False,
    }
    if hops := app.config["TRUSTED_PROXIES"]:
        # Flask's own way to put something in front of an application; mypy sees a method replaced.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # (see above)


def configure_extensions(app: Flask) -> None:
    """Tie the extensions to the application."""
    app.config |= database_options(app.config["DATABASE_URL"])
    db.init_app(app)
    configure_database(app, db)
    configure_redis(app)
    migrate.init_app(app, db, directory=str(settings.ROOT / "migrations"))
    jwt.init_app(app)
    # Its context processor would look the user up for error pages too, even of a lost database.
    login_manager.init_app(app, add_context_processor=False)
    csrf.init_app(app)
