"""What is told of a synopsis before it is made is what is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from apercu.archive import Archive
from apercu.errors import NothingToShowError, RightError
from apercu.search import Query
from apercu.synopsis import ArrangeOptions, SynopsisOptions
from apercu.web import making
from apercu.web.arranging import arrange_tubes, hold_tubes, shape, with_effort
from apercu.web.roles import Role

from .conftest import World


def test_the_length_told_is_the_length_made(world: World) -> None:
    visit = world.visit("Anna", Role.REVIEWER)
    options = SynopsisOptions(camera="gate")
    held = hold_tubes(visit, options)
    told = arrange_tubes(held, (), options.arrange)
    job = making.start_synopsis(visit, options)
    world.service.jobs.wait(job.job_id, 60)
    metrics = making.result_index(visit, job.job_id)["metrics"]
    assert metrics["output_s"] == pytest.approx(float(told.frame_count / told.rate), abs=0.01)
    assert metrics["tubes_kept"] == len(told.tubes) == len(held.tubes) == 2


@pytest.mark.parametrize(("length_s", "kept"), [(None, True), (0.5, False)])
def test_programs_are_told_whether_the_length_was_kept(
    world: World, length_s: float | None, *, kept: bool
) -> None:
    client, body = world.client("Anna", Role.REVIEWER), {"camera": "gate", "arrange": {"length_s": length_s}}
    job = client.post(f"{world.base}/jobs/synopsis", json=body).json()
    world.service.jobs.wait(job["job_id"], 60)
    facts = client.get(f"{world.base}/jobs/{job['job_id']}").json()["facts"]
    assert (facts["length_asked_s"], facts["length_kept"]) == (length_s, kept)


def test_an_unknown_camera_is_answered_alike(world: World) -> None:
    client = world.client("Anna", Role.REVIEWER)
    for body in ({"camera": "gatee"}, {"query": {"cameras": ["gatee"]}}):
        answers = [
            client.post(f"{world.base}/{path}", json=body) for path in ("jobs/synopsis", "arrangements")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        told, other = (answer.json() for answer in answers)
        assert told == other and told["what"] == "unknown camera 'gatee'"
        assert told["next_step"].startswith("Did you mean 'gate'? Choose one of: ")


def test_the_length_told_is_that_of_groups_where_groups_are_asked_for(world: World) -> None:
    visit = world.visit("Anna", Role.REVIEWER)
    options = SynopsisOptions(camera="gate", group_by="class")
    job = making.start_synopsis(visit, options)
    world.service.jobs.wait(job.job_id, 60)
    made = making.result_index(visit, job.job_id)["metrics"]["output_s"]
    assert shape(visit, options).length_s == pytest.approx(made, abs=0.01)
    held = hold_tubes(visit, options)
    apart = replace(held, began={key: datetime(2026, 3, 2, 9 + n) for n, key in enumerate(held.began)})
    hours = arrange_tubes(apart, (), options.arrange, "hour").frame_count
    assert hours == sum(len(tube) for tube in held.tubes)
    assert hours > arrange_tubes(apart, (), options.arrange).frame_count


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"arrange": {"length_s": 1e300}}, "a length of 1e+300 s makes no sense"),
        ({"arrange": {"seed": -1}}, "a seed of -1 makes no sense"),
        ({"crf": 99}, "a quality of 99 makes no sense"),
        ({"nonsense": 1}, "nonsense"),
        ({"arrange": {"dense": 1}}, "dense"),
        ({"render": {"label": True}}, "label"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_service_goes_on(
    world: World, body: dict[str, Any], told: str
) -> None:
    client, path = world.client("Anna", Role.REVIEWER), f"{world.base}/arrangements"
    answer = client.post(path, json={"camera": "gate", **body})
    assert 400 <= answer.status_code < 500 and told in answer.text
    assert client.post(path, json={"camera": "gate"}).status_code == 200


def test_classes_are_left_out_without_reading_anew(world: World) -> None:
    visit = world.visit("Anna", Role.REVIEWER)
    held = hold_tubes(visit, SynopsisOptions(camera="gate", query=Query()))
    before = len(world.entries())
    assert arrange_tubes(held, ("bus",), ArrangeOptions()).frame_count == 0
    assert len(world.entries()) == before


def test_what_stays_the_same_is_worked_out_once(world: World) -> None:
    visit = world.visit("Anna", Role.REVIEWER)
    held = hold_tubes(visit, SynopsisOptions(camera="gate"))
    assert held.of(()) is held.of(())
    assert held.of(("car", "person")) is held.of(("person", "car"))
    first = held.of(())
    for classes in (("car",), ("bus",), ("truck",), ("dog",)):
        held.of(classes)
    assert held.of(()) is not first  # no more than the last few are kept


def test_answers_that_are_asked_for_at_once_are_those_asked_for_one_by_one(world: World) -> None:
    held = hold_tubes(world.visit("Anna", Role.REVIEWER), SynopsisOptions(camera="gate"))
    asked = [
        ((), ArrangeOptions(overlap=share, together=once)) for share in (0.0, 0.05) for once in (0.5, 1.0)
    ]
    asked += [(("car",), options) for _, options in asked]
    alone = [arrange_tubes(held, *each).starts.tolist() for each in asked]
    again = hold_tubes(world.visit("Anna", Role.REVIEWER), SynopsisOptions(camera="gate"))
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda each: arrange_tubes(again, *each).starts.tolist(), asked * 5)
    assert list(found) == alone * 5


def test_many_tubes_are_looked_at_with_less_effort_for_each() -> None:
    assert with_effort(ArrangeOptions(), 10).effort == 1.0
    assert with_effort(ArrangeOptions(), 1000).effort == pytest.approx(0.2)


def test_another_density_is_told_without_reading_anew(world: World) -> None:
    client, path = world.client("Anna", Role.REVIEWER), f"{world.base}/arrangements"
    first = client.post(path, json={"camera": "gate"}).json()
    assert first["objects"] == 2 and 0 < first["length_s"] <= first["recorded_s"]
    before = len(world.entries())
    one = client.post(path, json={"camera": "gate", "arrange": {"density": 1}}).json()
    assert one["length_s"] > first["length_s"]
    none = client.post(path, json={"camera": "gate", "query": {"classes": ["bus"]}}).json()
    assert (none["objects"], none["length_s"]) == (0, 0.0)
    assert len(world.entries()) == before


def test_what_is_held_is_each_persons_own_and_goes_with_the_right(world: World) -> None:
    options = SynopsisOptions(camera="gate")
    anna, bert = world.visit("Anna", Role.REVIEWER), world.visit("Bert", Role.REVIEWER)
    mine = world.service.tubes.of(anna, options)
    assert world.service.tubes.of(anna, options) is mine
    assert world.service.tubes.of(bert, options) is not mine
    world.service.rights.end(world.people["Anna"].person_id, world.archive_id)
    with pytest.raises(RightError):
        world.service.tubes.of(anna, options)


def test_what_is_held_goes_with_its_recordings(world: World) -> None:
    visit, tubes = world.visit("Anna", Role.REVIEWER), world.service.tubes
    tubes.of(visit, SynopsisOptions(camera="gate"))
    world.service.tidy()
    assert len(tubes._held) == 1
    Archive.open(world.folder).shelf.erase(world.recording_id)
    with pytest.raises(NothingToShowError):
        tubes.of(visit, SynopsisOptions(camera="gate"))
    world.service.tidy()
    assert not tubes._held


def test_an_overseer_shapes_nothing(world: World) -> None:
    visit = world.visit("Olga", Role.OVERSEER)
    with pytest.raises(RightError):
        hold_tubes(visit, SynopsisOptions(camera="gate"))
