"""Kept answers are found again for the same question alone, and hold what the network said."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.files import open_body
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.inference.kept_answers import AnswerFolders, packed, question_key, read_answer, write_shipped
from sefd_viewer.inference.messages import PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from tests.app.session_fakes import CAMERA, AtOnce, picture, pose


@pytest.fixture(scope="module")
def asked() -> tuple[PredictRequest, dict[str, RoleResult]]:
    """A real request to the shipped networks, and their answers."""
    people = (PersonInput("1", pose(5.0)), PersonInput("2", pose(45.0)))
    request = PredictRequest(7, picture(), people, ("baseline", "student", "teacher"), EdgeSettings(), CAMERA)
    answers = {m.role: m for m in Predictor("cpu").predict(request) if isinstance(m, RoleResult)}
    return request, answers


def find_body(_id: str) -> Any:
    return open_body()


@pytest.mark.parametrize("role", ["baseline", "student", "teacher"])
def test_an_answer_comes_back_as_it_was(asked: Any, role: str, tmp_path: Path) -> None:
    answer = asked[1][role]
    (tmp_path / "answer.npz").write_bytes(packed(answer))
    back = read_answer(tmp_path / "answer.npz", 9, find_body)
    assert (back.number, back.role, len(back.predictions)) == (9, role, 2)
    for before, after in zip(answer.predictions, back.predictions, strict=True):
        np.testing.assert_allclose(after.vertices_camera, before.vertices_camera, atol=2e-5)
        np.testing.assert_array_equal(after.joints_image, before.joints_image)
        np.testing.assert_array_equal(after.camera.focal, before.camera.focal)
        np.testing.assert_array_equal(after.crop.to_crop, before.crop.to_crop)
        assert (after.weights_hash, after.orientation) == (before.weights_hash, before.orientation)
        assert (after.edge is None) == (before.edge is None)
        if before.edge is not None and after.edge is not None:
            np.testing.assert_array_equal(after.edge.values, before.edge.values)
            assert after.edge.label == before.edge.label


def changes(request: PredictRequest) -> dict[str, PredictRequest]:
    """The same question with one thing changed."""
    first, second = request.people
    moved = first.pose2d.keypoints.copy()
    moved[0, 0] += 1
    image = request.image.copy()
    image[0, 0] += 1
    other = PinholeCamera(CAMERA.focal + 1, CAMERA.principal_point)
    return {
        "pixels": replace(request, image=image),
        "pose": replace(
            request, people=(replace(first, pose2d=replace(first.pose2d, keypoints=moved)), second)
        ),
        "somebody less": replace(request, people=(first,)),
        "camera": replace(request, scene_camera=other),
        "bodies": replace(request, bodies=("/elsewhere/SMPL_NEUTRAL.pkl",)),
    }


@pytest.mark.parametrize("what", ["pixels", "pose", "somebody less", "camera", "bodies"])
def test_another_question_has_another_key(asked: Any, what: str) -> None:
    request = asked[0]
    for role in request.roles:
        assert question_key(changes(request)[what], role) != question_key(request, role)


def test_edges_count_for_those_who_see_them(asked: Any) -> None:
    request = asked[0]
    wider = replace(request, edges=EdgeSettings(kernel=7))
    assert question_key(wider, "baseline") == question_key(request, "baseline")
    assert question_key(wider, "student") != question_key(request, "student")
    assert question_key(wider, "teacher") != question_key(request, "teacher")


def test_other_weights_count_by_their_content(asked: Any, tmp_path: Path) -> None:
    request = asked[0]
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"one")
    first = question_key(replace(request, weights={"student": str(weights)}), "student")
    weights.write_bytes(b"other")
    second = question_key(replace(request, weights={"student": str(weights)}), "student")
    assert len({first, second, question_key(request, "student")}) == 3
    baseline = replace(request, weights={"baseline": str(weights)})
    assert question_key(baseline, "teacher") != question_key(request, "teacher")


def test_a_picture_counts_by_its_file(asked: Any, tmp_path: Path) -> None:
    request, path = asked[0], tmp_path / "photo.jpg"
    path.write_bytes(b"a photo")
    key = question_key(request, "baseline", image_path=path)
    copied = tmp_path / "elsewhere.jpg"
    copied.write_bytes(b"a photo")
    assert question_key(request, "baseline", image_path=copied) == key
    path.write_bytes(b"another photo")
    assert question_key(request, "baseline", image_path=path) != key


def test_folders_are_searched_in_order_and_damage_is_no_answer(asked: Any, tmp_path: Path) -> None:
    answer = asked[1]["student"]
    folders = AnswerFolders(tmp_path / "own", (tmp_path / "shipped",))
    assert folders.find("ab12", 1, find_body) is None
    write_shipped(tmp_path / "shipped", "ab12", answer)
    found = folders.find("ab12", 1, find_body)
    assert found is not None
    assert found.predictions[0].edge is None
    folders.keep("ab12", answer)
    found = folders.find("ab12", 1, find_body)
    assert found is not None
    assert found.predictions[0].edge is not None
    (file,) = (tmp_path / "own").glob("*/*")
    file.write_bytes(file.read_bytes()[:500])
    found = folders.find("ab12", 1, find_body)
    assert found is not None
    assert found.predictions[0].edge is None


def test_the_folder_keeps_to_its_size(asked: Any, tmp_path: Path) -> None:
    folders = AnswerFolders(tmp_path)
    for number in range(4):
        folders.keep(f"{number}0", asked[1]["baseline"])
        (file,) = (tmp_path / f"{number}0").glob("*")
        os.utime(file, (number, number))
    one = file.stat().st_size
    folders.shrink(2 * one + 10)
    assert sorted(path.parent.name for path in tmp_path.glob("*/*")) == ["20", "30"]
    assert folders.size() <= 2 * one + 10


def test_what_is_no_answer_is_refused(asked: Any, tmp_path: Path) -> None:
    good = packed(asked[1]["student"])
    for number, data in enumerate((b"", b"PK\x03\x04", good[:900], good.replace(b"bodies", b"bodiez"))):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(data)
        with pytest.raises(SefdError):
            read_answer(path, 1, find_body)


def test_a_run_keeps_what_the_window_looks_for(tmp_path: Path) -> None:
    from sefd_viewer.app.questions import DiskAnswers, Question
    from sefd_viewer.app.scene import load_scene
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.datasets.synthetic import SceneSettings
    from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
    from sefd_viewer.inference.messages import ROLES

    root = tmp_path / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(1, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    dataset = open_dataset(root, format="muco")
    methods, options = [Method(role, role) for role in ROLES], RunOptions(answers=tmp_path / "answers")
    store = RunStore(tmp_path / "run", RunPlan.of(dataset, methods, settings_of(options)))
    Runner(dataset, methods, options).run(store, range(1))

    scene = load_scene(1, dataset.records[0], detect=lambda _image: [], find_body=find_body)
    found: dict[str, RoleResult] = {}
    disk = DiskAnswers(tmp_path / "answers", AtOnce(), lambda call: call(), find_body)
    disk.look_up(Question(scene, EdgeSettings()), ROLES, found.update)
    assert set(found) == set(ROLES)
    assert {p.person for p in found["student"].predictions} == {person.key for person in scene.people}
