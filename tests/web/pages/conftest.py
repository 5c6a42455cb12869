"""A service as people start it, and a browser to look at it with."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from apercu.web import Service, ServiceSettings
from apercu.web.roles import Role

from ..conftest import declare

PASSWORD = "correct horse battery"
PEOPLE = {
    "Root": Role.ADMINISTRATOR,
    "Ines": Role.REVIEWER,
    "Paul": Role.REVIEWER,
    "Olga": Role.OVERSEER,
}


@dataclass(frozen=True)
class Site:
    """A service that runs in a process of its own.

    Attributes:
        url: where.
        archive_id: of its archive, an inquiry.
        folder: where that lies.
    """

    url: str
    archive_id: str
    folder: Path


@pytest.fixture(scope="session")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start ``apercu serve`` on an archive with one recording, where showing people takes four eyes."""
    base = tmp_path_factory.mktemp("site")
    folder = Path(shutil.copytree(filled, base / "archive"))
    with inquiry(folder, base) as running:
        yield running


@contextmanager
def inquiry(folder: Path, base: Path) -> Iterator[Site]:
    """Serve an archive as an inquiry's, to all of ``PEOPLE``."""
    today = date.today()
    fields = {
        "authority": "court",
        "reference": "1",
        "date": today - timedelta(days=1),
        "expiry": today + timedelta(days=30),
    }
    declare(folder, "judicial-inquiry", **fields)
    with serving(folder, base, new_people(folder, base, PEOPLE)) as running:
        yield running


def new_people(folder: Path, base: Path, people: Mapping[str, Role]) -> str:
    """Make accounts with a right in an archive; return the archive's id."""
    service = Service(ServiceSettings((folder,), base / "home"))
    archive_id = next(iter(service.archives))
    for name, role in people.items():
        person = service.accounts.create(name, [role], PASSWORD)
        service.rights.grant(person.person_id, archive_id, date.today() + timedelta(days=9), "test")
    service.close()
    return archive_id


@contextmanager
def serving(
    folder: Path,
    base: Path,
    archive_id: str,
    *options: str | Path,
    program: Sequence[str] = ("-m", "apercu"),
) -> Iterator[Site]:
    """Run ``apercu serve`` in a process of its own while the context lasts; its home is in ``base``.

    ``program`` is what Python is told to run, in place of Aperçu as it is.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, *program, "serve", str(folder), "--home", str(base / "home")]
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), *map(str, options)], stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, base / "log")
        yield Site(url, archive_id, folder)
    finally:
        process.terminate()
        process.wait(30)
    told = (base / "log").read_text()
    assert "Traceback" not in told, told


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(f"{url}/login", timeout=60)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service does not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return Debian's Chromium without a window; skips where it, or Playwright, is missing.

    The shell without any takes two fifths less processor time than the browser that draws its tabs unseen.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="the journeys take Playwright")
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("the journeys take Debian's chromium-headless-shell, or its chromium")
    playwright.expect.set_options(timeout=60_000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Seat:
    """Somebody in front of a browser of their own."""

    def __init__(self, browser: Any, site: Site, **options: Any) -> None:
        self.site, self.wrong = site, []
        self.context = browser.new_context(locale="en", viewport={"width": 1280, "height": 900}, **options)
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.page.on("request", self._requested)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _requested(self, request: Any) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.wrong.append(f"asked for {request.url}")

    def open(self, path: str) -> Any:
        """Open a page of the service."""
        self.page.goto(self.site.url + path)
        return self.page

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """Write name and password, and send them."""
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()


@pytest.fixture
def sit(chromium: Any) -> Iterator[Any]:
    """Return a maker of seats at a site; at the end nothing came from elsewhere, and no script broke."""
    made: list[Seat] = []

    def make(site: Site, name: str | None = None, **options: Any) -> Seat:
        made.append(Seat(chromium, site, **options))
        if name is not None:
            data = {"name": name, "password": PASSWORD}
            assert made[-1].context.request.post(f"{site.url}/api/v1/session", data=data).ok
        return made[-1]

    yield make
    for each in made:
        each.context.close()
        assert each.wrong == []


@pytest.fixture
def seat(sit: Any, site: Site) -> Any:
    """Return a maker of seats at the one site of a module."""
    return partial(sit, site)
