"""Runs over a data set: planted errors are found, a stopped run goes on, what is missing is counted."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.keypoint_precision import SIGMAS, keypoint_precision
from sefd_viewer.evaluation.runs.methods import Method, check_names, hash_of, parse_method
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.evaluation.runs.summary import MethodSummary, paired, summarise
from sefd_viewer.inference.export import SCHEMA
from sefd_viewer.resources import resource_path

PLANTED = 0.08
"""By how much one person is too large in the file of predictions."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("sets") / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(4, 3, SceneSettings(size=(160, 120), people=(2, 3), things=0)))
    return open_dataset(root, format="muco")


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, open_body: BodyModel
) -> dict[str, Path]:
    """The truth as predictions, and the same with an error planted into one person of the last photo."""
    folder = tmp_path_factory.mktemp("predictions")
    cases = [(r.key, p.key, open_body.forward(p.smpl).vertices) for r in dataset.records for p in r.people]
    records, people, vertices = zip(*cases, strict=True)
    truth = {"records": np.array(records), "people": np.array(people), "vertices": np.stack(vertices)}
    truth["body_id"] = np.array(open_body.id)
    np.savez(folder / "truth.npz", **truth)
    last = records.index(dataset.records[len(dataset.records) - 1].key)
    off = truth["vertices"].copy()
    off[last] *= 1 + PLANTED
    np.savez(folder / "off.npz", **{**truth, "vertices": off})
    return {"truth": folder / "truth.npz", "off": folder / "off.npz"}


def methods(files: dict[str, Path]) -> list[Method]:
    return [Method(name, predictions=str(path)) for name, path in files.items()]


def store_for(folder: Path, dataset: Dataset, which: list[Method]) -> RunStore:
    return RunStore(folder, RunPlan.of(dataset, which, settings_of(RunOptions())))


def run(dataset: Dataset, which: list[Method], store: RunStore, **options: object) -> None:
    Runner(dataset, which, RunOptions(device="cpu")).run(store, range(len(dataset.records)), **options)  # type: ignore[arg-type]


def test_a_planted_error_is_at_the_top(tmp_path: Path, dataset: Dataset, files: dict[str, Path]) -> None:
    store = store_for(tmp_path, dataset, methods(files))
    run(dataset, methods(files), store)
    table = store.table()
    worst = table.sort("mpjpe_mm", descending=True, nulls_last=True).row(0, named=True)
    last = dataset.records[len(dataset.records) - 1]
    assert (worst["method"], worst["record"], worst["person"]) == ("off", last.key, last.people[0].key)
    assert worst["mpjpe_mm"] > 10
    assert worst["pa_mpjpe_mm"] == pytest.approx(0, abs=0.01)
    others = table.filter(table["method"] == "truth")["mpjpe_mm"]
    assert others.max() == pytest.approx(0, abs=0.01)


def test_a_stopped_run_goes_on_where_it_was(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sefd_viewer.evaluation.runs.running.TOGETHER", 1)
    whole = store_for(tmp_path / "whole", dataset, methods(files))
    run(dataset, methods(files), whole)
    store = store_for(tmp_path / "stopped", dataset, methods(files))
    steps: list[int] = []
    run(
        dataset,
        methods(files),
        store,
        progress=lambda done, _total: steps.append(done),
        cancelled=lambda: len(steps) >= 1,
    )
    assert len(store.done()) == 1
    again = store_for(tmp_path / "stopped", dataset, methods(files))
    run(dataset, methods(files), again, progress=lambda done, _total: steps.append(done))
    assert steps[-1] == len(dataset.records)
    assert again.table().equals(whole.table())


def test_another_run_is_refused_in_the_same_folder(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path]
) -> None:
    store_for(tmp_path, dataset, methods(files))
    with pytest.raises(SefdError, match="another run .*methods"):
        store_for(tmp_path, dataset, methods(files)[:1])
    assert open_run(tmp_path).plan.methods.keys() == {"truth", "off"}


