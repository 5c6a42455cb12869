"""Live numbers for Prometheus: those of the last interval that was released, and nothing that runs on.

A counter that grows by one with every passer-by tells of each alone, to the second. So what is served are
gauges: the numbers of the last whole interval, as they left through ``release``. Those that are withheld are
not there at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np

from apercu.errors import ApercuError, OutputError, UsageError
from apercu.statistics.joining import chosen, numbers
from apercu.statistics.released import MAP_MEASURES, Released

PREFIX = "apercu_"
_LOOPBACK = "127.0.0.1"
_LABELS = ("camera", "place", "direction", "class")


def exposition(released: Released) -> bytes:
    """Return the numbers of the last interval of each camera in Prometheus' text format.

    Raises:
        UsageError: prometheus_client is not installed.
    """
    return bytes(prometheus().generate_latest(_Once(released)))


class _Once:
    """A registry of what was released, as prometheus_client reads it."""

    def __init__(self, released: Released) -> None:
        self._released = released

    def collect(self) -> Iterator[Any]:
        gauge = prometheus().core.GaugeMetricFamily
        rows = _last(self._released)
        made: dict[str, Any] = {}
        for row in rows:
            name = row["measure"]
            if row["value"] is None or name in MAP_MEASURES or name == "observed" or row["low"] is not None:
                continue
            if name not in made:
                about = f"{name} ({row['unit']}) in the last interval released"
                made[name] = gauge(f"{PREFIX}{name}", about, labels=_LABELS)
            made[name].add_metric([row[label] for label in _LABELS], row["value"])
        yield from made.values()
        for name, about, column in (
            ("observed_seconds", "seconds of the last interval that were filmed and analysed", "observed_s"),
            ("interval_seconds", "length of the last interval", "length_s"),
            ("interval_start_seconds", "start of the last interval, since 1970 UTC", "begin_s"),
        ):
            family = gauge(f"{PREFIX}{name}", about, labels=["camera"])
            for row in rows:
                if row["measure"] == "observed":
                    family.add_metric([row["camera"]], row[column])
            yield family
        facts = self._released.facts
        method = gauge(f"{PREFIX}release_minimum", "objects that a number takes", labels=["method"])
        method.add_metric([facts.method], facts.minimum)
        yield method


def _last(released: Released) -> list[dict[str, Any]]:
    """Return the rows of the last interval of each camera; maps have others."""
    table = released.table
    begin, camera = numbers(table, "begin_s"), np.array(table["camera"].to_pylist(), np.str_)
    observed = np.array(table["measure"].to_pylist(), np.str_) == "observed"
    keep = np.zeros(len(table), np.bool_)
    for name in np.unique(camera[observed]):
        keep |= (camera == name) & (begin == begin[observed & (camera == name)].max())
    return list(chosen(table, keep).to_pylist())


@contextmanager
def served(address: str, latest: Callable[[], Released | None]) -> Iterator[str]:
    """Serve ``/metrics`` in the background while the block lasts; yield where, as a URL.

    Args:
        address: ``PORT`` or ``HOST:PORT``; this machine only (127.0.0.1) without a host.
        latest: returns what was released last; None while nothing was.

    Raises:
        UsageError: it is no address, or prometheus_client is not installed.
        OutputError: nobody can listen there.
    """
    prometheus()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"See /metrics.\n"]
        try:
            released = latest()
        except ApercuError as error:
            start("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{error}\n".encode()]
        start("200 OK", [("Content-Type", prometheus().CONTENT_TYPE_PLAIN_0_0_4)])
        return [b"" if released is None else exposition(released)]

    with listening(address, answer) as url:
        yield f"{url}/metrics"


@contextmanager
def listening(address: str, answer: Callable[..., list[bytes]]) -> Iterator[str]:
    """Let a WSGI function answer requests in the background while the block lasts; yield the URL.

    Args:
        address: ``PORT`` or ``HOST:PORT``; this machine only (127.0.0.1) without a host.
        answer: called for each request, in another thread.

    Raises:
        UsageError: it is no address.
        OutputError: nobody can listen there.
    """
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(
            f"{address!r} is no address", next_step="Write --metrics 9101 or --metrics HOST:9101."
        )

    try:
        server = make_server(host or _LOOPBACK, int(port), answer, handler_class=_Quiet)
    except OSError as error:
        raise OutputError(
            f"cannot listen there ({error.strerror or error})",
            where=address,
            next_step="Choose another port.",
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host or _LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: who asks for metrics, and when, is recorded nowhere."""


def prometheus() -> Any:
    """Return the package ``prometheus_client``; raises UsageError where it is not installed."""
    try:
        import prometheus_client
        import prometheus_client.core
    except ImportError as error:
        raise UsageError(
            "metrics need prometheus_client, which is not installed",
            next_step="Install it with: pip install 'apercu[statistics]'.",
        ) from error
    return prometheus_client
