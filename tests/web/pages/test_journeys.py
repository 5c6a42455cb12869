"""What people do in a browser, from the login to the end of their errand."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect


def test_a_link_leads_to_the_question_and_the_moment_in_the_persons_language(seat: Any) -> None:
    paul = seat("Paul", color_scheme="dark")
    page = paul.open(f"/archives/{paul.site.archive_id}/review")
    page.get_by_role("button", name="Contact sheet").click()
    stills = page.locator(".still")
    expect(stills).to_have_count(2)
    stills.first.click()
    expect(page.locator(".original video")).to_be_visible()
    page.get_by_label("Language").select_option("fr")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("heading", name="Moment original")).to_be_visible()
    expect(page.locator(".original video")).to_be_visible()
    expect(page.locator(".line.chosen")).to_have_count(1)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Thème").select_option("light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.route("**/video", lambda asked: asked.fulfill(status=404))
    page.get_by_role("button", name="Planche-contact").click()
    stills.last.click()
    expect(page.get_by_text("Cette vidéo ne peut plus être montrée")).to_be_visible()


def test_the_keyboard_leads_everywhere(seat: Any) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("/")
    words = page.get_by_label("Search in words")
    expect(words).to_be_focused()
    words.fill("class:unicorn")
    words.press("Enter")
    expect(page.get_by_text("unknown class 'unicorn'")).to_be_visible()
    words.fill("duration:0.1..")
    words.press("Enter")
    expect(page.locator(".line")).to_have_count(2)
    page.locator("h2").first.click()
    page.keyboard.press("n")
    expect(page.locator(".line.chosen")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.get_by_text("1 of 2 reviewed by you")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator(".original video")).to_be_visible()
    page.keyboard.press("l")
    page.wait_for_function("document.querySelector('.original video').currentTime > 0")
    page.get_by_role("button", name="Save this search").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name (").fill("longer")
    dialog.get_by_label("Reason").fill("seen often")
    dialog.get_by_role("button", name="Save this search").click()
    expect(page.get_by_role("button", name="longer", exact=True)).to_be_visible()
    expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("play or pause")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Draw on the scene").click()
    scene = page.locator(".scene")
    scene.focus()
    for key in ("Space", *["ArrowRight"] * 3, "Space", *["ArrowDown"] * 3, "Space", "Enter"):
        scene.press(key)
    page.get_by_role("button", name="Search here").click()
    expect(page.get_by_text("Drawn or named: 1")).to_be_attached()
    expect(page).to_have_url(re.compile("in:0.5,0.5;"))


def test_who_has_nothing_to_do_there_is_told_so(seat: Any) -> None:
    olga = seat("Olga")
    page = olga.open(f"/archives/{olga.site.archive_id}/review")
    expect(page.get_by_text("This page is not for your roles")).to_be_visible()
    expect(page.get_by_role("link", name="Review")).to_have_count(0)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
