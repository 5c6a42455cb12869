"""Footage to tracks: motion, detector, tracker, attributes, and the pipeline that joins them.

Everything is imported when it is first used: who only reads tracks waits for none of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apercu.once import imported_once

if TYPE_CHECKING:
    from apercu.analysis.detections import CLASSES, Detections
    from apercu.analysis.detector import Detector, load_detector
    from apercu.analysis.ground import GroundPlane
    from apercu.analysis.measures import MEASURE_SCHEMA, measure
    from apercu.analysis.model_card import ModelCard
    from apercu.analysis.options import AnalysisOptions
    from apercu.analysis.pictures import grid_size
    from apercu.analysis.pipeline import analyze
    from apercu.analysis.results import Sink
    from apercu.analysis.summary import Summary
    from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks

_HOMES = {
    "CLASSES": "detections",
    "MEASURE_SCHEMA": "measures",
    "OBSERVATION_SCHEMA": "tracks",
    "TRACK_SCHEMA": "tracks",
    "AnalysisOptions": "options",
    "Detections": "detections",
    "Detector": "detector",
    "GroundPlane": "ground",
    "ModelCard": "model_card",
    "Sink": "results",
    "Summary": "summary",
    "Tracks": "tracks",
    "analyze": "pipeline",
    "grid_size": "pictures",
    "load_detector": "detector",
    "measure": "measures",
}

__all__ = [
    "CLASSES",
    "MEASURE_SCHEMA",
    "OBSERVATION_SCHEMA",
    "TRACK_SCHEMA",
    "AnalysisOptions",
    "Detections",
    "Detector",
    "GroundPlane",
    "ModelCard",
    "Sink",
    "Summary",
    "Tracks",
    "analyze",
    "grid_size",
    "load_detector",
    "measure",
]

__getattr__ = imported_once(__name__, _HOMES)
