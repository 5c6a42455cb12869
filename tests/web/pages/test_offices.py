"""What an overseer, an administrator and a traffic engineer do in a browser, and what a stranger sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.purposes import Capability, Ledger, verify
from apercu.purposes.signing import Checkpoint
from apercu.web.roles import Role

from ...statistics.conftest import put, walk
from ..conftest import START
from .conftest import PASSWORD, Site, new_people, serving

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

from .test_accessibility import look_at

PEOPLE = {"Root": Role.ADMINISTRATOR, "Tara": Role.OPERATOR, "Olga": Role.OVERSEER}


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service on an archive for research that everybody may oversee."""
    base = tmp_path_factory.mktemp("office")
    folder = Path(shutil.copytree(filled, base / "archive"))
    with Archive.open(folder, actor="Ines (web)").gate.opens(
        Capability.SHOW_UNREDACTED, subject="track", reason="person-concerned: claim of Mrs. Roe"
    ):
        pass
    films = base / "films"
    films.mkdir()
    shutil.copy(filled.parent / "gate film.mp4", films)
    (films / "torn.mp4").write_bytes(b"no video at all")
    people = [walk((20, 120), (300, 120), start_s=10.0 * n) for n in range(7)]
    put(Archive.open(folder), *people, start=START + timedelta(days=1))
    archive_id = new_people(folder, base, PEOPLE)
    with serving(folder, base, archive_id, "--public-oversight", "--footage", films) as running:
        yield running