def test_a_run_of_data_or_bodies_that_changed_is_another_run(tmp_path: Path, files: dict[str, Path]) -> None:
    pictures, body = tmp_path / "pictures", tmp_path / "SMPL_MALE.pkl"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "a.png"), np.zeros((8, 8, 3), np.uint8))
    body.write_bytes(b"one")

    def store() -> RunStore:
        plan = RunPlan.of(open_dataset(pictures), methods(files), {"bodies": [str(body)]})
        return RunStore(tmp_path / "run", plan)

    first = store().plan.key()
    assert store().plan.key() == first
    for changed in (pictures / "a.png", body):
        content = changed.read_bytes()
        changed.write_bytes(content + b"more")
        with pytest.raises(SefdError, match="its annotations, pictures or bodies, which changed since"):
            store()
        changed.write_bytes(content)
        os.utime(changed, ns=(0, 0))
        with pytest.raises(SefdError, match="which changed since"):
            store()
        shutil.rmtree(tmp_path / "run")
        store()


def test_a_broken_part_is_made_again(tmp_path: Path, dataset: Dataset, files: dict[str, Path]) -> None:
    store = store_for(tmp_path, dataset, methods(files))
    run(dataset, methods(files), store)
    expected = store.table()
    (part,) = tmp_path.glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:100])
    assert store.done() == set()
    run(dataset, methods(files), store)
    assert store.table().equals(expected)


def test_a_run_of_an_older_version_is_read_with_empty_new_columns(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path]
) -> None:
    store = store_for(tmp_path, dataset, methods(files))
    run(dataset, methods(files), store)
    expected = store.table()
    (part,) = tmp_path.glob("part-*.parquet")
    pl.read_parquet(part).drop("pckh").write_parquet(part)
    assert store.table().equals(expected.with_columns(pckh=pl.lit(None, pl.Float32)))
    assert summarise(store.table())[0].metrics["pckh"].count == 0


def test_networks_answer_for_everyone_with_a_pose(tmp_path: Path, dataset: Dataset) -> None:
    which = [parse_method("student"), parse_method("baseline")]
    store = store_for(tmp_path, dataset, which)
    run(dataset, which, store)
    table = store.table()
    people = sum(len(record.people) for record in dataset.records)
    assert table.height == 2 * people
    student, baseline = sorted(summarise(table), key=lambda s: s.method, reverse=True)
    assert student.method == "student"
    assert student.metrics["mpjpe_mm"].count == people
    assert 20 < student.metrics["mpjpe_mm"].mean < 400
    assert paired(table, "student", "baseline").count == people
    assert baseline.unpredicted == 0
    rows = table.filter(table["method"] == "student")
    errors, states = (np.array(rows[name].to_list()) for name in ("joint_errors_mm", "joint_states"))
    for state, name in enumerate(("visible", "self_occluded", "other_person")):
        wrists = errors[:, -1][states[:, -1] == state]
        told = student.to_dict()["mpjpe_mm_by_state_and_joint"][name]["R_Wrist"]
        assert told == (pytest.approx(wrists.mean()) if wrists.size else None)


def test_missing_people_are_counted_and_never_averaged(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path]
) -> None:
    content = dict(np.load(files["truth"]))
    partial = {name: values[2:] if values.ndim else values for name, values in content.items()}
    np.savez(tmp_path / "partial.npz", **partial)
    which = [Method("partial", predictions=str(tmp_path / "partial.npz"))]
    store = store_for(tmp_path / "run", dataset, which)
    run(dataset, which, store)
    (summary,) = summarise(store.table())
    assert summary.unpredicted == summary.metrics["mpjpe_mm"].missing == 2
    assert summary.metrics["mpjpe_mm"].mean == pytest.approx(0, abs=0.01)
    assert summary.metrics["pck3d"].mean == 1
    assert summary.metrics["pck3d_all"].mean == pytest.approx(1 - 2 / summary.people)


def rows_of(
    folder: Path, dataset: Dataset, content: dict[str, np.ndarray]
) -> tuple[pl.DataFrame, MethodSummary]:
    """What a run makes of an archive of predictions."""
    np.savez(folder / "theirs.npz", **{"body_id": np.array("open-body-1"), **content})
    which = [Method("theirs", predictions=str(folder / "theirs.npz"))]
    store = store_for(folder / "run", dataset, which)
    run(dataset, which, store)
    (summary,) = summarise(store.table())
    return store.table(), summary


