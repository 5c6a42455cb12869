"""What the tracker hands on: observations, and the unbroken pieces of tracks that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from apercu.analysis.colour import ColourTally
from apercu.analysis.detections import CLASSES, OTHER, VEHICLES
from apercu.analysis.masks import CutMask

_MOST_OBSERVATIONS, _LATE = 6000, 2000
"""More than any piece of a recording gives one track: only before a live camera are some let go."""


class Source(Enum):
    """How an observation was made."""

    DETECTOR = "detector"
    MOTION = "motion"
    PREDICTED = "predicted"


@dataclass(frozen=True, slots=True)
class Observation:
    """One track at one moment; boxes in pixels of the recording.

    ``scene`` is whether there the scene itself was seen, and nothing before it.
    """

    pts: int
    time_s: float
    box: tuple[float, float, float, float]
    score: float | None
    source: Source
    mask: CutMask
    scene: bool = False


@dataclass(slots=True)
class Tracklet:
    """An unbroken piece of a track, as the tracker saw it go by.

    Attributes:
        votes: float64 (classes,), sum of detector scores for each class.
        observations: in order of time; a tracklet that was cut may end with guesses, whole tracks do not.
        hits: times it was seen. seen_s: last time. sure_s: last time by itself. moved_s: last time
            that something moved under it. looked_s: last time that the detector was shown its place.
        looks: times that it was.
        alone: times it was seen by itself. absorbed: whether it proved to be a piece of another.
        parted: times on end that it was seen in pieces that lie apart.
        fill: share of its box that moves, as it usually is.
        hint: class it had before it was cut in two; ``OTHER`` when it began by itself.
        follows: key of the piece that it was cut from and goes on as; 0 when it began by itself.
        beside: times it kept to the side of a named track, never named itself.
        palette: what colours it is expected to show, lately; a piece that was cut off inherits it.
        palette_count: sightings in it.
        look: sum of the palettes of its own sightings, alone in its place; None before the first.
        look_count: sightings in it.
        colours: named colours so far.
    """

    key: int
    votes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CLASSES)))
    vote_count: int = 0
    observations: list[Observation] = field(default_factory=list)
    hits: int = 0
    seen_s: float = 0.0
    sure_s: float = 0.0
    moved_s: float = 0.0
    looked_s: float = -np.inf
    looks: int = 0
    alone: int = 0
    absorbed: bool = False
    parted: int = 0
    fill: float = 0.4
    hint: int = OTHER
    follows: int = 0
    beside: int = 0
    palette: NDArray[np.float32] | None = None
    palette_count: int = 0
    look: NDArray[np.float32] | None = None
    look_count: int = 0
    colours: ColourTally = field(default_factory=ColourTally)

    @property
    def confirmed(self) -> bool:
        """Whether it was seen often enough to survive a short absence."""
        return self.hits >= 3 or self.hint != OTHER

    @property
    def just_begun(self) -> bool:
        """Whether it was seen once and never named."""
        return self.hits == 1 and self.class_index == OTHER and not self.absorbed

    @property
    def surely_named(self) -> bool:
        """Whether the detector knew it more than once or twice by a weak guess."""
        return bool(self.votes.sum() >= 0.9) or self.hint != OTHER

    @property
    def class_index(self) -> int:
        """The class most votes went to; without any, the class it was called before it was cut."""
        return int(self.votes.argmax()) if self.vote_count else self.hint

    def add(self, seen: Observation) -> None:
        """Take an observation; of what stands before a camera for hours, fewer of long ago are kept."""
        self.observations.append(seen)
        if len(self.observations) > _MOST_OBSERVATIONS:
            old, late = self.observations[:-_LATE], self.observations[-_LATE:]
            self.observations = [*old[::2], *late]

    def trimmed(self) -> Tracklet:
        """Return it without the predictions at its end."""
        while self.observations and self.observations[-1].source is Source.PREDICTED:
            self.observations.pop()
        return self


def kin(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether two classes may be one object: the same, both vehicles, or one not yet named."""
    return np.asarray(_KIN[a, b])


def _kinship() -> NDArray[np.bool_]:
    table = np.eye(len(CLASSES), dtype=np.bool_)
    riders = [CLASSES.index(name) for name in ("person", "bicycle", "motorcycle")]
    for family in (sorted(VEHICLES), riders):
        table[np.ix_(family, family)] = True
    table[OTHER, :] = table[:, OTHER] = True
    return table


_KIN = _kinship()
