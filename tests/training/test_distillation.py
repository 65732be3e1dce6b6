"""Each distillation loss against its formula written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sefd_viewer.errors import SefdError
from sefd_viewer.training.criterion import DISTILLATION_NAMES, Distillation, DistillationSettings

CHANNELS = (4, 6, 8, 10)
SIZES = (8, 4, 2, 1)
Features = list[NDArray[np.float64]]


@pytest.fixture
def features() -> tuple[Features, Features]:
    """The four stages of a student and of its teacher, two people each."""
    rng = np.random.default_rng(3)
    shapes = [(2, channels, size, size) for channels, size in zip(CHANNELS, SIZES, strict=True)]
    return [rng.normal(size=shape) for shape in shapes], [rng.normal(size=shape) for shape in shapes]


def loss_of(settings: DistillationSettings, features: tuple[Features, Features]) -> float:
    student, teacher = ([torch.from_numpy(stage) for stage in stages] for stages in features)
    return float(Distillation(settings, channels=CHANNELS)(student, teacher))


def log_softmax(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def test_log_softmax_l1_connects_layers_3_and_4_and_counts_4_twice(
    features: tuple[Features, Features],
) -> None:
    ours, theirs = ([log_softmax(stage) for stage in stages] for stages in features)
    expected = np.abs(ours[2] - theirs[2]).mean() + 2 * np.abs(ours[3] - theirs[3]).mean()
    assert loss_of(DistillationSettings(), features) == pytest.approx(expected, rel=1e-5)


def test_l1_is_the_mean_distance_of_all_four_layers(features: tuple[Features, Features]) -> None:
    expected = sum(np.abs(a - b).mean() for a, b in zip(*features, strict=True))
    assert loss_of(DistillationSettings("l1"), features) == pytest.approx(expected, rel=1e-5)


def test_attention_transfer_compares_where_activations_are_strong(
    features: tuple[Features, Features],
) -> None:
    def attention(x: NDArray[np.float64]) -> NDArray[np.float64]:
        strength = (x**2).mean(1).reshape(len(x), -1)
        return strength / np.sqrt((strength**2).sum(1, keepdims=True))

    expected = sum(100 * ((attention(a) - attention(b)) ** 2).mean() for a, b in zip(*features, strict=True))
    assert loss_of(DistillationSettings("attention"), features) == pytest.approx(expected, rel=1e-5)


def test_kd_is_the_divergence_of_channels_summed_over_places(features: tuple[Features, Features]) -> None:
    expected = 0.0
    for ours, theirs in zip(*features, strict=True):
        p, q = log_softmax(theirs), log_softmax(ours)
        expected += (np.exp(p) * (p - q)).sum() / len(ours)
    assert loss_of(DistillationSettings("kd"), features) == pytest.approx(expected, rel=1e-5)


def test_fsp_compares_products_of_neighbouring_layers(features: tuple[Features, Features]) -> None:
    def flow(early: NDArray[np.float64], late: NDArray[np.float64]) -> NDArray[np.float64]:
        n, c, _, _ = early.shape
        side = late.shape[-1]
        block = early.shape[-1] // side
        pooled = early.reshape(n, c, side, block, side, block).max((3, 5))
        return (
            np.stack([pooled[i].reshape(c, -1) @ late[i].reshape(len(late[i]), -1).T for i in range(n)])
            / side**2
        )

    expected = 0.0
    for pair in ((0, 1), (1, 2), (2, 3)):
        ours, theirs = (flow(stages[pair[0]], stages[pair[1]]) for stages in features)
        expected += np.sqrt(((ours - theirs) ** 2).sum(1)).sum() / len(ours)
    assert loss_of(DistillationSettings("fsp"), features) == pytest.approx(expected, rel=1e-5)


def test_global_context_compares_features_after_shared_blocks(features: tuple[Features, Features]) -> None:
    student, teacher = ([torch.from_numpy(stage).float() for stage in stages] for stages in features)
    torch.manual_seed(0)
    distillation = Distillation(DistillationSettings("global_context"), channels=CHANNELS)
    expected = 0.0
    for number, pair in enumerate(zip(student, teacher, strict=True), 1):
        block = distillation.contexts[str(number)]
        seen = []
        for stage in pair:
            n, c = stage.shape[:2]
            scores = (stage.reshape(n, c, -1) * block.attention.weight.reshape(1, c, 1)).sum(1)  # type: ignore[operator,union-attr]
            weights = torch.exp(scores) / torch.exp(scores).sum(1, keepdim=True)
            mean = (stage.reshape(n, c, -1) * weights[:, None]).sum(2)
            seen.append(stage + block.transform(mean.reshape(n, c, 1, 1)))  # type: ignore[operator]
        expected += float((seen[0] - seen[1]).detach().abs().mean())
    assert float(distillation(student, teacher).detach()) == pytest.approx(expected, rel=1e-4)
    assert list(distillation.parameters())


@pytest.mark.parametrize("name", DISTILLATION_NAMES)
def test_equal_features_cost_nothing_and_the_teacher_gets_no_gradient(name: str) -> None:
    torch.manual_seed(1)
    student = [torch.randn(2, c, s, s, requires_grad=True) for c, s in zip(CHANNELS, SIZES, strict=True)]
    teacher = [torch.randn_like(stage).requires_grad_() for stage in student]
    distillation = Distillation(DistillationSettings(name), channels=CHANNELS)  # type: ignore[arg-type]
    assert float(distillation(student, student).detach()) == pytest.approx(0, abs=1e-6)
    distillation(student, teacher).backward()
    assert any(stage.grad is not None for stage in student)
    assert all(stage.grad is None for stage in teacher)


def test_layers_can_be_chosen_and_wrong_ones_are_refused_with_words(
    features: tuple[Features, Features],
) -> None:
    student, teacher = features
    expected = 0.5 * np.abs(student[1] - teacher[1]).mean()
    assert loss_of(DistillationSettings("l1", {2: 0.5}), features) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(SefdError, match=r"layers \[5\].*1, 2, 3, 4"):
        DistillationSettings("l1", {5: 1.0})
    with pytest.raises(SefdError, match="two or more"):
        DistillationSettings("fsp", {3: 1.0})
    with pytest.raises(SefdError, match="no distillation loss 'mse'.*log_softmax_l1"):
        DistillationSettings("mse")  # type: ignore[arg-type]
