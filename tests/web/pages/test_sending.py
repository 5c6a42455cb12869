"""Errands that begin with a recording on somebody's own disk: an inquiry, and a count that keeps nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.web.roles import Role

from ..conftest import declare
from .conftest import Site, inquiry, new_people, serving

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

PIECE = 8 * 1024 * 1024
"""What the browser sends at once."""


@pytest.fixture(scope="module")
def film(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of three pieces: most of it is room that the format leaves free."""
    path = tmp_path_factory.mktemp("own") / "gate 2026-05-04 12-00-00.mp4"
    free = (2 * PIECE).to_bytes(4, "big") + b"free" + bytes(2 * PIECE - 8)
    path.write_bytes((filled.parent / "gate film.mp4").read_bytes() + free)
    return path


@pytest.fixture(scope="module")
def court(new_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service on the empty archive of an inquiry."""
    base = tmp_path_factory.mktemp("court")
    with inquiry(Path(shutil.copytree(new_archive, base / "archive")), base) as running:
        yield running


@pytest.fixture(scope="module")
def town(new_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service on an empty archive that may only count."""
    base = tmp_path_factory.mktemp("town")
    folder = Path(shutil.copytree(new_archive, base / "archive"))
    declare(folder, "statistics", place="a street", information="signs")
    with serving(
        folder, base, new_people(folder, base, {"Root": Role.ADMINISTRATOR, "Tara": Role.OPERATOR})
    ) as running:
        yield running


def send_with_a_break(page: Any, film: Path) -> None:
    """Send a recording; the connection breaks after the first piece, and the page is closed meanwhile."""

    def break_off(route: Any) -> None:
        if route.request.headers.get("upload-offset", "0") == "0":
            route.continue_()
        else:
            route.abort()

    page.route("**/uploads/*", break_off)
    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_text("no connection, tries again")).to_be_visible()
    page.reload()  # before the connection is there again: else a last try would bring some more
    page.unroute("**/uploads/*")
    expect(page.get_by_text("Choose the same file again to go on.")).to_be_visible()
    offsets: list[int] = []
    page.on(
        "request", lambda sent: sent.method == "PATCH" and offsets.append(int(sent.headers["upload-offset"]))
    )
    page.locator("input[type=file]").set_input_files(film)
    expect(page.locator(".sending")).to_contain_text("is here")
    assert offsets == [PIECE, 2 * PIECE]
    page.reload()
    page.get_by_role("checkbox", name=film.name).wait_for()
    page.locator("input[type=file]").set_input_files(film)
    expect(page.locator(".sending")).to_contain_text("is here")
    assert len(offsets) == 2  # it is known again, and not sent again


def test_an_investigator_sends_a_recording_and_sees_an_object_as_filmed_when_another_agrees(
    sit: Any, court: Site, film: Path
) -> None:
    ines = sit(court)
    page = ines.open("/")
    ines.log_in("Ines", "not this one")
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    ines.log_in("Ines")

    page.get_by_role("link", name="Footage").click()
    send_with_a_break(page, film)
    expect(page.get_by_text(f"{film.name}: 2 objects in")).to_be_visible()
    page.get_by_role("link", name="Review").click()

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
    page.get_by_label("Kind of reason").click()
    page.get_by_role("option", name="The inquiry that the archive is for").click()
    page.get_by_label("Reason", exact=True).fill("the plate of the red one")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("waits for another person")).to_be_visible()

    paul = sit(court, "Paul")
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


def test_a_traffic_engineer_counts_a_recording_of_which_nothing_is_kept(
    sit: Any, town: Site, film: Path
) -> None:
    page = sit(town, "Tara").open(f"/archives/{town.archive_id}/statistics")
    page.get_by_role("link", name="Add footage").click()
    page.get_by_label("Camera (may").fill("gate")
    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_text("Camera gate has no line and no zone yet")).to_be_visible()
    expect(page.get_by_role("checkbox", name=film.name)).to_be_checked()
    uploads = town.folder.parent / "home" / "uploads"
    assert len(list(uploads.iterdir())) == 1

    page.get_by_role("button", name="Draw lines and zones").click()
    picture = page.locator(".scene img")
    expect(picture).to_have_attribute("src", re.compile("footage/scene"))
    page.wait_for_function("document.querySelector('.scene img').naturalWidth === 320")
    board = page.get_by_role("application")
    board.focus()
    for key in (*["ArrowUp"] * 25, "Space", *["ArrowDown"] * 50, "Space"):
        page.keyboard.press(key)
    page.get_by_label("Name", exact=True).fill("middle")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Line middle")).to_be_visible()

    page.get_by_role("link", name="Add footage").click()
    expect(page.get_by_role("checkbox", name=film.name)).to_be_checked()
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_text("counted at middle")).to_be_visible()
    expect(page.get_by_role("checkbox", name=film.name)).to_have_count(0)
    assert list(uploads.iterdir()) == []

    page.get_by_role("link", name="See the numbers").click()
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_text(re.compile("Withheld: [1-9]"))).to_be_visible()  # two objects are too few
    with page.expect_download() as taken:
        page.get_by_role("button", name="csv", exact=True).click()
    assert ",middle," in Path(taken.value.path()).read_text(encoding="utf-8")
    told = [(e.capability, e.actor) for e in Archive.open(town.folder).gate.ledger.entries()]
    for capability in ("analyze-recorded", "show-scene", "count", "release-statistics"):
        assert (capability, "Tara (web)") in told


def test_files_that_cannot_be_sent_or_read_say_why(sit: Any, court: Site, tmp_path: Path) -> None:
    page = sit(court, "Paul").open(f"/archives/{court.archive_id}/footage")
    (tmp_path / "letter.txt").write_text("no film")
    (tmp_path / "torn.mp4").write_bytes(b"no video at all")
    page.get_by_label("Language").select_option("fr")
    page.locator("input[type=file]").set_input_files([tmp_path / "letter.txt", tmp_path / "torn.mp4"])
    expect(page.get_by_role("alert")).to_contain_text("Ce fichier ne porte pas le nom d'un enregistrement")
    expect(page.get_by_text("torn.mp4 : Un enregistrement ne peut être lu").first).to_be_visible()
    expect(page.get_by_text("Retirez-le, ou gardez-le")).to_be_visible()
    page.get_by_role("button", name="Retirer torn.mp4").click()
    expect(page.get_by_role("checkbox", name="torn.mp4")).to_have_count(0)
