"""When tracks were in a zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from apercu.geometry import share_before
from apercu.search.places import CLEAR_SIZES
from apercu.statistics.paths import Floats, Indices, Paths
from apercu.statistics.scene import Area

_ROOM = 0.5


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in one zone.

    Attributes:
        owners: int64 (m,), the track.
        enter, leave: float64 (m,), seconds since the start of the run.
        ended: bool (m,), whether it is over: not so of one whose track is still in view.
    """

    owners: Indices
    enter: Floats
    leave: Floats
    ended: NDArray[np.bool_]


def stays(paths: Paths, area: Area) -> Stays:
    """Return the stays of tracks in a zone, in order of track and time.

    Whoever is first seen in it came in then, whoever is last seen in it left then. In between, in and out
    take a fifth of the object's size from the edge (where the zone is that large): trembling at the edge is
    no coming and going. One that is never clearly in nor out is where it mostly was.
    """
    if not paths.count:
        nothing = np.zeros(0)
        return Stays(np.zeros(0, np.int64), nothing, nothing, np.zeros(0, np.bool_))
    feet, owners = paths.feet, paths.owners
    inside, away, clear = insides(feet, paths.sizes, area)
    # Never clearly anywhere: as if it were clearly where it mostly is.
    mostly = np.add.reduceat(np.where(inside, away, -away), paths.begins) > 0
    known = np.zeros(paths.count, np.bool_)
    known[owners[clear]] = True
    vague = ~known[owners]
    inside, clear = np.where(vague, mostly[owners], inside), clear | vague
    found = np.flatnonzero(clear)
    first, last = _first_of_each(owners[found]), _first_of_each(owners[found][::-1])[::-1]
    begins_in, ends_in = inside[found][first], inside[found][last]
    start, end = found[:-1], found[1:]
    turned = (owners[start] == owners[end]) & (inside[start] != inside[end])
    times, into = _flips(paths, inside, np.where(inside, away, -away), end[turned]), inside[end[turned]]
    of, everyone = owners[end[turned]], np.arange(paths.count)
    enter_of = np.concatenate([of[into], everyone[begins_in]])
    enter = np.concatenate([times[into], paths.times[paths.begins][begins_in]])
    leave_of = np.concatenate([of[~into], everyone[ends_in]])
    leave = np.concatenate([times[~into], paths.times[paths.ends][ends_in]])
    ended = np.ones(len(leave), np.bool_)
    if paths.going_on:
        ended[(~into).sum() :] = False
    came, left = np.lexsort((enter, enter_of)), np.lexsort((leave, leave_of))
    return Stays(enter_of[came], enter[came], leave[left], ended[left])


def insides(
    feet: Floats, sizes: Floats, area: Area, margin: float = CLEAR_SIZES
) -> tuple[NDArray[np.bool_], Floats, NDArray[np.bool_]]:
    """Return whether feet (n, 2) of objects of sizes (n,) are in a zone: inside, away, clear.

    Bool (n,), within the zone or on its edge; float64 (n,), pixels from its edge; and bool (n,), whether that
    is ``margin`` sizes or more, inside of a small zone half of the depth that it has.
    """
    inside = shapely.intersects_xy(area.shape, feet[:, 0], feet[:, 1])
    away = shapely.distance(shapely.boundary(area.shape), shapely.points(feet))
    clear = away >= np.where(inside, np.minimum(margin * sizes, _ROOM * area.depth), margin * sizes)
    return inside, away, clear


def _flips(paths: Paths, inside: NDArray[np.bool_], signed: Floats, ends: Indices) -> Floats:
    """Return when tracks went over the edge the last time before observations ``ends`` (m,), seconds."""
    changed = (inside[1:] != inside[:-1]) & paths.together
    last = np.maximum.accumulate(np.where(changed, np.arange(len(changed)), -1))[ends - 1]
    share = share_before(signed[last], signed[last + 1])
    return np.asarray(paths.times[last] + share * (paths.times[last + 1] - paths.times[last]))


def _first_of_each(owners: Indices) -> NDArray[np.bool_]:
    """Return whether each is the first of its track: bool (n,); tracks are together."""
    first = np.ones(len(owners), np.bool_)
    first[1:] = owners[1:] != owners[:-1]
    return first
