"""Average precision: equal to pycocotools on the set's own file and the same detections, strangers too."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.exclude_list import ExcludeList, without
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.runs.keypoint_precision import SIGMAS
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.evaluation.runs.summary import summarise

CROWDPOSE_SIGMAS = np.array([79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89, 79, 79]) / 1000
Content = dict[str, Any]


def test_joints_are_judged_as_strictly_as_by_the_sets_own_programs() -> None:
    np.testing.assert_allclose(SIGMAS["coco17"], Params("keypoints").kpt_oks_sigmas)
    np.testing.assert_allclose(SIGMAS["crowdpose14"], CROWDPOSE_SIGMAS)


def write_set(folder: Path, format: str) -> tuple[Path, Content]:
    """A synthetic set with masks' areas as in MSCOCO, a crowd and somebody without labelled keypoints."""
    folder.mkdir()
    WRITERS[format](folder, Plan(4, 3, SceneSettings(size=(320, 240), people=(2, 3), things=0)))
    (file,) = [one for one in (folder / "annotations").glob("*.json") if "NeuralAnnot" not in one.name]
    content = json.loads(file.read_text())
    people = content["annotations"]
    for number, person in enumerate(people):
        person["area"] = person["bbox"][2] * person["bbox"][3] * (0.3 + 0.1 * (number % 4))
    empty = [0] * len(people[0]["keypoints"])
    first, last = content["images"][0], content["images"][-1]
    nobody = {"keypoints": empty, "num_keypoints": 0, "category_id": people[0]["category_id"]}
    crowd = {"id": 9001, "image_id": first["id"], "iscrowd": 1, "bbox": [0, 0, 100, 200], "area": 9000.0}
    unlabelled = {"id": 9002, "image_id": last["id"], "iscrowd": 0, "bbox": [200, 10, 60, 90], "area": 3000.0}
    people += [crowd | nobody, unlabelled | nobody]
    file.write_text(json.dumps(content))
    return file, content


def predictions(dataset: Dataset, body: BodyModel) -> dict[str, np.ndarray]:
    """Everybody a little beside his place, some more than others; strangers, some where nobody is judged."""
    rng, rows = np.random.default_rng(1), []
    for record in dataset.records:
        for person in record.people:
            assert person.smpl is not None
            vertices = body.forward(person.smpl).vertices + rng.normal(0, [0.03, 0.03, 0])
            rows.append((record.key, person.key, vertices, rng.uniform(0.3, 1)))
            for number in range(2):
                beside = vertices + [rng.choice([-0.3, 0.9]), 0.1, 0.4]
                rows.append((record.key, f"stranger {person.key} {number}", beside, rng.uniform(0.1, 0.9)))
    records, people, vertices, scores = zip(*rows, strict=True)
    stacked = np.stack(vertices).astype(np.float32)
    return {"records": records, "people": people, "vertices": stacked, "scores": scores}  # type: ignore[dict-item]


def evaluated(
    folder: Path, dataset: Dataset, content: dict[str, np.ndarray]
) -> tuple[RunStore, dict[str, float]]:
    np.savez(folder / "theirs.npz", body_id="open-body-1", **content)
    method = Method("theirs", predictions=str(folder / "theirs.npz"))
    options = RunOptions(device="cpu")
    store = RunStore(folder / "run", RunPlan.of(dataset, [method], settings_of(options)))
    Runner(dataset, [method], options).run(store, range(len(dataset.records)))
    (summary,) = summarise(store.table())
    return store, summary.average_precision


def by_pycocotools(
    truth: Content, dataset: Dataset, body: BodyModel, content: dict[str, np.ndarray], joint_set: str
) -> np.ndarray:
    """AP, AP50, AP75 of the bodies' joints in the pictures, from the set's own file."""
    ids = {Path(image["file_name"]).name: image["id"] for image in truth["images"]}
    answers = []
    columns = (content[name] for name in ("records", "people", "vertices", "scores"))
    for record, person, vertices, score in zip(*columns, strict=True):
        people = {one.key: one.camera for one in dataset.records[dataset.position(record)].people}
        camera = people.get(person, next(iter(people.values())))
        assert camera is not None
        points = camera.project_camera(body.joints(vertices, body.J_regressor @ vertices, joint_set))
        keypoints = np.column_stack([points, np.ones(len(points))]).ravel().tolist()
        picture = ids[Path(record).name]
        answers.append({"image_id": picture, "category_id": 1, "keypoints": keypoints, "score": float(score)})
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = COCO()
        loaded.dataset = copy.deepcopy(truth)
        loaded.createIndex()
        judged = COCOeval(loaded, loaded.loadRes(answers), "keypoints")
        if joint_set == "crowdpose14":
            judged.params.kpt_oks_sigmas = CROWDPOSE_SIGMAS
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return judged.stats[:3]


