"""Queries as people write them: ``class:car colour:white stopped in:gate after:12:30``.

Words stand side by side and all must hold. ``(A or B)`` is one of several, ``not (A)`` the opposite. What
cannot be read is shown in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from apercu.errors import UsageError
from apercu.search.query import Query
from apercu.search.words import read_word
from apercu.search.writing import EVERYTHING, WORDS

_MOST_CHARACTERS = 1_000_000
_MOST_DEEP = 8
_SHOWN = 36
"""Characters shown on either side of what cannot be read."""

_TOKEN = re.compile(r'\s*(?:([()])|((?:"(?:[^"\\]|\\.)*"|[^\s()"])+))', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Word:
    """One word, or a bracket: what it says and where, as characters of the text."""

    text: str
    begin: int
    end: int


def read_query(text: str) -> Query:
    """Return the query that a text asks.

    Raises:
        UsageError: it cannot be read; the message tells where, and shows it.
    """
    if len(text) > _MOST_CHARACTERS:
        raise UsageError(
            f"a query of {len(text)} characters is too long",
            where="query",
            next_step=f"Say it in {_MOST_CHARACTERS} characters, or use Query in Python.",
        )
    reader = _Reader(text)
    query = reader.terms(0)
    if reader.next is not None:
        reader.point(reader.next, "this bracket closes nothing")
    return query


def query_of(words: Iterable[tuple[str, str]]) -> Query:
    """Return the query that words ask together, each a filter and its value: ``("in", "gate")``.

    Raises:
        UsageError: as ``read_word``; the message begins with the word.
    """
    values: dict[str, Any] = {}
    for key, text in words:
        try:
            fields = read_word(key, text)
            Query.of(**fields)
            _add(values, fields)
        except UsageError as error:
            raise UsageError(f"{key} {text[:60]!r}: {error.what}", next_step=error.next_step) from error
    return Query.of(**values)


class _Reader:
    """Goes through the words of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(self._split())
        self._at = 0

    @property
    def next(self) -> _Word | None:
        """The word that comes next; None at the end."""
        return self._words[self._at] if self._at < len(self._words) else None

    def terms(self, depth: int) -> Query:
        """Read words up to a closing bracket, an ``or``, or the end."""
        values: dict[str, Any] = {}
        first = self._at
        while (word := self.next) is not None and word.text not in (")", "or"):
            self._at += 1
            if word.text == "(":
                self._group(values, word, depth)
            elif word.text == "not":
                self._negated(values, word, depth)
            elif word.text != EVERYTHING:
                self._ask(values, word)
        if self.next is not None and self.next.text == "or" and depth == 0:
            self.point(self.next, "or stands between brackets: (class:car or class:bus)")
        begin = self._words[min(first, len(self._words) - 1)] if self._words else _Word("", 0, 0)
        query: Query = self._pointing(begin, lambda: Query.of(**values))
        return query

    def _ask(self, values: dict[str, Any], word: _Word) -> None:
        self._pointing(word, lambda: _add(values, _asked(word.text)))

    def _group(self, values: dict[str, Any], bracket: _Word, depth: int) -> None:
        inner = self._alternatives(bracket, depth)
        if len(inner) == 1:
            values.setdefault("all_of", []).append(inner[0])
        elif "any_of" not in values:
            values["any_of"] = inner
        else:
            values.setdefault("all_of", []).append(self._pointing(bracket, lambda: Query.of(any_of=inner)))

    def _negated(self, values: dict[str, Any], word: _Word, depth: int) -> None:
        bracket = self.next
        if bracket is None or bracket.text in (")", "or", "not"):
            self.point(word, "not stands before a word or a bracket")
        self._at += 1
        if bracket.text == "(":
            inner = self._alternatives(bracket, depth)
        else:
            inner = [self._pointing(bracket, lambda: Query.of(**_asked(bracket.text)))]
        values.setdefault("none_of", []).extend(inner)

    def _alternatives(self, bracket: _Word, depth: int) -> list[Query]:
        if depth >= _MOST_DEEP:
            self.point(bracket, f"brackets nest {_MOST_DEEP} deep at most")
        inner = [self.terms(depth + 1)]
        while self.next is not None and self.next.text == "or":
            self._at += 1
            inner.append(self.terms(depth + 1))
        if self.next is None:
            self.point(bracket, "this bracket is not closed")
        self._at += 1
        return inner

    def _pointing(self, word: _Word, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except UsageError as error:
            self.point(word, error.what, error)

    def point(self, word: _Word, what: str, cause: Exception | None = None) -> NoReturn:
        """Refuse a word, and show where it stands."""
        begin = max(0, word.begin - _SHOWN)
        end = min(len(self._text), max(word.end, word.begin + 1) + _SHOWN)
        end = min(end, word.begin + 2 * _SHOWN)
        line = re.sub(r"\s", " ", self._text[begin:end])
        marks = "^" * max(1, min(word.end, end) - word.begin)
        raise UsageError(
            f"at character {word.begin + 1}: {what}",
            where="query",
            next_step=f"Here:\n  {line}\n  {' ' * (word.begin - begin)}{marks}",
        ) from cause

    def _split(self) -> Iterator[_Word]:
        at, end = 0, len(self._text.rstrip())
        while at < end:
            match = _TOKEN.match(self._text, at)
            if match is None:
                begin = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                self.point(_Word("", begin, end), "a quotation mark is not closed")
            group = 1 if match[1] else 2
            yield _Word(match[group], match.start(group), match.end())
            at = match.end()


def _asked(word: str) -> dict[str, Any]:
    key, _, value = word.partition(":")
    fields = read_word(key, value)
    Query.of(**fields)  # says what is wrong while it is known which word it is
    return fields


def _add(values: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Add what a word asks for to what the words before it did."""
    for name, value in fields.items():
        if isinstance(value, list):
            values.setdefault(name, []).extend(value)
        elif name == "time_of_day" and name in values and not values[name].keys() & value.keys():
            values[name] = values[name] | value
        elif name in values:
            raise UsageError(f"{WORDS[name]} is asked for twice")
        else:
            values[name] = value
