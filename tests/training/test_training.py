"""Training crops, corruption, losses and one short run of the loop."""

import struct
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboardX.proto.event_pb2 import Event

from sefd_viewer.body import open_body
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene
from sefd_viewer.errors import DatasetError
from sefd_viewer.features.explain.gap import TrainingStage, training_stage
from sefd_viewer.geometry import COCO17, SMPL30
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.mesh_network import MeshOutput, build_network
from sefd_viewer.training.batches import Augmentation, Mixture, RandomBatches, make_batch
from sefd_viewer.training.criterion import joint_volume_target, joints_in_crop, mesh_losses
from sefd_viewer.training.crops import CropSet, make_crops, open_crops, scene_crops
from sefd_viewer.training.lifting import batches, make_views, pretrain, take_lifter
from sefd_viewer.training.module import FOUND, TRUE, Joints30, contact_sheet, cosine_rate, with_skeletons
from sefd_viewer.training.run import TrainingSettings, train

SMALL = SceneSettings(size=(256, 256), people=(2, 3), things=0)


@pytest.fixture(scope="module")
def crops():
    found = [c for i in range(4) for c in scene_crops(generate_scene(3, i, SMALL), np.random.default_rng(i))]
    assert len(found) >= 4
    return np.array(found)


def batch_of(crops, *, augment, seed=1):
    return make_batch(crops, np.random.default_rng(seed), augment=Augmentation() if augment else None)


def on_the_board(folder):
    """Names of the curves that TensorBoard will show, and the pictures (H, W, 3)."""
    values, pictures = set(), []
    for path in folder.glob("events.out.*"):
        content, place = path.read_bytes(), 0
        while place < len(content):  # length, its checksum, the event, its checksum
            (length,) = struct.unpack_from("<Q", content, place)
            event = Event.FromString(content[place + 12 : place + 12 + length])
            values |= {one.tag for one in event.summary.value}
            found = [one.image.encoded_image_string for one in event.summary.value if one.HasField("image")]
            pictures += [np.asarray(Image.open(BytesIO(one)).convert("RGB")) for one in found]
            place += length + 16
    return values, pictures


def near(picture, colour):
    """How many pixels have about this colour."""
    return int((np.abs(picture / 255 - np.array(colour)).max(-1) < 0.1).sum())


def true_output(batch, cam_transl):
    target, _ = joint_volume_target(batch)
    empty = torch.zeros(len(target), 1)
    return MeshOutput(
        target, empty, empty, batch["rotations"], batch["betas"], cam_transl, (empty,) * 4, empty
    )


def test_joints_of_the_true_body_are_the_crop_s_joints(crops):
    batch = batch_of(crops, augment=True)
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=2e-4, rtol=0)


def test_a_turned_crop_shows_the_turned_body(crops):
    """A body turned about the crop's axis has the turned joints; picture and joints move alike."""
    rows = crops[:3].copy()
    dot = np.array([40.0, 60.0])
    rows["image"], rows["joints_crop"] = 0, dot * 2 + 0.5
    rows["image"][:, 58:63, 38:43] = 255
    batch = make_batch(rows, np.random.default_rng(2), augment=Augmentation(turn_degrees=30, resize=0.25))
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=2e-4, rtol=0)
    places = []
    for crop, told in zip(batch["crop"].mean(1).numpy(), batch["joints_crop"][:, 0].numpy(), strict=True):
        seen = [float((crop * axis).sum() / crop.sum()) for axis in np.mgrid[:128, :128][::-1]]
        np.testing.assert_allclose(seen, (told - 0.5) / 2, atol=0.3)
        places.append(seen)
    assert np.ptp(places, axis=0).max() > 5


def test_each_half_of_the_sets_makes_half_of_a_batch_and_weights_count_inside_one(crops):
    """Two 3D sets of 3 and 1 people, the second of weight 9: 1 to 3; an epoch is the larger half, twice."""
    sets = [CropSet([crops[i : i + 1]], np.zeros(count, int)) for i, count in enumerate((3, 1, 10))]
    mixture = Mixture(sets, ["3d", "3d", "2d"], [1, 9, 1])
    rng = np.random.default_rng(1)
    counts = np.array([mixture.counts(rng, 64) for _ in range(200)])
    assert (counts[:, 2] == 32).all()
    assert (counts.sum(1) == 64).all()
    np.testing.assert_allclose(counts.mean(0), [8, 24, 32], atol=0.7)
    assert len(mixture) == 20
    batch = next(iter(RandomBatches(mixture, 8, seed=1, start=0, stop=1)))
    assert len(batch["crop"]) == len(batch["betas"]) == 8


def test_losses_of_the_truth_vanish_but_for_the_unknown_camera(crops):
    batch = batch_of(crops, augment=False)
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    losses = mesh_losses(
        true_output(batch, torch.tensor([[0.0, 0.0, 40.0]]).repeat(len(joints), 1)), joints, batch
    )
    assert max(losses[n].item() for n in ("joint_volume", "rotation", "shape", "joint_camera")) < 1e-3
    assert losses["joint_projection"].item() > 0


