"""Where a recording is cut: on key frames, by its length and the options alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from apercu.analysis import AnalysisOptions
from apercu.analysis.segments import Segment, segments
from apercu.footage import FootageReader


def record(path: Path, seconds: int, every: int, *, rate: int = 5, jump: int | None = None) -> Path:
    """Write a recording with a key frame each ``every`` frames, and perhaps a clock that jumps back."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4" if path.suffix == ".avi" else "libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"g": str(every), "x264-params": f"scenecut=0:keyint_min={every}"}
        for i in range(seconds * rate + 1):
            frame = None
            if i < seconds * rate:
                picture = np.full((48, 64, 3), 40 + i % 100, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts, frame.time_base = i, Fraction(1, rate)
            for packet in stream.encode(frame):
                if jump is not None and packet.dts > jump:
                    packet.pts, packet.dts = packet.pts + 40000, packet.dts + 40000
                output.mux(packet)
    return path


def cut(path: Path, step: float, overlap: float = 2.0) -> list[tuple[float, float | None]]:
    with FootageReader(path) as reader:
        found = segments(reader, AnalysisOptions(segment_s=step, overlap_s=overlap))
    assert [segment.number for segment in found] == list(range(len(found)))
    return [(float(s.begin or 0), None if s.end is None else float(s.end)) for s in found]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
def test_cuts_lie_on_key_frames_and_each_reads_on_into_the_next(tmp_path: Path, suffix: str) -> None:
    path = record(tmp_path / f"film{suffix}", 61, every=10)
    found = cut(path, 15)
    begins = [begin for begin, _ in found]
    assert begins == pytest.approx([0, 15, 30, 45], abs=2)
    with FootageReader(path) as reader:
        keys = [float(frame.timecode) for frame in reader.frames(skip="nonkey")]
    assert set(begins) <= set(keys)
    assert [end for _, end in found] == [pytest.approx(begin + 2) for begin in begins[1:]] + [None]


def test_a_segment_read_by_itself_begins_where_it_says(tmp_path: Path) -> None:
    path = record(tmp_path / "film.mkv", 40, every=10)
    with FootageReader(path) as reader:
        second = segments(reader, AnalysisOptions(segment_s=10, overlap_s=2))[1]
        first = next(iter(reader.frames(second.begin, second.end)))
        assert first.timecode == second.begin
        with FootageReader(path, sound=True) as other:
            assert [f.timecode for f in other.frames(second.begin, second.end)] == [
                f.timecode for f in reader.frames() if second.begin <= f.timecode < second.end
            ]


def test_short_recordings_and_those_that_must_not_be_cut_stay_whole(tmp_path: Path) -> None:
    path = record(tmp_path / "film.mp4", 20, every=10)
    assert cut(path, 14) == [(0, None)]
    assert cut(path, 0) == [(0, None)]
    assert len(cut(path, 13)) == 2
    assert cut(record(tmp_path / "one-key.mp4", 20, every=1000), 5) == [(0, None)]


def test_where_timestamps_cannot_be_trusted_nothing_is_cut(tmp_path: Path) -> None:
    path = record(tmp_path / "jump.mkv", 30, every=10, jump=60)
    assert cut(path, 5) == [(0, None)]


def test_long_gaps_between_key_frames_make_longer_segments(tmp_path: Path) -> None:
    path = record(tmp_path / "film.mp4", 60, every=100)
    assert [begin for begin, _ in cut(path, 5)] == [0, 20, 40]


def test_a_file_that_tells_no_length_is_cut_all_the_same(tmp_path: Path) -> None:
    whole = record(tmp_path / "film.mkv", 60, every=10)
    part = tmp_path / "part.mkv"
    with av.open(str(whole)) as source, av.open(str(part), "w", options={"live": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    with FootageReader(part) as reader:
        assert reader.info.duration is None
        assert [s.begin and float(s.begin) for s in segments(reader, AnalysisOptions(segment_s=20))] == [
            None,
            pytest.approx(20, abs=0.01),
            pytest.approx(40, abs=0.01),
        ]
        assert segments(reader, AnalysisOptions(segment_s=100)) == [Segment(0, None, None)]
