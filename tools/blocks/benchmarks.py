"""What benchmarks recorded last."""

from __future__ import annotations

import json
from pathlib import Path

from blocks.markdown import table

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def benchmark(name: str) -> str:
    """Return what a benchmark recorded last (``benchmarks/report.py``): where, when, how, and its tables."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        script, _, kind = name.partition("-")
        command = " ".join(filter(None, (f"python benchmarks/{script}.py", kind, "--record")))
        return f"Not measured yet: `{command}`.\n"
    found = json.loads(path.read_text(encoding="utf-8"))
    on, commit = found["machine"], f", commit {found['commit']}" if found["commit"] else ""
    parts = [
        f"`{found['command']}`\n",
        f"Measured on {found['date']} with version {found['version']}{commit}, on {on['processor']}, "
        f"{on['cores']} cores, {on['memory_gib']} GiB, {on['system']}, Python {on['python']}; load of the "
        f"machine before: {found['load_at_start']}.\n",
    ]
    for each in found["tables"]:
        parts += [f"{each['caption']}\n", table(tuple(each["heads"]), map(tuple, each["lines"]))]
    return "\n".join([*parts, *(f"{note}\n" for note in found["notes"])])
