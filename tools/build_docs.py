"""Writes generated parts of the documents: what stands between two such lines of a Markdown file in docs/.

    <!-- generated: NAME -->
    <!-- end -->

Run it after changing what a block is made of; with ``--check`` it changes nothing and fails when a document
is out of date.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from blocks import benchmarks, commands, formats, purposes, service, signals
from blocks.markdown import table

from apercu.analysis.measures import MEASURE_SCHEMA
from apercu.analysis.tracks import CELLS, OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive.looks import LOOK_SCHEMA
from apercu.archive.signal_tables import AnswerEntry, LetterEntry, SignalEntry
from apercu.archive.tables import Analysis, Recording
from apercu.events.rule import Rule
from apercu.events.schedule import Hours
from apercu.purposes import Entry
from apercu.purposes.signing import Checkpoint
from apercu.statistics.cells import MEASURES as CELL_MEASURES
from apercu.statistics.released import FACTS, RELEASED_SCHEMA, STATUSES
from apercu.synopsis import index

DOCS = Path(__file__).resolve().parents[1] / "docs"
BENCHMARKS = (
    "abandoned",
    "accuracy",
    "attributes",
    "counting",
    "detector",
    "events",
    "ledger",
    "quiet",
    "redaction",
    "rendering",
    "search",
    "service",
    "synopsis",
    "throughput",
    "watching-capacity",
    "watching-delay",
    "watching-soak",
    "workers",
)
"""Those whose figures are shown, by the names of their scripts and of what these measure."""

_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

BLOCKS: Mapping[str, Callable[[], str]] = {
    "purposes": purposes.purpose_names,
    "capabilities": purposes.capability_table,
    "reason-kinds": purposes.kind_table,
    "purpose-pages": purposes.purpose_pages,
    "commands-by-purpose": purposes.command_table,
    "ledger-entry": lambda: purposes.ledger_fields(Entry),
    "ledger-outcomes": purposes.ledger_outcomes,
    "ledger-checkpoint": lambda: purposes.ledger_fields(Checkpoint),
    "commands": commands.commands,
    "roles": service.role_meanings,
    "role-capabilities": service.role_table,
    "routes": service.routes,
    "http-codes": service.http_codes,
    "exit-codes": commands.exit_codes,
    "counts": lambda: formats.parquet_columns(RELEASED_SCHEMA),
    "counts-facts": lambda: table(("key", "meaning"), ((f"`{n}`", t) for n, t in FACTS.items())),
    "counts-measures": lambda: table(
        ("measure", "unit", "meaning"), ((f"`{n}`", m.unit, m.about) for n, m in CELL_MEASURES.items())
    ),
    "counts-status": lambda: table(("status", "meaning"), ((f"`{n}`", t) for n, t in STATUSES.items())),
    "tracks": lambda: formats.parquet_columns(TRACK_SCHEMA.append(CELLS)),
    "measures": lambda: formats.parquet_columns(MEASURE_SCHEMA),
    "observations": lambda: formats.parquet_columns(OBSERVATION_SCHEMA),
    "looks": lambda: formats.parquet_columns(LOOK_SCHEMA),
    "query-filters": commands.query_filters,
    "rule-common": lambda: signals.rule_table(Rule),
    "rule-hours": lambda: signals.rule_table(Hours),
    "rule-kinds": signals.rule_kinds,
    "views": commands.view_table,
    "index": lambda: formats.index_keys(index.Index),
    "index-metrics": lambda: formats.index_keys(index.IndexMetrics),
    "index-recordings": lambda: formats.index_keys(index.IndexRecording),
    "index-chapters": lambda: formats.index_keys(index.Chapter),
    "index-tubes": lambda: formats.index_keys(index.IndexTube),
    "index-places": lambda: formats.index_keys(index.Place),
    "catalog-recordings": lambda: formats.catalog_columns(Recording),
    "catalog-analyses": lambda: formats.catalog_columns(Analysis),
    "catalog-signals": lambda: formats.catalog_columns(SignalEntry),
    "catalog-answers": lambda: formats.catalog_columns(AnswerEntry),
    "answer-reasons": signals.answer_reasons,
    "delivery-settings": signals.delivery_settings,
    "catalog-outbox": lambda: formats.catalog_columns(LetterEntry),
    **{f"benchmark-{name}": partial(benchmarks.benchmark, name) for name in BENCHMARKS},
}
"""What makes each block, by name."""


FILES: Mapping[str, Callable[[], str]] = {
    "counts-schema.json": formats.counts_schema,
    "sidecar.schema.json": lambda: json.dumps(index.Index.model_json_schema(), indent=1) + "\n",
}
"""Documents that are generated as a whole, by name."""


def build(text: str) -> str:
    """Return a document with its blocks made anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]()}\n{block[3]}", text)


def main(arguments: list[str]) -> int:
    """Bring all documents up to date, or only check them; return the exit code."""
    outdated = []
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (built := build(text)) != text:
            outdated.append(path.name)
            if "--check" not in arguments:
                path.write_text(built, encoding="utf-8")
    for name, make in FILES.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != make():
            outdated.append(name)
            if "--check" not in arguments:
                path.write_text(make(), encoding="utf-8")
    for name in outdated:
        print(f"{name}: {'out of date; run tools/build_docs.py' if '--check' in arguments else 'written'}")
    return 1 if outdated and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
