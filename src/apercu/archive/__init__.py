"""Tracks and observations stored and read back, and the catalog of recordings. See docs/archive-format.md."""

from apercu.archive.archive import Archive
from apercu.archive.draft import Draft
from apercu.archive.files import StoredBackground
from apercu.archive.records import (
    AnalysisRow,
    Background,
    BackgroundImage,
    RecordingAnalysis,
    RecordingFacts,
    RecordingRow,
    camera_name,
    check_camera,
    settings_hash,
)
from apercu.archive.settings import FORMAT_VERSION, ArchiveSettings

__all__ = [
    "FORMAT_VERSION",
    "AnalysisRow",
    "Archive",
    "ArchiveSettings",
    "Background",
    "BackgroundImage",
    "Draft",
    "RecordingAnalysis",
    "RecordingFacts",
    "RecordingRow",
    "StoredBackground",
    "camera_name",
    "check_camera",
    "settings_hash",
]
