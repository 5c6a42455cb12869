"""Numbers with noise: differential privacy for tracks, by OpenDP's discrete Laplace mechanism.

The unit is one track. A track counts at most once for each line and direction, and once for each zone's
entries and exits: a number is of tracks that did something for the first time of their run (``new_tracks``),
so nothing needs to be cut off. All numbers that there could be get noise, those that are 0 as well: which
ones there are is decided by the lines, zones, classes and observed intervals, never by who passed.

One track is not one person all day: whoever comes back, or is lost from view and found, makes another track,
and is protected less than a track is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.statistics.joining import chosen, group_ids, numbers, texts
from apercu.statistics.released import Place

NOISED = {"line": (("crossings", "right"), ("crossings", "left")), "zone": (("entries", ""), ("exits", ""))}
"""What is told of each kind of place: measures and directions."""

DOMAIN = ("camera", "place", "series", "measure", "direction", "class", "begin_s", "length_s")
"""The columns that name a number with noise."""


def opendp() -> Any:
    """Return OpenDP.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import opendp.prelude
    except ImportError as error:
        raise UsageError(
            "numbers with noise need OpenDP, which is not installed",
            next_step="Install it with: pip install 'apercu[statistics]'.",
        ) from error
    opendp.prelude.enable_features("contrib")
    return opendp.prelude


def sensitivity(places: Sequence[Place]) -> int:
    """Return by how much one track can change all numbers together: it is seen by one camera only."""
    of_camera: dict[str, int] = {}
    for place in places:
        of_camera[place.camera] = of_camera.get(place.camera, 0) + len(NOISED[place.kind])
    return max(of_camera.values(), default=0)


def domain(places: Sequence[Place], classes: Sequence[str], observed: pa.Table) -> pa.Table:
    """Return every number that there could be: a table of ``DOMAIN``.

    Args:
        places: lines and zones.
        classes: names.
        observed: the intervals that were watched, cells of ``observed`` with a clock.
    """
    spans = observed.select(["camera", "begin_s", "length_s"]).to_pylist()
    rows = [
        {
            "camera": place.camera,
            "place": place.name,
            "series": place.series,
            "measure": measure,
            "direction": direction,
            "class": name,
            "begin_s": span["begin_s"],
            "length_s": span["length_s"],
        }
        for place in places
        for measure, direction in NOISED[place.kind]
        for name in classes
        for span in spans
        if span["camera"] == place.camera
    ]
    kinds = [pa.string()] * 6 + [pa.float64()] * 2
    return pa.Table.from_pylist(rows, pa.schema(list(zip(DOMAIN, kinds, strict=True))))


def tracks_in(wanted: pa.Table, cells: pa.Table) -> NDArray[np.int64]:
    """Return how many tracks each number of a domain is of, int64 (n,); 0 where there is no cell."""
    cells = chosen(cells, numbers(cells, "clocked") == 1.0)
    both = pa.concat_tables([wanted, cells.select(DOMAIN).cast(wanted.schema)])
    ids = group_ids(both, DOMAIN)
    sums = np.bincount(ids[len(wanted) :], numbers(cells, "new_tracks"), int(ids.max(initial=-1)) + 1)
    return np.asarray(sums[ids[: len(wanted)]], np.int64)


def noised(tracks: NDArray[np.int64], change: int, epsilon: float) -> tuple[NDArray[np.int64], float]:
    """Return numbers with noise, int64 (n,), and its scale.

    Args:
        tracks: int64 (n,).
        change: by how much one track can change them together, see ``sensitivity``.
        epsilon: what it may cost.

    Raises:
        UsageError: OpenDP is not installed.
    """
    dp = opendp()
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    scale = change / epsilon
    mechanism = dp.m.make_laplace(*space, scale=scale)
    # The division may have been rounded down: the mechanism itself says what it costs.
    while mechanism.map(d_in=change) > epsilon:
        scale = float(np.nextafter(scale, np.inf))
        mechanism = dp.m.make_laplace(*space, scale=scale)
    return np.array(mechanism(tracks.tolist()), np.int64), scale


def named(table: pa.Table, column: str) -> tuple[str, ...]:
    """Return the different texts of a column in order."""
    return tuple(np.unique(texts(table, column)).tolist())
