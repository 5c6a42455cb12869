"""``apercu watch``: cameras watched by rules, from one file, until they are stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.cli import console
from apercu.cli.count_live import stopping
from apercu.cli.parameters import Json, refuse_given
from apercu.errors import ApercuError, UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.events.delivery.channels import Channel
    from apercu.events.delivery.sender import Sender
    from apercu.events.settings import SettingsFile
    from apercu.events.watching.check import Checked
    from apercu.events.watching.settings import CameraSettings, WatchSettings
    from apercu.events.watching.status import CameraStatus, GroupStatus


def command(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The file that says what to watch.")],
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Open each camera, draw its zones and lines on what it sees, see whether signals would find "
            "their way, and watch nothing.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where --check puts its pictures; here without."),
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Tell how it goes, and watch nothing.")] = False,
    length: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="End after this time: 90s, 10min, 8h."),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar="[HOST:]PORT",
            help="Answer /metrics (Prometheus), /live and /ready, on this machine unless a host is named.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Watch cameras by rules, and put each situation before a person.

    CONFIG names the archive, whose purpose must allow it, and the cameras with their rules; docs/watching.md
    describes it. Each group of cameras has a process of its own, which is started again when it crashes. A
    stream that is lost is opened again. Ctrl-C ends it; so does the end of the period that the purpose
    states. Tracks are forgotten unless they raise a signal, and pictures of signals show people pixelated.

    \b
    Examples:
      apercu watch watch.toml --check
      apercu watch watch.toml
      apercu watch watch.toml --metrics 9101
      apercu watch watch.toml --status
    """
    from apercu.archive import Archive
    from apercu.archive.settings import read_settings
    from apercu.events.watching.settings import archive_path, read_watch

    lasting = {"--for": length, "--metrics": metrics}
    if status:
        unheard = {"--check": check, "--output": output, **lasting}
        refuse_given(unheard, "means nothing beside --status", "Leave one of them out.")
    elif check:
        refuse_given(lasting, "means nothing beside --check, which watches nothing", "Leave one of them out.")
    else:
        refuse_given(
            {"--output": output}, "is where --check puts its pictures", "Leave it out, or add --check."
        )
    file = read_watch(config)
    if status:  # a full disk keeps the catalog shut, and that is when one asks
        read_settings(archive_path(file))
        _say_status(archive_path(file), as_json=as_json)
        return
    archive = Archive.open(archive_path(file))
    if check:
        _check(file, archive, output or Path(), as_json=as_json)
    else:
        _watch(file, archive, length, metrics, as_json=as_json)


def _watch(
    file: SettingsFile[WatchSettings],
    archive: Archive,
    length: str | None,
    metrics: str | None,
    *,
    as_json: bool,
) -> None:
    """Watch until stopped."""
    from apercu.disk import try_lock
    from apercu.events.metrics import WatchState, camera_states, serve_metrics
    from apercu.events.watching.check import check_rules
    from apercu.events.watching.group import GroupTask, watch_group
    from apercu.events.watching.status import FOLDER, Heartbeats, forget_status
    from apercu.events.watching.supervision import Supervisor
    from apercu.statistics.intervals import read_length

    cameras = file.settings.camera
    for_s = None if length is None else read_length(length)
    _require(archive, cameras)
    for camera in cameras:
        check_rules(file, camera, archive)
    (archive.path / FOLDER).mkdir(exist_ok=True)
    with ExitStack() as stack:
        lock = try_lock(archive.path / FOLDER / ".lock")
        if lock is None:
            raise UsageError("is being watched already", where=archive.path, next_step="End that first.")
        stack.callback(os.close, lock)
        stop = stack.enter_context(stopping())
        groups = {name: GroupTask(Path(file.where).absolute(), name) for name in file.settings.groups}
        forget_status(archive.path, groups)
        began = datetime.now(UTC)
        if for_s is not None:
            timer = threading.Timer(for_s, stop.set)
            stack.callback(timer.cancel)
            timer.start()
        heartbeats = Heartbeats(archive.path)

        def silent(name: str) -> bool:
            return heartbeats.silent_s(name) > _HUNG_S

        sending = delivering(file, archive)
        sender = None if sending is None else stack.enter_context(sending)
        if metrics is not None:
            state = WatchState(archive, sender, lambda: camera_states(archive.path, since=began))
            console.tell(f"metrics: {stack.enter_context(serve_metrics(metrics, state))}/metrics")
        if not as_json:
            seen, work = (
                console.some(len(cameras), "camera"),
                console.some(len(groups), "process", "processes"),
            )
            console.tell(f"watching {seen} in {work}; Ctrl-C ends it")
        Supervisor(watch_group, groups, hung=silent, told=console.tell).run(stop)
    _say_status(archive.path, since=began, as_json=as_json)


_HUNG_S = 60.0


def _require(archive: Archive, cameras: Sequence[CameraSettings]) -> None:
    """Refuse what the purpose does not have of watching these cameras, and record that."""
    from apercu.events.watching.group import subject_of, wanted

    for capability in wanted(cameras):
        archive.gate.require(capability, subject=subject_of(cameras))


