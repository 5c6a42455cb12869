"""When a rule looks: days of the week and times of day, as clocks on the wall show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apercu.events.settings import Settings

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(Settings):
    """A span of the day, on some days of the week.

    Attributes:
        days: on which it begins; all when none are named.
        begin: from when; ``from`` in a file. Written ``22:00:00``.
        until: until when, this not included. Not after ``begin``: it goes on over midnight into the next
            day, and until the same time, it lasts a whole day.
    """

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    begin: time = Field(time(0), alias="from")
    until: time = time(0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.begin.tzinfo is not None or self.until.tzinfo is not None:
            raise ValueError("are times of the camera's own clock and take no zone")
        return self

    def holds(self, at: datetime) -> bool:
        """Return whether a time, as clocks on the wall show it, is within.

        An hour that clocks repeat in autumn is within both times, one that they leave out in spring never
        comes: what people read on the wall is what counts.
        """
        clock, today = at.time(), DAYS[at.weekday()]
        if self.begin < self.until:
            return today in self.days and self.begin <= clock < self.until
        if clock >= self.begin:
            return today in self.days
        return clock < self.until and DAYS[(at - timedelta(days=1)).weekday()] in self.days


def is_open(schedule: Sequence[Hours], at: datetime | None) -> bool:
    """Return whether a rule looks at a time in its own zone; without any hours it always does.

    Raises:
        ValueError: there are hours, and the time is not known.
    """
    if not schedule:
        return True
    if at is None:
        raise ValueError("a schedule needs a clock")
    wall = at.replace(tzinfo=None)
    return any(hours.holds(wall) for hours in schedule)
