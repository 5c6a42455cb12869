"""Footage to tracks: motion, detector, tracker, attributes, and the pipeline that joins them."""

from apercu.analysis.detections import CLASSES, Detections
from apercu.analysis.detector import Detector, load_detector
from apercu.analysis.ground import GroundPlane
from apercu.analysis.measures import MEASURE_SCHEMA, measure
from apercu.analysis.model_card import ModelCard
from apercu.analysis.options import AnalysisOptions
from apercu.analysis.pipeline import Sink, analyze, grid_size
from apercu.analysis.summary import Summary
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks

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
