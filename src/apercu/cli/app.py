"""The commands, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from apercu.cli import (
    analyze,
    camera,
    camera_describe,
    camera_place,
    clip,
    count,
    count_check,
    count_footage,
    count_live,
    demo,
    events,
    info,
    init,
    ledger,
    poster,
    purpose,
    retention,
    saved,
    search,
    serve,
    sheet,
    signals,
    signals_outbox,
    strobe,
    synopsis,
    timelapse,
    tracks,
    views,
    watch,
    zone,
)
from apercu.cli.groups import DefaultGroup
from apercu.cli.late import LateCommand

EXIT_CODES = {
    0: "done",
    1: "something went wrong that no other code fits",
    2: "the command cannot be right: an unknown option, name or value, or a missing --purpose",
    3: "a recording cannot be read",
    4: "a model or its card cannot be used",
    5: "an archive cannot be used",
    6: "a result cannot be written",
    7: "nothing to show: the question was right and the answer is empty",
    8: "refused: the archive's purpose does not allow it, or not now, or not without a reason",
    130: "interrupted with Ctrl-C; finished recordings are kept",
    143: "terminated; finished recordings are kept. Watching and live counting end with 0 either way",
}
"""Every exit code and its meaning, for people and scripts."""


app = typer.Typer(
    help="Turn hours of fixed-camera footage into minutes, under a declared purpose.",
    epilog="\b\nExit codes:\n" + "\n".join(f"{code:5}  {text}" for code, text in EXIT_CODES.items()),
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from apercu import __version__

        typer.echo(f"apercu {__version__}")
        raise typer.Exit


@app.callback()
def _apercu(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Turn hours of fixed-camera footage into minutes, under a declared purpose.

    \b
    Begin with:
      apercu demo
      apercu synopsis VIDEO --purpose research --field licence="my own"
    """


_FIRST = (demo, synopsis, init, analyze, tracks, search, info, clip)
for _module in (*_FIRST, sheet, poster, strobe, timelapse, views, events, serve, watch):
    _name = _module.__name__.rpartition(".")[2]
    app.command(_name, cls=LateCommand, no_args_is_help=False)(_module.command)

GROUPS: Mapping[str, tuple[str, Mapping[str, Callable[..., None]]]] = {
    "camera": (
        camera.HELP,
        {
            "show": camera.show,
            "calibrate": camera.calibrate,
            "place": camera_place.place,
            "describe": camera_describe.command,
        },
    ),
    "zone": (
        zone.HELP,
        {"add": zone.add, "list": zone.list_all, "show": zone.show, "remove": zone.remove},
    ),
    "count": (
        count.HELP,
        {
            DefaultGroup.default: count.command,
            "footage": count_footage.command,
            "live": count_live.command,
            "check": count_check.command,
            "budget": count.budget,
        },
    ),
    "saved": (saved.HELP, {"list": saved.list_all, "show": saved.show, "remove": saved.remove}),
    "signals": (
        signals.HELP,
        {
            "list": signals.list_all,
            "show": signals.show,
            "confirm": signals.confirm,
            "dismiss": signals.dismiss,
            "reopen": signals.reopen,
            "precision": signals.precision,
            "outbox": signals_outbox.outbox,
            "test": signals_outbox.test,
            "send": signals_outbox.send,
            "retry": signals_outbox.retry,
        },
    ),
    "purpose": (purpose.HELP, {"show": purpose.show, "list": purpose.list_all}),
    "ledger": (ledger.HELP, {"show": ledger.show, "verify": ledger.verify, "export": ledger.export}),
    "retention": (
        retention.HELP,
        {
            "show": retention.show,
            "run": retention.run,
            "hold": retention.hold,
            "release": retention.release,
        },
    ),
}
"""Commands of two words: what the first stands for, and the second with what it does."""

for _name, (_help, _commands) in GROUPS.items():
    _kind = DefaultGroup if DefaultGroup.default in _commands else typer.core.TyperGroup
    _group = typer.Typer(help=_help, cls=_kind, rich_markup_mode=None, no_args_is_help=True)
    for _second, _function in _commands.items():
        _group.command(_second, cls=LateCommand, no_args_is_help=False)(_function)
    app.add_typer(_group, name=_name)


@cache
def tree() -> Any:
    """Return the commands as they are run and explained; made once, for Typer takes long over it."""
    return typer.main.get_command(app)
