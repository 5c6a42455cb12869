"""Controls that all pages share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from nicegui import ui
from nicegui.element import Element


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


def with_key(made: ui.button, key: str, *, repeats: bool = False) -> ui.button:
    """Let a key, a small letter or a sign, press a button; see assets/shell.js.

    A key that is held down presses it once, or, where it ``repeats``, again and again.
    """
    made.props["aria-keyshortcuts"] = key
    if repeats:
        made.props["data-repeats"] = "true"
    return made


class Slider(Element):
    """A slider of whole numbers: the browser's own, so that keyboards and readers know it."""

    def __init__(self, label: str, least: int, most: int, value: int) -> None:
        """Make one that is called ``label``."""
        super().__init__("input")
        self._props |= {
            "type": "range",
            "min": least,
            "max": most,
            "step": 1,
            "aria-label": label,
            "^value": value,  # only the first: where it is moved to is the browser's own affair
        }
        self.value = value

    def tell(self, value: str) -> None:
        """Say its value as people read it."""
        self._props["aria-valuetext"] = value
        self.update()

    def on_move(self, act: Callable[[], Any]) -> None:
        """Do something while it moves."""

        def moved(event: Any) -> None:
            self.value = int(event.args)
            act()

        self.on("input", moved, js_handler="(event) => emit(+event.target.value)")

    def on_settle(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something when it has been moved."""
        self.on("change", lambda _: act(), js_handler="(event) => emit(+event.target.value)")


def link(told: str, address: str) -> ui.html:
    """Return a link to another page of the service."""
    return ui.html(f'<a class="listed" href="{escape(address)}">{escape(told)}</a>', sanitize=False)


def text_button(told: str, act: Callable[[], Any]) -> ui.button:
    """Return a button that looks like a link."""
    return ui.button(told, on_click=act, color=None).props("flat dense no-caps").classes("plain")


def progress(label: str) -> ui.linear_progress:
    """Return a bar that tells how far something is, called ``label``."""
    made = ui.linear_progress(0, show_value=False).props("rounded")
    made.props["aria-label"] = label
    return made


@contextmanager
def dialog(title: str, *, wide: bool = False) -> Iterator[ui.dialog]:
    """Put what follows into a dialog under its title; it is still to be opened."""
    with ui.dialog() as made, ui.card().classes("wide" if wide else ""):
        made.props["aria-label"] = title
        ui.html(f"<h2>{escape(title)}</h2>", sanitize=False)
        yield made
