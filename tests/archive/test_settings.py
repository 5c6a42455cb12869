from __future__ import annotations

import re
import tomllib
from datetime import UTC
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.settings import machine_timezone
from apercu.errors import ArchiveDamagedError, ArchiveVersionError


def change(archive: Archive, old: str, new: str) -> None:
    path = archive.path / "archive.toml"
    text = path.read_text()
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text))


def test_people_can_read_it(archive: Archive) -> None:
    text = (archive.path / "archive.toml").read_text()
    assert text.startswith("# This folder is an Aperçu archive")
    values = tomllib.loads(text)
    assert len(values.pop("ledger")) == 64
    assert values.pop("created").tzinfo is not None
    assert values == {
        "format": 2,
        "name": "Test",
        "purpose": "research",
        "controller": "",
        "timezone": "Europe/Paris",
        "purpose_fields": {"licence": "own"},
    }


def test_hand_made_changes_are_read(archive: Archive) -> None:
    change(archive, 'controller = ""', 'controller = "Ville d\'Aperçu"')
    change(archive, "Europe/Paris", "UTC")
    settings = Archive.open(archive.path).settings
    assert settings.controller == "Ville d'Aperçu"
    assert settings.zone is UTC


def test_broken_toml_names_the_line(archive: Archive) -> None:
    change(archive, 'name = "Test"', 'name = "Test')
    with pytest.raises(ArchiveDamagedError, match=r"archive\.toml.*line 6"):
        Archive.open(archive.path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('purpose = "research"', "", "'purpose' is missing"),
        ('purpose = "research"', 'purpose = "curiosity"', "unknown purpose 'curiosity'.*statistics"),
        ('name = "Test"', "name = 3", "'name' must be a text"),
        ("format = 2", "format = true", "'format' must be a whole number"),
        ("controller", "controler", "unknown setting 'controler'"),
        ("licence", "license", "has no field 'license'"),
        ('licence = "own"', "licence = 3", "'licence' must be a text"),
        (r"ledger = .*", "", "'ledger' is missing"),
        ("Europe/Paris", "Europe/Atlantis", "unknown time zone"),
        (r"created = .*", "created = 2026-01-01T00:00:00", "no time zone"),
        (r"\Z", '\n[catalog]\nurl = "sqlite://"\nport = 1\n', "unknown setting 'catalog.port'"),
    ],
)
def test_wrong_values_are_named(archive: Archive, old: str, new: str, said: str) -> None:
    change(archive, old, new)
    with pytest.raises(ArchiveDamagedError, match=said):
        Archive.open(archive.path)


def test_bytes_that_are_no_text_are_damage(archive: Archive) -> None:
    (archive.path / "archive.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ArchiveDamagedError, match="UTF-8"):
        Archive.open(archive.path)


def test_a_newer_format_asks_for_an_upgrade(archive: Archive) -> None:
    change(archive, "format = 2", 'format = 3\nunheard_of = "yes"')
    with pytest.raises(ArchiveVersionError, match="Upgrade Aperçu"):
        Archive.open(archive.path)


def test_a_format_without_ledger_is_not_read(archive: Archive) -> None:
    change(archive, "format = 2", "format = 1")
    with pytest.raises(ArchiveVersionError, match="before archives had a ledger"):
        Archive.open(archive.path)


def test_the_machine_zone_is_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert machine_timezone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "CET-1CEST")
    assert "CET-1CEST" not in machine_timezone()
    monkeypatch.delenv("TZ")
    monkeypatch.setattr(Path, "resolve", lambda self: Path("/etc/localtime"))
    assert machine_timezone() == "UTC"
