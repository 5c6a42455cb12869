"""Events in words, in both languages."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from apercu.events.kinds import KINDS
from apercu.events.rule import ClassName
from apercu.events.telling import CLASSES, amount, class_told, told

from .making import make_event

CAR = {"subject": "car", "place": "kerb"}


@pytest.mark.parametrize(
    ("kind", "values", "english", "french"),
    [
        ("zone", {"measured": 2.5, "threshold": 2.0, "unit": "s", **CAR},
         "car in zone kerb for 2.5 s; the rule says 2.0 s",
         "voiture dans la zone kerb pendant 2,5 s ; la règle dit 2,0 s"),
        ("line", {"measured": 1.0, "threshold": 1.0, "unit": "", **CAR},
         "car crossed line kerb", "voiture a franchi la ligne kerb"),
        ("speed", {"measured": 51.24, "threshold": 50.0, "unit": "km/h", "subject": "truck", "place": ""},
         "truck went at 51.2 km/h; the rule says more than 50 km/h",
         "camion à 51,2 km/h ; la règle dit plus de 50 km/h"),
        ("density", {"measured": 31.0, "threshold": 30.0, "unit": "objects", "subject": "", "place": "yard"},
         "31 objects at once at yard; the rule says more than 30 objects",
         "31 objets à la fois à yard ; la règle dit plus de 30 objets"),
        ("view-lost", {"measured": 0.1, "threshold": 0.3, "unit": "share", "subject": "", "place": ""},
         "the view is lost: 10%; the rule says less than 30%",
         "la vue est perdue : 10\u202f% ; la règle dit moins de 30\u202f%"),
    ],
)  # fmt: skip
def test_what_was_seen_is_told_in_both_languages(
    kind: str, values: dict[str, Any], english: str, french: str
) -> None:
    event = make_event(kind=kind, **values)
    assert (told(event), told(event, "fr")) == (english, french)


def test_every_kind_and_class_has_words_of_its_own() -> None:
    kinds = [get_args(kind.model_fields["kind"].annotation)[0] for kind in KINDS]
    events = [make_event(kind=kind, subject="") for kind in kinds]
    for texts in ([told(event) for event in events], [told(event, "fr") for event in events]):
        assert len({*texts}) == len(texts) and not any(re.search("[{}]", text) for text in texts)
    assert set(CLASSES) == set(get_args(ClassName))
    assert class_told("unheard-of", "fr") == "unheard-of"


def test_amounts_have_no_digits_that_nobody_measured() -> None:
    told_of = [(1.972222222222222, "m/s"), (7.1, "km/h"), (1234.5, "px/s"), (0.5, "objects/m2"), (1.0, "")]
    assert [amount(*each) for each in told_of] == [
        "1.97 m/s", "7.1 km/h", "1234 px/s", "0.5 objects/m2", "1",
    ]  # fmt: skip
