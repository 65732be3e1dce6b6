"""Training crops, corruption, losses and one short run of the loop."""

import numpy as np
import pytest
import torch

from sefd_viewer.body import open_body
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry import GRAPH15, SMPL30
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.mesh_network import MeshOutput
from sefd_viewer.networks.presets import build_network
from sefd_viewer.session.explain.training_stage import TrainingStage, training_stage
from sefd_viewer.training.batches import CropDataset, collate
from sefd_viewer.training.corruption import corrupt_keypoints
from sefd_viewer.training.criterion import joint_volume_target, joints_in_crop, mesh_losses
from sefd_viewer.training.crops import make_crops, read_crops, scene_crops
from sefd_viewer.training.lifting import batches, make_views, pretrain, take_lifter
from sefd_viewer.training.module import Joints30, cosine_rate
from sefd_viewer.training.run import TrainingSettings, train

SMALL = SceneSettings(size=(256, 256), people=(2, 3), things=0)


@pytest.fixture(scope="module")
def crops():
    found = [c for i in range(4) for c in scene_crops(generate_scene(3, i, SMALL), np.random.default_rng(i))]
    assert len(found) >= 4
    return found


def items(crops, *, augment, seed=1):
    roles = ("student", "teacher")
    return CropDataset(crops, roles=roles, image_edges=EdgeSettings(), seed=seed, augment=augment)


def true_output(batch, cam_transl):
    target, _ = joint_volume_target(batch)
    empty = torch.zeros(len(target), 1)
    return MeshOutput(
        target, empty, empty, batch["rotations"], batch["betas"], cam_transl, (empty,) * 4, empty
    )


def test_joints_of_the_true_body_are_the_crop_s_joints(crops):
    batch = collate([items(crops, augment=True)[i] for i in range(len(crops))])
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=2e-4, rtol=0)


def test_losses_of_the_truth_vanish_but_for_the_unknown_camera(crops):
    batch = collate([items(crops, augment=False)[i] for i in range(len(crops))])
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    losses = mesh_losses(
        true_output(batch, torch.tensor([[0.0, 0.0, 40.0]]).repeat(len(joints), 1)), joints, batch
    )
    assert max(losses[n].item() for n in ("joint_volume", "rotation", "shape", "joint_camera")) < 1e-3
    assert losses["joint_projection"].item() > 0


def test_projection_puts_a_point_on_the_axis_into_the_middle_of_the_crop():
    pixel = joints_in_crop(torch.zeros(1, 1, 3), torch.tensor([[0.0, 0.0, 30.0]]))
    torch.testing.assert_close(pixel, torch.full((1, 1, 2), 127.5))


def test_items_repeat_in_an_epoch_and_change_with_it(crops):
    data = items(crops, augment=True)
    first, again = data[0], data[0]
    data.epoch = 1
    assert all(np.array_equal(first[n], again[n]) for n in first)
    assert not np.array_equal(first["joints_heatmap"], data[0]["joints_heatmap"])


def test_the_2d_pose_given_to_the_network_lies_near_the_true_joints(crops):
    data = items(crops, augment=True, seed=4)
    distances = []
    for i in range(len(crops)):
        item = data[i]
        used = (item["joint_mask"] > 0) & np.isin(SMPL30.names, GRAPH15.names)
        given = (item["joints_heatmap"] + 0.5) * 4 - 0.5
        distances += np.linalg.norm(given - item["joints_crop"], axis=1)[used].tolist()
    assert np.median(distances) < 16


def test_corruption_misses_hidden_joints_more_often_than_visible_ones():
    rng = np.random.default_rng(0)
    pose = np.zeros((17, 3))
    pose[:, 2] = np.where(np.arange(17) < 8, 1.0, 0.5)
    missed = np.mean([corrupt_keypoints(pose, 100.0, rng)[:, 2] == 0 for _ in range(300)], axis=0)
    assert missed[8:].mean() > 3 * missed[:8].mean()


