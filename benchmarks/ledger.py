"""What an entry in the ledger costs, in an empty and in a long one, and how long checking takes.

    python benchmarks/ledger.py [--entries 10000] [--json] [--record]

Durable entries are flushed to the disk one by one; the others with the next durable one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import report
from report import Column

from apercu.purposes import Ledger, Outcome, Request, verify

_SAMPLES = 300


def _cost_ms(ledger: Ledger, *, durable: bool) -> float:
    spent = []
    for i in range(_SAMPLES):
        request = Request("anna", "research", "0123456789abcdef", "show-images", f"recording {i}")
        begin = time.perf_counter()
        ledger.append(request, Outcome.DONE, durable=durable)
        spent.append(1000 * (time.perf_counter() - begin))
    return median(spent)


def main() -> None:
    """Tell medians, and the ratio of the long ledger to the short one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=10_000, help="length of the long ledger")
    report.add_options(parser)
    args = parser.parse_args()
    entries = args.entries
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.create(Path(folder))
        short = {durable: _cost_ms(ledger, durable=durable) for durable in (True, False)}
        for i in range(entries):
            request = Request("anna", "research", "0123456789abcdef", "read-tracks", f"recording {i}")
            ledger.append(request, Outcome.DONE, durable=False)
        long = {durable: _cost_ms(ledger, durable=durable) for durable in (True, False)}
        begin = time.perf_counter()
        found = verify(ledger)
        seconds = time.perf_counter() - begin
    costs = {
        name: {
            "short_ms": short[durable],
            "long_ms": long[durable],
            "ratio": long[durable] / short[durable],
        }
        for durable, name in ((True, "flushed to the disk at once"), (False, "flushed with the next"))
    }
    columns = (
        Column("short_ms", "empty ledger, ms", ".2f"),
        Column("long_ms", f"after {entries} more, ms", ".2f"),
        Column("ratio", "ratio", ".2f"),
    )
    checked = {f"{found.entries} entries": {"seconds": seconds, "intact": found.is_intact}}
    tables = [
        report.Table("An entry, median", "entry", columns, costs),
        report.Table(
            "Checking", "ledger", (Column("seconds", "s", ".2f"), Column("intact", "intact")), checked
        ),
    ]
    report.publish("ledger", tables, args)


if __name__ == "__main__":
    main()
