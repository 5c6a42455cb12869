"""A synopsis is shown while it is rendered, and goes over to the whole of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

from apercu.archive import Archive
from apercu.web import making

from .conftest import PEOPLE, Site, new_people, serving

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


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service that stops rendering until there is the file ``go-on`` beside its archive."""
    base = tmp_path_factory.mktemp("held")
    folder = Path(shutil.copytree(filled, base / "archive"))
    program = _HELD.format(go_on=str(base / "go-on"))
    with serving(folder, base, new_people(folder, base, PEOPLE), program=("-c", program)) as running:
        yield running


@pytest.fixture
def go_on(site: Site) -> Iterator[Path]:
    """Return the file, which is not there, and is not left there."""
    path = site.folder.parent / "go-on"
    yield path
    path.unlink(missing_ok=True)


def test_the_first_seconds_are_watched_while_the_rest_is_rendered(seat: Any, go_on: Path) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    page.get_by_role("button", name="Make the synopsis").click()
    expect(page.get_by_text("Still being rendered")).to_be_visible()
    video = page.locator(".synopsis video")
    page.keyboard.press("k")
    page.wait_for_function("document.querySelector('.synopsis video').currentTime > 0.5")
    page.keyboard.press("k")
    place = video.evaluate("video => video.currentTime")
    go_on.touch()
    expect(page.get_by_text("Still being rendered")).to_have_count(0)
    expect(page.get_by_role("button", name="Show boxes")).to_be_visible()  # the index is there
    page.wait_for_function("isFinite(document.querySelector('.synopsis video').duration)")
    assert video.evaluate("video => video.src").endswith("/video")
    assert abs(video.evaluate("video => video.currentTime") - place) < 0.1
    video.evaluate("video => { video.currentTime = 0.3; }")
    expect(page.locator(".onscreen .chip").first).to_be_visible()

    shown = video.evaluate("video => video.src")
    index = page.request.get(shown.replace("/video", "/index")).json()
    tube = index["tubes"][0]
    place, stage = tube["places"][1], page.locator(".synopsis .stage").bounding_box()
    middle = (place["box"][0] + place["box"][2]) / 2, (place["box"][1] + place["box"][3]) / 2
    across, down = middle[0] / index["width"], middle[1] / index["height"]
    page.mouse.move(stage["x"] + across * stage["width"], stage["y"] + down * stage["height"])
    video.evaluate("(video, second) => { video.currentTime = second; }", place["output_s"])
    later = timedelta(seconds=place["original_s"] - tube["original_start_s"])
    moment = datetime.fromisoformat(tube["original_start_time"]) + later
    told = moment.astimezone(Archive.open(ines.site.folder).settings.zone)
    expect(page.locator(".tip")).to_have_text(f"{tube['class']} · {told:%H:%M:%S}")
    page.locator(".facet:visible", has_text="red").get_by_role("checkbox").click()
    expect(page.get_by_text("The filters have changed")).to_be_visible()
    page.get_by_role("checkbox", name="red").click()
    page.get_by_role("checkbox", name="other").click()  # only the classes: no button is needed
    page.wait_for_function(f"() => document.querySelector('.synopsis video').src !== {shown!r}")
    expect(page.get_by_text("The filters have changed")).to_be_hidden()
    expect(page.locator(".synopsis [role=status]").first).to_contain_text("2 objects of")
    page.wait_for_function("document.querySelector('.synopsis video').src.endsWith('/video')")


_ASKED_TO_PLAY = """async ([feeder, grows]) => {
  const { feed } = await import(feeder);
  window.tried = document.createElement("video");
  window.tried.play().catch(() => {});
  feed(window.tried, grows, new AbortController().signal, () => {});
}"""


def test_what_is_asked_to_play_just_before_it_comes_plays_when_it_does(seat: Any, go_on: Path) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    with (
        page.expect_request("**/growing*.js*") as feeder,
        page.expect_request(f"**/{making.GROWING}") as grows,
    ):
        page.get_by_role("button", name="Make the synopsis").click()
    page.evaluate(_ASKED_TO_PLAY, [feeder.value.url, grows.value.url])
    page.wait_for_function("window.tried.currentTime > 0.5")
    go_on.touch()
    expect(page.get_by_text("Still being rendered")).to_have_count(0)


def test_what_is_cancelled_is_taken_away(seat: Any) -> None:
    ines = seat("Ines")
    page = ines.open(f"/archives/{ines.site.archive_id}/review")
    expect(page.locator(".line").first).to_be_visible()
    page.get_by_role("button", name="Make the synopsis").click()
    expect(page.get_by_text("Still being rendered")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Still being rendered")).to_have_count(0)
    expect(page.locator(".synopsis video")).to_have_count(0)
    expect(page.locator(".synopsis .before")).to_be_visible()
