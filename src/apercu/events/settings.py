"""Settings that people write: TOML in, typed and frozen values out; an error names the file, line and key."""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from apercu.errors import UsageError

Key = tuple[str | int, ...]
_UNKNOWN, _REFUSED = "extra_forbidden", "refused"
_RANK = {_UNKNOWN: 0, "too_short": 2}
"""What says most is told: a key spelled wrong is also missing, and a list lacks its parts that are wrong."""
_SYNTAX = re.compile(r"(.*) \(at line (\d+), column \d+\)")
_CHOICE = re.compile(r"'([^']*)'")


class Settings(BaseModel):
    """What a table of a settings file becomes. A key that is not declared is refused with the nearest one.

    Values have the type that TOML gave them: a number in quotes is no number. Times and dates may be quoted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def checked(check: Callable[[str], object]) -> AfterValidator:
    """Return what refuses the value of a key where ``check`` raises a UsageError, in the words of that."""

    def validate(value: str) -> str:
        try:
            check(value)
        except UsageError as error:
            told = {"what": error.what, "next_step": error.next_step or "Correct it."}
            raise PydanticCustomError(_REFUSED, "{what}", told) from None
        return value

    return AfterValidator(validate)


def distinct(what: str) -> AfterValidator:
    """Return what refuses a list of tables (``what``) in which two have one ``name``: they are told by it."""

    def validate(tables: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [table.name for table in tables]
        for n, name in enumerate(names):
            if name in names[:n]:
                taken = f"is taken: two {what} are called {name!r}"
                told = {"what": taken, "next_step": "Give each a name of its own.", "key": (n, "name")}
                raise PydanticCustomError(_REFUSED, "{what}", told)
        return tables

    return AfterValidator(validate)


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, slots=True)
class SettingsFile(Generic[S]):
    """Settings with the text they come from, so that what is found wrong later can be shown there, too.

    Attributes:
        settings: what the file says.
        where: the file, for messages.
        text: its content.
    """

    settings: S
    where: str | Path
    text: str = field(repr=False)

    def error(self, key: Key, what: str, next_step: str) -> UsageError:
        """Return an error that points at a key.

        Args:
            key: the names and, from 0, the numbers that lead to it: ``("rule", 0, "zone")``.
            what: what is wrong with it: ``names no zone``.
            next_step: what to do about it.
        """
        return _error(self.text, self.where, key, what, next_step)


def read_settings(path: Path, kind: type[S]) -> SettingsFile[S]:
    """Read a settings file.

    Raises:
        UsageError: it cannot be read, is no TOML, or a key in it is missing, unknown or not as it should be;
            the message names the file, the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark of that
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"cannot be read ({reason})", where=path, next_step="Check the path.") from error
    return parse_settings(text, kind, path)


