"""The pages' texts say the same in both languages, as far as that can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages
from string import Formatter

import pytest

from apercu.purposes import LANGUAGES, Wording
from apercu.web import pages


def _said() -> Iterator[tuple[str, Wording]]:
    for module in walk_packages(pages.__path__, f"{pages.__name__}."):
        if module.name.endswith("words"):
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, Wording):
                    yield f"{module.name}.{name}", value
                elif name.isupper() and isinstance(value, Mapping):
                    yield from ((f"{module.name}.{name}[{key}]", each) for key, each in value.items())


SAID = dict(_said())


@pytest.mark.parametrize("name", SAID)
def test_each_text_is_there_in_both_languages_with_the_same_places_for_values(name: str) -> None:
    texts = [SAID[name].in_language(language) for language in LANGUAGES]
    assert all(text.strip() for text in texts)
    fields = [{field for _, field, _, _ in Formatter().parse(text) if field is not None} for text in texts]
    assert fields[0] == fields[1]


def test_there_are_texts() -> None:
    assert len(SAID) > 50
