"""Colours of both themes are told from each other as WCAG 2.2 AA asks."""

from __future__ import annotations

import re

import pytest

from apercu.web.pages.shell import ASSETS

STYLE = (ASSETS / "style.css").read_text()
THEMES = [
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root[^{]*\{([^}]*)\}", STYLE)
]
TEXT = [
    (ink, ground) for ink in ("ink", "muted", "accent", "bad", "good") for ground in ("bg", "surface", "sunk")
] + [("accent", "tint"), ("on-accent", "accent"), ("bg", "bad"), ("bg", "good")]
EDGES = [("edge", "surface"), ("edge", "bg"), ("accent", "sunk"), ("accent", "bg")]


def _light(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_dark_theme_is_the_same_by_choice_and_by_system() -> None:
    assert len(THEMES) == 3
    assert THEMES[1] == THEMES[2]


@pytest.mark.parametrize("theme", THEMES[:2], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3.0) for p in EDGES])
def test_colours_differ_enough(theme: dict[str, str], ink: str, ground: str, least: float) -> None:
    assert _contrast(theme[ink], theme[ground]) >= least
