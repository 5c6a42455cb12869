"""What one archive declares: its purpose, and what that purpose requires to be stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from apercu.errors import UsageError
from apercu.purposes.canonical import digest
from apercu.purposes.capabilities import Capability
from apercu.purposes.purpose import ALWAYS, Field, Purpose

_DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Declaration:
    """A purpose with the values of its fields, as ``archive.toml`` states them.

    It may be incomplete: then ``problem`` says what is missing, and hardly anything is allowed.

    Attributes:
        purpose: what the archive is for.
        values: the stated fields by name: str, or date for fields of kind ``date``.
    """

    purpose: Purpose
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, purpose: Purpose, texts: Mapping[str, str]) -> Declaration:
        """Return the declaration that ``--field NAME=VALUE`` pairs make; dates are written 2026-05-31.

        Raises:
            UsageError: there is no such field, or a value is none of its kind.
        """
        values: dict[str, Any] = {}
        for name, text in texts.items():
            required = _known_field(purpose, name)
            if required.kind == "text":
                values[name] = text
                continue
            try:
                values[name] = date.fromisoformat(text)
            except ValueError as error:
                raise UsageError(
                    f"{name} {text!r} is no date", next_step="Write it like 2026-05-31."
                ) from error
        return cls.checked(purpose, values)

    @classmethod
    def checked(cls, purpose: Purpose, values: Mapping[str, Any]) -> Declaration:
        """Return the declaration when nothing in it is unknown or of the wrong kind; it may be incomplete.

        Raises:
            UsageError: it names the field.
        """
        for name, value in values.items():
            problem = _problem_with(_known_field(purpose, name), value)
            if problem is not None:
                raise UsageError(problem, next_step="Correct it in archive.toml under [purpose_fields].")
        return cls(purpose, MappingProxyType(dict(values)))

    @property
    def missing(self) -> list[Field]:
        """The required fields that are not stated."""
        return [required for required in self.purpose.requires.values() if required.name not in self.values]

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day on which the archive may be used; None when always, or not stated yet."""
        period = self.purpose.period
        if period is None or not {period.first, period.last} <= self.values.keys():
            return None
        return self.values[period.first], self.values[period.last]

    def problem(self) -> str | None:
        """Return what is wrong with the declaration in one sentence, or None."""
        if self.missing:
            told = "; ".join(f"{f.name!r} ({f.meaning.en.rstrip('.')})" for f in self.missing)
            return f"archive.toml does not state under [purpose_fields]: {told}"
        if self.days is None or self.purpose.period is None:
            return None
        first, last = self.days
        longest = self.purpose.period.max_days
        if last < first:
            return f"{self.purpose.period.last} ({last}) is before {self.purpose.period.first} ({first})"
        if longest is not None and (last - first).days > longest:
            return f"from {first} to {last} is more than the {longest} days that are possible"
        return None

    def outside(self, today: date) -> str | None:
        """Return in one sentence why ``today`` is outside the period, or None when it is inside."""
        if self.days is None:
            return None
        first, last = self.days
        if today < first:
            return f"its time begins on {first} and today is {today}"
        if today > last:
            return f"its time ended on {last} and today is {today}"
        return None

    @property
    def exempt(self) -> frozenset[Capability]:
        """What is allowed even with an incomplete declaration or outside the period."""
        period = self.purpose.period
        return ALWAYS if period is None else period.outside

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change when the purpose's text or a stated value changes.

        Every entry of the ledger carries it, so that changing ``archive.toml`` in silence shows.
        """
        values = {name: str(value) for name, value in self.values.items()}
        stated = {"name": self.purpose.name, "text": self.purpose.text, "values": values}
        return digest(stated)[:_DIGEST_DIGITS]


def _known_field(purpose: Purpose, name: str) -> Field:
    if name not in purpose.requires:
        known = ", ".join(purpose.requires)
        raise UsageError(f"{purpose.name} has no field {name!r}", next_step=f"It has: {known}.")
    return purpose.requires[name]


def _problem_with(required: Field, value: object) -> str | None:
    if required.kind == "date":
        fits = isinstance(value, date) and not isinstance(value, datetime)
        return None if fits else f"{required.name!r} must be a date without quotes, like 2026-05-31"
    fits = isinstance(value, str) and value.strip() != ""
    return None if fits else f"{required.name!r} must be a text in quotes, and not empty"
