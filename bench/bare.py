"""The least that Flask can do: a view without database, user or headers, on Taskapp's server."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def answer() -> dict[str, str]:
    """A small JSON answer."""
    return {"status": "ok"}
