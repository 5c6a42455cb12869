"""What people do in a browser, from the login to the end of their errand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from apercu.archive import Archive

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect


def test_an_investigator_finds_an_object_and_sees_it_as_filmed_when_another_agrees(seat: Any) -> None:
    ines = seat()
    page = ines.open("/")
    ines.log_in("Ines", "not this one")
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    ines.log_in("Ines")

    objects = page.locator(".line")
    expect(objects.first).to_be_visible()
    everything = objects.count()
    assert everything == 2
    page.locator(".facet:visible", has_text="red").get_by_role("checkbox").click()
    expect(objects).to_have_count(1)
    expect(page).to_have_url(re.compile("colour:red"))

    page.get_by_label("Overlap").press("ArrowLeft")
    expect(page.locator(".synopsis [role=status]")).to_contain_text("1 object of")
    page.get_by_role("button", name="Make the synopsis").click()
    film = page.locator(".synopsis video")
    expect(film).to_be_visible()
    page.keyboard.press("ArrowRight")
    shown = page.locator(".onscreen .chip")
    expect(shown).to_have_count(1)
    shown.click()  # to the original moment

    original = page.locator(".original")
    expect(original.locator("video")).to_be_visible()
    expect(original.get_by_text("People are pixelated")).to_be_visible()
    expect(page).to_have_url(re.compile("track=.*second="))
    with page.expect_download() as taken:
        original.get_by_role("link", name="Take this clip").click()
    assert taken.value.path().stat().st_size > 1000

    page.keyboard.press("m")
    expect(page.get_by_text("1 of 1 reviewed by you")).to_be_visible()

    page.get_by_role("button", name="Ask to see people as filmed").click()
    send = page.get_by_role("button", name="Send")
    send.click()
    expect(page.get_by_role("alert").filter(has_text="a request takes a reason")).to_be_visible()
    page.get_by_label("Kind of reason").click()
    page.get_by_role("option", name="The inquiry that the archive is for").click()
    page.get_by_label("Reason", exact=True).fill("the plate of the red one")
    send.click()
    expect(page.get_by_text("waits for another person")).to_be_visible()

    paul = seat("Paul")
    other = paul.open(f"/archives/{paul.site.archive_id}/approvals")
    request = other.get_by_role("article")
    expect(request).to_contain_text("the plate of the red one")
    request.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Nobody waits for your decision.")).to_be_visible()

    page.get_by_role("button", name="Show people as filmed").click()
    expect(original.get_by_text("People as they were filmed")).to_be_visible()
    entries = list(Archive.open(paul.site.folder).gate.ledger.entries())
    shown_entry = next(e for e in entries if e.capability == "show-unredacted" and "approved by" in e.actor)
    assert shown_entry.actor.startswith("Ines (web), approved by Paul")
    assert shown_entry.reason == "inquiry: the plate of the red one"


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