def delivering(file: SettingsFile[WatchSettings], archive: Archive) -> Sender | None:
    """Return what delivers signals while it is entered; None where the file names no way to."""
    from apercu.events.delivery.sender import Sender

    channels = ways_out(file, archive)
    if not channels:
        return None

    def told(channel: str, problem: str) -> None:
        console.tell(f"warning: {problem}" if problem else f"{channel} delivers again")

    return Sender(archive, channels, file.settings.delivery, told=told)


def ways_out(file: SettingsFile[WatchSettings], archive: Archive) -> list[Channel]:
    """Return the ways to people that the file names; raises where that can be seen not to work."""
    from apercu.events.delivery.sender import open_channels
    from apercu.events.watching.settings import check_secrets, rules_of

    check_secrets(file)
    settings, folder = file.settings, Path(file.where).absolute().parent
    rules = [(camera.name, rule.name) for camera in settings.camera for rule in rules_of(file, camera)[0]]
    return open_channels(archive, settings, folder, rules)


def _check(file: SettingsFile[WatchSettings], archive: Archive, folder: Path, *, as_json: bool) -> None:
    """Check all cameras and channels; what is wrong with one keeps no other from being checked."""
    if not folder.is_dir():
        raise UsageError("is no folder", where=folder, next_step="Name one that exists.")
    _require(archive, file.settings.camera)
    channels = ways_out(file, archive)
    cameras, bad = _check_cameras(file, archive, folder, as_json=as_json)
    reached, unreached = _check_channels(channels, as_json=as_json)
    bad += unreached
    if as_json:
        told = {"cameras": [asdict(each) for each in cameras], "channels": reached}
        console.say_json({**told, "errors": [console.describe(each) for each in bad]})
    if bad:
        raise typer.Exit(bad[0].exit_code)
    if not as_json:
        if reached:
            console.say(f"To see one message arrive over each channel: apercu signals test {file.where}")
        ready = console.some(len(cameras), "camera is", "cameras are")
        console.say(f"{file.where}: {ready} ready to be watched")


def _check_cameras(
    file: SettingsFile[WatchSettings], archive: Archive, folder: Path, *, as_json: bool
) -> tuple[list[Checked], list[ApercuError]]:
    """Return the cameras that will work, and what is wrong with the others."""
    from apercu.analysis import load_detector
    from apercu.events.watching.check import check_camera

    detector = load_detector()
    good: list[Checked] = []
    bad: list[ApercuError] = []
    for camera in file.settings.camera:
        try:
            found = check_camera(file, camera, archive, detector, folder)
        except ApercuError as error:
            bad.append(error)
            if not as_json:
                console.tell(f"{camera.name}: {error}")
            continue
        good.append(found)
        if not as_json:
            console.say(f"{found.camera}: {found.source}, {found.stream}")
            rules, places = console.some(len(found.rules), "rule"), len(found.places)
            console.say(
                f"  {rules}, {console.some(places, 'zone or line', 'zones and lines')}: {found.picture}"
            )
    return good, bad


def _check_channels(channels: Sequence[Channel], *, as_json: bool) -> tuple[list[str], list[ApercuError]]:
    """Return the names of the channels whose other side is there, and what is wrong with the others."""
    good: list[str] = []
    bad: list[ApercuError] = []
    for channel in channels:
        try:
            channel.check()
        except ApercuError as error:
            bad.append(error)
            if not as_json:
                console.tell(str(error))
            continue
        good.append(channel.name)
        if not as_json:
            console.say(f"{channel.name}: can be reached; nothing was sent")
    return good, bad


def _say_status(archive: Path, *, since: datetime | None = None, as_json: bool) -> None:
    """Tell how it goes, or since a time, with every group and camera."""
    from apercu.events.watching.status import read_status

    groups = read_status(archive, since=since)
    if as_json:
        console.say_json({"groups": [{**asdict(group), "alive": group.alive} for group in groups]})
        return
    if not groups:
        console.say(f"{archive}: nothing was watched{' yet' if since is None else ''}")
    for group in groups:
        console.say(_of_group(group))
        console.say_table(
            ("camera", "picture", "taken", "dropped", "breaks", "delay", "signals", "now"),
            [_of_camera(each, group.alive) for each in group.cameras],
            right=("taken", "dropped", "breaks", "delay", "signals"),
        )


def _of_group(group: GroupStatus) -> str:
    now = group.state if group.alive or group.state in ("ended", "failed") else "gone"
    again = f", started {group.starts} times" if group.starts > 1 else ""
    why = f": {group.why}" if group.why else ""
    return f"{group.group}: {now}, process {group.pid}{again}, {group.memory_mb:.0f} MB{why}"


def _of_camera(each: CameraStatus, watched: bool) -> tuple[str, ...]:
    there = "there" if each.connected else "not opened yet"
    return (
        each.camera,
        each.picture or each.source,
        str(each.frames),
        str(each.dropped),
        str(each.breaks),
        f"{each.delay_s:.1f} s",
        f"{each.signals}" + (f" ({each.unsaved} not stored)" if each.unsaved else ""),
        "; ".join(filter(None, (each.lost or (there if watched else "not watched"), each.unsaved_why))),
    )
