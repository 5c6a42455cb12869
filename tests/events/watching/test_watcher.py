"""A camera watched: its events are those of a recording, with a picture and the seconds around."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from apercu.analysis import AnalysisOptions, Tracks
from apercu.archive import Archive
from apercu.events.engine import Engine
from apercu.events.register import Register
from apercu.events.rules import RulesFile
from apercu.events.running import replay
from apercu.events.settings import parse_settings
from apercu.events.watching.portrayal import write_clip
from apercu.events.watching.portrayer import PictureTask
from apercu.events.watching.recent import Past, Recent, scaled
from apercu.footage import FootageReader, Source
from apercu.statistics.direct import scene_of

from ..making import make_event
from ..watched import RULES, Blind, Kept, film, watch, watched_archive


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("watched") / "gate.mp4")


@pytest.fixture
def watching(tmp_path: Path) -> Archive:
    return watched_archive(tmp_path / "archive")


def test_a_camera_gives_the_events_of_its_recording(watching: Archive, gate: Path) -> None:
    kept = Kept()
    watcher = watch(watching, Source(str(gate)), kept)
    assert kept.events and watcher.status.signals == len(kept.events)
    rules = parse_settings(RULES, RulesFile, "rules.toml").settings.rule
    start = kept.events[0].met_at
    assert start is not None
    engine = Engine(rules, scene_of(watching, "gate", None, 320, 180), "gate", "again", start)
    options = AnalysisOptions(rate=5.0)
    found = replay(gate, Blind(), engine, camera="gate", run="again", start=start, options=options)
    told = [
        (event.rule, event.met_s, event.began_s, event.box, event.path, event.track_ids) for event in found
    ]
    assert told == [
        (event.rule, event.met_s, event.began_s, event.box, event.path, event.track_ids)
        for event in kept.events
    ]


def test_a_signal_has_a_pixelated_picture_and_the_seconds_around(
    watching: Archive, gate: Path, tmp_path: Path
) -> None:
    kept = Kept()
    watcher = watch(watching, Source(str(gate)), kept, pictures=True, clips=True)
    assert len(kept.clips) == len(kept.events) and watcher.status.held_bytes > 0
    for event, picture, task in zip(kept.events, kept.pictures, kept.clips, strict=True):
        assert picture is not None and event.box is not None
        shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).astype(int)
        with FootageReader(gate) as reader:
            filmed = next(f.bgr() for f in reader.frames() if abs(float(f.timecode) - event.met_s) < 0.01)
        x1, y1, x2, y2 = (round(side) for side in event.box)
        inside = np.s_[y1 + 4 : y2 - 4, x1 + 4 : x2 - 4]
        differs = np.abs(shown - filmed).max(axis=2) > 12
        assert differs[inside].mean() > 0.5
        times = [past.time_s for past in task.pictures]
        assert times == sorted(times) and event.met_s - 5 <= times[0] <= times[-1] <= event.met_s + 5
        assert task.pictures[0].mask() is not None
    task = kept.clips[0]
    path = tmp_path / "clip.mp4"
    write_clip(path, task.event, task.pictures, task.tracks, Blind(), scale=task.scale, rate=task.rate)
    with av.open(str(path)) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == len(task.pictures)


def test_a_signal_has_its_picture_whatever_the_fractions_of_its_time(
    watching: Archive, tmp_path: Path
) -> None:
    kept = Kept()
    watch(watching, Source(str(film(tmp_path / "sevenths.mp4", 8.0, rate=7))), kept, pictures=True)
    assert any(round(event.met_s * 7) / 7 != event.met_s for event in kept.events)
    assert kept.pictures and None not in kept.pictures


def test_what_cannot_be_stored_is_stored_later(watching: Archive, gate: Path) -> None:
    kept = Kept(failing=1)
    watcher = watch(watching, Source(str(gate)), kept)
    assert kept.events and watcher.status.unsaved == 0 and watcher.status.unsaved_why == ""
    assert len({event.key for event in kept.events}) == len(kept.events) == watcher.status.signals


def test_when_rules_were_met_is_asked_for_once(watching: Archive, gate: Path) -> None:
    """A full disk keeps the catalog from being read, which must not end the watching."""

    class Once(Kept):
        asked = 0

        def last_met(self, camera: str, rules: Iterable[str]) -> dict[str, datetime]:
            self.asked += 1
            return super().last_met(camera, rules)

    kept = Once()
    watcher = watch(watching, Source(str(gate)), kept)
    assert kept.events and kept.asked == 1
    assert watcher.met_at == Kept.last_met(kept, "gate", [])


class Killed(BaseException):
    """What a process that is killed does next: nothing."""


def test_killed_while_its_picture_is_made_a_signal_is_stored_and_leaves(
    watching: Archive, gate: Path
) -> None:
    class Killer:
        def draw(self, task: PictureTask) -> None:
            raise Killed

    register: Any = Register(watching, ["mail"], ["mail"])
    with pytest.raises(Killed):
        watch(watching, Source(str(gate)), register, Killer(), pictures=True)
    (signal,) = Register(Archive.open(watching.path)).signals()
    (letter,) = watching.signals.outbox.letters()
    assert (signal.row.picture, letter.key) == ("", signal.key)
    assert signal.added_at < letter.next_at < signal.added_at + timedelta(seconds=5)


def test_counting_and_rules_share_one_source(watching: Archive, gate: Path) -> None:
    kept = Kept()
    watcher = watch(watching, Source(str(gate)), kept, count_s=900)
    assert kept.events and watcher.status.counted_s > 15
    assert list((watching.path).rglob("*.parquet"))


def test_small_pictures_are_few_and_forgotten(gate: Path) -> None:
    recent = Recent(320, keeps=True)
    with FootageReader(gate) as reader:
        for frame in reader.frames():
            recent.take(frame)
            recent.note(float(frame.timecode), np.ones((9, 16), np.bool_))
    kept = recent.between(0, 100)
    assert kept[0].time_s >= 15.9 - 12.1 and len(kept) < 130
    assert kept[0].frame().width == 320 and kept[0].mask().all()  # type: ignore[union-attr]
    assert recent.whole(kept[-1].time_s) is not None and recent.whole(kept[0].time_s) is None
    assert Past(1.0, b"").mask() is None and make_event().key
    assert len(scaled(Tracks.empty(), 0.5)) == 0


def test_why_nothing_can_be_stored_stays_in_the_status_while_pictures_come(
    watching: Archive, gate: Path
) -> None:
    watcher = watch(watching, Source(str(gate)), Kept(failing=10_000))
    assert watcher.status.unsaved == watcher.status.signals > 0
    assert "No space left on device" in watcher.status.unsaved_why and watcher.status.lost == ""
