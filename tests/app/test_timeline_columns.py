"""The timeline of all moments at once has the numbers that one moment after the other has."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.app.scene import people_of
from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.features.cameras.model import Against, CamerasState
from sefd_viewer.features.cameras.moments import moment_of, sequence_around
from sefd_viewer.features.cameras.scene import board_scene
from sefd_viewer.features.cameras.timeline import errors_at_once, moment_errors
from tests.app.session_fakes import dataset as pictures
from tests.cameras.human36m_rig import Rig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A set in which a view, a body and a joint are missing somewhere."""
    rig = Rig(tmp_path_factory.mktemp("sets") / "h36m", pictures=False)
    data, bodies, joints = (rig.load(5, name) for name in ("data", "smpl_param", "joint_3d"))
    del data["images"][7], data["annotations"][7]
    del bodies["14"]["2"]["3"]
    joints["2"]["1"]["2"][5] = [float("nan")] * 3
    for name, content in (("data", data), ("smpl_param", bodies), ("joint_3d", joints)):
        rig.store(5, name, content)
    return rig


def opened(rig: Rig) -> Dataset:
    return open_dataset(rig.root, options=ReadOptions(bodies=(str(rig.body),)))


@pytest.mark.parametrize("against", ["triangulated", "body"])
@pytest.mark.parametrize("mode", ["exact", "paper", "raw"])
def test_all_at_once_equals_one_by_one(rig: Rig, against: Against, mode: str) -> None:
    dataset, find = opened(rig), catalog_at((str(rig.body),)).get
    board = CamerasState(against=against, mode=mode)  # type: ignore[arg-type]
    sequence = sequence_around(dataset, dataset.keys[0])
    found = errors_at_once(dataset, sequence, board, find)
    assert found is not None
    for place, key in enumerate(sequence.keys):
        moment = moment_of(dataset, key)
        people = {
            view: people_of(record, record.load, detect=lambda _image: [], find_body=find)[0]
            for view, record in moment.records.items()
        }
        expected = moment_errors(board_scene(moment, people, {}, board, find), against)
        own = {seen: line[place] for seen, line in found.items() if np.isfinite(line[place])}
        assert own == pytest.approx(expected, abs=1e-3)


def test_other_sets_and_other_readings_go_the_long_way(rig: Rig) -> None:
    dataset, find = opened(rig), catalog_at(()).get
    sequence = sequence_around(dataset, dataset.keys[0])
    read = CamerasState(conventions=Conventions().with_option("camera.unit", 0.001))
    assert errors_at_once(dataset, sequence, read, find) is None
    other = pictures()
    assert errors_at_once(other, sequence_around(other, other.keys[0]), CamerasState(), find) is None
