"""Draw the training curves of one or more runs.

usage: python benchmarks/training_curves.py OUT.png RUN...

Each RUN is a folder with the metrics*.csv that `sefd-viewer train` wrote (one more for each time it was
resumed); its name is the curve's. Losses are averaged over a sliding window of steps, because a step sees few
people. Needs matplotlib and polars.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl

COLOURS = {"baseline": "#E69F00", "student": "#0072B2", "teacher": "#009E73"}
PANELS = {
    "train_joint_camera": "joint error, mean per axis [m]",
    "train_joint_plane": "found joints, plane [half crops]",
    "train_joint_depth": "found joints, depth [m]",
    "val_mpjpe_mm": "held-out MPJPE [mm]",
    "val_pa_mpjpe_mm": "held-out PA-MPJPE [mm]",
}
WINDOW = 9


def curve(run: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of one column where it is written, training losses smoothed."""
    parts = [pl.read_csv(path).select("step", name) for path in run.glob("metrics*.csv")]
    table = pl.concat(parts).drop_nulls().unique("step", keep="last").sort("step")
    steps, values = table["step"].to_numpy(), table[name].to_numpy()
    if name.startswith("train_") and len(values) > WINDOW:
        values = np.convolve(values, np.ones(WINDOW) / WINDOW, "valid")
        steps = steps[WINDOW // 2 : WINDOW // 2 + len(values)]
    return steps, values


def main(out: Path, runs: list[Path]) -> None:
    """Draw one panel per quantity, one line per run."""
    figure, axes = plt.subplots(1, len(PANELS), figsize=(4 * len(PANELS), 3.2), layout="constrained")
    for axis, (name, title) in zip(axes, PANELS.items(), strict=True):
        for run in runs:
            steps, values = curve(run, name)
            marker = "o" if name.startswith("val_") else None
            axis.plot(steps, values, label=run.name, color=COLOURS.get(run.name), marker=marker)
        axis.set(title=title, xlabel="step")
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
