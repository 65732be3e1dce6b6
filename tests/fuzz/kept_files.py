"""Readers of what commands write and go on with: crops, weights, lists, archives, scans, tags."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from tests.fuzz.readers import Reader, _first, _json, _npz


def _array(folder: Path) -> list[Path]:
    np.save(folder / "poses.npy", np.zeros((3, 72)))
    return [folder / "poses.npy"]


def _read_array(folder: Path) -> object:
    from sefd_viewer.body.safe_npz import read_npy

    return read_npy(_first(folder))


def _holds_body(folder: Path) -> object:
    from sefd_viewer.body.files import holds_body

    return holds_body(_first(folder))


def _deep_picture(folder: Path) -> list[Path]:
    path = folder / "a.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 65535, (20, 30, 3), np.uint16))
    return [path]


def _image(folder: Path) -> object:
    from sefd_viewer.datasets.images import load_image

    return load_image(_first(folder))


# ---- large JSON, in pieces, and changes in its text

_CAMERAS = {"1": {"R": np.eye(3).tolist(), "t": [0.0, 0.0, 5.0]}, "2": {"R": np.eye(3).tolist()}}
_LISTS = {"images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(30)], "annotations": [{"id": 1}]}
_PEOPLE = {"version": 1, "people": {}, "poses": {"a.jpg": []}}


def _in_pieces(read: Callable[..., Iterable[Any]], **options: Any) -> Callable[[Path], object]:
    """How the program reads: what is unusual is read as a whole afterwards."""

    def pieces(folder: Path) -> object:
        from sefd_viewer.datasets.annotations.json_batches import UnusualError

        try:
            return list(read(_first(folder), lambda _taken: None, batch_bytes=200, **options))
        except UnusualError as error:
            return str(error)

    return pieces


def _edited(folder: Path) -> object:
    from sefd_viewer.datasets.annotations.json_edits import edited_json

    return edited_json(_first(folder), 1, lambda _names, value: value)


def _fitted(folder: Path) -> object:
    from sefd_viewer.datasets.fitted_people import read_people

    return read_people(_first(folder))


# ---- weights and crops


def _estimator(folder: Path) -> list[Path]:
    from safetensors.torch import save_file

    from sefd_viewer.networks.cards import ESTIMATOR_CARD
    from sefd_viewer.networks.edge_estimators import build_estimator

    path = folder / "see.safetensors"
    widths = [2, 2, 2, 2, 2]
    card = json.dumps({"kind": "see", "widths": widths, "input_size": 64})
    save_file(build_estimator("see", widths).state_dict(), path, {ESTIMATOR_CARD: card})
    return [path]


def _read_estimator(folder: Path) -> object:
    from sefd_viewer.networks.cards import card_of
    from sefd_viewer.networks.edge_estimators import load_estimator

    card_of(_first(folder))
    return load_estimator(_first(folder))


def _read_tensors(folder: Path) -> object:
    from sefd_viewer.networks.state_files import read_plain_tensors

    return read_plain_tensors(_first(folder))


def _training(folder: Path) -> list[Path]:
    import torch

    torch.save({"global_step": 7, "state_dict": {"weight": torch.zeros(3)}}, folder / "last.ckpt")
    return [folder / "last.ckpt"]


def _steps_done(folder: Path) -> object:
    from sefd_viewer.training.loop import _steps_done

    return _steps_done(_first(folder))


def _crops(folder: Path) -> list[Path]:
    from sefd_viewer.training.crops import check_manifest, crop_type, write_shard

    write_shard(folder, 0, np.zeros(2, crop_type(16)))
    check_manifest(folder, {"body": "open"})
    return sorted(folder.glob("crops*"))


def _read_crops(folder: Path) -> object:
    from sefd_viewer.training.crops import body_of, check_manifest, open_crops

    check_manifest(folder, {"body": body_of(folder)})
    return open_crops(folder).rows(np.arange(2))


# ---- maps, scans, tags, recent sets


def _maps(folder: Path) -> list[Path]:
    from sefd_viewer.edge_maps.archive import MapArchive

    with MapArchive(folder / "maps.zip", prefix="map") as archive:
        archive.add(
            PurePosixPath("a/map_1.png"), cv2.imencode(".png", np.zeros((4, 6), np.uint8))[1].tobytes()
        )
    return [folder / "maps.zip"]


def _read_maps(folder: Path) -> object:
    from sefd_viewer.edge_maps.archive import MapArchive
    from sefd_viewer.edge_maps.verifying import StoredMaps, read_map

    stored = StoredMaps.of(folder, "maps")
    found = stored.find(PurePosixPath("a/map_1.png"))
    kept = None if found is None else read_map(stored.read(found), (6, 4), found)
    with MapArchive(_first(folder), prefix="map"):
        return kept


def _manifest(folder: Path) -> object:
    from sefd_viewer.edge_maps.manifest import read_renderers

    return read_renderers(_first(folder))


def _scan(folder: Path) -> object:
    from sefd_viewer.checks.measurements import load_measurements

    return load_measurements(_first(folder), (), state="1") or "none"


def _tags(folder: Path) -> object:
    from sefd_viewer.judgements.tags import read_tags

    return read_tags(folder)


def _recent(folder: Path) -> object:
    from sefd_viewer.app.recent import RecentSets

    return RecentSets(folder).all(["/a"])


def _edited_poses(folder: Path) -> object:
    from sefd_viewer.pose2d.editing_file import read_edited_poses

    return read_edited_poses(_first(folder))


def _stored(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "scan.npz", "w") as archive:
        archive.writestr("state.npy", b"\x93NUMPY")
    return [folder / "scan.npz"]


def _batches() -> tuple[Reader, ...]:
    from sefd_viewer.datasets.annotations import json_batches

    lists, groups = _json("annotations.json", _LISTS), _json("cameras.json", {"1": _CAMERAS, "5": _CAMERAS})
    return (
        Reader("large lists", lists, _in_pieces(json_batches.listed_batches)),
        Reader("large groups", groups, _in_pieces(json_batches.named_batches)),
        Reader("large groups in groups", groups, _in_pieces(json_batches.nested_batches, depth=1)),
    )


_EDITED = {"version": 1, "pictures": {"a.jpg": {"people": {}, "order": []}}}

KEPT_FILES: tuple[Reader, ...] = (
    Reader("array", _array, _read_array),
    Reader("any body", _npz("a.npz", v_template=np.zeros((3, 3))), _holds_body),
    Reader("deep png", _deep_picture, _image),
    *_batches(),
    Reader("corrected cameras", _json("cameras.json", _CAMERAS), _edited),
    Reader("fitted people", _json("people.json", _PEOPLE), _fitted),
    Reader("estimator", _estimator, _read_estimator),
    Reader("tensors", _estimator, _read_tensors),
    Reader("training", _training, _steps_done),
    Reader("crops", _crops, _read_crops),
    Reader("edge maps", _maps, _read_maps),
    Reader("manifest", _json("manifest.json", {"renderer": "a"}), _manifest, whole=False),
    Reader("scan", _stored, _scan),
    Reader("tags", _json("tags.json", {"people": []}), _tags, whole=False),
    Reader("recent sets", _json("sets.json", {"/a": {"name": "a"}}), _recent),
    Reader("hand edits", _json("a.edited-poses.json", _EDITED), _edited_poses, whole=False),
)
