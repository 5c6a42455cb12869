"""Every command under every purpose does exactly what the table in docs/purposes.md says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tomli_w

from apercu.analysis.colour import COLOURS
from apercu.archive import Archive
from apercu.archive.settings import read_settings, write_settings
from apercu.archive.signal_records import AnswerRow, SignalRow, State
from apercu.cli import run
from apercu.cli.doors import DOORS
from apercu.cli.reference import explain_all
from apercu.errors import DeliveryError, RefusedError
from apercu.events.event import Event
from apercu.events.register import plain
from apercu.footage import SceneOptions, SyntheticScene
from apercu.purposes import Capability, Declaration, Ledger, Outcome, built_in, verify
from apercu.statistics.book import BOOK_SCHEMA
from apercu.statistics.cells import CELL_SCHEMA

from .conftest import Result

Cli = Callable[..., Result]
TODAY = date.today().isoformat()
FIELDS = {
    "statistics": {"place": "a", "information": "b"},
    "judicial-inquiry": {"authority": "a", "reference": "b", "date": TODAY, "expiry": TODAY},
    "event-safety": {
        "authority": "a",
        "reference": "b",
        "place": "c",
        "valid_from": TODAY,
        "valid_until": TODAY,
        "information": "d",
    },
    "private-premises": {"place": "a", "information": "b"},
    "research": {"licence": "a"},
}
WITH_REASON = {
    "synopsis",
    "synopsis --unredacted",
    "tracks",
    "tracks --class",
    "tracks --json",
    "tracks --csv",
}
WITH_REASON |= {"retention hold", "retention release"}
WITH_REASON |= {
    command
    for command in DOORS
    if command.partition(" ")[0]
    in ("synopsis", "clip", "sheet", "poster", "strobe", "timelapse", "search", "zone")
    and command not in ("zone list", "zone remove")
}
POINTS = "60,170=0,0; 260,170=4,0; 200,90=4,12; 120,90=0,12"
PLACES = "60,170=45.0,4.0; 260,170=45.0,4.0001; 200,90=45.0002,4.0001; 120,90=45.0002,4.0"
OF_NO_ARCHIVE = {"demo", "init", "purpose list", "serve"}
PICTURES = (b"PAR1", b"\x89PNG", b"\xff\xd8\xff", b"WEBP", b"ftyp", b"GIF8", b"BM6")
"""How files of tracks and pictures begin, or what stands near their beginning."""


KEY = "5" * 32
"""The signal that there is."""

NUMBERS = {*CELL_SCHEMA.names, *BOOK_SCHEMA.names}
"""The columns of what may be kept of counting: none is of one track."""


def brief(street: Path) -> Path:
    """Return a recording of two seconds, where only what is asked for matters."""
    path = street.with_name("brief.mp4")
    if not path.exists():
        SyntheticScene(SceneOptions(320, 180, Fraction(12), seconds=2.0, objects=1, seed=3)).write(path)
    return path


def shortest(archive: Path) -> int:
    """Return the number of the track that is over soonest; 1 where there is none."""
    tables = [pq.read_table(path, partitioning=None) for path in archive.rglob("tracks.parquet")]
    rows = [row for table in tables for row in table.select(["track_id", "duration_s"]).to_pylist()]
    return min(rows, key=lambda row: row["duration_s"])["track_id"] if rows else 1


def words_of(command: str, archive: Path, street: Path, out: Path) -> list[object]:
    first, _, rest = command.partition(" ")
    out = out / {"sheet": "s.png", "poster": "s.png", "strobe": "s.png"}.get(first, "s.mp4")
    if rest == "--class":
        rest = "--class person --class other --class car"
    if rest == "--colour":
        rest = " ".join(f"--colour {name}" for name in COLOURS)
    if first in ("synopsis", "sheet", "poster"):
        return [first, archive, "-o", out, *rest.split()]
    if first == "search":
        named = {"--output": "s.parquet", "--sheet": "s.png", "--synopsis": "s.mp4", "--clip": "clips"}
        value = [out.with_name(named[rest])] if rest in named else ["mine"] if rest == "--save" else []
        few = ["--limit", 1] if rest == "--clip" else []
        return [first, archive, *rest.split(), *value, *few]
    if first == "count":
        at = ("--from", "2024-05-31 14:03", "--to", "2024-05-31 14:04", "--who", "me", "--how", "by eye")
        more = {
            "budget": ["budget", archive],
            "footage": ["footage", archive, brief(street), "--camera", "gate"],
            "live": ["live", archive, brief(street), "--camera", "gate"],
            "check": ["check", archive, "gate", "all", 3, *at],
        }
        return [first, *more.get(rest, [archive])]
    if first == "saved":
        return [first, rest, archive, *(["mine"] if rest != "list" else [])]
    if first == "zone":
        more = {"add": ["all", "0,0;1,0;1,1"], "remove": ["all"], "show": ["-o", out.with_name("s.png")]}
        return [first, rest, archive, *(["gate", *more[rest]] if rest in more else [])]
    if command in ("signals send", "signals test"):
        return [first, rest, watch_settings(archive, street, out, mqtt=NOBODY)]
    if first == "signals":
        of_one = [] if rest in ("list", "precision", "outbox") else ["--all"] if rest == "retry" else [KEY]
        picture = ["--picture", out.with_name("s.jpg")] if rest.endswith("--picture") else []
        return [first, rest.partition(" ")[0], archive, *of_one, *picture]
    if first in ("clip", "strobe"):
        near = ["--around", 0] if first == "clip" else []
        track = f"{street.name}/{shortest(archive)}"
        return [first, archive, "--track", track, "-o", out, *near, *rest.split()]
    if first == "timelapse":
        return [first, archive, "--length", "0.2s", "-o", out, *rest.split()]
    if first in ("tracks", "analyze", "info", "views"):
        return [first, archive, *([street] if first == "analyze" else []), *rest.split()]
    if first == "events":
        rules = out.with_name("rules.toml")
        rule = {"name": "all", "kind": "speed", "above_px_s": 1, "for_s": 0, "classes": ["person", "other"]}
        rules.write_text(tomli_w.dumps({"rule": [rule]}))
        return [first, archive, "--rules", rules, *rest.split()]
    if first == "watch":
        return [
            first,
            watch_settings(archive, street, out),
            *rest.split(),
            *(["-o", out.parent] if rest else []),
        ]
    if command == "camera calibrate":
        return [first, rest, archive, "gate", "--points", POINTS, "--size", "320x180"]
    if command == "camera describe":
        return ["camera", "describe", archive, "gate", "--for", "who comes in", "--at", "south gate"]
    if command == "camera place":
        return [first, rest, archive, "gate", "--points", PLACES, "--size", "320x180"]
    if command == "camera show --grid":
        return [first, "show", archive, "gate", "--grid", out.with_name("grid.png")]
    held = [street.name] if rest in ("hold", "release") else []
    return [first, rest, archive, *held]


NOBODY = {"host": "127.0.0.1", "port": 9, "tls": False}


def watch_settings(archive: Path, street: Path, beside: Path, **sections: Any) -> Path:
    """Write the file of ``apercu watch`` for one camera."""
    path = beside.with_name("watch.toml")
    rule = {"name": "many", "kind": "density", "above": 9}
    camera = {"name": "gate", "source": str(brief(street)), "rule": [rule]}
    path.write_text(tomli_w.dumps({"archive": str(archive), "camera": [camera], **sections}))
    return path


def signal_in(archive: Archive, *, answered: bool) -> None:
    """Put a signal into an archive, even where none could have come in, and a letter that is given up."""
    now = datetime.now(UTC)
    event = Event("gate", "live", "r", "zone", "", 0.0, 1.0, now, 2.0, 1.0, "s")
    row = SignalRow(KEY, "gate", "live", "r", "zone", now, now, "", plain(event), "", "picture.jpg")
    stored = archive.signals.add(row, {"picture.jpg": b"\xff\xd8\xff"}, None, ["mqtt"])
    archive.signals.outbox.dead(1, "gone")
    if answered:
        archive.signals.answer(stored, AnswerRow(State.DISMISSED, "nothing", "", "me", now))


@pytest.fixture
def archive_for(archive: Path) -> Callable[[str], Path]:
    """Return a maker of archives with a recording in them, even where none could have come in."""

    def make(purpose: str) -> Path:
        declaration = Declaration.parse(built_in()[purpose], FIELDS[purpose])
        write_settings(archive, replace(read_settings(archive), declaration=declaration, timezone="UTC"))
        return archive

    return make


def test_the_table_has_every_command() -> None:
    named = {explained.name for explained in explain_all()} - OF_NO_ARCHIVE
    assert named == {command.partition(" --")[0] for command in DOORS}


@pytest.mark.parametrize("purpose", FIELDS)
@pytest.mark.parametrize("command", DOORS)
def test_each_command_does_as_the_table_says(
    cli: Cli, archive_for: Callable[[str], Path], street: Path, tmp_path: Path, purpose: str, command: str
) -> None:
    archive, known = archive_for(purpose), built_in()[purpose]
    allowed = all(capability in known.allows for capability in DOORS[command])
    reasoned = any(capability in known.reasons for capability in DOORS[command])
    if allowed and command == "retention release":
        assert cli("retention", "hold", archive, street.name, "--reason", "claim").code == 0
    if command == "camera show --grid":
        assert cli(*words_of("camera calibrate", archive, street, tmp_path)).code == 0
    if command in ("zone list", "zone remove") or command.startswith("count"):
        zone = {"recorded": datetime.now(UTC), "actor": "", "reason": "", "kind": "line"}
        listed = {"gate": {"all": {**zone, "points": [[0, 0], [1, 1]]}}}
        (archive / "zones.toml").write_text(tomli_w.dumps(listed))
    if command.startswith("saved"):
        saved = {"text": "class:car", "recorded": datetime.now(UTC), "actor": "", "reason": ""}
        (archive / "searches.toml").write_text(tomli_w.dumps({"mine": saved}))
    if command.startswith("signals"):
        signal_in(Archive.open(archive), answered=command == "signals reopen")
    words = words_of(command, archive, street, tmp_path)
    count = sum(1 for _ in Ledger(archive).entries())
    tried = cli(*words)
    done = DeliveryError.exit_code if command == "signals test" else 0  # it asked, and nobody is there
    assert tried.code == (done if allowed and not reasoned else RefusedError.exit_code), tried.err
    new = list(Ledger(archive).entries())[count:]
    if tried.code == done:
        # A synopsis asks for pictures only to refuse; analysing again, when it is known, keeps nothing.
        synopsis = command.startswith("synopsis") or command == "search --synopsis"
        unheard = {Capability.SHOW_IMAGES} if synopsis else {Capability.KEEP_TRACKS}
        asked = set(DOORS[command]) - unheard
        assert {entry.capability for entry in new} == asked or command == "retention run"
    else:
        assert new[-1].outcome in (Outcome.REFUSED, Outcome.FAILED)
        assert any(entry.outcome == Outcome.REFUSED for entry in new)
        assert not list(tmp_path.glob("s.*"))
    quick = command.startswith(("tracks", "zone", "retention"))
    if command in WITH_REASON and (tried.code != 0 or quick):
        again = cli(
            *words,
            "--reason",
            "incident: claim 17",
            *(
                ["--force"]
                if {"-o", "--output", "--sheet", "--synopsis", "--clip"} & {*map(str, words)}
                else []
            ),
        )
        assert again.code == (0 if allowed else RefusedError.exit_code), again.err
    assert verify(Ledger(archive)).is_intact


def test_a_refusal_is_said_once_however_many_recordings_are_given(
    cli: Cli, archive_for: Callable[[str], Path], street: Path, tmp_path: Path
) -> None:
    archive = archive_for("statistics")
    others = [shutil.copy(street, tmp_path / f"{number}.mp4") for number in range(2)]
    count = sum(1 for _ in Ledger(archive).entries())
    refused = cli("analyze", archive, street, *others)
    assert refused.code == RefusedError.exit_code
    assert refused.err.count("which has no") == 1
    assert "0 of 3 recordings" in refused.out
    assert len(list(Ledger(archive).entries())) == count + 1


def test_no_command_writes_tracks_or_pictures_into_an_archive_for_statistics(
    cli: Cli, street: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "crossing"
    fields = [word for name, value in FIELDS["statistics"].items() for word in ("--field", f"{name}={value}")]
    assert run(["init", str(archive), "--purpose", "statistics", *fields]) == 0
    one_step = cli("synopsis", street, "-o", tmp_path / "s.mp4", "--purpose", "statistics", *fields)
    assert one_step.code == RefusedError.exit_code
    assert "no make-synopsis: Images exist only in memory while they are counted" in one_step.err
    kept = [archive / folder for folder in ("counts", "released")]
    for command in DOORS:
        if command == "count":
            assert cli("zone", "add", archive, "gate", "all", "0,0;1,0;1,1").code == 0
        words = words_of(command, archive, street, tmp_path)
        reason = ["--reason", "incident: claim"] if command in WITH_REASON else []
        assert cli(*words, *reason).code in (0, 7, 8)
        for path in tmp_path.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                if path.suffix == ".parquet" and any(path.is_relative_to(folder) for folder in kept):
                    assert set(pq.read_schema(path).names) <= NUMBERS
                    continue
                assert not any(mark in content[:64] for mark in PICTURES), path
                assert b"background-" not in content
                assert path.suffix not in (".parquet", ".webp", ".png", ".jpg", ".mp4")
    assert not any((archive / "recordings").iterdir())
    shutil.rmtree(archive)
