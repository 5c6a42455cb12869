from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from apercu.archive import Archive, RecordingAnalysis, RecordingRow, retention
from apercu.archive.looks import FILE_NAME, LOOK_SCHEMA, LookedWith, keep_looks, read_looks
from apercu.errors import ArchiveDamagedError

Make = Callable[..., RecordingAnalysis]


def looks(row: RecordingRow, *taken: tuple[int, float, list[float]]) -> pa.Table:
    """Return looks: track, second, and the boxes of whoever was seen."""
    names = ("recording_id", "track_id", "time_s", "people")
    rows = [dict(zip(names, (row.recording_id, *look), strict=True)) for look in taken]
    return pa.Table.from_pylist(rows, LOOK_SCHEMA)


def own(row: RecordingRow, detector: str = "d") -> LookedWith:
    return LookedWith(row.analysis.analysis_id, detector)


def told(archive: Archive, row: RecordingRow, detector: str = "d") -> list[tuple[int, float, list[float]]]:
    table = read_looks(archive.path / row.analysis.folder, own(row, detector))
    assert table.schema.equals(LOOK_SCHEMA)
    return [(look["track_id"], look["time_s"], look["people"]) for look in table.to_pylist()]


def keep(archive: Archive, row: RecordingRow, *taken: tuple[int, float, list[float]]) -> Path:
    folder = archive.path / row.analysis.folder
    keep_looks(folder, own(row), looks(row, *taken))
    return folder / FILE_NAME


def test_looks_are_kept_those_at_nobody_too(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    assert told(archive, row) == []
    keep(archive, row, (1, 0.5, [1.0, 2.0, 3.0, 4.0]), (2, 0.5, []))
    keep(archive, row, (1, 0.1, []), (2, 0.7, [5.0, 6.0, 7.0, 8.0]))  # as by another process meanwhile
    assert told(archive, row) == [
        (1, 0.1, []),
        (1, 0.5, [1.0, 2.0, 3.0, 4.0]),
        (2, 0.5, []),
        (2, 0.7, [5.0, 6.0, 7.0, 8.0]),
    ]
    archive.check(row.recording_id)


def test_those_of_another_detector_or_analysis_do_not_count(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    path = keep(archive, row, (1, 0.5, [1.0, 2.0, 3.0, 4.0]))
    assert told(archive, row, "another") == []
    keep_looks(path.parent, own(row, "another"), looks(row, (2, 0.7, [])))
    assert told(archive, row) == [] and told(archive, row, "another") == [(2, 0.7, [])]
    anew = archive.add(analysis(settings={"rate": 2}))
    assert told(archive, anew) == [] and not path.exists()


def test_what_was_begun_by_the_dead_goes(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    path = keep(archive, row, (1, 0.5, []))
    begun = path.with_name(f".{FILE_NAME}-0123abcd")
    begun.write_bytes(b"half of it")
    keep(archive, row, (1, 0.9, []))
    assert not begun.exists() and told(archive, row) == [(1, 0.5, []), (1, 0.9, [])]


def test_damage_is_told(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    path = keep(archive, row, *((track, 0.5, [1.0, 2.0, 3.0, 4.0]) for track in range(1, 200)))
    whole = path.read_bytes()
    for damaged in (whole[:-20], whole[:60] + bytes([whole[60] ^ 255]) + whole[61:]):
        path.write_bytes(damaged)
        for read in (lambda: archive.check(row.recording_id), lambda: told(archive, row)):
            with pytest.raises(ArchiveDamagedError, match="torn") as refused:
                read()
            assert "Remove it" in (refused.value.next_step or "")


def test_they_go_with_their_recording(tmp_path: Path, analysis: Make) -> None:
    archive = Archive.create(
        tmp_path / "premises",
        name="Test",
        purpose="private-premises",
        purpose_fields={"place": "yard", "information": "signs"},
    )
    row = archive.add(analysis(start=datetime.now(UTC) - timedelta(days=31)))
    path = keep(archive, row, (1, 0.5, [1.0, 2.0, 3.0, 4.0]))
    assert path.exists()
    retention.run(archive)
    assert not list(archive.path.rglob(f"*{FILE_NAME}*"))
