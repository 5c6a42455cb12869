from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from apercu.analysis.cells import SIDE
from apercu.archive import Archive, Background, RecordingAnalysis, RecordingRow
from apercu.archive.files import SCHEMA_VERSION
from apercu.errors import ArchiveDamagedError, ArchiveVersionError, OutputError, UsageError

Make = Callable[..., RecordingAnalysis]


@pytest.fixture
def row(archive: Archive, analysis: Make) -> RecordingRow:
    return archive.add(analysis())


@pytest.fixture
def folder(archive: Archive, row: RecordingRow) -> Path:
    return archive.path / row.analysis.folder


def test_each_file_explains_itself(folder: Path, row: RecordingRow) -> None:
    for name in ("tracks.parquet", "observations.parquet"):
        schema = pq.read_schema(folder / name)
        own = {key.decode(): value.decode() for key, value in schema.metadata.items()}
        assert own["apercu.schema_version"] == str(SCHEMA_VERSION)
        assert own["apercu.time_base"] == "1/12800"
        assert own["apercu.frame_size"] == "640x360"
        assert own["apercu.mask_grid"] == "160x90"
        assert own["apercu.recording_id"] == row.recording_id
        assert own["apercu.analysis_id"] == row.analysis.analysis_id
        assert own["apercu.engine_version"]
        assert all(field.metadata[b"about"] for field in schema)
        column = pq.ParquetFile(folder / name).metadata.row_group(0).column(0)
        assert column.compression == "ZSTD"
        assert "RLE_DICTIONARY" in column.encodings


def test_duckdb_reads_it_without_apercu(archive: Archive, analysis: Make, row: RecordingRow) -> None:
    archive.add(analysis("two", camera="yard", start=None, count=3))
    files = archive.path / "recordings/*/*/*/tracks.parquet"
    counted = duckdb.sql(
        "select camera, cast(day as varchar), count(*), min(recording_id) = min(recording) "
        f"from read_parquet('{files}', hive_partitioning = true) group by all order by all"
    ).fetchall()
    assert counted == [("gate", "2026-03-01", 5, True), ("yard", "unknown", 3, True)]
    observations = archive.path / "recordings/*/*/*/observations.parquet"
    joined = duckdb.sql(
        f"select count(*), sum(octet_length(mask)) from '{files}' "
        f"join '{observations}' using (recording_id, track_id)"
    ).fetchall()
    assert joined == [(160, 160 * 6)]


def test_pyarrow_and_pandas_read_one_file_or_all(archive: Archive, analysis: Make, folder: Path) -> None:
    archive.add(analysis("two", camera="yard", start=None, count=3))
    files = sorted(map(str, archive.path.glob("recordings/*/*/*/tracks.parquet")))
    # Both take camera, day and recording from the folders' names too; pandas does as PyArrow does.
    table = pq.read_table(files)
    assert table["camera"].to_pylist() == ["gate"] * 5 + ["yard"] * 3
    assert table["day"].to_pylist() == ["2026-03-01"] * 5 + ["unknown"] * 3
    assert pq.read_table(folder / "tracks.parquet")["camera"].to_pylist() == ["gate"] * 5
    assert ds.dataset(files).count_rows() == 8


@pytest.mark.parametrize("name", ["tracks.parquet", "observations.parquet"])
@pytest.mark.parametrize("harm", ["cut", "empty", "garbage", "missing", "flipped"])
def test_a_torn_file_is_named(
    archive: Archive, folder: Path, row: RecordingRow, name: str, harm: str
) -> None:
    path = folder / name
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        middle = len(content) // 3
        path.write_bytes(
            {
                "cut": content[:middle],
                "empty": b"",
                "garbage": b"not parquet at all",
                "flipped": content[:40] + bytes([content[40] ^ 0xFF]) + content[41:],
            }[harm]
        )
    with pytest.raises(ArchiveDamagedError, match=f"{name}.*Analyse the recording again"):
        archive.tracks()
    with pytest.raises(ArchiveDamagedError, match=name):
        archive.check(row.recording_id)


