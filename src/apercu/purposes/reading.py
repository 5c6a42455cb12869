"""Reading a purpose from TOML: a built-in one whole, or a user's, which may only be narrower.

What is missing, unknown, of the wrong kind or wider than allowed is refused with the name of its field.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, get_args

from apercu.errors import UnknownNameError, UsageError
from apercu.purposes.capabilities import Capability
from apercu.purposes.purpose import (
    ALWAYS,
    CountedFrom,
    Field,
    FieldKind,
    Period,
    Prohibition,
    Purpose,
    Release,
    Retention,
    Source,
)
from apercu.purposes.reasons import COMMON, ReasonKind
from apercu.purposes.situations import Situation
from apercu.purposes.wording import LANGUAGES, Wording

FORMAT = 1
"""The newest layout of a purpose's file."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MISSING: Any = object()

Named = TypeVar("Named")


def read_purpose(text: str, where: str | Path, known: Mapping[str, Purpose]) -> Purpose:
    """Return the purpose that ``text`` (TOML) describes.

    Args:
        text: the content of its file.
        where: the file, for messages.
        known: the built-in purposes that it may extend; none while those are read themselves.

    Raises:
        UsageError: it is no TOML, something is missing, unknown, of the wrong kind, or wider than what it
            extends; the message names the field.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not valid TOML: {error}", where=where, next_step="Correct it.") from error
    table = _Table(values, where)
    if table.take("format", int) != FORMAT:
        table.fail("format", f"must be {FORMAT}")
    extends = table.take("extends", str, default=None)
    if extends is None and known:
        table.fail("extends", f"is missing; name one of: {', '.join(known)}")
    if extends is not None and extends not in known:
        table.fail("extends", f"must be one of: {', '.join(known)}")
    purpose = _narrowed(table, known[extends], text) if extends else _whole(table, text)
    table.finish()
    return purpose


def _whole(table: _Table, text: str) -> Purpose:
    allows = table.capabilities("allows")
    situations, no_others = _signalled(table, None, allows)
    purpose = Purpose(
        name=_name(table, ()),
        extends=None,
        title=table.wording("title"),
        summary=table.wording("summary"),
        description=table.wording("description"),
        allows=allows,
        forbids=tuple(_prohibition(part) for part in table.tables("forbids", default=[])),
        requires=_required_fields(table, {}),
        reasons=table.capabilities("reasons", default=frozenset()),
        kinds=_kinds(table, COMMON),
        four_eyes=table.capabilities("four_eyes", default=frozenset()),
        period=_period(table),
        retention=_retention(table, None),
        release=_release(table, None, allows),
        situations=situations,
        no_others=no_others,
        sources=tuple(_source(part) for part in table.tables("sources")),
        text=text,
    )
    explained = [capability for part in purpose.forbids for capability in part.capabilities]
    for capability in Capability:
        if (capability in allows) + explained.count(capability) != 1:
            table.fail("allows", f"and 'forbids' must name {capability} exactly once together")
    if missing := ALWAYS - allows:
        table.fail("allows", f"must name {', '.join(sorted(missing))}, which no purpose takes away")
    if Capability.SHOW_UNREDACTED in allows - purpose.reasons:
        table.fail("reasons", f"must name {Capability.SHOW_UNREDACTED}")
    _check_reasons(table, purpose.reasons, allows)
    _check_four_eyes(table, purpose.four_eyes, purpose.reasons)
    if purpose.period is not None:
        for key, name in (("from", purpose.period.first), ("until", purpose.period.last)):
            if name not in purpose.requires or purpose.requires[name].kind != "date":
                table.fail(f"period.{key}", "must name a required field of kind 'date'")
        if not ALWAYS <= purpose.period.outside <= allows:
            table.fail("period.outside", f"must name {', '.join(sorted(ALWAYS))} and only what is allowed")
    return purpose


def _narrowed(table: _Table, base: Purpose, text: str) -> Purpose:
    """Return ``base`` with less allowed, more required, and a shorter stay."""
    name = _name(table, {base.name})
    allows = table.capabilities("allows", default=base.allows)
    if wider := allows - base.allows:
        table.fail("allows", f"names {', '.join(sorted(wider))}, which {base.name} does not allow")
    if missing := ALWAYS - allows:
        table.fail("allows", f"must name {', '.join(sorted(missing))}, which no purpose takes away")
    removed = base.allows - allows
    explained: list[Prohibition] = []
    for part in table.tables("forbids", default=[]):
        prohibition = _prohibition(part)
        if wrong := prohibition.capabilities - removed:
            part.fail("capabilities", f"names {', '.join(sorted(wrong))}, which this file does not take away")
        explained.append(prohibition)
        removed -= prohibition.capabilities
    if removed:
        left_out = Wording(
            f"{name} is a stricter {base.name}, made by its users, and leaves this out.",
            f"{name} est une version plus stricte de {base.name}, faite par ses utilisateurs, sans cela.",
        )
        explained.append(Prohibition(removed, left_out))
    more_reasons = table.capabilities("reasons", default=frozenset())
    _check_reasons(table, more_reasons, allows)
    reasons = (base.reasons & allows) | more_reasons
    more_eyes = table.capabilities("four_eyes", default=frozenset())
    _check_four_eyes(table, more_eyes, reasons)
    if "period" in table.values:
        table.fail("period", f"belongs to {base.name} and cannot be changed")
    situations, no_others = _signalled(table, base, allows)
    return Purpose(
        name=name,
        extends=base.name,
        title=table.wording("title", default=base.title),
        summary=table.wording("summary", default=base.summary),
        description=table.wording("description", default=base.description),
        allows=allows,
        forbids=(*base.forbids, *explained),
        requires=_required_fields(table, base.requires),
        reasons=reasons,
        kinds=_kinds(table, base.kinds),
        four_eyes=(base.four_eyes & allows) | more_eyes,
        period=base.period and _cut_period(base.period, allows),
        retention=_retention(table, base),
        release=_release(table, base, allows),
        situations=situations,
        no_others=no_others,
        sources=(*base.sources, *(_source(part) for part in table.tables("sources", default=[]))),
        text=text,
    )


def _cut_period(period: Period, allows: frozenset[Capability]) -> Period:
    return Period(period.first, period.last, period.max_days, period.outside & allows)


def _name(table: _Table, taken: Iterable[str]) -> str:
    name: str = table.take("id", str)
    if not _NAME.fullmatch(name) or name in taken:
        table.fail("id", "must be a new name of small letters, digits and hyphens")
    return name


def _check_reasons(table: _Table, reasons: frozenset[Capability], allows: frozenset[Capability]) -> None:
    if wrong := reasons - allows:
        table.fail("reasons", f"names {', '.join(sorted(wrong))}, which is not allowed anyway")


def _check_four_eyes(table: _Table, four_eyes: frozenset[Capability], reasons: frozenset[Capability]) -> None:
    if wrong := four_eyes - reasons:
        table.fail("four_eyes", f"names {', '.join(sorted(wrong))}, which 'reasons' must name, too")


def _kinds(table: _Table, known: tuple[ReasonKind, ...]) -> tuple[ReasonKind, ...]:
    """Return the kinds of reason: those that are known, and those that the file adds."""
    kinds = list(known)
    for part in table.tables("reason_kinds", default=[]):
        name: str = part.take("kind", str)
        if not _NAME.fullmatch(name):
            part.fail("kind", "must be small letters, digits and hyphens")
        if name in {kind.name for kind in kinds}:
            part.fail("kind", f"{name!r} is a kind of reason already")
        kinds.append(ReasonKind(name, Wording(*(part.take(language, str) for language in LANGUAGES))))
        part.finish()
    return tuple(kinds)


def _prohibition(table: _Table) -> Prohibition:
    prohibition = Prohibition(table.capabilities("capabilities"), table.wording("because"))
    table.finish()
    return prohibition


def _required_fields(table: _Table, inherited: Mapping[str, Field]) -> Mapping[str, Field]:
    fields = dict(inherited)
    for part in table.tables("requires", default=[] if inherited else _MISSING):
        name: str = part.take("field", str)
        if not _FIELD_NAME.fullmatch(name):
            part.fail("field", "must be small letters, digits and underscores")
        if name in fields:
            part.fail("field", f"{name!r} is required already and cannot be changed")
        kind = part.one_of("kind", get_args(FieldKind))
        fields[name] = Field(name, kind, Wording(*(part.take(key, str) for key in LANGUAGES)))
        part.finish()
    return MappingProxyType(fields)


def _period(table: _Table) -> Period | None:
    if "period" not in table.values:
        return None
    part = table.table("period")
    max_days = part.take("max_days", int, default=None)
    period = Period(part.take("from", str), part.take("until", str), max_days, part.capabilities("outside"))
    part.finish()
    return period


def _retention(table: _Table, base: Purpose | None) -> Retention:
    if base is not None and "retention" not in table.values:
        return base.retention
    part = table.table("retention")
    max_days: int = part.take("max_days", int)
    if max_days < 0:
        part.fail("max_days", "must not be negative")
    if base is None:
        counted_from = part.one_of("counted_from", get_args(CountedFrom))
        retention = Retention(max_days, counted_from, part.wording("basis"))
    else:
        if max_days > base.retention.max_days:
            part.fail("max_days", f"is longer than the {base.retention.max_days} days of {base.name}")
        counted = base.retention.counted_from
        retention = Retention(max_days, counted, part.wording("basis", default=base.retention.basis))
    part.finish()
    return retention


def _release(table: _Table, base: Purpose | None, allows: frozenset[Capability]) -> Release | None:
    """Return how coarse numbers must be; a user's purpose states all of it, and nothing laxer."""
    if Capability.RELEASE_STATISTICS not in allows:
        if "release" in table.values:
            table.fail("release", f"needs {Capability.RELEASE_STATISTICS}, which is not allowed")
        return None
    widest = None if base is None else base.release
    if widest is not None and "release" not in table.values:
        return widest
    part = table.table("release")
    minimum, shortest_s = part.take("minimum", int), part.take("shortest_s", int)
    at_once, a_day = part.take("epsilon_per_release", float), part.take("epsilon_per_day", float)
    for key, value, least in (("minimum", minimum, 1), ("shortest_s", shortest_s, 60)):
        if value < least:
            part.fail(key, f"must be {least} or more")
    for key, value in (("epsilon_per_release", at_once), ("epsilon_per_day", a_day)):
        if not 0 <= value < math.inf:
            part.fail(key, "must be 0 or more, and finite")
    basis = part.wording("basis", default=None if widest is None else widest.basis)
    if widest is not None and base is not None:
        for key, is_laxer, limit in (
            ("minimum", minimum < widest.minimum, widest.minimum),
            ("shortest_s", shortest_s < widest.shortest_s, widest.shortest_s),
            ("epsilon_per_release", at_once > widest.epsilon_per_release, widest.epsilon_per_release),
            ("epsilon_per_day", a_day > widest.epsilon_per_day, widest.epsilon_per_day),
        ):
            if is_laxer:
                part.fail(key, f"is laxer than the {limit:g} of {base.name}")
    part.finish()
    return Release(minimum, shortest_s, at_once, a_day, basis)


