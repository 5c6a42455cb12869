"""Tubes to an arrangement to a rendered video, and the figures of a synopsis."""

from apercu.synopsis.arrangement import Arrangement, ArrangeOptions, Arranger, arrange
from apercu.synopsis.grouping import GROUPINGS
from apercu.synopsis.making import Synopsis, SynopsisOptions, make_synopsis
from apercu.synopsis.marks import COLOURINGS
from apercu.synopsis.metrics import SynopsisMetrics, measure
from apercu.synopsis.render import RenderOptions
from apercu.synopsis.stream import Stream
from apercu.synopsis.tubes import MaskGrid, Tube, tubes_of

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
