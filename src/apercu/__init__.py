"""Aperçu: hours of fixed-camera footage into minutes and into numbers, under a declared purpose.

What is listed in ``__all__`` is the public interface. Everything is imported when it is first used, so that
``import apercu`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from apercu.once import imported_once

if TYPE_CHECKING:
    from apercu import errors
    from apercu.analysis import (
        AnalysisOptions,
        Detections,
        Detector,
        Tracks,
        analyze,
        load_detector,
    )
    from apercu.archive.intake import Intake, take_in
    from apercu.disclosure.answers import Answer
    from apercu.disclosure.searchable import Archive
    from apercu.errors import ApercuError
    from apercu.footage import (
        FootageReader,
        Frame,
        RecordingInfo,
        SceneOptions,
        SyntheticScene,
        VideoWriter,
        demo_street,
        probe,
    )
    from apercu.purposes import PURPOSES
    from apercu.search import Query
    from apercu.synopsis import Synopsis, SynopsisMetrics, SynopsisOptions, make_synopsis
    from apercu.timecode import Timecode

    __version__: str

_HOMES = {
    "AnalysisOptions": "analysis",
    "Answer": "disclosure.answers",
    "ApercuError": "errors",
    "Archive": "disclosure.searchable",
    "Detections": "analysis",
    "Detector": "analysis",
    "FootageReader": "footage",
    "Frame": "footage",
    "Intake": "archive.intake",
    "PURPOSES": "purposes",
    "Query": "search",
    "RecordingInfo": "footage",
    "SceneOptions": "footage",
    "Synopsis": "synopsis",
    "SynopsisMetrics": "synopsis",
    "SynopsisOptions": "synopsis",
    "SyntheticScene": "footage",
    "Timecode": "timecode",
    "Tracks": "analysis",
    "VideoWriter": "footage",
    "analyze": "analysis",
    "demo_street": "footage",
    "load_detector": "analysis",
    "make_synopsis": "synopsis",
    "probe": "footage",
    "take_in": "archive.intake",
}

__all__ = [
    "PURPOSES",
    "AnalysisOptions",
    "Answer",
    "ApercuError",
    "Archive",
    "Detections",
    "Detector",
    "FootageReader",
    "Frame",
    "Intake",
    "Query",
    "RecordingInfo",
    "SceneOptions",
    "Synopsis",
    "SynopsisMetrics",
    "SynopsisOptions",
    "SyntheticScene",
    "Timecode",
    "Tracks",
    "VideoWriter",
    "__version__",
    "analyze",
    "demo_street",
    "errors",
    "load_detector",
    "make_synopsis",
    "probe",
    "take_in",
]


_find = imported_once(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "errors":
        return import_module("apercu.errors")  # which keeps it here
    if name == "__version__":
        from importlib.metadata import version

        found = globals()[name] = version("apercu")
        return found
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
