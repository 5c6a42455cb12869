"""Writes generated parts of the documents: what stands between two such lines of a Markdown file in docs/.

    <!-- generated: NAME -->
    <!-- end -->

Run it after changing what a block is made of; with ``--check`` it changes nothing and fails when a document
is out of date.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import get_args

import pyarrow as pa
from fastapi.routing import APIRoute
from pydantic import BaseModel

from apercu import purposes
from apercu.analysis.measures import MEASURE_SCHEMA
from apercu.analysis.tracks import CELLS, OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive.signal_tables import AnswerEntry, LetterEntry, SignalEntry
from apercu.archive.tables import Analysis, Recording, Table
from apercu.cli.app import EXIT_CODES
from apercu.cli.doors import DOORS
from apercu.cli.reference import Explained, explain_all
from apercu.events import kinds
from apercu.events.answers import REASONS
from apercu.events.delivery.channels import (
    MailSettings,
    MqttSettings,
    SecretSettings,
    TrySettings,
    WebhookSettings,
)
from apercu.events.rule import Rule
from apercu.events.schedule import Hours
from apercu.purposes.reasons import COMMON
from apercu.purposes.signing import Checkpoint
from apercu.search import Query
from apercu.search.views import views
from apercu.statistics.cells import MEASURES as CELL_MEASURES
from apercu.statistics.released import FACTS, RELEASED_SCHEMA, SCHEMA_NAME, SCHEMA_VERSION, STATUSES
from apercu.synopsis import index
from apercu.web.api import ROUTERS
from apercu.web.errors import STATUS
from apercu.web.roles import CAPABILITIES, Role

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"
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
    "workers",
)
"""Those whose figures are shown, by the names of their scripts and of what these measure."""

_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def parquet_columns(schema: pa.Schema) -> str:
    """Return the columns of a Parquet file, from the schema's own descriptions."""
    return table(
        ("column", "type", "meaning"),
        (
            (
                f"`{field.name}`",
                _kind(field.type, field.nullable),
                dict(field.metadata or {})[b"about"].decode(),
            )
            for field in schema
        ),
    )


def _kind(kind: pa.DataType, nullable: bool) -> str:
    if pa.types.is_list(kind):
        name = f"list of {_kind(kind.value_type, False)}"
    elif pa.types.is_timestamp(kind):
        name = f"timestamp, {kind.tz}, {kind.unit}"
    else:
        name = {"float": "float32", "double": "float64"}.get(str(kind), str(kind))
    return f"{name}; may be null" if nullable else name


def catalog_columns(model: type[Table]) -> str:
    """Return the columns of a table of the catalog, from the model's own descriptions."""
    return table(
        ("column", "type", "meaning"),
        (
            (
                f"`{column.name}`",
                str(column.type).lower() + ("; may be null" if column.nullable else ""),
                column.doc or "",
            )
            for column in model.__table__.columns
        ),
    )


def answer_reasons() -> str:
    """Return the kinds of reasons for an answer to a signal."""
    return table(
        ("answer", "`--as`", "meaning"),
        (
            (state.value, f"`{kind}`", str(told))
            for state, kinds in REASONS.items()
            for kind, told in kinds.items()
        ),
    )


def delivery_settings() -> str:
    """Return the keys of the sections that say where signals go, from the models' own docstrings."""
    rows = []
    sections: dict[str, type[BaseModel]] = {
        "mqtt": MqttSettings,
        "webhook": WebhookSettings,
        "mail": MailSettings,
        "delivery": TrySettings,
    }
    for section, model in sections.items():
        meanings = {**_meanings(SecretSettings), **_meanings(model)}
        for name, told in model.model_fields.items():
            default = json.dumps(told.default, default=str)
            shown = "" if default in ("null", '""') else f"`{default}`"
            rows.append((f"`{section}.{name}`", "required" if told.is_required() else shown, meanings[name]))
    return table(("key", "default", "meaning"), rows)


def _meanings(model: type) -> dict[str, str]:
    """Return what a class's docstring says of each attribute; several may share a line."""
    found: dict[str, str] = {}
    _, _, listed = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")
    for entry in re.split(r"\n {4}(?=\w)", "\n" + listed):
        names, _, meaning = entry.partition(":")
        told = " ".join(meaning.replace("``", "`").split()).rstrip(".")
        found |= {name.strip(): told for name in names.split(",")}
    return found


