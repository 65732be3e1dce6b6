"""SEE and SESD: losses against other programs' formulas, a short training, and their edges in a network."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import kornia
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.sample import make_sample
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.errors import SefdError, WeightsError
from sefd_viewer.geometry import COCO17, Pose2D
from sefd_viewer.inference.edge_channels import student_edge
from sefd_viewer.inference.messages import PersonInput
from sefd_viewer.networks.checkpoints import describe_weights, load_network
from sefd_viewer.networks.edge_estimators import (
    DeoccludingEdgeEstimator,
    EdgeEstimator,
    EstimatorCard,
    load_estimator,
    save_estimator,
)
from sefd_viewer.networks.hed import load_hed
from sefd_viewer.pose2d.body_mask import body_mask
from sefd_viewer.training.crops import make_crops
from sefd_viewer.training.edge_training import (
    EdgeTraining,
    PerceptualDistance,
    hiding_masks,
    psnr,
    ssim,
    train_estimator,
)
from sefd_viewer.training.lifting import pretrain
from sefd_viewer.training.recipes import read_recipe
from sefd_viewer.training.run import channels_of, train
from tests.owners_files import standing

SMALL = SceneSettings(size=(256, 256), people=(2, 3), things=0)
FEW = {"batch_size": 4, "check_every": 2, "device": "cpu", "held_out": 4}


def maps(count: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(1)
    blurred = [cv2.GaussianBlur(rng.random((64, 64), np.float32), (0, 0), 2) for _ in range(2 * count)]
    stacked = torch.from_numpy(np.stack(blurred))[:, None]
    return stacked[:count], stacked[count:]


def test_ssim_and_psnr_are_kornia_s() -> None:
    """Inside: at the border kornia pads, here only whole windows count."""
    found, true = maps()
    whole = kornia.metrics.ssim(found, true, 11, max_val=1.0)[..., 5:-5, 5:-5].mean((1, 2, 3))
    torch.testing.assert_close(ssim(found, true), whole, atol=1e-4, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):  # as in a training's checks
        torch.testing.assert_close(ssim(found, true), whole, atol=1e-4, rtol=0)
    for one, two, value in zip(found, true, psnr(found, true), strict=True):
        torch.testing.assert_close(value, kornia.metrics.psnr(one, two, 1.0))
    assert float(ssim(true, true).min()) == pytest.approx(1)


def test_the_perceptual_distance_by_hand() -> None:
    """VGG-16's first four blocks written out, on grey maps as BGR pictures of 0 to 255."""
    found, true = maps()
    weights = load_hed().state_dict()

    def blocks(edges: torch.Tensor) -> list[torch.Tensor]:
        x = 255 * edges.repeat(1, 3, 1, 1) - torch.tensor([104.00699, 116.66877, 122.67892])[:, None, None]
        kept = []
        for block, layers in ((1, 2), (2, 2), (3, 3), (4, 3)):
            x = functional.max_pool2d(x, 2) if block > 1 else x
            for layer in range(1, layers + 1):
                name = f"conv{block}_{layer}"
                x = functional.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1).clamp(
                    min=0
                )
            kept.append(x)
        return kept

    pairs = zip(blocks(found), blocks(true), strict=True)
    expected = np.mean([float((a - b).abs().mean() / b.mean()) for a, b in pairs])
    distance = PerceptualDistance()
    assert float(distance(found, true)) == pytest.approx(expected, rel=1e-4)
    assert float(distance(true, true)) == 0
    assert not list(filter(lambda parameter: parameter.requires_grad, distance.parameters()))


def test_vgg_looks_at_some_people_and_l1_at_all() -> None:
    """Of two edge maps the first is right: VGG-16, shown every second person, has nothing to say."""
    _, true = maps()
    settings = read_recipe("crowds-see", ["vgg_every=2"])
    training = EdgeTraining(EdgeEstimator((4, 8)), settings, steps=1)
    training.estimator.edges = Found(torch.cat((true[:1], 1 - true[1:])))  # type: ignore[assignment]
    batch = {"crop": true.repeat(1, 3, 1, 1), "mesh_edge": true}
    losses = training.losses(batch)
    assert float(losses["vgg"]) == 0
    assert float(losses["l1"]) == pytest.approx(float((1 - 2 * true[1:]).abs().mean()) / 2, rel=1e-5)
    with pytest.raises(SefdError, match="cannot compare one person in 0"):
        read_recipe("crowds-see", ["vgg_every=0"])


