from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive import Archive, RecordingAnalysis, settings_hash
from apercu.archive.records import Wanted
from apercu.errors import (
    ArchiveDamagedError,
    ArchiveNotFoundError,
    NothingToShowError,
    OutputError,
    UnknownNameError,
    UsageError,
)

Make = Callable[..., RecordingAnalysis]


def staged(archive: Archive) -> list[Path]:
    return list((archive.path / "staging").iterdir())


def test_a_new_archive_is_empty_and_opens(archive: Archive) -> None:
    opened = Archive.open(archive.path)
    assert opened.settings == archive.settings
    assert opened.settings.purpose == "research"
    assert opened.recordings() == []
    assert len(opened.tracks()) == 0
    assert opened.tracks().table.schema.equals(TRACK_SCHEMA, check_metadata=True)


def test_what_is_added_comes_back(archive: Archive, analysis: Make) -> None:
    given = analysis()
    row = archive.add(given)
    archive = Archive.open(archive.path)
    assert archive.recordings() == [row] == [archive.recording(row.recording_id)]
    assert row.facts == given.recording
    assert row.end_time is not None and row.end_time - given.recording.start_time == timedelta(seconds=60)
    assert row.analysis.track_count == 5
    assert row.analysis.observation_count == 100
    assert row.analysis.settings == given.settings
    assert row.analysis.stage_seconds == {"decode": 1.5}
    assert row.analysis.warnings == ("the camera moved",)
    assert (row.analysis.grid_width, row.analysis.grid_height) == (160, 90)
    tracks = archive.tracks()
    assert tracks.table.equals(given.tracks.table)
    assert tracks.observation_table.equals(given.tracks.observation_table)
    assert tracks.table.schema.equals(TRACK_SCHEMA, check_metadata=True)
    assert tracks.observation_table.schema.equals(OBSERVATION_SCHEMA, check_metadata=True)
    archive.check(row.recording_id)
    assert staged(archive) == []


def test_recordings_stand_by_camera_and_local_day(archive: Archive, analysis: Make) -> None:
    # 22:30 UTC on 1 July is already 2 July in Paris.
    summer = archive.add(analysis("a", start=datetime(2026, 7, 1, 22, 30, tzinfo=UTC)))
    timeless = archive.add(analysis("b", camera="yard", start=None))
    assert summer.analysis.folder == f"recordings/camera=gate/day=2026-07-02/recording={summer.recording_id}"
    assert timeless.analysis.folder == f"recordings/camera=yard/day=unknown/recording={timeless.recording_id}"
    assert timeless.start_time is None and timeless.end_time is None
    assert archive.tracks([timeless.recording_id]).table["start_time"].null_count == 5


def test_recordings_are_listed_by_camera_name_and_time(archive: Archive, analysis: Make) -> None:
    morning, day = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    first, second, timeless = (
        archive.add(analysis(name, camera=camera, start=start))
        for name, camera, start in (
            ("first", "gate", morning),
            ("second", "yard", day),
            ("timeless", "yard", None),
        )
    )
    assert archive.recordings(Wanted(cameras=["yard"])) == [second, timeless]
    assert archive.recordings(Wanted(recording_ids=[timeless.recording_id])) == [timeless]
    assert archive.recordings(Wanted(begin=day)) == [second]
    assert archive.recordings(Wanted(end=day)) == [first]
    # It may go on for a little longer than its header tells.
    assert archive.recordings(Wanted(begin=morning + timedelta(seconds=90))) == [first, second]


def test_recordings_are_listed_by_time_then_those_without_clock(archive: Archive, analysis: Make) -> None:
    late = archive.add(analysis("late", start=datetime(2026, 1, 2, tzinfo=UTC)))
    timeless = archive.add(analysis("timeless", start=None))
    early = archive.add(analysis("early", start=datetime(2026, 1, 1, tzinfo=UTC)))
    expected = [early, late, timeless]
    assert archive.recordings() == expected
    assert [row for row, _ in archive.iter_tracks()] == expected
    whole = archive.tracks()
    assert whole.table["recording_id"].unique().to_pylist() == [row.recording_id for row in expected]
    assert len(whole) == 15
    assert whole.observation_table.num_rows == 300


