"""Crops of annotated sets hold what their files say."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sefd_viewer.body import open_body
from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry import axis_angle_to_matrix
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.edge_estimators import is_estimator, load_estimator
from sefd_viewer.training.batches import Augmentation, make_batch
from sefd_viewer.training.crops import body_of, open_crops
from sefd_viewer.training.lifting import pretrain
from sefd_viewer.training.module import Joints30
from sefd_viewer.training.recipes import SetShare, read_recipe, recipe_names
from sefd_viewer.training.set_crops import SetSource, make_set_crops
from tests.owners_files import mscoco_set, smpl_arrays, threedpw_sequences, write_body

SMALL = SceneSettings(size=(200, 200), people=(2, 2), things=0)
FORMATS = ("human36m", "muco", "mscoco", "mpii", "crowdpose", "3dpw")


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    for name in FORMATS:
        (folder / name).mkdir()
        WRITERS[name](folder / name, Plan(2, 3, SMALL))
    return folder


def rows_of(folder: Path, root: Path, name: str, **share: object) -> np.ndarray:
    source = SetSource(name, root, SetShare(**share))  # type: ignore[arg-type]
    assert make_set_crops(folder, source, size=128) == []
    crops = open_crops(folder)
    return crops.rows(np.arange(len(crops)))


@pytest.mark.parametrize("name", FORMATS)
def test_bodies_joints_and_pictures_of_every_layout_agree(sets: Path, tmp_path: Path, name: str) -> None:
    """The body of the stored pose and shape has the stored joints, in the crop's frame and in its pixels."""
    rows = rows_of(tmp_path, sets / name, name)
    assert len(rows) >= 2
    for row in rows:
        body = open_body()
        pose = row["pose"].astype(np.float64)
        output = body.forward_batch(pose[None, :3], pose[None, 3:], row["betas"][None], np.zeros((1, 3)))
        joints = body.joints(output.vertices, output.joints, "smpl30")[0]
        np.testing.assert_allclose(joints - joints[0], row["joints"], atol=2e-4)
        known = row["measured_crop"][:, 2] > 0
        gaps = np.linalg.norm(row["measured_crop"][known, :2] - row["joints_crop"][known], axis=1)
        assert np.median(gaps) < 6
        assert row["image"].std() > 5
        assert row["mesh_edge"].max() > 50
        assert not np.isnan(row["joints_crop"]).any()


def test_measured_joints_are_the_file_s_seen_from_the_crop(sets: Path, tmp_path: Path) -> None:
    """Human3.6M: world millimetres by hand into the camera, then turned as the root is."""
    root = sets / "human36m"
    rows = rows_of(tmp_path, root, "human36m")
    held = {
        kind: json.loads((root / f"annotations/Human36M_subject1_{kind}.json").read_text())
        for kind in ("camera", "joint_3d", "data")
    }
    camera = held["camera"]["1"]
    world = np.array(held["joint_3d"]["2"]["1"]["0"])
    joints = world @ np.array(camera["R"]).T + np.array(camera["t"])
    knee, pelvis = (joints - joints[0])[2] / 1000, rows[0]["measured_joints"][0]
    np.testing.assert_allclose(pelvis, [0, 0, 0, 1], atol=1e-6)
    right_knee = rows[0]["measured_joints"][5]
    assert right_knee[3] == 1
    assert np.linalg.norm(right_knee[:3]) == pytest.approx(np.linalg.norm(knee), rel=1e-4)
    smpl = json.loads((root / "annotations/Human36M_subject1_smpl_param.json").read_text())["2"]["1"]["0"]
    root_camera = np.array(camera["R"]) @ axis_angle_to_matrix(np.array(smpl["pose"][:3]))
    turned = axis_angle_to_matrix(rows[0]["pose"][:3].astype(np.float64))
    turn = turned @ root_camera.T
    np.testing.assert_allclose(turn @ knee, right_knee[:3], atol=2e-4)


