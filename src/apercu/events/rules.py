"""The rules of a camera, as people write them: a TOML file with a table ``[[rule]]`` for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from apercu.errors import UsageError
from apercu.events.kinds import AnyRule
from apercu.events.settings import Key, Settings, SettingsFile, distinct, read_settings
from apercu.events.site import Site
from apercu.purposes import Gate

Rules = Annotated[tuple[AnyRule, ...], Field(min_length=1), distinct("rules")]


class RulesFile(Settings):
    """What a file of rules says.

    Attributes:
        camera: whose rules these are; every camera that is looked at without.
        rule: the rules, ``[[rule]]`` each.
    """

    camera: str = ""
    rule: Rules


def read_rules(path: Path) -> SettingsFile[RulesFile]:
    """Read a file of rules.

    Raises:
        UsageError: it is not as it should be; the message names file, line and key.
    """
    return read_settings(path, RulesFile)


def check_purpose(rules: Sequence[AnyRule], gate: Gate, *, subject: str) -> None:
    """Refuse rules of kinds that do not exist under an archive's purpose, and record that.

    Raises:
        RefusedError: there is such a rule; the message says why.
    """
    gate.expect_situations((rule.kind for rule in rules), subject=subject)


def check_site(
    rules: Sequence[AnyRule],
    site: Site,
    file: SettingsFile[Any] | None = None,
    at: Key = ("rule",),
    keys: Collection[str] | None = None,
) -> None:
    """Refuse rules that cannot look at a camera's picture: a zone that is not there, metres not known.

    Args:
        rules: of the camera.
        site: its picture.
        file: where they were written; its line is shown.
        at: where in the file the list of them stands.
        keys: of the rules, about which problems count; None for all.

    Raises:
        UsageError: there is such a rule.
    """
    for number, rule in enumerate(rules):
        for problem in rule.problems(site):
            if keys is not None and problem.key not in keys:
                continue
            if file is not None:
                raise file.error((*at, number, problem.key), problem.what, problem.next_step)
            raise UsageError(
                f"{problem.key!r} {problem.what}", where=f"rule {rule.name!r}", next_step=problem.next_step
            )
