"""Cells in the form in which they leave, and the method in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.purposes import Wording
from apercu.statistics.blocks import BLOCK
from apercu.statistics.cells import MEASURES
from apercu.statistics.grid import moments
from apercu.statistics.joining import INTERVAL, group_ids, numbers, texts
from apercu.statistics.released import RELEASED_SCHEMA

_SLACK_S = 1.0


def as_released(told: pa.Table) -> pa.Table:
    """Return cells with ``status`` and ``span`` as rows of ``RELEASED_SCHEMA``.

    How long an interval was observed is taken from the cells of ``observed`` among them.
    """
    clocked = told["clocked"].to_numpy(zero_copy_only=False)
    begin, length = numbers(told, "begin_s"), numbers(told, "length_s")
    observed = _observed_s(told)
    measure, status = texts(told, "measure"), texts(told, "status")
    columns: dict[str, Any] = {n: told[n] for n in RELEASED_SCHEMA.names if n in told.column_names}
    columns |= {
        "unit": pa.array([MEASURES[name].unit for name in measure.tolist()], pa.string()),
        "begin": moments(begin, clocked),
        "end": moments(begin + length, clocked),
        "observed_s": pa.array(observed),
        "complete": pa.array(observed >= length - _SLACK_S),
        "value": pa.array(numbers(told, "value"), mask=status == "withheld"),
    }
    return pa.table({name: columns[name] for name in RELEASED_SCHEMA.names}, schema=RELEASED_SCHEMA)


def _observed_s(told: pa.Table) -> NDArray[np.float64]:
    """Return how much of each row's interval was observed, seconds, float64 (n,)."""
    is_observed = texts(told, "measure") == "observed"
    ids = group_ids(told, INTERVAL)
    first = np.unique(ids, return_index=True)[1]
    of_interval = np.bincount(ids[is_observed], numbers(told, "value")[is_observed], len(first))
    # Those of maps are longer: what was observed of the shorter ones in them.
    camera = group_ids(told, ("camera", "run"))
    begin, end = numbers(told, "begin_s"), numbers(told, "begin_s") + numbers(told, "length_s")
    known = np.flatnonzero(is_observed)
    known = known[np.lexsort((begin[known], camera[known]))]
    seconds = np.r_[0.0, np.cumsum(numbers(told, "value")[known])]
    for at in first[of_interval == 0]:
        same = camera[known] == camera[at]
        low, high = np.flatnonzero(same)[[0, -1]] if same.any() else (0, -1)
        inside = begin[known][low : high + 1]
        a = low + np.searchsorted(inside, begin[at])
        b = low + np.searchsorted(inside, end[at])
        of_interval[ids[at]] = seconds[b] - seconds[a]
    return np.asarray(of_interval[ids], np.float64)


def published(cells: pa.Table) -> pa.Table:
    """Return cells that all leave as they are, with ``status`` and ``span``."""
    status = pa.array(["published"] * len(cells), pa.string())
    return cells.append_column("status", status).append_column(BLOCK, pa.nulls(len(cells), pa.int16()))


def timed(wanted: pa.Table, spans: pa.Table) -> pa.Table:
    """Return numbers of a domain as rows of ``RELEASED_SCHEMA``, with what is known of their intervals."""
    known = {(row["camera"], row["begin_s"], row["length_s"]): row for row in spans.to_pylist()}
    times = ("run", "begin", "end", "observed_s", "complete")
    rows = []
    for row in wanted.to_pylist():
        span = known[row["camera"], row["begin_s"], row["length_s"]]
        more = {"unit": "objects", "status": "noised", "value": 0.0}
        rows.append(row | more | {name: span[name] for name in times})
    return pa.Table.from_pylist(rows, schema=RELEASED_SCHEMA)


def statement(method: str, minimum: int, epsilon: float | None, scale: float | None) -> Wording:
    """Return the method in a few sentences, to stand beside the numbers."""
    if method == "threshold":
        return Wording(
            f"Numbers that fewer than {minimum} objects made are withheld, and so are numbers that would "
            "give them away. Sums are of published numbers only.",
            f"Les nombres issus de moins de {minimum} objets sont retenus, ainsi que ceux qui les "
            "révéleraient. Les sommes ne portent que sur les nombres publiés.",
        )
    if method == "noise":
        return Wording(
            f"Every number has discrete Laplace noise of scale {scale:g}: epsilon {epsilon:g} for one track, "
            "which counts at most once for each line and direction and for each zone's entries and exits. "
            "One track is not one person all day.",
            f"Chaque nombre porte un bruit de Laplace discret d'échelle {scale:g} : epsilon {epsilon:g} pour "
            "une trajectoire, comptée au plus une fois par ligne et sens et par entrée et sortie de zone. "
            "Une trajectoire n'est pas une personne sur toute la journée.",
        )
    return Wording(
        "Numbers are as they were counted: the purpose sets no minimum.",
        "Les nombres sont tels que comptés : la finalité ne fixe pas de minimum.",
    )
