"""A file of each format that the program's registries name, to be damaged, by the writers of other tests."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from sefd_viewer.app.depth_order import write_orders
from sefd_viewer.datasets.body_files.reading import ENDINGS, people_in, stored_content
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS as SETS
from sefd_viewer.datasets.synthetic.writers import Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.joints import Pose2D
from tests.cameras import test_calibrations as calibrations
from tests.datasets import test_body_sets as body_sets
from tests.datasets import test_capture as captures
from tests.datasets import test_rich as richs
from tests.evaluation import test_joints_alone as joints_alone
from tests.evaluation.named_files import human36m
from tests.evaluation.prediction_files import Bodies
from tests.evaluation.test_predictions import WRITERS, body_files, layers
from tests.fuzz.readers import Reader, _calibration, _first, _poses
from tests.pose2d import test_pose_formats as poses
from tests.pose2d import test_tables as tables

Files = Callable[[Path], list[Path]]


def files_below(folder: Path) -> list[Path]:
    """All files in a folder, in their order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


# ---- bodies that methods predict


@cache
def _layers() -> Bodies:
    with tempfile.TemporaryDirectory() as folder:
        return layers(body_files(Path(folder)))


def _written(write: Callable[[Path, Bodies], object]) -> Files:
    def files(folder: Path) -> list[Path]:
        write(folder, _layers())
        return files_below(folder)

    return files


def _of_joints(write: joints_alone.Write) -> Files:
    joints = np.random.default_rng(0).uniform(-0.6, 0.6, (17, 3))
    return lambda folder: [write(folder, joints)]


def _anny(folder: Path) -> list[Path]:
    moves = np.tile(np.eye(4), (2, 104, 1, 1))
    np.savez(folder / "walk.npz", pose_parameters=moves, age=np.array([0.1, 0.7]))
    return [folder / "walk.npz"]


WITHOUT_SMPL: dict[str, Files] = {
    "joints": _of_joints(joints_alone.mhformer),
    "joints alone": _of_joints(joints_alone.motionbert),
    "MMPose in 3D": _of_joints(joints_alone.mmpose),
    "EasyMocap's joints": _of_joints(joints_alone.easymocap),
    "Anny": _anny,
}


def _bodies(folder: Path) -> object:
    """What every file of a folder holds; the damaged one is refused, the others are read."""
    found = []
    for path in files_below(folder):
        if path.suffix.lower() in ENDINGS:
            with suppress(SefdError):
                found.append(people_in(stored_content(path), path))
    return found or None


# ---- 2D poses, cameras


def _pose_case(case: poses.Case) -> Files:
    def files(folder: Path) -> list[Path]:
        _picture, name, make = case
        content = make()
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return [folder / name]

    return files


def _crowdnet() -> dict[str, object]:
    return {"a.jpg": [poses.coco_rows()]}


def _table_case(case: tables.Case) -> Files:
    def files(folder: Path) -> list[Path]:
        _picture, name, _program, write = case
        write(folder / name)
        return [folder / name]

    return files


def _rig(write: Callable[[Path], object]) -> Files:
    def files(folder: Path) -> list[Path]:
        write(folder)
        return files_below(folder)

    return files


def _whole_rig(folder: Path) -> object:
    from sefd_viewer.cameras.calibrations import read_calibration

    several = len(files_below(folder)) > 1
    return read_calibration(folder) if several else _calibration(folder)


def _storages(folder: Path) -> None:
    for name in calibrations.NAMES:
        (folder / f"{name}.xml").write_text(calibrations.storage(name, np.array(calibrations.D)))


def _zju(folder: Path) -> None:
    rig = calibrations.RIG.values()
    cams = {"K": [K for K, _, _ in rig], "R": [R for _, R, _ in rig], "T": [t[:, None] for _, _, t in rig]}
    content = {
        "cams": cams | {"D": [np.zeros((5, 1))] * len(rig)},
        "ims": [{"ims": np.array(["a/0.jpg"] * 4)}],
    }
    np.save(folder / "annots.npy", np.array(content, dtype=object), allow_pickle=True)


def _matlab(folder: Path) -> None:
    from scipy.io import savemat

    (K, _, _), *_ = calibrations.RIG.values()
    savemat(folder / "left.mat", {"params": {"IntrinsicMatrix": K.T, "RadialDistortion": [0.1, 0.0]}})