def test_projection_puts_a_point_on_the_axis_into_the_middle_of_the_crop():
    pixel = joints_in_crop(torch.zeros(1, 1, 3), torch.tensor([[0.0, 0.0, 30.0]]))
    torch.testing.assert_close(pixel, torch.full((1, 1, 2), 127.5))


def test_a_step_has_the_same_batch_whenever_a_run_gets_there(crops):
    data = CropSet([crops], np.arange(len(crops)))
    whole = list(RandomBatches(data, 3, seed=5, start=0, stop=3))
    later = list(RandomBatches(data, 3, seed=5, start=2, stop=3))
    assert all(torch.equal(whole[2][name], later[0][name]) for name in whole[2])
    assert not torch.equal(whole[0]["joints_heatmap"], whole[1]["joints_heatmap"])


def test_the_2d_pose_given_to_the_network_lies_near_the_true_joints(crops):
    """So do those of the mirrored half; pelvis and neck between hips and shoulders are left out."""
    for seed in range(3):
        batch = batch_of(crops, augment=True, seed=seed)
        used = (batch["joint_scores"] > 0.5) & torch.tensor(np.isin(SMPL30.names, COCO17.names))
        given = (batch["joints_heatmap"] + 0.5) * 4 - 0.5
        assert (given - batch["joints_crop"]).norm(dim=-1)[used].median() < 12


def test_poses_may_get_posefix_s_errors(crops):
    """Scores are all or nothing, and most joints lie near the true ones."""
    batch = make_batch(crops, np.random.default_rng(1), augment=Augmentation(pose_errors="posefix"))
    used = batch["joint_scores"] > 0
    assert set(batch["joint_scores"].unique().tolist()) <= {0.0, 1.0}
    assert used.float().mean() > 0.3
    given = (batch["joints_heatmap"] + 0.5) * 4 - 0.5
    coco = used & torch.tensor(np.isin(SMPL30.names, COCO17.names))
    assert (given - batch["joints_crop"]).norm(dim=-1)[coco].median() < 15


