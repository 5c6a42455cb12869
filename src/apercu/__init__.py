"""Aperçu: hours of fixed-camera footage into minutes and into numbers, under a declared purpose.

What is listed in ``__all__`` is the public interface. Everything is imported when it is first used, so that
``import apercu`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    "AnalysisOptions": "apercu.analysis",
    "Answer": "apercu.disclosure.answers",
    "ApercuError": "apercu.errors",
    "Archive": "apercu.disclosure.searchable",
    "Detections": "apercu.analysis",
    "Detector": "apercu.analysis",
    "FootageReader": "apercu.footage",
    "Frame": "apercu.footage",
    "Intake": "apercu.archive.intake",
    "PURPOSES": "apercu.purposes",
    "Query": "apercu.search",
    "RecordingInfo": "apercu.footage",
    "SceneOptions": "apercu.footage",
    "Synopsis": "apercu.synopsis",
    "SynopsisMetrics": "apercu.synopsis",
    "SynopsisOptions": "apercu.synopsis",
    "SyntheticScene": "apercu.footage",
    "Timecode": "apercu.timecode",
    "Tracks": "apercu.analysis",
    "VideoWriter": "apercu.footage",
    "analyze": "apercu.analysis",
    "demo_street": "apercu.footage",
    "load_detector": "apercu.analysis",
    "make_synopsis": "apercu.synopsis",
    "probe": "apercu.footage",
    "take_in": "apercu.archive.intake",
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


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("apercu")
    elif name == "errors":
        value = import_module("apercu.errors")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'apercu' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