def purpose_names() -> str:
    """Return the purposes and what each is for."""
    return table(("purpose", "what it is for"), ((f"`{n}`", text) for n, text in purposes.PURPOSES.items()))


def capability_table() -> str:
    """Return what each purpose allows: one row per capability."""
    known = purposes.built_in()
    heads = ("capability", "meaning", *(f"`{name}`" for name in known))
    return table(
        heads,
        (
            (f"`{capability}`", str(capability.meaning), *(_mark(p, capability) for p in known.values()))
            for capability in purposes.Capability
        ),
    )


def kind_table() -> str:
    """Return the kinds of reason: those of every purpose, and those that one has besides."""
    rows = [(f"`{kind.name}`", kind.meaning.en, kind.meaning.fr, "all") for kind in COMMON]
    for purpose in purposes.built_in().values():
        more = (kind for kind in purpose.kinds if kind not in COMMON)
        rows += [(f"`{kind.name}`", kind.meaning.en, kind.meaning.fr, f"`{purpose.name}`") for kind in more]
    return table(("kind", "meaning", "sens", "in"), rows)


def command_table() -> str:
    """Return which command works under which purpose: one row per command."""
    known = purposes.built_in()
    heads = ("command", "asks for", *(f"`{name}`" for name in known))
    rows = []
    for command, asked in DOORS.items():
        marks = []
        for purpose in known.values():
            each = {_mark(purpose, capability) for capability in asked}
            marks.append(next((mark for mark in "·◐" if mark in each), "●"))
        rows.append((f"`{command}`", ", ".join(f"`{c}`" for c in asked) or "nothing", *marks))
    return table(heads, rows)


def _mark(purpose: purposes.Purpose, capability: purposes.Capability) -> str:
    if capability in purpose.reasons:
        return "◐"
    return "●" if capability in purpose.allows else "·"


def role_table() -> str:
    """Return what each role may ask for: one row per capability."""
    return table(
        ("capability", *(f"`{role}`" for role in Role)),
        (
            (f"`{c}`", *("●" if c in CAPABILITIES[role] else "·" for role in Role))
            for c in purposes.Capability
        ),
    )


def role_meanings() -> str:
    """Return what each role is for."""
    return table(("role", "what it is for"), ((f"`{role}`", role.meaning.en) for role in Role))


def routes() -> str:
    """Return every route of the REST API: what it does, and what it asks the gate for."""
    rows = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            asked = (route.openapi_extra or {}).get("x-capabilities", ())
            method = next(iter(route.methods or ()))
            told = (route.description or "").partition("\n")[0]
            rows.append((f"`{method} {route.path}`", told, ", ".join(f"`{name}`" for name in asked)))
    return table(("route", "what it does", "asks for"), rows)


def http_codes() -> str:
    """Return the HTTP code of each branch of errors."""
    rows = ((f"`{kind.__name__}`", str(code)) for kind, code in STATUS.items())
    return table(("error", "code"), rows)


def purpose_pages() -> str:
    """Return each purpose in full, in English and French."""
    return "\n".join(_purpose(purpose) for purpose in purposes.built_in().values())


def _purpose(purpose: purposes.Purpose) -> str:
    fields = ((f"`{f.name}`", f.kind, f.meaning.en, f.meaning.fr) for f in purpose.requires.values())
    refused = (
        (", ".join(f"`{c}`" for c in purposes.Capability if c in part.capabilities), str(part.because))
        for part in purpose.forbids
    )
    sources = "".join(f"- {s.title}. {s.says.en} *(read {s.read})*\n" for s in purpose.sources)
    retention = purpose.retention
    parts = [
        f"## {purpose.name}\n",
        f"{purpose.description.en}\n",
        f"*{purpose.description.fr}*\n",
        "To be stated in `archive.toml` under `[purpose_fields]`:\n",
        table(("field", "kind", "meaning", "sens"), fields),
    ]
    if purpose.forbids:
        parts += ["What does not exist in it, and why:\n", table(("capabilities", "because"), refused)]
    if purpose.situations:
        named = ", ".join(f"`{s}`" for s in purposes.Situation if s in purpose.situations)
        others = "" if purpose.no_others is None else f" No others: {purpose.no_others.en}"
        parts.append(f"What may be signalled: {named}.{others}\n")
    if purpose.period is not None:
        left = ", ".join(f"`{c}`" for c in purposes.Capability if c in purpose.period.outside)
        parts.append(
            f"Before `{purpose.period.first}` and after `{purpose.period.last}` only {left} remain.\n"
        )
    parts.append(f"{retention.rule} {retention.basis.en}\n")
    if purpose.release is not None:
        told = [*purpose.release.rules, purpose.release.basis]
        parts.append(f"Numbers that leave: {' '.join(rule.en for rule in told)}\n")
    return "\n".join([*parts, f"Sources:\n\n{sources}"])