class Found(nn.Module):
    """An estimator that has found these maps, whatever it is shown."""

    def __init__(self, maps: torch.Tensor) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, _crop: torch.Tensor) -> torch.Tensor:
        return self.maps


def test_torchvision_s_vgg16_sees_normalised_rgb(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shapes = [(64, 3), (64, 64), (128, 64), (128, 128), (256, 128), (256, 256), (256, 256)]
    shapes += [(512, 256), (512, 512), (512, 512)]
    layers = {
        place: (torch.randn(out, into, 3, 3) * 0.05, torch.randn(out) * 0.1)
        for place, (out, into) in zip((0, 2, 5, 7, 10, 12, 14, 17, 19, 21), shapes, strict=True)
    }
    state = {
        f"features.{place}.{kind}": value
        for place, pair in layers.items()
        for kind, value in zip(("weight", "bias"), pair, strict=True)
    }
    torch.save(state, tmp_path / "vgg16.pth")
    edges, _ = maps()
    rgb = edges.repeat(1, 3, 1, 1)
    normal = (rgb - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    expected = functional.conv2d(normal, *layers[0], padding=1).clamp(min=0)
    expected = functional.conv2d(expected, *layers[2], padding=1).clamp(min=0)
    first = PerceptualDistance(tmp_path / "vgg16.pth")._features(edges)[0]
    # beyond the border is black there, and the mean colour here
    torch.testing.assert_close(first[..., 2:-2, 2:-2], expected[..., 2:-2, 2:-2], atol=1e-3, rtol=1e-3)
    torch.save({"features.0.weight": layers[0][0]}, tmp_path / "part.pth")
    with pytest.raises(SefdError, match="lacks features.0 of VGG-16"):
        PerceptualDistance(tmp_path / "part.pth")


def test_a_body_s_mask_covers_its_joints_and_little_else() -> None:
    points = standing()[:, :2]
    size = (int(points[:, 0].max()) + 60, int(points[:, 1].max()) + 60)
    mask = body_mask(points, COCO17, size)
    for x, y in points[5:].round().astype(int):
        assert mask[y, x]
    middle = points[[5, 6, 11, 12]].mean(0).round().astype(int)
    assert mask[middle[1], middle[0]]
    assert 0.02 < mask.mean() < 0.5
    assert not body_mask(np.full((17, 2), np.nan), COCO17, size).any()
    joints = torch.full((2, 30, 2), 128.0) + torch.randn(2, 30, 2) * 40
    hidden = hiding_masks(joints, 128, np.random.default_rng(0))
    assert hidden.shape == (2, 1, 128, 128)
    assert set(hidden.unique().tolist()) == {0.0, 1.0}


def test_sesd_changes_edges_only_where_somebody_may_hide_them(tmp_path: Path) -> None:
    torch.manual_seed(0)
    card = EstimatorCard("sesd", (4, 8), 128)
    estimator = DeoccludingEdgeEstimator((4, 8))
    for part in (estimator.edges, estimator.completion):
        part.outc["conv"].bias.data.fill_(0.5)
    save_estimator(tmp_path / "sesd.safetensors", estimator, card)
    loaded = load_estimator(tmp_path / "sesd.safetensors", kind="sesd")
    assert loaded.card == card
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    occluders = np.zeros((256, 256), bool)
    occluders[:100] = True
    plain, completed = loaded.detect(picture), loaded.detect(picture, occluders)
    assert plain.shape == (256, 256)
    np.testing.assert_array_equal(plain[104:], completed[104:])
    assert not np.array_equal(plain[:96], completed[:96])
    with pytest.raises(WeightsError, match="this estimator is sesd, not see"):
        load_estimator(tmp_path / "sesd.safetensors", kind="see")


def test_an_estimator_s_file_says_what_it_is_and_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two U-Nets of two levels: a 3x3 convolution of c to w channels has 9 c w weights, a norm 2 w."""
    path = tmp_path / "sesd.safetensors"
    card = EstimatorCard("sesd", (4, 8), 64, "MIT", "12 synthetic crops", {"val_psnr_db": 9.5})
    save_estimator(path, DeoccludingEdgeEstimator((4, 8)), card)

    def unet(channels: int) -> int:
        convolutions = 9 * (channels * 4 + 4 * 4 + 4 * 8 + 8 * 8 + 8 * 4 + 4 * 4)
        return convolutions + 2 * (4 + 4 + 8 + 8 + 4 + 4) + (8 * 4 * 4 + 4) + (4 + 1)

    with pytest.raises(SystemExit) as ended:
        main(["weights", str(path)])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert f"parameters  {unet(3) + unet(2):,}" in printed
    assert "edge estimator SESD, 64 x 64" in printed
    assert "val_psnr_db=9.5" in printed
    with pytest.raises(SystemExit):
        main(["profile", str(path), "--json"])
    profile = json.loads(capsys.readouterr().out)[0]
    assert profile["parameters"] == unet(3) + unet(2)
    level, half = 64 * 64, 32 * 32
    each = [level * 9 * (c * 4 + 4 * 4) + half * 9 * (4 * 8 + 8 * 8) for c in (3, 2)]
    rest = level * 4 * 8 + level * 9 * (8 * 4 + 4 * 4) + level * 4
    assert profile["macs"] == sum(each) + 2 * rest


def test_what_is_missing_is_told_before_anything_runs() -> None:
    with pytest.raises(SefdError, match="needs its weights.*--estimator"):
        channels_of(read_recipe("ablation-map-canny", ["structural_map=see"]))
    with pytest.raises(SefdError, match="role is teacher"):
        read_recipe("crowds-see", role="student")
    settings = read_recipe("crowds-see")
    assert settings.edge_losses.l1 == 0.2
    assert settings.edge_losses.vgg == 0.8
    count = sum(parameter.numel() for parameter in EdgeEstimator(settings.widths).parameters())
    assert 1.8e6 < count < 2e6
    whole = EdgeEstimator(read_recipe("paper-see").widths)
    assert sum(parameter.numel() for parameter in whole.parameters()) == pytest.approx(31.0e6, rel=2e-3)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops")
    make_crops(folder, seed=3, scenes=8, settings=SMALL)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_see_learns_sesd_builds_on_it_and_a_student_sees_their_edges(crops: Path, tmp_path: Path) -> None:
    """Eighty steps of L1 alone, which is fast, bring SEE nearer the true edges; SESD keeps its SEE."""
    small = {**FEW, "widths": [8, 16, 32], "learning_rate": 5e-3, "batch_size": 2}
    first = read_recipe("crowds-see", steps=1, **{**small, "check_every": 1})
    began = load_estimator(train_estimator(first, {"synthetic": crops}, tmp_path / "a")).card.metrics
    longer = read_recipe("crowds-see", ["edge_losses={l1=1.0, vgg=0.0}"], steps=80, **small)
    see = train_estimator(longer, {"synthetic": crops}, tmp_path / "see")
    learned = load_estimator(see).card.metrics
    assert learned["val_psnr_db"] > began["val_psnr_db"]
    assert learned["val_l1"] < began["val_l1"]
    with pytest.raises(SefdError, match="--start-from see.safetensors"):
        train_estimator(read_recipe("crowds-sesd", steps=2, **small), {"synthetic": crops}, tmp_path / "b")
    settings = read_recipe("crowds-sesd", steps=2, **small)
    sesd = load_estimator(train_estimator(settings, {"synthetic": crops}, tmp_path / "sesd", see=see))
    for name, tensor in load_estimator(see).network.edges.state_dict().items():
        assert torch.equal(sesd.network.edges.state_dict()[name], tensor), name

    settings = read_recipe("ablation-map-canny", ["structural_map=see"], steps=1, **FEW)
    channels = channels_of(settings, None, see)
    make_crops(tmp_path / "own", seed=3, scenes=3, settings=SMALL, channels=channels)
    lifter = tmp_path / "lifter.safetensors"
    pretrain(lifter, scenes=12, steps=1, batch_size=8)
    path = train(settings, tmp_path / "own", tmp_path / "run", lifter=lifter, estimator=see)
    loaded = load_network(path, role="student")
    assert loaded.estimator is not None
    assert describe_weights(path).fits
    assert (loaded.card.map, loaded.card.estimator["kind"]) == ("see", "see")
    image = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    pose = Pose2D(COCO17.name, standing(), np.array([10, 10, 200, 250]), 1.0, "annotation")
    sample = make_sample(image, pose)
    edge = student_edge(sample, PersonInput("a", pose), read_recipe("crowds-see").edges, loaded)  # type: ignore[arg-type]
    assert edge.label == "SEE"
    expected = load_estimator(see).detect(sample.crop_rgb)
    inside = edge.values > 0
    np.testing.assert_allclose(edge.values[inside], expected[inside], atol=1e-6)
