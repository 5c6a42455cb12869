"""Pictures of a camera that wait to be taken, from the thread that decodes to the one that looks."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from apercu.footage.frame import Frame


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that waits to be taken: when it came, monotonic seconds, and how late it was then."""

    frame: Frame
    arrived_s: float
    late_s: float


class LiveLine:
    """The line in which pictures wait, in the order in which they came; for any thread.

    Args:
        most: pictures that may wait.
        longest_s: how long one may wait where pictures are left out.
    """

    def __init__(self, most: int, longest_s: float) -> None:
        self._most, self._longest_s = most, longest_s
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._ended = False

    def __bool__(self) -> bool:
        """Whether any picture waits."""
        return bool(self._waiting)

    @property
    def over(self) -> bool:
        """Whether none waits and none will come."""
        return self._ended and not self._waiting

    def leave_out(self, now_s: float) -> int:
        """Leave out what has waited for too long, or is too much; return how many pictures that were."""
        with self._changed:
            count = len(self._waiting)
            while self._waiting and (
                len(self._waiting) >= self._most or now_s - self._waiting[0].arrived_s > self._longest_s
            ):
                self._waiting.popleft()
            return count - len(self._waiting)

    def put(self, picture: Waiting, timeout: float) -> bool:
        """Let a picture wait as soon as there is room; return whether there was any within some seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiting) < self._most, timeout):
                return False
            self._waiting.append(picture)
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """Let nobody wait for another picture."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def take(self, timeout: float) -> Waiting | None:
        """Take the picture that came first; None when none came within some seconds, or none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout)
            if not self._waiting:
                return None
            self._changed.notify_all()
            return self._waiting.popleft()
