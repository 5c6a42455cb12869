"""How far the work is: a bar per task on the terminal, with its rate against real time and the time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
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
        if "footage_s" in task.fields:  # its bar counts something else
            speed = task.fields["footage_s"] / task.elapsed if task.elapsed else None
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
        self.progress = progress

    def add(self, name: str, footage_s: float | None) -> Bar:
        """Begin a bar for so many seconds of footage, None when unknown."""
        return Bar(self.progress, self.progress.add_task(_short(name), total=footage_s or None))

    def add_share(self, name: str) -> Bar:
        """Begin a bar for the share done of work that is about no span of footage."""
        return Bar(self.progress, self.progress.add_task(_short(name), total=1.0, footage_s=0.0))


class Recordings:
    """A bar for each recording in work, and one for all together when there are several.

    How many seconds all of them hold nobody knows before each is opened: the whole is counted in bytes.
    """

    def __init__(self, bars: Bars, paths: Sequence[Path]) -> None:
        self._bars, self._progress = bars, bars.progress
        self._bytes = {path: path.stat().st_size if path.is_file() else 0 for path in paths}
        self._shares: dict[Path, float] = {}
        self._seconds: dict[Path, float] = {}
        self._task: TaskID | None = None
        if len(paths) > 1:
            total = sum(self._bytes.values())
            self._task = self._progress.add_task(f"all {len(paths)}", total=total or None, footage_s=0.0)

    def __call__(self, path: Path, footage_s: float | None) -> RecordingBar:
        """Begin the bar of a recording, of so many seconds of footage, None when unknown."""
        return RecordingBar(self, path, footage_s, self._bars.add(path.name, footage_s))

    def move(self, path: Path, second: float, share: float) -> None:
        """Take note of how far a recording is, from any thread."""
        self._seconds[path], self._shares[path] = second, share
        if self._task is not None:
            done = sum(self._bytes[p] * part for p, part in list(self._shares.items()))
            footage_s = sum(list(self._seconds.values()))
            self._progress.update(self._task, completed=done, footage_s=footage_s)

    def end(self, path: Path) -> None:
        """Take note that nothing more happens with a recording, whatever became of it."""
        self.move(path, self._seconds.get(path, 0.0), 1.0)


class RecordingBar:
    """The bar of one recording; see ``Recordings``."""

    def __init__(self, whole: Recordings, path: Path, footage_s: float | None, bar: Bar) -> None:
        self._whole, self._path, self._footage_s, self._bar = whole, path, footage_s, bar

    def move(self, second: float) -> None:
        """Move to a second of the footage."""
        self._bar.move(second)
        self._whole.move(self._path, second, min(second / self._footage_s, 1.0) if self._footage_s else 0.0)

    def end(self) -> None:
        """Take the bar away."""
        self._bar.end()


class Stages:
    """One bar at a time for work whose stages are told by name and share done.

    Its rate counts seconds of the footage that the work is about; without them (None) none is told.
    """

    def __init__(self, bars: Bars, footage_s: float | None, names: Mapping[str, str]) -> None:
        self._bars, self._footage_s, self._names = bars, footage_s, names
        self._stage = ""
        self._bar: Bar | None = None

    def __call__(self, stage: str, share: float) -> None:
        """Take note of how far a stage is."""
        if self._bar is None or stage != self._stage:
            if self._bar is not None:
                self._bar.end()
            self._stage = stage
            if self._footage_s is None:
                self._bar = self._bars.add_share(self._names[stage])
            else:
                self._bar = self._bars.add(self._names[stage], self._footage_s)
        self._bar.move(share * (1.0 if self._footage_s is None else self._footage_s))


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
