"""An archive with tracks in it, served to people with roles, in the same process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from apercu.analysis import load_detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.archive.settings import read_settings, write_settings
from apercu.footage import SceneOptions, SyntheticScene
from apercu.purposes import Capability, Declaration, Entry, built_in, find_purpose
from apercu.purposes.purpose import ALWAYS
from apercu.web import Service, ServiceSettings, create_app
from apercu.web.accounts import Person
from apercu.web.roles import Role
from apercu.web.visit import Visit, Visitor

PASSWORD = "correct horse battery"
NEXT_YEAR = date.today() + timedelta(days=365)
START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Make passwords cheap to keep: what they cost is the library's own affair."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apercu.web.passwords._HASHER", hasher)
        patch.setattr("apercu.web.passwords._NOBODYS", hasher.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def filled(new_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an archive with one recording, analysed once, to be copied."""
    folder = tmp_path_factory.mktemp("web")
    film = folder / "gate film.mp4"
    SyntheticScene(SceneOptions(320, 180, Fraction(12), seconds=6.0, objects=2, seed=3)).write(film)
    archive = Archive.open(shutil.copytree(new_archive, folder / "archive"))
    take_in(archive, film, load_detector(), camera="gate", start=START)
    return archive.path


def declare(folder: Path, purpose: str, **fields: Any) -> None:
    """Let an archive exist for another purpose."""
    declaration = Declaration.checked(find_purpose(purpose, folder), fields)
    write_settings(folder, replace(read_settings(folder), declaration=declaration))


def today(folder: Path) -> date:
    """Return the day where an archive is; for the machine it may be another."""
    return datetime.now(read_settings(folder).zone).date()


def take_away(folder: Path, capability: Capability) -> None:
    """Let an archive exist for research without one capability."""
    assert capability not in ALWAYS
    left = ", ".join(f'"{c.value}"' for c in sorted(built_in()["research"].allows - {capability}))
    text = f'format = 1\nid = "narrow"\nextends = "research"\nallows = [{left}]\n'
    (folder / "purpose.toml").write_text(text)
    declare(folder, "narrow", licence="own")


@dataclass
class World:
    """A service, its application, and clients of people who are logged in.

    Attributes:
        service: it.
        archive_id: of its first archive.
        recording_id: of the recording in it.
        people: by name.
    """

    service: Service
    app: Any
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def archive_id(self) -> str:
        return next(iter(self.service.archives))

    @property
    def folder(self) -> Path:
        return self.service.archives[self.archive_id]

    @property
    def recording_id(self) -> str:
        return Archive.open(self.folder).recordings()[0].recording_id

    @property
    def base(self) -> str:
        return f"/api/v1/archives/{self.archive_id}"

    def person(
        self, name: str, roles: Collection[Role], *, ends: date | None = NEXT_YEAR, password: str = PASSWORD
    ) -> Person:
        """Make a person, with a right in every archive until ``ends``."""
        person = self.service.accounts.create(name, roles, password)
        for archive_id in self.service.archives if ends is not None else ():
            self.service.rights.grant(person.person_id, archive_id, ends or NEXT_YEAR, "test")
        self.people[name] = person
        return person

    def client(self, name: str, *roles: Role, ends: date | None = NEXT_YEAR) -> TestClient:
        """Return a client in which a person is logged in, made when there is none of this name."""
        person = self.people.get(name) or self.person(name, roles, ends=ends)
        client = self.stranger()
        cookie, session = self.service.sessions.begin(person)
        client.cookies.set("apercu", cookie)
        client.headers["X-CSRF-Token"] = session.csrf
        return client

    def stranger(self) -> TestClient:
        """Return a client in which nobody is logged in."""
        return TestClient(self.app, base_url="http://testserver", raise_server_exceptions=True)

    def visit(self, name: str, *roles: Role) -> Visit:
        """Return a visit to the first archive, as the pages have it."""
        person = self.people.get(name) or self.person(name, roles)
        cookie, _ = self.service.sessions.begin(person)
        return self.service.visit(self.service.identify(cookie, None), self.archive_id)

    def entries(self, archive_id: str | None = None) -> list[Entry]:
        """Return what the ledger says."""
        folder = self.service.archives[archive_id or self.archive_id]
        return list(Archive.open(folder).gate.ledger.entries())


@pytest.fixture
def world_of(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a maker of worlds."""
    made: list[Service] = []

    def make(*folders: Path, **settings: Any) -> World:
        service = Service(ServiceSettings(folders, tmp_path / f"home{len(made)}", **settings))
        made.append(service)
        return World(service, create_app(service, pages=False))

    yield make
    for service in made:
        service.close()


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    """Return a copy of the filled archive's folder."""
    return Path(shutil.copytree(filled, tmp_path / "archive"))


@pytest.fixture
def world(world_of: Callable[..., World], place: Path) -> World:
    """Return a world with one archive, for research."""
    return world_of(place)


@pytest.fixture
def inquiry(world_of: Callable[..., World], place: Path) -> World:
    """Return a world whose archive is for an inquiry, where four eyes are needed."""
    day = today(place)
    declare(place, "judicial-inquiry", authority="a", reference="b", date=day, expiry=day)
    return world_of(place, waiting=1000)


def visitor(person: Person) -> Visitor:
    """Return a visitor without session or token."""
    return Visitor(person)