MORE_RIGS: dict[str, Callable[[Path], object]] = {
    "biocv": lambda folder: calibrations.biocv(folder, calibrations.NAMES[0]),
    "optitrack": calibrations.optitrack,
    "kalibr chain": calibrations.kalibr,
    "storages": _storages,
    "zju": _zju,
    "matlab": _matlab,
}


# ---- data sets


ANNOTATIONS = (".json", ".pkl", ".mat", ".npz", ".txt")


def _synthetic(format: str) -> Files:
    def files(folder: Path) -> list[Path]:
        SETS[format](folder, Plan(2, 5, SceneSettings(size=(64, 48), people=(1, 2), things=0)))
        return [path for path in files_below(folder) if path.suffix in ANNOTATIONS]

    return files


def _opened(format: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from sefd_viewer.datasets.opening import open_dataset

        dataset = open_dataset(folder, format=format)
        return [(record.key, record.people, record.camera) for record in dataset.records]

    return read


def _emdb(folder: Path) -> list[Path]:
    return [path for path in (body_sets.emdb(folder), *files_below(folder)) if path.suffix == ".pkl"]


def _rich(folder: Path) -> list[Path]:
    root, _ = richs.rich(folder)
    return [path for path in files_below(root) if path.suffix in (".xml", *ANNOTATIONS)]


def _capture(folder: Path) -> list[Path]:
    captures.capture(folder, cameras={"left": captures.CAMERA}, pictures=["left/0002.png"])
    return [folder / "cameras.json"]


def _coco(folder: Path) -> list[Path]:
    mask = {"size": [48, 64], "counts": "0000"}
    person = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0}
    person |= {"keypoints": [10, 10, 2] * 17, "num_keypoints": 17, "segmentation": mask}
    image = {"id": 1, "file_name": "1.jpg", "width": 64, "height": 48}
    content = {"images": [image], "annotations": [person], "categories": [{"id": 1, "name": "person"}]}
    path = folder / "annotations" / "person_keypoints_val2017.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    return [path]


def _video(folder: Path) -> list[Path]:
    import av

    path = folder / "a.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(3):
            picture = np.full((48, 64, 3), 80 * shade, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
    return [path]


def _frames(folder: Path) -> object:
    from sefd_viewer.datasets.opening import open_dataset

    return [record.load().shape for record in open_dataset(folder / "a.mp4").records[:3]]


# ---- what the program itself writes, and others may have sent


def _by(write: Callable[[Path], object], name: str) -> Files:
    def files(folder: Path) -> list[Path]:
        write(folder / name)
        return files_below(folder)

    return files


def _session(path: Path) -> None:
    from sefd_viewer.app.sessions import Session, write_session

    preferences = {"weights": {"student": "a.safetensors"}, "bodies": ["b"]}
    write_session(
        path, Session(("a.jpg",), {"preferences": preferences, "poses": "p.json"}, {"geometry": "x"})
    )


def _read_session(folder: Path) -> object:
    from sefd_viewer.app.sessions import paths_in, read_session

    return paths_in(read_session(_first(folder), lambda _path: None))


def _pose() -> Pose2D:
    return Pose2D("coco17", np.ones((17, 3), np.float32), np.array([0, 0, 9, 9], np.float32), 1.0, "a hand")


def _edited(path: Path) -> None:
    from sefd_viewer.pose2d.editing_file import EditedPicture, edited_poses_json

    path.write_bytes(edited_poses_json({"a.jpg": EditedPicture({"1": _pose()}, frozenset({"1"}))}))


def _estimated(path: Path) -> None:
    from sefd_viewer.pose2d.pose_file import write_estimated_poses

    write_estimated_poses(path, 1, {"a.jpg": {"1": _pose()}})


def _orders(path: Path) -> None:
    write_orders(path, {"a": ("1", "2")})


def _read_orders(folder: Path) -> object:
    from sefd_viewer.app.depth_order import read_orders

    return read_orders(_first(folder))


def _read_mapping(folder: Path) -> object:
    from sefd_viewer.datasets.body_files.mapping import read_mapping

    return read_mapping(_first(folder))


def _mapping(path: Path) -> None:
    from sefd_viewer.datasets.body_files.mapping import Mapping

    path.write_text(Mapping("smpl-neutral", pose="poses").text())


def _run(path: Path) -> None:
    from sefd_viewer.evaluation.case_measures import COLUMNS
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore

    store = RunStore(path, RunPlan("set", "coco", "", 9, {"student": "1"}, {}))
    row = dict.fromkeys(COLUMNS) | {"position": 0, "record": "a", "person": "1", "method": "student"}
    store.add([row | {"mpjpe_mm": 50.0}])


def _read_run(folder: Path) -> object:
    from sefd_viewer.evaluation.runs.store import open_run

    return open_run(folder / "run").table().height


def _recipe(path: Path) -> None:
    from sefd_viewer.training.recipes import read_recipe, recipe_names, to_toml

    path.write_text(to_toml(read_recipe(recipe_names()[0])))


def _read_recipe(folder: Path) -> object:
    from sefd_viewer.training.recipes import read_recipe

    return read_recipe(_first(folder))


def _checkpoint(path: Path) -> None:
    import torch

    network = {"module.backbone.conv1.weight": torch.zeros(2, 3)}
    torch.save({"epoch": 13, "network": network, "optimizer": {}}, path)


def _tensors(path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"backbone.conv1.weight": torch.zeros(2, 3)}, path, metadata={"card": '{"role": "student"}'})