def _signalled(
    table: _Table, base: Purpose | None, allows: frozenset[Capability]
) -> tuple[frozenset[Situation], Wording | None]:
    """Return what may be signalled, and why nothing else may; a user's purpose names fewer."""
    if Capability.SIGNAL_EVENTS not in allows:
        if "signals" in table.values:
            table.fail("signals", f"needs {Capability.SIGNAL_EVENTS}, which is not allowed")
        return frozenset(), None
    if base is not None and "signals" not in table.values:
        return base.situations, base.no_others
    part = table.table("signals")
    situations = part.situations("situations")
    because = None
    if base is not None:
        if wider := situations - base.situations:
            part.fail("situations", f"names {', '.join(sorted(wider))}, which {base.name} does not have")
        because = Wording(
            f"This stricter {base.name}, made by its users, leaves it out.",
            f"Cette version plus stricte de {base.name}, faite par ses utilisateurs, ne le prévoit pas.",
        )
    no_others = part.wording("because", because) if situations != frozenset(Situation) else None
    part.finish()
    return situations, no_others


def _source(table: _Table) -> Source:
    source = Source(table.take("title", str), table.wording("says"), table.take("read", str))
    table.finish()
    return source


class _Table:
    """A TOML table being taken apart; what nobody took in the end is unknown."""

    def __init__(self, values: dict[str, Any], where: str | Path, path: str = "") -> None:
        self.values = values
        self._where = where
        self._path = path

    def fail(self, key: str, what: str) -> NoReturn:
        raise UsageError(
            f"{self._path + key!r} {what}",
            where=self._where,
            next_step="See docs/purposes.md for the format.",
        )

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        value = self.values.pop(key, default)
        if value is _MISSING:
            self.fail(key, "is missing")
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
            self.fail(key, f"must be {_KINDS[kind]}")
        if isinstance(value, str) and not value.strip():
            self.fail(key, "must not be empty")
        return value

    def table(self, key: str) -> _Table:
        return _Table(self.take(key, dict), self._where, f"{self._path}{key}.")

    def tables(self, key: str, default: Any = _MISSING) -> list[_Table]:
        parts = self.take(key, list, default)
        if not all(isinstance(part, dict) for part in parts):
            self.fail(key, "must be tables: [[" + key + "]]")
        return [_Table(part, self._where, f"{key}[{i}].") for i, part in enumerate(parts, 1)]

    def wording(self, key: str, default: Wording | None = None) -> Wording:
        if default is not None and key not in self.values:
            return default
        part = self.table(key)
        wording = Wording(*(part.take(language, str) for language in LANGUAGES))
        part.finish()
        return wording

    def capabilities(self, key: str, default: frozenset[Capability] = _MISSING) -> frozenset[Capability]:
        if default is not _MISSING and key not in self.values:
            return default
        return self._named(key, Capability.named)

    def situations(self, key: str) -> frozenset[Situation]:
        return self._named(key, Situation.named)

    def _named(self, key: str, find: Callable[[str], Named]) -> frozenset[Named]:
        names = self.take(key, list)
        try:
            return frozenset(find(str(name)) for name in names)
        except UnknownNameError as error:
            self.fail(key, f"names an {error.what}")

    def one_of(self, key: str, allowed: tuple[Any, ...]) -> Any:
        value = self.take(key, str)
        if value not in allowed:
            self.fail(key, f"must be one of: {', '.join(allowed)}")
        return value

    def finish(self) -> None:
        for key in self.values:
            self.fail(key, "is not known")


_KINDS: Mapping[type, str] = {
    int: "a whole number",
    float: "a number with a decimal point",
    str: "text in quotes",
    dict: "a table",
    list: "a list",
}
