"""Where a rule looks, and what one at work does: the seam between the engine and the kinds of rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from apercu.events.changes import Changes
from apercu.events.flow import UsualFlow
from apercu.events.situations import Claims
from apercu.events.view import View
from apercu.statistics.scene import Area, Line, Scene


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a rule cannot look at a site.

    Attributes:
        key: of the rule, where it stands.
        what: what is wrong with it.
        next_step: what to do about it.
    """

    key: str
    what: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Site:
    """A camera's picture, for rules.

    Attributes:
        camera: its name.
        scene: its lines, zones and ground, in pixels of the run.
        flow: where things usually go there; rules that want it teach it.
        changes: what changed in the scene, and who was there; the engine shows it everything in view.
    """

    camera: str
    scene: Scene
    flow: UsualFlow = field(default_factory=UsualFlow)
    changes: Changes = field(default_factory=Changes)

    def zone(self, name: str) -> Area:
        """Return a zone that is there."""
        return next(zone for zone in self.scene.zones if zone.name == name)

    def line(self, name: str) -> Line:
        """Return a line that is there."""
        return next(line for line in self.scene.lines if line.name == name)

    def missing(self, key: str, name: str) -> Iterator[Problem]:
        """Yield a problem where the zone or line (``key``) of a name is not there."""
        drawn = self.scene.zones if key == "zone" else self.scene.lines
        known = [each.name for each in drawn]
        if name and name not in known:
            draw = f"Draw it: apercu zone add ARCHIVE {self.camera} {name} POINTS."
            told = f"Known: {', '.join(known)}." if known else draw
            yield Problem(key, f"is {name!r}, and camera {self.camera} has no such {key}", told)

    def uncalibrated(self, key: str) -> Iterator[Problem]:
        """Yield a problem where metres are not known."""
        if self.scene.plane is None:
            yield Problem(
                key,
                f"is about metres, and camera {self.camera} is not calibrated for this picture",
                "Calibrate it (apercu camera calibrate), or use pixels.",
            )


class Watch(Protocol):
    """A rule at work at one site; it is shown all moments, in order of time.

    Attributes:
        place: name of its zone or line; empty where it is about the whole picture.
        threshold: what is measured against, in ``unit``.
        unit: as in ``Event``.
        of_objects: whether what it says of one object depends on no other: it is then also shown, alone, what
            was seen of an object before it was known to be one.
        even_unsteady: whether it looks also while the camera moves; nothing is in view then.
    """

    @property
    def place(self) -> str: ...  # noqa: D102

    @property
    def threshold(self) -> float: ...  # noqa: D102

    @property
    def unit(self) -> str: ...  # noqa: D102

    @property
    def of_objects(self) -> bool: ...  # noqa: D102

    @property
    def even_unsteady(self) -> bool: ...  # noqa: D102

    def look(self, view: View) -> Claims:
        """Return what it says of one moment; ``view`` has the objects of its classes and sizes only."""
        ...
