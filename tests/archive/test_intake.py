"""Recordings taken in: in segments, gone on with after a crash, and while they are still being written."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from apercu.analysis import AnalysisOptions, Detections, Detector
from apercu.analysis.detector import load_card
from apercu.archive import Archive, retention, unfinished
from apercu.archive.analyst import Here, Progress, SegmentTask
from apercu.archive.intake import Intake, take_in, take_in_with
from apercu.errors import ApercuError, OutputError
from apercu.footage import SceneOptions, SyntheticScene, content_hash
from apercu.purposes import Ledger

OPTIONS = AnalysisOptions(segment_s=6.0, overlap_s=3.0)
WHOLE = AnalysisOptions(segment_s=0.0)


class Blind:
    """A detector that knows nothing: what moves is all the same to these tests, and they are fast."""

    card = load_card()

    def detect(self, image: np.ndarray) -> Detections:
        return Detections.empty()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Blind()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 20 seconds of a generated place, with a key frame every second: three segments of OPTIONS."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    scene = SyntheticScene(SceneOptions(192, 108, Fraction(10), seconds=20.0, objects=6, seed=4))
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        stream.options = {"g": "10", "preset": "ultrafast", "crf": "16"}
        for i, picture in enumerate(scene.frames()):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, 10)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


class Stopping(Here):
    """An analyst that counts segments, and stops before the given one as if it had been killed."""

    def __init__(self, detector: Detector, before: int = 99, error: BaseException | None = None) -> None:
        super().__init__(detector)
        self.done: list[int] = []
        self._before, self._error = before, error or KeyboardInterrupt()

    def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
        for task in tasks:
            if len(self.done) >= self._before:
                raise self._error
            super().analyse([task], progress)
            self.done.append(task.segment.number)


def tables(archive: Archive) -> Any:
    tracks = archive.tracks()
    return tracks.table, tracks.observation_table


def begun(archive: Archive) -> list[unfinished.Begun]:
    return unfinished.begun(archive.path)


def test_tracks_that_cross_cuts_are_those_of_the_uncut_recording(
    new_archive: Path, tmp_path: Path, film: Path, detector: Detector
) -> None:
    found = {}
    for name, options in (("cut", OPTIONS), ("whole", WHOLE)):
        archive = Archive.open(shutil.copytree(new_archive, tmp_path / name))
        taken = take_in(archive, film, detector, options=options)
        found[name] = archive.tracks().table.to_pylist()
        assert taken.row.facts.duration_s == pytest.approx(20.0, abs=0.01)
        assert not begun(archive)
        assert not (archive.path / "unfinished").exists()
        assert [row["track_id"] for row in found[name]]
    assert sorted(row["track_id"] for row in found["cut"]) == list(range(1, len(found["cut"]) + 1))
    long = [Counter(row["class"] for row in rows if row["duration_s"] > 1.5) for rows in found.values()]
    assert sum(long[0].values()) == sum(long[1].values())
    # What crossed a cut has the same begin and end in both.
    ends = [sorted((round(row["start_s"]), round(row["end_s"])) for row in rows) for rows in found.values()]
    crossing = [(a, b) for a, b in ends[1] if any(a < cut < b for cut in (6, 12))]
    assert crossing
    assert set(crossing) <= {(a + i, b + j) for a, b in ends[0] for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_what_is_finished_is_not_done_again(
    new_archive: Path, tmp_path: Path, film: Path, detector: Detector
) -> None:
    archive = Archive.open(shutil.copytree(new_archive, tmp_path / "resumed"))
    first = Stopping(detector, before=2)
    with pytest.raises(KeyboardInterrupt):
        take_in_with(first, archive, film, options=OPTIONS)
    assert (archive.recordings(), first.done) == ([], [0, 1])
    (left,) = begun(archive)
    assert (left.path, left.segments) == (str(film), 2)
    assert not list((archive.path / "staging").iterdir())
    Archive.open(archive.path)
    told: list[float] = []
    second = Stopping(detector)
    taken = take_in_with(second, archive, film, options=OPTIONS, progress=told.append)
    assert second.done == [2]
    assert taken.resumed_s == pytest.approx(12)
    assert told[0] >= 12
    assert told[-1] == pytest.approx(20, abs=0.3)
    assert not (archive.path / "unfinished").exists()
    uncut = Archive.open(shutil.copytree(new_archive, tmp_path / "at-once"))
    take_in(uncut, film, detector, options=OPTIONS)
    for resumed, at_once in zip(tables(archive), tables(uncut), strict=True):
        assert resumed.equals(at_once)


@pytest.mark.parametrize("change", ["options", "camera", "start", "content"])
def test_what_was_begun_in_another_way_is_never_mixed_in(
    archive: Archive, film: Path, detector: Detector, tmp_path: Path, change: str
) -> None:
    path = Path(shutil.copy(film, tmp_path))
    with pytest.raises(KeyboardInterrupt):
        take_in_with(Stopping(detector, before=1), archive, path, options=OPTIONS)
    options, more = OPTIONS, {}
    if change == "options":
        options = AnalysisOptions(segment_s=6.0, overlap_s=3.0, rate=5.0)
    elif change == "content":
        with path.open("ab") as file:
            file.write(b"\xec\x80")  # an empty element of Matroska: the same pictures, other bytes
    else:
        more = {"camera": "yard"} if change == "camera" else {"start": datetime(2026, 1, 1, tzinfo=UTC)}
    again = Stopping(detector)
    taken = take_in_with(again, archive, path, options=options, **more)
    assert again.done == [0, 1, 2]
    assert taken.resumed_s == 0
    assert not begun(archive)  # and the other one is gone


def test_an_error_leaves_what_is_finished(archive: Archive, film: Path, detector: Detector) -> None:
    full = OutputError("cannot write", where="disk")
    with pytest.raises(OutputError):
        take_in_with(Stopping(detector, before=1, error=full), archive, film, options=OPTIONS)
    (left,) = begun(archive)
    assert left.segments == 1
    with pytest.raises(OutputError):
        take_in_with(Stopping(detector, before=0, error=full), archive, film, options=WHOLE)
    assert len(begun(archive)) == 1  # nothing was finished of the other: it left nothing


def test_what_nobody_goes_on_with_goes_with_retention(
    archive: Archive, film: Path, detector: Detector
) -> None:
    with pytest.raises(KeyboardInterrupt):
        take_in_with(Stopping(detector, before=1), archive, film, options=OPTIONS)
    (left,) = begun(archive)
    assert retention.run(archive) == []
    assert begun(archive) == [left]
    old = (datetime.now(UTC) - timedelta(days=unfinished.KEPT_DAYS + 1)).timestamp()
    os.utime(left.folder, (old, old))
    retention.run(archive, dry_run=True)
    assert len(begun(archive)) == 1
    retention.run(archive)
    assert begun(archive) == []
    entry = list(Ledger(archive.path).entries())[-1]
    assert (entry.capability, entry.subject) == ("erase", f"recording {left.recording_id} unfinished")


def test_what_was_begun_goes_when_its_time_ends_and_at_closing(
    tmp_path: Path, film: Path, detector: Detector
) -> None:
    fields = {"place": "yard", "information": "signs"}
    old = datetime.now(UTC) - timedelta(days=31)
    for number, (start, closing) in enumerate(((old, None), (None, "the study is over"))):
        archive = Archive.create(
            tmp_path / str(number), name="a", purpose="private-premises", purpose_fields=fields
        )
        with pytest.raises(KeyboardInterrupt):
            take_in_with(Stopping(detector, before=1), archive, film, options=OPTIONS, start=start)
        retention.run(archive, closing=closing)
        assert not (archive.path / "unfinished").exists()


def test_what_was_begun_anew_goes_with_the_analysis_that_is_erased(
    archive: Archive, film: Path, detector: Detector
) -> None:
    take_in(archive, film, detector, options=WHOLE)
    with pytest.raises(KeyboardInterrupt):
        take_in_with(Stopping(detector, before=1), archive, film, options=OPTIONS)
    assert len(begun(archive)) == 1
    retention.run(archive, now=datetime.now(UTC) + timedelta(days=1827))
    assert archive.recordings() == []
    assert not (archive.path / "unfinished").exists()


def test_what_is_worked_on_is_not_erased(archive: Archive, film: Path, detector: Detector) -> None:
    class Erasing(Stopping):
        def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
            super().analyse(tasks[:1], progress)
            retention.run(Archive.open(archive.path), closing="over")
            super().analyse(tasks[1:], progress)

    take_in_with(Erasing(detector), archive, film, options=OPTIONS)
    assert len(archive.recordings()) == 1
    notes = [entry.note for entry in Ledger(archive.path).entries() if entry.capability == "erase"]
    assert notes == ["not erased: it is worked on"]


def test_half_made_folders_are_swept(archive: Archive, film: Path, detector: Detector) -> None:
    folder = archive.path / "unfinished" / f"{content_hash(film)[:16]}-0000"
    (folder / "segment-0000").mkdir(parents=True)  # about.json was never written, or went first
    (left,) = begun(archive)
    assert (left.path, left.segments) == ("", 0)
    take_in(archive, film, detector, options=WHOLE)
    assert begun(archive) == []


class Growing(Here):
    """An analyst while whose work the file goes on growing."""

    def __init__(self, detector: Detector, path: Path, rest: bytes) -> None:
        super().__init__(detector)
        self._path, self._rest = path, rest

    def analyse(self, tasks: Sequence[SegmentTask], progress: Progress) -> None:
        with self._path.open("ab") as file:
            file.write(self._rest)
        super().analyse(tasks, progress)


def grown(film: Path, path: Path, share: float) -> bytes:
    """Write the first part of a recording and return the rest of it."""
    content = film.read_bytes()
    size = int(len(content) * share)
    path.write_bytes(content[:size])
    return content[size:]


@pytest.mark.parametrize("suffix", [".mkv", ".ts"])
def test_a_file_that_is_still_written_is_told_and_replaced_when_it_has_grown(
    archive: Archive, film: Path, detector: Detector, tmp_path: Path, suffix: str
) -> None:
    source = film
    if suffix == ".ts":
        source = tmp_path / "film.ts"
        with av.open(str(film)) as whole, av.open(str(source), "w") as target:
            stream = target.add_stream_from_template(whole.streams.video[0])
            for packet in whole.demux(whole.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    path = tmp_path / f"growing{suffix}"
    rest = grown(source, path, 0.5)
    half = len(rest) // 2
    first = take_in_with(Growing(detector, path, rest[:half]), archive, path, options=WHOLE)
    assert first.row.analysis.growing
    assert any("still being written" in warning for warning in first.row.analysis.warnings)
    assert 5 < first.row.facts.duration_s < 20
    with path.open("ab") as file:
        file.write(rest[half:])
    second = take_in(archive, path, detector, options=WHOLE)
    assert second.replaced == (first.row.recording_id,)
    assert not second.row.analysis.growing
    assert second.row.facts.duration_s == pytest.approx(19.9, abs=0.2)
    assert [row.recording_id for row in archive.recordings()] == [second.row.recording_id]
    assert take_in(archive, path, detector, options=WHOLE).repeated


def test_a_file_that_grew_unnoticed_is_replaced_and_a_held_one_kept(
    archive: Archive, film: Path, detector: Detector, tmp_path: Path
) -> None:
    path = tmp_path / "growing.mkv"
    rest = grown(film, path, 0.6)
    first: Intake = take_in(archive, path, detector, options=WHOLE)
    assert not first.row.analysis.growing
    retention.hold(archive, first.row.recording_id, "claim")
    with path.open("ab") as file:
        file.write(rest)
    second = take_in(archive, path, detector, options=WHOLE)
    assert second.replaced == ()
    assert len(archive.recordings()) == 2
    retention.release(archive, first.row.recording_id, "settled")
    assert take_in(archive, path, detector, options=WHOLE).replaced == (first.row.recording_id,)


def test_another_file_in_the_same_place_replaces_nothing(
    archive: Archive, film: Path, detector: Detector, tmp_path: Path
) -> None:
    path = tmp_path / "slot.mkv"
    grown(film, path, 0.5)
    take_in(archive, path, detector, options=WHOLE)
    path.write_bytes(film.read_bytes()[:200] + b"\xec\x80" + film.read_bytes()[200:])
    try:
        assert take_in(archive, path, detector, options=WHOLE).replaced == ()
    except ApercuError:
        pytest.fail("the other file cannot be read")
    assert len(archive.recordings()) == 2
