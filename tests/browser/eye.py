"""A look at a page as it stands: in both themes, wide and narrow, with axe and a ruler."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

WIDTHS = (1440, 390)
NARROWEST = 320
THEMES = ("light", "dark")

_AXE = Axe().axe_script
_RUN = """(options) => axe.run(document, options).then((found) => found.violations.map(
  (rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(" ")).join(", ")}`))"""
# What a theme changes; everything else about a page is the same in the other.
_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
_EVERYTHING = {"resultTypes": ["violations"]}

# What is smaller than a finger. A mark may reach further than it shows, by its ::after; a box
# counts with the label around it; and a link in running text is as tall as its line (WCAG 2.5.8).
# A word may be short.
_TOO_SMALL = """() => {
  const reach = (element) => {
    const { width, height } = element.getBoundingClientRect();
    const after = getComputedStyle(element, "::after");
    const grown = after.content !== "none" && after.position === "absolute";
    return [Math.max(width, grown ? parseFloat(after.width) : 0),
            Math.max(height, grown ? parseFloat(after.height) : 0)];
  };
  const isHidden = (element) =>
    !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ||
    element.closest("[inert], .visually-hidden") ||
    getComputedStyle(element).clipPath.startsWith("inset(50%") ||
    getComputedStyle(element).pointerEvents === "none";
  const controls = "a[href], button, summary, select, input:not([type=hidden]), textarea";
  return [...document.querySelectorAll(controls)]
    .filter((element) => !isHidden(element) && getComputedStyle(element).display !== "inline")
    .map((element) => [element, reach(element.closest("label") ?? element)])
    .filter(([element, [width, height]]) =>
      width > 0 && (height < 43.5 || width < (element.matches("a:not(.btn)") ? 24 : 43.5)))
    .map(([element, size]) => `${element.outerHTML.slice(0, 90)} is ${size.map(Math.round)}`);
}"""

# Chromium's own account of what moved while a page was loaded.
WATCH_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries())
      if (!hadRecentInput) window.shifts.push([value, ...sources.map(({ node }) =>
        node?.outerHTML?.slice(0, 90) ?? node?.textContent)]);
  }).observe({ type: "layout-shift", buffered: true });
"""
_SHIFTS = """() => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(window.shifts))))"""
MOST_SHIFTED = 0.02


def examine(page: Page) -> None:
    """The page has no fault that axe knows, fits its window, and can be touched with a finger."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            options: dict[str, Any] = _EVERYTHING if theme == THEMES[0] else _COLOUR
            faults = page.evaluate(_RUN, options)
            assert not faults, f"{page.url}, {theme}, {width}: {faults}"
        assert wider_by(page) <= 0, f"{page.url} scrolls sideways at {width}"
    small = page.evaluate(_TOO_SMALL)
    assert not small, f"{page.url}: {small}"
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    assert wider_by(page) <= 0, f"{page.url} scrolls sideways at {NARROWEST}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def visit(page: Page, path: str) -> None:
    """Open a page wide and narrow: nothing moves once it is shown. Then examine it."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        shifts = page.evaluate(_SHIFTS)
        assert sum(value for value, *_ in shifts) < MOST_SHIFTED, f"{path}, {width}: {shifts}"
    examine(page)


def wider_by(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
