"""Defaults that are looked up late: ``apercu --help`` must not wait for heavy imports."""

from __future__ import annotations

from typing import Any

import typer.core


class LateCommand(typer.core.TyperCommand):
    """A command whose defaults may be functions; they are called when the command is parsed or explained."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Fill in the late defaults, then go on as always."""
        for parameter in self.params:
            if callable(parameter.default):
                parameter.default = parameter.default()
        return super().make_context(info_name, args, *more, **extra)


def of_analysis(field: str) -> Any:
    """Return the late default of an option: what ``AnalysisOptions`` says."""

    def look_up() -> Any:
        from apercu.analysis.options import AnalysisOptions

        return getattr(AnalysisOptions(), field)

    return look_up


def of_synopsis(field: str) -> Any:
    """Return the late default of an option: what ``SynopsisOptions`` (or ``render.…`` in it) says."""

    def look_up() -> Any:
        from apercu.synopsis.options import SynopsisOptions

        value: Any = SynopsisOptions()
        for part in field.split("."):
            value = getattr(value, part)
        return value

    return look_up


def of_clip(field: str) -> Any:
    """Return the late default of an option: what ``ClipOptions`` says."""

    def look_up() -> Any:
        from apercu.disclosure.options import ClipOptions

        return getattr(ClipOptions(), field)

    return look_up


def of_strobe(field: str) -> Any:
    """Return the late default of an option: what ``StroboscopeOptions`` says."""

    def look_up() -> Any:
        from apercu.synopsis.options import StroboscopeOptions

        return getattr(StroboscopeOptions(), field)

    return look_up


def of_timelapse(field: str) -> Any:
    """Return the late default of an option: what ``TimelapseOptions`` says."""

    def look_up() -> Any:
        from apercu.disclosure.options import TimelapseOptions

        return getattr(TimelapseOptions(), field)

    return look_up