def test_networks_that_do_not_weigh_joints_are_told_only_whether_to_use_them(crops):
    plain = make_batch(crops, np.random.default_rng(1), augment=None, weighs_joints=False)["joint_scores"]
    weighed = batch_of(crops, augment=False)["joint_scores"]
    assert set(plain.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(plain > 0, weighed > 0)


def test_the_true_joints_satisfy_a_network_that_finds_them_densely(crops):
    batch = batch_of(crops, augment=True)
    plane = (batch["joints_crop"] + 0.5) / 128 - 1
    dense = torch.cat((plane, batch["joints"][..., 2:], torch.ones(len(crops), 30, 1)), -1)
    output = true_output(batch, torch.tensor([[0.0, 0.0, 40.0]]).repeat(len(crops), 1))._replace(
        joints_dense=dense
    )
    losses = mesh_losses(output, Joints30(open_body())(batch["rotations"], batch["betas"]), batch)
    assert losses["joint_plane"].item() == losses["joint_depth"].item() == 0
    assert "joint_volume" not in losses


def test_the_end_of_the_picture_draws_no_edge_for_the_student():
    """A grey picture with somebody half outside: the crop is black beyond, the edges keep clear of that."""
    scene = generate_scene(3, 1, replace(SMALL, truncated=1.0))
    plain = replace(scene, image=np.full_like(scene.image, 200))
    for row in scene_crops(plain, np.random.default_rng(1), size=256):
        assert not row["image_edge"].any()


def test_crops_survive_the_disk_and_are_not_made_twice(tmp_path):
    folder = tmp_path / "crops"
    make_crops(folder, seed=3, scenes=2, settings=SMALL)
    written = {p: p.stat().st_mtime_ns for p in folder.glob("*.npy")}
    make_crops(folder, seed=3, scenes=2, settings=SMALL)
    assert written == {p: p.stat().st_mtime_ns for p in folder.glob("*.npy")}
    fresh = np.array(list(scene_crops(generate_scene(3, 0, SMALL), np.random.default_rng([3, 0, 1]))))
    kept = open_crops(folder)
    assert len(kept) >= len(fresh) > 0
    assert kept.rows(np.arange(len(fresh))).tobytes() == fresh.tobytes()


def test_held_out_crops_stay_the_same_when_a_set_grows(crops):
    few, many = (CropSet([crops[:n], crops[n:]], np.arange(n)) for n in (6, len(crops)))
    one, other = (data.split(1)[1].rows(np.array([0])) for data in (few, many))
    assert one.tobytes() == other.tobytes()


def test_people_and_scenes_on_a_list_are_not_trained_on(tmp_path):
    make_crops(tmp_path, seed=3, scenes=3, settings=SMALL)
    every = names_of(open_crops(tmp_path))
    person = next(one for scene, one in sorted(every) if scene == 1)
    exclude = ExcludeList.of([("augmented_set/000000.jpg", None), ("000001", str(person)), ("other", None)])
    assert names_of(open_crops(tmp_path, exclude=exclude)) == {one for one in every if one[0] != 0} - {
        (1, person)
    }


def names_of(data):
    rows = data.rows(np.arange(len(data)))
    return set(zip(rows["scene"].tolist(), rows["person"].tolist(), strict=True))


def test_crops_of_another_seed_are_refused_with_words(tmp_path):
    make_crops(tmp_path, seed=3, scenes=1, settings=SMALL)
    with pytest.raises(DatasetError, match="seed 3, not 4"):
        make_crops(tmp_path, seed=4, scenes=1, settings=SMALL)


def test_pictures_of_a_run_show_skeletons_where_the_joints_are():
    crops = torch.zeros(2, 3, 128, 128)
    true, found = torch.full((2, 30, 2), 40.0), torch.full((2, 30, 2), torch.nan)
    true[1] += 100
    drawn = with_skeletons(crops, true, found)
    for person, pixel in enumerate((20, 70)):
        torch.testing.assert_close(drawn[person, :, pixel, pixel], torch.tensor(TRUE))
        assert drawn[person].sum() < 20, "nothing else is drawn"
    sheet = contact_sheet({"bodies": drawn, "edges": torch.ones(2, 1, 64, 64)})
    assert sheet.shape == (3, 24 + 2 * 128, 2 * 128)
    np.testing.assert_array_equal(sheet[:, 24 + 20, 20], np.float32(TRUE))


def test_the_learning_rate_rises_then_falls():
    rates = [cosine_rate(step, 100, 10) for step in range(100)]
    assert rates[0] < rates[9] == 1.0
    assert rates[-1] < 0.05


def test_a_lifter_learns_and_moves_into_a_network(tmp_path):
    path = tmp_path / "lifter.safetensors"
    pretrain(path, scenes=12, steps=1, batch_size=8)
    network = build_network("compact-2", "teacher")
    before = network.rotation_net.lifter.enter[0].weight.clone()
    take_lifter(network, path)
    assert not torch.equal(before, network.rotation_net.lifter.enter[0].weight)


def test_lifting_views_are_true_to_their_bodies():
    batch = next(batches(make_views(2, 10), 16, seed=1))
    joints = Joints30(open_body())(batch["rotations"], batch["betas"])
    torch.testing.assert_close(joints - joints[:, :1], batch["joints"], atol=5e-4, rtol=0)
    assert (batch["joint_scores"] > 0).float().mean() > 0.3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # Lightning calls what torch has deprecated
@pytest.mark.filterwarnings("ignore::UserWarning")  # Lightning's advice for long runs
def test_a_short_run_writes_weights_with_their_card(tmp_path):
    crops = tmp_path / "crops"
    make_crops(crops, seed=3, scenes=8, settings=SMALL)
    few = {"steps": 2, "batch_size": 4, "check_every": 2, "device": "cpu"}
    teacher = train(TrainingSettings("teacher", **few), crops, tmp_path / "t")
    settings = TrainingSettings("student", keep_every=1, **few)
    student = train(settings, crops, tmp_path / "s", teacher=teacher)
    loaded = load_network(student, role="student")
    assert loaded.card.body_id == open_body().id
    assert loaded.card.edges["kernel"] == 5
    assert loaded.card.picture_border == "masked"
    assert not loaded.missing
    assert student.stat().st_size < 12_000_000
    values, (picture,) = on_the_board(tmp_path / "s" / "tensorboard")
    assert {"train_total", "val_mpjpe_mm"} <= values
    assert near(picture, TRUE) > 100
    assert near(picture, FOUND) > 100
    kept = sorted((tmp_path / "s").glob("student-step-*.safetensors"))
    assert [load_network(path, role="student").card.training["step"] for path in kept] == [1, 2]
    assert [training_stage(path) for path in kept] == [TrainingStage("step", 1), TrainingStage("step", 2)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # Lightning calls what torch has deprecated
@pytest.mark.filterwarnings("ignore::UserWarning")  # Lightning's advice for long runs
def test_a_run_goes_on_where_it_stopped(tmp_path):
    make_crops(tmp_path / "crops", seed=3, scenes=8, settings=SMALL)
    few = {"batch_size": 4, "check_every": 2, "device": "cpu"}
    for steps in (2, 4):
        train(TrainingSettings("baseline", steps=steps, **few), tmp_path / "crops", tmp_path / "run")
    checkpoint = torch.load(tmp_path / "run" / "last.ckpt", weights_only=False)
    assert checkpoint["global_step"] == 4
    assert {path.name for path in (tmp_path / "run").glob("metrics*.csv")} == {
        "metrics_before_000002.csv",
        "metrics.csv",
    }