def parse_settings(text: str, kind: type[S], where: str | Path) -> SettingsFile[S]:
    """Return what ``text`` (TOML) says.

    Args:
        text: the content of a settings file.
        kind: what it is to say.
        where: the file, for messages.

    Raises:
        UsageError: as ``read_settings``.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = _SYNTAX.fullmatch(str(error))
        # At the end of the text no number is told.
        what, line = (told[1], told[2]) if told else (str(error).partition(" (at ")[0], text.count("\n") + 1)
        raise UsageError(
            f"is not valid TOML: {what}", where=f"{where}, line {line}", next_step="Correct that line."
        ) from None
    try:
        # As JSON, arrays may become tuples and quoted times be times, and yet "5" is no number.
        made = kind.model_validate_json(json.dumps(values, default=_told))
    except ValidationError as error:
        # Without the input: an error is shown and logged, and a value may be a password.
        found = error.errors(include_url=False, include_input=False)
        keys = [_key_of(each, kind) for each in found]
        # A list that lacks a part because of what is wrong in it is found too short as well.
        order = [
            (_RANK.get(each["type"], 1), -len(key) * (each["type"] == "too_short"), line_of(text, key))
            for each, key in zip(found, keys, strict=True)
        ]
        first = order.index(min(order))
        raise _error(text, where, keys[first], *_sentence(found[first], kind)) from None
    return SettingsFile(made, where, text)


def line_of(text: str, key: Key) -> int:
    """Return the line, from 1, on which a key of a TOML text is set; where it is not, that of its table.

    A text that breaks off within a value is no TOML, and one that goes on has all the keys that it had
    before: so the parser itself tells by which line a key is there, whichever way it is written.
    """
    lines = text.splitlines(keepends=True)

    def whole(count: int) -> tuple[int, Any]:
        """Return where the last setting ends within so many lines, and what they say up to there."""
        while True:
            try:
                return count, tomllib.loads("".join(lines[:count]))
            except tomllib.TOMLDecodeError:
                count -= 1

    _, values = whole(len(lines))
    while key and not _holds(values, key):
        key = key[:-1]
    end = bisect_left(range(len(lines) + 1), True, key=lambda count: _holds(whole(count)[1], key))
    return whole(max(end - 1, 0))[0] + 1


def _holds(values: Any, key: Key) -> bool:
    for part in key:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _key_of(error: ErrorDetails, kind: type[Settings]) -> Key:
    """Return the key that an error is about: its place, without the names of choices between tables."""
    key, _ = _walked(kind, error["loc"])
    if error["type"].startswith("union_tag"):
        return (*key, error["ctx"]["discriminator"].strip("'"))
    return (*key, *error.get("ctx", {}).get("key", ()))


def _walked(kind: type[Settings], place: Iterable[str | int]) -> tuple[Key, list[type[Settings]]]:
    """Follow a place as validation names it: return its key, and the tables that may be there."""
    tables: list[type[Settings]] = [kind]
    key: list[str | int] = []
    named = False
    for part in place:
        if isinstance(part, int) or named:  # of a list, or of tables by name
            key.append(part)
            named = False
        elif len(tables) > 1:  # this says which of them
            tables = [table for table in tables if _is_called(table, part)]
        else:
            key.append(part)
            options = [_options(table).get(part) for table in tables]
            annotations = [option.annotation for option in options if option]
            tables = [table for annotation in annotations for table in _tables(annotation)]
            named = any(get_origin(annotation) is dict for annotation in annotations)
    return tuple(key), tables


def _sentence(error: ErrorDetails, kind: type[Settings]) -> tuple[str, str]:
    """Return what is wrong, and what to do about it."""
    told = error.get("ctx", {})
    if error["type"] == _UNKNOWN:
        *place, name = error["loc"]
        _, tables = _walked(kind, place)
        return "is not known", _nearest(str(name), [key for table in tables for key in _options(table)])
    if error["type"] == "union_tag_invalid":
        choices = _CHOICE.findall(told["expected_tags"])
        return f"cannot be {told['tag']!r}", _nearest(told["tag"], choices)
    if error["type"] in ("missing", "union_tag_not_found"):
        return "is missing", "Add it."
    if error["type"] == _REFUSED:
        return told["what"], told["next_step"]
    if error["type"] == "too_short" and told["min_length"] == 1:
        return "must name at least one", "Name one."
    what = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return what[:1].lower() + what[1:], "Correct it."


def _options(table: type[Settings]) -> dict[str, FieldInfo]:
    """Return the options of a table as they are called in a file."""
    return {option.alias or name: option for name, option in table.model_fields.items()}


def _tables(annotation: Any) -> list[type[Settings]]:
    """Return the tables within a type."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables(part)]


def _is_called(table: type[Settings], choice: str) -> bool:
    return any(choice in get_args(option.annotation) for option in table.model_fields.values())


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"{f'Did you mean {close[0]!r}? ' if close else ''}Known: {', '.join(known)}."


def _error(text: str, where: str | Path, key: Key, what: str, next_step: str) -> UsageError:
    """Return an error that names file, line and key; parts of lists are counted from 1, as people do."""
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")
    return UsageError(
        f"{name!r} {what}" if name else what,
        where=f"{where}, line {line_of(text, key)}",
        next_step=next_step,
    )


def _told(value: Any) -> str:
    """Return a TOML date or time as text."""
    return str(value.isoformat())
