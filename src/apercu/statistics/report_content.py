"""What a report of released numbers says, in one language: facts, tables, and what its charts show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from apercu.archive.settings import find_zone
from apercu.purposes import Language
from apercu.statistics import charts
from apercu.statistics.derived import (
    Percentiles,
    Total,
    busiest,
    percentiles,
    shares,
    stays,
    summed,
    totals,
    usual_directions,
)
from apercu.statistics.released import Released
from apercu.statistics.report_words import Speech

_WITHHELD = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report: heads, and rows of texts; all columns but the first ones hold numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int


class Content:
    """What a report says, in one language: facts, tables, and what its charts show."""

    def __init__(self, released: Released, language: Language) -> None:
        self.released, self.speech = released, Speech(language)
        self.zone: tzinfo = find_zone(released.facts.timezone)
        self.rows = released.table.to_pylist()

    @property
    def title(self) -> str:
        """Its heading."""
        facts = self.released.facts
        return self.speech.say("title", site=facts.site or facts.archive)

    def facts(self) -> list[tuple[str, str]]:
        """Return what stands above the charts."""
        facts, speech = self.released.facts, self.speech
        told = [
            ("period", f"{speech.span(facts.begin, facts.end)} ({facts.timezone})"),
            ("observed", f"{speech.percent(facts.observed_share)} {speech.say('of_time')}"),
            ("interval", speech.interval(facts.interval_s)),
            ("cameras", ", ".join(facts.cameras)),
            ("controller", facts.controller or _WITHHELD),
            ("purpose", facts.purpose_title.in_language(speech.language)),
        ]
        if peaks := busiest(self.released, self.zone):
            listed = (f"{speech.clock(at)} ({speech.number(value)})" for at, value in peaks)
            told.append(("peak", ", ".join(listed)))
        return [(speech.say(name), value) for name, value in told]

    def notes(self) -> list[tuple[str, str]]:
        """Return what stands below: the method, known errors, remarks, who made it."""
        facts, speech = self.released.facts, self.speech
        software = f"Aperçu {facts.version}"
        made = speech.say("made", software=software, date=speech.day(facts.made))
        errors = [self._error(told) for told in facts.known_errors] or [speech.say("unchecked")]
        method = [facts.statement, *facts.remarks]
        return [
            (speech.say("method"), " ".join(told.in_language(speech.language) for told in method)),
            (speech.say("accuracy"), "; ".join(errors)),
            ("", made),
        ]

    def _error(self, told: Mapping[str, Any]) -> str:
        speech = self.speech
        what = f"{told['place']}, {speech.way(told['direction'])}, {speech.kind(told['class_name'])}"
        return speech.say(
            "error",
            what=what,
            signed="–" if told["signed"] is None else speech.percent(told["signed"], signed=True),
            by_hand=speech.number(told["by_hand"]),
            counted=speech.number(told["counted"]),
            hours=speech.number(told["hours"], 1),
        )

    def totals(self) -> Table:
        """Return totals by place and direction, a column for each class."""
        speech = self.speech
        sums = totals(self.released, ("crossings", "entries", "exits"))
        names = [name for name in charts.STYLES if any(one.named == name for one in sums)]
        names += sorted({one.named for one in sums} - set(names))
        lines: dict[tuple[str, str, str], list[Total]] = {}
        for one in sums:
            lines.setdefault((one.camera, one.place, one.direction or one.measure), []).append(one)
        usual = usual_directions(self.released)
        rows = []
        for (camera, place, way), of in lines.items():
            by_class = {one.named: one for one in of}
            cells = [self._cell(by_class.get(name)) for name in names]
            arrow = " ◂" if usual.get((camera, place), ("", 0.0))[0] == way else ""
            where = place if len(self.released.facts.cameras) == 1 else f"{camera}: {place}"
            rows.append((where, speech.way(way) + arrow, *cells, self._number(*summed(of))))
        heads = (speech.say("place"), speech.say("direction"), *map(speech.kind, names), speech.say("all"))
        return Table(speech.say("totals"), heads, tuple(rows), 2)

    def flows(self) -> Table:
        """Return how many went from where to where, all classes together."""
        speech = self.speech
        parts: dict[str, list[Total]] = {}
        for one in totals(self.released, ("flow",)):
            parts.setdefault(one.place, []).append(one)
        ends = [place.partition(">")[::2] for place in parts]
        origins, targets = (list(dict.fromkeys(end[side] for end in ends)) for side in (0, 1))
        rows = tuple(
            (
                start,
                *(
                    self._number(*summed(parts[f"{start}>{end}"])) if f"{start}>{end}" in parts else ""
                    for end in targets
                ),
            )
            for start in origins
        )
        return Table(speech.say("flows"), (f"{speech.say('from')} \\ {speech.say('to')}", *targets), rows, 1)

    def usual(self) -> list[str]:
        """Return how full zones were, and the times between two objects at lines."""
        speech = self.speech
        told = []
        for one in stays(self.released):
            text = f"{speech.kind(one.named)} {speech.number(one.mean, 1)}"
            if one.per_m2 is not None:
                text += f" ({speech.say('per_m2', value=speech.number(one.per_m2, 3))})"
            told.append(f"{speech.say('stay', place=one.place)}: {text}")
        for found in percentiles(self.released, "headway"):
            values = ", ".join(
                f"{name} {speech.number(value, 1)} s"
                for name, value in zip(("p15", "p50", "p85"), found.values, strict=True)
            )
            told.append(f"{speech.say('headways')}, {found.place} {speech.way(found.direction)}: {values}")
        return told

    def drawings(self) -> list[Callable[[Any], None]]:
        """Return what draws each chart onto axes, the most important first."""
        found = [self._profile(*place) for place in self._places()]
        found += [self._shares(place, of) for place, of in shares(self.released).items()]
        return found + [self._speeds(of) for of in percentiles(self.released, "speed")]

    def profiles(self) -> list[Callable[[Any], None]]:
        """Return what draws numbers over time, a place each."""
        return [self._profile(*place) for place in self._places()]

    def others(self) -> list[Callable[[Any], None]]:
        """Return what draws the other charts."""
        return self.drawings()[len(self._places()) :]

    def counted(self) -> list[dict[str, Any]]:
        """Return the rows that profiles show."""
        return [row for row in self.rows if row["measure"] in ("crossings", "entries") and row["begin"]]

    def _places(self) -> list[tuple[str, str, str]]:
        lines = dict.fromkeys(
            (r["camera"], r["place"], "crossings") for r in self.counted() if r["direction"]
        )
        zones = dict.fromkeys(
            (r["camera"], r["place"], "entries") for r in self.counted() if not r["direction"]
        )
        return [*lines, *zones]

    def _profile(self, camera: str, place: str, measure: str) -> Callable[[Any], None]:
        rows = [
            r for r in self.counted() if (r["camera"], r["place"], r["measure"]) == (camera, place, measure)
        ]
        observed = [
            r for r in self.rows if (r["camera"], r["measure"]) == (camera, "observed") and r["begin"]
        ]
        ways = ("right", "left") if measure == "crossings" else (measure,)

        def draw(axes: Any) -> None:
            axes.set_title(self.speech.say("passing" if measure == "crossings" else "visiting", place=place))
            charts.profile(axes, rows, observed, self.zone, self.speech, ways)

        return draw

    def _shares(self, place: tuple[str, str], of: Mapping[str, float]) -> Callable[[Any], None]:
        def draw(axes: Any) -> None:
            axes.set_title(self.speech.say("shares", place=place[1]))
            charts.share_bars(axes, of, self.speech)

        return draw

    def _speeds(self, found: Percentiles) -> Callable[[Any], None]:
        where = ("camera", "place", "direction")
        rows = [
            r
            for r in self.rows
            if r["measure"] == "speed"
            and r["value"]
            and tuple(r[n] for n in where) == (found.camera, found.place, found.direction)
        ]

        def draw(axes: Any) -> None:
            axes.set_title(
                f"{self.speech.say('speeds', place=found.place)}, {self.speech.way(found.direction)}"
            )
            charts.speed_bars(axes, rows, found, self.speech)

        return draw

    def _cell(self, one: Total | None) -> str:
        return "0" if one is None else self._number(one.value, one.status)

    def _number(self, value: float | None, status: str) -> str:
        if value is None:
            return _WITHHELD
        return ("≥ " if status == "at least" else "") + self.speech.number(value)
