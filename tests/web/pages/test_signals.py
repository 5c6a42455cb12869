"""The page of signals in a real browser: it goes on by itself, and one key answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from apercu.archive import Archive
from apercu.archive.signal_records import State
from apercu.events.event import Event
from apercu.events.register import Register
from apercu.web.roles import Role

from .conftest import Site, new_people, serving

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

from .test_accessibility import look_at


def signal(folder: Path, number: int, rule: str = "no entry") -> str:
    picture = cv2.imencode(".jpg", np.full((90, 160, 3), 127, np.uint8))[1].tobytes()
    now = datetime.now(UTC)
    event = Event("gate", "live", rule, "zone", "yard", 0.0, float(number), now, 3.5, 2.0, "s", "person")
    return Register(Archive.open(folder)).add(event, picture=picture, rule_says="nobody in the yard").key


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[Site]:
    """Start a service on an archive with two signals."""
    folder = Path(shutil.copytree(filled, tmp_path / "archive"))
    for number in range(2):
        signal(folder, number)
    archive_id = new_people(folder, tmp_path, {"Root": Role.ADMINISTRATOR, "Tara": Role.OPERATOR})
    with serving(folder, tmp_path, archive_id) as running:
        yield running


def states(site: Site) -> list[State]:
    return [each.state for each in reversed(Register(Archive.open(site.folder)).signals())]


def test_signals_come_by_themselves_and_one_key_answers(seat: Any, site: Site) -> None:
    tara = seat("Tara")
    page = tara.open(f"/archives/{site.archive_id}/signals")
    lines = page.locator(".signals .signal")
    for language, theme, measured in (("fr", "dark", "3,5 s"), ("en", "light", "3.5 s")):
        cookies = {"apercu-language": language, "apercu-theme": theme}
        tara.context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
        page.reload()
        expect(lines).to_have_count(2)
        expect(page.locator(".signals")).to_contain_text(measured)
        for width in (820, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            look_at(page)
    picture = page.locator("img.seen")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 160
    assert page.get_by_role("switch").get_attribute("aria-checked") == "false"
    page.keyboard.press("c")
    expect(lines).to_have_count(1)
    assert states(site) == [State.OPEN, State.CONFIRMED]
    page.keyboard.press("2")
    expect(lines).to_have_count(0)
    assert states(site) == [State.DISMISSED, State.CONFIRMED]
    page.keyboard.press("u")
    expect(lines).to_have_count(1)
    assert states(site) == [State.OPEN, State.CONFIRMED]
    signal(site.folder, 7, "queue")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("queue")
    expect(page.locator("table")).to_contain_text("100")
    answers = Register(Archive.open(site.folder))
    history = answers.history(answers.signals()[-1])
    assert [(a.state, a.reason, a.actor) for a in history] == [
        (State.DISMISSED, "light", "Tara (web)"),
        (State.OPEN, "", "Tara (web)"),
    ]
