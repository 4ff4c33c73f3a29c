"""Markdown that people write, as HTML that nobody can misuse.

Two walls: the renderer takes no HTML and makes no link to what is not an address, and what it
makes passes a list of allowed elements. Pictures become links, so that opening a task tells no
other site about it.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_BLOCKS = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre"}
_INLINE = {"a", "code", "em", "strong", "s"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_SCHEMES = {"http", "https", "mailto"}


def markdown(text: str) -> Markup:
    """CommonMark with tables, struck text, bare addresses as links, and line breaks kept."""
    clean = nh3.clean(
        _renderer.render(text),
        tags=_BLOCKS | _INLINE | _TABLES,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    # What nh3 has cleaned is safe.
    return Markup(clean)  # noqa: S704  # nosec B704


def _lower_headings(state: StateCore) -> None:
    """The page has its own first heading; those of a text stand below it."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _link_picture(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    address = str(tokens[index].attrs.get("src", ""))
    return f'<a href="{escape(address)}">{escape(tokens[index].content or address)}</a>'


def _make_renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    renderer.enable(["linkify", "table", "strikethrough"])
    if renderer.linkify is not None:
        renderer.linkify.set({"fuzzy_link": False})  # README.md is a file, not a site in Moldova
    renderer.core.ruler.push("lower_headings", _lower_headings)
    renderer.add_render_rule("image", _link_picture)
    return renderer


_renderer = _make_renderer()