def test_frames_are_thinned_by_their_numbers_and_chosen_by_their_keys(sets: Path, tmp_path: Path) -> None:
    """Two moments, numbered 0 and 320, before four cameras; keys begin with the subject."""
    root = sets / "human36m"
    assert len(np.unique(rows_of(tmp_path / "a", root, "human36m", every=640)["scene"])) <= 4
    dataset = SetSource("human36m", root, SetShare()).open()
    assert len(SetSource("human36m", root, SetShare(every=640)).positions(dataset)) == 4
    assert len(SetSource("human36m", root, SetShare(every=5)).positions(dataset)) == 8
    assert not SetSource("human36m", root, SetShare(only=("s_05*",))).positions(dataset)
    assert len(SetSource("human36m", root, SetShare(only=("*ca_02*",))).positions(dataset)) == 2


def test_a_broken_picture_loses_its_record_alone(tmp_path: Path) -> None:
    root = tmp_path / "muco"
    root.mkdir()
    WRITERS["muco"](root, Plan(2, 3, SMALL))
    picture = next(iter(sorted(root.rglob("*.jpg"))))
    picture.write_bytes(b"no picture")
    told = make_set_crops(tmp_path / "crops", SetSource("muco", root, SetShare()), size=128)
    assert len(told) == 1
    assert picture.name in told[0]
    assert len(open_crops(tmp_path / "crops")) >= 1


def test_people_on_a_list_are_left_out_and_another_list_makes_other_crops(sets: Path, tmp_path: Path) -> None:
    root = sets / "muco"
    whole = rows_of(tmp_path / "whole", root, "muco")
    record = SetSource("muco", root, SetShare()).open().records[0]
    exclude = ExcludeList.of([(record.key, record.people[0].key)])
    source = SetSource("muco", root, SetShare(), exclude=exclude)
    make_set_crops(tmp_path / "few", source, size=128)
    assert len(open_crops(tmp_path / "few")) == len(whole) - 1
    with pytest.raises(DatasetError, match="other settings"):
        rows_of(tmp_path / "few", root, "muco")


