"""Tubes to an arrangement to a rendered video, and the figures of a synopsis.

Everything is imported when it is first used: who only asks what can be chosen waits for none of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apercu.once import imported_once

if TYPE_CHECKING:
    from apercu.synopsis.arrangement import Arrangement, Arranger, arrange
    from apercu.synopsis.making import Synopsis, make_synopsis
    from apercu.synopsis.metrics import SynopsisMetrics, measure
    from apercu.synopsis.options import COLOURINGS, GROUPINGS, ArrangeOptions, RenderOptions, SynopsisOptions
    from apercu.synopsis.stream import Stream
    from apercu.synopsis.tubes import MaskGrid, Tube, tubes_of

_HOMES = {
    "COLOURINGS": "options",
    "GROUPINGS": "options",
    "ArrangeOptions": "options",
    "Arrangement": "arrangement",
    "Arranger": "arrangement",
    "MaskGrid": "tubes",
    "RenderOptions": "options",
    "Stream": "stream",
    "Synopsis": "making",
    "SynopsisMetrics": "metrics",
    "SynopsisOptions": "options",
    "Tube": "tubes",
    "arrange": "arrangement",
    "make_synopsis": "making",
    "measure": "metrics",
    "tubes_of": "tubes",
}

__all__ = [
    "COLOURINGS",
    "GROUPINGS",
    "ArrangeOptions",
    "Arrangement",
    "Arranger",
    "MaskGrid",
    "RenderOptions",
    "Stream",
    "Synopsis",
    "SynopsisMetrics",
    "SynopsisOptions",
    "Tube",
    "arrange",
    "make_synopsis",
    "measure",
    "tubes_of",
]

__getattr__ = imported_once(__name__, _HOMES)
