"""Every way to what was filmed passes the gate: commands, public names and the archive's methods.

What does not ask stands on a short list, each with the reason why it needs not. A new command, public name or
method fails here until it either asks or has been reviewed.
"""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import tomli_w

import apercu
from apercu import Archive
from apercu.archive import RecordingFacts, retention
from apercu.cli import run
from apercu.cli.reference import explain_all
from apercu.errors import RefusedError
from apercu.footage import SceneOptions, SyntheticScene
from apercu.purposes import Capability, Gate

HARMLESS_COMMANDS = {
    "init": "makes an empty archive",
    "info": "tells files, counts and dates, and nothing of what is in them",
    "saved list": "tells questions, and nothing of their answers",
    "saved show": "tells a question, and nothing of its answer",
    "views": "prints SQL with the names of files",
    "zone list": "tells how parts of pictures are called, and where they lie",
    "camera show": "tells how cameras were calibrated; its picture asks, see below",
    "count budget": "tells what was released, and nothing else",
    "purpose show": "tells what the archive is for",
    "purpose list": "tells the purposes",
    "ledger verify": "tells whether the ledger is whole, and must work on one that cannot be written",
    "retention show": "tells when files go",
}
POINTS = "60,170=0,0; 260,170=4,0; 200,90=4,12; 120,90=0,12"
SERVICES = {"serve": "each of its routes is looked at in tests/web/test_matrix.py"}
PLACES = "60,170=45.0,4.0; 260,170=45.0,4.0001; 200,90=45.0002,4.0001; 120,90=45.0002,4.0"
SPAN = ("--from", "2024-05-31 14:00", "--to", "2024-05-31 14:01", "--who", "me", "--how", "by eye")
HARMLESS_NAMES = {
    "PURPOSES": "a list of names",
    "AnalysisOptions": "values",
    "Answer": "what a search found; what it reads or shows further asks",
    "Query": "values",
    "ApercuError": "an error",
    "Detections": "values in memory",
    "Detector": "a protocol",
    "FootageReader": "reads footage that no archive holds",
    "Frame": "values in memory",
    "Intake": "values",
    "RecordingInfo": "values",
    "SceneOptions": "values",
    "Synopsis": "values",
    "SynopsisMetrics": "values",
    "SynopsisOptions": "values",
    "SyntheticScene": "generates footage",
    "Timecode": "values",
    "Tracks": "values in memory",
    "VideoWriter": "writes pictures that its caller has",
    "__version__": "a text",
    "analyze": "footage to tracks in memory; keeping them asks",
    "demo_street": "generates footage",
    "errors": "errors",
    "load_detector": "reads a model",
    "probe": "reads what a file says about itself",
}
HARMLESS_METHODS = {
    "create": "makes an empty archive",
    "open": "reads archive.toml, and puts right what a crash left",
    "gate": "is the gate",
    "opens": "asks for what it is given",
    "changes": "asks for what it is given",
    "asked_by": "gives the same archive in the name of who asks, whose guard is asked besides",
    "ask": "asks for what it is given",
    "recordings": "tells files, counts and dates",
    "recording": "tells a file, counts and dates",
    "analysis_ids": "tells which analyses there are, by numbers drawn by lot",
    "find_analysis": "tells a file, counts and dates",
    "check": "compares bytes with their hashes and tells nothing of them",
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doors") / "film.mp4"
    SyntheticScene(SceneOptions(320, 180, Fraction(12), seconds=6.0, objects=2, seed=3)).write(path)
    return path


@pytest.fixture(scope="module")
def filled(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doors") / "archive"
    assert run(["init", str(path), "--purpose", "research", "--field", "licence=own"]) == 0
    assert run(["analyze", str(path), str(film)]) == 0
    return path


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "archive"))


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let every gate refuse, and return what was asked for."""
    asked: list[str] = []

    def refuse(gate: Gate, capability: Capability, **_: Any) -> None:
        asked.append(capability.value)
        raise RefusedError("refused", capability=capability.value, purpose="test", next_step="None.")

    monkeypatch.setattr(Gate, "require", refuse)
    monkeypatch.setattr(Gate, "opens", refuse)
    yield asked


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("catalog.sqlite") and path.name != ".lock"
    }


def rules_in(folder: Path) -> Path:
    path = folder / "rules.toml"
    path.write_text('[[rule]]\nname = "stands"\nkind = "stationary"\nfor_s = 5\n')
    return path


def words_of(command: str, place: Path, film: Path, out: Path) -> list[object]:
    return {
        "demo": ["demo", "--output", out, "--seconds", 10],
        "synopsis": ["synopsis", place, "-o", out / "s.mp4"],
        "clip": ["clip", place, "--track", f"{film.name}/1", "-o", out / "s.mp4"],
        "sheet": ["sheet", place, "-o", out / "s.png"],
        "poster": ["poster", place, "-o", out / "s.png"],
        "strobe": ["strobe", place, "--track", f"{film.name}/1", "-o", out / "s.png"],
        "timelapse": ["timelapse", place, "--length", "1s", "-o", out / "s.mp4"],
        "init": ["init", out / "new", "--purpose", "research", "--field", "licence=own"],
        "analyze": ["analyze", place, film],
        "tracks": ["tracks", place],
        "search": ["search", place, "class:car"],
        "info": ["info", place],
        "count": ["count", place],
        "count footage": ["count", "footage", place, film],
        "count live": ["count", "live", place, film, "--camera", "camera"],
        "count check": ["count", "check", place, "camera", "all", 3, *SPAN],
        "count budget": ["count", "budget", place],
        "zone add": ["zone", "add", place, "camera", "all", "0,0;1,0;1,1"],
        "saved list": ["saved", "list", place],
        "saved show": ["saved", "show", place, "mine"],
        "saved remove": ["saved", "remove", place, "mine"],
        "views": ["views", place],
        "events": ["events", place, "--rules", rules_in(out)],
        "zone list": ["zone", "list", place],
        "zone show": ["zone", "show", place, "camera", "-o", out / "s.png"],
        "zone remove": ["zone", "remove", place, "camera", "all"],
        "camera place": ["camera", "place", place, "camera", "--points", PLACES, "--size", "320x180"],
        "camera calibrate": ["camera", "calibrate", place, "camera", "--points", POINTS],
        "camera describe": ["camera", "describe", place, "camera", "--for", "lorries"],
        "camera show": ["camera", "show", place],
        "watch": ["watch", place.parent / "watch.toml"],
        **{f"signals {verb}": ["signals", verb, place] for verb in ("list", "precision", "outbox")},
        **{f"signals {verb}": ["signals", verb, place, "0123"] for verb in ("show", "confirm", "dismiss")},
        "signals reopen": ["signals", "reopen", place, "0123"],
        **{f"signals {verb}": ["signals", verb, place.parent / "watch.toml"] for verb in ("send", "test")},
        "signals retry": ["signals", "retry", place, "--all"],
        "purpose show": ["purpose", "show", place],
        "purpose list": ["purpose", "list"],
        "ledger show": ["ledger", "show", place],
        "ledger verify": ["ledger", "verify", place],
        "ledger export": ["ledger", "export", place],
        "retention show": ["retention", "show", place],
        "retention run": ["retention", "run", place],
        "retention hold": ["retention", "hold", place, film.name, "--reason", "claim"],
        "retention release": ["retention", "release", place, film.name, "--reason", "settled"],
    }[command]


@pytest.mark.parametrize(
    "command", [explained.name for explained in explain_all() if explained.name not in SERVICES]
)
def test_each_command_asks_or_was_reviewed(
    command: str,
    place: Path,
    film: Path,
    tmp_path: Path,
    refusals: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if command == "count check":
        told = {"recorded": datetime.now(UTC), "actor": "", "reason": "", "kind": "line"}
        listed = {"camera": {"all": {**told, "points": [[0, 0], [1, 1]]}}}
        (place / "zones.toml").write_text(tomli_w.dumps(listed))
    if command in ("watch", "signals send", "signals test"):
        rule = {"name": "many", "kind": "density", "above": 9}
        camera = {"name": "camera", "source": str(film), "rule": [rule]}
        nobody = {"host": "127.0.0.1", "port": 9, "tls": False}
        listed = {"archive": str(place), "camera": [camera], "mqtt": nobody}
        (place.parent / "watch.toml").write_text(tomli_w.dumps(listed))
    before = files(place)
    if command == "retention run":  # asks for each recording that is due
        monkeypatch.setattr(retention.Stay, "is_due", lambda *_: True)
    code = run([str(word) for word in words_of(command, place, film, out)])
    if command in ("zone list", "saved list", "saved show"):
        assert (code, refusals) == (2 if command == "saved show" else 7, [])  # none has a name yet
    elif command in HARMLESS_COMMANDS:
        assert (code, refusals) == (0, [])
    else:
        assert (code, len(refusals)) == (8, 1)
        assert files(place) == before
        assert not [path for path in out.rglob("*") if path.name.startswith("s.")]


def test_the_picture_of_a_camera_asks(place: Path, tmp_path: Path, refusals: list[str]) -> None:
    assert run(["camera", "show", str(place), "camera", "--grid", str(tmp_path / "grid.png")]) == 8
    assert refusals == [Capability.SHOW_SCENE.value]
    assert not (tmp_path / "grid.png").exists()


def a_draft(archive: Archive) -> object:
    facts = RecordingFacts("a", "0" * 64, 1, 2, 2, "h264", Fraction(1, 25), 1.0)
    with archive.draft(facts, "gate", {}, grid_width=1, grid_height=1):
        return None


METHODS: dict[str, Callable[[Archive], object]] = {
    "tracks": lambda archive: archive.tracks(),
    "iter_tracks": lambda archive: list(archive.iter_tracks()),
    "count_classes": lambda archive: archive.count_classes(archive.recordings()[0].recording_id),
    "backgrounds": lambda archive: archive.backgrounds(archive.recordings()[0].recording_id),
    "latest_scenes": lambda archive: list(archive.latest_scenes(archive.recordings()[0].camera)),
    "search": lambda archive: archive.search(apercu.Query()),
    "add": lambda archive: a_draft(archive),  # it is a draft and nothing else
    "draft": a_draft,
}
NAMES: dict[str, Callable[[Archive, Path], object]] = {
    "Archive": lambda archive, _: archive.tracks(),  # by its methods, below
    "make_synopsis": lambda archive, film: apercu.make_synopsis(archive, film.with_name("s.mp4")),
    "take_in": lambda archive, film: apercu.take_in(archive, film, apercu.load_detector()),
}


def test_each_public_name_asks_or_was_reviewed(place: Path, film: Path, refusals: list[str]) -> None:
    assert {*apercu.__all__} == HARMLESS_NAMES.keys() | NAMES.keys()
    for number, call in enumerate(NAMES.values(), 1):
        with pytest.raises(RefusedError):
            call(Archive.open(place), film)
        assert len(refusals) == number


def test_each_method_of_an_archive_asks_or_was_reviewed(place: Path, refusals: list[str]) -> None:
    public = {
        name
        for name, member in inspect.getmembers_static(Archive)
        if not name.startswith("_") and (callable(member) or hasattr(member, "__get__"))
    }
    assert public == HARMLESS_METHODS.keys() | METHODS.keys()
    for number, call in enumerate(METHODS.values(), 1):
        with pytest.raises(RefusedError):
            call(Archive.open(place))
        assert len(refusals) == number


def test_a_door_that_has_closed_asks_again(place: Path) -> None:
    archive = Archive.open(place)
    with archive.opens(Capability.READ_TRACKS, subject="archive") as inside:
        inside.tracks()
        assert inside.backgrounds(inside.recordings()[0].recording_id)
    count = len(list(archive.gate.ledger.entries()))
    inside.tracks()
    assert len(list(archive.gate.ledger.entries())) == count + 1
