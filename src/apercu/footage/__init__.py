"""Footage: probe, decode and encode video files, and generate some with known truth."""

from apercu.footage.actors import Actor, travel
from apercu.footage.clock import RecordingStart, recording_start
from apercu.footage.connections import Connection, Connections, LiveRun
from apercu.footage.frame import Frame
from apercu.footage.live import LiveReader
from apercu.footage.planes import Planes
from apercu.footage.probe import RecordingInfo, content_hash, probe
from apercu.footage.reader import Footage, FootageReader
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.source import Source, shown_source
from apercu.footage.street import demo_street
from apercu.footage.truth import SceneTruth, TruthTracks
from apercu.footage.writer import CODECS, Codec, VideoWriter, check_writable

__all__ = [
    "CODECS",
    "Actor",
    "Codec",
    "Connection",
    "Connections",
    "Footage",
    "FootageReader",
    "Frame",
    "LiveReader",
    "LiveRun",
    "Planes",
    "RecordingInfo",
    "RecordingStart",
    "SceneOptions",
    "SceneTruth",
    "Source",
    "SyntheticScene",
    "TruthTracks",
    "VideoWriter",
    "check_writable",
    "content_hash",
    "demo_street",
    "probe",
    "recording_start",
    "shown_source",
    "travel",
]
