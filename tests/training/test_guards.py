"""A run that is left alone: what goes wrong is told, and loses as little as can be."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.training.batches import RandomBatches
from sefd_viewer.training.crops import make_crops, open_crops
from sefd_viewer.training.lifting import pretrain
from sefd_viewer.training.module import MeshTraining
from sefd_viewer.training.recipes import TrainingSettings, read_recipe
from sefd_viewer.training.run import train

SMALL = SceneSettings(size=(256, 256), people=(2, 3), things=0)
FEW = {"preset": "compact-2", "batch_size": 4, "check_every": 2, "device": "cpu", "held_out": 4}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # Lightning calls what torch has deprecated
    pytest.mark.filterwarnings("ignore::UserWarning"),  # Lightning's advice for long runs
]


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops")
    make_crops(folder, seed=3, scenes=8, settings=SMALL)
    return folder


def settings(steps: int) -> TrainingSettings:
    return read_recipe("crowds-baseline", steps=steps, **FEW)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(crops: Path, tmp_path: Path) -> None:
    broken = tmp_path / "crops"
    broken.mkdir()
    for path in crops.glob("crops*"):
        (broken / path.name).write_bytes(path.read_bytes())
    shard = next(iter(broken.glob("*.npy")))
    rows = np.load(shard)
    rows["betas"] = np.nan
    np.save(shard, rows)
    with pytest.raises(SefdError, match="not_finite_000000.pt: the loss of step 0 is not a number"):
        train(settings(2), broken, tmp_path / "run")
    batch = torch.load(tmp_path / "run" / "not_finite_000000.pt")
    assert batch["betas"].isnan().all()
    assert batch["crop"].shape == (4, 3, 128, 128)


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("content", ["evil", "cut"])
def test_a_checkpoint_of_somebody_else_runs_nothing(crops: Path, tmp_path: Path, content: str) -> None:
    (run := tmp_path / "run").mkdir()
    torch.save(
        {"global_step": 2, "state": Evil(tmp_path / "ran") if content == "evil" else 0}, run / "last.ckpt"
    )
    if content == "cut":
        (run / "last.ckpt").write_bytes((run / "last.ckpt").read_bytes()[:100])
    with pytest.raises(SefdError, match=r"last\.ckpt: this checkpoint cannot be read"):
        train(settings(4), crops, run)
    assert not (tmp_path / "ran").exists()


def test_too_little_memory_names_a_batch_that_fits(
    crops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = MeshTraining.losses

    def short(self: MeshTraining, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        if len(batch["crop"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return whole(self, batch)

    monkeypatch.setattr(MeshTraining, "losses", short)
    with pytest.raises(SefdError, match="no memory for 4 people in a step. --batch-size 2 fits"):
        train(settings(2), crops, tmp_path / "run")


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    crops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(settings(2), crops, tmp_path / "run")
    before = (tmp_path / "run" / "last.ckpt").read_bytes()

    def full(_content: object, path: object, *_: object, **__: object) -> None:
        Path(str(path)).write_bytes(b"half a checkpoint")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("lightning.fabric.plugins.io.torch_io._atomic_save", full)
        with pytest.raises(SefdError, match="last.ckpt: cannot be written.*Make room"):
            train(settings(4), crops, tmp_path / "run")
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*part*"))
    train(settings(4), crops, tmp_path / "run")
    assert torch.load(tmp_path / "run" / "last.ckpt", weights_only=False)["global_step"] == 4


def test_a_run_in_two_pieces_is_the_run_in_one(crops: Path, tmp_path: Path) -> None:
    """Bit for bit on a processor: weights and moments of the optimizer."""
    decays = {"decay_at": (3,)}  # a cosine would know where it ends
    train(read_recipe("crowds-baseline", steps=4, **FEW, **decays), crops, tmp_path / "one")
    for steps in (2, 4):
        train(read_recipe("crowds-baseline", steps=steps, **FEW, **decays), crops, tmp_path / "two")
    one, two = (torch.load(tmp_path / name / "last.ckpt", weights_only=False) for name in ("one", "two"))
    for name, tensor in one["state_dict"].items():
        assert torch.equal(tensor, two["state_dict"][name]), name
    moments = [run["optimizer_states"][0]["state"][0]["exp_avg"] for run in (one, two)]
    assert torch.equal(*moments)
    assert "waiting_share" in (tmp_path / "one" / "metrics.csv").read_text().splitlines()[0]


def test_two_processes_share_a_batch(tmp_path: Path) -> None:
    """Gloo on this machine's processor: each draws its half; both are needed for a step."""
    pretrain(tmp_path / "crops" / "lifter.safetensors", scenes=12, steps=1, batch_size=8)
    words = ["train", "--out", tmp_path / "run", "--crops", tmp_path / "crops", "--scenes", "6"]
    words += ["--steps", "2", "--batch-size", "4", "--device", "cpu", "--devices", "2"]
    words += ["--with", "held_out=4", "--with", "check_every=2"]
    done = subprocess.run(
        [sys.executable, "-m", "sefd_viewer", *map(str, words)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("Wrote") == 1
    assert "with 2 processes" in done.stdout + done.stderr
    checkpoint = torch.load(tmp_path / "run" / "last.ckpt", weights_only=False)
    assert checkpoint["global_step"] == 2
    assert (tmp_path / "run" / "baseline.safetensors").exists()
    curves = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    assert len(curves) > 2


def test_the_parts_of_a_batch_differ(crops: Path) -> None:
    data = open_crops(crops)
    parts = [
        next(iter(RandomBatches(data, 4, seed=1, start=0, stop=1, rank=rank, ranks=2))) for rank in range(2)
    ]
    assert [len(part["crop"]) for part in parts] == [2, 2]
    assert not torch.equal(parts[0]["joints_heatmap"], parts[1]["joints_heatmap"])