def test_crops_survive_the_disk_and_are_not_made_twice(tmp_path):
    folder = tmp_path / "crops"
    make_crops(folder, seed=3, scenes=2, settings=SMALL)
    written = {p: p.stat().st_mtime_ns for p in folder.glob("*.npz")}
    make_crops(folder, seed=3, scenes=2, settings=SMALL)
    assert written == {p: p.stat().st_mtime_ns for p in folder.glob("*.npz")}
    fresh = list(scene_crops(generate_scene(3, 0, SMALL), np.random.default_rng([3, 0, 1])))
    kept = read_crops(folder)
    assert len(kept) >= len(fresh) > 0
    assert np.array_equal(kept[0].image, fresh[0].image)
    assert np.array_equal(kept[0].pose, fresh[0].pose)


def test_people_and_scenes_on_a_list_are_not_trained_on(tmp_path):
    make_crops(tmp_path, seed=3, scenes=3, settings=SMALL)
    every = {(crop.scene, crop.person) for crop in read_crops(tmp_path)}
    person = next(one for scene, one in sorted(every) if scene == 1)
    exclude = ExcludeList.of([("augmented_set/000000.jpg", None), ("000001", str(person)), ("other", None)])
    kept = {(crop.scene, crop.person) for crop in read_crops(tmp_path, exclude=exclude)}
    assert kept == {one for one in every if one[0] != 0} - {(1, person)}


def test_crops_without_names_cannot_be_left_out_in_silence(tmp_path):
    make_crops(tmp_path, seed=3, scenes=1, settings=SMALL)
    (path,) = tmp_path.glob("*.npz")
    with np.load(path) as file:
        old = {name: file[name] for name in file if name not in ("scene", "person")}
    np.savez(path, **old)
    assert len(read_crops(tmp_path)) > 0
    with pytest.raises(DatasetError, match="do not say which scenes"):
        read_crops(tmp_path, exclude=ExcludeList.of([("000000", None)]))


def test_crops_of_another_seed_are_refused_with_words(tmp_path):
    make_crops(tmp_path, seed=3, scenes=1, settings=SMALL)
    with pytest.raises(DatasetError, match="another seed"):
        make_crops(tmp_path, seed=4, scenes=1, settings=SMALL)


def test_the_learning_rate_rises_then_falls():
    rates = [cosine_rate(step, 100, 0.1) for step in range(100)]
    assert rates[0] < rates[9] == 1.0
    assert rates[-1] < 0.05


def test_a_lifter_learns_and_moves_into_a_network(tmp_path):
    path = tmp_path / "lifter.safetensors"
    pretrain(path, scenes=12, steps=1, batch_size=8)
    network = build_network("compact", "teacher")
    before = network.rotation_net.lifter.enter[0].weight.clone()
    take_lifter(network, path)
    assert not torch.equal(before, network.rotation_net.lifter.enter[0].weight)


def test_lifting_views_are_true_to_their_bodies():
    batch = next(batches(make_views(2, 10), 16, seed=1))
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=5e-4, rtol=0)
    assert batch["joint_mask"].sum(1).min() >= 0
    assert batch["joint_mask"].mean() > 0.3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # Lightning calls what torch has deprecated
@pytest.mark.filterwarnings("ignore::UserWarning")  # Lightning's advice for long runs
def test_a_short_run_writes_weights_with_their_card(tmp_path):
    crops = tmp_path / "crops"
    make_crops(crops, seed=3, scenes=8, settings=SMALL)
    teacher = train(
        TrainingSettings("teacher", steps=2, batch_size=4, workers=0, device="cpu"), crops, tmp_path / "t"
    )
    settings = TrainingSettings("student", steps=2, batch_size=4, workers=0, device="cpu", keep_every=1)
    student = train(settings, crops, tmp_path / "s", teacher=teacher)
    loaded = load_network(student, role="student")
    assert loaded.card.body_id == open_body().id
    assert loaded.card.edges["kernel"] == 5
    assert not loaded.missing
    assert student.stat().st_size < 8_000_000
    kept = sorted((tmp_path / "s").glob("student-step-*.safetensors"))
    assert [load_network(path, role="student").card.training["step"] for path in kept] == [1, 2]
    assert [training_stage(path) for path in kept] == [TrainingStage("step", 1), TrainingStage("step", 2)]
