"""Every page can be used by people who see little, use no mouse, or are read to: WCAG 2.2 AA.

axe-core looks at what the browser made of each page: contrast as computed, names of controls, roles,
headings, language, sizes of targets. What it cannot see is whether a keyboard gets everywhere, and shows
where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is missing")
from playwright.sync_api import expect  # noqa: E402

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BESIDES = ("heading-order", "landmark-one-main", "page-has-heading-one", "skip-link")
"""Rules that are no criterion of their own, and good practice."""

REVIEW = "/archives/{id}/review"
PAGES: dict[str, tuple[str, str | None, str]] = {
    "login": ("/login", None, ".login form"),
    "missing": ("/nowhere", None, "main a"),
    "review": (REVIEW, "Ines", ".line"),
    "footage": ("/archives/{id}/footage", "Ines", ".drop"),
    "approvals": ("/archives/{id}/approvals", "Ines", "main h2"),
    "account": ("/account", "Ines", "main h2"),
    "oversight": ("/archives/{id}/oversight", "Root", "main table"),
    "people": ("/people", "Root", ".people .button"),
}
"""By name: the address, who looks, and what shows that it is all there."""
LOOKS = list(product(("en", "fr"), ("light", "dark"), (1280, 820)))
SOME = [(name, *LOOKS[(3 * n) % len(LOOKS)]) for n, name in enumerate(PAGES)]
ALL = [(name, *look) for name in PAGES for look in LOOKS]

SMALL = """() => [...document.querySelectorAll("a, button, input, select, summary, [role=checkbox]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".sr-only, .skip, p, li"))
  .map((e) => [e.outerHTML.slice(0, 90), e.closest(".q-field, .q-checkbox, .q-radio") ?? e])
  .map(([told, e]) => [told, e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([told]) => told)"""
REACHED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const frame = at.closest(".q-field"), style = getComputedStyle(at);
  const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
    || (frame && frame.classList.contains("q-field--focused"))
    || (at.closest(".q-checkbox, .q-radio, .q-btn") && at.matches(":focus-visible"));
  at.dataset.reached = "yes";
  return [at.outerHTML.slice(0, 90), Boolean(shown)];
}"""
LEFT = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0)
  .filter((e) => !e.dataset.reached)
  .filter((e) => !(e.type === "radio" && document.querySelector(`[name="${e.name}"][data-reached]`)))
  .map((e) => e.outerHTML.slice(0, 90))"""


def faults(page: Any, within: str | None = None) -> list[str]:
    """Return what axe-core finds wrong, a line for each."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}}
    if within is None:
        options["rules"] = {name: {"enabled": True} for name in BESIDES}
    found = axe.Axe().run(page, context=within, options=options).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def opened(seat: Callable[..., Any], name: str, language: str, theme: str, width: int) -> Any:
    """Open a page as somebody has chosen to see it."""
    address, who, ready = PAGES[name]
    at = seat(who, reduced_motion="reduce")
    at.page.set_viewport_size({"width": width, "height": 900})
    chosen = {"apercu-language": language, "apercu-theme": theme}
    at.context.add_cookies([{"name": k, "value": v, "url": at.site.url} for k, v in chosen.items()])
    page = at.open(address.format(id=at.site.archive_id))
    expect(page.locator(ready).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)
    return page


def look_at(page: Any) -> None:
    """Find nothing wrong on a page."""
    assert faults(page) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"


@pytest.mark.parametrize(("name", "language", "theme", "width"), SOME)
def test_a_page_has_no_fault(seat: Any, name: str, language: str, theme: str, width: int) -> None:
    look_at(opened(seat, name, language, theme, width))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "language", "theme", "width"), ALL)
def test_a_page_has_no_fault_however_it_is_looked_at(
    seat: Any, name: str, language: str, theme: str, width: int
) -> None:
    look_at(opened(seat, name, language, theme, width))


@pytest.mark.parametrize("name", ["review", "people"])
def test_a_keyboard_gets_to_every_control_and_shows_where_it_is(seat: Any, name: str) -> None:
    page = opened(seat, name, "en", "light", 1280)
    first = None
    for _ in range(150):
        page.keyboard.press("Tab")
        reached = page.evaluate(REACHED)
        if reached is None or reached[0] == first:
            break
        first = first or reached[0]
        assert reached[1], f"no focus to be seen: {reached[0]}"
    assert page.evaluate(LEFT) == []


def test_dialogs_have_names_and_give_the_focus_back(seat: Any) -> None:
    page = opened(seat, "review", "fr", "dark", 1280)
    for button in ("Aide", "Dessiner sur la scène", "Enregistrer la recherche"):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults(page, "[role=dialog]") == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
