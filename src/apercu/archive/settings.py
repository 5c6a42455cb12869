"""``archive.toml``: what this archive is, and for what purpose. Made to be read by people."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apercu.archive.toml_files import write_tables
from apercu.disk import writing
from apercu.errors import ArchiveDamagedError, ArchiveNotFoundError, ArchiveVersionError, UsageError
from apercu.purposes import Declaration, Purpose, find_purpose

FORMAT_VERSION = 2
"""The only archive layout this Aperçu reads and writes: format 1, never released, had no ledger."""

FILE_NAME = "archive.toml"

_HEADER = """\
# This folder is an Aperçu archive: what analysis found in footage of fixed cameras.
# It exists for the purpose named here and for no other.
# It holds boxes, outlines and empty backgrounds, and pictures of people only in signals, pixelated.

"""
_REPAIR = "Correct that line by hand, or put the file back from a backup."


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """What ``archive.toml`` says.

    Attributes:
        name: what people call the archive.
        declaration: what it is for, with all that this purpose requires to be stated.
        controller: who answers for the data (a person or body); may be empty.
        timezone: IANA name; decides on which day's shelf a recording stands, and how times are shown.
        created: aware, UTC.
        ledger: fingerprint of its ledger's key, 64 digits; another ledger is not taken for its own.
        catalog_url: SQLAlchemy URL of the catalog; None means ``catalog.sqlite`` inside the archive.
        format_version: layout of the archive.
    """

    name: str
    declaration: Declaration
    controller: str
    timezone: str
    created: datetime
    ledger: str
    catalog_url: str | None = None
    format_version: int = FORMAT_VERSION

    @property
    def purpose(self) -> str:
        """The purpose's name."""
        return self.declaration.purpose.name

    @property
    def zone(self) -> tzinfo:
        """The archive's time zone."""
        return find_zone(self.timezone)


def find_zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name such as ``Europe/Paris``.

    Raises:
        UsageError: there is no such zone.
    """
    if name == "UTC":  # a machine without time zone data still knows this one
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"unknown time zone {name!r}",
            next_step="Give an IANA name such as Europe/Paris, or UTC.",
        ) from error


def machine_timezone() -> str:
    """Return the IANA name of this machine's time zone: ``TZ``, then ``/etc/localtime``, else ``UTC``."""
    linked = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked):
        if name:
            try:
                find_zone(name)
            except UsageError:  # for example TZ=CET-1CEST, which is a rule and not a name
                continue
            return name
    return "UTC"


