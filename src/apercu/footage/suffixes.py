"""How files of recordings are called."""

from __future__ import annotations

SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".m2v"),
        *(".3gp", ".flv", ".wmv", ".asf", ".dav", ".mxf", ".ogv", ".mjpeg", ".mjpg"),
        *(".h264", ".264", ".h265", ".265", ".hevc"),
    }
)
"""What a file in a folder must end in to be taken for a recording; a file named outright is always tried."""
