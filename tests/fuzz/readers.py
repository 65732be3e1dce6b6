"""The program's readers, each with small whole files to begin with, in the layouts that owners have."""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sefd_viewer.geometry.joints import COCO17
from tests import owners_files


@dataclass(frozen=True)
class Reader:
    """One kind of file: `files(folder)` writes whole ones and returns those that are damaged in turn.

    `read` gets the folder. Without `whole` even what `files` writes is refused.
    """

    name: str
    files: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    whole: bool = True


def _json(name: str, content: Any) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        path = folder / name
        path.write_text(json.dumps(content))
        return [path]

    return write


def _text(name: str, content: str) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        path = folder / name
        path.write_text(content)
        return [path]

    return write


def _npz(name: str, **arrays: Any) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        np.savez(folder / name, **arrays)
        return [folder / name]

    return write


def _pickle(name: str, content: Any) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        (folder / name).write_bytes(pickle.dumps(content))
        return [folder / name]

    return write


def _shipped(name: str) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        from sefd_viewer.resources import resource_path

        return [Path(shutil.copy(resource_path(name), folder))]

    return write


# ---- 2D poses

_POINTS = [[float(10 * j), float(5 * j), 0.9] for j in range(17)]
_FLAT = [value for point in _POINTS for value in point]
_OPENPOSE = {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": _FLAT + [0.0] * 24}]}
_COCO_RESULTS = [{"image_id": 1, "category_id": 1, "keypoints": _FLAT, "score": 0.8}]
_ALPHAPOSE = [{"image_id": "a.jpg", "category_id": 1, "keypoints": _FLAT, "score": 2.1, "idx": 1}]
_MMPOSE = {
    "meta_info": {"keypoint_id2name": {str(j): f"joint {j}" for j in range(17)}},
    "instance_info": [{"keypoints": [p[:2] for p in _POINTS], "keypoint_scores": [0.9] * 17}],
}
_LABELME = {
    "version": "5.2.1",
    "imagePath": "a.jpg",
    "imageWidth": 320,
    "imageHeight": 240,
    "shapes": [
        {"label": name, "points": [point[:2]], "shape_type": "point", "group_id": 1}
        for name, point in zip(COCO17.names, _POINTS, strict=True)
    ],
}


def _poses(folder: Path) -> object:
    from sefd_viewer.pose2d.files import read_poses

    return read_poses(_first(folder))


# ---- cameras

_NERFSTUDIO = {
    "camera_model": "OPENCV",
    "w": 640,
    "h": 480,
    "fl_x": 900.0,
    "fl_y": 900.0,
    "cx": 320.0,
    "cy": 240.0,
    "frames": [{"file_path": "images/a.jpg", "transform_matrix": np.eye(4).tolist()}],
}
_POSE2SIM = """[cam01]
name = "cam01"
size = [640.0, 480.0]
matrix = [[900.0, 0.0, 320.0], [0.0, 900.0, 240.0], [0.0, 0.0, 1.0]]
distortions = [0.0, 0.0, 0.0, 0.0]
rotation = [0.0, 0.1, 0.0]
translation = [0.0, 0.0, 3.0]
fisheye = false
"""
_OPENCV_YAML = """%YAML:1.0
---
names:
   - "01"
K_01: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [900., 0., 320., 0., 900., 240., 0., 0., 1.]
dist_01: !!opencv-matrix
   rows: 5
   cols: 1
   dt: d
   data: [0., 0., 0., 0., 0.]
"""
_OPENCAP = {
    "intrinsicMat": np.diag([900.0, 900.0, 1.0]),
    "distortion": np.zeros((1, 5)),
    "imageSize": np.array([[480.0], [640.0]]),
    "rotation": np.eye(3),
    "translation": np.array([[0.0], [0.0], [3000.0]]),
}
_KALIBR = """cam0:
  camera_model: pinhole
  distortion_coeffs: [0.0, 0.0, 0.0, 0.0]
  distortion_model: radtan
  intrinsics: [900.0, 900.0, 320.0, 240.0]
  resolution: [640, 480]
"""


def _calibration(folder: Path) -> object:
    from sefd_viewer.cameras.calibrations import read_calibration

    return read_calibration(_first(folder))


# ---- bodies and what methods predict


def _body_files(ending: str) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        arrays = owners_files.smpl_arrays()
        small = {
            name: value[:60] if getattr(value, "shape", (0,))[0] == 6890 else value
            for name, value in arrays.items()
        }
        small |= {"J_regressor": np.eye(24, 60), "f": np.zeros((4, 3), np.uint32)}
        return [owners_files.write_body(folder / f"SMPL_NEUTRAL{ending}", small)]

    return write


def _body(folder: Path) -> object:
    from sefd_viewer.body.files import load_body

    return load_body(_first(folder))


def _people(folder: Path) -> object:
    from sefd_viewer.datasets.body_files.reading import people_in, stored_content

    path = _first(folder)
    return people_in(stored_content(path), path)


_AMASS = {
    "trans": np.zeros((3, 3)),
    "gender": np.array("neutral"),
    "mocap_framerate": np.array(60.0),
    "betas": np.zeros(16),
    "poses": np.zeros((3, 156)),
}
_WHAM = {
    0: {
        "pose": np.zeros((2, 72)),
        "trans": np.zeros((2, 3)),
        "pose_world": np.zeros((2, 72)),
        "trans_world": np.zeros((2, 3)),
        "betas": np.zeros((2, 10)),
        "frame_ids": np.arange(2),
    }
}
_SMPLIFYX = {
    "camera_rotation": np.eye(3)[None],
    "camera_translation": np.array([[0.0, 0.0, 3.0]]),
    "betas": np.zeros((1, 10)),
    "global_orient": np.zeros((1, 3)),
    "body_pose": np.zeros((1, 63)),
}


# ---- data sets


def _set(make: Callable[[Path], Path], format: str, endings: tuple[str, ...]) -> Reader:
    def write(folder: Path) -> list[Path]:
        make(folder)
        return sorted(path for path in folder.rglob("*") if path.suffix in endings)

    def read(folder: Path) -> object:
        from sefd_viewer.datasets.opening import open_dataset

        dataset = open_dataset(folder, format=format)
        return [(record.key, record.people, record.camera) for record in dataset.records]

    return Reader(f"set {format}", write, read)


def _folder_of(folder: Path) -> object:
    from sefd_viewer.datasets.opening import open_dataset

    return [record.key for record in open_dataset(folder).records]


# ---- what the program itself keeps


def _verdict_log(folder: Path) -> list[Path]:
    from sefd_viewer.judgements import Verdict, VerdictStore

    store = VerdictStore(folder / "verdicts.sqlite")
    store.put_all([Verdict("a", "1", "good"), Verdict("a", None, "bad", ("swap",), "a note")])
    store.close()
    return [folder / "verdicts.sqlite"]


def _verdicts(folder: Path) -> object:
    from sefd_viewer.judgements import VerdictStore

    store = VerdictStore(_first(folder))
    try:
        return store.log(), store.all(), store.tags()
    finally:
        store.close()


def _show(folder: Path) -> object:
    from sefd_viewer.app.story import read_show

    return read_show(_first(folder))


def _exclude_list(folder: Path) -> object:
    from sefd_viewer.datasets.exclude_list import read_exclude_list

    return read_exclude_list(_first(folder))


def _settings(folder: Path) -> object:
    from sefd_viewer.app.settings import load_settings

    return load_settings(_first(folder))


def _plugin(folder: Path) -> object:
    from sefd_viewer.app.plugins import read_plugin

    return read_plugin(_first(folder))


def _answer(folder: Path) -> object:
    from sefd_viewer.body.files import open_body
    from sefd_viewer.inference.kept_answers import read_answer

    return read_answer(_first(folder), 1, lambda _id: open_body())


def _answer_files(folder: Path) -> list[Path]:
    from sefd_viewer.resources import resource_path

    path = folder / "a.answer.npz"
    path.write_bytes(min(resource_path("answers").glob("*/*.npz")).read_bytes())
    return [path]


# ---- pictures


def _picture(ending: str) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        path = folder / f"a{ending}"
        cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8))
        return [path]

    return write