def write_settings(folder: Path, settings: ArchiveSettings) -> None:
    """Write ``archive.toml`` into ``folder``, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    values: dict[str, Any] = {
        "format": settings.format_version,
        "name": settings.name,
        "purpose": settings.purpose,
        "controller": settings.controller,
        "timezone": settings.timezone,
        "created": settings.created,
        "ledger": settings.ledger,
        "purpose_fields": dict(settings.declaration.values),
    }
    if settings.catalog_url is not None:
        values["catalog"] = {"url": settings.catalog_url}
    path = folder / FILE_NAME
    with writing(path):
        write_tables(path, _HEADER, values)


def is_archive(folder: Path) -> bool:
    """Return whether an archive is there, of whatever version."""
    return (folder / FILE_NAME).exists()


def read_settings(folder: Path) -> ArchiveSettings:
    """Read ``archive.toml`` of the archive at ``folder``.

    Raises:
        ArchiveNotFoundError: there is no such file, so no archive.
        ArchiveVersionError: a newer Aperçu made it.
        ArchiveDamagedError: it is not TOML, or a value is missing, unknown or of the wrong kind.
    """
    path = folder / FILE_NAME
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArchiveNotFoundError(
            "there is no archive here (no archive.toml)",
            where=folder,
            next_step="Make one with: apercu init.",
        ) from error
    except OSError as error:
        raise ArchiveNotFoundError(
            f"the archive cannot be read ({error.strerror})", where=path, next_step="Check its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise ArchiveDamagedError("is not UTF-8 text", where=path, next_step=_REPAIR) from error
    except tomllib.TOMLDecodeError as error:
        raise ArchiveDamagedError(f"is not valid TOML: {error}", where=path, next_step=_REPAIR) from error

    # The version comes first: in a newer format anything else may be different.
    version = _take(values, "format", int, path)
    if version > FORMAT_VERSION:
        raise ArchiveVersionError(
            f"the archive has format {version}, this Aperçu reads up to {FORMAT_VERSION}",
            where=folder,
            next_step="Upgrade Aperçu: pip install --upgrade apercu.",
        )
    if version < FORMAT_VERSION:
        raise ArchiveVersionError(
            f"the archive has format {version}, from before archives had a ledger",
            where=folder,
            next_step="Make a new one with apercu init, and analyse the footage again.",
        )
    catalog = _take(values, "catalog", dict, path, default={})
    settings = ArchiveSettings(
        name=_take(values, "name", str, path),
        declaration=_declaration(values, path),
        controller=_take(values, "controller", str, path, default=""),
        timezone=_take(values, "timezone", str, path, default="UTC"),
        created=_take(values, "created", datetime, path),
        ledger=_take(values, "ledger", str, path),
        catalog_url=_take(catalog, "url", str, path, default=None),
        format_version=version,
    )
    for unknown in [*values, *(f"catalog.{key}" for key in catalog)]:
        raise ArchiveDamagedError(f"unknown setting {unknown!r}", where=path, next_step=_REPAIR)
    if settings.created.tzinfo is None:
        raise ArchiveDamagedError("'created' has no time zone", where=path, next_step=_REPAIR)
    try:
        find_zone(settings.timezone)
    except UsageError as error:
        raise ArchiveDamagedError(error.what, where=path, next_step=error.next_step) from error
    return settings


def _declaration(values: dict[str, Any], path: Path) -> Declaration:
    """Return the purpose with its stated fields. Some may be missing: the gate then says which."""
    name = _take(values, "purpose", str, path)
    fields = _take(values, "purpose_fields", dict, path, default={})
    try:
        return Declaration.checked(find_purpose(name, path.parent), fields)
    except UsageError as error:
        where = error.where or path
        raise ArchiveDamagedError(error.what, where=where, next_step=error.next_step) from error


def complete(purpose: str | Purpose, fields: Mapping[str, str | date]) -> Declaration:
    """Return the declaration of a new archive.

    Raises:
        UsageError: a field is missing, unknown or of the wrong kind, or the dates make no sense.
    """
    found = find_purpose(purpose) if isinstance(purpose, str) else purpose
    declaration = Declaration.checked(found, fields)
    if declaration.missing:
        names = ", ".join(field.name for field in declaration.missing)
        told = " ".join(f"{field.name}: {field.meaning.en}" for field in declaration.missing)
        raise UsageError(f"{found.name} requires to be stated: {names}", next_step=told)
    problem = declaration.problem()
    if problem is not None:
        raise UsageError(f"{found.name} cannot be declared so: {problem}", next_step="Correct the dates.")
    return declaration


_REQUIRED = object()


def _take(values: dict[str, Any], key: str, kind: type, path: Path, default: Any = _REQUIRED) -> Any:
    """Remove and return one value of the kind expected; what stays behind in the end is unknown."""
    value = values.pop(key, default)
    if value is _REQUIRED:
        raise ArchiveDamagedError(f"{key!r} is missing", where=path, next_step=_REPAIR)
    if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
        raise ArchiveDamagedError(f"{key!r} must be a {_KINDS[kind]}", where=path, next_step=_REPAIR)
    return value


_KINDS: Mapping[type, str] = {
    int: "whole number",
    str: "text in quotes",
    dict: "table",
    datetime: "date and time",
}
