"""What an archive is for, may do and did, in panels that people read without training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Protocol

from nicegui import ui

from apercu.archive import Archive
from apercu.archive.retention import stays
from apercu.archive.zones import Zones, read_zones
from apercu.purposes import KINDED, Capability, Language, Purpose, Verification, Wording
from apercu.purposes.page import Page, Section
from apercu.web.oversight import CameraFacts, Uses, cameras_of
from apercu.web.pages import oversight_words as words
from apercu.web.pages.place import tagged
from apercu.web.pages.telling import Numbers


class Voice(Protocol):
    """Who says it: in which language, with which numbers."""

    @property
    def language(self) -> Language:
        """The language of all that is said."""
        ...

    @property
    def numbers(self) -> Numbers:
        """How numbers and times are written."""
        ...

    def say(self, wording: Wording, **values: object) -> str:
        """Return a text in this language."""
        ...

    def panel(self, title: Wording | None = None) -> AbstractContextManager[Any]:
        """Put what follows into a panel with a heading."""
        ...


@dataclass(frozen=True, slots=True)
class Statement:
    """What the panels show.

    Attributes:
        sections: of the archive's public page, by what they are about.
        purpose: the archive's.
        cameras: its cameras.
        zones: lines and zones of each.
        expires: when the next analysis is erased, aware; None when none is.
        held: how many recordings are kept beyond their time.
        ledger: fingerprint of the ledger's key.
    """

    sections: dict[str, Section]
    purpose: Purpose
    cameras: list[CameraFacts]
    zones: Zones
    expires: datetime | None
    held: int
    ledger: str

    @classmethod
    def of(cls, archive: Archive) -> Statement:
        """Read it; takes no right, since nothing of what was filmed is in it.

        Raises:
            ArchiveDamagedError: the archive cannot be read.
        """
        settings = archive.settings
        today = datetime.now(settings.zone).date()
        page = Page(settings.name, settings.controller, settings.declaration, settings.ledger, today)
        kept = stays(archive)
        return cls(
            {section.about: section for section in page.sections()},
            settings.declaration.purpose,
            cameras_of(archive),
            read_zones(archive),
            min((stay.expires for stay in kept if stay.hold is None), default=None),
            sum(stay.hold is not None for stay in kept),
            settings.ledger,
        )


def purpose_panels(voice: Voice, told: Statement) -> None:
    """Say what it is for, and on which authorisation."""
    with ui.element("div").classes("columns"):
        for about in ("purpose", "authorisation"):
            section_panel(voice, told.sections[about])


def limits_panels(voice: Voice, told: Statement) -> None:
    """Say what it may and may not do, with which cameras, until when, by which texts."""
    with voice.panel(words.ABILITIES):
        rows = [_ability(voice, told.purpose, capability) for capability in _on_first(told.purpose)]
        table(voice, (words.ABILITY, words.STATE, words.WHY), rows)
        if told.purpose.allows & KINDED:
            ui.html(tagged("h3", voice.say(words.KINDS_LISTED)), sanitize=False)
            ui.label(voice.say(words.KINDS_ABOUT)).classes("muted")
            meanings = (kind.meaning.in_language(voice.language) for kind in told.purpose.kinds)
            ui.html(f"<ul>{''.join(tagged('li', meaning) for meaning in meanings)}</ul>", sanitize=False)
        never = told.sections["cannot"].lines[-1]
        ui.label(never.in_language(voice.language)).classes("quote")
    with voice.panel(words.CAMERAS):
        if told.cameras:
            heads = (
                words.CAMERA,
                words.USE,
                words.PLACE,
                words.PLACES,
                words.RECORDINGS,
                words.FILMED,
                words.SIZE,
            )
            table(voice, heads, [_camera(voice, told, camera) for camera in told.cameras])
        else:
            ui.label(voice.say(words.NO_CAMERAS)).classes("muted")
    with ui.element("div").classes("columns"):
        with section_panel(voice, told.sections["period"]):
            _erasure(voice, told)
        for about in ("release", "sources"):
            if about in told.sections:
                section_panel(voice, told.sections[about])


def section_panel(voice: Voice, section: Section) -> ui.element:
    """Put a section into a panel, and return that."""
    with voice.panel(section.heading) as panel:
        lines = "".join(tagged("li", line.in_language(voice.language)) for line in section.lines)
        ui.html(f"<ul>{lines}</ul>", sanitize=False)
    made: ui.element = panel
    return made


def uses_panel(voice: Voice, purpose: Purpose, uses: Uses, *, public: bool) -> None:
    """Say what was done, as the ledger tells it; ``public`` leaves out the words of reasons."""
    numbers = voice.numbers
    total = sum(uses.unredacted.values())
    with voice.panel(words.DONE_HERE):
        with ui.element("div").classes("figure"):
            ui.label(voice.say(words.UNREDACTED))
            ui.label(_times(voice, total)).classes("large nums")
        if total:
            meanings = {kind.name: kind.meaning.in_language(voice.language) for kind in purpose.kinds}
            _most(
                voice,
                words.KINDS,
                {meanings.get(k, voice.say(words.NO_KIND)): n for k, n in uses.kinds.items()},
            )
        if total and public:
            ui.label(voice.say(words.REASONS_PUBLIC)).classes("muted")
        elif total:
            _most(voice, words.REASONS, uses.unredacted)
        decided = {"approved": numbers.count(uses.approvals), "denied": numbers.count(uses.denials)}
        ui.label(voice.say(words.DECISIONS, **decided))
        ui.html(tagged("h3", voice.say(words.USES_OF)), sanitize=False)
        shown = [name for name in words.OUTCOMES if any(name in of for of in uses.outcomes.values())]
        rows = [
            (escape(_meaning(voice, name)), *(numbers.count(of.get(each, 0)) for each in shown))
            for name, of in sorted(uses.outcomes.items())
        ]
        table(voice, (words.ABILITY, *(words.OUTCOMES[name] for name in shown)), rows, numbers_from=1)


def verdict(voice: Voice, found: Verification, moment: datetime, fingerprint: str) -> None:
    """Say whether a ledger is as it was written, and where it is not."""
    state, tone = (words.INTACT, "good") if found.is_intact else (words.DAMAGED, "bad")
    with ui.element("div").classes("row-line").props("role=status"):
        ui.label(voice.say(state)).classes(f"badge {tone}")
        counted = {"entries": found.entries, "checkpoints": found.checkpoints}
        told = {name: voice.numbers.count(number) for name, number in counted.items()}
        ui.label(voice.say(words.VERIFIED, moment=voice.numbers.moment(moment), **told))
    for each in found.findings:
        problem = voice.say(words.PROBLEMS[each.problem])
        ui.label(voice.say(words.FINDING, first=each.first, last=each.last, problem=problem)).classes("quote")
    for title, value in ((words.LAST_HASH, found.last_hash), (words.FINGERPRINT, fingerprint)):
        ui.html(f"{tagged('b', voice.say(title))} {tagged('code', value)}", sanitize=False).classes("small")


def table(
    voice: Voice, heads: Iterable[Wording], rows: Iterable[Iterable[str]], *, numbers_from: int | None = None
) -> ui.html:
    """Put a table there.

    Args:
        voice: who says it.
        heads: of the columns.
        rows: HTML of the cells; the first one of a row says what the row is about.
        numbers_from: the first column that holds numbers.
    """
    head = "".join(f'<th scope="col">{escape(voice.say(each))}</th>' for each in heads)
    lines = []
    for row in rows:
        first, *others = row
        cells = "".join(
            f'<td class="number nums">{each}</td>'
            if numbers_from is not None and place >= numbers_from
            else f"<td>{each}</td>"
            for place, each in enumerate(others, 1)
        )
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    text = f'<table class="told"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    return ui.html(text, sanitize=False).classes("scrolled")


def _on_first(purpose: Purpose) -> list[Capability]:
    return sorted(Capability, key=lambda capability: capability not in purpose.allows)


def _ability(voice: Voice, purpose: Purpose, capability: Capability) -> tuple[str, str, str]:
    on = capability in purpose.allows
    told = []
    if on and capability in purpose.reasons | KINDED:
        told.append(voice.say(words.WITH_KIND if capability in KINDED else words.WITH_REASON))
    if on and capability in purpose.four_eyes:
        told.append(voice.say(words.WITH_APPROVAL))
    because = purpose.why_not(capability)
    if because is not None:
        told.append(because.in_language(voice.language))
    state, tone = (words.ON, "badge good") if on else (words.OFF, "badge")
    badge = f'<span class="{tone}">{escape(voice.say(state))}</span>'
    return escape(capability.meaning.in_language(voice.language)), badge, escape(" ".join(told))


def _camera(voice: Voice, told: Statement, camera: CameraFacts) -> tuple[str, ...]:
    numbers, between = voice.numbers, voice.say(words.UNKNOWN)
    if camera.first is not None and camera.last is not None:
        first, last = numbers.moment(camera.first), numbers.moment(camera.last)
        between = voice.say(words.BETWEEN, first=first, last=last)
    names = ", ".join(sorted(told.zones.get(camera.name, {}))) or voice.say(words.WHOLE_PICTURE)
    size = voice.say(words.UNKNOWN) if camera.width is None else f"{camera.width} × {camera.height}"
    use, place = (text or voice.say(words.NOT_SAID) for text in (camera.use, camera.place))
    cells = (camera.name, use, place, names, numbers.count(camera.recordings), between, size)
    return tuple(map(escape, cells))


def _erasure(voice: Voice, told: Statement) -> None:
    if told.expires is None:
        ui.label(voice.say(words.NO_ERASURE))
    else:
        with ui.element("div").classes("figure"):
            ui.label(voice.say(words.ERASURE))
            ui.label(voice.numbers.day(told.expires)).classes("large nums")
    if told.held:
        ui.label(voice.say(words.HELD, number=voice.numbers.count(told.held)))


def _most(voice: Voice, title: Wording, counts: Mapping[str, int]) -> None:
    """List what was counted, the most frequent first."""
    ui.html(tagged("h3", voice.say(title)), sanitize=False)
    lines = "".join(
        f"<li>{escape(told)} <span class='muted'>{escape(_times(voice, n))}</span></li>"
        for told, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    ui.html(f"<ul>{lines}</ul>", sanitize=False)


def _times(voice: Voice, number: int) -> str:
    if number < 2:
        return voice.say((words.NEVER_YET, words.ONCE)[number])
    return voice.say(words.TIMES, number=voice.numbers.count(number))


def _meaning(voice: Voice, name: str) -> str:
    return Capability(name).meaning.in_language(voice.language)