def test_classes_are_counted_without_reading_observations(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis(count=7))
    (archive.path / row.analysis.folder / "observations.parquet").unlink()
    table = analysis(count=7).tracks.table

    assert archive.count_classes(row.recording_id) == Counter(table["class"].to_pylist())
    with pytest.raises(NothingToShowError):
        archive.count_classes("0" * 16)


def test_some_recordings_can_be_chosen(archive: Archive, analysis: Make) -> None:
    one, _ = archive.add(analysis("one")), archive.add(analysis("two", count=3))
    assert len(archive.tracks([one.recording_id])) == 5
    assert len(archive.tracks([])) == 0
    with pytest.raises(NothingToShowError, match="no recording nothing"):
        archive.tracks([one.recording_id, "nothing"])


def test_a_recording_without_tracks_or_backgrounds_is_kept(archive: Archive, analysis: Make) -> None:
    given = analysis(count=0)
    row = archive.add(
        RecordingAnalysis(given.recording, "gate", given.tracks, {}, grid_width=1, grid_height=1),
    )
    assert row.analysis.track_count == 0
    assert len(archive.tracks()) == 0
    assert archive.backgrounds(row.recording_id) == []


def test_backgrounds_come_back_in_order_of_time_and_look_the_same(archive: Archive, analysis: Make) -> None:
    given = analysis()
    row = archive.add(given)
    stored = archive.backgrounds(row.recording_id)
    assert [background.time_s for background in stored] == [0.0, 30.0]
    difference = np.abs(stored[1].image.astype(int) - given.backgrounds[0].image)
    assert stored[1].image.dtype == np.uint8
    assert difference.max() <= 6
    stored[0].path.unlink()
    with pytest.raises(ArchiveDamagedError, match="Analyse the recording again"):
        _ = stored[0].image


