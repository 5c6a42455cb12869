"""What is done with each picture that is analysed: find what moves, detect, track, link, store."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from apercu.analysis import regions
from apercu.analysis.attributes import to_tracks
from apercu.analysis.backdrop import Backdrop
from apercu.analysis.cadence import Cadence
from apercu.analysis.camera import CameraWatch, View
from apercu.analysis.colour_samples import ColourSamples
from apercu.analysis.detections import Detections
from apercu.analysis.detector import Detector
from apercu.analysis.in_view import InView
from apercu.analysis.linking import Linker
from apercu.analysis.moment import Moment, Sight
from apercu.analysis.motion import BackgroundModel, Mask, Motion
from apercu.analysis.options import AnalysisOptions
from apercu.analysis.palette import BINS, palettes
from apercu.analysis.pictures import Grid, Pictures, grid_size
from apercu.analysis.results import Sink
from apercu.analysis.summary import Summary
from apercu.analysis.thorough import without_people
from apercu.analysis.tidying import tidy
from apercu.analysis.tracker import Tracker
from apercu.analysis.tracklets import Tracklet
from apercu.analysis.tracks import Tracks
from apercu.footage import Footage, Frame
from apercu.footage.pace import next_due, on_time

_NEAR = 8
"""What part of its longer side the room around a track is."""


class Stages:
    """The state of one analysis; ``move`` and then ``follow`` are called once per analysed picture."""

    def __init__(
        self,
        reader: Footage,
        chosen: Pictures,
        detector: Detector,
        sink: Sink,
        options: AnalysisOptions,
        summary: Summary,
        recording_id: str,
        camera: str,
        start: datetime | None,
        backgrounds: bool,
    ) -> None:
        info = reader.info
        self.now_s = 0.0
        self._reader, self._chosen = reader, chosen
        self._detector, self._sink = detector, sink
        self._options, self._summary = options, summary
        self._recording_id, self._camera, self._start = recording_id, camera, start
        self._size = (info.width, info.height)
        self._reduction = chosen.reduction
        self._tracker = Tracker(self._reduction, options.tracker)
        self._linker = Linker(options.linking, info.width, info.height)
        self._in_view = InView(self._linker)
        self._seen: tuple[Frame, Grid, Motion] | None = None
        scale = max(options.zooms) * options.detector_px / max(self._size)
        self._cadence = Cadence(options.cadence, options.rate, self._size, scale)
        self._watch = CameraWatch()
        self._backgrounds, self._backdrop = backgrounds, Backdrop()
        # What was seen before the camera moved, until the other thread comes to that picture.
        self._left: deque[tuple[float, Backdrop]] = deque()
        self._stored_s = chosen.begin_s
        self._elapsed_s = self._wait_s = self._cadence.longest_s
        self.plan()
        self._moved_s: float | None = None
        self._due_s = -np.inf
        self._colours = ColourSamples(chosen.reduction)
        with summary.stage("begin"):
            self._model = BackgroundModel(chosen.samples, options.motion)

    def due(self, frame: Frame) -> bool:
        """Return whether a picture is to be analysed; what was planned decides."""
        at = float(frame.timecode)
        if not on_time(at, self._due_s):
            return False
        self._due_s = next_due(at, self._planned_s)
        return True

    def plan(self) -> None:
        """Let what is tracked by now decide when the next picture is due, and what is ``held`` in it.

        That is the cells that confirmed tracks stand on, bool (h, w), and those with some room around.
        """
        self._planned_s = self._wait_s
        width, height = grid_size(*self._size, self._options)
        held, near = np.zeros((2, height, width), np.bool_)
        boxes = np.round(self._tracker.predicted(self._elapsed_s) / self._reduction).astype(int).clip(0)
        rooms = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0) // _NEAR
        for track, (x1, y1, x2, y2), room in zip(
            self._tracker.live, boxes.tolist(), rooms.tolist(), strict=True
        ):
            if track.confirmed:
                held[y1:y2, x1:x2] = True
                near[max(0, y1 - room) : y2 + room, max(0, x1 - room) : x2 + room] = True
        self.held: tuple[Mask, Mask] = held, near

    def move(self, frame: Frame, luma: Grid, held: Mask, near: Mask) -> Motion:
        """Return what moves in one picture, and learn the scene from it; runs in the second thread.

        ``held`` and ``near`` (h, w) are as planned for it.
        """
        at = float(frame.timecode)
        elapsed_s = self._step(self._moved_s, at)
        self._moved_s = at
        with self._summary.stage("motion"):
            motion = self._model.apply(luma, elapsed_s, held)
            view = self._watch.update(luma, at, float(motion.mask.mean()))
            if view is View.STEADY:
                if self._backgrounds:
                    self._backdrop.update(frame, at, motion.mask | held, near)
                return motion
            self._left.append((at, self._backdrop))
            self._backdrop = Backdrop()
            if view is View.NEW:
                self._model.restart(luma)
            return Motion.unsteady(luma.shape)

    def follow(self, frame: Frame, luma: Grid, motion: Motion) -> None:
        """Detect and track in one picture, and store what became whole."""
        summary, now_s = self._summary, float(frame.timecode)
        self._elapsed_s = self._step(self.now_s if summary.frames else None, now_s)
        self.now_s, self._seen = now_s, (frame, luma, motion)
        summary.frames += 1
        if not motion.steady:
            self._in_view.forget()
            self._part()
            return
        found, colours = self._detect(frame, motion)
        with summary.stage("track"):
            ended = self._tracker.update(frame.timecode.pts, now_s, found, colours, motion)
            self._colours.take(frame, self._tracker.live, now_s)
            whole = self._linker.add(ended, self._tracker.live, now_s)
            motions = self._tracker.filter
            self._wait_s = self._cadence.step_s(self._tracker.live, motions.boxes, motions.velocity)
        self._store(whole)
        if now_s - self._stored_s >= self._options.background_s:
            self._store_background(self._backdrop, (self._stored_s + now_s) / 2)
            self._stored_s = now_s

    @property
    def begun_s(self) -> float:
        """As in ``Present``."""
        return min(self.now_s, self._linker.begun_s(self._tracker.live))

    @property
    def moved(self) -> Sequence[tuple[float, float]]:
        """As in ``Present``."""
        return self._watch.spans

    def unfinished(self) -> Tracks:
        """As in ``Present``."""
        going_on = self._linker.so_far(self._tracker.live)
        return self._tables(going_on) if going_on else Tracks.empty()

    def moment(self) -> Moment:
        """As in ``Present``."""
        assert self._seen is not None, "asked after a picture"
        frame, luma, motion = self._seen
        sight = Sight(luma, motion.mask, self._reduction, frame)
        if not motion.steady:
            return Moment.blank(self.now_s, steady=False, sight=sight)
        return self._in_view.moment(self._tracker.live, self._tracker.filter.boxes, self.now_s, sight)

    def _part(self) -> None:
        """End everything: the camera moved, and nothing is where it was."""
        with self._summary.stage("track"):
            whole = self._linker.finish(self._tracker.finish())
        self._store(whole)
        while self._left and self._left[0][0] <= self.now_s:
            at, backdrop = self._left.popleft()
            self._store_background(backdrop, (self._stored_s + at) / 2)
            self._stored_s = at

    def finish(self) -> None:
        """End what is still going on, store it, and say what was odd."""
        summary = self._summary
        with summary.stage("track"):
            whole = self._linker.finish(self._tracker.finish())
        self._store(whole)
        self._store_background(self._backdrop, (self._stored_s + self.now_s) / 2)
        # The last picture lasts, too.
        summary.duration_s = self._chosen.effort.last_s + 1 / self._reader.info.rate
        summary.effort = self._chosen.effort
        summary.odd = replace(
            summary.odd,
            damage=self._reader.damage,
            moved=list(self._watch.spans),
            other_sizes=self._chosen.other_sizes,
            repaired=self._reader.repaired,
        )
        summary.warnings += summary.odd.sentences()

    def _step(self, before_s: float | None, at: float) -> float:
        """Return the seconds since the picture before; the usual step for the first one."""
        return self._cadence.longest_s if before_s is None else max(at - before_s, 1e-3)

    def _places(self, motion: Motion) -> NDArray[np.float32]:
        """Return where the detector should look, float32 (n, 4) in pixels."""
        tracks, blobs = self._tracker.predicted(self._elapsed_s), motion.boxes * self._reduction
        live, velocity = self._tracker.live, self._tracker.filter.velocity
        known, fresh = self._cadence.due(live, tracks, velocity, blobs, self.now_s)
        return np.concatenate([blobs[fresh], tracks[known]]).astype(np.float32)

    def _detect(self, frame: Frame, motion: Motion) -> tuple[Detections, NDArray[np.float32]]:
        """Return what the detector sees where something moves or is tracked, and its palettes."""
        width, height = self._size
        canvas = regions.pack(
            self._places(motion), width, height, self._options.detector_px, self._options.zooms
        )
        if canvas is None:
            return Detections.empty(), np.zeros((0, BINS), np.float32)
        with self._summary.stage("detect"):
            self._summary.detected += 1
            image = canvas.paint(frame)
            found, on_canvas = canvas.back(self._detector.detect(image))
            found, kept = tidy(found)
            return found, palettes(image, on_canvas[kept].boxes)

    def _store(self, tracks: list[Tracklet]) -> None:
        if not tracks:
            return
        with self._summary.stage("write"):
            table = self._tables(tracks)
            self._sink.add_tracks(table)
        self._summary.tracks += len(table)
        self._summary.observations += table.observation_table.num_rows

    def _tables(self, tracks: list[Tracklet]) -> Tracks:
        return to_tracks(
            tracks,
            recording_id=self._recording_id,
            camera=self._camera,
            first_id=self._summary.tracks + 1,
            start=self._start,
        )

    def _store_background(self, backdrop: Backdrop, time_s: float) -> None:
        image = backdrop.image
        if image is None:
            return
        with self._summary.stage("detect"):
            image, places = without_people(image, self._detector, self._options.detector_px)
            self._summary.odd.add_standing(places)
        with self._summary.stage("write"):
            self._sink.add_background(time_s, image)
