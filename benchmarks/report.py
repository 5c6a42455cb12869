"""What a benchmark found, with machine, date, version and command: printed, and kept for the documents.

A benchmark makes tables and hands them over, once, at its end:

    report.add_options(parser)                          # --record and --json
    args = parser.parse_args()
    table = report.Table("Persons of PETS 2009", "footage", COLUMNS, {"pets2009": {"hota": 0.64}})
    report.publish("accuracy", [table], args)

``--record`` writes ``benchmarks/results/accuracy.json``: all of this run, and nothing of runs before, so that
no table mixes machines or days. ``tools/build_docs.py`` shows it where a document says
``<!-- generated: benchmark-accuracy -->``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
"""Where recorded reports are, one file a benchmark."""

_LOAD_AT_START = os.getloadavg()[0]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        key: of the values in the table's rows.
        head: what stands above it, with the unit.
        spec: format specification of its numbers, such as ``.2f``.
    """

    key: str
    head: str
    spec: str = ""

    def show(self, values: Mapping[str, Any]) -> str:
        """Return the row's cell as text: yes or no for truth values, a dash where there is none."""
        value = values.get(self.key)
        if value is None:
            return "–"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return format(value, "" if isinstance(value, str) else self.spec)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers.

    Attributes:
        caption: one sentence above the table.
        head: what the names of the rows are.
        columns: those shown, in order; rows may hold more, which is recorded all the same.
        rows: values by key, by the name of the row: anything that JSON can say.
    """

    caption: str
    head: str
    columns: Sequence[Column]
    rows: Mapping[str, Mapping[str, Any]]

    @property
    def heads(self) -> list[str]:
        """What stands above the columns, the first one's first."""
        return [self.head, *(column.head for column in self.columns)]

    @property
    def lines(self) -> list[list[str]]:
        """The cells as text, row by row."""
        return [[name, *(column.show(row) for column in self.columns)] for name, row in self.rows.items()]

    def text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.heads, *self.lines]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.heads))]
        told = (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        )
        return "\n".join([self.caption, *(line.rstrip() for line in told)])


@dataclass(frozen=True, slots=True)
class Aim:
    """A number that was promised: ``found`` is to be ``wanted`` or more, or with ``at_most`` no more than it.

    ``found`` is None where this run did not measure it; ``spec`` is how both are shown.
    """

    measure: str
    wanted: float
    found: float | None
    at_most: bool = False
    spec: str = ".2f"

    @property
    def met(self) -> bool | None:
        """Whether the promise holds; None when it was not measured."""
        if self.found is None:
            return None
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted


def aims(promises: Sequence[Aim]) -> Table:
    """Return what was promised beside what was found."""
    columns = (Column("bound", "wanted"), Column("shown", "found"), Column("met", "met"))
    rows = {
        aim.measure: {
            **asdict(aim),
            "bound": f"{'at most' if aim.at_most else 'at least'} {aim.wanted:{aim.spec}}",
            "shown": None if aim.found is None else format(aim.found, aim.spec),
            "met": aim.met,
        }
        for aim in promises
    }
    return Table("Wanted and found", "measure", columns, rows)


def machine() -> dict[str, Any]:
    """Return what this runs on: processor, cores it may use, memory, system and Python."""
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:  # not Linux
        about = []
    names = (line.split(":", 1)[1].strip() for line in about if line.startswith("model name"))
    return {
        "processor": next(names, platform.processor() or platform.machine()),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def command(arguments: Sequence[str]) -> str:
    """Return the command line that gives this report again; of absolute paths only the last part."""
    script, *rest = arguments
    shown = [Path(word).name if Path(word).is_absolute() else word for word in rest]
    return shlex.join(["python", f"benchmarks/{Path(script).name}", *shown])


def commit() -> str | None:
    """Return the commit measured, with a plus when the sources differ from it; None outside a checkout."""
    git = ["git", "-C", str(RESULTS.parents[1])]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        )
        same = subprocess.run(
            [*git, "diff", "--quiet", "HEAD", "--", "src"], capture_output=True, check=False
        )
    except FileNotFoundError:  # no Git on this machine
        return None
    return head.stdout.strip() + "+" * bool(same.returncode) if head.stdout else None


def document(tables: Sequence[Table], notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return a report as plain values: ``heads`` and ``lines`` are for readers, ``rows`` for programs.

    Args:
        tables: what was found.
        notes: sentences below them: what was left out and why.
    """
    return {
        "machine": machine(),
        "load_at_start": round(_LOAD_AT_START, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "version": version("apercu"),
        "commit": commit(),
        "command": command(sys.argv),
        "tables": [
            {
                "caption": table.caption,
                "heads": table.heads,
                "lines": table.lines,
                "columns": [asdict(column) for column in table.columns],
                "rows": table.rows,
            }
            for table in tables
        ],
        "notes": list(notes),
    }


def listed(text: str) -> list[str]:
    """Return the words of an option that takes several, with commas between them."""
    return [word for word in text.split(",") if word]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark be asked for JSON, and to keep what it found."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--record", action="store_true", help="keep the figures for docs/benchmarks.md")


def publish(name: str, tables: Sequence[Table], args: argparse.Namespace, notes: Sequence[str] = ()) -> None:
    """Print what was found, and keep it as ``results/NAME.json`` when asked to.

    Args:
        name: of the benchmark: its file's, with dashes.
        tables, notes: as in ``document``.
        args: with the options of ``add_options``.
    """
    found = json.dumps(document(tables, notes), indent=1, ensure_ascii=False)
    if args.json:
        print(found)
    else:
        print("\n\n".join(["", *(table.text() for table in tables), *notes]))
    if args.record:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(found + "\n", encoding="utf-8")
