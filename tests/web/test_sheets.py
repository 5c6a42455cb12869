"""A contact sheet as a job: its pages are pictures, and it is told what is where on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from apercu.errors import NothingToShowError, RightError
from apercu.purposes import Outcome
from apercu.search import Query
from apercu.web import making, sheets
from apercu.web.jobs import JobState
from apercu.web.roles import Role

from .conftest import World


def test_each_object_is_where_the_sheet_says(world: World) -> None:
    visit = world.visit("Anna", Role.OPERATOR)
    job = sheets.start_sheet(visit, Query())
    world.service.jobs.wait(job.job_id, 60)
    made = making.find_job(visit, job.job_id)
    assert made.state is JobState.DONE and made.made is not None
    page = cv2.imread(str(making.result_file(visit, job.job_id, "page-1")))
    assert page is not None
    shown = made.made.facts["shown"]
    assert [each["page"] for each in shown] == [1, 1]
    paper = page[0, 0]
    for each in shown:
        x, y, width, height = each["picture"]
        inside = page[y : y + height, x : x + width]
        assert inside.shape[:2] == (height, width)
        assert np.abs(inside.astype(int) - paper).sum(axis=2).mean() > 20
    entry = [entry for entry in world.entries() if entry.capability == "show-images"][-1]
    assert entry.outcome == Outcome.DONE


def test_who_may_not_see_pictures_gets_no_sheet(world: World) -> None:
    with pytest.raises(RightError):
        sheets.start_sheet(world.visit("Olga", Role.OVERSEER), Query())


def test_nothing_found_is_said(world: World) -> None:
    visit = world.visit("Anna", Role.OPERATOR)
    job = sheets.start_sheet(visit, Query(classes=("bus",)))
    world.service.jobs.wait(job.job_id, 60)
    assert isinstance(making.find_job(visit, job.job_id).error, NothingToShowError)
