"""Reports of released numbers: a page of PDF, a page of HTML that needs nothing else, a map as a picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

from apercu.archive import Archive
from apercu.purposes import Language
from apercu.statistics import charts
from apercu.statistics.released import Released
from apercu.statistics.report_content import Content
from apercu.statistics.report_html import as_html
from apercu.statistics.report_pdf import as_figure
from apercu.statistics.report_words import Speech


def write(archive: Archive, released: Released, suffix: str, language: Language, reason: str | None) -> bytes:
    """Return a report.

    Args:
        archive: that the numbers are of; a map shows its empty scene where its purpose has ``show-scene``.
        released: the numbers.
        suffix: ``.html``, ``.pdf`` or ``.png`` (a map).
        language: of the report.
        reason: why the scene is shown; recorded.

    Raises:
        UsageError: matplotlib is not installed.
        NothingToShowError: there is no map to draw.
    """
    if suffix == ".png":
        from apercu.statistics.maps import as_png

        return as_png(archive, released, Speech(language), reason)
    return _PAGES[suffix](Content(released, language))


def _pdf(content: Content) -> bytes:
    sink = io.BytesIO()
    with charts.style():
        as_figure(content).savefig(
            sink, format="pdf", metadata={"Title": content.title, "CreationDate": None}
        )
    return sink.getvalue()


_PAGES: Mapping[str, Callable[[Content], bytes]] = MappingProxyType({".html": as_html, ".pdf": _pdf})