def test_predictions_that_are_not_finite_are_counted_and_told(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path]
) -> None:
    content = dict(np.load(files["truth"]))
    content["vertices"][1, 7] = np.nan
    table, summary = rows_of(tmp_path, dataset, content)
    assert summary.unpredicted == summary.metrics["mpjpe_mm"].missing == 1
    assert summary.metrics["mpjpe_mm"].mean == pytest.approx(0, abs=0.01)
    assert all(value == pytest.approx(0, abs=0.01) for value in summary.joints.values())
    [problem] = table["problem"].drop_nulls().to_list()
    assert problem.startswith("1 of 6890 predicted vertices are not finite")


def test_one_broken_body_does_not_take_the_others_along(tmp_path: Path, dataset: Dataset) -> None:
    people = [(r.key, p.key, p.smpl) for r in dataset.records for p in r.people]
    records, names, smpl = zip(*people, strict=True)
    poses = np.array([one.pose for one in smpl])
    poses[0, 3] = np.nan
    betas, transl = (np.array([getattr(one, name) for one in smpl]) for name in ("betas", "transl"))
    content = {"records": records, "people": names, "pose": poses, "betas": betas, "transl": transl}
    table, summary = rows_of(tmp_path, dataset, content)
    assert table["problem"][0].startswith("the body parameter pose holds values that are not finite")
    assert table["problem"].null_count() == summary.metrics["mpjpe_mm"].count == len(people) - 1


def test_people_of_other_names_are_matched_by_where_they_are(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path]
) -> None:
    content = dict(np.load(files["off"]))
    expected, _ = rows_of(tmp_path, dataset, content)
    content["people"] = np.array([f"found {n}" for n in range(len(content["people"]))])
    content["vertices"][0] += [50, 0, 0]
    (tmp_path / "other").mkdir()
    table, summary = rows_of(tmp_path / "other", dataset, content)
    missing, stranger = table["problem"].drop_nulls().to_list()
    assert missing == "not predicted"
    assert stranger.startswith("lies near nobody's joints: ")
    annotated = table.filter(table["has_truth"])
    assert annotated["person"].to_list() == expected["person"].to_list()
    assert annotated["mpjpe_mm"][1:].to_list() == expected["mpjpe_mm"][1:].to_list()
    assert (summary.people, summary.unpredicted) == (len(expected), 1)


def test_bodies_of_another_mesh_are_told_and_compared_by_their_joints(
    tmp_path: Path, dataset: Dataset, open_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"records": [dataset.records[0].key], "people": [dataset.records[0].people[0].key]}
    table, _ = rows_of(tmp_path, dataset, wrong | {"vertices": np.zeros((1, 5, 3))})
    assert "vertices" in table["problem"].drop_nulls()[0]
    other = replace(open_body, id="other", faces=open_body.faces[::-1])
    find = Runner.find_body
    monkeypatch.setattr(
        Runner, "find_body", lambda self, body_id: other if body_id == "other" else find(self, body_id)
    )
    person = dataset.records[0].people[0]
    vertices = open_body.forward(person.smpl).vertices[None]
    (tmp_path / "other").mkdir()
    table, summary = rows_of(
        tmp_path / "other", dataset, {**wrong, "vertices": vertices, "body_id": np.array("other")}
    )
    row = table.filter(table["person"] == person.key).row(0, named=True)
    assert row["mpjpe_mm"] == pytest.approx(0, abs=0.01)
    assert row["mpvpe_mm"] is None
    assert row["problem"] == "no errors of vertices: other and open-body-1 have different meshes"
    assert summary.metrics["mpvpe_mm"].count == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"people": np.array(["1"])}, r"people is \(1,\) for 2 records"),
        ({"people": np.array(["1", "1"])}, "person 1 of a occurs twice"),
        ({"vertices": np.zeros(3)}, r"vertices is \(3,\) for 2 records"),
        ({"pose": np.zeros((2, 72))}, "pose without betas"),
    ],
    ids=["people", "twice", "vertices", "betas"],
)
def test_archives_that_do_not_fit_together_are_refused(
    tmp_path: Path, dataset: Dataset, change: dict[str, np.ndarray], words: str
) -> None:
    content = {"records": np.array(["a", "a"]), "people": np.array(["1", "2"])}
    content["body_id"] = np.array("open-body-1")
    default = {} if "pose" in change else {"vertices": np.zeros((2, 6890, 3))}
    np.savez(tmp_path / "x.npz", **(content | default | change))
    with pytest.raises(SefdError, match=words):
        Runner(dataset, [Method("x", predictions=str(tmp_path / "x.npz"))], RunOptions(device="cpu"))


