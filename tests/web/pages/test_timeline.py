"""The timeline: from the day to minutes, by wheel, buttons and keys."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect


def test_the_timeline_goes_from_the_day_to_minutes_and_back(seat: Any) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review?q=from:2026-05-04 to:2026-05-04")
    expect(page.locator(".line").first).to_be_visible()
    lane, ticks = page.locator(".timeline .lane"), page.locator(".timeline .hour")
    expect(ticks.nth(1)).to_have_text("02:00")
    box = lane.bounding_box()
    left = box["x"] + 96  # where midnight is
    at = left + (box["x"] + box["width"] - left) * (14 * 60 + 0.5) / 1440
    page.mouse.move(at, box["y"] + 10)
    expect(page.get_by_text("14:00 · other 2")).to_be_visible()
    for _ in range(12):
        page.mouse.wheel(0, -100)
    expect(page.get_by_role("button", name="Nearer")).to_be_disabled()
    expect(page.get_by_text(re.compile(r"^13:5\d–14:0\d$"))).to_be_visible()
    expect(ticks.filter(has_text="14:01")).to_have_count(1)
    page.get_by_role("button", name="Further").click()
    expect(page.get_by_role("button", name="Nearer")).to_be_enabled()
    page.get_by_role("button", name="All", exact=True).click()
    expect(ticks.nth(1)).to_have_text("02:00")


def test_a_time_is_chosen_on_it_with_the_keyboard(seat: Any) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review?q=from:2026-05-04 to:2026-05-04")
    expect(page.locator(".line").first).to_be_visible()
    lane = page.locator(".timeline .lane")
    lane.focus()
    lane.press("Home")
    expect(page.get_by_text("00:00 · nothing")).to_be_visible()
    for key in (*["ArrowRight"] * 2, *["+"] * 12, "ArrowRight", *["Shift+ArrowRight"] * 3, "Enter"):
        lane.press(key)
    expect(page).to_have_url(re.compile("from:2026-05-04T00:49.*to:2026-05-04T00:52"))
    expect(page.get_by_label("From", exact=True)).to_have_value("00:49")
    lane.press("0")
    expect(page.locator(".timeline .hour").nth(1)).to_have_text("02:00")