def test_the_same_settings_are_recognised(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    same = settings_hash({"detector": "default", "rate": 5})
    assert archive.find_analysis(row.recording_id, same) == row
    assert archive.find_analysis(row.recording_id, settings_hash({"rate": 6})) is None
    assert archive.find_analysis("0" * 16, same) is None


def test_damage_counts_as_not_analysed(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    file = archive.path / row.analysis.folder / "observations.parquet"
    file.write_bytes(file.read_bytes()[:-10])
    assert archive.find_analysis(row.recording_id, row.analysis.settings_hash) is None
    archive.add(analysis())  # which repairs it
    assert archive.find_analysis(row.recording_id, row.analysis.settings_hash) is not None
    archive.check(row.recording_id)


def test_changed_settings_replace_the_analysis(archive: Archive, analysis: Make) -> None:
    first = archive.add(analysis())
    second = archive.add(analysis(settings={"rate": 8}, count=2, camera="yard", seed=1))
    assert second.analysis.analysis_id != first.analysis.analysis_id
    assert second.added_at == first.added_at
    assert archive.recordings() == [second]
    assert len(archive.tracks()) == 2
    assert archive.find_analysis(first.recording_id, first.analysis.settings_hash) is None
    assert not (archive.path / "recordings" / "camera=gate").exists()
    assert staged(archive) == []


def test_a_draft_takes_tracks_in_parts(archive: Archive, analysis: Make) -> None:
    given = analysis(count=6)
    halves = [given.tracks.filter(pc.less_equal(given.tracks.table["track_id"], 3)),
              given.tracks.filter(pc.greater(given.tracks.table["track_id"], 3))]  # fmt: skip
    with archive.draft(given.recording, "gate", {}, grid_width=160, grid_height=90) as draft:
        for half in reversed(halves):
            draft.add_tracks(half)
        draft.warnings.append("late")
        assert archive.recordings() == []
    row = archive.recording(given.recording.recording_id)
    assert row.analysis.warnings == ("late",)
    assert archive.tracks().table.equals(given.tracks.table)
    assert archive.tracks().observation_table.equals(given.tracks.observation_table)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_draft_leaves_nothing(
    archive: Archive, analysis: Make, error: type[BaseException]
) -> None:
    given = analysis()
    with (
        pytest.raises(error),
        archive.draft(given.recording, "gate", {}, grid_width=1, grid_height=1) as draft,
    ):
        draft.add_tracks(given.tracks)
        raise error
    assert archive.recordings() == []
    assert staged(archive) == []
    assert list((archive.path / "recordings").iterdir()) == []


def test_tracks_of_something_else_are_refused(archive: Archive, analysis: Make) -> None:
    one, two = analysis("one"), analysis("two")
    for recording, camera, tracks in (
        (one.recording, "gate", two.tracks),
        (one.recording, "yard", one.tracks),
        (
            one.recording,
            "gate",
            one.tracks.__class__(one.tracks.table.slice(1), one.tracks.observation_table),
        ),
        (
            one.recording,
            "gate",
            one.tracks.__class__(one.tracks.table.drop(["x1"]), one.tracks.observation_table),
        ),
    ):
        with (
            pytest.raises(UsageError, match="cannot be stored"),
            archive.draft(recording, camera, {}, grid_width=1, grid_height=1) as draft,
        ):
            draft.add_tracks(tracks)
    assert archive.recordings() == []


def test_what_json_cannot_say_is_no_setting(archive: Archive, analysis: Make) -> None:
    for value in (object(), float("nan")):
        with pytest.raises(UsageError, match="plain values"):
            archive.add(analysis(settings={"rate": value}))
    assert staged(archive) == []


def test_a_missing_folder_is_reported_when_read(archive: Archive, analysis: Make) -> None:
    row = archive.add(analysis())
    folder = archive.path / row.analysis.folder
    folder.rename(archive.path / "elsewhere")
    for read in (archive.tracks, lambda: archive.backgrounds(row.recording_id)):
        with pytest.raises(ArchiveDamagedError, match=r"one\.mp4.*missing.*Analyse the recording again"):
            read()
    archive.add(analysis())
    assert len(archive.tracks()) == 5


def test_a_place_in_use_is_refused(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(UsageError, match="already an archive"):
        Archive.create(archive.path, name="x", purpose="research", purpose_fields={"licence": "own"})
    with pytest.raises(UsageError, match="is not empty"):
        Archive.create(tmp_path / "full", name="x", purpose="research", purpose_fields={"licence": "own"})
    with pytest.raises(UsageError, match="is not a folder"):
        Archive.create(
            tmp_path / "full" / "file", name="x", purpose="research", purpose_fields={"licence": "own"}
        )
    with pytest.raises(OutputError):
        Archive.create(
            tmp_path / "full" / "file" / "below",
            name="x",
            purpose="research",
            purpose_fields={"licence": "own"},
        )
    with pytest.raises(UnknownNameError):
        Archive.create(tmp_path / "new", name="x", purpose="curiosity")
    with pytest.raises(UsageError, match="time zone"):
        Archive.create(
            tmp_path / "new",
            name="x",
            purpose="research",
            purpose_fields={"licence": "own"},
            timezone="Mars/Base",
        )
    assert not (tmp_path / "new").exists()


def test_no_archive_is_said_to_be_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ArchiveNotFoundError, match="apercu init"):
            Archive.open(path)


def test_odd_characters_in_the_path_do_no_harm(tmp_path: Path, analysis: Make) -> None:
    archive = Archive.create(
        tmp_path / "été & 100% #1?", name="x", purpose="research", purpose_fields={"licence": "own"}
    )
    archive.add(analysis())
    assert len(Archive.open(archive.path).tracks()) == 5


def test_an_archive_can_be_moved(archive: Archive, analysis: Make) -> None:
    archive.add(analysis())
    moved = archive.path.rename(archive.path.with_name("moved"))
    assert len(Archive.open(moved).tracks()) == 5


def test_no_picture_but_backgrounds_is_stored(archive: Archive, analysis: Make) -> None:
    archive.add(analysis())
    found = {
        p.name for p in archive.path.rglob("*") if p.is_file() and archive.path / "ledger" not in p.parents
    }
    assert {name for name in found if not name.startswith("background-")} == {
        "archive.toml",
        "catalog.sqlite",
        ".lock",
        "tracks.parquet",
        "observations.parquet",
        "analysis.json",
    }
