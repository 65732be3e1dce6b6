"""Hiding people on purpose: the shares are exact, and nothing but what hides changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.occluding import (
    Kind,
    OccludedRecords,
    covering,
    silhouette,
    suitable,
)

LEVELS = (0.0, 0.2, 0.5)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(6, 3, SceneSettings(size=(320, 240), people=(1, 2), things=0)))
    return open_dataset(root, format="muco")


def changed(dataset: Dataset, body: BodyModel, kind: Kind) -> OccludedRecords:
    cases = suitable(dataset, lambda _id: body, 4)
    return OccludedRecords(dataset, cases, LEVELS, kind, lambda _id: body)


@pytest.mark.parametrize(("kind", "exact"), [("object", 0.02), ("person", 0.08), ("truncation", 0.03)])
def test_as_much_is_hidden_as_was_asked_for(
    dataset: Dataset, open_body: BodyModel, kind: Kind, exact: float
) -> None:
    records = changed(dataset, open_body, kind)
    assert len(records) % len(LEVELS) == 0
    for index, record in enumerate(records):
        case, level = records.case_of(index)
        base = dataset.records[case.position]
        before, after = base.load(), record.load()
        mask = silhouette(base, base.person(case.person), lambda _id: open_body)
        if kind == "truncation":
            left = silhouette(record, record.people[0], lambda _id: open_body).sum()
            share = 1 - left / mask.sum()
            assert record.size == (after.shape[1], after.shape[0])
        else:
            share = ((before != after).any(axis=2) & mask).sum() / mask.sum()
        assert share == pytest.approx(level, abs=exact)
        assert records.hidden(index).share == pytest.approx(level, abs=exact)
        assert np.array_equal(before, after) == (level == 0)


def test_bodies_stay_where_they_are_in_a_cut_picture(dataset: Dataset, open_body: BodyModel) -> None:
    records = changed(dataset, open_body, "truncation")
    for index, record in enumerate(records):
        case, level = records.case_of(index)
        if level == 0:
            continue
        base = dataset.records[case.position]
        picture, whole = record.load(), base.load()
        (person,) = record.people
        first = base.person(case.person)
        assert person.smpl is first.smpl
        pixels = [
            (one.camera or of.camera).project_camera(open_body.forward(one.smpl).joints)  # type: ignore
            for one, of in ((first, base), (person, record))
        ]
        moved = np.round(pixels[0] - pixels[1]).astype(int)[0]
        x, y = moved
        assert np.array_equal(whole[y : y + picture.shape[0], x : x + picture.shape[1]], picture)
        assert person.pose2d is not None
        seen = person.pose2d.keypoints[person.pose2d.keypoints[:, 2] > 0, :2]
        assert ((seen >= 0) & (seen < record.size)).all()


def test_pictures_are_the_same_every_time(dataset: Dataset, open_body: BodyModel) -> None:
    first, second = (changed(dataset, open_body, "person") for _ in range(2))
    assert all(np.array_equal(a.load(), b.load()) for a, b in zip(first, second, strict=True))
    assert len({record.key for record in first}) == len(first)


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5, 4.0])
def test_a_bar_hides_its_share_of_a_disc(angle: float) -> None:
    y, x = np.mgrid[:200, :200]
    disc = (x - 100) ** 2 + (y - 90) ** 2 < 60**2
    for level in (0.1, 0.35, 0.8):
        assert (covering(disc, level, angle) & disc).sum() / disc.sum() == pytest.approx(level, abs=0.01)


def test_a_set_without_bodies_is_refused(tmp_path: Path, open_body: BodyModel) -> None:
    from PIL import Image

    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(SefdError, match="nobody here has a body"):
        suitable(open_dataset(tmp_path), lambda _id: open_body, 3)