def test_other_columns_are_damage_and_newer_ones_a_version(archive: Archive, folder: Path) -> None:
    path = folder / "tracks.parquet"
    table = pq.ParquetFile(path).read()
    pq.write_table(table.drop(["speed_max_px_s"]), path)
    with pytest.raises(ArchiveDamagedError, match=r"other columns.*speed_max_px_s"):
        archive.tracks()
    pq.write_table(table.set_column(0, "recording_id", pa.array(range(5))), path)
    with pytest.raises(ArchiveDamagedError, match=r"other columns.*recording_id"):
        archive.tracks()
    newer = {**table.schema.metadata, b"apercu.schema_version": str(SCHEMA_VERSION + 1).encode()}
    pq.write_table(table.replace_schema_metadata(newer), path)
    with pytest.raises(ArchiveVersionError, match="Upgrade"):
        archive.tracks()


def test_tracks_stand_with_the_cells_that_they_touched(
    archive: Archive, folder: Path, row: RecordingRow
) -> None:
    size = np.array([row.facts.width, row.facts.height]) / SIDE
    for track_id, cells in duckdb.sql(f"select track_id, cells from '{folder}/tracks.parquet'").fetchall():
        seen = archive.tracks().observation_table.filter(pc.field("track_id") == track_id).to_pylist()
        for values in seen:
            feet = np.array([(values["x1"] + values["x2"]) / 2, values["y2"]])
            column, at = np.floor(feet / size).clip(0, SIDE - 1).astype(int).tolist()
            assert cells >> (SIDE * at + column) & 1
    assert row.analysis.schema_version == SCHEMA_VERSION


def test_files_without_cells_are_read_like_any_other(archive: Archive, folder: Path) -> None:
    tracks = archive.tracks()
    path = folder / "tracks.parquet"
    table = pq.ParquetFile(path).read().drop(["cells"])
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, b"apercu.schema_version": b"1"}), path
    )
    assert archive.tracks().table.equals(tracks.table)


def test_any_altered_byte_is_found(archive: Archive, folder: Path, row: RecordingRow) -> None:
    path = folder / "background-0.webp"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveDamagedError, match=r"background-0\.webp"):
        archive.check(row.recording_id)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b'{"version": 1, "recording": 3}', b"\xff"])
def test_a_torn_summary_is_named(archive: Archive, folder: Path, row: RecordingRow, content: bytes) -> None:
    (folder / "analysis.json").write_bytes(content)
    with pytest.raises(ArchiveDamagedError, match=r"analysis\.json"):
        archive.check(row.recording_id)
    assert archive.find_analysis(row.recording_id, row.analysis.settings_hash) is None


def test_a_long_recording_is_written_in_parts(archive: Archive, analysis: Make) -> None:
    given = analysis("long", count=200, length=1000)
    row = archive.add(given)
    path = archive.path / row.analysis.folder / "observations.parquet"
    assert pq.ParquetFile(path).metadata.num_row_groups == 49  # 200,000 rows, 4,096 at a time
    assert archive.tracks().observation_table.equals(given.tracks.observation_table)


def test_two_backgrounds_at_one_time_are_refused(archive: Archive, analysis: Make) -> None:
    given = analysis()
    small = np.zeros((9, 16, 3), np.uint8)
    for times in ((1.0, 1.0001), (-1.0,)):
        with (
            pytest.raises(UsageError, match="background"),
            archive.draft(given.recording, "gate", {}, grid_width=1, grid_height=1) as draft,
        ):
            for time_s in times:
                draft.add_background(time_s, small)
    wide = Background(0.0, np.zeros((1, 20_000, 3), np.uint8))
    with (
        pytest.raises(OutputError, match="too large"),
        archive.draft(given.recording, "gate", {}, grid_width=1, grid_height=1) as draft,
    ):
        draft.add_background(wide.time_s, wide.image)
