"""Original moments cut out: exact, copied where they can be, covered unless a reason is given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from apercu.analysis.attributes import to_tracks
from apercu.analysis.detections import CLASSES
from apercu.analysis.masks import CutMask
from apercu.analysis.tracklets import Observation, Source, Tracklet
from apercu.archive import Archive, RecordingAnalysis, RecordingFacts
from apercu.archive.settings import read_settings, write_settings
from apercu.disclosure.cutting import Clip, cut_clip, evenly
from apercu.disclosure.options import ClipOptions
from apercu.errors import FootageError, NothingToShowError, OutputError, RefusedError, UsageError
from apercu.footage import FootageReader, Frame, VideoWriter, content_hash, probe
from apercu.purposes import Capability, Declaration, Outcome, built_in
from apercu.timecode import Timecode

RATE = Fraction(10)
SIZE = (160, 96)
BODY = (40, 24, 56, 72)
OPENLY = ClipOptions(redact=False, reason="incident: claim 17")


def level(number: int) -> int:
    """Return the grey level of a picture: far from its neighbours'."""
    return 28 + number * 37 % 200


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 12 s at 10 pictures a second whose grey tells the number; somebody in stripes stands there."""
    path = tmp_path_factory.mktemp("cutting") / "film.mp4"
    with VideoWriter(path, *SIZE, RATE, crf=4, preset="ultrafast") as writer:
        for number in range(120):
            picture = np.full((SIZE[1], SIZE[0], 3), level(number), np.uint8)
            x1, y1, x2, y2 = BODY
            picture[y1:y2:2, x1:x2], picture[y1 + 1 : y2 : 2, x1:x2] = 0, 255
            writer.write(picture)
    return path


@pytest.fixture
def source(film: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(film, tmp_path / "gate.mp4"))


@pytest.fixture
def recording(archive: Archive, source: Path) -> str:
    return stored(archive, source)


def stored(archive: Archive, source: Path) -> str:
    """Store one person who is seen from 4 to 6 s, and return the recording's id."""
    info = probe(source)
    facts = RecordingFacts.from_info(info, content_hash(source))
    track = Tracklet(0, hits=11, vote_count=11)
    track.votes[CLASSES.index("person")] = 9
    x1, y1, x2, y2 = BODY
    mask = CutMask(x1 // 2, y1 // 2, np.ones(((y2 - y1) // 2, (x2 - x1) // 2), np.bool_))
    track.observations.extend(
        Observation(round((4 + i / 5) / facts.time_base), 4 + i / 5, BODY, 0.8, Source.DETECTOR, mask)
        for i in range(11)
    )
    tracks = to_tracks([track], recording_id=facts.recording_id, camera="gate", first_id=1, start=None)
    analysis = RecordingAnalysis(
        recording=facts,
        camera="gate",
        tracks=tracks,
        settings={"rate": 5},
        grid_width=SIZE[0] // 2,
        grid_height=SIZE[1] // 2,
    )
    return archive.add(analysis).recording_id


@pytest.fixture
def cut(archive: Archive, recording: str, tmp_path: Path) -> Callable[..., Clip]:
    def call(options: ClipOptions | None = None, track: int = 1, name: str = "out.mp4") -> Clip:
        return cut_clip(archive, recording, track, tmp_path / name, options)

    return call


def greys(path: Path) -> list[float]:
    with FootageReader(path) as reader:
        return [float(frame.bgr()[4:20, 100:150].mean()) for frame in reader.frames()]


def numbers(path: Path) -> list[int]:
    """Return which pictures of the recording a clip shows."""
    return [min(range(120), key=lambda n: abs(level(n) - grey)) for grey in greys(path)]


def test_a_clip_is_the_moment_with_a_second_around_it(cut: Callable[..., Clip]) -> None:
    clip = cut(replace(OPENLY, exact=True))
    assert (clip.begin_s, clip.end_s) == (3.0, pytest.approx(7.0, abs=0.01))
    assert not clip.copied
    shown = numbers(clip.video)
    assert len(shown) == 41 and all(abs(level(a) - level(30 + i)) <= 4 for i, a in enumerate(shown))


def test_pictures_are_copied_from_the_key_frame_on(cut: Callable[..., Clip], source: Path) -> None:
    clip = cut(OPENLY)
    assert clip.copied and not clip.redacted
    assert clip.begin_s <= 3.0
    with FootageReader(source) as reader, FootageReader(clip.video) as copied:
        original = {round(float(frame.timecode), 3): frame.bgr() for frame in reader.frames()}
        pictures = list(copied.frames())
        assert len(pictures) >= 40
        for frame in pictures:
            at = round(float(frame.timecode) + clip.begin_s, 3)
            assert (frame.bgr() == original[at]).all()


def test_whoever_is_in_it_is_pixelated(cut: Callable[..., Clip]) -> None:
    clip = cut(ClipOptions(crf=4))
    assert clip.redacted and not clip.copied
    with FootageReader(clip.video) as reader:
        for frame in reader.frames():
            x1, y1, x2, y2 = BODY
            body = frame.bgr()[y1:y2, x1:x2].astype(int)
            assert np.abs(np.diff(body.mean(axis=(1, 2)))).max() < 100  # no stripes


def test_the_ledger_has_it(archive: Archive, cut: Callable[..., Clip], recording: str) -> None:
    cut(OPENLY)
    tracks, shown = list(archive.gate.ledger.entries())[-2:]
    assert (shown.capability, tracks.capability) == (Capability.SHOW_UNREDACTED, Capability.READ_TRACKS)
    assert shown.subject == f"track {recording}/1" and shown.reason == "incident: claim 17"
    assert shown.outcome == Outcome.DONE


class TestRefusals:
    """What is not cut, and leaves nothing behind."""

    @pytest.fixture(autouse=True)
    def _nothing_left(self, recording: str, tmp_path: Path) -> object:
        before = {path.name for path in tmp_path.iterdir()}
        yield
        assert {path.name for path in tmp_path.iterdir()} <= before

    def test_people_as_they_are_without_a_reason(self, cut: Callable[..., Clip]) -> None:
        with pytest.raises(RefusedError, match="reason"):
            cut(ClipOptions(redact=False))

    def test_a_purpose_without_tracks(self, archive: Archive, recording: str, tmp_path: Path) -> None:
        declaration = Declaration.parse(built_in()["statistics"], {"place": "a", "information": "b"})
        write_settings(archive.path, replace(read_settings(archive.path), declaration=declaration))
        with pytest.raises(RefusedError):
            cut_clip(Archive.open(archive.path), recording, 1, tmp_path / "out.mp4")

    def test_a_track_that_is_not_there(self, cut: Callable[..., Clip]) -> None:
        with pytest.raises(NothingToShowError, match="no track 9"):
            cut(track=9)

    def test_a_recording_that_is_gone(self, cut: Callable[..., Clip], source: Path) -> None:
        source.unlink()
        with pytest.raises(FootageError, match="no longer there"):
            cut()

    @pytest.mark.parametrize("options", [ClipOptions(), OPENLY], ids=["redacted", "openly"])
    def test_a_recording_that_has_changed(
        self, cut: Callable[..., Clip], source: Path, options: ClipOptions
    ) -> None:
        content = bytearray(source.read_bytes())
        content[-1] ^= 1  # the same size
        source.write_bytes(content)
        with pytest.raises(FootageError, match="SHA-256"):
            cut(options)

    def test_what_makes_no_sense(self, cut: Callable[..., Clip]) -> None:
        with pytest.raises(UsageError, match=r"\.mp4"):
            cut(name="out.avi")
        with pytest.raises(UsageError, match="around a track"):
            cut(ClipOptions(around_s=-1))
        with pytest.raises(UsageError, match="never overwritten"):
            cut(name="gate.mp4")
        with pytest.raises(OutputError, match="does not exist"):
            cut(name="nowhere/out.mp4")

    def test_another_recording_is_not_overwritten(
        self, cut: Callable[..., Clip], archive: Archive, source: Path
    ) -> None:
        other = source.with_name("other.mp4")  # such as a clip that was cut before, and analysed itself
        other.write_bytes(source.read_bytes() + b"1")
        stored(archive, other)
        with pytest.raises(UsageError, match="never overwritten"):
            cut(name="other.mp4")
        other.unlink()


def test_what_cannot_be_copied_is_encoded_anew(archive: Archive, tmp_path: Path, film: Path) -> None:
    from apercu.footage.copying import copy_span

    tick = Fraction(1, 1000)
    far = copy_span(film, tmp_path / "a.mp4", Timecode(11_000, tick), Timecode(11_500, tick), farthest_s=0.0)
    assert far is None and not (tmp_path / "a.mp4").exists()


def test_an_even_rate_shows_each_picture_until_the_next(film: Path) -> None:
    tick = Fraction(1, 100)
    frames = [
        Frame.from_bgr(np.zeros((32, 32, 3), np.uint8), Timecode(pts, tick))
        for pts in (100, 110, 150, 151, 190)
    ]
    begin, end = Timecode(100, tick), Timecode(200, tick)
    shown = [(frame.timecode.pts, times) for frame, times in evenly(iter(frames), begin, end, Fraction(10))]
    assert shown == [(100, 1), (110, 4), (150, 1), (151, 3), (190, 1)]
    assert sum(times for _, times in shown) == 10
    assert all(a < b for (a, _), (b, _) in pairwise(shown))


def test_a_clip_ends_where_the_recording_does(cut: Callable[..., Clip]) -> None:
    for exact, name in ((True, "exact.mp4"), (False, "copied.mp4")):
        clip = cut(replace(OPENLY, exact=exact, around_s=20.0), name=name)
        assert clip.begin_s == 0 and clip.end_s == pytest.approx(12.0, abs=0.11)
        assert len(numbers(clip.video)) == 120
