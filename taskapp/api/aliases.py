"""Other names for canonical paths: those that clients of the task and record system call
(contract §4).

An alias leads to the same views, so tokens, limits and safe retries treat both as one path.
"""

from flask import Flask

from taskapp.errors import API_BASE

ALIASES = {
    "/task": "/tasks",
    "/task/<id:task_id>": "/tasks/<id:task_id>",
    "/task_record": "/task-records",
    "/task_record/<id:record_id>": "/task-records/<id:record_id>",
}


def register_aliases(app: Flask) -> None:
    """Let each alias answer what its canonical path answers. To be called after the blueprints."""
    canonical = {API_BASE + path: API_BASE + alias for alias, path in ALIASES.items()}
    for rule in list(app.url_map.iter_rules()):
        if alias := canonical.get(rule.rule):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            app.add_url_rule(alias, rule.endpoint, methods=methods, alias=True)
