"""``analysis.json``: all that the catalog knows about one recording, standing beside its data.

The folders are the truth and the catalog is an index of them: a lost catalog is rebuilt from these files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from apercu.archive.records import AnalysisRow, RecordingFacts, RecordingRow
from apercu.errors import ArchiveDamagedError, ArchiveVersionError

FILE_NAME = "analysis.json"
VERSION = 1

ANALYSE_AGAIN = "Analyse the recording again; the archive replaces what is damaged."


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a recording's folder, as it was written: size in bytes and SHA-256 (64 digits)."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``analysis.json`` says: the catalog's row, and the files that belong to it by name."""

    row: RecordingRow
    files: dict[str, StoredFile]

    def to_json(self) -> bytes:
        """Return the file's content."""
        facts, analysis = self.row.facts, self.row.analysis
        recording = asdict(facts) | {
            "recording_id": facts.recording_id,
            "time_base": str(facts.time_base),
            "start_time": facts.start_time.isoformat() if facts.start_time else None,
            "absolute_path": str(self.row.absolute_path),
            "camera": self.row.camera,
            "added_at": self.row.added_at.isoformat(),
        }
        values = {
            "version": VERSION,
            "recording": recording,
            "analysis": asdict(analysis) | {"created_at": analysis.created_at.isoformat()},
            "files": {name: asdict(file) for name, file in self.files.items()},
        }
        return json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n"


def read_summary(folder: Path) -> Summary:
    """Read ``analysis.json`` of a recording's folder.

    Raises:
        ArchiveDamagedError: it is missing, torn or lacks something.
        ArchiveVersionError: a newer Aperçu wrote it.
    """
    path = folder / FILE_NAME
    try:
        values = json.loads(path.read_bytes())
        if values["version"] > VERSION:
            raise ArchiveVersionError(
                "was written by a newer Aperçu",
                where=path,
                next_step="Upgrade Aperçu: pip install --upgrade apercu.",
            )
        return Summary(
            row=_row(values["recording"], values["analysis"]),
            files={name: StoredFile(**file) for name, file in values["files"].items()},
        )
    except OSError as error:
        raise ArchiveDamagedError(
            f"cannot be read ({error.strerror})", where=path, next_step=ANALYSE_AGAIN
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveDamagedError(f"is torn ({error})", where=path, next_step=ANALYSE_AGAIN) from error


def _row(recording: dict[str, Any], analysis: dict[str, Any]) -> RecordingRow:
    del recording["recording_id"]  # said for other readers; the content hash holds it
    start = recording.pop("start_time")
    return RecordingRow(
        camera=recording.pop("camera"),
        absolute_path=Path(recording.pop("absolute_path")),
        added_at=datetime.fromisoformat(recording.pop("added_at")),
        facts=RecordingFacts(
            **recording
            | {
                "time_base": Fraction(recording["time_base"]),
                "start_time": datetime.fromisoformat(start) if start else None,
            }
        ),
        analysis=AnalysisRow(
            **analysis
            | {
                "created_at": datetime.fromisoformat(analysis["created_at"]),
                "warnings": tuple(analysis["warnings"]),
                "camera_moved": tuple((a, b) for a, b in analysis.get("camera_moved", ())),
            }
        ),
    )
