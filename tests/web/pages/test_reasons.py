"""Where searching takes a reason and another person, and where no empty scene of a camera is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.archive.files import list_backgrounds
from apercu.web.roles import Role

from ..conftest import declare
from .conftest import Site, new_people, serving

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

PEOPLE = {
    "Root": Role.ADMINISTRATOR,
    "Ines": Role.REVIEWER,
    "Paul": Role.REVIEWER,
    "Tara": Role.OPERATOR,
}
CAREFUL = 'format = 1\nid = "careful"\nextends = "research"\nreasons = ["search"]\nfour_eyes = ["search"]\n'


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service on an archive where four eyes look for anything, and which keeps no empty scene."""
    base = tmp_path_factory.mktemp("careful")
    folder = Path(shutil.copytree(filled, base / "archive"))
    (folder / "purpose.toml").write_text(CAREFUL)
    declare(folder, "careful", licence="own")
    for row in Archive.open(folder).recordings():
        for kept in list_backgrounds(folder / row.analysis.folder):
            kept.path.unlink()
    with serving(folder, base, new_people(folder, base, PEOPLE)) as running:
        yield running


def test_nothing_is_searched_before_a_reason_is_said_and_another_person_agrees(seat: Any, site: Site) -> None:
    page = seat("Ines").open(f"/archives/{site.archive_id}/review")
    why = page.locator(".why")
    expect(why.get_by_text("Looking here takes a reason")).to_be_visible()
    expect(page.locator(".line")).to_have_count(0)
    assert not [e for e in Archive.open(site.folder).gate.ledger.entries() if e.actor == "Ines (web)"]
    why.get_by_label("Reason").fill("claim 7")
    why.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("takes another person's approval here").first).to_be_visible()
    why.get_by_role("button", name="Ask another person").click()
    expect(page.get_by_text("Another person has to approve it now")).to_be_visible()

    other = seat("Paul").open(f"/archives/{site.archive_id}/approvals")
    request = other.get_by_role("article")
    expect(request).to_contain_text("claim 7")
    request.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Approved").first).to_be_visible()

    why.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".line")).to_have_count(2)
    done = [e for e in Archive.open(site.folder).gate.ledger.entries() if e.outcome == "done"]
    # The empty scene is looked at beside it, before or after.
    found = [e for e in done if e.capability == "search"][-1]
    assert found.reason == "claim 7"
    assert found.actor.startswith("Ines (web), approved by Paul")


def test_lines_are_drawn_on_a_picture_where_no_empty_scene_is_kept(seat: Any, site: Site) -> None:
    page = seat("Tara").open(f"/archives/{site.archive_id}/statistics")
    expect(page.get_by_text("No empty scene of this camera")).to_be_visible()
    page.get_by_role("button", name="Draw on a picture of the footage").click()
    picture = page.locator(".board img")
    expect(picture).to_have_attribute("src", f"/api/v1/archives/{site.archive_id}/cameras/gate/frame")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    board = page.get_by_role("application")
    board.focus()
    for key in ("Space", *["ArrowDown"] * 9, "Space"):
        page.keyboard.press(key)
    page.get_by_label("Name", exact=True).fill("door")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Line door")).to_be_visible()
