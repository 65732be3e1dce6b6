"""Training of the edge estimators: SEE from crops to overlap edges, SESD by hiding parts of edges (S§5)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry import SMPL30
from sefd_viewer.networks.edge_estimators import (
    DeoccludingEdgeEstimator,
    Estimator,
    EstimatorCard,
    build_estimator,
    load_estimator,
    save_estimator,
)
from sefd_viewer.networks.hed import HedNetwork, load_hed
from sefd_viewer.networks.state_files import read_plain_tensors
from sefd_viewer.pose2d.body_mask import body_mask
from sefd_viewer.training.loop import fit, is_first_process, open_data, schedule
from sefd_viewer.training.module import Training
from sefd_viewer.training.recipes import SYNTHETIC, TrainingSettings

_BLOCK_ENDS = ((1, 2), (2, 2), (3, 3), (4, 3))
_SSIM_SIZE, _SSIM_SIGMA = 11, 1.5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2
_SHIFT = 0.15
"""Deviation of the place of the person who hides, in sides of the crop."""


class PerceptualDistance(nn.Module):
    """Distance of what VGG-16 makes of two edge maps: relative L1 after each of its first four blocks.

    The trunk is the one inside the shipped HED network, which was trained from VGG-16, unless a file with
    VGG-16 by torchvision's names is given. Each block's distance is divided by the mean of the target's
    features, so that no block outweighs the others.
    """

    def __init__(self, vgg: Path | None = None) -> None:
        super().__init__()
        self.trunk = HedNetwork()
        self.trunk.load_state_dict(load_hed().state_dict())
        if vgg is not None:
            _take_vgg(self.trunk, vgg)
        self.trunk.requires_grad_(False).eval()

    def forward(self, found: Tensor, true: Tensor) -> Tensor:
        """One number for edge maps (N,1,H,W) in [0,1]."""
        pairs = zip(self._features(found), self._features(true), strict=True)
        terms = [functional.l1_loss(ours, theirs) / theirs.mean().clamp(min=1e-3) for ours, theirs in pairs]
        return torch.stack(terms).mean()

    def _features(self, edges: Tensor) -> list[Tensor]:
        features, kept = 255 * edges.expand(-1, 3, -1, -1) - self.trunk.mean, []
        for block, layers in _BLOCK_ENDS:
            if block > 1:
                features = functional.max_pool2d(features, 2, 2, ceil_mode=True)
            for layer in range(1, layers + 1):
                features = functional.relu(self.trunk.get_submodule(f"conv{block}_{layer}")(features))
            kept.append(features)
        return kept


_VGG_PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)
"""Where torchvision's VGG-16 has the convolutions of the first four blocks."""


def _take_vgg(trunk: HedNetwork, path: Path) -> None:
    """Put torchvision's VGG-16 into the trunk; its first layer takes RGB in [0,1], normalised."""
    found = read_plain_tensors(path)
    names = [f"conv{block}_{layer}" for block, count in _BLOCK_ENDS for layer in range(1, count + 1)]
    scale = 255 * torch.tensor([0.229, 0.224, 0.225])
    offset = 255 * torch.tensor([0.485, 0.456, 0.406])
    for name, place in zip(names, _VGG_PLACES, strict=True):
        layer = trunk.get_submodule(name)
        weight, bias = (found.get(f"features.{place}.{kind}") for kind in ("weight", "bias"))
        if weight is None or bias is None or weight.shape != layer.weight.shape:
            raise SefdError(
                f"this file lacks features.{place} of VGG-16", where=path, remedy="Give torchvision's vgg16"
            )
        if place == 0:  # RGB to BGR, and divided by the deviation of each colour
            weight = (weight / scale[None, :, None, None]).flip(1)
            trunk.mean.copy_(offset.flip(0)[:, None, None])
        layer.load_state_dict({"weight": weight, "bias": bias})


def ssim(found: Tensor, true: Tensor) -> Tensor:
    """Structural similarity (N,) of maps (N,1,H,W) in [0,1] (Wang et al. 2004): Gauss 11x11, sigma 1.5.

    In float32 always: variances are small differences, of which bf16 leaves nothing.
    """
    with torch.autocast(found.device.type, enabled=False):
        return _ssim(found.float(), true.float())


