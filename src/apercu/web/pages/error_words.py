"""Errors as people read them on a page, in their language.

An error carries its sentence in English, made where it was raised. Here stands what each such sentence is
in French, with the same facts; so the tree of errors and its messages are there once. What has no French
sentence is told by its kind in French, and quoted as it is. The API stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from apercu.errors import ApercuError
from apercu.purposes import Capability, Language, built_in
from apercu.web.errors import problem_of
from apercu.web.pages import words
from apercu.web.pages.error_sentences import SENTENCES
from apercu.web.pages.footage_sentences import FOOTAGE_SENTENCES
from apercu.web.pages.signals_sentences import SIGNALS_SENTENCES

_FIELD = re.compile(r"\{(\w+)\}")
_MORE = frozenset({"what", "problem", "because", "missing"})
"""Places whose text is a sentence of its own."""


def error_told(error: ApercuError, language: Language) -> str:
    """Return an error as a person reads it: what kind, then its details, without the machine's folders."""
    problem = problem_of(error)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return problem_told(kinds, problem.what, problem.next_step, language)


def problem_told(kinds: Iterable[str], what: str, next_step: str | None, language: Language) -> str:
    """Return an error that was kept as plain values as a person reads it.

    Args:
        kinds: names of its class and of those above, the nearest first; one of them is an ``ApercuError``.
        what, next_step: its sentences, without the machine's folders.
        language: the person's.
    """
    kind = next(words.ERRORS[name] for name in kinds if name in words.ERRORS)
    what, next_step = _on_one_line(what), _on_one_line(next_step or "")
    if language == "en":
        return f"{kind.en}: {_joined(what, next_step)}"
    told, then = in_french(what), in_french(next_step) if next_step else ""
    if told is None:
        return f"{kind.fr} (en anglais : {_joined(what, next_step)})"
    return f"{kind.fr} : {_joined(told, then or '')}"


def in_french(text: str) -> str | None:
    """Return what an English sentence of an error is in French; None where that is not known."""
    plain = text.rstrip(".")
    if not plain:
        return ""
    for pattern, french in _patterns():
        found = pattern.fullmatch(plain)
        if found is not None:
            facts = {name: _fact(name, value) for name, value in found.groupdict().items()}
            return french.format(**facts)
    return _because().get(plain)


def _fact(name: str, value: str) -> str:
    if name in _MORE:
        return in_french(value) or value
    if name.startswith("capability"):
        known = {capability.value: capability for capability in Capability}
        return f"« {known[value].meaning.fr.rstrip('.')} »" if value in known else value
    return value


def _joined(what: str, next_step: str) -> str:
    return f"{what.rstrip('.')}. {next_step}" if next_step else what


def _on_one_line(text: str) -> str:
    """Return a text without its lines; marks under a text point nowhere where letters differ in width."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip(" ^"))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    made = []
    for english, french in (*SENTENCES, *FOOTAGE_SENTENCES, *SIGNALS_SENTENCES):
        parts = _FIELD.split(english.rstrip("."))
        told = "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
        made.append((re.compile(told, re.DOTALL), french))
    return tuple(made)


@cache
def _because() -> dict[str, str]:
    """Return the reasons for which the built-in purposes do not have a capability."""
    parts = (part.because for purpose in built_in().values() for part in purpose.forbids)
    return {because.en.rstrip("."): because.fr for because in parts}
