"""Each sentence that an error of the service can say is there in French, with the same facts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import apercu.footage
import apercu.web
from apercu.errors import ArchiveDamagedError, RefusedError, UsageError
from apercu.purposes import built_in
from apercu.purposes.reasons import how_to
from apercu.web.pages.error_sentences import SENTENCES
from apercu.web.pages.error_words import error_told, in_french, problem_told
from apercu.web.pages.footage_sentences import FOOTAGE_SENTENCES
from apercu.web.pages.signals_sentences import SIGNALS_SENTENCES

ROOM = Path(apercu.web.__file__).parent
OPENING = [Path(apercu.footage.__file__).parent / name for name in ("container.py", "probe.py")]
"""What says of a file that was sent why it is no recording."""
GENERIC = {"message", "what"}
"""Names of facts that are sentences of others: what a validator says, for example."""


def _text(node: ast.expr | None) -> str | None:
    """Return a sentence with something for each of its facts; None when it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def _raised() -> Iterator[tuple[str, str]]:
    for path in [*sorted(ROOM.rglob("*.py")), *OPENING]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if not name.endswith("Error") or name == "ValueError":
                continue
            steps = [key.value for key in node.keywords if key.arg == "next_step"]
            for given in (node.args[0], *steps):
                if (text := _text(given)) is not None:
                    yield path.name, text


RAISED = sorted(set(_raised()))


@pytest.mark.parametrize(("file", "text"), RAISED, ids=lambda value: str(value)[:60])
def test_what_the_service_says_is_said_in_french(file: str, text: str) -> None:
    assert in_french(text), f"{file}: give it a French sentence in pages/error_sentences.py"


@pytest.mark.parametrize(
    ("english", "french"),
    (*SENTENCES, *FOOTAGE_SENTENCES, *SIGNALS_SENTENCES),
    ids=lambda value: str(value)[:60],
)
def test_french_has_no_fact_of_its_own(english: str, french: str) -> None:
    facts = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, french)]
    assert facts[1] <= facts[0]


@pytest.mark.parametrize("name", built_in())
def test_a_refusal_is_told_whole_in_french(name: str) -> None:
    purpose = built_in()[name]
    for part in purpose.forbids:
        for capability in part.capabilities:
            quoted = f"this archive is for {name} ({purpose.summary.en.rstrip('.')})"
            told = f"{quoted}, which has no {capability}: {part.because.en}"
            error = RefusedError(told, capability=capability, purpose=name, next_step="List them.")
            shown = error_told(error, "fr")
            assert part.because.fr.rstrip(".") in shown
            assert capability.meaning.fr.rstrip(".") in shown and "anglais" not in shown


def test_a_reason_of_no_listed_kind_is_told_with_the_kinds() -> None:
    kinds = built_in()["research"].kinds
    shown = in_french(how_to(kinds))
    assert shown is not None and all(kind.name in shown for kind in kinds)


def test_what_has_no_french_sentence_is_quoted_and_folders_are_not_told() -> None:
    error = UsageError("the moon is full", next_step="Wait.")
    assert error_told(error, "fr").endswith("(en anglais : the moon is full. Wait.)")
    assert error_told(error, "en") == "This cannot be asked like that: the moon is full. Wait."
    damaged = ArchiveDamagedError("cannot be read (/srv/films/x.parquet: torn)", where="/srv/films")
    for language in ("en", "fr"):
        assert "/srv" not in error_told(damaged, language)


def test_marks_under_a_text_are_left_out() -> None:
    error = UsageError("at character 1: unknown class 'unicorn'", next_step="Here:\n  class:unicorn\n  ^^^^^")
    told = "au caractère 1 : classe inconnue : 'unicorn'. Ici : class:unicorn"
    assert error_told(error, "fr").endswith(told)


def test_what_became_of_a_file_is_told_from_what_was_kept_of_it() -> None:
    kept = ["NotVideoError", "FootageError", "ApercuError"], "is an empty file"
    assert problem_told(*kept, None, "fr").endswith(" : est un fichier vide")
    again = problem_told(*kept, "Copy it from the recorder again.", "en")
    assert again.endswith(": is an empty file. Copy it from the recorder again.")