def test_an_archive_tells_which_pictures_it_shares_with_the_set(tmp_path: Path, open_body: BodyModel) -> None:
    found = Dataset("d", None, "image folder", [Record(f"{name}.jpg", f"photo {name}") for name in "abc"])

    def read(*names: str) -> FilePredictions:
        vertices = np.zeros((len(names), open_body.vertex_count, 3), np.float32)
        np.savez(tmp_path / "ours.npz", records=names, vertices=vertices, body_id=open_body.id)
        method = Method("ours", predictions=str(tmp_path / "ours.npz"))
        return FilePredictions(method, lambda _id: open_body, found)

    assert read("a.jpg", "z.jpg").notes == (
        "the program's own form: 2 bodies, people by name",
        "1 of its 2 pictures are in the set, found by name",
        "not in the set: z.jpg",
        "2 photos are not in the file: b.jpg, c.jpg",
    )
    assert read("photo b").notes[1:2] == ("1 of its 1 pictures are in the set, found by name",)
    with pytest.raises(SefdError, match=r"of other pictures: not in the set are x, y.*pictures are a\.jpg"):
        read("x", "y")


def test_a_broken_document_is_refused(tmp_path: Path, dataset: Dataset) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"schema": SCHEMA, "image": {"path": "a.jpg"}, "people": [{"person": "1"}]}))
    with pytest.raises(SefdError, match=r"a.json.*broken \(KeyError: 'predictions'\)"):
        Runner(dataset, [Method("x", predictions=str(file))], RunOptions(device="cpu"))


def test_a_broken_picture_does_not_stop_the_run(tmp_path: Path, dataset: Dataset) -> None:
    records = [replace(dataset.records[0], image_path=tmp_path / "none.jpg", key="gone"), dataset.records[1]]
    broken = replace(dataset, records=records)
    which = [parse_method("baseline")]
    store = store_for(tmp_path / "run", broken, which)
    run(broken, which, store)
    table = store.table()
    gone = table.filter(table["record"] == "gone")
    assert gone["person"].to_list() == [None]
    assert "none.jpg" in gone["problem"][0]
    assert table.filter(table["record"] != "gone")["mpjpe_mm"].null_count() == 0


