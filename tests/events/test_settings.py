from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, SecretStr, field_validator

from apercu.errors import UsageError
from apercu.events.rules import read_rules
from apercu.events.settings import Settings, line_of, parse_settings, read_settings
from apercu.events.watching.settings import read_watch


class Circle(Settings):
    kind: Literal["circle"]
    radius: float = Field(gt=0)


class Square(Settings):
    kind: Literal["square"]
    side: float = Field(gt=0)
    at: tuple[tuple[float, float], ...] = ()


class Broker(Settings):
    host: str
    password: SecretStr | None = None

    @field_validator("host")
    @classmethod
    def _named(cls, host: str) -> str:
        if " " in host:
            raise ValueError("must be one word")
        return host


class Drawing(Settings):
    title: str
    opens: time | None = None
    day: date | None = None
    broker: Broker | None = None
    by_name: dict[str, Broker] = Field(default_factory=dict)
    shape: tuple[Annotated[Circle | Square, Field(discriminator="kind")], ...] = ()


WHOLE = """\
title = "two"  # a comment
opens = 07:30:00
day = 2024-05-31

[broker]
host = "home"

[[shape]]
kind = "circle"
radius = 2

[[shape]]
kind = "square"
side = 1.5
at = [
  [0, 1],
  [2, 3.5],
]
"""


def refusal(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_settings(text, Drawing, "drawing.toml")
    return caught.value


def test_a_file_becomes_typed_values(tmp_path: Path) -> None:
    path = tmp_path / "drawing.toml"
    path.write_text(WHOLE)
    found = read_settings(path, Drawing).settings
    assert (found.title, found.opens, found.day) == ("two", time(7, 30), date(2024, 5, 31))
    assert found.shape == (
        Circle(kind="circle", radius=2.0),
        Square(kind="square", side=1.5, at=((0.0, 1.0), (2.0, 3.5))),
    )


@pytest.mark.parametrize(
    ("text", "where", "what", "next_step"),
    [
        (WHOLE.replace("radius = 2", "radios = 2"), 10, "'shape[1].radios' is not known", "'radius'"),
        (WHOLE.replace("radius = 2", "radius = -2"), 10, "'shape[1].radius' must be greater than 0", ""),
        (WHOLE.replace("radius = 2", 'radius = "2"'), 10, "'shape[1].radius' must be a valid number", ""),
        (WHOLE.replace("radius = 2", "radius = inf"), 10, "'shape[1].radius' must be a finite number", ""),
        (WHOLE.replace("radius = 2", ""), 8, "'shape[1].radius' is missing", "Add it."),
        (WHOLE.replace('"circle"', '"cirle"'), 9, "'shape[1].kind' cannot be 'cirle'", "'circle'"),
        (WHOLE.replace('kind = "circle"', ""), 8, "'shape[1].kind' is missing", "Add it."),
        (WHOLE.replace("[2, 3.5]", "[2, true]"), 15, "'shape[2].at[2][2]' must be a valid number", ""),
        (WHOLE.replace('"home"', '"at home"'), 6, "'broker.host' must be one word", ""),
        (WHOLE.replace("title", "titel"), 1, "'titel' is not known", "'title'"),
        (WHOLE.replace('title = "two"  # a comment', "# none"), 1, "'title' is missing", ""),
        (WHOLE.replace("radius = 2", "radius = "), 10, "is not valid TOML: Invalid value", ""),
        (WHOLE + "[by_name.one]\nhots = 2", 20, "'by_name.one.hots' is not known", "'host'"),
        (WHOLE + "at = [", 19, "is not valid TOML: ", ""),
    ],
)
def test_an_error_names_file_line_and_key(text: str, where: int, what: str, next_step: str) -> None:
    error = refusal(text)
    assert error.where == f"drawing.toml, line {where}"
    assert error.what.startswith(what)
    assert next_step in (error.next_step or "")


def test_the_first_of_several_errors_is_told() -> None:
    wrong = WHOLE.replace("radius = 2", "radius = -2").replace("side = 1.5", "side = 0")
    assert refusal(wrong).where == "drawing.toml, line 10"


def test_a_list_that_is_too_short_since_a_part_of_it_is_wrong_is_not_what_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('[[rule]]\nname = "x"\nkind = "speed"\nabove_px_s = 3\nclasses = []\n')
    with pytest.raises(UsageError, match=r"line 5: 'rule\[1\]\.classes' must name at least one\. Name one\."):
        read_rules(path)
    path.write_text("rule = []\n")
    with pytest.raises(UsageError, match="line 1: 'rule' must name at least one"):
        read_rules(path)


RULE = '[[rule]]\nname = "in"\nkind = "speed"\nabove_px_s = 3\n'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (RULE + RULE, 6, "'rule[2].name' is taken: two rules are called 'in'"),
        (RULE + RULE.replace('"in"', '"out"') + "\n" + RULE, 11, "'rule[3].name' is taken"),
    ],
)
def test_two_of_one_name_are_told_where_the_second_stands(
    tmp_path: Path, text: str, where: int, what: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_rules(path)
    assert caught.value.where == f"{path}, line {where}"
    assert caught.value.what.startswith(what)
    assert caught.value.next_step == "Give each a name of its own."


CAMERA = """[[camera]]
name = "gate"
source = "rtsp://127.0.0.1/live"
count = true
"""
HOOK = """[[webhook]]
name = "here"
url = "https://here.example/hook"
password_env = "SECRET"
"""


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (CAMERA + CAMERA, 7, "'camera[2].name' is taken: two cameras are called 'gate'"),
        (CAMERA + HOOK + HOOK, 11, "'webhook[2].name' is taken: two webhooks are called 'here'"),
        (
            CAMERA + RULE.replace("[[rule]]", "[[camera.rule]]") * 2,
            11,
            "'camera[1].rule[2].name' is taken: two rules are called 'in'",
        ),
        (CAMERA + 'group = "by the gate"\n', 6, "'camera[1].group' cannot be 'by the gate'"),
    ],
)
def test_names_in_the_settings_of_watching(tmp_path: Path, text: str, where: int, what: str) -> None:
    path = tmp_path / "watch.toml"
    path.write_text('archive = "archive"\n' + text)
    with pytest.raises(UsageError) as caught:
        read_watch(path)
    assert caught.value.where == f"{path}, line {where}"
    assert caught.value.what.startswith(what)


