"""Saying why: a reason in one's own words, and its kind where the purpose lists kinds."""

from __future__ import annotations

from nicegui import ui

from apercu.purposes import ReasonKind
from apercu.purposes.reasons import told
from apercu.web.pages import words
from apercu.web.pages.place import Place


class ReasonField:
    """A choice of kinds, and a field for the words."""

    def __init__(self, place: Place, kinds: tuple[ReasonKind, ...]) -> None:
        """Ask for a reason of one of these kinds; the first is not chosen beforehand."""
        meanings = {kind.name: kind.meaning.in_language(place.language) for kind in kinds}
        self._kind = ui.select(meanings, label=place.say(words.REASON_KIND))
        self._kind.props("outlined dense options-dense autofocus")
        self._words = ui.textarea(place.say(words.REASON)).props("outlined dense maxlength=1900 rows=3")
        ui.label(place.say(words.REASON_HINT)).classes("muted small")

    @property
    def value(self) -> str:
        """The reason as it stands in the ledger; empty while something is missing."""
        return told(str(self._kind.value), self._words.value or "") if self._kind.value else ""
