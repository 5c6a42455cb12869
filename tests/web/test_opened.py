"""Archives stay open between questions, and what is written meanwhile counts at once."""

from __future__ import annotations

import shutil

import pytest

from apercu.archive import Archive
from apercu.archive.staging import FOLDER
from apercu.errors import ArchiveNotFoundError, NothingToShowError
from apercu.purposes import Capability
from apercu.web.opened import OpenArchives
from apercu.web.roles import Role

from .conftest import World, declare, take_away


def test_an_archive_is_opened_once(world: World) -> None:
    opened = OpenArchives(world.service.archives)
    archive = opened.get(world.archive_id)
    Archive.open(world.folder).recordings()
    assert opened.get(world.archive_id) is archive


def test_another_declaration_counts_at_once(world: World) -> None:
    assert world.visit("Anna", Role.REVIEWER).may(Capability.SEARCH)
    take_away(world.folder, Capability.SEARCH)
    assert not world.visit("Anna", Role.REVIEWER).may(Capability.SEARCH)
    declare(world.folder, "research", licence="own")
    assert world.visit("Anna", Role.REVIEWER).may(Capability.SEARCH)


def test_a_purpose_of_ones_own_that_is_written_anew_counts_at_once(world: World) -> None:
    take_away(world.folder, Capability.EXPORT_TRACKS)
    assert world.visit("Anna", Role.REVIEWER).may(Capability.SEARCH)
    purpose = world.folder / "purpose.toml"
    purpose.write_text(purpose.read_text().replace('"search", ', ""))
    assert not world.visit("Anna", Role.REVIEWER).may(Capability.SEARCH)


def test_what_a_crash_left_is_put_right_while_the_archive_is_open(world: World) -> None:
    opened = OpenArchives(world.service.archives)
    archive = opened.get(world.archive_id)
    left = world.folder / FOLDER / f"{world.recording_id}-00"
    (left / "new").mkdir(parents=True)
    (left / "lock").touch()
    assert opened.get(world.archive_id) is not archive
    assert not left.exists()


def test_two_people_ask_the_same_archive_each_in_their_own_name(world: World) -> None:
    anna, olga = world.visit("Anna", Role.REVIEWER), world.visit("Olga", Role.OVERSEER)
    assert anna.gate.actor != olga.gate.actor
    assert anna.may(Capability.SEARCH) and not olga.may(Capability.SEARCH)


def test_what_is_not_served_or_no_longer_there_is_told(world: World) -> None:
    opened = OpenArchives(world.service.archives)
    with pytest.raises(NothingToShowError):
        opened.get("0" * 16)
    opened.get(world.archive_id)
    shutil.rmtree(world.folder)
    with pytest.raises(ArchiveNotFoundError):
        opened.get(world.archive_id)
