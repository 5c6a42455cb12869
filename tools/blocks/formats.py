"""Columns and keys of what Aperçu writes: files, the catalog, a synopsis' index, released counts."""

from __future__ import annotations

import json

import pyarrow as pa
from pydantic import BaseModel

from apercu.archive.tables import Table
from apercu.statistics.cells import MEASURES
from apercu.statistics.released import FACTS, RELEASED_SCHEMA, SCHEMA_NAME, SCHEMA_VERSION, STATUSES
from blocks.markdown import table


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


def index_keys(part: type[BaseModel]) -> str:
    """Return the keys of a part of a synopsis' index, from the model's own descriptions."""
    fields = part.model_fields.items()
    return table(("key", "meaning"), ((f"`{f.alias or name}`", f.description or "") for name, f in fields))


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
    columns["measure"]["enum"] = list(MEASURES)
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
