"""``apercu views``: the archive's tables by name, for other programs."""

from __future__ import annotations

import sys

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json


def command(archive: ArchiveFolder, as_json: Json = False) -> None:
    """Print SQL that makes named views of an archive's files in DuckDB.

    With them any DuckDB reads recordings, tracks and observations by name, without Aperçu (docs/search.md).
    Nothing is read here; such reading passes no gate and leaves no entry in the ledger.

    \b
    Examples:
      apercu views gate > views.sql
      apercu views gate | duckdb gate.duckdb
    """
    from apercu.archive import Archive
    from apercu.search.views import views, views_sql

    sql = views_sql(Archive.open(archive).path)
    if as_json:
        console.say_json({"sql": sql, "views": views()})
    else:
        sys.stdout.write(sql)
