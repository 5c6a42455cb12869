"""Rules, answers to signals, and where signals go."""

from __future__ import annotations

import inspect
import json
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from apercu.events import kinds
from apercu.events.answers import REASONS
from apercu.events.delivery.channels import (
    LoginSettings,
    MailSettings,
    MqttSettings,
    SecretSettings,
    TrySettings,
    WebhookSettings,
)
from apercu.events.rule import Rule
from blocks.markdown import meanings, table

_KEYS = ("key", "without it", "meaning")


def answer_reasons() -> str:
    """Return the kinds of reasons for an answer to a signal."""
    return table(
        ("answer", "`--as`", "meaning"),
        (
            (state.value, f"`{kind}`", str(told))
            for state, kinds in REASONS.items()
            for kind, told in kinds.items()
        ),
    )


def delivery_settings() -> str:
    """Return the keys of the sections that say where signals go, from the models' own docstrings."""
    rows = []
    sections: dict[str, type[BaseModel]] = {
        "mqtt": MqttSettings,
        "webhook": WebhookSettings,
        "mail": MailSettings,
        "delivery": TrySettings,
    }
    for section, model in sections.items():
        told_of = meanings(SecretSettings) | meanings(LoginSettings) | meanings(model)
        for name, told in model.model_fields.items():
            default = json.dumps(told.default, default=str)
            shown = "" if default in ("null", '""') else f"`{default}`"
            rows.append(
                (
                    f"`{section}.{name}`",
                    "required" if told.is_required() else shown,
                    told_of[name].rstrip("."),
                )
            )
    return table(("key", "default", "meaning"), rows)


def rule_kinds() -> str:
    """Return every kind of rule with what it takes, from the descriptions in the classes' docstrings."""
    parts = []
    for kind in kinds.KINDS:
        name = kind.model_fields["kind"].annotation
        own = {key: text for key, text in rule_keys(kind).items() if key not in rule_keys(Rule)}
        told = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:")[0].strip()
        rows = ((f"`{key}`", _default(kind, key), text) for key, text in own.items())
        parts += [f"### {get_args(name)[0]}\n", told.replace("``", "`") + "\n", table(_KEYS, rows)]
    return "\n".join(parts)


def rule_table(part: type[BaseModel]) -> str:
    """Return what a part of a rule takes."""
    return table(_KEYS, ((f"`{key}`", _default(part, key), text) for key, text in rule_keys(part).items()))


def rule_keys(part: type[BaseModel]) -> dict[str, str]:
    """Return the keys of a part of a rule with their meanings, from the docstrings of its classes."""
    told: dict[str, str] = {}
    for each in reversed(part.__mro__):
        told |= meanings(each)
    keys = part.model_fields
    return {keys[name].alias or name: told[name] + _bounds(keys[name]) for name in keys if name in told}


def _bounds(field: FieldInfo) -> str:
    """Return which numbers are taken, as a sentence; nothing where none but those below zero are not."""
    words = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
    bounds = (
        (words[key], getattr(each, key)) for each in field.metadata for key in words if hasattr(each, key)
    )
    told = [f"{word} {value:g}" for word, value in bounds]
    return "" if told in ([], ["from 0"]) else f" {', '.join(told).capitalize()}."


def _default(part: type[BaseModel], key: str) -> str:
    field = next(f for name, f in part.model_fields.items() if key in (f.alias, name))
    if field.is_required():
        return "must be given"
    value = field.default
    if value in (None, "", ()):
        return ""
    if isinstance(value, tuple):
        return "all that have a name" if key == "classes" else "all"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
