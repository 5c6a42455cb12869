"""How quickly the service answers 20 people who click through a day, seeks in a video, and rearranges.

    python benchmarks/service.py [--users 20] [--seconds 60] [--archive FOLDER] [--json] [--record]

``apercu serve`` runs in a process of its own, with an archive of 100,000 generated tracks
(``search_archive.py``) and one with a little generated footage. Each person clicks every two seconds on
average, from the login on: a day's timeline, counts of filters, a page of tracks, one track, a mark, and less
often an original moment with pieces of its video, or a contact sheet. What is timed is each answer of the
API, until all of it is there; the clips and sheets themselves are jobs, and run beside it.

A seek is a request for a range of a video until its first 64 KiB are there, in turns at the service and at
a server that does nothing but give out the same file (``StaticFiles`` of Starlette, Uvicorn). Rearranging is
what the review page does when a slider moves: of a generated day (``synopsis_sets.py``) in this process, and
of tracks of the large archive through the API, with nobody else there.

People come within the first fifteen seconds, so that they do not all log in at one moment. Who waits for a
clip or a sheet looks every 0.3 s how far it is; these answers are told by themselves, and count as others do.
``--archive`` keeps the archives for the next run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import report
from report import Column
from search_archive import FIRST, make_archive
from service_users import PASSWORD, POLL_S, Answers, Goal, click_through
from synopsis_sets import GRID, RATE, day

from apercu.analysis import load_detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.footage import SceneOptions, SyntheticScene
from apercu.synopsis import ArrangeOptions
from apercu.web import Service, ServiceSettings
from apercu.web.arranging import Tubes, arrange_tubes
from apercu.web.roles import Role

_CAMERAS, _DAYS, _TUBES = 4, 5, 1000
_DENSITIES = (None, 30, 20, 10, 5, 2, 1)
_SEEKS, _SEEK_BYTES = 200, 1 << 16
_STATIC = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
app = Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1]))])
uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")
"""


def _film(folder: Path) -> Path:
    """Return an archive with twenty seconds of generated footage, made unless it is there."""
    film, place = folder / "film.mp4", folder / "film"
    if place.exists():
        return place
    SyntheticScene(SceneOptions(640, 360, Fraction(15), seconds=20.0, objects=6, seed=3)).write(film)
    fields = {"licence": "generated"}
    archive = Archive.create(place, name="film", purpose="research", purpose_fields=fields, timezone="UTC")
    take_in(archive, film, load_detector(), camera="gate", start=datetime(2026, 5, 4, 12, tzinfo=UTC))
    return place


