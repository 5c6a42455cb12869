"""Controls that all pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui


def button(told: str, act: Callable[[], Any], *, main: bool = False, label: str = "") -> ui.button:
    """Return a button in the pages' style.

    Args:
        told: what stands on it.
        act: what it does; may be a coroutine function.
        main: whether it is what people mostly come for; one in a panel at most.
        label: what it says to whoever cannot see it, where ``told`` is only a sign.
    """
    made = ui.button(told, on_click=act, color=None).props("flat no-caps")
    made.classes("button main" if main else "button")
    if label:
        made.props["aria-label"] = made.props["title"] = label
    return made


def text_button(told: str, act: Callable[[], Any]) -> ui.button:
    """Return a button that looks like a link."""
    return ui.button(told, on_click=act, color=None).props("flat dense no-caps").classes("plain")