def test_mscoco_s_numbers_are_those_of_pycocotools(tmp_path: Path, open_body: BodyModel) -> None:
    _, truth = write_set(tmp_path / "set", "mscoco")
    dataset = open_dataset(tmp_path / "set", format="mscoco")
    content = predictions(dataset, open_body)
    store, found = evaluated(tmp_path, dataset, content)
    expected = by_pycocotools(truth, dataset, open_body, content, "coco17")
    assert list(found.values()) == pytest.approx(expected, abs=1e-6)
    assert 0.05 < expected[0] < 0.95
    kinds = store.table()["kind"].to_list()
    assert kinds.count("left out") == 2


def test_crowdpose_s_numbers_are_those_of_its_own_program(tmp_path: Path, open_body: BodyModel) -> None:
    """It takes 0.53 of the box for the area, whatever the file says, and sigmas of its own."""
    _, truth = write_set(tmp_path / "set", "crowdpose")
    dataset = open_dataset(tmp_path / "set", format="crowdpose")
    content = predictions(dataset, open_body)
    _, found = evaluated(tmp_path, dataset, content)
    for person in truth["annotations"]:
        person["area"] = 0.53 * person["bbox"][2] * person["bbox"][3]
    expected = by_pycocotools(truth, dataset, open_body, content, "crowdpose14")
    assert list(found.values()) == pytest.approx(expected, abs=1e-6)
    assert 0.05 < expected[0] < 0.95


def test_crowdpose_s_easy_medium_and_hard_pictures_are_measured_alone(
    tmp_path: Path, open_body: BodyModel
) -> None:
    file, truth = write_set(tmp_path / "set", "crowdpose")
    for image, index in zip(truth["images"], (0.09, 0.1, 0.8, 0.81), strict=True):
        image["crowdIndex"] = index
    file.write_text(json.dumps(truth))
    dataset = open_dataset(tmp_path / "set", format="crowdpose")
    assert open_dataset(tmp_path / "set", format="crowdpose").records[3].crowd_index == 0.81  # from the index
    content = predictions(dataset, open_body)
    _, found = evaluated(tmp_path, dataset, content)
    for person in truth["annotations"]:
        person["area"] = 0.53 * person["bbox"][2] * person["bbox"][3]
    for level, places in (("easy", (0,)), ("medium", (1, 2)), ("hard", (3,))):
        inside = [truth["images"][place] for place in places]
        ids = {image["id"] for image in inside}
        people = [one for one in truth["annotations"] if one["image_id"] in ids]
        names = {Path(image["file_name"]).name for image in inside}
        rows = [place for place, key in enumerate(content["records"]) if Path(key).name in names]
        own = {name: np.array(column)[rows] for name, column in content.items()}
        part = truth | {"images": inside, "annotations": people}
        expected = by_pycocotools(part, dataset, open_body, own, "crowdpose14")
        assert found[f"crowdpose14 AP {level}"] == pytest.approx(expected[0], abs=1e-6)
    assert 0 < found["crowdpose14 AP medium"] < 1


def test_invented_people_cost_what_their_scores_say(tmp_path: Path, open_body: BodyModel) -> None:
    write_set(tmp_path / "set", "mscoco")
    dataset = open_dataset(tmp_path / "set", format="mscoco")
    body = {r.key: open_body.forward(r.people[0].smpl).vertices for r in dataset.records if r.people[0].smpl}
    right = [
        (r.key, p.key, open_body.forward(p.smpl).vertices, 0.5)
        for r in dataset.records
        for p in r.people
        if p.smpl
    ]
    precision = {}
    for name, score in (("unsure", 0.1), ("sure", 0.9)):
        invented = [
            (key, f"{name} {n}", own + [0, -1.5, 0], score) for key, own in body.items() for n in range(10)
        ]
        records, people, vertices, scores = zip(*right, *invented, strict=True)
        (tmp_path / name).mkdir()
        archive = {"records": records, "people": people, "vertices": np.stack(vertices), "scores": scores}
        _, precision[name] = evaluated(tmp_path / name, dataset, archive)  # type: ignore[arg-type]
    assert precision["unsure"]["coco17 AP50"] == pytest.approx(1, abs=0.01)
    assert precision["sure"]["coco17 AP50"] < 0.35


def test_people_on_the_list_of_what_to_leave_out_are_neither_missed_nor_strangers(
    tmp_path: Path, open_body: BodyModel
) -> None:
    write_set(tmp_path / "set", "mscoco")
    dataset = open_dataset(tmp_path / "set", format="mscoco")
    right = [
        (r.key, p.key, open_body.forward(p.smpl).vertices)
        for r in dataset.records
        for p in r.people
        if p.smpl
    ]
    records, people, vertices = zip(*right, strict=True)
    first = dataset.records[0]
    fewer = without(dataset, ExcludeList(frozenset(), {first.key: frozenset({first.people[0].key})}))
    archive = {"records": records, "people": people, "vertices": np.stack(vertices)}
    (tmp_path / "all").mkdir()
    _, every = evaluated(tmp_path / "all", dataset, archive)  # type: ignore[arg-type]
    (tmp_path / "fewer").mkdir()
    _, found = evaluated(tmp_path / "fewer", fewer, archive)  # type: ignore[arg-type]
    assert (every["coco17 AP50"], found["coco17 AP50"]) == pytest.approx((1, 1), abs=0.01)