@contextmanager
def _running(command: list[str], port: int) -> Iterator[tuple[str, int]]:
    """Run a server in a process of its own; yields its address and the process's number."""
    process = subprocess.Popen([sys.executable, *command])
    url = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                httpx.get(url, timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        if process.poll() is not None:
            raise SystemExit(f"{command} ended at once")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _processor_s(process: int) -> float:
    """Return what a process has used of the processors, seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _logged_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=60)
    told = client.post("/api/v1/session", json={"name": "User 0", "password": PASSWORD}).json()
    client.headers["X-CSRF-Token"] = told["csrf_token"]
    return client


def _seeks(ours: httpx.Client, path: str, static: str, name: str) -> dict[str, dict[str, float]]:
    """Return how long seeks take, ms, at the service and at a server of files."""
    chance = random.Random(0)
    with httpx.Client(base_url=static, timeout=60) as theirs:
        job = ours.post(f"{path}/synopsis", json={"camera": "gate"}).json()
        while job["state"] in ("waiting", "running"):
            time.sleep(POLL_S)
            job = ours.get(f"{path}/{job['job_id']}").json()
        video = f"{path}/{job['job_id']}/video"
        whole = ours.get(video).raise_for_status().content
        Path(name).write_bytes(whole)
        spent: dict[str, list[float]] = {"the service": [], "a server of files": []}
        for _ in range(_SEEKS):
            headers = {"Range": f"bytes={chance.randrange(max(1, len(whole) - _SEEK_BYTES))}-"}
            asked = ((ours, video, "the service"), (theirs, f"/{Path(name).name}", "a server of files"))
            for client, address, who in asked:
                begun, taken = time.perf_counter(), 0
                with client.stream("GET", address, headers=headers) as answer:
                    assert answer.status_code == 206, answer.status_code
                    for piece in answer.iter_raw():
                        taken += len(piece)
                        if taken >= _SEEK_BYTES:
                            break
                spent[who].append(1000 * (time.perf_counter() - begun))
    return {who: _figures(ms) for who, ms in spent.items()}


def _figures(ms: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(ms, [50, 95])
    return {"count": len(ms), "p50_ms": float(p50), "p95_ms": float(p95), "most_ms": max(ms)}


def _rearranged() -> dict[str, dict[str, float]]:
    """Return how long it takes to arrange a day's tubes anew, as the page does when a slider moves."""
    arrange_tubes(Tubes(day(_TUBES), GRID, RATE, 0.0), (), ArrangeOptions())  # what is compiled is compiled
    held = Tubes(day(_TUBES), GRID, RATE, 0.0)
    found = {}
    for name, density in {
        "the first time": None,
        **{_named(density): density for density in _DENSITIES},
    }.items():
        options = ArrangeOptions(density=density)
        begun, before = time.perf_counter(), time.process_time()
        made = arrange_tubes(held, (), options)
        found[name] = {
            "wall_ms": 1000 * (time.perf_counter() - begun),
            "cpu_ms": 1000 * (time.process_time() - before),
            "length_s": float(made.frame_count / made.rate),
        }
    return found


def _asked_anew(client: httpx.Client, many: str) -> dict[str, dict[str, float]]:
    """Return how long the service takes to say how long a synopsis of a day's first tracks would be."""
    query = {"from_time": f"{FIRST:%Y-%m-%d}", "to_time": f"{FIRST:%Y-%m-%d}", "limit": _TUBES}
    found = {}
    for name, density in {
        "the first time": None,
        **{_named(density): density for density in _DENSITIES},
    }.items():
        asked = {"camera": "camera0", "query": query, "arrange": {"density": density}}
        begun = time.perf_counter()
        told = client.post(f"/api/v1/archives/{many}/arrangements", json=asked).raise_for_status().json()
        found[name] = {"wall_ms": 1000 * (time.perf_counter() - begun), "length_s": told["length_s"]}
    return found


def _named(density: int | None) -> str:
    return "any number at once" if density is None else f"{density} at once"


def main() -> None:
    """Tell how long each kind of answer takes, what it costs, seeks and rearranging."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they click")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between clicks of one person")
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--archive", type=Path, help="where the archives are kept; temporary by default")
    report.add_options(parser)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tables = _measured(Path(temporary), args.archive or Path(temporary), args)
    report.publish("service", tables, args)


def _measured(folder: Path, kept: Path, args: Any) -> list[report.Table]:
    kept.mkdir(parents=True, exist_ok=True)
    make_archive(kept / "many", args.tracks, _CAMERAS, _DAYS)
    places = (kept / "many", _film(kept))
    names = [f"User {i}" for i in range(args.users)]
    service = Service(ServiceSettings(places, folder / "home"))
    many, film = service.archives
    service.accounts.create("Root", [Role.ADMINISTRATOR], PASSWORD)  # without one, nothing is served
    for name in names:
        person = service.accounts.create(name, [Role.REVIEWER], PASSWORD)
        for archive_id in (many, film):
            service.rights.grant(person.person_id, archive_id, date.today() + timedelta(days=9), "bench")
    rearranged = _rearranged()
    service.close()
    cameras = tuple(f"camera{i}" for i in range(_CAMERAS))
    days = tuple(f"{FIRST + timedelta(days=i):%Y-%m-%d}" for i in range(_DAYS))
    port, other = _port(), _port()
    command = ["-m", "apercu", "serve", *map(str, places), "--home", str(folder / "home")]
    with _running([*command, "--port", str(port)], port) as (url, process):
        goal = Goal(url, many, film, cameras, days, args.pause)
        before = _processor_s(process)
        answers = asyncio.run(click_through(goal, names, args.seconds))
        used_s = _processor_s(process) - before
        (folder / "static").mkdir()
        with _running(["-c", _STATIC, str(folder / "static"), str(other)], other) as (static, _):
            path, video = f"/api/v1/archives/{film}/jobs", str(folder / "static" / "video.mp4")
            with closing(_logged_in(url)) as client:
                asked = _asked_anew(client, many)
                seeks = _seeks(client, path, static, video)
    return _tables(answers, used_s, seeks, rearranged, asked, args)


def _tables(
    answers: Answers,
    used_s: float,
    seeks: dict[str, dict[str, float]],
    rearranged: dict[str, dict[str, float]],
    asked: dict[str, dict[str, float]],
    args: Any,
) -> list[report.Table]:
    for wrong in sorted(set(answers.wrong)):
        print(wrong, file=sys.stderr)
    columns = (
        Column("count", "answers", ".0f"),
        Column("p50_ms", "p50, ms", ".0f"),
        Column("p95_ms", "p95, ms", ".0f"),
        Column("most_ms", "slowest, ms", ".0f"),
    )
    rows = {kind: _figures(ms) for kind, ms in sorted(answers.ms.items())}
    every = [one for of in answers.ms.values() for one in of]
    rows["all"] = _figures(every)
    ours, theirs = seeks["the service"], seeks["a server of files"]
    fine = tuple(Column(c.key, c.head, ".1f" if c.spec and c.key != "count" else c.spec) for c in columns)
    cost = {
        "requests a second": {"value": len(every) / args.seconds},
        "processor ms a request, jobs included": {"value": 1000 * used_s / len(every)},
        "answers that were errors": {"value": len(answers.wrong)},
    }
    slowest = max(row["wall_ms"] for row in rearranged.values())
    aims = [
        report.Aim("answers of the API, p95, ms", 300, rows["all"]["p95_ms"], at_most=True, spec=".0f"),
        report.Aim("errors", 0, len(answers.wrong), at_most=True, spec=".0f"),
        report.Aim("a seek, p95, ms", 500, ours["p95_ms"], at_most=True, spec=".0f"),
        report.Aim("rearranging 1,000 tubes of a day, ms", 1000, slowest, at_most=True, spec=".0f"),
    ]
    taken = (
        Column("wall_ms", "ms", ".0f"),
        Column("cpu_ms", "processor, ms", ".0f"),
        Column("length_s", "synopsis, s", ".0f"),
    )
    ratio = f"A seek takes {ours['p50_ms'] / theirs['p50_ms']:.1f} times as long as at a server of files"
    return [
        report.Table(
            f"{args.users} people, a click every {args.pause:g} s each, {args.tracks} tracks",
            "what is asked for",
            columns,
            rows,
        ),
        report.Table(f"{ratio} (medians).", "seeks at", fine, seeks),
        report.Table(
            f"Rearranging {_TUBES} tubes of a generated day, in this process", "with", taken, rearranged
        ),
        report.Table(
            f"Asking the service for the same, of {_TUBES} tracks; the first time it reads them",
            "with",
            (taken[0], taken[2]),
            asked,
        ),
        report.Table("What it costs", "", (Column("value", "", ".1f"),), cost),
        report.aims(aims),
    ]


if __name__ == "__main__":
    main()
