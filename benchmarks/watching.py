"""Watching cameras: how soon a signal is there, how many cameras fit, whether hours of trouble lose any.

    python benchmarks/watching.py delay [--seconds 90]
    python benchmarks/watching.py capacity [--cameras 2 --seconds 45 --set street]
    python benchmarks/watching.py soak [--hours 2 --cameras 4]
    python benchmarks/watching.py deliver [--signals 300]

All of it is the command ``apercu watch`` with a real broker (Mosquitto). ``delay``: one camera (720p, MJPEG,
15 pictures/s) shows a block that comes into a zone at known times; the delay is counted from then, less the
second that the rule itself takes. ``capacity``: street footage, 720p, as so many cameras in two groups;
processor seconds for each second of a camera, once all run, tell how many fit on two cores. ``soak``: cameras
that hang up every 30 seconds on average, a broker that is restarted and processes that are killed; signals in
the archive are compared by key with what a subscriber got. ``deliver``, without cameras: what it costs to
store a signal with a picture and to deliver it over MQTT, and how soon one that is stored while the sender
idles is there.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import report
import tomli_w
from footage_sets import FOOTAGE, looped, make
from processes import family
from watching_stage import FOR_S, ZONE, Broker, Film, Listener, Stage, memory_mb, rule

from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.events.delivery.sender import Sender, open_channels
from apercu.events.event import Event
from apercu.events.register import Register
from apercu.events.watching.settings import read_watch
from apercu.events.watching.status import GroupStatus, read_status

_CORES = 2
_WARM_S = 12.0
_SETTLE_S = 30.0
_SAMPLES = 6
_DECODES_MB = 200
"""A process with a detector has more than this of its own, the one that leads has less."""
_SPARE_S = 150.0
_LEARNS_S = 10.0
"""So long a camera is seen before what happens is told at once: the scene is learned first."""
_SOON = 40


def prepared(folder: Path, sources: Sequence[dict[str, Any]], port: int | None) -> Path:
    """Make an archive with a zone for each camera, and the settings; return these."""
    fields = {"licence": "generated"}
    archive = Archive.create(folder / "archive", name="Watching", purpose="research", purpose_fields=fields)
    half = [(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]
    for source in sources:
        add_zone(archive, source["name"], ZONE, "zone", half)
    listed: dict[str, Any] = {
        "archive": "archive",
        "camera": [{"rule": [rule()], **each} for each in sources],
    }
    if port is not None:
        listed["mqtt"] = {"host": "127.0.0.1", "port": port, "tls": False}
    path = folder / "watch.toml"
    path.write_text(tomli_w.dumps(listed))
    return path


def started(settings: Path) -> subprocess.Popen[bytes]:
    """Start ``apercu watch``."""
    return subprocess.Popen(
        [sys.executable, "-m", "apercu", "watch", str(settings)], stdout=subprocess.DEVNULL
    )


def wait_watching(archive: Path, frames: int = 40) -> list[GroupStatus]:
    """Wait until every camera has shown so many pictures, be there time for all of them or not."""
    for _ in range(600):
        groups = read_status(archive)
        cameras = [camera for group in groups if group.alive for camera in group.cameras]
        if cameras and all(camera.frames and camera.frames + camera.dropped >= frames for camera in cameras):
            return groups
        time.sleep(0.2)
    raise SystemExit(f"nothing is watched: {read_status(archive)}")


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process and all that come from it."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def delay(args: argparse.Namespace, folder: Path) -> list[report.Table]:
    """Measure from the pixel to the message."""
    film = Film(1280, 720, 15)
    stage, broker = Stage([film]), Broker(folder)
    listener = Listener(broker.port)
    settings = prepared(folder, [{"name": "one", "source": stage.address(0)}], broker.port)
    watching = started(settings)
    try:
        wait_watching(folder / "archive")
        began = time.time()
        time.sleep(_LEARNS_S + args.seconds)
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait()
        listener.close()
        broker.stop()
        stage.close()
    late: dict[bool, list[float]] = {True: [], False: []}
    for key, told in listener.told.items():
        met = datetime.fromisoformat(told["met_at"]).timestamp()
        late[met >= began + _LEARNS_S].append(listener.came[key][0] - film.entered(met) - FOR_S)
    if not late[True]:
        raise SystemExit("no signal came once the scene was learned")
    rows = {
        name: {
            "signals": len(found),
            "median": float(np.median(found)),
            "p95": float(np.percentile(found, 95)),
            "most": max(found),
        }
        for name, found in (("once the scene is learned", late[True]), ("in the first seconds", late[False]))
        if found
    }
    columns = (
        report.Column("signals", "signals"),
        *(report.Column(name, name, ".2f") for name in ("median", "p95", "most")),
    )
    aims = [report.Aim("delay, p95, s", 1.0, float(np.percentile(late[True], 95)), at_most=True)]
    caption = "From the pixel to the message, seconds beyond the second that the rule takes"
    return [report.Table(caption, "when", columns, rows), report.aims(aims)]


def capacity(args: argparse.Namespace, folder: Path) -> list[report.Table]:
    """Measure what a camera costs."""
    minutes = (args.seconds + _SPARE_S) / 60
    made = make(args.set, 720, folder, FOOTAGE, minutes)
    if made is None:
        raise SystemExit(f"the footage {args.set} is not there")
    path = looped(made.path, minutes, folder / "looped.mp4")
    sources = [
        {"name": f"camera{n}", "source": str(path), "real_time": True, "group": f"group{n % _CORES}"}
        for n in range(args.cameras)
    ]
    watching = started(prepared(folder, sources, None))
    try:
        before = _taken(wait_watching(folder / "archive", 5 * round(_WARM_S)))
        used, began_s = cpu_s(watching.pid), time.monotonic()
        time.sleep(args.seconds)
        seconds, used = time.monotonic() - began_s, cpu_s(watching.pid) - used
        groups = read_status(folder / "archive")
        if not all(group.alive for group in groups):
            raise SystemExit("the footage was over before the measurement")
        after = _taken(groups)
        memory = sum(memory_mb(family(watching.pid)).values())
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait()
    frames, dropped = after[0] - before[0], after[1] - before[1]
    # What was not looked at cost nothing: what all of it would have cost counts.
    share = frames / max(frames + dropped, 1)
    each = used / (seconds * args.cameras) / max(share, 1e-3)
    rows = {
        f"{args.cameras} cameras, {args.set}, 720p": {
            "cpu": each,
            "frames": frames / seconds / args.cameras,
            "dropped": dropped,
            "fit": _CORES / each,
            "memory": memory,
        }
    }
    columns = (
        report.Column("cpu", "processor s for each s of a camera", ".3f"),
        report.Column("frames", "pictures/s of a camera", ".2f"),
        report.Column("dropped", "dropped"),
        report.Column("fit", "cameras on 2 cores", ".1f"),
        report.Column("memory", "memory, MB", ".0f"),
    )
    aims = [
        report.Aim("cameras at 720p on two cores", 6, _CORES / each),
        report.Aim("pictures left out", 0, dropped, at_most=True, spec=".0f"),
    ]
    return [report.Table("What a camera costs", "cameras", columns, rows), report.aims(aims)]


def _taken(groups: Sequence[GroupStatus]) -> tuple[int, int]:
    cameras = [camera for group in groups for camera in group.cameras]
    return sum(camera.frames for camera in cameras), sum(camera.dropped for camera in cameras)


def soak(args: argparse.Namespace, folder: Path) -> list[report.Table]:
    """Run for long with trouble, and look what was lost."""
    length_s, luck = args.hours * 3600, random.Random(5)
    films = [Film(640, 360, 10, 12.0 * n / args.cameras) for n in range(args.cameras)]
    stage, broker = Stage(films, drop_every_s=30.0), Broker(folder)
    listener = Listener(broker.port)
    sources = [
        {"name": f"camera{n}", "source": stage.address(n), "group": f"group{n % 2}"}
        for n in range(args.cameras)
    ]
    settings = prepared(folder, sources, broker.port)
    watching, most = started(settings), 0.0
    own = list[tuple[float, dict[int, float]]]()
    events = sorted(
        [(luck.uniform(0.15, 0.85) * length_s, "broker") for _ in range(10 if args.hours >= 1 else 2)]
        + [(luck.uniform(0.15, 0.85) * length_s, "kill") for _ in range(5 if args.hours >= 1 else 2)]
    )
    done: Counter[str] = Counter()
    began_s = time.monotonic()
    try:
        while (now_s := time.monotonic() - began_s) < length_s:
            most = max(most, sum(memory_mb(family(watching.pid)).values()))
            own.append((now_s, memory_mb(family(watching.pid), "Anonymous")))
            while events and events[0][0] <= now_s:
                what = events.pop(0)[1]
                done[what] += 1
                if what == "broker":
                    broker.stop()
                    time.sleep(luck.uniform(0.5, 5.0))
                    broker.start()
                elif done["kill"] % 2:  # one that watches; it is started again
                    os.kill(
                        luck.choice(
                            [group.pid for group in read_status(folder / "archive") if group.alive]
                            or [watching.pid]
                        ),
                        signal.SIGKILL,
                    )
                else:  # the one that leads: whoever started it has to do so again
                    watching.kill()
                    watching.wait()
                    time.sleep(3.0)
                    watching = started(settings)
            time.sleep(min(10.0, length_s / 20))
        time.sleep(_SETTLE_S)
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait()
        time.sleep(2.0)
        listener.close()
        broker.stop()
        stage.close()
    stored = {row.key: row for row in Register(Archive.open(folder / "archive")).signals()}
    crossings = Counter(_crossing(films, row.event.camera, row.at) for row in stored.values())
    shown = round(args.cameras * length_s / 12)
    rows = {
        "soak": {
            "hours": args.hours,
            "drops": stage.drops,
            "restarts": done["broker"],
            "kills": done["kill"],
            "crossings": shown,
            "stored": len(stored),
            "lost": len(set(stored) - set(listener.came)),
            "unknown": len(set(listener.came) - set(stored)),
            "again": sum(len(times) - 1 for times in listener.came.values()),
            "doubled": sum(count - 1 for count in crossings.values()),
            "memory": most,
            "growth": _growth(own),
        }
    }
    columns = (
        report.Column("drops", "streams dropped"),
        report.Column("restarts", "broker restarts"),
        report.Column("kills", "kills"),
        report.Column("crossings", "crossings, about"),
        report.Column("stored", "signals stored"),
        report.Column("lost", "lost on the way"),
        report.Column("unknown", "never stored"),
        report.Column("again", "came again, same key"),
        report.Column("doubled", "two signals of one crossing"),
        report.Column("memory", "most memory, MB", ".0f"),
        report.Column("growth", "growth of its own late in a process' life, MB/h", ".1f"),
    )
    # One crossing may be told twice where a process was killed in its middle: with two keys, of two runs.
    aims = [report.Aim("signals lost on the way", 0, rows["soak"]["lost"], at_most=True, spec=".0f")]
    return [report.Table("Hours of trouble", "run", columns, rows), report.aims(aims)]


def deliver(args: argparse.Namespace, folder: Path) -> list[report.Table]:
    """Measure what storing and delivering cost."""
    broker = Broker(folder)
    listener = Listener(broker.port)
    settings = read_watch(prepared(folder, [{"name": "one", "source": "none.mp4"}], broker.port)).settings
    archive = Archive.open(folder / "archive")
    register = Register(archive, settings.channels, settings.showing)
    picture = Film(1280, 720, 15).picture(0.0)
    rows: dict[str, dict[str, float]] = {}
    try:
        with used(rows, "stored", args.signals):
            for number in range(args.signals):
                register.complete(register.add(event(number), picture_follows=True).key, picture=picture)
        with (
            used(rows, "delivered", args.signals),
            Sender(archive, open_channels(archive, settings, folder)) as s,
        ):
            s.drain()
        with Sender(archive, open_channels(archive, settings, folder)):
            late = []
            for number in range(args.signals, args.signals + _SOON):
                time.sleep(0.1)
                began_s, key = time.time(), register.add(event(number)).key
                while key not in listener.came:
                    time.sleep(0.002)
                late.append(listener.came[key][0] - began_s)
        came = len(listener.came)
    finally:
        listener.close()
        broker.stop()
    columns = (report.Column("rate", "signals/s", ".0f"), report.Column("cpu", "processor ms each", ".1f"))
    soon = {
        "from storing to the subscriber, s": {
            "median": float(np.median(late)),
            "p95": float(np.percentile(late, 95)),
        }
    }
    return [
        report.Table("Signals on their way", "step", columns, rows),
        report.Table(
            "How soon one is there",
            "measure",
            [report.Column(name, name, ".3f") for name in ("median", "p95")],
            soon,
        ),
        report.aims([report.Aim("signals at the subscriber", args.signals + _SOON, came, spec=".0f")]),
    ]


@contextmanager
def used(rows: dict[str, dict[str, float]], name: str, count: int) -> Iterator[None]:
    """Put the signals per second, and the processor time of each, of what is done meanwhile into ``rows``."""
    began_s, cpu_began_s = time.monotonic(), time.process_time()
    yield
    spent_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_began_s
    rows[name] = {"rate": count / spent_s, "cpu": 1000 * cpu_s / count}


def event(number: int) -> Event:
    """Return an event; another number makes another one."""
    met_at = datetime.now(UTC)
    return Event("one", "live", "crossing", "zone", ZONE, 0.0, float(number), met_at, FOR_S, FOR_S, "s")


def _growth(taken: Sequence[tuple[float, dict[int, float]]]) -> float:
    """Return the MB/h by which the memory of the longest-lived process that decodes grew.

    That is the slope of a line through the second half of its life: until then it fills what it keeps.
    """
    lives = [
        np.array([(at_s, each[pid]) for at_s, each in taken if pid in each])
        for pid in {pid for _, each in taken for pid in each}
    ]
    longest = max((life for life in lives if life[-1, 1] >= _DECODES_MB), key=len, default=np.zeros((0, 2)))
    seconds, used_mb = longest[len(longest) // 2 :].T
    return 3600 * float(np.polyfit(seconds, used_mb, 1)[0]) if len(seconds) >= _SAMPLES else 0.0


def _crossing(films: Sequence[Film], camera: str, at: datetime) -> tuple[str, int]:
    """Return which crossing a signal is of."""
    return camera, round(films[int(camera.removeprefix("camera"))].entered(at.timestamp()))


def main() -> None:
    """Measure one of the four."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, work in (("delay", delay), ("capacity", capacity), ("soak", soak), ("deliver", deliver)):
        kind = kinds.add_parser(name, help=(work.__doc__ or "").splitlines()[0])
        kind.set_defaults(work=work)
        report.add_options(kind)
        kind.add_argument("--seconds", type=float, default=90.0 if name == "delay" else 45.0)
        kind.add_argument("--cameras", type=int, default=4 if name == "soak" else 2)
        kind.add_argument("--hours", type=float, default=2.0)
        kind.add_argument("--set", default="street")
        kind.add_argument("--signals", type=int, default=300)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="apercu-watching-") as folder:
        tables = args.work(args, Path(folder))
    report.publish(f"watching-{args.kind}", tables, args)


if __name__ == "__main__":
    main()
