"""What people write in Markdown: shown as they mean it, and harmless."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from time import perf_counter

import pytest

from taskapp.web.markdown import markdown
from tests.people import Crowd, Person
from tests.web.site import Site

REL = 'rel="nofollow noopener noreferrer"'
ELEMENTS = {
    "p",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "s",
    "a",
}
ELEMENTS |= {"h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}


class Elements(HTMLParser):
    """The elements of a text, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *slanted*", "<strong>bold</strong> and <em>slanted</em>"),
        ("~~gone~~", "<s>gone</s>"),
        ("two\nlines", "two<br>\nlines"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three", '<ol start="3">'),
        ("> quoted", "<blockquote>"),
        ("```sh\nls -l\n```", "<pre><code>ls -l\n</code></pre>"),
        ("# Plan", "<h2>Plan</h2>"),
        ("###### Deep", "<h6>Deep</h6>"),
        ("a|b\n-|:-:\n1|2", "<td>2</td>"),
        ("[site](https://example.org)", f'<a href="https://example.org" {REL}>site</a>'),
        ("see https://example.org/a", f'<a href="https://example.org/a" {REL}>'),
        ("[write](mailto:a@example.org)", f'<a href="mailto:a@example.org" {REL}>write</a>'),
        ("![a chart](https://example.org/c.png)", f'c.png" {REL}>a chart</a>'),
    ],
)
def test_it_is_shown_as_it_is_meant(text: str, html: str) -> None:
    assert html in markdown(text)


def test_names_of_files_are_no_links() -> None:
    assert "<a" not in markdown("See README.md and config.py.")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src=https://example.org></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<style>*{display:none}</style>",
        "<form action=/logout method=post><button>x</button></form>",
        "<!--><script>alert(1)</script>-->",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](\x01javascript:alert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '![x](https://example.org/"onerror="alert(1))',
        "![x](https://example.org/pixel.gif)",
        '[x](https://example.org "t\\" onmouseover=\\"alert(1)")',
        "[x](https://example.org/'onclick='alert(1))",
        '```"><script>alert(1)</script>\nx\n```',
        "`<script>alert(1)</script>`",
        "[<img src=x onerror=alert(1)>](https://example.org)",
        "a|b\n-|:-:\n<svg onload=alert(1)>|2",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)
def test_nothing_in_it_runs_or_loads(text: str) -> None:
    for tag, attributes in Elements(markdown(text)).found:
        assert tag in ELEMENTS
        assert set(attributes) <= {"href", "rel", "title", "start"}
        if address := attributes.get("href"):
            assert re.match(r"(https?:|mailto:|[^:]*$)", address), address
            assert attributes["rel"] == "nofollow noopener noreferrer"


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a_", "> ", "`", "](", "<a ", "- ", "|-", "https://"]
)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    began = perf_counter()
    markdown(text)
    assert perf_counter() - began < 3


def test_the_description_of_a_task_is_markdown(
    people: Crowd, browse: Callable[[Person], Site]
) -> None:
    text = "The **pack**, by <b>noon</b>: [x](javascript:alert(1))"
    task = people.alice.api.make_task(description=text)
    html = browse(people.alice).open(f"/tasks/{task['id']}").html
    assert "The <strong>pack</strong>, by &lt;b&gt;noon&lt;/b&gt;" in html
    assert 'href="javascript' not in html
