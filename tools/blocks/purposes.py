"""Purposes, capabilities and the ledger."""

from __future__ import annotations

import dataclasses

from apercu import purposes
from apercu.cli.doors import DOORS
from apercu.purposes.reasons import COMMON
from blocks.markdown import meanings, table


def purpose_names() -> str:
    """Return the purposes and what each is for."""
    return table(("purpose", "what it is for"), ((f"`{n}`", text) for n, text in purposes.PURPOSES.items()))


def capability_table() -> str:
    """Return what each purpose allows: one row per capability."""
    known = purposes.built_in()
    heads = ("capability", "meaning", *(f"`{name}`" for name in known))
    return table(
        heads,
        (
            (f"`{capability}`", str(capability.meaning), *(_mark(p, capability) for p in known.values()))
            for capability in purposes.Capability
        ),
    )


def kind_table() -> str:
    """Return the kinds of reason: those of every purpose, and those that one has besides."""
    rows = [(f"`{kind.name}`", kind.meaning.en, kind.meaning.fr, "all") for kind in COMMON]
    for purpose in purposes.built_in().values():
        more = (kind for kind in purpose.kinds if kind not in COMMON)
        rows += [(f"`{kind.name}`", kind.meaning.en, kind.meaning.fr, f"`{purpose.name}`") for kind in more]
    return table(("kind", "meaning", "sens", "in"), rows)


def command_table() -> str:
    """Return which command works under which purpose: one row per command."""
    known = purposes.built_in()
    heads = ("command", "asks for", *(f"`{name}`" for name in known))
    rows = []
    for command, asked in DOORS.items():
        marks = []
        for purpose in known.values():
            each = {_mark(purpose, capability) for capability in asked}
            marks.append(next((mark for mark in "·◐" if mark in each), "●"))
        rows.append((f"`{command}`", ", ".join(f"`{c}`" for c in asked) or "nothing", *marks))
    return table(heads, rows)


def _mark(purpose: purposes.Purpose, capability: purposes.Capability) -> str:
    if capability in purpose.reasons:
        return "◐"
    return "●" if capability in purpose.allows else "·"


def purpose_pages() -> str:
    """Return each purpose in full, in English and French."""
    return "\n".join(_purpose(purpose) for purpose in purposes.built_in().values())


def _purpose(purpose: purposes.Purpose) -> str:
    fields = ((f"`{f.name}`", f.kind, f.meaning.en, f.meaning.fr) for f in purpose.requires.values())
    refused = (
        (", ".join(f"`{c}`" for c in purposes.Capability if c in part.capabilities), str(part.because))
        for part in purpose.forbids
    )
    sources = "".join(f"- {s.title}. {s.says.en} *(read {s.read})*\n" for s in purpose.sources)
    retention = purpose.retention
    parts = [
        f"## {purpose.name}\n",
        f"{purpose.description.en}\n",
        f"*{purpose.description.fr}*\n",
        "To be stated in `archive.toml` under `[purpose_fields]`:\n",
        table(("field", "kind", "meaning", "sens"), fields),
    ]
    if purpose.forbids:
        parts += ["What does not exist in it, and why:\n", table(("capabilities", "because"), refused)]
    if purpose.situations:
        named = ", ".join(f"`{s}`" for s in purposes.Situation if s in purpose.situations)
        others = "" if purpose.no_others is None else f" No others: {purpose.no_others.en}"
        parts.append(f"What may be signalled: {named}.{others}\n")
    if purpose.period is not None:
        left = ", ".join(f"`{c}`" for c in purposes.Capability if c in purpose.period.outside)
        parts.append(
            f"Before `{purpose.period.first}` and after `{purpose.period.last}` only {left} remain.\n"
        )
    parts.append(f"{retention.rule} {retention.basis.en}\n")
    if purpose.release is not None:
        told = [*purpose.release.rules, purpose.release.basis]
        parts.append(f"Numbers that leave: {' '.join(rule.en for rule in told)}\n")
    return "\n".join([*parts, f"Sources:\n\n{sources}"])


def ledger_fields(kind: type) -> str:
    """Return the fields of an entry or a checkpoint; an entry has those of its request, too."""
    told = meanings(kind) | (meanings(purposes.Request) if kind is purposes.Entry else {})
    return table(("key", "meaning"), ((f"`{f.name}`", told[f.name]) for f in dataclasses.fields(kind)))


def ledger_outcomes() -> str:
    """Return how a request can end."""
    return table(("outcome", "meaning"), ((f"`{o}`", o.meaning) for o in purposes.Outcome))
