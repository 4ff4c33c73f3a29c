"""What a page says after something was done: one sentence, and perhaps one thing to do about it."""

from flask import flash


def notify(text: str, *, link: tuple[str, str] | None = None, undo: str | None = None) -> None:
    """Say `text` on the next page.

    `link` is a label and an address; `undo` the status to which the address sets the task back.
    """
    flash({"text": text, "link": link, "undo": undo})  # type: ignore[arg-type]
