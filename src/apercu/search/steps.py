"""What each filter of a query left, told as people ask: in the words of the query, parts within parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from apercu.search.query import Query

NESTED = ("all_of", "any_of", "none_of")
_NO_FILTERS = frozenset({*NESTED, "sort", "limit", "cursor"})


@dataclass(frozen=True, slots=True)
class Step:
    """What a filter left.

    Attributes:
        field: the filter, by its name in ``Query``; empty for a query inside another.
        left: tracks that it and all before it left. Of a query inside another: how many it found, of those
            that were left before it.
        text: the filter in the words of ``read_query``.
        parts: of ``any_of``, each of its queries; of a query inside another, its own filters.
    """

    field: str
    left: int
    text: str
    parts: Sequence[Step] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Step]]:
        """Yield this step and all inside it, each before what stands inside it, with how deep it stands."""
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


def step_of(query: Query, field: str, left: int) -> Step:
    """Return what a filter of a query left."""
    return Step(field, left, str(Query().model_copy(update={field: getattr(query, field)})))


def found_by(query: Query, left: int, inside: Iterable[Step]) -> Step:
    """Return what a query inside another found; of one filter, nothing more need be told."""
    parts = one_each(query, inside)
    return Step("", left, str(query), () if len(parts) < 2 else parts)


def nested_step(query: Query, field: str, left: int, parts: Sequence[Step]) -> Step:
    """Return what one of ``NESTED`` left: ``any_of`` with all of its queries, the others with one."""
    if field == "any_of":
        return Step(field, left, f"({' or '.join(part.text for part in parts)})", parts)
    (part,) = parts
    text = f"({part.text})" if field == "all_of" else f"not ({part.text})"
    return Step(field, left, text, [part] if field == "none_of" else part.parts)


def one_each(query: Query, steps: Iterable[Step]) -> list[Step]:
    """Return one step for each filter, the last: some are looked at roughly first, and exactly then.

    Filters that were not looked at since nothing was left before them left nothing.
    """
    last: dict[object, Step] = {}
    for number, step in enumerate(steps):
        key = number if step.field in NESTED else step.field
        last.pop(key, None)
        last[key] = step
    seen = {step.field for step in last.values()}
    asked = (name for name, value in query if value != Query.model_fields[name].default)
    unseen = [step_of(query, name, 0) for name in asked if name not in seen | _NO_FILTERS]
    return [*last.values(), *unseen]


def added(before: Sequence[Step], more: Sequence[Step]) -> list[Step]:
    """Return the steps of two parts of the recordings as one: what each filter left of both together."""
    together: dict[object, Step] = {}
    for steps in (before, more):
        for key, step in _told_apart(steps):
            known = together.get(key)
            if known is not None:
                parts = added(known.parts, step.parts)
                step = Step(step.field, known.left + step.left, step.text, parts)
            together[key] = step
    return list(together.values())


def _told_apart(steps: Sequence[Step]) -> Iterator[tuple[object, Step]]:
    """Yield steps with what tells each from the others: its text, and which of the same text it is."""
    seen: Counter[tuple[str, str]] = Counter()
    for step in steps:
        seen[step.field, step.text] += 1
        yield (step.field, step.text, seen[step.field, step.text]), step
