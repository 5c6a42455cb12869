"""The one door for numbers: what is printed, exported, drawn or served has come through here.

Under a purpose with a minimum, small numbers stay inside with all that would give them away (``suppression``,
``blocks``), and no two releases can be subtracted (``grid``, ``book``). With noise, numbers cost epsilon, of
which each filmed day has so much and no more (``noise``, ``book``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apercu import __version__
from apercu.archive import Archive
from apercu.errors import NothingToShowError, RefusedError, UsageError
from apercu.purposes import Capability, Wording
from apercu.purposes.purpose import Release
from apercu.statistics.blocks import BLOCK, coarsened
from apercu.statistics.book import EPSILON, Book, Spending, days_of
from apercu.statistics.checks import known_errors
from apercu.statistics.counting import COUNTED
from apercu.statistics.grid import is_map, settled
from apercu.statistics.joining import chosen, group_ids, joined, numbers, texts
from apercu.statistics.noise import DOMAIN, domain, named, noised, opendp, sensitivity, tracks_in
from apercu.statistics.places import places_of
from apercu.statistics.released import RELEASED_SCHEMA, Facts, Released
from apercu.statistics.suppression import withheld
from apercu.statistics.telling import as_released, published, statement, timed

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """What is released, and how.

    Attributes:
        places: names of the lines and zones wanted; empty means all. Flows are wanted by either end.
        classes: those wanted; empty means all.
        epsilon: spend so much on noise instead of withholding small numbers; None means the latter.
        reason: why; recorded in the ledger.
    """

    places: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    epsilon: float | None = None
    reason: str | None = None

    def __str__(self) -> str:
        """Return what the ledger keeps of it."""
        parts = [] if self.epsilon is None else [f"with noise of epsilon {self.epsilon:g}"]
        chosen = (("places", self.places), ("classes", self.classes))
        return " ".join([*parts, *(f"{name} {','.join(wanted)}" for name, wanted in chosen if wanted)])


def release(archive: Archive, cells: pa.Table, options: ReleaseOptions | None = None) -> Released:
    """Let numbers leave, as the archive's purpose allows.

    Args:
        archive: that they were counted in.
        cells: as ``count`` returns them: all places and classes of the cameras and intervals they are about.
            Which numbers are withheld must not depend on what is asked for, so ``options`` choose later.
        options: what leaves, and how.

    Raises:
        RefusedError: the purpose has no ``release-statistics``, or not now; the intervals are shorter than it
            allows; the budget for noise is spent.
        UsageError: the intervals would cut time otherwise than those released before; there is nothing that
            noise is for; OpenDP is missing; the epsilon is none.
        NothingToShowError: there are no cells.
        ArchiveDamagedError: what was released before cannot be read.
        OutputError: what is released cannot be noted, so it is not.
    """
    options = options or ReleaseOptions()
    if not len(cells):
        raise NothingToShowError("there is nothing to release", where=archive.path)
    lengths = numbers(cells, "length_s")[~is_map(cells)]
    length_s = float(lengths.min(initial=float(numbers(cells, "length_s").min())))
    subject = f"numbers by {length_s:g} s of {','.join(named(cells, 'camera'))} {options}".strip()
    with archive.changes(Capability.RELEASE_STATISTICS, subject=subject, reason=options.reason) as door:
        rules = archive.settings.declaration.purpose.release
        if rules is None:
            raise _refused(archive, "it does not say how coarse numbers must be", "Use another purpose.")
        if length_s < rules.shortest_s:
            raise _refused(
                archive,
                f"its numbers are about {rules.shortest_s:g} s or more, and these about {length_s:g} s",
                "Ask for longer intervals with --by.",
            )
        opened = _Opened(archive, rules, Book(archive.path, archive.settings.zone), options)
        told = opened.by_threshold(joined(cells)) if options.epsilon is None else opened.noised(cells)
        door.note = f"{told.facts.method}: {told.table.num_rows} numbers, {told.facts.withheld} withheld"
    # Outside the lock, since samples may have to be compared with tracks.
    errors = [one for one in known_errors(archive) if one.camera in told.facts.cameras]
    return replace(told, facts=replace(told.facts, known_errors=tuple(one.as_dict() for one in errors)))


def _refused(archive: Archive, what: str, next_step: str) -> RefusedError:
    purpose = archive.settings.purpose
    return RefusedError(
        f"this archive is for {purpose}: {what}",
        capability=Capability.RELEASE_STATISTICS.value,
        purpose=purpose,
        where=archive.path,
        next_step=next_step,
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    """The open door, with what decides there."""

    archive: Archive
    rules: Release
    book: Book
    options: ReleaseOptions

    def by_threshold(self, cells: pa.Table) -> Released:
        """Let numbers leave of which none is small, nor would give a small one away."""
        minimum = self.rules.minimum
        remarks: list[Wording] = []
        maps = is_map(cells)
        plain = withheld(chosen(cells, ~maps), minimum)
        plain = plain.append_column(BLOCK, pa.nulls(len(plain), pa.int16()))
        told = as_released(pa.concat_tables([plain, coarsened(chosen(cells, maps), minimum)]))
        if minimum > 1:
            kept = self.book.numbers(days_of(told, self.archive.settings.zone))
            kept = kept.filter(kept["epsilon"].is_null()).select(RELEASED_SCHEMA.names)
            told, new, grown = settled(told, kept)
            self.book.keep(new.append_column(EPSILON, pa.nulls(len(new), pa.float64())))
            if grown:
                remarks.append(
                    Wording(
                        f"{grown} intervals are told as they were first released, although more of them has "
                        "been counted since: the difference could be about few.",
                        f"{grown} intervalles sont donnés tels qu'à leur première sortie, bien qu'on en ait "
                        "compté davantage depuis : la différence pourrait concerner peu d'objets.",
                    )
                )
        return self._released(told, "threshold" if minimum > 1 else "exact", None, remarks)

    def noised(self, cells: pa.Table) -> Released:
        """Let numbers leave with noise, and count what that costs before it is drawn."""
        epsilon = self.options.epsilon or 0.0
        if not 0 < epsilon < float("inf"):
            raise UsageError(f"{epsilon:g} is no epsilon", next_step="Give a number above 0 with --epsilon.")
        observed = joined(cells.filter(pc.field("clocked") & (pc.field("measure") == "observed")))
        places = [p for p in places_of(self.archive) if p.camera in named(observed, "camera")]
        if self.options.places:
            places = [place for place in places if place.name in self.options.places]
        classes = self.options.classes or COUNTED
        if not len(observed) or not places:
            raise UsageError(
                "there is nothing to noise: that takes named lines or zones, and recordings with a clock",
                where=self.archive.path,
                next_step="Name a line with: apercu zone add; or ask without --noise.",
            )
        wanted = domain(places, classes, observed)
        spans = as_released(published(observed))
        known = self.book.numbers(days_of(spans, self.archive.settings.zone))
        known = _best(known.filter(pc.field("epsilon") >= epsilon))
        both = pa.concat_tables([wanted, known.select(DOMAIN).cast(wanted.schema)])
        ids = group_ids(both, DOMAIN)
        again = np.isin(ids[: len(wanted)], ids[len(wanted) :])
        parts = [
            spans,
            chosen(known, np.isin(ids[len(wanted) :], ids[: len(wanted)])).select(spans.column_names),
        ]
        change = sensitivity(places)
        if not again.all():
            parts.append(self._drawn(chosen(wanted, ~again), cells, spans, change, epsilon))
        return self._released(pa.concat_tables(parts), "noise", change / epsilon, [])

    def _drawn(
        self, wanted: pa.Table, cells: pa.Table, spans: pa.Table, change: int, epsilon: float
    ) -> pa.Table:
        """Spend, then draw the noise, then keep the numbers: whoever dies in between has spent."""
        opendp()
        told = timed(wanted, spans)
        days = sorted(set(days_of(told, self.archive.settings.zone)))
        self._check_budget(epsilon, days)
        self.book.spend(
            Spending(
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                actor=self.archive.gate.actor,
                epsilon=epsilon,
                scale=change / epsilon,
                interval_s=float(numbers(wanted, "length_s").min()),
                cameras=named(wanted, "camera"),
                places=named(wanted, "place"),
                classes=named(wanted, "class"),
                days=tuple(days),
            )
        )
        values, _ = noised(tracks_in(wanted, cells), change, epsilon)
        told = told.set_column(
            told.column_names.index("value"),
            RELEASED_SCHEMA.field("value"),
            pa.array(values.astype(np.float64)),
        )
        self.book.keep(told.append_column(EPSILON, pa.array([epsilon] * len(told), pa.float64())))
        return told

    def _check_budget(self, epsilon: float, days: list[str]) -> None:
        rules = self.rules
        if epsilon > rules.epsilon_per_release:
            raise _refused(
                self.archive,
                f"one release may spend epsilon {rules.epsilon_per_release:g}, and {epsilon:g} is asked",
                "Ask for less with --epsilon.",
            )
        for day, spent in self.book.spent(days).items():
            if spent + epsilon > rules.epsilon_per_day + _ROUNDING:
                raise _refused(
                    self.archive,
                    f"of the epsilon {rules.epsilon_per_day:g} for {day}, {spent:g} is spent, and "
                    f"{epsilon:g} more is asked",
                    "Ask for less with --epsilon, for other days, or for what was released already (the same "
                    "epsilon or less): apercu count budget.",
                )

    def _released(self, told: pa.Table, method: str, scale: float | None, remarks: list[Wording]) -> Released:
        table = _selected(told, self.options)
        settings = self.archive.settings
        observed = chosen(table, texts(table, "measure") == "observed")
        length = float(numbers(observed, "length_s").sum())
        cameras = named(table, "camera")
        places = tuple(place for place in places_of(self.archive) if place.camera in cameras)
        lengths = numbers(table, "length_s")[~is_map(table)]
        begin, end = (how(table[name]).as_py() for how, name in ((pc.min, "begin"), (pc.max, "end")))
        purpose = settings.declaration.purpose
        facts = Facts(
            method=method,
            statement=statement(method, self.rules.minimum, self.options.epsilon, scale),
            minimum=self.rules.minimum if method == "threshold" else 1,
            epsilon=self.options.epsilon,
            scale=scale,
            archive=settings.name,
            controller=settings.controller,
            site=str(settings.declaration.values.get("place", "")),
            purpose=purpose.name,
            purpose_title=purpose.title,
            cameras=cameras,
            places=places,
            interval_s=float(np.median(lengths)) if len(lengths) else 0.0,
            timezone=settings.timezone,
            begin=None if begin is None else begin.astimezone(settings.zone),
            end=None if end is None else end.astimezone(settings.zone),
            observed_share=float(numbers(observed, "value").sum()) / length if length else 0.0,
            withheld=int((texts(table, "status") == "withheld").sum()),
            made=datetime.now(UTC).astimezone(settings.zone),
            version=__version__,
            remarks=tuple(remarks),
        )
        return Released(table, facts)


def _best(known: pa.Table) -> pa.Table:
    """Return of each number the draw that cost most, which has least noise."""
    known = known.sort_by([("epsilon", "descending")])
    return known.take(np.unique(group_ids(known, DOMAIN), return_index=True)[1])


def _selected(told: pa.Table, options: ReleaseOptions) -> pa.Table:
    """Return what was asked for, in order."""
    keep = np.ones(len(told), np.bool_)
    if options.places:
        places = texts(told, "place")
        ends = np.array([name.partition(">")[::2] for name in places], np.str_).reshape(-1, 2)
        keep &= np.isin(ends, options.places).any(axis=1) | (places == "")
    if options.classes:
        keep &= np.isin(texts(told, "class"), [*options.classes, ""])
    order = ("camera", "run", "place", "series", "measure", "direction", "class", "begin_s", "low")
    return chosen(told, keep).sort_by([(name, "ascending") for name in (*order, "row", "column")])
