"""Commands, their exit codes, and what can be asked for."""

from __future__ import annotations

from apercu.cli.app import EXIT_CODES
from apercu.cli.reference import Explained, explain_all
from apercu.search import Query
from apercu.search.views import views
from blocks.markdown import meanings, table


def commands() -> str:
    """Return every command with its arguments, options and examples, from the commands' own declarations."""
    return "\n".join(_command(command) for command in explain_all())


def _command(command: Explained) -> str:
    parts = [f"## apercu {command.name}\n", f"```\n{command.usage}\n```\n", *(f"{p}\n" for p in command.text)]
    parts.append("\n".join(["```", *command.examples, "```\n"]))
    for head, parameters in (("argument", command.arguments), ("option", command.options)):
        if parameters:
            rows = ((f"`{p.name}`", p.help, f"`{p.default}`" if p.default else "") for p in parameters)
            parts.append(table((head, "meaning", "default"), rows))
    return "\n".join(parts)


def exit_codes() -> str:
    """Return the exit codes and what they mean."""
    return table(("code", "meaning"), ((str(code), text) for code, text in EXIT_CODES.items()))


def view_table() -> str:
    """Return the views of an archive, from the comments in their SQL."""
    return table(("view", "what it holds"), ((f"`{name}`", about) for name, about in views().items()))


def query_filters() -> str:
    """Return the filters of a query."""
    told = meanings(Query)
    return table(("filter", "meaning"), ((f"`{name}`", told[name]) for name in Query.model_fields))
