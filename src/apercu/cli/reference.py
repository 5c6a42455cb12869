"""What every command says of itself, as data: the reference in docs/ is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apercu.cli.app import tree


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or option: how it is written, what it means, and its default (empty when there is none)."""

    name: str
    help: str
    default: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A command: usage line, paragraphs of text, example lines, arguments and options."""

    name: str
    usage: str
    text: Sequence[str]
    examples: Sequence[str]
    arguments: Sequence[Parameter]
    options: Sequence[Parameter]


def explain_all() -> Iterator[Explained]:
    """Yield every command in the order of ``apercu --help``."""
    group = tree()
    context = group.make_context("apercu", [], resilient_parsing=True)
    for name, command in group.commands.items():
        made = command.make_context(name, [], parent=context, resilient_parsing=True)
        if not hasattr(command, "commands"):
            yield _explain(name, command, made)
            continue
        for second, inner in command.commands.items():
            inside = inner.make_context(second, [], parent=made, resilient_parsing=True)
            is_default = second == getattr(command, "default", None)
            yield _explain(name if is_default else f"{name} {second}", inner, inside)


def _explain(name: str, command: Any, context: Any) -> Explained:
    prose, _, examples = command.help.partition("\b\nExamples:\n")
    parameters = [p for p in command.get_params(context) if p.name != "help"]
    return Explained(
        name,
        f"apercu {name} {' '.join(command.collect_usage_pieces(context))}",
        [" ".join(paragraph.split()) for paragraph in prose.strip().split("\n\n")],
        [line.strip() for line in examples.strip().splitlines()],
        [_parameter(p) for p in parameters if p.param_type_name == "argument"],
        [_parameter(p) for p in parameters if p.param_type_name == "option"],
    )


def _parameter(parameter: Any) -> Parameter:
    if parameter.param_type_name == "argument":
        return Parameter(parameter.metavar, parameter.help, "")
    names = " / ".join([", ".join(parameter.opts), *parameter.secondary_opts])
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    default = parameter.default
    if parameter.is_flag:
        both = (parameter.secondary_opts[0], parameter.opts[0]) if parameter.secondary_opts else ("", "")
        written = both[bool(default)]
    else:
        written = "" if default is None or default == "" else str(default)
    return Parameter(names + value, parameter.help, written)
