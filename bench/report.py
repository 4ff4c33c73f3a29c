"""What was found, as tables and charts in docs/performance.md.

The page keeps what people have written: tables stand between `<!-- NAME -->` and `<!-- end -->`.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Any
from xml.sax.saxutils import escape

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "performance.md"
COLOURS = ("#2563eb", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#64748b")
WIDTH, ROW, LEFT = 720, 22, 210


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first hold numbers."""
    rule = ["---"] + ["--:"] * (len(header) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def figure(value: float) -> str:
    """A number with as many digits as say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(name: str, found: Mapping[str, Any], text: str, chart: str) -> None:
    """Keep the figures as JSON, the chart as SVG, and put the text into its place on the page."""
    DOCS.mkdir(exist_ok=True)
    here = {"python": python_version(), "cores": os.cpu_count(), "at": f"{datetime.now(UTC):%F}"}
    (DOCS / f"{name}.json").write_text(json.dumps(here | dict(found), indent=1) + "\n")
    (DOCS / f"{name}.svg").write_text(chart)
    part = f"<!-- {name} -->\n\n{text}\n\n![{name}]({name}.svg)\n\n<!-- end -->"
    place = re.compile(rf"<!-- {name} -->.*?<!-- end -->", re.DOTALL)
    page = PAGE.read_text() if PAGE.exists() else "# Performance\n"
    if not place.search(page):
        page += f"\n{part}\n"
    PAGE.write_text(place.sub(lambda _: part, page))


def bars(title: str, values: Mapping[str, Mapping[str, float]]) -> str:
    """A chart of horizontal bars: for each row, one bar for each name."""
    names = list(dict.fromkeys(name for row in values.values() for name in row))
    most = max(value for row in values.values() for value in row.values())
    parts, y = [], 2 * ROW
    for label, row in values.items():
        parts.append(_text(LEFT - 8, y + 10, label, "end"))
        for name, value in row.items():
            width = max(1.0, (WIDTH - LEFT - 60) * value / most)
            colour = COLOURS[names.index(name)]
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="9" fill="{colour}"/>'
            )
            parts.append(_text(LEFT + width + 4, y + 9, f"{value:.3g}"))
            y += 11
        y += 8
    return _svg(title, names, parts, y)


def lines(title: str, xs: Sequence[float], values: Mapping[str, Sequence[float]]) -> str:
    """A chart of lines over evenly spaced `xs`."""
    height, top = 260, 2 * ROW
    most = max(max(each) for each in values.values()) * 1.05
    step = (WIDTH - 140) / max(1, len(xs) - 1)
    parts = [
        _text(70 + step * i, top + height + 18, f"{x:,.0f}", "middle") for i, x in enumerate(xs)
    ]
    for part in range(5):
        y = top + height - height * part / 4
        parts.append(f'<path d="M70 {y:.0f}H{WIDTH - 70}" stroke="#cbd5e1"/>')
        parts.append(_text(62, y + 4, f"{most * part / 4:.3g}", "end"))
    for colour, each in zip(COLOURS, values.values(), strict=False):
        points = " ".join(
            f"{70 + step * i:.1f},{top + height - height * value / most:.1f}"
            for i, value in enumerate(each)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return _svg(title, list(values), parts, top + height + 30)


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(title: str, names: Sequence[str], parts: Sequence[str], height: float) -> str:
    legend, x = [], 10
    for name, colour in zip(names, COLOURS, strict=False):
        legend.append(f'<rect x="{x}" y="24" width="10" height="10" fill="{colour}"/>')
        legend.append(_text(x + 14, 33, name))
        x += 28 + 7 * len(name)
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    style = 'font-family="sans-serif" font-size="11" fill="#0f172a"'
    inner = "\n".join([_text(10, 14, title), *legend, *parts])
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{paper}\n{inner}\n</svg>\n'
