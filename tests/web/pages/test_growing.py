"""A synopsis is shown while it is rendered, and goes over to the whole of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

from .conftest import PEOPLE, Seat, new_people, serving

_HELD = """
import time
from contextlib import closing
from pathlib import Path
from apercu.cli import main
from apercu.synopsis import making

def held(*args, render=making.render):
    *_, progress = args
    with closing(render(*args)) as pictures:
        for number, picture in enumerate(picture for picture in pictures for _ in range(8)):
            while number == 40 and not Path({go_on!r}).exists():
                time.sleep(0.05)
                progress(1.0)  # where the job was cancelled, it ends here
            yield picture

making.render = held
main()
"""
"""The program, with a synopsis eight times as slow, which stops when more than a second of it is coded."""


@pytest.fixture
def rita(filled: Path, tmp_path: Path, chromium: Any) -> Iterator[Seat]:
    """Return a seat in front of a service that stops rendering until there is the file ``go-on``."""
    folder = Path(shutil.copytree(filled, tmp_path / "archive"))
    program = _HELD.format(go_on=str(tmp_path / "go-on"))
    archive_id = new_people(folder, tmp_path, PEOPLE)
    with serving(folder, tmp_path, archive_id, program=("-c", program)) as site:
        seat = Seat(chromium, site)
        seat.open("/login")
        seat.log_in("Ines")
        expect(seat.page).not_to_have_url(re.compile("login"))
        yield seat
        seat.context.close()
        assert seat.wrong == []


def test_the_first_seconds_are_watched_while_the_rest_is_rendered(rita: Seat, tmp_path: Path) -> None:
    page = rita.open(f"/archives/{rita.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    page.get_by_role("button", name="Make the synopsis").click()
    expect(page.get_by_text("Still being rendered")).to_be_visible()
    video = page.locator(".synopsis video")
    page.keyboard.press("k")
    page.wait_for_function("document.querySelector('.synopsis video').currentTime > 0.5")
    page.keyboard.press("k")
    place = video.evaluate("video => video.currentTime")
    (tmp_path / "go-on").touch()
    expect(page.get_by_text("Still being rendered")).to_have_count(0)
    expect(page.get_by_role("button", name="Show boxes")).to_be_visible()  # the index is there
    page.wait_for_function("isFinite(document.querySelector('.synopsis video').duration)")
    assert video.evaluate("video => video.src").endswith("/video")
    assert abs(video.evaluate("video => video.currentTime") - place) < 0.1
    video.evaluate("video => { video.currentTime = 0.3; }")
    expect(page.locator(".onscreen .chip").first).to_be_visible()

    shown = video.evaluate("video => video.src")
    page.locator(".facet:visible", has_text="red").get_by_role("checkbox").click()
    expect(page.get_by_text("The filters have changed")).to_be_visible()
    page.get_by_role("checkbox", name="red").click()
    page.get_by_role("checkbox", name="other").click()  # only the classes: no button is needed
    page.wait_for_function(f"() => document.querySelector('.synopsis video').src !== {shown!r}")
    expect(page.get_by_text("The filters have changed")).to_be_hidden()
    expect(page.locator(".synopsis [role=status]").first).to_contain_text("2 objects of")
    page.wait_for_function("document.querySelector('.synopsis video').src.endsWith('/video')")


def test_what_is_cancelled_is_taken_away(rita: Seat) -> None:
    page = rita.open(f"/archives/{rita.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    page.get_by_role("button", name="Make the synopsis").click()
    expect(page.get_by_text("Still being rendered")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Still being rendered")).to_have_count(0)
    expect(page.locator(".synopsis video")).to_have_count(0)
    expect(page.locator(".synopsis .before")).to_be_visible()
