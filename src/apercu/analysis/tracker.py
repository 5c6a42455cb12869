"""From detections and motion to tracks: two stages of boxes, then motion to keep a track alive.

After ByteTrack (Zhang et al., ECCV 2022) confident boxes are assigned first and weak boxes second; boxes are
buffered before they are compared (C-BIoU, Yang et al., WACV 2023), because at five to eight pictures a second
small things do not overlap themselves. What no box explains is carried by its moving blob.

Where one object hides another, nobody can tell at once who comes out on which side. There the tracker cuts:
the pieces before and after are put together later, when all of them are known (``linking``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from apercu.analysis.cover import Boxes, Cover, buffered, joined
from apercu.analysis.detections import OTHER, VEHICLES, Detections
from apercu.analysis.first_steps import first_steps
from apercu.analysis.kalman import KalmanBoxes
from apercu.analysis.masks import cut
from apercu.analysis.motion import Motion
from apercu.analysis.options import TrackerOptions
from apercu.analysis.palette import BINS, likeness
from apercu.analysis.sharing import by_outer_edges, companions, gathered, give_way
from apercu.analysis.tracklets import Observation, Source, Tracklet, kin
from apercu.geometry import area, coverage, intersection, iou, paired_iou

Rows = NDArray[np.intp]
_SWIFT, _LEAST, _LEAST_LOOSE = 2.0, 0.4, 0.3
"""Sizes per second; and least share of the expected area that a blob must have to be what was expected."""


class Tracker:
    """Joins what is seen from picture to picture; one per recording, pictures in order of time."""

    def __init__(self, reduction: int, options: TrackerOptions | None = None) -> None:
        self.options = options or TrackerOptions()
        self.reduction = reduction
        self.filter = KalmanBoxes()
        self.live: list[Tracklet] = []
        self._next_key = 1
        self._palettes = np.zeros((0, BINS), np.float32)
        self._time_s: float | None = None

    def predicted(self, elapsed_s: float) -> NDArray[np.float64]:
        """Return where live tracks will be in ``elapsed_s`` seconds, float64 (n, 4) in pixels."""
        boxes = self.filter.boxes
        if elapsed_s and len(boxes):
            boxes = boxes + np.tile(self.filter.velocity * elapsed_s, 2)
        return boxes

    def update(
        self, pts: int, time_s: float, found: Detections, palettes: NDArray[np.float32], motion: Motion
    ) -> list[Tracklet]:
        """Take one picture in and return the tracklets that ended with it.

        Args:
            pts, time_s: the picture's timecode, in ticks and in seconds.
            found: what the detector saw.
            palettes: float32 (n, BINS), the palette of each detection.
            motion: what moves.
        """
        moving = Cover(motion, self.reduction)
        # Where nothing moves and the scene itself is seen, what was named has been there all along: without
        # it, a shadow or a car that comes to a parked car would go on as that one.
        still = moving.share(found.boxes) < self.options.moving
        fresh = ~(still & motion.shows_scene(found.boxes / self.reduction))
        found, self._palettes = found[fresh], palettes[fresh]
        self.filter.predict(0.0 if self._time_s is None else time_s - self._time_s)
        self._time_s = time_s
        blobs = motion.boxes * self.reduction
        boxes = self.filter.boxes
        scores, sources = np.full(len(self.live), np.nan), [Source.PREDICTED] * len(self.live)
        left = np.arange(len(self.live))
        strong = np.flatnonzero(found.scores >= self.options.strong)
        weak = np.flatnonzero((found.scores >= self.options.weak) & (found.scores < self.options.strong))
        pairs = self._assign(left, found, strong, buffer=0.3, least=0.15)
        left = np.setdiff1d(left, [row for row, _ in pairs])
        second = self._assign(left, found, weak, buffer=0.2, least=0.3)
        left = np.setdiff1d(left, [row for row, _ in second])
        pairs += second
        self._take_detections(pairs, found, scores, sources, time_s)
        carried = self._carry(left, boxes, blobs, moving, time_s)
        for row in carried:
            sources[row] = Source.MOTION
        used = np.array([column for _, column in pairs], np.intp)
        born = self._births(found, used, blobs, moving, time_s)
        scores = np.concatenate([scores, born.scores])
        sources += [Source.DETECTOR if score > 0 else Source.MOTION for score in born.scores.tolist()]
        scores[scores == 0] = np.nan
        ended = self._cut(len(self.live) - len(born), born, time_s)
        self._record(pts, time_s, scores, sources, motion)
        # What is cut because it is hidden keeps its guesses: they tell the linker where it went.
        return ended + self._bury(time_s, moving)

    def finish(self) -> list[Tracklet]:
        """End every live track and return the tracklets."""
        ended = [track.trimmed() for track in self.live]
        self.filter, self.live = KalmanBoxes(), []
        return ended

    def _assign(
        self, rows: NDArray[np.int_], found: Detections, columns: Rows, buffer: float, least: float
    ) -> list[tuple[int, int]]:
        """Return pairs of live track and detection, best total likeness, each likeness at least ``least``."""
        if len(rows) == 0 or len(columns) == 0:
            return []
        tracks, boxes = self.filter.boxes[rows], found.boxes[columns].astype(np.float64)
        alike = iou(buffered(tracks, buffer), buffered(boxes, buffer))
        classes = np.array([self.live[row].class_index for row in rows])
        alike = alike * np.where(kin(classes[:, None], found.classes[columns][None, :]), 1.0, 0.6)
        alike *= self._colour_factor(rows, columns)
        size_ratio = np.sqrt(area(tracks)[:, None] / np.maximum(area(boxes), 1)[None, :])
        named = (classes != OTHER)[:, None]
        alike[named & ((size_ratio > 2.5) | (size_ratio < 0.4))] = 0
        chosen = linear_sum_assignment(-alike)
        return [(int(rows[i]), int(columns[j])) for i, j in zip(*chosen, strict=True) if alike[i, j] >= least]

    def _colour_factor(self, rows: NDArray[np.int_], columns: Rows) -> NDArray[np.float32]:
        """Return (rows, columns) between 0 and 1: how well the palettes agree, 1 where one is not known.

        An object looks like itself from picture to picture (0.85 and more, where two different ones show 0.3
        to 0.7), so a settled palette may forbid; a fresh one, perhaps of half an object, only advises.
        """
        factor = np.ones((len(rows), len(columns)), np.float32)
        known = [i for i, row in enumerate(rows) if self.live[row].palette is not None]
        if known:
            mine = np.array([self.live[rows[i]].palette for i in known])
            settled = np.array([self.live[rows[i]].palette_count >= 4 for i in known])[:, None]
            agreement = np.clip((likeness(mine, self._palettes[columns]) - 0.4) / 0.4, 0.0, 1.0)
            factor[known] = np.where(settled, agreement, 0.5 + agreement / 2)
        return factor

    def _take_detections(
        self,
        pairs: list[tuple[int, int]],
        found: Detections,
        scores: NDArray[np.float64],
        sources: list[Source],
        time_s: float,
    ) -> None:
        if not pairs:
            return
        rows = np.array([row for row, _ in pairs], np.intp)
        columns = np.array([column for _, column in pairs], np.intp)
        noise = 0.05 + 0.12 * (1 - found.scores[columns].astype(np.float64))
        self.filter.correct(rows, found.boxes[columns].astype(np.float64), noise)
        alone = (iou(found.boxes[columns], found.boxes) > 0.1).sum(axis=1) <= 1
        alone &= (iou(found.boxes[columns].astype(np.float64), self.filter.boxes) > 0.1).sum(axis=1) <= 1
        for (row, column), clear in zip(pairs, alone.tolist(), strict=True):
            track = self.live[row]
            new = self._palettes[column]
            if clear or track.palette is None:
                track.palette = new if track.palette is None else 0.85 * track.palette + 0.15 * new
                track.palette_count += 1
            if clear:
                track.look = new if track.look is None else track.look + new
                track.look_count += 1
            track.votes[found.classes[column]] += float(found.scores[column])
            track.vote_count += 1
            self._see(track, time_s, sure=True)
            scores[row] = found.scores[column]
            sources[row] = Source.DETECTOR

    def _see(self, track: Tracklet, time_s: float, sure: bool) -> None:
        track.hits += 1
        track.seen_s = time_s
        if sure:
            track.sure_s = time_s
            track.alone += 1

    def _carry(
        self, rows: NDArray[np.int_], boxes: Boxes, blobs: Boxes, moving: Cover, time_s: float
    ) -> list[int]:
        """Keep tracks without a box alive by what moves under them; return the rows seen by themselves."""
        if len(rows) == 0 or len(blobs) == 0:
            return []
        claims, held = coverage(blobs, boxes), coverage(boxes, blobs)
        holders = held > 0.3
        pieces = give_way(self.live, holders, boxes)
        holders[pieces], held[pieces] = False, 0
        for row in np.flatnonzero(pieces):
            self.live[row].absorbed = True
        home, alone = claims.argmax(axis=1), holders.sum(axis=0) <= 1
        exact, measured = [], []
        loose = self._loose()
        for row in rows.tolist():
            own = alone & (home == row) & ((claims[:, row] > 0.5) | (held[row] > 0.25))
            whole, parted = gathered(self.live[row], blobs[own], 3.0 * self.reduction, self.options.piece)
            if whole is not None and (parted or self._fits(whole, boxes[row], moving, loose[row])):
                exact.append(row)
                measured.append(whole)
                self._see(self.live[row], time_s, sure=True)
            elif held[row].any() and self._stays(row, boxes, moving, time_s):
                self._see(self.live[row], time_s, sure=False)
        young = [row for row in rows.tolist() if row not in exact and self.live[row].just_begun]
        free = np.flatnonzero((claims.max(axis=1) < 0.3) & (held.max(axis=0) < 0.25))
        for begun, went in zip(*first_steps(boxes[young], blobs[free]), strict=True):
            exact.append(young[begun])
            measured.append(blobs[free[went]])
            self._see(self.live[young[begun]], time_s, sure=True)
        if exact:
            picked = np.array(exact, np.intp)
            named = np.array([self.live[row].vote_count > 0 and not loose[row] for row in picked])
            # A blob knows where a thing is better than how large it is: shadows and holes change its size.
            noise = np.where(
                named[:, None], np.array([[0.15, 0.15, 0.6, 0.6]]), np.array([[0.12, 0.12, 0.2, 0.2]])
            )
            self.filter.correct(picked, np.array(measured, np.float64), noise)
        others = np.setdiff1d(rows, exact).astype(np.intp)
        sided, places, noises = by_outer_edges(self.live, others, holders, boxes, blobs)
        self.filter.correct(sided, places, noises)
        return exact

    def _stays(self, row: int, boxes: Boxes, moving: Cover, time_s: float) -> bool:
        """Return whether a track without a blob of its own is still there, within what several share."""
        track = self.live[row]
        patience = self.options.shared_s if track.class_index != OTHER else self.options.shared_unnamed_s
        filled = moving.share(boxes[row : row + 1])[0] >= 0.5 * track.fill
        return bool(filled and time_s - track.sure_s <= patience)

    def _loose(self) -> NDArray[np.bool_]:
        """Return the live tracks (n,) that go and grow fast (perspective), and only their blobs tell how."""
        swift = np.hypot(*self.filter.velocity.T) > _SWIFT * self.filter.scale
        return np.asarray(swift & ~np.array([track.surely_named for track in self.live], np.bool_))

    @staticmethod
    def _fits(blob: Boxes, box: Boxes, moving: Cover, loose: bool) -> bool:
        """Return whether what moves is as large as what is expected; what is coming in may grow faster."""
        ratio = area(blob[None])[0] / max(area(box[None])[0], 1)
        shared = intersection(blob[None], box[None])[0, 0] / max(area(box[None])[0], 1)
        entering = moving.at_edge(blob[None])[0] and shared > 0.6
        least, most = _LEAST_LOOSE if loose else _LEAST, 5.0 if entering else 2.2
        return bool(least < ratio < most and shared > 0.25)

    def _births(
        self, found: Detections, used: Rows, blobs: Boxes, moving: Cover, time_s: float
    ) -> Detections:
        """Begin tracks for moving things that nothing explains yet; return them, blobs with score 0."""
        free = np.setdiff1d(np.arange(len(found)), used)
        overlap_blob = (
            iou(found.boxes[free], blobs).max(axis=1) if len(blobs) and len(free) else np.zeros(len(free))
        )
        scores = found.scores[free]
        wanted = (scores >= self.options.strong) | ((scores >= self.options.backed) & (overlap_blob > 0.45))
        wanted &= moving.share(found.boxes[free]) >= self.options.moving
        if len(self.live) and len(free):
            sure = np.array([track.sure_s == time_s for track in self.live])
            inside = np.maximum(
                coverage(found.boxes[free], self.filter.boxes),
                coverage(self.filter.boxes, found.boxes[free]).T,
            )
            # A box within one that was seen just now is part of the same thing.
            wanted &= ~((inside > 0.7) & sure[None, :]).any(axis=1)
            wanted &= iou(found.boxes[free], self.filter.boxes).max(axis=1) < 0.6
        begun = found[free[wanted]]
        known = np.concatenate([self.filter.boxes, begun.boxes.astype(np.float64)])
        fresh = blobs
        if len(known) and len(blobs):
            fresh = blobs[
                (coverage(blobs, known).max(axis=1) < 0.3) & (coverage(known, blobs).max(axis=0) < 0.5)
            ]
        fresh = joined(fresh, 3.0 * self.reduction, self.options.piece)
        unnamed = np.zeros(len(fresh), np.float32), np.full(len(fresh), OTHER, np.int8)
        begun = Detections.concatenate([begun, Detections(fresh.astype(np.float32).reshape(-1, 4), *unnamed)])
        self.filter.add(
            begun.boxes.astype(np.float64), np.where(begun.scores > 0, 0.1, 0.15).astype(np.float64)
        )
        for name, score in zip(begun.classes.tolist(), begun.scores.tolist(), strict=True):
            track = Tracklet(self._next_key, seen_s=time_s, sure_s=time_s, moved_s=time_s, hits=1)
            self._next_key += 1
            if score > 0:
                track.votes[name] += score
                track.vote_count += 1
            self.live.append(track)
        return begun

    def _cut(self, first_born: int, born: Detections, time_s: float) -> list[Tracklet]:
        """End the pieces of tracks that met: the one hidden, and the one in front of it; return them.

        The one in front lives on as a new piece. It is cut again where one comes out from behind it.
        """
        boxes = self.filter.boxes
        near = iou(buffered(boxes, 0.15), buffered(boxes, 0.15)) > 0.1
        np.fill_diagonal(near, False)
        named = np.array([track.class_index != OTHER for track in self.live], np.bool_)
        sure = np.array([track.sure_s == time_s for track in self.live], np.bool_)
        away = np.array([time_s - track.sure_s > self.options.hidden_s for track in self.live], np.bool_)
        older = np.arange(len(self.live)) < first_born
        hidden = named & away & (near & (sure & named)[None, :]).any(axis=1)
        came = np.zeros(len(self.live), np.bool_)
        came[first_born:] = born.scores > 0
        front = older & named & sure & (near & (hidden | came)[None, :]).any(axis=1)
        ended = []
        for row in np.flatnonzero(hidden | front):
            track = self.live[row]
            ended.append(track)
            if front[row]:
                self.live[row] = Tracklet(
                    self._next_key,
                    seen_s=time_s,
                    sure_s=time_s,
                    moved_s=track.moved_s,
                    fill=track.fill,
                    hint=track.class_index,
                    follows=track.key,
                    palette=track.palette,
                    palette_count=track.palette_count,
                )
                self._next_key += 1
            else:
                track.seen_s = -np.inf
        return ended

    def _record(
        self, pts: int, time_s: float, scores: NDArray[np.float64], sources: list[Source], motion: Motion
    ) -> None:
        boxes = self.filter.boxes
        if len(boxes) == 0:
            return
        solid = np.array([track.class_index in VEHICLES for track in self.live])
        masks = cut(motion.mask, boxes / self.reduction, solid)
        scene = motion.shows_scene(boxes / self.reduction).tolist()
        for i, track in enumerate(self.live):
            x1, y1, x2, y2 = boxes[i].tolist()
            score = None if np.isnan(scores[i]) else float(scores[i])
            if sources[i] is not Source.PREDICTED:
                filled = masks[i].cells.sum() * self.reduction**2 / max((x2 - x1) * (y2 - y1), 1)
                track.fill += 0.2 * (min(float(filled), 1.0) - track.fill)
            track.add(Observation(pts, time_s, (x1, y1, x2, y2), score, sources[i], masks[i], scene[i]))

    def _bury(self, time_s: float, moving: Cover) -> list[Tracklet]:
        """Remove and return the tracks that were lost, left the picture or proved to be another's double."""
        if not self.live:
            return []
        boxes = self.filter.boxes
        unseen = np.array([time_s - track.seen_s for track in self.live])
        patience = np.array(
            [self.options.lost_s if track.confirmed else self.options.tentative_s for track in self.live]
        )
        picture = np.array([[0, 0, moving.width, moving.height]], np.float64)
        outside = (coverage(boxes, picture)[:, 0] < 0.3) & (unseen > 0)
        gone = (unseen > patience) | outside | self._doubles(boxes)
        gone |= np.array([track.absorbed for track in self.live], np.bool_)
        gone |= self._in_background(boxes, moving, time_s)
        # What was cut off because it is hidden has been handed on already.
        judged = list(zip(self.live, gone.tolist(), strict=True))
        ended = [track.trimmed() for track, dead in judged if dead and track.seen_s > -np.inf]
        self.live = [track for track, dead in judged if not dead]
        self.filter.keep(~gone)
        return ended

    def _in_background(self, boxes: Boxes, moving: Cover, time_s: float) -> NDArray[np.bool_]:
        """Return tracks under which nothing has moved for a while, cut back to when something last did.

        What came and stands still differs from the scene it came into; what does not differ was there before:
        a parked car that someone walked past is not a track. One that has come a way is given more time:
        it may stand before something of its own colour.
        """
        scene = np.array([track.observations[-1].scene for track in self.live], np.bool_)
        for row in np.flatnonzero((moving.share(boxes) >= self.options.moving) & ~scene):
            self.live[row].moved_s = time_s
        first = np.array([track.observations[0].box for track in self.live]).reshape(-1, 4)
        travelled = paired_iou(first, boxes) < 0.2
        patience = self.options.unmoved_s * np.where(travelled, 4, 1)
        still = np.array([time_s - track.moved_s for track in self.live]) > patience
        for row in np.flatnonzero(still):
            track = self.live[row]
            if track.seen_s == -np.inf:  # handed on already
                continue
            track.observations = [seen for seen in track.observations if seen.time_s <= track.moved_s]
        return still

    def _doubles(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return tracks that lie within an older or better known one and were never named themselves.

        Those that merely keep beside a named one are counted: a piece of shadow goes along with its object.
        """
        inside = coverage(boxes, boxes)
        np.fill_diagonal(inside, 0)
        named = np.array([track.class_index != OTHER for track in self.live])
        along = coverage(boxes, buffered(boxes, 0.3)) > 0.6
        np.fill_diagonal(along, False)
        along |= companions(self.live, boxes, self.filter.velocity, self.filter.scale, 2 * self.reduction)
        for row in np.flatnonzero(~named & (along & named[None, :]).any(axis=1)):
            self.live[row].beside += 1
        hits = np.array([track.hits for track in self.live])
        better = named[None, :] & ~named[:, None] | (
            (named[None, :] == named[:, None]) & (hits[None, :] > hits[:, None])
        )
        return np.asarray(((inside > 0.75) & better & ~named[:, None]).any(axis=1))
