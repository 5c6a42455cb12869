"""Rules over what was recorded: from the tracks of an archive, or over its footage once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from apercu.analysis import AnalysisOptions, Detector
from apercu.analysis.moment import Moment
from apercu.analysis.tracks import Tracks
from apercu.archive import Archive, RecordingRow
from apercu.archive.originals import check_original
from apercu.errors import NothingToShowError
from apercu.events.engine import Engine
from apercu.events.event import Event
from apercu.events.flow import UsualFlow
from apercu.events.rule import Rule
from apercu.events.rules import RulesFile, check_purpose, check_site
from apercu.events.running import replay
from apercu.events.settings import SettingsFile
from apercu.events.site import Site
from apercu.purposes import Capability
from apercu.statistics.direct import scene_of
from apercu.statistics.paths import Paths
from apercu.statistics.scene import Scene

_BLANK_S = 1.0
_PREDICTED = "predicted"


def moments_of(tracks: Tracks, moved: Sequence[tuple[float, float]] = ()) -> Iterator[Moment]:
    """Yield the moments of one recording's tracks, in order of time.

    Tracks are whole here: each is in view from its beginning, in the class that was voted for in the end,
    where live it takes some pictures until something is known to be an object. Where nothing was in view for
    longer than a second, one moment says so.

    Args:
        tracks: all of the recording.
        moved: first and last second of each time that the camera moved.
    """
    paths = Paths.of(tracks)
    seen = tracks.observation_table
    order = np.lexsort((seen["pts"].to_numpy(), seen["track_id"].to_numpy()))
    sure = np.array([source != _PREDICTED for source in seen["source"].to_pylist()], np.bool_)[order]
    ids = np.unique(seen["track_id"].to_numpy())
    begun = paths.times[paths.begins]
    rows = np.lexsort((paths.owners, paths.times))
    edges = np.flatnonzero(np.diff(paths.times[rows], prepend=-np.inf))
    unsteady = [(first, Moment.blank(first, steady=False)) for first, _ in moved]
    last_s = -np.inf
    for chosen in np.split(rows, edges[1:]) if len(rows) else []:
        now_s = float(paths.times[chosen[0]])
        while unsteady and unsteady[0][0] < now_s:
            last_s, moment = unsteady.pop(0)
            yield moment
        if now_s - last_s > _BLANK_S and np.isfinite(last_s):
            yield Moment.blank(last_s + _BLANK_S / 2, steady=True)
        owners = paths.owners[chosen]
        yield Moment(
            now_s,
            True,
            ids[owners].astype(np.int64),
            paths.classes[owners],
            paths.boxes[chosen],
            begun[owners],
            sure[chosen],
        )
        last_s = now_s
    yield from (moment for _, moment in unsteady)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which recordings rules look at.

    Attributes:
        cameras: names of those wanted; empty means all that the rules are for.
        recordings: ids of those wanted; empty means all.
    """

    cameras: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()


def unjudged(rules: Sequence[Rule], *, replayed: bool = False) -> list[str]:
    """Return a sentence for each rule of which stored tracks, or footage that is replayed, say nothing."""
    scene = "is about how the scene looks, which stored tracks do not say: not judged. Use --replay."
    camera = "is about a camera that sends nothing: not judged. It is told while it is watched."
    return [
        f"Rule {rule.name!r} ({rule.kind}) {camera if rule.needs_camera else scene}"
        for rule in rules
        if rule.needs_camera or (rule.needs_picture and not replayed)
    ]


def events_of(
    archive: Archive,
    file: SettingsFile[RulesFile],
    choice: Choice | None = None,
    *,
    detector: Detector | None = None,
    options: AnalysisOptions | None = None,
    reason: str | None = None,
    progress: Callable[[RecordingRow, float], None] | None = None,
) -> Iterator[tuple[RecordingRow, list[Event]]]:
    """Go through an archive's recordings in order of time, with the events that rules find in each.

    From stored tracks, which is fast, and says nothing of rules that need pictures (``unjudged``); or with a
    detector from the footage itself, read as if it came from the camera now: those are the events that
    watching it live gives. What is usual is learned on from recording to recording of a camera.

    Args:
        archive: where to look.
        file: the rules.
        choice: which recordings.
        detector: names what moves; None means the stored tracks.
        options: how to analyse, with a detector.
        reason: why, where the purpose wants one.
        progress: told the second of a recording that was reached.

    Raises:
        RefusedError: the purpose has no ``signal-events``, none of a rule's kind, no ``read-tracks`` (or
            ``analyze-recorded`` with a detector), or not now.
        UsageError: a rule cannot look at a camera's picture; the message shows where it is written.
        NothingToShowError: there are no such recordings.
        FootageError: with a detector, a recording cannot be read, or is not what it was.
        ArchiveDamagedError: a file is missing or torn.
    """
    choice, rules = choice or Choice(), file.settings.rule
    subject = f"rules {', '.join(rule.name for rule in rules)}"
    other = Capability.READ_TRACKS if detector is None else Capability.ANALYZE_RECORDED
    with (
        archive.gate.opens(Capability.SIGNAL_EVENTS, subject=subject, reason=reason) as door,
        archive.opens(other, subject=subject, reason=reason) as inside,
    ):
        check_purpose(rules, archive.gate, subject=subject)
        rows = _rows(inside, file.settings.camera, choice)
        scenes = {row.recording_id: _scene(archive, row) for row in rows}
        for row in rows:
            check_site(rules, Site(row.camera, scenes[row.recording_id]), file)
        flows: dict[str, UsualFlow] = {}
        count = 0
        for row in rows:
            engine = Engine(
                rules,
                scenes[row.recording_id],
                row.camera,
                row.recording_id,
                row.start_time,
                zone=archive.settings.zone,
                flow=flows.setdefault(row.camera, UsualFlow()),
            )
            if detector is None:
                found = _from_tracks(inside, row, engine)
            else:
                found = _replayed(row, engine, detector, options, progress)
            count += len(found)
            door.note = f"{count} events"
            yield row, found


def _rows(archive: Archive, camera: str, choice: Choice) -> list[RecordingRow]:
    rows = [
        row
        for row in archive.recordings()
        if (not camera or row.camera == camera)
        and (not choice.cameras or row.camera in choice.cameras)
        and (not choice.recordings or row.recording_id in choice.recordings)
    ]
    if not rows:
        raise NothingToShowError(
            "there is no recording that these rules are for",
            where=archive.path,
            next_step="See what there is: apercu info ARCHIVE.",
        )
    return rows


def _scene(archive: Archive, row: RecordingRow) -> Scene:
    return scene_of(archive, row.camera, row.start_time, row.facts.width, row.facts.height)


def _from_tracks(archive: Archive, row: RecordingRow, engine: Engine) -> list[Event]:
    ((_, tracks),) = archive.iter_tracks([row.recording_id])
    moments = moments_of(tracks, row.analysis.camera_moved)
    return [event for moment in moments for event in engine.see(moment)]


def _replayed(
    row: RecordingRow,
    engine: Engine,
    detector: Detector,
    options: AnalysisOptions | None,
    progress: Callable[[RecordingRow, float], None] | None,
) -> list[Event]:
    check_original(row)
    return replay(
        row.absolute_path,
        detector,
        engine,
        camera=row.camera,
        run=row.recording_id,
        start=row.start_time,
        options=options,
        progress=None if progress is None else partial(progress, row),
    )
