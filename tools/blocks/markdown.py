"""Tables of Markdown, and what docstrings say of attributes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def meanings(kind: type) -> dict[str, str]:
    """Return what a class's docstring says of each attribute; several may share an entry."""
    entries = re.findall(
        r"^ {4}(\w+(?:, \w+)*): (.*(?:\n {8}.*)*)", inspect.cleandoc(kind.__doc__ or ""), re.MULTILINE
    )
    return {
        name: " ".join(meaning.replace("``", "`").split())
        for names, meaning in entries
        for name in names.split(", ")
    }