def test_an_overseer_reads_what_was_done_and_verifies_it(seat: Any, site: Site) -> None:
    page = seat("Olga").open("/")
    expect(page.locator("nav [aria-current]")).to_have_text("Oversight")
    expect(page.get_by_text("claim of Mrs. Roe")).to_be_visible()
    expect(page.get_by_role("heading", name="What it may do")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save a checkpoint").click()
    kept = Checkpoint.read(Path(taken.value.path()).read_bytes())
    assert kept is not None
    page.get_by_role("button", name="Verify the ledger").click()
    expect(page.get_by_role("status").filter(has_text="Intact")).to_be_visible()
    assert verify(Ledger(site.folder), [kept]).is_intact


def test_a_stranger_sees_how_often_and_no_words_of_reasons(seat: Any, site: Site) -> None:
    page = seat().open("/login")
    page.get_by_role("link", name="for everybody to see").click()
    page.get_by_role("link", name="Test").click()
    expect(page.get_by_text("People shown as filmed")).to_be_visible()
    expect(page.get_by_text("Somebody who was filmed asks for it").first).to_be_visible()
    look_at(page)
    assert "Mrs. Roe" not in page.content() and "Ines" not in page.content()
    page.get_by_text("Checkpoint to keep").click()
    assert json.loads(page.locator("details code").inner_text())["number"] > 0
    before = sum(1 for _ in Archive.open(site.folder).gate.ledger.entries())
    page.reload()
    expect(page.get_by_text("People shown as filmed")).to_be_visible()
    assert sum(1 for _ in Archive.open(site.folder).gate.ledger.entries()) == before


def test_an_administrator_adds_a_person_and_ends_a_right(seat: Any, site: Site) -> None:
    page = seat("Root").open("/people")
    page.get_by_label("Name, as the ledger").fill("Nora Neu")
    page.get_by_label("Password").fill("short")
    add = page.get_by_role("button", name="Add a person")
    add.click()
    expect(page.get_by_role("alert").filter(has_text="12 to 1024 characters")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Roles").click()
    page.get_by_role("option", name="Overseer").click()
    page.keyboard.press("Escape")
    add.click()
    expect(page.get_by_role("heading", name="Nora Neu")).to_be_visible()
    page.get_by_label("Last day").fill((date.today() + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Give").click()
    right = page.get_by_role("article")
    expect(right).to_contain_text("until")

    nora = seat().open("/login")
    nora.get_by_label("Name").fill("Nora Neu")
    nora.get_by_label("Password").fill(PASSWORD)
    nora.get_by_role("button", name="Log in").click()
    expect(nora.locator("nav [aria-current]")).to_have_text("Oversight")
    right.get_by_role("button", name="End the right").click()
    expect(page.get_by_text("No right in any archive.")).to_be_visible()
    nora.reload()
    expect(nora.get_by_text("no right in this archive")).to_be_visible()
    told = [each.subject for each in Archive.open(site.folder).gate.ledger.entries()]
    assert "right of Nora Neu ended" in told


def test_an_administrator_says_what_a_camera_is_for_and_everybody_reads_it(seat: Any, site: Site) -> None:
    page = seat("Root").open("/")
    expect(page.locator("nav [aria-current]")).to_have_text("Oversight")
    page.get_by_label("What it is for").fill("who comes in")
    page.get_by_label("Where it stands").fill("south gate")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.get_by_role("row").filter(has_text="gate").first
    expect(row).to_contain_text("who comes in")
    expect(row).to_contain_text("south gate")
    stranger = seat().open(f"/public/{site.archive_id}")
    expect(stranger.get_by_text("who comes in")).to_be_visible()
    told = [e for e in Archive.open(site.folder).gate.ledger.entries() if e.actor == "Root (web)"]
    assert [e.subject for e in told if e.capability == "manage" and "camera" in e.subject] == ["camera gate"]


def test_people_are_for_administrators_and_tokens_for_everybody(seat: Any, site: Site) -> None:
    page = seat("Tara").open("/people")
    expect(page.get_by_text("This page is not for your roles")).to_be_visible()
    page.get_by_role("link", name="My account").click()
    page.get_by_label("What it is for").fill("counter at the gate")
    page.get_by_label("What it may ask for").click()
    page.get_by_role("option", name="Count what passes").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_text("apercu_").inner_text()
    answer = page.request.get(f"{site.url}/api/v1/archives", headers={"Authorization": f"Bearer {secret}"})
    assert answer.ok
    page.get_by_role("button", name="End the token").click()
    expect(page.get_by_text("You have no token.")).to_be_visible()


def test_a_traffic_engineer_draws_a_line_reads_its_counts_and_saves_them(seat: Any, site: Site) -> None:
    page = seat("Tara").open(f"/archives/{site.archive_id}/statistics")
    expect(page.get_by_text("A number is about 1 minute or more.")).to_be_visible()
    board = page.get_by_role("application")
    board.focus()
    for key in (*["ArrowUp"] * 25, "Space", *["ArrowDown"] * 50, "Space"):
        page.keyboard.press(key)
    page.get_by_label("Name", exact=True).fill("middle")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Line middle")).to_be_visible()
    page.get_by_role("checkbox", name="Map of where it moves").click()
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_text("None withheld")).to_be_visible()
    expect(page.get_by_role("img", name="Crossings: middle")).to_be_visible()
    expect(page.get_by_role("img", name="Map of movement")).to_be_visible()
    row = page.get_by_role("row", name="middle to the left")
    expect(row).to_contain_text("7")
    look_at(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="csv", exact=True).click()
    saved = Path(taken.value.path()).read_text(encoding="utf-8")
    assert taken.value.suggested_filename.endswith(".csv")
    assert ",middle," in saved and ",crossings," in saved
    page.get_by_role("button", name="Remove middle").click()
    expect(page.get_by_text("Nothing is drawn yet.")).to_be_visible()
    assert "release-statistics" in [e.capability for e in Archive.open(site.folder).gate.ledger.entries()]


def test_footage_on_the_server_is_analysed_and_each_file_says_what_became_of_it(seat: Any) -> None:
    page = seat("Tara").open("/")
    page.get_by_role("link", name="Footage").click()
    page.get_by_role("checkbox", name="torn.mp4").wait_for()
    page.get_by_role("checkbox", name="gate film.mp4").check()
    page.get_by_role("button", name="Analyse").click()
    done = page.get_by_role("article")
    expect(done.get_by_text("Done")).to_be_visible()
    expect(done.get_by_text("gate film.mp4: was in the archive already")).to_be_visible()
    expect(done.get_by_text("torn.mp4: A recording cannot be read")).to_be_visible()
