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
from apercu.archive.shelf import LOCK
from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import AnswerRow, State
from apercu.disk import locked
from apercu.events.answers import answer
from apercu.events.event import Event, Severity
from apercu.events.register import Register
from apercu.purposes import Entry, Ledger, Outcome
from apercu.purposes.ledger import OPEN_DOORS
from apercu.web.roles import Role

from ...events.parts import wait_until
from .conftest import Site, new_people, serving

pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
from playwright.sync_api import expect

from .test_accessibility import look_at

PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), 127, np.uint8))[1].tobytes()
BEEPS = """window.beeps = 0;
window.AudioContext = class extends AudioContext { constructor() { super(); window.beeps += 1; } };"""


def signal(
    folder: Path,
    number: int,
    rule: str = "no entry",
    *,
    with_picture: bool = True,
    says: str = "",
    severity: Severity = "medium",
    camera: str = "gate",
) -> str:
    now = datetime.now(UTC)
    values = (camera, "live", rule, "zone", "yard", 0.0, float(number), now, 3.5, 2.0, "s", "person")
    event = Event(*values, severity=severity)
    picture = PICTURE if with_picture else None
    return Register(Archive.open(folder)).add(event, picture=picture, rule_says=says).key


@pytest.fixture(scope="module")
def running(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service on an archive of its own."""
    base = tmp_path_factory.mktemp("signals")
    folder = Path(shutil.copytree(filled, base / "archive"))
    archive_id = new_people(folder, base, {"Root": Role.ADMINISTRATOR, "Tara": Role.OPERATOR})
    with serving(folder, base, archive_id) as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    """Return that service, its archive with two signals and no others."""
    archive = Archive.open(running.folder)
    with locked(running.folder / LOCK):
        archive.signals.erase(archive.signals.catalog.signals(WantedSignals()))
    for number in range(2):
        signal(running.folder, number)
    return running


def states(site: Site) -> list[State]:
    return [each.state for each in reversed(Register(Archive.open(site.folder)).signals())]


def test_signals_come_by_themselves_and_one_key_answers(seat: Any, site: Site) -> None:
    tara = seat("Tara")
    page = tara.open(f"/archives/{site.archive_id}/signals")
    lines = page.locator(".signals .signal")
    for language, theme, seen, who in (
        ("fr", "dark", "personne dans la zone yard pendant 3,5 s ; la règle dit 2,0 s", "personne, gate"),
        ("en", "light", "person in zone yard for 3.5 s; the rule says 2.0 s", "person, gate"),
    ):
        cookies = {"apercu-language": language, "apercu-theme": theme}
        tara.context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
        page.reload()
        expect(lines).to_have_count(2)
        expect(lines.first).to_contain_text(who)
        expect(page.locator(".signals")).to_contain_text(seen)
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
    assert "severity" not in lines.first.inner_text()
    expect(page.locator(".signals")).to_contain_text("severity: medium")
    signal(site.folder, 7, "queue", says="Open another desk.", severity="high")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("queue")
    lines.first.click()
    expect(lines.first).to_contain_text("severity: high")
    look_at(page)
    for told in ("Open another desk.", "person in zone yard for 3.5 s"):
        expect(page.locator(".signals")).to_contain_text(told)
    expect(page.locator("table")).to_contain_text("100")
    register = Register(Archive.open(site.folder))
    history = register.history(register.signals()[-1])
    assert [(a.state, a.reason, a.actor) for a in history] == [
        (State.DISMISSED, "light", "Tara (web)"),
        (State.OPEN, "", "Tara (web)"),
    ]


def open_page(seat: Any, site: Site, name: str = "Tara", key: str = "") -> Any:
    """Open the page; its signals are there, and each beep is counted in ``window.beeps``."""
    at = seat(name)
    at.page.add_init_script(BEEPS)
    page = at.open(f"/archives/{site.archive_id}/signals" + (f"?signal={key}" if key else ""))
    expect(page.locator("table")).to_contain_text("Precision")
    return page


def say(site: Site, key: str, state: State, reason: str = "", who: str = "Ines (web)") -> None:
    archive = Archive.open(site.folder).asked_by(who)
    answer(archive, Register(archive).find(key), state, reason)


def answers(site: Site) -> int:
    register = Register(Archive.open(site.folder))
    return sum(len(register.history(each)) for each in register.signals())


def read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:  # closed meanwhile
        return ""


def press_in_vain(page: Any, site: Site, keys: str) -> None:
    """Press keys that must not answer; then one whose effect shows that those before it were heard."""
    before = answers(site)
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("j")
    expect(page.locator('.signal[aria-current="true"]')).to_have_count(1)
    assert answers(site) == before


def test_a_link_leads_to_its_signal_whatever_became_of_it(seat: Any, site: Site) -> None:
    old = signal(site.folder, 50, "queue")
    say(site, old, State.DISMISSED, "light")
    page = open_page(seat, site, key=old)
    detail, chosen = page.locator("[aria-live=polite]"), page.locator('.signal[aria-current="true"]')
    expect(detail).to_contain_text("queue")
    expect(detail).to_contain_text("Answered by Ines (web)")
    expect(detail).to_contain_text("dismissed (Light, a shadow or a reflection)")
    expect(chosen).to_have_count(0)
    press_in_vain(page, site, "cx1u")
    page.goto(page.url)
    page.get_by_role("button", name="Answer it all the same").click()
    page.get_by_role("button", name="Confirm (C)").wait_for()
    page.keyboard.press("c")
    expect(chosen).to_have_count(1)
    assert Register(Archive.open(site.folder)).find(old).state is State.CONFIRMED


def test_a_link_to_no_signal_says_so_and_no_key_answers_another(seat: Any, site: Site) -> None:
    page = open_page(seat, site, key="0" * 32)
    expect(page.locator("[aria-live=polite]")).to_contain_text("This signal is not there")
    signal(site.folder, 60)
    expect(page.locator(".signal")).to_have_count(3)
    expect(page.locator('.signal[aria-current="true"]')).to_have_count(0)
    expect(page.locator("[aria-live=polite]")).to_contain_text("This signal is not there")
    press_in_vain(page, site, "cx1u")


def test_what_comes_later_appears_beside_the_words_that_are_typed(seat: Any, site: Site) -> None:
    key = signal(site.folder, 50, with_picture=False)
    page = open_page(seat, site, key=key)
    expect(page.locator("[aria-live=polite]")).to_contain_text("There is no picture")
    page.get_by_label("In words").fill("banner")
    register = Register(Archive.open(site.folder))
    register.complete(key, picture=PICTURE)
    expect(page.locator("img.seen")).to_be_visible()
    clip = site.folder.parent / "clip.mp4"
    clip.write_bytes(b"no film")
    register.complete(key, clip=clip)
    expect(page.get_by_role("link", name="Show the seconds around it")).to_be_visible()
    page.keyboard.type(" in the wind")  # the field has kept the focus, too
    expect(page.get_by_label("In words")).to_have_value("banner in the wind")


def test_the_first_signal_on_an_empty_page_is_heard(seat: Any, site: Site) -> None:
    for each in Register(Archive.open(site.folder)).signals():
        say(site, each.key, State.CONFIRMED, "as-said")
    page = open_page(seat, site)
    expect(page.locator(".signals")).to_contain_text("Nothing is waiting")
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    signal(site.folder, 50)
    expect(page.locator(".signal")).to_have_count(1)
    page.wait_for_function("window.beeps === 1")


def test_who_is_second_is_told_and_keeps_what_was_typed(seat: Any, site: Site) -> None:
    page = open_page(seat, site)
    lines = page.locator(".signal")
    newest, oldest = Register(Archive.open(site.folder)).signals()
    page.get_by_label("In words").fill("banner")
    say(site, newest.key, State.DISMISSED, "light")
    detail = page.locator("[aria-live=polite]")
    expect(detail).to_contain_text("Answered meanwhile by Ines (web)")
    expect(lines).to_have_count(1)
    expect(page.get_by_label("In words")).to_have_value("banner")
    expect(page.locator('.signal[aria-current="true"]')).to_have_count(0)
    look_at(page)
    page.get_by_label("In words").blur()
    press_in_vain(page, site, "cx1")
    expect(page.get_by_label("In words")).to_have_value("")
    page.keyboard.press("c")
    expect(lines).to_have_count(0)
    assert Register(Archive.open(site.folder)).find(oldest.key).state is State.CONFIRMED
    say(site, oldest.key, State.CONFIRMED, "checked")
    page.keyboard.press("u")  # that answer is another person's now
    expect(page.get_by_role("alert")).to_contain_text("is that of Ines (web)")
    assert Register(Archive.open(site.folder)).find(oldest.key).state is State.CONFIRMED


def test_of_two_at_the_same_moment_the_second_is_told(seat: Any, site: Site) -> None:
    page = open_page(seat, site)
    newest = Register(Archive.open(site.folder)).signals()[0]
    catalog = Archive.open(site.folder).signals.catalog
    doors = site.folder / "ledger" / OPEN_DOORS
    page.get_by_label("In words").fill("banner")
    page.get_by_label("In words").blur()
    with locked(site.folder / LOCK):
        page.keyboard.press("c")
        wait_until(lambda: any(f"signal {newest.key}" in read(path) for path in doors.glob("*.json")))
        catalog.answer(newest.key, AnswerRow(State.DISMISSED, "light", "", "Ines (web)", datetime.now(UTC)))
    expect(page.get_by_role("alert")).to_contain_text("was answered meanwhile by Ines (web)")
    expect(page.locator("[aria-live=polite]").first).to_contain_text("Answered meanwhile by Ines (web)")
    expect(page.get_by_label("In words")).to_have_value("banner")
    assert answers(site) == 1


def test_a_key_that_is_held_down_answers_one_signal(seat: Any, site: Site) -> None:
    for number in range(50, 54):
        signal(site.folder, number)
    page = open_page(seat, site)
    lines = page.locator(".signal")
    expect(lines).to_have_count(6)
    page.keyboard.down("c")
    expect(lines).to_have_count(5)
    for _ in range(3):
        page.keyboard.down("c")  # as a keyboard repeats it
    page.keyboard.up("c")
    for _ in range(3):
        page.keyboard.down("j")
    page.keyboard.up("j")
    expect(lines.nth(3)).to_have_attribute("aria-current", "true")
    expect(lines).to_have_count(5)
    assert answers(site) == 1


def test_the_page_says_how_many_there_are_and_leads_to_the_oldest(seat: Any, site: Site) -> None:
    oldest = Register(Archive.open(site.folder)).signals()[-1]
    for number in range(50, 153):
        signal(site.folder, number, with_picture=False)
    page = open_page(seat, site, key=oldest.key)
    lines, detail = page.locator(".signal"), page.locator("[aria-live=polite]")
    expect(lines).to_have_count(100)
    expect(page.locator(".signals")).to_contain_text("100 of 105; the oldest has been waiting for")
    expect(detail.get_by_role("button", name="Confirm (C)")).to_be_visible()  # it is open, beyond the list
    page.get_by_role("button", name="Show 5 more").click()
    expect(lines).to_have_count(105)
    expect(lines.last).to_have_attribute("aria-current", "true")
    expect(lines.last).to_contain_text("waiting for")
    expect(page.get_by_text("of 105")).to_be_hidden()
    page.keyboard.press("c")
    expect(lines).to_have_count(100 + 4)
    expect(lines.last).to_have_attribute("aria-current", "true")
    expect(lines.last).to_be_in_viewport()  # the keys scroll the list
    assert Register(Archive.open(site.folder)).find(oldest.key).state is State.CONFIRMED


def test_several_that_are_marked_take_one_answer_each(seat: Any, site: Site) -> None:
    for number in range(60, 63):
        signal(site.folder, number, "queue", camera="yard" if number == 62 else "gate")
    keys = {each.event.met_s: each.key for each in Register(Archive.open(site.folder)).signals()}
    page = open_page(seat, site)
    lines, ticks = page.locator(".signal"), page.get_by_role("checkbox")
    expect(lines).to_have_count(5)
    page.get_by_label("Rule", exact=True).click()
    page.get_by_role("option", name="queue").click()
    expect(lines).to_have_count(3)
    page.get_by_label("Camera", exact=True).click()
    page.get_by_role("option", name="gate").click()
    expect(lines).to_have_count(2)
    expect(page.locator(":focus")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_text("Marked: 2.")).to_be_visible()
    page.get_by_label("Camera", exact=True).click()
    page.get_by_role("option", name="All cameras").click()
    expect(lines).to_have_count(3)
    expect(page.get_by_text("Marked:")).to_have_count(0)  # what another list shows was not marked there
    lines.first.click()
    for key in "mjm":
        page.keyboard.press(key)
    expect(page.get_by_text("Marked: 2.")).to_be_visible()
    ticks.nth(2).click()
    expect(page.get_by_text("Marked: 3.")).to_be_visible()
    say(site, keys[61.0], State.CONFIRMED, "checked")
    expect(page.get_by_text("Marked: 2.")).to_be_visible()
    look_at(page)
    before = entries(site)
    page.get_by_label("In words").fill("a fair")
    page.get_by_label("In words").blur()
    page.keyboard.press("7")
    expect(lines).to_have_count(0)
    register = Register(Archive.open(site.folder))
    for number in (60.0, 62.0):
        (given,) = register.history(register.find(keys[number]))
        assert (given.state, given.reason, given.words) == (State.DISMISSED, "harmless", "a fair")
        (entry,) = [each for each in entries(site)[len(before) :] if each.subject == f"signal {keys[number]}"]
        assert (entry.note, entry.reason, entry.actor) == ("dismissed harmless", "a fair", "Tara (web)")
    page.keyboard.press("u")
    expect(lines).to_have_count(2)  # both are taken back
    assert register.find(keys[61.0]).state is State.CONFIRMED
    assert [register.find(keys[each]).state for each in (60.0, 62.0, 0.0, 1.0)] == [State.OPEN] * 4


def entries(site: Site) -> list[Entry]:
    return [entry for entry in Ledger(site.folder).entries() if entry.outcome == Outcome.DONE]
