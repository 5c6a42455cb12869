"""How far the work is: a bar per task on the terminal, with its rate against real time and the time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from apercu.cli import console


class RateColumn(ProgressColumn):
    """Seconds of footage done in a second."""

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing until there is one."""
        speed = task.finished_speed or task.speed
        return Text(console.times(speed) if speed else "", style="progress.data.speed")


class Bar:
    """One bar; see ``Bars.add``."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def move(self, second: float) -> None:
        """Move to a second of the footage."""
        self._progress.update(self._task, completed=second)

    def end(self) -> None:
        """Take the bar away."""
        self._progress.remove_task(self._task)


class Bars:
    """The bars on the terminal; without a terminal they are nowhere, and nothing is written."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def add(self, name: str | Path, footage_s: float | None) -> Bar:
        """Begin a bar for so many seconds of footage, None when unknown."""
        told = name.name if isinstance(name, Path) else name
        return Bar(self._progress, self._progress.add_task(_short(told), total=footage_s or None))


class Stages:
    """One bar at a time for work whose stages are told by name and share done.

    Its rate counts seconds of the footage that the work is about.
    """

    def __init__(self, bars: Bars, footage_s: float, names: Mapping[str, str]) -> None:
        self._bars, self._footage_s, self._names = bars, footage_s, names
        self._stage = ""
        self._bar: Bar | None = None

    def __call__(self, stage: str, share: float) -> None:
        """Take note of how far a stage is."""
        if self._bar is None or stage != self._stage:
            if self._bar is not None:
                self._bar.end()
            self._stage, self._bar = stage, self._bars.add(self._names[stage], self._footage_s)
        self._bar.move(share * self._footage_s)


@contextmanager
def bars(*, as_json: bool = False) -> Iterator[Bars]:
    """Show bars while the block runs: on stdout's terminal, else on stderr's, else nowhere."""
    target = console.out() if sys.stdout.isatty() and not as_json else Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f} %"),
        RateColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
        console=target,
        disable=not target.is_terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=sys.stderr.isatty(),
    )
    with progress:
        yield Bars(progress)


def _short(name: str, limit: int = 32) -> str:
    return name if len(name) <= limit else f"{name[: limit // 2 - 1]}…{name[-limit // 2 :]}"
