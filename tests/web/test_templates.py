"""How templates use each other."""

from flask import Flask
from jinja2 import BaseLoader, meta, nodes


def test_what_is_imported_without_context_uses_none(app: Flask) -> None:
    """It is made once for all pages, so what a page knows would be empty there, and nobody told."""
    environment, ours = app.jinja_env, app.jinja_loader
    assert isinstance(ours, BaseLoader)

    def parse(name: str) -> nodes.Template:
        return environment.parse(ours.get_source(environment, name)[0])

    imports = [
        node
        for name in ours.list_templates()
        for node in parse(name).find_all(nodes.Import)
        if not node.with_context
    ]
    shared = {node.template.as_const() for node in imports}
    assert "_parts.html" in shared
    for name in shared:
        assert meta.find_undeclared_variables(parse(name)) <= environment.globals.keys(), name
