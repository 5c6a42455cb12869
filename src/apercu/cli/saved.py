"""``apercu saved``: questions that were saved with ``apercu search --save``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason
from apercu.errors import NothingToShowError

if TYPE_CHECKING:
    from apercu.archive.searches import SavedSearch

HELP = "Questions that were saved with apercu search --save."

SearchName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the saved search.")]


def list_all(archive: ArchiveFolder, as_json: Json = False) -> None:
    """List the saved searches of an archive.

    \b
    Examples:
      apercu saved list gate
    """
    from apercu.archive import Archive
    from apercu.archive.searches import read_searches

    known = list(read_searches(Archive.open(archive)).values())
    if as_json:
        console.say_json([_as_dict(each) for each in known])
    elif known:
        console.say_table(("name", "what it asks"), ((each.name, each.text) for each in known))
    if not known:
        raise NothingToShowError(
            "no search is saved",
            where=archive,
            next_step="Save one with: apercu search ARCHIVE ... --save NAME.",
        )


def show(archive: ArchiveFolder, name: SearchName, as_json: Json = False) -> None:
    """Tell what a saved search asks, in a sentence, and who saved it; apercu search --saved NAME asks it.

    \b
    Examples:
      apercu saved show gate stopped-vans
    """
    from apercu.archive import Archive
    from apercu.archive.searches import saved_search
    from apercu.cli.intakes import local
    from apercu.search import read_query, sentence

    store = Archive.open(archive)
    found = saved_search(store, name)
    told = sentence(read_query(found.text))
    if as_json:
        console.say_json({**_as_dict(found), "sentence": told})
        return
    by = f"{found.actor}, {local(store, found.recorded)}"
    console.say_facts(
        {
            "name": found.name,
            "words": found.text,
            "asks for": told,
            "saved by": by,
            "because": found.reason or "-",
        }
    )


def remove(archive: ArchiveFolder, name: SearchName, reason: Reason = None, as_json: Json = False) -> None:
    """Forget a saved search.

    \b
    Examples:
      apercu saved remove gate stopped-vans
    """
    from apercu.archive import Archive
    from apercu.archive.searches import remove_search

    remove_search(Archive.open(archive), name, reason=reason or "")
    if as_json:
        console.say_json({"forgotten": name})
    else:
        console.say(f"{name} is forgotten")


def _as_dict(saved: SavedSearch) -> dict[str, Any]:
    return {
        "name": saved.name,
        "text": saved.text,
        "recorded": saved.recorded,
        "actor": saved.actor,
        "reason": saved.reason,
    }