def test_words_that_name_methods(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").touch()
    (tmp_path / "theirs.npz").touch()
    assert parse_method("teacher") == Method("teacher", "teacher")
    mine = parse_method(f"mine=student:{tmp_path / 'mine.safetensors'}")
    assert (mine.name, mine.role, mine.is_network) == ("mine", "student", True)
    theirs = parse_method(f"theirs={tmp_path / 'theirs.npz'}")
    assert (theirs.is_network, theirs.predictions) == (False, str(tmp_path / "theirs.npz"))
    for words in ("nobody", "x=none.npz", "student:weights"):
        with pytest.raises(SefdError):
            parse_method(words)
    with pytest.raises(SefdError, match="two methods"):
        check_names([Method("a", "student"), Method("a", "teacher")])


def test_summaries_are_plain_values(tmp_path: Path, dataset: Dataset, files: dict[str, Path]) -> None:
    store = store_for(tmp_path, dataset, methods(files))
    run(dataset, methods(files), store)
    for summary in summarise(store.table()):
        assert json.loads(json.dumps(summary.to_dict()))["method"] in files


def test_precision_of_joints_falls_with_their_distance(tmp_path: Path, open_body: BodyModel) -> None:
    (tmp_path / "MSCOCO").mkdir()
    WRITERS["mscoco"](
        tmp_path / "MSCOCO", Plan(3, 5, SceneSettings(size=(320, 240), people=(1, 2), things=0))
    )
    dataset = open_dataset(tmp_path / "MSCOCO", format="mscoco")
    cases = [(r.key, p.key, open_body.forward(p.smpl).vertices) for r in dataset.records for p in r.people]
    records, people, vertices = (np.array(values) for values in zip(*cases, strict=True))
    found = {}
    for name, shift in (("exact", 0.0), ("beside", 0.35)):
        moved = vertices + [shift, 0, 0]
        parts = {"records": records, "people": people, "vertices": moved, "body_id": open_body.id}
        np.savez(tmp_path / f"{name}.npz", **parts)
        found[name] = Method(name, predictions=str(tmp_path / f"{name}.npz"))
    store = store_for(tmp_path / "run", dataset, list(found.values()))
    run(dataset, list(found.values()), store)
    beside, exact = sorted(summarise(store.table()), key=lambda summary: summary.method)
    assert exact.average_precision["coco17 AP"] > 0.9
    assert beside.average_precision["coco17 AP"] < 0.3


@pytest.mark.parametrize(("joint_set", "area"), [("coco17", 5000.0), ("crowdpose14", 0.53 * 5000.0)])
def test_similarity_is_judged_by_the_area_of_the_set(joint_set: str, area: float) -> None:
    spread = 2 * np.array(SIGMAS[joint_set])
    apart = np.linspace(0, 60, 6001)
    similarity = np.exp(-(apart[:, None] ** 2) / (2 * area * spread**2)).mean(axis=1)
    limit = apart[np.argmin(np.abs(similarity - 0.5))]
    true = np.column_stack([np.random.default_rng(2).uniform(0, 90, (len(spread), 2)), np.ones(len(spread))])
    for distance, expected in ((limit - 0.1, 1.0), (limit + 0.1, 0.0)):
        row = {"position": 0, "joint_set": joint_set, "box_area": 5000.0, "score": 1.0}
        points = (true[:, :2] + [distance, 0]).ravel().tolist()
        rows = pl.DataFrame([{**row, "true_keypoints": true.ravel().tolist(), "keypoints": points}])
        assert keypoint_precision(rows)["AP50"] == pytest.approx(expected)


def test_what_other_threads_print_meanwhile_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """pycocotools prints its steps; nothing of that is heard, and standard output stays what it is."""
    row = {"position": 0, "joint_set": "coco17", "box_area": 5000.0, "score": 1.0}
    points = [float(value) for value in range(34)]
    true = np.column_stack([np.reshape(points, (17, 2)), np.ones(17)]).ravel().tolist()
    rows = pl.DataFrame([{**row, "true_keypoints": true, "keypoints": points}])
    ours, seen = sys.stdout, set()

    def look(_frame: object, _event: str, _about: object) -> None:
        seen.add(sys.stdout)

    sys.setprofile(look)
    try:
        keypoint_precision(rows)
    finally:
        sys.setprofile(None)
    assert seen == {ours}
    assert capsys.readouterr().out == ""


def test_shards_that_write_into_one_folder_at_once_lose_nothing(
    tmp_path: Path, dataset: Dataset, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (store_for(tmp_path, dataset, methods(files)) for _ in range(2))
    with monkeypatch.context() as race:
        race.setattr(RunStore, "_parts", lambda _store: [])  # both look before the other one has written
        for store, positions in ((first, (0, 1)), (second, (2, 3))):
            rows = [{"position": place, "record": f"{place}", "method": "truth"} for place in positions]
            store.add(rows)
    assert open_run(tmp_path).table()["position"].to_list() == [0, 1, 2, 3]


def test_missing_weights_are_named_before_a_run_begins(tmp_path: Path) -> None:
    gone = Method("see", "student", weights=str(tmp_path / "see.safetensors"))
    with pytest.raises(SefdError, match="weights of see are missing") as error:
        gone.identity()
    assert "see.safetensors" in str(error.value)


def test_a_student_of_guessed_edges_is_another_method_when_either_network_is(tmp_path: Path) -> None:
    """The network that sees the edges and the estimator decide together."""
    pytest.importorskip("torch")
    from sefd_viewer.networks.edge_estimators import EstimatorCard, build_estimator, save_estimator

    names = [tmp_path / f"{number}.safetensors" for number in range(2)]
    for name in names:
        save_estimator(name, build_estimator("see", (2, 4)), EstimatorCard("see", (2, 4), 32))
    first, second = (Method("see", "student", weights=str(name)).identity() for name in names)
    assert first != second
    assert hash_of(resource_path("weights/see.safetensors")) in first
