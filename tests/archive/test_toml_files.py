"""What people correct in an archive's small files is read, or told to be wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apercu.archive import Archive, retention
from apercu.archive.camera_uses import describe_camera, read_uses
from apercu.archive.searches import read_searches, save_search
from apercu.archive.zones import add_zone, read_zones
from apercu.errors import ArchiveDamagedError

Act = Callable[[Archive], object]


def _hold(archive: Archive) -> None:
    (archive.path / "holds.toml").write_text(
        '[0123456789abcdef]\nreason = "claim"\nsince = 2026-03-02T12:00:00Z\nactor = "me"\n'
    )


@pytest.mark.parametrize(
    ("name", "write", "read"),
    [
        ("searches.toml", lambda a: save_search(a, "cars", "class: car"), read_searches),
        ("uses.toml", lambda a: describe_camera(a, "gate", "private", "yard"), read_uses),
        ("zones.toml", lambda a: add_zone(a, "gate", "door", "line", [(0.0, 0.5), (1.0, 0.5)]), read_zones),
        ("holds.toml", _hold, retention.stays),
    ],
)
@pytest.mark.parametrize("wrong", ['"yesterday"', "2026-03-02T12:00:00"])
def test_a_time_that_is_none_or_has_no_zone_is_told(
    archive: Archive, name: str, write: Act, read: Act, wrong: str
) -> None:
    write(archive)
    read(archive)
    path = archive.path / name
    lines = path.read_text().splitlines()
    (number,) = (n for n, line in enumerate(lines) if line.startswith(("recorded =", "since =")))
    lines[number] = f"{lines[number].partition('=')[0]}= {wrong}"
    path.write_text("\n".join(lines))
    with pytest.raises(ArchiveDamagedError, match="no time with its zone") as raised:
        read(archive)
    assert str(raised.value.where) == str(path)