def _ssim(found: Tensor, true: Tensor) -> Tensor:
    place = torch.arange(_SSIM_SIZE, device=found.device, dtype=found.dtype) - _SSIM_SIZE // 2
    bell = torch.exp(-(place**2) / (2 * _SSIM_SIGMA**2))
    window = (bell / bell.sum())[:, None] * (bell / bell.sum())[None]
    mean_a, mean_b, aa, bb, ab = (
        functional.conv2d(one, window[None, None])
        for one in (found, true, found * found, true * true, found * true)
    )
    covariance = ab - mean_a * mean_b
    variances = (aa - mean_a**2) + (bb - mean_b**2)
    similar = (2 * mean_a * mean_b + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    return (similar / ((mean_a**2 + mean_b**2 + _SSIM_C1) * (variances + _SSIM_C2))).mean((1, 2, 3))


def psnr(found: Tensor, true: Tensor) -> Tensor:
    """Peak signal-to-noise ratio (N,) in dB of maps (N,1,H,W) in [0,1]."""
    return -10 * torch.log10((found - true).square().mean((1, 2, 3)).clamp(min=1e-10))


def hiding_masks(joints_crop: Tensor, size: int, rng: np.random.Generator) -> Tensor:
    """For each of N people a mask (N,1,S,S) of another one's body, moved at random.

    `joints_crop` (N,30,2) are pixels of the crops at 256.
    """
    others = np.roll(joints_crop.cpu().numpy().astype(np.float64), 1, axis=0) * (size / 256)
    moved = others + rng.normal(0, _SHIFT * size, (len(others), 1, 2))
    masks = np.stack([body_mask(points, SMPL30, (size, size)) for points in moved])
    return torch.from_numpy(masks[:, None].astype(np.float32)).to(joints_crop.device)


class EdgeTraining(Training):
    """Trains SEE, or SESD's completion while its SEE stays as it is."""

    def __init__(self, estimator: Estimator, settings: TrainingSettings, **schedule: Any) -> None:
        super().__init__(settings, **schedule)
        self.estimator, self.distance = estimator, PerceptualDistance(settings.vgg)
        if isinstance(estimator, DeoccludingEdgeEstimator):
            estimator.edges.requires_grad_(False)

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """L1, perceptual distance and 1 - SSIM, of the whole map, or of the hidden part of it."""
        found, true = self._maps(batch, np.random.default_rng([self.settings.seed, self.global_step]))
        found, true = found.float(), true.float()
        losses = {"l1": functional.l1_loss(found, true)}
        if self.settings.edge_losses.ssim:
            losses["ssim"] = 1 - ssim(found, true).mean()
        if self.settings.edge_losses.vgg:
            seen = -(-len(found) // self.settings.vgg_every)
            losses["vgg"] = self.distance(found[:seen], true[:seen])
        return losses

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Every loss times its weight."""
        weights = self.settings.edge_losses
        return torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()

    def _maps(self, batch: Mapping[str, Tensor], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """What is found and what is true (N,1,S,S).

        SEE is shown crops and told the overlap edges of the true meshes. SESD is shown edges that SEE found,
        of which another person's body hides a part, and told what that hid: nobody tells it what is really
        hidden.
        """
        if not isinstance(self.estimator, DeoccludingEdgeEstimator):
            return self.estimator.edges(batch["crop"]), batch["mesh_edge"]
        with torch.no_grad():
            self.estimator.edges.eval()
            whole = self.estimator.edges(batch["crop"]).clamp(0, 1)
        hidden = hiding_masks(batch["joints_crop"], whole.shape[-1], rng)
        completed = self.estimator.completion(torch.cat((whole * (1 - hidden), hidden), 1))
        return torch.where(hidden > 0, completed, whole), whole

    def validation_step(self, batch: Mapping[str, Tensor], index: int) -> None:
        """L1, PSNR and SSIM against what is told, of held-out people."""
        found, true = self._maps(batch, np.random.default_rng([0, index]))
        found, true = found.float().clamp(0, 1), true.float()
        gaps = (found - true).abs().mean((1, 2, 3))
        self.log_validation({"l1": gaps, "psnr_db": psnr(found, true), "ssim": ssim(found, true)})

    def panels(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The crop, the edges found in it and those to be found."""
        found, true = self._maps(batch, np.random.default_rng([0, 0]))
        return {"crop": batch["crop"], "found": found, "true": true}

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """What learns."""
        learns = [one for one in self.estimator.parameters() if one.requires_grad]
        return self.scheduled([{"params": learns}])


def train_estimator(
    settings: TrainingSettings, crops: Mapping[str, Path], run_folder: Path, *, see: Path | None = None
) -> Path:
    """Train SEE, or SESD on top of `see`, and write `run_folder/see.safetensors` or `sesd.safetensors`.

    A run that was stopped goes on from its last checkpoint. Raises SefdError where SESD has no SEE.
    """
    assert settings.task != "mesh"
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    data = open_data(settings, crops, None)
    widths = tuple(settings.widths)
    if settings.task == "sesd":
        if see is None:
            raise SefdError(
                "SESD completes the edges that SEE finds", remedy="Give --start-from see.safetensors"
            )
        loaded = load_estimator(see, kind="see")
        widths = loaded.card.widths
    estimator = build_estimator(settings.task, widths)
    if settings.task == "sesd":
        estimator.edges.load_state_dict(loaded.network.edges.state_dict())
    steps, decay_at = schedule(settings, len(data.mixture))
    module = EdgeTraining(estimator, settings, steps=steps, decay_at=decay_at)
    trainer = fit(module, settings, data, run_folder, steps=steps)
    numbers = {n: round(float(v), 4) for n, v in trainer.callback_metrics.items() if n.startswith("val_")}
    size = int(data.mixture.sets[0].rows(np.arange(1))["image"].shape[1])
    licence = "MIT" if set(settings.sets) == {SYNTHETIC} else "the terms of the sets that it was trained on"
    card = EstimatorCard(settings.task, widths, size, licence, data.people, numbers, settings.to_dict())
    path = run_folder / f"{settings.task}.safetensors"
    if is_first_process():
        save_estimator(path, estimator, card)
    return path
