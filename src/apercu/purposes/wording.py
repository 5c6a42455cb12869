"""Sentences in the languages that Aperçu speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "fr"]

LANGUAGES: tuple[Language, ...] = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Wording:
    """One statement, in English and in French. ``str(wording)`` is the English one."""

    en: str
    fr: str

    def __str__(self) -> str:
        """Return it in English, the language of errors and of the ledger."""
        return self.en

    def in_language(self, language: Language) -> str:
        """Return it in ``language``."""
        return self.fr if language == "fr" else self.en