def _read_weights(folder: Path) -> object:
    from sefd_viewer.networks.state_files import read_state

    return read_state(_first(folder))


def _hashes(path: Path) -> None:
    path.write_text(f"{'0' * 64}  a.png\n" * 3)


def _read_hashes(folder: Path) -> object:
    from sefd_viewer.edge_maps.manifest import read_hashes

    return read_hashes(_first(folder))


def _motion(path: Path) -> None:
    path.write_text(
        "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation"
        " Yrotation\nEnd Site\n{\nOFFSET 0 1 0\n}\n}\nMOTION\nFrames: 1\nFrame Time: 0.01\n0 0 0 0 0 0\n"
    )


def _read_motion(folder: Path) -> object:
    from sefd_viewer.datasets.synthetic.poses import read_poses

    return read_poses(_first(folder))


KEPT: tuple[Reader, ...] = (
    Reader("session", _by(_session, "a.session.json"), _read_session),
    Reader("edited poses", _by(_edited, "a.edited-poses.json"), _poses),
    Reader("estimated poses", _by(_estimated, "estimated.json"), _poses),
    Reader(
        "depth orders", _by(lambda path: write_orders(path, {"a": ("1", "2")}), "orders.json"), _read_orders
    ),
    Reader("mapping", _by(_mapping, "bodies.mapping.toml"), _read_mapping),
    Reader("run", _by(_run, "run"), _read_run),
    Reader("recipe", _by(_recipe, "mine.toml"), _read_recipe),
    Reader("checkpoint", _by(_checkpoint, "snapshot_1.pth.tar"), _read_weights, whole=False),
    Reader("safetensors", _by(_tensors, "student.safetensors"), _read_weights, whole=False),
    Reader(
        "hashes", _by(lambda path: path.write_text(f"{'0' * 64}  a.png\n" * 3), "maps.sha256"), _read_hashes
    ),
    Reader("motion", _by(_motion, "walk.bvh"), _read_motion, whole=False),
)

REGISTERED: tuple[Reader, ...] = (
    *(Reader(f"bodies {title}", _written(write), _bodies) for title, (_name, write) in WRITERS.items()),
    Reader("bodies Human3.6M", _written(human36m), _bodies),
    *(Reader(f"bodies {title}", files, _bodies) for title, files in WITHOUT_SMPL.items()),
    *(Reader(f"poses {title}", _pose_case(case), _poses) for title, case in poses.CASES.items()),
    *(Reader(f"table {title}", _table_case(case), _poses) for title, case in tables.CASES.items()),
    Reader("poses COCO annotations", _coco, _poses),
    Reader("poses 3DCrowdNet", _pose_case(("a.jpg", "2d_pose_result.json", _crowdnet)), _poses),
    *(Reader(f"cameras {write.__name__}", _rig(write), _whole_rig) for write in calibrations.LAYOUTS),
    *(Reader(f"cameras {name}", _rig(write), _whole_rig) for name, write in MORE_RIGS.items()),
    *(Reader(f"set {format}", _synthetic(format), _opened(format)) for format in SETS),
    Reader("set bodies", _emdb, _opened("bodies")),
    Reader("set rich", _rich, _opened("rich")),
    Reader("set capture", _capture, _opened("capture")),
    Reader("set coco", _coco, _opened("coco")),
    Reader("video", _video, _frames),
    *KEPT,
)
