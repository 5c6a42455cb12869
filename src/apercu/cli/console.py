"""What people and programs read: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apercu.errors import ApercuError
from apercu.timecode import format_clock

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 240
"""Columns of a table that nobody looks at in a terminal."""


@cache
def out() -> Console:
    """Return the one console of results: progress and results must not write over each other."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(highlight=False, markup=False, emoji=False, width=width)


def say(line: str = "") -> None:
    """Write a line of the result."""
    out().print(line, soft_wrap=True)


def tell(line: str) -> None:
    """Write a line that is not the result: a warning, a remark."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def say_json(value: Any) -> None:
    """Write the result for a program."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n")


def complain(error: ApercuError, *, as_json: bool = False) -> None:
    """Tell an error: one line, or one JSON object with the same facts."""
    tell(json.dumps({"error": describe(error)}, ensure_ascii=False) if as_json else f"error: {error}")


def describe(error: ApercuError) -> dict[str, Any]:
    """Return the facts of an error as plain values."""
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "next_step": error.next_step,
        "exit_code": error.exit_code,
    }


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Write a table; columns named in ``right`` are aligned to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    out().print(table)


def say_facts(facts: Mapping[str, str]) -> None:
    """Write names and values, one a line."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        say(f"{name:{width}}  {value}")


def length(seconds: float) -> str:
    """Return a length of time as a person reads it."""
    return format_clock(round(seconds), millis=False)


def times(rate: float) -> str:
    """Return a speed against the footage's own."""
    return f"{rate:.1f}x real time" if rate < 100 else f"{rate:.0f}x real time"


def counted(classes: Mapping[str, int]) -> str:
    """Return tracks by class: ``12 tracks: 8 car, 4 person``."""
    total = sum(classes.values())
    ordered = sorted(classes.items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{count} {name}" for name, count in ordered)
    return f"{some(total, 'track')}{': ' + told if told else ''}"


def some(count: int, name: str, several: str | None = None) -> str:
    """Return how many there are: ``1 camera``, ``2 cameras``; ``several`` where a mere s is wrong."""
    return f"{count} {name if count == 1 else several or name + 's'}"


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if isinstance(value, date):  # and so a datetime
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
