"""What is never built: nothing here may recognise, characterise or re-identify a person.

Searched are the names of everything that such a thing would need: dependencies, package data, columns,
classes that a model can tell, capabilities, commands, and the modules, classes and functions of the source.
Prose is not searched: the purposes say in words what is forbidden.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import openvino
import pytest

import apercu
from apercu.analysis import CLASSES, MEASURE_SCHEMA
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive.tables import Table
from apercu.cli.reference import explain_all
from apercu.purposes import Capability, Outcome, built_in
from apercu.purposes.entries import Entry
from apercu.web.tables import ServiceTable

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "apercu"

HARMLESS = re.compile(r"interface|surface|typeface|preface")
ANYWHERE = re.compile(
    r"face|facial|gender|emotion|sentiment|ethnic|skin.?tone|biometr|embedding|anthropom"
    r"|re.?identif|person.?re.?id|torchreid|fastreid|watch.?list|black.?list|suspect|mugshot"
    r"|voice.?print|open.?pose|media.?pipe|visage"
)
"""What may stand nowhere, not even inside a longer word."""
AS_A_WORD = {
    "age", "ages", "aged", "sex", "race", "races", "racial", "gait", "gaits", "reid", "iris", "dlib", "mood",
    "male", "female", "man", "woman", "men", "women", "boy", "girl", "child", "adult", "religion",
}  # fmt: skip
"""What may not stand as a word of its own: image, page, coverage and storage are welcome."""


PLANTED = """
face face_score faceBox insightface deepface face-recognition dlib facenet-pytorch frontalface.xml visage
facial gender gender_score sex female woman age min_age AgeEstimator --age person_age emotion emotions gait
gait_id ethnicity skin_tone race re-identification reidentify person_reid torchreid ReID appearance_embedding
embeddings biometric biometrics watchlist watch-list --watch-list WatchList search-by-face
"""
WELCOME = """
image page coverage storage average manage usage message language package image_path interface surface
zope.interface trace tracer embedded watch watcher management human person embed trainer manager semantic
woodwork chairman performance
"""


def wrong(name: str) -> str | None:
    """Return what is forbidden in a name, or None."""
    found = ANYWHERE.search(HARMLESS.sub("", name.lower()))
    if found is not None:
        return found[0]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.split(r"[^a-zà-ÿ]+", f"{name} {spaced}".lower())
    return next((word for word in words if word in AS_A_WORD), None)


def dependencies() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in [project["dependencies"], *project["optional-dependencies"].values()]:
        yield from (re.split(r"[\s<>=!~;\[]", requirement)[0] for requirement in group)


def package_data() -> Iterator[str]:
    """Yield names of data files, and the names inside them; of texts without structure, all words."""
    for path in sorted(SOURCE.rglob("*")):
        if path.is_dir() or path.suffix in (".py", ".pyc"):
            continue
        yield path.name
        if path.suffix == ".toml":
            yield from names_in(tomllib.loads(path.read_text(encoding="utf-8")))
        elif path.suffix in (".txt", ".json", ".csv", ".yaml", ".names"):
            yield from path.read_text(encoding="utf-8").split()


def names_in(value: Any) -> Iterator[str]:
    """Yield keys, and texts of one word; what has spaces is prose."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield key
            yield from names_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from names_in(part)
    elif isinstance(value, str) and " " not in value:
        yield value


def columns() -> Iterator[str]:
    yield from TRACK_SCHEMA.names
    yield from OBSERVATION_SCHEMA.names
    yield from MEASURE_SCHEMA.names
    for table in [*Table.metadata.sorted_tables, *ServiceTable.metadata.sorted_tables]:
        yield table.name
        yield from table.columns.keys()
    yield from Entry.__dataclass_fields__


def model_classes() -> Iterator[str]:
    """Yield what models can tell: labels of the cards, and every name inside the networks."""
    yield from CLASSES
    for card in sorted((SOURCE / "analysis" / "models").glob("*.toml")):
        classes = tomllib.loads(card.read_text(encoding="utf-8"))["classes"]
        yield from [*classes["labels"], *classes["map"]]
    for model in sorted((SOURCE / "analysis" / "models").glob("*.onnx")):
        network = openvino.Core().read_model(model)
        yield from (node.get_friendly_name() for node in network.get_ops())
        yield from (name for port in [*network.inputs, *network.outputs] for name in port.names)


def capabilities() -> Iterator[str]:
    yield from (capability.value for capability in Capability)
    yield from (outcome.value for outcome in Outcome)
    for purpose in built_in().values():
        yield from [purpose.name, *purpose.requires]


def commands() -> Iterator[str]:
    for command in explain_all():
        yield command.name
        yield from (parameter.name for parameter in [*command.arguments, *command.options])


def source() -> Iterator[str]:
    yield from apercu.__all__
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.stem
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""


PLACES: list[Callable[[], Iterable[str]]] = [
    dependencies,
    package_data,
    columns,
    model_classes,
    capabilities,
    commands,
    source,
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_nothing_of_it_is_here(place: Callable[[], Iterable[str]]) -> None:
    names = list(place())
    assert len(names) > 5, "the place is searched in vain"
    assert [(name, word) for name in names if (word := wrong(name)) is not None] == []


@pytest.mark.parametrize(
    "planted",
    PLANTED.split(),
)
def test_the_guard_sees_what_is_planted(planted: str) -> None:
    assert wrong(planted) is not None


def test_the_guard_sees_it_where_it_is_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "gender.onnx").write_bytes(b"")
    (tmp_path / "card.toml").write_text('about = "no face here"\n[classes]\nlabels = ["car", "face"]\n')
    (tmp_path / "coco.names").write_text("car\nwoman\n")
    (tmp_path / "matching.py").write_text(
        "import deepface\nclass Reidentifier:\n    def by_gait(self): ...\n"
    )
    monkeypatch.setattr(f"{__name__}.SOURCE", tmp_path)
    found = [name for name in package_data() if wrong(name)]
    assert found == ["face", "woman", "gender.onnx"]
    assert [name for name in source() if wrong(name)] == ["deepface", "Reidentifier", "by_gait"]


@pytest.mark.parametrize(
    "welcome",
    WELCOME.split(),
)
def test_the_guard_lets_ordinary_words_pass(welcome: str) -> None:
    assert wrong(welcome) is None
