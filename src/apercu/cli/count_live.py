"""``apercu count live``: a camera counted while it films, and nothing of it kept but cells."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.cli import console
from apercu.cli.count_footage import say_release, warn_of_interval
from apercu.cli.late import of_analysis
from apercu.cli.parameters import ArchiveFolder, CountBy, DetectorSize, Json, Model, Rate

if TYPE_CHECKING:
    from apercu.statistics.live import LiveState


def command(
    archive: ArchiveFolder,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Address of the camera (rtsp://..., http://...), or a file. Passwords are never shown.",
        ),
    ],
    camera: Annotated[str, typer.Option("--camera", metavar="NAME", help="Name of the camera.")],
    by: CountBy = "15min",
    length: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="TIME", help="End after this time: 90s, 10min, 8h. Without, when it is stopped."
        ),
    ] = None,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Play a file at its own pace, as a camera would send it.")
    ] = False,
    transport: Annotated[
        str, typer.Option("--transport", help="How RTSP sends pictures: tcp, or udp.", metavar="tcp|udp")
    ] = "tcp",
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar="[HOST:]PORT",
            help="Serve what was released of the last interval for Prometheus, on this machine unless a host "
            "is named.",
        ),
    ] = None,
    model: Model = None,
    rate: Rate = of_analysis("rate"),
    detector_size: DetectorSize = of_analysis("detector_px"),
    as_json: Json = False,
) -> None:
    """Count what passes the lines and zones of a camera while it films.

    No picture, no track and no outline is kept: what moves is followed in memory until it is counted. The
    numbers are kept at the end of each interval, so that even a power cut loses the current one at most;
    apercu count releases them. Pictures that come too fast are left out evenly. A stream that is lost is
    opened again, and what was not seen meanwhile counts as not watched. Ctrl-C ends it, and keeps what was
    counted.

    \b
    Examples:
      apercu count live town rtsp://counter:secret@10.0.0.7/stream1 --camera gate
      apercu count live town rtsp://10.0.0.7/stream1 --camera gate --by 5min --for 8h
      apercu count live town street.mp4 --camera test --real-time
    """
    from apercu.analysis import AnalysisOptions, load_detector
    from apercu.archive import Archive
    from apercu.footage import Source
    from apercu.footage.source import read_transport
    from apercu.statistics.intervals import read_interval, read_length
    from apercu.statistics.live import count_live

    interval_s = read_interval(by)
    for_s = None if length is None else read_length(length)
    store = Archive.open(archive)
    warn_of_interval(store, interval_s, metrics=metrics is not None)
    filmed = Source(source, real_time, read_transport(transport))
    told = _Told(filmed.shown, as_json=as_json)
    with stopping() as stop, _metrics(metrics, store.path, camera, interval_s):
        state = count_live(
            store,
            filmed,
            load_detector(model),
            camera=camera,
            options=AnalysisOptions(rate=rate, detector_px=detector_size),
            interval_s=interval_s,
            for_s=for_s,
            stop=stop,
            told=told,
        )
    if as_json:
        console.say_json(
            {
                "archive": store.path,
                "camera": camera,
                "runs": state.runs,
                "counted_s": round(state.counted_s, 3),
                "dropped": state.dropped,
            }
        )
        return
    console.say(f"{console.length(state.counted_s)} of {camera} counted")
    if state.dropped:
        console.say(f"  {state.dropped} pictures came too fast and were left out")
    say_release(archive)


@contextmanager
def _metrics(address: str | None, archive: Path, camera: str, interval_s: int) -> Iterator[None]:
    """Serve released numbers while the block lasts, when an address is given."""
    if address is None:
        yield
        return
    from apercu.statistics.exposition import served
    from apercu.statistics.latest import Latest

    with served(address, Latest(archive, camera, interval_s)) as url:
        console.tell(f"metrics: {url}")
        yield


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Let Ctrl-C and SIGTERM end the work in its own time."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    known = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in known.items():
            signal.signal(number, handler)


class _Told:
    """Says on stderr how it goes: when counting begins, and when the stream is lost or there again."""

    def __init__(self, source: str, *, as_json: bool) -> None:
        self._source, self._quiet = source, as_json
        self._runs, self._lost = 0, ""

    def __call__(self, state: LiveState) -> None:
        """Take note of how it goes."""
        if len(state.runs) != self._runs:
            self._runs, self._lost = len(state.runs), ""
            self._tell(f"counting {self._source}; Ctrl-C ends it")
        if state.lost != self._lost:
            self._lost = state.lost
            if state.lost:
                self._tell(f"warning: {self._source}: {state.lost}; opening it again")

    def _tell(self, line: str) -> None:
        if not self._quiet:
            console.tell(line)
