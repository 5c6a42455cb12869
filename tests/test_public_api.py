from __future__ import annotations

import subprocess
import sys

import pytest

import apercu

PUBLIC = [
    "PURPOSES",
    "AnalysisOptions",
    "Answer",
    "Query",
    "ApercuError",
    "Archive",
    "Detections",
    "Detector",
    "FootageReader",
    "Frame",
    "Intake",
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


def test_these_are_the_public_names() -> None:
    assert sorted(apercu.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_is_there(name: str) -> None:
    assert getattr(apercu, name) is not None
    assert name in dir(apercu)


def test_others_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'recognise_faces'"):
        apercu.recognise_faces  # noqa: B018


HEAVY = ("numpy", "cv2", "av", "pyarrow", "sqlalchemy", "openvino", "scipy", "numba")
OF_ANY_HELP = "from apercu.cli.reference import explain_all; list(explain_all())"


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        ("import apercu", HEAVY),
        ("import apercu.cli; apercu.cli.run(['--help'])", HEAVY),
        (OF_ANY_HELP, ("sqlalchemy", "openvino", "scipy", "numba")),
    ],
)
def test_heavy_libraries_wait_until_they_are_needed(command: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys; {command}; sys.exit(' '.join(m for m in {heavy} if m in sys.modules) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
