"""State dicts in files: safetensors with a card, and the released `.pth.tar`, without running their code."""

from __future__ import annotations

import hashlib
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import WeightsError
from sefd_viewer.networks.cards import NetworkCard, Role

_CARD_KEY = "card"
_TEACHER_COPY = "smpl_overlap_backbone."
_BESIDE_THE_NETWORK = ("human_model_layer.", "ced.", "gau_blur.", "GCBLOCK")
"""What the release saves with a network and does not need to run it: SMPL's own arrays, edge filters, blocks
of a training loss."""
_OTHER_EDGES = {
    "hed_edge.": "HED",
    "pidinet.": "PiDiNet",
    "RCF_edge.": "RCF",
    "edge_module.": "estimated SMPL edges (SEE)",
    "edge_module1.": "estimated SMPL edges (SEE)",
}
_SOFT_EDGES: dict[str, object] = {"variant": "soft", "channel_order": "bgr_release"}
_EDGES: dict[Role, dict[str, object] | None] = {
    "baseline": None,
    "student": {**_SOFT_EDGES, "dilation": "fixed", "kernel": 5},
    "teacher": {**_SOFT_EDGES, "dilation": "adaptive"},
}


@dataclass(frozen=True, eq=False)
class StateFile:
    """What a weights file holds: tensors by their plain names, the card, and its fingerprint.

    `teacher_copy` are the tensors of the teacher that a distilled student's checkpoint carries along,
    `beside` counts numbers that are saved with a released network without being of it. `roles` are all that
    the file may be: a released one with an edge channel may be the student or the teacher. `other_edges`
    names the edges of a released student that this program does not feed.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    card: NetworkCard
    weights_hash: str
    teacher_copy: Mapping[str, Tensor]
    roles: tuple[Role, ...]
    beside: int = 0
    other_edges: str = ""


def read_state(path: str | Path, *, role: Role | None = None) -> StateFile:
    """Read a weights file; WeightsError says what is wrong with it.

    `role` decides what a released checkpoint with an edge channel is where the file does not say; without a
    role it is taken for a student.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError("this weights file does not exist", where=path, remedy="Check the path")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    return _read_released(path, role)


def read_plain_tensors(path: str | Path) -> Mapping[str, Tensor]:
    """All tensors of a file by their names there: safetensors, or what torch saves; without running its code.

    Raises WeightsError for a file that holds none.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError("this weights file does not exist", where=path, remedy="Check the path")
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise _not_weights(path) from error
    content = _load_without_code(path)
    while isinstance(content, dict) and (inside := [content[key] for key in _NESTS if key in content]):
        content = inside[0]
    if not isinstance(content, dict):
        raise _not_weights(path)
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


_NESTS = ("state_dict", "network", "model")


def write_state(
    path: str | Path, tensors: Mapping[str, Tensor], card: NetworkCard, *, exact: bool = False
) -> None:
    """Write safetensors with the card in its metadata: float16, or as the tensors are if `exact`.

    The file appears only when it is complete.
    """
    path = Path(path)
    written = {name: _own(tensor) if exact else _own(_half(tensor)) for name, tensor in tensors.items()}
    with new_file(path) as unfinished:
        save_file(written, unfinished, metadata={_CARD_KEY: card.to_json()})


def write_released(path: str | Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint as the release has them: `epoch`, `network` (names after `module.`), `optimizer`."""
    network = {f"module.{name}": _own(tensor) for name, tensor in tensors.items()}
    with new_file(Path(path)) as unfinished:
        torch.save({"epoch": 0, "network": network, "optimizer": {}}, unfinished)


def file_hash(path: Path) -> str:
    """First 12 hexadecimal digits of the file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _read_safetensors(path: Path) -> StateFile:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise _not_weights(path) from error
    if _CARD_KEY not in metadata:
        remedy = (
            "Only files saved by sefd-viewer, and the released .pth.tar files, say which network they are for"
        )
        raise WeightsError("these weights have no card", where=path, remedy=remedy)
    card = NetworkCard.from_json(metadata[_CARD_KEY])
    return StateFile(path, tensors, card, file_hash(path), {}, (card.role,))


def _read_released(path: Path, role: Role | None) -> StateFile:
    checkpoint = _load_without_code(path)
    content = checkpoint.get("network", checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        remedy = "A released checkpoint is a dictionary with the entries epoch, network, optimizer"
        raise WeightsError("this file holds no network", where=path, remedy=remedy)
    plain = {str(name).removeprefix("module."): tensor for name, tensor in content.items()}
    copy = {
        name.removeprefix(_TEACHER_COPY).removeprefix("module."): tensor
        for name, tensor in plain.items()
        if name.startswith(_TEACHER_COPY)
    }
    beside = [tensor.numel() for name, tensor in plain.items() if name.startswith(_BESIDE_THE_NETWORK)]
    no_part = (_TEACHER_COPY, *_BESIDE_THE_NETWORK)
    own = {name: tensor for name, tensor in plain.items() if not name.startswith(no_part)}
    edges = next(
        (edges for start, edges in _OTHER_EDGES.items() if any(n.startswith(start) for n in own)), ""
    )
    roles = _released_roles(own, is_student=bool(copy or edges))
    card = _released_card(role if role in roles else roles[0])
    return StateFile(path, own, card, file_hash(path), copy, roles, sum(beside), edges)


def _load_without_code(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # other pickle protocols than torch's own
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = re.search(r"GLOBAL (\S+)", str(error))
        if wanted is None:
            raise _not_weights(path) from error
        what = f"this file holds more than tensors: it asks to run {wanted[1]}"
        remedy = "That may be harmful and is refused; ask for a file that holds tensors only"
        raise WeightsError(what, where=path, remedy=remedy) from error
    except Exception as error:  # torch raises whatever a damaged file leads it to
        raise _not_weights(path) from error


def _released_roles(tensors: Mapping[str, Tensor], *, is_student: bool) -> tuple[Role, ...]:
    """What a released file may be, likeliest first: it has no card, and its first convolution tells RGB from
    RGB and edge."""
    first = tensors.get("backbone.conv1.weight")
    has_edge = first is not None and first.ndim == 4 and first.shape[1] == 4
    if not has_edge:
        return ("baseline",)
    return ("student",) if is_student else ("student", "teacher")


def _released_card(role: Role) -> NetworkCard:
    return NetworkCard(
        preset="paper",
        role=role,
        body_id="smpl-neutral",
        edges=_EDGES[role],
        crop_convention="release",
        dilation_box="annotated",
        licence="the terms of the SEFD release",
        trained_on="see the SEFD release",
    )


def _half(tensor: Tensor) -> Tensor:
    """Float16 where the values fit, else unchanged."""
    half = tensor.half() if tensor.is_floating_point() else tensor
    fits = not tensor.is_floating_point() or bool(half.isfinite().all())
    return half if fits else tensor


def _own(tensor: Tensor) -> Tensor:
    """The tensor in a block of memory of its own, on the CPU."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _not_weights(path: Path) -> WeightsError:
    remedy = "Expected are .safetensors files saved by sefd-viewer or released .pth.tar checkpoints"
    return WeightsError("this is not a weights file, or it is damaged", where=path, remedy=remedy)
