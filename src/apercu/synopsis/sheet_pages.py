"""The pages of a contact sheet, as PNG or as HTML that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.lettering import shortened, text_width, wrapped, write

Picture = NDArray[np.uint8]

COLUMNS, ROWS = 6, 6
PER_PAGE = COLUMNS * ROWS
PICTURE = _WIDTH, _HEIGHT = 240, 180
"""Size of each picture on a page of PNG, pixels."""
_GAP, _TEXT = 12, 14
_HEAD, _CAPTION = 2 * _GAP + 20, 5 * _TEXT + 9
_PAPER, _INK, _FADED = (28, 28, 28), (240, 240, 240), (165, 165, 165)
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Cell:
    """One object on a sheet.

    Attributes:
        picture: BGR uint8 (h, w, 3).
        class_name: what it is.
        time: when it began, as written.
        facts: what else is told of it.
        track: how it is named: recording and number.
        camera: whose picture it is.
    """

    picture: Picture
    class_name: str
    time: str
    facts: str
    track: str
    camera: str


def as_png(cells: Sequence[Cell], title: str, names: Sequence[Path], number: int) -> bytes:
    """Return a page as PNG."""
    rows = -(-len(cells) // COLUMNS)
    width = _GAP + COLUMNS * (_WIDTH + _GAP)
    page = np.full((_HEAD + rows * (_HEIGHT + _CAPTION + _GAP) + _GAP, width, 3), _PAPER, np.uint8)
    told = title if len(names) == 1 else f"{title}, page {number} of {len(names)}"
    write(page, shortened(told, 20, width - 2 * _GAP), _GAP, _GAP, 20, _INK)
    for i, cell in enumerate(cells):
        x, y = picture_at(i)
        small = _fitted(cell.picture)
        page[y : y + _HEIGHT, x : x + _WIDTH] = small
        first = shortened(f"{cell.class_name}  {cell.time}", _TEXT, _WIDTH)
        write(page, first, x, y + _HEIGHT + 5, _TEXT, _INK)
        for line, text in enumerate(_below(cell), 1):
            write(page, text, x, y + _HEIGHT + 5 + line * (_TEXT + 3), _TEXT - 2, _FADED)
    return bytes(cv2.imencode(".png", page)[1].tobytes())


def _below(cell: Cell) -> list[str]:
    """Return the lines below the first: all facts, and whose picture it is, with its whole number."""
    recording, _, track = cell.track.partition("/")
    number = f"   {recording[:8]}/{track}"
    camera = shortened(cell.camera, _TEXT - 2, _WIDTH - text_width(number, _TEXT - 2))
    return [*wrapped(cell.facts, _TEXT - 2, _WIDTH), camera + number]


def picture_at(place: int) -> tuple[int, int]:
    """Return where the picture of an object is on its page of PNG: x, y of its upper left corner, pixels."""
    return _GAP + place % COLUMNS * (_WIDTH + _GAP), _HEAD + place // COLUMNS * (_HEIGHT + _CAPTION + _GAP)


def _fitted(picture: Picture) -> Picture:
    """Return a picture of the cell's size, on paper where its sides are in another proportion."""
    height, width = picture.shape[:2]
    scale = min(_WIDTH / width, _HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cell = np.full((_HEIGHT, _WIDTH, 3), _PAPER, np.uint8)
    x, y = (_WIDTH - size[0]) // 2, (_HEIGHT - size[1]) // 2
    cell[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=way)
    return cell


_STYLE = """
body { background: #1c1c1c; color: #f0f0f0; font: 14px/1.4 system-ui, sans-serif; margin: 1rem; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); }
figure { margin: 0; } img { width: 100%; aspect-ratio: 4/3; object-fit: contain; background: #111; }
figcaption span { color: #a5a5a5; } a { color: #9cf; } code { user-select: all; }
"""


def as_html(cells: Sequence[Cell], title: str, names: Sequence[Path], number: int) -> bytes:
    """Return a page as HTML with its pictures inside it; pages lead to one another."""
    figures = []
    for cell in cells:
        coded = cv2.imencode(".jpg", _fitted(cell.picture), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
        source = base64.b64encode(coded.tobytes()).decode()
        what = escape(f"{cell.class_name} at {cell.time}")
        figures.append(
            f'<figure><img src="data:image/jpeg;base64,{source}" alt="{what}">'
            f"<figcaption>{escape(cell.class_name)} {escape(cell.time)}<br>"
            f"<span>{escape(cell.facts)}<br>{escape(cell.camera)} <code>{escape(cell.track)}</code></span>"
            "</figcaption></figure>"
        )
    links = [
        f'<a href="{escape(names[i - 1].name, quote=True)}">{text}</a>'
        for text, i in (("earlier", number - 1), ("later", number + 1))
        if 1 <= i <= len(names)
    ]
    told = escape(title if len(names) == 1 else f"{title}, page {number} of {len(names)}")
    page = (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{told}</title>'
        f"<style>{_STYLE}</style>\n<h1>{told}</h1><nav>{' '.join(links)}</nav>\n<main>\n"
        + "\n".join(figures)
        + f"\n</main>\n<nav>{' '.join(links)}</nav></html>\n"
    )
    return page.encode()
