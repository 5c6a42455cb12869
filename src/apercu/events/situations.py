"""Situations: what meets a rule's condition, for how long, and whether it was told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.events.view import View
from apercu.geometry import spanned

SCENE = 0
"""Owner of a situation that is no object's."""

YES, PERHAPS, NO = 1, 0, -1
"""Whether a condition holds; within its margin, where it did before it does, and where not, not."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a rule says of objects at one moment.

    Attributes:
        owners: int64 (n,), whose situation; ``SCENE`` where it is nobody's. What is not among them was not
            seen by the rule.
        verdicts: int8 (n,), ``YES``, ``PERHAPS`` or ``NO``.
        measured: float64 (n,), what was measured; None where it is how long the situation has lasted.
        boxes: float64 (n, 4), where, pixels; None where it is where the owners are.
        objects: the objects of each; None where they are the owners.
    """

    owners: NDArray[np.int64]
    verdicts: NDArray[np.int8]
    measured: NDArray[np.float64] | None = None
    boxes: NDArray[np.float64] | None = None
    objects: tuple[tuple[int, ...], ...] | None = None

    @classmethod
    def of_scene(cls, verdict: int, measured: float, makers: View | None = None) -> Claims:
        """Return what is said of the scene, and where: around the objects that make it so, if any do."""
        box, objects = np.zeros(4), ()
        if makers is not None and len(makers.owners):
            box, objects = spanned(makers.boxes), tuple(sorted(makers.owners.tolist()))
        return cls(
            np.array([SCENE]), np.array([verdict], np.int8), np.array([measured]), box[None], (objects,)
        )


@dataclass(frozen=True, slots=True)
class Met:
    """A situation that met its rule just now.

    Attributes:
        owner: whose it is.
        row: that of its claim.
        began_s: when it began, seconds.
    """

    owner: int
    row: int
    began_s: float


@dataclass(slots=True)
class _Situation:
    began_s: float
    claimed_s: float
    told: bool = False


class Situations:
    """The situations of one rule.

    Args:
        lasts_s: how long one must last before the rule is met, seconds.
        gap_s: for so long nothing may be seen of it, seconds.
        cooldown_s: least time between two that are told, seconds.
        told_s: when one was told before, second of the run.
    """

    def __init__(self, lasts_s: float, gap_s: float, cooldown_s: float, told_s: float = -np.inf) -> None:
        self._lasts_s, self._gap_s, self._cooldown_s = lasts_s, gap_s, cooldown_s
        self._open: dict[int, _Situation] = {}
        self._told_s = told_s

    def __len__(self) -> int:
        """Return how many go on."""
        return len(self._open)

    @property
    def told(self) -> dict[int, float]:
        """Return whose situations go on that were told, and when each was last seen, second of the run."""
        return {owner: each.claimed_s for owner, each in self._open.items() if each.told}

    def update(
        self,
        at_s: float,
        claims: Claims,
        now_s: float | None = None,
        known: Callable[[Met], bool] = lambda met: False,
    ) -> list[Met]:
        """Take in one moment, and return what is to be told now, each once.

        Args:
            at_s: second of the moment; of one owner moments come in order of time.
            claims: what is said of it.
            now_s: the present, where the moment is past and is known only now.
            known: whether what would be told was told in another run; asked once of each.
        """
        met = []
        now_s = at_s if now_s is None else now_s
        for row, (owner, verdict) in enumerate(
            zip(claims.owners.tolist(), claims.verdicts.tolist(), strict=True)
        ):
            found = self._open.get(owner)
            # One whose gap was too long is another one, even if nobody looked in between.
            if found is not None and (verdict == NO or at_s - found.claimed_s > self._gap_s):
                del self._open[owner]
                found = None
            if found is None:
                if verdict != YES:
                    continue
                found = self._open[owner] = _Situation(at_s, at_s)
            found.claimed_s = at_s
            if verdict == YES and self._is_due(found, at_s, now_s):
                found.told, told = True, Met(owner, row, found.began_s)
                if not known(told):
                    self._told_s = now_s
                    met.append(told)
        self._open = {
            owner: each for owner, each in self._open.items() if at_s - each.claimed_s <= self._gap_s
        }
        return met

    def stop(self) -> None:
        """End all: the rule does not look any more."""
        self._open = {}

    def _is_due(self, found: _Situation, at_s: float, now_s: float) -> bool:
        lasted = at_s - found.began_s >= self._lasts_s
        return lasted and not found.told and now_s - self._told_s >= self._cooldown_s
