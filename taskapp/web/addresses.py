"""Addresses in templates: a list names two hundred, so the usual ones are not worked out anew."""

import re
from functools import cache, lru_cache
from typing import Any

from flask import Flask, request

_ID = re.compile(r"<id:(\w+)>")


def configure_addresses(app: Flask) -> None:
    """Give templates a `url_for` that answers as Flask's, and sooner.

    Most routes are a path with nothing but ids in it: there it fills the ids in, where Flask would
    look for the rule that fits, for defaults and for a host. The addresses of files it remembers.
    """

    @cache
    def pattern(endpoint: str) -> tuple[str, set[str]] | None:
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
        if len(rules) != 1 or set(_ID.findall(rules[0].rule)) != rules[0].arguments:
            return None
        return _ID.sub(r"{\1:d}", rules[0].rule), rules[0].arguments

    @lru_cache(maxsize=256)
    def file_address(_root: str, endpoint: str, filename: str) -> str:
        return app.url_for(endpoint, filename=filename)

    def url_for(endpoint: str, **values: Any) -> str:
        if values.keys() == {"filename"}:
            return file_address(request.script_root, endpoint, **values)
        plain = pattern(endpoint)
        if plain is None or plain[1] != values.keys():
            return app.url_for(endpoint, **values)
        return request.script_root + plain[0].format(**values)

    app.jinja_env.globals["url_for"] = url_for