def test_a_mark_at_the_beginning_of_a_file_says_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "drawing.toml"
    path.write_text(WHOLE, encoding="utf-8-sig")
    assert read_settings(path, Drawing).settings.title == "two"


def test_what_is_found_wrong_later_is_shown_in_the_file() -> None:
    found = parse_settings(WHOLE, Drawing, "drawing.toml")
    error = found.error(("shape", 1, "side"), "is longer than the paper", "Make it shorter.")
    assert str(error) == ("drawing.toml, line 14: 'shape[2].side' is longer than the paper. Make it shorter.")


def test_no_value_is_told_since_it_may_be_a_password() -> None:
    error = refusal(WHOLE.replace('host = "home"', "host = 7\npassword = 4711"))
    assert "4711" not in str(error)
    error = refusal(WHOLE.replace('host = "home"', 'host = "home"\npassword = ["4711"]'))
    assert "4711" not in str(error)
    assert error.__cause__ is None


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        read_settings(tmp_path / "none.toml", Drawing)
    (tmp_path / "latin.toml").write_bytes('title = "é"'.encode("latin-1"))
    with pytest.raises(UsageError, match="no text in UTF-8"):
        read_settings(tmp_path / "latin.toml", Drawing)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b", "d"), 2),
        ("[a]\nb = { c = 1, d = 2 }\n", ("a", "b", "d"), 2),
        ('a = """\n[b]\nc = 1\n"""\n[b]\nc = 2\n', ("b", "c"), 6),
        ("# a = 1\n'a' = 1\r\n\"b\" = 2\r\n", ("b",), 3),
        ("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[[a]]\n", ("a", 0, "b", 1, "c"), 5),
        ("[[a]]\n[[a.b]]\nc = 1\n[[a]]\n\n[[a.b]]\n", ("a", 1, "b", 0), 6),
        ("a = [\n 1,\n 2,\n]\nb = 3", ("b",), 5),
        ("a = [\n 1,\n 2,\n]\nb = 3", ("a", 1), 1),
        ("a = 1\n[t]\n\nb = 2\n", ("t", "missing"), 2),
        ("", ("a",), 1),
    ],
)
def test_the_line_of_a_key(text: str, key: tuple[str | int, ...], line: int) -> None:
    assert line_of(text, key) == line


NAMES = st.text("abc", min_size=1, max_size=2)
TABLES = st.recursive(
    st.integers(0, 9) | st.sampled_from(["", "one\ntwo = 2\n", "[a]"]) | st.lists(st.integers(0, 9)),
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3)
        | st.lists(st.dictionaries(NAMES, inner, max_size=2), max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, TABLES, min_size=1, max_size=3), st.data())
def test_the_line_names_the_key_wherever_it_stands(values: dict[str, object], data: st.DataObject) -> None:
    text = tomli_w.dumps(values, multiline_strings=True)
    key: list[str | int] = []
    at: object = values
    while isinstance(at, dict) and at and (not key or data.draw(st.booleans())):
        key.append(data.draw(st.sampled_from(sorted(at))))
        at = at[key[-1]]
    line = text.splitlines()[line_of(text, tuple(key)) - 1]
    assert str(key[-1]) in line.partition("=")[0]
