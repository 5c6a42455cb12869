"""Footage: probe, decode and encode video files."""

from apercu.footage.clock import RecordingStart, recording_start
from apercu.footage.frame import Frame
from apercu.footage.probe import RecordingInfo, content_hash, probe
from apercu.footage.reader import FootageReader
from apercu.footage.writer import VideoWriter, check_writable

__all__ = [
    "FootageReader",
    "Frame",
    "RecordingInfo",
    "RecordingStart",
    "VideoWriter",
    "check_writable",
    "content_hash",
    "probe",
    "recording_start",
]