def test_a_set_without_bodies_is_refused_with_words(tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.mkdir()
    WRITERS["mupots"](root, Plan(1, 3, SMALL))
    with pytest.raises(DatasetError, match="nobody in the first .* --body"):
        make_set_crops(tmp_path / "crops", SetSource("mupots", root, SetShare()), size=128)


def test_crops_are_made_once_and_others_are_refused(sets: Path, tmp_path: Path) -> None:
    rows_of(tmp_path, sets / "muco", "muco")
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    rows_of(tmp_path, sets / "muco", "muco")
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    with pytest.raises(DatasetError, match="other settings"):
        make_set_crops(tmp_path, SetSource("mpii", sets / "mpii", SetShare()), size=128)


def test_licensed_bodies_are_learned_with_their_own_joints(tmp_path: Path) -> None:
    """The network's thirty joints of SMPL, whose head top is a mean of vertices, are the body model's."""
    root = mscoco_set(tmp_path / "MSCOCO", shapes=[[0.5] * 10, [-1.0] * 10])
    for name in ("J_regressor_extra.npy",):
        regressor = np.zeros((9, 6890))
        regressor[3, [100, 200, 300, 400]] = 0.25
        np.save(tmp_path / name, regressor)
    file = write_body(tmp_path / "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl", smpl_arrays())
    source = SetSource("mscoco", root, SetShare(), bodies=(str(file),))
    assert make_set_crops(tmp_path / "crops", source, size=128) == []
    assert body_of(tmp_path / "crops") == catalog_at((str(file),)).get("smpl-neutral").id
    crops = open_crops(tmp_path / "crops")
    batch = make_batch(crops.rows(np.arange(len(crops))), np.random.default_rng(0), augment=None)
    joints = Joints30(catalog_at((str(file),)).get("smpl-neutral"))(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=5e-4, rtol=0)


def test_people_of_other_bodies_are_left_out_and_that_is_told(tmp_path: Path) -> None:
    """3DPW's bodies are of two genders; the first one's is learned."""
    root = threedpw_sequences(tmp_path / "3DPW")
    files = [
        write_body(tmp_path / f"basicModel_{sex}_lbs_10_207_0_v1.0.0.pkl", smpl_arrays(n))
        for n, sex in enumerate("fm")
    ]
    source = SetSource("3dpw", root, SetShare(), bodies=tuple(map(str, files)))
    (told,) = make_set_crops(tmp_path / "crops", source, size=128)
    assert "2 people of other bodies than smpl-female" in told
    assert "smpl-female" in (body_of(tmp_path / "crops") or "")


def test_mirrored_measured_joints_follow_the_picture(sets: Path, tmp_path: Path) -> None:
    rows = rows_of(tmp_path, sets / "mscoco", "mscoco")[:1]
    doubled = np.concatenate([rows] * 8)
    batch = make_batch(doubled, np.random.default_rng(0), augment=Augmentation())
    left, right = 16, 17  # shoulders in SMPL30
    known = rows[0]["measured_crop"]
    assert known[left, 2]
    assert known[right, 2]
    places = batch["measured_crop"][:, left].numpy()
    mirrored = np.isclose(places[:, 0], 255 - known[right, 0], atol=1e-3)
    assert 0 < mirrored.sum() < 8
    np.testing.assert_allclose(places[~mirrored], known[left][None].repeat((~mirrored).sum(), 0), atol=1e-4)
    for picture, turned in zip(batch["crop"].numpy(), mirrored, strict=True):
        own = picture.mean(0)[:, ::-1] if turned else picture.mean(0)
        plain = cv2.cvtColor(rows[0]["image"], cv2.COLOR_RGB2GRAY)
        assert np.corrcoef(own.ravel(), plain.ravel())[0, 1] > 0.95


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_paper_s_teacher_trains_on_written_sets(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "paper-teacher", "--out", tmp_path / "run", "--crops", tmp_path / "crops"]
    words += ["--with", "held_out=4", "--batch-size", "4", "--steps", "1", "--with", "check_every=1"]
    pretrain(tmp_path / "crops" / "lifter.safetensors", preset="compact", scenes=12, steps=1, batch_size=8)
    words += ["--preset", "compact", "--device", "cpu", "--with", "sets.human36m.only=[]"]
    for name in ("human36m", "muco", "mscoco"):
        words += ["--data", f"{name}={sets / name}"]
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    assert ended.value.code == 2
    assert "mpii has no folder" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words), "--data", f"mpii={sets / 'mpii'}"])
    assert not ended.value.code
    assert (tmp_path / "run" / "teacher.safetensors").exists()
    curves = (tmp_path / "run" / "metrics.csv").read_text()
    assert "train_measured_camera" in curves.splitlines()[0]
    card = load_network(tmp_path / "run" / "teacher.safetensors").card
    assert "people of human36m" in card.trained_on
    assert "the terms of the sets" in card.licence
    assert card.training["sets"]["mscoco"]["half"] == "2d"
    assert card.training["versions"]["torch"] == torch.__version__


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_recipe_of_the_paper_trains_on_sets_of_every_layout(sets: Path, tmp_path: Path) -> None:
    """Two steps each, with small networks: a student has its teacher, SESD its SEE."""
    pretrain(tmp_path / "crops" / "lifter.safetensors", preset="compact", scenes=12, steps=1, batch_size=8)
    made: dict[str, Path] = {}
    for name in sorted((one for one in recipe_names() if one.startswith("paper-")), key=others_need_it):
        recipe, out = read_recipe(name), tmp_path / name
        words = ["train", name, "--out", out, "--crops", tmp_path / "crops", "--device", "cpu"]
        words += ["--batch-size", "4", "--steps", "2", "--with", "held_out=4", "--with", "check_every=2"]
        words += ["--with", "sets.3dpw.half=3d", "--with", 'sets.crowdpose={half="2d", only=["*train*"]}']
        for format in FORMATS:
            words += ["--data", f"{format}={sets / format}"]
        words += ["--preset", "compact"] if recipe.task == "mesh" else ["--with", "widths=[4, 8]"]
        if recipe.role == "student":
            words += ["--teacher", made["paper-teacher"]]
        if recipe.task == "sesd":
            words += ["--start-from", made["paper-see"]]
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, words)))
        assert not ended.value.code, name
        (made[name],) = out.glob("*.safetensors")
        told = what_trained(made[name])
        assert all(f"people of {format}" in told for format in FORMATS), name


def others_need_it(name: str) -> tuple[bool, str]:
    return name not in ("paper-teacher", "paper-see"), name


def what_trained(path: Path) -> str:
    if is_estimator(path):
        return load_estimator(path).card.trained_on
    return load_network(path).card.trained_on
