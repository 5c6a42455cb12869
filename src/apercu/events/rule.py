"""What every rule says, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, StringConstraints

from apercu.analysis.detections import CLASSES, OTHER
from apercu.errors import UsageError
from apercu.events.event import Severity
from apercu.events.schedule import Hours
from apercu.events.settings import Settings, checked
from apercu.events.site import Problem, Site, Watch
from apercu.statistics.scene import Area

ClassName = Literal["person", "bicycle", "motorcycle", "car", "bus", "truck", "animal", "bag", "other"]
assert get_args(ClassName) == CLASSES, "a type cannot be made from a value"

NAMED: tuple[ClassName, ...] = tuple(name for name in get_args(ClassName) if name != CLASSES[OTHER])
"""Classes that a rule looks at unless it says others: not what moves and could not be named."""


def _one_line(name: str) -> None:
    """Refuse a name that would break the lines in which it is told."""
    if not name.isprintable():
        raise UsageError("has a line break or another sign that cannot be seen", next_step="Take it out.")


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), checked(_one_line)
]
Place = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Rule(Settings, ABC):
    """A rule. A situation that meets it gives one event, however long it lasts.

    A situation is one object that keeps to it, or the scene. It begins when the rule's condition holds, and
    ends when it clearly does not hold any more (for each kind its margin says what is clear), or when nothing
    is seen of it for a few seconds. An object that stood and is lost from view and found again at the same
    place within ten seconds is the same.

    Attributes:
        name: what people call it; no two rules of a file have the same.
        classes: what it looks at; everything that has a name unless others are given.
        schedule: when it looks, in the archive's time zone; always without. What began before counts from
            when it begins to look.
        least_px: smaller objects are not looked at: square root of the area of the box, pixels.
        cooldown_s: after an event the rule gives no other for so long, seconds. What still lasts when that is
            over is told then.
        severity: ``low``, ``medium`` or ``high``: told with each event; nothing else depends on it.
        text: what the person is told to do about it.
    """

    needs_picture: ClassVar[bool] = False
    """Whether stored tracks are not enough for it."""

    name: Name
    kind: str
    classes: Annotated[tuple[ClassName, ...], Field(min_length=1)] = NAMED
    schedule: tuple[Hours, ...] = ()
    least_px: Annotated[float, Field(ge=0)] = 0.0
    cooldown_s: Annotated[float, Field(ge=0)] = 0.0
    severity: Severity = "medium"
    text: Annotated[str, StringConstraints(max_length=500)] = ""

    @property
    def needs_camera(self) -> bool:
        """Whether only a camera that is watched can tell: no recording shows it."""
        return False

    @property
    def lasts_s(self) -> float:
        """How long its condition must hold before it is met, seconds."""
        return 0.0

    @abstractmethod
    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site; nothing where it can."""

    @abstractmethod
    def watch(self, site: Site) -> Watch:
        """Return it at work at a site; it has no problems there."""


class AreaRule(Rule):
    """A rule whose condition must last, in a zone or in the whole picture.

    Attributes:
        zone: only within this zone.
        for_s: how long it must last, seconds.
    """

    zone: Place = Field("", min_length=0)
    for_s: Annotated[float, Field(ge=0)]

    @property
    def lasts_s(self) -> float:
        """How long its condition must hold before it is met, seconds."""
        return self.for_s

    def problems(self, site: Site) -> Iterator[Problem]:
        """Yield why it cannot look at a site."""
        yield from site.missing("zone", self.zone)

    def area(self, site: Site) -> Area | None:
        """Return its zone, which is there; None for the whole picture."""
        return site.zone(self.zone) if self.zone else None
