"""What `doctor` tries in a process of its own, because a broken driver or library may end it.

`python -m sefd_viewer.cli.probes NAME [FILE...]` prints one line that says what was found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import body_arrays, load_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.cli.display import require_display
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.geometry.joints import SMPL24, SMPLH52, SMPLX55


class ProbeError(Exception):
    """A probe that failed: the last words of its process."""


def run_probe(name: str, *arguments: str, seconds: float = 120.0) -> str:
    """What the probe `name` printed; ProbeError when its process failed, crashed or hung."""
    command = [sys.executable, "-m", __name__, name, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ProbeError(f"no answer within {seconds:.0f} s") from None
    if done.returncode == 0:
        return done.stdout.strip()
    words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    ending = f"crashed (signal {-done.returncode})" if done.returncode < 0 else "failed"
    raise ProbeError(": ".join([ending, *words[-1:]]))


def probe_qt() -> str:
    """The platform plugin that Qt starts with here, and its screens; offscreen where there are none."""
    try:
        require_display()
    except SefdError:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from sefd_viewer.gui.platform_check import describe_platform

    return describe_platform()


def probe_opengl() -> str:
    """Who draws the 3D views: a picture is drawn and looked at."""
    from sefd_viewer.scene.opengl import describe_opengl

    return describe_opengl()


def probe_torch() -> str:
    """The device on which the networks would run."""
    import torch

    from sefd_viewer.inference.worker import PREDICTOR, open_engine

    ready = open_engine(PREDICTOR, "auto").ready()
    threads = f", {ready.threads} thread{'s' * (ready.threads != 1)}" if ready.device == "cpu" else ""
    return f"{ready.device} ({ready.device_name}{threads}), torch {torch.__version__}"


def probe_onnxruntime() -> str:
    """Whether the 2D pose detector opens its models."""
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}, {', '.join(onnxruntime.get_available_providers())}"


EQUAL_M = 1e-5
"""Metres by which rounding may part the two."""
_PEOPLE = 8
_HANDS = (*("hands_meanl", "hands_meanr"), *("hands_componentsl", "hands_componentsr"))
_LANDMARKS = {"lmk_faces_idx": np.zeros(1, np.int64), "lmk_bary_coords": np.ones((1, 3))}


def largest_difference(path: Path) -> float:
    """Metres between vertices or joints that smplx and the program make of random people, the largest.

    smplx gets what the safe reader found, never the file itself, whose pickle it would run. Raises BodyError
    for a file that is no body.
    """
    body = load_body(path)
    if body.joint_set not in (SMPL24, SMPLH52, SMPLX55):
        raise BodyError(f"smplx knows no {body.name}", remedy="Choose an SMPL, SMPL-H or SMPL-X body")
    people = _people(body)
    ours = body.forward_batch(*people)
    vertices, joints = _by_smplx(body, body_arrays(path), people)
    apart = ours.vertices - vertices, ours.joints - joints
    return max(float(np.abs(one).max()) for one in apart)


def _people(body: BodyModel) -> tuple[NDArray[np.float32], ...]:
    """Orientation, pose, betas, place and expression of random people."""
    rng = np.random.default_rng(0)
    sizes = (3, 3 * body.joint_set.count - 3, 10, 3, min(body.expressions, 10))
    return tuple(rng.normal(scale=0.4, size=(_PEOPLE, size)).astype(np.float32) for size in sizes)


def _by_smplx(
    body: BodyModel, arrays: Mapping[str, Any], people: tuple[NDArray[np.float32], ...]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Vertices and chain joints by smplx, in double precision."""
    import torch
    from smplx import SMPL, SMPLH, SMPLX
    from smplx.utils import Struct

    numbers = {name: one for name, one in arrays.items() if np.asarray(one).dtype.kind in "fiu"}
    numbers = dict.fromkeys(_HANDS, np.zeros((45, 45))) | _LANDMARKS | numbers
    how = {"batch_size": _PEOPLE, "dtype": torch.float64}
    fingers = {"use_pca": False, "flat_hand_mean": True}
    if body.joint_set == SMPL24:
        layer = SMPL("", data_struct=Struct(**numbers), **how)
    elif body.joint_set == SMPLH52:
        numbers |= {name: np.zeros(45) for name in _HANDS[:2]}
        layer = SMPLH("", data_struct=Struct(**numbers), **how, **fingers)
    else:
        with TemporaryDirectory() as folder:
            file = Path(folder, "SMPLX_NEUTRAL.npz")
            np.savez(file, **numbers)
            layer = SMPLX(str(file), ext="npz", **how, **fingers)
    inputs = {
        name: torch.tensor(values, dtype=torch.float64) for name, values in _named(body, people).items()
    }
    made = layer(**inputs)
    chain = made.joints[:, : body.joint_set.count]
    return made.vertices.detach().numpy(), chain.detach().numpy()


def _named(body: BodyModel, people: tuple[NDArray[np.float32], ...]) -> dict[str, NDArray[np.float32]]:
    """The people under smplx's names, the pose cut into its parts."""
    orient, pose, betas, transl, expression = people
    named = {"global_orient": orient, "betas": betas, "transl": transl}
    if body.joint_set == SMPL24:
        return named | {"body_pose": pose}
    named |= {"body_pose": pose[:, :63], "left_hand_pose": pose[:, -90:-45], "right_hand_pose": pose[:, -45:]}
    if body.joint_set == SMPLH52:
        return named
    face = {
        name: pose[:, 63 + 3 * k : 66 + 3 * k]
        for k, name in enumerate(("jaw_pose", "leye_pose", "reye_pose"))
    }
    return named | face | {"expression": expression}


def _words(path: Path) -> str:
    try:
        with redirect_stdout(sys.stderr):  # smplx talks about the file
            apart = largest_difference(path)
    except Exception as error:  # what smplx says of a file of another version
        return f"not compared ({type(error).__name__}: {error})"
    verdict = "equal" if apart <= EQUAL_M else "DIFFERENT"
    return f"{verdict}, largest difference {apart * 1000:.5f} mm"


def probe_smplx(*files: str) -> str:
    """For each file how far smplx and the program are apart; a file that smplx refuses is told."""
    import smplx  # noqa: F401  # says at once that it is not installed

    return "; ".join(f"{file}: {_words(Path(file))}" for file in files) or "smplx is here"


PROBES: dict[str, Callable[..., str]] = {
    "qt": probe_qt,
    "opengl": probe_opengl,
    "torch": probe_torch,
    "onnxruntime": probe_onnxruntime,
    "smplx": probe_smplx,
}

if __name__ == "__main__":
    print(PROBES[sys.argv[1]](*sys.argv[2:]))