def _image(folder: Path) -> object:
    from sefd_viewer.datasets.images import load_image

    return load_image(_first(folder))


def _archive(folder: Path) -> list[Path]:
    path = folder / "maps.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../outside.txt", "no")
        archive.writestr("a.npy", b"\x93NUMPY")
    return [path]


def _first(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file())


READERS: tuple[Reader, ...] = (
    Reader("openpose", _json("a_keypoints.json", _OPENPOSE), _poses),
    Reader("coco results", _json("results.json", _COCO_RESULTS), _poses),
    Reader("alphapose", _json("alphapose-results.json", _ALPHAPOSE), _poses),
    Reader("mmpose", _json("a.json", _MMPOSE), _poses),
    Reader("labelme", _json("labelme.json", _LABELME), _poses),
    Reader("capture", _shipped("sample_capture/cameras.json"), _calibration),
    Reader("nerfstudio", _json("transforms.json", _NERFSTUDIO), _calibration),
    Reader("pose2sim", _text("Calib.toml", _POSE2SIM), _calibration),
    Reader("opencv yaml", _text("intri.yml", _OPENCV_YAML), _calibration),
    Reader("kalibr", _text("camchain.yaml", _KALIBR), _calibration),
    Reader("opencap", _pickle("cameraIntrinsicsExtrinsics.pickle", _OPENCAP), _calibration),
    Reader("body npz", _body_files(".npz"), _body, whole=False),
    Reader("body pickle", _body_files(".pkl"), _body, whole=False),
    Reader("amass", _npz("a_poses.npz", **_AMASS), _people),
    Reader("wham", _pickle("wham_output.pkl", _WHAM), _people),
    Reader("smplify-x", _pickle("000.pkl", _SMPLIFYX), _people),
    _set(owners_files.mscoco_set, "mscoco", (".json",)),
    _set(owners_files.threedpw_sequences, "3dpw-sequences", (".pkl",)),
    _set(owners_files.mupots_set, "mupots", (".mat", ".json")),
    Reader("archive", _archive, _folder_of, whole=False),
    Reader("verdicts", _verdict_log, _verdicts),
    Reader(
        "story",
        _json("s.sefd-show.json", {"format": "sefd-show-1", "cases": [{"record": "a", "note": "b"}]}),
        _show,
    ),
    Reader("exclude list", _text("exclude.txt", "# left out\na\nb\t1\n"), _exclude_list),
    Reader("settings", _text("settings.toml", 'theme = "dark"\ndevice = "cpu"\nrecent = ["a"]\n'), _settings),
    Reader(
        "plugin",
        _text(
            "plugin.toml",
            '[plugin]\ntitle = "A"\n[[edge_detectors]]\nid = "a"\ntitle = "A"\nfunction = "m:f"\n',
        ),
        _plugin,
    ),
    Reader("answer", _answer_files, _answer),
    Reader("jpeg", _picture(".jpg"), _image),
    Reader("png", _picture(".png"), _image),
    Reader("tiff", _picture(".tif"), _image),
)