def ledger_fields(kind: type) -> str:
    """Return the fields of an entry or a checkpoint, from the descriptions in the class's docstring."""
    return table(("key", "meaning"), ((f"`{name}`", text) for name, text in _attributes(kind).items()))


def _attributes(kind: type) -> dict[str, str]:
    """Return what the docstrings of a class (and, for an entry, of its request) say about its fields."""
    docs = [kind.__doc__ or "", (purposes.Request.__doc__ or "") if kind is purposes.Entry else ""]
    lines = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", "\n".join(docs), re.MULTILINE)
    told = {name: " ".join(text.replace("``", "`").split()) for name, text in lines}
    return {field.name: told[field.name] for field in dataclasses.fields(kind)}


def ledger_outcomes() -> str:
    """Return how a request can end."""
    return table(("outcome", "meaning"), ((f"`{o}`", o.meaning) for o in purposes.Outcome))


def commands() -> str:
    """Return every command with its arguments, options and examples, from the commands' own declarations."""
    return "\n".join(_command(command) for command in explain_all())


def _command(command: Explained) -> str:
    parts = [f"## apercu {command.name}\n", f"```\n{command.usage}\n```\n", *(f"{p}\n" for p in command.text)]
    parts.append("\n".join(["```", *command.examples, "```\n"]))
    for head, parameters in (("argument", command.arguments), ("option", command.options)):
        if parameters:
            rows = ((f"`{p.name}`", p.help, f"`{p.default}`" if p.default else "") for p in parameters)
            parts.append(table((head, "meaning", "default"), rows))
    return "\n".join(parts)


def exit_codes() -> str:
    """Return the exit codes and what they mean."""
    return table(("code", "meaning"), ((str(code), text) for code, text in EXIT_CODES.items()))


def benchmark(name: str) -> str:
    """Return what a benchmark recorded last (``benchmarks/report.py``): where, when, how, and its tables."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return f"Not measured yet: `python benchmarks/{name.replace('-', '_')}.py --record`.\n"
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


def view_table() -> str:
    """Return the views of an archive, from the comments in their SQL."""
    return table(("view", "what it holds"), ((f"`{name}`", about) for name, about in views().items()))


def query_filters() -> str:
    """Return the filters of a query, from the descriptions in the class's docstring."""
    told = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", Query.__doc__ or "", re.MULTILINE)
    texts = {name: " ".join(text.replace("``", "`").split()) for name, text in told}
    return table(("filter", "meaning"), ((f"`{name}`", texts[name]) for name in Query.model_fields))


def rule_kinds() -> str:
    """Return every kind of rule with what it takes, from the descriptions in the classes' docstrings."""
    parts = []
    for kind in kinds.KINDS:
        name = kind.model_fields["kind"].annotation
        own = {key: text for key, text in rule_keys(kind).items() if key not in rule_keys(Rule)}
        told = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:")[0].strip()
        rows = ((f"`{key}`", _default(kind, key), text) for key, text in own.items())
        parts += [f"### {get_args(name)[0]}\n", told.replace("``", "`") + "\n", table(_KEYS, rows)]
    return "\n".join(parts)


_KEYS = ("key", "without it", "meaning")


def rule_table(part: type[BaseModel]) -> str:
    """Return what a part of a rule takes."""
    return table(_KEYS, ((f"`{key}`", _default(part, key), text) for key, text in rule_keys(part).items()))


def rule_keys(part: type[BaseModel]) -> dict[str, str]:
    """Return the keys of a part of a rule with their meanings, from the docstrings of its classes."""
    told: dict[str, str] = {}
    for each in part.__mro__:
        for name, text in re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", each.__doc__ or "", re.MULTILINE):
            if name in part.model_fields:
                told.setdefault(name, " ".join(text.replace("``", "`").split()))
    keys = part.model_fields
    return {keys[name].alias or name: told[name] for name in keys if name in told}


