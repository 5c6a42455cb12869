"""The document on rules: its example is read as it stands, and every kind and key is explained in it."""

from __future__ import annotations

import re
from pathlib import Path

from apercu.events.kinds import KINDS
from apercu.events.rules import RulesFile, check_site
from apercu.events.settings import parse_settings
from apercu.events.site import Site
from apercu.purposes import Situation, built_in

from .drawn import drawn

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text(encoding="utf-8")


def test_the_example_is_read_as_it_stands() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    file = parse_settings(example, RulesFile, "gate.toml")
    scene = drawn(yard=("zone", [(200, 100), (400, 100), (400, 300)]), kerb=("line", [(320, 350), (320, 50)]))
    check_site(file.settings.rule, Site("gate", scene), file)
    assert {rule.kind for rule in file.settings.rule} == {
        kind.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]
        for kind in KINDS
        if f"### {kind.model_fields['kind'].annotation.__args__[0]}" in TEXT  # type: ignore[union-attr]
    }


def test_every_kind_and_key_is_explained() -> None:
    for kind in KINDS:
        for name, option in kind.model_fields.items():
            assert name == "kind" or f"| `{option.alias or name}` |" in TEXT


def test_kinds_are_situations_that_purposes_know() -> None:
    names = {kind.model_fields["kind"].annotation.__args__[0] for kind in KINDS}  # type: ignore[union-attr]
    assert names <= {situation.value for situation in Situation}
    known = built_in()
    assert names <= known["research"].situations
    assert known["event-safety"].situations == {
        *("zone", "line", "wrong-way", "density", "abandoned-object", "crowd-movement", "person-on-ground"),
    }
    assert not known["statistics"].situations and not known["judicial-inquiry"].situations
    assert known["statistics"].why_no_situation("zone") is not None
    assert "Decree" in str(known["event-safety"].why_no_situation("speed"))