def _default(part: type[BaseModel], key: str) -> str:
    field = next(f for name, f in part.model_fields.items() if key in (f.alias, name))
    if field.is_required():
        return "must be given"
    value = field.default
    if value in (None, "", ()):
        return ""
    if isinstance(value, tuple):
        return "all that have a name" if key == "classes" else "all"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def index_keys(part: type[BaseModel]) -> str:
    """Return the keys of a part of a synopsis' index, from the model's own descriptions."""
    fields = part.model_fields.items()
    return table(("key", "meaning"), ((f"`{f.alias or name}`", f.description or "") for name, f in fields))


BLOCKS: Mapping[str, Callable[[], str]] = {
    "purposes": purpose_names,
    "capabilities": capability_table,
    "reason-kinds": kind_table,
    "purpose-pages": purpose_pages,
    "commands-by-purpose": command_table,
    "ledger-entry": lambda: ledger_fields(purposes.Entry),
    "ledger-outcomes": ledger_outcomes,
    "ledger-checkpoint": lambda: ledger_fields(Checkpoint),
    "commands": commands,
    "roles": role_meanings,
    "role-capabilities": role_table,
    "routes": routes,
    "http-codes": http_codes,
    "exit-codes": exit_codes,
    "counts": lambda: parquet_columns(RELEASED_SCHEMA),
    "counts-facts": lambda: table(("key", "meaning"), ((f"`{n}`", t) for n, t in FACTS.items())),
    "counts-measures": lambda: table(
        ("measure", "unit", "meaning"), ((f"`{n}`", m.unit, m.about) for n, m in CELL_MEASURES.items())
    ),
    "counts-status": lambda: table(("status", "meaning"), ((f"`{n}`", t) for n, t in STATUSES.items())),
    "tracks": lambda: parquet_columns(TRACK_SCHEMA.append(CELLS)),
    "measures": lambda: parquet_columns(MEASURE_SCHEMA),
    "observations": lambda: parquet_columns(OBSERVATION_SCHEMA),
    "query-filters": query_filters,
    "rule-common": lambda: rule_table(Rule),
    "rule-hours": lambda: rule_table(Hours),
    "rule-kinds": rule_kinds,
    "views": view_table,
    "index": lambda: index_keys(index.Index),
    "index-metrics": lambda: index_keys(index.IndexMetrics),
    "index-recordings": lambda: index_keys(index.IndexRecording),
    "index-chapters": lambda: index_keys(index.Chapter),
    "index-tubes": lambda: index_keys(index.IndexTube),
    "index-places": lambda: index_keys(index.Place),
    "catalog-recordings": lambda: catalog_columns(Recording),
    "catalog-analyses": lambda: catalog_columns(Analysis),
    "catalog-signals": lambda: catalog_columns(SignalEntry),
    "catalog-answers": lambda: catalog_columns(AnswerEntry),
    "answer-reasons": answer_reasons,
    "delivery-settings": delivery_settings,
    "catalog-outbox": lambda: catalog_columns(LetterEntry),
    **{f"benchmark-{name}": partial(benchmark, name) for name in BENCHMARKS},
}
"""What makes each block, by name."""


def counts_schema() -> str:
    """Return the JSON schema of released counts, from the columns' own descriptions and the facts' names."""
    kinds = {"string": "string", "double": "number", "int16": "integer", "bool": "boolean"}
    columns: dict[str, dict[str, object]] = {}
    for field in RELEASED_SCHEMA:
        kind = kinds.get(str(field.type), "string")
        told: dict[str, object] = {"type": [kind, "null"] if field.nullable else kind}
        if pa.types.is_timestamp(field.type):
            told["format"] = "date-time"
        columns[field.name] = told | {"description": dict(field.metadata or {})[b"about"].decode()}
    columns["status"]["enum"] = list(STATUSES)
    columns["measure"]["enum"] = list(CELL_MEASURES)
    facts = {name: {"description": text} for name, text in FACTS.items()}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_NAME}-{SCHEMA_VERSION}",
        "title": "Counts that Aperçu released",
        "type": "object",
        "required": [*facts, "numbers"],
        "properties": {
            **facts,
            "schema": {"const": SCHEMA_NAME},
            "schema_version": {"const": SCHEMA_VERSION},
            "numbers": {"type": "array", "items": {"$ref": "#/$defs/number"}},
        },
        "$defs": {"number": {"type": "object", "required": list(columns), "properties": columns}},
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


FILES: Mapping[str, Callable[[], str]] = {
    "counts-schema.json": counts_schema,
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
